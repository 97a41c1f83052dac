//! What calls and packets do to the state of a socket.
//!
//! A record's calls carry the state that netlab knows from its own calls. The kernel knows more: a
//! packet that arrives changes a state without any call. Where packets were captured the states are
//! therefore followed as [RFC 9293 § 3.3.2, figure 5](https://www.rfc-editor.org/rfc/rfc9293#figure-5)
//! has them, and the states of the record count only where no packet was seen.
//!
//! ```text
//!   close()        FIN-WAIT-1        the call
//!   ◀── ACK        FIN-WAIT-2        a packet: a row of its own
//!   ◀── FIN        TIME-WAIT         a packet: a row of its own
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::entry::{CallEntry, Outcome};
use super::hearsay::{Hearsay, leads};
use super::lanes::{Lanes, SocketAt, Spot};
use super::model::StateChange;
use super::packet::{ACK, FIN, PacketEntry, RST, SYN, Tcp};
use super::pairs::Pairs;
use super::record::Record;
use super::side::{Side, reached};
use super::wire::{Made, Pack, packet};

pub(super) struct States<'a> {
    records: &'a [Record],
    lanes: &'a Lanes,
    sides: HashMap<SocketAt, Side>,
    /// Sockets whose packets were captured where they are.
    captured: HashSet<SocketAt>,
    /// Those among them whose SYN was captured.
    opened: HashSet<SocketAt>,
    hearsay: Hearsay<'a>,
    /// Calls that break a connection off: their packet is a RST.
    aborts: HashSet<Spot>,
}

/// A change of state in a lane that no call of this lane made.
type Derived = (usize, StateChange);

impl<'a> States<'a> {
    pub(super) fn new(
        records: &'a [Record],
        lanes: &'a Lanes,
        packs: &[Pack],
        pairs: &'a Pairs,
    ) -> Self {
        let mut states = Self {
            records,
            lanes,
            sides: HashMap::new(),
            captured: HashSet::new(),
            opened: HashSet::new(),
            hearsay: Hearsay::new(lanes, pairs),
            aborts: HashSet::new(),
        };
        for pack in packs {
            let Some(tcp) = states.tcp(pack).map(|(_, tcp)| tcp) else { continue };
            if let (Some(at), Some(_)) = (pack.from_socket, pack.left) {
                states.captured.insert(at);
                if tcp.has(SYN) {
                    states.opened.insert(at);
                }
            }
            if let (Some(at), Some(_)) = (pack.to_socket, pack.arrived) {
                states.captured.insert(at);
            }
            if let Made::Calls(calls) = &pack.cause
                && tcp.has(RST)
            {
                states.aborts.extend(calls);
            }
        }
        states
    }

    fn tcp(&self, pack: &Pack) -> Option<(&'a PacketEntry, Tcp)> {
        let seen = packet(self.records, pack.spot()?)?;
        Some((seen, seen.tcp?))
    }

    /// The state now.
    fn state(&self, at: SocketAt) -> &str {
        self.sides.get(&at).and_then(|side| side.state.as_deref()).unwrap_or("")
    }

    fn change(&mut self, at: SocketAt, to: &str) -> Option<StateChange> {
        let side = self.sides.entry(at).or_default();
        if side.state.as_deref() == Some(to) {
            return None;
        }
        let from = side.state.replace(to.into());
        Some(StateChange {
            socket: self.lanes.get(at).label.clone(),
            from: from.as_deref().unwrap_or("").to_owned(),
            to: to.to_owned(),
        })
    }

    /// A call was made, in a lane.
    pub(super) fn call(
        &mut self,
        lane: usize,
        spot: Spot,
        call: &CallEntry,
    ) -> Option<StateChange> {
        let at = self.lanes.socket(lane, &call.socket)?;
        if let Outcome::Socket(label, _) = &call.outcome
            && call.accepts()
        {
            // The new socket was there before, if its packets were seen.
            let new = self.lanes.socket(lane, label)?;
            let side = self.sides.entry(new).or_default();
            side.taken = true;
            let known = side.state.is_some();
            return if known { None } else { self.change(new, "ESTABLISHED") };
        }
        if &*call.name == "socket" {
            self.sides.entry(at).or_default().state = Some(Arc::clone(&call.state));
            return None;
        }
        let next = if self.captured.contains(&at) {
            self.captured_call(at, spot, call)
        } else {
            let before = self.state(at);
            // The program has not asked whether the other side had ended; the kernel knew.
            let second = before == "CLOSE-WAIT" && call.ends() && &*call.state == "FIN-WAIT-1";
            let after = if second { "LAST-ACK" } else { &*call.state };
            leads(before, after).then(|| after.to_owned())
        };
        next.and_then(|next| self.change(at, &next))
    }

    /// What a call of a run without packets, which returned then, proves of either side: before it and
    /// after it.
    pub(super) fn derived(
        &mut self,
        lane: usize,
        call: &CallEntry,
        returned: i64,
    ) -> (Option<Derived>, Option<Derived>) {
        let Some(at) = self.lanes.socket(lane, &call.socket) else { return (None, None) };
        let sides = &self.sides;
        let state = |at| sides.get(&at).and_then(|side: &Side| side.state.as_deref()).unwrap_or("");
        let captured = &self.captured;
        let (before, after) =
            self.hearsay.hear(at, (call, returned), state, |at| captured.contains(&at));
        let before = before.and_then(|(at, to)| self.row(at, to));
        (before, after.and_then(|(at, to)| self.row(at, to)))
    }

    /// The state after a call on a socket whose packets were seen.
    fn captured_call(&self, at: SocketAt, spot: Spot, call: &CallEntry) -> Option<String> {
        let before = self.state(at);
        if call.connects() && self.opened.contains(&at) {
            return Some("SYN-SENT".to_owned());
        }
        if call.ends() {
            let after = match before {
                "ESTABLISHED" | "CLOSE-WAIT" if self.aborts.contains(&spot) => "CLOSED",
                "ESTABLISHED" | "SYN-RECEIVED" => "FIN-WAIT-1",
                "CLOSE-WAIT" => "LAST-ACK",
                "LISTEN" | "SYN-SENT" => "CLOSED",
                "" => return Some(call.state.to_string()),
                _ => return None,
            };
            return Some(after.to_owned());
        }
        let broken = call.error.is_some() && &*call.state == "CLOSED" && before != "SYN-SENT";
        let first = before.is_empty() || before == "CLOSED" && &*call.state == "LISTEN";
        let unseen = call.connects() || first;
        (broken || unseen && leads(before, &call.state)).then(|| call.state.to_string())
    }

    /// A packet left.
    pub(super) fn left(&mut self, pack: &Pack) -> Option<Derived> {
        let (seen, tcp) = self.tcp(pack)?;
        let at = pack.from_socket.filter(|_| pack.left.is_some())?;
        if self.lanes.get(at).listens {
            return None;
        }
        if tcp.has(RST) {
            // A reset answers what does not belong to the handshake, and the handshake goes on
            // (RFC 9293 § 3.10.7.3), unless a call breaks it off.
            let opens = matches!(self.state(at), "SYN-SENT" | "SYN-RECEIVED");
            let by_call = matches!(pack.cause, Made::Calls(_));
            return if opens && !by_call { None } else { self.row(at, "CLOSED") };
        }
        let behind = tcp.end(seen.payload);
        let side = self.sides.entry(at).or_default();
        if tcp.has(SYN) && side.own_syn != Some(tcp.end(0)) {
            // Numbers of an attempt before this one mean nothing now.
            let known = (side.expected, side.heard);
            let (expected, heard) = if tcp.has(ACK) { known } else { (None, None) };
            (side.expected, side.heard, side.own_fin) = (expected, heard, None);
            (side.own_syn, side.next) = (Some(tcp.end(0)), Some(behind));
        }
        if tcp.has(FIN) {
            side.own_fin = Some(behind);
        }
        if side.next.is_none_or(|next| reached(behind, next)) {
            side.next = Some(behind);
        }
        // A socket that sends bytes is not closed: the RST did not count.
        if seen.payload > 0
            && let Some(before) = side.before_reset.take()
        {
            side.expected = tcp.has(ACK).then_some(tcp.acknowledgment);
            return self.row(at, &before);
        }
        // What this side acknowledges has come: also bytes that the capture missed.
        if tcp.has(ACK) {
            side.expected = Some(tcp.acknowledgment);
            if side.early_fin.is_some_and(|fin| reached(tcp.acknowledgment, fin)) {
                return self.peer_ended(at);
            }
        }
        None
    }

    /// A packet arrived.
    pub(super) fn arrived(&mut self, pack: &Pack) -> Vec<Derived> {
        let Some((seen, tcp)) = self.tcp(pack) else { return Vec::new() };
        let Some(at) = pack.to_socket.filter(|_| pack.arrived.is_some()) else {
            return Vec::new();
        };
        if self.lanes.get(at).listens {
            return Vec::new();
        }
        if tcp.has(RST) {
            return self.reset(at, tcp).into_iter().collect();
        }
        let behind = tcp.end(seen.payload);
        let opened = match self.state(at) {
            "SYN-SENT" => Some(self.answered(at, tcp)),
            _ => None,
        };
        let mut rows = Vec::new();
        rows.extend(self.handshake(at, tcp, seen.payload));
        // Whoever waits for the answer to a SYN throws away everything else.
        if opened == Some(false) {
            return rows;
        }
        let side = self.sides.entry(at).or_default();
        let in_order = side.expected.is_none_or(|expected| reached(expected, tcp.sequence));
        let fin = tcp.has(FIN) && side.is_new(behind);
        // Behind a FIN nothing is sent: it is acknowledged by this number and by no other.
        if tcp.has(ACK) && side.own_fin == Some(tcp.acknowledgment) {
            // A segment that acknowledges and ends at once leads straight on.
            let next = match self.state(at) {
                "FIN-WAIT-1" if fin && in_order => Some("TIME-WAIT"),
                "FIN-WAIT-1" => Some("FIN-WAIT-2"),
                "CLOSING" => Some("TIME-WAIT"),
                "LAST-ACK" => Some("CLOSED"),
                _ => None,
            };
            rows.extend(next.and_then(|next| self.row(at, next)));
        }
        let side = self.sides.entry(at).or_default();
        if in_order {
            side.hear(behind);
        }
        if fin && in_order {
            rows.extend(self.peer_ended(at));
        } else if fin {
            side.early_fin = Some(behind);
        }
        rows
    }

    /// A RST arrived. It counts where [RFC 9293 § 3.10.7](https://www.rfc-editor.org/rfc/rfc9293#section-3.10.7)
    /// says so: as an answer to this side's SYN, or at the very number that is expected next. Any
    /// other is dropped, or answered by an acknowledgment that asks whether it is meant (RFC 5961).
    fn reset(&mut self, at: SocketAt, tcp: Tcp) -> Option<Derived> {
        let state = self.state(at);
        let (opens, ended) =
            (state == "SYN-SENT", matches!(state, "CLOSE-WAIT" | "LAST-ACK" | "CLOSING"));
        if matches!(state, "" | "CLOSED") {
            return None;
        }
        let side = self.sides.entry(at).or_default();
        let known = if opens { side.own_syn } else { side.expected };
        let counts = match known {
            None => true,
            Some(own) if opens => tcp.has(ACK) && tcp.acknowledgment == own,
            // Some systems do not count their FIN; Linux takes theirs as well.
            Some(expected) => {
                tcp.sequence == expected || ended && tcp.sequence == expected.wrapping_sub(1)
            }
        };
        if !counts {
            return None;
        }
        side.before_reset = if known.is_none() { side.state.clone() } else { None };
        self.row(at, "CLOSED")
    }

    /// Whether a segment is an answer to this side's SYN: the other side's SYN, and no acknowledgment
    /// of what was never sent.
    fn answered(&self, at: SocketAt, tcp: Tcp) -> bool {
        tcp.has(SYN) && (!tcp.has(ACK) || self.acknowledges_syn(at, tcp))
    }

    fn acknowledges_syn(&self, at: SocketAt, tcp: Tcp) -> bool {
        let side = self.sides.get(&at);
        let fits = |side: &Side| side.own_syn.is_none_or(|own| side.sent(tcp.acknowledgment, own));
        tcp.has(ACK) && side.is_none_or(fits)
    }

    fn handshake(&mut self, at: SocketAt, tcp: Tcp, payload: u64) -> Option<Derived> {
        let next = match self.state(at) {
            // Both asked at once: either one's answer is the other's acknowledgment.
            "SYN-RECEIVED" if self.acknowledges_syn(at, tcp) => Some("ESTABLISHED"),
            "SYN-SENT" if self.answered(at, tcp) => {
                let side = self.sides.entry(at).or_default();
                (side.expected, side.heard) = (None, None);
                side.hear(tcp.end(payload));
                Some(if tcp.has(ACK) { "ESTABLISHED" } else { "SYN-RECEIVED" })
            }
            before if tcp.has(SYN) && !tcp.has(ACK) && self.begins(at, before) => {
                let again = before == "CLOSED";
                let side = self.sides.entry(at).or_default();
                if again {
                    *side = Side::default();
                }
                side.state = Some("LISTEN".into());
                Some("SYN-RECEIVED")
            }
            _ => None,
        };
        next.and_then(|next| self.row(at, next))
    }

    /// Whether a SYN begins this socket: one that nobody has seen yet, or that an earlier attempt with
    /// the same four numbers has left behind before any call took it.
    fn begins(&self, at: SocketAt, before: &str) -> bool {
        let accepted = self.lanes.facts[at.0][at.1].accepted;
        let taken = self.sides.get(&at).is_some_and(|side| side.taken);
        before.is_empty() || before == "CLOSED" && accepted && !taken
    }

    /// Everything up to the other side's FIN is there.
    fn peer_ended(&mut self, at: SocketAt) -> Option<Derived> {
        self.sides.entry(at).or_default().early_fin = None;
        let next = match self.state(at) {
            "ESTABLISHED" | "SYN-RECEIVED" => "CLOSE-WAIT",
            "FIN-WAIT-1" => "CLOSING",
            "FIN-WAIT-2" => "TIME-WAIT",
            _ => return None,
        };
        self.row(at, next)
    }

    fn row(&mut self, at: SocketAt, to: &str) -> Option<Derived> {
        self.change(at, to).map(|change| (at.0, change))
    }
}
