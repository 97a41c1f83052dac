//! # This machine's sockets
//!
//! There may be tens of thousands of them, so rows are written one by one into a string that is used
//! again, and nobody asks a terminal for its width meanwhile.
//!
//! | module | draws |
//! | --- | --- |
//! | `cells` | what stands in a row: a protocol, one side of a socket, its range |
//! | [`table`] | rows in columns: on one line each, or on as many as the page needs |
//! | [`markdown`], [`csv`], [`json`] | rows for a worksheet, a spreadsheet, a program |
//! | [`count`] | how many there are |
//! | [`explain`] | what states and columns mean, and who has to act |
//! | [`change`] | what became of a socket, in a line |
//! | [`live`] | the table on a screen, drawn again and again |

mod cells;
pub mod change;
pub mod count;
pub mod csv;
pub mod explain;
mod ink;
pub mod json;
pub mod live;
pub mod markdown;
pub mod table;
#[cfg(test)]
mod tests;
mod widths;

use std::collections::HashMap;
use std::net::IpAddr;

use super::output::Output;
use super::style::{Ink, Style};
use crate::event::SafeText;

/// What is known beside the sockets themselves.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The names of interfaces, by their index.
    pub interfaces: Vec<(u32, SafeText)>,
    /// The names of addresses, where they were asked for.
    pub names: HashMap<IpAddr, SafeText>,
    /// Whether they were asked for.
    pub resolved: bool,
}

impl Known {
    /// The name of the interface that a socket is bound to; none when it is bound to none.
    fn interface(&self, index: u32) -> Option<&str> {
        let found = self.interfaces.iter().find(|(known, _)| *known == index && index != 0);
        found.map(|(_, name)| name.as_str())
    }
}

/// The names of addresses, below a table.
pub fn names(out: &mut Output, style: &Style, known: &Known) {
    let mut names: Vec<_> = known.names.iter().collect();
    names.sort_unstable();
    let title = match names.len() {
        0 => "None of these addresses has a name, or nobody told it in time.",
        _ => "Names, as this machine's name servers tell them:",
    };
    out.line("");
    out.line(&style.paint(Ink::Heading, title));
    if style.markup == super::Markup::Markdown && !names.is_empty() {
        out.line("");
    }
    let width = names.iter().map(|(ip, _)| ip.to_string().len()).max().unwrap_or_default();
    for (ip, name) in names {
        let ip = ip.to_string();
        match style.markup {
            super::Markup::Markdown => {
                out.line(&format!("- {ip}: {}", super::table::cell_text(name)));
            }
            super::Markup::Plain => out.line(&format!("  {ip:<width$}  {name}")),
        }
    }
}
