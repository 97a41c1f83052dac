//! The sockets that calls were made on, and which of them a packet's addresses mean.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use super::fact::{Address, CallFact, Deed, address, target};

/// By how much a packet's time and a call's may disagree: the kernel's clock and the program's are
/// two, and a call's time is read a moment before and after it.
pub(super) const SLACK: Duration = Duration::from_millis(2);

/// Calls of `connect` that are remembered of a socket.
pub(crate) const CONNECTS: usize = 10_000;

/// A call of `connect`: place, begin, return.
type Made = (usize, Duration, Duration);

/// A socket, as its calls told.
#[derive(Debug, Default)]
pub(super) struct Socket {
    pub end: Option<Arc<str>>,
    pub label: String,
    /// When it was first heard of.
    pub first: Duration,
    /// Whether it is for a stream; none until a call tells.
    pub stream: Option<bool>,
    pub listens: bool,
    /// It came from `accept`, and shares its port with all the others that did.
    pub accepted: bool,
    pub local: Option<Address>,
    /// Addresses that it had before: a `connect` that is made again after a failure goes out from
    /// another port.
    earlier: HashSet<Address>,
    pub remote: Option<Address>,
    /// Its calls of `connect`.
    pub connects: VecDeque<Made>,
    /// What ended its half first: the place, and whether it was `close`.
    pub ended: Option<(usize, bool)>,
    /// `close`: place and return.
    pub closed: Option<(usize, Duration)>,
    /// Bytes handed over, all together.
    pub sent: u64,
    /// The same call by call, as far back as is remembered.
    pub sends: VecDeque<Sent>,
    /// Datagrams handed over, call by call.
    pub datagrams: VecDeque<Datagram>,
    /// Bytes that it took.
    pub taken: u64,
}

/// Bytes of a stream that one call handed over: from, and behind the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub from: u64,
    pub to: u64,
    pub place: usize,
}

/// A datagram that one call handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram {
    pub place: usize,
    pub to: Address,
    pub bytes: u64,
    pub begin: Duration,
    pub returned: Duration,
    /// A packet was found for it.
    pub seen: bool,
    /// A call was found that took it.
    pub taken: bool,
}

impl Socket {
    /// Places of the calls that handed over bytes of `from..to`.
    pub(super) fn carrying(&self, from: u64, to: u64) -> Vec<usize> {
        let first = self.sends.partition_point(|sent| sent.to <= from);
        self.sends.range(first..).take_while(|sent| sent.from < to).map(|sent| sent.place).collect()
    }

    /// The `connect` that was being made at that time; else the last that had been made, for a SYN may
    /// wait for a link address; else one that began a moment later by its own clock.
    pub(super) fn connect_at(&self, at: Duration) -> Option<usize> {
        let made = |(_, begin, returned): &&Made| *begin <= at && at <= *returned;
        let before = |(_, begin, _): &&Made| *begin <= at;
        let near = |(_, begin, _): &&Made| *begin <= at + SLACK;
        let connects = &self.connects;
        let found = connects.iter().find(made).or_else(|| connects.iter().rev().find(before));
        found.or_else(|| connects.iter().find(near)).map(|(place, ..)| *place)
    }

    fn connects_at(&self, at: Duration, slack: Duration) -> bool {
        let mut connects = self.connects.iter();
        connects.any(|(_, begin, returned)| *begin <= at + slack && at <= *returned + slack)
    }

    fn is_at(&self, here: Address) -> bool {
        let (ip, port) = here;
        let is = |at: &Address| at.1 == port && (at.0 == ip || at.0.is_unspecified());
        self.local.as_ref().is_some_and(is) || self.earlier.contains(&here)
    }
}

/// All sockets, found by label and by address.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    all: BTreeMap<usize, Socket>,
    /// The place of the next.
    upcoming: usize,
    named: HashMap<(Option<Arc<str>>, String), usize>,
    /// By the port of this side; accepted ones are found by both sides.
    ports: HashMap<u16, Vec<usize>>,
    /// By port of this side and the other side's address.
    pairs: HashMap<(u16, Address), Vec<usize>>,
    /// By the other side's address, while this side's is not known.
    halves: HashMap<Address, Vec<usize>>,
    /// Grows when an address becomes known: what could not be found may be found now.
    pub learned: u64,
}

impl Sockets {
    pub(super) fn get(&self, index: usize) -> Option<&Socket> {
        self.all.get(&index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Socket> {
        self.all.get_mut(&index)
    }

    /// The socket of a label, new if it is.
    fn named(&mut self, end: Option<&Arc<str>>, label: &str, first: Duration) -> usize {
        let key = (end.cloned(), label.to_owned());
        if let Some(&index) = self.named.get(&key) {
            return index;
        }
        let index = self.upcoming;
        self.upcoming += 1;
        let (end, label) = key.clone();
        self.all.insert(index, Socket { end, label, first, ..Socket::default() });
        self.named.insert(key, index);
        index
    }

    /// Takes what a call told of its socket, and gives the socket.
    pub(super) fn tell(&mut self, fact: &CallFact, place: usize) -> usize {
        let index = self.named(fact.end.as_ref(), &fact.socket, fact.begin);
        match &fact.deed {
            Deed::Bound(at) | Deed::Local(at) => self.learn_local(index, address(*at)),
            Deed::Remote(at) => self.learn_remote(index, address(*at)),
            Deed::Connected(to) => self.learn_remote(index, target(*to)),
            Deed::Accepted(made, peer) => self.accepted(index, fact, made, peer.map(address)),
            _ => {}
        }
        let Some(socket) = self.all.get_mut(&index) else { return index };
        match &fact.deed {
            Deed::Made(stream) => socket.stream = Some(*stream),
            Deed::Listens => socket.listens = true,
            Deed::Connected(_) => {
                socket.connects.push_back((place, fact.begin, fact.returned));
                // Who tries again and again is known by the latest.
                if socket.connects.len() > CONNECTS {
                    socket.connects.pop_front();
                }
            }
            Deed::Ended => _ = socket.ended.get_or_insert((place, false)),
            Deed::Closed => {
                socket.ended.get_or_insert((place, true));
                socket.closed = Some((place, fact.returned));
            }
            Deed::Sent(bytes) if socket.stream != Some(false) => {
                let from = socket.sent;
                socket.sent = from.saturating_add(*bytes);
                socket.sends.push_back(Sent { from, to: socket.sent, place });
            }
            Deed::Sent(bytes) => {
                if let Some(to) = socket.remote {
                    self.datagram(index, fact, place, *bytes, to);
                }
            }
            Deed::SentTo(bytes, to) => {
                socket.stream = Some(false);
                self.datagram(index, fact, place, *bytes, target(*to));
            }
            _ => {}
        }
        index
    }

    fn accepted(&mut self, listener: usize, fact: &CallFact, made: &str, peer: Option<Address>) {
        // The call may have waited for long: the socket is there when it returns.
        let made = self.named(fact.end.as_ref(), made, fact.returned);
        if let Some(socket) = self.all.get_mut(&made) {
            socket.stream = Some(true);
            socket.accepted = true;
        }
        if let Some(here) = self.get(listener).and_then(|listener| listener.local) {
            self.learn_local(made, here);
        }
        if let Some(peer) = peer {
            self.learn_remote(made, peer);
        }
    }

    fn datagram(&mut self, index: usize, fact: &CallFact, place: usize, bytes: u64, to: Address) {
        let Some(socket) = self.all.get_mut(&index) else { return };
        let (begin, returned) = (fact.begin, fact.returned);
        let (seen, taken) = (false, false);
        let datagram = Datagram { place, to, bytes, begin, returned, seen, taken };
        socket.datagrams.push_back(datagram);
        if socket.local.is_none() {
            self.half(to, index);
        }
    }

    pub(super) fn learn_local(&mut self, index: usize, here: Address) {
        let Some(socket) = self.all.get_mut(&index) else { return };
        if here.1 == 0 || socket.local == Some(here) {
            return;
        }
        if let Some(before) = socket.local.replace(here)
            && socket.earlier.len() < CONNECTS
        {
            socket.earlier.insert(before);
        }
        self.learned += 1;
        if let Some(remote) = socket.remote {
            add(self.pairs.entry((here.1, remote)).or_default(), index);
            drop_from(&mut self.halves, &remote, index);
        }
        if !socket.accepted {
            add(self.ports.entry(here.1).or_default(), index);
        }
    }

    fn learn_remote(&mut self, index: usize, there: Address) {
        let Some(socket) = self.all.get_mut(&index) else { return };
        if socket.remote == Some(there) {
            return;
        }
        socket.remote = Some(there);
        self.learned += 1;
        match socket.local {
            Some(here) => add(self.pairs.entry((here.1, there)).or_default(), index),
            None => self.half(there, index),
        }
    }

    fn half(&mut self, there: Address, index: usize) {
        add(self.halves.entry(there).or_default(), index);
    }

    /// The sockets of a list that are still remembered.
    fn of<'a>(&'a self, list: Option<&'a Vec<usize>>) -> impl Iterator<Item = (usize, &'a Socket)> {
        list.into_iter().flatten().filter_map(|&index| Some((index, self.all.get(&index)?)))
    }

    /// The stream socket that has this pair of addresses at that time. With a `connect` under way it
    /// may not know its own address yet.
    pub(super) fn stream(&self, here: Address, there: Address, at: Duration) -> Option<usize> {
        let usable = |socket: &Socket| {
            socket.stream != Some(false) && socket.first <= at + SLACK && !socket.listens
        };
        // Addresses are used again: the latest that was there then.
        let exact = self.of(self.pairs.get(&(here.1, there)));
        let exact = exact.filter(|(_, socket)| usable(socket) && socket.is_at(here));
        if let Some((index, _)) = exact.max_by_key(|(_, socket)| socket.first) {
            return Some(index);
        }
        // Of several nobody can tell which; but who connects just then goes before who nearly did.
        [Duration::ZERO, SLACK].into_iter().find_map(|slack| {
            let mut half = self.of(self.halves.get(&there)).filter(|(_, socket)| {
                let fits = socket.connects.is_empty() || socket.connects_at(at, slack);
                usable(socket) && socket.local.is_none() && fits
            });
            half.next().map(|(index, _)| index).filter(|_| half.next().is_none())
        })
    }

    /// Sockets that may have sent a datagram from here to there.
    pub(super) fn datagram_senders(&self, here: Address, there: Address) -> Vec<usize> {
        let bound = self.of(self.ports.get(&here.1)).filter(|(_, socket)| socket.is_at(here));
        let half = self.of(self.halves.get(&there)).filter(|(_, socket)| socket.local.is_none());
        let both = bound.chain(half).filter(|(_, socket)| socket.stream != Some(true));
        both.map(|(index, _)| index).collect()
    }

    /// The listening socket at that address.
    pub(super) fn listener(&self, here: Address, at: Duration) -> Option<&Socket> {
        let there = self.of(self.ports.get(&here.1)).map(|(_, socket)| socket);
        there
            .filter(|socket| socket.listens && socket.is_at(here) && socket.first <= at + SLACK)
            .max_by_key(|socket| socket.first)
    }

    /// The only socket that can have a first `connect` under way, if it is only one.
    pub(super) fn may_connect(&self, at: Duration) -> Option<&Socket> {
        let mut idle = self.all.values().rev().take(256).filter(|socket| {
            socket.stream == Some(true)
                && socket.remote.is_none()
                && !socket.listens
                && socket.closed.is_none()
                && socket.first <= at + SLACK
        });
        idle.next().filter(|_| idle.next().is_none())
    }

    /// The socket of a label, if there is one.
    pub(super) fn find(&self, end: Option<&Arc<str>>, label: &str) -> Option<usize> {
        self.named.get(&(end.cloned(), label.to_owned())).copied()
    }

    /// The stream socket at the other side of a socket's connection.
    pub(super) fn other_side(&self, index: usize) -> Option<&Socket> {
        let mine = self.get(index)?;
        let (here, there) = (mine.local?, mine.remote?);
        // Who has an address knows itself as the other does; else only the port is common.
        let known = if here.0.is_unspecified() {
            self.ports.get(&there.1)
        } else {
            self.pairs.get(&(there.1, here))
        };
        let exact = self.of(known).filter(|(_, socket)| socket.is_at(there));
        let half = self.of(self.halves.get(&here)).filter(|(_, socket)| socket.local.is_none());
        exact
            .chain(half)
            .filter(|(other, socket)| {
                // Where this side listens on every address, the other knows which one it meant.
                let mutual = socket.remote.is_some_and(|(ip, port)| {
                    port == here.1 && (ip == here.0 || here.0.is_unspecified())
                });
                *other != index && mutual && socket.stream != Some(false)
            })
            .map(|(_, socket)| socket)
            // Addresses are used again: the nearest in time.
            .min_by_key(|socket| socket.first.abs_diff(mine.first))
    }

    /// Drops what is known of a call that is forgotten, and of its socket if that is closed.
    pub(super) fn forget(&mut self, index: usize, place: usize) {
        let Some(socket) = self.all.get_mut(&index) else { return };
        if socket.sends.front().is_some_and(|sent| sent.place <= place) {
            socket.sends.pop_front();
        }
        if socket.datagrams.front().is_some_and(|datagram| datagram.place <= place) {
            socket.datagrams.pop_front();
        }
        if socket.closed.is_some_and(|(closed, _)| closed <= place) {
            self.remove(index);
        }
    }

    fn remove(&mut self, index: usize) {
        let Some(socket) = self.all.remove(&index) else { return };
        self.named.remove(&(socket.end, socket.label));
        for here in socket.local.iter().chain(&socket.earlier) {
            drop_from(&mut self.ports, &here.1, index);
            if let Some(there) = socket.remote {
                drop_from(&mut self.pairs, &(here.1, there), index);
            }
        }
        if let Some(there) = socket.remote {
            drop_from(&mut self.halves, &there, index);
        }
    }
}

fn add(list: &mut Vec<usize>, index: usize) {
    if !list.contains(&index) {
        list.push(index);
    }
}

fn drop_from<K: Eq + Hash>(lists: &mut HashMap<K, Vec<usize>>, key: &K, index: usize) {
    if let Some(list) = lists.get_mut(key) {
        list.retain(|&other| other != index);
        if list.is_empty() {
            lists.remove(key);
        }
    }
}
