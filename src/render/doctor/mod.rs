//! Findings: ok, warn, FAIL, and what to do.
//!
//! ```text
//!  ok    what was found, in one sentence
//!        what else is known of it
//!  warn  another sentence
//!        Do: what mends it        (Next: where nothing is to be mended)
//!        with --explain: what else there is to know, why it matters, the calls
//! ```
//!
//! Programs get an object for each check:
//!
//! | event | fields |
//! | --- | --- |
//! | `check` | `name`, `level` (`ok`, `warn`, `fail`), `text`, `details`, `remedy` (what mends it) or null, `next` (where nothing is to be mended) or null, `port` or null, `why`, `calls` (as in the event `call`, with `t_ns`) |
//! | `doctor` | the last one: `ready`, `interrupted`, `summary` |

use std::borrow::Cow;

use serde_json::{Value, json};

use super::explain::{self, Explainer};
use super::json::{call as call_fields, nanoseconds};
use super::setup::{banner, heading};
use super::style::{Ink, Markup, Style};
use crate::doctor::{Examination, Finding, Level, TracedCall};
use crate::event::{Operation, Outcome};

/// Columns before a sentence.
const MARGIN: usize = 7;

/// Everything that was found, as text or Markdown.
#[must_use]
pub fn page(style: &Style, found: &Examination, explain: bool) -> Vec<String> {
    let mut lines = vec![banner(style, "netlab: ready for the lab?")];
    let mut explainer = Explainer::default();
    if style.markup == Markup::Markdown {
        lines.extend(table(style, &shown(&found.findings, explain)));
        if explain {
            lines.extend(explained(style, &found.findings, &mut explainer));
        }
    } else {
        for finding in shown(&found.findings, explain).iter() {
            lines.extend(text(style, finding));
            if explain {
                lines.extend(notes(style, finding));
                lines.extend(why(style, finding));
                lines.extend(calls(style, &finding.calls, &mut explainer));
            }
        }
    }
    lines.push(String::new());
    let summary = style.paragraph("", 0, &found.summary());
    let ink = if found.is_ready() { Ink::Good } else { Ink::Bad };
    lines.push(style.paint(ink, &summary));
    lines
}

/// The findings one by one; or, when nothing is to be explained, what is as it should be of several
/// ports in one.
fn shown(findings: &[Finding], explain: bool) -> Cow<'_, [Finding]> {
    let free = |finding: &&Finding| {
        finding.port.is_some() && finding.level == Level::Ok && finding.details.is_empty()
    };
    let ports: Vec<String> = findings
        .iter()
        .filter(free)
        .filter_map(|found| found.port)
        .map(|p| p.to_string())
        .collect();
    let Some((last, first)) = ports.split_last().filter(|(_, first)| !first.is_empty() && !explain)
    else {
        return Cow::Borrowed(findings);
    };
    let text = format!("ports {} and {last} are free, TCP and UDP", first.join(", "));
    let mut shown = Vec::new();
    let mut told = false;
    for finding in findings {
        if !free(&finding) {
            shown.push(finding.clone());
        } else if !std::mem::replace(&mut told, true) {
            shown.push(Finding { text: text.clone(), ..finding.clone() });
        }
    }
    Cow::Owned(shown)
}

/// A finding as a person reads it.
fn text(style: &Style, finding: &Finding) -> Vec<String> {
    let label = format!(" {:<width$}", finding.level.name(), width = MARGIN - 1);
    let sentence = style.paragraph(&label, MARGIN, &finding.text);
    // The label is one word of ASCII, so what it takes can be cut off and painted.
    let (label, rest) = sentence.split_at(MARGIN.min(sentence.len()));
    let mut lines = vec![format!("{}{rest}", style.paint(ink(finding.level), label))];
    let indent = " ".repeat(MARGIN);
    for detail in &finding.details {
        lines.push(style.paint(Ink::Dim, &style.paragraph(&indent, MARGIN, detail)));
    }
    for (label, command) in [("Do: ", &finding.remedy), ("Next: ", &finding.next)] {
        if let Some(command) = command {
            let first = format!("{indent}{label}");
            lines.push(style.paragraph(&first, MARGIN + label.len(), command));
        }
    }
    lines
}

/// What else there is to know.
fn notes(style: &Style, finding: &Finding) -> Vec<String> {
    let indent = " ".repeat(MARGIN);
    let line = |note: &String| style.paint(Ink::Dim, &style.paragraph(&indent, MARGIN, note));
    finding.notes.iter().map(line).collect()
}

const fn ink(level: Level) -> Ink {
    match level {
        Level::Ok => Ink::Good,
        Level::Warn => Ink::Warn,
        Level::Fail => Ink::Bad,
    }
}

/// The lesson behind a check.
fn why(style: &Style, finding: &Finding) -> Option<String> {
    let label = format!("{}Why: ", " ".repeat(MARGIN));
    let text = style.paragraph(&label, MARGIN + 5, finding.why);
    (!finding.why.is_empty()).then(|| style.paint(Ink::Dim, &text))
}

/// The calls of a check.
fn calls(style: &Style, calls: &[TracedCall], explainer: &mut Explainer) -> Vec<String> {
    let line = |traced: &TracedCall| match capture(traced) {
        None => explainer.call(style, traced.at, &traced.call),
        Some(why) => {
            let words = explain::what(style, &traced.call);
            let socket = traced.call.socket.to_string();
            let indent = " ".repeat(18);
            let why = style.paint(Ink::Dim, &style.paragraph(&indent, 18, why));
            format!("{:>11.6}  {socket:<2} {words}\n{why}", traced.at.as_secs_f64())
        }
    };
    calls.iter().map(line).collect()
}

/// The one kind of socket that no other command makes.
fn capture(traced: &TracedCall) -> Option<&'static str> {
    match (&traced.call.operation, &traced.call.outcome) {
        (Operation::Socket { domain: "AF_PACKET", .. }, Outcome::Failed(_)) => {
            Some("not permitted: capturing needs root or the capability CAP_NET_RAW")
        }
        (Operation::Socket { domain: "AF_PACKET", .. }, _) => {
            Some("a packet socket: whole frames, as they pass the card; it hears none yet")
        }
        _ => None,
    }
}

/// A Markdown table: one row for each check.
fn table(style: &Style, findings: &[Finding]) -> Vec<String> {
    let mut lines = vec![String::new(), "| | found | to do |".into(), "| --- | --- | --- |".into()];
    for finding in findings {
        let mut found = finding.text.clone();
        for detail in &finding.details {
            found += "<br>";
            found += detail;
        }
        let remedy = finding.remedy.as_deref().or(finding.next.as_deref()).unwrap_or_default();
        lines.push(format!(
            "| {} | {} | {} |",
            finding.level.name(),
            cell(style, &found),
            cell(style, remedy)
        ));
    }
    lines
}

/// In a cell a bar would end it.
fn cell(style: &Style, text: &str) -> String {
    style.plain(text).replace('|', "\\|")
}

/// Why each check is made, and its calls, below the table.
fn explained(style: &Style, findings: &[Finding], explainer: &mut Explainer) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(heading(style, &finding.matter));
        lines.push(style.plain(finding.why));
        for note in &finding.notes {
            lines.push(format!("- {}", style.plain(note)));
        }
        if !finding.calls.is_empty() {
            lines.extend([String::new(), "```text".into()]);
            lines.extend(calls(style, &finding.calls, explainer));
            lines.push("```".into());
        }
    }
    lines
}

/// A finding for programs.
#[must_use]
pub fn json(finding: &Finding) -> Value {
    let calls = finding.calls.iter().map(|traced| {
        let mut fields = call_fields(&traced.call);
        fields["t_ns"] = nanoseconds(traced.at);
        fields
    });
    let details: Vec<&String> = finding.details.iter().chain(&finding.notes).collect();
    json!({
        "event": "check",
        "name": finding.name,
        "level": finding.level.name().to_ascii_lowercase(),
        "text": finding.text,
        "details": details,
        "remedy": finding.remedy,
        "next": finding.next,
        "port": finding.port,
        "why": finding.why,
        "calls": calls.collect::<Vec<_>>(),
    })
}
