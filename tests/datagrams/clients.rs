//! Everybody else's clients at netlab's server.
#![cfg(test)]

use std::io::Write;

use crate::echo::{assert_numbers, end, python, server};
use crate::support::Program;
use crate::tools::{ends_well, events, missing, output, start};

const LINES: [&str; 4] = ["Hello!", "grüß dich, 世界 ✓ 🦉", "  spaces", "x"];

/// A program that sends each line as a datagram, line feed included, and shows what comes back.
#[track_caller]
fn says_lines(program: &str, arguments: impl Fn(&str) -> Vec<String>) {
    let (mut server, port) = server(&[]);
    let arguments = arguments(&port);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut peer = start(program, &arguments);
    let mut input = peer.take_stdin();
    for line in LINES {
        // In one write, for these programs send what they read, be it a line or not.
        input.write_all(format!("{line}\n").as_bytes()).expect("it reads its input");
        let heard = server.until(r#"{"event":"datagram""#);
        let heard = &events(&[heard], "datagram")[0];
        // The line feed is one of the bytes, and no part of the text.
        assert_eq!(heard["bytes"], line.len() + 1, "{heard:#}");
        assert_eq!(heard["text"], line, "{heard:#}");
        assert_eq!(peer.until(line), line);
    }
    drop(peer);
    let (report, lines) = end(server);
    let bytes = LINES.iter().map(|line| line.len() as u64 + 1).sum();
    assert_numbers(
        &report,
        &[
            ("datagrams_received", 4),
            ("datagrams_sent", 4),
            ("bytes_received", bytes),
            ("bytes_sent", bytes),
            ("peers", 1),
        ],
    );
    assert_eq!(events(&lines, "peer").len(), 1);
}

#[test]
fn nc_sends_lines_and_sees_each_come_back() {
    if !missing("nc -u", &["nc"]) {
        says_lines("nc", |port| ["-u", "127.0.0.1", port].map(str::to_owned).into());
    }
}

#[test]
fn ncat_sends_lines_and_sees_each_come_back() {
    if !missing("ncat -u", &["ncat"]) {
        says_lines("ncat", |port| ["-u", "127.0.0.1", port].map(str::to_owned).into());
    }
}

#[test]
fn socat_sends_lines_and_sees_each_come_back() {
    if !missing("socat UDP", &["socat"]) {
        says_lines("socat", |port| vec!["-".to_owned(), format!("UDP:127.0.0.1:{port}")]);
    }
}

/// The sizes at which something begins: nothing, something, one Ethernet packet, its jumbo frame,
/// the longest datagram of IPv4.
const SIZES: [&str; 5] = ["0", "1", "1472", "9000", "65507"];
const SUM: u64 = 1 + 1472 + 9000 + 65507;

#[test]
fn every_size_comes_back_to_python_in_one_piece_and_unchanged() {
    if missing("sizes", &["python3"]) {
        return;
    }
    let (server, port) = server(&[]);
    let told = output(&mut python("sizes.py", &[&["127.0.0.1", &port, "1"], &SIZES[..]].concat()));
    assert!(told.starts_with("5 identical"), "{told}");
    let (report, lines) = end(server);
    assert_numbers(&report, &[("bytes_received", SUM), ("bytes_sent", SUM), ("truncated", 0)]);
    let heard = events(&lines, "datagram");
    let heard: Vec<_> = heard.iter().map(|datagram| datagram["bytes"].to_string()).collect();
    assert_eq!(heard, SIZES);
}

#[test]
fn several_clients_at_once_are_each_answered_with_their_own() {
    if missing("several clients", &["python3"]) {
        return;
    }
    let (mut server, port) = server(&[]);
    let arguments = |clients| [&["127.0.0.1", &port, clients], &SIZES[..4]].concat();
    let many: Vec<_> =
        (0..3).map(|_| Program::start(&mut python("sizes.py", &arguments("3")))).collect();
    let mut told_ports = Vec::new();
    for program in many {
        let told = ends_well(program).join("\n");
        let ports = told.strip_prefix("12 identical, from ports ");
        let ports = ports.unwrap_or_else(|| panic!("{told}")).split(' ').map(str::to_owned);
        told_ports.extend(ports);
    }
    server.type_line("/who");
    server.type_line("/stats");
    let stats = server.until(r#"{"event":"server_report""#);
    assert_numbers(
        &events(&[stats], "server_report")[0],
        &[("datagrams_received", 36), ("datagrams_sent", 36), ("guarded", 0), ("send_errors", 0)],
    );
    let (_, lines) = end(server);
    let mut heard: Vec<_> =
        events(&lines, "peer").iter().map(|peer| peer["port"].to_string()).collect();
    told_ports.sort();
    heard.sort();
    // A port may be given to the next client when the last one has gone: then it is no new peer.
    told_ports.dedup();
    assert_eq!(heard, told_ports);
}

#[test]
fn a_short_buffer_cuts_what_is_longer_and_says_so() {
    if missing("short buffer", &["socat"]) {
        return;
    }
    let (mut server, port) = server(&["--buffer", "5"]);
    let mut peer = start("socat", &["-", &format!("UDP:127.0.0.1:{port}")]);
    let mut input = peer.take_stdin();
    input.write_all(b"hello world\n").expect("it reads its input");
    let cut = server.until(r#""remark":"cut""#);
    let cut = &events(&[cut], "remark")[0];
    assert_eq!((&cut["length"], &cut["taken"]), (&12.into(), &5.into()));
    drop(input);
    assert_eq!(peer.finish().1, ["hello"]);
    let (report, lines) = end(server);
    assert_numbers(&report, &[("truncated", 1), ("bytes_sent", 5), ("bytes_received", 5)]);
    let heard = &events(&lines, "datagram")[0];
    assert_eq!((&heard["bytes"], &heard["fate"]), (&12.into(), &"truncated".into()));
}
