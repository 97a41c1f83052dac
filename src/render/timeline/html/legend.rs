//! What the signs of the picture mean, as far as they stand in it. What is drawn tells which they are:
//! so no sign is without its words, and no words are without their sign.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::super::told::{SHARED, WAITS};
use super::palette;
use super::text::esc;
use crate::timeline::{Picture, RowKind};

/// What stands in the picture if a sign does, the sign, its words.
type Sign = (&'static str, &'static str, &'static str);

/// Signs of sockets and calls.
const CALLS: [Sign; 6] = [
    (
        "class=\"bar\"",
        "<rect class=\"bar\" x=\"6\" y=\"4\" width=\"32\" height=\"8\" rx=\"2\"/>",
        "another call that lasts, from call to return",
    ),
    (
        "class=\"call back\"",
        "<g class=\"back\"><rect class=\"b\" x=\"4\" y=\"2\" width=\"36\" height=\"12\" rx=\"4\"/></g>",
        "what a call returns that is told above",
    ),
    (
        "class=\"tie\"",
        "<path class=\"tie\" d=\"M4 8H30\"/><circle class=\"dot\" cx=\"30\" cy=\"8\" r=\"3.5\"/>",
        "what happens to a socket, at its band",
    ),
    (
        "class=\"band s-none",
        "<rect class=\"band s-none\" x=\"6\" y=\"3\" width=\"32\" height=\"10\"/>",
        "a socket that has no state yet, or none",
    ),
    (
        " lingers\"",
        "<rect class=\"band s-closing lingers\" x=\"6\" y=\"3\" width=\"32\" height=\"10\"/>",
        "closed by the program, the kernel still has work",
    ),
    (
        "class=\"label many\"",
        "<text x=\"16\" y=\"11\">…</text>",
        "several sockets share a pole: one after the other, or because more are open than have room",
    ),
];

/// Signs of packets and of time.
const PACKETS: [Sign; 11] = [
    (
        "class=\"p ends\"",
        "<g class=\"p ends\"><path class=\"l\" d=\"M4 8H32\"/><path class=\"head\" d=\"M41 8l-9 -4.5v9z\"/></g>",
        "begins or ends a connection",
    ),
    (
        "class=\"p data\"",
        "<g class=\"p data\"><path class=\"l\" d=\"M4 8H32\"/><path class=\"head\" d=\"M41 8l-9 -4.5v9z\"/></g>",
        "carries bytes",
    ),
    (
        "class=\"p acks\"",
        "<g class=\"p acks\"><path class=\"l\" d=\"M4 8H32\"/><path class=\"head\" d=\"M41 8l-9 -4.5v9z\"/></g>",
        "only acknowledges",
    ),
    (
        "class=\"p bad\"",
        "<g class=\"p bad\"><path class=\"l\" d=\"M4 8H32\"/><path class=\"head\" d=\"M41 8l-9 -4.5v9z\"/></g>",
        "refuses, resets, or tells of an error",
    ),
    (
        "class=\"dot made\"",
        "<path class=\"cause\" d=\"M8 2q8 6 0 12\"/><g class=\"p data\"><circle class=\"dot\" \
         cx=\"8\" cy=\"13\" r=\"3\"/><path class=\"l\" d=\"M8 13H40\"/></g>",
        "a packet that a call made go",
    ),
    (
        "class=\"ring\"",
        "<g class=\"p acks\"><path class=\"l\" d=\"M8 8H40\"/><circle class=\"ring\" cx=\"8\" \
         cy=\"8\" r=\"3.5\"/></g>",
        "a packet that the kernel sent by itself",
    ),
    (
        "class=\"way again\"",
        "<g class=\"p data again\"><path class=\"l\" d=\"M4 8H40\"/></g>",
        "sent again",
    ),
    (
        "class=\"l unseen\"",
        "<g class=\"p data\"><path class=\"l unseen\" d=\"M4 8H40\"/></g>",
        "the part of its way that nobody captured",
    ),
    (
        "class=\"cross\"",
        "<path class=\"cross\" d=\"M16 2l12 12m0 -12l-12 12\"/>",
        "lost: it left and did not arrive",
    ),
    (
        "class=\"gift\"",
        "<path class=\"gift\" d=\"M4 8H40\"/>",
        "what one call gave and another took (no packet was captured)",
    ),
    (
        "class=\"wave\"",
        "<path class=\"wave\" d=\"M6 8q4 -5 8 0t8 0q4 -5 8 0t8 0\"/>",
        "a time in which nothing happened, shorter here than it was",
    ),
];

/// A program without a record, beside its line.
const OUTSIDE: Sign = (
    "class=\"outside\"",
    "<path class=\"outside\" d=\"M22 0V16\"/>",
    "where a program stands that has no record",
);

/// The legend of a picture, as it was drawn.
pub(super) fn legend(picture: &Picture, drawing: &str) -> String {
    let mut out = String::new();
    let mut sign = |svg: &str, words: &str| {
        let _ = write!(
            out,
            "<li><svg viewBox=\"0 0 44 16\" width=\"44\" height=\"16\" aria-hidden=\"true\">{svg}</svg>\
             {words}</li>"
        );
    };
    if drawing.contains("class=\"wait\"") {
        sign(
            "<rect class=\"bar waits\" x=\"6\" y=\"4\" width=\"32\" height=\"8\" rx=\"2\"/>",
            &format!("{WAITS}, from call to return"),
        );
    }
    if drawing.contains("class=\"call failed\"") {
        sign("<text class=\"bad\" x=\"16\" y=\"13\">✗</text>", "a call that failed");
    }
    for (mark, svg, words) in CALLS.iter().chain(&PACKETS).chain([&OUTSIDE]) {
        if drawing.contains(mark) {
            sign(svg, words);
        }
    }
    states(picture, &mut out);
    let shared = if has_threads(picture) {
        format!("<p class=\"hint\">{SHARED}</p>")
    } else {
        String::new()
    };
    format!("<ul class=\"legend\" aria-label=\"What the signs mean\">{out}</ul>{shared}")
}

/// Whether a call is made on a socket on which another one waits.
fn has_threads(picture: &Picture) -> bool {
    let mut calls: Vec<_> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Call(call) if !call.socket.is_empty() => Some(call),
            _ => None,
        })
        .collect();
    calls.sort_by_key(|call| call.begin);
    let mut waits: HashMap<(usize, &str), Duration> = HashMap::new();
    calls.into_iter().any(|call| {
        let polls = call.name.contains("poll") || call.name.contains("select");
        let until = waits.entry((call.lane, &call.socket)).or_default();
        let shares = call.begin < *until && !polls;
        if call.waited && !polls {
            *until = call.end.max(*until);
        }
        shares
    })
}

/// The states that occur, each with its colour.
fn states(picture: &Picture, out: &mut String) {
    let mut seen: Vec<&str> = Vec::new();
    for row in &picture.rows {
        let state = match &row.kind {
            RowKind::State(_, its) => Some(&its.to),
            RowKind::Call(call) => call.state.as_ref().map(|its| &its.to),
            _ => None,
        };
        if let Some(state) = state
            && state != "CLOSED"
            && !seen.contains(&state.as_str())
            && seen.len() < 16
        {
            seen.push(state);
        }
    }
    for state in seen {
        let class = palette::state(state);
        let _ =
            write!(out, "<li><span class=\"chip s-{class} i-{class}\">{}</span></li>", esc(state));
    }
}
