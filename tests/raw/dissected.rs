//! A packet that netlab took apart, put together again and held beside the one that was caught.
#![cfg(test)]

use std::net::IpAddr;

use serde_json::Value;

use crate::capture::Message;
use crate::ran::{bytes, list, number, unhex, word};

/// The packet as netlab took it apart, put together again: each byte with the bits that it claims to
/// know. The fields of a header leave no gaps.
#[track_caller]
fn claimed(dissection: &Value) -> Vec<(u8, u8)> {
    let mut packet: Vec<(u8, u8)> = Vec::new();
    for header in list(dissection, "headers") {
        let start = packet.len() * 8;
        let mut at = 0;
        for field in list(header, "fields") {
            let bits = number(field, "bits");
            assert_eq!(number(field, "offset_bits"), at, "a gap in {header:#}");
            at += bits;
            let bits = usize::try_from(bits).expect("a small number");
            let value = value_bits(&field["value"], bits);
            for (n, bit) in value.into_iter().enumerate() {
                let place = start + usize::try_from(at).expect("small") - bits + n;
                packet.resize(packet.len().max(place / 8 + 1), (0, 0));
                let (value, known) = &mut packet[place / 8];
                let mask = 0x80 >> (place % 8);
                *value |= if bit == Some(true) { mask } else { 0 };
                *known |= if bit.is_some() { mask } else { 0 };
            }
        }
        assert_eq!(at % 8, 0, "half a byte: {header:#}");
    }
    packet.extend(bytes(dissection, "payload").into_iter().map(|byte| (byte, 0xff)));
    packet
}

/// So many bits of a field's value, the highest first; none where netlab does not know them.
#[track_caller]
fn value_bits(value: &Value, bits: usize) -> Vec<Option<bool>> {
    let of_bytes = |bytes: &[u8]| -> Vec<Option<bool>> {
        let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1));
        bits.map(Some).collect()
    };
    let found = match value {
        Value::Null => vec![None; bits],
        Value::Number(number) => {
            let number = number.as_u64().expect("a whole number");
            assert!(bits == 64 || number >> bits == 0, "{number} has no room in {bits} bits");
            (0..bits).rev().map(|n| Some(number >> n & 1 == 1)).collect()
        }
        Value::String(text) => match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => of_bytes(&ip.octets()),
            Ok(IpAddr::V6(ip)) => of_bytes(&ip.octets()),
            Err(_) => of_bytes(&unhex(text)),
        },
        other => panic!("no value of a field: {other}"),
    };
    assert_eq!(found.len(), bits, "{value} in {bits} bits");
    found
}

/// A packet that netlab took apart is the one that was caught.
#[track_caller]
pub fn judge_dissection(dissection: &Value, caught: &Message) {
    let claim = claimed(dissection);
    let outer = word(&dissection["headers"][0], "name");
    let whole = if outer.starts_with("IP") { &caught.packet } else { &caught.icmp };
    // Of a message in fragments only what follows the IP header is one with what was caught.
    let skipped = match (caught.fragments, outer.starts_with("IP"), caught.source.is_ipv4()) {
        (1, ..) | (_, false, _) => 0,
        (_, _, true) => 20,
        (_, _, false) => 40,
    };
    let real = if skipped > 0 { &caught.icmp[..] } else { &whole[..] };
    // What is handed over for IPv6 has no checksum yet: the kernel knows the address it sends from.
    let handed = word(dissection, "witness") == "handed over" && caught.source.is_ipv6();
    let at_checksum = real.len() - caught.icmp.len() + 2;
    for (at, ((value, known), real)) in claim[skipped..].iter().zip(real).enumerate() {
        if handed && (at_checksum..at_checksum + 2).contains(&at) {
            continue;
        }
        assert_eq!(value & known, real & known, "byte {at} of {dissection:#}\nand in {caught:?}");
    }
    let headers = claim.len() - bytes(dissection, "payload").len();
    let length =
        headers - skipped + usize::try_from(number(dissection, "payload_length")).expect("small");
    assert_eq!(length, real.len(), "{dissection:#}");
    assert_eq!(bytes(dissection, "payload").len(), caught.data().len().min(64));
    let icmp =
        list(dissection, "headers").iter().find(|header| word(header, "name").contains("ICMP"));
    let icmp = icmp.unwrap_or_else(|| panic!("no ICMP header in {dissection:#}"));
    judge_checksum(&icmp["checksum"], caught, handed);
    judge_names(dissection, caught);
}

/// The sum was added up as RFC 1071 has it, and what comes out is on the wire.
#[track_caller]
fn judge_checksum(checksum: &Value, caught: &Message, handed: bool) {
    let value = |value: &Value| value.as_u64().expect("a number");
    let pseudo = list(checksum, "pseudo_header").iter();
    let pseudo: u64 = pseudo.flat_map(words_of).sum();
    assert_eq!(pseudo == 0, caught.source.is_ipv4(), "IPv6 has a pseudo-header: {checksum:#}");
    let words: Vec<u64> = list(checksum, "words").iter().map(value).collect();
    let mut real: Vec<u64> = caught
        .icmp
        .chunks(2)
        .map(|pair| u64::from(pair[0]) << 8 | pair.get(1).map_or(0, |&low| u64::from(low)))
        .collect();
    let place = usize::try_from(number(checksum, "place")).expect("small");
    assert_eq!((place, real[1]), (1, u64::from(caught.checksum())));
    real[place] = 0;
    assert_eq!(words, real);
    let mut sum = pseudo + words.iter().sum::<u64>();
    assert_eq!(number(checksum, "sum"), sum);
    for folded in list(checksum, "folded") {
        sum = (sum & 0xffff) + (sum >> 16);
        assert_eq!(value(folded), sum);
    }
    assert!(sum <= 0xffff, "{checksum:#}");
    assert_eq!(number(checksum, "computed"), !sum & 0xffff);
    assert_eq!(number(checksum, "computed"), u64::from(caught.checksum()));
    if handed {
        assert!(checksum["right"].is_null(), "{checksum:#}");
    } else {
        assert_eq!(number(checksum, "on_the_wire"), u64::from(caught.checksum()));
        assert_eq!(checksum["right"], true);
    }
}

/// The words of one part of a pseudo-header, wherever they are in it.
fn words_of(part: &Value) -> Vec<u64> {
    match part {
        Value::Number(number) => number.as_u64().into_iter().collect(),
        Value::Array(parts) => parts.iter().flat_map(words_of).collect(),
        Value::Object(parts) => parts.values().flat_map(words_of).collect(),
        _ => Vec::new(),
    }
}

/// Fields have their names in the RFCs (791, 792, 8200, 4443), and each has its own value, where it
/// was seen.
#[track_caller]
fn judge_names(dissection: &Value, caught: &Message) {
    let limit = if caught.source.is_ipv4() { "Time to Live" } else { "Hop Limit" };
    let values: [(&str, Value); 7] = [
        (limit, caught.hop_limit.into()),
        ("Source Address", caught.source.to_string().into()),
        ("Destination Address", caught.destination.to_string().into()),
        ("Type", caught.kind().into()),
        ("Code", 0.into()),
        ("Identifier", caught.identifier().into()),
        ("Sequence Number", caught.sequence().into()),
    ];
    for (name, value) in values {
        let headers = list(dissection, "headers").iter();
        let mut fields = headers.flat_map(|header| list(header, "fields"));
        let field = fields.find(|field| field["name"] == name);
        let field = field.unwrap_or_else(|| panic!("no {name} in {dissection:#}"));
        assert!(field["value"] == value || field["value"].is_null(), "{name}: {value} {field:#}");
    }
}
