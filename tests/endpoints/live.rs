//! `--watch` in a pipe: one line for each change.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::lab::Ran;
use crate::namespace::alone;
use crate::support::{Program, netlab};
use crate::tools::until_event;

/// A watch of one port, quick enough for a test.
fn watching(port: u16, flags: &[&str]) -> Program {
    let port = port.to_string();
    let all = [&["endpoints", "--watch", "0.1", "--port", &port], flags].concat();
    Program::start(netlab().args(all))
}

fn interrupt(program: &Program) {
    let pid = i32::try_from(program.child.id()).expect("a process");
    kill(Pid::from_raw(pid), Signal::SIGINT).expect("it runs");
}

/// The next change of the socket with that source port.
#[track_caller]
fn change(program: &mut Program, port: u16) -> Value {
    loop {
        let event = until_event(program, "socket_change");
        if event["source_port"] == port {
            return event;
        }
    }
}

#[test]
fn a_connection_goes_by_state_after_state() {
    alone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("an address");
    let mut watch = watching(server.port(), &["--format", "json"]);
    let begins = until_event(&mut watch, "watching");
    assert_eq!((&begins["sockets"], &begins["pause_ns"]), (&1.into(), &100_000_000.into()));
    assert_eq!(until_event(&mut watch, "socket")["state"], "LISTEN");
    let client = TcpStream::connect(server).expect("it listens");
    let port = client.local_addr().expect("an address").port();
    let (accepted, _) = listener.accept().expect("it has connected");
    let new = change(&mut watch, port);
    assert_eq!((&new["change"], &new["was"]), (&"new".into(), &Value::Null));
    assert_eq!(new["state"], "ESTABLISHED");
    assert_eq!(new["programs"][0]["pid"], std::process::id());
    client.shutdown(std::net::Shutdown::Write).expect("it is connected");
    let mut half = change(&mut watch, port);
    assert_eq!(half["was"], "ESTABLISHED", "{half}");
    if half["state"] == "FIN-WAIT-1" {
        // The acknowledgement took so long that it was seen to be missing.
        half = change(&mut watch, port);
    }
    assert_eq!(half["state"], "FIN-WAIT-2", "{half}");
    drop(accepted);
    let over = change(&mut watch, port);
    assert_eq!((&over["was"], &over["state"]), (&"FIN-WAIT-2".into(), &"TIME-WAIT".into()));
    // From here on it belongs to nobody.
    assert_eq!(over["programs"], Value::Array(Vec::new()));
    drop(listener);
    let gone = loop {
        // The other side of the connection, which was accepted on the same port, goes its own way.
        let gone = change(&mut watch, server.port());
        if gone["state"] == "LISTEN" {
            break gone;
        }
    };
    assert_eq!((&gone["change"], &gone["state"]), (&"gone".into(), &"LISTEN".into()), "{gone}");
    interrupt(&watch);
    let (status, lines) = watch.finish();
    assert_eq!(status.code(), Some(130), "{lines:#?}");
}

#[test]
fn people_read_one_line_for_each_change() {
    alone();
    for (flags, arrow) in [(&[][..], "→"), (&["--ascii"], "->")] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = listener.local_addr().expect("an address");
        let mut watch = watching(server.port(), flags);
        let there = watch.until(" = tcp LISTEN");
        assert!(there.contains(&format!("LISTEN  {server}")), "{there}");
        watch.until("watching 1 socket,");
        let client = TcpStream::connect(server).expect("it listens");
        let source = client.local_addr().expect("an address");
        let (accepted, _) = listener.accept().expect("it has connected");
        watch.until(&format!(" + tcp ESTABLISHED  {source} {arrow} {server}"));
        drop(accepted);
        watch.until(&format!(" ~ tcp ESTABLISHED {arrow} CLOSE-WAIT  {source} {arrow} {server}"));
        drop(client);
        watch.until(&format!(" - tcp CLOSE-WAIT  {source} {arrow} {server}"));
        interrupt(&watch);
        let (status, lines) = watch.finish();
        assert_eq!(status.code(), Some(130));
        assert!(arrow != "->" || lines.iter().all(|line| line.is_ascii()), "{lines:#?}");
    }
}

#[test]
fn csv_and_markdown_have_a_row_for_each_change() {
    alone();
    for (format, there, new) in [
        ("csv", "0.000,there,,tcp", ",new,,tcp,"),
        ("markdown", "| 0.000 | there |", "| new | - |"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = listener.local_addr().expect("an address");
        let mut watch = watching(server.port(), &["--format", format]);
        watch.until(there);
        let _client = TcpStream::connect(server).expect("it listens");
        let line = watch.until(new);
        assert!(line.contains("ESTABLISHED"), "{line}");
    }
}

#[test]
fn a_record_can_be_read_while_it_goes_on() {
    alone();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("an address");
    let name = path.display().to_string();
    let mut watch = watching(server.port(), &["--record", &name, "--format", "json"]);
    until_event(&mut watch, "socket");
    let client = TcpStream::connect(server).expect("it listens");
    let port = client.local_addr().expect("an address").port();
    change(&mut watch, port);
    interrupt(&watch);
    watch.finish();
    let text = std::fs::read_to_string(&path).expect("a record");
    let record = Ran { code: None, text, told: String::new() };
    assert_eq!(record.events("watching").len(), 1);
    assert!(record.events("socket_change").iter().any(|one| one["source_port"] == port));
}

#[test]
fn it_ends_quietly_when_nobody_reads_any_more() {
    alone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("an address");
    let port = server.port().to_string();
    let mut child = netlab()
        .args(["endpoints", "--watch", "0.1", "--port", &port])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    lines.read_line(&mut String::new()).expect("a line");
    drop(lines);
    // It learns of that with the next change.
    let _client = TcpStream::connect(server).expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
