//! strace as the judge: the calls that netlab tells are those that the system sees.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use crate::echo::assert_numbers;
use crate::judge::{assert_agree, below, seen, told};
use crate::support::Program;
use crate::tools::{ends_well, events, missing, until_event};

/// Starts netlab below strace.
fn traced(log: &Path, arguments: &[&str]) -> Program {
    let words = below(log);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(env!("CARGO_BIN_EXE_netlab")).args(arguments);
    Program::start(&mut command)
}

/// The calls that a program told are those that strace saw, these among them.
#[track_caller]
fn assert_same(who: &str, lines: &[String], log: &Path, expected: &[&str]) {
    let (told, seen) = (told(&events(lines, "call")), seen(log));
    for beginning in expected {
        let there = seen.iter().any(|made| made.text.starts_with(beginning));
        assert!(there, "no {beginning} of the {who} in {seen:#?}");
    }
    assert_agree(who, &told, &seen);
}

/// Both sides below strace, with a talk of three datagrams.
#[track_caller]
fn judged(bind: &str, of_server: &[&str], of_client: &[&str], expected: [&[&str]; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (server_log, client_log) = (folder.path().join("server"), folder.path().join("client"));
    let arguments = ["udp-server", "0", "--bind", bind, "--format", "json"];
    let mut server = traced(&server_log, &[&arguments[..], of_server].concat());
    let port = until_event(&mut server, "bound")["port"].to_string();
    let arguments = ["udp-client", bind, &port, "--format", "json", "--timeout", "20"];
    let mut client = traced(&client_log, &[&arguments[..], of_client].concat());
    for line in ["one, (two) = 3", "", "the third"] {
        client.type_line(line);
        client.until(r#""direction":"received""#);
    }
    client.type_line("exit");
    let client = ends_well(client);
    server.type_line("exit");
    let server = ends_well(server);

    let calls = [expected[0], &["socket(", "bind(", "sendto("]].concat();
    assert_same("server", &server, &server_log, &calls);
    let calls = [expected[1], &["socket(", "getsockname("]].concat();
    assert_same("client", &client, &client_log, &calls);
}

#[test]
fn strace_sees_the_calls_of_a_server_and_of_a_client_without_a_peer() {
    if !missing("strace", &["strace"]) {
        let server = ["setsockopt(IP_TOS, 172)", "recvfrom(65535) = 0 from", "shutdown("];
        let client = ["sendto(14, 127.0.0.1:", "sendto(0, ", "recvfrom(65535) = 9 from 127.0.0.1:"];
        judged("127.0.0.1", &[], &[], [&server, &client]);
    }
}

#[test]
fn strace_sees_the_calls_of_a_client_with_a_peer_and_of_a_server_with_a_short_buffer() {
    if !missing("strace, connected", &["strace"]) {
        let server = ["recvfrom(65535, MSG_PEEK) = 14 from", "recvfrom(5) = 5 from", "sendto(5, "];
        let client = ["bind(0.0.0.0:0)", "connect(127.0.0.1:", "send(14) = 14", "recv(65535) = 5"];
        let flags = ["--connect", "--source-port", "0", "--ttl", "9", "--dont-fragment"];
        judged("127.0.0.1", &["--buffer", "5"], &flags, [&server, &client]);
    }
}

#[test]
fn strace_sees_the_calls_of_ipv6_and_of_a_group() {
    if !missing("strace, IPv6", &["strace"]) {
        let server = ["socket(AF_INET6, ", "setsockopt(IPV6_V6ONLY, 1)", "sendto(14, [::1]:"];
        let client = [
            "setsockopt(IPV6_UNICAST_HOPS, 7)",
            "sendto(9, [::1]:",
            "recvfrom(65535, MSG_PEEK) = 14 from [::1]:",
            "recvfrom(300) = 14 from [::1]:",
        ];
        judged("::1", &[], &["--ttl", "7", "--buffer", "300"], [&server, &client]);
        let server = ["setsockopt(SO_REUSEADDR, 1)", "setsockopt(IP_ADD_MEMBERSHIP, 239.255.0.1)"];
        let flags = ["--join", "239.255.0.1", "--interface", "127.0.0.1"];
        // Bound to one address, a socket would hear nothing that is sent to the group.
        judged("0.0.0.0", &flags, &[], [&server, &[]]);
    }
}

#[test]
fn strace_sees_the_calls_of_a_burst_and_the_error_of_a_closed_port() {
    if missing("strace, burst", &["strace"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let (server, port) = crate::echo::server(&[]);
    // So large that the client asks how much the way takes; without a peer, with a second socket.
    for (flags, asks) in [(&[][..], "B"), (&["--connect"], "A")] {
        let first = ["udp-client", "127.0.0.1", &port, "--format", "json", "--timeout", "20"];
        let burst = ["--count", "5", "--size", "4000"];
        let lines = ends_well(traced(&log, &[&first[..], &burst, flags].concat()));
        let mtu = |call: &&serde_json::Value| {
            call["text"].as_str().is_some_and(|text| text.starts_with("getsockopt(IP_MTU) = "))
        };
        let calls = events(&lines, "call");
        assert_eq!(calls.iter().find(mtu).expect("it asks")["socket"], asks);
        assert_same("burst", &lines, &log, &["send", "recv", "getsockopt(IP_MTU) = "]);
    }
    drop(server);
    let port = crate::echo::free_port();
    let flags = ["--count", "1", "--connect", "--timeout", "0.3", "--format", "json"];
    let client = traced(&log, &[&["udp-client", "127.0.0.1", &port], &flags[..]].concat());
    let (status, lines) = client.finish();
    assert_eq!(status.code(), Some(1));
    assert_numbers(&crate::echo::report(&lines), &[("refused", 1), ("lost", 1)]);
    let refused = ["recv(65535) = -1 ECONNREFUSED"];
    assert_same("client that is refused", &lines, &log, &refused);
}

/// As in every other room, the last thing that happens to a socket is told.
#[test]
fn both_sides_tell_that_the_socket_is_closed() {
    let (server, port) = crate::echo::server(&[]);
    let mut client = crate::echo::client(&port, &[]);
    client.type_line("hello");
    client.type_line("exit");
    let client = ends_well(client);
    let burst = ends_well(crate::echo::client(&port, &["--count", "1"]));
    for lines in [client, burst, crate::echo::end(server).1] {
        let last = events(&lines, "call").pop().expect("a call");
        assert_eq!(last["text"], "close() = 0", "{last:#}");
    }
}
