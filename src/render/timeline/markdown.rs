//! A picture for a worksheet: a heading, the endpoint table, the lanes in a block of fixed letters,
//! and the same as a Mermaid diagram, which many Markdown readers draw.

use std::fmt::Write as _;

use super::super::style::Style;
use super::mermaid::mermaid;
use super::page as pages;
use super::words::clean;
use crate::timeline::Picture;

/// The lines of a page.
pub(super) fn page(style: &Style, picture: &Picture, explain: bool) -> Vec<String> {
    let mut out = vec![format!("# {}", text(style, &pages::title(style, picture))), String::new()];
    for source in picture.sources.iter().filter(|source| !source.file.is_empty()) {
        out.push(format!("- {}", text(style, &pages::source_words(style, source))));
    }
    for first in &picture.first {
        out.extend([String::new(), format!("**{}**", text(style, first))]);
    }
    out.extend([String::new(), "## Endpoints".into(), String::new()]);
    out.extend(endpoints(style, picture));
    out.extend([String::new(), "## Time line".into(), String::new(), "```text".into()]);
    let plain = Style { colour: false, ..*style };
    // A fence cannot be closed by what a record says: the lines of the picture begin with a time.
    out.extend(
        pages::lanes(&plain, picture, explain).into_iter().map(|line| line.replace("```", "'''")),
    );
    out.extend(["```".into(), String::new(), "## Diagram".into(), String::new()]);
    out.push("```mermaid".into());
    out.extend(mermaid(style, picture));
    out.push("```".into());
    let remarks = pages::remarks(style, picture);
    if !remarks.is_empty() {
        out.extend([String::new(), "## What to know about this picture".into(), String::new()]);
        out.extend(remarks.iter().map(|remark| format!("- {}", text(style, remark))));
    }
    out
}

/// A row for each socket: the worksheet's columns.
fn endpoints(style: &Style, picture: &Picture) -> Vec<String> {
    let mut out = vec![
        "| Program | Socket | Protocol | Source | Destination |".to_owned(),
        "| --- | --- | --- | --- | --- |".to_owned(),
    ];
    for lane in &picture.lanes {
        for socket in &lane.sockets {
            let remote = match socket.remote {
                Some(remote) => remote.to_string(),
                None if socket.listens => "none: it listens".to_owned(),
                None => "-".to_owned(),
            };
            let local = socket.local.map_or_else(|| "-".to_owned(), |local| local.to_string());
            let cells = [&lane.name, &socket.label, &socket.protocol, &local, &remote];
            let cells = cells.map(|cell| text(style, cell));
            out.push(format!("| {} |", cells.join(" | ")));
        }
    }
    out
}

/// Text in which nothing is a sign of Markdown.
pub(super) fn text(style: &Style, text: &str) -> String {
    clean(style, text).chars().fold(String::new(), |mut out, letter| {
        match letter {
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\{letter}");
            }
            _ => out.push(letter),
        }
        out
    })
}
