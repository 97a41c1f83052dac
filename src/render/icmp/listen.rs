//! What a raw socket hears, a line for each message, and what it was in the end.

use std::fmt::Write as _;

use super::path::Names;
use super::talk::item;
use super::trouble;
use crate::event::{Heard, ListenReport, Quote};
use crate::render::explain::duration;
use crate::render::figures::row;
use crate::render::setup::{heading, indent};
use crate::render::style::{Ink, Markup, Style};
use crate::render::table;

/// Bytes in a line of a dump.
const ROW: usize = 16;

/// A message: who, to whom, what.
pub(super) fn heard(style: &Style, stamp: &str, heard: &Heard, names: &Names) -> Vec<String> {
    let to = heard.to.map_or_else(|| "this machine".to_owned(), |to| names.of(to));
    let mut text = format!("{stamp}{} → {to}  ", names.of(heard.from));
    let mut ink = None;
    if let Some((trouble, quote)) = &heard.error {
        ink = Some(Ink::Warn);
        text.push_str(&trouble::words(*trouble, heard.v6));
        if let Some(quote) = quote {
            let _ = write!(text, "  about: {}", quoted(quote));
        }
    } else {
        let (name, known) = name(heard.v6, heard.kind);
        text.push_str(&name);
        if !known && heard.code != 0 {
            let _ = write!(text, " code {}", heard.code);
        }
        if let Some((identifier, sequence)) = heard.echo {
            let _ = write!(text, "  id={identifier:#06x} seq={sequence}");
        }
        let _ = write!(text, "  {} bytes", heard.bytes);
        if let Some(ttl) = heard.hop_limit {
            let _ = write!(text, "  ttl={ttl}");
        }
    }
    if let Some(fault) = heard.fault {
        ink = Some(Ink::Bad);
        let _ = write!(text, "  (MALFORMED: {fault})");
    }
    let mut lines = vec![item(style, ink, &folded(style, &text))];
    if !heard.packet.is_empty() {
        let what = if heard.v6 {
            "the ICMPv6 message; the kernel keeps the IPv6 header"
        } else {
            "the whole packet, the IPv4 header first"
        };
        let text = format!("    {} bytes: {what}", heard.packet.len());
        lines.push(style.paint(Ink::Dim, &text));
        lines.extend(dump(style, &heard.packet));
    }
    lines
}

/// In several lines where one is too narrow, broken where parts end, or else between words.
fn folded(style: &Style, text: &str) -> String {
    let room = style.width.saturating_sub(2);
    let mut lines: Vec<String> = Vec::new();
    for part in text.split("  ") {
        let columns = |text: &str| style.plain(text).chars().count();
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(part) <= room => {
                line.push_str("  ");
                line.push_str(part);
            }
            last => {
                let indent = if last.is_none() { "" } else { "    " };
                lines.push(style.paragraph(indent, 4, part));
            }
        }
    }
    lines.join("\n")
}

/// `10.77.1.2 → 10.77.2.2, echo request id=0x1a2b seq=1`.
fn quoted(quote: &Quote) -> String {
    let Quote { source, destination, .. } = quote;
    let protocol = match quote.protocol {
        1 => "ICMP".to_owned(),
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        58 => "ICMPv6".to_owned(),
        other => format!("protocol {other}"),
    };
    match (quote.echo, quote.ports) {
        (Some((identifier, sequence)), _) => {
            format!("{source} → {destination}, echo request id={identifier:#06x} seq={sequence}")
        }
        (None, Some((from, to))) => {
            format!("{source} port {from} → {destination} port {to}, {protocol}")
        }
        (None, None) => format!("{source} → {destination}, {protocol}"),
    }
}

/// The name of a type ([IANA](https://www.iana.org/assignments/icmp-parameters)), and whether it has
/// one here.
fn name(v6: bool, kind: u8) -> (String, bool) {
    let name = match (v6, kind) {
        (false, 0) | (true, 129) => "echo reply",
        (false, 8) | (true, 128) => "echo request",
        (false, 3) | (true, 1) => "destination unreachable",
        (false, 4) => "source quench",
        (false, 5) | (true, 137) => "redirect",
        (false, 9) | (true, 134) => "router advertisement",
        (false, 10) | (true, 133) => "router solicitation",
        (false, 11) | (true, 3) => "time exceeded",
        (false, 12) | (true, 4) => "parameter problem",
        (false, 13) => "timestamp request",
        (false, 14) => "timestamp reply",
        (true, 2) => "packet too big",
        (true, 130) => "multicast listener query",
        (true, 131 | 143) => "multicast listener report",
        (true, 132) => "multicast listener done",
        (true, 135) => "neighbor solicitation",
        (true, 136) => "neighbor advertisement",
        _ => return (format!("type {kind}"), false),
    };
    (name.to_owned(), true)
}

/// Bytes in hexadecimal, and as text where they are ASCII.
fn dump(style: &Style, bytes: &[u8]) -> Vec<String> {
    let fence = style.markup == Markup::Markdown;
    let mut lines = Vec::new();
    if fence {
        lines.push("\n```text".to_owned());
    }
    for (number, row) in bytes.chunks(ROW).enumerate() {
        let mut hex = String::new();
        for (at, byte) in row.iter().enumerate() {
            let gap = if at == ROW / 2 { " " } else { "" };
            let _ = write!(hex, "{gap}{byte:02x} ");
        }
        let text: String = row
            .iter()
            .map(
                |&byte| {
                    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '.' }
                },
            )
            .collect();
        let line = format!("  {:04x}  {hex:<49} {text}", number * ROW);
        lines.push(if fence { line } else { style.paint(Ink::Dim, &line) });
    }
    if fence {
        lines.push("```\n".to_owned());
    }
    lines
}

/// What was heard.
pub(super) fn report(style: &Style, report: &ListenReport) -> Vec<String> {
    let mut lines = vec![heading(style, "What was heard")];
    let time = duration(report.duration);
    if report.kinds.is_empty() && report.malformed == 0 {
        let text = format!(
            "Nothing came in {time}. In another window, netlab raw-ping 127.0.0.1 gives it \
             something to hear."
        );
        lines.push(style.paragraph(indent(style), 2, &text));
    } else if !report.kinds.is_empty() {
        let mut table = table::empty(style);
        table.set_header(["Protocol", "Type", "Message", "Count"]);
        for (v6, kind, count) in &report.kinds {
            let protocol = if *v6 { "ICMPv6" } else { "ICMP" };
            let what = name(*v6, *kind).0;
            table.add_row([protocol.to_owned(), kind.to_string(), what, count.to_string()]);
        }
        lines.push(table.to_string());
        if style.markup == Markup::Markdown {
            lines.push(String::new());
        }
        let total: u64 = report.kinds.iter().map(|(.., count)| count).sum();
        let messages = if total == 1 { "1 message" } else { &format!("{total} messages") };
        let text = format!(
            "{messages} in {time}. A raw socket has no port: it gets a copy of all of them, and the \
             kernel answers and obeys them all the same."
        );
        lines.push(style.paint(Ink::Heading, &style.paragraph(indent(style), 2, &text)));
    }
    for (label, count, meaning) in [
        ("Malformed", report.malformed, "cut, or against the rules of the format"),
        ("Overflowed", report.overflowed, "thrown away by the kernel: the buffer was full"),
    ] {
        if count > 0 {
            lines.push(row(style, label, count, meaning, Ink::Warn));
        }
    }
    lines
}
