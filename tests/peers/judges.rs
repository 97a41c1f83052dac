//! The judges: strace sees the calls, Python reads the records, ss sees the sockets.
#![cfg(test)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::judge::{assert_agree, below, seen, told};
use crate::support::Program;
use crate::tools::{
    ends_well, events, json_port, missing, output, poll, python, start_netlab, until_event,
};

// ---- strace ----

/// Starts netlab below strace.
fn traced(log: &Path, arguments: &[&str]) -> Program {
    let words = below(log);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(env!("CARGO_BIN_EXE_netlab")).args(arguments);
    Program::start(&mut command)
}

/// The calls that a program told are those that strace saw, these among them.
#[track_caller]
fn judged(who: &str, lines: &[String], log: &Path, expected: &[&str]) {
    let (told, seen) = (told(&events(lines, "call")), seen(log));
    for beginning in expected {
        let there = seen.iter().any(|made| made.text.starts_with(beginning));
        assert!(there, "no {beginning} of the {who} in {seen:#?}");
    }
    assert_agree(who, &told, &seen);
}

#[track_caller]
fn judged_by_strace(bind: &str, of_server: &[&str], extra: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (server_log, client_log) = (folder.path().join("server"), folder.path().join("client"));
    let look = ["--explain", "--format", "json"];
    let arguments = ["tcp-server", "0", "--bind", bind, "--once"];
    let mut server = traced(&server_log, &[&arguments[..], of_server, extra, &look].concat());
    let port = json_port(&mut server).to_string();
    let arguments = ["tcp-client", bind, &port];
    let mut client = traced(&client_log, &[&arguments[..], extra, &look].concat());
    until_event(&mut server, "joined");
    until_event(&mut client, "endpoints");
    client.type_line("one, (two) = 3");
    server.until(r#""text":"one, (two) = 3""#);
    server.type_line("an answer");
    client.until(r#""text":"an answer""#);
    client.type_line("exit");
    let (client, server) = (ends_well(client), ends_well(server));

    let calls = ["socket(", "setsockopt(", "bind(", "listen(", "accept() = ", "recv(", "send("];
    judged("server", &server, &server_log, &calls);
    assert!(server.iter().any(|line| line.contains("accept() = B from ")), "labels go on");
    let calls = ["socket(", "connect(", "recv(", "send(", "shutdown(SHUT_WR) = 0", "close() = 0"];
    judged("client", &client, &client_log, &calls);
}

#[test]
fn strace_sees_the_calls_that_both_sides_tell_in_that_order() {
    if !missing("strace", &["strace"]) {
        judged_by_strace("127.0.0.1", &[], &[]);
    }
}

#[test]
fn strace_sees_the_same_calls_with_ipv6_nodelay_and_frames() {
    if !missing("strace, IPv6", &["strace"]) {
        judged_by_strace("::1", &[], &["--nodelay", "--framing", "length", "--buffer", "9"]);
    }
}

#[test]
fn strace_sees_the_calls_of_every_way_to_serve() {
    if !missing("strace, ways to serve", &["strace"]) {
        for how in ["one", "threads", "events"] {
            judged_by_strace("127.0.0.1", &["--serve", how, "--dialog", "half"], &[]);
            judged_by_strace("127.0.0.1", &["--serve", how], &["--framing", "line"]);
        }
    }
}

#[test]
fn strace_sees_the_call_that_failed_as_netlab_tells_it() {
    if missing("strace, refused", &["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let port = crate::tools::free_port().to_string();
    for (extra, code) in [(&[][..], 3), (&["--connect-ex"], 1)] {
        let arguments =
            ["tcp-client", "127.0.0.1", &port, "--format", "json", "--source-port", "0"];
        let (status, lines) = traced(&log, &[&arguments[..], extra].concat()).finish();
        assert_eq!(status.code(), Some(code));
        let refused = format!("connect(127.0.0.1:{port}) = -1 ECONNREFUSED");
        judged("refused client", &lines, &log, &[&refused, "close() = 0"]);
    }
}

// ---- Python's json ----

#[test]
fn python_reads_every_line_of_records_and_json_and_a_record_keeps_no_text() {
    if missing("records", &["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let mut server = start_netlab(&[
        "tcp-server",
        "0",
        "--bind",
        "127.0.0.1",
        "--name",
        "AH-PC",
        "--format",
        "json",
        "--record",
        &text("server.record"),
    ]);
    let port = json_port(&mut server).to_string();
    let mut client = start_netlab(&[
        "tcp-client",
        "127.0.0.1",
        &port,
        "--name",
        "JS-PC",
        "--format",
        "json",
        "--record",
        &text("client.record"),
    ]);
    until_event(&mut server, "joined");
    let secrets = ["secret-of-the-client", "secret-of-the-server", "sécret ✓ \"quoted\" \\ back"];
    client.type_line(secrets[0]);
    server.until(secrets[0]);
    server.type_line(secrets[1]);
    client.until(secrets[1]);
    client.type_line(secrets[2]);
    server.until("cret ✓");
    // Nothing of what a peer sends may break a line of JSON.
    client.type_line("\u{1b}[31m red \u{7} \u{2028} \u{feff} nul: \u{0} end");
    server.until("nul:");
    client.type_line("exit");
    let client = ends_well(client);
    server.type_line("exit");
    let server = ends_well(server);
    for (name, lines) in [("server.json", &server), ("client.json", &client)] {
        fs::write(path(name), lines.join("\n") + "\n").expect("it is writable");
    }
    let files = ["server.record", "client.record", "server.json", "client.json"].map(text);
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let read = output(&mut python("read_json_lines.py", &files));
    let counted = files.iter().fold(String::new(), |mut counted, file| {
        let lines = fs::read_to_string(file).expect("it is there").lines().count();
        let _ = writeln!(counted, "{lines} lines");
        counted
    });
    assert_eq!(read, counted);
    assert_eq!(events(&client, "message").len(), events(&server, "message").len());
    for name in ["server.record", "client.record"] {
        let record = fs::read_to_string(path(name)).expect("it is there");
        let lines: Vec<_> = record.lines().map(str::to_owned).collect();
        let messages = events(&lines, "message");
        let sizes: Vec<_> = messages.iter().filter_map(|m| m["bytes"].as_u64()).collect();
        for secret in secrets {
            assert!(sizes.contains(&(secret.len() as u64)), "{secret} is there by its length");
            let word = secret.split([' ', '"']).next().expect("a word");
            assert!(!record.contains(word), "{name} has {word:?}");
        }
        assert!(messages.iter().all(|message| message.get("text").is_none()), "{messages:?}");
        assert!(!record.contains("quoted") && !record.contains(" red "), "{name}");
    }
}

// ---- ss ----

/// The queue that a listening socket may fill, as `ss` sees it.
#[track_caller]
fn backlog_seen_by_ss(port: u16) -> String {
    let look = || output(Command::new("ss").args(["-Hltn", &format!("sport = :{port}")]));
    poll(look, |seen| seen.split_whitespace().nth(2).map(str::to_owned))
}

#[test]
fn ss_shows_the_backlog_that_listen_was_given() {
    if missing("backlog", &["ss"]) {
        return;
    }
    for backlog in ["0", "1", "7", "128"] {
        let (mut server, port) = Program::server(&["--backlog", backlog]);
        assert_eq!(backlog_seen_by_ss(port), backlog);
        server.until("Waiting for a client");
        let told = server
            .seen()
            .iter()
            .any(|line| line.split_whitespace().take(2).eq(["Backlog", backlog]));
        assert!(told, "{:?}", server.seen());
    }
    // By default it asks for much, and gets what this kernel gives at most.
    let (server, port) = Program::server(&[]);
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").expect("Linux has it");
    let most: i32 = most.trim().parse().expect("a number");
    assert_eq!(backlog_seen_by_ss(port), most.min(4096).to_string());
    drop(server);
}

#[test]
fn the_table_of_the_room_is_what_ss_sees() {
    if missing("the table of the room", &["ss"]) {
        return;
    }
    let mut server = start_netlab(&["tcp-server", "0", "--bind", "127.0.0.1", "--format", "json"]);
    let port = json_port(&mut server);
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let client = Program::client(port, &[]);
            until_event(&mut server, "joined");
            until_event(&mut server, "endpoints");
            client
        })
        .collect();
    server.type_line("/who");
    let table = until_event(&mut server, "endpoints");
    let rows = table["rows"].as_array().expect("rows");
    let mut told: Vec<_> = rows
        .iter()
        .filter(|row| row["role"] == "accepted")
        .map(|row| {
            let end = |side: &str| {
                let ip = row[format!("{side}_ip")].as_str().expect("an address");
                format!("{ip}:{}", row[format!("{side}_port")])
            };
            format!("{} {}", end("source"), end("destination"))
        })
        .collect();
    told.sort();
    let filter = format!("sport = :{port}");
    let seen = output(Command::new("ss").args(["-Htn", "state", "established", &filter]));
    let mut seen: Vec<_> = seen
        .lines()
        .map(|row| {
            let fields: Vec<_> = row.split_whitespace().collect();
            format!("{} {}", fields[2], fields[3])
        })
        .collect();
    seen.sort();
    assert_eq!(told, seen);
    assert_eq!(told.len(), clients.len());
}
