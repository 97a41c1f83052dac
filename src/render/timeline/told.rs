//! What stands in the picture beside calls and packets: steps, facts, tables, messages, folds; its
//! head, and its legend.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::super::setup::heading;
use super::super::style::{Ink, Style};
use super::super::table;
use super::canvas::Canvas;
use super::lanes::{Lanes, Sign};
use super::layout::Manner;
use super::words::{
    self, NAME, Piece, TIME, clean, duration, paragraph, short, state_piece, thousands, wrap,
};
use crate::timeline::{Fold, Lane, Message, RowKind, Table};

impl Lanes {
    /// A row that is neither a call nor a packet.
    pub(super) fn other(&mut self, at: Duration, kind: &RowKind, out: &mut Vec<String>) {
        match kind {
            RowKind::State(lane, change) => {
                let piece = state_piece(&self.style, change, "");
                self.words(Some(at), *lane, None, &[piece], out);
            }
            RowKind::Message(message) => {
                let piece = self.said(message);
                self.words(Some(at), message.lane, None, &[piece], out);
            }
            RowKind::Remark(lane, text) => {
                let piece = Piece::new(Ink::Dim, short(&self.style, text, 400));
                self.words(Some(at), *lane, None, &[piece], out);
            }
            RowKind::Fold(fold) => self.fold(at, fold, out),
            RowKind::Step(step) => {
                let title = clean(&self.style, &step.title);
                let first = format!("{}  ", step.number);
                out.push(String::new());
                let text = paragraph(&self.style, &first, first.len(), &title);
                out.extend(text.lines().map(|line| self.style.paint(Ink::Heading, line)));
            }
            RowKind::Fact(fact) => {
                let sign = if self.style.ascii { "-> " } else { "→ " };
                let text = clean(&self.style, &fact.words);
                let text = paragraph(&self.style, &format!("  {sign}"), 2 + sign.width(), &text);
                out.extend(text.lines().map(|line| self.style.paint(Ink::Good, line)));
            }
            RowKind::Table(table) => out.extend(drawn(&self.style, table)),
            // They have marks of their own.
            RowKind::Call(_) | RowKind::Packet(_) => {}
        }
    }

    /// What was said.
    fn said(&self, message: &Message) -> Piece {
        let text = words::message(&self.style, message);
        let who = short(&self.style, &message.who, 40);
        let words = match (message.sent, who.is_empty()) {
            (true, _) => format!("says: {text}"),
            (false, true) => format!("hears: {text}"),
            (false, false) => format!("hears {who}: {text}"),
        };
        Piece::new(Ink::Name, words)
    }

    /// Rows that are not drawn one by one.
    fn fold(&mut self, at: Duration, fold: &Fold, out: &mut Vec<String>) {
        let text = clean(&self.style, &folded(fold));
        let took = fold.to.saturating_sub(fold.from);
        let text = format!("{text} in {} …", duration(&self.style, took));
        let text = self.style.plain(&text);
        if let Some(lane) = fold.lane {
            self.words(Some(at), lane, None, &[Piece::new(Ink::Warn, text)], out);
            return;
        }
        let (first, columns) = match self.layout.manner {
            Manner::Columns => self.layout.wire(),
            Manner::Compact => {
                let column = self.layout.lanes.first().copied().unwrap_or_default();
                (column.words, column.room)
            }
        };
        for (n, line) in wrap(&text, columns.saturating_sub(2)).into_iter().enumerate() {
            let mut row = self.blank();
            if n == 0 {
                self.time(&mut row, at);
            }
            let centred = match self.layout.manner {
                Manner::Columns => columns.saturating_sub(line.width()) / 2,
                Manner::Compact => 0,
            };
            row.put(first + centred, Some(Ink::Warn), &line);
            out.push(row.line(&self.style));
        }
    }

    /// The names of the lanes, with their endpoints as far as known.
    #[must_use]
    pub fn head(&self) -> Vec<String> {
        match self.layout.manner {
            Manner::Columns => self.head_of_columns(),
            Manner::Compact => self.head_of_many(),
        }
    }

    fn head_of_columns(&self) -> Vec<String> {
        let lanes = self.programs.iter().zip(&self.layout.lanes);
        let ends: Vec<Vec<String>> = lanes
            .clone()
            .map(|(lane, column)| {
                let room = column.room + column.words.saturating_sub(column.line);
                let name = short(&self.style, &lane.name, room.min(NAME));
                let ends = endpoints(&self.style, lane);
                std::iter::once(name).chain(ends.iter().flat_map(|end| wrap(end, room))).collect()
            })
            .collect();
        let depth = ends.iter().map(Vec::len).max().unwrap_or(0);
        let mut rows = vec![Canvas::new(self.layout.width); depth];
        for (column, lines) in self.layout.lanes.iter().zip(&ends) {
            for (n, text) in lines.iter().enumerate() {
                rows[n].put(column.line, (n == 0).then_some(Ink::Name), text);
            }
        }
        if let Some(first) = rows.first_mut() {
            let unit = format!("{:>width$}", self.clock.unit(), width = TIME - 2);
            first.put(0, Some(Ink::Dim), &unit);
            if let Some(outside) = self.layout.outside {
                let text = "no record";
                first.put(outside.min(self.layout.width - text.len()), Some(Ink::Dim), text);
            }
        }
        rows.iter().map(|row| row.line(&self.style)).collect()
    }

    fn head_of_many(&self) -> Vec<String> {
        let mut out = Vec::new();
        let name = self.programs.iter().map(|lane| lane.name.width()).max().unwrap_or(0).min(16);
        for (index, lane) in self.programs.iter().enumerate() {
            let text = short(&self.style, &lane.name, 16);
            let pad = " ".repeat(name.saturating_sub(text.width()));
            let room = self.style.width.saturating_sub(TIME + name + 2);
            let told = |shown| at_most(&self.style, lane, shown).join(", ");
            let all = told(SHOWN);
            let ends = if all.width() <= room { all } else { told(2) };
            let label = format!("{:>width$}  ", index + 1, width = TIME - 2);
            out.push(format!(
                "{label}{}{pad}  {}",
                self.style.paint(Ink::Name, &text),
                short(&self.style, &ends, room)
            ));
        }
        let mut row = Canvas::new(self.layout.width);
        let unit = format!("{:>width$}", self.clock.unit(), width = TIME - 2);
        row.put(0, Some(Ink::Dim), &unit);
        for (index, column) in self.layout.lanes.iter().enumerate().filter(|(_, c)| c.slots > 0) {
            row.put(column.line, Some(Ink::Name), &(index + 1).to_string());
        }
        out.push(row.line(&self.style));
        out.iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// What the signs in the picture mean, as far as they stood in it.
    #[must_use]
    pub fn legend(&self) -> Vec<String> {
        let ascii = self.style.ascii;
        let signs = [
            (Sign::Call, if ascii { "*" } else { "●" }, "a call of the program"),
            (Sign::Fails, if ascii { "x" } else { "✗" }, "a call that failed"),
            (Sign::Call, if ascii { "|" } else { "│" }, "its socket is open"),
            (Sign::Waits, if ascii { "#" } else { "┃" }, WAITS),
            (Sign::Lingers, if ascii { ":" } else { "┊" }, "closed, the kernel still has work"),
            (Sign::Packet, if ascii { "-->" } else { "──▶" }, "a captured packet"),
        ];
        let words: Vec<String> = signs
            .into_iter()
            .filter(|(used, ..)| self.used.contains(used))
            .map(|(_, sign, words)| format!("{sign} {words}"))
            .collect();
        let mut out = Vec::new();
        let mut line = String::new();
        for word in words {
            if !line.is_empty() && line.width() + word.width() + 3 > self.style.width {
                out.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push_str("   ");
            }
            line.push_str(&word);
        }
        out.extend(Some(line).filter(|line| !line.is_empty()));
        if self.used.contains(&Sign::Shared) {
            out.extend(wrap(SHARED, self.style.width));
        }
        let lines = out.iter().flat_map(|line| {
            if line.width() > self.style.width {
                wrap(line, self.style.width)
            } else {
                vec![line.clone()]
            }
        });
        lines.map(|line| self.style.paint(Ink::Dim, &line)).collect()
    }
}

/// When a call waits: `timeline::rows` decides it.
pub(super) const WAITS: &str = "a call waits (1 ms or longer, or what it takes was not there yet)";

/// Why a socket can have a call that waits and another one.
pub(super) const SHARED: &str =
    "A call on a socket on which another waits: two threads of the program share it.";

/// `… 1,204 more sends, 77,056 bytes`, without its end.
pub(super) fn folded(fold: &Fold) -> String {
    let count = u64::try_from(fold.count).unwrap_or(u64::MAX);
    // Calls that give and calls that take, of one program: both count.
    let sum = |gives: bool| -> u64 {
        let names = if gives { ["send", "write"] } else { ["recv", "read"] };
        let parts = fold.parts.iter().filter(|p| names.iter().any(|n| p.what.starts_with(n)));
        parts.fold(0, |sum, part| sum.saturating_add(part.bytes))
    };
    let (given, taken) = (sum(true), sum(false));
    let bytes = match (given, taken) {
        _ if fold.bytes == 0 => String::new(),
        (1.., 1..) if fold.lane.is_none() => format!(", {} bytes", thousands(fold.bytes)),
        (1.., 1..) if given == taken => format!(", {} bytes each way", thousands(given)),
        (1.., 1..) => {
            format!(", {} bytes out and {} in", thousands(given), thousands(taken))
        }
        _ => format!(", {} bytes", thousands(fold.bytes)),
    };
    format!("… {} more {}{bytes}", thousands(count), fold.what)
}

/// The endpoints of a lane's sockets, a line each; of many only the first and the number.
pub(super) fn endpoints(style: &Style, lane: &Lane) -> Vec<String> {
    at_most(style, lane, SHOWN)
}

/// So many lines the endpoints of a lane take.
const SHOWN: usize = 3;

/// The same in at most so many lines.
fn at_most(style: &Style, lane: &Lane, shown: usize) -> Vec<String> {
    let known: Vec<String> = lane
        .sockets
        .iter()
        .filter_map(|socket| {
            let local = match socket.local {
                // A raw socket has no port.
                Some(local) if socket.protocol == "icmp" => local.ip().to_string(),
                Some(local) => local.to_string(),
                None if socket.protocol == "icmp" => "ICMP, no port".to_owned(),
                None => return None,
            };
            let listens = if socket.listens { " listens" } else { "" };
            Some(clean(style, &format!("{} {local}{listens}", socket.label)))
        })
        .collect();
    if known.len() <= shown {
        return known;
    }
    let more = format!("and {} more sockets", known.len() - shown + 1);
    known.into_iter().take(shown - 1).chain([more]).collect()
}

/// A table of a demo.
fn drawn(style: &Style, told: &Table) -> Vec<String> {
    let mut table = table::empty(style);
    table.set_header(told.head.iter().map(|text| clean(style, text)));
    for row in &told.rows {
        table.add_row(row.iter().map(|text| clean(style, text)));
    }
    let mut out: Vec<String> =
        heading(style, &short(style, &told.title, style.width.saturating_sub(2)))
            .lines()
            .map(str::to_owned)
            .collect();
    out.extend(table.to_string().lines().map(str::to_owned));
    out
}
