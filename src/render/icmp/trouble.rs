//! ICMP errors in words: the line that everybody's ping prints, and what it means.

use std::net::IpAddr;

use crate::event::{Forbidden, Trouble};

/// The words of iputils' ping, so that a class can compare. The two families have their own.
pub(in crate::render) fn words(trouble: Trouble, v6: bool) -> String {
    if v6 { words_v6(trouble) } else { words_v4(trouble) }
}

fn words_v4(trouble: Trouble) -> String {
    match trouble {
        Trouble::NetworkUnreachable => "Destination Net Unreachable".into(),
        Trouble::HostUnreachable => "Destination Host Unreachable".into(),
        Trouble::ProtocolUnreachable => "Destination Protocol Unreachable".into(),
        Trouble::PortUnreachable => "Destination Port Unreachable".into(),
        Trouble::TooBig { mtu } => format!("Frag needed and DF set (mtu = {mtu})"),
        Trouble::SourceRouteFailed => "Source Route Failed".into(),
        Trouble::Prohibited(Forbidden::Network) => "Destination Net Prohibited".into(),
        Trouble::Prohibited(Forbidden::Host) => "Destination Host Prohibited".into(),
        Trouble::Prohibited(_) => "Packet filtered".into(),
        Trouble::TimeExceeded => "Time to live exceeded".into(),
        Trouble::ReassemblyTimeExceeded => "Frag reassembly time exceeded".into(),
        Trouble::ParameterProblem { pointer, .. } => {
            format!("Parameter problem: pointer = {pointer}")
        }
        Trouble::Redirect { gateway, code } => {
            let what = match code {
                0 => "Network",
                1 => "Host",
                2 => "Type of Service and Network",
                _ => "Type of Service and Host",
            };
            format!("Redirect {what} (New nexthop: {gateway})")
        }
        Trouble::SourceQuench => "Source Quench".into(),
        Trouble::BeyondScope => "Beyond scope of source address".into(),
        Trouble::Other { kind: 3, code } => match code {
            6 => "Destination Net Unknown".into(),
            7 => "Destination Host Unknown".into(),
            8 => "Source Host Isolated".into(),
            11 => "Destination Net Unreachable for Type of Service".into(),
            12 => "Destination Host Unreachable for Type of Service".into(),
            14 => "Precedence Violation".into(),
            15 => "Precedence Cutoff".into(),
            _ => format!("Dest Unreachable, Bad Code: {code}"),
        },
        Trouble::Other { kind: 11, code } => format!("Time exceeded, Bad Code: {code}"),
        Trouble::Other { kind, .. } => format!("Bad ICMP type: {kind}"),
    }
}

fn words_v6(trouble: Trouble) -> String {
    let unreachable = |why: &str| format!("Destination unreachable: {why}");
    match trouble {
        Trouble::NetworkUnreachable => unreachable("No route"),
        Trouble::HostUnreachable => unreachable("Address unreachable"),
        Trouble::PortUnreachable => unreachable("Port unreachable"),
        Trouble::Prohibited(Forbidden::Source) => unreachable("Source address failed policy"),
        Trouble::Prohibited(_) => unreachable("Administratively prohibited"),
        Trouble::BeyondScope => unreachable("Beyond scope of source address"),
        Trouble::TooBig { mtu } => format!("Packet too big: mtu={mtu}"),
        Trouble::TimeExceeded => "Time exceeded: Hop limit".into(),
        Trouble::ReassemblyTimeExceeded => "Time exceeded: Defragmentation failure".into(),
        Trouble::ParameterProblem { pointer, code } => {
            let what = match code {
                1 => "Unknown header",
                2 => "Unknown option",
                _ => "Wrong header field",
            };
            format!("Parameter problem: {what} at {pointer}")
        }
        Trouble::ProtocolUnreachable => "Parameter problem: Unknown header".into(),
        Trouble::Redirect { gateway, .. } => format!("Redirect (New nexthop: {gateway})"),
        Trouble::Other { kind: 1, code } => unreachable(&format!("Unknown code {code}")),
        Trouble::Other { kind: 3, code } => format!("Time exceeded: code {code}"),
        Trouble::Other { kind, .. } => format!("unknown icmp type: {kind}"),
        Trouble::SourceRouteFailed | Trouble::SourceQuench => words_v4(trouble),
    }
}

/// Who says that there is trouble, and about which way.
#[derive(Clone, Debug)]
pub(super) struct Witness {
    /// The sender of the error, with its name where that is known.
    pub who: String,
    /// It is this machine itself.
    pub own: bool,
    /// Where the packet was to go.
    pub destination: IpAddr,
    /// To which port, where it was UDP or TCP.
    pub port: Option<u16>,
    /// The way is being looked for already.
    pub path: bool,
}

impl Witness {
    /// How a neighbour's hardware address is found.
    const fn discovery(&self) -> &'static str {
        if self.destination.is_ipv6() { "neighbor discovery" } else { "ARP" }
    }
}

/// What an error means, and who can say such a thing.
pub(super) fn meaning(trouble: Trouble, witness: &Witness) -> String {
    let Witness { who, own, destination, port, .. } = witness;
    match trouble {
        Trouble::TimeExceeded => format!(
            "{who} is a router on the way. Each router takes 1 from the {}; where it reaches 0 \
             the packet is thrown away, and an ICMP message says so.",
            if destination.is_ipv6() { "hop limit" } else { "TTL" }
        ),
        Trouble::HostUnreachable if *own => format!(
            "This machine itself says so: it asked its network who has {destination}, or the \
             router that leads there ({}), and nobody answered.",
            witness.discovery()
        ),
        Trouble::HostUnreachable => format!(
            "The packet came as far as {who}, the last router. Either it asked the network there \
             who has {destination} ({}) and nobody answered, because that machine is off or nobody \
             has this address; or its own routing table says so.",
            witness.discovery()
        ),
        Trouble::NetworkUnreachable => format!(
            "{who} knows no way to {destination}: there is no line for it in its routing table."
        ),
        Trouble::ProtocolUnreachable => format!(
            "The packet arrived, but the system of {who} does not take the protocol that its IP \
             header names."
        ),
        Trouble::PortUnreachable if let Some(port) = port => format!(
            "The packet came to {who}, and nobody there has bound port {port}. UDP is answered so; \
             TCP has a word of its own, RST."
        ),
        Trouble::PortUnreachable => format!(
            "ICMP has no ports, so this answers a ping only where a firewall says no in these \
             words: {who} rejects it."
        ),
        Trouble::TooBig { mtu } => too_big(mtu, witness),
        Trouble::SourceRouteFailed => {
            format!("The packet prescribed its own route, and {who} could not follow it.")
        }
        Trouble::Prohibited(Forbidden::Source) => {
            format!("{who} does not let packets with this source address through.")
        }
        Trouble::Prohibited(_) => format!(
            "Nothing is broken: a rule at {who}, which is a firewall or speaks for one, forbids it."
        ),
        Trouble::ReassemblyTimeExceeded => format!(
            "The packet was cut into fragments, and not all of them came to {who} in time. One \
             that is lost loses the whole packet."
        ),
        Trouble::ParameterProblem { pointer, .. } => format!(
            "{who} could not make sense of byte {pointer} of the packet, counted from 0, and threw \
             it away."
        ),
        Trouble::Redirect { gateway, .. } => format!(
            "No loss: {who} passed the packet on, and says that {gateway}, in the same network, is \
             the shorter way."
        ),
        Trouble::SourceQuench => {
            format!("{who} asks to send slower. RFC 6633 took this message out of use.")
        }
        Trouble::BeyondScope => format!(
            "The source address is good on its own link only, and the way to {destination} leaves \
             that link: {who} may not pass it on."
        ),
        Trouble::Other { kind: 3, code: 6 | 11 } => {
            format!("{who} knows no way to that network, or none for this type of service.")
        }
        Trouble::Other { kind: 3, code: 7 | 12 } => {
            format!("{who} knows that nobody has {destination}, or none for this type of service.")
        }
        Trouble::Other { kind, code } => format!(
            "Type {kind}, code {code}: netlab has no words for it. IANA's list \"ICMP Parameters\" \
             has."
        ),
    }
}

fn too_big(mtu: u32, witness: &Witness) -> String {
    let who = &witness.who;
    let cut = if witness.destination.is_ipv6() {
        "routers cut nothing in IPv6"
    } else {
        "nobody may cut this packet (DF; without -M do, Linux sets it until it knows the size, and \
         cuts from then on)"
    };
    if mtu == 0 {
        return format!("The next link of {who} takes only smaller packets, and {cut}.");
    }
    format!("The next link of {who} takes at most {mtu} bytes, headers included, and {cut}.")
}

/// What to try next.
pub(super) fn advice(trouble: Trouble, witness: &Witness) -> String {
    let Witness { own, destination, .. } = witness;
    let v6 = destination.is_ipv6();
    match trouble {
        Trouble::TimeExceeded => {
            "A larger -t goes on; --path shows the routers one after the other.".into()
        }
        Trouble::HostUnreachable if *own => {
            format!("See what it has learnt: ip neigh show {destination}")
        }
        Trouble::HostUnreachable => {
            "Ask another address of that network: does anybody answer there?".into()
        }
        Trouble::NetworkUnreachable if *own => {
            format!("See the way it takes: ip route get {destination}")
        }
        Trouble::NetworkUnreachable | Trouble::SourceRouteFailed if witness.path => String::new(),
        Trouble::NetworkUnreachable | Trouble::SourceRouteFailed => {
            format!("See how far packets come: netlab raw-ping --path {destination}")
        }
        Trouble::ProtocolUnreachable | Trouble::PortUnreachable | Trouble::Prohibited(_)
            if trouble != Trouble::Prohibited(Forbidden::Source) =>
        {
            format!("What a ping may not, TCP perhaps may: netlab tcp-client {destination} PORT")
        }
        Trouble::TooBig { mtu } => match mtu.checked_sub(if v6 { 48 } else { 28 }) {
            Some(size) if size > 0 => format!("-s {size} would fit."),
            _ => "It does not say how small: try a smaller -s.".into(),
        },
        Trouble::ReassemblyTimeExceeded => {
            let size = if v6 { 1452 } else { 1472 };
            format!("With -s {size} or less nothing has to be cut on Ethernet.")
        }
        Trouble::ParameterProblem { .. } => "--dissect shows every field of the packet.".into(),
        Trouble::Redirect { .. } => {
            format!("Does this system believe it? ip route get {destination}")
        }
        Trouble::SourceQuench => "A longer -i sends slower.".into(),
        Trouble::BeyondScope | Trouble::Prohibited(_) => {
            "-I chooses another source address.".into()
        }
        _ => "netlab raw-listen --hex shows the message itself.".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const ALL: [Trouble; 16] = [
        Trouble::NetworkUnreachable,
        Trouble::HostUnreachable,
        Trouble::ProtocolUnreachable,
        Trouble::PortUnreachable,
        Trouble::TooBig { mtu: 1300 },
        Trouble::SourceRouteFailed,
        Trouble::Prohibited(Forbidden::Network),
        Trouble::Prohibited(Forbidden::Host),
        Trouble::Prohibited(Forbidden::Communication),
        Trouble::Prohibited(Forbidden::Source),
        Trouble::TimeExceeded,
        Trouble::ReassemblyTimeExceeded,
        Trouble::ParameterProblem { pointer: 20, code: 0 },
        Trouble::SourceQuench,
        Trouble::BeyondScope,
        Trouble::Other { kind: 3, code: 200 },
    ];

    fn witness(v6: bool, own: bool) -> Witness {
        let destination =
            if v6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::new(10, 77, 2, 2).into() };
        Witness { who: "gate (10.77.1.1)".into(), own, destination, port: None, path: false }
    }

    #[test]
    fn every_trouble_has_words_a_meaning_and_advice() {
        let redirect = Trouble::Redirect { gateway: Ipv4Addr::LOCALHOST.into(), code: 1 };
        for trouble in ALL.into_iter().chain([redirect]) {
            for v6 in [false, true] {
                assert!(!words(trouble, v6).is_empty());
                for own in [false, true] {
                    let (meaning, advice) =
                        (meaning(trouble, &witness(v6, own)), advice(trouble, &witness(v6, own)));
                    assert!(meaning.len() > 40 && meaning.ends_with('.'), "{meaning}");
                    assert!(advice.len() > 12, "{trouble:?}: {advice}");
                }
            }
        }
    }

    #[test]
    fn the_advice_for_a_packet_too_big_is_the_size_that_fits() {
        let trouble = Trouble::TooBig { mtu: 1300 };
        assert_eq!(words(trouble, false), "Frag needed and DF set (mtu = 1300)");
        assert_eq!(words(trouble, true), "Packet too big: mtu=1300");
        assert_eq!(advice(trouble, &witness(false, false)), "-s 1272 would fit.");
        assert_eq!(advice(trouble, &witness(true, false)), "-s 1252 would fit.");
        assert!(advice(Trouble::TooBig { mtu: 0 }, &witness(false, false)).contains("smaller -s"));
    }
}
