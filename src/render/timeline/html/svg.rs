//! The picture in parts: one below the other they look like one; on paper a page can end between
//! two of them, and never goes through a row.

use std::fmt::Write as _;

use super::super::words::Clock;
use super::arrows::gifts;
use super::cut::Cut;
use super::draw::{poles, shapes};
use super::lives::{Life, lives};
use super::places::{BAND, Side, TIMES, WORDS};
use super::plan::{BREAK, Plan, Spot};
use super::text::{columns, esc, lines};
use crate::timeline::RowKind;

/// Units of the head of a part: who stands where.
const HEAD: i32 = 44;

/// A picture, as far as it could be drawn.
#[derive(Debug)]
pub(super) enum Drawn {
    /// All of it.
    Whole(String),
    /// Nothing happened that could be drawn.
    Nothing,
    /// It would be longer: about so many bytes.
    TooLong(usize),
}

/// The picture in at most so many bytes.
pub(super) fn picture(cut: &Cut, room: usize) -> Drawn {
    let plan = Plan::of(cut);
    if plan.spots.is_empty() {
        return Drawn::Nothing;
    }
    let lives = lives(&plan);
    let mut shapes = shapes(&plan);
    gifts(&plan, &mut shapes);
    // Stable: within a layer the rows stay in their order, which is the order of the Tab key.
    shapes.sort_by_key(|shape| shape.layer);
    let kind = |spot: &Spot| &plan.picture.rows[spot.moment.row].kind;
    let across: Vec<(i32, i32)> = plan
        .spots
        .iter()
        .filter(|spot| matches!(kind(spot), RowKind::Step(_) | RowKind::Fold(_)))
        .map(|spot| spot.whole)
        .collect();
    let cuts = cuts(&plan);
    let parts = cuts.len() - 1;
    let mut out = String::from(PATTERNS);
    out.push_str(&slides(least_width(&plan)));
    for (n, edges) in cuts.windows(2).enumerate() {
        if n > 0 && out.len() > room {
            return Drawn::TooLong((out.len() / n).saturating_mul(parts));
        }
        let (top, bottom) = (edges[0], edges[1]);
        let label = describe(&plan, n, parts, (top, bottom));
        let width = plan.places.width;
        let _ = write!(
            out,
            "<svg class=\"part\" style=\"min-width:{}px;max-width:{}px\" viewBox=\"0 {} {width} {}\" \
             role=\"group\" aria-label=\"{}\">",
            least_width(&plan),
            width * 5 / 4,
            top - HEAD,
            bottom - top + HEAD,
            esc(&label)
        );
        let _ = write!(
            out,
            "<g role=\"img\" aria-label=\"The state of each socket, as a band from top to bottom\">\
             {}</g>",
            poles(&lives, (top, bottom), &across)
        );
        let _ = write!(out, "<path class=\"axis\" d=\"M{TIMES} {top}V{bottom}\"/>");
        if let Some(x) = plan.places.outside {
            let _ = write!(out, "<path class=\"outside\" d=\"M{x} {top}V{bottom}\"/>");
        }
        for shape in shapes.iter().filter(|its| its.top < bottom && its.bottom > top) {
            out.push_str(&shape.svg);
        }
        // Last, so that it covers what comes from the part above.
        head(&plan, &lives, (top, bottom), &mut out);
        out.push_str("</svg>\n");
    }
    if out.len() > room { Drawn::TooLong(out.len()) } else { Drawn::Whole(out) }
}

/// What the parts share: the hatching of bars in which a call waits.
const PATTERNS: &str = "<svg class=\"shared\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\
    <pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
    patternTransform=\"rotate(45)\"><path class=\"ground\" d=\"M0 0h6v6h-6z\"/>\
    <path class=\"stripe\" d=\"M1 0v6\"/></pattern></defs></svg>\n";

/// Pixels below which the picture is not shown narrower, but slides.
fn least_width(plan: &Plan) -> i32 {
    plan.places.width * 4 / 5
}

/// Says that the picture slides where a screen is narrower than one with many poles; `style.css` does
/// it for all others.
fn slides(least: i32) -> String {
    const USUAL: i32 = 66 * 16;
    // The margins of the page, and the frame.
    let needed = least + 66;
    if needed <= USUAL {
        return String::new();
    }
    // A page is never wider than its style sheet lets it be.
    let rule = ".hint .slide{display:inline}";
    if least > 1430 {
        return format!("<style>@media screen{{{rule}}}</style>");
    }
    format!("<style>@media screen and (max-width:{needed}px){{{rule}}}</style>")
}

/// Where the picture can be cut: between words, as near as possible to what fits on half a page.
fn cuts(plan: &Plan) -> Vec<i32> {
    let most = plan.places.width * 3 / 5;
    let mut whole: Vec<(i32, i32)> = plan.spots.iter().map(|spot| spot.whole).collect();
    whole.extend(plan.breaks.iter().map(|its| (its.y, its.y + BREAK)));
    whole.sort_unstable();
    // Heights that lie in no words: from the lowest edge so far to the next upper one.
    let mut gaps = Vec::new();
    let mut lowest = 0;
    for (top, bottom) in whole {
        if top > lowest {
            gaps.push(i32::midpoint(lowest, top));
        }
        lowest = lowest.max(bottom);
    }
    let mut cuts = vec![-8];
    let mut last = -8;
    for (at, gap) in gaps.iter().enumerate() {
        let next = gaps.get(at + 1).copied().unwrap_or(plan.height);
        if next - last > most && gap - last > most / 3 {
            cuts.push(*gap);
            last = *gap;
        }
    }
    cuts.push(plan.height);
    cuts
}

/// A part in words.
fn describe(plan: &Plan, part: usize, parts: usize, (top, bottom): (i32, i32)) -> String {
    let inside = || plan.spots.iter().filter(|spot| spot.y >= top && spot.y < bottom);
    let from = inside().next().map(|spot| spot.moment.at).unwrap_or_default();
    let to = inside().next_back().map(|spot| spot.moment.at).unwrap_or_default();
    let clock = Clock::for_span(plan.spots.last().map(|spot| spot.moment.at).unwrap_or_default());
    let names: Vec<&str> = plan.picture.lanes.iter().map(|lane| lane.name.as_str()).collect();
    let part = if parts > 1 { format!("Part {} of {parts}: ", part + 1) } else { String::new() };
    format!(
        "{part}the time line of {}, from {} to {} {}, time going down. Every call and packet is a link \
         to its fields; the table of all rows says the same in words.",
        names.join(" and "),
        clock.write(from),
        clock.write(to),
        clock.unit()
    )
}

/// Who stands where, above a part.
fn head(plan: &Plan, lives: &[Life], (top, bottom): (i32, i32), out: &mut String) {
    let places = &plan.places;
    let y = top - HEAD;
    let base = y + 23;
    let span = plan.spots.last().map(|spot| spot.moment.at).unwrap_or_default();
    let unit = Clock::for_span(span).unit();
    let _ = write!(
        out,
        "<g class=\"heads\"><rect x=\"0\" y=\"{y}\" width=\"{}\" height=\"{}\"/>\
         <text class=\"t\" x=\"{}\" y=\"{base}\">{unit}</text>",
        places.width,
        HEAD - 8,
        TIMES - 8
    );
    for side in [Side::Left, Side::Right] {
        let text = side_name(plan, side);
        let edge = places.words(side);
        let (x, anchor) = if side == Side::Left { (edge + WORDS, "end") } else { (edge, "start") };
        if !text.is_empty() {
            let text = esc(&text);
            let _ = write!(
                out,
                "<text class=\"who\" x=\"{x}\" y=\"{base}\" text-anchor=\"{anchor}\">{text}</text>"
            );
        }
    }
    wire_names(plan, top, out);
    pole_names(plan, lives, (top, bottom), out);
    out.push_str("</g>");
}

/// The names of the wire, and of whoever has no record.
fn wire_names(plan: &Plan, top: i32, out: &mut String) {
    let places = &plan.places;
    let base = top - HEAD + 23;
    let (from, to) = places.wire;
    let mut middle = "the wire";
    if let Some(x) = places.outside {
        let beside = match (places.left, places.right) {
            (Some(_), Some(_)) => None,
            (None, _) => Some((x - 8, "end")),
            _ => Some((x + 8, "start")),
        };
        match beside {
            Some((x, anchor)) => {
                let _ = write!(
                    out,
                    "<text class=\"wire\" style=\"text-anchor:{anchor}\" x=\"{x}\" \
                     y=\"{base}\">no record</text>"
                );
            }
            None => middle = "the wire, and who has no record",
        }
    }
    if to - from > 100 {
        let x = i32::midpoint(from, to);
        let _ = write!(out, "<text class=\"wire\" x=\"{x}\" y=\"{base}\">{middle}</text>");
    }
}

/// The labels of the sockets above their poles; where a side has several programs, their numbers.
fn pole_names(plan: &Plan, lives: &[Life], (top, bottom): (i32, i32), out: &mut String) {
    let mut named: Vec<(i32, Vec<&str>, String)> = Vec::new();
    for life in lives.iter().filter(|life| life.is_in(top, bottom)) {
        let side = life.pole.side;
        let place = plan.places.sides[..life.lane].iter().filter(|its| **its == side).count();
        let number =
            if plan.places.programs(side) > 1 { (place + 1).to_string() } else { String::new() };
        match named.iter_mut().find(|(x, ..)| *x == life.pole.x) {
            Some((_, labels, _)) if !labels.contains(&life.label.as_str()) => {
                labels.push(&life.label);
            }
            Some(_) => {}
            None => named.push((life.pole.x, vec![&life.label], number)),
        }
    }
    for (x, labels, number) in named {
        let text = match labels[..] {
            [only] if columns(only) <= 3 => only.to_owned(),
            _ => "…".to_owned(),
        };
        let shared = labels.len() > 1 || labels[0].ends_with(" sockets");
        let many = if shared { " many" } else { "" };
        let x = x + BAND / 2;
        let base = top - HEAD + if number.is_empty() { 23 } else { 31 };
        let _ =
            write!(out, "<text class=\"label{many}\" x=\"{x}\" y=\"{base}\">{}</text>", esc(&text));
        if !number.is_empty() {
            let _ = write!(
                out,
                "<text class=\"label n\" x=\"{x}\" y=\"{}\">{number}</text>",
                base - 15
            );
        }
    }
}

/// The name above a column of words.
fn side_name(plan: &Plan, side: Side) -> String {
    let lanes = plan.picture.lanes.iter().zip(&plan.places.sides).filter(|(_, its)| **its == side);
    let names: Vec<String> = lanes
        .enumerate()
        .map(|(n, (lane, _))| match plan.places.programs(side) {
            1 => lane.name.clone(),
            _ => format!("{} {}", n + 1, lane.name),
        })
        .collect();
    let text = names.join(" · ");
    let many = names.len() > 1 && columns(&text) > 30;
    let short = if many { format!("{} programs", names.len()) } else { text };
    lines(&short, 30, 1).into_iter().next().unwrap_or_default()
}
