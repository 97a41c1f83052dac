//! Where everything stands from top to bottom.
//!
//! Time goes down, but not evenly: a run has microseconds and seconds in it, and on an even scale the
//! first could not be seen and the second would be empty paper. So a moment stands as far below the
//! one before as it needs for its words; a longer time moves it a little; and a long time in which
//! nothing happened is a break, marked with how long it was.

use std::collections::BTreeMap;
use std::time::Duration;

use super::boxes::{Words, words};
use super::cut::Cut;
use super::moments::{Moment, Part, moments};
use super::places::{Places, Side};
use super::text::lines;
use crate::timeline::{Call, Packet, Picture, Place, Row, RowKind};

/// Where a moment stands.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub moment: Moment,
    /// Its own height: of the dot of a call, the beginning of an arrow.
    pub y: i32,
    /// What must not be cut: upper and lower edge of its words.
    pub whole: (i32, i32),
    /// What stands beside the pole, where it has words.
    pub words: Option<Words>,
}

/// A long time in which nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Break {
    pub y: i32,
    pub time: Duration,
}

/// Where everything stands.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub picture: &'a Picture,
    pub cut: &'a Cut<'a>,
    pub places: Places,
    pub spots: Vec<Spot>,
    pub breaks: Vec<Break>,
    pub height: i32,
    /// By row: its first spot, and its last.
    of_row: Vec<Option<(usize, usize)>>,
    /// The rows of the calls, by their places.
    calls: BTreeMap<usize, usize>,
}

/// How far the arrow of a packet goes down that was on its way no longer than its clock can tell.
pub(super) const SLANT: i32 = 10;

/// Units of a break.
pub(super) const BREAK: i32 = 30;

/// Columns of a heading across the picture, and of the small words of an arrow.
const ACROSS: usize = 90;

/// The least distance of two moments.
const STEP: i32 = 12;

impl<'a> Plan<'a> {
    pub(super) fn of(cut: &'a Cut<'a>) -> Self {
        let picture = &*cut.picture;
        let places = Places::of(picture);
        let moments = moments(&picture.rows);
        let long = long_time(&moments);
        let mut page = Page::default();
        let mut spots = Vec::with_capacity(moments.len());
        let mut breaks = Vec::new();
        let mut before: Option<Moment> = None;
        for moment in moments {
            let row = &picture.rows[moment.row];
            if matches!(row.kind, RowKind::Fact(_) | RowKind::Table(_)) {
                continue;
            }
            let passed =
                before.map_or(Duration::ZERO, |before| moment.at.saturating_sub(before.at));
            if passed >= long {
                let y = page.bottom();
                breaks.push(Break { y, time: passed });
                page.fill(y + BREAK);
            } else if before.is_some() {
                page.step(passed);
            }
            before = Some(moment);
            let words = words(&row.kind, moment.part, lane_name(&places, picture, &row.kind));
            spots.push(page.put(&places, row, moment, words));
        }
        let mut of_row: Vec<Option<(usize, usize)>> = vec![None; picture.rows.len()];
        for (at, spot) in spots.iter().enumerate() {
            let (first, _) = of_row[spot.moment.row].unwrap_or((at, at));
            of_row[spot.moment.row] = Some((first, at));
        }
        let height = page.bottom() + 14;
        let rows = picture.rows.iter().enumerate();
        let calls = rows.filter_map(|(row, its)| match &its.kind {
            RowKind::Call(call) => Some((call.place, row)),
            _ => None,
        });
        Self { picture, cut, places, spots, breaks, height, of_row, calls: calls.collect() }
    }

    /// A call by its place among the calls, and its row.
    pub(super) fn call(&self, place: usize) -> Option<(usize, &'a Call)> {
        let row = *self.calls.get(&place)?;
        match &self.picture.rows[row].kind {
            RowKind::Call(call) => Some((row, call)),
            _ => None,
        }
    }

    /// The spots of a row: where it begins, and where it ends.
    pub(super) fn spots_of(&self, row: usize) -> Option<(&Spot, &Spot)> {
        let (first, last) = (*self.of_row.get(row)?)?;
        Some((&self.spots[first], &self.spots[last]))
    }
}

/// The name that a lane's words need: none where it has a side for itself.
fn lane_name<'a>(places: &Places, picture: &'a Picture, kind: &RowKind) -> Option<&'a str> {
    let lane = lane_of(kind);
    let side = places.sides.get(lane)?;
    (places.programs(*side) > 1).then(|| picture.lanes[lane].name.as_str())
}

/// From how long on a time is a break: far longer than most, and never less than a millisecond.
fn long_time(moments: &[Moment]) -> Duration {
    let mut times: Vec<Duration> = moments
        .windows(2)
        .map(|pair| pair[1].at.saturating_sub(pair[0].at))
        .filter(|time| !time.is_zero())
        .collect();
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    (middle * 12).clamp(Duration::from_millis(1), Duration::from_millis(200))
}

/// How far down each column is taken.
#[derive(Debug, Default)]
struct Page {
    left: i32,
    right: i32,
    wire: i32,
    /// The last moment.
    now: i32,
    /// Where the next moment may stand at the earliest.
    next: i32,
}

impl Page {
    fn bottom(&self) -> i32 {
        self.left.max(self.right).max(self.wire).max(self.now) + 6
    }

    fn fill(&mut self, y: i32) {
        (self.left, self.right, self.wire, self.now, self.next) = (y, y, y, y, y);
    }

    fn step(&mut self, passed: Duration) {
        let units = u64::try_from(passed.as_micros() / 16).unwrap_or(u64::MAX).max(1).ilog2() * 2;
        self.next = self.now + STEP + i32::try_from(units).unwrap_or(0).min(14);
    }

    fn put(&mut self, places: &Places, row: &Row, moment: Moment, words: Option<Words>) -> Spot {
        let mut spot = Spot { moment, y: self.next, whole: (0, 0), words: None };
        match &row.kind {
            RowKind::Packet(packet) => self.packet(packet, &mut spot),
            RowKind::Step(step) => {
                let rows = lines(&step.title, ACROSS, 4).len();
                self.across(i32::try_from(rows).unwrap_or(1) * 18 + 14, &mut spot);
            }
            RowKind::Fold(_) => self.across(34, &mut spot),
            kind => {
                let lane = lane_of(kind);
                let side = places.sides.get(lane).copied().unwrap_or(Side::Left);
                self.beside(side, words, &mut spot);
            }
        }
        self.now = spot.y;
        self.next = spot.y + STEP;
        spot
    }

    fn beside(&mut self, side: Side, words: Option<Words>, spot: &mut Spot) {
        let taken = if side == Side::Left { &mut self.left } else { &mut self.right };
        let height = words.as_ref().map_or(16, Words::height);
        spot.y = spot.y.max(*taken + 4 + HALF);
        spot.whole = (spot.y - HALF, spot.y - HALF + height);
        *taken = spot.whole.1;
        spot.words = words;
    }

    fn packet(&mut self, packet: &Packet, spot: &mut Spot) {
        if spot.moment.part == Part::End {
            spot.whole = (spot.y - 8, spot.y + 8);
            self.wire = self.wire.max(spot.y);
            return;
        }
        spot.y = spot.y.max(self.wire + 18);
        let below = if label(packet).1.is_empty() { 0 } else { 18 };
        spot.whole = (spot.y - 18, spot.y + SLANT + below);
        self.wire = spot.y + SLANT / 2 + below;
    }

    fn across(&mut self, height: i32, spot: &mut Spot) {
        let top = self.bottom().max(spot.y - 8) + 4;
        spot.y = top + height / 2;
        spot.whole = (top, top + height);
        self.fill(top + height);
    }
}

/// Units from the upper edge of a box to the middle of its first line.
pub(super) const HALF: i32 = 12;

fn lane_of(kind: &RowKind) -> usize {
    match kind {
        RowKind::Call(call) => call.lane,
        RowKind::State(lane, _) | RowKind::Remark(lane, _) => *lane,
        RowKind::Message(message) => message.lane,
        _ => 0,
    }
}

/// What stands at an arrow: what the packet is, and its numbers; and what of the numbers did not fit
/// and stands below the arrow.
pub(super) fn label(packet: &Packet) -> ((String, String), String) {
    let again = if packet.again { "sent again: " } else { "" };
    let words = lines(&format!("{again}{}", packet.words), 38, 1);
    let words = words.into_iter().next().unwrap_or_default();
    let details = lines(&packet.details, 46, 1).into_iter().next().unwrap_or_default();
    // The numbers are written smaller.
    let used = super::text::columns(&words) * 8 + super::text::columns(&details) * 7;
    if used <= 290 { ((words, details), String::new()) } else { ((words, String::new()), details) }
}

/// Whether a packet left and nobody saw it arrive, though somebody looked.
pub(super) fn is_lost(picture: &Picture, packet: &Packet) -> bool {
    let looked = |place: Place| match place {
        Place::Lane(lane) => {
            let source = picture.lanes.get(lane).and_then(|its| picture.sources.get(its.source));
            source.is_some_and(|source| source.captured)
        }
        Place::Outside => false,
    };
    packet.left.is_some() && packet.arrived.is_none() && looked(packet.to)
}
