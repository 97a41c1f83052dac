//! The kernel's filter for captures, as a program for its packet filter machine (classic BPF:
//! `man 7 socket`, `SO_ATTACH_FILTER`; the kernel's `Documentation/networking/filter.rst`).
//!
//! ```text
//!   loopback and going out? ──▶ no       it comes in again: each packet once
//!   protocol? ARP ▶ link     IPv4 ▶ ┐          IPv6 ▶ ┐
//!      upper protocol? TCP ▶ first fragment? ports? hosts?
//!                      UDP ▶ first fragment? ports? hosts?    later fragments: hosts?
//!                      ICMP ▶ an error? yes     else: hosts?
//! ```
//!
//! Loads count from the beginning of the IP header, not of the frame, so that it does not matter
//! what link layer an interface has; what is not in the packet (interface, direction) is loaded
//! from a place that the kernel keeps for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use socket2::SockFilter;

use crate::socket::capture::CaptureFilter;

/// Offsets from here on mean: from the beginning of the IP header (`SKF_NET_OFF`).
const IP: u32 = 0xfff0_0000;
/// Offsets from here on are of what the kernel knows beside the packet (`SKF_AD_OFF`).
const BESIDE: u32 = 0xffff_f000;
const PROTOCOL: u32 = BESIDE;
const WAY: u32 = BESIDE + 4;
const HARDWARE: u32 = BESIDE + 28;

const LOAD_WORD: u16 = 0x20;
const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
/// The same, so many bytes behind the index.
const LOAD_HALF_BEHIND: u16 = 0x48;
const LOAD_BYTE_BEHIND: u16 = 0x50;
const INDEX: u16 = 0x01;
/// The length of an IPv4 header becomes the index.
const INDEX_IPV4_HEADER: u16 = 0xb1;
const JUMP: u16 = 0x05;
const IF_EQUAL: u16 = 0x15;
const IF_AT_LEAST: u16 = 0x35;
const IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

/// Nothing comes through.
pub(super) fn nothing() -> [SockFilter; 1] {
    [SockFilter::new(RETURN, 0, 0, 0)]
}

/// A place in the program that is not known yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Yes,
    No,
    Place(usize),
}

/// A program that is written from its beginning; jumps go forward to places that come later.
#[derive(Default)]
struct Writer {
    lines: Vec<(u16, u32, Option<To>)>,
    /// Where the places are.
    places: Vec<usize>,
}

impl Writer {
    fn place(&mut self) -> To {
        self.places.push(usize::MAX);
        To::Place(self.places.len() - 1)
    }

    /// The place is here.
    fn here(&mut self, place: To) {
        if let To::Place(number) = place {
            self.places[number] = self.lines.len();
        }
    }

    fn load(&mut self, code: u16, from: u32) {
        self.lines.push((code, from, None));
    }

    /// Goes there if the test is true, and on if not.
    fn when(&mut self, code: u16, value: u32, to: To) {
        self.lines.push((code, value, Some(to)));
    }

    fn go(&mut self, to: To) {
        self.lines.push((JUMP, 0, Some(to)));
    }

    /// Conditional jumps reach 255 lines, unconditional ones any: so every test jumps over an
    /// unconditional jump.
    fn finish(self) -> Vec<SockFilter> {
        let starts: Vec<u32> = self
            .lines
            .iter()
            .scan(0, |at, (code, _, to)| {
                let start = *at;
                *at += if to.is_some() && *code != JUMP { 2 } else { 1 };
                Some(start)
            })
            .collect();
        let end =
            self.lines.iter().map(|(code, _, to)| 1 + u32::from(to.is_some() && *code != JUMP));
        let end: u32 = end.sum();
        let target = |to: To| match to {
            To::Yes => end,
            To::No => end + 1,
            To::Place(number) => starts.get(self.places[number]).copied().unwrap_or(end + 1),
        };
        let mut program = Vec::new();
        for ((code, value, to), start) in self.lines.iter().zip(&starts) {
            match to {
                None => program.push(SockFilter::new(*code, 0, 0, *value)),
                Some(to) if *code == JUMP => {
                    program.push(SockFilter::new(JUMP, 0, 0, target(*to) - start - 1));
                }
                Some(to) => {
                    program.push(SockFilter::new(*code, 0, 1, *value));
                    program.push(SockFilter::new(JUMP, 0, 0, target(*to) - start - 2));
                }
            }
        }
        // Everything of the packet, whatever its length: it is cut by whoever reads it, who can then
        // tell how long it was.
        program.push(SockFilter::new(RETURN, 0, 0, u32::MAX));
        program.push(SockFilter::new(RETURN, 0, 0, 0));
        program
    }
}

/// The program of a filter.
pub(super) fn program(filter: &CaptureFilter) -> Vec<SockFilter> {
    let mut writer = Writer::default();
    let [from_elsewhere, v4, v6] = [writer.place(), writer.place(), writer.place()];
    writer.load(LOAD_HALF, HARDWARE);
    let loopback = writer.place();
    writer.when(IF_EQUAL, 772, loopback);
    writer.go(from_elsewhere);
    writer.here(loopback);
    writer.load(LOAD_BYTE, WAY);
    writer.when(IF_EQUAL, 4, To::No);
    writer.here(from_elsewhere);
    writer.load(LOAD_HALF, PROTOCOL);
    writer.when(IF_EQUAL, 0x0800, v4);
    writer.when(IF_EQUAL, 0x86dd, v6);
    if filter.link {
        writer.when(IF_EQUAL, 0x0806, To::Yes);
    }
    writer.go(To::No);
    writer.here(v4);
    of_v4(&mut writer, filter);
    writer.here(v6);
    of_v6(&mut writer, filter);
    writer.finish()
}

fn of_v4(writer: &mut Writer, filter: &CaptureFilter) {
    let [tcp, udp, icmp, ports, hosts] = std::array::from_fn(|_| writer.place());
    writer.load(LOAD_BYTE, IP + 9);
    upper(writer, filter, [(6, tcp), (17, udp), (1, icmp)]);
    writer.go(To::No);
    // Only the first fragment, at offset 0, begins with the header of TCP, UDP or ICMP.
    writer.here(tcp);
    writer.load(LOAD_HALF, IP + 6);
    writer.when(IF_ANY_BIT, 0x1fff, To::No);
    writer.go(ports);
    writer.here(udp);
    writer.load(LOAD_HALF, IP + 6);
    writer.when(IF_ANY_BIT, 0x1fff, hosts);
    writer.here(ports);
    writer.load(INDEX_IPV4_HEADER, IP);
    either_port(writer, filter.ports_for_kernel(), hosts);
    writer.here(icmp);
    writer.load(LOAD_HALF, IP + 6);
    let rest = if filter.icmp { hosts } else { To::No };
    writer.when(IF_ANY_BIT, 0x1fff, rest);
    writer.load(INDEX_IPV4_HEADER, IP);
    writer.load(LOAD_BYTE_BEHIND, IP);
    for error in [3, 4, 5, 11, 12] {
        writer.when(IF_EQUAL, error, To::Yes);
    }
    writer.go(rest);
    writer.here(hosts);
    either_v4_host(writer, filter.hosts_for_kernel());
}

fn of_v6(writer: &mut Writer, filter: &CaptureFilter) {
    let [tcp, udp, icmp, fragment, later] = std::array::from_fn(|_| writer.place());
    let [ports, kind, hosts] = std::array::from_fn(|_| writer.place());
    writer.load(LOAD_BYTE, IP + 6);
    upper(writer, filter, [(6, tcp), (17, udp), (58, icmp)]);
    writer.when(IF_EQUAL, 44, fragment);
    // Other extension headers are rare; what is behind them is looked for later.
    for extension in [0, 43, 60] {
        writer.when(IF_EQUAL, extension, hosts);
    }
    writer.go(To::No);
    writer.here(fragment);
    writer.load(LOAD_HALF, IP + 42);
    writer.when(IF_ANY_BIT, 0xfff8, later);
    writer.load(INDEX, 48);
    writer.load(LOAD_BYTE, IP + 40);
    upper(writer, filter, [(6, ports), (17, ports), (58, kind)]);
    writer.go(To::No);
    writer.here(later);
    writer.load(LOAD_BYTE, IP + 40);
    if filter.udp {
        writer.when(IF_EQUAL, 17, hosts);
    }
    if filter.icmp {
        writer.when(IF_EQUAL, 58, hosts);
    }
    writer.go(To::No);
    writer.here(tcp);
    writer.here(udp);
    writer.load(INDEX, 40);
    writer.here(ports);
    either_port(writer, filter.ports_for_kernel(), hosts);
    writer.here(icmp);
    writer.load(INDEX, 40);
    writer.here(kind);
    writer.load(LOAD_BYTE_BEHIND, IP);
    let query = writer.place();
    writer.when(IF_AT_LEAST, 128, query);
    writer.go(To::Yes);
    writer.here(query);
    if filter.link {
        // Neighbour discovery: solicitations, advertisements, redirects (RFC 4861).
        for kind in 133..=137 {
            writer.when(IF_EQUAL, kind, To::Yes);
        }
    }
    writer.go(if filter.icmp { hosts } else { To::No });
    writer.here(hosts);
    either_v6_host(writer, filter.hosts_for_kernel());
}

/// Where to go on for TCP, UDP and ICMP, each if it is wanted. ICMP always may be an error.
fn upper(writer: &mut Writer, filter: &CaptureFilter, [tcp, udp, icmp]: [(u32, To); 3]) {
    if filter.tcp {
        writer.when(IF_EQUAL, tcp.0, tcp.1);
    }
    if filter.udp {
        writer.when(IF_EQUAL, udp.0, udp.1);
    }
    if filter.tcp || filter.udp || filter.icmp || filter.link {
        writer.when(IF_EQUAL, icmp.0, icmp.1);
    }
}

/// Goes there if one of the two ports behind the index is wanted, else to the end.
fn either_port(writer: &mut Writer, ports: &[u16], then: To) {
    if ports.is_empty() {
        writer.go(then);
        return;
    }
    for from in [IP, IP + 2] {
        writer.load(LOAD_HALF_BEHIND, from);
        for port in ports {
            writer.when(IF_EQUAL, u32::from(*port), then);
        }
    }
    writer.go(To::No);
}

fn either_v4_host(writer: &mut Writer, hosts: &[IpAddr]) {
    if hosts.is_empty() {
        writer.go(To::Yes);
        return;
    }
    let wanted = hosts.iter().filter_map(|host| match host.to_canonical() {
        IpAddr::V4(host) => Some(host),
        IpAddr::V6(_) => None,
    });
    let wanted: Vec<Ipv4Addr> = wanted.collect();
    for from in [IP + 12, IP + 16] {
        writer.load(LOAD_WORD, from);
        for host in &wanted {
            writer.when(IF_EQUAL, host.to_bits(), To::Yes);
        }
    }
    writer.go(To::No);
}

fn either_v6_host(writer: &mut Writer, hosts: &[IpAddr]) {
    if hosts.is_empty() {
        writer.go(To::Yes);
        return;
    }
    let wanted = hosts.iter().filter_map(|host| match host.to_canonical() {
        IpAddr::V6(host) => Some(host),
        IpAddr::V4(_) => None,
    });
    let wanted: Vec<Ipv6Addr> = wanted.collect();
    for from in [IP + 8, IP + 24] {
        for host in &wanted {
            let (different, octets) = (writer.place(), host.octets());
            let (words, _) = octets.as_chunks::<4>();
            for (at, word) in (0..).step_by(4).zip(words) {
                let equal = writer.place();
                writer.load(LOAD_WORD, from + at);
                writer.when(IF_EQUAL, u32::from_be_bytes(*word), equal);
                writer.go(different);
                writer.here(equal);
            }
            writer.go(To::Yes);
            writer.here(different);
        }
    }
    writer.go(To::No);
}
