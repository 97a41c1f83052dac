//! The 65,536 ports as a bar, with some of them marked.

use super::style::{Ink, Style};
use crate::port::Range;
use crate::port::registry::Span;

/// Ports that one character of the bar stands for: 64 characters fit every page.
const PORTS_PER_CELL: u32 = 1024;
/// Columns of the page beside its margin.
const PAGE: usize = 78;

/// The bar, the first ports of the ranges and the marks, each below its own place, and what the signs
/// of the bar mean. A mark has its port's number, its range, and what it is; `stretch` is a part of the
/// bar and what it is.
///
/// ```text
/// █───────────────────────────────────────────────════════════════
/// 0╵1024                                          ╵49152
///      ▲ 6000 registered: x11
///                                 ├──── source ports ────────┤
/// █ well-known 0-1023   ─ registered 1024-49151   ═ dynamic 49152-65535
/// ```
#[must_use]
pub fn bar(style: &Style, ports: &[(u16, String)], stretch: Option<(Span, &str)>) -> Vec<String> {
    let mut lines = vec![format!("  {}", line(style)), format!("  {}", scale(style))];
    for (port, meaning) in ports {
        let at = cell(*port);
        let mark = if style.ascii { '^' } else { '▲' };
        let number = style.paint(Ink::Value, &port.to_string());
        let text = format!("{number} {}: {meaning}", Range::of(*port));
        // The words stand on the side of the mark where there is room.
        let width = port.to_string().len() + Range::of(*port).name().len() + meaning.len() + 4;
        match at.checked_sub(width) {
            Some(before) => lines.push(format!("  {}{text} {mark}", " ".repeat(before))),
            None if at + 2 + width <= PAGE => {
                lines.push(format!("  {}{mark} {text}", " ".repeat(at)));
            }
            None => {
                lines.push(format!("  {}{mark}", " ".repeat(at)));
                lines.push(format!("  {text}"));
            }
        }
    }
    lines.extend(stretch.map(|(span, meaning)| self::stretch(style, span, meaning)));
    lines.push(format!("  {}", style.paint(Ink::Dim, &key(style))));
    lines
}

/// A stretch of the bar, drawn below it, and what it is.
fn stretch(style: &Style, ports: Span, meaning: &str) -> String {
    let (first, last) = (cell(ports.first), cell(ports.last));
    let [left, right, sign] = if style.ascii { ['|', '|', '-'] } else { ['├', '┤', '─'] };
    let inner = (last - first).saturating_sub(1);
    let label = format!(" {meaning} ");
    let wide = label.chars().count() <= inner;
    let fill = |columns: usize| sign.to_string().repeat(columns);
    let spare = inner - if wide { label.chars().count() } else { 0 };
    let (inside, behind) = if wide {
        (format!("{}{label}{}", fill(spare / 2), fill(spare - spare / 2)), String::new())
    } else {
        (fill(spare), label.trim_end().to_owned())
    };
    format!("  {}{left}{inside}{right}{behind}", " ".repeat(first))
}

/// What each range is drawn with.
const fn signs(style: &Style) -> [char; 3] {
    if style.ascii { ['#', '-', '='] } else { ['█', '─', '═'] }
}

fn line(style: &Style) -> String {
    let signs = signs(style);
    (0..=u32::from(u16::MAX) / PORTS_PER_CELL)
        .map(|cell| {
            let port = u16::try_from(cell * PORTS_PER_CELL).unwrap_or(u16::MAX);
            match Range::of(port) {
                Range::WellKnown => signs[0],
                Range::Registered => signs[1],
                Range::Dynamic => signs[2],
            }
        })
        .collect()
}

/// The first port of each range, with a tick below its place.
fn scale(style: &Style) -> String {
    let tick = if style.ascii { '|' } else { '╵' };
    let mut text = String::new();
    for range in Range::ALL {
        let (first, _) = range.bounds();
        let spare = cell(first).saturating_sub(text.chars().count());
        text.push_str(&" ".repeat(spare));
        if first > 0 {
            text.push(tick);
        }
        text.push_str(&first.to_string());
    }
    text
}

/// What the signs of the bar mean. It stands below everything that has a place.
fn key(style: &Style) -> String {
    let parts = Range::ALL.iter().zip(signs(style)).map(|(range, sign)| {
        let (first, last) = range.bounds();
        format!("{sign} {range} {first}-{last}")
    });
    parts.collect::<Vec<_>>().join("   ")
}

const fn cell(port: u16) -> usize {
    (port as u32 / PORTS_PER_CELL) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_stands_below_its_own_place() {
        let style = Style { ascii: true, ..Style::default() };
        for port in
            [0, 20_000, 39_871, 46_781, 1023, 1024, 6000, 33_000, 49_151, 49_152, 54_321, 65_535]
        {
            let lines =
                bar(&style, &[(port, "the server's, chosen by bind with port 0".to_owned())], None);
            let column = lines[2].find('^').expect("a mark");
            let sign = lines[0].as_bytes()[column] as char;
            let expected = match Range::of(port) {
                Range::WellKnown => '#',
                Range::Registered => '-',
                Range::Dynamic => '=',
            };
            assert_eq!(sign, expected, "{port}\n{}", lines.join("\n"));
        }
    }

    /// Whoever reads a mark against the line above it reads right.
    #[test]
    fn the_first_port_of_each_range_stands_below_its_own_place() {
        let style = Style { ascii: true, ..Style::default() };
        let lines = bar(&style, &[], None);
        let ticks: Vec<usize> = lines[1].match_indices('|').map(|(at, _)| at).collect();
        assert_eq!(ticks, [2 + cell(1024), 2 + cell(49_152)]);
        for tick in ticks {
            assert_ne!(lines[0].as_bytes()[tick], lines[0].as_bytes()[tick - 1], "{lines:?}");
        }
        assert!(lines[1].contains("|1024 ") && lines[1].ends_with("|49152"), "{lines:?}");
        for range in Range::ALL {
            assert!(lines[2].contains(range.name()) && !lines[1].contains(range.name()));
        }
    }

    #[test]
    fn a_stretch_stands_below_its_own_place() {
        let style = Style { ascii: true, ..Style::default() };
        let line = stretch(&style, Span { first: 32_768, last: 60_999 }, "source ports");
        assert_eq!((line.find('|'), line.rfind('|')), (Some(2 + 32), Some(2 + 59)), "{line}");
        assert!(line.contains("- source ports -"), "{line}");
        let narrow = stretch(&style, Span { first: 49_152, last: 49_160 }, "source ports");
        assert!(narrow.ends_with("|| source ports"), "{narrow}");
    }

    #[test]
    fn the_page_is_wide_enough() {
        let port = (31_000, "the server listens on it".to_owned());
        let lines = bar(&Style::default(), &[port], Some((Span::one(40_000), "source ports here")));
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", lines.join("\n"));
    }
}
