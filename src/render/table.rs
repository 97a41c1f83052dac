//! Endpoint tables: the worksheet's, and one row for each socket of a room.

use std::net::SocketAddr;

use comfy_table::presets::{ASCII_FULL_CONDENSED, ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use comfy_table::{Cell, ContentArrangement, Row, Table};

use super::style::{Markup, Style};
use crate::event::{EchoIds, Endpoint, Role, SafeText};
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
        ("Source port", |e| port(e, e.source.port())),
        ("  its range", |e| source_range(e).to_owned()),
        ("Destination IP", |e| e.destination.ip().to_string()),
        ("Destination port", |e| port(e, e.destination.port())),
        ("  its range", |e| destination_range(e).to_owned()),
    ];
    let ids: [(&str, Value); 2] = [("Identifier", identifier), ("Sequence", sequence)];
    let any = endpoints.iter().any(|endpoint| endpoint.echo.is_some());
    // Where nobody has a port there is no range to tell.
    let ports = endpoints.iter().any(|endpoint| endpoint.echo.is_none());
    let rows = rows.into_iter().filter(|(label, _)| ports || !label.ends_with("range"));
    for (label, value) in rows.chain(ids.into_iter().filter(|_| any)) {
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
            (None, Role::Bound | Role::Raw) => "(no peer)".to_owned(),
            (None, Role::Heard) => "(was heard)".to_owned(),
            (None, Role::Sent) => "(a datagram)".to_owned(),
            (None, Role::Probe) => "(a probe)".to_owned(),
            (None, _) => "(no name yet)".to_owned(),
        };
        let line = if style.markup == Markup::Markdown { " " } else { "\n" };
        table.add_row(Row::from(vec![
            Cell::new(endpoint.socket.to_string()),
            Cell::new(who),
            Cell::new(format!("{}{line}{}", endpoint.protocol, endpoint.state)),
            Cell::new(cell(endpoint, endpoint.source, line, identifier, source_range)),
            Cell::new(cell(endpoint, endpoint.destination, line, sequence, destination_range)),
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
        (Role::Raw, _) => format!("Socket {}: ICMP, no port", endpoint.socket),
        (Role::Probe, _) => format!("Socket {}: a probe it sends", endpoint.socket),
        (Role::Unconnected, _) => format!("Client, socket {}: no peer", endpoint.socket),
    }
}

/// What stands for a port, and for its range, where the protocol has none.
const NO_PORT: (&str, &str) = ("-", "none: ICMP has no ports");

fn port(endpoint: &Endpoint, port: u16) -> String {
    if endpoint.echo.is_some() { NO_PORT.0.to_owned() } else { port.to_string() }
}

/// A datagram socket that has sent nothing yet has no port.
fn source_range(endpoint: &Endpoint) -> &'static str {
    match (endpoint.echo, endpoint.source.port()) {
        (Some(_), _) => NO_PORT.1,
        (None, 0) => "none yet",
        _ => endpoint.source_range().name(),
    }
}

fn destination_range(endpoint: &Endpoint) -> &'static str {
    match endpoint.echo {
        Some(_) => NO_PORT.1,
        None => endpoint.destination_range().map_or("no peer", Range::name),
    }
}

/// Which program, where TCP and UDP have a port.
fn identifier(endpoint: &Endpoint) -> String {
    match endpoint.echo {
        Some(EchoIds { identifier: Some(id), .. }) => format!("{id:#06x} ({id})"),
        Some(_) => "any".to_owned(),
        None => "-".to_owned(),
    }
}

/// Which probe.
fn sequence(endpoint: &Endpoint) -> String {
    let sequence = endpoint.echo.and_then(|echo| echo.sequence);
    sequence.map_or_else(|| "-".to_owned(), |sequence| sequence.to_string())
}

/// One side of a socket in a cell: address, port and range; without ports what stands in for them.
fn cell(
    endpoint: &Endpoint,
    side: SocketAddr,
    line: &str,
    id: Value,
    range: fn(&Endpoint) -> &'static str,
) -> String {
    if endpoint.echo.is_none() {
        return format!("{side}{line}{}", range(endpoint));
    }
    format!("{}{line}no port; {}", side.ip(), id(endpoint))
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

/// A name that comes from outside in a cell of Markdown, so that it neither ends a cell nor draws anything.
pub(super) fn cell_text(name: &SafeText) -> String {
    let mut safe = String::with_capacity(name.as_str().len());
    for letter in name.as_str().chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '-' | '.' | '/' | ':' | ',' | '\'') {
            safe.push('\\');
        }
        // A tab would not know how wide the column is.
        safe.push(if letter == '\t' { ' ' } else { letter });
    }
    safe
}

/// The ranges are IANA's; a kernel has its own idea of source ports. Said where the two differ.
pub(super) fn kernel_range(
    endpoints: &[Endpoint],
    source_ports: Option<(u16, u16)>,
) -> Option<String> {
    let client = endpoints.iter().find_map(|endpoint| match endpoint.role {
        Role::Connected | Role::Unconnected | Role::Sent => Some(endpoint.source.port()),
        Role::Accepted | Role::Heard => Some(endpoint.destination.port()),
        Role::Listening | Role::Bound | Role::Raw | Role::Probe => None,
    })?;
    let (first, last) = source_ports?;
    let apart = (first..=last).contains(&client) && Range::of(client) != Range::Dynamic;
    apart.then(|| {
        format!(
            "No mistake: {client} is registered by IANA's ranges, and yet a source port. This \
             kernel hands out {first}-{last}."
        )
    })
}
