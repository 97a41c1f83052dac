//! Datagrams: whole, in fragments, to nobody, and those of others.
#![cfg(test)]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::Command;

use netlab::event::{Cause, Content, Crossing, Journal};
use netlab::socket::DatagramSocket;

use crate::lab::{Lab, alone, lines, packets};
use crate::support::Program;
use crate::tools::output;

fn bound(journal: &Journal, address: &str) -> (DatagramSocket, SocketAddr) {
    let address = address.parse().expect("an address");
    let socket = DatagramSocket::new(journal, address).expect("a socket");
    socket.bind(address).expect("a free port");
    let local = socket.local_address().expect("an address");
    (socket, local)
}

#[test]
fn a_datagram_in_fragments_is_all_of_one_socket() {
    if !alone("a_datagram_in_fragments_is_all_of_one_socket") {
        return;
    }
    output(Command::new("ip").args(["link", "set", "lo", "mtu", "1500"]));
    for (host, first) in [("127.0.0.1:0", 1500), ("[::1]:0", 1496)] {
        let lab = Lab::all();
        let journal = lab.journal(None);
        let (server, to) = bound(&journal, host);
        let client = DatagramSocket::new(&journal, to).expect("a socket");
        client.send_to(&[7; 4000], to).expect("it is sent");
        let mut buffer = [0; 5000];
        assert_eq!(server.recv_from(&mut buffer).expect("it arrives").0, 4000);
        let (seen, report) = lab.finish();
        let packets = packets(&seen);
        assert_eq!((packets.len(), report.others), (3, 0), "{host}: {:#?}", lines(&seen));
        assert_eq!(packets[0].content, Content::Udp(4000), "{host}");
        assert_eq!(packets[0].length, first, "{host}");
        let offsets: Vec<_> = packets
            .iter()
            .filter_map(|packet| match packet.content {
                Content::Fragment(offset, more) => Some((offset, more)),
                _ => None,
            })
            .collect();
        let unit = first - if host.starts_with('[') { 48 } else { 20 };
        assert_eq!(offsets, [(unit, true), (2 * unit, false)], "{host}");
        assert!(packets.iter().all(|packet| packet.crossing == Crossing::Local), "{host}");
        let sent = lines(&seen).iter().position(|line| line.contains("sendto(4000"));
        let went = lines(&seen).iter().position(|line| line == "udp 4000");
        assert!(sent < went, "{:#?}", lines(&seen));
    }
}

#[test]
fn nobody_at_the_port_is_told_by_an_error() {
    if !alone("nobody_at_the_port_is_told_by_an_error") {
        return;
    }
    for host in ["127.0.0.1:9", "[::1]:9"] {
        let lab = Lab::all();
        let journal = lab.journal(None);
        let to: SocketAddr = host.parse().expect("an address");
        let client = DatagramSocket::new(&journal, to).expect("a socket");
        client.connect(to).expect("a peer is remembered");
        client.send(b"anybody?").expect("it is sent");
        let error = client.recv(&mut [0; 10]).expect_err("nobody is there");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let (seen, report) = lab.finish();
        let packets = packets(&seen);
        assert_eq!((packets.len(), report.others), (2, 0), "{:#?}", lines(&seen));
        assert_eq!(packets[0].crossing, Crossing::Sent);
        assert!(matches!(packets[0].cause, Cause::Calls(_)), "{:?}", packets[0].cause);
        assert_eq!(packets[1].crossing, Crossing::Received);
        let Content::Icmp(message) = &packets[1].content else { panic!("{:?}", packets[1]) };
        assert_eq!(message.words, "port unreachable");
        let about = message.about.expect("it quotes the datagram");
        assert_eq!((about.0, about.2), (17, to));
        assert_eq!(about.1.port(), packets[0].source.port());
        assert!(matches!(packets[1].cause, Cause::Kernel(_)), "{:?}", packets[1].cause);
    }
}

/// Another program talks at the same time, at other ports and to the same host.
#[test]
fn the_packets_of_others_are_not_shown() {
    if !alone("the_packets_of_others_are_not_shown") {
        return;
    }
    let lab = Lab::all();
    let journal = lab.journal(None);
    let (server, to) = bound(&journal, "127.0.0.1:0");
    let client = DatagramSocket::new(&journal, to).expect("a socket");
    let theirs = "import socket\n\
                  a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
                  a.bind(('127.0.0.1', 0))\n\
                  b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
                  for i in range(5): b.sendto(b'theirs', a.getsockname()); a.recv(9)\n\
                  l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(1)\n\
                  c = socket.create_connection(l.getsockname()); c.close()\n";
    output(Command::new("python3").args(["-c", theirs]));
    for _ in 0..3 {
        client.send_to(b"ours", to).expect("it is sent");
        server.recv_from(&mut [0; 10]).expect("it arrives");
    }
    output(Command::new("python3").args(["-c", theirs]));
    let (seen, report) = lab.finish();
    let payloads: Vec<_> = packets(&seen).iter().map(|packet| packet.content.clone()).collect();
    assert_eq!(payloads, vec![Content::Udp(4); 3]);
    assert_eq!(report.packets, 3, "{report:?}");
    assert!(report.others >= 2 * (5 + 5), "{report:?}");
}

/// A bridge: the same packet leaves by the bridge, leaves by its port, and comes in at the other end
/// of the cable.
#[test]
fn a_packet_that_crosses_three_interfaces_is_one_packet() {
    if !alone("a_packet_that_crosses_three_interfaces_is_one_packet") {
        return;
    }
    for line in [
        "link add br0 type bridge",
        "link add v0 type veth peer name v1",
        "link set v0 master br0",
        "addr add 10.56.0.1/24 dev br0",
        "neigh add 10.56.0.2 lladdr 02:00:00:00:00:02 dev br0",
        "link set v1 up",
        "link set v0 up",
        "link set br0 up",
    ] {
        output(Command::new("ip").args(line.split(' ')));
    }
    let lab = Lab::all();
    let journal = lab.journal(None);
    let (client, _) = bound(&journal, "10.56.0.1:0");
    let to: SocketAddr = "10.56.0.2:7".parse().expect("an address");
    // A port of a bridge forwards only after a moment: until then packets see one interface.
    let end = std::time::Instant::now() + crate::support::FUSE;
    let state = || output(Command::new("ip").args(["-d", "link", "show", "v0"]));
    while !state().contains("state forwarding") {
        assert!(std::time::Instant::now() < end, "{}", state());
    }
    let mut witness = Program::start(
        Command::new("tcpdump").args(["-n", "-l", "-i", "v1", "-c", "4", "udp", "port", "7"]),
    );
    witness.until("listening on");
    for _ in 0..4 {
        client.send_to(b"once", to).expect("it is sent");
    }
    // It ends when the fourth has come out at the end of the cable.
    assert!(witness.finish().0.success());
    lab.until(4);
    let (seen, report) = lab.finish();
    assert_eq!((packets(&seen).len(), report.twice), (4, 8), "{report:?} {:#?}", lines(&seen));
    assert!(packets(&seen).iter().all(|packet| packet.crossing == Crossing::Sent));
    assert!(packets(&seen).iter().all(|packet| packet.frame.addresses.is_some()));
}
