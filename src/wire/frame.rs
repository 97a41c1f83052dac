//! # A frame, decoded
//!
//! ```text
//!   +-----------------+------------+---------------+---------+---------+
//!   | Ethernet header | IP header  | TCP, UDP or   | data    | padding |
//!   | 14 bytes, 4     | and what   | ICMP header   |         |         |
//!   | more for a VLAN | extends it |               |         |         |
//!   +-----------------+------------+---------------+---------+---------+
//! ```
//!
//! What a capture needs to know of a packet: from whom, to whom, how long, and what it carries. A
//! capture may keep the beginning of a frame only; how long the frame was is told beside its bytes.
//! The lengths in the headers are believed as far as that length bears them out.
//!
//! A network card may cut what it sends into packets, and join what it receives (segmentation
//! offload). Then a captured segment is longer than any packet on the wire, and up to 64 KiB: its
//! headers say so, and so does netlab. Linux can make them even longer; then the header says 0, and
//! the length is the frame's ([RFC 2675](https://www.rfc-editor.org/rfc/rfc2675) for IPv6).

use std::net::{IpAddr, SocketAddr};

use pnet::packet::Packet as _;
use pnet::packet::arp::ArpPacket;
use pnet::packet::ethernet::EthernetPacket;
use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::ipv6::Ipv6Packet;
use pnet::packet::vlan::VlanPacket;

use super::quoted::{self, V6_HEADER};
use super::{Family, Malformed, ip, protocol, segment};
use crate::event::{Content, Resolution};

/// What a frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// An Ethernet header.
    Ethernet,
    /// The IP header.
    Ip,
}

/// What a frame is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Where it comes from; port 0 where the protocol has none.
    pub source: SocketAddr,
    /// Where it goes to.
    pub destination: SocketAddr,
    /// Bytes of the IP packet with its headers; of an ARP packet without the link layer's.
    pub length: usize,
    /// Time to live, or hop limit; 0 of ARP.
    pub hop_limit: u8,
    /// The number that fragments of a packet have in common: of IPv4 always there, of IPv6 only in
    /// fragments.
    pub identification: Option<u32>,
    /// Whether fragments of the same packet follow.
    pub more: bool,
    /// What it carries.
    pub content: Content,
    /// The addresses of the link layer, source and destination, where it has any.
    pub link: Option<[[u8; 6]; 2]>,
}

const ETHERNET_HEADER: usize = 14;
const VLAN_TAG: usize = 4;

/// Decodes a frame. `bytes` are its beginning, `length` is how long it was.
///
/// # Errors
///
/// Which rule the bytes break.
pub fn frame(link: Link, bytes: &[u8], length: usize) -> Result<Decoded, Malformed> {
    if length < bytes.len() {
        return Err(Malformed("shorter than the bytes that came"));
    }
    let Link::Ethernet = link else {
        return match bytes.first().map(|byte| byte >> 4) {
            Some(4) => v4(bytes, length),
            Some(6) => v6(bytes, length),
            _ => Err(Malformed("the version is neither 4 nor 6")),
        };
    };
    let header = EthernetPacket::new(bytes).ok_or(Malformed("shorter than an Ethernet header"))?;
    let mut kind = header.get_ethertype().0;
    let mut inner = ETHERNET_HEADER;
    if matches!(kind, 0x8100 | 0x88a8) {
        let tag = VlanPacket::new(bytes.get(inner..).unwrap_or_default());
        kind = tag.ok_or(Malformed("shorter than a VLAN tag"))?.get_ethertype().0;
        inner += VLAN_TAG;
    }
    let addresses = [header.get_source(), header.get_destination()]
        .map(|mac| [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5]);
    let bytes = bytes.get(inner..).unwrap_or_default();
    let length = length.saturating_sub(inner);
    let decoded = match kind {
        0x0800 => v4(bytes, length),
        0x86dd => v6(bytes, length),
        0x0806 => arp(bytes),
        _ => Err(Malformed("neither IP nor ARP")),
    }?;
    Ok(Decoded { link: Some(addresses), ..decoded })
}

fn v4(bytes: &[u8], length: usize) -> Result<Decoded, Malformed> {
    let packet = Ipv4Packet::new(bytes).ok_or(Malformed("shorter than an IPv4 header"))?;
    if packet.get_version() != 4 {
        return Err(Malformed("the version is not 4"));
    }
    let header = usize::from(packet.get_header_length()) * 4;
    let total = claimed(usize::from(packet.get_total_length()), length)?;
    if header < ip::LEAST || header > total {
        return Err(Malformed("the header length cannot be"));
    }
    let offset = usize::from(packet.get_fragment_offset()) * 8;
    let more = packet.get_flags() & 1 != 0;
    // By octets: without its default features (Windows) pnet has address types of its own.
    let hosts = [packet.get_source().octets(), packet.get_destination().octets()].map(IpAddr::from);
    let upper = Upper {
        family: Family::V4,
        protocol: packet.get_next_level_protocol().0,
        bytes: within(bytes, header, total),
        length: total - header,
        offset,
        more,
    };
    let identification = Some(packet.get_identification().into());
    let decoded = upper.decoded(hosts, total)?;
    Ok(Decoded { hop_limit: packet.get_ttl(), identification, ..decoded })
}

fn v6(bytes: &[u8], length: usize) -> Result<Decoded, Malformed> {
    let packet = Ipv6Packet::new(bytes).ok_or(Malformed("shorter than an IPv6 header"))?;
    if packet.get_version() != 6 {
        return Err(Malformed("the version is not 6"));
    }
    let payload = usize::from(packet.get_payload_length());
    let total = claimed(if payload == 0 { 0 } else { payload + V6_HEADER }, length)?;
    let hosts = [packet.get_source().octets(), packet.get_destination().octets()].map(IpAddr::from);
    let (mut next, mut at) = (packet.get_next_header().0, V6_HEADER);
    let mut fragment = None;
    // Each extension header is at least 8 bytes long, so this ends.
    while let Some((long, _)) = quoted::extension(next, within(bytes, at, total)) {
        let header = within(bytes, at, total);
        if let (protocol::FRAGMENT, [_, _, high, low, rest @ ..]) = (next, header) {
            let field = u16::from_be_bytes([*high, *low]);
            let identification = rest.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
            fragment = Some((usize::from(field & 0xfff8), field & 1 != 0, identification));
        }
        (next, at) = (header.first().copied().unwrap_or(59), at + long);
        if at > total {
            return Err(Malformed("an extension header is beyond the packet"));
        }
        if fragment.is_some_and(|(offset, ..)| offset != 0) {
            break;
        }
    }
    let (offset, more, _) = fragment.unwrap_or_default();
    let upper = Upper {
        family: Family::V6,
        protocol: next,
        bytes: within(bytes, at, total),
        length: total.checked_sub(at).ok_or(Malformed("shorter than its headers"))?,
        offset,
        more,
    };
    let identification = fragment.map(|(_, _, identification)| identification);
    let decoded = upper.decoded(hosts, total)?;
    Ok(Decoded { hop_limit: packet.get_hop_limit(), identification, ..decoded })
}

/// The length that a header claims, if so much came. 0 is the claim that it does not fit the field.
fn claimed(claimed: usize, came: usize) -> Result<usize, Malformed> {
    match claimed {
        0 => Ok(came),
        claimed if claimed > came => Err(Malformed("the length is beyond the bytes that came")),
        claimed => Ok(claimed),
    }
}

/// What was kept of the packet from there on, without the padding behind it.
fn within(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.get(from..to.min(bytes.len())).unwrap_or_default()
}

/// What stands behind the IP header.
pub(super) struct Upper<'a> {
    pub family: Family,
    pub protocol: u8,
    /// What was kept of it.
    pub bytes: &'a [u8],
    /// How long it was.
    pub length: usize,
    /// Of a fragment: where it belongs in the whole packet, in bytes.
    pub offset: usize,
    /// Whether more fragments follow.
    pub more: bool,
}

impl Upper<'_> {
    /// The packet between these hosts that carries it, as far as IPv4 and IPv6 are alike.
    fn decoded(&self, hosts: [IpAddr; 2], total: usize) -> Result<Decoded, Malformed> {
        let (content, [from, to]) = self.content()?;
        Ok(Decoded {
            source: SocketAddr::new(hosts[0], from),
            destination: SocketAddr::new(hosts[1], to),
            length: total,
            hop_limit: 0,
            identification: None,
            more: self.more,
            content,
            link: None,
        })
    }

    /// What it is, and its ports.
    fn content(&self) -> Result<(Content, [u16; 2]), Malformed> {
        if self.offset != 0 {
            return Ok((Content::Fragment(self.offset, self.more), [0; 2]));
        }
        match (self.family, self.protocol) {
            (_, protocol::TCP) => segment::tcp(self),
            (_, protocol::UDP) => segment::udp(self),
            (Family::V4, protocol::ICMP) | (Family::V6, protocol::ICMPV6) => {
                Ok((segment::icmp(self)?, [0; 2]))
            }
            (_, other) => Ok((Content::Other(other), [0; 2])),
        }
    }
}

/// ARP for IPv4 over Ethernet; the only one in use.
fn arp(bytes: &[u8]) -> Result<Decoded, Malformed> {
    let packet = ArpPacket::new(bytes).ok_or(Malformed("shorter than ARP"))?;
    if (packet.get_hw_addr_len(), packet.get_proto_addr_len()) != (6, 4) {
        return Err(Malformed("ARP for other addresses than Ethernet's and IPv4's"));
    }
    let mac = |mac: pnet::util::MacAddr| [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5];
    let sender = IpAddr::from(packet.get_sender_proto_addr().octets());
    let target = IpAddr::from(packet.get_target_proto_addr().octets());
    Ok(Decoded {
        source: SocketAddr::new(sender, 0),
        destination: SocketAddr::new(target, 0),
        length: packet.packet().len().min(28),
        hop_limit: 0,
        identification: None,
        more: false,
        content: Content::Arp(Resolution {
            operation: packet.get_operation().0,
            sender: (sender, mac(packet.get_sender_hw_addr())),
            target: (target, mac(packet.get_target_hw_addr())),
        }),
        link: None,
    })
}
