//! # Echo: "are you there?"
//!
//! A host repeats in an echo reply what an echo request had in it
//! ([RFC 792](https://www.rfc-editor.org/rfc/rfc792), [RFC 4443 § 4](https://www.rfc-editor.org/rfc/rfc4443#section-4)):
//!
//! ```text
//!    0                   1                   2                   3
//!    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//!   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!   |     Type      |     Code      |           Checksum            |
//!   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!   |          Identifier           |        Sequence Number        |
//!   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//!   |  Data ...
//!   +-+-+-+-+-
//! ```
//!
//! A request is of type 8 and its reply of type 0; of `ICMPv6` they are 128 and 129.

use pnet::packet::icmp::IcmpType;
use pnet::packet::icmp::echo_request::MutableEchoRequestPacket;

use super::{Echo, Family, ICMP_HEADER, checksum, types};

/// Writes an echo request into `out`, which is cleared first: the ICMP header of 8 bytes, then
/// `data`.
///
/// IPv4: its checksum is filled in. IPv6: it is 0, and the kernel works it out, because it covers
/// the addresses of the IP header, and the kernel writes those
/// ([RFC 3542 § 3.1](https://www.rfc-editor.org/rfc/rfc3542#section-3.1)).
pub fn echo_request(family: Family, echo: Echo, data: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.resize(ICMP_HEADER, 0);
    let kind = match family {
        Family::V4 => types::v4::ECHO_REQUEST,
        Family::V6 => types::v6::ECHO_REQUEST,
    };
    if let Some(mut header) = MutableEchoRequestPacket::new(out) {
        header.set_icmp_type(IcmpType(kind));
        header.set_identifier(echo.identifier);
        header.set_sequence_number(echo.sequence);
    }
    out.extend_from_slice(data);
    if family == Family::V4 {
        let checksum = checksum(out).to_be_bytes();
        out[2..4].copy_from_slice(&checksum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::is_right;

    #[test]
    fn a_request_is_these_bytes() {
        let mut out = vec![9; 100];
        let echo = Echo { identifier: 0x1a2b, sequence: 3 };
        echo_request(Family::V4, echo, b"abc", &mut out);
        // 0800 + 1a2b + 0003 + 6162 + 6300 = e690, and its complement is 196f.
        assert_eq!(out, [8, 0, 0x19, 0x6f, 0x1a, 0x2b, 0, 3, b'a', b'b', b'c']);
        assert!(is_right(&out));
        echo_request(Family::V6, echo, &[], &mut out);
        assert_eq!(out, [128, 0, 0, 0, 0x1a, 0x2b, 0, 3]);
    }
}
