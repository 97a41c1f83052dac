//! A row of the picture: cells of one column each, on which things are put at their place.

use unicode_width::UnicodeWidthChar;

use super::super::style::{Ink, Style};

/// A row of cells.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    cells: Vec<Cell>,
}

/// One column. A wide letter fills its own cell and leaves the next one without text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    text: String,
    ink: Option<Ink>,
}

impl Cell {
    fn blank() -> Self {
        Self { text: " ".to_owned(), ink: None }
    }
}

impl Canvas {
    /// An empty row of so many columns.
    pub(super) fn new(width: usize) -> Self {
        Self { cells: vec![Cell::blank(); width] }
    }

    /// Puts text from a column on. What would stand behind the last column is left out: whoever puts
    /// text has measured it.
    pub(super) fn put(&mut self, column: usize, ink: Option<Ink>, text: &str) {
        let mut at = column;
        for letter in text.chars() {
            let wide = letter.width().unwrap_or(0);
            if wide == 0 {
                // A combining mark belongs to the letter before it.
                if at > column
                    && let Some(cell) = self.cells[..at].iter_mut().rfind(|c| !c.text.is_empty())
                {
                    cell.text.push(letter);
                }
                continue;
            }
            if at + wide > self.cells.len() {
                return;
            }
            for place in at..at + wide {
                self.clear(place);
            }
            self.cells[at] = Cell { text: letter.to_string(), ink };
            for cell in &mut self.cells[at + 1..at + wide] {
                *cell = Cell { text: String::new(), ink };
            }
            at += wide;
        }
    }

    /// Empties a column; half a wide letter is none.
    fn clear(&mut self, place: usize) {
        if self.cells[place].text.is_empty() && place > 0 {
            self.cells[place - 1] = Cell::blank();
        }
        if self.cells.get(place + 1).is_some_and(|next| next.text.is_empty()) {
            self.cells[place + 1] = Cell::blank();
        }
        self.cells[place] = Cell::blank();
    }

    /// Whether nothing stands in a column.
    pub(super) fn is_blank(&self, column: usize) -> bool {
        self.cells.get(column).is_none_or(|cell| cell.text == " ")
    }

    /// The row as text, its colours around runs of cells, without blanks at its end.
    pub(super) fn line(&self, style: &Style) -> String {
        let end = self.cells.iter().rposition(|cell| cell.text != " ").map_or(0, |last| last + 1);
        let mut line = String::new();
        let mut cells = self.cells[..end].iter().peekable();
        while let Some(cell) = cells.next() {
            let mut run = cell.text.clone();
            while let Some(next) = cells.next_if(|next| next.ink == cell.ink) {
                run.push_str(&next.text);
            }
            match cell.ink {
                Some(ink) => line.push_str(&style.paint(ink, &run)),
                None => line.push_str(&run),
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_fill_two_columns_and_are_never_halved() {
        let mut row = Canvas::new(6);
        row.put(0, None, "你好");
        row.put(1, None, "x");
        row.put(5, None, "你");
        assert_eq!(row.line(&Style::default()), " x好");
    }

    #[test]
    fn marks_stay_on_their_letter() {
        let mut row = Canvas::new(3);
        row.put(0, None, "\u{301}e\u{301}a");
        assert_eq!(row.line(&Style::default()), "e\u{301}a");
    }
}
