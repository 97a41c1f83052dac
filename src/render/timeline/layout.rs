//! Where everything stands: times, a lane of each program with the lines of its sockets, their words.
//!
//! ```text
//!  two lanes:
//!    times │ words of the left program, or an arrow ▶│ words of the right program
//!
//!  more lanes, or a narrow page:
//!    times │  │  │──│─▶│  all words, each with the name of its lane
//! ```
//!
//! A call's words and a packet's arrow never share a row. So the wire between the lines of two
//! programs and the words of the left one can share their columns, and both have room on 80.

use super::words::TIME;
use crate::timeline::Lane;

/// Below this width even two lanes have their words in one column.
const NARROW: usize = 64;

/// Columns that words need beside many lanes.
const WORDS: usize = 42;

/// How the lanes share the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Each program has its own column of words.
    Columns,
    /// All words stand right of all lines, with the name of their lane.
    Compact,
}

/// Where a lane is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// The column of its first socket's line.
    pub line: usize,
    /// How many lines stand side by side, each two columns from the next; none are drawn with 0.
    pub slots: usize,
    /// Where its words begin.
    pub words: usize,
    /// Columns for them.
    pub room: usize,
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub manner: Manner,
    pub width: usize,
    /// One for each lane.
    pub lanes: Vec<Column>,
    /// The column of a program without a record, as far as packets come from it or go to it.
    pub outside: Option<usize>,
}

impl Layout {
    /// The layout for these lanes on a page; `peaks`: how many sockets of each are open at once, as
    /// far as known; `outside`: somebody without a record takes part.
    pub(super) fn new(width: usize, lanes: &[Lane], peaks: &[usize], outside: bool) -> Self {
        let width = width.max(40);
        let slots: Vec<usize> = lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| slots(lane, peaks.get(index).copied(), width))
            .collect();
        match (slots.as_slice(), outside) {
            ([], _) => Self::alone(width, 1),
            ([only], false) => Self::alone(width, *only),
            ([only], true) => Self::half(width, *only, lanes[0].sockets.iter().any(|s| s.listens)),
            ([left, right], _) if width >= NARROW => Self::pair(width, *left, *right),
            _ => Self::many(width, lanes.len()),
        }
    }

    /// One program, and nobody to exchange packets with.
    fn alone(width: usize, slots: usize) -> Self {
        let lane = column(TIME, slots, width);
        Self { manner: Manner::Columns, width, lanes: vec![lane], outside: None }
    }

    /// One program, and somebody without a record: right of a client, left of a server.
    fn half(width: usize, slots: usize, listens: bool) -> Self {
        let wire = (width - TIME) * 2 / 5;
        let line = if listens { TIME + wire } else { TIME };
        let outside = if listens { TIME } else { TIME + 2 * slots + wire + 8 };
        let only = column(line, slots, width);
        Self { manner: Manner::Columns, width, lanes: vec![only], outside: Some(outside) }
    }

    /// Two programs.
    fn pair(width: usize, left: usize, right: usize) -> Self {
        // Times, lines, a blank behind each; what is left is shared, a little more for the left,
        // where the arrows are.
        let room = width.saturating_sub(TIME + lines(left) + lines(right) + 3);
        let first = room * 53 / 100;
        let words = TIME + lines_and_blank(left);
        let lanes = vec![
            Column { line: TIME, slots: left, words, room: first },
            column(words + first + 1, right, width),
        ];
        Self { manner: Manner::Columns, width, lanes, outside: None }
    }

    /// Many programs.
    fn many(width: usize, count: usize) -> Self {
        let free = width.saturating_sub(TIME + WORDS.min(width / 2));
        let apart = (free / count).min(9);
        let (apart, slots) = if apart < 3 { (0, 0) } else { (apart, 1) };
        let words = TIME + apart * count;
        let lanes = (0..count).map(|at| Column {
            line: TIME + at * apart,
            slots,
            words,
            room: width.saturating_sub(words),
        });
        Self { manner: Manner::Compact, width, lanes: lanes.collect(), outside: None }
    }

    /// The columns between the lines of the first two lanes: first, and how many.
    pub(super) fn wire(&self) -> (usize, usize) {
        let edge = |lane: &Column| lane.line + lines(lane.slots);
        match (self.lanes.as_slice(), self.outside) {
            ([left, right, ..], _) => (edge(left), right.line.saturating_sub(edge(left))),
            ([only], Some(outside)) if outside < only.line => (outside, only.line - outside),
            ([only], Some(outside)) => (edge(only), outside.saturating_sub(edge(only))),
            _ => (TIME, self.width - TIME),
        }
    }
}

/// A lane whose words go from behind its lines to the end of the page.
fn column(line: usize, slots: usize, width: usize) -> Column {
    let words = line + lines_and_blank(slots);
    Column { line, slots, words, room: width.saturating_sub(words) }
}

/// Columns that so many lines take.
const fn lines(slots: usize) -> usize {
    if slots == 0 { 0 } else { 2 * slots - 1 }
}

const fn lines_and_blank(slots: usize) -> usize {
    lines(slots) + 1
}

/// How many lines of sockets a lane gets: without knowing better, a server has one that listens and
/// one for a client.
fn slots(lane: &Lane, peak: Option<usize>, width: usize) -> usize {
    let most = if width < 100 { 2 } else { 3 };
    let serves = lane.name.contains("server") || lane.sockets.iter().any(|s| s.listens);
    peak.unwrap_or(if serves { 2 } else { 1 }).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_on_the_page_and_nothing_on_something_else() {
        for width in 40..=120 {
            for count in 0..=9 {
                let lanes = vec![Lane { name: "server".into(), ..Lane::default() }; count];
                for outside in [false, true] {
                    let layout = Layout::new(width, &lanes, &[], outside);
                    for lane in &layout.lanes {
                        assert!(lane.words + lane.room <= width, "{width} {count} {layout:?}");
                        assert!(lane.room >= 10, "{width} {count} {layout:?}");
                    }
                    let order = layout.lanes.windows(2).all(|two| {
                        two[0].slots == 0 || two[0].line + lines(two[0].slots) < two[1].line
                    });
                    assert!(order, "{width} {count} {layout:?}");
                    assert!(layout.outside.is_none_or(|at| at < width));
                }
            }
        }
    }
}
