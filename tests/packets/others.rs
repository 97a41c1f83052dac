//! Nothing of anybody else: not on the page, not in the record, not in the file.
#![cfg(test)]

use crate::judge::{fields_of, tcp_row};
use crate::room::alone;
use crate::run::Run;
use crate::support::{Program, netlab};

#[test]
fn another_client_of_the_same_server_is_not_seen() {
    if !alone("another_client_of_the_same_server_is_not_seen") {
        return;
    }
    let (mut server, port) = Program::server(&[]);
    let mut client = Run::start(&mut netlab(), &["tcp-client", "127.0.0.1", &port.to_string()]);
    client.program.until("Destination port");
    let mut other = Program::client(port, &["--name", "Other"]);
    server.until("[Other has joined the chat]");
    other.type_line("to everybody");
    client.program.until("to everybody");
    other.type_line("exit");
    assert!(other.finish().0.success());
    server.until("[Other has disconnected]");
    client.program.type_line("exit");
    let client = client.end(0);
    let own = &client.packets("tcp")[0]["source_port"];
    let (own, port) = (own.to_string(), port.to_string());
    for row in client.packets("tcp").into_iter().map(tcp_row) {
        let ports = [row[1].as_str(), row[3].as_str()];
        assert!(ports == [&*own, &*port] || ports == [&*port, &*own], "{row:?}");
    }
    let fields = fields_of(&client.file(), "frame", &["tcp.stream", "frame.comment"]);
    assert_eq!(fields.len(), client.packets("tcp").len());
    assert!(fields.iter().all(|row| row[0] == "0"), "{fields:#?}");
}

#[test]
fn a_server_tells_its_clients_apart() {
    if !alone("a_server_tells_its_clients_apart") {
        return;
    }
    let own = ["tcp-server", "0", "--bind", "127.0.0.1"];
    let mut server = Run::start(&mut netlab(), &own);
    let port = server.program.port();
    let mut clients: Vec<Program> = Vec::new();
    for name in ["Ada", "Grace"] {
        clients.push(Program::client(port, &["--name", name]));
        server.program.until(&format!("[{name} has joined the chat]"));
    }
    for mut client in clients {
        client.type_line("exit");
        assert!(client.finish().0.success());
    }
    server.program.until("has disconnected");
    server.program.until("has disconnected");
    server.program.type_line("exit");
    let server = server.end(0);
    server.is_complete();
    let mut ports: Vec<u64> = Vec::new();
    for packet in server.packets("tcp") {
        if packet["direction"] == "received" && packet["flags"] == serde_json::json!(["SYN"]) {
            ports.push(packet["source_port"].as_u64().expect("a port"));
        }
    }
    assert_eq!(ports.len(), 2, "{:#?}", server.record);
    let second = format!(":{}", ports[1]);
    assert!(server.lines.iter().any(|line| line.contains(&second)), "{:#?}", server.lines);
    let sockets: Vec<_> = server
        .packets("tcp")
        .into_iter()
        .filter(|packet| packet["payload"] != 0)
        .map(|packet| packet["socket"].clone())
        .collect();
    for label in ["B", "C"] {
        assert!(sockets.contains(&label.into()), "{sockets:?}");
    }
}

/// Whoever talks to no address in particular talks to this machine, and packets carry the loopback.
#[test]
fn a_server_at_no_address_in_particular_is_this_machine() {
    if !alone("a_server_at_no_address_in_particular_is_this_machine") {
        return;
    }
    for server in ["0.0.0.0", "::"] {
        let client = Run::start(&mut netlab(), &["tcp-client", server, "5999"]).end(3);
        assert_eq!(client.packets("tcp").len(), 2, "{server}: {:#?}", client.lines);
        client.is_complete();
    }
}
