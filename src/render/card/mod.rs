//! Cards: Markdown for a terminal, and what is said when there is no card, or more than one.

mod markdown;
mod table;
mod words;

pub use words::{NumberSense, Unknown, groups, list, list_json};

use serde_json::{Value, json};

use super::style::{Ink, Markup, Style};
use crate::card::Card;

/// Columns of a card at most: longer lines are hard to read.
const WIDEST: usize = 80;

/// A card with its placeholders filled.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The card.
    pub card: Card,
    /// What it says here and now.
    pub markdown: String,
}

impl Shown {
    /// The lines of a card: title, text, what to read next, and if wanted where its facts come from.
    #[must_use]
    pub fn page(&self, style: &Style, sources: bool) -> Vec<String> {
        if style.markup == Markup::Markdown {
            return self.as_markdown(sources);
        }
        let style = Style { width: style.width.min(WIDEST), ..*style };
        let title = letters(&style, self.card.title);
        let title = style.paragraph("-- ", 3, &format!("{title} --"));
        let mut lines: Vec<String> =
            title.lines().map(|line| style.paint(Ink::Heading, line)).collect();
        lines.push(String::new());
        lines.extend(markdown::lines(&style, &letters(&style, &self.markdown)));
        let see: Vec<&str> = self.card.see().collect();
        let mut last = Vec::new();
        if !see.is_empty() {
            last.push(style.paragraph("See also: ", 10, &see.join(", ")));
        }
        if sources && !self.card.source.is_empty() {
            last.push(style.paragraph("Sources:  ", 10, self.card.source));
        }
        if !last.is_empty() {
            lines.push(String::new());
            let dim = last.iter().flat_map(|text| text.lines());
            lines.extend(dim.map(|line| style.paint(Ink::Dim, line)));
        }
        lines
    }

    /// The card as it is written, below its title.
    fn as_markdown(&self, sources: bool) -> Vec<String> {
        let mut lines = vec![format!("# {}", self.card.title), String::new()];
        lines.extend(self.markdown.lines().map(str::to_owned));
        if sources {
            let see: Vec<&str> = self.card.see().collect();
            lines.push(String::new());
            lines.push(format!("See also: {}", see.join(", ")));
            lines.push(String::new());
            lines.push(format!("Sources: {}", self.card.source));
        }
        lines
    }

    /// The card as an object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "event": "card",
            "slug": self.card.slug,
            "title": self.card.title,
            "markdown": self.markdown,
            "see": self.card.see().collect::<Vec<_>>(),
            "source": self.card.source,
        })
    }
}

/// Letters that a card is about, as Python would write them on a page of ASCII.
fn letters(style: &Style, text: &str) -> String {
    if style.ascii { text.replace('é', "\\u00e9") } else { text.to_owned() }
}
