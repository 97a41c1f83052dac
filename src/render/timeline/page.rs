//! A whole picture as a page: what it is made of, the lanes, what to know about it.

use std::time::Duration;

use super::super::setup::{banner, heading};
use super::super::style::{Ink, Markup, Style};
use super::lanes::{Detail, Lanes};
use super::markdown;
use super::words::{NAME, clean, duration, paragraph, short};
use crate::timeline::{Alignment, Demo, Lane, Picture, Place, RowKind, Source};

/// The lines of a page; `explain`: with numbers of packets, and what made each of them go.
#[must_use]
pub fn page(style: &Style, picture: &Picture, explain: bool) -> Vec<String> {
    if style.markup == Markup::Markdown {
        return markdown::page(style, picture, explain);
    }
    let mut out = vec![banner(style, &title(style, picture))];
    if let Some(demo) = picture.demo.as_ref().filter(|demo| !demo.about.is_empty()) {
        let about = paragraph(style, "", 0, &clean(style, &demo.about));
        out.extend(about.lines().map(str::to_owned));
    }
    for source in picture.sources.iter().filter(|source| !source.file.is_empty()) {
        let text = paragraph(style, "  ", 4, &source_words(style, source));
        out.extend(text.lines().map(str::to_owned));
    }
    for text in &picture.first {
        let text = paragraph(style, "  ", 2, &clean(style, text));
        out.extend(text.lines().map(|line| style.paint(Ink::Warn, line)));
    }
    out.push(String::new());
    out.extend(lanes(style, picture, explain));
    if let Some(demo) = &picture.demo {
        out.extend(seen(style, demo));
    }
    let remarks = remarks(style, picture);
    if !remarks.is_empty() {
        out.extend(heading(style, "What to know about this picture").lines().map(str::to_owned));
        let sign = if style.ascii { "  - " } else { "  • " };
        for text in remarks {
            out.extend(paragraph(style, sign, 4, &text).lines().map(str::to_owned));
        }
    }
    out
}

/// What there was to see in a demo.
fn seen(style: &Style, demo: &Demo) -> Vec<String> {
    let mut out = Vec::new();
    if !demo.saw.is_empty() {
        out.extend(heading(style, "What you saw").lines().map(str::to_owned));
    }
    for text in &demo.saw {
        let text = paragraph(style, "  ", 2, &clean(style, text));
        out.extend(text.lines().map(str::to_owned));
    }
    if !demo.card.is_empty() {
        out.extend(heading(style, "Read next").lines().map(str::to_owned));
        let text = clean(style, &format!("  netlab explain {}", demo.card));
        out.push(style.paint(Ink::Value, &short(style, &text, style.width)));
    }
    out
}

/// The title: of a demo its own, otherwise who takes part.
pub(super) fn title(style: &Style, picture: &Picture) -> String {
    let text = match &picture.demo {
        Some(demo) if !demo.title.is_empty() => demo.title.clone(),
        _ => {
            let name = |lane: &Lane| short(style, &lane.name, NAME);
            match picture.lanes.iter().map(name).collect::<Vec<_>>().as_slice() {
                [] => "Time line".to_owned(),
                [only] => format!("Time line: {only}"),
                [one, other] => format!("Time line: {one} and {other}"),
                [one, .., last] => format!("Time line: {one} to {last}"),
            }
        }
    };
    short(style, &text, style.width.saturating_sub(6))
}

/// Head, rows and legend.
pub(super) fn lanes(style: &Style, picture: &Picture, explain: bool) -> Vec<String> {
    let mut lanes = Lanes::of(style, picture, detail(picture, explain));
    let mut out = lanes.head();
    out.extend(lanes.rows(&picture.rows));
    if picture.rows.is_empty() && picture.span.is_none() {
        let text = "Nothing happened that could be drawn: no call, no packet.";
        let text = paragraph(style, "  ", 2, text);
        out.extend(text.lines().map(|line| style.paint(Ink::Dim, line)));
    }
    let legend = lanes.legend();
    if !legend.is_empty() {
        out.push(String::new());
        out.extend(legend);
    }
    out
}

/// What a picture needs of room and digits.
pub(super) fn detail(picture: &Picture, explain: bool) -> Detail {
    let outside = picture.rows.iter().any(|row| match &row.kind {
        RowKind::Packet(packet) => Place::Outside == packet.from || Place::Outside == packet.to,
        _ => false,
    });
    let span = picture.rows.iter().map(|row| row.at).max().unwrap_or_default();
    Detail { explain, span, outside }
}

/// A record in words: its file, where and what it is of.
pub(super) fn source_words(style: &Style, source: &Source) -> String {
    let packets = if source.captured { "with packets" } else { "without packets" };
    let command = source.command.join(" ");
    let text = format!(
        "{}: netlab {command}, on {} ({}), {packets}",
        source.file, source.host, source.system
    );
    clean(style, &text)
}

/// What to know, in sentences.
pub(super) fn remarks(style: &Style, picture: &Picture) -> Vec<String> {
    const HOW: &str = "To see what crossed the wire, run again with --packets; capturing needs \
        privilege: sudo netlab ... --packets --record FILE";
    const HOW_OF_A_TRACE: &str = "To see what crossed the wire, run it with privilege and without \
        --no-packets: sudo netlab trace ...";
    let clocks = picture.alignment.iter().map(|alignment| clocks(style, alignment));
    let others = picture.remarks.iter().map(|text| {
        let mut text = short(style, text, 1000);
        if text.get(..1).is_some_and(|first| first != ".") && !text.ends_with('.') {
            text.push('.');
        }
        text
    });
    let none = !picture.sources.is_empty() && picture.sources.iter().all(|s| !s.captured);
    let digests = "# and four digits are the beginning of a message's digest: the same text has \
        the same on both sides. A record keeps no texts.";
    let any = picture.rows.iter().any(|row| match &row.kind {
        RowKind::Call(call) => call.messages.iter().any(|m| m.text.contains("SHA-256")),
        RowKind::Message(message) => message.text.contains("SHA-256"),
        _ => false,
    });
    let trace = picture.sources.iter().all(Source::is_trace);
    let how = none.then(|| clean(style, if trace { HOW_OF_A_TRACE } else { HOW }));
    clocks.chain(others).chain(how).chain(any.then(|| digests.to_owned())).collect()
}

/// How two clocks became one.
fn clocks(style: &Style, alignment: &Alignment) -> String {
    let most = duration(style, Duration::from_nanos(alignment.uncertainty_ns));
    let text = if alignment.one_machine {
        format!(
            "One machine, one clock (within {most}): {}. Of two things on two sides that are closer \
             together it is not known which was first.",
            alignment.basis
        )
    } else if alignment.bounded {
        format!(
            "Two clocks became one, from {} pairs of something that left one side and arrived at the \
             other: {}. It may be wrong by {most}: of two things on two sides that are closer \
             together it is not known which was first.",
            alignment.pairs, alignment.basis
        )
    } else {
        format!(
            "Two clocks, and not enough to bring them together for sure: {}. Which of two sides was \
             first is not certain.",
            alignment.basis
        )
    };
    clean(style, &text)
}
