//! # A port as a picture, a row, an object
//!
//! | module | draws |
//! | --- | --- |
//! | `picture` | one port: the bar of all ports, its services, what this machine does with it |
//! | `rows` | many ports: a row for each line of the registry |
//! | `here` | what this machine does with one port, or with many |
//! | `why` | `--explain`: who assigns ports, and where each fact was read |
//! | `json` | objects |

mod here;
mod json;
mod picture;
mod rows;
mod why;

pub use here::machine;
pub use json::{count, nowhere, port, service};
pub use picture::{page, portless};
pub use rows::Rows;
pub use why::why;

use super::style::{Ink, Markup, Style};
use crate::event::{MachineSocket, PortRules, PortUse, Transport};
use crate::port::PortSet;
use crate::port::registry::{self, Protocol, Span};

/// Columns of the names of facts.
const LABEL: usize = 14;

/// What this machine does with the ports that were asked about.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// The rules for all ports.
    pub rules: &'a PortRules,
    /// Who has them; none when the system did not tell.
    pub usage: Option<&'a PortUse>,
}

/// The ports that were asked about, and whose sockets.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// With any protocol.
    pub all: PortSet,
    /// With TCP.
    pub tcp: PortSet,
    /// With UDP.
    pub udp: PortSet,
}

impl Sides {
    /// Adds what was asked about; without a protocol it is about both.
    pub fn add(&mut self, span: Span, protocol: Option<Protocol>) {
        self.all.add(span);
        if protocol.is_none_or(|protocol| protocol == Protocol::Tcp) {
            self.tcp.add(span);
        }
        if protocol.is_none_or(|protocol| protocol == Protocol::Udp) {
            self.udp.add(span);
        }
    }

    /// Whether a socket has one of them.
    #[must_use]
    pub fn has(&self, socket: &MachineSocket) -> bool {
        match socket.transport {
            Transport::Tcp => self.tcp.has(socket.source.port),
            Transport::Udp => self.udp.has(socket.source.port),
            Transport::Icmp | Transport::Raw(_) => false,
        }
    }
}

/// A name and what it says, in as many lines as that takes.
fn fact(style: &Style, label: &str, text: &str) -> String {
    match style.markup {
        Markup::Markdown => format!("- {label}: {text}"),
        Markup::Plain => style.paragraph(&format!("  {label:<LABEL$}"), LABEL + 2, text),
    }
}

/// How many services a search has found, and how many of them are shown.
#[must_use]
pub fn found(style: &Style, words: &[String], count: usize, shown: usize) -> Vec<String> {
    let words = crate::event::safe(words.join(" ").as_bytes()).into_owned();
    let text = match count {
        0 => format!("No service has \"{words}\" in its name or description."),
        1 => "1 service.".to_owned(),
        _ if count > shown => format!(
            "{count} services, {shown} of them shown: more words find less, --all shows the rest."
        ),
        _ => format!("{count} services."),
    };
    let text = style.paragraph(super::setup::indent(style), 2, &text);
    vec![if style.markup == Markup::Markdown || count == 0 { text } else { format!("\n{text}") }]
}

/// Where the names come from.
#[must_use]
pub fn source(style: &Style) -> String {
    let text = format!(
        "Names: IANA's registry, newest change {} ({}).",
        registry::newest_change(),
        registry::LICENCE
    );
    match style.markup {
        Markup::Markdown => format!("\n{text}"),
        Markup::Plain => style.paint(Ink::Dim, &format!("\n  {text}")),
    }
}

#[cfg(test)]
mod tests;
