//! How many sockets there are.

use super::order::life;
use crate::event::{SocketTally, Sockets, State, Transport};
use crate::port::Range;

/// Counts sockets by protocol, by state and by the ranges of their ports.
#[must_use]
pub fn count(sockets: &Sockets) -> SocketTally {
    let mut tally = SocketTally { total: sockets.len(), ..SocketTally::default() };
    for socket in sockets.iter() {
        add(&mut tally.protocols, (socket.transport, socket.family()));
        add(&mut tally.states, socket.state);
        tally.sources[place(socket.source_range())] += 1;
        tally.destinations[place(socket.destination_range())] += 1;
    }
    tally.protocols.sort_unstable_by_key(|(protocol, _): &((Transport, u8), usize)| *protocol);
    tally.states.sort_unstable_by_key(|(state, _): &(State, usize)| life(*state));
    tally
}

fn add<T: PartialEq>(counts: &mut Vec<(T, usize)>, what: T) {
    match counts.iter_mut().find(|(known, _)| *known == what) {
        Some((_, count)) => *count += 1,
        None => counts.push((what, 1)),
    }
}

/// The place of a range in the tally; the last one is for sockets without a port.
fn place(range: Option<Range>) -> usize {
    range.map_or(Range::ALL.len(), |range| range as usize)
}
