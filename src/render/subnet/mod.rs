//! Networks, plans and their pictures: `netlab subnet`.
//!
//! | module | draws |
//! | --- | --- |
//! | [`one`] | one network, two hosts |
//! | [`bits`] | addresses bit by bit, the prefix marked |
//! | [`steps`] | the arithmetic, step by step |
//! | [`plan`] | a plan: tables that [`check`] can be given again |
//! | [`check`] | what is right and what is wrong |
//! | [`topology`] | who is connected with whom: lines, Mermaid |
//! | [`svg`] | the same as a drawing |
//! | [`json`] | all of it for programs |

pub mod bits;
pub mod check;
pub mod json;
pub mod one;
pub mod plan;
pub mod steps;
pub mod svg;
mod svg_layout;
pub mod topology;

use super::style::{Markup, Style};
use crate::event::safe;

/// A name of somebody else's, safe to show.
fn name(text: &str) -> String {
    safe(text.as_bytes()).into_owned()
}

/// The same in a cell of a table: in Markdown a bar would end the cell.
fn cell(style: &Style, text: &str) -> String {
    let text = name(text);
    if style.markup != Markup::Markdown {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // An underscore inside a word is no mark.
            '|' | '[' | ']' | '*' | '`' => {
                out.push('\\');
                out.push(letter);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            letter => out.push(letter),
        }
    }
    out
}

/// So many, with the noun.
fn several(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
