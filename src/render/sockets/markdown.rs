//! Rows for a worksheet.

use super::{Known, cells};
use crate::event::{Row, Rows};
use crate::render::output::Output;
use crate::render::table;

/// The header, and a row after the other.
pub fn write(out: &mut Output, known: &Known, rows: Rows) {
    header(out, &[]);
    let mut line = String::new();
    rows.each(|row| {
        line.clear();
        cells_of(&mut line, row, known);
        out.line(&line);
    });
}

/// The two lines above the rows, with more columns before the usual ones.
pub fn header(out: &mut Output, before: &[&str]) {
    let usual = [
        "Protocol",
        "State",
        "Source",
        "Source range",
        "Destination",
        "Destination range",
        "Reach",
        "Queues",
        "Program",
    ];
    let columns: Vec<&str> = before.iter().copied().chain(usual).collect();
    out.line(&format!("| {} |", columns.join(" | ")));
    out.line(&format!("|{}", " --- |".repeat(columns.len())));
}

/// A row.
pub fn cells_of(line: &mut String, row: &Row, known: &Known) {
    let socket = row.socket;
    let mut cell = |write: &dyn Fn(&mut String)| {
        line.push_str("| ");
        write(line);
        line.push(' ');
    };
    cell(&|line| cells::protocol(line, socket));
    cell(&|line| line.push_str(socket.state.name()));
    cell(&|line| cells::side(line, socket, cells::Which::Source, known));
    cell(&|line| cells::Which::Source.range(line, socket));
    cell(&|line| cells::side(line, socket, cells::Which::Destination, known));
    cell(&|line| cells::Which::Destination.range(line, socket));
    cell(&|line| line.push_str(cells::reach(socket)));
    cell(&|line| cells::queues(line, socket));
    cell(&|line| {
        for (place, program) in row.programs.iter().enumerate() {
            line.push_str(if place > 0 { " " } else { "" });
            line.push_str(&table::cell_text(&program.name));
            line.push('/');
            cells::number(line, program.pid);
        }
        line.push_str(if row.programs.is_empty() { cells::NONE } else { "" });
    });
    line.push('|');
}
