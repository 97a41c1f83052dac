//! What became of a socket, in a line.
//!
//! ```text
//!      1.004 + tcp SYN-SENT  10.0.0.1:55237 → 10.0.0.2:6000  netlab/4711
//!      2.006 ~ tcp SYN-SENT → ESTABLISHED  10.0.0.1:55237 → 10.0.0.2:6000  netlab/4711
//!      9.011 - tcp TIME-WAIT  10.0.0.1:55237 → 10.0.0.2:6000
//! ```

use std::fmt::Write as _;
use std::time::Duration;

use super::{Known, cells};
use crate::event::{Change, Row};
use crate::render::style::{Ink, Style};

/// The sign of a change.
#[must_use]
pub const fn sign(change: Change) -> char {
    match change {
        Change::New => '+',
        Change::State(_) => '~',
        Change::Gone => '-',
    }
}

/// The line: when, since the first look, and what.
#[must_use]
pub fn line(style: &Style, at: Duration, change: Change, row: &Row, known: &Known) -> String {
    let seconds = at.as_secs_f64();
    let mut line = format!("{seconds:>10.3} ");
    let ink = match change {
        Change::New => Ink::Good,
        Change::State(_) => Ink::Warn,
        Change::Gone => Ink::Dim,
    };
    line.push_str(&style.paint(ink, sign(change).encode_utf8(&mut [0; 4])));
    line.push(' ');
    what(&mut line, style, Some(change), row, known);
    line
}

/// The line of a socket that was there at the first look.
#[must_use]
pub fn first(style: &Style, row: &Row, known: &Known) -> String {
    let mut line = format!("{:>10.3} = ", 0.0);
    what(&mut line, style, None, row, known);
    line
}

fn what(line: &mut String, style: &Style, change: Option<Change>, row: &Row, known: &Known) {
    let socket = row.socket;
    let arrow = if style.ascii { "->" } else { "→" };
    cells::protocol(line, socket);
    line.push(' ');
    if let Some(Change::State(was)) = change {
        let _ = write!(line, "{was} {arrow} ");
    }
    let _ = write!(line, "{}  ", socket.state);
    cells::side(line, socket, cells::Which::Source, known);
    if socket.has_peer() {
        let _ = write!(line, " {arrow} ");
        cells::side(line, socket, cells::Which::Destination, known);
    }
    if !row.programs.is_empty() {
        line.push_str("  ");
        cells::programs(line, row, usize::MAX);
    }
}
