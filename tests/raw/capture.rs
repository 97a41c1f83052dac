//! What tcpdump saw on the client's cable, byte for byte, and what tshark says of it.
#![cfg(test)]

use std::fs;
use std::net::IpAddr;
use std::process::Command;

use tempfile::TempDir;

use crate::network::{Host, Network};
use crate::support::Program;
use crate::tools::output;

/// Echoes and errors of both families with all their fragments, but no talk of IPv6's neighbours.
pub const PINGS: &str = "icmp or (ip6 and (ip6[6] = 44 or (icmp6 and \
                         (ip6[40] < 5 or ip6[40] = 128 or ip6[40] = 129))))";

/// A capture that goes on until it has seen so many packets.
pub struct Capture {
    tcpdump: Option<Program>,
    folder: TempDir,
}

/// A packet without the header of its link.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Since 1970, in nanoseconds.
    pub at_ns: u64,
    pub bytes: Vec<u8>,
}

/// An ICMP message whose fragments, if any, were put together again.
#[derive(Clone, Debug)]
pub struct Message {
    /// When the first fragment was seen.
    pub at_ns: u64,
    pub source: IpAddr,
    pub destination: IpAddr,
    pub hop_limit: u8,
    /// Only IPv4 has the bit.
    pub dont_fragment: bool,
    pub fragments: usize,
    /// The first packet as it was captured.
    pub packet: Vec<u8>,
    /// From the type on.
    pub icmp: Vec<u8>,
}

impl Message {
    pub fn kind(&self) -> u8 {
        self.icmp[0]
    }

    pub fn is_request(&self) -> bool {
        self.kind() == if self.source.is_ipv4() { 8 } else { 128 }
    }

    pub fn is_reply(&self) -> bool {
        self.kind() == if self.source.is_ipv4() { 0 } else { 129 }
    }

    pub fn checksum(&self) -> u16 {
        self.word(2)
    }

    pub fn identifier(&self) -> u16 {
        self.word(4)
    }

    pub fn sequence(&self) -> u16 {
        self.word(6)
    }

    pub fn data(&self) -> &[u8] {
        &self.icmp[8..]
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.icmp[at], self.icmp[at + 1]])
    }
}

impl Capture {
    /// Begins; when this returns, it sees everything.
    #[track_caller]
    pub fn start(network: &Network, filter: &str, packets: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.pcap").display().to_string();
        let packets = packets.to_string();
        // As root, who alone may write into the folder. Room for many packets, none larger than those
        // of the cable: a flood must not outrun it.
        let fast = ["-U", "--immediate-mode", "-s", "1600", "-B", "8192"];
        let shape = ["-n", "-Z", "root", "--time-stamp-precision", "nano", "-i", "eth0"];
        let end = ["-c", &packets, "-w", &path, filter];
        let arguments = [&fast[..], &shape, &end].concat();
        let mut tcpdump = Program::start(&mut network.on(Host::Client, "tcpdump", &arguments));
        tcpdump.until("listening on");
        Self { tcpdump: Some(tcpdump), folder }
    }

    /// Waits until all packets were seen.
    #[track_caller]
    pub fn packets(&mut self) -> Vec<Captured> {
        if let Some(tcpdump) = self.tcpdump.take() {
            let (status, lines) = tcpdump.finish();
            assert!(status.success(), "{lines:?}");
            assert!(lines.iter().any(|line| line == "0 packets dropped by kernel"), "{lines:?}");
        }
        let file = fs::read(self.path()).expect("tcpdump has written it");
        read(&file)
    }

    /// The messages in them.
    #[track_caller]
    pub fn messages(&mut self) -> Vec<Message> {
        messages(&self.packets())
    }

    /// These fields of every message, as tshark has them; for a message in fragments only at the last
    /// one, with the checksum of the whole.
    #[track_caller]
    pub fn by_tshark(&mut self, fields: &[&str]) -> Vec<Vec<String>> {
        self.packets();
        let mut tshark = Command::new("tshark");
        tshark.args(["-n", "-r", &self.path(), "-Y", "icmp or icmpv6", "-T", "fields"]);
        tshark.args(["-o", "ip.check_checksum:TRUE", "-E", "occurrence=f", "-E", "separator=/t"]);
        for field in fields {
            tshark.args(["-e", field]);
        }
        let seen = output(&mut tshark);
        seen.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }

    fn path(&self) -> String {
        self.folder.path().join("run.pcap").display().to_string()
    }
}

/// The packets in a file of libpcap, with nanoseconds, from a machine with this byte order.
#[track_caller]
fn read(file: &[u8]) -> Vec<Captured> {
    const LINK: usize = 14;
    let word = |at: usize| u32::from_ne_bytes(file[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(word(0), 0xa1b2_3c4d, "a capture with nanoseconds");
    assert_eq!(word(20), 1, "of Ethernet");
    let (mut at, mut packets) = (24, Vec::new());
    while at < file.len() {
        let length = usize::try_from(word(at + 8)).expect("a length");
        assert_eq!(word(at + 8), word(at + 12), "a whole packet");
        let at_ns = u64::from(word(at)) * 1_000_000_000 + u64::from(word(at + 4));
        at += 16;
        packets.push(Captured { at_ns, bytes: file[at + LINK..at + length].to_vec() });
        at += length;
    }
    packets
}

/// Where a packet belongs among the fragments of one, and what it brings.
struct Piece {
    message: Message,
    offset: usize,
    more: bool,
    of: u32,
}

#[track_caller]
fn piece(packet: &Captured) -> Piece {
    let bytes = &packet.bytes;
    let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let address = |at: usize| -> [u8; 16] { bytes[at..at + 16].try_into().expect("an address") };
    let short_address =
        |at: usize| -> [u8; 4] { bytes[at..at + 4].try_into().expect("an address") };
    let (start, end, source, destination, hop_limit, flags, of);
    if bytes[0] >> 4 == 4 {
        start = usize::from(bytes[0] & 15) * 4;
        end = usize::from(short(2));
        (source, destination) = (short_address(12).into(), short_address(16).into());
        hop_limit = bytes[8];
        // In units of eight bytes; above it, "more follow" and "don't fragment".
        flags = (short(6) & 0x1fff, short(6) & 0x2000 != 0, short(6) & 0x4000 != 0);
        of = u32::from(short(4));
    } else {
        let extended = bytes[6] == 44;
        start = if extended { 48 } else { 40 };
        end = 40 + usize::from(short(4));
        (source, destination) = (address(8).into(), address(24).into());
        hop_limit = bytes[7];
        flags =
            if extended { (short(42) >> 3, short(42) & 1 != 0, false) } else { (0, false, false) };
        of = if extended { u32::from(short(44)) << 16 | u32::from(short(46)) } else { 0 };
    }
    let (offset, more, dont_fragment) = flags;
    let icmp = bytes[start..end].to_vec();
    let packet = Captured { at_ns: packet.at_ns, bytes: bytes[..end].to_vec() };
    let message = Message {
        at_ns: packet.at_ns,
        source,
        destination,
        hop_limit,
        dont_fragment,
        fragments: 1,
        packet: packet.bytes,
        icmp,
    };
    Piece { message, offset: usize::from(offset) * 8, more, of }
}

/// Puts fragments, which come in order on a cable, together.
#[track_caller]
fn messages(packets: &[Captured]) -> Vec<Message> {
    let (mut whole, mut begun): (Vec<Message>, Vec<(u32, Message)>) = (Vec::new(), Vec::new());
    for packet in packets {
        let Piece { message, offset, more, of } = piece(packet);
        let place = begun.iter().position(|(other, first)| {
            *other == of
                && (first.source, first.destination) == (message.source, message.destination)
        });
        match (place, offset, more) {
            (None, 0, false) => whole.push(message),
            (None, 0, true) => begun.push((of, message)),
            (Some(at), ..) => {
                let first = &mut begun[at].1;
                assert_eq!(first.icmp.len(), offset, "a gap between fragments");
                first.icmp.extend(&message.icmp);
                first.fragments += 1;
                if !more {
                    whole.push(begun.remove(at).1);
                }
            }
            _ => panic!("a fragment whose beginning was not seen: {packet:?}"),
        }
    }
    assert!(begun.is_empty(), "messages without an end: {begun:?}");
    whole
}
