//! The words of the picture: times, calls, packets, and text of others made safe.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::super::style::{Ink, Style};
use crate::event::safe;
use crate::timeline::{Call, Message, StateChange};

/// Columns that the times take, with the space behind them.
pub(super) const TIME: usize = 10;

/// Columns of a lane's name: nobody has to be called longer than that.
pub(super) const NAME: usize = 32;

/// A piece of a row's text, which is not broken unless it is longer than a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its colour.
    pub ink: Option<Ink>,
    /// Blanks before it, unless it begins a line.
    pub gap: usize,
    /// What it says.
    pub text: String,
}

impl Piece {
    /// A piece, two blanks behind what stands before it.
    pub(super) fn new(ink: impl Into<Option<Ink>>, text: impl Into<String>) -> Self {
        Self { ink: ink.into(), gap: 2, text: text.into() }
    }
}

/// Text from a record, which may be anybody's: no control character is left, a tab is a blank, and
/// with `--ascii` every other sign is named by its number.
pub(in crate::render) fn clean(style: &Style, text: &str) -> String {
    let text = safe(text.as_bytes()).replace('\t', " ");
    if !style.ascii || text.is_ascii() {
        return text;
    }
    style.plain(&text).chars().fold(String::new(), |mut out, letter| {
        match letter {
            '─' => out.push('-'),
            '“' | '”' => out.push('"'),
            _ if letter.is_ascii() => out.push(letter),
            // Writing to a String cannot fail.
            _ => drop(write!(out, "<U+{:04X}>", u32::from(letter))),
        }
        out
    })
}

/// The same, no longer than so many columns; what is left out is seen.
pub(super) fn short(style: &Style, text: &str, columns: usize) -> String {
    let text = clean(style, text);
    if text.width() <= columns {
        return text;
    }
    let more = if style.ascii { "..." } else { "…" };
    let mut out = String::new();
    for letter in text.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0);
        if out.width() + wide + more.width() > columns {
            break;
        }
        out.push(letter);
    }
    out + more
}

/// How times are written: the same way in a whole picture, so that their points stand below each
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Milliseconds with so many digits behind the point.
    Milliseconds(usize),
    /// Seconds with three digits.
    Seconds,
}

impl Clock {
    /// What suits a run of that length.
    pub(super) fn for_span(span: Duration) -> Self {
        match span.as_secs() {
            0..10 => Self::Milliseconds(3),
            10..100 => Self::Milliseconds(2),
            _ => Self::Seconds,
        }
    }

    /// The unit.
    pub(super) const fn unit(self) -> &'static str {
        match self {
            Self::Milliseconds(_) => "ms",
            Self::Seconds => "s",
        }
    }

    /// A time, without its unit.
    pub(super) fn write(self, at: Duration) -> String {
        let seconds = at.as_secs_f64();
        let text = match self {
            Self::Milliseconds(digits) => format!("{:.digits$}", seconds * 1e3),
            Self::Seconds => format!("{seconds:.3}"),
        };
        // Much later than was thought: better round than out of line.
        if text.len() < TIME { text } else { format!("{seconds:.0} s") }
    }
}

/// How long something took: `35 µs`, `3.2 ms`, `12.0 s`.
pub(super) fn duration(style: &Style, time: Duration) -> String {
    style.plain(&super::super::explain::duration(time))
}

/// A number with its thousands apart: `77,056`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `A bind(0.0.0.0:6000)`.
pub(super) fn called(style: &Style, call: &Call) -> Piece {
    let text = clean(style, &format!("{} {}", call.socket, call.text));
    Piece { ink: Some(ink(call)), gap: 0, text }
}

/// `= 0`, and for a call whose beginning stands far above, its name: `A recv = 6`.
pub(super) fn returned(style: &Style, call: &Call, again: bool) -> Vec<Piece> {
    let mut result = call.result.clone();
    if let Some(error) = &call.error {
        if !result.contains(&error.name) {
            result = format!("{result} {}", error.name);
        }
        if let Some(number) = error.number {
            let _ = write!(result, " ({number})");
        }
    }
    let mut pieces = Vec::new();
    let result = clean(style, &result);
    if again {
        let text = clean(style, &format!("{} {} = ", call.socket, call.name)) + &result;
        pieces.push(Piece { ink: Some(ink(call)), gap: 0, text });
    } else if !result.is_empty() {
        pieces.push(Piece { ink: Some(ink(call)), gap: 1, text: format!("= {result}") });
    }
    pieces.extend(said(style, call));
    if let Some(state) = &call.state {
        pieces.push(state_piece(style, state, &call.socket));
    }
    pieces
}

/// What a call carried: `"Hello!"`, or where a record keeps no texts `#185f, 6 bytes`.
fn said(style: &Style, call: &Call) -> Vec<Piece> {
    const SHOWN: usize = 3;
    let mut texts: Vec<String> =
        call.messages.iter().take(SHOWN).map(|m| message(style, m)).collect();
    if texts.is_empty() {
        texts.extend(call.carries.as_ref().map(|carries| short(style, carries, 160)));
    }
    if let Some(more) = call.messages.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        texts.push(format!("and {more} more"));
    }
    texts.into_iter().map(|text| Piece::new(Ink::Name, text)).collect()
}

/// A message: its text in quotation marks, or the first digits of its digest, by which the same text
/// is known again on the other side; otherwise how long it is. Beside the digest no length stands: on
/// one side a name may go with the text and on the other not, and the call says its bytes.
pub(super) fn message(style: &Style, message: &Message) -> String {
    let length =
        if message.bytes == 1 { "1 byte".into() } else { format!("{} bytes", message.bytes) };
    match message.text.strip_prefix(&format!("{} bytes", message.bytes)) {
        Some("") => length,
        // Its number in a burst: `#7 of 30`.
        Some(rest) if rest.starts_with(", #") => clean(style, rest.trim_start_matches(", ")),
        Some(rest) if rest.starts_with(", SHA-256 ") => {
            let digits: String = rest.chars().skip(10).take(4).collect();
            clean(style, &format!("#{digits}"))
        }
        _ => format!("\"{}\"", short(style, &message.text, 160)),
    }
}

/// `→ ESTABLISHED`, with its socket where that is another than the one that stands there already.
pub(super) fn state_piece(style: &Style, state: &StateChange, said: &str) -> Piece {
    let socket = if state.socket == said { String::new() } else { format!("{} ", state.socket) };
    Piece::new(Ink::Good, clean(style, &format!("{socket}→ {}", state.to)))
}

/// The colour of a call: what failed is red, and what only had nothing to take yet is not.
fn ink(call: &Call) -> Ink {
    match &call.error {
        Some(error) if matches!(error.name.as_str(), "EAGAIN" | "EINPROGRESS") => Ink::Dim,
        Some(_) => Ink::Bad,
        None => Ink::Value,
    }
}

/// Pieces in lines of so many columns: a piece that does not fit begins the next line, and only one
/// that is longer than a line is broken.
pub(super) fn flow(pieces: &[Piece], columns: usize) -> Vec<Vec<(usize, Piece)>> {
    const INDENT: usize = 2;
    let columns = columns.max(8);
    let mut lines: Vec<Vec<(usize, Piece)>> = vec![Vec::new()];
    let mut at = 0;
    for piece in pieces {
        let gap = if at == 0 { 0 } else { piece.gap };
        if at + gap + piece.text.width() <= columns {
            let place = at + gap;
            at = place + piece.text.width();
            lines.last_mut().unwrap_or(&mut Vec::new()).push((place, piece.clone()));
            continue;
        }
        let first = if at == 0 { 0 } else { INDENT };
        for (n, part) in hanging(&piece.text, columns, first, INDENT).into_iter().enumerate() {
            let place = if n == 0 { first } else { INDENT };
            at = place + part.width();
            let part = (place, Piece { text: part, ..piece.clone() });
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push(part),
                _ => lines.push(vec![part]),
            }
        }
    }
    lines
}

/// Text in lines of so many columns: the first begins at `first`, the others at `indent`.
fn hanging(text: &str, columns: usize, first: usize, indent: usize) -> Vec<String> {
    let longest = text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
    if first >= indent || longest > columns - indent && longest > columns {
        return wrap(text, columns - indent);
    }
    let mut lines = wrap(text, columns - first);
    let rest = lines.split_off(1.min(lines.len()));
    if rest.is_empty() {
        return lines;
    }
    lines.extend(wrap(&rest.join(" "), columns - indent));
    lines
}

/// The same as the style's paragraph, but words that are longer than a line are broken: what a record
/// says may be anything.
pub(super) fn paragraph(style: &Style, first: &str, indent: usize, text: &str) -> String {
    let rest = " ".repeat(indent);
    let options = textwrap::Options::new(style.width.max(indent + 20))
        .initial_indent(first)
        .subsequent_indent(&rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&style.plain(text), options)
}

/// Text in lines of so many columns; words that are longer are broken.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(1))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_has_no_escapes_and_is_ascii_where_that_was_asked_for() {
        let style = Style::default();
        assert_eq!(clean(&style, "\u{1b}[31mred\ttab"), "^[[31mred tab");
        let ascii = Style { ascii: true, ..style };
        assert_eq!(clean(&ascii, "→ é…"), "-> <U+00E9>...");
        assert_eq!(short(&style, "abcdefgh", 5), "abcd…");
    }

    #[test]
    fn times_have_the_digits_that_help() {
        let ms = Clock::for_span(Duration::from_secs(3));
        assert_eq!(ms.write(Duration::from_micros(433)), "0.433");
        assert_eq!(
            Clock::for_span(Duration::from_secs(400)).write(Duration::from_secs(7)),
            "7.000"
        );
        assert_eq!(ms.write(Duration::from_secs(123_456)), "123456 s");
    }

    #[test]
    fn pieces_are_kept_whole_where_they_fit() {
        let pieces = [Piece::new(None, "A connect(10.0.73.221:6000)"), Piece::new(None, "= 0")];
        let lines = flow(&pieces, 28);
        assert_eq!(lines.len(), 2);
        let long = flow(&[Piece::new(None, "x".repeat(50))], 20);
        assert_eq!(long.len(), 3);
        assert!(long.iter().flatten().all(|(at, piece)| at + piece.text.len() <= 20));
    }
}
