//! Colours and columns of a table. Colours are found once: to ask for each of a hundred thousand cells
//! would take longer than to draw the table.

use unicode_width::UnicodeWidthStr;

use crate::event::State;
use crate::render::style::{Ink, Style};

/// Colour on and off.
#[derive(Clone, Debug, Default)]
pub(super) struct Brush {
    before: String,
    after: String,
}

impl Brush {
    fn new(style: &Style, ink: Ink) -> Self {
        let painted = style.paint(ink, "x");
        let (before, after) = painted.split_once('x').unwrap_or_default();
        Self { before: before.to_owned(), after: after.to_owned() }
    }
}

/// The colours of a table, found once.
#[derive(Clone, Debug)]
pub(super) struct Brushes {
    pub(super) heading: Brush,
    pub(super) waits: Brush,
    pub(super) talks: Brush,
    pub(super) passes: Brush,
    pub(super) stuck: Brush,
    pub(super) dim: Brush,
    pub(super) none: Brush,
}

impl Brushes {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            heading: Brush::new(style, Ink::Heading),
            waits: Brush::new(style, Ink::Name),
            talks: Brush::new(style, Ink::Good),
            passes: Brush::new(style, Ink::Warn),
            stuck: Brush::new(style, Ink::Bad),
            dim: Brush::new(style, Ink::Dim),
            none: Brush::default(),
        }
    }

    pub(super) const fn of(&self, state: State) -> &Brush {
        match state {
            State::Listen | State::Unconnected => &self.waits,
            State::Established | State::Connected => &self.talks,
            State::CloseWait => &self.stuck,
            State::TimeWait | State::Closed => &self.dim,
            _ => &self.passes,
        }
    }
}

/// A cell: what is written, in its colour, and blanks up to the width.
pub(super) fn put(out: &mut String, width: usize, brush: &Brush, write: impl FnOnce(&mut String)) {
    out.push_str(&brush.before);
    let start = out.len();
    write(out);
    let written = &out[start..];
    let used = if written.is_ascii() { written.len() } else { written.width() };
    out.push_str(&brush.after);
    pad(out, width.saturating_sub(used));
}

/// Blanks.
pub(super) fn pad(out: &mut String, mut columns: usize) {
    const BLANKS: &str = "                                                                ";
    while columns > BLANKS.len() {
        out.push_str(BLANKS);
        columns -= BLANKS.len();
    }
    out.push_str(&BLANKS[..columns]);
}

/// The next line, from that column on.
pub(super) fn feed(out: &mut String, column: usize) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
    pad(out, column);
}
