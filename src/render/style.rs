//! How things look: colours, characters, width.

use colored::{Color, Colorize};

/// What kind of page is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markup {
    /// A terminal or a text file.
    #[default]
    Plain,
    /// Markdown, for worksheets and reports.
    Markdown,
}

/// How things look. Decided once, from options and environment, and handed to every renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub colour: bool,
    /// Whether only ASCII characters may be used.
    pub ascii: bool,
    /// Columns of the page.
    pub width: usize,
    /// What kind of page it is.
    pub markup: Markup,
}

/// Columns of a page whose width nobody knows: a pipe, a file.
pub const DEFAULT_WIDTH: usize = 80;

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, ascii: false, width: DEFAULT_WIDTH, markup: Markup::Plain }
    }
}

/// What a piece of text is, not which colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The title of a section.
    Heading,
    /// Somebody's name.
    Name,
    /// A remark beside the matter.
    Dim,
    /// An address, a port, a call: something to copy.
    Value,
    /// Something works.
    Good,
    /// Something needs a look.
    Warn,
    /// Something failed.
    Bad,
}

impl Style {
    /// Text in its colour, if there are colours.
    #[must_use]
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let colour = match ink {
            Ink::Heading => return text.bold().to_string(),
            Ink::Dim => return text.dimmed().to_string(),
            Ink::Name => Color::Cyan,
            Ink::Value => Color::Blue,
            Ink::Good => Color::Green,
            Ink::Warn => Color::Yellow,
            Ink::Bad => Color::Red,
        };
        text.color(colour).to_string()
    }

    /// A paragraph of plain words within the page, every line but the first indented by `indent`
    /// columns and the first by `first`.
    #[must_use]
    pub fn paragraph(&self, first: &str, indent: usize, text: &str) -> String {
        let rest = " ".repeat(indent);
        let options = textwrap::Options::new(self.width.max(indent + 20))
            .initial_indent(first)
            .subsequent_indent(&rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(&self.plain(text), options)
    }

    /// Text in the characters of the page: with `--ascii`, netlab's own signs become ASCII ones.
    #[must_use]
    pub fn plain(&self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        text.replace('µ', "u")
            .replace('·', "-")
            .replace('→', "->")
            .replace('←', "<-")
            .replace('…', "...")
    }

    /// Lets the colours that this style asks for through, whatever the standard output is. Called
    /// once, by the program, never by tests: it is one switch for the whole process.
    pub fn apply_to_process(&self) {
        colored::control::set_override(self.colour);
    }
}
