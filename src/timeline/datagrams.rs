//! Which datagram is which: one that was sent is received once, or never, or twice.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::entry::Outcome;
use super::flow::{Link, calls};
use super::lanes::{Lanes, SocketAt, Spot};
use super::pairs::reaches;
use super::record::Record;

/// How far a datagram may be overtaken by others and still be found.
const AHEAD: usize = 256;

/// A datagram on its way.
struct Sent {
    spot: Spot,
    bytes: u64,
    digest: Option<Arc<str>>,
    to: SocketAddr,
}

/// Pairs datagrams that were sent with those that were received: by endpoints, length and, where
/// the record has it, what they said; among equals the first with the first. A pair of a flow in
/// which more came than went is not sure: something was duplicated on the way.
pub(super) fn links(
    records: &[Record],
    lanes: &Lanes,
    digests: &HashMap<Spot, Arc<str>>,
) -> Vec<Link> {
    let mut sent: HashMap<SocketAt, VecDeque<Sent>> = HashMap::new();
    let mut by_port: HashMap<u16, Vec<SocketAt>> = HashMap::new();
    for (at, socket, _) in lanes.sockets() {
        if let Some(local) = socket.local.filter(|_| socket.protocol == "udp") {
            by_port.entry(local.port()).or_default().push(at);
        }
    }
    let mut taken = Vec::new();
    for (spot, lane, call) in calls(records, lanes) {
        let Some(at) = lanes.socket(lane, &call.socket) else { continue };
        let socket = lanes.get(at);
        let Some(bytes) = call.bytes().filter(|_| socket.protocol == "udp") else { continue };
        let digest = digests.get(&spot).cloned();
        if call.sends() {
            let to = call.argument().or(socket.remote);
            if let Some(to) = to {
                sent.entry(at).or_default().push_back(Sent { spot, bytes, digest, to });
            }
        } else {
            let from = match call.outcome {
                Outcome::From(_, peer) => peer,
                _ => socket.remote,
            };
            if let Some(from) = from {
                taken.push((spot, at, bytes, digest, from));
            }
        }
    }
    let mut found = Vec::new();
    let mut counts: HashMap<(SocketAt, SocketAt), (usize, usize)> = HashMap::new();
    let mut queues: HashMap<(SocketAt, SocketAt), VecDeque<usize>> = HashMap::new();
    let mut known: HashMap<(SocketAt, SocketAddr), Option<SocketAt>> = HashMap::new();
    for (taker, at, bytes, digest, from) in taken {
        let Some(local) = lanes.get(at).local else { continue };
        let sender = *known.entry((at, from)).or_insert_with(|| {
            let fits = |sender: &SocketAt| {
                *sender != at
                    && lanes.get(*sender).local.is_some_and(|bound| reaches(from, bound))
                    && sent.contains_key(sender)
            };
            by_port.get(&from.port())?.iter().copied().find(fits)
        });
        let Some((sender, its)) = sender.and_then(|sender| Some((sender, sent.get(&sender)?)))
        else {
            continue;
        };
        let queue = queues.entry((sender, at)).or_insert_with(|| {
            (0..its.len()).filter(|place| reaches(its[*place].to, local)).collect()
        });
        let count = counts.entry((sender, at)).or_insert((queue.len(), 0));
        count.1 += 1;
        let fits = |place: &usize| {
            let sent = &its[*place];
            let alike = match (&sent.digest, &digest) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            sent.bytes == bytes && alike
        };
        if let Some(place) = queue.iter().take(AHEAD).position(fits)
            && let Some(place) = queue.remove(place)
        {
            found.push(((sender, at), Link { giver: its[place].spot, taker, sure: true }));
        }
    }
    let sure =
        |flow: (SocketAt, SocketAt)| counts.get(&flow).is_none_or(|(sent, taken)| taken <= sent);
    found.into_iter().map(|(flow, link)| Link { sure: sure(flow), ..link }).collect()
}
