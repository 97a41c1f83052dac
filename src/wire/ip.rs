//! Where the IPv4 header ends, and the packet.
//!
//! A raw IPv4 socket gives the packet with its IP header; what a program wants begins behind it.
//! Behind 20 bytes, as a rule, and as a rule is not enough: options make the header longer, and it
//! says so itself, in words of four bytes ([RFC 791 § 3.1](https://www.rfc-editor.org/rfc/rfc791#section-3.1)).

use std::net::Ipv4Addr;

use pnet::packet::ipv4::Ipv4Packet;

use super::Malformed;

/// An IPv4 packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4<'a> {
    /// Bytes of the header, options included: 20 to 60.
    pub header_length: usize,
    /// Bytes of the packet, header included.
    pub total_length: usize,
    /// What its fragments have in common.
    pub identification: u16,
    /// No router may cut it into fragments.
    pub dont_fragment: bool,
    /// How many hops it may still make.
    pub ttl: u8,
    /// What is behind the header: 1 is ICMP.
    pub protocol: u8,
    /// Who sent it.
    pub source: Ipv4Addr,
    /// To whom.
    pub destination: Ipv4Addr,
    /// The header, options included.
    pub header: &'a [u8],
    /// What is behind the header.
    pub payload: &'a [u8],
}

/// The least that an IPv4 header has.
pub(super) const LEAST: usize = 20;

/// The packet as a raw IPv4 socket gives it. A total length beyond the bytes that came, a header
/// length below 20 or beyond the packet, or a version other than 4 are [`Malformed`]. Bytes beyond
/// the total length are padding (Ethernet pads short frames), not payload.
///
/// # Errors
///
/// Which rule the bytes break.
pub fn ipv4(bytes: &[u8]) -> Result<Ipv4<'_>, Malformed> {
    let packet = Ipv4Packet::new(bytes).ok_or(Malformed("shorter than an IPv4 header"))?;
    if packet.get_version() != 4 {
        return Err(Malformed("the version is not 4"));
    }
    let header_length = usize::from(packet.get_header_length()) * 4;
    let total_length = usize::from(packet.get_total_length());
    if header_length < LEAST {
        return Err(Malformed("the header length is below 20 bytes"));
    }
    let whole = bytes
        .get(..total_length)
        .ok_or(Malformed("the total length is beyond the bytes that came"))?;
    let (header, payload) = whole
        .split_at_checked(header_length)
        .ok_or(Malformed("the header length is beyond the packet"))?;
    Ok(Ipv4 {
        header_length,
        total_length,
        identification: packet.get_identification(),
        dont_fragment: packet.get_flags() & 0b010 != 0,
        ttl: packet.get_ttl(),
        protocol: packet.get_next_level_protocol().0,
        // By octets: without its default features (Windows) pnet has address types of its own.
        source: Ipv4Addr::from(packet.get_source().octets()),
        destination: Ipv4Addr::from(packet.get_destination().octets()),
        header,
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of 24 bytes, captured bytes and all: 20 of header, 4 of payload, 2 of padding.
    const PACKET: [u8; 26] = [
        0x45, 0, 0, 24, 4, 3, 0x40, 0, 64, 1, 0x1f, 0x45, 10, 77, 1, 2, 10, 77, 2, 2, 1, 2, 3, 4,
        0, 0,
    ];

    fn with(at: usize, byte: u8) -> Result<usize, Malformed> {
        let mut bytes = PACKET;
        bytes[at] = byte;
        ipv4(&bytes).map(|ip| ip.payload.len())
    }

    #[test]
    fn padding_is_no_payload() {
        let ip = ipv4(&PACKET).expect("a packet");
        assert_eq!((ip.header.len(), ip.payload), (20, &[1, 2, 3, 4][..]));
        assert_eq!((ip.ttl, ip.protocol, ip.identification), (64, 1, 0x0403));
        assert!(ip.dont_fragment);
        assert_eq!(ip.source, Ipv4Addr::new(10, 77, 1, 2));
        assert_eq!(ip.destination, Ipv4Addr::new(10, 77, 2, 2));
    }

    #[test]
    fn lengths_are_claims() {
        assert_eq!(with(3, 26), Ok(6));
        assert_eq!(with(3, 20), Ok(0));
        assert_eq!(with(0, 0x46), Ok(0));
        let malformed = |what| Err(Malformed(what));
        assert_eq!(with(3, 27), malformed("the total length is beyond the bytes that came"));
        assert_eq!(with(3, 19), malformed("the header length is beyond the packet"));
        assert_eq!(with(0, 0x47), malformed("the header length is beyond the packet"));
        assert_eq!(with(0, 0x44), malformed("the header length is below 20 bytes"));
        assert_eq!(with(0, 0x65), malformed("the version is not 4"));
        assert_eq!(ipv4(&PACKET[..19]), Err(Malformed("shorter than an IPv4 header")));
    }
}
