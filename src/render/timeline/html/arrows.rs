//! Packets: arrows across the wire.
//!
//! | at its beginning | means |
//! | --- | --- |
//! | a dot, and a dotted line from a call | the call made it go |
//! | a ring | the kernel sent it by itself |
//! | nothing | nobody knows what made it go |
//!
//! | the line | means |
//! | --- | --- |
//! | whole | sent and arrived |
//! | dashed | sent again |
//! | ends in a cross | left, and did not arrive |
//! | one half dotted | that half nobody captured |

use std::fmt::Write as _;

use super::draw::Shape;
use super::moments::Part;
use super::places::{Pole, ends};
use super::plan::{Plan, SLANT, Spot, is_lost, label};
use super::summary::packet_title;
use super::text::esc;
use crate::timeline::{Cause, Packet, RowKind};

/// A point.
type Point = (i32, i32);

/// Lines to more calls than that are not drawn; they are in the fields.
const CAUSES: usize = 3;

/// Draws a packet, and lines from the calls that made it go.
pub(super) fn arrow(
    plan: &Plan,
    row: usize,
    packet: &Packet,
    first: &Spot,
    last: &Spot,
    out: &mut Vec<Shape>,
) {
    let lanes = &plan.picture.lanes;
    let [from, to] = ends(lanes, packet);
    let pole = |end: Option<(usize, &str)>| {
        end.and_then(|(lane, label)| plan.places.pole(lanes, lane, label))
    };
    let (from_pole, to_pole) = (pole(from), pole(to));
    let middle = i32::midpoint(plan.places.wire.0, plan.places.wire.1);
    let x = |pole: Option<Pole>| pole.map_or(plan.places.outside.unwrap_or(middle), Pole::wire);
    let lasts = first.moment.part == Part::Begin;
    let y = if lasts { last.y } else { first.y + SLANT };
    let way = Way {
        start: (x(from_pole), first.y),
        end: (x(to_pole), y),
        lasts,
        lost: is_lost(plan.picture, packet),
        back: from_pole.zip(to_pole).is_some_and(|(from, to)| from.side == to.side),
    };
    let link = format!("<a href=\"#r{row}\" class=\"p {}\"", look(packet));
    let again = if packet.again { " again" } else { "" };
    let title = esc(&packet_title(plan.cut, packet));
    // The line of a packet that was under way for long may reach into other parts of the picture; its
    // words are in one, and there they are what the Tab key goes to.
    let focus = if lasts { " tabindex=\"-1\"" } else { "" };
    let mut svg = format!("{link}{focus}><title>{title}</title><g class=\"way{again}\">");
    if way.back {
        loop_line(plan, &way, &mut svg);
    } else {
        line(&way, packet, &mut svg);
    }
    if from_pole.is_some() && packet.left.is_some() {
        // Of what nobody knows the cause, nothing is said.
        let sign = match packet.cause {
            Cause::Calls(_) => Some("dot made"),
            Cause::Kernel(_) => Some("ring"),
            Cause::Outside | Cause::Unknown => None,
        };
        let (x, y) = way.start;
        if let Some(sign) = sign {
            let _ = write!(svg, "<circle class=\"{sign}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>");
        }
    }
    svg.push_str("</g>");
    if lasts {
        svg.push_str("</a>");
        out.push(Shape::new(first.y - 6, y + 6, 6, svg));
        svg = format!("{link}><title>{title}</title>");
    }
    words(plan, &way, packet, &mut svg);
    svg.push_str("</a>");
    out.push(Shape::new(first.whole.0, first.whole.1, 6, svg));
    causes(plan, packet, way.start, from_pole, out);
}

/// The way of an arrow.
#[derive(Clone, Copy, Debug)]
struct Way {
    start: Point,
    end: Point,
    /// It was under way for long: its words stand where it leaves.
    lasts: bool,
    lost: bool,
    /// It comes back to the side from where it went.
    back: bool,
}

impl Way {
    const fn right(&self) -> bool {
        self.end.0 >= self.start.0
    }

    /// Its left end, its length, and by how many degrees it is turned.
    fn turned(&self) -> (Point, f64, f64) {
        let (near, far) =
            if self.right() { (self.start, self.end) } else { (self.end, self.start) };
        let (wide, down) = (f64::from(far.0 - near.0), f64::from(far.1 - near.1));
        (near, libm::hypot(wide, down), libm::atan2(down, wide).to_degrees())
    }

    /// How far it goes: what is lost has no end.
    fn reach(&self, length: f64) -> f64 {
        if self.lost { length * 0.6 } else { length }
    }
}

/// What kind of packet it is: its colour, beside its words.
fn look(packet: &Packet) -> &'static str {
    let words = &packet.words;
    if words.contains("RST") || words.contains("unreachable") || words.contains("exceeded") {
        "bad"
    } else if words.contains("SYN") || words.contains("FIN") {
        "ends"
    } else if words.starts_with("ACK") && !words.contains("byte") {
        "acks"
    } else {
        "data"
    }
}

/// An arrow from one side to the other.
fn line(way: &Way, packet: &Packet, svg: &mut String) {
    let (near, length, angle) = way.turned();
    let reach = way.reach(length);
    let at = |part: f64| if way.right() { part } else { length - part };
    let _ = write!(svg, "<g transform=\"translate({} {})rotate({angle:.2})\">", near.0, near.1);
    let _ = write!(svg, "<path class=\"hit\" d=\"M0 0H{length:.1}\"/>");
    // In the direction of the arrow: which part was seen, and which is only assumed.
    let half = reach / 2.0;
    let (seen, assumed) = match (packet.left, packet.arrived) {
        (None, _) => ((half, reach), Some((0.0, half))),
        (_, None) if !way.lost => ((0.0, half), Some((half, reach))),
        _ => ((0.0, reach), None),
    };
    let _ = write!(svg, "<path class=\"l\" d=\"M{:.1} 0H{:.1}\"/>", at(seen.0), at(seen.1));
    if let Some((from, to)) = assumed {
        let _ = write!(svg, "<path class=\"l unseen\" d=\"M{:.1} 0H{:.1}\"/>", at(from), at(to));
    }
    let tip = at(reach);
    if way.lost {
        let x = tip - 6.0;
        let _ = write!(svg, "<path class=\"cross\" d=\"M{x:.1} -6l12 12m0 -12l-12 12\"/>");
    } else {
        let back = if way.right() { -9 } else { 9 };
        let _ = write!(svg, "<path class=\"head\" d=\"M{tip:.1} 0l{back} -4.5v9z\"/>");
    }
    svg.push_str("</g>");
}

/// From a socket of a program to another on the same side: out to the wire and back.
fn loop_line(plan: &Plan, way: &Way, svg: &mut String) {
    let (from, to) = plan.places.wire;
    let from_left = way.start.0 < i32::midpoint(from, to);
    let out = if from_left { to - 40 } else { from + 40 };
    let back = if from_left { 9 } else { -9 };
    let ((x, y), (end_x, end_y)) = (way.start, way.end);
    let _ = write!(
        svg,
        "<path class=\"l\" d=\"M{x} {y}H{out}V{end_y}H{end_x}\"/>\
         <path class=\"head\" d=\"M{end_x} {end_y}l{back} -4.5v9z\"/>"
    );
}

/// What stands at an arrow.
fn words(plan: &Plan, way: &Way, packet: &Packet, svg: &mut String) {
    let ((mut words, details), below) = label(packet);
    if way.lost {
        words.push_str(" lost");
    }
    let (from, to) = plan.places.wire;
    let (x, y) = way.start;
    let (anchor, near, angle, middle) = if way.lasts {
        // Along a steep line nothing can be read: beside its beginning, where it leaves room.
        let (x, anchor) =
            if way.right() { (x.max(from) + 12, "start") } else { (x.min(to) - 12, "end") };
        (anchor, (0, y), 0.0, x)
    } else if way.back {
        ("middle", (0, y), 0.0, i32::midpoint(from, to))
    } else {
        // Between the poles, not over them.
        let (near, _, angle) = way.turned();
        ("middle", near, angle, i32::midpoint(from, to) - near.0)
    };
    let turn = format!("translate({} {})rotate({angle:.2})", near.0, near.1);
    text(svg, &turn, (middle, -7), anchor, &words, &details);
    if !below.is_empty() {
        let down = if way.back { SLANT + 13 } else { 13 };
        text(svg, &turn, (middle, down), anchor, "", &below);
    }
}

fn text(svg: &mut String, turn: &str, (x, y): Point, anchor: &str, words: &str, details: &str) {
    let _ = write!(
        svg,
        "<text transform=\"{turn}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}",
        esc(words)
    );
    if !details.is_empty() {
        let gap = if words.is_empty() { "" } else { "\u{a0} " };
        let _ = write!(svg, "<tspan class=\"d\">{gap}{}</tspan>", esc(details));
    }
    svg.push_str("</text>");
}

/// Dotted lines from the calls that made a packet go to where it leaves.
fn causes(plan: &Plan, packet: &Packet, start: Point, pole: Option<Pole>, out: &mut Vec<Shape>) {
    let (Cause::Calls(calls), Some(pole)) = (&packet.cause, pole) else { return };
    for place in calls.iter().take(CAUSES) {
        let Some((row, call)) = plan.call(*place) else { continue };
        let its = plan.places.pole(&plan.picture.lanes, call.lane, &call.socket);
        let Some((from, _)) = plan.spots_of(row).filter(|_| its == Some(pole)) else { continue };
        let down = start.1 - from.y;
        if down <= 2 {
            continue;
        }
        let out_by = if pole.side == super::places::Side::Left { 16 } else { -16 };
        let svg = format!(
            "<path class=\"cause\" d=\"M{} {}q{out_by} {} 0 {down}\"/>",
            start.0,
            from.y,
            down / 2
        );
        out.push(Shape::new(from.y, start.1, 5, svg));
    }
}

/// Where nobody captured packets: a line from each call that gave bytes to the call that took them.
pub(super) fn gifts(plan: &Plan, out: &mut Vec<Shape>) {
    let rows = &plan.picture.rows;
    if rows.iter().any(|row| matches!(row.kind, RowKind::Packet(_))) {
        return;
    }
    for (row, its) in rows.iter().enumerate() {
        let RowKind::Call(taker) = &its.kind else { continue };
        let lanes = &plan.picture.lanes;
        let Some((_, to)) = plan.spots_of(row) else { continue };
        let Some(end) = plan.places.pole(lanes, taker.lane, &taker.socket) else { continue };
        for place in taker.from_calls.iter().take(CAUSES) {
            let Some((giver_row, giver)) = plan.call(*place) else { continue };
            let Some((from, _)) = plan.spots_of(giver_row) else { continue };
            let Some(start) = plan.places.pole(lanes, giver.lane, &giver.socket) else { continue };
            if start.side == end.side || to.y <= from.y {
                continue;
            }
            let svg = format!(
                "<path class=\"gift\" d=\"M{} {}L{} {}\"/>",
                start.wire(),
                from.y,
                end.wire(),
                to.y
            );
            out.push(Shape::new(from.y, to.y, 5, svg));
        }
    }
}
