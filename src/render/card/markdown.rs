//! Markdown as lines of a terminal: paragraphs, lists, code and tables. Headings and quotations are
//! paragraphs here; pictures are their titles.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::table::Table;
use crate::render::style::{Ink, Style};

/// Stands for a space at which no line is broken, while lines are broken.
pub(super) const TIED: &str = "\u{a0}";

/// Code up to this many columns stays on one line.
const WHOLE: usize = 48;

/// The lines of a text.
pub(super) fn lines(style: &Style, markdown: &str) -> Vec<String> {
    let mut drawer = Drawer { style: *style, ..Drawer::default() };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        drawer.event(event);
    }
    drawer.flush();
    drawer.lines
}

#[derive(Default)]
struct Drawer {
    style: Style,
    lines: Vec<String>,
    /// Words of the paragraph, item or cell that is being read, with their colours.
    words: String,
    /// Open lists: the number of the next item, where they are numbered.
    lists: Vec<Option<u64>>,
    /// What stands before the first line of the next paragraph.
    mark: Option<String>,
    strong: usize,
    /// The lines of a block of code.
    code: Option<String>,
    table: Option<Table>,
    link: Option<String>,
}

impl Drawer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(text) => self.inline_code(&text),
            Event::SoftBreak => self.words.push(' '),
            Event::HardBreak => self.flush(),
            Event::InlineHtml(text) | Event::Html(text) => self.text(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.flush();
                self.block();
                self.lists.push(first);
            }
            Tag::Item => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.mark = Some(format!("{}{mark}", self.indent(1)));
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.flush();
                self.block();
                self.code = Some(String::new());
            }
            Tag::Table(columns) => {
                self.block();
                self.table = Some(Table::new(&columns));
            }
            Tag::Strong | Tag::TableHead | Tag::Heading { .. } => {
                if matches!(tag, Tag::Heading { .. }) {
                    self.block();
                }
                self.strong += 1;
            }
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.to_string()),
            Tag::Paragraph => self.block(),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::CodeBlock => {
                for line in self.code.take().unwrap_or_default().lines() {
                    let line = self.style.paint(Ink::Value, &self.style.plain(line));
                    self.lines.push(format!("{}    {line}", self.indent(0)));
                }
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Heading(_) => {
                self.flush();
                self.strong = self.strong.saturating_sub(1);
            }
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell => {
                let cell = self.style.plain(&std::mem::take(&mut self.words));
                self.table.iter_mut().for_each(|table| table.cell(cell.clone()));
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if end == TagEnd::TableHead {
                    self.strong = self.strong.saturating_sub(1);
                }
                self.table.iter_mut().for_each(Table::end_row);
            }
            TagEnd::Table => {
                let lines = self.table.take().map(|table| table.lines(&self.style));
                self.lines.extend(lines.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// A link is its words, and its address where that is not the same.
    fn end_link(&mut self) {
        if let Some(address) = self.link.take()
            && !self.words.ends_with(&address)
        {
            self.text(&format!(" ({address})"));
        }
    }

    /// An empty line between blocks, but not between the items of a list.
    fn block(&mut self) {
        if self.lists.is_empty() && !self.lines.is_empty() {
            self.lines.push(String::new());
        }
    }

    /// Columns before an item, or before what belongs to it.
    fn indent(&self, less: usize) -> String {
        "  ".repeat(self.lists.len().saturating_sub(less))
    }

    fn text(&mut self, text: &str) {
        if self.strong == 0 {
            self.words.push_str(text);
        } else {
            self.paint(Ink::Heading, text);
        }
    }

    /// Code is coloured. Where there are no colours, what could be read as words of the sentence keeps
    /// its marks; a cell of a table needs none.
    fn inline_code(&mut self, text: &str) {
        let marked;
        let is_word = !text.contains(' ') && text.contains(char::is_alphanumeric);
        let text = if self.style.colour || is_word || self.table.is_some() {
            text
        } else {
            marked = format!("`{text}`");
            &marked
        };
        if text.chars().count() > WHOLE {
            return self.paint(Ink::Value, text);
        }
        let tied = self.style.paint(Ink::Value, text).replace(' ', TIED);
        self.words.push_str(&tied);
    }

    /// Word by word: a line may be broken between any two of them.
    fn paint(&mut self, ink: Ink, text: &str) {
        for (n, word) in text.split(' ').enumerate() {
            if n > 0 {
                self.words.push(' ');
            }
            if !word.is_empty() {
                self.words.push_str(&self.style.paint(ink, word));
            }
        }
    }

    /// Writes the words that were collected.
    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return;
        }
        let rest = self.indent(0);
        let mark = self.mark.take().unwrap_or_else(|| rest.clone());
        let indent = mark.chars().count();
        let text = self.style.paragraph(&mark, indent, &words).replace(TIED, " ");
        self.lines.extend(text.lines().map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(markdown: &str, width: usize) -> Vec<String> {
        lines(&Style { width, ..Style::default() }, markdown)
    }

    #[test]
    fn paragraphs_have_a_line_between_them_and_items_have_none() {
        let text = "One\ntwo.\n\n- first\n- second `x y`\n  - inner\n\n3. third\n\nEnd.";
        let wanted =
            ["One two.", "", "- first", "- second `x y`", "  - inner", "", "3. third", "", "End."];
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
    fn a_link_is_words_and_an_address() {
        assert_eq!(drawn("See [the page](http://a.b).", 80), ["See the page (http://a.b)."]);
        assert_eq!(drawn("<http://a.b>", 80), ["http://a.b"]);
    }

    #[test]
    fn the_second_line_of_an_item_stands_below_the_first() {
        assert_eq!(drawn("- one two three four five", 22), ["- one two three four", "  five"]);
        assert_eq!(drawn("10. one two three four", 22), ["10. one two three four"]);
    }
}
