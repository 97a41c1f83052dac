//! The packets here are written down as values: how bytes become values is another room's matter.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::json;

use super::*;
use crate::event::Direction;
use crate::render::icmp::dissect_json;

const LONG: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666);

fn header(
    (name, source, offset): (&'static str, &'static str, usize),
    fields: &[(&'static str, usize, FieldValue, &str)],
    checksum: Option<Checksum>,
) -> Header {
    let mut next = 0;
    let field = |(name, bits, value, meaning): &(&'static str, usize, FieldValue, &str)| {
        let offset = next;
        next += bits;
        Field { name, offset, bits: *bits, value: value.clone(), meaning: (*meaning).to_owned() }
    };
    Header { name, source, offset, fields: fields.iter().map(field).collect(), checksum }
}

/// For sums that carry once at most.
fn sum(
    covers: &'static str,
    pseudo_header: Vec<(&'static str, Vec<u16>)>,
    (words, place): (Vec<u16>, usize),
    on_the_wire: u16,
) -> Checksum {
    let beside = pseudo_header.iter().flat_map(|(_, words)| words);
    let sum = beside.chain(&words).map(|word| u64::from(*word)).sum::<u64>();
    let folded = (sum & 0xffff) + (sum >> 16);
    let computed = !u16::try_from(folded).expect("carries once");
    let folded = if sum > 0xffff { vec![folded] } else { Vec::new() };
    Checksum { covers, pseudo_header, words, place, sum, folded, computed, on_the_wire }
}

const fn number(number: u64) -> FieldValue {
    FieldValue::Number(number)
}

/// An echo reply of IPv4, with options if there are any, that arrived with this checksum.
fn reply(options: &[u8], checksum: u16) -> Dissection {
    let address = |last| FieldValue::Address(Ipv4Addr::new(10, 77, last, 2).into());
    let mut fields = vec![
        ("Version", 4, number(4), "IP version 4"),
        ("IHL", 4, number(5), "header length: 5 words of 4 bytes, 20 bytes"),
        ("DSCP", 6, number(0), "no special treatment"),
        ("ECN", 2, number(0), "cannot be told of congestion"),
        ("Total Length", 16, number(31), "31 bytes, this header included"),
        ("Identification", 16, number(0xcc28), "the same in all fragments of a packet"),
        ("Reserved", 1, number(0), "always 0"),
        ("DF", 1, number(0), "routers may cut it into fragments"),
        ("MF", 1, number(0), "no more fragments follow"),
        ("Fragment Offset", 13, number(0), "the packet begins here"),
        ("Time to Live", 8, number(63), "62 more routers may pass it on"),
        ("Protocol", 8, number(1), "protocol 1: ICMP"),
        ("Header Checksum", 16, number(0x9818), "right: the bytes make the same"),
        ("Source Address", 32, address(2), "who sends"),
        ("Destination Address", 32, address(1), "to whom"),
    ];
    if !options.is_empty() {
        let bits = options.len() * 8;
        fields.push(("Options", bits, FieldValue::Bytes(options.to_vec()), "record route, …"));
    }
    let words = vec![0x4500, 0x1f, 0xcc28, 0, 0x3f01, 0, 0x0a4d, 0x0202, 0x0a4d, 0x0102];
    let ip = sum("IPv4 header", Vec::new(), (words, 5), 0x9818);
    let icmp = sum("ICMP message", Vec::new(), (vec![0, 0, 0x461e, 1, 1, 0x0200], 1), checksum);
    let headers = vec![
        header(("IPv4 header", "RFC 791 § 3.1", 0), &fields, Some(ip)),
        header(("ICMP header", "RFC 792", 20 + options.len()), &echo(0, checksum), Some(icmp)),
    ];
    let (direction, witness) = (Direction::Received, Witness::Received);
    let payload = vec![0, 1, 2];
    Dissection { direction, what: "echo reply", witness, headers, payload, payload_length: 3 }
}

fn echo(kind: u64, checksum: u16) -> [(&'static str, usize, FieldValue, &'static str); 5] {
    [
        ("Type", 8, number(kind), ""),
        ("Code", 8, number(0), "the only one of its type"),
        ("Checksum", 16, number(checksum.into()), ""),
        ("Identifier", 16, number(0x461e), "which program asks: ICMP has no ports"),
        ("Sequence Number", 16, number(1), "request number 1"),
    ]
}

/// An echo request of IPv6 as it was handed to the kernel, with so many words of ones as data.
fn request(data: usize) -> Dissection {
    let unseen = "unseen: the kernel fills it in";
    let address = FieldValue::Address(IpAddr::V6(LONG));
    let ip = [
        ("Version", 4, number(6), "IP version 6"),
        ("Traffic Class", 8, FieldValue::Unseen, unseen),
        ("Flow Label", 20, FieldValue::Unseen, unseen),
        ("Payload Length", 16, FieldValue::Unseen, unseen),
        ("Next Header", 8, FieldValue::Unseen, unseen),
        ("Hop Limit", 8, FieldValue::Unseen, unseen),
        ("Source Address", 128, address, "who sends"),
        ("Destination Address", 128, FieldValue::Unseen, unseen),
    ];
    let mut words = vec![0x8000, 0, 0x461e, 1];
    words.extend(vec![1; data]);
    let pseudo_header =
        vec![("source address", LONG.segments().to_vec()), ("length of the message", vec![0, 0xb])];
    let checksum = sum("ICMPv6 message", pseudo_header, (words, 1), 0);
    let headers = vec![
        header(("IPv6 header", "RFC 8200 § 3", 0), &ip, None),
        header(("ICMPv6 header", "RFC 4443 § 2.1", 40), &echo(128, 0), Some(checksum)),
    ];
    let (direction, witness) = (Direction::Sent, Witness::HandedOver);
    let (payload, payload_length) = ([0, 1].repeat(data.min(32)), data * 2);
    Dissection { direction, what: "echo request", witness, headers, payload, payload_length }
}

fn drawn(style: &Style, packet: &Dissection) -> String {
    dissection(style, packet).join("\n")
}

#[test]
fn a_header_is_drawn_as_the_rfcs_draw_it() {
    let text = drawn(&Style::default(), &reply(&[], 0xb7df));
    let picture = "
ICMP header (8 bytes: 20 to 27 of the packet; RFC 792)
      0                   1                   2                   3
      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   0 |     Type      |     Code      |           Checksum            |
     |       0       |       0       |        47071 = 0xb7df         |
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   4 |          Identifier           |        Sequence Number        |
     |        17950 = 0x461e         |          1 = 0x0001           |
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
";
    assert!(text.contains(picture), "{text}");
    assert!(text.contains("|R|D|M|     Fragment Offset     |"), "{text}");
    assert!(text.contains("|0|0|0|            0            |"), "{text}");
}

#[test]
fn the_checksum_is_worked_out_line_by_line() {
    let text = drawn(&Style::default(), &reply(&[], 0xb7df));
    let work = "
   0  4500   001f   cc28   0000   3f01  [0000]  0a4d   0202        = 0x1_5c97
  16  0a4d   0102                                                  = 0x0b4f
     sum of all 10 words       0x1_67e6
     carries added below       0x1_67e6 → 0x67e6 + 0x1 = 0x67e7
     every bit turned over     0x67e7 → 0x9818
     in the packet             0x9818: the same
";
    assert!(text.contains(work), "{text}");
}

#[test]
fn a_pseudo_header_is_added_up_with_its_parts_named() {
    let text = drawn(&Style::default(), &request(2));
    let work = "
     pseudo-header, source address
      2001   0db8   1111   2222   3333   4444   5555   6666        = 0x1_941e
     pseudo-header, length of the message
      0000   000b                                                  = 0x000b
     the ICMPv6 message
   0  8000  [0000]  461e   0001   0001   0001                      = 0xc621
     sum of all 16 words";
    assert!(text.contains(work), "{text}");
}

#[test]
fn an_address_of_ipv6_is_drawn_in_groups_of_16_bits() {
    let text = drawn(&Style::default(), &request(2));
    let rows = "
   8 |    Source Address: 2001:db8:1111:2222:3333:4444:5555:6666     |
     |             2001                            0db8              |
     |             1111                            2222              |
";
    assert!(text.contains(rows), "{text}");
    let kept = "
  24 |                    Destination Address: ?                     |
     |                               ?                               |
";
    assert!(text.contains(kept), "{text}");
}

#[test]
fn what_is_wrong_is_said() {
    let text = drawn(&Style::default(), &reply(&[], 0xb7de));
    assert!(
        text.contains("in the packet             0xb7de: WRONG, it should be 0xb7df"),
        "{text}"
    );
    let text = drawn(&Style::default(), &request(2));
    assert!(text.contains("0 as yet: the kernel puts 0xa5b3 in"), "{text}");
    assert!(!text.contains("WRONG"), "{text}");
}

#[test]
fn a_long_message_is_not_added_up_row_by_row() {
    let text = drawn(&Style::default(), &request(700));
    let rest = format!("{:67}= 0x0280", "     … and 640 more words");
    assert!(text.contains(&rest), "{text}");
    assert!(text.contains("sum of all 714 words"), "{text}");
    assert!(text.contains("1400 bytes behind the headers, the first 64 of them"), "{text}");
}

#[test]
fn the_page_is_80_columns_wide_and_can_be_ascii() {
    for ascii in [false, true] {
        let style = Style { ascii, ..Style::default() };
        for packet in [reply(&[], 1), reply(&[7; 40], 2), request(2), request(700)] {
            let text = drawn(&style, &packet);
            assert!(!ascii || text.is_ascii(), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
                assert_eq!(line.trim_end(), line, "no blanks at the end");
            }
        }
    }
}

#[test]
fn markdown_keeps_columns_by_fences() {
    let style = Style { markup: Markup::Markdown, ..Style::default() };
    let text = drawn(&style, &reply(&[7; 8], 3));
    let mut fenced = false;
    for line in text.lines() {
        match line {
            "```text" | "```" => fenced = line == "```text",
            line => assert!(fenced || !line.contains("+-+-"), "{line}"),
        }
    }
    assert!(!fenced);
    assert!(text.contains("\n### ICMP header\n"), "{text}");
    assert!(text.contains("\n| Byte | Bits | Field"), "{text}");
    assert!(!text.contains("\n\n\n"), "{text}");
}

#[test]
fn a_record_has_the_fields_of_the_contract() {
    let value = dissect_json::json(&request(1));
    assert_eq!(value["witness"], json!("handed over"));
    assert_eq!((&value["direction"], &value["what"]), (&json!("sent"), &json!("echo request")));
    assert_eq!((&value["payload"], &value["payload_length"]), (&json!("0001"), &json!(2)));
    let ip = &value["headers"][0]["fields"];
    assert_eq!((&ip[1]["value"], &ip[1]["offset_bits"]), (&json!(null), &json!(4)));
    assert_eq!(ip[6]["value"], json!(LONG.to_string()));
    let icmp = &value["headers"][1];
    assert_eq!((&icmp["offset"], &icmp["fields"][3]["value"]), (&json!(40), &json!(0x461e)));
    let sum = &icmp["checksum"];
    assert_eq!((&sum["right"], &sum["on_the_wire"]), (&json!(null), &json!(0)));
    assert_eq!(sum["pseudo_header"][1], json!({"part": "length of the message", "words": [0, 11]}));
    assert_eq!(sum["words"], json!([0x8000, 0, 0x461e, 1, 1]));
    let value = dissect_json::json(&reply(&[7, 4, 8, 0], 0xb7df));
    assert_eq!(value["headers"][0]["fields"][15]["value"], json!("07040800"));
    assert_eq!(value["headers"][1]["checksum"]["right"], json!(true));
}
