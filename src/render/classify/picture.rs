//! One port on one page.

use super::here;
use super::{Here, fact, source};
use crate::port::registry::{Entry, Standing};
use crate::port::{Classified, Range};
use crate::render::setup::{banner, heading, indent};
use crate::render::style::{Ink, Markup, Style};
use crate::render::{ports, table};

/// What port 0 is, instead of a service.
const PORT_ZERO: &str = "Port 0 is nobody's address. A program that binds port 0 asks the system to \
    choose a free port for it, and getsockname tells which. As a destination \
    it reaches nobody: no socket can have it.";

/// The page.
#[must_use]
pub fn page(
    style: &Style,
    asked: &str,
    port: &Classified,
    portless: &[Entry],
    here: &Here,
) -> Vec<String> {
    let mut lines = vec![banner(style, &title(asked, port))];
    lines.extend(bar(style, port, here));
    let (first, last) = port.range.bounds();
    let range = format!("{}, {first} to {last}; IANA: {}", port.range, port.range.rfc_name());
    lines.push(fact(style, "Range", &range));
    if port.port == 0 {
        lines.push(fact(style, "Port 0", PORT_ZERO));
    }
    if port.standing != Standing::Assigned {
        lines.push(fact(style, "IANA", &standing(port)));
    }
    lines.extend(services(style, port));
    lines.extend(portless.iter().map(|entry| {
        let text = format!("{}, without a port: {}", entry.name, entry.description);
        fact(style, "IANA has also", &text)
    }));
    lines.push(heading(style, "This machine"));
    lines.extend(here::one(style, port, here));
    lines.push(source(style));
    lines
}

/// `Port 443 (https)`.
fn title(asked: &str, port: &Classified) -> String {
    let number = port.port.to_string();
    let protocol = port.protocol.map_or_else(String::new, |protocol| format!("/{protocol}"));
    let is_asked = |name: &&str| {
        !name.is_empty()
            && asked.get(..name.len()).is_some_and(|part| part.eq_ignore_ascii_case(name))
    };
    // The name that was asked for, in the letters of whoever registered it.
    let own = port.uses.iter().filter(|found| !found.is_everyday).map(|found| found.name);
    let name = port.entries.iter().map(|entry| entry.name).chain(own).find(is_asked);
    // Whoever asks for an everyday name learns the registered one.
    let everyday = port.uses.iter().map(|found| found.name).any(|name| is_asked(&name));
    match name.or_else(|| port.name().filter(|_| everyday)) {
        Some(name) => format!("Port {number}{protocol} ({name})"),
        None => format!("Port {number}{protocol}"),
    }
}

/// The bar of all ports with this one marked, and the stretch that this machine hands out.
fn bar(style: &Style, port: &Classified, here: &Here) -> Vec<String> {
    let own = port.uses.iter().find(|found| !found.is_everyday);
    let meaning = match (port.name(), own, port.standing) {
        (Some(name), ..) => name.to_owned(),
        (None, Some(found), _) => format!("{} (not IANA's)", found.name),
        (None, None, Standing::Dynamic) => "assigned to nobody".to_owned(),
        (None, None, standing) => standing.name().to_owned(),
    };
    let handed_out = here.rules.source_ports.map(|span| (span, "source ports here"));
    let mut bar = ports::bar(style, &[(port.port, meaning)], handed_out);
    if style.markup == Markup::Markdown {
        bar.insert(0, "\n```text".to_owned());
        bar.push("```".to_owned());
    } else {
        bar.insert(0, String::new());
    }
    bar
}

/// What IANA makes of a port without a service.
fn standing(port: &Classified) -> String {
    let covers =
        port.entries.iter().filter_map(|entry| entry.ports).min_by_key(|p| p.last - p.first);
    let covers = covers.filter(|ports| ports.first != ports.last);
    let among = covers.map_or_else(String::new, |ports| format!(" (so are all of {ports})"));
    let says = port.entries.first().map_or("", |entry| entry.description);
    match port.standing {
        Standing::Reserved => format!("reserved: kept back, assigned to nobody{among}"),
        Standing::Unassigned => format!("unassigned: nobody has asked for it{among}"),
        Standing::Private => format!("no service: \"{says}\", for each network to decide"),
        Standing::Discontinued => format!("no service any more: \"{says}\""),
        Standing::Dynamic => {
            let (first, last) = Range::Dynamic.bounds();
            format!("assigns no port from {first} to {last}: programs take one for a while")
        }
        Standing::Unlisted | Standing::Assigned => unlisted(port),
    }
}

/// What there is for other protocols.
fn unlisted(port: &Classified) -> String {
    let protocol = port.protocol.map_or("any protocol", |protocol| protocol.name());
    let others: Vec<String> = port
        .other_protocols
        .iter()
        .map(|entry| {
            let what = if entry.name.is_empty() { entry.description } else { entry.name };
            format!("{what} ({})", entry.protocols.join(", "))
        })
        .collect();
    let others = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
    format!("has nothing about {} with {protocol}; with others: {others}", port.port)
}

/// The services as a table, and what is said about them.
fn services(style: &Style, port: &Classified) -> Vec<String> {
    let mut lines = Vec::new();
    if port.standing == Standing::Assigned {
        lines.push(heading(style, "Registered with IANA"));
        lines.extend(assigned(style, &port.entries));
    }
    if style.markup == Markup::Markdown && port.standing == Standing::Assigned {
        lines.push(String::new());
    }
    lines.extend(remarks(port).iter().map(|(label, text)| fact(style, label, text)));
    for found in &port.uses {
        let (protocols, name, is) = (found.protocols.join(", "), found.name, found.description);
        lines.push(if found.is_everyday {
            let text = format!("{name} ({protocols}), not IANA's name: {is}");
            fact(style, "Also called", &text)
        } else {
            let text = format!("{} {protocols}: {is} ({name})", found.ports);
            fact(style, "Not IANA's", &text)
        });
    }
    lines
}

/// What else IANA says, and of what: of which of several services, of which ports if not of this one
/// alone.
fn remarks(port: &Classified) -> Vec<(&'static str, String)> {
    let mut said: Vec<(&str, &str, Vec<&Entry>)> = Vec::new();
    for entry in &port.entries {
        for (label, text) in [("Also used", entry.unauthorized), ("IANA notes", entry.note)] {
            match said.iter_mut().find(|(_, known, _)| *known == text) {
                _ if text.is_empty() => {}
                Some((.., entries)) => entries.push(entry),
                None => said.push((label, text, vec![entry])),
            }
        }
    }
    let told = said.into_iter().map(|(label, text, entries)| {
        let mut of: Vec<String> = Vec::new();
        if entries.len() < port.entries.len() {
            of.extend(entries.iter().map(|entry| entry.name.to_owned()));
        }
        let spans = entries.iter().filter_map(|entry| entry.ports);
        of.extend(spans.filter(|span| span.first != span.last).map(|span| span.to_string()));
        of.retain(|name| !name.is_empty());
        of.dedup();
        let of = if of.is_empty() { String::new() } else { format!("of {}: ", of.join(", ")) };
        (label, format!("{of}{text}"))
    });
    told.collect()
}

/// The services, a line each. Drawn here and not as a framed table: to measure, wrap and frame three
/// cells would take a tenth of the whole answer's time.
fn assigned(style: &Style, entries: &[Entry]) -> Vec<String> {
    let dash = |text: &'static str| if text.is_empty() { "-" } else { text };
    let cells = |entry: &Entry| {
        let ports = entry.ports.map_or_else(String::new, |ports| ports.to_string());
        [dash(entry.name).to_owned(), entry.protocols.join(", "), ports]
    };
    let titles = ["Service", "Protocols", "Ports"].map(str::to_owned);
    let rows: Vec<[String; 3]> = std::iter::once(titles).chain(entries.iter().map(cells)).collect();
    let descriptions =
        std::iter::once("Description").chain(entries.iter().map(|entry| dash(entry.description)));
    if style.markup == Markup::Markdown {
        return markdown(style, &rows, descriptions);
    }
    let widths = [0, 1, 2].map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0) + 2);
    let line = |(row, description): (&[String; 3], &str)| {
        let [name, protocols, ports] = row;
        let [one, two, three] = widths;
        let first = format!("  {name:<one$}{protocols:<two$}{ports:<three$}");
        style.paragraph(&first, first.len(), description)
    };
    let mut lines: Vec<String> = rows.iter().zip(descriptions).map(line).collect();
    lines[0] = style.paint(Ink::Dim, &lines[0]);
    lines
}

fn markdown<'a>(
    style: &Style,
    rows: &[[String; 3]],
    descriptions: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let mut table = table::empty(style);
    for (at, (row, description)) in rows.iter().zip(descriptions).enumerate() {
        let cells = row.iter().map(String::as_str).chain([description]);
        if at == 0 {
            table.set_header(cells);
        } else {
            table.add_row(cells);
        }
    }
    vec![table.to_string()]
}

/// A service that has no port.
#[must_use]
pub fn portless(style: &Style, entries: &[Entry]) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in entries.iter().filter(|entry| entry.ports.is_none()) {
        let protocols = entry.protocols.join(", ");
        let protocols = if protocols.is_empty() { protocols } else { format!(" ({protocols})") };
        let text = format!(
            "{}{protocols}: registered without a port. {}{}Programs find such a service by asking \
             (DNS-SD), or it is no more.",
            entry.name,
            entry.description,
            if entry.description.is_empty() { "" } else { ". " }
        );
        lines.push(style.paragraph(indent(style), 2, &text));
    }
    if !lines.is_empty() {
        lines.push(source(style));
    }
    lines
}
