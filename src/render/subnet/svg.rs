//! A topology as SVG: one file that every browser shows, in a light room and in a dark one.
//!
//! Routers, switches and hosts are symbols, networks with hosts are boxes. A line has the interface and
//! the address of each end above it, beside that end, and its network below.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::name;
use super::svg_layout::{Layout, Line, Place, Point, place};
use super::topology::lines;
use crate::subnet::topology::{Kind, Topology};

/// Width of a letter, and height of a line, of the small text. Titles are larger. Wide enough for any
/// font that a browser may take.
const LETTER: f64 = 7.2;
const TITLE_LETTER: f64 = 9.2;
const LINE: f64 = 17.0;
const TITLE_LINE: f64 = 21.0;
const MARGIN: f64 = 28.0;
/// The square in which a symbol is drawn, left in its box.
const SYMBOL: f64 = 34.0;
/// Letters in a line of a title, before it goes on in the next.
const TITLE_WIDTH: usize = 28;
const TEXT_WIDTH: usize = 44;

const STYLE: &str = "\
.page{fill:#ffffff}.lan{fill:#f3f6fa;stroke:#34567a;stroke-width:1.5}\
.router,.switch,.host{fill:#ffffff;stroke:#34567a;stroke-width:1.5}\
.sign{fill:none;stroke:#34567a;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
.line{fill:none;stroke:#34567a;stroke-width:1.6;stroke-linejoin:round}\
.apart{stroke:#b3261e;stroke-dasharray:6 4}.bad{fill:#b3261e;font-size:13px}\
.title{fill:#12202e;font-size:15px;font-weight:bold}.text{fill:#2c3e50;font-size:12px}\
text{font-family:system-ui,'DejaVu Sans',Helvetica,Arial,sans-serif}\
@media (prefers-color-scheme: dark){.page{fill:#10161d}.lan{fill:#1c2733;stroke:#8fb4dc}\
.router,.switch,.host{fill:#10161d;stroke:#8fb4dc}.sign,.line{stroke:#8fb4dc}\
.apart{stroke:#ff8a80}.bad{fill:#ff8a80}.title{fill:#eef4fa}.text{fill:#c9d6e3}}";

/// A box with its words.
struct Words {
    title: Vec<String>,
    text: Vec<String>,
    symbol: f64,
}

impl Words {
    fn width(&self) -> f64 {
        let widest = |lines: &[String], letter: f64| {
            lines.iter().map(|line| columns(line) * letter).fold(0.0, f64::max)
        };
        widest(&self.title, TITLE_LETTER).max(widest(&self.text, LETTER)) + 24.0 + self.symbol
    }

    fn height(&self) -> f64 {
        let text = count(self.title.len()) * TITLE_LINE + count(self.text.len()) * LINE;
        text.max(self.symbol) + 14.0
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

fn columns(text: &str) -> f64 {
    count(text.width())
}

/// Draws a topology.
#[must_use]
pub fn draw(topology: &Topology) -> String {
    let words: Vec<Words> = topology
        .nodes
        .iter()
        .map(|node| Words {
            title: wrap(&name(&node.title), TITLE_WIDTH),
            text: lines(&node.lines).iter().flat_map(|line| wrap(line, TEXT_WIDTH)).collect(),
            symbol: if node.kind == Kind::Lan { 0.0 } else { SYMBOL + 8.0 },
        })
        .collect();
    let sizes: Vec<(f64, f64)> = words.iter().map(|box_| (box_.width(), box_.height())).collect();
    let above = |at: usize| {
        let edge = &topology.edges[at];
        let ends = edge.ends.iter().map(|end| columns(&name(end))).sum::<f64>() + 4.0;
        ends.max(columns(&name(&edge.label)) + 2.0) * LETTER
    };
    let runs: Vec<f64> = (0..topology.edges.len()).map(above).collect();
    let layout = place(topology, &sizes, &runs);
    let remarks = remarks(topology);
    let widest = remarks.iter().map(|line| columns(line) * 8.0).fold(160.0, f64::max);
    let width = layout.width.max(widest) + 2.0 * MARGIN;
    let drawn = layout.height + 2.0 * MARGIN;
    let height = drawn + count(remarks.len()) * TITLE_LINE;

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>Topology</title>\n\
         <style>{STYLE}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
    );
    draw_lines(&mut out, topology, &layout);
    let apart = topology.apart();
    for (at, words) in words.iter().enumerate() {
        draw_box(&mut out, words, topology.nodes[at].kind, apart[at], layout.boxes[at]);
    }
    for (at, line) in remarks.iter().enumerate() {
        text(&mut out, "bad", "start", (MARGIN, drawn + count(at) * TITLE_LINE), line);
    }
    out.push_str("</svg>\n");
    out
}

/// What is to be said below: what is not connected.
fn remarks(topology: &Topology) -> Vec<String> {
    if !topology.is_linked() && topology.nodes.len() > 1 {
        return vec!["No links are named: who is connected with whom is not known.".to_owned()];
    }
    let apart = topology.unreachable();
    let say = |(site, other): &(String, String)| {
        format!("{} is not connected with {}.", name(site), name(other))
    };
    apart.iter().flat_map(|two| wrap(&say(two), 100)).collect()
}

fn draw_lines(out: &mut String, topology: &Topology, layout: &Layout) {
    for line in &layout.lines {
        let corners: Vec<String> = line
            .corners
            .iter()
            .map(|(x, y)| format!("{:.1} {:.1}", x + MARGIN, y + MARGIN))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "<path class=\"line\" d=\"M{}\"/>", corners.join(" L"));
        label(out, topology, line);
    }
}

/// The words of a line, on its run.
fn label(out: &mut String, topology: &Topology, line: &Line) {
    let edge = &topology.edges[line.edge];
    let ((left, y), (right, _)) = line.run;
    let (left, right, y) = (left + MARGIN, right + MARGIN, y + MARGIN);
    let mut say = |anchor, at: Point, words: &str| {
        if !words.is_empty() {
            text(out, "text", anchor, at, &name(words));
        }
    };
    if let Some(near) = line.near {
        say("start", (left, y - 5.0), &edge.ends[near]);
    }
    say("end", (right - 6.0, y - 5.0), &edge.ends[line.far]);
    say("middle", (f64::midpoint(left, right), y + 14.0), &edge.label);
}

fn draw_box(out: &mut String, words: &Words, kind: Kind, apart: bool, at: Place) {
    let (x, y) = (at.x + MARGIN, at.y + MARGIN);
    let class = match kind {
        Kind::Lan => "lan",
        Kind::Router => "router",
        Kind::Switch => "switch",
        Kind::Host => "host",
    };
    let apart = if apart { " apart" } else { "" };
    let round = if kind == Kind::Lan { 16 } else { 5 };
    let _ = writeln!(
        out,
        "<rect class=\"{class}{apart}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
         rx=\"{round}\"/>",
        at.width, at.height
    );
    if let Some(path) = symbol(kind) {
        let (x, y) = (x + 8.0, y + (at.height - SYMBOL) / 2.0);
        let _ = writeln!(
            out,
            "<path class=\"sign\" transform=\"translate({x:.1} {y:.1})\" d=\"{path}\"/>"
        );
    }
    let middle = x + words.symbol + (at.width - words.symbol) / 2.0;
    let lines = count(words.title.len()) * TITLE_LINE + count(words.text.len()) * LINE;
    let mut y = y + (at.height - lines) / 2.0;
    for line in &words.title {
        y += TITLE_LINE;
        text(out, "title", "middle", (middle, y - 6.0), line);
    }
    for line in &words.text {
        y += LINE;
        text(out, "text", "middle", (middle, y - 5.0), line);
    }
}

/// The sign of a device, in a square of 34: a router sends in all directions, a switch to both sides, a
/// host has a screen.
fn symbol(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Lan => None,
        Kind::Router => Some(
            "M33 17a16 16 0 1 1 -32 0a16 16 0 1 1 32 0M17 13V5M14 8l3 -3l3 3M17 21v8M14 26l3 3l3 -3\
             M4 17h9M10 14l3 3l-3 3M30 17h-9M24 14l-3 3l3 3",
        ),
        Kind::Switch => Some("M1 6h32v22h-32zM6 13h19M22 10l3 3l-3 3M28 21h-19M12 18l-3 3l3 3"),
        Kind::Host => Some("M3 5h28v18h-28zM17 23v6M10 29h14"),
    }
}

fn text(out: &mut String, class: &str, anchor: &str, at: Point, words: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        at.0,
        at.1,
        escaped(words)
    );
}

/// Text as XML has it. Two characters that Unicode keeps from texts are none in XML either.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A text in lines of at most so many columns. A word that is longer goes on in the next line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let lines: Vec<String> =
        textwrap::wrap(text, width).iter().map(|line| line.clone().into_owned()).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}
