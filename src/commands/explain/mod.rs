//! `netlab explain`: words to cards.

mod find;
mod live;

use std::io::{self, Read};

use serde_json::Value;

use self::find::Answer;
use self::live::Live;
use super::report::{self, Report};
use crate::card::{self, Card, GROUPS, Group};
use crate::cli::{Explain, Look};
use crate::error::{Exit, Failure};
use crate::render::card::{NumberSense, Shown, Unknown, groups, list, list_json};
use crate::render::style::{Markup, Style};

/// Shows the cards that were asked for, or says that there are none.
///
/// # Errors
///
/// [`Failure::File`] when the record cannot be written.
pub(super) fn run(args: &Explain, look: &Look, style: Style) -> Result<Exit, Failure> {
    let piped = (args.words == ["-"]).then(|| vec![standard_input()]);
    let answer = find::find(piped.as_ref().unwrap_or(&args.words));
    let page = Page::new(answer, look.explain);
    report::show(&page, look, &style)?;
    Ok(if matches!(page, Page::Unknown { .. }) { Exit::No } else { Exit::Done })
}

/// Bytes of the standard input that are read: a message, and a page of what stands above it.
const INPUT: u64 = 64 * 1024;

/// What another program wrote. What cannot be read is nothing.
fn standard_input() -> String {
    let mut bytes = Vec::new();
    let end = io::stdin().take(INPUT).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes[..end.map_or(0, |_| bytes.len())]).into_owned()
}

/// What is shown.
enum Page {
    Groups,
    List(&'static [Group]),
    Cards { number: Option<NumberSense>, cards: Vec<Shown>, sources: bool },
    Unknown { unknown: Unknown, nearest: Option<Shown> },
}

impl Page {
    fn new(answer: Answer, sources: bool) -> Self {
        let live = Live::default();
        let shown = |card: Card| {
            let markdown = card::fill(card.body, |name| live.value(name));
            Shown { card, markdown }
        };
        match answer {
            Answer::Groups => Self::Groups,
            Answer::List(groups) => Self::List(groups),
            Answer::Unknown(unknown) => {
                let nearest = unknown.meant().map(shown);
                Self::Unknown { unknown, nearest }
            }
            Answer::Cards { number, cards } => {
                Self::Cards { number, cards: cards.into_iter().map(shown).collect(), sources }
            }
        }
    }
}

impl Report for Page {
    fn page(&self, style: &Style) -> Vec<String> {
        match self {
            Self::Groups if style.markup == Markup::Plain => groups(style),
            Self::Groups => list(GROUPS, style),
            Self::List(groups) => list(groups, style),
            Self::Unknown { unknown, nearest } => {
                let mut lines = unknown.page(style);
                if let Some(shown) = nearest {
                    lines.push(String::new());
                    lines.extend(shown.page(style, false));
                }
                lines
            }
            Self::Cards { number, cards, sources } => {
                // A worksheet wants the card and nothing around it.
                let number = number.iter().filter(|_| style.markup == Markup::Plain);
                let mut lines: Vec<String> = number.flat_map(|number| number.page(style)).collect();
                for (n, shown) in cards.iter().enumerate() {
                    if n > 0 {
                        lines.push(String::new());
                    }
                    lines.extend(shown.page(style, *sources));
                }
                lines
            }
        }
    }

    fn lines(&self) -> Vec<Value> {
        match self {
            Self::Groups => list_json(GROUPS),
            Self::List(groups) => list_json(groups),
            Self::Unknown { unknown, nearest } => {
                let first = std::iter::once(unknown.json());
                first.chain(nearest.iter().map(Shown::json)).collect()
            }
            Self::Cards { number, cards, .. } => {
                let number = number.iter().map(NumberSense::json);
                number.chain(cards.iter().map(Shown::json)).collect()
            }
        }
    }
}
