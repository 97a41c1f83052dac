//! What the book is told: calls and packets as plain facts.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::event::{self, Captured, Content, Crossing, Operation, Outcome, plain};

/// A call that returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFact {
    /// The end that made it, or a name of its lane, where there are several programs.
    pub end: Option<Arc<str>>,
    /// Its socket's label, which is one socket for a whole run: `A`.
    pub socket: String,
    /// What it did.
    pub deed: Deed,
    /// As it is written, with its result: `send(6) = 6`.
    pub text: String,
    /// When it was made, on the clock of the packets.
    pub begin: Duration,
    /// When it returned.
    pub returned: Duration,
}

/// What a call did, as far as a packet can come of it. What failed did nothing, except `connect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A socket was made; whether it is for a stream (TCP).
    Made(bool),
    /// The socket took this address of its machine.
    Bound(SocketAddr),
    /// It listens.
    Listens,
    /// It was to be connected there: a SYN went out even if nobody answered.
    Connected(SocketAddr),
    /// A connection was taken from the queue: the new socket's label, and its peer.
    Accepted(String, Option<SocketAddr>),
    /// `getsockname` told its own address.
    Local(SocketAddr),
    /// `getpeername` told the other side's.
    Remote(SocketAddr),
    /// So many bytes were handed over.
    Sent(u64),
    /// So many bytes were sent there as one datagram.
    SentTo(u64, SocketAddr),
    /// So many bytes were taken; 0 is the other side's end.
    Took(u64),
    /// One datagram was taken: its length and who sent it.
    TookFrom(u64, SocketAddr),
    /// This side's half ended (`shutdown`).
    Ended,
    /// The socket was given back.
    Closed,
    /// Nothing from which a packet could come.
    Nothing,
}

impl CallFact {
    /// A call of a run that is going on. `at` is the time of its event: when it returned.
    #[must_use]
    pub fn of(end: Option<&str>, call: &event::Call, at: Duration) -> Self {
        Self {
            end: end.map(Arc::from),
            socket: call.socket.to_string(),
            deed: deed(&call.operation, &call.outcome),
            text: format!("{} = {}", call.operation, call.outcome),
            begin: at.saturating_sub(call.took),
            returned: at,
        }
    }

    /// A call of a record, read from how it is written: its field `text`, `accept() = B from
    /// 127.0.0.1:40322`. What cannot be read did nothing.
    #[must_use]
    pub fn written(
        end: Option<&str>,
        socket: &str,
        text: &str,
        begin: Duration,
        returned: Duration,
    ) -> Self {
        Self {
            end: end.map(Arc::from),
            socket: socket.to_owned(),
            deed: super::written::deed(text),
            text: text.to_owned(),
            begin,
            returned,
        }
    }
}

fn deed(operation: &Operation, outcome: &Outcome) -> Deed {
    if let Operation::Connect(to) | Operation::ConnectEx(to) = operation {
        return Deed::Connected(*to);
    }
    match (operation, outcome) {
        (_, Outcome::Failed(_)) => Deed::Nothing,
        (Operation::Socket { kind, .. }, _) => Deed::Made(*kind == "SOCK_STREAM"),
        (Operation::Bind(at), _) => Deed::Bound(*at),
        (Operation::Listen(_), _) => Deed::Listens,
        (Operation::Accept, Outcome::Socket(made, peer)) => Deed::Accepted(made.to_string(), *peer),
        (Operation::SocketName, Outcome::Address(at)) => Deed::Local(*at),
        (Operation::PeerName, Outcome::Address(at)) => Deed::Remote(*at),
        (Operation::Send(_), Outcome::Value(bytes)) => Deed::Sent(count(*bytes)),
        (Operation::SendTo(_, to), Outcome::Value(bytes)) => Deed::SentTo(count(*bytes), *to),
        (Operation::Recv(_), Outcome::Value(bytes)) => Deed::Took(count(*bytes)),
        (Operation::RecvFrom(_) | Operation::RecvMsg(_), Outcome::From(bytes, from)) => {
            Deed::TookFrom(*bytes as u64, *from)
        }
        (Operation::Shutdown("SHUT_WR" | "SHUT_RDWR"), _) => Deed::Ended,
        (Operation::Close, _) => Deed::Closed,
        _ => Deed::Nothing,
    }
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A packet on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketFact {
    /// When it crossed, on the clock of the calls.
    pub at: Duration,
    /// Whether the program that sent it is one whose calls are told.
    pub own: bool,
    /// Where it comes from; port 0 where the protocol has none.
    pub source: SocketAddr,
    /// Where it goes to.
    pub destination: SocketAddr,
    /// What it carries.
    pub carries: Carries,
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carries {
    /// A TCP segment.
    Tcp(TcpFact),
    /// A UDP datagram of so many bytes of data.
    Udp(u64),
    /// An ICMP message: type, code, and bytes behind its header of 8.
    Icmp(u8, u8, u64),
    /// Not the first fragment of a packet.
    Fragment,
    /// Address resolution.
    Arp,
    /// Something else.
    Other,
}

/// What counts of a TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFact {
    /// The control bits of byte 13: FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    pub flags: u8,
    /// The number of the first byte, as it is on the wire.
    pub sequence: u32,
    /// The number of the byte that is expected next.
    pub acknowledgment: u32,
    /// The window field, not shifted.
    pub window: u16,
    /// Bytes of data.
    pub payload: u32,
}

impl PacketFact {
    /// A packet that was just captured. `at` is the time of its event.
    #[must_use]
    pub fn of(packet: &Captured, at: Duration) -> Self {
        let carries = match &packet.content {
            Content::Tcp(segment) => Carries::Tcp(TcpFact {
                flags: segment.flags,
                sequence: segment.sequence,
                acknowledgment: segment.acknowledgment,
                window: segment.window,
                payload: u32::try_from(segment.payload).unwrap_or(u32::MAX),
            }),
            Content::Udp(bytes) => Carries::Udp(*bytes as u64),
            Content::Icmp(seen) => Carries::Icmp(seen.kind, seen.code, seen.payload as u64),
            Content::Fragment(..) => Carries::Fragment,
            Content::Arp(_) => Carries::Arp,
            Content::Other(_) => Carries::Other,
        };
        Self {
            at,
            own: packet.crossing != Crossing::Received,
            source: packet.source,
            destination: packet.destination,
            carries,
        }
    }
}

/// An address without what differs between how a call names it and how a packet does: a scope, or
/// IPv4 written as IPv6 (`::ffff:127.0.0.1`).
pub(super) type Address = (IpAddr, u16);

pub(super) fn address(address: SocketAddr) -> Address {
    let address = plain(address);
    (address.ip(), address.port())
}

/// The same for where something is sent to: to the unspecified address means to this machine.
pub(crate) fn target(to: SocketAddr) -> Address {
    let (ip, port) = address(to);
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => (std::net::Ipv4Addr::LOCALHOST.into(), port),
        IpAddr::V6(v6) if v6.is_unspecified() => (std::net::Ipv6Addr::LOCALHOST.into(), port),
        ip => (ip, port),
    }
}
