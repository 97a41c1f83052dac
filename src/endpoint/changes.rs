//! What became of this machine's sockets between two looks.
//!
//! ```text
//!  a moment ago                        now
//!  127.0.0.1:5001 SYN-SENT      ──▶    127.0.0.1:5001 ESTABLISHED      changed
//!  127.0.0.1:5000 TIME-WAIT                                            gone
//!                                      0.0.0.0:6000   LISTEN           new
//! ```
//!
//! A connection is known by its two endpoints, for the kernel takes it away from its program before
//! it is over: in TIME-WAIT it belongs to nobody. A socket that was given a peer meanwhile (`connect`
//! on a datagram socket) has other endpoints, and is known by the number that the system has for it.
//! Whatever begins and ends between two looks is seen by neither.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;

use crate::event::{Change, MachineSocket, Sockets, Transport};

/// What a socket is known by.
type Known = (Transport, IpAddr, u16, IpAddr, u16, u32);

fn known(socket: &MachineSocket) -> Known {
    let (source, destination) = (socket.source, socket.destination);
    let ends = (source.ip, source.port, destination.ip, destination.port);
    (socket.transport, ends.0, ends.1, ends.2, ends.3, socket.interface)
}

/// What happened, in the order of `now`, and then what is gone. The sockets of a change are as they
/// are now; of what is gone, as they were.
#[must_use]
pub fn changes(before: &Sockets, now: &Sockets) -> Vec<(Change, MachineSocket)> {
    // They are compared all over the place: as they are, that is faster.
    let (before, now): (Vec<_>, Vec<_>) = (before.iter().collect(), now.iter().collect());
    between(&before, &now)
}

fn between(before: &[MachineSocket], now: &[MachineSocket]) -> Vec<(Change, MachineSocket)> {
    let (old, new) = (sorted(before), sorted(now));
    let (mut appeared, mut gone) = (Vec::new(), Vec::new());
    let mut changed: Vec<(usize, Change)> = Vec::new();
    let (mut at, mut there) = (0, 0);
    while at < old.len() || there < new.len() {
        let order = match (old.get(at), new.get(there)) {
            (Some(old), Some(new)) => in_order(&before[*old], &now[*new]),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        match order {
            Ordering::Less => gone.push(old[at]),
            Ordering::Greater => appeared.push(new[there]),
            Ordering::Equal => {
                let was = before[old[at]].state;
                if was != now[new[there]].state {
                    changed.push((new[there], Change::State(was)));
                }
            }
        }
        at += usize::from(order.is_le());
        there += usize::from(order.is_ge());
    }
    // The same socket with another endpoint: it was given a peer, or an address.
    let held = gone.iter().filter(|old| before[**old].key != 0);
    let mut moved: HashMap<u32, usize> = held.map(|old| (before[*old].key, *old)).collect();
    for place in appeared {
        let was = moved.remove(&now[place].key).map(|old| before[old].state);
        changed.push((place, was.map_or(Change::New, Change::State)));
    }
    gone.retain(|old| before[*old].key == 0 || moved.get(&before[*old].key) == Some(old));
    changed.sort_unstable_by_key(|(place, _)| *place);
    gone.sort_unstable();
    let changed = changed.into_iter().map(|(place, change)| (change, now[place]));
    changed.chain(gone.into_iter().map(|place| (Change::Gone, before[place]))).collect()
}

/// The order of an earlier socket and a later one; equal when they are the same.
fn in_order(old: &MachineSocket, new: &MachineSocket) -> Ordering {
    // Several sockets may share one endpoint (SO_REUSEPORT): their numbers differ. An orphan's number
    // is 0, so a number that has vanished is the same socket.
    let orphan = old.key == 0 || new.key == 0;
    let numbers = if orphan { Ordering::Equal } else { old.key.cmp(&new.key) };
    known(old).cmp(&known(new)).then(numbers)
}

/// The places of sockets, in the order of what they are known by.
fn sorted(sockets: &[MachineSocket]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..sockets.len()).collect();
    places.sort_unstable_by_key(|place| (known(&sockets[*place]), sockets[*place].key));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Side, State};

    fn socket(port: u16, peer: u16, state: State, key: u32) -> MachineSocket {
        let side = |port| Side { ip: [127, 0, 0, 1].into(), port };
        MachineSocket {
            transport: Transport::Tcp,
            state,
            source: side(port),
            destination: side(peer),
            queues: None,
            interface: 0,
            user: None,
            key,
            dual_stack: false,
        }
    }

    #[test]
    fn a_connection_is_known_by_its_endpoints() {
        let before = [
            socket(1, 0, State::Listen, 10),
            socket(2, 1, State::SynSent, 11),
            socket(3, 1, State::Established, 12),
            socket(4, 1, State::TimeWait, 0),
        ];
        let now = [
            socket(5, 1, State::SynSent, 13),
            socket(3, 1, State::TimeWait, 0),
            socket(2, 1, State::Established, 11),
            socket(1, 0, State::Listen, 10),
        ];
        let seen = between(&before, &now);
        let expected = [
            (Change::New, now[0]),
            (Change::State(State::Established), now[1]),
            (Change::State(State::SynSent), now[2]),
            (Change::Gone, before[3]),
        ];
        assert_eq!(seen, expected);
        assert!(between(&now, &now).is_empty());
        let mut turned = now;
        turned.reverse();
        assert!(between(&now, &turned).is_empty());
    }

    #[test]
    fn a_socket_that_was_given_a_peer_is_the_same_one() {
        let before = [socket(7, 0, State::Unconnected, 20)];
        let now = [socket(7, 9, State::Connected, 20)];
        assert_eq!(between(&before, &now), [(Change::State(State::Unconnected), now[0])]);
    }

    #[test]
    fn many_changes_at_once_are_told_in_one_pass() {
        let at = |shift: u16| -> Vec<MachineSocket> {
            (1..=20_000_u16).map(|n| socket(n, shift, State::Connected, n.into())).collect()
        };
        let (before, now) = (at(1), at(2));
        let seen = between(&before, &now);
        assert_eq!(seen.len(), now.len());
        assert!(seen.iter().all(|(change, _)| *change == Change::State(State::Connected)));
    }

    #[test]
    fn sockets_on_one_port_are_told_apart() {
        let three = [20, 21, 22].map(|key| socket(7, 0, State::Listen, key));
        let two = [three[0], three[2]];
        assert_eq!(between(&three, &two), [(Change::Gone, three[1])]);
        assert_eq!(between(&two, &three), [(Change::New, three[1])]);
    }
}
