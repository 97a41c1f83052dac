//! The fields of an ICMP header, and of the headers that an error quotes.
//!
//! [RFC 792](https://www.rfc-editor.org/rfc/rfc792), [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443);
//! the length in errors is of [RFC 4884 § 4](https://www.rfc-editor.org/rfc/rfc4884#section-4), the
//! MTU of [RFC 1191 § 4](https://www.rfc-editor.org/rfc/rfc1191#section-4).

use super::layout::{self, Slot, number, v4};
use super::words;
use crate::event::Field;
use crate::wire::{Family, ICMP_HEADER, protocol, types};

const TYPE: Slot = number("Type", 8, |_| String::new());
const CODE: Slot = number("Code", 8, |_| String::new());
const CHECKSUM: Slot = number("Checksum", 16, |_| String::new());
const UNUSED: Slot = number("Unused", 8, zero);
const LENGTH_V4: Slot = number("Length", 8, |n| match n {
    0 => "the quoted packet goes to the end".into(),
    n => format!("{} of the packet are quoted, then extensions", words::bytes(n * 4)),
});
const LENGTH_V6: Slot = number("Length", 8, |n| match n {
    0 => "the quoted packet goes to the end".into(),
    n => format!("{} of the packet are quoted, then extensions", words::bytes(n * 8)),
});

const ECHO: [Slot; 5] = [
    TYPE,
    CODE,
    CHECKSUM,
    number("Identifier", 16, |_| "which program asks: ICMP has no ports".into()),
    number("Sequence Number", 16, |n| format!("request number {n}")),
];
const ERROR_V4: [Slot; 6] = [TYPE, CODE, CHECKSUM, UNUSED, LENGTH_V4, number("Unused", 16, zero)];
const TOO_BIG_V4: [Slot; 6] =
    [TYPE, CODE, CHECKSUM, UNUSED, LENGTH_V4, number("Next-Hop MTU", 16, mtu)];
const POINTER_V4: [Slot; 6] =
    [TYPE, CODE, CHECKSUM, number("Pointer", 8, pointer), LENGTH_V4, number("Unused", 16, zero)];
const REDIRECT_V4: [Slot; 4] = [TYPE, CODE, CHECKSUM, v4("Gateway Address", "the better router")];
const ERROR_V6: [Slot; 5] = [TYPE, CODE, CHECKSUM, LENGTH_V6, number("Unused", 24, zero)];
const TOO_BIG_V6: [Slot; 4] = [TYPE, CODE, CHECKSUM, number("MTU", 32, mtu)];
const POINTER_V6: [Slot; 4] = [TYPE, CODE, CHECKSUM, number("Pointer", 32, pointer)];
const UNUSED_ALL: [Slot; 4] = [TYPE, CODE, CHECKSUM, number("Unused", 32, zero)];
const OTHER: [Slot; 4] =
    [TYPE, CODE, CHECKSUM, number("Rest of Header", 32, |_| "depends on the type".into())];

const UDP: [Slot; 4] = [
    number("Source Port", 16, |_| "the program that sent it".into()),
    number("Destination Port", 16, |_| "the program it was for".into()),
    number("Length", 16, |n| format!("{}, this header included", words::bytes(n))),
    number("Checksum", 16, |_| "covers bytes that are not here".into()),
];
const TCP: [Slot; 3] = [
    number("Source Port", 16, |_| "the program that sent it".into()),
    number("Destination Port", 16, |_| "the program it was for".into()),
    number("Sequence Number", 32, |_| "the place of its first byte in the stream".into()),
];

fn zero(number: u64) -> String {
    if number == 0 { "always 0".into() } else { "should be 0".into() }
}

fn mtu(number: u64) -> String {
    match number {
        0 => "the router does not tell".into(),
        number => format!("the next link takes {}", words::bytes(number)),
    }
}

fn pointer(number: u64) -> String {
    format!("byte {number} of the quoted packet is wrong")
}

/// The fields of an ICMP header. What its last four bytes are depends on the type.
pub(super) fn fields(family: Family, header: [u8; ICMP_HEADER]) -> Vec<Field> {
    use types::{v4, v6};
    let [kind, code, ..] = header;
    let slots: &[Slot] = match (family, kind) {
        (Family::V4, v4::ECHO_REQUEST | v4::ECHO_REPLY)
        | (Family::V6, v6::ECHO_REQUEST | v6::ECHO_REPLY) => &ECHO,
        (Family::V4, v4::UNREACHABLE) if code == 4 => &TOO_BIG_V4,
        (Family::V4, v4::UNREACHABLE | v4::TIME_EXCEEDED) => &ERROR_V4,
        (Family::V4, v4::PARAMETER_PROBLEM) => &POINTER_V4,
        (Family::V4, v4::REDIRECT) => &REDIRECT_V4,
        (Family::V4, v4::SOURCE_QUENCH) => &UNUSED_ALL,
        (Family::V6, v6::UNREACHABLE | v6::TIME_EXCEEDED) => &ERROR_V6,
        (Family::V6, v6::TOO_BIG) => &TOO_BIG_V6,
        (Family::V6, v6::PARAMETER_PROBLEM) => &POINTER_V6,
        _ => &OTHER,
    };
    let mut fields = layout::read(slots, &header);
    if let [kind_field, code_field, ..] = fields.as_mut_slice() {
        kind_field.meaning = words::kind(family, kind).unwrap_or("unknown").into();
        code_field.meaning = words::code(family, header);
    }
    fields
}

/// Name, source and fields of the first 8 bytes behind a quoted IP header, where they are of a
/// protocol that netlab knows.
pub(super) fn quoted(
    family: Family,
    protocol: u8,
    bytes: &[u8],
) -> Option<(&'static str, &'static str, Vec<Field>)> {
    let header: [u8; ICMP_HEADER] = *bytes.first_chunk()?;
    Some(match (family, protocol) {
        (Family::V4, protocol::ICMP) => {
            ("Quoted ICMP header", source(family), fields(family, header))
        }
        (Family::V6, protocol::ICMPV6) => {
            ("Quoted ICMPv6 header", source(family), fields(family, header))
        }
        (_, protocol::UDP) => ("Quoted UDP header", "RFC 768", layout::read(&UDP, &header)),
        (_, protocol::TCP) => {
            ("Quoted TCP header: its first 8 bytes", "RFC 9293 § 3.1", layout::read(&TCP, &header))
        }
        _ => return None,
    })
}

/// Where an ICMP header is specified.
pub(super) const fn source(family: Family) -> &'static str {
    match family {
        Family::V4 => "RFC 792",
        Family::V6 => "RFC 4443 § 2.1",
    }
}
