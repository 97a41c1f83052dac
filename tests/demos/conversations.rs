//! The demos: what they print is what happened.
#![cfg(test)]

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;

fn demo(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
    let output = command.arg("demo").args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn events(name: &str) -> Vec<Value> {
    let output = demo(&[name, "--format", "json"]);
    let lines = text(&output);
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The texts of one end's events of a kind that came in, in order.
fn received<'a>(events: &'a [Value], end: &str, kind: &str) -> Vec<&'a str> {
    let of_interest = |event: &&Value| {
        event["end"] == end
            && event["event"] == kind
            && event["direction"] == "received"
            && event["announcement"] != true
    };
    events.iter().filter(of_interest).filter_map(|event| event["text"].as_str()).collect()
}

#[test]
fn over_tcp_every_line_comes_back_in_order() {
    let events = events("datagram");
    let heard = received(&events, "tcp-server", "message");
    assert_eq!(heard.len(), 5);
    assert_eq!(received(&events, "tcp-client", "message"), heard);
}

#[test]
fn over_udp_comes_back_what_the_server_did_not_drop() {
    let events = events("datagram");
    let heard = received(&events, "udp-server", "datagram");
    assert_eq!(heard.len(), 5, "loopback loses nothing");
    let answered: BTreeSet<&str> = events
        .iter()
        .filter(|event| event["end"] == "udp-server" && event["fate"] == "fine")
        .filter_map(|event| event["text"].as_str())
        .collect();
    let back = received(&events, "udp-client", "datagram");
    assert_eq!(back.iter().copied().collect::<BTreeSet<_>>(), answered);
    assert!(back.len() < heard.len(), "something was lost: {back:?}");
    let in_order: Vec<&str> = heard.iter().copied().filter(|line| back.contains(line)).collect();
    assert_ne!(back, in_order, "something was overtaken");
}

/// The page is drawn from another run than the events: the seed makes them the same.
#[test]
fn the_page_names_the_lines_that_were_lost() {
    let events = events("datagram");
    let heard = received(&events, "udp-server", "datagram");
    let back = received(&events, "udp-client", "datagram");
    let lost: Vec<&str> = heard.iter().copied().filter(|line| !back.contains(line)).collect();
    let page = text(&demo(&["datagram"]));
    let result = page.lines().find(|line| line.contains("→ UDP:")).expect("a result");
    assert!(result.ends_with(&format!("lost: {}", lost.join(", "))), "{result}");
    assert!(result.contains(&format!("{} of {} lines", back.len(), heard.len())), "{result}");
    assert!(page.contains("TCP: 5 of 5 lines, in order"), "{page}");
}

#[test]
fn the_calls_of_both_conversations_are_shown_on_request() {
    let page = text(&demo(&["datagram", "--explain"]));
    let calls = |end: &str, call: &str| {
        page.lines()
            .filter(|line| line.trim_start().starts_with(end) && line.contains(call))
            .count()
    };
    assert_eq!(calls("udp-client", "sendto("), 5);
    assert_eq!(calls("udp-server", "recvfrom("), 6, "the last one is woken by the end");
    // It tries once more, in vain: nobody else waits.
    assert_eq!(calls("tcp-server", "accept() = B"), 1);
    assert_eq!(calls("tcp-server", "accept("), 1 + calls("tcp-server", "accept() = -1 EAGAIN"));
    assert_eq!(calls("udp-server", "accept("), 0);
    assert_eq!(calls("udp-server", "close("), 1);
    // One more socket of the client only asks which address it would send from.
    assert_eq!(calls("udp-client", "socket("), 2);
    assert_eq!(calls("udp-client", "close("), 2);
}

#[test]
fn a_record_of_a_demo_says_whose_every_event_is_and_keeps_no_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    demo(&["datagram", "--record", path.to_str().expect("UTF-8")]);
    let record = std::fs::read_to_string(&path).expect("a record");
    let mut ends = BTreeSet::new();
    for line in record.lines().skip(1) {
        let event: Value = serde_json::from_str(line).expect("JSON");
        // What the demo itself says is nobody's.
        let told = ["demo", "step", "fact", "table", "curtain"];
        if told.iter().any(|name| event["event"] == *name) {
            assert!(event["end"].is_null(), "{line}");
        } else {
            ends.insert(event["end"].as_str().expect("every event has an end").to_owned());
        }
        assert_eq!(event.get("text").filter(|_| event["event"] != "call"), None, "{line}");
    }
    let all = ["tcp-client", "tcp-server", "udp-client", "udp-server"];
    assert_eq!(ends, all.map(str::to_owned).into());
}
