//! What is right and what is wrong in a plan.
//!
//! ```text
//!   ok     Hostel    10.106.192.0/22, 546 hosts, 1022 usable
//!   wrong  Admin     10.106.199.128/27, line 9
//!                    /27 has 30 usable addresses, 36 are needed: a /26 has 62
//!                    Next free: 10.106.199.128/26
//! ```

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::super::setup::{banner, heading, indent};
use super::super::style::{Ink, Markup, Style};
use super::super::table;
use super::{cell, name, plan};
use crate::subnet::check::{Checked, Fault, Grade, Verdict};

/// Columns before what is said.
const LABEL: usize = 9;
/// A name that is wider stands out of its column.
const WIDEST: usize = 24;

/// A plan that was checked.
#[must_use]
pub fn page(style: &Style, checked: &Checked, file: &str, explain: bool) -> Vec<String> {
    let base = match (checked.base, checked.base_is_given) {
        (Some(base), true) => format!(", base {base}"),
        _ => String::new(),
    };
    let mut lines = vec![banner(style, &title(style, &name(file), &base))];
    for (title, verdicts) in [("Networks", &checked.rows), ("Addresses and links", &checked.ends)] {
        if verdicts.is_empty() {
            continue;
        }
        lines.push(heading(style, title));
        if style.markup == Markup::Markdown {
            lines.push(markdown(style, verdicts));
        } else {
            let widths = verdicts.iter().map(|verdict| name(&verdict.name).width());
            let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
            for verdict in verdicts {
                lines.extend(row(style, verdict, width, explain));
            }
        }
    }
    if !checked.whole.is_empty() {
        lines.push(heading(style, "The whole"));
        for fault in &checked.whole {
            lines.extend(whole(style, fault, explain));
        }
    }
    if checked.base_is_given {
        lines.push(heading(style, if checked.is_right() { "Free" } else { "Free besides" }));
        lines.extend(plan::free(style, &checked.free));
    }
    lines.push(heading(style, "Result"));
    lines.push(style.paragraph(indent(style), indent(style).len(), &result(style, checked)));
    if explain {
        lines.push(heading(style, "The rules"));
        for rule in RULES {
            let first = if style.markup == Markup::Markdown { "- " } else { "  - " };
            lines.push(style.paragraph(first, first.len(), rule));
        }
    }
    lines
}

/// Columns around a title.
const FRAME: usize = "--  --".len();

/// A file far down its folders is named by its last part, so that the title keeps to one line.
fn title(style: &Style, file: &str, base: &str) -> String {
    let whole = format!("Check of {file}{base}");
    if style.markup == Markup::Markdown || whole.width() + FRAME <= style.width {
        return whole;
    }
    let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
    format!("Check of {last}{base}")
}

const RULES: [&str; 7] = [
    "A network begins at a multiple of its own size: its host bits are all 0 there.",
    "No address is in two networks, and none outside the base.",
    "n host bits are 2^n - 2 hosts: the first address is the network, the last the broadcast. A /31 \
     is a link of two (RFC 3021).",
    "A gateway is a host of the network that it serves; there is one for each.",
    "Both ends of a link are in one network, and no address is given twice.",
    "Every site is reachable from every other.",
    "Any plan that keeps these rules is right, whatever its order and whatever it leaves free.",
];

fn ink(grade: Grade) -> Ink {
    match grade {
        Grade::Ok => Ink::Good,
        Grade::Note => Ink::Dim,
        Grade::Warn => Ink::Warn,
        Grade::Wrong => Ink::Bad,
    }
}

fn graded(style: &Style, grade: Grade) -> String {
    format!("  {}", style.paint(ink(grade), &format!("{:<7}", grade.name())))
}

/// A row of the plan: one line when it is right, and one more for each thing to say.
fn row(style: &Style, verdict: &Verdict, width: usize, explain: bool) -> Vec<String> {
    let grade = verdict.grade();
    let mut parts: Vec<String> = match (verdict.address, verdict.network) {
        (Some(address), Some(network)) => vec![format!("{address}/{}", network.prefix())],
        (Some(address), None) => vec![address.to_string()],
        (None, network) => network.iter().map(ToString::to_string).collect(),
    };
    if let Some(hosts) = verdict.hosts.filter(|_| !verdict.link) {
        parts.push(format!("{hosts} {}", if hosts == 1 { "host" } else { "hosts" }));
    }
    if let Some(network) = verdict.network.filter(|net| net.is_v4() && verdict.hosts.is_some()) {
        parts.push(format!("{} usable", network.usable()));
    }
    if let Some(line) = verdict.line.filter(|_| grade > Grade::Ok) {
        parts.push(format!("line {line}"));
    }
    let title = name(&verdict.name);
    // Padding counts letters, some of which are two columns wide.
    let space = " ".repeat(width.saturating_sub(title.width()));
    let text = format!("{title}{space}  {}", parts.join(", "));
    let mut lines = vec![style.paragraph(&graded(style, grade), LABEL + 4, text.trim_end())];
    for fault in &verdict.faults {
        lines.extend(said(style, fault, grade, explain));
    }
    if let Some(fix) = verdict.fix {
        let text = format!("Next free: {}", style.paint(Ink::Good, &fix.to_string()));
        lines.push(style.paragraph(&" ".repeat(LABEL + 2), LABEL + 4, &text));
    }
    lines
}

/// One thing to say about a row.
fn said(style: &Style, fault: &Fault, around: Grade, explain: bool) -> Vec<String> {
    // The grade of the row is not said again.
    let word =
        if fault.grade == around { String::new() } else { format!("{}: ", fault.grade.name()) };
    let text = format!("{word}{}.", name(&fault.text).trim_end_matches('.'));
    let mut lines = vec![style.paragraph(&" ".repeat(LABEL + 2), LABEL + 4, &text)];
    if let Some(rule) = fault.rule.filter(|_| explain || fault.grade == Grade::Wrong) {
        lines.push(style.paragraph(&" ".repeat(LABEL + 2), LABEL + 4, &format!("Rule: {rule}.")));
    }
    lines
}

fn whole(style: &Style, fault: &Fault, explain: bool) -> Vec<String> {
    let text = name(&fault.text);
    if style.markup == Markup::Markdown {
        return vec![format!("- {}: {}", fault.grade.name(), cell(style, &fault.text))];
    }
    let mut lines = vec![style.paragraph(&graded(style, fault.grade), LABEL, &text)];
    if let Some(rule) = fault.rule.filter(|_| explain || fault.grade == Grade::Wrong) {
        lines.push(style.paragraph(&" ".repeat(LABEL), LABEL, &format!("Rule: {rule}.")));
    }
    lines
}

/// A table, and below it what there is to say of its rows: a cell is no place for sentences.
fn markdown(style: &Style, verdicts: &[Verdict]) -> String {
    let mut table = table::empty(style);
    table.set_header(["Result", "Line", "What", "Prefix", "Next free"]);
    let mut remarks = String::new();
    for verdict in verdicts {
        let optional = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let line = optional(verdict.line.map(|line| line.to_string()));
        let what = cell(style, &verdict.name);
        for fault in &verdict.faults {
            let rule = fault.rule.map_or_else(String::new, |rule| format!(" Rule: {rule}."));
            // Writing to a String cannot fail.
            let _ = write!(
                remarks,
                "\n- {}, line {line}, {what}: {}.{rule}",
                fault.grade.name(),
                cell(style, fault.text.trim_end_matches('.'))
            );
        }
        table.add_row([
            verdict.grade().name().to_owned(),
            line,
            what,
            optional(verdict.network.map(|network| network.to_string())),
            optional(verdict.fix.map(|network| network.to_string())),
        ]);
    }
    let between = if remarks.is_empty() { "" } else { "\n" };
    format!("{table}{between}{remarks}")
}

fn result(style: &Style, checked: &Checked) -> String {
    let count = |grade| checked.count(grade);
    let counts = format!(
        "{} ok, {} wrong, {} warn, {} note",
        count(Grade::Ok),
        count(Grade::Wrong),
        count(Grade::Warn),
        count(Grade::Note)
    );
    if checked.is_right() {
        let word = match count(Grade::Warn) {
            0 => style.paint(Ink::Good, "The plan is right."),
            1 => style.paint(Ink::Warn, "The plan is right, with 1 warning."),
            more => style.paint(Ink::Warn, &format!("The plan is right, with {more} warnings.")),
        };
        format!("{word} {counts}.")
    } else {
        let word = style.paint(Ink::Bad, "The plan is wrong.");
        let moves = checked.rows.iter().any(|row| row.fix.is_some());
        let more = if moves {
            " The free blocks above, taken together, are a place for every network."
        } else {
            ""
        };
        format!("{word} {counts}.{more}")
    }
}
