//! What calls alone prove of a connection's states, where no packet was captured.
//!
//! The calls of one side tell what happened to the other, whose program has ended its half; only what
//! is certain is told. It comes before the call, or after it.
//!
//! - The other side heard the end (its `recv` gave 0) and sent something afterwards, which is here:
//!   the segment acknowledged the FIN as well, so this was FIN-WAIT-2.
//! - The other side heard the end and then ends its own half: its FIN acknowledges this one, and
//!   whichever way it went, this side is in TIME-WAIT; told only where both are on one machine.
//! - The other side has ended its half, and this side ends its own without having heard of it: on one
//!   machine the FIN was there all the same, and this side was in CLOSE-WAIT. Where bytes are unread a
//!   close breaks the connection off instead, so all must have been received.

use std::collections::HashMap;

use super::entry::CallEntry;
use super::lanes::{Lanes, SocketAt};
use super::pairs::Pairs;

/// A state that a socket must have.
type Proved = (SocketAt, &'static str);

pub(super) struct Hearsay<'a> {
    lanes: &'a Lanes,
    /// From each end of a connection to the other.
    pairs: &'a Pairs,
    /// What the calls so far say of each end.
    said: HashMap<SocketAt, Said>,
}

/// What the calls of one end say.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// When a call ended its half.
    ended: Option<i64>,
    /// A call of it returned 0: the other side's FIN is there.
    heard: bool,
    /// Bytes that it sent before that.
    sent_before: u64,
    sent: u64,
    received: u64,
    /// Its close breaks the connection off, or may do so.
    aborts: bool,
}

impl Said {
    /// Takes a call, and says whether it is the first that ends this half.
    fn note(&mut self, call: &CallEntry, returned: i64) -> bool {
        self.aborts |= call.text.contains("SO_LINGER");
        let first = self.ended.is_none() && call.ends();
        if first {
            self.ended = Some(returned);
        }
        let Some(bytes) = call.bytes() else { return first };
        if call.sends() {
            self.sent = self.sent.saturating_add(bytes);
        } else if bytes > 0 {
            self.received = self.received.saturating_add(bytes);
        } else if !self.heard && !call.text.contains("(0)") {
            (self.heard, self.sent_before) = (true, self.sent);
        }
        first
    }
}

impl<'a> Hearsay<'a> {
    pub(super) fn new(lanes: &'a Lanes, pairs: &'a Pairs) -> Self {
        Self { lanes, pairs, said: HashMap::new() }
    }

    /// Takes a call of a socket: what must have happened before it, and what happens after it.
    pub(super) fn hear<'s>(
        &mut self,
        at: SocketAt,
        (call, returned): (&CallEntry, i64),
        state: impl Fn(SocketAt) -> &'s str,
        captured: impl Fn(SocketAt) -> bool,
    ) -> (Option<Proved>, Option<Proved>) {
        let its = self.said.entry(at).or_default();
        let first = its.note(call, returned);
        let its = *its;
        let Some(other) = self.pairs.other.get(&at).copied() else { return (None, None) };
        if captured(at) || captured(other) {
            return (None, None);
        }
        let its_other = self.said.get(&other).copied().unwrap_or_default();
        let hears = call.receives() && call.bytes().is_some_and(|bytes| bytes > 0);
        let answered = its_other.heard && its.received > its_other.sent_before;
        if hears && answered && state(at) == "FIN-WAIT-1" {
            return (Some((at, "FIN-WAIT-2")), None);
        }
        // On one machine a FIN is there when the call that sent it returns; on two it is on its way.
        let ip = |at: SocketAt| self.lanes.get(at).local.map(|local| local.ip());
        let here = ip(at).is_some() && ip(at) == ip(other);
        let waits = here && matches!(state(other), "FIN-WAIT-1" | "FIN-WAIT-2");
        let began = returned.saturating_sub(call.took);
        let unheard = !its.heard
            && its_other.ended.is_some_and(|ended| ended <= began)
            && (its.received, its_other.received) == (its_other.sent, its.sent)
            && state(at) == "ESTABLISHED";
        let ends = first && !its.aborts && !its_other.aborts && its_other.ended.is_some() && waits;
        let before = (ends && unheard).then_some((at, "CLOSE-WAIT"));
        (before, (ends && (its.heard || unheard)).then_some((other, "TIME-WAIT")))
    }
}

/// Whether a state can follow another. What two threads of a program tell may come in another order
/// than it happened, and no socket goes back.
pub(super) fn leads(from: &str, to: &str) -> bool {
    let rank = |state: &str| match state {
        "LISTEN" | "SYN-SENT" => Some(1),
        "SYN-RECEIVED" => Some(2),
        "ESTABLISHED" => Some(3),
        "FIN-WAIT-1" | "CLOSE-WAIT" => Some(4),
        "FIN-WAIT-2" | "CLOSING" | "LAST-ACK" => Some(5),
        "TIME-WAIT" => Some(6),
        _ => None,
    };
    match (rank(from), rank(to)) {
        (Some(before), Some(after)) => after > before,
        // From CLOSED a socket goes where it wants; to CLOSED it comes from everywhere.
        _ => !to.is_empty() && from != to,
    }
}
