//! Tables of a demo: its own, endpoints with their ports, packets field by field.

use crate::event::{Direction, Dissection, Endpoint, Role};
use crate::port::Range;
use crate::render::icmp::dissect;
use crate::render::style::{Ink, Markup, Style};
use crate::render::timeline::clean;
use crate::render::{ports, setup, table};

/// A demo's own table.
pub(super) fn table(
    style: &Style,
    title: &str,
    head: &[String],
    rows: &[Vec<String>],
) -> Vec<String> {
    let mut drawn = table::empty(style);
    let plain = |cells: &[String]| cells.iter().map(|cell| clean(style, cell)).collect::<Vec<_>>();
    drawn.set_header(plain(head));
    for row in rows {
        drawn.add_row(plain(row));
    }
    framed(style, title, drawn.to_string())
}

/// A table under its title.
fn framed(style: &Style, title: &str, drawn: String) -> Vec<String> {
    match style.markup {
        Markup::Markdown => {
            vec![format!("\n{}:\n", clean(style, title)), drawn, String::new()]
        }
        Markup::Plain => vec![setup::heading(style, &clean(style, title)), drawn],
    }
}

/// The endpoint table, and the ports in it as a bar.
pub(super) fn endpoints(
    style: &Style,
    rows: &[Endpoint],
    source_ports: Option<(u16, u16)>,
) -> Vec<String> {
    let title = if rows.len() == 1 { "The endpoint" } else { "The endpoints" };
    let mut lines = framed(style, title, table::endpoints(style, rows));
    let marks = marks(rows);
    if marks.is_empty() {
        return lines;
    }
    let bar = ports::bar(style, &marks, None);
    match style.markup {
        Markup::Markdown => {
            lines.push("Their ports, classified:\n".to_owned());
            lines.push(format!("```text\n{}\n```\n", bar.join("\n")));
        }
        Markup::Plain => {
            lines.push(setup::heading(style, "Their ports, classified"));
            lines.extend(bar);
        }
    }
    if let Some(range) = source_ports {
        let text = kernel(rows, range);
        let indent = setup::indent(style);
        lines.push(style.paint(Ink::Dim, &style.paragraph(indent, indent.len(), &text)));
    }
    lines
}

/// The ports of a client's and a server's endpoints, with what they are.
fn marks(rows: &[Endpoint]) -> Vec<(u16, String)> {
    let mut marks: Vec<(u16, String)> = Vec::new();
    for row in rows.iter().filter(|row| row.echo.is_none() && row.source.port() != 0) {
        let meaning = if is_client(row) { "the client's" } else { "the server's" };
        let port = row.source.port();
        if !marks.iter().any(|(marked, _)| *marked == port) {
            marks.push((port, meaning.to_owned()));
        }
    }
    marks
}

const fn is_client(row: &Endpoint) -> bool {
    matches!(row.role, Role::Connected | Role::Unconnected | Role::Sent)
}

/// What the kernel's own range has to do with IANA's.
fn kernel(rows: &[Endpoint], (first, last): (u16, u16)) -> String {
    let mut clients = rows.iter().filter(|row| is_client(row));
    if clients.any(|row| row.source_range() == Range::Registered) {
        format!(
            "The ranges are IANA's. This kernel hands out {first}-{last}, so its choices are often \
             \"registered\" by number."
        )
    } else {
        format!("The ranges are IANA's. This kernel hands out {first}-{last} as it likes.")
    }
}

/// A packet, field by field.
///
/// Not `whole`: what the program itself has built is shown field by field, everything else as a picture
/// with its values.
pub(super) fn packet(style: &Style, packet: &Dissection, whole: bool) -> Vec<String> {
    let sent = packet.direction == Direction::Sent;
    dissect::dissection_of(style, packet, |header| whole || sent && !header.name.starts_with("IP"))
}
