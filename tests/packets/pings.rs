//! ICMP: a ping's probes and their replies, and what a listener hears.
#![cfg(test)]

use serde_json::Value;

use crate::judge::{Judge, fields_of};
use crate::lines::packets;
use crate::room::alone;
use crate::run::{Run, is_call};
use crate::support::{Program, netlab};

const ICMP: [&str; 7] =
    ["ip.src", "ip.dst", "ip.ttl", "icmp.type", "icmp.code", "icmp.ident", "icmp.seq"];

#[track_caller]
fn row(packet: &Value) -> Vec<String> {
    let text = |field: &str| packet[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| packet[field].as_u64().expect(field).to_string();
    let [source, destination] = ["source_ip", "destination_ip"].map(text);
    let rest = ["hop_limit", "type", "code", "identifier", "sequence"].map(number);
    [source, destination].into_iter().chain(rest).collect()
}

#[test]
fn a_ping_shows_each_request_and_each_reply_once() {
    if !alone("a_ping_shows_each_request_and_each_reply_once") {
        return;
    }
    let judge = Judge::here();
    let arguments = ["raw-ping", "127.0.0.1", "-n", "-c", "3", "-i", "0.05", "--explain"];
    let ping = Run::start(&mut netlab(), &arguments).end(0);
    let judged = judge.end().fields("icmp.type == 0 or icmp.type == 8", &ICMP);
    assert_eq!(judged.len(), 6, "{judged:#?}");
    ping.is_complete();
    assert_eq!(ping.packets("icmp").into_iter().map(row).collect::<Vec<_>>(), judged);
    assert_eq!(fields_of(&ping.file(), "icmp", &ICMP), judged);
    let page = packets(&ping.lines);
    assert_eq!(page.len(), 6, "{page:#?}");
    for (n, line) in page.iter().enumerate() {
        let words = if n % 2 == 0 { "echo request" } else { "echo reply" };
        assert!(line.contains(words) && line.contains(&format!("seq {}", n / 2 + 1)), "{page:#?}");
    }
    for (n, packet) in ping.packets("icmp").iter().enumerate() {
        let by = if n % 2 == 0 { "calls" } else { "kernel" };
        assert_eq!(packet["cause"]["by"], by, "{packet:#}");
    }
    let call = ping.place("sendto", |event| is_call(event, "sendto("));
    let packet = ping.place("a packet", |event| event["event"] == "packet");
    let reply = ping.place("a reply", |event| event["event"] == "reply");
    assert!(call < packet && packet < reply);
}

#[test]
fn a_listener_shows_what_it_hears() {
    if !alone("a_listener_shows_what_it_hears") {
        return;
    }
    let mut listener = Run::start(&mut netlab(), &["raw-listen", "-4", "-n", "-c", "2"]);
    listener.program.until("Filter");
    let (status, _) =
        Program::start(netlab().args(["raw-ping", "127.0.0.1", "-n", "-c", "1"])).finish();
    assert!(status.success());
    let listener = listener.end(0);
    let kinds: Vec<_> = listener.packets("icmp").iter().map(|p| p["type"].clone()).collect();
    assert_eq!(kinds, [8, 0], "{:#?}", listener.record);
    assert_eq!(packets(&listener.lines).len(), 2, "{:#?}", listener.lines);
}

/// It hears, and does not send: every arrow points to it.
#[test]
fn what_a_listener_hears_points_to_its_socket() {
    if !alone("what_a_listener_hears_points_to_its_socket") {
        return;
    }
    let mut listener = Run::start(&mut netlab(), &["raw-listen", "-c", "3", "--explain"]);
    listener.program.until("Waiting for ICMP");
    for arguments in [
        &["raw-ping", "127.0.0.1", "-n", "-c", "1"][..],
        &["udp-client", "127.0.0.1", "5999", "--count", "1", "--timeout", "0.1"],
    ] {
        Program::start(netlab().args(arguments)).finish();
    }
    let listener = listener.end(0);
    let page = packets(&listener.lines);
    assert_eq!(page.len(), 3, "{:#?}", listener.lines);
    assert!(page.iter().all(|line| line.contains("  A  ◀──")), "{page:#?}");
    for line in &listener.lines {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_single_round_trip_has_no_percentiles() {
    if !alone("a_single_round_trip_has_no_percentiles") {
        return;
    }
    for (count, told) in [("1", false), ("2", true)] {
        let arguments = ["raw-ping", "127.0.0.1", "-n", "-c", count, "-i", "0.01"];
        let (status, lines) = Program::start(netlab().args(arguments)).finish();
        assert!(status.success(), "{lines:#?}");
        assert_eq!(lines.iter().any(|line| line.contains("p99")), told, "{lines:#?}");
    }
}
