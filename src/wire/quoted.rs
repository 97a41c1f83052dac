//! # The packet that an error is about
//!
//! Behind the header of an ICMP error stands the beginning of the packet that it is about: its IP
//! header and at least 8 bytes more ([RFC 792](https://www.rfc-editor.org/rfc/rfc792); today's
//! systems quote as much as fits, [RFC 1812 § 4.3.2.3](https://www.rfc-editor.org/rfc/rfc1812#section-4.3.2.3),
//! [RFC 4443 § 2.4](https://www.rfc-editor.org/rfc/rfc4443#section-2.4)). Eight bytes are just
//! enough for the ports of TCP and UDP, or the identifier and sequence number of an echo request:
//!
//! ```text
//!   +-----------+-------------+ +-----------+------------------+---------+ +------------+
//!   | IP header | ICMP header | | IP header | 8 bytes and more | padding | | extensions |
//!   +-----------+-------------+ +-----------+------------------+---------+ +------------+
//!                (an error)      the packet that it is about               RFC 4884
//! ```
//!
//! A router may say more behind it, such as the label of a tunnel
//! ([RFC 4884](https://www.rfc-editor.org/rfc/rfc4884)). Then a length in the ICMP header says
//! where the quoted packet ends; it is padded with zeros up to there.

use std::net::IpAddr;

use pnet::packet::ipv4::Ipv4Packet;
use pnet::packet::ipv6::Ipv6Packet;

use super::{Echo, Family, ICMP_HEADER, ip, protocol, types};
use crate::event::Quote;

/// The packet that an error quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    /// Who had sent it.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// What is behind its IP header, and behind the extension headers of IPv6: 1 ICMP, 6 TCP, 17 UDP,
    /// 58 `ICMPv6`. Where the quotation ends within the extension headers, the one that is cut.
    pub protocol: u8,
    /// The hop limit that it had left.
    pub hop_limit: u8,
    /// Identifier and sequence number, of an echo *request*.
    pub echo: Option<Echo>,
    /// Source and destination port, of TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// The data of an echo request, as far as it is quoted; empty for everything else.
    pub data: &'a [u8],
    /// Where in the whole packet this fragment belongs, in units of 8 bytes. Only the first fragment,
    /// at 0, has the header of ICMP, TCP or UDP.
    pub fragment_offset: u16,
}

impl Quoted<'_> {
    /// As an event has it.
    #[must_use]
    pub fn quote(&self) -> Quote {
        Quote {
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            echo: self.echo.map(|echo| (echo.identifier, echo.sequence)),
            ports: self.ports,
        }
    }
}

/// What stands behind an IP header and its extension headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upper<'a> {
    pub protocol: u8,
    pub fragment_offset: u16,
    /// What is there of it; empty where the quotation ends before.
    pub bytes: &'a [u8],
}

/// The bytes of an error that are the quoted packet: without the extensions of RFC 4884.
pub(super) fn original(family: Family, header: [u8; ICMP_HEADER], rest: &[u8]) -> &[u8] {
    use types::{v4, v6};
    // RFC 4884 § 4.1 to 4.6: where the length stands, and of what it counts the number.
    let length = match (family, header[0]) {
        (Family::V4, v4::UNREACHABLE | v4::TIME_EXCEEDED | v4::PARAMETER_PROBLEM) => {
            usize::from(header[5]) * 4
        }
        (Family::V6, v6::UNREACHABLE | v6::TIME_EXCEEDED) => usize::from(header[4]) * 8,
        _ => 0,
    };
    // Extensions stand behind at least 128 bytes of the packet (§ 4): a smaller number is what some old
    // router left there.
    if length < 128 { rest } else { rest.get(..length).unwrap_or(rest) }
}

/// Reads a quoted packet. None: it has no whole IP header of that family.
pub(super) fn read(family: Family, bytes: &[u8]) -> Option<Quoted<'_>> {
    let (source, destination, hop_limit, upper) = match family {
        Family::V4 => v4(bytes)?,
        Family::V6 => v6(bytes)?,
    };
    let mut quoted = Quoted {
        source,
        destination,
        protocol: upper.protocol,
        hop_limit,
        echo: None,
        ports: None,
        data: &[],
        fragment_offset: upper.fragment_offset,
    };
    if upper.fragment_offset == 0 {
        match (family, upper.protocol) {
            (Family::V4, protocol::ICMP) => echo(types::v4::ECHO_REQUEST, upper, &mut quoted),
            (Family::V6, protocol::ICMPV6) => echo(types::v6::ECHO_REQUEST, upper, &mut quoted),
            (_, protocol::TCP | protocol::UDP) => quoted.ports = ports(upper.bytes),
            _ => {}
        }
    }
    Some(quoted)
}

fn echo<'a>(request: u8, upper: Upper<'a>, quoted: &mut Quoted<'a>) {
    if let Some(([kind, 0, _, _, a, b, c, d], data)) =
        upper.bytes.split_first_chunk::<ICMP_HEADER>()
        && *kind == request
    {
        let identifier = u16::from_be_bytes([*a, *b]);
        quoted.echo = Some(Echo { identifier, sequence: u16::from_be_bytes([*c, *d]) });
        quoted.data = data;
    }
}

fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
    let [a, b, c, d] = *bytes.first_chunk()?;
    Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

type Read<'a> = (IpAddr, IpAddr, u8, Upper<'a>);

fn v4(bytes: &[u8]) -> Option<Read<'_>> {
    let packet = Ipv4Packet::new(bytes).filter(|packet| packet.get_version() == 4)?;
    let length = usize::from(packet.get_header_length()) * 4;
    let behind = bytes.get(length..).filter(|_| length >= ip::LEAST)?;
    let upper = Upper {
        protocol: packet.get_next_level_protocol().0,
        fragment_offset: packet.get_fragment_offset(),
        bytes: whole(behind, usize::from(packet.get_total_length()).saturating_sub(length)),
    };
    // By octets: without its default features (Windows) pnet has address types of its own.
    let (source, destination) = (packet.get_source().octets(), packet.get_destination().octets());
    Some((source.into(), destination.into(), packet.get_ttl(), upper))
}

fn v6(bytes: &[u8]) -> Option<Read<'_>> {
    let packet = Ipv6Packet::new(bytes).filter(|packet| packet.get_version() == 6)?;
    let behind = whole(bytes.get(V6_HEADER..)?, usize::from(packet.get_payload_length()));
    let upper = upper(packet.get_next_header().0, behind);
    let (source, destination) = (packet.get_source().octets(), packet.get_destination().octets());
    Some((source.into(), destination.into(), packet.get_hop_limit(), upper))
}

/// Bytes of an IPv6 header, without extension headers.
pub(super) const V6_HEADER: usize = 40;

/// The bytes behind an IP header without the padding, as the header tells their length. A length
/// below 8 is not believed: no TCP, UDP or ICMP is that short, and some systems turn the two bytes
/// of the length over before they hand the message to a raw socket.
fn whole(behind: &[u8], length: usize) -> &[u8] {
    if length < 8 { behind } else { behind.get(..length).unwrap_or(behind) }
}

/// Passes over the extension headers of IPv6
/// ([RFC 8200 § 4](https://www.rfc-editor.org/rfc/rfc8200#section-4)). Each is at least 8 bytes
/// long, so this ends.
pub(super) fn upper(next: u8, bytes: &[u8]) -> Upper<'_> {
    let mut upper = Upper { protocol: next, fragment_offset: 0, bytes };
    while let Some((length, fragment_offset)) = extension(upper.protocol, upper.bytes) {
        upper.fragment_offset = fragment_offset;
        let Some((header, behind)) = upper.bytes.split_at_checked(length) else {
            // Cut within this header: what it announces is not here.
            upper.bytes = &[];
            return upper;
        };
        (upper.protocol, upper.bytes) = (header[0], behind);
        if fragment_offset != 0 {
            break;
        }
    }
    upper
}

/// Length of an extension header, and the offset in it if it is a fragment's; none if `bytes` begin
/// with something else, or with nothing.
pub(super) fn extension(number: u8, bytes: &[u8]) -> Option<(usize, u16)> {
    let [_, length, high, low] = *bytes.first_chunk()?;
    let length = usize::from(length);
    match number {
        protocol::HOP_BY_HOP | protocol::ROUTING | protocol::DESTINATION => {
            Some((length * 8 + 8, 0))
        }
        protocol::FRAGMENT => Some((8, u16::from_be_bytes([high, low]) >> 3)),
        // RFC 4302 § 2.2: in words of four bytes, less two.
        protocol::AUTHENTICATION => Some((length * 4 + 8, 0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO_V4: [u8; 10] = [8, 0, 0xde, 0x7a, 0x46, 0x1f, 0, 1, b'a', b'b'];
    const ECHO_V6: [u8; 10] = [128, 0, 0x55, 0xb1, 0x46, 0x25, 0, 1, b'a', b'b'];

    /// An IPv4 header of `words` words, of a packet of `length` bytes.
    fn v4_header(words: u8, length: u8, protocol: u8, offset: u8) -> Vec<u8> {
        let mut header = vec![0x40 | words, 0, 0, length, 4, 4, 0, offset, 1, protocol, 0x5e, 8];
        header.extend([10, 77, 1, 2, 10, 77, 2, 2]);
        header.resize(usize::from(words) * 4, 1);
        header
    }

    fn v6_packet(next: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).expect("a small packet");
        let mut packet = vec![0x60, 0, 0, 0, 0, length, next, 1];
        packet.extend([0xfd; 32]);
        packet.extend(payload);
        packet
    }

    fn echo(family: Family, bytes: &[u8]) -> Option<(u16, Vec<u8>)> {
        let quoted = read(family, bytes).expect("a whole IP header");
        quoted.echo.map(|echo| (echo.identifier, quoted.data.to_vec()))
    }

    #[test]
    fn options_are_passed_over() {
        for words in 5..=15 {
            let packet = [v4_header(words, words * 4 + 10, 1, 0), ECHO_V4.to_vec()].concat();
            assert_eq!(echo(Family::V4, &packet), Some((0x461f, b"ab".to_vec())));
            let cut = &packet[..usize::from(words) * 4 + 7];
            assert_eq!(echo(Family::V4, cut), None);
            assert!(read(Family::V4, &packet[..usize::from(words) * 4 - 1]).is_none());
        }
        assert!(read(Family::V4, &[v4_header(4, 30, 1, 0), vec![0; 30]].concat()).is_none());
    }

    #[test]
    fn extension_headers_are_passed_over() {
        let hop_by_hop = [60, 0, 1, 4, 0, 0, 0, 0];
        let destination = [44, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let fragment = [58, 0, 0, 1, 9, 9, 9, 9];
        let payload = [&hop_by_hop[..], &destination, &fragment, &ECHO_V6].concat();
        let packet = v6_packet(0, &payload);
        assert_eq!(echo(Family::V6, &packet), Some((0x4625, b"ab".to_vec())));
        // Cut within them: the last one that is there is the protocol.
        let cut = |length: usize| read(Family::V6, &packet[..length]).map(|q| (q.protocol, q.echo));
        assert_eq!(cut(39), None);
        assert_eq!(cut(40), Some((0, None)));
        assert_eq!(cut(47), Some((0, None)));
        assert_eq!(cut(48), Some((60, None)));
        assert_eq!(cut(71), Some((44, None)));
        assert_eq!(cut(79), Some((58, None)));
    }

    /// Only the first fragment has the header; what is in its place elsewhere is data.
    #[test]
    fn a_later_fragment_has_no_numbers() {
        let packet = [v4_header(5, 30, 1, 3), ECHO_V4.to_vec()].concat();
        let quoted = read(Family::V4, &packet).expect("a whole IP header");
        assert_eq!((quoted.echo, quoted.fragment_offset), (None, 3));
        let packet = v6_packet(44, &[&[58, 0, 0, 0x18, 9, 9, 9, 9][..], &ECHO_V6].concat());
        let quoted = read(Family::V6, &packet).expect("a whole IP header");
        assert_eq!((quoted.echo, quoted.fragment_offset, quoted.protocol), (None, 3, 58));
    }

    #[test]
    fn only_requests_are_ours_and_ports_are_of_tcp_and_udp() {
        let mut reply = ECHO_V4;
        reply[0] = 0;
        assert_eq!(echo(Family::V4, &[v4_header(5, 30, 1, 0), reply.to_vec()].concat()), None);
        assert_eq!(echo(Family::V4, &[v4_header(5, 30, 58, 0), ECHO_V6.to_vec()].concat()), None);
        for protocol in [6, 17] {
            let packet = [v4_header(5, 60, protocol, 0), vec![0xc3, 0x68, 0, 9]].concat();
            let quoted = read(Family::V4, &packet).expect("a whole IP header");
            assert_eq!((quoted.ports, quoted.echo), (Some((0xc368, 9)), None));
            let cut = read(Family::V4, &packet[..23]).expect("a whole IP header");
            assert_eq!(cut.ports, None);
            assert_eq!(quoted.quote().ports, quoted.ports);
        }
    }

    /// RFC 4884: 32 words of the packet, padded, then 8 bytes of extensions.
    #[test]
    fn extensions_are_no_data() {
        let mut rest = [v4_header(5, 30, 1, 0), ECHO_V4.to_vec(), vec![0; 98]].concat();
        rest.extend([0x20, 0, 0, 0, 0, 4, 1, 1]);
        let header = |length| [11, 0, 0, 0, 0, length, 0, 0];
        let quoted = original(Family::V4, header(32), &rest);
        assert_eq!(quoted.len(), 128);
        assert_eq!(echo(Family::V4, quoted), Some((0x461f, b"ab".to_vec())));
        // Lengths that cannot be, none, and a type that has none.
        assert_eq!(original(Family::V4, header(40), &rest), rest);
        assert_eq!(original(Family::V4, header(8), &rest), rest);
        assert_eq!(original(Family::V4, header(0), &rest), rest);
        assert_eq!(original(Family::V4, [5, 0, 0, 0, 10, 32, 0, 1], &rest), rest);
        assert_eq!(original(Family::V6, [3, 0, 0, 0, 16, 0, 0, 0], &rest).len(), 128);
        assert_eq!(original(Family::V6, [2, 0, 0, 0, 16, 0, 0, 0], &rest), rest);
        // The IP header of the quoted packet bounds it as well, if it can be true.
        rest[3] = 29;
        assert_eq!(echo(Family::V4, &rest), Some((0x461f, b"a".to_vec())));
        rest[3] = 3;
        assert_eq!(echo(Family::V4, &rest).map(|(_, data)| data.len()), Some(108));
    }
}
