//! A picture as a Mermaid `sequenceDiagram`: calls are notes, packets are arrows.

use std::fmt::Write as _;

use super::super::style::Style;
use super::told::folded;
use super::words::{clean, returned, short};
use crate::timeline::{Call, Packet, Picture, Place, Row, RowKind};

/// The lines of the diagram.
#[must_use]
pub fn mermaid(style: &Style, picture: &Picture) -> Vec<String> {
    let mut out = vec!["sequenceDiagram".to_owned()];
    let sides = sides(picture);
    for (n, lane) in picture.lanes.iter().enumerate() {
        let name = safe(style, &lane.name);
        out.push(format!("    participant L{n} as {name}"));
    }
    if sides.outside {
        out.push("    participant X as no record".to_owned());
    }
    if picture.lanes.is_empty() && !sides.outside {
        out.push("    participant L0 as nobody".to_owned());
    }
    out.extend(picture.rows.iter().filter_map(|row| line(style, picture, row)));
    out
}

/// Who takes part.
struct Sides {
    outside: bool,
}

fn sides(picture: &Picture) -> Sides {
    let outside = picture.rows.iter().any(|row| match &row.kind {
        RowKind::Packet(packet) => [packet.from, packet.to].contains(&Place::Outside),
        _ => false,
    });
    Sides { outside }
}

/// A row of the picture as a line of the diagram.
fn line(style: &Style, picture: &Picture, row: &Row) -> Option<String> {
    let note = |lane: usize, text: &str| {
        let side = if lane == 0 { "left of" } else { "right of" };
        format!("    Note {side} L{lane}: {}", safe(style, text))
    };
    let last = picture.lanes.len().saturating_sub(1);
    let over = |text: &str| {
        let lanes = if last == 0 { "L0".to_owned() } else { format!("L0,L{last}") };
        format!("    Note over {lanes}: {}", safe(style, text))
    };
    Some(match &row.kind {
        RowKind::Call(call) => note(call.lane, &called(style, call)),
        RowKind::Packet(packet) => arrow(style, packet),
        RowKind::State(lane, change) => note(*lane, &format!("{} → {}", change.socket, change.to)),
        RowKind::Message(message) => note(message.lane, &short(style, &message.text, 80)),
        RowKind::Remark(lane, text) => note(*lane, &short(style, text, 80)),
        RowKind::Step(step) => over(&format!("{}. {}", step.number, step.title)),
        RowKind::Fold(fold) => {
            let text = format!("{} …", folded(fold));
            fold.lane.map_or_else(|| over(&text), |lane| note(lane, &text))
        }
        RowKind::Fact(_) | RowKind::Table(_) => return None,
    })
}

/// A call with its result.
fn called(style: &Style, call: &Call) -> String {
    let mut text = format!("{} {}", call.socket, call.text);
    for piece in returned(style, call, false) {
        text.push(' ');
        text.push_str(&piece.text);
    }
    if call.waited {
        let took = call.end.saturating_sub(call.begin);
        // Writing to a String cannot fail.
        let _ = write!(text, ", waited {}", super::words::duration(style, took));
    }
    text
}

/// A packet; one that was not seen to arrive has another head.
fn arrow(style: &Style, packet: &Packet) -> String {
    let place = |place: Place| match place {
        Place::Lane(lane) => format!("L{lane}"),
        Place::Outside => "X".to_owned(),
    };
    let words = match packet.details.as_str() {
        "" => packet.words.clone(),
        details => format!("{}, {details}", packet.words),
    };
    format!("    {}->>{}: {}", place(packet.from), place(packet.to), safe(style, &words))
}

/// Text in which nothing is a sign of Mermaid: what might be is written by its number. A word that
/// ends a block of a diagram is one only at the beginning of a line.
fn safe(style: &Style, text: &str) -> String {
    let text = clean(style, text);
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(
            letter,
            '"' | '#' | '<' | '>' | '&' | '`' | ';' | '|' | '\\' | '%' | '{' | '}' | '[' | ']'
        ) {
            // Writing to a String cannot fail.
            let _ = write!(out, "#{};", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    if out.trim().is_empty() { "-".to_owned() } else { out }
}
