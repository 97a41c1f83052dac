//! # A packet, taken apart
//!
//! Every field of every header, in the order of the wire and without gaps, with what its value means;
//! and the checksums, worked out. For people: nothing in netlab decides anything by what it finds
//! here.
//!
//! A header is a list of fields, each so many bits wide ([`layout`]), and is read bit by bit. That
//! is slow and cannot go wrong: where one field ends the next one begins.

mod icmp;
mod ip;
mod layout;
mod words;

pub(super) use words::kind as kind_name;

use std::net::{IpAddr, Ipv6Addr};

use super::{Family, ICMP_HEADER, Malformed, PseudoHeader, ipv4, protocol, quoted, steps, trouble};
use crate::event::{Checksum, Direction, Dissection, Field, FieldValue, Header, Witness};

/// What is known of an IP header that the socket did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownIp {
    /// Which IP it is.
    pub family: Family,
    /// Who sends.
    pub source: Option<IpAddr>,
    /// To whom.
    pub destination: Option<IpAddr>,
    /// The hop limit.
    pub hop_limit: Option<u8>,
}

/// Takes a whole packet apart: IPv4 or IPv6 by the version in its first four bits, with its IP header.
///
/// # Errors
///
/// Which rule the bytes break.
pub fn packet(
    direction: Direction,
    witness: Witness,
    bytes: &[u8],
) -> Result<Dissection, Malformed> {
    let mut parts = Parts::new(direction, witness);
    match bytes.first().map(|byte| byte >> 4) {
        Some(4) => parts.v4(bytes)?,
        Some(6) => parts.v6(bytes)?,
        Some(_) => return Err(Malformed("the version is neither 4 nor 6")),
        None => return Err(Malformed("shorter than an IP header")),
    }
    Ok(parts.0)
}

/// Takes an ICMP message apart that came, or goes, without its IP header. `known` are the fields of
/// that header that the socket tells; the others are [`FieldValue::Unseen`]. Offsets are counted
/// as if it had no options. The checksum of IPv6 needs both addresses.
///
/// # Errors
///
/// A message that is shorter than the 8 bytes of an ICMP header.
pub fn icmp_message(
    direction: Direction,
    witness: Witness,
    bytes: &[u8],
    known: &KnownIp,
) -> Result<Dissection, Malformed> {
    let mut parts = Parts::new(direction, witness);
    let unseen = match direction {
        Direction::Sent => "unseen: the kernel fills it in",
        Direction::Received => "unseen: the kernel keeps it",
    };
    parts.push(ip_names(known.family, false), 0, ip::known_fields(known, unseen), None);
    let checksum = match (known.family, known.source, known.destination) {
        (Family::V4, _, _) => Some(steps("ICMP message", bytes, 2, None)),
        (Family::V6, Some(IpAddr::V6(source)), Some(IpAddr::V6(destination))) => {
            Some(icmpv6_steps(source, destination, bytes))
        }
        (Family::V6, _, _) => None,
    };
    parts.icmp(known.family, bytes, checksum)?;
    Ok(parts.0)
}

fn icmpv6_steps(source: Ipv6Addr, destination: Ipv6Addr, bytes: &[u8]) -> Checksum {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let pseudo = PseudoHeader { source, destination, length };
    steps("ICMPv6 message", bytes, 2, Some(&pseudo))
}

/// Name and source of an IP header.
const fn ip_names(family: Family, quoted: bool) -> (&'static str, &'static str) {
    match (family, quoted) {
        (Family::V4, false) => ("IPv4 header", "RFC 791 § 3.1"),
        (Family::V4, true) => ("Quoted IPv4 header", "RFC 791 § 3.1"),
        (Family::V6, false) => ("IPv6 header", "RFC 8200 § 3"),
        (Family::V6, true) => ("Quoted IPv6 header", "RFC 8200 § 3"),
    }
}

/// A dissection under way.
struct Parts(Dissection);

impl Parts {
    const fn new(direction: Direction, witness: Witness) -> Self {
        Self(Dissection {
            direction,
            what: "packet",
            witness,
            headers: Vec::new(),
            payload: Vec::new(),
            payload_length: 0,
        })
    }

    /// Bytes of all headers up to here.
    fn offset(&self) -> usize {
        self.0.headers.last().map_or(0, |header| {
            let bits = header.fields.last().map_or(0, |field| field.offset + field.bits);
            header.offset + bits / 8
        })
    }

    fn push(
        &mut self,
        (name, source): (&'static str, &'static str),
        offset: usize,
        mut fields: Vec<Field>,
        checksum: Option<Checksum>,
    ) {
        let handed_over = matches!(self.0.witness, Witness::HandedOver | Witness::Built);
        let quoted = name.starts_with("Quoted");
        for field in &mut fields {
            if field.name.ends_with("Checksum")
                && let FieldValue::Number(number) = field.value
                && field.meaning.is_empty()
            {
                field.meaning = match &checksum {
                    _ if quoted => "not verified here".into(),
                    _ if handed_over && number == 0 => "left 0: the kernel works it out".into(),
                    Some(checksum) if checksum.is_right() => {
                        "right: the bytes make the same".into()
                    }
                    Some(checksum) => format!("wrong: the bytes make {:#06x}", checksum.computed),
                    None => "not verified: it covers what is not here".into(),
                };
            }
        }
        self.0.headers.push(Header { name, source, offset, fields, checksum });
    }

    fn payload(&mut self, bytes: &[u8]) {
        self.0.payload = bytes.iter().copied().take(Dissection::PAYLOAD).collect();
        self.0.payload_length = bytes.len();
    }

    fn v4(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let ip = ipv4(bytes)?;
        let checksum = steps("IPv4 header", ip.header, 10, None);
        self.push(ip_names(Family::V4, false), 0, ip::v4_fields(ip.header), Some(checksum));
        // Byte 6 and 7 are the flags and the fragment offset: MF or an offset is a fragment.
        let fragment = u16::from_be_bytes([ip.header[6], ip.header[7]]) & 0x3fff;
        if ip.protocol != protocol::ICMP || fragment & 0x1fff != 0 {
            self.0.what = if fragment == 0 { "IPv4 packet" } else { "IPv4 fragment" };
            self.payload(ip.payload);
            return Ok(());
        }
        let checksum = (fragment == 0).then(|| steps("ICMP message", ip.payload, 2, None));
        self.icmp(Family::V4, ip.payload, checksum)
    }

    fn v6(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let (header, behind) = bytes
            .split_first_chunk::<{ quoted::V6_HEADER }>()
            .ok_or(Malformed("shorter than an IPv6 header"))?;
        let [_, _, _, _, high, low, next, ..] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let mut rest = behind
            .get(..length)
            .ok_or(Malformed("the payload length is beyond the bytes that came"))?;
        self.push(ip_names(Family::V6, false), 0, ip::v6_fields(header), None);
        let next = self.extensions(next, &mut rest, false);
        if quoted::extension(next, rest).is_some() && !self.is_fragment() {
            return Err(Malformed("an extension header is cut"));
        }
        let first = self.fragment_offset() == 0;
        if next != protocol::ICMPV6 || !first {
            self.0.what = if self.is_fragment() { "IPv6 fragment" } else { "IPv6 packet" };
            self.payload(rest);
            return Ok(());
        }
        // A packet with a routing header that is still on its way has another destination.
        let routed = self.0.headers.iter().any(|header| header.name == "Routing header");
        let checksum = (!self.is_fragment() && !routed).then(|| {
            let address = |at: usize| {
                header.get(at..).and_then(<[u8]>::first_chunk::<16>).map(|bytes| (*bytes).into())
            };
            let unspecified = Ipv6Addr::UNSPECIFIED;
            let source = address(8).unwrap_or(unspecified);
            icmpv6_steps(source, address(24).unwrap_or(unspecified), rest)
        });
        self.icmp(Family::V6, rest, checksum)
    }

    /// Takes the extension headers of IPv6 off `rest`; gives the number of what follows them.
    fn extensions(&mut self, mut next: u8, rest: &mut &[u8], in_quotation: bool) -> u8 {
        while let Some((length, fragment_offset)) = quoted::extension(next, rest)
            && let Some((header, behind)) = rest.split_at_checked(length)
        {
            let header_of = ip::extension(next, self.offset(), header, in_quotation);
            self.0.headers.push(header_of);
            (next, *rest) = (header[0], behind);
            if fragment_offset != 0 {
                break;
            }
        }
        next
    }

    /// Whether it has a fragment header that says that the packet is cut.
    fn is_fragment(&self) -> bool {
        self.fragment_offset() != 0 || self.fragment_field("M") != 0
    }

    fn fragment_offset(&self) -> u64 {
        self.fragment_field("Fragment Offset")
    }

    fn fragment_field(&self, name: &str) -> u64 {
        let headers = self.0.headers.iter().filter(|header| header.name == "Fragment header");
        let fields = headers.flat_map(|header| &header.fields).filter(|field| field.name == name);
        fields.fold(0, |so_far, field| match field.value {
            FieldValue::Number(number) => so_far | number,
            _ => so_far,
        })
    }

    fn icmp(
        &mut self,
        family: Family,
        bytes: &[u8],
        checksum: Option<Checksum>,
    ) -> Result<(), Malformed> {
        let (header, rest) =
            bytes.split_first_chunk().ok_or(Malformed("shorter than an ICMP header"))?;
        let (name, unknown, trouble) = match family {
            Family::V4 => ("ICMP header", "ICMP message", trouble::v4(*header)),
            Family::V6 => ("ICMPv6 header", "ICMPv6 message", trouble::v6(*header)),
        };
        self.0.what = words::kind(family, header[0]).unwrap_or(unknown);
        let offset = self.offset();
        let names = (name, icmp::source(family));
        self.push(names, offset, icmp::fields(family, *header), checksum);
        self.payload(rest);
        if trouble.is_some() {
            let original = quoted::original(family, *header, rest);
            self.quoted(family, original);
            self.payload(&rest[(self.offset() - offset - ICMP_HEADER).min(rest.len())..]);
        }
        Ok(())
    }

    /// The headers of the packet that an error quotes, as far as they are whole.
    fn quoted(&mut self, family: Family, bytes: &[u8]) {
        let offset = self.offset();
        let names = ip_names(family, true);
        let (next, rest, fragment_offset) = match (family, quoted::read(family, bytes)) {
            (_, None) => return,
            (Family::V4, Some(quoted)) => {
                let length = usize::from(bytes[0] & 0x0f) * 4;
                let Some((header, rest)) = bytes.split_at_checked(length) else { return };
                self.push(names, offset, ip::v4_fields(header), None);
                (quoted.protocol, rest, quoted.fragment_offset)
            }
            (Family::V6, Some(quoted)) => {
                let Some((header, mut rest)) = bytes.split_at_checked(quoted::V6_HEADER) else {
                    return;
                };
                self.push(names, offset, ip::v6_fields(header), None);
                let next = self.extensions(header[6], &mut rest, true);
                (next, rest, quoted.fragment_offset)
            }
        };
        if fragment_offset == 0
            && let Some((name, source, fields)) = icmp::quoted(family, next, rest)
        {
            self.push((name, source), self.offset(), fields, None);
        }
    }
}
