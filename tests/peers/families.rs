//! IPv6, both families on one socket, and a name that has an address of each.
#![cfg(test)]

use std::net::TcpListener;
use std::process::Command;

use crate::support::{Program, skip};
use crate::tools::{connected, ends_well, host_name, missing, start_netlab, unprivileged};

/// True when this machine has no IPv6, not even loopback.
fn without_ipv6(test: &str) -> bool {
    let lacking = TcpListener::bind("[::1]:0").is_err();
    if lacking {
        skip(test, "no IPv6 on this machine");
    }
    lacking
}

fn server(arguments: &[&str]) -> (Program, String) {
    let mut server = start_netlab(&[&["tcp-server", "0"], arguments].concat());
    let port = server.port().to_string();
    (server, port)
}

#[test]
fn an_ipv6_server_takes_ipv6_clients_and_leaves_ipv4_alone() {
    if without_ipv6("IPv6 only") {
        return;
    }
    for address in [&["-6"][..], &["--bind", "::1"]] {
        let (mut server, port) = server(address);
        let mut client = start_netlab(&["tcp-client", "::1", &port]);
        let hello = server.until("connected with IP address");
        assert!(hello.contains(" connected with IP address ::1 from port "), "{hello}");
        client.type_line("six");
        server.until(": six");
        server.type_line("six to you");
        assert_eq!(client.until("six to you"), format!("{}: six to you", host_name()));
        let (status, lines) = start_netlab(&["tcp-client", "127.0.0.1", &port]).finish();
        assert_eq!(status.code(), Some(3));
        assert!(lines.join("\n").contains("ECONNREFUSED"), "{lines:?}");
        // In brackets, as in a URL, it is the same address.
        let again = connected(start_netlab(&["tcp-client", "[::1]", &port]));
        server.until("has joined the chat]");
        drop(again);
    }
}

#[test]
fn one_socket_takes_both_families_and_shows_the_ipv4_address_as_such() {
    if without_ipv6("dual stack") {
        return;
    }
    for serve in ["events", "threads"] {
        let (mut server, port) = server(&["-4", "-6", "--serve", serve]);
        let mut four = start_netlab(&["tcp-client", "127.0.0.1", &port, "--name", "four"]);
        let hello = server.until("connected with");
        assert!(hello.starts_with("four connected with IP address 127.0.0.1 from"), "{hello}");
        let mut six = start_netlab(&["tcp-client", "::1", &port, "--name", "six"]);
        let hello = server.until("connected with");
        assert!(hello.starts_with("six connected with IP address ::1 from port "), "{hello}");
        four.type_line("to six");
        assert_eq!(six.until("to six"), "four: to six");
        six.type_line("to four");
        assert_eq!(four.until("to four"), "six: to four");
        // The socket is an IPv6 one, and the table shows its peer as that socket sees it.
        server.type_line("/who");
        server.until("::ffff:127.0.0.1");
    }
}

#[test]
fn an_ipv4_server_is_the_default_and_refuses_ipv6() {
    if without_ipv6("IPv4 only") {
        return;
    }
    let (server, port) = server(&[]);
    let (status, lines) = start_netlab(&["tcp-client", "::1", &port]).finish();
    assert_eq!(status.code(), Some(3));
    assert!(lines.join("\n").contains("ECONNREFUSED"), "{lines:?}");
    drop(server);
}

#[test]
fn a_name_with_two_addresses_falls_back_to_the_one_that_answers() {
    let test = "localhost falls back";
    if without_ipv6(test) || unprivileged(test) || missing(test, &["unshare", "mount"]) {
        return;
    }
    // A hosts file of its own, seen by nobody else, so that the name has both addresses for sure.
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "::1 localhost\n127.0.0.1 localhost\n").expect("it is writable");
    let (mut server, port) = Program::server(&[]);
    let script = "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&hosts);
    command.args([env!("CARGO_BIN_EXE_netlab"), "tcp-client", "localhost", &port.to_string()]);
    let mut client = Program::start(&mut command);
    client.until(&format!("IP address ::1 on port {port}"));
    client.until(&format!("connect([::1]:{port}) failed: ECONNREFUSED"));
    client.until(&format!("IP address 127.0.0.1 on port {port}"));
    server.until("has joined the chat]");
    client.type_line("here after all");
    server.until(": here after all");
    client.type_line("exit");
    ends_well(client);
}
