//! The 65,536 ports as a bar, with some of them marked.

use std::fmt::Write as _;

use super::style::{Ink, Style};
use crate::port::Range;

/// Ports that one character of the bar stands for: 64 characters fit every page.
const PORTS_PER_CELL: u32 = 1024;
/// Columns of the page beside its margin.
const PAGE: usize = 78;

/// The bar, the marks below it, and a line for each port: its number, its range, what it is.
#[must_use]
pub fn bar(style: &Style, ports: &[(u16, String)]) -> Vec<String> {
    let mut lines = vec![format!("  {}", line(style)), "  ".to_owned() + &legend()];
    for (port, meaning) in ports {
        let at = cell(*port);
        let (first, last) = Range::of(*port).bounds();
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
        debug_assert!((first..=last).contains(port));
    }
    lines
}

fn line(style: &Style) -> String {
    let signs = if style.ascii { ['#', '-', '='] } else { ['█', '─', '═'] };
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

/// The first port of each range, below its place.
fn legend() -> String {
    let mut text = String::new();
    for range in Range::ALL {
        let (first, _) = range.bounds();
        let at = cell(first);
        while text.len() < at {
            text.push(' ');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{first} {range} ");
    }
    text.trim_end().to_owned()
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
                bar(&style, &[(port, "the server's, chosen by bind with port 0".to_owned())]);
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

    #[test]
    fn the_page_is_wide_enough() {
        let lines = bar(&Style::default(), &[(31_000, "the server listens on it".to_owned())]);
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", lines.join("\n"));
    }
}
