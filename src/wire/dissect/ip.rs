//! The fields of IP headers.
//!
//! IPv4: [RFC 791 § 3.1](https://www.rfc-editor.org/rfc/rfc791#section-3.1), its second byte as
//! [RFC 2474](https://www.rfc-editor.org/rfc/rfc2474) and [RFC 3168](https://www.rfc-editor.org/rfc/rfc3168)
//! have it today. IPv6: [RFC 8200 § 3 and 4](https://www.rfc-editor.org/rfc/rfc8200#section-3).

use std::net::IpAddr;

use super::KnownIp;
use super::layout::{self, Slot, number, v4, v6};
use super::words::{bytes, dscp, ecn, hops, options, protocol as protocol_name};
use crate::event::{Field, FieldValue, Header};
use crate::wire::{Family, protocol};

const V4: [Slot; 15] = [
    number("Version", 4, |n| format!("IP version {n}")),
    number("IHL", 4, |n| format!("header length: {n} words of 4 bytes, {} bytes", n * 4)),
    number("DSCP", 6, dscp),
    number("ECN", 2, ecn),
    number("Total Length", 16, |n| format!("{}, this header included", bytes(n))),
    number("Identification", 16, |_| "the same in all fragments of a packet".into()),
    number("Reserved", 1, |n| if n == 0 { "always 0" } else { "should be 0" }.into()),
    number("DF", 1, |n| {
        if n == 0 { "routers may cut it into fragments" } else { "don't fragment: drop it instead" }
            .into()
    }),
    number("MF", 1, |n| {
        if n == 0 { "no more fragments follow" } else { "more fragments follow" }.into()
    }),
    number("Fragment Offset", 13, |n| match n {
        0 => "the packet begins here".into(),
        n => format!("this is from byte {} of its data on", n * 8),
    }),
    number("Time to Live", 8, hops),
    number("Protocol", 8, protocol_name),
    number("Header Checksum", 16, |_| String::new()),
    v4("Source Address", "who sends"),
    v4("Destination Address", "to whom"),
];

const V6: [Slot; 8] = [
    number("Version", 4, |n| format!("IP version {n}")),
    number("Traffic Class", 8, |n| dscp(n >> 2)),
    number("Flow Label", 20, |n| {
        if n == 0 { "part of no flow" } else { "the same in all packets of one flow" }.into()
    }),
    number("Payload Length", 16, |n| format!("{} behind this header", bytes(n))),
    number("Next Header", 8, protocol_name),
    number("Hop Limit", 8, hops),
    v6("Source Address", "who sends"),
    v6("Destination Address", "to whom"),
];

const EXTENSION: [Slot; 3] = [
    number("Next Header", 8, protocol_name),
    number("Hdr Ext Len", 8, |n| format!("{} behind the first 8", bytes(n * 8))),
    number("Beginning", 16, |_| "what it is depends on the header".into()),
];

const AUTHENTICATION: [Slot; 4] = [
    number("Next Header", 8, protocol_name),
    number("Payload Len", 8, |n| format!("{} in all", bytes(n * 4 + 8))),
    number("Reserved", 16, |_| "always 0".into()),
    number("SPI", 32, |_| "which agreement of both sides is meant".into()),
];

const FRAGMENT: [Slot; 6] = [
    number("Next Header", 8, protocol_name),
    number("Reserved", 8, |_| "always 0".into()),
    number("Fragment Offset", 13, |n| match n {
        0 => "the packet begins here".into(),
        n => format!("this is from byte {} of it on", n * 8),
    }),
    number("Res", 2, |_| "always 0".into()),
    number("M", 1, |n| {
        if n == 0 { "no more fragments follow" } else { "more fragments follow" }.into()
    }),
    number("Identification", 32, |_| "the same in all fragments of a packet".into()),
];

/// The fields of an IPv4 header, options included.
pub(super) fn v4_fields(header: &[u8]) -> Vec<Field> {
    let mut fields = layout::read(&V4, header);
    let meaning = options(header.get(20..).unwrap_or_default());
    layout::rest("Options", header, meaning, &mut fields);
    fields
}

/// The fields of an IPv6 header, without extension headers.
pub(super) fn v6_fields(header: &[u8]) -> Vec<Field> {
    layout::read(&V6, header)
}

/// An extension header of IPv6, with all its bytes.
pub(super) fn extension(number: u8, offset: usize, header: &[u8], quoted: bool) -> Header {
    let (plain, in_quotation, slots): (_, _, &[Slot]) = match number {
        protocol::HOP_BY_HOP => ("Hop-by-hop options", "Quoted hop-by-hop options", &EXTENSION),
        protocol::ROUTING => ("Routing header", "Quoted routing header", &EXTENSION),
        protocol::FRAGMENT => ("Fragment header", "Quoted fragment header", &FRAGMENT),
        protocol::DESTINATION => ("Destination options", "Quoted destination options", &EXTENSION),
        _ => ("Authentication header", "Quoted authentication header", &AUTHENTICATION),
    };
    let source = if number == protocol::AUTHENTICATION { "RFC 4302 § 2" } else { "RFC 8200 § 4" };
    let mut fields = layout::read(slots, header);
    layout::rest("Rest", header, "what it is depends on the header".into(), &mut fields);
    Header {
        name: if quoted { in_quotation } else { plain },
        source,
        offset,
        fields,
        checksum: None,
    }
}

/// The fields of an IP header that the socket did not give, with what it tells.
pub(super) fn known_fields(known: &KnownIp, unseen: &str) -> Vec<Field> {
    let number = |number: u8| Some(FieldValue::Number(number.into()));
    let address = |address: Option<IpAddr>| {
        let fits = |address: &IpAddr| address.is_ipv4() == (known.family == Family::V4);
        address.filter(fits).map(FieldValue::Address)
    };
    let (slots, version): (&[Slot], u8) = match known.family {
        Family::V4 => (&V4, 4),
        Family::V6 => (&V6, 6),
    };
    layout::unseen(slots, unseen, |name| match name {
        "Version" => number(version),
        // IPv6 may have extension headers in between: then "next" is one of those.
        "Protocol" => number(protocol::ICMP),
        "Time to Live" | "Hop Limit" => known.hop_limit.and_then(number),
        "Source Address" => address(known.source),
        "Destination Address" => address(known.destination),
        _ => None,
    })
}
