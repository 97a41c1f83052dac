//! netlab's client against netlab's server and everybody else's.
#![cfg(test)]

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::echo::{
    assert_numbers, burst, client, free_port, number, python, remarks, report, server,
};
use crate::support::Program;
use crate::tools::{ends_well, events, missing, number_at_the_end};

/// Lines that are easy to get wrong.
const LINES: [&str; 5] =
    ["Hello!", "grüß dich, 世界 ✓ 🦉", "  spaces  and: a colon", "/unknown words", "x"];

/// Says the lines one by one, and wants each of them back as it was.
#[track_caller]
fn says_lines(port: &str, flags: &[&str]) {
    let mut client = client(port, flags);
    for line in LINES {
        client.type_line(line);
        let reply = client.until(r#""direction":"received""#);
        let reply = &events(&[reply], "datagram")[0];
        assert_eq!(reply["text"], line, "{reply:#}");
        assert_eq!(reply["fate"], "fine", "{reply:#}");
        assert_eq!(number(reply, "bytes"), line.len() as u64, "{reply:#}");
        assert!(number(reply, "round_trip_ns") > 0, "{reply:#}");
    }
    client.type_line("exit");
    let report = report(&ends_well(client));
    let bytes = LINES.iter().map(|line| line.len() as u64).sum();
    assert_numbers(
        &report,
        &[("sent", 5), ("received", 5), ("bytes_sent", bytes), ("bytes_received", bytes)],
    );
}

/// A burst of one at a time to a server that keeps the borders between datagrams.
#[track_caller]
fn nothing_is_lost_or_glued(port: &str, count: u64) {
    let flags = ["--interval", "0", "--window", "1", "--timeout", "20", "--size", "999", "--count"];
    let (status, report, _) = burst(port, &[&flags[..], &[count.to_string().as_str()]].concat());
    assert_eq!(status.code(), Some(0));
    let all = [("sent", count), ("received", count), ("bytes_received", count * 999)];
    assert_numbers(&report, &all);
    assert_numbers(&report, &[("merged", 0), ("foreign", 0), ("duplicated", 0)]);
}

/// Many at a time to a program that knows no borders: what comes glued is taken apart again.
#[track_caller]
fn glued_replies_are_taken_apart(port: &str) {
    // A program that reads from a pipe may also cut in the middle of a datagram: not of so few bytes.
    let flags = ["--count", "200", "--interval", "0", "--window", "64", "--size", "20"];
    let (status, report, lines) = burst(port, &[&flags[..], &["--timeout", "20"]].concat());
    assert_eq!(status.code(), Some(0));
    let all = [("sent", 200), ("received", 200), ("bytes_received", 200 * 20)];
    assert_numbers(&report, &all);
    assert_numbers(&report, &[("foreign", 0), ("duplicated", 0)]);
    // Whether it glues is its own affair. What is longer than one datagram is said to be several.
    let mut merged = 0;
    for reply in events(&lines, "datagram") {
        let replies = number(&reply, "bytes") / 20;
        assert_eq!(number(&reply, "bytes") % 20, 0, "{reply:#}");
        assert_eq!(reply["fate"] == "merged", replies > 1, "{reply:#}");
        merged += if replies > 1 { replies } else { 0 };
    }
    assert_numbers(&report, &[("merged", merged)]);
}

/// A program that makes a child for every peer. They go with it, or they would stay for ever.
struct Forking(Program);

impl Forking {
    /// Starts it, and waits until it says that it serves.
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        let mut forking = Self(Program::start(command.args(arguments).process_group(0)));
        forking.0.until_any(&["istening on", "receiving on"]);
        forking
    }

    fn socat(address: &str) -> Self {
        Self::start("socat", &["-d", "-d", address, "PIPE"])
    }
}

impl Drop for Forking {
    fn drop(&mut self) {
        // The group is of this program and its children alone.
        if let Ok(group) = self.0.child.id().try_into() {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

#[test]
fn netlab_echoes_lines_and_bursts_with_and_without_connect() {
    let (server, port) = server(&[]);
    for flags in [&[][..], &["--connect"]] {
        says_lines(&port, flags);
        let flags = [&["--count", "1000", "--interval", "0", "--timeout", "20"], flags].concat();
        let (status, report, _) = burst(&port, &flags);
        assert_eq!(status.code(), Some(0));
        let all = [("sent", 1000), ("received", 1000), ("bytes_received", 64_000)];
        assert_numbers(&report, &all);
        assert_numbers(&report, &[("merged", 0), ("foreign", 0), ("duplicated", 0)]);
    }
    let (done, _) = crate::echo::end(server);
    assert_numbers(&done, &[("datagrams_received", 2010), ("datagrams_sent", 2010), ("peers", 4)]);
}

/// Lines from a pipe, as fast as the client takes them, each of them different.
#[track_caller]
fn pipes_lines(port: &str, count: usize) {
    let mut client = client(port, &["--timeout", "20"]);
    let lines: Vec<_> = (0..count).map(|n| "z".repeat(n % 700)).collect();
    for line in &lines {
        client.type_line(line);
    }
    client.end_input();
    let printed = ends_well(client);
    let bytes = lines.iter().map(|line| line.len() as u64).sum();
    let (count, report) = (count as u64, report(&printed));
    let all = [("sent", count), ("received", count), ("lost", 0), ("foreign", 0)];
    assert_numbers(&report, &all);
    assert_numbers(&report, &[("bytes_sent", bytes), ("bytes_received", bytes)]);
    let replies = events(&printed, "datagram");
    let replies = replies.iter().filter(|datagram| datagram["direction"] == "received");
    let sizes: Vec<_> = replies.map(|reply| number(reply, "bytes")).collect();
    assert_eq!(sizes, lines.iter().map(|line| line.len() as u64).collect::<Vec<_>>());
}

#[test]
fn piped_lines_are_all_sent_and_waited_for() {
    let (server, port) = server(&[]);
    pipes_lines(&port, 500);
    assert_numbers(&crate::echo::end(server).0, &[("datagrams_sent", 500), ("peers", 1)]);
}

#[test]
fn python_echoes_lines_and_a_burst() {
    if missing("Python echo", &["python3"]) {
        return;
    }
    let mut peer = Program::start(&mut python("echo.py", &[]));
    let port = number_at_the_end(&peer.until("bound to")).to_string();
    says_lines(&port, &["--connect"]);
    pipes_lines(&port, 200);
    nothing_is_lost_or_glued(&port, 300);
}

#[test]
fn socat_that_forks_for_every_datagram_echoes_lines_and_a_burst() {
    if missing("socat UDP-RECVFROM", &["socat"]) {
        return;
    }
    let port = free_port();
    let _peer = Forking::socat(&format!("UDP-RECVFROM:{port},bind=127.0.0.1,fork"));
    says_lines(&port, &["--timeout", "20"]);
    nothing_is_lost_or_glued(&port, 20);
}

#[test]
fn socat_that_forks_for_every_peer_echoes_lines_and_glues_a_burst() {
    if missing("socat UDP-LISTEN", &["socat"]) {
        return;
    }
    let port = free_port();
    let _peer = Forking::socat(&format!("UDP-LISTEN:{port},bind=127.0.0.1,fork"));
    says_lines(&port, &["--timeout", "20"]);
    nothing_is_lost_or_glued(&port, 100);
    glued_replies_are_taken_apart(&port);
}

#[test]
fn ncat_with_cat_echoes_lines_and_glues_a_burst() {
    if missing("ncat -u -e", &["ncat"]) {
        return;
    }
    let port = free_port();
    let arguments = ["-v", "-u", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", &port];
    let _peer = Forking::start("ncat", &arguments);
    says_lines(&port, &["--timeout", "20"]);
    nothing_is_lost_or_glued(&port, 100);
    glued_replies_are_taken_apart(&port);
}

#[test]
fn a_burst_that_comes_back_glued_is_counted_to_the_byte() {
    if missing("glued burst", &["python3"]) {
        return;
    }
    let mut peer = Program::start(&mut python("echo.py", &["4"]));
    let port = number_at_the_end(&peer.until("bound to")).to_string();
    let flags = ["--count", "20", "--interval", "0", "--timeout", "20", "--size", "500"];
    let (status, report, lines) = burst(&port, &flags);
    assert_eq!(status.code(), Some(0));
    assert_numbers(&report, &[("received", 20), ("merged", 20), ("bytes_received", 10_000)]);
    let replies = events(&lines, "datagram");
    assert_eq!(replies.len(), 5);
    for reply in replies {
        assert_eq!((number(&reply, "bytes"), &reply["fate"]), (2000, &"merged".into()));
    }
}

/// Typed lines carry no header, but their sum is their sum: nobody has lost anything.
#[test]
fn piped_lines_that_come_back_glued_are_not_lost() {
    if missing("glued lines", &["python3"]) {
        return;
    }
    let mut peer = Program::start(&mut python("echo.py", &["2"]));
    let port = number_at_the_end(&peer.until("bound to")).to_string();
    let mut client = client(&port, &["--timeout", "0.5"]);
    client.type_line("one");
    client.type_line("two");
    client.end_input();
    let lines = ends_well(client);
    assert_eq!(remarks(&lines, "silence"), [] as [serde_json::Value; 0]);
    assert_numbers(&report(&lines), &[("received", 2), ("lost", 0), ("bytes_received", 6)]);
}
