//! The calls that a record itself names as what made a packet go.
//!
//! A cause names a call by its end, its socket and its words, and the same words come again and
//! again. What is meant is the call before the packet that is nearest to it:
//!
//! ```text
//!   line 10  A send(6) = 6
//!   line 14  A send(6) = 6   ◀─┐
//!   line 15  a packet: "A send(6) = 6"
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use super::entry::What;
use super::lanes::{Lanes, Spot};
use super::packet::ToldCall;
use super::record::Record;

/// How far before the packet its call may stand, in lines.
const BACK: u32 = 4000;

/// How far behind it: a call is noted when it is over.
const BEHIND: u32 = 20;

/// By what a call is known: its end, its socket, its words, its result.
type Key<'a> = (Option<u16>, &'a str, &'a str, &'a str);

/// The places of a record's calls, in order. Made when a cause first asks for it: whoever meddles
/// with a record must not make every packet look through thousands of lines.
pub(super) struct Named<'a> {
    records: &'a [Record],
    lanes: &'a Lanes,
    calls: HashMap<u32, HashMap<Key<'a>, Vec<u32>>>,
}

impl<'a> Named<'a> {
    pub(super) fn new(records: &'a [Record], lanes: &'a Lanes) -> Self {
        Self { records, lanes, calls: HashMap::new() }
    }

    /// The calls that are named, in the order of their lines.
    pub(super) fn find(&mut self, packet: Spot, told: &'a [ToldCall]) -> Vec<Spot> {
        let (records, lanes) = (self.records, self.lanes);
        let known = self
            .calls
            .entry(packet.record)
            .or_insert_with(|| index(records, lanes, packet.record as usize));
        let record = &records[packet.record as usize];
        // Where the next call of these words is looked for: backwards, and then forwards.
        let mut next: HashMap<Key, (usize, usize)> = HashMap::new();
        let mut found = Vec::new();
        for (end, socket, text) in told.iter().rev() {
            let Some((text, result)) = text.rsplit_once(" = ") else { continue };
            let key = (end_of(record, end.as_ref()), &**socket, text, result);
            let Some(places) = known.get(&key) else { continue };
            let (before, behind) = next.entry(key).or_insert_with(|| {
                let here = places.partition_point(|entry| *entry < packet.entry);
                (here, here)
            });
            let first = packet.entry.saturating_sub(BACK);
            let last = packet.entry.saturating_add(BEHIND);
            let back = before.checked_sub(1).filter(|at| places[*at] >= first);
            let entry = if let Some(at) = back {
                *before = at;
                places[at]
            } else if let Some(entry) = places.get(*behind).filter(|entry| **entry < last) {
                *behind += 1;
                *entry
            } else {
                continue;
            };
            found.push(Spot { entry, ..packet });
        }
        found.sort();
        found
    }
}

fn end_of(record: &Record, end: Option<&Arc<str>>) -> Option<u16> {
    let place = record.ends.iter().position(|known| Some(known) == end)?;
    u16::try_from(place).ok()
}

fn index<'a>(records: &'a [Record], lanes: &Lanes, record: usize) -> HashMap<Key<'a>, Vec<u32>> {
    let mut known: HashMap<Key, Vec<u32>> = HashMap::new();
    for (entry, line) in (0_u32..).zip(&records[record].entries) {
        if let What::Call(call) = &line.what
            && lanes.lane(record, line.end).is_some()
        {
            let key = (line.end, &*call.socket, &*call.text, &*call.result);
            known.entry(key).or_default().push(entry);
        }
    }
    known
}
