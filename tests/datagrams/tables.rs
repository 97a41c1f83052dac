//! The endpoint tables of datagram sockets, and what the system says of the same sockets.
#![cfg(test)]

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;

use serde_json::{Value, json};

use crate::echo::{assert_numbers, client, server};
use crate::support::{Program, netlab};
use crate::tools::{cells, ends_well, missing, number_at_the_end, output, start_netlab};
use crate::tools::{source_port, until_event};

/// A row of the table without its ranges, which follow from the ports.
fn row(role: &str, state: &str, from: (&str, u16), to: (&str, u16)) -> Value {
    json!({
        "socket": "A", "role": role, "protocol": "UDP", "state": state,
        "source_ip": from.0, "source_port": from.1,
        "destination_ip": to.0, "destination_port": to.1,
    })
}

/// The rows of a table as [`row`] has them.
#[track_caller]
fn rows(table: &Value) -> Vec<Value> {
    let mut rows = table["rows"].as_array().expect("rows").clone();
    for row in &mut rows {
        let row = row.as_object_mut().expect("an object");
        for other in ["who", "source_range", "destination_range"] {
            row.remove(other).expect("every row has it");
        }
    }
    rows
}

/// The UDP sockets with that local port in the system's own table, as state, source and destination.
/// The numbers of the states are those of TCP: 1 is ESTABLISHED, 7 is CLOSE, which means no peer.
#[track_caller]
fn sockets_of_the_kernel(port: u16) -> Vec<[String; 3]> {
    let table = fs::read_to_string("/proc/net/udp").expect("Linux has it");
    let sockets = table.lines().skip(1).map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        [fields[3].to_owned(), endpoint(fields[1]), endpoint(fields[2])]
    });
    let mine = format!(":{port}");
    sockets.filter(|[_, source, _]| source.ends_with(&mine)).collect()
}

/// `0100007F:1770` as `127.0.0.1:6000`.
#[track_caller]
fn endpoint(text: &str) -> String {
    let (ip, port) = text.split_once(':').expect("an address and a port");
    let ip = u32::from_str_radix(ip, 16).expect("an address");
    let port = u16::from_str_radix(port, 16).expect("a port");
    format!("{}:{port}", Ipv4Addr::from(ip.to_ne_bytes()))
}

/// The same from `ss`.
#[track_caller]
fn sockets_of_ss(port: u16) -> Vec<[String; 3]> {
    let seen = output(Command::new("ss").args(["-Huan", &format!("sport = :{port}")]));
    let row = |row: &str| {
        let fields: Vec<_> = row.split_whitespace().map(str::to_owned).collect();
        [fields[0].clone(), fields[3].clone(), fields[4].clone()]
    };
    seen.lines().map(row).collect()
}

#[test]
fn the_server_has_one_socket_without_a_peer_and_a_row_for_everybody_it_heard() {
    if missing("server's table", &["ss"]) {
        return;
    }
    let (mut server, port) = server(&[]);
    let port: u16 = port.parse().expect("a port");
    let own = ("127.0.0.1", port);
    let bound = row("bound", "UNCONNECTED", own, ("0.0.0.0", 0));
    assert_eq!(rows(&until_event(&mut server, "endpoints")), std::slice::from_ref(&bound));
    let mut expected = vec![bound.clone()];
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
            client.send_to(b"hello", own).expect("it is sent");
            let there = client.local_addr().expect("it is bound").port();
            let peer = until_event(&mut server, "peer");
            assert_eq!(peer["port"], there, "{peer:#}");
            let heard = row("heard", "UNCONNECTED", own, ("127.0.0.1", there));
            let table = until_event(&mut server, "endpoints");
            assert_eq!(rows(&table), [bound.clone(), heard.clone()]);
            // Whoever was heard last comes first.
            expected.insert(1, heard);
            client
        })
        .collect();
    server.type_line("/who");
    assert_eq!(rows(&until_event(&mut server, "endpoints")), expected);
    // And yet it is one socket.
    let here = format!("127.0.0.1:{port}");
    let only = |state: &str, nobody: &str| [[state, &here, nobody].map(str::to_owned)];
    assert_eq!(sockets_of_ss(port), only("UNCONN", "0.0.0.0:*"));
    assert_eq!(sockets_of_the_kernel(port), only("07", "0.0.0.0:0"));
    drop(clients);
}

/// A client that has sent a line: it, its own port, and the rows of its table.
#[track_caller]
fn client_and_its_rows(port: &str, flags: &[&str]) -> (Program, u16, Vec<Value>) {
    let mut client = client(port, flags);
    client.type_line("hello");
    let table = until_event(&mut client, "endpoints");
    let own = table["rows"][0]["source_port"].as_u64().and_then(|port| port.try_into().ok());
    (client, own.expect("a port"), rows(&table))
}

#[test]
fn a_client_without_connect_has_no_peer() {
    if missing("unconnected client's table", &["ss"]) {
        return;
    }
    let (mut server, port) = server(&[]);
    let (client, own, told) = client_and_its_rows(&port, &[]);
    let there = port.parse().expect("a port");
    // The socket has no peer; a datagram that it sends has both ends.
    let socket = row("unconnected", "UNCONNECTED", ("0.0.0.0", own), ("0.0.0.0", 0));
    let datagram = row("sent", "UNCONNECTED", ("127.0.0.1", own), ("127.0.0.1", there));
    assert_eq!(told, [socket, datagram]);
    assert_eq!(until_event(&mut server, "peer")["port"], own);
    let source = format!("0.0.0.0:{own}");
    let seen = |state: &str, nobody: &str| [[state, &source, nobody].map(str::to_owned)];
    assert_eq!(sockets_of_ss(own), seen("UNCONN", "0.0.0.0:*"));
    assert_eq!(sockets_of_the_kernel(own), seen("07", "0.0.0.0:0"));
    drop(client);
}

#[test]
fn a_client_with_connect_has_the_server_for_its_peer() {
    if missing("connected client's table", &["ss"]) {
        return;
    }
    let (mut server, port) = server(&[]);
    let there = port.parse().expect("a port");
    let (client, own, told) = client_and_its_rows(&port, &["--connect"]);
    let mine = ("127.0.0.1", own);
    // A client with a peer has the name that a TCP client has in the same column.
    assert_eq!(told, [row("client", "CONNECTED", mine, ("127.0.0.1", there))]);
    assert_eq!(until_event(&mut server, "peer")["port"], own);
    let (source, destination) = (format!("127.0.0.1:{own}"), format!("127.0.0.1:{port}"));
    let seen = |state: &str| [[state, &source, &destination].map(str::to_owned)];
    assert_eq!(sockets_of_ss(own), seen("ESTAB"));
    assert_eq!(sockets_of_the_kernel(own), seen("01"));
    drop(client);
}

/// Not only when the next datagram comes.
#[test]
fn a_client_answers_its_user_at_once() {
    let (_server, port) = server(&[]);
    let (mut client, _, told) = client_and_its_rows(&port, &["--connect"]);
    client.until(r#""direction":"received""#);
    client.type_line("/who");
    assert_eq!(rows(&until_event(&mut client, "endpoints")), told);
    client.type_line("/stats");
    assert_numbers(&until_event(&mut client, "report"), &[("sent", 1), ("received", 1)]);
    client.type_line("/help");
    assert_eq!(until_event(&mut client, "remark")["remark"], "help");
}

#[test]
fn a_source_port_and_address_that_were_asked_for_are_what_the_server_hears() {
    let (mut server, port) = server(&[]);
    let own = crate::echo::free_port();
    let flags = ["--source-port", &own, "--bind", "127.0.0.1"];
    let (client, told, rows) = client_and_its_rows(&port, &flags);
    assert_eq!(told.to_string(), own);
    assert!(rows.iter().all(|row| row["source_ip"] == "127.0.0.1"), "{rows:#?}");
    assert_eq!(until_event(&mut server, "peer")["port"], told);
    drop(client);
}

/// The cells behind that label in the last table that has it.
#[track_caller]
fn table(lines: &[String], label: &str) -> Vec<String> {
    let rows = lines.iter().rev().map(|line| cells(line));
    let row = rows.into_iter().find(|cells| cells.len() > 1 && cells[0] == label);
    row.unwrap_or_else(|| panic!("a row {label} in:\n{}", lines.join("\n")))[1..].to_vec()
}

#[test]
fn the_tables_that_people_see_say_the_same() {
    let mut server = start_netlab(&["udp-server", "0", "--bind", "127.0.0.1"]);
    let port = number_at_the_end(&server.until("Server bound to 127.0.0.1 port"));
    let there = port.to_string();
    let mut client = Program::start(netlab().args(["udp-client", "127.0.0.1", &there]));
    client.type_line("hello");
    let own = source_port(&mut client).to_string();
    client.until(&format!("127.0.0.1:{there}: hello  [5 bytes, "));
    client.type_line("exit");
    let of_client = ends_well(client);
    let first = server.until("First datagram of 127.0.0.1 from port");
    assert!(first.contains(&format!("from port {own}: ")), "{first}");
    server.until(&format!("127.0.0.1:{own}: hello  [5 bytes, echoed]"));
    server.type_line("exit");
    let of_server = ends_well(server);
    let expected: [(&str, [&str; 2], [&str; 2]); 6] = [
        ("Protocol", ["UDP", "UDP"], ["UDP", "UDP"]),
        ("State", ["UNCONNECTED", "UNCONNECTED"], ["UNCONNECTED", "UNCONNECTED"]),
        ("Source IP", ["0.0.0.0", "127.0.0.1"], ["127.0.0.1", "127.0.0.1"]),
        ("Source port", [&own, &own], [&there, &there]),
        ("Destination IP", ["0.0.0.0", "127.0.0.1"], ["0.0.0.0", "127.0.0.1"]),
        ("Destination port", ["0", &there], ["0", &own]),
    ];
    for (label, client, server) in expected {
        assert_eq!(table(&of_client, label), client, "{label}");
        assert_eq!(table(&of_server, label), server, "{label}");
    }
    let summary = "1 sent, 1 came back, 0 lost; round trip ";
    assert!(of_client.iter().any(|line| line.starts_with(summary)), "{of_client:?}");
}
