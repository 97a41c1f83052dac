//! What stands in a row. Each function adds to a string, and asks for no memory of its own: this is
//! done for every cell of ten thousand rows.

use std::fmt::Write as _;
use std::net::IpAddr;

use unicode_width::UnicodeWidthStr;

use super::Known;
use crate::event::{Exposure, MachineSocket, Row, Side, SocketProgram, Transport, protocol_name};

/// What stands where there is nothing to say.
pub(super) const NONE: &str = "-";

/// A number in decimal digits.
pub(super) fn number(out: &mut String, mut number: u32) {
    let mut digits = [0_u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        // The remainder is a digit.
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// How many digits a number has.
fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// `tcp`, `udp6`, `raw/1`; `tcp46` for an IPv6 socket that takes IPv4 as well.
pub(super) fn protocol(out: &mut String, socket: &MachineSocket) {
    out.push_str(socket.transport.name());
    if socket.family() == 6 {
        out.push_str(if socket.dual_stack { "46" } else { "6" });
    }
    if let Transport::Raw(protocol) = socket.transport {
        out.push('/');
        number(out, protocol.into());
    }
}

fn ip(out: &mut String, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            for (at, octet) in ip.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push('.');
                }
                number(out, octet.into());
            }
        }
        IpAddr::V6(ip) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{ip}");
        }
    }
}

/// One of the two sides of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Source,
    Destination,
}

impl Which {
    const fn of(self, socket: &MachineSocket) -> &Side {
        match self {
            Self::Source => &socket.source,
            Self::Destination => &socket.destination,
        }
    }

    /// The range of its port.
    pub(super) fn range(self, out: &mut String, socket: &MachineSocket) {
        match self {
            Self::Source => source_range(out, socket),
            Self::Destination => destination_range(out, socket),
        }
    }
}

/// Address and port: `127.0.0.1:6000`, `[fe80::1%eth0]:6000`, and `0.0.0.0:-` without ports. A socket
/// that is bound to an interface shows its name, beside the other side's address only where that
/// means nothing without it.
pub(super) fn side(out: &mut String, socket: &MachineSocket, which: Which, known: &Known) {
    let side = which.of(socket);
    let v6 = side.ip.is_ipv6();
    if v6 {
        out.push('[');
    }
    ip(out, side.ip);
    if (which == Which::Source || is_link_local(side.ip))
        && let Some(name) = known.interface(socket.interface)
    {
        out.push('%');
        out.push_str(name);
    }
    if v6 {
        out.push(']');
    }
    out.push(':');
    if socket.transport.has_ports() {
        number(out, side.port.into());
    } else {
        out.push_str(NONE);
    }
}

/// An address that means something on one interface only.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// The columns that [`side`] takes. Most sockets have IPv4 addresses: those are counted, not written.
pub(super) fn side_width(
    scratch: &mut String,
    socket: &MachineSocket,
    which: Which,
    known: &Known,
) -> usize {
    let of = which.of(socket);
    match of.ip {
        IpAddr::V4(ip) if socket.interface == 0 && socket.transport.has_ports() => {
            let octets: usize = ip.octets().into_iter().map(|octet| digits(octet.into())).sum();
            octets + 4 + digits(of.port.into())
        }
        _ => {
            scratch.clear();
            side(scratch, socket, which, known);
            scratch.width()
        }
    }
}

/// The range of this side's port. What has no ports has something else there: a ping socket its
/// identifier, a raw socket the name of its protocol.
fn source_range(out: &mut String, socket: &MachineSocket) {
    match (socket.source_range(), socket.transport) {
        (Some(range), _) => out.push_str(range.name()),
        (None, Transport::Icmp) => {
            let _ = write!(out, "id=0x{:04x}", socket.source.port);
        }
        (None, Transport::Raw(number)) => match protocol_name(number) {
            Some(name) => {
                out.push('(');
                out.push_str(name);
                out.push(')');
            }
            None => out.push_str(NONE),
        },
        (None, _) => out.push_str(NONE),
    }
}

/// The range of the other side's port.
fn destination_range(out: &mut String, socket: &MachineSocket) {
    out.push_str(socket.destination_range().map_or(NONE, crate::port::Range::name));
}

/// Who can reach it, in a word.
pub(super) fn reach(socket: &MachineSocket) -> &'static str {
    match socket.exposure() {
        Exposure::ThisHost => "host",
        Exposure::Network => "network",
    }
}

/// Both queues: `0/128`.
pub(super) fn queues(out: &mut String, socket: &MachineSocket) {
    match socket.queues {
        Some(queues) => {
            number(out, queues.receive);
            out.push('/');
            number(out, queues.send);
        }
        None => out.push_str(NONE),
    }
}

/// The columns that [`queues`] takes.
pub(super) fn queues_width(socket: &MachineSocket) -> usize {
    socket.queues.map_or(1, |queues| digits(queues.receive) + 1 + digits(queues.send))
}

/// One program: `netlab/4711`.
fn program(out: &mut String, program: &SocketProgram) {
    out.push_str(program.name.as_str());
    out.push('/');
    number(out, program.pid);
}

/// Programs that share one socket are shown up to here; the rest is counted.
const SHOWN: usize = 3;

/// The programs, as many as have room and at least one: `nginx/12 nginx/13 +6`.
pub(super) fn programs(out: &mut String, row: &Row, room: usize) {
    let Some(first) = row.programs.first() else {
        out.push_str(NONE);
        return;
    };
    program(out, first);
    let mut used = program_width(first);
    for (place, next) in row.programs.iter().enumerate().skip(1) {
        used += 1 + program_width(next);
        // Room for the count of those that are not shown.
        if place >= SHOWN || used + 5 > room {
            out.push_str(" +");
            number(out, u32::try_from(row.programs.len() - place).unwrap_or(u32::MAX));
            return;
        }
        out.push(' ');
        program(out, next);
    }
}

fn program_width(program: &SocketProgram) -> usize {
    program.name.as_str().width() + 1 + digits(program.pid)
}

/// The columns that the first program takes, and the count of the others.
pub(super) fn programs_width(row: &Row) -> usize {
    let more = if row.programs.len() > 1 { 5 } else { 0 };
    row.programs.first().map_or(1, program_width) + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{SafeText, State};

    fn socket(transport: Transport, source: &str, port: u16) -> MachineSocket {
        let source = Side { ip: source.parse().expect("an address"), port };
        MachineSocket {
            transport,
            state: State::Unconnected,
            source,
            destination: source,
            queues: None,
            interface: 0,
            user: None,
            key: 0,
            dual_stack: false,
        }
    }

    #[track_caller]
    fn side_of(socket: &MachineSocket, known: &Known) -> String {
        let (mut out, mut scratch) = (String::new(), String::new());
        side(&mut out, socket, Which::Source, known);
        let width = side_width(&mut scratch, socket, Which::Source, known);
        assert_eq!(width, out.len(), "{out}");
        out
    }

    #[test]
    fn a_side_is_an_address_and_a_port_where_there_is_one() {
        let known = Known { interfaces: vec![(2, SafeText::new(b"eth0"))], ..Known::default() };
        let tcp = |ip, port| socket(Transport::Tcp, ip, port);
        assert_eq!(side_of(&tcp("0.0.0.0", 0), &known), "0.0.0.0:0");
        assert_eq!(side_of(&tcp("192.168.100.99", 65535), &known), "192.168.100.99:65535");
        assert_eq!(side_of(&tcp("::ffff:10.0.0.1", 80), &known), "[::ffff:10.0.0.1]:80");
        let bound = MachineSocket { interface: 2, ..tcp("fe80::1", 80) };
        assert_eq!(side_of(&bound, &known), "[fe80::1%eth0]:80");
        assert_eq!(side_of(&socket(Transport::Raw(1), "10.0.0.1", 1), &known), "10.0.0.1:-");
        // A socket that waits on one interface has no other side, on whatever interface.
        let waits = MachineSocket { interface: 2, ..tcp("0.0.0.0", 0) };
        let mut out = String::new();
        side(&mut out, &waits, Which::Destination, &known);
        assert_eq!((side_of(&waits, &known), &*out), ("0.0.0.0%eth0:0".to_owned(), "0.0.0.0:0"));
    }

    #[test]
    fn a_raw_socket_names_its_protocol() {
        let name = |transport, ip| {
            let mut out = String::new();
            protocol(&mut out, &socket(transport, ip, 0));
            out
        };
        assert_eq!(name(Transport::Raw(58), "::"), "raw6/58");
        assert_eq!(name(Transport::Raw(200), "0.0.0.0"), "raw/200");
        assert_eq!(name(Transport::Udp, "::1"), "udp6");
        let both = MachineSocket { dual_stack: true, ..socket(Transport::Tcp, "::", 80) };
        let mut out = String::new();
        protocol(&mut out, &both);
        assert_eq!(out, "tcp46");
    }

    #[test]
    fn programs_are_as_many_as_have_room() {
        let programs: Vec<_> =
            (10..20).map(|pid| SocketProgram { pid, name: SafeText::new(b"nginx") }).collect();
        let shown = |count: usize, room| {
            let mut out = String::new();
            let socket = socket(Transport::Tcp, "0.0.0.0", 80);
            super::programs(&mut out, &Row { socket: &socket, programs: &programs[..count] }, room);
            out
        };
        assert_eq!(shown(0, 80), "-");
        assert_eq!(shown(2, 80), "nginx/10 nginx/11");
        assert_eq!(shown(10, 80), "nginx/10 nginx/11 nginx/12 +7");
        assert_eq!(shown(10, 14), "nginx/10 +9");
        assert!([0, 9, 10, 999_999, u32::MAX].iter().all(|n| {
            let mut out = String::new();
            number(&mut out, *n);
            out == n.to_string() && digits(*n) == out.len()
        }));
    }
}
