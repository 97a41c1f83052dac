//! The tables of sockets that Linux keeps: four protocols in two families.

use crate::endpoint::Query;
use crate::event::{MachineSocket, Side, Sockets, State, Transport};

/// The numbers of the two families.
pub(super) const AF_INET: u8 = 2;
pub(super) const AF_INET6: u8 = 10;

/// One table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// What its sockets speak; for raw sockets the number comes with each.
    transport: Transport,
    /// True for IPv6.
    pub v6: bool,
    /// Its file in `/proc/net`.
    pub file: &'static str,
}

const fn kind(transport: Transport, v6: bool, file: &'static str) -> Kind {
    Kind { transport, v6, file }
}

/// Those that netlink tells about; raw sockets only with the module `raw_diag`.
pub(super) const KINDS: [Kind; 6] = [
    kind(Transport::Tcp, false, "tcp"),
    kind(Transport::Tcp, true, "tcp6"),
    kind(Transport::Udp, false, "udp"),
    kind(Transport::Udp, true, "udp6"),
    kind(Transport::Raw(0), false, "raw"),
    kind(Transport::Raw(0), true, "raw6"),
];

/// Ping sockets, which no Linux tells about by netlink.
pub(super) const PINGS: [Kind; 2] =
    [kind(Transport::Icmp, false, "icmp"), kind(Transport::Icmp, true, "icmp6")];

impl Kind {
    /// Whether its sockets are asked for.
    pub(super) const fn is_wanted(&self, query: Query) -> bool {
        match self.transport {
            Transport::Tcp => query.tcp,
            Transport::Udp => query.udp,
            Transport::Icmp | Transport::Raw(_) => query.raw && query.port.is_none(),
        }
    }

    /// The protocol to ask netlink for: `IPPROTO_TCP`, `IPPROTO_UDP`, `IPPROTO_ICMP`, `IPPROTO_RAW`.
    pub(super) const fn protocol(&self) -> u8 {
        match self.transport {
            Transport::Tcp => 6,
            Transport::Udp => 17,
            Transport::Icmp => 1,
            Transport::Raw(_) => 255,
        }
    }

    /// True for the tables of stream sockets.
    pub(super) fn is_tcp(&self) -> bool {
        self.transport == Transport::Tcp
    }

    /// `AF_INET` or `AF_INET6`.
    pub(super) const fn family(&self) -> u8 {
        if self.v6 { AF_INET6 } else { AF_INET }
    }

    /// A socket of this kind: the kernel's number of its state, its two sides, nothing else yet.
    ///
    /// A raw socket has no ports; in their place the kernel tells its protocol. A ping socket has
    /// one, the identifier of its echoes.
    pub(super) fn socket(&self, state: u8, source: Side, destination: Side) -> MachineSocket {
        let mut socket = MachineSocket {
            transport: self.transport,
            state: if self.is_tcp() { of_tcp(state) } else { of_others(state) },
            source,
            destination,
            queues: None,
            interface: 0,
            user: None,
            key: 0,
            dual_stack: false,
        };
        if !matches!(self.transport, Transport::Tcp | Transport::Udp) {
            socket.destination.port = 0;
        }
        if let Transport::Raw(protocol) = &mut socket.transport {
            // The protocol is one byte in every packet; what does not fit is a socket for sending.
            *protocol = u8::try_from(source.port).unwrap_or(255);
            socket.source.port = 0;
        }
        socket
    }
}

/// Adds a socket that is asked for. The kernel tells its tables in portions; when a socket comes into
/// a table meanwhile, the last one of a portion may come again at the head of the next.
pub(super) fn keep(sockets: &mut Sockets, socket: MachineSocket, query: Query) {
    let is_same = |last: &MachineSocket| {
        last.key == socket.key
            && last.source == socket.source
            && last.destination == socket.destination
            && last.transport == socket.transport
    };
    if query.wants_port(&socket) && !sockets.last().is_some_and(is_same) {
        sockets.push(socket);
    }
}

/// The kernel's numbers (`include/net/tcp_states.h`). 12 is a request that has not become a
/// connection yet, 13 a socket that is bound and no more.
const fn of_tcp(number: u8) -> State {
    match number {
        1 => State::Established,
        2 => State::SynSent,
        3 | 12 => State::SynReceived,
        4 => State::FinWait1,
        5 => State::FinWait2,
        6 => State::TimeWait,
        8 => State::CloseWait,
        9 => State::LastAck,
        10 => State::Listen,
        11 => State::Closing,
        _ => State::Closed,
    }
}

/// Datagram and raw sockets borrow two of TCP's numbers: 1 with a peer, 7 without.
const fn of_others(number: u8) -> State {
    if number == 1 { State::Connected } else { State::Unconnected }
}
