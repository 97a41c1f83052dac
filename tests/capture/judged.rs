//! tshark reads what was captured and says the same of it.
#![cfg(test)]

use std::fs::File;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;

use netlab::event::{Captured, Content};
use netlab::socket::Socket;
use netlab::wire::pcapng::{About, Packet, Pcapng};

use crate::lab::{Lab, alone, packets};
use crate::tools::{missing, output};

/// Bytes that are sent in one direction: segments of all sizes, up to those of an offload.
const MANY: usize = 600_000;

#[test]
fn tshark_agrees_on_every_segment() {
    let test = "tshark_agrees_on_every_segment";
    if missing(test, &["tshark"]) || !alone(test) {
        return;
    }
    for host in ["127.0.0.1:0", "[::1]:0"] {
        let lab = Lab::all();
        let journal = lab.journal(None);
        let any: SocketAddr = host.parse().expect("an address");
        let socket = Socket::stream(&journal, any).expect("a socket");
        socket.bind(any).expect("a free port");
        let listener = socket.listen(1).expect("it listens");
        let to = listener.local_address().expect("an address");
        let serve = move || {
            let accepted = listener.accept().expect("a connection");
            let mut buffer = vec![0; 100_000];
            let mut taken = 0;
            while let Ok(bytes @ 1..) = accepted.recv(&mut buffer) {
                taken += bytes;
            }
            accepted.send(b"that was all").expect("it is sent");
            taken
        };
        let server = thread::Builder::new().spawn(serve).expect("a thread");
        let client = Socket::stream(&journal, to).expect("a socket");
        let client = client.connect(to, false, || {}).expect("a thread").finish();
        let client = client.expect("it connects");
        let bytes = vec![7; MANY];
        let mut sent = 0;
        while sent < MANY {
            sent += client.send(&bytes[sent..]).expect("it is sent");
        }
        client.shutdown_write().expect("half closed");
        assert_eq!(server.join().expect("it ended well"), MANY);
        while client.recv(&mut [0; 100]).is_ok_and(|bytes| bytes > 0) {}
        drop(client);
        let (seen, report) = lab.finish();
        assert_eq!((report.others, report.dropped), (0, 0), "{report:?}");
        let packets = packets(&seen);
        let total: usize = packets.iter().map(|packet| payload(packet)).sum();
        assert_eq!(total, MANY + 12);
        let told = tshark(&packets);
        assert_eq!(told.len(), packets.len());
        for (packet, told) in packets.iter().zip(told) {
            assert_eq!(ours(packet), told, "packet {} of {host}", packet.number);
        }
    }
}

/// What it carries for the first time: a machine that is busy may send some of it again.
fn payload(packet: &Captured) -> usize {
    match &packet.content {
        Content::Tcp(segment) if !segment.again => segment.payload,
        _ => 0,
    }
}

/// What tshark's fields should say.
fn ours(packet: &Captured) -> Vec<String> {
    let Content::Tcp(segment) = &packet.content else { panic!("{packet:?}") };
    vec![
        packet.source.port().to_string(),
        packet.destination.port().to_string(),
        format!("0x{:04x}", segment.flags),
        segment.payload.to_string(),
        segment.relative_sequence.expect("its beginning was seen").to_string(),
        segment.relative_acknowledgment.unwrap_or(0).to_string(),
        segment.window_bytes().unwrap_or(segment.window.into()).to_string(),
        packet.frame.length.to_string(),
        format!("{}.{:09}", packet.unix.as_secs(), packet.unix.subsec_nanos()),
    ]
}

fn tshark(packets: &[&Captured]) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.pcapng");
    let mut file = Pcapng::new(File::create(&path).expect("a file"), &About::default())
        .expect("it is written");
    for packet in packets {
        file.packet(&Packet::of(packet, "")).expect("it is written");
    }
    file.flush().expect("it is written");
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-T", "fields", "-E", "separator=|"]);
    for field in [
        "tcp.srcport",
        "tcp.dstport",
        "tcp.flags",
        "tcp.len",
        "tcp.seq",
        "tcp.ack",
        "tcp.window_size",
        "frame.len",
        "frame.time_epoch",
    ] {
        command.args(["-e", field]);
    }
    let lines = output(&mut command);
    lines.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}
