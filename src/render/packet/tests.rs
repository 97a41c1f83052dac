//! Made-up packets, as they are drawn.

use std::sync::Arc;

use super::*;
use crate::error::Failure;
use crate::event::{
    CallOf, CaptureRefused, CaptureReport, CaptureSetup, CapturedFrame, Cause, IcmpSeen, OsError,
    Resolution, Segment, TcpOption,
};

const CLIENT: &str = "10.0.56.23:54321";
const SERVER: &str = "10.0.73.221:6000";

fn packet(crossing: Crossing, content: Content, cause: Cause) -> Captured {
    let (client, server) = (CLIENT.parse().expect("one"), SERVER.parse().expect("one"));
    let (source, destination) = match crossing {
        Crossing::Received => (server, client),
        _ => (client, server),
    };
    Captured {
        number: 1,
        unix: Duration::ZERO,
        interface: "eth0".into(),
        crossing,
        socket: Some(SocketId(0)),
        source,
        destination,
        length: 60,
        hop_limit: 64,
        content,
        cause,
        frame: Arc::new(CapturedFrame {
            bytes: Vec::new(),
            length: 74,
            link_type: 1,
            addresses: Some([[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]]),
        }),
    }
}

fn segment(flags: u8, sequence: u32, acknowledgment: u32, payload: usize) -> Segment {
    Segment {
        flags,
        sequence: sequence.wrapping_add(4_000_000_000),
        acknowledgment: acknowledgment.wrapping_add(3_000_000_000),
        relative_sequence: Some(sequence),
        relative_acknowledgment: Some(acknowledgment),
        window: if flags & 2 == 0 { 502 } else { 64240 },
        window_shift: Some(7),
        payload,
        options: Vec::new(),
        again: false,
    }
}

fn call(text: &str) -> Cause {
    Cause::Calls(vec![CallOf { end: None, socket: "A".into(), text: text.into(), place: 0 }])
}

/// A handshake, some bytes and their acknowledgement, the end.
fn talk() -> Vec<Captured> {
    let mut syn = segment(2, 0, 0, 0);
    syn.options = vec![
        TcpOption::MaximumSegmentSize(1460),
        TcpOption::SackPermitted,
        TcpOption::Timestamps(3_728_190_123, 0),
        TcpOption::WindowScale(7),
    ];
    let mut answer = segment(18, 0, 1, 0);
    answer.options.clone_from(&syn.options);
    let mut again = segment(24, 1, 1, 6);
    again.again = true;
    let (sent, received) = (Crossing::Sent, Crossing::Received);
    vec![
        packet(sent, Content::Tcp(syn), call("connect(10.0.73.221:6000) = 0")),
        packet(received, Content::Tcp(answer), Cause::Peer),
        packet(sent, Content::Tcp(segment(16, 1, 1, 0)), Cause::Kernel("acknowledges")),
        packet(sent, Content::Tcp(segment(24, 1, 1, 6)), call("send(6) = 6")),
        packet(sent, Content::Tcp(again), Cause::Kernel("sends again")),
        packet(received, Content::Tcp(segment(16, 1, 7, 0)), Cause::Peer),
        packet(sent, Content::Tcp(segment(17, 7, 1, 0)), call("shutdown(SHUT_WR) = 0")),
        packet(received, Content::Tcp(segment(20, 1, 8, 0)), Cause::Peer),
    ]
}

fn drawn(style: &Style, page: &mut PacketPage, packets: Vec<Captured>) -> Vec<String> {
    let mut lines = Vec::new();
    for (n, packet) in packets.into_iter().enumerate() {
        let at = Duration::from_micros(134 + 20 * n as u64);
        lines.extend(page.draw(style, at, &CaptureEvent::Packet(Box::new(packet))));
    }
    lines.join("\n").lines().map(str::to_owned).collect()
}

#[test]
fn a_packet_is_one_line_and_its_columns_stand_below_each_other() {
    let lines = drawn(&Style::default(), &mut PacketPage::new(false), talk());
    let expected = "\
\u{20}  0.000134  A  ──▶ SYN       seq 0                 win 64240    len 0
                  from 10.0.56.23:54321 to 10.0.73.221:6000, ttl 64, on eth0
   0.000154  A  ◀── SYN,ACK   seq 0      ack 1      win 64240    len 0
   0.000174  A  ──▶ ACK       seq 1      ack 1      win 64256    len 0
   0.000194  A  ──▶ PSH,ACK   seq 1      ack 1      win 64256    len 6
   0.000214  A  ──▶ PSH,ACK   seq 1      ack 1      win 64256    len 6  again
   0.000234  A  ◀── ACK       seq 1      ack 7      win 64256    len 0
   0.000254  A  ──▶ FIN,ACK   seq 7      ack 1      win 64256    len 0
   0.000274  A  ◀── RST,ACK   seq 1      ack 8      win 64256    len 0";
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn a_page_of_eighty_columns_is_not_left() {
    for explain in [false, true] {
        let mut page = PacketPage::new(explain);
        let style = Style { ascii: true, ..Style::default() };
        let setup = CaptureSetup {
            filter: "tcp port 6000 and host 10.0.73.221".into(),
            buffer: 1,
            link: true,
            file: Some("run one.pcapng".into()),
            remark: None,
        };
        page.draw(&style, Duration::ZERO, &CaptureEvent::Began(setup));
        let mut lines = page.opening(&style);
        lines.extend(drawn(&style, &mut page, talk()));
        let report =
            CaptureReport { packets: 8, others: 2, twice: 3, dropped: 1, written: Some(8) };
        lines.extend(page.draw(&style, Duration::ZERO, &CaptureEvent::Ended(report)));
        let text = lines.join("\n");
        for line in text.lines() {
            assert!(line.chars().count() <= 80 && line.is_ascii(), "{line}");
        }
        assert!(text.contains("-->") && text.contains("<--"), "{text}");
        assert!(text.contains("frame from 02:00:00:00:00:01 to 02:00:00:00:00:02"), "{text}");
        assert!(text.contains("1 packet LOST"), "{text}");
        assert!(text.contains("tshark -r 'run one.pcapng'"), "{text}");
    }
}

#[test]
fn what_each_kind_means_is_said_once_and_only_on_request() {
    let twice = || [talk(), talk()].concat();
    let plain = drawn(&Style::default(), &mut PacketPage::new(false), twice()).join(" ");
    let wide = Style { width: 120, ..Style::default() };
    let explained = drawn(&wide, &mut PacketPage::new(true), twice()).join("\n");
    for words in [
        "SYN: let us talk",
        "4000000000",
        "here is my own first number",
        "ACK without data",
        "data: its first byte",
        "sent again:",
        "FIN: I have said everything",
        "RST: there is no connection",
    ] {
        assert_eq!(explained.matches(words).count(), 1, "{words}: {explained}");
        assert!(!plain.contains(words), "{plain}");
    }
    for words in [
        "by connect(10.0.73.221:6000) = 0",
        "no call: the kernel acknowledges",
        "by send(6) = 6",
        "options: MSS 1460, SACK permitted, timestamps 3728190123, heard 0, window scale 7 (times 128)",
    ] {
        assert!(explained.contains(words), "{words}: {explained}");
    }
}

/// Data at 10 ms, and an ACK alone so much later, over a way of so many milliseconds there and back.
fn lone_ack(way: u64, later: u64) -> String {
    let (mut page, style) = (PacketPage::new(true), Style { width: 120, ..Style::default() });
    let mut talk = talk();
    let mut lines = Vec::new();
    for (at, place) in [(0, 0), (way, 1), (way, 2), (10 + way, 3), (10 + way + later, 5)] {
        let packet = Box::new(talk[place].clone());
        let at = Duration::from_millis(at);
        lines.extend(page.draw(&style, at, &CaptureEvent::Packet(packet)));
    }
    talk.clear();
    lines.join("\n")
}

#[test]
fn an_ack_that_goes_alone_and_late_is_explained() {
    let late = lone_ack(0, 41);
    assert!(late.contains("a delayed ACK: the kernel kept it back for 41.0 ms"), "{late}");
    let late = lone_ack(100, 141);
    assert!(late.contains("a delayed ACK: the kernel kept it back for 41.0 ms"), "{late}");
    // A long way is no delay.
    for (way, later) in [(0, 1), (100, 101)] {
        let text = lone_ack(way, later);
        assert!(!text.contains("delayed ACK"), "{way} {later}: {text}");
    }
}

#[test]
fn a_hop_limit_is_told_where_it_is_new() {
    let mut packets = talk();
    for sent in [4, 6] {
        packets[sent].hop_limit = 57;
    }
    let page = drawn(&Style::default(), &mut PacketPage::new(false), packets).join("\n");
    assert_eq!(page.matches("ttl").count(), 2, "{page}");
    assert!(page.contains("ttl 57"), "{page}");
}

#[test]
fn peers_of_a_server_are_told_apart_and_a_loopback_names_both_sockets() {
    let mut page = PacketPage::new(false).of_many(true);
    let (mut one, mut two) = (talk().remove(1), talk().remove(1));
    one.source = "10.0.56.23:50001".parse().expect("one");
    two.source = "10.0.56.23:50002".parse().expect("one");
    (one.socket, two.socket) = (None, None);
    let lines = drawn(&Style::default(), &mut page, vec![one.clone(), two, one]);
    assert!(lines[2].ends_with("  :50002") && lines[4].ends_with("  :50001"), "{lines:#?}");

    let mut page = PacketPage::new(false);
    let (mut sent, mut back) = (talk().remove(3), talk().remove(3));
    (sent.crossing, back.crossing) = (Crossing::Local, Crossing::Local);
    (back.source, back.destination) = (sent.destination, sent.source);
    back.socket = Some(SocketId(2));
    let lines = drawn(&Style::default(), &mut page, vec![back, sent]);
    assert!(lines[2].contains("A  ──▶ C PSH,ACK"), "{lines:#?}");
}

#[test]
fn other_protocols_have_their_own_words() {
    let echo = IcmpSeen {
        kind: 8,
        code: 0,
        words: "echo request".into(),
        echo: Some((0x1a2b, 1)),
        about: None,
        payload: 56,
    };
    let (client, server) = (CLIENT.parse().expect("one"), SERVER.parse().expect("one"));
    let error = IcmpSeen {
        kind: 3,
        code: 3,
        words: "port unreachable".into(),
        echo: None,
        about: Some((17, client, server)),
        payload: 28,
    };
    let ask = Resolution {
        operation: 1,
        sender: (client.ip(), [2, 0, 0, 0, 0, 1]),
        target: (server.ip(), [0; 6]),
    };
    let answer = Resolution {
        operation: 2,
        sender: (server.ip(), [2, 0, 0, 0, 0, 2]),
        target: (client.ip(), [2, 0, 0, 0, 0, 1]),
    };
    for (content, words) in [
        (Content::Udp(6), "──▶ UDP       len 6"),
        (Content::Icmp(echo), "──▶ echo request  id 0x1a2b seq 1     len 56"),
        (Content::Icmp(error), "port unreachable  about UDP 10.0.56.23:54321 → 10.0.73.221:6000"),
        (Content::Fragment(1480, true), "fragment  from byte 1480, more follow"),
        (Content::Arp(ask), "ARP       who has 10.0.73.221? tell 10.0.56.23"),
        (Content::Arp(answer), "ARP       10.0.73.221 is at 02:00:00:00:00:02"),
        (Content::Other(132), "other     protocol 132, 60 bytes"),
    ] {
        let one = packet(Crossing::Sent, content, Cause::Unknown);
        let lines = drawn(&Style::default(), &mut PacketPage::new(false), vec![one]);
        assert!(lines[0].contains(words), "{words}: {lines:#?}");
    }
}

#[test]
fn a_refusal_says_what_is_missing_what_goes_on_and_how_to_get_it() {
    let refused = CaptureRefused {
        error: Some(OsError { kind: std::io::ErrorKind::PermissionDenied, number: Some(1) }),
    };
    let failure =
        Failure::NoCapture { error: refused.error, filter: "tcp.port == 6000".to_owned() };
    let facts = crate::error::Facts { binary: Some("/opt/netlab".into()), ..Default::default() };
    let mut page = PacketPage::new(false).or_refused(Some(failure.explain(&facts)));
    let lines = page.draw(&Style::default(), Duration::ZERO, &CaptureEvent::Refused(refused));
    let text = lines.join("\n");
    assert!(text.starts_with("\npackets none: "), "{text}");
    for words in ["EPERM", "the run goes on", "sudo ", "/opt/netlab"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_flood_shows_its_first_packets_and_counts_the_others() {
    for style in [Style::default(), Style { markup: Markup::Markdown, ..Style::default() }] {
        let mut page = PacketPage::new(false);
        page.fold();
        let many = (0..5).flat_map(|_| talk()).collect::<Vec<_>>();
        assert!(many.len() > 21);
        let text = drawn(&style, &mut page, many).join("\n");
        let packets = text.lines().filter(|line| line.contains("seq ")).count();
        assert_eq!(packets, 20, "{text}");
        assert_eq!(text.matches("20 packets are enough").count(), 1, "{text}");
    }
}

#[test]
fn a_system_that_tells_of_no_losses_is_not_said_to_have_had_none() {
    let setup = CaptureSetup {
        filter: "tcp".into(),
        buffer: 1,
        link: false,
        file: None,
        remark: Some("the times are late"),
    };
    let (mut page, style) = (PacketPage::new(false), Style::default());
    page.draw(&style, Duration::ZERO, &CaptureEvent::Began(setup));
    let ended = CaptureEvent::Ended(CaptureReport { packets: 1, ..CaptureReport::default() });
    let text = page.draw(&style, Duration::ZERO, &ended).join("\n");
    assert!(text.contains("1 packet captured; the times are late."), "{text}");
    assert!(!text.contains("none lost"), "{text}");
}
