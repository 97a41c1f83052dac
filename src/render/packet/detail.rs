//! What is behind a packet: options, the call that made it go, the addresses of its frame.

use std::net::SocketAddr;

use crate::event::{CallOf, Captured, Cause, Content, Crossing, TcpOption};

/// So many calls are named of a segment that carries the bytes of several.
const CALLS: usize = 3;

/// What made it go, and its options: on one line where that fits.
pub(super) fn behind(packet: &Captured, columns: usize) -> Vec<String> {
    match (cause(packet), options(&packet.content)) {
        (Some(cause), Some(options)) if cause.len() + options.len() + 2 <= columns => {
            vec![format!("{cause}; {options}")]
        }
        (cause, options) => cause.into_iter().chain(options).collect(),
    }
}

/// Why there is nothing of the link layer to be seen.
pub(super) fn no_link(packet: &Captured) -> &'static str {
    const ETHERNET: u16 = 1;
    if packet.frame.link_type == ETHERNET {
        "--link: what stays in this machine goes over the loopback. It has no neighbours, so there \
         is no ARP, and no address of the link layer. Try it with your partner's address"
    } else {
        "--link: this interface has no addresses of the link layer (a tunnel, a point-to-point link)"
    }
}

/// Of the other side's calls there is nothing to say: they are elsewhere.
fn cause(packet: &Captured) -> Option<String> {
    let label = packet.socket.map(|id| id.to_string());
    match &packet.cause {
        Cause::Calls(calls) => {
            let named: Vec<String> =
                calls.iter().take(CALLS).map(|call| named(call, label.as_deref())).collect();
            let more = calls.len().saturating_sub(CALLS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            (!named.is_empty()).then(|| format!("by {}{more}", named.join(", ")))
        }
        Cause::Kernel(why) if packet.crossing == Crossing::Received => {
            Some(format!("no call: the other side's kernel {why}"))
        }
        Cause::Kernel(why) => Some(format!("no call: the kernel {why}")),
        Cause::Peer | Cause::Unknown => None,
    }
}

/// `send(6) = 6`; with its socket where that is not the one before the line.
fn named(call: &CallOf, label: Option<&str>) -> String {
    let under_way = if call.place == usize::MAX { ", under way" } else { "" };
    match &call.end {
        None if label == Some(&call.socket) => format!("{}{under_way}", call.text),
        None => format!("{} {}{under_way}", call.socket, call.text),
        Some(end) => format!("{end}: {} {}{under_way}", call.socket, call.text),
    }
}

/// The options of a segment, by their names. The clocks of both sides are in every segment once both
/// agreed: only the handshake shows them.
fn options(content: &Content) -> Option<String> {
    let Content::Tcp(segment) = content else { return None };
    if matches!(segment.options[..], [] | [TcpOption::Timestamps(..)]) {
        return None;
    }
    let names: Vec<String> = segment.options.iter().map(option).collect();
    Some(format!("options: {}", names.join(", ")))
}

fn option(option: &TcpOption) -> String {
    match option {
        TcpOption::MaximumSegmentSize(size) => format!("MSS {size}"),
        TcpOption::WindowScale(shift) => {
            format!("window scale {shift} (times {})", 1_u32 << (*shift).min(14))
        }
        TcpOption::SackPermitted => "SACK permitted".to_owned(),
        TcpOption::Sack(blocks) => {
            let blocks = blocks.iter().map(|(first, end)| format!("{first} to {end}"));
            format!("SACK {}", blocks.collect::<Vec<_>>().join(" and "))
        }
        TcpOption::Timestamps(own, heard) => format!("timestamps {own}, heard {heard}"),
        TcpOption::Other(kind) => format!("kind {kind}"),
    }
}

/// Six bytes as people write them.
pub(super) fn mac(bytes: [u8; 6]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

/// From which network card to which: one link, and not the whole way.
pub(super) fn link_layer([source, destination]: [[u8; 6]; 2]) -> String {
    let to = match destination {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => " (everybody on this link)",
        [first, ..] if first & 1 == 1 => " (a group on this link)",
        _ => "",
    };
    format!("frame from {} to {}{to}", mac(source), mac(destination))
}

/// The packet that an ICMP error is about.
pub(super) fn about(protocol: u8, source: SocketAddr, destination: SocketAddr) -> String {
    match protocol {
        6 => format!("TCP {source} → {destination}"),
        17 => format!("UDP {source} → {destination}"),
        1 | 58 => format!("ICMP {} → {}", source.ip(), destination.ip()),
        other => format!("protocol {other}, {} → {}", source.ip(), destination.ip()),
    }
}
