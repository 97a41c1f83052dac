//! Packets without a network: the room `wire`, fed with real packets whole, cut, and with other bytes in
//! them, and the room `cause`.
//!
//! Here is what real packets say; `anything` has what is true of all bytes.
#![cfg(test)]

mod anything;
mod captured;
mod cause;
mod frames;
mod pcapng;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each test program uses a part of what they share")]
mod support;

use std::net::IpAddr;

use captured::{CAPTURED, captured};
use netlab::event::{Direction, Dissection, Trouble, Witness};
use netlab::wire::{
    Body, Echo, Family, Message, Quoted, checksum, echo_request, ipv4, is_right, message, packet,
};

fn dissected(bytes: &[u8]) -> Dissection {
    packet(Direction::Received, Witness::Received, bytes).expect("a real packet")
}

fn v6_message(bytes: &[u8]) -> Message<'_> {
    message(Family::V6, &bytes[40..]).expect("a real message")
}

fn v4_message(bytes: &[u8]) -> Message<'_> {
    message(Family::V4, ipv4(bytes).expect("a real packet").payload).expect("a real message")
}

#[test]
fn real_packets_are_recognised_and_their_checksums_right() {
    let mut checksums = 0;
    for captured in &CAPTURED {
        let dissection = dissected(&captured.bytes());
        assert_eq!(dissection.what, captured.what);
        for header in &dissection.headers {
            if let Some(checksum) = &header.checksum {
                assert!(checksum.is_right(), "{} of {}", header.name, captured.what);
                checksums += 1;
            }
        }
    }
    // IPv4: 8 headers and 7 messages, one packet is a fragment. IPv6: 7 messages.
    assert_eq!(checksums, 8 + 7 + 7);
}

#[test]
fn echoes_have_their_numbers_and_data() {
    let (bytes, echo) = (captured(0), Echo { identifier: 0x461d, sequence: 1 });
    assert_eq!(v4_message(&bytes).body, Body::EchoRequest(echo, &bytes[28..]));
    let bytes = captured(6);
    let ip = ipv4(&bytes).expect("a real packet");
    assert_eq!((ip.header_length, ip.total_length, ip.ttl), (60, 124, 63));
    let echo = Echo { identifier: 0x462c, sequence: 1 };
    assert_eq!(v4_message(&bytes).body, Body::EchoReply(echo, &bytes[68..]));
    let (bytes, echo) = (captured(9), Echo { identifier: 0x4624, sequence: 1 });
    assert_eq!(v6_message(&bytes).body, Body::EchoReply(echo, &[0, 1, 2]));
}

fn error(message: Message<'_>) -> (Trouble, Quoted<'_>) {
    match message.body {
        Body::Error(trouble, Some(quoted)) => (trouble, quoted),
        other => panic!("an error with a quotation, not {other:?}"),
    }
}

#[test]
fn errors_say_what_has_happened_to_which_packet() {
    let numbers = |quoted: &Quoted| quoted.echo.map(|echo| (echo.identifier, echo.sequence));
    let mut seen = Vec::new();
    for index in [3, 4, 5] {
        let bytes = captured(index);
        let (trouble, quoted) = error(v4_message(&bytes));
        assert_eq!(quoted.source, IpAddr::from([10, 77, 1, 2]));
        assert_eq!(quoted.destination, IpAddr::from([10, 77, 2, 2]));
        seen.push((trouble, quoted.hop_limit, numbers(&quoted), quoted.ports, quoted.data.len()));
    }
    for index in [10, 11, 12, 13] {
        let bytes = captured(index);
        let (trouble, quoted) = error(v6_message(&bytes));
        assert_eq!(quoted.source.to_string(), "fd77:1::2");
        seen.push((trouble, quoted.hop_limit, numbers(&quoted), quoted.ports, quoted.data.len()));
    }
    let expected = [
        (Trouble::TimeExceeded, 1, Some((0x461f, 1)), None, 56),
        (Trouble::TooBig { mtu: 1300 }, 64, Some((0x4620, 1)), None, 520),
        (Trouble::PortUnreachable, 63, None, Some((0xc368, 9)), 0),
        (Trouble::TimeExceeded, 1, Some((0x4625, 1)), None, 56),
        (Trouble::TooBig { mtu: 1300 }, 64, Some((0x4627, 1)), None, 1184),
        (Trouble::PortUnreachable, 63, None, Some((0xa0d7, 9)), 0),
        (Trouble::HostUnreachable, 63, Some((0x462b, 1)), None, 56),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn what_is_written_is_read() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut out = Vec::new();
    for length in (0..70).chain([1472, 65_507]) {
        let data: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
        let echo = Echo { identifier: random.u16(..), sequence: random.u16(..) };
        for family in [Family::V4, Family::V6] {
            echo_request(family, echo, &data, &mut out);
            let message = message(family, &out).expect("a whole message");
            assert_eq!(message.body, Body::EchoRequest(echo, &data));
            assert_eq!(is_right(&out), family == Family::V4, "IPv6: the kernel's job");
        }
    }
}

#[test]
fn a_checksum_finds_every_single_bit() {
    for index in [0, 1, 2, 3, 4, 5, 6] {
        let bytes = captured(index);
        let mut message = ipv4(&bytes).expect("a real packet").payload.to_vec();
        assert!(is_right(&message));
        for bit in 0..message.len() * 8 {
            message[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(!is_right(&message), "packet {index}, bit {bit}");
            assert_ne!(checksum(&message), 0);
            message[bit / 8] ^= 0x80 >> (bit % 8);
        }
    }
}

/// Of IPv6 also those of the addresses, which are in no checksum of the IP header.
#[test]
fn the_pseudo_header_finds_a_wrong_address() {
    let whole = captured(9);
    for bit in 8 * 8..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
        let checksum = dissected(&bytes).headers.pop().and_then(|header| header.checksum);
        assert!(checksum.is_some_and(|checksum| !checksum.is_right()), "bit {bit}");
    }
}
