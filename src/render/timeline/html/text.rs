//! Text: of others made harmless, measured, broken into lines.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::event::safe;

/// Text from a record, which may be anybody's, without control characters or marks that turn the
/// direction of reading. It is not yet HTML: see [`esc`].
pub(super) fn clean(text: &str) -> String {
    safe(text.as_bytes()).replace('\t', " ")
}

/// Text as HTML, in an element or in a quoted attribute. Nothing in it can end either.
pub(super) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in safe(text.as_bytes()).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

/// Columns of a font whose letters are all equally wide.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Lines of at most so many columns, and not more than so many lines: what is left out is seen, and
/// stands in the row's fields.
pub(super) fn lines(text: &str, columns: usize, most: usize) -> Vec<String> {
    let text = clean(text);
    let mut lines = super::super::words::wrap(&text, columns);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while last.width() + 1 > columns && last.pop().is_some() {}
            last.push('…');
        }
    }
    lines
}

/// The beginning of a text that is longer than so many bytes, and how much of it is left out.
pub(super) fn short(mut text: String, most: usize) -> String {
    if text.len() > most {
        let cut = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let rest = text.len() - cut;
        text.truncate(cut);
        let _ = write!(text, "… and {rest} bytes more");
    }
    text
}

/// How long something took: `35 µs`, `3.2 ms`, `12.0 s`.
pub(super) fn duration(time: Duration) -> String {
    super::super::super::explain::duration(time)
}

/// A moment as people read it: `2026-03-01 12:00:05 UTC`.
pub(super) fn date(unix_ns: u64) -> String {
    let seconds = unix_ns / 1_000_000_000;
    let (mut year, mut day) = (1970, seconds / 86_400);
    let leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let days = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= days[month] {
        day -= days[month];
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let mut out = format!("{year}-{:02}-{:02} ", month + 1, day + 1);
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02} UTC");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let text = "</script><img src=x onerror='a()'>\"\u{202e}\u{1b}[31m";
        let html = esc(text);
        assert!(!html.contains(['<', '>', '"', '\'', '\u{1b}', '\u{202e}']), "{html}");
        assert!(html.contains("&lt;/script&gt;"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(date(951_782_400_000_000_000), "2000-02-29 00:00:00 UTC");
        assert_eq!(date(1_767_225_599_000_000_000), "2025-12-31 23:59:59 UTC");
    }

    #[test]
    fn what_is_left_out_is_seen() {
        assert_eq!(lines("one two three four", 9, 2), ["one two", "three…"]);
        assert_eq!(lines("abcdef", 3, 1), ["ab…"]);
    }
}
