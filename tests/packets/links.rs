//! Two hosts on a cable that do not know each other yet: `--link`.
#![cfg(test)]

use serde_json::Value;

use crate::judge::{Judge, TCP, fields_of, tcp_row};
use crate::lines::packets;
use crate::room::{CLIENT, CLIENT_MAC, Cable, SERVER, SERVER_MAC};
use crate::run::Run;
use crate::support::Program;

const NETLAB: &str = env!("CARGO_BIN_EXE_netlab");

const ARP: [&str; 5] =
    ["arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "arp.src.hw_mac", "arp.dst.hw_mac"];

/// A host that asks for routers, and whether an address is free (RFC 4861 § 4.1, RFC 4862 § 5.4.2).
const OF_NO_RUN: &str = r#"
import socket, struct

def send(source, destination, message):
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    pseudo = addresses + struct.pack("!II", len(message), 58) + message
    total = sum(struct.unpack("!%dH" % (len(pseudo) // 2), pseudo))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    message = message[:2] + struct.pack("!H", ~total & 0xFFFF) + message[4:]
    header = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + addresses
    group = b"\x33\x33" + addresses[-4:]
    wire.send(group + wire.getsockname()[4] + b"\x86\xdd" + header + message)

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0))
send("fe80::77", "ff02::2", struct.pack("!BBHI", 133, 0, 0, 0))
free = socket.inet_pton(socket.AF_INET6, "fd00:77::1")
send("::", "ff02::1:ff00:1", struct.pack("!BBHI", 135, 0, 0, 0) + free)
"#;

#[track_caller]
fn row(packet: &Value) -> Vec<String> {
    let text = |field: &str| packet[field].as_str().unwrap_or_default().to_owned();
    let operation = packet["operation"].as_u64().expect("a number").to_string();
    let rest = ["source_ip", "destination_ip", "sender_mac", "target_mac"].map(text);
    std::iter::once(operation).chain(rest).collect()
}

#[test]
fn the_question_for_the_hardware_address_comes_before_the_syn() {
    let test = "the_question_for_the_hardware_address_comes_before_the_syn";
    let Some(cable) = Cable::new(test, "arp") else { return };
    let own = ["-6", "addr", "add", "fe80::77/64", "dev", "eth0", "nodad"];
    assert!(cable.on("client", "ip", &own).status().expect("it starts").success());
    let folder = tempfile::tempdir().expect("a folder");
    let judge = Judge::start(
        folder,
        cable.on("client", "tcpdump", &[]),
        "eth0",
        cable.on("client", "python3", &[]),
        SERVER,
    );
    let server = ["tcp-server", "6000", "--once"];
    let mut server = Program::start(&mut cable.on("server", NETLAB, &server));
    server.port();
    let arguments = ["tcp-client", SERVER, "6000", "--link", "--explain"];
    let mut client = Run::start(&mut cable.on("client", NETLAB, &[]), &arguments);
    client.program.type_line("Hello!");
    server.until("Hello!");
    // What the two machines ask for themselves meanwhile is no run's.
    for host in ["client", "server"] {
        let asked = cable.on(host, "python3", &["-c", OF_NO_RUN]).status().expect("it starts");
        assert!(asked.success());
    }
    client.program.type_line("Still there?");
    server.until("Still there?");
    client.program.type_line("exit");
    let client = client.end(0);
    assert!(server.finish().0.success());
    let seen = judge.end();
    assert_eq!(client.packets("icmpv6").len(), 0, "{:#?}", client.record);

    let tcp = seen.fields("tcp", &TCP);
    assert_eq!(client.packets("tcp").into_iter().map(tcp_row).collect::<Vec<_>>(), tcp);
    assert_eq!(fields_of(&client.file(), "tcp", &TCP), tcp);
    let (ask, answer) = (
        ["1", CLIENT, SERVER, CLIENT_MAC, "00:00:00:00:00:00"],
        ["2", SERVER, CLIENT, SERVER_MAC, CLIENT_MAC],
    );
    let told: Vec<_> = client.packets("arp").into_iter().map(row).collect();
    assert_eq!(told[..2], [ask, answer], "{told:#?}");
    assert_eq!(fields_of(&client.file(), "arp", &ARP)[..2], [ask, answer]);
    assert_eq!(seen.fields("arp", &ARP)[..2], [ask, answer]);

    let page = packets(&client.lines);
    assert!(page[0].contains(&format!("who has {SERVER}? tell {CLIENT}")), "{page:#?}");
    assert!(page[1].contains(&format!("{SERVER} is at {SERVER_MAC}")), "{page:#?}");
    assert!(page[2].contains("SYN"), "{page:#?}");
    let frame = format!("frame from {CLIENT_MAC} to {SERVER_MAC}");
    let frames = client.lines.iter().filter(|line| line.contains(&frame)).count();
    assert_eq!(frames, 1, "{:#?}", client.lines);
}

#[test]
fn without_link_there_is_no_talk_of_addresses() {
    let Some(cable) = Cable::new("without_link_there_is_no_talk_of_addresses", "plain") else {
        return;
    };
    let arguments = ["raw-ping", SERVER, "-n", "-c", "1"];
    let ping = Run::start(&mut cable.on("client", NETLAB, &[]), &arguments).end(0);
    assert_eq!(ping.packets("icmp").len(), 2, "{:#?}", ping.record);
    assert_eq!(ping.packets("arp").len(), 0);
    assert!(!ping.lines.iter().any(|line| line.contains(SERVER_MAC)), "{:#?}", ping.lines);
}
