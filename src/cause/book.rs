//! The book of a run: calls and packets go in, causes come out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, By, why};
use super::fact::{Address, CallFact, Carries, Deed, PacketFact, address};
use super::sockets::Sockets;
use super::stream::Flow;
use crate::event::{CallOf, Cause};

/// A run that goes on forgets its oldest calls when it knows so many.
const LIVE_CALLS: usize = 65_536;

/// The book of a run.
#[derive(Debug, Default)]
pub struct Book {
    pub(super) sockets: Sockets,
    pub(super) calls: VecDeque<Known>,
    /// How many calls were forgotten: the place of the first that is kept.
    pub(super) forgotten: usize,
    limit: Option<usize>,
    pub(super) flows: HashMap<(Address, Address), Flow>,
    /// Segments that were seen.
    pub(super) segments: u64,
    /// The last datagram between two hosts, for the fragments that follow it.
    pub(super) last: HashMap<(std::net::IpAddr, std::net::IpAddr), Answer>,
}

/// A call that the book knows.
#[derive(Debug)]
pub(super) struct Known {
    pub end: Option<Arc<str>>,
    pub socket: String,
    pub text: String,
    pub index: usize,
    pub returned: Duration,
    /// What it took of its stream (offset and bytes), or from whom it took what.
    pub taken: Taken,
}

/// What a call took.
#[derive(Clone, Debug)]
pub(super) enum Taken {
    Nothing,
    Bytes(u64, u64),
    Datagram(u64, Address),
    /// A connection, with the new socket's label.
    Connection(String),
}

impl Book {
    /// A book that keeps everything: for a record, whose end is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A book for a run that goes on, which forgets what is long past: it keeps about 65,000 calls.
    #[must_use]
    pub fn live() -> Self {
        Self { limit: Some(LIVE_CALLS), ..Self::default() }
    }

    /// Takes a call, and gives its place among the calls, from 0. Calls of one socket are told in the
    /// order in which they returned; beyond that no order matters, and the earlier a call is told
    /// the better: packets may be asked about later than they came.
    pub fn call(&mut self, fact: &CallFact) -> usize {
        let place = self.forgotten + self.calls.len();
        let index = self.sockets.tell(fact, place);
        let taken = match &fact.deed {
            Deed::Took(bytes) => self.took(index, *bytes),
            Deed::TookFrom(bytes, from) => Taken::Datagram(*bytes, address(*from)),
            Deed::Accepted(made, _) => Taken::Connection(made.clone()),
            _ => Taken::Nothing,
        };
        self.calls.push_back(Known {
            end: fact.end.clone(),
            socket: fact.socket.clone(),
            text: fact.text.clone(),
            index,
            returned: fact.returned,
            taken,
        });
        self.forget();
        place
    }

    fn took(&mut self, index: usize, bytes: u64) -> Taken {
        let Some(socket) = self.sockets.get_mut(index) else { return Taken::Nothing };
        if socket.stream == Some(false) {
            return socket.remote.map_or(Taken::Nothing, |from| Taken::Datagram(bytes, from));
        }
        let from = socket.taken;
        socket.taken = from.saturating_add(bytes);
        Taken::Bytes(from, bytes)
    }

    fn forget(&mut self) {
        let Some(limit) = self.limit.filter(|&limit| self.calls.len() > limit) else { return };
        while self.calls.len() > limit {
            let Some(call) = self.calls.pop_front() else { return };
            let place = self.forgotten;
            self.forgotten += 1;
            self.sockets.forget(call.index, place);
        }
    }

    /// What made a packet go. Packets are asked about once each, in the order of their times.
    pub fn packet(&mut self, fact: &PacketFact) -> Answer {
        match &fact.carries {
            Carries::Tcp(segment) => self.tcp(fact, segment),
            Carries::Udp(bytes) => self.udp(fact, *bytes),
            Carries::Icmp(kind, code, bytes) => self.icmp(fact, *kind, *code, *bytes),
            Carries::Fragment => self.fragment(fact),
            Carries::Arp => Answer::Kernel(why::FINDS_LINK),
            Carries::Other => Answer::Unknown,
        }
    }

    /// The answer in the words of the vocabulary. A call that has not returned is written without a
    /// result, and its place is the highest there is.
    #[must_use]
    pub fn cause(&self, answer: &Answer) -> Cause {
        match answer {
            Answer::Calls(calls) => {
                let calls: Vec<_> = calls.iter().filter_map(|by| self.call_of(by)).collect();
                if calls.is_empty() { Cause::Unknown } else { Cause::Calls(calls) }
            }
            Answer::Again(_) => Cause::Kernel(why::SENDS_AGAIN),
            Answer::Kernel(why) => Cause::Kernel(why),
            Answer::Peer => Cause::Peer,
            Answer::Unknown => Cause::Unknown,
        }
    }

    fn call_of(&self, by: &By) -> Option<CallOf> {
        match by {
            By::Call(place) => {
                let call = self.known(*place)?;
                let end = call.end.as_deref().map(str::to_owned);
                let (socket, text) = (call.socket.clone(), call.text.clone());
                Some(CallOf { end, socket, text, place: *place })
            }
            By::UnderWay(call) => Some(CallOf {
                end: call.end.clone(),
                socket: call.socket.clone().unwrap_or_else(|| "?".to_owned()),
                text: call.text.clone(),
                place: usize::MAX,
            }),
        }
    }

    pub(super) fn known(&self, place: usize) -> Option<&Known> {
        self.calls.get(place.checked_sub(self.forgotten)?)
    }
}
