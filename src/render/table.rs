//! Endpoint tables: the worksheet's, and one row for each socket of a room.

use comfy_table::presets::{ASCII_FULL_CONDENSED, ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::{Cell, ContentArrangement, Row, Table};

use super::style::{Markup, Style};
use crate::event::{Endpoint, Role};
use crate::port::Range;

/// Sockets that fit side by side, as columns, on a page.
const SIDE_BY_SIDE: usize = 3;

/// The endpoint table: as the worksheet has it for up to three sockets, a row each for more.
#[must_use]
pub fn endpoints(style: &Style, endpoints: &[Endpoint]) -> String {
    if endpoints.len() <= SIDE_BY_SIDE {
        worksheet(style, endpoints)
    } else {
        room(style, endpoints)
    }
}

/// What a row says of a socket.
type Value = fn(&Endpoint) -> String;

/// Rows are what the worksheet asks for, columns are sockets.
fn worksheet(style: &Style, endpoints: &[Endpoint]) -> String {
    let mut table = empty(style);
    let titles = endpoints.iter().map(title);
    table.set_header(std::iter::once("Endpoint table".to_owned()).chain(titles));
    let rows: [(&str, Value); 8] = [
        ("Protocol", |e| e.protocol.to_owned()),
        ("State", |e| e.state.name().to_owned()),
        ("Source IP", |e| e.source.ip().to_string()),
        ("Source port", |e| e.source.port().to_string()),
        ("  its range", |e| source_range(e).to_owned()),
        ("Destination IP", |e| e.destination.ip().to_string()),
        ("Destination port", |e| e.destination.port().to_string()),
        ("  its range", |e| range(e.destination_range()).to_owned()),
    ];
    for (label, value) in rows {
        let values = endpoints.iter().map(value);
        table.add_row(std::iter::once(label.to_owned()).chain(values));
    }
    table.to_string()
}

/// A row for each socket, its two endpoints in a cell each.
fn room(style: &Style, endpoints: &[Endpoint]) -> String {
    let mut table = empty(style);
    table.set_header(["Socket", "Who", "Protocol, state", "Source", "Destination"]);
    for endpoint in endpoints {
        let who = match (&endpoint.who, endpoint.role) {
            (Some(name), _) => name.to_string(),
            (None, Role::Listening) => "(listening)".to_owned(),
            (None, Role::Bound) => "(no peer)".to_owned(),
            (None, Role::Heard) => "(was heard)".to_owned(),
            (None, Role::Sent) => "(a datagram)".to_owned(),
            (None, _) => "(no name yet)".to_owned(),
        };
        let line = if style.markup == Markup::Markdown { " " } else { "\n" };
        let destination = range(endpoint.destination_range());
        table.add_row(Row::from(vec![
            Cell::new(endpoint.socket.to_string()),
            Cell::new(who),
            Cell::new(format!("{}{line}{}", endpoint.protocol, endpoint.state)),
            Cell::new(format!("{}{line}{}", endpoint.source, endpoint.source_range())),
            Cell::new(format!("{}{line}{destination}", endpoint.destination)),
        ]));
    }
    table.to_string()
}

fn title(endpoint: &Endpoint) -> String {
    match (endpoint.role, &endpoint.who) {
        (Role::Listening, _) => format!("Server, socket {}: listening", endpoint.socket),
        (Role::Accepted, Some(name)) => format!("Server, socket {}: for {name}", endpoint.socket),
        (Role::Accepted, None) => format!("Server, socket {}", endpoint.socket),
        (Role::Connected, _) => format!("Client, socket {}", endpoint.socket),
        (Role::Bound, _) => format!("Server, socket {}: no peer", endpoint.socket),
        (Role::Heard, _) => format!("Socket {}: a peer it heard", endpoint.socket),
        (Role::Sent, _) => format!("Socket {}: a datagram it sends", endpoint.socket),
        (Role::Unconnected, _) => format!("Client, socket {}: no peer", endpoint.socket),
    }
}

/// A datagram socket that has sent nothing yet has no port.
fn source_range(endpoint: &Endpoint) -> &'static str {
    if endpoint.source.port() == 0 { "none yet" } else { endpoint.source_range().name() }
}

fn range(range: Option<Range>) -> &'static str {
    range.map_or("no peer", Range::name)
}

/// An empty table of the page's kind and width. The width is given, never asked of the terminal:
/// some ways of asking start a program for every cell.
pub(super) fn empty(style: &Style) -> Table {
    let mut table = Table::new();
    let preset = match (style.markup, style.ascii) {
        (Markup::Markdown, _) => ASCII_MARKDOWN,
        (Markup::Plain, true) => ASCII_FULL_CONDENSED,
        (Markup::Plain, false) => UTF8_FULL_CONDENSED,
    };
    table.load_style(preset);
    table.force_no_tty();
    if style.markup == Markup::Plain {
        let width = u16::try_from(style.width).unwrap_or(u16::MAX);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table
}
