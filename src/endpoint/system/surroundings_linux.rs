//! Linux tells of its surroundings in files that everybody may read.

use std::cmp::Reverse;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::Path;

use crate::endpoint::surroundings::{FirewallSigns, Way};

/// The distribution's name from `/etc/os-release` (`man 5 os-release`), and the kernel's release.
pub(in crate::endpoint) fn system_name() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let linux = format!("Linux {}", kernel.trim());
    match name.map(|name| name.trim_matches(['"', '\''])) {
        Some(name) if !name.is_empty() => format!("{name}, {linux}"),
        _ => linux,
    }
}

pub(in crate::endpoint) fn way_to(ip: IpAddr) -> Way {
    let file = if ip.is_ipv6() { "/proc/net/ipv6_route" } else { "/proc/net/route" };
    let Ok(table) = fs::read_to_string(file) else { return Way::Untold };
    match ip {
        IpAddr::V4(ip) => chosen(table.lines().filter_map(|line| route_v4(line, ip))),
        IpAddr::V6(ip) => chosen(table.lines().filter_map(|line| route_v6(line, ip))),
    }
}

/// The flag of a route that leads to a router (`RTF_GATEWAY`).
const BY_ROUTER: u32 = 0x2;
/// The flag of a route that says no (`RTF_REJECT`).
const REJECTS: u32 = 0x200;

/// A route that fits an address.
struct Route<'a> {
    /// Bits of the address that it names: the most exact route counts.
    prefix: u32,
    /// Of two that are as exact, the lower one counts.
    metric: u32,
    flags: u32,
    router: IpAddr,
    interface: &'a str,
}

fn chosen<'a>(routes: impl Iterator<Item = Route<'a>>) -> Way {
    let exactness = |route: &Route| (Reverse(route.prefix), route.metric);
    let Some(route) = routes.min_by_key(exactness) else { return Way::Nowhere };
    if route.flags & REJECTS != 0 {
        return Way::Nowhere;
    }
    let interface = route.interface.to_owned();
    if route.flags & BY_ROUTER == 0 {
        return Way::Interface(interface);
    }
    Way::Router(
        match route.router {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                SocketAddrV6::new(ip, 0, 0, index(&interface)).into()
            }
            ip => SocketAddr::new(ip, 0),
        },
        interface,
    )
}

/// The number of an interface; 0, which is none's, when it has just gone.
fn index(interface: &str) -> u32 {
    let text = fs::read_to_string(format!("/sys/class/net/{interface}/ifindex"));
    text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// Columns: interface, destination, gateway, flags, reference count, use, metric, mask. Addresses are
/// in the machine's own byte order. The first line names them.
fn route_v4(line: &str, to: Ipv4Addr) -> Option<Route<'_>> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let hexadecimal = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok();
    let address = |at| hexadecimal(at).map(|bits| Ipv4Addr::from(bits.to_ne_bytes()));
    let (network, mask) = (address(1)?, address(7)?);
    (to & mask == network).then_some(Route {
        prefix: u32::from(mask).leading_ones(),
        metric: fields.get(6)?.parse().ok()?,
        flags: hexadecimal(3)?,
        router: address(2)?.into(),
        interface: fields.first()?,
    })
}

/// Columns: destination, its prefix, source, its prefix, next hop, metric, reference count, use,
/// flags, interface.
fn route_v6(line: &str, to: Ipv6Addr) -> Option<Route<'_>> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let address = |at: usize| u128::from_str_radix(fields.get(at)?, 16).ok();
    let hexadecimal = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok();
    let prefix = hexadecimal(1)?;
    let mask = u128::MAX.checked_shl(128_u32.checked_sub(prefix)?).unwrap_or_default();
    (u128::from(to) & mask == address(0)?).then_some(Route {
        prefix,
        metric: hexadecimal(5)?,
        flags: hexadecimal(8)?,
        router: Ipv6Addr::from(address(4)?).into(),
        interface: fields.get(9)?,
    })
}

/// Where a service that systemd starts with the system has a link.
const STARTED: [&str; 2] = [
    "/etc/systemd/system/sysinit.target.wants/nftables.service",
    "/etc/systemd/system/multi-user.target.wants/nftables.service",
];

pub(in crate::endpoint) fn firewall_signs() -> Option<FirewallSigns> {
    // Without this file system there is nothing to tell by.
    fs::metadata("/proc/net").ok()?;
    let mut managers = Vec::new();
    let ufw = fs::read_to_string("/etc/ufw/ufw.conf").unwrap_or_default();
    if is_switched_on(&ufw) {
        managers.push("ufw");
    }
    if is_running("firewalld") {
        managers.push("firewalld");
    }
    if STARTED.iter().any(|link| fs::symlink_metadata(link).is_ok()) {
        managers.push("nftables");
    }
    let modules = fs::read_to_string("/proc/modules").unwrap_or_default();
    let filters = ["nf_tables", "iptable_filter", "ip6table_filter"];
    let loaded = modules
        .lines()
        .any(|line| line.split_whitespace().next().is_some_and(|module| filters.contains(&module)));
    // Built into the kernel it is no module; the tables of the older interface have a file.
    let tables = fs::read_to_string("/proc/net/ip_tables_names").unwrap_or_default();
    let filter = loaded || !tables.trim().is_empty();
    Some(FirewallSigns { managers, filter, rules: rules() })
}

/// The command that shows the filter's rules. The search path of an ordinary user does not lead to it.
fn rules() -> Option<&'static str> {
    let installed = |name: &str| {
        ["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"]
            .into_iter()
            .any(|folder| Path::new(folder).join(name).exists())
    };
    let commands = [("nft", "nft list ruleset"), ("iptables", "iptables -S")];
    commands.into_iter().find(|(name, _)| installed(name)).map(|(_, command)| command)
}

/// `ENABLED=yes` in ufw's own configuration.
fn is_switched_on(ufw: &str) -> bool {
    ufw.lines().any(|line| line.trim().eq_ignore_ascii_case("enabled=yes"))
}

/// Whether a process of that name runs.
fn is_running(name: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|entry| {
            entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit)
        })
        .any(|entry| {
            fs::read_to_string(entry.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
        })
}

pub(in crate::endpoint) fn hosts_file() -> Option<String> {
    let bytes = fs::read("/etc/hosts").ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(table: &str, to: [u8; 4]) -> Way {
        chosen(table.lines().filter_map(|line| route_v4(line, to.into())))
    }

    fn v6(table: &str, to: &str) -> Way {
        let to = to.parse().expect("an address");
        chosen(table.lines().filter_map(|line| route_v6(line, to)))
    }

    fn router(ip: &str, interface: &str) -> Way {
        Way::Router(SocketAddr::new(ip.parse().expect("an address"), 0), interface.to_owned())
    }

    #[test]
    fn the_most_exact_route_counts() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n\
                     eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n\
                     wlan0\t00000000\tFE01A8C0\t0003\t0\t0\t50\t00000000\n\
                     lab0\t0005000A\t0101000A\t0003\t0\t0\t900\t00FFFFFF\n\
                     *\t0006000A\t00000000\t0201\t0\t0\t0\t00FFFFFF\n\
                     eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n";
        if cfg!(target_endian = "little") {
            assert_eq!(v4(table, [0; 4]), router("192.168.1.254", "wlan0"));
            assert_eq!(v4(table, [10, 0, 5, 7]), router("10.0.1.1", "lab0"));
            assert_eq!(v4(table, [192, 168, 1, 7]), Way::Interface("eth0".into()));
            assert_eq!(v4(table, [10, 0, 6, 1]), Way::Nowhere);
        }
        assert_eq!((v4("", [10, 0, 0, 1]), v6("nonsense", "::1")), (Way::Nowhere, Way::Nowhere));
    }

    #[test]
    fn routes_of_ipv6_are_read_alike() {
        let zeros = "0".repeat(32);
        let table = format!(
            "{zeros} 00 {zeros} 00 fd770001000000000000000000000001 00000400 1 0 00000003 eth0\n\
             fd770001000000000000000000000000 40 {zeros} 00 {zeros} 00000100 1 0 00000001 eth0\n\
             {zeros} 00 {zeros} 00 {zeros} ffffffff 1 0 00200200 lo\n"
        );
        assert_eq!(v6(&table, "::"), router("fd77:1::1", "eth0"));
        assert_eq!(v6(&table, "fd77:1::9"), Way::Interface("eth0".into()));
        let without = table.lines().last().expect("three lines").to_owned();
        assert_eq!(v6(&without, "fd77:1::9"), Way::Nowhere);
    }

    #[test]
    fn ufw_says_itself_whether_it_is_on() {
        assert!(is_switched_on("# comment\nENABLED=yes\nLOGLEVEL=low\n"));
        assert!(!is_switched_on("ENABLED=no\n#ENABLED=yes\n"));
    }
}
