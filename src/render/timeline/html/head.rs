//! What stands above the picture: what it is of, the endpoints, what to know about it.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::super::words::thousands;
use super::cut::{Cut, ROWS};
use super::table::drawn;
use super::text::{columns, date, duration, esc};
use crate::port::Range;
use crate::timeline::{Picture, Socket};

/// Title and sources.
pub(super) fn sources(picture: &Picture) -> String {
    let class = if columns(&picture.title) > 90 { " class=\"long\"" } else { "" };
    let mut out = format!("<header><h1{class}>{}</h1>", esc(&picture.title));
    if let Some(demo) = picture.demo.as_ref().filter(|demo| !demo.about.is_empty()) {
        let _ = write!(out, "<p>{}</p>", esc(&demo.about));
    }
    out.push_str("<ul class=\"sources\">");
    for source in &picture.sources {
        let packets = if source.captured { "with packets" } else { "without packets" };
        let _ = write!(
            out,
            "<li><code>netlab {}</code> on {} ({}), {}, {packets}",
            esc(&source.command.join(" ")),
            esc(if source.host.is_empty() { "this machine" } else { &source.host }),
            esc(&source.system),
            date(source.started_unix_ns)
        );
        if !source.file.is_empty() {
            let _ = write!(out, "<span class=\"file\">{}</span>", esc(&source.file));
        }
        out.push_str("</li>");
    }
    out.push_str("</ul></header>\n");
    out
}

/// Endpoints in the table.
const ENDPOINTS: usize = 2000;

/// A count with its thousands apart.
fn number(count: usize) -> String {
    thousands(u64::try_from(count).unwrap_or(u64::MAX))
}

/// The sockets' endpoints, in the columns of the worksheet.
pub(super) fn endpoints(picture: &Picture) -> String {
    let head = [
        "Program",
        "Socket",
        "Protocol",
        "Source IP",
        "Source port",
        "Destination IP",
        "Destination port",
    ];
    let mut rows = Vec::new();
    let all: usize = picture.lanes.iter().map(|lane| lane.sockets.len()).sum();
    for lane in &picture.lanes {
        for socket in lane.sockets.iter().take(ENDPOINTS.saturating_sub(rows.len())) {
            let [ip, port] = end(socket, socket.local);
            let [to_ip, to_port] = match (socket.remote, socket.listens) {
                (None, true) => ["0.0.0.0, nobody yet".to_owned(), "0".to_owned()],
                (remote, _) => end(socket, remote),
            };
            let listens = if socket.listens { " listens" } else { "" };
            let label = format!("{}{listens}", socket.label);
            let protocol = socket.protocol.to_uppercase();
            rows.push(vec![lane.name.clone(), label, protocol, ip, port, to_ip, to_port]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let many = if rows.len() > 12 { "" } else { " open" };
    let more = match all - rows.len() {
        0 => String::new(),
        more => format!("<p>… and {} more sockets: the record has them.</p>", number(more)),
    };
    format!(
        "<section><details{many}><summary><h2>Endpoints</h2></summary>{}{more}</details></section>\n",
        drawn(&head, &rows)
    )
}

fn end(socket: &Socket, address: Option<SocketAddr>) -> [String; 2] {
    let none = || "—".to_owned();
    let Some(address) = address else { return [none(), none()] };
    let port = match socket.protocol.as_str() {
        "tcp" | "udp" if address.port() > 0 => {
            format!("{} ({})", address.port(), Range::of(address.port()).name())
        }
        "tcp" | "udp" => "0".to_owned(),
        // ICMP has no ports.
        _ if address.port() == 0 => none(),
        _ => address.port().to_string(),
    };
    [address.ip().to_string(), port]
}

/// What has to be known before anything else.
pub(super) fn first(picture: &Picture) -> String {
    let lines = picture.first.iter().map(|text| format!("<p><strong>{}</strong></p>", esc(text)));
    lines.collect()
}

/// What is missing or uncertain.
pub(super) fn remarks(picture: &Picture, cut: &Cut, fields: bool) -> String {
    let mut out = String::new();
    if let Some(alignment) = &picture.alignment {
        let time = |ns: u64| duration(std::time::Duration::from_nanos(ns));
        let sign = if alignment.offset_ns < 0 { "earlier" } else { "later" };
        let promise = if alignment.bounded { "" } else { ", which is no promise" };
        let clocks =
            if alignment.one_machine { "One machine, one clock" } else { "Two clocks became one" };
        let _ = write!(
            out,
            "<li>{clocks}: the second record's times are drawn {} {sign}, \
             give or take {}{promise}: {}.</li>",
            time(alignment.offset_ns.unsigned_abs()),
            time(alignment.uncertainty_ns),
            esc(&alignment.basis)
        );
    }
    for remark in &picture.remarks {
        let _ = write!(out, "<li>{}</li>", esc(remark));
    }
    if !cut.is_whole() {
        out.push_str(&left_out(picture, cut));
    }
    if !fields {
        out.push_str(
            "<li>Of so long a run the fields of each row are not on this page; the record has them.</li>",
        );
    }
    if out.is_empty() {
        return out;
    }
    format!("<section><h2>To know</h2><ul class=\"remarks\">{out}</ul></section>\n")
}

/// What of a long run is not on the page, and where it is.
fn left_out(picture: &Picture, cut: &Cut) -> String {
    let table = if picture.rows.len() > ROWS {
        format!(
            "the table under it has the first and the last {} rows, and the record has all",
            number(ROWS / 2)
        )
    } else {
        "the table under it has all of them in words".to_owned()
    };
    format!(
        "<li>This run is too long to be drawn on one page: its beginning and its end are in the \
         picture, and a line stands for the {} rows between them; {table}. A part of a record is \
         drawn whole by <code>netlab timeline RECORD --from 1s --to 1.5s --html FILE</code>.</li>",
        number(cut.left_out())
    )
}

/// What a demo says at its end.
pub(super) fn curtain(picture: &Picture) -> String {
    let Some(demo) = &picture.demo else { return String::new() };
    let mut out = String::new();
    for line in &demo.saw {
        let _ = write!(out, "<p>{}</p>", esc(line));
    }
    if !out.is_empty() {
        out = format!("<h2>What you saw</h2>{out}");
    }
    let mut next = demo.next.clone();
    if !demo.card.is_empty() {
        next.insert(0, format!("netlab explain {}", demo.card));
    }
    if !next.is_empty() {
        out.push_str("<h2>Next</h2><ul>");
        for command in next {
            let _ = write!(out, "<li><code>{}</code></li>", esc(&command));
        }
        out.push_str("</ul>");
    }
    if out.is_empty() { out } else { format!("<section class=\"curtain\">{out}</section>\n") }
}
