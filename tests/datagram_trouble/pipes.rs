//! Datagrams among other programs: readers that go, inputs that end early.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};

use crate::lab::{Fake, figure, is_alive, leave, lines, run, server, socket};
use crate::net;
use crate::support::netlab;
use crate::talks::piped;

fn start(arguments: &[&str]) -> Child {
    let mut command = netlab();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("netlab starts")
}

/// Reads lines until one has that text, and then no more: the reader goes. Gives the line.
#[track_caller]
fn read_until(child: &mut Child, text: &str) -> String {
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut found = lines.map_while(Result::ok).skip_while(|line| !line.contains(text));
    found.next().unwrap_or_else(|| panic!("no line with {text:?}"))
}

/// It ends, and says nothing more.
#[track_caller]
fn quietly(what: &str, child: &mut Child) {
    let status = net::wait_for_exit(child);
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
    assert_eq!(errors, "", "{what}");
    assert!(status.code().is_some_and(|code| code <= 1), "{what}: {status}");
}

#[test]
fn a_server_whose_reader_goes_ends_quietly() {
    for options in [&[][..], &["--explain"], &["--format", "json"], &["--delay", "100"]] {
        let own = ["udp-server", "0", "--bind", "127.0.0.1", "--ascii"];
        let mut child = start(&[&own, options].concat());
        let stdin = child.stdin.take();
        let json = options.contains(&"json");
        let line = read_until(&mut child, if json { "\"bound\"" } else { "Server bound to" });
        let port = if json { line.split_once("\"port\":").expect("a port").1 } else { &line };
        let word = if json { port.split(',').next() } else { port.rsplit(' ').next() };
        let port: u16 = word.and_then(|word| word.parse().ok()).expect("a port");
        // It notices when it has something to say.
        let own = socket();
        net::wait_until("it has noticed", || {
            own.send_to(b"hello", (Ipv4Addr::LOCALHOST, port)).expect("it is sent");
            child.try_wait().expect("it was started").is_some()
        });
        quietly(&format!("{options:?}"), &mut child);
        drop(stdin);
    }
}

#[test]
fn a_client_whose_reader_goes_ends_quietly() {
    let fake = Fake::new(|socket, from, bytes| {
        socket.send_to(bytes, from).expect("it is sent");
        true
    });
    let port = fake.port.to_string();
    for options in [
        &[][..],
        &["--explain"],
        &["--format", "json"],
        &["--count", "20", "--interval", "0.05"],
        &["--count", "3000", "--interval", "0.001", "--explain"],
        &["--count", "3000", "--interval", "0.001", "--format", "json"],
    ] {
        let mut child = start(&[&["udp-client", "127.0.0.1", &port], options].concat());
        let mut stdin = child.stdin.take().expect("a pipe");
        drop(BufReader::new(child.stdout.take().expect("a pipe")).lines().next());
        net::wait_until("it has noticed", || {
            // A client that has ended reads nothing.
            let _ = stdin.write_all(b"hello\n");
            child.try_wait().expect("it was started").is_some()
        });
        quietly(&format!("{options:?}"), &mut child);
    }
}

#[test]
fn an_input_that_ends_at_once_ends_a_client_and_no_server() {
    let (mut server, port) = server(&[]);
    server.end_input();
    is_alive(port, "the end of its input");
    for input in [&b""[..], b"exit\n", b"exit", b"bye\n", b"/who\n", b"/help\n/stats\n"] {
        let output = piped(port, &[], input);
        let all = lines(&output).join("\n");
        assert_eq!(output.status.code(), Some(0), "{input:?}: {all}");
        assert!(!all.contains("echoed"), "{all}");
        assert!(!all.contains("1 sent") && !all.contains("no reply"), "{input:?}: {all}");
    }
    is_alive(port, "clients that said nothing");
}

#[test]
fn the_last_line_needs_no_line_feed() {
    let (server, port) = server(&[]);
    let output = piped(port, &[], b"one\ntwo\nthree");
    let all = lines(&output).join("\n");
    assert_eq!(output.status.code(), Some(0), "{all}");
    assert!(all.contains(": three  [5 bytes") && all.contains("3 sent, 3 came back"), "{all}");
    assert_eq!(figure(&leave(server), "Received"), 3);
}

#[test]
fn what_comes_after_exit_is_not_sent() {
    for word in ["exit", "bye", "EXIT ", "/quit"] {
        let (server, port) = server(&[]);
        let output = piped(port, &[], format!("one\n{word}\ntwo\n").as_bytes());
        let all = lines(&output).join("\n");
        assert_eq!(output.status.code(), Some(0), "{all}");
        assert!(all.contains("1 sent, 1 came back"), "{word}: {all}");
        assert_eq!(figure(&leave(server), "Received"), 1, "{word}");
    }
}

#[test]
fn lines_end_with_lf_or_cr_lf_and_may_hold_anything() {
    let (server, port) = server(&[]);
    let output = piped(port, &["--format", "json"], b"a\tb\r\n\x1b[31m\nc\0d\n");
    assert_eq!(output.status.code(), Some(0));
    let all = crate::lab::events(&lines(&output));
    let report = all.iter().find(|event| event["event"] == "report").expect("a report");
    assert_eq!((&report["sent"], &report["received"]), (&3.into(), &3.into()), "{report}");
    leave(server);
}

#[test]
fn a_hundred_thousand_lines_all_come_back() {
    const LINES: usize = 100_000;
    let (server, port) = server(&[]);
    let all: Vec<_> = (0..LINES).map(|n| format!("line {n}\n")).collect();
    let input = all.concat();
    let output = piped(port, &[], input.as_bytes());
    let lines = lines(&output);
    let last = lines.iter().rev().find(|line| line.contains(" sent, ")).expect("an account");
    assert!(last.contains(&format!("{LINES} sent, {LINES} came back, 0 lost")), "{last}");
    assert_eq!(figure(&leave(server), "Received"), LINES as u64);
}

#[test]
fn a_burst_reads_no_input() {
    let (server, port) = server(&[]);
    let output = piped(port, &["--count", "3"], b"exit\n");
    assert_eq!(figure(&lines(&output), "Received"), 3);
    leave(server);
}

#[test]
fn a_help_has_examples_and_its_reader_may_go() {
    for command in ["udp-server", "udp-client"] {
        let output = run(&[command, "--help"]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
        let mut child = start(&[command, "--help"]);
        drop(child.stdout.take());
        quietly(command, &mut child);
    }
}
