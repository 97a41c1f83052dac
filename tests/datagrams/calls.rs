//! strace as the judge: the calls that netlab tells are those that the system sees.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

use crate::echo::assert_numbers;
use crate::strace::{parts, whole_calls};
use crate::support::Program;
use crate::tools::{ends_well, events, missing, until_event};

/// The calls that netlab tells of, as Linux names them. No data is shown: it may look like anything.
const TRACED: &str =
    "trace=socket,setsockopt,getsockopt,bind,connect,getsockname,sendto,recvfrom,shutdown";

/// Starts netlab below strace. The tracer is the grandchild, so that the child is netlab itself and
/// goes when the test does; the pipes end when both have ended.
fn traced(log: &Path, arguments: &[&str]) -> Program {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-qq", "-s", "0", "-e", TRACED, "-e", "signal=none", "-o"]).arg(log);
    command.arg(env!("CARGO_BIN_EXE_netlab")).args(arguments);
    Program::start(&mut command)
}

/// The calls on Internet sockets in strace's log, in netlab's words and in the order in which they
/// returned.
#[track_caller]
fn calls_of_strace(log: &Path) -> Vec<String> {
    let mut sockets = Vec::new();
    let calls = whole_calls(log);
    calls.iter().filter_map(|whole| in_netlabs_words(whole, &mut sockets)).collect()
}

/// One call, such as `A bind(127.0.0.1:6000) = 0`. None for sockets of other families. `sockets` are
/// the descriptors in the order of their labels; one that is used again is another socket.
#[track_caller]
fn in_netlabs_words(whole: &str, sockets: &mut Vec<Option<String>>) -> Option<String> {
    let (name, arguments, result) = parts(whole);
    let words: Vec<_> = arguments.split(", ").collect();
    if name == "socket" {
        for known in sockets.iter_mut().filter(|known| known.as_ref() == Some(&result)) {
            *known = None;
        }
        if !matches!(words[0], "AF_INET" | "AF_INET6") {
            return None;
        }
        sockets.push(Some(result));
        let label = label(sockets.len() - 1);
        let kind = words[1].split('|').next().expect("a type");
        return Some(format!("{label} socket({}, {kind}) = {label}", words[0]));
    }
    let at = sockets.iter().position(|known| known.as_deref() == Some(words[0]))?;
    let label = label(at);
    let value = |n: usize| words[n].trim_matches(['[', ']']).to_owned();
    let text = match name {
        "setsockopt" if words[2].ends_with("_MEMBERSHIP") => {
            let group = arguments.split('"').nth(1).expect("a group");
            format!("setsockopt({}, {group}) = {result}", words[2])
        }
        "setsockopt" if words[2].starts_with("SO_RCVTIMEO") => {
            format!("setsockopt(SO_RCVTIMEO) = {result}")
        }
        // The filter is an address in memory to strace.
        "setsockopt" if words[2] == "SO_ATTACH_FILTER" => {
            format!("setsockopt(SO_ATTACH_FILTER, 172) = {result}")
        }
        "setsockopt" => format!("setsockopt({}, {}) = {result}", words[2], value(3)),
        "getsockopt" => format!("getsockopt({}) = {}", words[2], value(3)),
        "bind" | "connect" => format!("{name}({}) = {result}", address(arguments)?),
        "getsockname" => format!("getsockname() = {}", address(arguments)?),
        "sendto" => match address(arguments) {
            Some(peer) => format!("sendto({}, {peer}) = {result}", words[2]),
            None => format!("send({}) = {result}", words[2]),
        },
        "recvfrom" if words[4..] == ["NULL", "NULL"] => format!("recv({}) = {result}", words[2]),
        "recvfrom" => {
            let peek = if words[3] == "MSG_PEEK" { ", MSG_PEEK" } else { "" };
            let from = address(arguments).map_or(String::new(), |peer| format!(" from {peer}"));
            format!("recvfrom({}{peek}) = {result}{from}", words[2])
        }
        "shutdown" => format!("shutdown({}) = {result}", words[1].trim()),
        other => panic!("{other} was not asked for"),
    };
    Some(format!("{label} {text}"))
}

fn label(at: usize) -> char {
    ('A'..='Z').nth(at).expect("a few sockets")
}

/// The address in a call's arguments, as netlab writes it.
fn address(arguments: &str) -> Option<String> {
    let between = |start: &str, end: &str| {
        let rest = arguments.split_once(start)?.1;
        Some(rest.split_once(end)?.0.to_owned())
    };
    let port = between("htons(", ")")?;
    match between("inet_addr(\"", "\"") {
        Some(ip) => Some(format!("{ip}:{port}")),
        None => Some(format!("[{}]:{port}", between("AF_INET6, \"", "\"")?)),
    }
}

/// The calls among netlab's own events, but `close`, which strace was not asked for.
#[track_caller]
fn calls_of_netlab(lines: &[String]) -> Vec<String> {
    let calls = events(lines, "call");
    let asked = calls.iter().filter(|call| call["call"] != "close");
    let told = asked.map(|call| {
        let word = |field: &str| call[field].as_str().expect("words").to_owned();
        format!("{} {}", word("socket"), word("text"))
    });
    told.collect()
}

/// One thread waits for datagrams and another does the rest: each has an order of its own.
fn apart(calls: &[String]) -> (Vec<&String>, Vec<&String>) {
    calls.iter().partition(|call| call[2..].starts_with("recv"))
}

#[track_caller]
fn assert_same(who: &str, told: &[String], seen: &[String], expected: &[&str]) {
    for beginning in expected {
        let there = seen.iter().any(|call| call[2..].starts_with(beginning));
        assert!(there, "no {beginning} of the {who} in {seen:#?}");
    }
    let ((told_recv, told_other), (seen_recv, seen_other)) = (apart(told), apart(seen));
    assert_eq!(told_recv, seen_recv, "what the {who} received");
    assert_eq!(told_other, seen_other, "the other calls of the {who}");
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

    let (seen, told) = (calls_of_strace(&server_log), calls_of_netlab(&server));
    assert_same("server", &told, &seen, &[expected[0], &["socket(", "bind(", "sendto("]].concat());
    // The thread that answers: take one, send one.
    let pairs = |calls: &[String]| -> Vec<String> {
        let both =
            calls.iter().filter(|call| call[2..].starts_with("sendto") || call.contains(" from "));
        both.cloned().collect()
    };
    assert_eq!(pairs(&told), pairs(&seen), "the order of what the server took and sent");
    let (seen, told) = (calls_of_strace(&client_log), calls_of_netlab(&client));
    assert_same("client", &told, &seen, &[expected[1], &["socket(", "getsockname("]].concat());
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
    for (flags, asks) in
        [(&[][..], "B getsockopt(IP_MTU)"), (&["--connect"], "A getsockopt(IP_MTU)")]
    {
        let first = ["udp-client", "127.0.0.1", &port, "--format", "json", "--timeout", "20"];
        let burst = ["--count", "5", "--size", "4000"];
        let lines = ends_well(traced(&log, &[&first[..], &burst, flags].concat()));
        let (seen, told) = (calls_of_strace(&log), calls_of_netlab(&lines));
        assert!(seen.iter().any(|call| call.starts_with(asks)), "{seen:#?}");
        assert_same("burst", &told, &seen, &["send", "recv"]);
    }
    drop(server);
    let port = crate::echo::free_port();
    let flags = ["--count", "1", "--connect", "--timeout", "0.3", "--format", "json"];
    let client = traced(&log, &[&["udp-client", "127.0.0.1", &port], &flags[..]].concat());
    let (status, lines) = client.finish();
    assert_eq!(status.code(), Some(1));
    assert_numbers(&crate::echo::report(&lines), &[("refused", 1), ("lost", 1)]);
    let (seen, told) = (calls_of_strace(&log), calls_of_netlab(&lines));
    assert_same("client that is refused", &told, &seen, &["recv(65535) = -1 ECONNREFUSED"]);
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
