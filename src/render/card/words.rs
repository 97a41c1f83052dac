//! What is said around cards: all of them by name, what a number means, and that there is no card.

use serde_json::{Value, json};

use super::letters;
use crate::card::{Card, GROUPS, Group, Nearest};
use crate::event::SafeText;
use crate::render::style::{Ink, Markup, Style};

/// Columns of a name before its title.
const COLUMN: usize = 24;

/// The groups of cards, a line each, so that they fit on a screen.
#[must_use]
pub fn groups(style: &Style) -> Vec<String> {
    let mut lines =
        vec!["Cards say what a word, an error or a call means.".to_owned(), String::new()];
    for group in GROUPS {
        let name = style.paint(Ink::Value, &format!("  {:<GROUP$}", group.name));
        let count = group.cards().count();
        lines.push(format!("{name}{:>3}  {}", count, group.title));
    }
    lines.push(String::new());
    for (command, what) in [
        ("netlab explain calls", "the cards of a group, with their titles"),
        ("netlab explain all", "every card there is"),
        ("netlab explain bind", "a card: a word, a call, the name or number of an error,"),
        ("", "or a whole line from your screen"),
    ] {
        let command = style.paint(Ink::Value, &format!("{command:<COLUMN$}"));
        lines.push(style.paragraph("", COLUMN + 2, &format!("{command}  {what}")));
    }
    lines
}

/// Columns of a group's name.
const GROUP: usize = 13;

/// Every card of these groups by name.
#[must_use]
pub fn list(groups: &[Group], style: &Style) -> Vec<String> {
    let markdown = style.markup == Markup::Markdown;
    let mut lines = Vec::new();
    if markdown {
        lines.push("# Cards".to_owned());
    }
    for group in groups {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        if markdown {
            lines.push(format!("## {}\n", group.title));
            lines.extend(group.cards().map(|card| format!("- {}: {}", card.slug, card.title)));
            continue;
        }
        lines.push(style.paint(Ink::Heading, group.title));
        lines.extend(group.cards().map(|card| named(card, style)));
    }
    lines
}

/// A card's name and its title, on one line where there is room.
fn named(card: Card, style: &Style) -> String {
    let name = style.paint(Ink::Value, &format!("{:<COLUMN$}", card.slug));
    style.paragraph("  ", COLUMN + 2, &format!("{name}{}", letters(style, card.title)))
}

/// The same, an object each.
#[must_use]
pub fn list_json(groups: &[Group]) -> Vec<Value> {
    let of_group = |group: &Group| {
        let title = group.title;
        let cards = group.cards().map(move |card| {
            let also: Vec<_> = card.also().collect();
            json!({
                "event": "title",
                "slug": card.slug,
                "title": card.title,
                "group": title,
                "also": also,
            })
        });
        cards.collect::<Vec<_>>()
    };
    groups.iter().flat_map(of_group).collect()
}

/// What an error's number means on each system. One number may be several errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberSense {
    /// The number.
    pub number: i64,
    /// The names of the errors that have it: on Linux, macOS and Windows.
    pub names: [Vec<&'static str>; 3],
    /// It could be the number of a port as well.
    pub port: bool,
}

const SYSTEMS: [&str; 3] = ["Linux", "macOS", "Windows"];

impl NumberSense {
    /// A sentence that says which error it is, and on which systems.
    #[must_use]
    pub fn page(&self, style: &Style) -> Vec<String> {
        let mut senses: Vec<(&[&str], Vec<&str>)> = Vec::new();
        for (names, system) in self.names.iter().zip(SYSTEMS) {
            match senses.iter_mut().find(|(known, _)| *known == names.as_slice()) {
                _ if names.is_empty() => {}
                Some((_, systems)) => systems.push(system),
                None => senses.push((names, vec![system])),
            }
        }
        let senses: Vec<String> = senses
            .into_iter()
            .map(|(names, systems)| format!("{} on {}", names.join(" or "), and(&systems)))
            .collect();
        let sentence = format!("{} is {}.", self.number, senses.join(", "));
        let mut lines = vec![style.paragraph("", 0, &sentence)];
        if self.port {
            lines.push(style.paint(Ink::Dim, &as_port(self.number)));
        }
        lines.push(String::new());
        lines
    }

    /// The same as an object.
    #[must_use]
    pub fn json(&self) -> Value {
        let [linux, macos, windows] = &self.names;
        json!({
            "event": "number",
            "number": self.number,
            "linux": linux,
            "macos": macos,
            "windows": windows,
        })
    }
}

fn as_port(number: impl std::fmt::Display) -> String {
    format!("As a port: netlab classify-port {number}")
}

/// `a`, `a and b`, `a, b and c`.
fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Words for which there is no card.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// The words, safe to show.
    pub words: SafeText,
    /// They are the number of a port.
    pub port: Option<u16>,
    /// Cards whose names are like it.
    pub nearest: Nearest,
}

/// Letters of what was asked for that are shown.
const SHOWN: usize = 60;

impl Unknown {
    /// The card that is as good as meant.
    #[must_use]
    pub fn meant(&self) -> Option<Card> {
        let is_sure = self.nearest.sure && self.port.is_none();
        self.nearest.cards.first().copied().filter(|_| is_sure)
    }

    /// Says so, and what there is instead.
    #[must_use]
    pub fn page(&self, style: &Style) -> Vec<String> {
        let mut words: String = self.words.as_str().chars().take(SHOWN).collect();
        if words.len() < self.words.as_str().len() {
            words.push_str("...");
        }
        if let Some(port) = self.port {
            return vec![as_port(port), format!("As an error, {words} is none that netlab knows.")];
        }
        let mut lines = Vec::new();
        lines.push(style.paragraph("", 0, &format!("There is no card about {words:?}.")));
        if self.nearest.cards.is_empty() {
            lines.push("All there are: netlab explain all".to_owned());
            return lines;
        }
        if self.meant().is_some() {
            lines.push("The nearest is this one:".to_owned());
            return lines;
        }
        lines.push("The nearest:".to_owned());
        lines.extend(self.nearest.cards.iter().map(|card| named(*card, style)));
        lines
    }

    /// The same as an object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "event": "unknown",
            "words": self.words.as_str(),
            "port": self.port,
            "nearest": self.nearest.cards.iter().map(|card| card.slug).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_system_by_system() {
        let style = Style::default();
        let sense = |names| NumberSense { number: 19, names, port: false }.page(&style)[0].clone();
        let (a, b) = (vec!["ENODEV"], vec!["EROFS"]);
        assert_eq!(
            sense([a.clone(), a.clone(), b]),
            "19 is ENODEV on Linux and macOS, EROFS on Windows."
        );
        assert_eq!(sense([a.clone(), a.clone(), a]), "19 is ENODEV on Linux, macOS and Windows.");
        let two = vec!["EACCES", "EPERM"];
        assert_eq!(sense([vec![], vec![], two]), "19 is EACCES or EPERM on Windows.");
    }
}
