//! With `--packets` the calls are still those that strace sees: the capture is an instrument, which
//! tells of no call of its own and changes no order.
#![cfg(test)]

use std::process::Command;

use tempfile::TempDir;

use crate::judge_of_calls::{assert_agree, below, seen, told};
use crate::room::alone;
use crate::run::{Ended, Run};
use crate::tools::{missing, number_at_the_end};

/// A run below strace.
struct Judged {
    run: Run,
    log: TempDir,
}

impl Judged {
    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let log = tempfile::tempdir().expect("a folder");
        let words = below(&log.path().join("log"));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(env!("CARGO_BIN_EXE_netlab"));
        Self { run: Run::start(&mut command, arguments), log }
    }

    /// A server with what `until` prints before its port.
    #[track_caller]
    fn server(arguments: &[&str], until: &str) -> (Self, String) {
        let mut server = Self::start(arguments);
        let port = number_at_the_end(&server.run.program.until(until));
        (server, port.to_string())
    }

    /// Waits for its end, and compares.
    #[track_caller]
    fn agrees(self, what: &str, expected: &[&str]) -> Ended {
        let ended = self.run.end(0);
        let seen = seen(&self.log.path().join("log"));
        for call in expected {
            assert!(seen.iter().any(|made| made.text.starts_with(call)), "no {call} in {seen:#?}");
        }
        let told = told(&ended.record);
        assert_agree(what, &told, &seen);
        assert!(!ended.all("packet").is_empty(), "{what} has packets");
        ended
    }
}

#[test]
fn strace_agrees_with_chats_in_every_way_to_serve() {
    const TEST: &str = "strace_agrees_with_chats_in_every_way_to_serve";
    if missing(TEST, &["strace"]) || !alone(TEST) {
        return;
    }
    for how in ["one", "threads", "events"] {
        let arguments = ["tcp-server", "0", "--bind", "127.0.0.1", "--serve", how];
        let (mut server, port) = Judged::server(&arguments, "listening on");
        let client =
            |name: &str| Judged::start(&["tcp-client", "127.0.0.1", &port, "--name", name]);
        let mut ada = client("Ada");
        server.run.program.until("[Ada has joined the chat]");
        // With one at a time he waits until she has left.
        let mut bob = client("Bob");
        if how != "one" {
            server.run.program.until("[Bob has joined the chat]");
        }
        ada.run.program.type_line("hello from Ada");
        server.run.program.until("hello from Ada");
        server.run.program.type_line("hello from the server");
        ada.run.program.until("hello from the server");
        ada.run.program.type_line("exit");
        let calls =
            ["socket(", "connect(", "send(", "recv(", "shutdown(SHUT_WR) = 0", "close() = 0"];
        ada.agrees(&format!("the first client of {how}"), &calls);
        if how == "one" {
            server.run.program.until("[Bob has joined the chat]");
        }
        bob.run.program.type_line("hello from Bob");
        server.run.program.until("hello from Bob");
        bob.run.program.type_line("exit");
        bob.agrees(&format!("the second client of {how}"), &calls);
        server.run.program.until("[Bob has disconnected]");
        server.run.program.type_line("exit");
        let calls = ["socket(", "bind(", "listen(", "accept() = 127", "recv(", "send("];
        server.agrees(&format!("the server of {how}"), &calls);
    }
}

#[test]
fn strace_agrees_with_datagrams() {
    const TEST: &str = "strace_agrees_with_datagrams";
    if missing(TEST, &["strace"]) || !alone(TEST) {
        return;
    }
    let arguments = ["udp-server", "0", "--bind", "127.0.0.1"];
    let (mut server, port) = Judged::server(&arguments, "Server bound");
    for (more, sends) in [(&[][..], "sendto(5, "), (&["--connect"], "send(5) = 5")] {
        let own = ["udp-client", "127.0.0.1", &port, "--timeout", "20"];
        let mut client = Judged::start(&[&own[..], more].concat());
        client.run.program.type_line("hello");
        client.run.program.until("hello");
        client.run.program.type_line("exit");
        client.agrees(
            &format!("the client {more:?}"),
            &["getsockname()", sends, "recv", "close() = 0"],
        );
    }
    server.run.program.type_line("exit");
    server.agrees("the server", &["bind(", "recvfrom(", "sendto(5, ", "close() = 0"]);
}

#[test]
fn strace_agrees_with_a_ping_and_a_listener() {
    const TEST: &str = "strace_agrees_with_a_ping_and_a_listener";
    if missing(TEST, &["strace"]) || !alone(TEST) {
        return;
    }
    let mut listener = Judged::start(&["raw-listen", "-4", "-n", "-c", "6"]);
    listener.run.program.until("Filter");
    let ping = Judged::start(&["raw-ping", "127.0.0.1", "-n", "-c", "3", "-i", "0.05"]);
    let calls = ["socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)", "sendto(64, 127.0.0.1) = 64"];
    ping.agrees("the ping", &[&calls[..], &["recvmsg(65536) = 84 from 127.0.0.1"]].concat());
    listener.agrees("the listener", &["socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)", "recvmsg("]);
}
