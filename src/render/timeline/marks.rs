//! From rows to marks: what has a length becomes a beginning and an end.
//!
//! ```text
//!  rows                       marks
//!    accept  0.1 … 3.0 ms      accept begins   0.1 ┐
//!    connect 1.0 … 1.2 ms      connect begins  1.0 │ and between them whatever happens
//!                              connect returns 1.2 │ meanwhile
//!                              accept returns  3.0 ┘
//! ```

use std::time::Duration;

use crate::timeline::{Call, Packet, Row, RowKind};

/// Something that gets a row of its own in the picture.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark<'a> {
    /// A call: the whole of it, its beginning, or its return.
    Call(&'a Call, Part),
    /// A packet, as it leaves, as it arrives, or both at once.
    Packet(&'a Packet, Part),
    /// Anything else.
    Other(&'a RowKind),
}

/// A part of something that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A call is made, a packet leaves.
    Begin,
    /// A call that was made before what was drawn already.
    Earlier,
    /// A call returns, a packet arrives.
    End,
}

/// Marks in the order of time, from rows in that order; `now` is how far the picture is already.
pub(super) fn marks(rows: &[Row], now: Duration) -> Vec<(Duration, Mark<'_>)> {
    let times = packet_times(rows);
    let mut marks: Vec<(Duration, Mark)> = Vec::with_capacity(rows.len());
    // Two clocks are never quite one: the order of the rows counts for more than their times.
    let mut at = now;
    for row in rows {
        at = at.max(row.at);
        match &row.kind {
            RowKind::Call(call) if lasts(call, &times) => {
                let earlier = call.begin < now;
                let part = if earlier { Part::Earlier } else { Part::Begin };
                // A row at its call's beginning is in its place; one at its return is too.
                let (begin, end) = if row.at <= call.begin {
                    (at, call.end.max(at))
                } else {
                    (call.begin.max(now), at)
                };
                marks.push((begin, Mark::Call(call, part)));
                marks.push((end, Mark::Call(call, Part::End)));
            }
            RowKind::Call(call) => marks.push((at, Mark::Call(call, Part::Whole))),
            RowKind::Packet(packet) => match (packet.left, packet.arrived) {
                (Some(left), Some(arrived)) if between(rows, left, arrived) => {
                    marks.push((at, Mark::Packet(packet, Part::Begin)));
                    marks.push((arrived.max(at), Mark::Packet(packet, Part::End)));
                }
                _ => marks.push((at, Mark::Packet(packet, Part::Whole))),
            },
            other => marks.push((at, Mark::Other(other))),
        }
    }
    marks.sort_by_key(|(at, _)| *at);
    marks
}

/// Whether a call is drawn from its beginning to its return: it waited, or it connects and packets
/// went to and fro meanwhile.
fn lasts(call: &Call, packets: &[Duration]) -> bool {
    if call.waited {
        return true;
    }
    let first = packets.partition_point(|at| *at <= call.begin);
    call.name.starts_with("connect") && packets.get(first).is_some_and(|at| *at < call.end)
}

/// When packets crossed, in order.
fn packet_times(rows: &[Row]) -> Vec<Duration> {
    let mut times: Vec<Duration> = rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Packet(packet) => packet.left.or(packet.arrived),
            _ => None,
        })
        .collect();
    times.sort_unstable();
    times
}

/// Whether anything happened between two moments.
fn between(rows: &[Row], from: Duration, to: Duration) -> bool {
    let first = rows.partition_point(|row| row.at <= from);
    rows.get(first).is_some_and(|row| row.at < to)
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

    fn names(marks: &[(Duration, Mark)]) -> Vec<(u128, String, Part)> {
        let name = |(at, mark): &(Duration, Mark)| match mark {
            Mark::Call(call, part) => (at.as_millis(), call.name.clone(), *part),
            _ => panic!("a call"),
        };
        marks.iter().map(name).collect()
    }

    #[test]
    fn what_waits_begins_before_what_happens_meanwhile() {
        let rows = [
            call("listen", 0, 0, false, 0),
            call("send", 5, 6, false, 5),
            call("recv", 1, 7, true, 7),
        ];
        let marks = marks(&rows, Duration::ZERO);
        let wanted = [
            (0, "listen".to_owned(), Part::Whole),
            (1, "recv".to_owned(), Part::Begin),
            (5, "send".to_owned(), Part::Whole),
            (7, "recv".to_owned(), Part::End),
        ];
        assert_eq!(names(&marks), wanted);
    }

    #[test]
    fn a_call_of_an_earlier_step_is_told_first() {
        let rows = [call("send", 5, 6, false, 5), call("recv", 1, 7, true, 7)];
        let marks = marks(&rows, Duration::from_millis(3));
        assert_eq!(names(&marks)[0], (3, "recv".to_owned(), Part::Earlier));
    }
}
