//! A packet taken apart: headers, fields, and a checksum worked out.

use std::net::IpAddr;

use super::Direction;

/// One packet, header by header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissection {
    /// Sent or received.
    pub direction: Direction,
    /// Which packet it is, such as `echo request`.
    pub what: &'static str,
    /// How netlab came by these bytes.
    pub witness: Witness,
    /// Its headers, the outermost first.
    pub headers: Vec<Header>,
    /// What follows the last header, at most the first [`Dissection::PAYLOAD`] bytes of it.
    pub payload: Vec<u8>,
    /// How many bytes follow the last header.
    pub payload_length: usize,
}

impl Dissection {
    /// Bytes of the payload that are kept.
    pub const PAYLOAD: usize = 64;
}

/// How netlab came by a packet's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The kernel gave the packet back as it left (the copy that comes with a transmit timestamp).
    Transmitted,
    /// netlab built these bytes and handed them over; what the kernel adds was not seen.
    HandedOver,
    /// netlab built these bytes and may not send them.
    Built,
    /// `recvmsg` gave the packet with its IP header.
    Received,
    /// `recvmsg` gave the ICMP message; of the IP header the kernel tells single fields.
    ReceivedInPart,
}

/// One header of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name, such as `IPv4 header`.
    pub name: &'static str,
    /// Where it is specified, such as `RFC 791 § 3.1`.
    pub source: &'static str,
    /// Bytes from the beginning of the packet.
    pub offset: usize,
    /// Its fields in the order of the wire, without gaps.
    pub fields: Vec<Field>,
    /// Its checksum, worked out, where all the bytes that it covers were seen.
    pub checksum: Option<Checksum>,
}

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the RFC, such as `Time to Live`.
    pub name: &'static str,
    /// Bits from the beginning of the header.
    pub offset: usize,
    /// How many bits it has.
    pub bits: usize,
    /// What is in it.
    pub value: FieldValue,
    /// What that means here, in a few words; may be empty.
    pub meaning: String,
}

/// What is in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A number of at most 64 bits.
    Number(u64),
    /// An address.
    Address(IpAddr),
    /// Bytes, such as options.
    Bytes(Vec<u8>),
    /// The kernel kept it: netlab does not know.
    Unseen,
}

/// The Internet checksum of a header or message, step by step
/// ([RFC 1071](https://www.rfc-editor.org/rfc/rfc1071)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// What it covers, such as `IPv4 header` or `ICMP message`.
    pub covers: &'static str,
    /// The pseudo-header of IPv6 as 16-bit words with what each part is; empty elsewhere.
    pub pseudo_header: Vec<(&'static str, Vec<u16>)>,
    /// The bytes as 16-bit words, with 0 in place of the checksum; an odd last byte is the upper half
    /// of a word.
    pub words: Vec<u16>,
    /// Which of the words is the checksum's place.
    pub place: usize,
    /// The plain sum of all words.
    pub sum: u64,
    /// The sum each time its carries were folded into the lower 16 bits; the last one has 16.
    pub folded: Vec<u64>,
    /// The one's complement of the last: the checksum as it should be.
    pub computed: u16,
    /// The checksum in the packet.
    pub on_the_wire: u16,
}

impl Checksum {
    /// Whether the packet's checksum is the right one. In one's complement 0 has two forms, 0x0000 and
    /// 0xffff, and either is right where the other is.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        let zeros = matches!((self.computed, self.on_the_wire), (0, 0xffff) | (0xffff, 0));
        self.computed == self.on_the_wire || zeros
    }
}

/// What an ICMP error says has happened to a packet.
/// [RFC 792](https://www.rfc-editor.org/rfc/rfc792), [RFC 1812 § 5.2.7](https://www.rfc-editor.org/rfc/rfc1812#section-5.2.7),
/// [RFC 4443 § 3](https://www.rfc-editor.org/rfc/rfc4443#section-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No route to that network.
    NetworkUnreachable,
    /// The last router found nobody at that address.
    HostUnreachable,
    /// The host does not know the protocol in the IP header.
    ProtocolUnreachable,
    /// Nobody has bound that port.
    PortUnreachable,
    /// Too large for the next link, and it may not be cut (IPv4: "fragmentation needed and DF set",
    /// IPv6: "packet too big"). The MTU of that link, where the router tells.
    TooBig {
        /// The largest packet that the next link takes, in bytes with its IP header; 0: not told.
        mtu: u32,
    },
    /// The route that the packet itself prescribed failed.
    SourceRouteFailed,
    /// A rule forbids it: the network, the host, or communication as such.
    Prohibited(Forbidden),
    /// The hop limit reached 0 on the way.
    TimeExceeded,
    /// Not all fragments came in time.
    ReassemblyTimeExceeded,
    /// A field of the header is wrong; where, in bytes from its beginning.
    ParameterProblem {
        /// Offset of the field in the original packet.
        pointer: u32,
        /// The code on the wire. IPv6: 0 the field is wrong, 1 its next header is unknown, 2 its
        /// option is.
        code: u8,
    },
    /// There is a better way: by this router. The packet was passed on all the same.
    Redirect {
        /// The better router.
        gateway: IpAddr,
        /// For what: 0 the network, 1 the host, 2 and 3 the same for this type of service.
        code: u8,
    },
    /// "Slow down" ([RFC 6633](https://www.rfc-editor.org/rfc/rfc6633) took it out of use).
    SourceQuench,
    /// IPv6: the address is beyond the scope of the source address.
    BeyondScope,
    /// Another type or code.
    Other {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    },
}

/// Who or what a rule forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forbidden {
    /// The whole network.
    Network,
    /// The host.
    Host,
    /// Communication, by an administrator's filter.
    Communication,
    /// IPv6: the source address failed the policy, or the route is a reject route.
    Source,
}
