//! This machine's sockets as rows of a table: what they are counted by, and what became of them.

use super::{MachineSocket, SocketProgram, Sockets, State, Transport};
use crate::port::Range;

/// A socket and the programs that hold it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The socket.
    pub socket: &'a MachineSocket,
    /// Who holds it: nobody, or nobody that may be seen, when there are none.
    pub programs: &'a [SocketProgram],
}

/// Who holds a socket.
pub type Holders<'a> = dyn Fn(&MachineSocket) -> &'a [SocketProgram] + 'a;

/// Rows in an order. They are many, so they are made one by one, of sockets and their places.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The sockets in any order.
    pub sockets: &'a Sockets,
    /// Which of them are rows, in the order of the table.
    pub places: &'a [u32],
    /// Who holds them.
    pub holders: &'a Holders<'a>,
}

impl Rows<'_> {
    /// Tells one row after the other.
    pub fn each(self, mut tell: impl FnMut(&Row)) {
        for socket in self.places.iter().filter_map(|place| self.sockets.get(*place)) {
            tell(&Row { socket: &socket, programs: (self.holders)(&socket) });
        }
    }
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_list();
        self.each(|row| {
            list.entry(row);
        });
        list.finish()
    }
}

impl Transport {
    /// The word for it, without the number of a raw socket's protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Raw(_) => "raw",
        }
    }

    /// Whether it has ports.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

/// The name of a protocol that somebody may open a raw socket for
/// ([IANA, protocol numbers](https://www.iana.org/assignments/protocol-numbers)).
#[must_use]
pub const fn protocol_name(number: u8) -> Option<&'static str> {
    Some(match number {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        132 => "sctp",
        255 => "any",
        _ => return None,
    })
}

impl MachineSocket {
    /// 4 or 6.
    #[must_use]
    pub const fn family(&self) -> u8 {
        if self.source.ip.is_ipv4() { 4 } else { 6 }
    }

    /// False for a socket that has no other side: it listens, or names a peer with each datagram.
    #[must_use]
    pub const fn has_peer(&self) -> bool {
        !self.destination.is_unspecified() || self.destination.port != 0
    }

    /// The range of the port of this side; none without a port, or before there is one.
    #[must_use]
    pub const fn source_range(&self) -> Option<Range> {
        if self.transport.has_ports() && self.source.port != 0 {
            Some(self.source.range())
        } else {
            None
        }
    }

    /// The range of the port of the other side; none without a port, or without another side.
    #[must_use]
    pub const fn destination_range(&self) -> Option<Range> {
        if self.transport.has_ports() && self.destination.port != 0 {
            Some(self.destination.range())
        } else {
            None
        }
    }
}

/// What happened to a socket between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    New,
    /// It was in this state.
    State(State),
    /// It is there no more.
    Gone,
}

/// How many sockets there are, by what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketTally {
    /// All of them.
    pub total: usize,
    /// By protocol and family, in the order of the table.
    pub protocols: Vec<((Transport, u8), usize)>,
    /// By state, in the order of a connection's life.
    pub states: Vec<(State, usize)>,
    /// By the range of this side's port, as in [`Range::ALL`]; then those without a port.
    pub sources: [usize; 4],
    /// By the range of the other side's port; then those without one.
    pub destinations: [usize; 4],
}
