//! The shapes of the picture, but for the arrows: times, breaks, poles, boxes, headings.

use std::fmt::Write as _;

use super::super::told::folded;
use super::super::words::Clock;
use super::arrows::arrow;
use super::boxes::{LINE, Look, Run, Words};
use super::lives::Life;
use super::moments::Part;
use super::palette;
use super::places::{BAND, LETTER, Pole, Side, TIMES, WORDS};
use super::plan::{BREAK, Break, HALF, Plan, Spot};
use super::summary::{call_title, title};
use super::text::{columns, duration, esc, lines};
use crate::timeline::{Fold, RowKind, Step};

/// A piece of the picture.
#[derive(Debug)]
pub(super) struct Shape {
    /// From where to where it reaches, so that parts of the picture without it need not have it.
    pub top: i32,
    pub bottom: i32,
    /// What has a higher number is drawn over what has a lower one.
    pub layer: u8,
    pub svg: String,
}

impl Shape {
    pub(super) fn new(top: i32, bottom: i32, layer: u8, svg: String) -> Self {
        Self { top, bottom, layer, svg }
    }
}

/// All shapes but the poles, which every part of the picture draws for itself.
pub(super) fn shapes(plan: &Plan) -> Vec<Shape> {
    let mut out = Vec::new();
    times(plan, &mut out);
    for its in &plan.breaks {
        out.push(pause(plan, *its));
    }
    for (row, kind) in plan.picture.rows.iter().map(|row| &row.kind).enumerate() {
        let Some((first, last)) = plan.spots_of(row) else { continue };
        match kind {
            RowKind::Packet(packet) => arrow(plan, row, packet, first, last, &mut out),
            RowKind::Step(step) => out.push(heading(plan, step, first)),
            RowKind::Fold(fold) => out.push(fold_line(plan, row, fold, first)),
            RowKind::Call(call) => {
                let title = call_title(plan.picture, call);
                bar(plan, row, &title, first, last, &mut out);
                beside(plan, row, &title, first, &mut out);
                if last.moment != first.moment {
                    beside(plan, row, &title, last, &mut out);
                }
            }
            kind => beside(plan, row, &title(plan.cut, kind), first, &mut out),
        }
    }
    out
}

/// The times, where there is room for them.
fn times(plan: &Plan, out: &mut Vec<Shape>) {
    let span = plan.spots.last().map(|spot| spot.moment.at).unwrap_or_default();
    let clock = Clock::for_span(span);
    let mut below = i32::MIN;
    for spot in &plan.spots {
        let y = spot.y;
        if matches!(plan.picture.rows[spot.moment.row].kind, RowKind::Step(_)) || y < below {
            continue;
        }
        below = y + 14;
        let text = clock.write(spot.moment.at);
        let svg = format!(
            "<text class=\"t\" x=\"{}\" y=\"{}\">{text}</text><path class=\"tick\" d=\"M{} {y}h4\"/>",
            TIMES - 8,
            y + 4,
            TIMES - 4
        );
        out.push(Shape::new(y - 6, y + 6, 1, svg));
    }
}

/// A long time in which nothing happened.
fn pause(plan: &Plan, pause: Break) -> Shape {
    let (top, bottom) = (pause.y, pause.y + BREAK);
    let middle = top + BREAK / 2;
    let text = format!("{} later", duration(pause.time));
    // Beside the times, where no arrow goes.
    let x = TIMES + 14;
    let wave =
        "q4 -5 8 0t8 0".repeat(usize::try_from((plan.places.width - TIMES) / 16).unwrap_or(0));
    let svg = format!(
        "<path class=\"wave\" d=\"M{TIMES} {middle}{wave}\"/>\
         <text class=\"pause\" x=\"{x}\" y=\"{}\">{text}</text>",
        middle + 4
    );
    Shape::new(top, bottom, 3, svg)
}

/// The next step of a demo.
fn heading(plan: &Plan, step: &Step, spot: &Spot) -> Shape {
    let (top, bottom) = spot.whole;
    let mut svg = format!(
        "<rect class=\"step\" x=\"6\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\
         <text class=\"nr\" x=\"{}\" y=\"{}\">{}</text>",
        plan.places.width - 12,
        bottom - top,
        TIMES - 8,
        top + 21,
        step.number
    );
    for (n, text) in (0..).zip(lines(&step.title, 90, 4)) {
        let y = top + 21 + n * 18;
        let _ = write!(
            svg,
            "<text class=\"title\" x=\"{}\" y=\"{y}\">{}</text>",
            TIMES + 10,
            esc(&text)
        );
    }
    Shape::new(top, bottom, 2, svg)
}

/// Rows that are not drawn one by one.
fn fold_line(plan: &Plan, row: usize, fold: &Fold, spot: &Spot) -> Shape {
    let (top, bottom) = spot.whole;
    let y = spot.y;
    let teeth = usize::try_from((plan.places.width - TIMES - 20) / 12).unwrap_or(0);
    let zigzag = "l6 -6l6 6".repeat(teeth);
    let took = duration(fold.to.saturating_sub(fold.from));
    let text = format!("{} · {took}", folded(fold));
    let text = lines(&text, 96, 1).into_iter().next().unwrap_or_default();
    let x = i32::midpoint(TIMES, plan.places.width);
    // Seven and a quarter units a letter, and a margin.
    let half = letters(columns(&text)) / 2 + 10;
    let svg = format!(
        "<a href=\"#r{row}\" class=\"fold\"><title>{}</title>\
         <path class=\"zig\" d=\"M{} {}{zigzag}\"/>\
         <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"22\" rx=\"11\"/>\
         <text x=\"{x}\" y=\"{}\">{}</text></a>",
        esc(&text),
        TIMES + 8,
        y + 3,
        x - half,
        y - 11,
        half * 2,
        y + 4,
        esc(&text)
    );
    Shape::new(top, bottom, 6, svg)
}

/// Units of so many letters.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]
fn letters(columns: usize) -> i32 {
    (columns as f64 * LETTER).ceil() as i32
}

/// How long a call lasted.
fn bar(plan: &Plan, row: usize, title: &str, from: &Spot, to: &Spot, out: &mut Vec<Shape>) {
    let RowKind::Call(call) = &plan.picture.rows[row].kind else { return };
    let Some(pole) = plan.places.pole(&plan.picture.lanes, call.lane, &call.socket) else { return };
    if from.moment == to.moment {
        return;
    }
    let x = match pole.side {
        Side::Left => pole.x - 10,
        Side::Right => pole.x + BAND + 2,
    };
    let class = if call.waited { "bar waits" } else { "bar" };
    let svg = format!(
        "<a href=\"#r{row}\" tabindex=\"-1\" aria-hidden=\"true\"><title>{}</title>\
         <rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"8\" height=\"{}\" rx=\"2\"/></a>",
        esc(title),
        from.y,
        (to.y - from.y).max(3)
    );
    out.push(Shape::new(from.y, to.y, 4, svg));
}

/// A box of words with its line to the pole.
fn beside(plan: &Plan, row: usize, title: &str, spot: &Spot, out: &mut Vec<Shape>) {
    let Some(words) = &spot.words else { return };
    let side = plan.places.sides.get(words.lane).copied().unwrap_or(Side::Left);
    let (top, bottom) = spot.whole;
    let width = (letters(words.columns()) + 18).min(WORDS);
    let edge = plan.places.words(side);
    let x = if side == Side::Left { edge + WORDS - width } else { edge };
    let class = match words.look {
        Look::Call => "call",
        Look::Failed => "call failed",
        Look::Return => "call back",
        Look::Told => "told",
    };
    let mut svg = format!("<a href=\"#r{row}\" class=\"{class}\"");
    if spot.moment.part == Part::End {
        svg.push_str(" tabindex=\"-1\"");
    }
    let _ = write!(svg, "><title>{}</title>", esc(title));
    let pole = plan.places.pole(&plan.picture.lanes, words.lane, &words.socket);
    if let Some(pole) = pole.filter(|_| !words.socket.is_empty()) {
        tie(pole, if side == Side::Left { x + width } else { x }, spot.y, &mut svg);
    }
    let _ = write!(
        svg,
        "<rect class=\"b\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{}\" rx=\"5\"/>",
        bottom - top
    );
    write_lines(words, x + 9, top, &mut svg);
    svg.push_str("</a>");
    out.push(Shape::new(top, bottom, 6, svg));
}

/// The line from a box to its pole.
fn tie(pole: Pole, edge: i32, y: i32, svg: &mut String) {
    let end = match pole.side {
        Side::Left => pole.x,
        Side::Right => pole.x + BAND,
    };
    let _ = write!(
        svg,
        "<path class=\"tie\" d=\"M{edge} {y}H{end}\"/><circle class=\"dot\" cx=\"{end}\" cy=\"{y}\" r=\"3.5\"/>"
    );
}

fn write_lines(words: &Words, x: i32, top: i32, svg: &mut String) {
    for (n, line) in (0..).zip(&words.lines) {
        let y = top + HALF + 4 + n * LINE;
        let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\">");
        for Run { class, text } in line {
            let text = esc(text);
            let _ = match *class {
                "" => write!(svg, "{text}"),
                class => write!(svg, "<tspan class=\"{class}\">{text}</tspan>"),
            };
        }
        svg.push_str("</text>");
    }
    if let Some((state, before)) = &words.state {
        let x = x + letters(*before);
        let last = i32::try_from(words.lines.len()).unwrap_or(1) - 1;
        let y = top + HALF - 5 + last * LINE;
        let class = palette::state(state);
        let _ = write!(
            svg,
            "<rect class=\"sample s-{class}\" x=\"{x}\" y=\"{y}\" width=\"10\" height=\"10\" rx=\"2\"/>"
        );
    }
}

/// The poles between two heights: a band for each state, with its name where there is room. `across`:
/// what goes across the poles, and would stand on a name.
pub(super) fn poles(lives: &[Life], (top, bottom): (i32, i32), across: &[(i32, i32)]) -> String {
    let mut svg = String::new();
    for life in lives.iter().filter(|life| life.is_in(top, bottom)) {
        for its in &life.stretches {
            let (from, to) = (its.from.max(top), its.to.min(bottom));
            if from >= to {
                continue;
            }
            let x = life.pole.x;
            let class = if its.state.is_empty() { "none" } else { palette::state(&its.state) };
            let lingers = if its.lingers { " lingers" } else { "" };
            let (label, state) = (esc(&life.label), esc(&its.state));
            let _ = write!(
                svg,
                "<rect class=\"band s-{class}{lingers}\" x=\"{x}\" y=\"{from}\" width=\"{BAND}\" \
                 height=\"{}\"><title>{label} {state}</title></rect>",
                to - from
            );
            // Six and a half units for each of its letters, which stand on their side.
            let length = i32::try_from(columns(&its.state)).unwrap_or(0) * 7 + 12;
            if !its.state.is_empty()
                && let Some(y) = free(from, to, length, across)
            {
                let _ = write!(
                    svg,
                    "<text class=\"on i-{class}\" transform=\"translate({} {})rotate(90)\">{state}</text>",
                    x + 4,
                    y + 6
                );
            }
        }
    }
    svg
}

/// The first height in a stretch where something of that length touches nothing that goes across.
fn free(from: i32, to: i32, length: i32, across: &[(i32, i32)]) -> Option<i32> {
    let mut y = from;
    for (top, bottom) in across {
        if *top < y + length && *bottom > y {
            y = *bottom;
        }
    }
    (y + length <= to).then_some(y)
}
