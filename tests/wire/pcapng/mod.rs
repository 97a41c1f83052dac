//! The pcapng writer, with tshark and capinfos as judges, and a small reader of the tests' own.

mod blocks;
mod judges;

use crate::support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use netlab::wire::pcapng::{About, Packet, Pcapng};

/// A file in memory, which takes at most so many bytes at a time.
#[derive(Clone, Default)]
struct Memory {
    bytes: Arc<Mutex<Vec<u8>>>,
    at_once: Option<usize>,
    room: Option<usize>,
}

impl Memory {
    fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().expect("no test panicked with it").clone()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes.lock().expect("no test panicked with it");
        let room = self.room.map_or(usize::MAX, |room| room.saturating_sub(kept.len()));
        let taken = bytes.len().min(self.at_once.unwrap_or(usize::MAX)).min(room);
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        kept.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn about() -> About {
    About {
        hardware: "x86_64".into(),
        system: "linux".into(),
        application: "netlab 0.1.0".into(),
        command: "netlab tcp-server 6000 --write \"a b.pcapng\"".into(),
        filter: "tcp port 6000".into(),
        longest: 65535,
    }
}

fn packet(bytes: &[u8]) -> Packet<'_> {
    Packet {
        interface: "lo",
        link_type: 1,
        unix: Duration::new(1_795_268_220, 123_456_789),
        bytes,
        length: bytes.len(),
        outbound: None,
        comment: "A send(6) = 6, client",
    }
}

fn written(packets: &[Packet<'_>]) -> Vec<u8> {
    let memory = Memory::default();
    let mut file = Pcapng::new(memory.clone(), &about()).expect("memory");
    for packet in packets {
        file.packet(packet).expect("memory");
    }
    file.finish(Duration::from_secs(1_795_268_230), 17).expect("memory");
    memory.bytes()
}

/// A UDP datagram of "hello" from 10.0.0.1:5000 to 10.0.0.2:7, with the headers before it.
fn udp(link: &[u8]) -> Vec<u8> {
    let ip = [
        0x45, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0, 7, 0,
        13, 0, 0, b'h', b'e', b'l', b'l', b'o',
    ];
    [link, &ip].concat()
}

/// A header of Ethernet, with the numbers of the protocols that follow.
fn ethernet(types: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], types].concat()
}
