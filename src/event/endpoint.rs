//! Rows of the endpoint table.

use std::net::SocketAddr;

use super::{SafeText, SocketId, State};
use crate::port::Range;

/// One socket as the worksheet asks for it: protocol, source, destination, state.
///
/// *Source* is this side and *destination* the other, as on a packet that this socket sends. A
/// listening socket sends nothing and has no peer: its destination is written 0.0.0.0, port 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The socket's label.
    pub socket: SocketId,
    /// What the socket is for.
    pub role: Role,
    /// Who is at the other end, where that is known.
    pub who: Option<SafeText>,
    /// `TCP`, `UDP`, `ICMP`.
    pub protocol: &'static str,
    /// The connection's state.
    pub state: State,
    /// Address and port of this side.
    pub source: SocketAddr,
    /// Address and port of the other side.
    pub destination: SocketAddr,
    /// What stands in for ports where the protocol has none: ICMP's identifier and sequence number.
    pub echo: Option<EchoIds>,
}

/// What tells one ICMP echo from another, where TCP and UDP have ports
/// ([RFC 792](https://www.rfc-editor.org/rfc/rfc792), "Echo or Echo Reply Message").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoIds {
    /// Which program: the same number in all its probes. None for a socket that hears everything.
    pub identifier: Option<u16>,
    /// Which probe, where the row is about one.
    pub sequence: Option<u16>,
}

impl Endpoint {
    /// The range of the source port.
    #[must_use]
    pub const fn source_range(&self) -> Range {
        Range::of(self.source.port())
    }

    /// The range of the destination port; none for a socket that has no peer.
    #[must_use]
    pub const fn destination_range(&self) -> Option<Range> {
        match self.role {
            Role::Listening | Role::Bound | Role::Unconnected | Role::Raw | Role::Probe => None,
            _ => Some(Range::of(self.destination.port())),
        }
    }
}

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A server's first socket: takes connections, never talks.
    Listening,
    /// A server's socket for one client, made by `accept`.
    Accepted,
    /// A client's socket, connected: TCP, or UDP after `connect`.
    Connected,
    /// A datagram server's only socket: it has no peer and talks with everybody.
    Bound,
    /// Somebody a datagram server has heard: the same socket again, with the other side's endpoint.
    Heard,
    /// A datagram client's socket without a peer: every `sendto` names one.
    Unconnected,
    /// A datagram that such a socket sends: now there is a source address and a destination.
    Sent,
    /// An ICMP socket: it has an address and no port.
    Raw,
    /// An echo request that such a socket sends.
    Probe,
}

impl Role {
    /// One word for tables and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listening => "listening",
            Self::Accepted => "accepted",
            Self::Connected => "client",
            Self::Bound => "bound",
            Self::Heard => "heard",
            Self::Unconnected => "unconnected",
            Self::Sent => "sent",
            Self::Raw => "raw",
            Self::Probe => "probe",
        }
    }
}

/// An endpoint as every call and every packet names it alike: an IPv4 address in an IPv6 socket as
/// IPv4 (no `::ffff:`), and no scope.
#[must_use]
pub fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
