//! The Internet checksum as one works it out on paper.

use crate::event::Checksum;
use crate::render::setup::indent;
use crate::render::style::{Ink, Style};

/// Words in a row.
const ROW: usize = 8;
/// Rows that are shown whole.
const ROWS: usize = 8;
/// Columns of a row before what it adds up to.
const WORDS: usize = 62;

/// What is worked out, in a sentence.
pub(super) fn title(style: &Style, sum: &Checksum) -> String {
    let count = sum.words.len();
    let beside = if sum.pseudo_header.is_empty() {
        ""
    } else {
        " Before them it adds up a pseudo-header, which is never sent: so a message that came to \
         the wrong address is found."
    };
    let text = format!(
        "The checksum covers the {}: {count} words of 16 bits, with 0000 in the checksum's own \
         place.{beside} All are added up.",
        sum.covers
    );
    let first = indent(style);
    format!("\n{}", style.paragraph(first, first.len(), &text))
}

/// The words in rows with what each row adds up to, the sum, its carries folded, its complement.
pub(super) fn work(style: &Style, sum: &Checksum, left_open: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (part, words) in &sum.pseudo_header {
        let rows = words.chunks(ROW);
        let labels = std::iter::once(*part).chain(std::iter::repeat(""));
        lines.extend(rows.zip(labels).flat_map(|(words, label)| {
            let label = (!label.is_empty())
                .then(|| style.paint(Ink::Dim, &format!("     pseudo-header, {label}")));
            label.into_iter().chain(std::iter::once(row(style, None, words, usize::MAX)))
        }));
    }
    if !sum.pseudo_header.is_empty() {
        lines.push(style.paint(Ink::Dim, &format!("     the {}", sum.covers)));
    }
    // A row more is no reason to leave one out.
    let count = sum.words.len().div_ceil(ROW);
    let shown = if count > ROWS + 1 { ROWS } else { count };
    for (index, words) in sum.words.chunks(ROW).take(shown).enumerate() {
        let first = index * ROW;
        lines.push(row(style, Some(first * 2), words, sum.place.wrapping_sub(first)));
    }
    let rest = sum.words.get(shown * ROW..).unwrap_or_default();
    if !rest.is_empty() {
        let text = style.plain(&format!("… and {} more words", rest.len()));
        let total = total(rest);
        lines.push(format!("     {}= {total}", style.paint(Ink::Dim, &format!("{text:<WORDS$}"))));
    }
    lines.extend(ending(style, sum, left_open));
    lines
}

/// Words, with where they begin in the message, and what they add up to.
fn row(style: &Style, byte: Option<usize>, words: &[u16], place: usize) -> String {
    let mut text = String::new();
    for index in 0..ROW {
        let Some(word) = words.get(index) else {
            text.push_str("       ");
            continue;
        };
        if index == place {
            text.push_str(&style.paint(Ink::Warn, &format!("[{word:04x}]")));
            text.push(' ');
        } else {
            text.push_str(&style.paint(Ink::Value, &format!(" {word:04x} ")));
            text.push(' ');
        }
    }
    let byte = byte.map_or(String::new(), |byte| byte.to_string());
    let byte = style.paint(Ink::Dim, &format!("{byte:>4} "));
    let gap = WORDS - 7 * ROW;
    format!("{byte}{text}{:gap$}= {}", "", total(words))
}

/// What some words add up to.
fn total(words: &[u16]) -> String {
    hex(words.iter().map(|word| u64::from(*word)).sum())
}

/// The sum and what becomes of it.
fn ending(style: &Style, sum: &Checksum, left_open: bool) -> Vec<String> {
    let words =
        sum.words.len() + sum.pseudo_header.iter().map(|(_, words)| words.len()).sum::<usize>();
    let label = |text: &str, value: &str| format!("     {text:<26}{value}");
    let value = |text: &str| style.paint(Ink::Value, text);
    let mut lines = vec![label(&format!("sum of all {words} words"), &value(&hex(sum.sum)))];
    let mut before = sum.sum;
    for folded in &sum.folded {
        let text = format!(
            "{} → {} + {:#x} = {}",
            hex(before),
            hex(before & 0xffff),
            before >> 16,
            hex(*folded)
        );
        lines.push(label("carries added below", &style.plain(&text)));
        before = *folded;
    }
    let computed = hex(sum.computed.into());
    let turned = format!("{} → {computed}", hex(before));
    lines.push(label("every bit turned over", &style.plain(&turned)));
    let (ink, verdict) = match (left_open, sum.is_right()) {
        (true, _) => (Ink::Dim, format!("0 as yet: the kernel puts {computed} in")),
        (_, true) => (Ink::Good, format!("{}: the same", hex(sum.on_the_wire.into()))),
        (_, false) => {
            let wire = hex(sum.on_the_wire.into());
            (Ink::Bad, format!("{wire}: WRONG, it should be {computed}"))
        }
    };
    lines.push(label("in the packet", &style.paint(ink, &verdict)));
    lines
}

/// `0xb861`, and with carries `0x2_b861`.
fn hex(number: u64) -> String {
    match number >> 16 {
        0 => format!("{number:#06x}"),
        carries => format!("{carries:#x}_{:04x}", number & 0xffff),
    }
}
