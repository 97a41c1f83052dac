//! From rows to moments: what lasts has a beginning and an end, each with its place in time.
//!
//! ```text
//!  rows                            moments
//!    recv   1.0 … 3.0 s, waited      1.0 s  recv is called ┐ a bar between them,
//!    packet 2.9 … 3.0 s              2.9 s  packet leaves  │
//!                                    3.0 s  packet arrives │
//!                                    3.0 s  recv returns   ┘
//! ```

use std::time::Duration;

use crate::timeline::{Call, Packet, Row, RowKind};

/// A part of something that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A call is made, a packet leaves.
    Begin,
    /// A call returns, a packet arrives.
    End,
}

/// A place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Duration,
    /// The place of its row among the picture's rows.
    pub row: usize,
    pub part: Part,
}

/// A call that waited so long has a bar, also if nothing happened meanwhile.
const LONG: Duration = Duration::from_millis(1);

/// A packet that was on its way so long is drawn as long as that. Less than that is no more than what
/// two captures of one packet differ by.
const FLIGHT: Duration = Duration::from_micros(50);

/// The moments of the rows, in the order of time.
pub(super) fn moments(rows: &[Row]) -> Vec<Moment> {
    let mut times: Vec<Duration> = rows.iter().map(|row| row.at).collect();
    times.sort_unstable();
    let between = |from: Duration, to: Duration| {
        let first = times.partition_point(|at| *at <= from);
        times.get(first).is_some_and(|at| *at < to)
    };
    let mut moments = Vec::with_capacity(rows.len() * 2);
    // Two clocks are never quite one: the order of the rows counts for more than their times.
    let mut now = Duration::ZERO;
    for (row, its) in rows.iter().enumerate() {
        now = now.max(its.at);
        let span = match &its.kind {
            RowKind::Call(call) if lasts(call, between) => {
                // A row at its call's beginning is in its place; one at its return is too.
                let at_begin = its.at <= call.begin;
                Some(if at_begin { (now, call.end.max(now)) } else { (call.begin.min(now), now) })
            }
            RowKind::Packet(packet) => flight(packet).map(|end| (now, end.max(now))),
            _ => None,
        };
        if let Some((begin, end)) = span {
            moments.push(Moment { at: begin, row, part: Part::Begin });
            moments.push(Moment { at: end, row, part: Part::End });
        } else {
            moments.push(Moment { at: now, row, part: Part::Whole });
        }
    }
    moments.sort_by_key(|moment| moment.at);
    moments
}

/// Whether a call is drawn from its beginning to its return.
fn lasts(call: &Call, between: impl Fn(Duration, Duration) -> bool) -> bool {
    let meanwhile = between(call.begin, call.end);
    let took = call.end.saturating_sub(call.begin);
    (call.waited && (meanwhile || took >= LONG)) || (call.name.starts_with("connect") && meanwhile)
}

/// When a packet arrived, if that was later than it left.
fn flight(packet: &Packet) -> Option<Duration> {
    let (left, arrived) = (packet.left?, packet.arrived?);
    (arrived.saturating_sub(left) >= FLIGHT).then_some(arrived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, begin: u64, end: u64, waited: bool, at: u64) -> Row {
        let ms = Duration::from_millis;
        let call =
            Call { name: name.into(), begin: ms(begin), end: ms(end), waited, ..Call::default() };
        Row { at: ms(at), kind: RowKind::Call(call) }
    }

    #[test]
    fn what_waits_begins_before_what_happens_meanwhile() {
        let rows = [
            call("listen", 0, 0, false, 0),
            call("send", 5, 6, false, 5),
            call("recv", 1, 7, true, 7),
        ];
        let told: Vec<_> = moments(&rows).iter().map(|its| (its.row, its.part)).collect();
        assert_eq!(told, [(0, Part::Whole), (2, Part::Begin), (1, Part::Whole), (2, Part::End)]);
    }
}
