//! The fields of each row: a sheet that opens when its row is chosen, by the address's fragment
//! (`:target`), so no script is needed.

use std::fmt::Write as _;

use serde_json::Value;

use super::super::words::Clock;
use super::cut::Cut;
use super::summary::{cause, title};
use super::text::{clean, duration, esc, short};
use crate::timeline::{Picture, RowKind};

/// Bytes that the fields of all rows may take. Of a longer run the record has them.
const MOST: usize = 2_000_000;

/// Bytes of one value.
const VALUE: usize = 4_000;

/// The sheets of all rows, and whether the records' fields are in them.
pub(super) fn sheets(cut: &Cut) -> (String, bool) {
    let full = if cut.is_whole() { all(cut, true) } else { String::new() };
    let fits = cut.is_whole() && full.len() <= MOST;
    if fits { (full, true) } else { (all(cut, false), false) }
}

fn all(cut: &Cut, fields: bool) -> String {
    let picture = &*cut.picture;
    let span = picture.rows.iter().map(|row| row.at).max().unwrap_or_default();
    let clock = Clock::for_span(span);
    let mut out = String::new();
    for (row, its) in picture.rows.iter().enumerate() {
        if !has_sheet(&its.kind) {
            continue;
        }
        let _ = write!(
            out,
            "<article id=\"r{row}\" class=\"sheet\"><nav><a href=\"#r{}\">‹ before</a>\
             <a href=\"#r{}\">after ›</a><a href=\"#-\">close ✕</a></nav><h3>{}</h3>",
            near(picture, row, false),
            near(picture, row, true),
            esc(&title(cut, &its.kind))
        );
        if fields || !cut.behind(row).is_empty() {
            out.push_str("<dl>");
            pair(&mut out, "at", &format!("{} {}", clock.write(its.at), clock.unit()));
            told(cut, &its.kind, &mut out);
            out.push_str("</dl>");
        }
        out.push_str("</article>\n");
        if fields && out.len() > MOST {
            break;
        }
    }
    out
}

/// Whether a row is a link to its fields.
pub(super) fn has_sheet(kind: &RowKind) -> bool {
    !matches!(kind, RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_))
}

/// The next row with fields, or the one before; at either end the row itself.
fn near(picture: &Picture, row: usize, after: bool) -> usize {
    let rows = &picture.rows;
    let found = if after {
        (row + 1..rows.len()).find(|at| has_sheet(&rows[*at].kind))
    } else {
        (0..row).rev().find(|at| has_sheet(&rows[*at].kind))
    };
    found.unwrap_or(row)
}

fn pair(out: &mut String, name: &str, value: &str) {
    let value = short(clean(value), VALUE);
    let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", esc(name), esc(&value));
}

fn told(cut: &Cut, kind: &RowKind, out: &mut String) {
    match kind {
        RowKind::Call(call) => {
            pair(out, "lasted", &duration(call.end.saturating_sub(call.begin)));
            flatten("", &call.fields, out);
        }
        RowKind::Packet(packet) => {
            pair(out, "what made it go", &cause(cut, packet));
            flags(&packet.fields, out);
            flatten("", &packet.fields, out);
        }
        RowKind::Fold(fold) => {
            for part in &fold.parts {
                let lane =
                    part.lane.map_or("the wire", |lane| super::summary::name(&cut.picture, lane));
                let value = format!("{} of {}, {} bytes", part.count, part.what, part.bytes);
                pair(out, lane, &value);
            }
            pair(out, "lasted", &duration(fold.to.saturating_sub(fold.from)));
        }
        _ => {}
    }
}

/// The flags as the number that stands in the header.
fn flags(fields: &Value, out: &mut String) {
    const BITS: [(&str, u8); 8] = [
        ("FIN", 1),
        ("SYN", 2),
        ("RST", 4),
        ("PSH", 8),
        ("ACK", 16),
        ("URG", 32),
        ("ECE", 64),
        ("CWR", 128),
    ];
    let Some(names) = fields.get("flags").and_then(Value::as_array) else { return };
    let set = BITS.iter().filter(|(name, _)| names.iter().any(|its| its == name));
    let byte = set.fold(0, |byte, (_, bit)| byte | bit);
    pair(out, "flags as a byte", &format!("0x{byte:02x}, {byte:08b}"));
}

/// Fields that say nothing that the sheet has not said.
const SAID: [&str; 4] = ["event", "cause", "took_ns", "t_ns"];

fn flatten(name: &str, value: &Value, out: &mut String) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if !(name.is_empty() && SAID.contains(&key.as_str())) {
                    flatten(&inner(key), value, out);
                }
            }
        }
        Value::Array(values) => {
            let words: Vec<String> = values.iter().map(word).collect();
            pair(out, name, &words.join(", "));
        }
        Value::Null => {}
        other => pair(out, name, &word(other)),
    }
}

/// A value in a list: an option of TCP has a name and perhaps a value.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let name = fields.get("name").map(word).unwrap_or_default();
            match fields.get("value") {
                Some(value) if !name.is_empty() => format!("{name} {}", word(value)),
                None if !name.is_empty() => name,
                _ => value.to_string(),
            }
        }
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join("/"),
        other => other.to_string(),
    }
}
