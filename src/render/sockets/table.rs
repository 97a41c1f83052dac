//! Rows in columns.
//!
//! On a page that is wide enough, and in a pipe, a row is a line:
//!
//! ```text
//! Proto  State        Source          Src-range   Destination     Dst-range   Reach ...
//! tcp    ESTABLISHED  10.0.0.1:55237  dynamic     10.0.0.2:6000   registered  network
//! ```
//!
//! On a narrow page the other side stands below this one, and so do the programs where they have no
//! room beside it. No address is ever cut: a long one pushes what follows to the next line.
//!
//! ```text
//! Proto  State         Source          Src-range   Reach    Queues
//!                    → Destination     Dst-range   Program
//! tcp    ESTABLISHED   10.0.0.1:55237  dynamic     network  0/0
//!                    → 10.0.0.2:6000   registered  netlab/4711
//! ```
//!
//! On a page that is narrower still, whatever is not an address stands below both.

use unicode_width::UnicodeWidthStr;

use super::Known;
use super::cells::{self, Which};
use super::ink::{Brushes, feed, pad, put};
use super::widths::Widths;
use crate::event::{Exposure, MachineSocket, Row, Rows};
use crate::render::output::Output;
use crate::render::style::{DEFAULT_WIDTH, Style};

/// Columns between two columns of the table.
const GAP: usize = 2;
/// The widest range.
const RANGE: usize = 10;
/// The widest reach.
const REACH: usize = 7;
/// The column of marks of a live table.
const MARK: usize = 2;
/// On a page of 80 columns, addresses take at most so many; a longer one has a line of its own.
const ADDRESS: usize = 21;
/// On a page that has room for so much of its programs, a row has them beside it; longer ones stand
/// below.
const PROGRAMS: usize = 12;
/// What stands on the line of an address at the least, of a page that is narrower than usual.
const AROUND: usize = 35;
/// The columns of an arrow, and of the gap that takes its place.
const ARROW: usize = 3;
/// Where nobody says how wide a line may be.
const ENDLESS: usize = 1 << 20;

/// How a row has room on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    /// It is a line.
    Line,
    /// The other side stands below, programs beside the queues.
    Beside,
    /// The other side stands below, and the programs below the queues.
    Below,
    /// Below the two sides, one below the other, stands all the rest.
    Under,
}

/// Draws rows, all of them in the same columns.
#[derive(Debug)]
pub struct Table<'a> {
    known: &'a Known,
    brushes: Brushes,
    widths: Widths,
    /// Columns of the page.
    page: usize,
    fold: Fold,
    /// There is a socket with another side.
    peers: bool,
    /// Rows begin with a mark.
    marked: bool,
    /// Whether programs were looked up at all.
    programs: bool,
    arrow: &'static str,
}

impl<'a> Table<'a> {
    /// Columns for these rows on a page of so many columns; none for lines of any length.
    #[must_use]
    pub fn new(style: &Style, page: Option<usize>, known: &'a Known, rows: Rows) -> Self {
        let mut table = Self {
            known,
            brushes: Brushes::new(style),
            widths: Widths::HEADINGS,
            peers: false,
            page: page.unwrap_or(ENDLESS),
            fold: Fold::Line,
            marked: false,
            programs: true,
            arrow: if style.ascii { "-> " } else { " → " },
        };
        let mut scratch = String::new();
        let narrower = ADDRESS.min(table.page.saturating_sub(AROUND));
        let most = narrower + table.page.saturating_sub(DEFAULT_WIDTH);
        rows.each(|row| {
            table.widths.make_room(&mut scratch, row, known, most);
            table.peers |= row.socket.has_peer();
        });
        table.fold();
        table
    }

    /// Leaves the column of programs out.
    #[must_use]
    pub fn without_programs(mut self) -> Self {
        self.programs = false;
        self.fold();
        self
    }

    /// With a column for marks.
    #[must_use]
    pub fn marked(mut self) -> Self {
        self.marked = true;
        self.fold();
        self
    }

    /// Decides whether a row is a line, and if not, what stands below what.
    fn fold(&mut self) {
        let w = self.widths;
        let programs = |most: usize| if self.programs { GAP + w.programs.min(most) } else { 0 };
        let sides = w.source + 1 + RANGE + self.gap() + w.destination + 1 + RANGE + self.gap();
        let queues = REACH + GAP + w.queues;
        let mark = if self.marked { MARK } else { 0 };
        let line = mark + w.protocol + self.gap() + w.state + GAP + sides + queues;
        let is_line = line + programs(ENDLESS) <= self.page;
        let beside = queues + programs(PROGRAMS);
        let below = queues.max(programs(ENDLESS));
        self.fold = Fold::Beside;
        let room = self.page.saturating_sub(self.tail());
        self.fold = if is_line {
            Fold::Line
        } else if beside <= room {
            Fold::Beside
        } else if below <= room {
            Fold::Below
        } else {
            Fold::Under
        };
    }

    /// The line above the rows, or several.
    #[must_use]
    pub fn header(&self) -> String {
        let mut line = String::new();
        let cell = |line: &mut String, width: usize, word: &str| {
            let heading = &self.brushes.heading;
            let brush = if word.is_empty() { &self.brushes.none } else { heading };
            put(line, width, brush, |line| line.push_str(word));
        };
        pad(&mut line, if self.marked { MARK } else { 0 });
        cell(&mut line, self.widths.protocol + self.gap(), "Proto");
        cell(&mut line, self.widths.state + self.side_gap(), "State");
        let range = RANGE + self.gap();
        let side = |line: &mut String, width: usize, title: &str, of: &str| {
            cell(line, width + 1, title);
            cell(line, range, of);
        };
        side(&mut line, self.address(), "Source", "Src-range");
        let last = |line: &mut String, programs: bool| {
            cell(line, REACH + GAP, "Reach");
            cell(line, if programs { self.widths.queues + GAP } else { 0 }, "Queues");
            cell(line, 0, if programs { "Program" } else { "" });
        };
        if self.fold == Fold::Line {
            side(&mut line, self.widths.destination, "Destination", "Dst-range");
        }
        if self.fold != Fold::Under {
            last(&mut line, self.programs && self.fold != Fold::Below);
        }
        let below = self.programs && self.fold == Fold::Below;
        if self.fold != Fold::Line && (self.peers || below) {
            feed(&mut line, self.indent() - ARROW);
            line.push_str(if self.peers { self.arrow } else { "   " });
            let [title, of] = if self.peers { ["Destination", "Dst-range"] } else { [""; 2] };
            side(&mut line, self.address(), title, of);
            cell(&mut line, 0, if below { "Program" } else { "" });
        }
        if self.fold == Fold::Under {
            feed(&mut line, self.indent());
            last(&mut line, self.programs);
        }
        line.truncate(line.trim_end_matches(' ').len());
        line
    }

    /// A row: one line or several, without the last line feed.
    pub fn row(&self, out: &mut String, row: &Row, mark: char) {
        if self.marked {
            out.push(mark);
            out.push(' ');
        }
        let socket = row.socket;
        let brush = self.brushes.of(socket.state);
        let none = &self.brushes.none;
        put(out, self.widths.protocol + self.gap(), none, |out| cells::protocol(out, socket));
        let state = self.widths.state + self.side_gap();
        put(out, state, brush, |out| out.push_str(socket.state.name()));
        match self.fold {
            Fold::Line => self.line(out, row),
            Fold::Beside | Fold::Below => self.lines(out, row),
            Fold::Under => self.under(out, row),
        }
    }

    /// The rest of a row that is a line.
    fn line(&self, out: &mut String, row: &Row) {
        let (socket, none) = (row.socket, &self.brushes.none);
        for (which, width) in
            [(Which::Source, self.widths.source), (Which::Destination, self.widths.destination)]
        {
            put(out, width + 1, none, |out| cells::side(out, socket, which, self.known));
            put(out, RANGE + self.gap(), none, |out| which.range(out, socket));
        }
        self.end(out, row, Left::All, self.page);
    }

    /// The rest of a row that takes what lines it needs.
    fn lines(&self, out: &mut String, row: &Row) {
        let mut left = Left::All;
        let room = self.page.saturating_sub(self.tail());
        if self.side(out, row, Which::Source) {
            self.reach_and_queues(out, row.socket);
            let beside = room.saturating_sub(REACH + GAP + self.widths.queues + GAP);
            left = if !self.programs {
                Left::Nothing
            } else if self.fold == Fold::Beside && cells::programs_width(row) <= beside {
                self.beside(out, row, beside);
                Left::Nothing
            } else {
                Left::Programs
            };
        }
        if row.socket.has_peer() {
            feed(out, self.indent() - ARROW);
            out.push_str(self.arrow);
            if self.side(out, row, Which::Destination) {
                self.end(out, row, std::mem::replace(&mut left, Left::Nothing), room);
            }
        }
        if left != Left::Nothing {
            feed(out, self.tail());
            self.end(out, row, left, room);
        }
        out.truncate(out.trim_end_matches(' ').len());
    }

    /// The rest of a row on a page that has room for little more than an address.
    fn under(&self, out: &mut String, row: &Row) {
        self.side(out, row, Which::Source);
        if row.socket.has_peer() {
            feed(out, self.indent() - ARROW);
            out.push_str(self.arrow);
            self.side(out, row, Which::Destination);
        }
        feed(out, self.indent());
        self.end(out, row, Left::All, self.page.saturating_sub(self.indent()));
    }

    /// Address, port and range in their columns; or, false, as long as they are.
    fn side(&self, out: &mut String, row: &Row, which: Which) -> bool {
        let start = out.len();
        cells::side(out, row.socket, which, self.known);
        let width = out[start..].width();
        if let Some(blank) = self.address().checked_sub(width) {
            pad(out, blank + 1);
            let width = RANGE + self.gap();
            put(out, width, &self.brushes.none, |out| which.range(out, row.socket));
            return true;
        }
        let mut end = self.indent() + width;
        if end > self.page {
            // It begins further left, on a line that it has for itself.
            let address = out.split_off(start);
            end = self.page.max(width);
            feed(out, end - width);
            out.push_str(&address);
        }
        if end + 1 + RANGE <= self.page {
            out.push(' ');
        } else {
            feed(out, self.indent());
        }
        which.range(out, row.socket);
        false
    }

    /// The last columns, or what is left of them.
    fn end(&self, out: &mut String, row: &Row, left: Left, room: usize) {
        if left == Left::All {
            self.reach_and_queues(out, row.socket);
        }
        let beside = room.checked_sub(REACH + GAP + self.widths.queues + GAP);
        match (left, beside) {
            _ if !self.programs => {}
            (Left::Nothing, _) => {}
            (Left::Programs, _) => cells::programs(out, row, room),
            (Left::All, Some(room)) if cells::programs_width(row) <= room => {
                self.beside(out, row, room);
            }
            (Left::All, _) => {
                feed(out, self.tail());
                cells::programs(out, row, room);
            }
        }
    }

    /// The programs, beside the queues.
    fn beside(&self, out: &mut String, row: &Row, room: usize) {
        let used = cells::queues_width(row.socket);
        pad(out, self.widths.queues - used.min(self.widths.queues) + GAP);
        cells::programs(out, row, room);
    }

    fn reach_and_queues(&self, out: &mut String, socket: &MachineSocket) {
        let exposed = socket.exposure() == Exposure::Network && !socket.has_peer();
        let brush = if exposed { &self.brushes.passes } else { &self.brushes.none };
        put(out, REACH + GAP, brush, |out| out.push_str(cells::reach(socket)));
        cells::queues(out, socket);
    }

    /// Columns before the address.
    fn indent(&self) -> usize {
        let mark = if self.marked { MARK } else { 0 };
        mark + self.widths.protocol + self.gap() + self.widths.state + self.side_gap()
    }

    /// Columns between some columns: a table with marks is no wider than one without.
    const fn gap(&self) -> usize {
        if self.marked { GAP - 1 } else { GAP }
    }

    /// Columns before an address: there may be an arrow.
    fn side_gap(&self) -> usize {
        if self.fold == Fold::Line { GAP } else { ARROW }
    }

    /// The columns of an address.
    fn address(&self) -> usize {
        if self.fold == Fold::Line {
            return self.widths.source;
        }
        self.widths.narrow
    }

    /// Columns before the reach, on a narrow page.
    fn tail(&self) -> usize {
        if self.fold == Fold::Under {
            return self.indent();
        }
        self.indent() + self.address() + 1 + RANGE + self.gap()
    }
}

/// What of a row's last columns has not been said yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    All,
    Programs,
    Nothing,
}

/// The whole table: the header, and a row after the other.
pub fn write(out: &mut Output, table: &Table, rows: Rows) {
    out.line(&table.header());
    let mut line = String::new();
    rows.each(|row| {
        line.clear();
        table.row(&mut line, row, ' ');
        out.line(&line);
    });
}
