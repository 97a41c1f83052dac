//! Socket calls as facts: what was asked, of which socket, and what came back.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::State;

/// A socket's label in this run: A for the first that was made, then B, C, … Z, AA.
///
/// File descriptors would do, but the system reuses them; a label means one socket for a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = [0_u8; 8];
        let mut at = letters.len();
        let mut rest = self.0;
        loop {
            at -= 1;
            letters[at] = b'A' + (rest % 26) as u8;
            if rest < 26 {
                break;
            }
            rest = rest / 26 - 1;
        }
        f.pad(std::str::from_utf8(&letters[at..]).unwrap_or("?"))
    }
}

/// A call to the socket API, after it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The socket it was made on.
    pub socket: SocketId,
    /// What was asked.
    pub operation: Operation,
    /// What came back.
    pub outcome: Outcome,
    /// How long the call took; with a blocking socket this is the time it waited.
    pub took: Duration,
    /// The socket's state after the call.
    pub state: State,
}

/// The calls of the socket API that netlab makes, with their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `socket`: a new socket of a family (`AF_INET`, `AF_INET6`) and type.
    Socket {
        /// Address family.
        domain: &'static str,
        /// Socket type.
        kind: &'static str,
    },
    /// `setsockopt`: an option by name, with its value.
    SetOption(&'static str, i64),
    /// `getsockopt`: an option by name.
    GetOption(&'static str),
    /// `bind`: take an address and port of this machine.
    Bind(SocketAddr),
    /// `listen`: open the queue for that many connections not yet accepted.
    Listen(i32),
    /// `connect`: shake hands with that endpoint.
    Connect(SocketAddr),
    /// `connect`, with the error number as the answer, as Python's `connect_ex` has it.
    ConnectEx(SocketAddr),
    /// `accept`: take the first finished connection from the queue.
    Accept,
    /// `getsockname`: which endpoint am I?
    SocketName,
    /// `getpeername`: which endpoint is the other side?
    PeerName,
    /// `send`: hand over that many bytes.
    Send(usize),
    /// `recv`: take at most that many bytes.
    Recv(usize),
    /// `sendto`: send one datagram of that many bytes there.
    SendTo(usize, SocketAddr),
    /// `recvfrom`: take one datagram, at most that many bytes of it, and who sent it.
    RecvFrom(usize),
    /// `recvfrom` with `MSG_PEEK`: look at the next datagram and leave it in the queue.
    Peek(usize),
    /// `recvmsg`: take one datagram, at most that many bytes of it, who sent it, and what the kernel
    /// tells beside it (control messages: when it arrived, the hop limit that was left).
    RecvMsg(usize),
    /// `recvmsg` with `MSG_ERRQUEUE`: take one entry of the socket's queue of errors.
    RecvErrors(usize),
    /// `setsockopt` with an address: join a multicast group, choose an interface.
    SetAddress(&'static str, IpAddr),
    /// `setsockopt` with the name of a network interface: send and receive by that one only.
    SetInterface(&'static str, InterfaceName),
    /// `shutdown`: end one direction (`SHUT_RD`, `SHUT_WR`) or both (`SHUT_RDWR`).
    Shutdown(&'static str),
    /// `close`: give the socket back.
    Close,
    /// Waiting until one of so many sockets is ready (`epoll_wait`, `kevent`, …).
    Poll(usize),
}

impl Operation {
    /// The call's name, as the system's manual has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Socket { .. } => "socket",
            Self::SetOption(..) | Self::SetAddress(..) | Self::SetInterface(..) => "setsockopt",
            Self::GetOption(..) => "getsockopt",
            Self::Bind(..) => "bind",
            Self::Listen(..) => "listen",
            Self::Connect(..) => "connect",
            Self::ConnectEx(..) => "connect_ex",
            Self::Accept => "accept",
            Self::SocketName => "getsockname",
            Self::PeerName => "getpeername",
            Self::Send(..) => "send",
            Self::Recv(..) => "recv",
            Self::SendTo(..) => "sendto",
            Self::RecvFrom(..) | Self::Peek(..) => "recvfrom",
            Self::RecvMsg(..) | Self::RecvErrors(..) => "recvmsg",
            Self::Shutdown(..) => "shutdown",
            Self::Close => "close",
            Self::Poll(..) => "poll",
        }
    }

    /// The address in the call's arguments, where it has one.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        match *self {
            Self::Bind(address)
            | Self::Connect(address)
            | Self::ConnectEx(address)
            | Self::SendTo(_, address) => Some(address),
            _ => None,
        }
    }

    /// Whether it may make packets go, and so belongs before what goes. `listen` does: from then on
    /// the kernel answers who asks.
    #[must_use]
    pub const fn makes_packets_go(&self) -> bool {
        matches!(
            self,
            Self::Connect(_)
                | Self::ConnectEx(_)
                | Self::Send(_)
                | Self::SendTo(..)
                | Self::Shutdown(_)
                | Self::Close
                | Self::Listen(_)
        )
    }
}

/// `bind(0.0.0.0:6000)`, `setsockopt(SO_REUSEADDR, 1)`.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Socket { domain, kind } => write!(f, "{name}({domain}, {kind})"),
            Self::SetOption(option, value) => write!(f, "{name}({option}, {value})"),
            Self::GetOption(text) | Self::Shutdown(text) => write!(f, "{name}({text})"),
            Self::Bind(address) | Self::Connect(address) | Self::ConnectEx(address) => {
                write!(f, "{name}({address})")
            }
            Self::Listen(number) => write!(f, "{name}({number})"),
            Self::Send(bytes)
            | Self::Recv(bytes)
            | Self::RecvFrom(bytes)
            | Self::RecvMsg(bytes) => write!(f, "{name}({bytes})"),
            Self::SendTo(bytes, peer) => write!(f, "{name}({bytes}, {})", Peer(*peer)),
            Self::Peek(bytes) => write!(f, "{name}({bytes}, MSG_PEEK)"),
            Self::RecvErrors(bytes) => write!(f, "{name}({bytes}, MSG_ERRQUEUE)"),
            Self::SetInterface(option, interface) => write!(f, "{name}({option}, {interface})"),
            Self::SetAddress(option, address) => write!(f, "{name}({option}, {address})"),
            Self::Poll(1) => write!(f, "{name}(1 socket)"),
            Self::Poll(sockets) => write!(f, "{name}({sockets} sockets)"),
            Self::Accept | Self::SocketName | Self::PeerName | Self::Close => {
                write!(f, "{name}()")
            }
        }
    }
}

/// What a call gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A number: 0 for success, a count of bytes, an option's value.
    Value(i64),
    /// A new socket, with the address of its peer where it has one.
    Socket(SocketId, Option<SocketAddr>),
    /// An endpoint.
    Address(SocketAddr),
    /// A datagram: its length, and who sent it.
    From(usize, SocketAddr),
    /// An error of the operating system.
    Failed(OsError),
}

impl Outcome {
    /// A count of bytes or sockets.
    #[must_use]
    pub fn count(count: usize) -> Self {
        Self::Value(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// `0`, `B from 10.0.56.23:54321`, `-1 ECONNREFUSED`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Socket(id, None) => write!(f, "{id}"),
            Self::Socket(id, Some(peer)) => write!(f, "{id} from {peer}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::From(bytes, peer) => write!(f, "{bytes} from {}", Peer(*peer)),
            Self::Failed(error) => write!(f, "-1 {}", error.name()),
        }
    }
}

/// The name of a network interface: at most 15 bytes on Linux, and so much is kept of longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceName([u8; 16]);

impl From<&str> for InterfaceName {
    fn from(name: &str) -> Self {
        let mut kept = [0; 16];
        for (place, byte) in kept.iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        Self(kept)
    }
}

impl InterfaceName {
    /// The name, as far as it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or("?")
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        write!(f, "\"{}\"", super::safe(&self.0[..end]))
    }
}

/// Who is at the other end of a datagram: `127.0.0.1:7`, and without a port, for protocols that have
/// none, `127.0.0.1`, `fe80::1%2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SocketAddr::V6(peer) if peer.port() == 0 && peer.scope_id() != 0 => {
                write!(f, "{}%{}", peer.ip(), peer.scope_id())
            }
            peer if peer.port() == 0 => write!(f, "{}", peer.ip()),
            peer => write!(f, "{peer}"),
        }
    }
}

/// An error of the operating system: its kind and its number, never its text, which comes in the
/// user's language and differs between systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsError {
    /// The portable kind.
    pub kind: io::ErrorKind,
    /// `errno`, or the code of `WSAGetLastError`; none for errors that the system did not number.
    pub number: Option<i32>,
}

impl OsError {
    /// The POSIX name of the error, such as `ECONNREFUSED`, or its number where it has no name here.
    #[must_use]
    pub fn name(&self) -> String {
        match (crate::event::errno::name(*self), self.number) {
            (Some(name), _) => name.to_owned(),
            (None, Some(number)) => format!("error {number}"),
            (None, None) => format!("{:?}", self.kind),
        }
    }
}

impl From<&io::Error> for OsError {
    fn from(error: &io::Error) -> Self {
        Self { kind: error.kind(), number: error.raw_os_error() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_labels_count_like_columns_of_a_sheet() {
        let label = |n| SocketId(n).to_string();
        assert_eq!(
            [label(0), label(25), label(26), label(701), label(702)],
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
        assert_eq!(label(u32::MAX).len(), 7);
    }

    #[test]
    fn a_protocol_without_ports_shows_none() {
        let [v4, v6] = ["127.0.0.1:0", "[fe80::1%2]:0"].map(|a| a.parse().expect("an address"));
        assert_eq!(Operation::SendTo(64, v4).to_string(), "sendto(64, 127.0.0.1)");
        assert_eq!(Outcome::From(64, v6).to_string(), "64 from fe80::1%2");
        assert_eq!(Operation::Bind(v4).to_string(), "bind(127.0.0.1:0)");
        assert_eq!(Operation::RecvErrors(9).to_string(), "recvmsg(9, MSG_ERRQUEUE)");
    }
}
