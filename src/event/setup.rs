//! What a run begins with: this machine, and how its socket is configured.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{SafeText, SocketId};

/// The machine that netlab runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its host name.
    pub name: SafeText,
    /// Its addresses, the one for a partner first.
    pub addresses: Vec<HostAddress>,
    /// The ports that its kernel hands out as source ports: first and last.
    pub source_ports: Option<(u16, u16)>,
}

/// One address of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAddress {
    /// The address.
    pub ip: IpAddr,
    /// The network interface that has it, such as `eth0`.
    pub interface: SafeText,
    /// Who can reach this machine by it.
    pub reach: Reach,
}

/// Who can reach a machine by one of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The address of the interface with the default route: the one to give to a partner.
    Partner,
    /// Another address on a network.
    Network,
    /// An address of a virtual adapter: virtual machines and containers of this machine.
    Virtual,
    /// An IPv6 address that is only good on the same link (`fe80::/10`).
    LinkLocal,
    /// Only programs on this machine.
    Loopback,
}

impl Reach {
    /// One word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Network => "network",
            Self::Virtual => "virtual",
            Self::LinkLocal => "link-local",
            Self::Loopback => "loopback",
        }
    }
}

impl Host {
    /// Whom one of its addresses is for. Every command says it in these words.
    #[must_use]
    pub fn in_words(&self, address: &HostAddress) -> &'static str {
        let beside = |other: &HostAddress| {
            other.reach == Reach::Partner && other.interface == address.interface
        };
        match address.reach {
            Reach::Partner => "give this one to your partner",
            Reach::Network if self.addresses.iter().any(beside) => "good too: the same interface",
            Reach::Network => "another network, for partners in it",
            Reach::Virtual => "virtual: your partner cannot reach it",
            Reach::LinkLocal => "this link only",
            Reach::Loopback => "loopback: this machine only",
        }
    }
}

/// How a chat server is set up. Every option that teaches is in here, so that it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSetup {
    /// The listening socket.
    pub socket: SocketId,
    /// Where it listens, as the system says.
    pub local: SocketAddr,
    /// True when an IPv6 socket takes IPv4 clients too.
    pub dual_stack: bool,
    /// Connections that may wait for `accept`.
    pub backlog: i32,
    /// `one`, `threads` or `events`.
    pub serve: &'static str,
    /// `half` or `full`.
    pub dialog: &'static str,
    /// `auto`, `none`, `line` or `length`.
    pub framing: &'static str,
    /// Bytes that one `recv` takes at most.
    pub buffer: usize,
    /// Stop after the first client has left.
    pub once: bool,
    /// More clients than that are turned away.
    pub max_clients: Option<usize>,
    /// Small pieces are sent at once (`TCP_NODELAY`).
    pub nodelay: bool,
    /// A client that says nothing for so long is dropped.
    pub timeout: Option<Duration>,
    /// A client that takes nothing for so long while others wait is dropped.
    pub patience: Duration,
}

/// How a chat client is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSetup {
    /// The server as the user named it.
    pub host: SafeText,
    /// The address that is about to be tried.
    pub server: SocketAddr,
    /// The address and port the user asked to send from.
    pub source: Option<SocketAddr>,
    /// `half` or `full`.
    pub dialog: &'static str,
    /// `auto`, `none`, `line` or `length`.
    pub framing: &'static str,
    /// Bytes that one `recv` takes at most.
    pub buffer: usize,
    /// Small pieces are sent at once (`TCP_NODELAY`).
    pub nodelay: bool,
    /// How long `connect` may take.
    pub timeout: Duration,
    /// Ask for the error number instead of failing.
    pub connect_ex: bool,
}

/// The result of `connect_ex`: a number instead of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectEx {
    /// The endpoint that was tried.
    pub server: SocketAddr,
    /// 0 for a connection, else this system's error number.
    pub number: i32,
}
