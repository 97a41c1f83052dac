//! What stands under the picture: facts and tables of a demo, and all rows as a table.

use std::fmt::Write as _;

use super::super::words::{Clock, thousands};
use super::cut::{Cut, ROWS, middle};
use super::details::has_sheet;
use super::summary::title;
use super::text::esc;
use crate::timeline::{Picture, RowKind, Table};

/// What a demo measured, in sentences.
pub(super) fn facts(picture: &Picture) -> String {
    let mut out = String::new();
    for row in &picture.rows {
        if let RowKind::Fact(fact) = &row.kind {
            let _ = write!(
                out,
                "<li>{} <code>{} = {}</code></li>",
                esc(&fact.words),
                esc(&fact.name),
                esc(&fact.value.to_string())
            );
        }
    }
    if out.is_empty() {
        return out;
    }
    format!("<section><h2>Measured in this run</h2><ul class=\"facts\">{out}</ul></section>\n")
}

/// The tables of a demo.
pub(super) fn tables(picture: &Picture) -> String {
    let mut out = String::new();
    for row in &picture.rows {
        if let RowKind::Table(its) = &row.kind {
            let _ = writeln!(out, "<section><h2>{}</h2>{}</section>", esc(&its.title), table(its));
        }
    }
    out
}

fn table(table: &Table) -> String {
    let rows: Vec<Vec<String>> = table.rows.clone();
    let head: Vec<&str> = table.head.iter().map(String::as_str).collect();
    drawn(&head, &rows)
}

/// A table in a box of its own, which slides where it is wider than the page.
pub(super) fn drawn(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"wide\"><table><thead><tr>");
    for name in head {
        let _ = write!(out, "<th scope=\"col\">{}</th>", esc(name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td>{}</td>", esc(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// All rows in words: the same as the picture, for who cannot see it or looks for something.
pub(super) fn rows(picture: &Picture, cut: &Cut) -> String {
    let span = picture.rows.iter().map(|row| row.at).max().unwrap_or_default();
    let clock = Clock::for_span(span);
    let mut out = format!(
        "<section id=\"rows\"><details><summary><h2>The same as a table: {} rows</h2></summary>\
         <table class=\"rows\"><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">what happened\
         </th></tr></thead><tbody>",
        picture.rows.len(),
        clock.unit()
    );
    let left_out = middle(picture.rows.len(), ROWS);
    for (row, its) in picture.rows.iter().enumerate() {
        if left_out.contains(&row) {
            if row == left_out.start {
                let count = thousands(u64::try_from(left_out.len()).unwrap_or(u64::MAX));
                let _ = writeln!(out, "<tr><td></td><td>… {count} more rows …</td></tr>");
            }
            continue;
        }
        let (time, text) = (clock.write(its.at), esc(&title(cut, &its.kind)));
        let text = match cut.row(row).filter(|_| has_sheet(&its.kind)) {
            Some(row) => format!("<a href=\"#r{row}\">{text}</a>"),
            None => text,
        };
        let _ = writeln!(out, "<tr><td>{time}</td><td>{text}</td></tr>");
    }
    out.push_str("</tbody></table></details></section>\n");
    out
}
