//! What a packet carries: a TCP segment, a UDP datagram, an ICMP message.

use std::net::SocketAddr;

use pnet::packet::tcp::TcpPacket;
use pnet::packet::udp::UdpPacket;

use super::dissect::kind_name;
use super::frame::Upper;
use super::{Body, ICMP_HEADER, Malformed, message, trouble};
use crate::event::{Content, IcmpSeen, Segment, TcpOption};

type Read = Result<(Content, [u16; 2]), Malformed>;

/// Bytes of a TCP header without options.
const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// A TCP segment. Its length is in no header: it is what the IP packet has left.
pub(super) fn tcp(upper: &Upper<'_>) -> Read {
    let packet = TcpPacket::new(upper.bytes).ok_or(Malformed("shorter than a TCP header"))?;
    let header = usize::from(packet.get_data_offset()) * 4;
    if header < TCP_HEADER {
        return Err(Malformed("the TCP header length is below 20 bytes"));
    }
    let payload = upper.length.checked_sub(header);
    let payload = payload.ok_or(Malformed("the TCP header is beyond the packet"))?;
    let options = upper.bytes.get(TCP_HEADER..header.min(upper.bytes.len()));
    let segment = Segment {
        flags: packet.get_flags(),
        sequence: packet.get_sequence(),
        acknowledgment: packet.get_acknowledgement(),
        relative_sequence: None,
        relative_acknowledgment: None,
        window: packet.get_window(),
        window_shift: None,
        payload,
        options: tcp_options(options.unwrap_or_default()),
        again: false,
    };
    Ok((Content::Tcp(segment), [packet.get_source(), packet.get_destination()]))
}

/// The options of a TCP header ([RFC 9293 § 3.1](https://www.rfc-editor.org/rfc/rfc9293#section-3.1)):
/// each with a kind, a length and a value, but for two that are a byte of padding. A length that
/// cannot be ends them.
fn tcp_options(mut bytes: &[u8]) -> Vec<TcpOption> {
    let mut options = Vec::new();
    while let [kind, rest @ ..] = bytes {
        match kind {
            0 => break,
            1 => bytes = rest,
            kind => {
                let Some(length) = rest.first().map(|length| usize::from(*length)) else { break };
                let Some((option, behind)) = bytes.split_at_checked(length).filter(|_| length >= 2)
                else {
                    break;
                };
                options.push(tcp_option(*kind, &option[2..]));
                bytes = behind;
            }
        }
    }
    options
}

fn tcp_option(kind: u8, value: &[u8]) -> TcpOption {
    match (kind, value) {
        (2, [a, b]) => TcpOption::MaximumSegmentSize(u16::from_be_bytes([*a, *b])),
        (3, [shift]) => TcpOption::WindowScale(*shift),
        (4, []) => TcpOption::SackPermitted,
        (5, blocks) if blocks.len().is_multiple_of(8) => {
            TcpOption::Sack(blocks.as_chunks().0.iter().copied().map(two_numbers).collect())
        }
        (8, value) if value.len() == 8 => {
            let (own, heard) = value.first_chunk().copied().map_or((0, 0), two_numbers);
            TcpOption::Timestamps(own, heard)
        }
        (kind, _) => TcpOption::Other(kind),
    }
}

fn two_numbers(bytes: [u8; 8]) -> (u32, u32) {
    let both = u64::from_be_bytes(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is wanted")]
    let second = both as u32;
    ((both >> 32) as u32, second)
}

/// A UDP datagram. The first fragment of a larger one has its header, with the length of the whole.
pub(super) fn udp(upper: &Upper<'_>) -> Read {
    let packet = UdpPacket::new(upper.bytes).ok_or(Malformed("shorter than a UDP header"))?;
    let length = match usize::from(packet.get_length()) {
        // RFC 2675 § 4: too long for the field.
        0 => upper.length,
        length if length > upper.length && !upper.more => {
            return Err(Malformed("the UDP length is beyond the packet"));
        }
        length => length,
    };
    let payload = length.checked_sub(UDP_HEADER);
    let payload = payload.ok_or(Malformed("the UDP length is below 8 bytes"))?;
    Ok((Content::Udp(payload), [packet.get_source(), packet.get_destination()]))
}

/// An ICMP message.
pub(super) fn icmp(upper: &Upper<'_>) -> Result<Content, Malformed> {
    let message = message(upper.family, upper.bytes)?;
    let (mut echo, mut about, mut said) = (None, None, None);
    match message.body {
        Body::EchoRequest(numbers, _) | Body::EchoReply(numbers, _) => {
            echo = Some((numbers.identifier, numbers.sequence));
        }
        Body::Error(trouble, quoted) => {
            said = trouble::name(trouble);
            about = quoted.map(|quoted| {
                let (from, to) = quoted.ports.unwrap_or_default();
                let source = SocketAddr::new(quoted.source, from);
                (quoted.protocol, source, SocketAddr::new(quoted.destination, to))
            });
            // An echo request that an error is about is known by its numbers.
            echo = quoted.and_then(|quoted| quoted.echo).map(|it| (it.identifier, it.sequence));
        }
        Body::Other => {}
    }
    let words = said.or_else(|| kind_name(upper.family, message.kind));
    Ok(Content::Icmp(IcmpSeen {
        kind: message.kind,
        code: message.code,
        words: words.map_or_else(|| format!("type {}", message.kind), str::to_owned),
        echo,
        about,
        payload: upper.length.saturating_sub(ICMP_HEADER),
    }))
}
