//! Two hosts with the worksheet's own addresses, each in a network namespace.
#![cfg(test)]

use std::process::{Command, Stdio, id};
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::{FUSE, Program};
use crate::tools::{
    cells, ends_well, events, host_name, missing, output, poll, unprivileged, until_event,
};

const CLIENT: &str = "10.0.56.23";
const SERVER: &str = "10.0.73.221";

/// Two hosts and a cable between them. They vanish with it.
struct Hosts {
    client: String,
    server: String,
}

impl Hosts {
    /// Makes them, or says why not.
    fn new(test: &str, tag: &str) -> Option<Self> {
        if missing(test, &["ip", "ss"]) || unprivileged(test) {
            return None;
        }
        let name = |side: &str| format!("netlab-{}-{tag}-{side}", id());
        let hosts = Self { client: name("c"), server: name("s") };
        let (c, s) = (hosts.client.as_str(), hosts.server.as_str());
        ip(&["netns", "add", c]);
        ip(&["netns", "add", s]);
        ip(&[
            "link", "add", "eth0", "netns", c, "type", "veth", "peer", "name", "eth0", "netns", s,
        ]);
        for (host, address) in [(c, CLIENT), (s, SERVER)] {
            ip(&["-n", host, "addr", "add", &format!("{address}/16"), "dev", "eth0"]);
            ip(&["-n", host, "link", "set", "lo", "up"]);
            ip(&["-n", host, "link", "set", "eth0", "up"]);
        }
        Some(hosts)
    }

    /// Starts netlab on one of them.
    fn netlab(host: &str, arguments: &[&str]) -> Program {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", host, env!("CARGO_BIN_EXE_netlab")]).args(arguments);
        Program::start(&mut command)
    }

    /// What `ss` sees there: state, own and other endpoint of each TCP socket, sorted.
    fn sockets(host: &str) -> Vec<[String; 3]> {
        let seen = output(Command::new("ip").args(["netns", "exec", host, "ss", "-Htan"]));
        let row = |row: &str| {
            let fields: Vec<_> = row.split_whitespace().map(str::to_owned).collect();
            [fields[0].clone(), fields[3].clone(), fields[4].clone()]
        };
        let mut rows: Vec<_> = seen.lines().map(row).collect();
        rows.sort();
        rows
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in [&self.client, &self.server] {
            let deletion = Command::new("ip").args(["netns", "del", host]).status();
            drop(deletion);
        }
    }
}

#[track_caller]
fn ip(arguments: &[&str]) {
    output(Command::new("ip").args(arguments).stdin(Stdio::null()));
}

fn rows_of_ss(rows: &[[&str; 3]]) -> Vec<[String; 3]> {
    let mut rows: Vec<_> = rows.iter().map(|row| row.map(str::to_owned)).collect();
    rows.sort();
    rows
}

/// The worksheet's case in one run: both sides' lines, after `ss` has seen their sockets.
#[track_caller]
fn worksheet_run(hosts: &Hosts, formats: [&str; 2]) -> [Vec<String>; 2] {
    let arguments = ["tcp-server", "6000", "--bind", SERVER, "--format", formats[0]];
    let mut server = Hosts::netlab(&hosts.server, &arguments);
    server.until_any(&["Waiting for a client", r#""event":"listening""#]);
    let arguments =
        ["tcp-client", SERVER, "6000", "--source-port", "54321", "--format", formats[1]];
    let mut client = Hosts::netlab(&hosts.client, &arguments);
    server.until_any(&["Destination IP", r#""event":"endpoints""#]);
    client.until_any(&["Destination IP", r#""event":"endpoints""#]);
    let (here, there) = ("10.0.56.23:54321", "10.0.73.221:6000");
    let on_server = [["LISTEN", there, "0.0.0.0:*"], ["ESTAB", there, here]];
    assert_eq!(Hosts::sockets(&hosts.server), rows_of_ss(&on_server));
    assert_eq!(Hosts::sockets(&hosts.client), rows_of_ss(&[["ESTAB", here, there]]));
    client.type_line("Hello!");
    server.until("Hello!");
    server.type_line("Hello to you");
    client.until("Hello to you");
    client.type_line("exit");
    let client = ends_well(client);
    server.until_any(&["has disconnected]", r#""event":"left""#]);
    // Who closed first keeps TIME-WAIT; the other side has nothing left but the listening socket.
    let listening = rows_of_ss(&[["LISTEN", there, "0.0.0.0:*"]]);
    settles(&hosts.server, &listening);
    settles(&hosts.client, &rows_of_ss(&[["TIME-WAIT", here, there]]));
    server.type_line("exit");
    [ends_well(server), client]
}

#[track_caller]
fn settles(host: &str, expected: &[[String; 3]]) {
    poll(
        || format!("{:?}", Hosts::sockets(host)),
        |seen| (seen == format!("{expected:?}")).then_some(()),
    );
}

/// A row of the worksheet as an event has it.
fn row(socket: &str, role: &str, state: &str, from: (&str, u16), to: (&str, u16)) -> Value {
    let range = |port: u16| match port {
        0 => Value::Null,
        1..=1023 => "well-known".into(),
        1024..=49151 => "registered".into(),
        _ => "dynamic".into(),
    };
    json!({
        "socket": socket, "role": role, "protocol": "TCP", "state": state,
        "source_ip": from.0, "source_port": from.1, "source_range": range(from.1),
        "destination_ip": to.0, "destination_port": to.1, "destination_range": range(to.1),
    })
}

/// The rows of the first table in JSON output, without `who`.
#[track_caller]
fn first_rows(lines: &[String]) -> Vec<Value> {
    let tables = events(lines, "endpoints");
    let mut rows = tables.first().expect("a table")["rows"].as_array().expect("rows").clone();
    for row in &mut rows {
        row.as_object_mut().expect("an object").remove("who");
    }
    rows
}

/// The values of the first row of a text table that begins with that word.
#[track_caller]
fn table(lines: &[String], label: &str) -> Vec<String> {
    let mut rows = lines.iter().map(|line| cells(line));
    let row = rows.find(|cells| cells.len() > 1 && cells[0] == label);
    row.unwrap_or_else(|| panic!("a row {label} in:\n{}", lines.join("\n")))[1..].to_vec()
}

#[test]
fn the_worksheets_values_stand_in_the_events_of_both_sides() {
    let Some(hosts) = Hosts::new("worksheet, events", "json") else { return };
    let [server, client] = worksheet_run(&hosts, ["json", "json"]);
    let (here, there) = ((CLIENT, 54321), (SERVER, 6000));
    assert_eq!(first_rows(&client), [row("A", "client", "ESTABLISHED", here, there)]);
    let listening = row("A", "listening", "LISTEN", there, ("0.0.0.0", 0));
    let accepted = row("B", "accepted", "ESTABLISHED", there, here);
    assert_eq!(first_rows(&server), [listening, accepted]);
}

#[test]
fn the_worksheets_values_stand_in_the_tables_of_both_sides() {
    let Some(hosts) = Hosts::new("worksheet, tables", "text") else { return };
    let [server, client] = worksheet_run(&hosts, ["text", "text"]);
    let expected: [(&str, &str, [&str; 2]); 6] = [
        ("Protocol", "TCP", ["TCP", "TCP"]),
        ("State", "ESTABLISHED", ["LISTEN", "ESTABLISHED"]),
        ("Source IP", CLIENT, [SERVER, SERVER]),
        ("Source port", "54321", ["6000", "6000"]),
        ("Destination IP", SERVER, ["0.0.0.0", CLIENT]),
        ("Destination port", "6000", ["0", "54321"]),
    ];
    for (label, of_client, of_server) in expected {
        assert_eq!(table(&client, label), [of_client], "{label}");
        assert_eq!(table(&server, label), of_server, "{label}");
    }
    let own = host_name();
    let hello = format!("{own} connected with IP address {CLIENT} from port 54321");
    assert!(server.contains(&hello), "{server:?}");
    assert!(client.iter().any(|line| line.contains("Client, socket A")), "{client:?}");
    assert_eq!(table(&server, "Endpoint table").len(), 2);
    // The address to give to the partner is the one on the cable.
    assert!(server.iter().any(|line| line.contains(SERVER) && line.contains("partner")));
}

#[test]
fn the_worksheets_endpoints_are_the_same_with_threads_and_one_at_a_time() {
    for serve in ["threads", "one"] {
        let Some(hosts) = Hosts::new("worksheet, other servers", serve) else { return };
        let arguments = ["tcp-server", "6000", "--serve", serve, "--format", "json"];
        let mut server = Hosts::netlab(&hosts.server, &arguments);
        until_event(&mut server, "listening");
        let arguments = ["tcp-client", SERVER, "--source-port", "54321"];
        let client = Hosts::netlab(&hosts.client, &arguments);
        until_event(&mut server, "endpoints");
        // Without --bind it listens on every address; the accepted socket has the one that was used.
        let listening = row("A", "listening", "LISTEN", ("0.0.0.0", 6000), ("0.0.0.0", 0));
        let accepted = row("B", "accepted", "ESTABLISHED", (SERVER, 6000), (CLIENT, 54321));
        assert_eq!(first_rows(server.seen()), [listening, accepted]);
        drop(client);
    }
}

/// A client that cannot connect: its exit code, and everything it printed.
#[track_caller]
fn refused(host: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let (status, lines) = Hosts::netlab(host, arguments).finish();
    (status.code(), lines.join("\n"))
}

#[test]
fn an_address_that_nobody_has_is_reported_as_no_host_there() {
    let Some(hosts) = Hosts::new("nobody there", "nobody") else { return };
    let arguments = ["tcp-client", "10.0.99.99", "6000", "--timeout", "20"];
    let (code, told) = refused(&hosts.client, &arguments);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("EHOSTUNREACH"), "{told}");
    assert!(told.contains("10.0.99.99:6000"), "{told}");
}

#[test]
fn silence_is_reported_as_a_timeout_after_the_time_that_was_asked_for() {
    let Some(hosts) = Hosts::new("silence", "silence") else { return };
    // The other host swallows what it is to pass on.
    ip(&["-n", &hosts.client, "route", "add", "10.99.0.0/16", "via", SERVER]);
    ip(&["-n", &hosts.server, "route", "add", "blackhole", "10.99.0.0/16"]);
    let began = Instant::now();
    let (code, told) =
        refused(&hosts.client, &["tcp-client", "10.99.1.1", "6000", "--timeout", "1.5"]);
    let took = began.elapsed();
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("ETIMEDOUT"), "{told}");
    assert!(took.as_secs_f64() >= 1.5 && took < FUSE, "{took:?}");
    let arguments = ["tcp-client", "10.99.1.1", "6000", "--timeout", "1", "--connect-ex"];
    let (code, told) = refused(&hosts.client, &arguments);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("connect_ex(10.99.1.1:6000) = 110"), "{told}");
}

#[test]
fn a_network_without_a_way_to_it_is_reported_as_such() {
    let Some(hosts) = Hosts::new("no route", "route") else { return };
    let (code, told) = refused(&hosts.client, &["tcp-client", "192.168.7.7", "6000"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("ENETUNREACH"), "{told}");
    let arguments = ["tcp-client", "192.168.7.7", "6000", "--connect-ex"];
    let (code, told) = refused(&hosts.client, &arguments);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("connect_ex(192.168.7.7:6000) = 101"), "{told}");
}

#[test]
fn a_partner_that_listens_on_loopback_only_refuses() {
    let Some(hosts) = Hosts::new("loopback only", "lo") else { return };
    let mut server = Hosts::netlab(&hosts.server, &["tcp-server", "--bind", "127.0.0.1"]);
    server.until("Waiting for a client");
    let (code, told) = refused(&hosts.client, &["tcp-client", SERVER]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("ECONNREFUSED"), "{told}");
}

#[test]
fn the_worksheets_client_can_be_started_again_or_says_why_not() {
    let Some(hosts) = Hosts::new("worksheet again", "again") else { return };
    let mut server = Hosts::netlab(&hosts.server, &["tcp-server"]);
    server.until("Waiting for a client");
    let arguments = ["tcp-client", SERVER, "--source-port", "54321"];
    let mut client = Hosts::netlab(&hosts.client, &arguments);
    server.until("has joined the chat]");
    client.type_line("exit");
    ends_well(client);
    server.until("has disconnected]");
    // The same four numbers are in TIME-WAIT now. Some kernels take them again, others refuse.
    let mut client = Hosts::netlab(&hosts.client, &arguments);
    if client.until_any(&["Destination port", "error  "]).contains("Destination port") {
        server.until("has joined the chat]");
        client.type_line("here again");
        server.until(": here again");
        client.type_line("exit");
        ends_well(client);
    } else {
        let (status, lines) = client.finish();
        let told = lines.join("\n");
        assert_eq!(status.code(), Some(3), "{told}");
        assert!(told.contains("TIME-WAIT"), "{told}");
    }
}
