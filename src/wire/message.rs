//! # An ICMP message, decoded
//!
//! Every one begins with a type, a code and a checksum. What the other four bytes of the header are,
//! and what is behind it, depends on the type.

use pnet::packet::icmp::echo_request::EchoRequestPacket;

use super::{Echo, Family, ICMP_HEADER, Malformed, Quoted, quoted, trouble, types};
use crate::event::Trouble;

/// An ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its type.
    pub kind: u8,
    /// Its code: what is meant within the type.
    pub code: u8,
    /// The checksum that it carries; it was not verified.
    pub checksum: u16,
    /// The whole message.
    pub bytes: &'a [u8],
    /// What it says.
    pub body: Body<'a>,
}

/// What an ICMP message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// "Are you there?", with data.
    EchoRequest(Echo, &'a [u8]),
    /// "I am", with the same data.
    EchoReply(Echo, &'a [u8]),
    /// Something has happened to a packet, and to which one. None: what is quoted has no whole IP
    /// header.
    Error(Trouble, Option<Quoted<'a>>),
    /// Everything else, such as the neighbours' and routers' talk of IPv6.
    ///
    /// So is the redirect of IPv6 (type 137): it is a message of neighbour discovery, to be believed
    /// only when its hop limit is 255, its checksum right and its sender the router in use
    /// ([RFC 4861 § 8.1](https://www.rfc-editor.org/rfc/rfc4861#section-8.1)), and none of that is in
    /// the message.
    Other,
}

/// Decodes an ICMP message whose header begins with the first byte. The checksum is not verified:
/// that of IPv6 cannot be, without the addresses.
///
/// ```
/// use netlab::wire::{Body, Echo, Family, message};
/// let reply = [0, 0, 0xe5, 0xd1, 0x1a, 0x2b, 0, 3];
/// let echo = Echo { identifier: 0x1a2b, sequence: 3 };
/// assert_eq!(message(Family::V4, &reply).unwrap().body, Body::EchoReply(echo, &[]));
/// assert!(message(Family::V4, &reply[..7]).is_err());
/// ```
///
/// # Errors
///
/// A message that is shorter than the 8 bytes of an ICMP header.
pub fn message(family: Family, bytes: &[u8]) -> Result<Message<'_>, Malformed> {
    let header = EchoRequestPacket::new(bytes);
    let (Some(packet), Some((first, rest))) = (header, bytes.split_first_chunk()) else {
        return Err(Malformed("shorter than an ICMP header"));
    };
    let (kind, code) = (packet.get_icmp_type().0, packet.get_icmp_code().0);
    let echo = Echo { identifier: packet.get_identifier(), sequence: packet.get_sequence_number() };
    let body = match (family, kind, code) {
        (Family::V4, types::v4::ECHO_REQUEST, 0) | (Family::V6, types::v6::ECHO_REQUEST, 0) => {
            Body::EchoRequest(echo, rest)
        }
        (Family::V4, types::v4::ECHO_REPLY, 0) | (Family::V6, types::v6::ECHO_REPLY, 0) => {
            Body::EchoReply(echo, rest)
        }
        _ => match trouble(family, *first) {
            Some(trouble) => Body::Error(trouble, quoted(family, *first, rest)),
            None => Body::Other,
        },
    };
    Ok(Message { kind, code, checksum: packet.get_checksum(), bytes, body })
}

fn trouble(family: Family, header: [u8; ICMP_HEADER]) -> Option<Trouble> {
    match family {
        Family::V4 => trouble::v4(header),
        Family::V6 => trouble::v6(header),
    }
}

fn quoted(family: Family, header: [u8; ICMP_HEADER], rest: &[u8]) -> Option<Quoted<'_>> {
    quoted::read(family, quoted::original(family, header, rest))
}
