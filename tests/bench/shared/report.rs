//! Figures for people: aligned tables, ratios beside their targets, medians.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's standard output is its result; this module alone prints"
)]

use std::ops::{Bound, RangeBounds};

/// Rows of text whose columns line up: the first to the left, the figures to the right.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads.
    pub fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(ToString::to_string).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Prints the table under a title.
    pub fn print(&self, title: &str) {
        println!("\n{title}");
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let align = |(column, (cell, width)): (usize, (&String, &usize))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            };
            let cells: Vec<String> = row.iter().zip(&widths).enumerate().map(align).collect();
            println!("  {}", cells.join("  ").trim_end());
        }
    }
}

/// A table of verdicts: what was compared, the figure, the target, and whether it is met.
pub struct Verdicts(Table);

impl Verdicts {
    /// No verdicts yet.
    pub fn new() -> Self {
        Self(Table::new(&["compared", "figure", "target", ""]))
    }

    /// Adds one comparison. A figure that could not be had is shown as such; a target of `..`
    /// is none, for what is good to know.
    pub fn add(
        &mut self,
        what: &str,
        figure: Option<f64>,
        unit: &str,
        target: impl RangeBounds<f64>,
    ) {
        let sought = match (target.start_bound(), target.end_bound()) {
            (Bound::Included(limit), _) => format!(">= {limit:.2}{unit}"),
            (_, Bound::Included(limit)) => format!("<= {limit:.2}{unit}"),
            _ => String::new(),
        };
        let verdict = match figure {
            None => "not measured",
            Some(_) if sought.is_empty() => "",
            Some(figure) if target.contains(&figure) => "met",
            Some(_) => "MISSED",
        };
        let shown = figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.2}{unit}"));
        let cells = [what, &shown, &sought, verdict];
        self.0.row(cells.map(str::to_owned).to_vec());
    }

    /// Prints the verdicts.
    pub fn print(&self) {
        self.0.print("  netlab against the others and the targets");
    }
}

/// Prints a remark.
pub fn note(text: &str) {
    println!("{text}");
}

/// The value a given share of the way through the sorted figures; 0.5 is the median.
pub fn quantile(figures: &[f64], share: f64) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    sorted.get(nearest(float(last) * share)).copied()
}

/// The median, for figures that may be missing altogether.
pub fn median(figures: &[f64]) -> Option<f64> {
    quantile(figures, 0.5)
}

/// A figure for a cell, or a dash.
pub fn cell(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.decimals$}"))
}

/// A count as a figure.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts here stay far below 2^52, where doubles are exact"
)]
pub fn float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a slice's last index is neither negative nor beyond it"
)]
fn nearest(position: f64) -> usize {
    position.round() as usize
}
