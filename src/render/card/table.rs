//! Tables of cards: columns and a line below their titles, without a frame.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width,
};

use super::markdown::TIED;
use crate::render::style::Style;

/// Columns between two columns.
const GAP: usize = 2;

/// A table while it is read.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<CellAlignment>,
    rows: Vec<Vec<String>>,
    row: Vec<String>,
}

impl Table {
    pub(super) fn new(columns: &[CellAlignment]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new(), row: Vec::new() }
    }

    pub(super) fn cell(&mut self, words: String) {
        self.row.push(words);
    }

    pub(super) fn end_row(&mut self) {
        self.rows.push(std::mem::take(&mut self.row));
    }

    /// The longest word of each column: as long as there is room for all of them, none is broken.
    fn longest(&self) -> Vec<usize> {
        let mut longest = vec![0; self.columns.len()];
        for row in &self.rows {
            for (most, cell) in longest.iter_mut().zip(row) {
                let words = cell.split(' ').map(textwrap::core::display_width);
                *most = words.max().unwrap_or(0).max(*most);
            }
        }
        longest
    }

    /// The table as lines of the page.
    pub(super) fn lines(self, style: &Style) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        let line = if style.ascii { '-' } else { '─' };
        let below = LineStyle::none().fill(line).junction(' ');
        table.load_style(TableStyle::new().header_separator(below));
        table.force_no_tty();
        let width = u16::try_from(style.width).unwrap_or(u16::MAX);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        let longest = self.longest();
        let mut rows = self.rows.into_iter();
        table.set_header(rows.next().unwrap_or_default());
        for row in rows {
            let cells = row.into_iter().zip(&self.columns);
            table.add_row(cells.map(|(words, side)| Cell::new(words).set_alignment(*side)));
        }
        let whole = longest.iter().sum::<usize>() + GAP * longest.len() <= style.width;
        for (n, column) in table.column_iter_mut().enumerate() {
            let last = n + 1 == self.columns.len();
            let gap = if last { 0 } else { GAP };
            column.set_padding((0, u16::try_from(gap).unwrap_or(0)));
            let longest = longest.get(n).and_then(|longest| u16::try_from(longest + gap).ok());
            if let Some(longest) = longest.filter(|_| whole) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
            }
        }
        let text = table.to_string().replace(TIED, " ");
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_wide_enough_and_no_wider() {
        let mut table = Table::new(&[CellAlignment::Left, CellAlignment::Right]);
        for row in [["What", "How many"], ["sockets", "3"]] {
            for cell in row {
                table.cell(cell.to_owned());
            }
            table.end_row();
        }
        let style = Style { ascii: true, ..Style::default() };
        let lines = table.lines(&style);
        assert_eq!(lines, ["What      How many", "--------- --------", "sockets          3"]);
    }

    #[test]
    fn words_are_not_broken_as_long_as_there_is_room() {
        let mut table = Table::new(&[CellAlignment::Left; 4]);
        let row = ["SYN-RECEIVED", "peer's kernel", "FIN-WAIT-1, CLOSING", "peer's kernel"];
        for cell in row {
            table.cell(cell.to_owned());
        }
        table.end_row();
        let lines = table.lines(&Style { width: 50, ..Style::default() });
        assert!(lines.iter().any(|line| line.contains("SYN-RECEIVED")), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("FIN-WAIT-1,")), "{lines:#?}");
    }
}
