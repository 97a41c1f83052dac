//! The rows of IANA's file, with what netlab keeps of them.

use netlab::port::registry::{Protocol, Span};

use crate::csv;

/// The titles of IANA's columns that are kept, in the order of the fields of [`Row`].
const COLUMNS: [&str; 6] = [
    "Port Number",
    "Transport Protocol",
    "Service Name",
    "Description",
    "Unauthorized Use Reported",
    "Assignment Notes",
];
/// Columns with the dates of changes.
const DATES: [&str; 2] = ["Registration Date", "Modification Date"];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub ports: Option<Span>,
    pub protocol: Option<Protocol>,
    pub name: String,
    pub description: String,
    pub unauthorized: String,
    pub note: String,
    /// When it was changed last, as in 2026-02-13.
    pub changed: String,
}

/// Reads IANA's file.
pub fn read(text: &str) -> Result<Vec<Row>, String> {
    let mut records = csv::records(text).into_iter();
    let header = records.next().unwrap_or_default();
    let column = |title: &&str| {
        let at = header.iter().position(|name| name == title);
        at.ok_or_else(|| format!("there is no column {title:?}: is this IANA's file?"))
    };
    let kept = COLUMNS.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let dates = DATES.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    records.map(|record| row(&record, &kept, &dates)).collect()
}

fn row(record: &[String], kept: &[usize], dates: &[usize]) -> Result<Row, String> {
    let field = |at: usize| one_line(record.get(at).map_or("", String::as_str));
    let fields: Vec<String> = kept.iter().map(|at| field(*at)).collect();
    let [ports, protocol, name, description, unauthorized, note] = &fields[..] else {
        return Err("a row without its columns".to_owned());
    };
    let fault = |what: &str| format!("{what} in the row {record:?}");
    Ok(Row {
        ports: span(ports).ok_or_else(|| fault("no port, no range of ports"))?,
        protocol: match Protocol::read(protocol) {
            None if !protocol.is_empty() => return Err(fault("an unknown protocol")),
            known => known,
        },
        name: name.clone(),
        description: description.clone(),
        unauthorized: unauthorized.clone(),
        note: if ports.is_empty() { String::new() } else { about_the_port(note) },
        changed: dates.iter().map(|at| field(*at)).max().unwrap_or_default(),
    })
}

/// None: neither empty nor ports.
#[expect(clippy::option_option, reason = "no port is a good answer, a bad one is not")]
fn span(text: &str) -> Option<Option<Span>> {
    if text.is_empty() {
        return Some(None);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(Some(Span { first, last }))
}

/// Some fields have several lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a note says about the port. Who may be asked about it, and what services say of themselves in
/// DNS-SD, is left out.
fn about_the_port(note: &str) -> String {
    let mut note = note;
    for other in ["Defined TXT", "u=<", "(previous contact", "possible contact"] {
        note = note.split(other).next().unwrap_or_default();
    }
    // Only what follows is about the port.
    if let Some((_, rest)) = note.split_once("New contact added for port") {
        note = rest
            .split_once("This entry")
            .map_or("", |_| &rest[rest.find("This entry").unwrap_or(0)..]);
    }
    let mut kept = note.to_owned();
    for (open, close) in [('[', ']'), ('<', '>')] {
        kept = without_references(&kept, open, close);
    }
    one_line(&kept).trim_end_matches(" by").to_owned()
}

/// Drops what is in brackets, unless it is an RFC or a host of the web.
fn without_references(text: &str, open: char, close: char) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((inside, behind)) = after.split_once(close) else { break };
        kept.push_str(before);
        if inside.starts_with("RFC") || inside.starts_with("www.") {
            kept.push(open);
            kept.push_str(inside);
            kept.push(close);
        }
        rest = behind;
    }
    kept + rest
}
