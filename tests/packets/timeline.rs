//! The time line of two records against tshark's reading of their files: every packet once, with its
//! flags, numbers, lengths, ports and moment.
#![cfg(test)]

use std::path::Path;

use serde_json::Value;

use crate::judge::fields_of;
use crate::room::alone;
use crate::run::{Ended, Run};
use crate::support::netlab;
use crate::tools::{number_at_the_end, output};

/// What tshark is asked for; fields that a packet does not have are empty.
const FIELDS: [&str; 17] = [
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "ip.dst",
    "ip.len",
    "ip.ttl",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "icmp.type",
];
const ECHO: [&str; 3] = ["icmp.code", "icmp.ident", "icmp.seq"];

/// A packet as both have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    number: String,
    unix_ns: String,
    from: String,
    to: String,
    length: String,
    hop_limit: String,
    words: String,
    details: String,
}

/// A packet of tshark's, in the words of the time line.
#[track_caller]
fn judged(file: &Path) -> Vec<Row> {
    let rows = fields_of(file, "ip", &[&FIELDS[..], &ECHO].concat());
    let row = |mut row: Vec<String>| {
        row.resize(FIELDS.len() + ECHO.len(), String::new());
        let field = |name: &str| {
            let at = FIELDS.iter().chain(&ECHO).position(|field| *field == name);
            row[at.expect("it was asked for")].as_str()
        };
        let (ports, words, details) = if field("icmp.type") == "3" {
            assert_eq!(field("icmp.code"), "3", "{row:?}");
            (["0", "0"], "port unreachable".to_owned(), String::new())
        } else if !field("tcp.flags").is_empty() {
            let ports = [field("tcp.srcport"), field("tcp.dstport")];
            let flags = u32::from_str_radix(&field("tcp.flags")[2..], 16).expect("hex");
            let (words, ack) = (in_words(flags, field("tcp.len")), flags & 16 != 0);
            let ack = if ack { format!(" ack {}", field("tcp.ack")) } else { String::new() };
            let window = field("tcp.window_size");
            // Neither a SYN nor a RST says anything of a window that is closed.
            let closed = window == "0" && flags & 6 == 0;
            let words = if closed { format!("{words}, window 0") } else { words };
            (ports, words, format!("seq {}{ack} win {window}", field("tcp.seq")))
        } else if !field("udp.length").is_empty() {
            let bytes = field("udp.length").parse::<u32>().expect("a length") - 8;
            (
                [field("udp.srcport"), field("udp.dstport")],
                format!("UDP {}", bytes_in_words(&bytes.to_string())),
                String::new(),
            )
        } else {
            let words = match field("icmp.type") {
                "8" => "echo request",
                "0" => "echo reply",
                other => panic!("ICMP type {other} in {row:?}"),
            };
            let details = format!("id {} seq {}", field("icmp.ident"), field("icmp.seq"));
            (["0", "0"], words.to_owned(), details)
        };
        Row {
            number: field("frame.number").to_owned(),
            unix_ns: field("frame.time_epoch").replace('.', ""),
            from: format!("{}:{}", field("ip.src"), ports[0]),
            to: format!("{}:{}", field("ip.dst"), ports[1]),
            length: field("ip.len").to_owned(),
            hop_limit: field("ip.ttl").to_owned(),
            words,
            details,
        }
    };
    rows.into_iter().map(row).collect()
}

fn in_words(flags: u32, length: &str) -> String {
    let names = [(2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (16, "ACK")];
    let set: Vec<&str> =
        names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
    let bytes = if length == "0" { String::new() } else { format!(" {}", bytes_in_words(length)) };
    format!("{}{bytes}", set.join(","))
}

fn bytes_in_words(bytes: &str) -> String {
    let s = if bytes == "1" { "" } else { "s" };
    format!("{bytes} byte{s}")
}

/// The packets of a time line that one lane sent, or that came from outside.
#[track_caller]
fn drawn(timeline: &[Value], from: Option<u64>) -> Vec<Row> {
    let packets = timeline
        .iter()
        .filter(|row| row["event"] == "timeline_packet" && row["from"].as_u64() == from);
    let row = |row: &Value| {
        let text = |field: &str| row[field].as_str().expect(field).to_owned();
        let number = |field: &str| row["fields"][field].as_u64().expect(field).to_string();
        Row {
            number: number("number"),
            unix_ns: number("captured_unix_ns"),
            from: text("source"),
            to: text("destination"),
            length: number("length"),
            hop_limit: number("hop_limit"),
            words: text("words"),
            details: text("details"),
        }
    };
    packets.map(row).collect()
}

#[track_caller]
fn timeline(runs: &[&Ended]) -> Vec<Value> {
    let mut command = netlab();
    command.args(["timeline", "--format", "json", "--fold", "never"]);
    for run in runs {
        command.arg(run.file().with_extension("jsonl"));
    }
    let lines = output(&mut command);
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The first run and the second: what each of them sent is what tshark reads in its own file.
#[track_caller]
fn both_agree(runs: [&Ended; 2], at_least: usize) {
    let timeline = timeline(&runs);
    let ends = timeline.iter().filter(|row| row["event"] == "timeline_packet");
    let seen = ends.filter(|row| row["left_ns"].is_u64() && row["arrived_ns"].is_u64()).count();
    let mut all = 0;
    for (lane, run) in (0..).zip(runs) {
        let mut judged = judged(&run.file());
        let frames = judged.len();
        assert!(frames >= at_least, "{judged:#?}");
        assert_eq!(seen, frames, "every packet once, and both sides saw it");
        let own = |row: &Row| {
            run.all("packet").iter().any(|packet| {
                packet["number"].as_u64() == row.number.parse().ok()
                    && packet["direction"] == "sent"
            })
        };
        judged.retain(own);
        assert_eq!(drawn(&timeline, Some(lane)), judged, "what lane {lane} sent");
        all += judged.len();
    }
    assert_eq!(all, seen);
    assert_eq!(drawn(&timeline, None), []);
}

#[test]
fn tshark_agrees_with_the_time_line_of_a_chat() {
    if !alone("tshark_agrees_with_the_time_line_of_a_chat") {
        return;
    }
    for how in ["one", "threads", "events"] {
        let own = ["tcp-server", "0", "--bind", "127.0.0.1", "--once", "--serve", how];
        let mut server = Run::start(&mut netlab(), &own);
        let port = server.program.port().to_string();
        let mut client =
            Run::start(&mut netlab(), &["tcp-client", "127.0.0.1", &port, "--name", "Ada"]);
        server.program.until("[Ada has joined the chat]");
        let long = "a long line ".repeat(200);
        for line in ["Hello!", &long] {
            client.program.type_line(line);
            server.program.until(line.trim());
        }
        server.program.type_line("Hello yourself.");
        client.program.until("Hello yourself.");
        client.program.type_line("exit");
        let (client, server) = (client.end(0), server.end(0));
        both_agree([&client, &server], 12);
    }
}

#[test]
fn tshark_agrees_with_the_time_line_of_datagrams() {
    if !alone("tshark_agrees_with_the_time_line_of_datagrams") {
        return;
    }
    let mut server = Run::start(&mut netlab(), &["udp-server", "0", "--bind", "127.0.0.1"]);
    let port = number_at_the_end(&server.program.until("Server bound")).to_string();
    let mut client = Run::start(&mut netlab(), &["udp-client", "127.0.0.1", &port]);
    for line in ["one", "", "twenty-two", &"long ".repeat(200)] {
        client.program.type_line(line);
    }
    client.program.type_line("exit");
    let client = client.end(0);
    server.program.type_line("exit");
    let server = server.end(0);
    both_agree([&client, &server], 8);
}

/// One record alone: what comes is from outside.
#[test]
fn tshark_agrees_with_the_time_line_of_a_ping() {
    if !alone("tshark_agrees_with_the_time_line_of_a_ping") {
        return;
    }
    let ping = ["raw-ping", "127.0.0.1", "-n", "-c", "3", "-i", "0.05", "-s", "100"];
    let ping = Run::start(&mut netlab(), &ping).end(0);
    let (requests, replies): (Vec<Row>, Vec<Row>) =
        judged(&ping.file()).into_iter().partition(|row| row.words == "echo request");
    assert_eq!((requests.len(), replies.len()), (3, 3));
    let timeline = timeline(&[&ping]);
    assert_eq!(drawn(&timeline, Some(0)), requests);
    assert_eq!(drawn(&timeline, None), replies);
}

/// Every scene: resets, segments that were sent again, windows of zero, errors of ICMP.
#[test]
fn tshark_agrees_with_the_time_line_of_every_demo() {
    if !alone("tshark_agrees_with_the_time_line_of_every_demo") {
        return;
    }
    let list = output(netlab().args(["demo", "list", "--format", "json"]));
    for line in list.lines() {
        let scene: Value = serde_json::from_str(line).expect("JSON");
        let name = scene["name"].as_str().expect("a name");
        let name = (name != "tour").then_some(name);
        let arguments: Vec<&str> = ["demo"].into_iter().chain(name).collect();
        let run = Run::start(&mut netlab(), &arguments).end(0);
        let timeline = timeline(&[&run]);
        let lanes = timeline[0]["lanes"].as_array().map_or(0, Vec::len) as u64;
        let mut drawn: Vec<Row> =
            (0..lanes).map(Some).chain([None]).flat_map(|lane| drawn(&timeline, lane)).collect();
        drawn.sort_by_key(|row| row.number.parse::<u64>().ok());
        let judged = judged(&run.file());
        assert!(judged.len() >= 2, "{name:?}");
        for (drawn, judged) in drawn.iter().zip(&judged) {
            assert_eq!(drawn, judged, "{name:?}");
        }
        assert_eq!(drawn.len(), judged.len(), "{name:?}");
        // Elsewhere a SYN that waits for its answer is nobody's until `connect` has returned.
        if matches!(name, Some("close" | "handshake")) {
            one_lane_each(&timeline, name);
        }
    }
}

/// Whatever goes from one endpoint to another goes from one lane, once it is known which.
#[track_caller]
fn one_lane_each(timeline: &[Value], name: Option<&str>) {
    let mut lanes = std::collections::HashMap::new();
    for row in timeline.iter().filter(|row| row["fields"]["protocol"] == "tcp") {
        let from = lanes.entry((&row["source"], &row["destination"])).or_insert(&row["from"]);
        assert_eq!(*from, &row["from"], "{name:?}: {row:#}");
    }
}

/// This judge has to find what is wrong, too.
#[test]
fn a_changed_record_is_found() {
    if !alone("a_changed_record_is_found") {
        return;
    }
    let ping = ["raw-ping", "127.0.0.1", "-n", "-c", "2", "-i", "0.05"];
    let ping = Run::start(&mut netlab(), &ping).end(0);
    let file = ping.file().with_extension("jsonl");
    let judged = judged(&ping.file());
    let text = std::fs::read_to_string(&file).expect("a record");
    for (is, other) in [
        ("\"sequence\":2,\"about\"", "\"sequence\":3,\"about\""),
        ("\"length\":84", "\"length\":85"),
        ("echo request", "echo inquiry"),
    ] {
        assert!(text.contains(is), "{is} in {text}");
        std::fs::write(&file, text.replacen(is, other, 1)).expect("it is writable");
        let both = [drawn(&timeline(&[&ping]), Some(0)), drawn(&timeline(&[&ping]), None)].concat();
        let fits = |row: &Row| judged.contains(row);
        assert!(!both.iter().all(fits), "{other} was not found");
    }
}
