//! Who is connected with whom: as lines, and as Mermaid, which many Markdown readers draw.

use std::fmt::Write as _;

use super::super::setup::{heading, indent};
use super::super::style::{Ink, Markup, Style};
use super::name;
use crate::subnet::topology::{Edge, Kind, Topology};

/// Lines of a box that are drawn.
const SHOWN: usize = 8;

/// The lines of a box: all, or the first and how many more.
pub(super) fn lines(all: &[String]) -> Vec<String> {
    if all.len() <= SHOWN {
        return all.iter().map(|line| name(line)).collect();
    }
    let first = all.iter().take(SHOWN - 1).map(|line| name(line));
    first.chain([format!("and {} more", all.len() - SHOWN + 1)]).collect()
}

/// Sites and links as text; in Markdown a diagram.
#[must_use]
pub fn page(style: &Style, topology: &Topology, drawn: Option<&str>, explain: bool) -> Vec<String> {
    let mut out = Vec::new();
    if style.markup == Markup::Markdown {
        out.push("## Topology\n\n```mermaid".to_owned());
        out.extend(mermaid(topology));
        out.push("```".to_owned());
    } else {
        out.push(heading(style, "Networks and devices"));
        for node in &topology.nodes {
            let mut words = vec![node.kind.name().to_owned()];
            words.extend(lines(&node.lines));
            let title = style.paint(Ink::Name, &name(&node.title));
            out.push(style.paragraph("  ", 4, &format!("{title}  {}", words.join(", "))));
        }
        out.push(heading(style, "Links"));
        let title = |at: usize| name(&topology.nodes[at].title);
        for edge in &topology.edges {
            let line = format!("{} -- {}  {}", title(edge.from), title(edge.to), name(&edge.label));
            out.push(style.paragraph("  ", 4, line.trim_end()));
            let ends = joined(edge, " -- ");
            if !ends.is_empty() {
                out.push(style.paint(Ink::Dim, &style.paragraph("    ", 6, &ends)));
            }
        }
        if topology.edges.is_empty() {
            let text = "none: a table with the columns device, interface, address and connected to, \
                rows called A-B, or a table with the columns from and to would say them";
            out.push(style.paragraph("  ", 2, text));
        }
    }
    for (site, other) in topology.unreachable() {
        let text = format!("{} is not connected with {}.", name(&site), name(&other));
        out.push(style.paragraph(
            indent(style),
            indent(style).len(),
            &style.paint(Ink::Bad, &text),
        ));
    }
    if let Some(file) = drawn {
        let text = format!("Drawn into {}: a browser shows it.", name(file));
        out.push(format!("\n{}", style.paragraph(indent(style), indent(style).len(), &text)));
    } else if style.markup == Markup::Plain {
        let text = "A drawing: --svg FILE; for a Markdown page: --mermaid.";
        out.push(style.paint(Ink::Dim, &format!("\n{}", style.paragraph("  ", 2, text))));
    }
    if explain {
        let text = "A link is a network of its own with two hosts: the routers at its ends. A network \
            with hosts hangs on the router that serves it, or on a switch. Two sites reach each other when there is a way \
            along the links; every router on it needs a route to both networks.";
        out.push(heading(style, "Why"));
        out.push(style.paragraph(indent(style), indent(style).len(), text));
    }
    out
}

/// The text of a Mermaid diagram.
#[must_use]
pub fn mermaid(topology: &Topology) -> Vec<String> {
    let mut out = vec!["graph LR".to_owned()];
    for (at, node) in topology.nodes.iter().enumerate() {
        let text: Vec<String> = std::iter::once(name(&node.title))
            .chain(lines(&node.lines))
            .map(|line| entities(&line))
            .collect();
        let (open, close) = match node.kind {
            Kind::Lan => ("(", ")"),
            Kind::Router => ("((", "))"),
            Kind::Switch => ("[[", "]]"),
            Kind::Host => ("[", "]"),
        };
        out.push(format!("    n{at}{open}\"{}\"{close}", text.join("<br/>")));
    }
    for edge in &topology.edges {
        let parts = [joined(edge, " - "), name(&edge.label)].map(|part| entities(&part));
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let label = parts.join("<br/>");
        let line = if label.is_empty() { "---".to_owned() } else { format!("---|\"{label}\"|") };
        out.push(format!("    n{} {line} n{}", edge.from, edge.to));
    }
    out
}

/// What is at both ends of a link.
fn joined(edge: &Edge, sign: &str) -> String {
    let ends = edge.ends.iter().map(|end| name(end)).filter(|end| !end.is_empty());
    ends.collect::<Vec<_>>().join(sign)
}

/// Signs that mean something to Mermaid, by number.
fn entities(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, '"' | '#' | '<' | '>' | '&' | '`' | ';' | '|' | '\\' | '\t') {
            // Writing to a String cannot fail.
            let _ = write!(out, "#{};", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    out
}
