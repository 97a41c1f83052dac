//! Which rows belong to one conversation: a client's socket and the one that was accepted for it.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::model::{Call, Cause, Lane, Row, RowKind};

/// A socket, by its lane and label.
pub(super) type Named<'a> = (usize, &'a str);

/// The conversations of a picture.
pub(super) struct Whose {
    /// Of each row its conversation, by a number; none for a row that belongs to nobody.
    pub rows: Vec<Option<usize>>,
    /// Of each conversation its first row.
    pub first: HashMap<usize, usize>,
}

/// The sockets so far, and who talks to whom.
#[derive(Default)]
struct Sockets<'a> {
    numbers: HashMap<Named<'a>, usize>,
    /// Of each socket one of the same conversation, or itself.
    with: Vec<usize>,
    /// When the first of a conversation was made, as a place among the rows.
    born: Vec<usize>,
    /// By the places of calls.
    called: HashMap<usize, usize>,
}

impl<'a> Sockets<'a> {
    fn number(&mut self, socket: Named<'a>, row: usize) -> usize {
        let next = self.with.len();
        let number = *self.numbers.entry(socket).or_insert(next);
        if number == next {
            self.with.push(next);
            self.born.push(row);
        }
        number
    }

    /// The oldest of a conversation. The way there is made shorter for the next who asks.
    fn root(&mut self, mut number: usize) -> usize {
        while self.with[number] != number {
            self.with[number] = self.with[self.with[number]];
            number = self.with[number];
        }
        number
    }

    /// Two sockets talk to each other. The older one stands for both.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.with[one.max(other)] = one.min(other);
    }

    /// All sockets of a conversation name its oldest: an older one comes before a younger one.
    fn settle(&mut self) {
        for number in 0..self.with.len() {
            self.with[number] = self.with[self.with[number]];
        }
    }

    /// Of several conversations the one that began last: a server's socket is everybody's.
    fn latest(&self, numbers: impl Iterator<Item = usize>) -> Option<usize> {
        numbers.map(|number| self.with[number]).max_by_key(|root| self.born[*root])
    }

    fn call(&mut self, row: usize, call: &'a Call) {
        let own = self.number((call.lane, call.socket.as_str()), row);
        let number = match made(call) {
            Some(label) => {
                let made = self.number((call.lane, label), row);
                let connects: Vec<usize> =
                    call.from_calls.iter().filter_map(|c| self.called.get(c).copied()).collect();
                for connect in connects {
                    self.join(made, connect);
                }
                made
            }
            None => own,
        };
        self.called.insert(call.place, number);
    }
}

/// The label of the socket that a call made: `accept() = B from …`.
pub(super) fn made(call: &Call) -> Option<&str> {
    let word = call.result.split(' ').next()?;
    let label = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
    (call.name.starts_with("accept") && call.error.is_none() && label).then_some(word)
}

/// The socket that a remark tells of, and what is said behind it: `Anna left (socket B): quit`.
pub(super) fn told_of(words: &str) -> Option<(&str, &str)> {
    words.rsplit_once("(socket ")?.1.split_once(')')
}

impl Whose {
    pub(super) fn of(rows: &[Row], lanes: &[Lane]) -> Self {
        let mut sockets = Sockets::default();
        for (row, its) in rows.iter().enumerate() {
            match &its.kind {
                RowKind::Call(call) => sockets.call(row, call),
                RowKind::State(lane, change) => {
                    sockets.number((*lane, change.socket.as_str()), row);
                }
                _ => {}
            }
        }
        sockets.settle();
        let mut between: HashMap<(SocketAddr, SocketAddr), usize> = HashMap::new();
        for (lane, its) in lanes.iter().enumerate() {
            for socket in &its.sockets {
                let number = sockets.numbers.get(&(lane, socket.label.as_str()));
                let ends = socket.local.zip(socket.remote);
                if let (Some(number), Some((near, far))) = (number, ends) {
                    between.insert((near, far), *number);
                    between.insert((far, near), *number);
                }
            }
        }
        let callers = |cause: &Cause| {
            let calls = match cause {
                Cause::Calls(calls) => calls.as_slice(),
                _ => &[],
            };
            calls.iter().filter_map(|place| sockets.called.get(place).copied()).collect::<Vec<_>>()
        };
        // Of a connection that was refused no socket has the addresses; a packet that a call sent has.
        for row in rows {
            if let RowKind::Packet(packet) = &row.kind
                && let Some(number) = sockets.latest(callers(&packet.cause).into_iter())
            {
                let (from, to) = (packet.source, packet.destination);
                between.entry((from, to)).or_insert(number);
                between.entry((to, from)).or_insert(number);
            }
        }
        let of = |row: &Row| match &row.kind {
            RowKind::Call(call) => {
                let places = std::iter::once(&call.place).chain(&call.from_calls);
                sockets.latest(places.filter_map(|place| sockets.called.get(place).copied()))
            }
            RowKind::State(lane, change) => {
                let number = sockets.numbers.get(&(*lane, change.socket.as_str()));
                sockets.latest(number.copied().into_iter())
            }
            RowKind::Remark(lane, words) => {
                let number = sockets.numbers.get(&(*lane, told_of(words)?.0));
                sockets.latest(number.copied().into_iter())
            }
            RowKind::Packet(packet) => {
                let ends = between.get(&(packet.source, packet.destination)).copied();
                let calls = callers(&packet.cause).into_iter();
                sockets.latest(calls.chain(ends))
            }
            _ => None,
        };
        let rows: Vec<Option<usize>> = rows.iter().map(of).collect();
        let mut first = HashMap::new();
        for (row, whose) in rows.iter().enumerate() {
            if let Some(whose) = whose {
                first.entry(*whose).or_insert(row);
            }
        }
        Self { rows, first }
    }
}
