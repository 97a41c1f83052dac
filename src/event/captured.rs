//! Packets of a run's own sockets, as they were captured.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::{InterfaceName, OsError, SocketId, flag};

/// What happens while packets are captured beside the calls.
#[derive(Clone, Debug)]
pub enum CaptureEvent {
    /// From now on packets are captured.
    Began(CaptureSetup),
    /// The system refused; the run goes on without packets.
    Refused(CaptureRefused),
    /// A packet crossed an interface.
    Packet(Box<Captured>),
    /// The capture ended: what it kept, and what it lost.
    Ended(CaptureReport),
}

/// How packets are captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSetup {
    /// What the kernel lets through, in the words of pcap-filter(7): `tcp port 6000`.
    pub filter: String,
    /// Bytes that the kernel holds for this program when it is slow.
    pub buffer: usize,
    /// Whether address resolution (ARP, neighbour discovery) is captured as well (`--link`).
    pub link: bool,
    /// Where the packets are written to, for other programs (`--write`).
    pub file: Option<String>,
    /// What a reader has to know of them, where this system tells less of packets than Linux does.
    pub remark: Option<&'static str>,
}

/// Why there are no packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureRefused {
    /// What the system said; none where netlab cannot capture on this system at all.
    pub error: Option<OsError>,
}

/// What became of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaptureReport {
    /// Packets of this run's own sockets.
    pub packets: u64,
    /// Packets that came through the filter and belong to somebody else.
    pub others: u64,
    /// Second sights of a packet, on the way through another interface.
    pub twice: u64,
    /// Packets that the kernel dropped because this program was slow.
    pub dropped: u64,
    /// Packets that are in the file; none where there is no file, or not all could be written.
    pub written: Option<u64>,
}

/// A packet that belongs to one of this run's sockets.
#[derive(Clone, Debug)]
pub struct Captured {
    /// Its place among the packets of this capture, from 1.
    pub number: u64,
    /// When it crossed the interface, by the kernel's clock: time since 1970 in UTC.
    pub unix: Duration,
    /// Where it was seen.
    pub interface: InterfaceName,
    /// Which way it went.
    pub crossing: Crossing,
    /// Whose it is; none while a server's socket for it is still to come (a handshake).
    pub socket: Option<SocketId>,
    /// Where it comes from; port 0 where the protocol has none.
    pub source: SocketAddr,
    /// Where it goes to.
    pub destination: SocketAddr,
    /// Bytes of the IP packet with its headers, as its header says.
    pub length: usize,
    /// Time to live, or hop limit.
    pub hop_limit: u8,
    /// What it carries.
    pub content: Content,
    /// What made it go.
    pub cause: Cause,
    /// The frame, for who writes it to a file.
    pub frame: Arc<Frame>,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// This program sent it.
    Sent,
    /// It is for this program.
    Received,
    /// Both: it crosses the loopback, from one of this program's sockets to another.
    Local,
}

impl Crossing {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Local => "local",
        }
    }
}

/// A frame as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its bytes, from the link layer's header on.
    pub bytes: Vec<u8>,
    /// How many bytes it had: more than were kept if it was cut.
    pub length: usize,
    /// The kind of link layer, as a number of
    /// [LINKTYPE](https://www.tcpdump.org/linktypes.html): 1 Ethernet, 101 none.
    pub link_type: u16,
    /// The addresses of the link layer, source and destination, where it has any.
    pub addresses: Option<[[u8; 6]; 2]>,
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram, with so many bytes of data.
    Udp(usize),
    /// An ICMP or `ICMPv6` message.
    Icmp(IcmpSeen),
    /// Not the first fragment of an IP packet: offset in bytes, and whether more follow.
    Fragment(usize, bool),
    /// Address resolution: who has an address, or who is at it.
    Arp(Resolution),
    /// Something else, by the number of its protocol.
    Other(u8),
}

/// A TCP segment ([RFC 9293 § 3.1](https://www.rfc-editor.org/rfc/rfc9293#section-3.1)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The control bits of byte 13: see [`flag`].
    pub flags: u8,
    /// The number of the first byte.
    pub sequence: u32,
    /// The number of the byte that is expected next; it counts only with ACK.
    pub acknowledgment: u32,
    /// The same counted from the connection's first number, as Wireshark shows it; none when the
    /// beginning was not seen.
    pub relative_sequence: Option<u32>,
    /// See `relative_sequence`.
    pub relative_acknowledgment: Option<u32>,
    /// The window field.
    pub window: u16,
    /// How far it is shifted, where the handshake was seen and both sides agreed.
    pub window_shift: Option<u8>,
    /// Bytes of data.
    pub payload: usize,
    /// Options, in their order.
    pub options: Vec<TcpOption>,
    /// Bytes that were sent before are sent again.
    pub again: bool,
}

impl Segment {
    /// The control bits by name, in the order of their use: SYN, FIN, RST, PSH, ACK, …
    #[must_use]
    pub fn flag_names(&self) -> Vec<&'static str> {
        flag::NAMES.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, name)| *name).collect()
    }

    /// Bytes that the other side may send, where the shift is known: a SYN's window is never shifted.
    #[must_use]
    pub fn window_bytes(&self) -> Option<u32> {
        let window = u32::from(self.window);
        if self.flags & flag::SYN != 0 {
            return Some(window);
        }
        self.window_shift.map(|shift| window << shift.min(14))
    }
}

/// An option of a TCP segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOption {
    /// The largest segment that this side takes.
    MaximumSegmentSize(u16),
    /// The window fields of this side are to be shifted so far.
    WindowScale(u8),
    /// Selective acknowledgements are welcome.
    SackPermitted,
    /// Blocks that have arrived out of order, as sequence numbers: first, and behind the last.
    Sack(Vec<(u32, u32)>),
    /// This side's clock, and the other's that it heard last.
    Timestamps(u32, u32),
    /// Another, by its kind.
    Other(u8),
}

/// An ICMP message, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcmpSeen {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// In words: `echo request`, `port unreachable`.
    pub words: String,
    /// Identifier and sequence number of an echo.
    pub echo: Option<(u16, u16)>,
    /// The packet that an error is about: protocol, source, destination.
    pub about: Option<(u8, SocketAddr, SocketAddr)>,
    /// Bytes behind the ICMP header.
    pub payload: usize,
}

/// Address resolution (ARP, [RFC 826](https://www.rfc-editor.org/rfc/rfc826)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// 1: who has it? 2: I am at …
    pub operation: u16,
    /// Who speaks, by both its addresses.
    pub sender: (IpAddr, [u8; 6]),
    /// Who is asked for, or spoken to.
    pub target: (IpAddr, [u8; 6]),
}

/// What made a packet go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Calls of this run: the socket, the end that made them when a run has several, and the calls as
    /// they are written (`send(6) = 6`). Mostly one; a segment may carry the bytes of several.
    Calls(Vec<CallOf>),
    /// No call: the kernel does it by itself (acknowledges, answers a SYN, sends again), and why.
    Kernel(&'static str),
    /// The other side, whose calls are not in this run.
    Peer,
    /// It is not known.
    #[default]
    Unknown,
}

/// A call that made a packet go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOf {
    /// The end that made it, when a run has several.
    pub end: Option<String>,
    /// Its socket's label.
    pub socket: String,
    /// The call as it is written: `send(6) = 6`.
    pub text: String,
    /// Its place among the calls that are known, from 0, for who draws a line to it.
    pub place: usize,
}
