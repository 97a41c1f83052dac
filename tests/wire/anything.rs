//! What is true of all bytes: real packets are cut, and other bytes put in.

use std::net::{IpAddr, Ipv6Addr};

use netlab::event::{Direction, Dissection, Field, FieldValue, Witness};
use netlab::wire::{Body, Family, KnownIp, icmp_message, ipv4, message, packet};

use crate::captured::{CAPTURED, Captured};

/// Whether a slice lies in another one.
fn within(outer: &[u8], inner: &[u8]) -> bool {
    let (outer, inner) = (outer.as_ptr_range(), inner.as_ptr_range());
    outer.start <= inner.start && inner.end <= outer.end
}

fn ends_with(whole: &[u8], end: &[u8]) -> bool {
    within(whole, end) && whole.as_ptr_range().end == end.as_ptr_range().end
}

/// Decodes bytes in every way, and checks what comes out against the bytes.
fn decode(bytes: &[u8]) {
    for family in [Family::V4, Family::V6] {
        let Ok(message) = message(family, bytes) else {
            assert!(bytes.len() < 8);
            continue;
        };
        assert_eq!((message.kind, message.code, message.bytes), (bytes[0], bytes[1], bytes));
        match message.body {
            Body::EchoRequest(_, data) | Body::EchoReply(_, data) => {
                assert_eq!(data.len(), bytes.len() - 8);
                assert!(ends_with(bytes, data));
            }
            Body::Error(_, Some(quoted)) => {
                assert!(quoted.data.is_empty() || within(bytes, quoted.data));
                assert_eq!(quoted.source.is_ipv4(), family == Family::V4);
                assert!(quoted.echo.is_some() || quoted.data.is_empty());
                assert!(quoted.fragment_offset == 0 || quoted.echo.is_none());
                assert!(quoted.echo.is_none() || quoted.ports.is_none());
            }
            Body::Error(_, None) | Body::Other => {}
        }
    }
    if let Ok(ip) = ipv4(bytes) {
        assert_eq!(ip.header.len(), ip.header_length);
        assert_eq!(ip.header.len() + ip.payload.len(), ip.total_length);
        assert!(within(bytes, ip.header) && within(bytes, ip.payload));
        assert!(ip.header_length >= 20 && ip.total_length <= bytes.len());
    }
}

/// Takes bytes apart in every way, and puts the headers together again.
fn dissect(bytes: &[u8]) {
    if let Ok(dissection) = packet(Direction::Received, Witness::Received, bytes) {
        let length = match dissection.headers[0].fields[0].value {
            FieldValue::Number(4) => usize::from(u16::from_be_bytes([bytes[2], bytes[3]])),
            _ => 40 + usize::from(u16::from_be_bytes([bytes[4], bytes[5]])),
        };
        rebuilds(&dissection, &bytes[..length], 0);
    }
    for (family, skipped) in [(Family::V4, 20), (Family::V6, 40)] {
        let address = Some(Ipv6Addr::LOCALHOST.into());
        let known = KnownIp { family, source: address, destination: address, hop_limit: None };
        let dissection = icmp_message(Direction::Sent, Witness::HandedOver, bytes, &known);
        assert_eq!(dissection.is_ok(), bytes.len() >= 8);
        if let Ok(dissection) = dissection {
            rebuilds(&dissection, bytes, skipped);
        }
    }
}

/// Appends the bits of a field.
fn rebuild(field: &Field, bits: &mut Vec<bool>) {
    let mut octets = |octets: &[u8]| {
        bits.extend(
            octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)),
        );
    };
    match &field.value {
        FieldValue::Address(IpAddr::V4(address)) => octets(&address.octets()),
        FieldValue::Address(IpAddr::V6(address)) => octets(&address.octets()),
        FieldValue::Bytes(bytes) => octets(bytes),
        FieldValue::Number(number) => {
            assert_eq!(number >> field.bits, 0, "{} has more bits than it may", field.name);
            bits.extend((0..field.bits).rev().map(|bit| number >> bit & 1 == 1));
        }
        FieldValue::Unseen => {}
    }
}

fn bytes_of(bits: &[bool]) -> Vec<u8> {
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    bits.chunks(8).map(byte).collect()
}

/// The fields are without gaps, and their values are the bytes. `skipped` were not given.
fn rebuilds(dissection: &Dissection, bytes: &[u8], skipped: usize) {
    let mut at = 0;
    for header in &dissection.headers {
        assert_eq!(header.offset, at, "{}", header.name);
        let mut bits = 0;
        let mut rebuilt = Vec::new();
        for field in &header.fields {
            assert_eq!(field.offset, bits, "{} of {}", field.name, header.name);
            assert!(field.meaning.chars().count() <= 62, "{}", field.meaning);
            bits += field.bits;
            rebuild(field, &mut rebuilt);
        }
        assert_eq!(bits % 8, 0, "{}", header.name);
        if at >= skipped {
            let original = &bytes[at - skipped..at - skipped + bits / 8];
            assert_eq!(bytes_of(&rebuilt), original, "{}", header.name);
        }
        at += bits / 8;
    }
    let payload = &bytes[at - skipped..];
    assert_eq!(dissection.payload_length, payload.len(), "{dissection:?}");
    assert_eq!(dissection.payload, payload[..payload.len().min(Dissection::PAYLOAD)]);
}

/// Makes the IP header tell the length that a cut packet has.
fn tell_length(packet: &mut [u8]) {
    let (at, before) =
        if packet.first().is_some_and(|byte| byte >> 4 == 4) { (2, 0) } else { (4, 40) };
    let length = u16::try_from(packet.len().saturating_sub(before)).expect("a small packet");
    if let Some(field) = packet.get_mut(at..at + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
}

#[test]
fn cut_anywhere() {
    for captured in &CAPTURED {
        let bytes = captured.bytes();
        for length in 0..=bytes.len() {
            decode(&bytes[..length]);
            for from in [20, 28, 40, 48] {
                decode(bytes[..length].get(from..).unwrap_or(&[]));
            }
            if length < 200 {
                dissect(&bytes[..length]);
            }
        }
        // Cut, but with a length that says so.
        for length in 20..bytes.len().min(200) {
            let mut short = bytes[..length].to_vec();
            tell_length(&mut short);
            decode(&short);
            dissect(&short);
        }
    }
}

#[test]
fn any_bit_turned_over() {
    for captured in &CAPTURED {
        let mut bytes = captured.bytes();
        for bit in 0..bytes.len().min(120) * 8 {
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
            decode(&bytes);
            for from in [20, 40] {
                decode(bytes.get(from..).unwrap_or(&[]));
            }
            if bytes.len() < 160 {
                dissect(&bytes);
                dissect(&bytes[20..]);
            }
            bytes[bit / 8] ^= 0x80 >> (bit % 8);
        }
    }
}

/// Real packets with several other bytes, mostly in their headers; every other one is taken
/// apart too.
#[test]
fn anything_at_all() {
    let mut random = fastrand::Rng::with_seed(792);
    let packets: Vec<Vec<u8>> = CAPTURED.iter().map(Captured::bytes).collect();
    let telling = [0, 1, 4, 5, 6, 7, 8, 17, 20, 43, 44, 51, 58, 60, 64, 128, 0x45, 0x4f, 0x60, 255];
    for case in 0..200_000 {
        let whole = &packets[random.usize(..packets.len())];
        let length = random.usize(..=whole.len().min(160));
        let mut bytes = whole[..length].to_vec();
        for _ in 0..random.usize(..6) {
            if let Some(index) = length.checked_sub(1) {
                let byte = if random.bool() { random.u8(..) } else { telling[random.usize(..20)] };
                bytes[random.usize(..=index.min(100))] = byte;
            }
        }
        if random.bool() {
            tell_length(&mut bytes);
        }
        let from = [0, 20, 40][random.usize(..3)];
        let bytes = bytes.get(from..).unwrap_or(&[]);
        decode(bytes);
        if case % 2 == 0 {
            dissect(bytes);
        }
    }
}
