//! Text to cells: lines, separators, and what people put around a word.

use super::columns;
use crate::subnet::read;

/// A table as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The line of its header, from 1.
    pub line: usize,
    pub header: Vec<String>,
    /// Each with its line.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// What is in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub tables: Vec<Table>,
    /// The first line that begins with `base`, and which it is.
    pub base: Option<(usize, String)>,
    /// Further lines of that kind.
    pub more: Vec<(usize, String)>,
    /// Lines before all tables that call a network given in other words.
    pub given: Vec<(usize, String)>,
}

/// Bytes to text. Spreadsheets write UTF-16 with a byte order mark when asked for "Unicode text".
pub(super) fn decode(bytes: &[u8]) -> String {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|two| read([two[0], two[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned(),
    }
}

/// How the cells of a line are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Pipe,
    Sign(char),
}

/// Finds the tables of a text.
pub(super) fn tables(text: &str) -> Found {
    // One carriage return is a line ending too: old ones, and half of a mixed-up pair.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let is_rule = |line: &str| rule(line);
    let markdown = lines.iter().any(|line| is_rule(line) || line.trim_start().starts_with('|'));
    let mut found = Found::default();
    let mut open: Option<Separator> = None;
    // Whether the line before is in the table.
    let mut inside = false;
    for (at, line) in lines.iter().enumerate() {
        if line.trim().is_empty() || is_rule(line) {
            inside &= is_rule(line);
            continue;
        }
        let before_rule = lines.get(at + 1).is_some_and(|next| is_rule(next));
        if let Some(separator) = header(line, markdown, before_rule, open) {
            open = Some(separator);
            inside = true;
            let header = split(line, separator);
            found.tables.push(Table { line: at + 1, header, rows: Vec::new() });
        } else if found.base.is_none() && is_base(line) && !(inside && is_row(&found, line, open)) {
            found.base = Some((at + 1, clean(line)));
        } else if found.base.is_some() && is_base(line) && !inside {
            found.more.push((at + 1, clean(line)));
        } else if found.tables.is_empty() && is_given(line) {
            found.given.push((at + 1, clean(line)));
        } else if let (Some(separator), Some(table)) = (open, found.tables.last_mut()) {
            let cells = split(line, separator);
            // Prose between tables has no cells; a lone title in a sheet has one.
            let single = table.header.len() == 1
                && inside
                && (separator != Separator::Pipe || line.contains('|'));
            let alone = single || inside && separator != Separator::Pipe && is_name(&cells);
            if (cells.len() > 1 || alone) && cells.iter().any(|cell| !cell.is_empty()) {
                table.rows.push((at + 1, cells));
            } else {
                inside = false;
            }
        }
    }
    found
}

/// Whether a line has as many cells as the table that is open: then it is a row, whatever it begins with.
fn is_row(found: &Found, line: &str, open: Option<Separator>) -> bool {
    let header = found.tables.last().map_or(0, |table| table.header.len());
    header > 2 && open.is_some_and(|separator| split(line, separator).len() == header)
}

/// A name that lost its other cells, directly below a row. Prose has more words.
fn is_name(cells: &[String]) -> bool {
    let [cell] = cells else { return false };
    !cell.ends_with(['.', ':', '!', '?'])
        && !cell.starts_with(['#', '-', '['])
        && cell.split(' ').count() <= 3
}

/// Whether a line begins with the word `base`, whatever is around it.
fn is_base(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    // "and/or" is no network.
    let names = |word: &str| {
        let number = word.contains('/') && word.contains(|c: char| c.is_ascii_digit());
        number || is_address(word.trim_start_matches("base:").trim_matches(['(', ')', '`', '*']))
    };
    line.strip_prefix("base").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        && line.split([' ', '=', ',', ';', '|']).any(names)
}

/// Whether a line names a network with words for a base before it: `Given network address = 10.0.0.0/8`.
fn is_given(line: &str) -> bool {
    let line = clean(line).to_lowercase();
    let Some((label, rest)) = line.split_once([':', '=']) else { return false };
    let words = ["network", "address", "block", "space"];
    let beside = ["the", "given", "major", "main", "whole", "original", "parent", "ip", "campus"];
    let label = label.trim_start_matches(|c: char| !c.is_alphanumeric());
    label.split_whitespace().any(|word| words.contains(&word))
        && label.split_whitespace().all(|word| words.contains(&word) || beside.contains(&word))
        && rest.trim().split(['/', ' ']).next().is_some_and(is_address)
}

fn is_address(word: &str) -> bool {
    word.contains(['.', ':']) && read::address(word).is_ok()
}

/// The separator of a line that is the header of a table.
fn header(
    line: &str,
    markdown: bool,
    before_rule: bool,
    open: Option<Separator>,
) -> Option<Separator> {
    if markdown {
        let cells = split(line, Separator::Pipe);
        let known = columns::known(&cells);
        let whole = known >= 2 && known == cells.iter().filter(|cell| !cell.is_empty()).count();
        let is_header =
            line.contains('|') && (before_rule || whole || open.is_none() && known >= 2);
        return is_header.then_some(Separator::Pipe);
    }
    if ["link", "links"].contains(&clean(line).to_lowercase().as_str()) {
        return Some(Separator::Sign('\t'));
    }
    let signs = [';', '\t', ','].map(Separator::Sign);
    let (known, cells, separator) = signs
        .into_iter()
        .map(|separator| {
            let cells = split(line, separator);
            (columns::known(&cells), cells.len(), separator)
        })
        .max_by_key(|(known, ..)| *known)?;
    // Within a table, a row is a header only when it is nothing else.
    let enough = if open.is_some() { cells } else { cells.div_ceil(2) };
    (known >= 2 && known >= enough).then_some(separator)
}

/// The line below a Markdown header: `|:---|---:|`.
fn rule(line: &str) -> bool {
    line.contains('-')
        && line.contains('|')
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | '+' | '=') || c.is_whitespace())
}

fn split(line: &str, separator: Separator) -> Vec<String> {
    match separator {
        Separator::Pipe => {
            let mut line = line.trim();
            line = line.strip_prefix('|').unwrap_or(line);
            if !line.ends_with("\\|") {
                line = line.strip_suffix('|').unwrap_or(line);
            }
            // A bar that is meant as a bar has a backslash before it.
            line.replace("\\|", "\u{1}")
                .split('|')
                .map(|cell| clean(&cell.replace('\u{1}', "|")))
                .collect()
        }
        Separator::Sign(sign) => quoted(line, sign).iter().map(|cell| clean(cell)).collect(),
    }
}

/// Cells that may be in quotes, inside which the separator is a letter (RFC 4180).
fn quoted(line: &str, sign: char) -> Vec<String> {
    let (mut cells, mut cell, mut inside) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if inside && letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            '"' if inside || cell.trim().is_empty() => inside = !inside,
            letter if letter == sign && !inside => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells
}

/// A cell without what people put around it.
#[must_use]
pub fn clean(cell: &str) -> String {
    let cell = cell.replace("<br>", " ").replace("<br/>", " ").replace("\\_", "_");
    let mut text = String::with_capacity(cell.len());
    let mut letters = cell.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // A sign that is meant as itself.
            '\\' if letters.peek().is_some_and(|next| matches!(next, '[' | ']' | '*' | '`')) => {
                text.extend(letters.next());
            }
            '“' | '”' | '„' | '«' | '»' => text.push('"'),
            '‘' | '’' => text.push('\''),
            // Marks of Markdown; no width: zero-width space and joiners, byte order mark, soft hyphen.
            '`' | '*' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => {}
            letter if letter.is_whitespace() || letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let mut text = text.trim();
    for mark in ["__", "_", "\"", "'"] {
        if text.len() > 2 * mark.len()
            && let Some(inner) = text.strip_prefix(mark).and_then(|text| text.strip_suffix(mark))
        {
            text = inner.trim();
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_a_word_goes() {
        for cell in ["**Lab 1**", "`Lab 1`", " _Lab 1_ ", "“Lab 1”", "Lab\u{a0}1", "'Lab  1'"] {
            assert_eq!(clean(cell), "Lab 1", "{cell}");
        }
        assert_eq!(clean("CS_Lab"), "CS_Lab");
    }

    #[test]
    fn quotes_hold_separators() {
        assert_eq!(quoted("a,\"b, \"\"c\"\"\",d", ','), ["a", "b, \"c\"", "d"]);
        assert_eq!(quoted("\"open,x", ','), ["open,x"]);
    }

    #[test]
    fn utf_16_is_read() {
        let units = "Name\tHosts\nA\t1\n".encode_utf16();
        let bytes: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(units.flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(&bytes), "Name\tHosts\nA\t1\n");
        assert_eq!(decode(&bytes[..bytes.len() - 1]), "Name\tHosts\nA\t1");
        assert_eq!(decode(&[0xff, 0xfe]), "");
    }
}
