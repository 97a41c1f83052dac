//! The table on a screen, drawn again and again.
//!
//! The cursor goes home and every line is written over: nothing flickers, and nothing has to be put
//! back when the program ends, however it ends. What was on the screen before has been scrolled up.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::change::{line, sign};
use super::table::Table;
use super::{Known, explain};
use crate::event::{Change, MachineSocket, Row, Rows, Side, Transport};
use crate::render::output::Output;
use crate::render::style::{Ink, Style};

/// Cursor to the first column of the first row.
const HOME: &str = "\x1b[H";
/// Clear what is left of the line.
const CLEAR_LINE: &str = "\x1b[K";
/// Clear what is left of the screen.
const CLEAR_BELOW: &str = "\x1b[J";
/// The latest changes that are told below the table.
const TOLD: usize = 5;

/// What a socket is known by on the screen.
pub type Place = (Transport, Side, Side);

/// What a socket is known by on the screen.
#[must_use]
pub const fn place(socket: &MachineSocket) -> Place {
    (socket.transport, socket.source, socket.destination)
}

/// Columns and rows of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// One picture.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The sockets, and those that have just gone.
    pub rows: Rows<'a>,
    /// What became of them lately.
    pub marks: &'a HashMap<Place, Change>,
    /// How many sockets there are now.
    pub count: usize,
    /// From one look to the next.
    pub pause: Duration,
    /// What is known beside them.
    pub known: &'a Known,
    /// Whether programs are shown.
    pub programs: bool,
    /// What could not be seen, each in a sentence.
    pub unseen: &'a [String],
    /// Whether what a change means is told.
    pub explain: bool,
}

/// A screen on which a table is drawn again and again.
#[derive(Debug)]
pub struct Live {
    style: Style,
    begun: bool,
    changes: usize,
    latest: VecDeque<(String, Option<String>)>,
}

impl Live {
    /// An empty screen.
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, begun: false, changes: 0, latest: VecDeque::new() }
    }

    /// Takes note of a change, which the next picture tells.
    pub fn note(&mut self, at: Duration, change: Change, row: &Row, known: &Known) {
        self.changes += 1;
        let why = match change {
            Change::Gone => None,
            _ => Some(format!("Who has to act: {}", explain::state(row.socket.state).1)),
        };
        // Its programs stand in the table.
        let row = Row { programs: &[], ..*row };
        self.latest.push_front((line(&self.style, at, change, &row, known), why));
        self.latest.truncate(TOLD);
    }

    /// Draws a picture: as much as fits, and never more, for then the screen would scroll.
    pub fn draw(&mut self, out: &mut Output, size: Size, frame: &Frame) {
        if !std::mem::replace(&mut self.begun, true) {
            // What is on the screen is scrolled up, not written over.
            out.line(&"\n".repeat(size.rows.saturating_sub(1)));
        }
        let style = Style { width: size.columns, ..self.style };
        let mut table = Table::new(&style, Some(size.columns), frame.known, frame.rows).marked();
        if !frame.programs {
            table = table.without_programs();
        }
        let lines = self.picture(&style, size, frame, &table);
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.iter().enumerate() {
            let home = if at == 0 { HOME } else { "" };
            let clear = if at == last { CLEAR_BELOW } else { "" };
            out.line(&format!("{home}{clear}{}{CLEAR_LINE}", line.replace('\n', "\x1b[K\n")));
        }
        out.flush();
    }

    /// The lines of a picture. The cursor stays in the line below them.
    fn picture(&self, style: &Style, size: Size, frame: &Frame, table: &Table) -> Vec<String> {
        let height = |lines: &[String]| -> usize {
            lines.iter().map(|line| screen_lines(line, size.columns)).sum()
        };
        let all = size.rows.saturating_sub(1);
        // A third of the screen at least is for rows, if there are as many: at the least one of two
        // lines, and the count of the others.
        let wanted = (2 * frame.rows.places.len()).min((all / 3).max(3));
        let mut parts = Parts::ALL;
        let (above, below, room) = loop {
            let above = self.above(style, frame, table, parts);
            let below = self.below(style, frame, parts);
            let room = all.saturating_sub(height(&above) + height(&below));
            match parts.fewer() {
                Some(fewer) if room < wanted => parts = fewer,
                _ => break (above, below, room),
            }
        };
        let (shown, more) = fitting(style, table, frame, size.columns, room);
        let mut lines: Vec<String> = above.into_iter().chain(shown).collect();
        if more > 0 {
            let rows = if more == 1 { "row" } else { "rows" };
            let long = format!("and {more} more {rows}: a larger window or a filter shows them");
            let text = fitting_text(size.columns, [long, format!("and {more} more {rows}")]);
            lines.push(style.paint(Ink::Dim, &text));
        }
        lines.extend(below);
        while lines.len() > 1 && height(&lines) > all {
            lines.pop();
        }
        lines
    }

    fn above(&self, style: &Style, frame: &Frame, table: &Table, parts: Parts) -> Vec<String> {
        let sockets = if frame.count == 1 { "socket" } else { "sockets" };
        let changes = if self.changes == 1 { "change" } else { "changes" };
        let short = format!("{} {sockets}, {} {changes}", frame.count, self.changes);
        let pause = frame.pause.as_secs_f64();
        let long = format!("{short} so far. A look every {pause} s; Ctrl-C ends it.");
        let title = fitting_text(style.width, [long, format!("{short}. Ctrl-C ends it."), short]);
        let mut lines = vec![style.paint(Ink::Heading, &title)];
        if parts.air {
            lines.push(String::new());
        }
        if parts.header {
            lines.push(table.header());
        }
        lines
    }

    /// What could not be seen; the latest changes, the last one last; what the signs mean.
    fn below(&self, style: &Style, frame: &Frame, parts: Parts) -> Vec<String> {
        let mut lines = Vec::new();
        if parts.unseen {
            let notes = frame.unseen.iter().map(|text| style.paragraph("note    ", 8, text));
            lines.extend(notes.map(|note| painted(style, &note)));
        }
        if parts.air {
            lines.push(String::new());
        }
        for (at, (change, why)) in self.latest.iter().enumerate().take(parts.told).rev() {
            lines.push(change.clone());
            if frame.explain
                && parts.why
                && at == 0
                && let Some(why) = why
            {
                lines.push(style.paragraph("  ", 2, why));
            }
        }
        if parts.signs {
            lines.push(style.paint(Ink::Dim, "+ new  ~ another state  - gone"));
        }
        lines
    }
}

/// What a picture has beside rows. In a small window they make room, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part that is there or not")]
struct Parts {
    /// So many of the latest changes.
    told: usize,
    /// Who has to act after the last one.
    why: bool,
    /// What could not be seen.
    unseen: bool,
    /// Blank lines.
    air: bool,
    /// What the signs mean.
    signs: bool,
    /// The header of the table.
    header: bool,
}

impl Parts {
    const ALL: Self =
        Self { told: TOLD, why: true, unseen: true, air: true, signs: true, header: true };

    /// Without the one that is missed least.
    const fn fewer(self) -> Option<Self> {
        Some(match self {
            Self { told: 2.., .. } => Self { told: self.told - 1, ..self },
            Self { why: true, .. } => Self { why: false, ..self },
            Self { unseen: true, .. } => Self { unseen: false, ..self },
            Self { air: true, .. } => Self { air: false, ..self },
            Self { signs: true, .. } => Self { signs: false, ..self },
            Self { told: 1, .. } => Self { told: 0, ..self },
            Self { header: true, .. } => Self { header: false, ..self },
            Self { .. } => return None,
        })
    }
}

/// The first of several texts, longest first, that fits in one line; or the last.
fn fitting_text<const N: usize>(columns: usize, texts: [String; N]) -> String {
    let mut last = String::new();
    for text in texts {
        last = text;
        if last.width() <= columns {
            break;
        }
    }
    last
}

/// Several lines, dim: each for itself, for the end of a line is cleared.
fn painted(style: &Style, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| style.paint(Ink::Dim, line)).collect();
    lines.join("\n")
}

/// How many lines of a screen a line takes: a terminal goes on in the next one.
fn screen_lines(line: &str, columns: usize) -> usize {
    let lines = line.split('\n').map(|line| {
        let width = visible(line).width();
        width.max(1).div_ceil(columns.max(1))
    });
    lines.sum()
}

/// Without colours.
fn visible(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        text.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text
}

/// The rows that have room, in the order of the table, those that something happened to before the
/// others; and how many have none.
fn fitting(
    style: &Style,
    table: &Table,
    frame: &Frame,
    columns: usize,
    room: usize,
) -> (Vec<String>, usize) {
    let mark = |row: &Row| frame.marks.get(&place(row.socket)).copied();
    let total = frame.rows.places.len();
    let mut shown: Vec<(usize, String)> = Vec::new();
    // One line is for the count of the others.
    let mut left = room.saturating_sub(1);
    let mut full = false;
    for marked in [true, false] {
        let mut places = 0..;
        frame.rows.each(|row| {
            let at = places.next().unwrap_or_default();
            let mark = mark(row);
            if mark.is_some() != marked || full {
                return;
            }
            let mut text = String::new();
            table.row(&mut text, row, mark.map_or(' ', sign));
            if mark == Some(Change::Gone) {
                text = style.paint(Ink::Dim, &visible(&text));
            }
            match left.checked_sub(screen_lines(&text, columns)) {
                Some(rest) => left = rest,
                None => full = true,
            }
            if !full {
                shown.push((at, text));
            }
        });
    }
    shown.sort_unstable_by_key(|(at, _)| *at);
    let more = total - shown.len();
    (shown.into_iter().map(|(_, text)| text).collect(), more)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
