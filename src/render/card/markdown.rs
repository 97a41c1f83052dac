//! Markdown as lines of a terminal: as much of it as cards have. These are paragraphs, lists of one
//! level, blocks of code and tables, and in them `code`, *stressed* and **strong** words.
//!
//! That little is read here, and a reader of the whole language is for the tests, which compare: its
//! table of two thousand names such as `&eacute;` would be prepared at every start of every command.

use comfy_table::CellAlignment;

use super::table::Table;
use crate::render::style::{Ink, Style};

/// Stands for a space at which no line is broken, while lines are broken.
pub(super) const TIED: &str = "\u{a0}";

/// Code up to this many columns stays on one line.
const WHOLE: usize = 48;

/// The line before a block of code, and the one behind it.
const FENCE: &str = "```";

/// The lines of a text.
pub(super) fn lines(style: &Style, markdown: &str) -> Vec<String> {
    let mut drawer = Drawer { style: *style, ..Drawer::default() };
    for line in markdown.lines() {
        drawer.line(line);
    }
    drawer.end();
    drawer.lines
}

#[derive(Default)]
struct Drawer<'a> {
    style: Style,
    lines: Vec<String>,
    /// The paragraph or item that is being read.
    words: String,
    /// What stands before its first line.
    mark: String,
    /// The open list.
    list: Option<List>,
    /// In a block of code: how far the whole of it is moved to the right.
    code: Option<usize>,
    /// The rows of the table that is being read.
    table: Vec<&'a str>,
}

/// What stands before the items of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Dashes,
    Numbers,
}

impl<'a> Drawer<'a> {
    fn line(&mut self, line: &'a str) {
        let text = line.trim_start_matches(' ');
        let margin = line.len() - text.len();
        if let Some(all) = self.code {
            if text.starts_with(FENCE) {
                self.code = None;
            } else {
                self.code_line(&line[margin.min(all)..]);
            }
            return;
        }
        if text.starts_with('|') {
            if self.table.is_empty() {
                self.begin(None);
            }
            return self.table.push(text);
        }
        // What is moved to the right belongs to the item above it.
        let list = self.list.filter(|_| margin > 0);
        if text.is_empty() {
            self.end();
        } else if text.starts_with(FENCE) {
            self.begin(list);
            self.code = Some(margin);
        } else if let Some((list, mark)) = item(line) {
            self.begin(Some(list));
            self.mark.push_str(mark);
            self.words.push_str(&line[mark.len()..]);
        } else if self.words.is_empty() {
            self.begin(list);
            self.words.push_str(text);
        } else {
            self.words.push(' ');
            self.words.push_str(text);
        }
    }

    /// Begins a block: an empty line is before it, but not between the items of a list.
    fn begin(&mut self, list: Option<List>) {
        self.end();
        if (list.is_none() || list != self.list) && !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.list = list;
    }

    /// Draws what was read.
    fn end(&mut self) {
        let rows = std::mem::take(&mut self.table);
        if !rows.is_empty() {
            self.lines.extend(self.drawn(&rows));
        }
        let (words, mark) = (std::mem::take(&mut self.words), std::mem::take(&mut self.mark));
        if words.is_empty() {
            return;
        }
        let mark = if mark.is_empty() { self.indent().to_owned() } else { mark };
        let words = self.coloured(&words, false, false);
        let text = self.style.paragraph(&mark, mark.chars().count(), &words).replace(TIED, " ");
        self.lines.extend(text.lines().map(str::to_owned));
    }

    /// Columns before what belongs to an item.
    const fn indent(&self) -> &'static str {
        if self.list.is_some() { "  " } else { "" }
    }

    fn code_line(&mut self, line: &str) {
        let line = self.style.paint(Ink::Value, &self.style.plain(line));
        self.lines.push(format!("{}    {line}", self.indent()));
    }

    /// A table: titles, to which side each column goes, and the rows.
    fn drawn(&self, rows: &[&str]) -> Vec<String> {
        let sides: Vec<_> = rows.get(1).into_iter().flat_map(|row| cells(row)).map(side).collect();
        let mut table = Table::new(&sides);
        for (n, row) in rows.iter().enumerate().filter(|(n, _)| *n != 1) {
            for cell in cells(row) {
                table.cell(self.style.plain(&self.coloured(cell, true, n == 0)));
            }
            table.end_row();
        }
        table.lines(&self.style)
    }

    /// Words with their colours. A mark that is not closed again is nothing but itself.
    fn coloured(&self, markdown: &str, cell: bool, strong: bool) -> String {
        let mut words = String::new();
        let mut rest = markdown;
        while let Some(at) = rest.find(['`', '*']) {
            words.push_str(&self.text(&rest[..at], strong));
            let mark = if rest[at..].starts_with("**") { "**" } else { &rest[at..=at] };
            rest = &rest[at + mark.len()..];
            let inside = rest.find(mark).map(|end| &rest[..end]);
            let inside = inside.filter(|text| mark == "`" || text.trim() == *text);
            let Some(inside) = inside.filter(|text| !text.is_empty()) else {
                words.push_str(mark);
                continue;
            };
            rest = &rest[inside.len() + mark.len()..];
            words.push_str(&match mark {
                "`" => self.inline_code(inside, cell),
                _ => self.coloured(inside, cell, strong || mark == "**"),
            });
        }
        words + &self.text(rest, strong)
    }

    fn text(&self, text: &str, strong: bool) -> String {
        if strong { self.paint(Ink::Heading, text) } else { text.to_owned() }
    }

    /// Code is coloured. Where there are no colours, what could be read as words of the sentence keeps
    /// its marks; a cell of a table needs none.
    fn inline_code(&self, text: &str, cell: bool) -> String {
        let marked;
        let is_word = !text.contains(' ') && text.contains(char::is_alphanumeric);
        let text = if self.style.colour || is_word || cell {
            text
        } else {
            marked = format!("`{text}`");
            &marked
        };
        if text.chars().count() > WHOLE {
            return self.paint(Ink::Value, text);
        }
        self.style.paint(Ink::Value, text).replace(' ', TIED)
    }

    /// Word by word: a line may be broken between any two of them.
    fn paint(&self, ink: Ink, text: &str) -> String {
        let word = |word| match word {
            "" => String::new(),
            word => self.style.paint(ink, word),
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

/// What stands before the item that this line begins.
fn item(line: &str) -> Option<(List, &str)> {
    if line.starts_with("- ") {
        return Some((List::Dashes, &line[..2]));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let is_item = digits > 0 && line[digits..].starts_with(". ");
    is_item.then(|| (List::Numbers, &line[..digits + 2]))
}

fn cells(row: &str) -> impl Iterator<Item = &str> {
    let row = row.trim_end();
    let row = row.strip_prefix('|').unwrap_or(row);
    row.strip_suffix('|').unwrap_or(row).split('|').map(str::trim)
}

/// To which side a column goes: `:---`, `---:` or `:---:`.
fn side(cell: &str) -> CellAlignment {
    match (cell.starts_with(':'), cell.ends_with(':')) {
        (false, true) => CellAlignment::Right,
        (true, true) => CellAlignment::Center,
        _ => CellAlignment::Left,
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    fn drawn(markdown: &str, width: usize) -> Vec<String> {
        lines(&Style { width, ..Style::default() }, markdown)
    }

    #[test]
    fn paragraphs_have_a_line_between_them_and_items_have_none() {
        let text = "One\ntwo.\n\n- first\n- second `x y`\n\n3. third\n\nEnd.";
        let wanted = ["One two.", "", "- first", "- second `x y`", "", "3. third", "", "End."];
        assert_eq!(drawn(text, 80), wanted);
    }

    #[test]
    fn code_is_not_broken_and_blocks_are_indented() {
        let text = "Words before it `netlab tcp-server 6000` and behind.\n\n```\nlet a\n\n  b\n```";
        let wanted = [
            "Words before it",
            "`netlab tcp-server 6000`",
            "and behind.",
            "",
            "    let a",
            "    ",
            "      b",
        ];
        assert_eq!(drawn(text, 24), wanted);
    }

    #[test]
    fn the_second_line_of_an_item_stands_below_the_first() {
        assert_eq!(drawn("- one two three four five", 22), ["- one two three four", "  five"]);
        assert_eq!(drawn("10. one two three four", 22), ["10. one two three four"]);
    }

    /// Letter by letter, without spaces, lines and what marks code in a sentence.
    fn letters(text: &str) -> String {
        let is_letter = |letter: &char| !letter.is_whitespace() && !['`', '─'].contains(letter);
        text.chars().filter(is_letter).collect()
    }

    /// Cards that need more of the language than is read here would differ.
    #[test]
    fn cards_say_what_a_reader_of_the_whole_language_reads() {
        for card in crate::card::all() {
            let (mut wanted, mut numbers) = (String::new(), Vec::new());
            for event in Parser::new_ext(card.body, Options::ENABLE_TABLES) {
                match event {
                    Event::Start(Tag::List(first)) => numbers.push(first),
                    Event::End(TagEnd::List(_)) => drop(numbers.pop()),
                    Event::Start(Tag::Item) => match numbers.last_mut() {
                        Some(Some(number)) => {
                            wanted.extend([number.to_string(), ".".to_owned()]);
                            *number += 1;
                        }
                        _ => wanted.push('-'),
                    },
                    Event::Text(text) | Event::Code(text) => wanted.push_str(&text),
                    Event::Start(
                        Tag::Paragraph
                        | Tag::CodeBlock(_)
                        | Tag::Emphasis
                        | Tag::Strong
                        | Tag::Table(_)
                        | Tag::TableHead
                        | Tag::TableRow
                        | Tag::TableCell,
                    )
                    | Event::End(_)
                    | Event::SoftBreak => {}
                    other => panic!("{}: {other:?} is not read here", card.slug),
                }
            }
            // So wide that no cell of a table is broken.
            let drawn = letters(&drawn(card.body, 1000).join("\n"));
            assert_eq!(drawn, letters(&wanted), "{}", card.slug);
        }
    }
}
