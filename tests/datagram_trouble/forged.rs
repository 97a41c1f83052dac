//! Datagrams whose sender is a lie, made with a raw socket in a network of the test's own.
#![cfg(test)]

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};

use crate::lab::{
    figure, in_a_network_of_its_own, is_alive, is_alive_at, leave, start_server, thrown_away,
};
use crate::net;
use crate::support::netlab;

/// `IPPROTO_RAW`: whoever sends writes the header of IP too.
const RAW: i32 = 255;

/// A UDP packet of IPv4 with any source. The system fills in the checksum of IP; UDP may go without.
pub fn forge(from: SocketAddrV4, to: SocketAddrV4, ttl: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 8).expect("it is short");
    let total = (length + 20).to_be_bytes();
    let mut packet = vec![0x45, 0, total[0], total[1], 0, 0, 0, 0, ttl, 17, 0, 0];
    packet.extend(from.ip().octets());
    packet.extend(to.ip().octets());
    for field in [from.port(), to.port(), length, 0] {
        packet.extend(field.to_be_bytes());
    }
    packet.extend(data);
    packet
}

pub fn send(packets: &[Vec<u8>], to: SocketAddrV4) {
    let raw =
        Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(RAW))).expect("a raw socket");
    for packet in packets {
        raw.send_to(packet, &SocketAddr::V4(to).into()).expect("it is sent");
    }
}

const fn at(a: u8, b: u8, c: u8, d: u8, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port)
}

/// Sends datagrams with those sources to a server, and gives the lines of its run.
#[track_caller]
fn attacked(bind: &str, sources: &[SocketAddrV4], times: usize) -> Vec<String> {
    let (server, port) = start_server(&mut netlab(), &["0", "--bind", bind], &[]);
    // A server on every address is reached on this one, to which all of the network belongs.
    let own = bind.parse().ok().filter(|ip: &Ipv4Addr| !ip.is_unspecified());
    let to = SocketAddrV4::new(own.unwrap_or(Ipv4Addr::new(10, 9, 0, 1)), port);
    for source in sources {
        let from = if source.port() == 1 { SocketAddrV4::new(*source.ip(), port) } else { *source };
        send(&vec![forge(from, to, 64, b"forged"); times], to);
    }
    is_alive_at(to.into(), "forged sources");
    leave(server)
}

#[test]
fn a_source_port_of_0_cannot_be_answered_and_ends_nothing() {
    const TEST: &str = "a_source_port_of_0_cannot_be_answered_and_ends_nothing";
    in_a_network_of_its_own(TEST, || {
        let lines = attacked("0.0.0.0", &[at(10, 9, 0, 1, 0), at(127, 0, 0, 1, 0)], 3);
        let all = lines.join("\n");
        // What can be heard is heard; the only answer is the one that asked honestly.
        assert_eq!(figure(&lines, "Sent"), 1, "{all}");
        let unsendable = figure(&lines, "Unsendable");
        assert_eq!(figure(&lines, "Received"), 1 + unsendable, "{all}");
        assert!(unsendable >= 3, "{all}");
        // Thousands of them are told once.
        assert_eq!(all.matches("EINVAL").count(), 1, "{all}");
    });
}

#[test]
fn nobody_can_make_a_server_send_to_everybody() {
    const TEST: &str = "nobody_can_make_a_server_send_to_everybody";
    in_a_network_of_its_own(TEST, || {
        let sources = [
            at(255, 255, 255, 255, 5000),
            at(10, 9, 0, 255, 5000),
            at(10, 9, 0, 0, 5000),
            at(224, 0, 0, 1, 5000),
            at(239, 255, 0, 1, 5000),
            at(0, 0, 0, 0, 5000),
        ];
        let before = sent_by_udp();
        let lines = attacked("0.0.0.0", &sources, 5);
        let all = lines.join("\n");
        // All of 10.9.0.0/24 is this machine here, its first and last address too, if anybody.
        let few = figure(&lines, "Sent");
        assert!(few <= 11, "{all}");
        // The question of the honest one, and what the report says: no more left this machine.
        assert!(sent_by_udp() - before <= few + 20, "{all}");
        assert!(!all.contains("First datagram of 224.0.0.1"), "{all}");
    });
}

/// Datagrams that all sockets of this network have sent.
pub fn sent_by_udp() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/net/snmp").expect("counters");
    let mut rows = text.lines().filter(|line| line.starts_with("Udp: "));
    let mut row = || rows.next().map(|line| line.split(' ').collect::<Vec<_>>()).expect("a row");
    let (names, values) = (row(), row());
    let column = names.iter().position(|name| *name == "OutDatagrams").expect("a counter");
    values[column].parse().expect("a number")
}

#[test]
fn services_that_answer_everything_are_never_answered() {
    const TEST: &str = "services_that_answer_everything_are_never_answered";
    in_a_network_of_its_own(TEST, || {
        let ports = [7, 13, 17, 19, 37];
        let sources: Vec<_> = ports.iter().map(|port| at(10, 9, 0, 1, *port)).collect();
        let lines = attacked("0.0.0.0", &sources, 100);
        let all = lines.join("\n");
        let guarded = figure(&lines, "Guarded");
        assert_eq!((figure(&lines, "Sent"), figure(&lines, "Received")), (1, guarded + 1), "{all}");
        assert!((200..=500).contains(&guarded), "{all}");
        assert!(all.contains("a service on port 7 answers whatever it gets"), "{all}");
        assert!(lines.len() < 400, "{} lines for 500 datagrams", lines.len());
    });
}

#[test]
fn a_server_does_not_talk_to_itself() {
    const TEST: &str = "a_server_does_not_talk_to_itself";
    in_a_network_of_its_own(TEST, || {
        // Port 1 stands for the server's own.
        for bind in ["0.0.0.0", "10.9.0.1"] {
            let lines = attacked(bind, &[at(10, 9, 0, 1, 1)], 10);
            let all = lines.join("\n");
            assert_eq!((figure(&lines, "Received"), figure(&lines, "Sent")), (11, 11), "{all}");
        }
    });
}

#[test]
fn two_servers_that_are_pointed_at_each_other_fall_silent() {
    const TEST: &str = "two_servers_that_are_pointed_at_each_other_fall_silent";
    in_a_network_of_its_own(TEST, || {
        for more in [&[][..], &["--duplicate", "100%"], &["--corrupt", "100%"], &["-4", "-6"]] {
            let start = || {
                if more.contains(&"-6") {
                    start_server(&mut netlab(), &["0"], more)
                } else {
                    start_server(&mut netlab(), &["0", "--bind", "127.0.0.1"], more)
                }
            };
            let ((first, one), (second, other)) = (start(), start());
            let (from, to) = (at(127, 0, 0, 1, other), at(127, 0, 0, 1, one));
            let before = sent_by_udp();
            send(&vec![forge(from, to, 64, b"round and round"); 5], to);
            let copies = if more.contains(&"--duplicate") { 2 } else { 1 };
            net::wait_until("the answers have come and are thrown away", || {
                thrown_away(other) >= 5 * copies
            });
            is_alive(one, "a loop");
            is_alive(other, "a loop");
            let all = sent_by_udp() - before;
            assert!(all <= 5 * copies + 10, "{more:?}: {all} datagrams were sent");
            assert_eq!(figure(&leave(first), "Received"), 6, "{more:?}");
            assert_eq!(figure(&leave(second), "Received"), 1, "{more:?}");
        }
    });
}
