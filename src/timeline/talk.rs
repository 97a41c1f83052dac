//! Which message a call carried.
//!
//! A program says a message and then sends it, or receives bytes and finds a message in them; with
//! datagrams it tells of both after the call. So a message belongs to the nearest call of its socket
//! that has room for it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::entry::{CallEntry, MessageEntry, What};
use super::lanes::Spot;
use super::record::Record;

/// The most messages that wait for the call that sends them.
const WAITING: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Talk {
    /// The messages of a call.
    pub of_call: HashMap<Spot, Vec<Spot>>,
    /// Messages that a call carried.
    pub carried: HashSet<Spot>,
    /// What a call carried, by the digest of its only message.
    pub digests: HashMap<Spot, Arc<str>>,
    /// The number in its burst, from 0, of a datagram that a call sent.
    pub numbers: HashMap<Spot, u64>,
    /// How many datagrams the burst has, if there is one burst.
    pub burst: Option<u64>,
}

/// A socket of an end.
type Key = (Option<u16>, Arc<str>);

/// A call that may still be told what it carried: room in bytes.
struct Open {
    call: Spot,
    bytes: u64,
    told: bool,
}

#[derive(Default)]
struct Sockets {
    waiting: HashMap<Key, VecDeque<(Spot, u64)>>,
    last_send: HashMap<Key, Open>,
    last_receive: HashMap<Key, Open>,
    /// Datagrams that were taken and not told of yet. A program may take several, and then tell.
    taken: HashMap<Key, VecDeque<(Spot, u64)>>,
    /// Connections, to which a word to the whole room goes.
    open: HashSet<Key>,
}

impl Talk {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut talk = Self::default();
        for (record, its) in (0_u32..).zip(records) {
            let mut sockets = Sockets::default();
            for (entry, line) in (0_u32..).zip(&its.entries) {
                let spot = Spot { record, entry };
                match &line.what {
                    What::Call(call) => talk.call(&mut sockets, spot, line.end, call),
                    What::Message(message) => {
                        talk.message(&mut sockets, spot, line.end, message);
                    }
                    _ => {}
                }
            }
        }
        for (call, messages) in &talk.of_call {
            if let [only] = messages[..]
                && let Some(entry) = records[only.record as usize].entries.get(only.entry as usize)
                && let What::Message(message) = &entry.what
            {
                let number = message.sequence.map(|number| format!("#{number}"));
                let digest = number.as_deref().or(message.digest.as_deref());
                talk.digests.extend(digest.map(|digest| (*call, Arc::from(digest))));
            }
        }
        talk.number(records);
        talk
    }

    /// The datagrams of a burst go in the order of their numbers. Nobody tells of them one by one.
    fn number(&mut self, records: &[Record]) {
        let mut bursts = Vec::new();
        for (record, its) in (0_u32..).zip(records) {
            let mut burst = None;
            for (entry, line) in (0_u32..).zip(&its.entries) {
                match &line.what {
                    What::Calling(count) => {
                        bursts.extend(*count);
                        burst = count.map(|_| (line.end, 0));
                    }
                    What::Call(call) if call.sends() => {
                        let Some((_, number)) = burst.as_mut().filter(|(end, _)| *end == line.end)
                        else {
                            continue;
                        };
                        if call.error.is_some() {
                            // Whether it goes again, or the next one does, is not told.
                            burst = None;
                            continue;
                        }
                        let spot = Spot { record, entry };
                        self.numbers.insert(spot, *number);
                        self.digests.insert(spot, format!("#{number}").into());
                        *number += 1;
                    }
                    _ => {}
                }
            }
        }
        if let [only] = bursts[..] {
            self.burst = Some(only);
        }
    }

    fn attach(&mut self, call: Spot, message: Spot) {
        self.of_call.entry(call).or_default().push(message);
        self.carried.insert(message);
    }

    fn call(&mut self, sockets: &mut Sockets, spot: Spot, end: Option<u16>, call: &CallEntry) {
        let key = (end, Arc::clone(&call.socket));
        if &*call.name == "close" {
            sockets.open.remove(&key);
            sockets.waiting.remove(&key);
        }
        let Some(bytes) = call.bytes().filter(|bytes| *bytes > 0) else { return };
        if call.receives() {
            sockets.open.insert(key.clone());
            let taken = sockets.taken.entry(key.clone()).or_default();
            if taken.len() == WAITING {
                taken.pop_front();
            }
            taken.push_back((spot, bytes));
            sockets.last_receive.insert(key, Open { call: spot, bytes, told: false });
            return;
        }
        let mut room = bytes;
        let mut told = false;
        if let Some(waiting) = sockets.waiting.get_mut(&key) {
            while let Some((message, its)) = waiting.front().copied()
                && its <= room
            {
                room -= its;
                told = true;
                waiting.pop_front();
                self.attach(spot, message);
            }
        }
        sockets.last_send.insert(key, Open { call: spot, bytes, told });
    }

    fn message(
        &mut self,
        sockets: &mut Sockets,
        spot: Spot,
        end: Option<u16>,
        message: &MessageEntry,
    ) {
        let Some(label) = &message.socket else {
            for key in sockets.open.iter().filter(|key| key.0 == end) {
                wait(&mut sockets.waiting, key, spot, message.bytes);
            }
            return;
        };
        let key = (end, Arc::clone(label));
        if !message.sent {
            if message.datagram
                && let Some(taken) = sockets.taken.get_mut(&key)
                && let Some(place) = taken.iter().position(|(_, its)| *its == message.bytes)
                && let Some((call, _)) = taken.drain(..=place).next_back()
            {
                self.attach(call, spot);
                return;
            }
            if let Some(open) = sockets.last_receive.get(&key) {
                self.attach(open.call, spot);
            }
            return;
        }
        match sockets.last_send.get_mut(&key) {
            Some(open) if message.datagram && !open.told && open.bytes >= message.bytes => {
                open.told = true;
                self.attach(open.call, spot);
            }
            _ => wait(&mut sockets.waiting, &key, spot, message.bytes),
        }
    }
}

fn wait(waiting: &mut HashMap<Key, VecDeque<(Spot, u64)>>, key: &Key, message: Spot, bytes: u64) {
    let queue = waiting.entry(key.clone()).or_default();
    if queue.len() == WAITING {
        queue.pop_front();
    }
    queue.push_back((message, bytes));
}
