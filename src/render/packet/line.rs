//! A packet in one line.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::style::{Ink, Style};
use super::detail;
use crate::event::flag::{ACK, FIN, RST, SYN};
use crate::event::{Captured, Content, Crossing, IcmpSeen, Resolution, Segment, SocketId};

/// Columns of the flags: `SYN,ACK`, `PSH,ACK`, `FIN,ACK`.
const FLAGS: usize = 8;

/// Whose packet it is, and which way it goes.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The socket, where there is one already.
    pub socket: Option<SocketId>,
    /// Away from it, to it, or from one own socket to another.
    pub crossing: Crossing,
    /// The other socket, where both are this run's.
    pub other: Option<SocketId>,
    /// The other side, where it has to be told.
    pub peer: Option<String>,
}

/// The line, and what did not fit into it.
pub(super) fn packet(
    style: &Style,
    at: Duration,
    packet: &Captured,
    way: &Way,
) -> (String, Option<String>) {
    let (what, ink, numbers) = words(packet);
    let arrow = match (way.crossing, style.ascii) {
        (Crossing::Received, false) => "◀──",
        (Crossing::Received, true) => "<--",
        (_, false) => "──▶",
        (_, true) => "-->",
    };
    let socket = way.socket.map_or(String::new(), |id| id.to_string());
    let other = way.other.map_or(String::new(), |id| format!("{id:<2}"));
    let before = format!("{:>11.6}  {socket:<2} ", at.as_secs_f64());
    let head = format!("{arrow} {other}{what:<FLAGS$}");
    let numbers = numbers.trim_end();
    let mut tail = Vec::new();
    if matches!(&packet.content, Content::Tcp(segment) if segment.again) {
        tail.push("again".to_owned());
    }
    tail.extend(way.peer.clone());
    let tail = tail.join(" ");
    let columns = |text: &str| text.chars().count();
    let used = columns(&before) + columns(&head) + 2 + columns(numbers);
    let fits = used + 2 + columns(&tail) <= style.width;
    let mut line = format!("{before}{}  {numbers}", style.paint(ink, &style.plain(&head)));
    if tail.is_empty() {
        return (line.trim_end().to_owned(), None);
    }
    if !fits {
        return (line, Some(tail));
    }
    // Writing to a String cannot fail.
    let _ = write!(line, "  {}", style.paint(Ink::Warn, &tail));
    (line, None)
}

/// What it is, its colour, and its numbers.
fn words(packet: &Captured) -> (String, Ink, String) {
    match &packet.content {
        Content::Tcp(segment) => (flags(segment), tcp_ink(segment), tcp(segment)),
        Content::Udp(payload) => ("UDP".into(), Ink::Value, format!("len {payload}")),
        Content::Icmp(message) => icmp(message),
        Content::Fragment(offset, more) => {
            let end = if *more { "more follow" } else { "the last" };
            ("fragment".into(), Ink::Dim, format!("from byte {offset}, {end}"))
        }
        Content::Arp(resolution) => arp(resolution),
        Content::Other(number) => {
            ("other".into(), Ink::Dim, format!("protocol {number}, {} bytes", packet.length))
        }
    }
}

fn flags(segment: &Segment) -> String {
    let names = segment.flag_names().join(",");
    if names.is_empty() { "no flags".to_owned() } else { names }
}

const fn tcp_ink(segment: &Segment) -> Ink {
    match segment.flags {
        flags if flags & RST != 0 => Ink::Bad,
        _ if segment.again => Ink::Warn,
        flags if flags & SYN != 0 => Ink::Good,
        flags if flags & FIN != 0 => Ink::Name,
        _ if segment.payload > 0 => Ink::Value,
        _ => Ink::Dim,
    }
}

/// Numbers are counted from the beginning of the connection where it was seen.
fn tcp(segment: &Segment) -> String {
    let sequence = segment.relative_sequence.unwrap_or(segment.sequence);
    let acknowledgment = if segment.flags & ACK == 0 {
        String::new()
    } else {
        let number = segment.relative_acknowledgment.unwrap_or(segment.acknowledgment);
        format!("ack {number}")
    };
    let window = segment.window_bytes().unwrap_or_else(|| segment.window.into());
    let payload = segment.payload;
    format!("seq {sequence:<6} {acknowledgment:<10} win {window:<8} len {payload}")
}

/// As everywhere, `len` is what is behind the header.
fn icmp(message: &IcmpSeen) -> (String, Ink, String) {
    let length = message.payload;
    match (message.echo, message.about) {
        (Some((identifier, sequence)), _) => {
            let words = format!("{:<12}", message.words);
            let numbers = format!("id {identifier:#06x} seq {sequence:<5} len {length}");
            (words, Ink::Value, numbers)
        }
        (None, Some((protocol, source, destination))) => {
            let about = detail::about(protocol, source, destination);
            (message.words.clone(), Ink::Bad, format!("about {about}"))
        }
        (None, None) => (message.words.clone(), Ink::Name, format!("len {length}")),
    }
}

fn arp(resolution: &Resolution) -> (String, Ink, String) {
    let (sender, mac) = resolution.sender;
    let name = if sender.is_ipv4() { "ARP" } else { "ND" };
    let words = match resolution.operation {
        1 => format!("who has {}? tell {sender}", resolution.target.0),
        2 => format!("{sender} is at {}", detail::mac(mac)),
        other => format!("operation {other}"),
    };
    (name.into(), Ink::Name, words)
}
