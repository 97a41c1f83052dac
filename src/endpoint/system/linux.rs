//! Linux tells everything in files under `/proc` (`man 5 proc`), and about its sockets also by
//! netlink (`man 7 sock_diag`), which is faster.

mod diag;
mod holders;
mod kind;
mod netlink;
mod rows;
mod tables;
#[cfg(test)]
mod tables_tests;

use std::fs;

pub(crate) use holders::{programs, programs_unseen};
pub(crate) use tables::sockets;

use super::{Route, settings};

/// The interface of the default route with the lowest metric, from `/proc/net/route`, or for a
/// machine without IPv4 from `/proc/net/ipv6_route`.
pub(crate) fn default_route() -> Option<Route> {
    let v4 = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    default_v4(&v4).or_else(|| default_v6(&v6)).map(Route::Interface)
}

/// Columns: interface, destination, gateway, flags, reference count, use, metric, mask.
fn default_v4(table: &str) -> Option<String> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let up = u32::from_str_radix(fields.get(3)?, 16).ok()? & 1 == 1;
        let default = *fields.get(1)? == "00000000" && *fields.get(7)? == "00000000";
        (up && default).then_some((fields.get(6)?.parse::<u32>().ok()?, fields[0].to_owned()))
    });
    routes.min().map(|(_, interface)| interface)
}

/// Columns: destination, its prefix, source, its prefix, next hop, metric, reference count, use,
/// flags, interface. The loopback interface has a default route that leads nowhere.
fn default_v6(table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (destination, prefix, interface) = (fields.first()?, fields.get(1)?, fields.get(9)?);
        let default = destination.bytes().all(|b| b == b'0') && *prefix == "00";
        let metric = u32::from_str_radix(fields.get(5)?, 16).ok()?;
        (default && *interface != "lo").then(|| (metric, (*interface).to_owned()))
    });
    routes.min().map(|(_, interface)| interface)
}

/// The source ports that the kernel hands out: `net.ipv4.ip_local_port_range`.
pub(crate) fn source_ports() -> Option<(u16, u16)> {
    settings::pair("net/ipv4/ip_local_port_range")
}

/// The first port that needs no privilege: `net.ipv4.ip_unprivileged_port_start`.
pub(crate) fn unprivileged_from() -> Option<u16> {
    settings::read("net/ipv4/ip_unprivileged_port_start")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_with_the_lowest_metric_counts() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t0112A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
            wlan0\t00000000\t0112A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
            tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000080\t0\t0\t0\n";
        assert_eq!(default_v4(table).as_deref(), Some("wlan0"));
        assert_eq!(default_v4(""), None);
    }
}
