//! Linux tells everything in files under `/proc` (`man 5 proc`).

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::{PortUsers, Route};
use crate::error::Owner;

/// The state LISTEN in `/proc/net/tcp`.
const LISTEN: u8 = 0x0a;
/// The state TIME-WAIT in `/proc/net/tcp`.
const TIME_WAIT: u8 = 0x06;

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
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The first port that needs no privilege: `net.ipv4.ip_unprivileged_port_start`.
pub(crate) fn unprivileged_from() -> Option<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?;
    text.trim().parse().ok()
}

/// A row of `/proc/net/tcp` or `/proc/net/tcp6`.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    local: SocketAddr,
    state: u8,
    inode: u64,
}

/// Who uses a port of `tcp` or `udp`, as far as this user may see.
pub(crate) fn port_users(protocol: &str, port: u16) -> Option<PortUsers> {
    let v4 = fs::read_to_string(format!("/proc/net/{protocol}")).ok()?;
    let v6 = fs::read_to_string(format!("/proc/net/{protocol}6")).unwrap_or_default();
    let rows: Vec<Row> = v4
        .lines()
        .chain(v6.lines())
        .filter_map(row)
        .filter(|row| row.local.port() == port)
        .collect();
    let time_wait = rows.iter().filter(|row| row.state == TIME_WAIT).count();
    let held = rows.iter().filter(|row| row.inode != 0);
    let owner = held
        .max_by_key(|row| row.state == LISTEN)
        .map(|row| Owner { local: row.local, program: program_with_socket(row.inode) });
    Some(PortUsers { owner, time_wait })
}

/// Columns: number, local address, remote address, state, queues, timer, retransmits, user, timeout,
/// inode. Addresses are in the machine's own byte order, ports are not.
fn row(line: &str) -> Option<Row> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let local = address(fields.get(1)?)?;
    let state = u8::from_str_radix(fields.get(3)?, 16).ok()?;
    let inode = fields.get(9)?.parse().ok()?;
    Some(Row { local, state, inode })
}

fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = address.as_bytes().chunks(8).map(|word| {
        let word = std::str::from_utf8(word).ok()?;
        Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
    });
    let bytes: Vec<u8> = words.collect::<Option<Vec<_>>>()?.concat();
    let ip: IpAddr = match *bytes {
        [a, b, c, d] => Ipv4Addr::new(a, b, c, d).into(),
        _ => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
    };
    Some(SocketAddr::new(ip, port))
}

/// The process that holds a socket: some `/proc/PID/fd/N` is a link to `socket:[INODE]`. Other
/// users' processes do not show theirs.
fn program_with_socket(inode: u64) -> Option<(u32, String)> {
    let wanted = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let descriptors = fs::read_dir(entry.path().join("fd")).ok()?;
        let holds = descriptors.flatten().any(|descriptor| {
            fs::read_link(descriptor.path()).is_ok_and(|target| target == Path::new(&wanted))
        });
        if !holds {
            return None;
        }
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        Some((pid, name.trim().to_owned()))
    })
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

    #[test]
    fn a_row_of_each_family() {
        let v4 = "   0: 0100007F:1770 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1";
        let found = row(v4).expect("a row");
        assert_eq!(found.local, "127.0.0.1:6000".parse().expect("an address"));
        assert_eq!((found.state, found.inode), (LISTEN, 4711));
        let v6 = "   0: 00000000000000000000000001000000:1770 00000000000000000000000000000000:0000 06 00000000:00000000 00:00000000 00000000  0  0 0 1";
        let found = row(v6).expect("a row");
        assert_eq!(found.local, "[::1]:6000".parse().expect("an address"));
        assert_eq!((found.state, found.inode), (TIME_WAIT, 0));
    }

    #[test]
    fn a_socket_of_this_very_test_is_found() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let local = listener.local_addr().expect("an address");
        let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).expect("a free port");
        let bound = socket.local_addr().expect("an address");
        for (protocol, local) in [("tcp", local), ("udp", bound)] {
            let users = port_users(protocol, local.port()).expect("/proc is there");
            let owner = users.owner.expect("this process owns it");
            assert_eq!(owner.local, local);
            assert_eq!(owner.program.expect("it is ours").0, std::process::id());
        }
    }
}
