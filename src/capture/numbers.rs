//! Numbers that mean something: sequence numbers counted from the beginning of a connection.
//!
//! ```text
//!    A ── SYN      seq 3,911,205,177  = 0      each side chooses where it begins to count;
//!    B ── SYN,ACK  seq   846,022,910  = 0      acknowledgments count in the numbers of the other
//!    A ── ACK      seq 3,911,205,178  = 1      side
//! ```
//!
//! Only who saw the SYN knows where a side began. The same goes for the window: how far the field is
//! shifted is said in the SYNs and nowhere else, and counts only if both say it
//! ([RFC 7323 § 2.2](https://www.rfc-editor.org/rfc/rfc7323#section-2.2)).

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::event::flag::{ACK, FIN, RST, SYN};
use crate::event::{Segment, TcpOption};

/// Halves of connections that are remembered; beyond, those that have ended are forgotten, then those
/// that have been silent for longest.
const MOST: usize = 16_384;
/// Gaps that are remembered of one direction, the latest.
const GAPS: usize = 32;

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
struct Half {
    /// The number of its SYN.
    first: Option<u32>,
    /// The number behind the last byte that was seen.
    next: Option<u32>,
    /// How far that is behind the first number, of which it is known by then.
    far: i64,
    /// The shift that its SYN offered.
    shift: Option<u8>,
    /// Its SYN was seen, with or without an offer.
    offered: bool,
    /// The number behind its FIN.
    end: Option<u32>,
    /// The other side has acknowledged that.
    end_known: bool,
    reset: bool,
    /// Numbers that were passed over and not seen yet: from, and behind the last. Segments overtake
    /// each other, and one that fills a gap is late and not repeated.
    gaps: Vec<(u32, u32)>,
    /// When it was last seen, counted in segments.
    touched: u64,
}

/// The connections that were seen: each by its source and destination, a half for each.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    halves: HashMap<(SocketAddr, SocketAddr), Half>,
    segments: u64,
}

/// Whether `a` comes before `b`, where numbers begin again after the highest (RFC 9293 § 3.4).
fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

impl Numbers {
    /// Takes a segment in the order in which segments crossed, and fills in what is known of the
    /// connection.
    pub(super) fn count(&mut self, from: SocketAddr, to: SocketAddr, segment: &mut Segment) {
        self.forget();
        let mut there = self.halves.remove(&(to, from)).unwrap_or_default();
        let mut here = self.halves.remove(&(from, to)).unwrap_or_default();
        if segment.flags & SYN != 0 && here.first != Some(segment.sequence) {
            here = Half::default();
            if segment.flags & ACK == 0 {
                there = Half::default();
            }
            here.first = Some(segment.sequence);
            here.offered = true;
            here.shift = segment.options.iter().find_map(|option| match option {
                TcpOption::WindowScale(shift) => Some(*shift),
                _ => None,
            });
        }
        // Nobody chose a number for a reset that answers a SYN: it counts like a side's first.
        if here.first.is_none() && there.offered && segment.flags & RST != 0 {
            here.first = Some(segment.sequence.wrapping_sub(1));
        }
        here.take(segment);
        if segment.flags & ACK != 0
            && let Some(end) = there.end
            && !before(segment.acknowledgment, end)
        {
            there.end_known = true;
        }
        segment.relative_sequence = here.relative(segment.sequence);
        let acknowledges = segment.flags & ACK != 0;
        segment.relative_acknowledgment =
            there.relative(segment.acknowledgment).filter(|_| acknowledges);
        segment.window_shift = match (here.shift, there.shift) {
            (Some(shift), Some(_)) => Some(shift),
            _ if here.offered && there.offered => Some(0),
            _ => None,
        };
        self.segments += 1;
        here.touched = self.segments;
        there.touched = self.segments;
        self.halves.insert((from, to), here);
        self.halves.insert((to, from), there);
    }

    /// Whether a connection is on its way to its end and not there yet: a FIN is not acknowledged.
    pub(super) fn is_ending(&self) -> bool {
        self.halves.iter().any(|((from, to), here)| {
            let reset =
                here.reset || self.halves.get(&(*to, *from)).is_some_and(|there| there.reset);
            here.end.is_some() && !here.end_known && !reset
        })
    }

    /// Whether this connection, by its own and the other side's endpoint, was seen and has not ended:
    /// neither both halves nor by a reset.
    pub(super) fn is_open(&self, own: SocketAddr, other: SocketAddr) -> bool {
        let half = |from, to| self.halves.get(&(from, to));
        let (Some(here), Some(there)) = (half(own, other), half(other, own)) else { return false };
        !(here.reset || there.reset || here.end_known && there.end_known)
    }

    fn forget(&mut self) {
        if self.halves.len() < MOST {
            return;
        }
        self.halves.retain(|_, half| !half.end_known && !half.reset);
        if self.halves.len() >= MOST / 4 * 3 {
            let mut times: Vec<u64> = self.halves.values().map(|half| half.touched).collect();
            let middle = times.len() / 2;
            let (_, middle, _) = times.select_nth_unstable(middle);
            let middle = *middle;
            self.halves.retain(|_, half| half.touched > middle);
        }
    }
}

impl Half {
    fn take(&mut self, segment: &mut Segment) {
        let bits = segment.flags & SYN != 0;
        let end = segment.flags & FIN != 0;
        let payload = u32::try_from(segment.payload).unwrap_or(u32::MAX);
        let length = payload.wrapping_add(u32::from(bits)).wrapping_add(u32::from(end));
        let next = segment.sequence.wrapping_add(length);
        if segment.flags & RST != 0 {
            self.reset = true;
            return;
        }
        if bits {
            self.reset = false;
        }
        if length != 0 {
            let seen = self.next.unwrap_or(segment.sequence);
            let below = before(segment.sequence, seen);
            segment.again = below && !self.fill(segment.sequence, next);
            if before(seen, segment.sequence) {
                self.gaps.push((seen, segment.sequence));
                let many = self.gaps.len().saturating_sub(GAPS);
                self.gaps.drain(..many);
            }
        }
        if self.next.is_none_or(|seen| before(seen, next)) {
            // From the SYN on numbers are counted through, also where they begin again.
            let seen = self.next.or(self.first).unwrap_or(next);
            self.far = self.far.saturating_add(i64::from(next.wrapping_sub(seen).cast_signed()));
            self.next = Some(next);
        }
        if end {
            self.end = Some(next);
        }
    }

    /// A number counted from the first one. None for one that lies before it: it belongs to a connection
    /// that had the same endpoints earlier.
    fn relative(&self, number: u32) -> Option<u32> {
        let first = self.first?;
        let place = self.next.map_or(0, |next| {
            self.far.saturating_add(i64::from(number.wrapping_sub(next).cast_signed()))
        });
        (place >= 0).then(|| number.wrapping_sub(first))
    }

    /// Takes numbers out of the gaps, and says whether any of them were in one.
    fn fill(&mut self, from: u32, to: u32) -> bool {
        let mut found = false;
        let mut left = Vec::new();
        for (start, end) in self.gaps.drain(..) {
            if !before(from, end) || !before(start, to) {
                left.push((start, end));
                continue;
            }
            found = true;
            if before(start, from) {
                left.push((start, from));
            }
            if before(to, end) {
                left.push((to, end));
            }
        }
        self.gaps = left;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(flags: u8, sequence: u32, acknowledgment: u32, payload: usize) -> Segment {
        let options = if flags & SYN != 0 { vec![TcpOption::WindowScale(7)] } else { Vec::new() };
        Segment {
            flags,
            sequence,
            acknowledgment,
            relative_sequence: None,
            relative_acknowledgment: None,
            window: 100,
            window_shift: None,
            payload,
            options,
            again: false,
        }
    }

    /// A whole connection whose numbers begin again in the middle of it.
    #[test]
    fn a_connection_is_counted_from_its_beginning() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        let top = u32::MAX;
        let steps = [
            (a, b, segment(SYN, top, 0, 0), (Some(0), None, false)),
            (b, a, segment(SYN | ACK, 500, 0, 0), (Some(0), Some(1), false)),
            (a, b, segment(ACK, 0, 501, 0), (Some(1), Some(1), false)),
            (a, b, segment(ACK, 0, 501, 6), (Some(1), Some(1), false)),
            (a, b, segment(ACK, 0, 501, 6), (Some(1), Some(1), true)),
            (b, a, segment(ACK, 501, 6, 0), (Some(1), Some(7), false)),
            (a, b, segment(FIN | ACK, 6, 501, 0), (Some(7), Some(1), false)),
        ];
        for (from, to, mut segment, wanted) in steps {
            numbers.count(from, to, &mut segment);
            let found = (segment.relative_sequence, segment.relative_acknowledgment, segment.again);
            assert_eq!(found, wanted, "{segment:?}");
        }
        assert!(numbers.is_ending());
        let mut last = segment(FIN | ACK, 501, 7, 0);
        numbers.count(b, a, &mut last);
        assert_eq!(last.window_shift, Some(7));
        assert!(numbers.is_ending() && numbers.is_open(a, b));
        numbers.count(a, b, &mut segment(ACK, 7, 502, 0));
        assert!(!numbers.is_ending() && !numbers.is_open(a, b));
    }

    /// Segments 1, 3, 2, and then 2 once more.
    #[test]
    fn who_comes_late_is_not_sent_again() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        numbers.count(a, b, &mut segment(SYN, 0, 0, 0));
        let sent = [(1, 10), (21, 10), (11, 5), (16, 5), (11, 10), (1, 10)].map(|(from, bytes)| {
            let mut segment = segment(ACK, from, 1, bytes);
            numbers.count(a, b, &mut segment);
            segment.again
        });
        assert_eq!(sent, [false, false, false, false, true, true]);
    }

    /// Many who only say SYN do not make it forget who talks.
    #[test]
    fn a_connection_that_talks_outlives_a_flood() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        numbers.count(a, b, &mut segment(SYN, 77, 0, 0));
        for number in 0..40_000_u32 {
            let from = (std::net::Ipv4Addr::from(0x0b00_0000 + number), 9).into();
            numbers.count(from, b, &mut segment(SYN, 1, 0, 0));
            let mut talk = segment(ACK, 78, 1, 0);
            numbers.count(a, b, &mut talk);
            assert_eq!(talk.relative_sequence, Some(1), "{number}");
            assert!(numbers.halves.len() <= MOST + 2);
        }
    }

    #[test]
    fn a_refusal_is_counted_as_wireshark_does() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        numbers.count(a, b, &mut segment(SYN, 77, 0, 0));
        let mut reset = segment(RST | ACK, 0, 78, 0);
        numbers.count(b, a, &mut reset);
        assert_eq!(reset.relative_sequence, Some(1));
        assert_eq!(reset.relative_acknowledgment, Some(1));
        assert!(!numbers.is_open(a, b));
    }

    #[test]
    fn who_came_late_does_not_know_where_a_side_began() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        let mut middle = segment(ACK, 77, 5, 3);
        numbers.count(a, b, &mut middle);
        assert_eq!((middle.relative_sequence, middle.window_shift), (None, None));
    }

    /// A client comes back from its port, and the server still has the old connection (RFC 9293,
    /// figure 10): its numbers are not counted from the new beginning.
    #[test]
    fn what_belongs_to_an_old_connection_keeps_its_numbers() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        let steps = [
            (a, b, segment(SYN, 9_000_000, 0, 0), (Some(0), None, false)),
            (b, a, segment(ACK, 3_000_000_000, 8_000_000, 0), (None, None, false)),
            (a, b, segment(RST, 8_000_000, 0, 0), (None, None, false)),
            (a, b, segment(SYN, 9_000_000, 0, 0), (Some(0), None, true)),
            (b, a, segment(SYN | ACK, 70, 9_000_001, 0), (Some(0), Some(1), false)),
            (a, b, segment(ACK, 9_000_001, 71, 4), (Some(1), Some(1), false)),
            (b, a, segment(ACK, 71, 9_000_005, 0), (Some(1), Some(5), false)),
        ];
        for (from, to, mut segment, wanted) in steps {
            numbers.count(from, to, &mut segment);
            let found = (segment.relative_sequence, segment.relative_acknowledgment, segment.again);
            assert_eq!(found, wanted, "{segment:?}");
        }
        assert!(numbers.is_open(a, b));
    }

    #[test]
    fn numbers_are_relative_behind_four_gibibytes_as_well() {
        let [a, b] = ["10.0.0.1:1", "10.0.0.2:2"].map(|a| a.parse().expect("an address"));
        let mut numbers = Numbers::default();
        numbers.count(a, b, &mut segment(SYN, 77, 0, 0));
        let mut next = 78_u32;
        for _ in 0..6 {
            let mut data = segment(ACK, next, 1, 1 << 30);
            numbers.count(a, b, &mut data);
            assert_eq!(data.relative_sequence, Some(next.wrapping_sub(77)));
            next = next.wrapping_add(1 << 30);
        }
    }
}
