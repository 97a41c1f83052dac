//! IPv6, and both families on one socket.
#![cfg(test)]

use std::net::UdpSocket;

use serde_json::Value;

use crate::echo::{assert_numbers, client, end, python, report, server_at};
use crate::support::{Program, netlab, skip};
use crate::tools::{ends_well, events, missing, output, until_event};

/// True when this machine has no IPv6, not even loopback.
fn without_ipv6(test: &str) -> bool {
    let lacking = UdpSocket::bind("[::1]:0").is_err();
    if lacking {
        skip(test, "no IPv6 on this machine");
    }
    lacking
}

/// A client that sends one line to a host; the events that it printed.
#[track_caller]
fn one_line(host: &str, port: &str, flags: &[&str]) -> Vec<String> {
    let arguments = ["udp-client", host, port, "--format", "json"];
    let mut client = Program::start(netlab().args(arguments).args(flags));
    client.type_line("hello");
    client.end_input();
    ends_well(client)
}

fn source_and_destination(row: &Value) -> [String; 2] {
    ["source", "destination"].map(|side| {
        let ip = row[format!("{side}_ip")].as_str().expect("an address");
        format!("{ip} {}", row[format!("{side}_port")])
    })
}

#[test]
fn an_ipv6_server_answers_ipv6_and_does_not_hear_ipv4() {
    if without_ipv6("IPv6 only") || missing("IPv6 only", &["python3"]) {
        return;
    }
    for (address, ip) in [(&["-6"][..], "::"), (&["--bind", "::1"], "::1")] {
        let (mut server, port) = server_at(address, &[]);
        let bound = until_event(&mut server, "endpoints");
        let own = format!("{ip} {port}");
        assert_eq!(source_and_destination(&bound["rows"][0]), [own.as_str(), ":: 0"]);
        for (flags, role, from, to) in [
            (&[][..], "unconnected", "::", ":: 0".to_owned()),
            (&["--connect"], "client", "::1", format!("::1 {port}")),
        ] {
            // In brackets, as in a URL, it is the same address.
            for host in ["::1", "[::1]"] {
                let lines = one_line(host, &port, flags);
                assert_numbers(&report(&lines), &[("sent", 1), ("received", 1)]);
                let row = &events(&lines, "endpoints")[0]["rows"][0];
                assert_eq!(row["role"], role);
                let [source, destination] = source_and_destination(row);
                assert!(source.starts_with(&format!("{from} ")), "{source}");
                assert_eq!(destination, to);
            }
        }
        // The longest datagram of IPv6 is twenty bytes longer: its length leaves the header out.
        let sizes = ["::1", &port, "2", "0", "1452", "65527"];
        assert!(output(&mut python("sizes.py", &sizes)).starts_with("6 identical"));
        let (status, lines) = client(&port, &["--count", "1", "--timeout", "0.2"]).finish();
        assert_eq!(status.code(), Some(1));
        assert_numbers(&report(&lines), &[("sent", 1), ("lost", 1)]);
        assert_numbers(&end(server).0, &[("datagrams_received", 10), ("peers", 6)]);
    }
}

#[test]
fn one_socket_hears_both_families_and_shows_ipv4_as_such() {
    if without_ipv6("dual stack") {
        return;
    }
    let (mut server, port) = server_at(&["-4", "-6"], &[]);
    let mut sources = Vec::new();
    for host in ["127.0.0.1", "::1"] {
        let lines = one_line(host, &port, &["--connect"]);
        assert_numbers(&report(&lines), &[("sent", 1), ("received", 1)]);
        let row = &events(&lines, "endpoints")[0]["rows"][0];
        sources.push(source_and_destination(row)[0].clone());
    }
    server.type_line("/who");
    let (report, lines) = end(server);
    assert_numbers(&report, &[("datagrams_received", 2), ("datagrams_sent", 2), ("peers", 2)]);
    let bound = &events(&lines, "bound")[0];
    assert_eq!((&bound["dual_stack"], &bound["ip"]), (&true.into(), &"::".into()));
    let table = events(&lines, "endpoints").pop().expect("a table");
    let rows = table["rows"].as_array().expect("rows");
    let to: Vec<_> = rows.iter().map(|row| source_and_destination(row)[1].clone()).collect();
    // The socket is an IPv6 one, and shows an IPv4 peer as that socket sees it.
    let mapped = format!("::ffff:{}", sources[0]);
    assert_eq!(to, [":: 0", &sources[1], &mapped]);
}

#[test]
fn an_ipv4_server_is_the_default() {
    let (mut server, port) = server_at(&[], &[]);
    let row = &until_event(&mut server, "endpoints")["rows"][0];
    assert_eq!(source_and_destination(row), [format!("0.0.0.0 {port}"), "0.0.0.0 0".into()]);
    if without_ipv6("IPv4 only") {
        return;
    }
    let arguments = ["udp-client", "::1", &port, "--format", "json", "--count", "1"];
    let mut command = netlab();
    let (status, lines) =
        Program::start(command.args(arguments).args(["--connect", "--timeout", "0.2"])).finish();
    // With a peer, the socket hears that nobody is there.
    assert_eq!(status.code(), Some(1));
    assert_numbers(&report(&lines), &[("sent", 1), ("lost", 1), ("refused", 1)]);
    assert_numbers(&end(server).0, &[("datagrams_received", 0)]);
}
