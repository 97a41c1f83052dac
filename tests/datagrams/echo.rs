//! Echo servers and clients of netlab, and what they report.
#![cfg(test)]

use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, ExitStatus};

use serde_json::Value;

use crate::support::{Program, netlab};
use crate::tools::{ends_well, events, start_netlab, until_event};

/// A command that runs one of the Python programs beside this file.
pub fn python(program: &str, arguments: &[&str]) -> Command {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/datagrams/python");
    let mut command = Command::new("python3");
    command.env("PYTHONUTF8", "1").arg(format!("{folder}/{program}")).args(arguments);
    command
}

/// A server of netlab on a free port of 127.0.0.1 that prints JSON, and that port.
pub fn server(arguments: &[&str]) -> (Program, String) {
    server_at(&["--bind", "127.0.0.1"], arguments)
}

/// The same at another address.
pub fn server_at(address: &[&str], arguments: &[&str]) -> (Program, String) {
    let first = ["udp-server", "0", "--format", "json"];
    let mut server = start_netlab(&[&first[..], address, arguments].concat());
    let port = until_event(&mut server, "bound")["port"].to_string();
    (server, port)
}

/// Ends a server; gives its report and all that it printed.
#[track_caller]
pub fn end(mut server: Program) -> (Value, Vec<String>) {
    server.type_line("exit");
    let lines = ends_well(server);
    let report = events(&lines, "server_report").pop().expect("a report at its end");
    (report, lines)
}

/// A client of a server on 127.0.0.1 that prints JSON.
pub fn client(port: &str, arguments: &[&str]) -> Program {
    let first = ["udp-client", "127.0.0.1", port, "--format", "json"];
    Program::start(netlab().args(first).args(arguments))
}

/// Runs a client's burst; gives its exit status, its report and all that it printed.
#[track_caller]
pub fn burst(port: &str, arguments: &[&str]) -> (ExitStatus, Value, Vec<String>) {
    let (status, lines) = client(port, arguments).finish();
    let report = report(&lines);
    (status, report, lines)
}

/// The account at the end, which has to be right in itself.
#[track_caller]
pub fn report(lines: &[String]) -> Value {
    let report = events(lines, "report").pop();
    let report = report.unwrap_or_else(|| panic!("a report in:\n{}", lines.join("\n")));
    let places = ["received", "lost", "late", "corrupted", "truncated"];
    let sum: u64 = places.iter().map(|place| number(&report, place)).sum();
    assert_eq!(sum, number(&report, "sent"), "every datagram has one place: {report:#}");
    report
}

/// A number of an event.
#[track_caller]
pub fn number(event: &Value, field: &str) -> u64 {
    event[field].as_u64().unwrap_or_else(|| panic!("a number {field} in {event:#}"))
}

/// Wants these numbers in an event.
#[track_caller]
pub fn assert_numbers(event: &Value, expected: &[(&str, u64)]) {
    for (field, value) in expected {
        assert_eq!(number(event, field), *value, "{field} in {event:#}");
    }
}

/// A UDP port that nobody had a moment ago, for peers that cannot tell which one they got.
pub fn free_port() -> String {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.local_addr().expect("it is bound").port().to_string()
}

/// The remarks of that name.
pub fn remarks(lines: &[String], name: &str) -> Vec<Value> {
    events(lines, "remark").into_iter().filter(|remark| remark["remark"] == name).collect()
}
