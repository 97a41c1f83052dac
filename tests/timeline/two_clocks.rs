//! Two captures of one conversation, by two clocks.

use netlab::timeline::{Options, Picture, RowKind};
use serde_json::json;

use crate::made::{Made, Segment};

const UP: (u16, u16) = (40_000, 6000);
const DOWN: (u16, u16) = (6000, 40_000);

/// Two machines whose packets take 300 µs, of which the second's clock is `behind` µs behind, and
/// loses `slow` µs in every second.
fn captures(behind: i64, slow: i64) -> [Made; 2] {
    let mut client = Made::new("one", "tcp-client 10.0.0.1 6000", 0);
    let mut server = Made::new("two", "tcp-server 6000", 7_000_000_000);
    let unknown = json!({ "by": "unknown" });
    let there = |at: u64| {
        let at = i64::try_from(at).expect("a time");
        u64::try_from(at - behind - slow * at / 1_000_000).expect("a time after the beginning")
    };
    let mut go = |at: u64, ports: (u16, u16), segment: Segment| {
        let up = ports == UP;
        let (left, arrived) = (at, at + 300);
        let (one, two) = if up { (left, arrived) } else { (arrived, left) };
        let ways = if up { ["sent", "received"] } else { ["received", "sent"] };
        client.segment(one, ways[0], ports, segment, &unknown);
        server.segment(there(two), ways[1], ports, segment, &unknown);
    };
    go(1_000, UP, (&["SYN"], 0, 0, 0));
    go(1_350, DOWN, (&["SYN", "ACK"], 0, 1, 0));
    go(1_700, UP, (&["ACK"], 1, 1, 0));
    for number in 0..20_u32 {
        let at = 100_000 * u64::from(number + 1);
        go(at, UP, (&["PSH", "ACK"], 1 + 6 * number, 1, 6));
        go(at + 340, DOWN, (&["ACK"], 1, 7 + 6 * number, 0));
    }
    client.call(1_660, 700, "", "A", "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    client.call(1_670, 1, "", "A", "getsockname() = 10.0.0.1:40000", "ESTABLISHED");
    server.call(there(900), 1, "", "A", "bind(10.0.0.1:6000) = 0", "CLOSED");
    server.call(there(910), 1, "", "A", "listen(4) = 0", "LISTEN");
    server.call(there(2_100), 1000, "", "A", "accept() = B from 10.0.0.1:40000", "LISTEN");
    [client, server]
}

#[test]
fn packets_that_both_saw_are_one_and_bring_the_clocks_together() {
    for behind in [-5_000_000, 0, 120] {
        let records = captures(behind, 0).map(|made| made.record());
        let picture = Picture::of(&records, &Options { fold: 0, ..Options::default() });
        let alignment = picture.alignment.expect("two clocks");
        let wrong = (alignment.offset_ns - behind * 1000).unsigned_abs();
        assert!(alignment.bounded && alignment.pairs == 43, "{alignment:?}");
        assert!(wrong <= alignment.uncertainty_ns, "{alignment:?}");
        assert!(alignment.uncertainty_ns <= 301_000, "{alignment:?}");
        assert!(
            alignment.basis.starts_with("packets that both captures saw, 22 one way"),
            "{alignment:?}"
        );
        let mut packets = 0;
        for row in &picture.rows {
            if let RowKind::Packet(packet) = &row.kind {
                packets += 1;
                let (left, arrived) = (packet.left.expect("seen"), packet.arrived.expect("seen"));
                assert!(arrived >= left, "{packet:?}");
            }
        }
        assert_eq!(packets, 43);
    }
}

/// The records' own clocks are a microsecond or two apart from what the kernel stamped, one more and
/// one less: intervals would contradict each other, and there is no need for them.
#[test]
fn two_captures_on_one_machine_saw_each_packet_at_one_moment() {
    let mut client = Made::new("one", "tcp-client 127.0.0.1 6000", 0);
    let mut server = Made::new("one", "tcp-server 6000", 0);
    let unknown = json!({ "by": "unknown" });
    for (number, wrong) in [(0_u32, 0), (1, 2), (2, 0), (3, 1), (4, 2)] {
        let at = 10_000 + 100 * u64::from(number);
        let ports = if number % 2 == 0 { UP } else { DOWN };
        let ways = if number % 2 == 0 { ["sent", "received"] } else { ["received", "sent"] };
        let segment = (&["PSH", "ACK"][..], 1 + number, 1 + number, 1);
        client.segment(at, ways[0], ports, segment, &unknown);
        server.segment(at - 5_000 + wrong, ways[1], ports, segment, &unknown);
        for made in [&mut client, &mut server] {
            let packet = made.lines.last_mut().expect("a packet");
            packet["captured_unix_ns"] = (at * 1000).into();
        }
    }
    let records = [client.record(), server.record()];
    let picture = Picture::of(&records, &Options { fold: 0, ..Options::default() });
    let alignment = picture.alignment.expect("two clocks");
    assert!(alignment.bounded && alignment.pairs == 5, "{alignment:?}");
    assert_eq!(
        (alignment.offset_ns, alignment.uncertainty_ns),
        (4_999_000, 2_000),
        "{alignment:?}"
    );
    let contradicted = picture.remarks.iter().any(|remark| remark.contains("contradict"));
    assert!(!contradicted, "{:?}", picture.remarks);
}

#[test]
fn clocks_that_move_apart_are_said_to() {
    let records = captures(0, 2_000).map(|made| made.record());
    let picture = Picture::of(&records, &Options::default());
    let alignment = picture.alignment.expect("two clocks");
    assert!(!alignment.bounded, "{alignment:?}");
    let told = picture.remarks.iter().any(|remark| remark.contains("move apart"));
    assert!(told, "{:?}", picture.remarks);
}
