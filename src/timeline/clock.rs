//! Two clocks become one.
//!
//! Each record counts from its own beginning. What ties them together is that nothing arrives before
//! it left. Let `o` be what has to be added to the second record's times:
//!
//! ```text
//!   first  ──●──────────────▶ left 3.0                 3.0 ≤ 1.2 + o    o ≥ 1.8
//!             ╲          ╱
//!   second ────●────────●───▶ arrived 1.2, left 1.3    1.3 + o ≤ 3.4    o ≤ 2.1
//! ```
//!
//! Every pair narrows the interval; the truth lies in it, so its middle is wrong by half of it at
//! most. Packets tell more than calls, which begin before their packet leaves and return after it
//! arrived; but calls do it too. Where both records come from one machine, its own clock has told both
//! beginnings, and that is believed unless the pairs contradict it by far.

use super::entry::{Entry, What};
use super::flow::Link;
use super::lanes::Spot;
use super::model::Alignment;
use super::record::Record;
use super::wire::Pack;

/// What is known of the offset: it is at least `low` and at most `high`.
#[derive(Clone, Copy, Debug)]
struct Interval {
    low: i64,
    high: i64,
    /// How many pairs say so, in each direction.
    pairs: [usize; 2],
}

/// A pair: something went from the first record to the second, or back; the offset's bound that
/// follows, and when it was, by the first record's clock or nearly so.
#[derive(Clone, Copy, Debug)]
struct Bound {
    back: bool,
    offset: i64,
    when: i64,
}

impl Interval {
    fn of(bounds: &[Bound]) -> Self {
        let mut interval = Self { low: i64::MIN, high: i64::MAX, pairs: [0, 0] };
        for bound in bounds {
            if bound.back {
                interval.high = interval.high.min(bound.offset);
            } else {
                interval.low = interval.low.max(bound.offset);
            }
            interval.pairs[usize::from(bound.back)] += 1;
        }
        interval
    }

    const fn two_sided(&self) -> bool {
        self.pairs[0] > 0 && self.pairs[1] > 0
    }

    const fn middle(&self) -> i64 {
        self.low.midpoint(self.high)
    }
}

/// When a call was made, on its record's clock.
pub(super) fn begin(entry: &Entry) -> i64 {
    match &entry.what {
        What::Call(call) => entry.at.saturating_sub(call.took),
        _ => entry.at,
    }
}

/// Brings the clock of `second` to that of `first` (places of records), and says how; with remarks.
pub(super) fn align(
    records: &[Record],
    (first, second): (usize, usize),
    links: &[Link],
    packs: &[Pack],
) -> (Alignment, Vec<String>) {
    let ways = [(first, second), (second, first)];
    let entry = |spot: Spot| &records[spot.record as usize].entries[spot.entry as usize];
    let bound = |from: Spot, to: Spot, left: i64, came: i64| {
        let way = (from.record as usize, to.record as usize);
        (way == ways[0])
            .then(|| Bound { back: false, offset: left.saturating_sub(came), when: left })
            .or_else(|| {
                let offset = came.saturating_sub(left);
                (way == ways[1]).then_some(Bound { back: true, offset, when: came })
            })
    };
    let seen_twice: Vec<(Spot, Spot)> =
        packs.iter().filter_map(|pack| seen_by_both(pack, entry)).collect();
    let by_packets: Vec<Bound> = seen_twice
        .iter()
        .filter_map(|(left, came)| bound(*left, *came, entry(*left).at, entry(*came).at))
        .collect();
    let by_calls: Vec<Bound> = links
        .iter()
        .filter(|link| link.sure)
        .filter_map(|link| {
            let (giver, taker) = (entry(link.giver), entry(link.taker));
            bound(link.giver, link.taker, begin(giver), taker.at)
        })
        .collect();
    if one_host(&records[first], &records[second])
        && let Some(alignment) = same_moments(&seen_twice, first, entry)
    {
        return (alignment, Vec::new());
    }
    if Interval::of(&by_packets).two_sided() || by_calls.is_empty() {
        let of_what = "packets that both captures saw";
        return choose(&records[first], &records[second], by_packets, of_what);
    }
    let mut bounds: Vec<Bound> = by_packets.into_iter().chain(by_calls).collect();
    let late = leave_out_late(&mut bounds);
    let (alignment, mut remarks) = choose(&records[first], &records[second], bounds, "calls");
    if late > 0 {
        remarks.push(format!(
            "{late} of the pairs of calls contradict all others and do not count for the clocks: a \
             program was held up between a call and its note of it"
        ));
    }
    (alignment, remarks)
}

/// Where it left and where it arrived, if that is in two records, and no other packet looks like it.
/// On a loopback one capture knows both, by one clock. Who has an address is asked with the same bytes
/// again and again: two such questions need not be the same.
fn seen_by_both<'a>(pack: &Pack, entry: impl Fn(Spot) -> &'a Entry) -> Option<(Spot, Spot)> {
    let (left, arrived) = (pack.left?, pack.arrived?);
    let telling =
        matches!(&entry(left).what, What::Packet(packet) if packet.protocol.as_ref() != "arp");
    (pack.sure && left.record != arrived.record && telling).then_some((left, arrived))
}

/// Whether both records come from one machine: it has one name, and the same addresses. Machines of a
/// class may all have the same name.
fn one_host(first: &Record, second: &Record) -> bool {
    first.source.host == second.source.host
        && !first.source.host.is_empty()
        && first.addresses == second.addresses
}

/// How far a record's beginning may be from what it says, in nanoseconds: two clocks are read for it,
/// one after the other, and a program may be held up in between.
const READING: i64 = 100_000;

/// The most by which what was seen may contradict a machine's own clock, before it must be thought
/// that the clock was set meanwhile: a program may be held up between a call and its note of it.
pub(super) const HELD_UP: i64 = 2_000_000;

/// So much later than it was made a call may have been noted: a busy machine lets others go first.
pub(super) const NOTED_LATE: i64 = 200_000_000;

/// One machine has one clock, which has told the beginnings of both records. What was seen corrects
/// that a little: where it contradicts itself, for calls are noted late, its middle is taken.
fn one_clock(wall: i64, interval: &Interval) -> Option<Alignment> {
    let Interval { low, high, pairs } = *interval;
    let offset = if low <= high { wall.clamp(low, high) } else { interval.middle() };
    if wall.saturating_sub(offset).saturating_abs() > HELD_UP {
        return None;
    }
    let (first, last) = (low.min(high), low.max(high));
    let spread = offset.saturating_sub(first).max(last.saturating_sub(offset));
    let pairs = pairs[0] + pairs[1];
    let agrees = if pairs == 0 {
        String::new()
    } else {
        format!(
            ", and {pairs} pairs of something that left one side and arrived at the other agree"
        )
    };
    Some(Alignment {
        offset_ns: offset,
        uncertainty_ns: (if low <= high { spread.min(READING) } else { spread })
            .max(1000)
            .unsigned_abs(),
        pairs,
        bounded: true,
        one_machine: true,
        basis: format!("it told when each record began{agrees}"),
    })
}

/// On one machine two captures see a packet of the loopback at one place, and the kernel stamps it
/// once: what both say of it was the same moment, and no interval is needed.
fn same_moments<'a>(
    seen_twice: &[(Spot, Spot)],
    first: usize,
    entry: impl Fn(Spot) -> &'a Entry,
) -> Option<Alignment> {
    let mut offsets: Vec<i64> = seen_twice
        .iter()
        .filter_map(|&(left, arrived)| {
            let back = left.record as usize != first;
            let (own, other) = if back { (arrived, left) } else { (left, arrived) };
            let (own, other) = (entry(own), entry(other));
            let (What::Packet(one), What::Packet(two)) = (&own.what, &other.what) else {
                return None;
            };
            (one.unix == two.unix && one.unix != 0).then(|| own.at.saturating_sub(other.at))
        })
        .collect();
    offsets.sort_unstable();
    let middle = *offsets.get(offsets.len() / 2)?;
    let spread = offsets.last()?.saturating_sub(*offsets.first()?).unsigned_abs();
    Some(Alignment {
        offset_ns: middle,
        // A record tells the time of a packet as its own clock has it, to a microsecond or so.
        uncertainty_ns: spread.max(1000),
        pairs: offsets.len(),
        bounded: true,
        one_machine: true,
        basis: format!(
            "the kernel's own stamps: both captures saw {} on this machine at the same moment",
            if offsets.len() == 1 {
                "1 packet".to_owned()
            } else {
                format!("{} packets", offsets.len())
            }
        ),
    })
}

/// A call is noted when it is over, and then seems to have begun late if the program was held up in
/// between. If pairs contradict each other, and do not when the worst ones, one in ten at most, are
/// left out, then those are. Says how many.
fn leave_out_late(bounds: &mut Vec<Bound>) -> usize {
    let all = bounds.clone();
    let most = (bounds.len() / 10).clamp(1, 50);
    for late in 0..=most {
        let known = Interval::of(bounds);
        if !known.two_sided() {
            break;
        }
        if known.low <= known.high {
            return late;
        }
        let without = |edge: i64, back: bool| {
            let mut rest = bounds.clone();
            let at = rest.iter().position(|its| its.back == back && its.offset == edge);
            if let Some(at) = at {
                rest.swap_remove(at);
            }
            let its = Interval::of(&rest);
            (its.high.saturating_sub(its.low), its.two_sided(), rest)
        };
        let (low, high) = (without(known.low, false), without(known.high, true));
        let low_better = low.1 && (!high.1 || low.0 >= high.0);
        *bounds = if low_better { low.2 } else { high.2 };
    }
    *bounds = all;
    0
}

fn choose(
    first: &Record,
    second: &Record,
    bounds: Vec<Bound>,
    of_what: &str,
) -> (Alignment, Vec<String>) {
    let wall = i128::from(second.source.started_unix_ns) - i128::from(first.source.started_unix_ns);
    let wall = i64::try_from(wall).unwrap_or(0);
    let interval = Interval::of(&bounds);
    let [there, back] = interval.pairs;
    if one_host(first, second)
        && let Some(alignment) = one_clock(wall, &interval)
    {
        return (alignment, Vec::new());
    }
    let mut remarks = Vec::new();
    let counted = format!("{of_what}, {there} one way and {back} the other");
    let rests = format!("{counted}: nothing arrives before it left");
    let known = |offset_ns, uncertainty: i64, bounded, basis| Alignment {
        offset_ns,
        // Nothing is known better than a clock is read.
        uncertainty_ns: uncertainty.unsigned_abs().max(1000),
        pairs: there + back,
        bounded,
        one_machine: false,
        basis,
    };
    if !interval.two_sided() {
        let offset = wall.clamp(interval.low, interval.high);
        let basis = if there + back == 0 {
            "the clocks of the machines: nothing that one side gave and the other took is in \
             the records"
                .to_owned()
        } else {
            format!(
                "the clocks of the machines, and {} {of_what}, all in one direction: nothing says \
                 how long they were on their way",
                there + back
            )
        };
        let wrong = wall.saturating_sub(offset);
        return (known(offset, wrong, false, basis), remarks);
    }
    if interval.low > interval.high {
        let wrong = interval.low.saturating_sub(interval.high) / 2 + 1;
        remarks.push(contradiction(bounds, wrong));
        let basis = format!("{counted}; they contradict each other, and the middle is taken");
        return (known(interval.middle(), wrong, false, basis), remarks);
    }
    let half = interval.high.saturating_sub(interval.low) / 2 + 1;
    (known(interval.middle(), half, true, rests), remarks)
}

/// Two clocks that contradict each other: do they run at different speeds?
fn contradiction(mut bounds: Vec<Bound>, wrong: i64) -> String {
    bounds.sort_by_key(|bound| bound.when);
    if let Some(per_second) = drift(&bounds) {
        return format!(
            "the two clocks do not run at the same speed: they move apart by about {} µs in a \
             second; times of the two sides are comparable to {} µs only",
            per_second.unsigned_abs() / 1000,
            wrong / 1000 + 1
        );
    }
    format!(
        "the records contradict each other by {} µs: something arrives before it left; a program \
         was held up between a call and its note of it, or a clock was set meanwhile",
        wrong.saturating_mul(2) / 1000 + 1
    )
}

/// How far the clocks move apart in a second, in nanoseconds, if that is why they contradict each
/// other: in short pieces of the run they agree, and from piece to piece the offset goes one way.
fn drift(sorted: &[Bound]) -> Option<i128> {
    for pieces in [2, 4, 8, 16, 32] {
        let size = sorted.len() / pieces;
        if size < 4 {
            return None;
        }
        let parts: Vec<&[Bound]> = sorted.chunks_exact(size).collect();
        let known: Vec<Interval> = parts.iter().map(|part| Interval::of(part)).collect();
        if !known.iter().all(|its| its.two_sided() && its.low <= its.high) {
            continue;
        }
        let middles: Vec<i64> = known.iter().map(Interval::middle).collect();
        let one_way = middles.is_sorted() || middles.iter().rev().is_sorted();
        let (first, last) = (parts.first()?, parts.last()?);
        let span = i128::from(last.first()?.when) - i128::from(first.first()?.when);
        let moved = i128::from(*middles.last()?) - i128::from(*middles.first()?);
        return (one_way && span > 0).then(|| moved * 1_000_000_000 / span);
    }
    None
}
