//! Echoes of echoes end, whoever the other echo is.
#![cfg(test)]

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::lab::{figure, is_alive, leave, server, socket, start_server, thrown_away};
use crate::net::{self, Random};
use crate::support::netlab;

/// So long nothing comes, and the circle is broken: a round takes microseconds.
const SILENCE: Duration = Duration::from_secs(1);

/// Lets a server of netlab and a plain echo on this socket answer each other until one falls silent.
/// Gives the number of rounds, `limit` where it seems to be endless.
#[track_caller]
fn rounds(own: &UdpSocket, port: u16, circulating: u32, limit: u64) -> u64 {
    own.connect((Ipv4Addr::LOCALHOST, port)).expect("a peer");
    own.set_read_timeout(Some(SILENCE)).expect("a time");
    for n in 0..circulating {
        own.send(format!("round and round {n}").as_bytes()).expect("it is sent");
    }
    let (mut bytes, mut rounds) = ([0; 1_000], 0);
    while let Ok(length) = own.recv(&mut bytes) {
        own.send(&bytes[..length]).expect("it is sent");
        rounds += 1;
        if rounds == limit {
            break;
        }
    }
    rounds
}

/// A socket on a port that no system hands out, but servers have.
fn on_a_servers_port() -> UdpSocket {
    let mut random = Random(u64::from(std::process::id()) + 77);
    let port = |_| u16::try_from(10_000 + random.next() % 20_000).expect("it is small");
    let mut ports = (0..1_000).map(port);
    let free = ports.find_map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).ok());
    free.expect("one of a thousand ports is free")
}

#[test]
fn a_plain_echo_on_a_servers_port_falls_silent_soon() {
    let (server, port) = server(&[]);
    let count = rounds(&on_a_servers_port(), port, 1, 10_000);
    assert!((1_000..3_000).contains(&count), "{count} rounds");
    is_alive(port, "a loop");
    let all = leave(server).join("\n");
    assert!(all.contains("one answer is left out"), "somebody is told: {all}");
}

#[test]
fn ten_datagrams_between_two_echoes_fall_silent_too() {
    let (server, port) = server(&[]);
    let count = rounds(&on_a_servers_port(), port, 10, 40_000);
    assert!(count > 1_000, "{count} rounds");
    is_alive(port, "a loop");
    assert_eq!(figure(&leave(server), "Guarded"), 10);
}

#[test]
fn a_plain_echo_on_any_port_falls_silent() {
    let (server, port) = server(&[]);
    let count = rounds(&socket(), port, 1, 200_000);
    assert!((1_000..60_000).contains(&count), "{count} rounds");
    is_alive(port, "a loop");
    leave(server);
}

/// One answer of the first server comes to the second, which was not there when it was asked for.
#[track_caller]
fn pointed_at_each_other(ip: SocketAddr, options: &[&str]) {
    let own = UdpSocket::bind(ip).expect("a free port");
    let address = own.local_addr().expect("an address");
    let bind = ["0", "--bind", &address.ip().to_string()].map(str::to_owned);
    let bind: Vec<&str> = bind.iter().map(String::as_str).collect();
    let late = [&["--delay", "400"], options].concat();
    let (mut first, port) = start_server(&mut netlab(), &bind, &late);
    own.send_to(b"round and round", (address.ip(), port)).expect("it is sent");
    first.until("echoed");
    drop(own);
    let other = address.port().to_string();
    let (second, _) = start_server(&mut netlab(), &[&other, "--bind", bind[2]], options);
    net::wait_until("the answer has come and is thrown away", || thrown_away(address.port()) > 0);
    // The first has had time for a second round, had there been one, when this is answered.
    if address.is_ipv4() {
        is_alive(port, "a loop");
    }
    let honest = u64::from(address.is_ipv4());
    let lines = leave(first);
    assert_eq!(figure(&lines, "Received"), 1 + honest, "{options:?}: {}", lines.join("\n"));
    assert_eq!(figure(&leave(second), "Received"), 0, "{options:?}");
}

#[test]
fn two_servers_that_answer_late_fall_silent() {
    pointed_at_each_other((Ipv4Addr::LOCALHOST, 0).into(), &[]);
    pointed_at_each_other((Ipv4Addr::LOCALHOST, 0).into(), &["--corrupt", "100%"]);
}

#[test]
fn two_servers_of_ipv6_fall_silent() {
    pointed_at_each_other((Ipv6Addr::LOCALHOST, 0).into(), &[]);
}

/// What netlab does to its answers on purpose does not keep a circle going.
#[test]
fn a_plain_echo_falls_silent_whatever_is_done_on_purpose() {
    let mut endless = Vec::new();
    for option in ["--duplicate=100%", "--duplicate=1%", "--corrupt=100%", "--corrupt=20%"] {
        let (server, port) = server(&[option]);
        let count = rounds(&on_a_servers_port(), port, 1, 200_000);
        if count == 200_000 {
            endless.push(option);
        }
        is_alive(port, "a loop");
        leave(server);
    }
    assert!(endless.is_empty(), "after 200,000 rounds it still goes round with {endless:?}");
}
