//! What comes before what: calls and packets in one order.
//!
//! A packet has the kernel's stamp; a call is told when it has returned. The packet of a call lies
//! between its beginning and its return, or behind it, so a call that makes something go is put where
//! it began, and every other call where it returned. How long a call took is measured, and yet it can
//! be wrong by the time that the program was kept from telling: so a packet that carries what a call
//! handed over *pulls* that call before itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::owners::Whose;
use crate::event::flag::{ACK, FIN, RST, SYN};
use crate::event::{Captured, Content, Event, Kind, Operation, Outcome};
use crate::wire::Decoded;

/// So much later than its packet a call may seem to have begun.
const PULL: Duration = Duration::from_millis(5);

/// Something that waits for its turn.
#[derive(Debug)]
pub(super) enum Item {
    Event(usize, Box<Event>),
    Packet(Box<Waiting>),
}

/// A packet that waits for its turn.
#[derive(Debug)]
pub(super) struct Waiting {
    pub decoded: Decoded,
    pub unix: Duration,
    pub at: Duration,
    pub interface: u32,
    /// Whether source and destination are addresses of this machine.
    pub local: [bool; 2],
    /// It was seen at another interface a moment ago.
    pub second: bool,
    pub frame: crate::event::CapturedFrame,
}

/// What a socket has handed over, and what was seen of it.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    connected: bool,
    ended: bool,
    bytes: u64,
    datagrams: u64,
    seen: u64,
}

/// What waits, in order.
#[derive(Debug, Default)]
pub(super) struct Order {
    waiting: BTreeMap<(Duration, u64), Item>,
    /// Where each socket's calls are that may be pulled.
    calls: HashMap<Whose, BTreeSet<(Duration, u64)>>,
    count: u64,
    sent: HashMap<Whose, Sent>,
    /// Bytes of the packets that wait.
    bytes: usize,
}

impl Order {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The bytes of the packets that wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn put_event(&mut self, end: usize, event: Event) {
        let time = match &event.kind {
            Kind::Call(call) if call.operation.makes_packets_go() => {
                let time = event.at.saturating_sub(call.took);
                let whose = Whose { end, id: call.socket };
                self.calls.entry(whose).or_default().insert((time, self.count + 1));
                time
            }
            _ => event.at,
        };
        self.put(time, Item::Event(end, Box::new(event)));
    }

    pub(super) fn put_packet(&mut self, packet: Box<Waiting>) {
        self.bytes += packet.frame.bytes.len();
        self.put(packet.at, Item::Packet(packet));
    }

    fn put(&mut self, time: Duration, item: Item) {
        self.count += 1;
        self.waiting.insert((time, self.count), item);
    }

    /// The next one, if it is not after that time.
    pub(super) fn next(&mut self, until: Duration) -> Option<Item> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= until)?;
        let key = *first.key();
        let item = first.remove();
        self.gone(key, &item);
        Some(item)
    }

    /// It waits no more.
    fn gone(&mut self, key: (Duration, u64), item: &Item) {
        let (end, event) = match item {
            Item::Event(end, event) => (end, event),
            Item::Packet(packet) => return self.bytes -= packet.frame.bytes.len(),
        };
        if let Kind::Call(call) = &event.kind {
            let whose = Whose { end: *end, id: call.socket };
            if let Some(calls) = self.calls.get_mut(&whose) {
                calls.remove(&key);
                if calls.is_empty() {
                    self.calls.remove(&whose);
                }
            }
        }
        self.note(*end, event);
    }

    fn note(&mut self, end: usize, event: &Event) {
        let Kind::Call(call) = &event.kind else { return };
        let whose = Whose { end, id: call.socket };
        if let (Operation::Socket { .. } | Operation::Accept, Outcome::Socket(id, _)) =
            (&call.operation, &call.outcome)
        {
            self.sent.insert(Whose { end, id: *id }, Sent::default());
            return;
        }
        if call.operation == Operation::Close {
            // Late packets have nothing left to pull.
            self.sent.remove(&whose);
            return;
        }
        let Some(sent) = self.sent.get_mut(&whose) else { return };
        match &call.operation {
            Operation::Connect(_) | Operation::ConnectEx(_) => sent.connected = true,
            Operation::Shutdown(_) => sent.ended = true,
            Operation::Send(_) | Operation::SendTo(..) => {
                if let Outcome::Value(bytes) = call.outcome {
                    sent.bytes += u64::try_from(bytes).unwrap_or(0);
                    sent.datagrams += 1;
                }
            }
            _ => {}
        }
    }

    /// The calls of the sender that have to come before this packet and still wait.
    pub(super) fn pull(&mut self, sender: Whose, packet: &Captured, at: Duration) -> Vec<Item> {
        if matches!(packet.content, Content::Udp(_) | Content::Icmp(_))
            && let Some(sent) = self.sent.get_mut(&sender)
        {
            sent.seen += 1;
        }
        let mut pulled = Vec::new();
        while let Some(wanted) = self.missing(sender, packet) {
            let is_wanted = |key: &&(Duration, u64)| match self.waiting.get(*key) {
                Some(Item::Event(_, event)) => {
                    matches!(&event.kind, Kind::Call(call) if wanted(&call.operation))
                }
                _ => false,
            };
            let soon = self.calls.get(&sender).into_iter().flatten();
            let mut soon = soon.take_while(|(time, _)| *time <= at + PULL);
            let Some(key) = soon.find(is_wanted).copied() else { break };
            let Some(item) = self.waiting.remove(&key) else { break };
            self.gone(key, &item);
            pulled.push(item);
        }
        pulled
    }

    /// The kind of call that has to come first and has not.
    fn missing(&self, sender: Whose, packet: &Captured) -> Option<fn(&Operation) -> bool> {
        let sent = self.sent.get(&sender)?;
        match &packet.content {
            Content::Tcp(segment) if segment.flags & (SYN | ACK) == SYN && !sent.connected => {
                Some(|it| matches!(it, Operation::Connect(_) | Operation::ConnectEx(_)))
            }
            Content::Tcp(segment) => {
                let data = u32::try_from(segment.payload).unwrap_or(0);
                let needed =
                    segment.relative_sequence.map(|n| n.wrapping_sub(1).wrapping_add(data));
                #[expect(clippy::cast_possible_truncation, reason = "numbers of TCP begin again")]
                let behind = |needed: u32| needed.wrapping_sub(sent.bytes as u32).cast_signed() > 0;
                if data > 0 && needed.is_some_and(behind) {
                    return Some(|it| matches!(it, Operation::Send(_)));
                }
                (segment.flags & (FIN | RST) != 0 && !sent.ended)
                    .then_some(|it| matches!(it, Operation::Shutdown(_) | Operation::Close))
            }
            Content::Udp(_) | Content::Icmp(_) if sent.seen > sent.datagrams => {
                Some(|it| matches!(it, Operation::Send(_) | Operation::SendTo(..)))
            }
            _ => None,
        }
    }
}
