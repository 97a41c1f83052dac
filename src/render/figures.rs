//! Figures on the page: counts with what they mean, shares, and how round trips are spread.

use std::time::Duration;

use super::style::{Ink, Markup, Style};
use crate::event::Bucket;

/// Columns of the names of figures.
const LABEL: usize = 13;
/// Columns of the longest bar.
const BAR: usize = 40;

/// A count, its name, and what is to be said of it.
pub(super) fn row(style: &Style, label: &str, count: u64, meaning: &str, ink: Ink) -> String {
    if style.markup == Markup::Markdown {
        return style.plain(&format!("- {label}: {count} ({meaning})"));
    }
    let first = format!("  {label:<LABEL$}{count:>8}  ");
    let text = style.paragraph(&first, LABEL + 12, meaning);
    // Only what is said about the number is coloured, so that numbers stay easy to compare.
    match text.strip_prefix(&first) {
        Some(rest) => format!("{first}{}", style.paint(ink, rest)),
        None => text,
    }
}

/// A figure that is words: a name, and what it is.
pub(super) fn figure(style: &Style, label: &str, text: &str) -> String {
    if style.markup == Markup::Markdown {
        let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
        return style.plain(&format!("- {label}{text}"));
    }
    style.plain(&format!("  {label:<LABEL$}{text}"))
}

/// `20 %`: a part of a whole.
pub(super) fn share(part: u64, whole: u64) -> String {
    percent(ratio(part, whole))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// How round trips are spread, a bar for each bucket.
pub(super) fn histogram(style: &Style, buckets: &[Bucket]) -> Vec<String> {
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0);
    let edges: Vec<(String, String)> = buckets
        .iter()
        .map(|b| [b.from, b.to].map(|time| style.plain(&edge(time))).into())
        .collect();
    let width =
        edges.iter().flat_map(|(a, b)| [a, b]).map(|e| e.chars().count()).max().unwrap_or(0);
    let digits = most.to_string().len();
    let fence = style.markup == Markup::Markdown;
    let mut lines = vec![if fence { "\n```text".to_owned() } else { String::new() }];
    for (bucket, (from, to)) in buckets.iter().zip(&edges) {
        let bar = bar(style, ratio(bucket.count, most), bucket.count > 0);
        let line = format!("  {from:>width$} to {to:>width$}  {:>digits$}  {bar}", bucket.count);
        lines.push(line.trim_end().to_owned());
    }
    if fence {
        lines.push("```".to_owned());
    }
    lines
}

/// A time as exact as it is: edges are round numbers, and neighbours must not look the same.
fn edge(time: Duration) -> String {
    let nanoseconds = time.as_nanos();
    let (unit, name) = match nanoseconds {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let rest = format!("{:09}", nanoseconds % unit * (1_000_000_000 / unit));
    let rest = rest.trim_end_matches('0');
    let point = if rest.is_empty() { "" } else { "." };
    format!("{}{point}{rest} {name}", nanoseconds / unit)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of forty columns"
)]
fn bar(style: &Style, share: f64, any: bool) -> String {
    // Whatever happened at all is seen.
    let columns = ((share * BAR as f64).round() as usize).max(usize::from(any));
    let sign = if style.ascii { "#" } else { "█" };
    style.paint(Ink::Value, &sign.repeat(columns))
}

/// `20 %`, `0.5 %`.
pub(super) fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0).round() / 100.0;
    format!("{hundredths} %")
}
