//! What numbers mean, in a few words for somebody who never saw them.

use crate::event::{Forbidden, Trouble};
use crate::wire::{Family, protocol, trouble, types};

/// The name of a protocol, or of an extension header of IPv6.
pub(super) fn protocol(number: u64) -> String {
    let name = match u8::try_from(number) {
        Ok(protocol::HOP_BY_HOP) => "hop-by-hop options",
        Ok(protocol::ICMP) => "ICMP",
        Ok(2) => "IGMP",
        Ok(4) => "an IPv4 packet in a packet",
        Ok(protocol::TCP) => "TCP",
        Ok(protocol::UDP) => "UDP",
        Ok(41) => "an IPv6 packet in a packet",
        Ok(protocol::ROUTING) => "routing header",
        Ok(protocol::FRAGMENT) => "fragment header",
        Ok(47) => "GRE",
        Ok(50) => "ESP",
        Ok(protocol::AUTHENTICATION) => "authentication header",
        Ok(protocol::ICMPV6) => "ICMPv6",
        Ok(59) => "nothing follows",
        Ok(protocol::DESTINATION) => "destination options",
        Ok(89) => "OSPF",
        Ok(132) => "SCTP",
        _ => return format!("protocol {number}"),
    };
    format!("protocol {number}: {name}")
}

/// The class of service ([RFC 2474](https://www.rfc-editor.org/rfc/rfc2474) and its followers).
pub(super) fn dscp(number: u64) -> String {
    match number {
        0 => "no special treatment".into(),
        46 => "expedited forwarding: little delay, such as for speech".into(),
        48 => "class 6: the network's own messages, such as routing".into(),
        number if number % 8 == 0 => format!("class {}", number / 8),
        10 | 12 | 14 | 18 | 20 | 22 | 26 | 28 | 30 | 34 | 36 | 38 => {
            format!("assured forwarding, class {}{}", number / 8, number % 8 / 2)
        }
        _ => "a class of this network's own".into(),
    }
}

/// Explicit congestion notification
/// ([RFC 3168 § 5](https://www.rfc-editor.org/rfc/rfc3168#section-5)).
pub(super) fn ecn(number: u64) -> String {
    match number {
        0 => "cannot be told of congestion",
        1 | 2 => "can be told of congestion; there is none",
        _ => "a router is close to dropping packets",
    }
    .into()
}

/// How far a packet still goes.
pub(super) fn hops(number: u64) -> String {
    match number {
        0 => "no router may pass it on, and none should have".into(),
        1 => "no more routers may pass it on".into(),
        2 => "1 more router may pass it on".into(),
        number => format!("{} more routers may pass it on", number - 1),
    }
}

/// Bytes, in the singular where it is one.
pub(super) fn bytes(number: u64) -> String {
    if number == 1 { "1 byte".into() } else { format!("{number} bytes") }
}

/// The options of an IPv4 header by name
/// ([RFC 791 § 3.1](https://www.rfc-editor.org/rfc/rfc791#section-3.1)).
pub(super) fn options(mut bytes: &[u8]) -> String {
    let mut names: Vec<&str> = Vec::new();
    while let Some((kind, behind)) = bytes.split_first() {
        let name = match kind {
            0 => {
                names.push("end of list");
                break;
            }
            1 => "no operation",
            7 => "record route",
            68 => "timestamps",
            130 => "security",
            131 => "loose source route",
            137 => "strict source route",
            148 => "router alert",
            _ => "unknown",
        };
        if names.last() != Some(&name) {
            names.push(name);
        }
        // Options 0 and 1 are one byte; the others tell their length, these two bytes included.
        let length = if *kind == 1 { 0 } else { behind.first().map_or(0, |n| usize::from(*n)) };
        if *kind != 1 && length < 2 {
            names.push("a length that cannot be");
            break;
        }
        bytes = behind.get(length.saturating_sub(1)..).unwrap_or(&[]);
        if *kind == 1 {
            bytes = behind;
        }
    }
    match names.as_slice() {
        [first, second, third, _, ..] => format!("{first}, {second}, {third}, …"),
        names => names.join(", "),
    }
}

/// What an ICMP type is called; none for those that netlab does not know.
pub(in crate::wire) fn kind(family: Family, kind: u8) -> Option<&'static str> {
    match family {
        Family::V4 => kind_v4(kind),
        Family::V6 => kind_v6(kind),
    }
}

fn kind_v4(kind: u8) -> Option<&'static str> {
    use types::v4;
    Some(match kind {
        v4::ECHO_REPLY => "echo reply",
        v4::UNREACHABLE => "destination unreachable",
        v4::SOURCE_QUENCH => "source quench",
        v4::REDIRECT => "redirect",
        v4::ECHO_REQUEST => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        v4::TIME_EXCEEDED => "time exceeded",
        v4::PARAMETER_PROBLEM => "parameter problem",
        13 => "timestamp request",
        14 => "timestamp reply",
        _ => return None,
    })
}

fn kind_v6(kind: u8) -> Option<&'static str> {
    use types::v6;
    Some(match kind {
        v6::UNREACHABLE => "destination unreachable",
        v6::TOO_BIG => "packet too big",
        v6::TIME_EXCEEDED => "time exceeded",
        v6::PARAMETER_PROBLEM => "parameter problem",
        v6::ECHO_REQUEST => "echo request",
        v6::ECHO_REPLY => "echo reply",
        130 => "multicast listener query",
        131 | 143 => "multicast listener report",
        132 => "multicast listener done",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbour solicitation",
        136 => "neighbour advertisement",
        137 => "redirect",
        _ => return None,
    })
}

/// What a code means within its type.
pub(super) fn code(family: Family, header: [u8; 8]) -> String {
    let trouble = match family {
        Family::V4 => trouble::v4(header),
        Family::V6 => trouble::v6(header),
    };
    match trouble {
        Some(trouble) => said(trouble).to_owned(),
        None if header[1] == 0 => "the only one of its type".into(),
        None => "not specified".into(),
    }
}

fn said(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::NetworkUnreachable => "no route to that network",
        Trouble::HostUnreachable => "the last router found nobody at that address",
        Trouble::ProtocolUnreachable => "the host does not know that protocol",
        Trouble::PortUnreachable => "nobody has bound that port",
        Trouble::TooBig { .. } => "too large for the next link, and not to be cut",
        Trouble::SourceRouteFailed => "the route that the packet prescribed failed",
        Trouble::Prohibited(Forbidden::Network) => "a rule forbids that network",
        Trouble::Prohibited(Forbidden::Host) => "a rule forbids that host",
        Trouble::Prohibited(Forbidden::Communication) => "a filter forbids it",
        Trouble::Prohibited(Forbidden::Source) => "a rule forbids that source or route",
        Trouble::TimeExceeded => "the hop limit reached 0 on the way",
        Trouble::ReassemblyTimeExceeded => "not all fragments came in time",
        Trouble::ParameterProblem { .. } => "a field of the header is wrong",
        Trouble::Redirect { .. } => "there is a better router for that",
        Trouble::SourceQuench => "slow down (not in use any more)",
        Trouble::BeyondScope => "beyond the scope of the source address",
        Trouble::Other { .. } => "netlab does not know it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_names_whatever_their_bytes_are() {
        assert_eq!(options(&[7, 4, 8, 0, 0]), "record route, end of list");
        assert_eq!(options(&[1, 1, 148, 4, 0, 0]), "no operation, router alert");
        assert_eq!(options(&[68, 1]), "timestamps, a length that cannot be");
        assert_eq!(options(&[68, 200, 5]), "timestamps");
        assert_eq!(options(&[68]), "timestamps, a length that cannot be");
        assert_eq!(
            options(&[7, 2, 68, 2, 130, 2, 131, 2]),
            "record route, timestamps, security, …"
        );
    }

    #[test]
    fn assured_forwarding_has_two_digits() {
        assert_eq!(dscp(10), "assured forwarding, class 11");
        assert_eq!(dscp(38), "assured forwarding, class 43");
        assert_eq!(dscp(8), "class 1");
    }
}
