//! Which call's bytes another call took.
//!
//! A stream has no borders, but its bytes have an order. So the 4th to the 9th byte that a `recv`
//! gave are the 4th to the 9th that were sent:
//!
//! ```text
//!   send(3)  send(6)        0..3   3..9
//!        ╲    │  ╲
//!       recv = 5   recv = 4      0..5   5..9
//! ```

use std::collections::HashMap;

use super::entry::{CallEntry, Entry, Outcome, What};
use super::lanes::{Lanes, SocketAt, Spot};
use super::pairs::Pairs;
use super::record::Record;

/// Something that one call gave and another took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub giver: Spot,
    pub taker: Spot,
    /// Whether it may be believed when clocks are compared.
    pub sure: bool,
}

/// The calls of a socket that count for its conversation, in the order in which they returned.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    pub connect: Option<Spot>,
    pub accept: Option<Spot>,
    /// Each with the number of bytes before it.
    pub sends: Vec<(Spot, u64)>,
    pub receives: Vec<(Spot, u64)>,
    pub sent: u64,
    pub received: u64,
    /// `recv` gave 0 bytes.
    pub heard_end: Option<Spot>,
    /// The first call that ended its half.
    pub end: Option<Spot>,
    pub close: Option<Spot>,
    /// The call before that, as they were noted.
    pub last: Option<Spot>,
}

/// What each socket's calls did.
pub(super) type Conducts = HashMap<SocketAt, Conduct>;

/// Reads the calls of all stream sockets.
pub(super) fn conducts(records: &[Record], lanes: &Lanes) -> Conducts {
    let mut conducts = Conducts::new();
    for (spot, lane, call) in calls(records, lanes) {
        let Some(at) = lanes.socket(lane, &call.socket) else { continue };
        if let Outcome::Socket(label, _) = &call.outcome
            && call.accepts()
            && let Some(new) = lanes.socket(lane, label)
        {
            conducts.entry(new).or_default().accept = Some(spot);
        }
        conducts.entry(at).or_default().note(spot, call);
    }
    conducts
}

/// All calls that belong to a lane.
pub(super) fn calls<'a>(
    records: &'a [Record],
    lanes: &'a Lanes,
) -> impl Iterator<Item = (Spot, usize, &'a CallEntry)> {
    (0_u32..).zip(records).flat_map(move |(record, its)| {
        (0_u32..).zip(&its.entries).filter_map(move |(entry, line)| match &line.what {
            What::Call(call) => {
                let lane = lanes.lane(record as usize, line.end)?;
                Some((Spot { record, entry }, lane, call))
            }
            _ => None,
        })
    })
}

/// A line of a record.
pub(super) fn line_at(records: &[Record], spot: Spot) -> &Entry {
    &records[spot.record as usize].entries[spot.entry as usize]
}

/// The call of a line.
pub(super) fn call_at(records: &[Record], spot: Spot) -> Option<&CallEntry> {
    match &records.get(spot.record as usize)?.entries.get(spot.entry as usize)?.what {
        What::Call(call) => Some(call),
        _ => None,
    }
}

impl Conduct {
    fn note(&mut self, spot: Spot, call: &CallEntry) {
        if call.connects() {
            self.connect = Some(spot);
        } else if call.sends()
            && let Some(bytes) = call.bytes().filter(|bytes| *bytes > 0)
        {
            self.sends.push((spot, self.sent));
            self.sent = self.sent.saturating_add(bytes);
        } else if call.receives()
            && let Some(bytes) = call.bytes()
        {
            if bytes == 0 {
                // recv(0) takes nothing and hears nothing.
                let asked = call.text.contains("(0)");
                self.heard_end = self.heard_end.or((!asked).then_some(spot));
            } else {
                self.receives.push((spot, self.received));
                self.received = self.received.saturating_add(bytes);
            }
        } else if call.ends() {
            self.end = self.end.or(Some(spot));
        }
        if call.closes() {
            self.close = self.close.or(Some(spot));
        } else if self.close.is_none() {
            self.last = Some(spot);
        }
    }

    /// The sends that hold bytes from `first` up to, not including, `behind`, counted from 0.
    pub(super) fn sends_of(&self, first: u64, behind: u64) -> &[(Spot, u64)] {
        if first >= behind || first >= self.sent {
            return &[];
        }
        let begin = self.sends.partition_point(|(_, before)| *before <= first).saturating_sub(1);
        let end = self.sends.partition_point(|(_, before)| *before < behind);
        self.sends.get(begin..end).unwrap_or_default()
    }

    /// The receive that took the byte with this number, counted from 0.
    pub(super) fn receive_of(&self, byte: u64) -> Option<Spot> {
        let place = self.receives.partition_point(|(_, before)| *before <= byte);
        (byte < self.received)
            .then(|| self.receives.get(place.checked_sub(1)?))
            .flatten()
            .map(|r| r.0)
    }
}

/// What the two ends of each connection gave each other: every call that took something, with the
/// calls that gave it.
pub(super) fn links(records: &[Record], pairs: &Pairs, conducts: &Conducts) -> Vec<Link> {
    let mut links = Vec::new();
    for (client, server) in &pairs.connections {
        let (Some(client), Some(server)) = (conducts.get(client), conducts.get(server)) else {
            continue;
        };
        let mut link = |giver: Option<Spot>, taker: Option<Spot>| {
            if let (Some(giver), Some(taker)) = (giver, taker) {
                // Of a close that is noted when it is over, nobody knows when it began.
                let call = call_at(records, giver);
                let sure = call.is_none_or(|call| &*call.name != "close" || call.took > 0);
                links.push(Link { giver, taker, sure });
            }
        };
        link(client.connect, server.accept);
        link(client.end, server.heard_end);
        link(server.end, client.heard_end);
        for (from, to) in [(client, server), (server, client)] {
            for (place, (spot, before)) in to.receives.iter().enumerate() {
                let behind = to.receives.get(place + 1).map_or(to.received, |(_, before)| *before);
                for (giver, _) in from.sends_of(*before, behind) {
                    link(Some(*giver), Some(*spot));
                }
            }
        }
    }
    links
}
