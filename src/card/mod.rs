//! # Cards: what a word means, in at most 20 lines
//!
//! A card is one Markdown file in `src/card/text`, named after the card. It begins with what a
//! library's card has at its top: the title, the other words it is found by, where to read on, and
//! where the facts come from.
//!
//! ```text
//! ---
//! title: TIME-WAIT
//! also: time_wait, 2msl
//! see: eaddrinuse, call-close
//! source: RFC 9293 section 3.6.1
//! ---
//! The side that closed first waits here. This machine has {time-wait-count|some} such sockets.
//! ```
//!
//! What stands in braces is looked up on the machine that the card is read on; behind the bar is
//! what is said where it cannot be. This room is data and knows no machine: whoever shows a card
//! gives it the values ([`fill`]).
//!
//! The files are part of the program. No card is read before it is wanted, and finding one reads the
//! tops only.

mod find;
mod list;
mod placeholder;
mod spelling;

pub use find::{Nearest, called, exact, group, mentioned, nearest};
pub use list::{GROUPS, Group};
pub use placeholder::{Placeholder, Wanted, fill, placeholders};

/// What every card's top begins and ends with.
const FENCE: &str = "---";

/// A card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name: that of its file, in lower case with hyphens.
    pub slug: &'static str,
    /// Its title.
    pub title: &'static str,
    also: &'static str,
    see: &'static str,
    /// Where its facts come from.
    pub source: &'static str,
    /// What it says, in Markdown, with placeholders.
    pub body: &'static str,
}

impl Card {
    /// Reads a card. What is missing at its top is empty.
    fn new(slug: &'static str, text: &'static str) -> Self {
        let mut card = Self { slug, title: slug, also: "", see: "", source: "", body: text };
        let mut lines = text.split_inclusive('\n');
        let mut length = match lines.next() {
            Some(line) if line.trim_end() == FENCE => line.len(),
            _ => return card,
        };
        for line in lines {
            length += line.len();
            if line.trim_end() == FENCE {
                break;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            match key.trim() {
                "title" => card.title = value.trim(),
                "also" => card.also = value.trim(),
                "see" => card.see = value.trim(),
                "source" => card.source = value.trim(),
                _ => {}
            }
        }
        card.body = text.get(length..).unwrap_or_default().trim();
        card
    }

    /// Other words it is found by.
    pub fn also(&self) -> impl Iterator<Item = &'static str> + use<> {
        words(self.also)
    }

    /// The slugs of the cards to read next.
    pub fn see(&self) -> impl Iterator<Item = &'static str> + use<> {
        words(self.see)
    }

    /// Whether it is about a call.
    fn is_call(&self) -> bool {
        self.slug.starts_with("call-")
    }

    /// Everything it is found by: slug, title, other words.
    fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.slug, self.title].into_iter().chain(self.also())
    }
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// Every card, group by group.
pub fn all() -> impl Iterator<Item = Card> {
    GROUPS.iter().flat_map(Group::cards)
}

/// The card of that slug.
#[must_use]
pub fn get(slug: &str) -> Option<Card> {
    let mut texts = GROUPS.iter().flat_map(|group| group.texts);
    texts.find(|(name, _)| *name == slug).map(|(name, text)| Card::new(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_its_top_and_its_body() {
        let text =
            "---\r\ntitle: A title: with a colon\nalso: one, two words ,\n---\nBody.\n\nMore.\n";
        let card = Card::new("name", text);
        assert_eq!(card.title, "A title: with a colon");
        assert_eq!(card.also().collect::<Vec<_>>(), ["one", "two words"]);
        assert_eq!((card.see().count(), card.source), (0, ""));
        assert_eq!(card.body, "Body.\n\nMore.");
    }

    #[test]
    fn a_text_without_a_top_is_all_body() {
        for text in ["", "Only this.", "--- \ntitle: no end"] {
            let card = Card::new("name", text);
            assert!(card.title == "name" || card.body.is_empty(), "{card:?}");
        }
    }
}
