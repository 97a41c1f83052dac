//! In which order sockets are listed.
//!
//! Sorting ten thousand sockets must not cost what finding them did: what they are compared by is
//! put into one number for each, and the numbers are sorted.

use std::cmp::Reverse;
use std::net::IpAddr;

use crate::event::{Holders, MachineSocket, Sockets, State, Transport};

/// What sockets are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// Protocol, then state, then the port of this side.
    #[default]
    Protocol,
    /// State, in the order of a connection's life.
    State,
    /// The port of this side.
    Port,
    /// The port of the other side.
    DestinationPort,
    /// The address of this side.
    Source,
    /// The address of the other side.
    Destination,
    /// The name of the program.
    Program,
    /// The number of the process.
    Pid,
    /// What waits in it, most first.
    Queue,
}

/// The order of a connection's life; sockets without connections come after.
#[must_use]
pub const fn life(state: State) -> u8 {
    match state {
        State::Listen => 0,
        State::SynSent => 1,
        State::SynReceived => 2,
        State::Established => 3,
        State::FinWait1 => 4,
        State::FinWait2 => 5,
        State::Closing => 6,
        State::CloseWait => 7,
        State::LastAck => 8,
        State::TimeWait => 9,
        State::Closed => 10,
        State::Unconnected => 11,
        State::Connected => 12,
    }
}

/// Protocol and family in the order of the table.
const fn protocol(transport: Transport) -> u16 {
    match transport {
        Transport::Tcp => 0,
        Transport::Udp => 1,
        Transport::Icmp => 2,
        Transport::Raw(number) => 3 + number as u16,
    }
}

/// Protocol, state, port of this side, family, port of the other side: in one number.
const fn usual(socket: &MachineSocket) -> u64 {
    (protocol(socket.transport) as u64) << 48
        | (life(socket.state) as u64) << 40
        | (socket.source.port as u64) << 24
        | (socket.family() as u64) << 16
        | socket.destination.port as u64
}

const fn bits(ip: IpAddr) -> (bool, u128) {
    match ip {
        IpAddr::V4(v4) => (false, v4.to_bits() as u128),
        IpAddr::V6(v6) => (true, v6.to_bits()),
    }
}

/// What is left to tell two sockets apart.
fn rest(socket: &MachineSocket) -> impl Ord + use<> {
    (bits(socket.source.ip), bits(socket.destination.ip), socket.interface, socket.key)
}

/// Bytes or connections that wait.
fn waiting(socket: &MachineSocket) -> u64 {
    socket.queues.map_or(0, |queues| {
        // A listener's second number is no queue: it is how many may wait.
        let send = if socket.state == State::Listen { 0 } else { queues.send };
        u64::from(queues.receive) + u64::from(send)
    })
}

/// The places of sockets in order, the same one whenever there are the same sockets.
#[must_use]
pub fn sorted(sockets: &Sockets, holders: &Holders, by: SortBy, reverse: bool) -> Vec<u32> {
    let port = |socket: &MachineSocket, port: u16| {
        // Without ports they come last.
        if socket.transport.has_ports() { u32::from(port) } else { u32::MAX }
    };
    let first = |socket: &MachineSocket| holders(socket).first();
    let mut places = match by {
        SortBy::Protocol => order(sockets, |_| ()),
        SortBy::State => order(sockets, |socket| life(socket.state)),
        SortBy::Port => order(sockets, |socket| port(socket, socket.source.port)),
        SortBy::DestinationPort => order(sockets, |socket| port(socket, socket.destination.port)),
        SortBy::Source => order(sockets, |socket| bits(socket.source.ip)),
        SortBy::Destination => order(sockets, |socket| bits(socket.destination.ip)),
        SortBy::Program => order(sockets, |socket| {
            let first = first(socket);
            (first.is_none(), first.map(|program| (program.name.as_str(), program.pid)))
        }),
        SortBy::Pid => order(sockets, |socket| first(socket).map_or(u32::MAX, |p| p.pid)),
        SortBy::Queue => order(sockets, |socket| Reverse(waiting(socket))),
    };
    if reverse {
        places.reverse();
    }
    places
}

/// Sorts by a key, then as usual, then by whatever tells two sockets apart.
fn order<K: Ord>(sockets: &Sockets, key: impl Fn(&MachineSocket) -> K) -> Vec<u32> {
    let mut keyed: Vec<((K, u64), u32)> = Vec::with_capacity(sockets.len());
    let all = sockets.places();
    keyed.extend(all.map(|(place, socket)| ((key(&socket), usual(&socket)), place)));
    keyed.sort_unstable_by(|(one, a), (other, b)| {
        let rests = || sockets.get(*a).as_ref().map(rest).cmp(&sockets.get(*b).as_ref().map(rest));
        one.cmp(other).then_with(rests)
    });
    keyed.into_iter().map(|(_, place)| place).collect()
}
