//! An error in its five parts.

use serde_json::{Value, json};

use super::style::{Ink, Style};
use crate::error::Explained;

/// Columns of the names of the parts.
const LABEL: usize = 8;

/// The five parts as text, one after the other.
#[must_use]
pub fn text(style: &Style, error: &Explained) -> String {
    parts(style, (Ink::Bad, "error"), error)
}

/// The same about something that a run can go on without.
#[must_use]
pub fn remark(style: &Style, about: &str, error: &Explained) -> String {
    parts(style, (Ink::Warn, about), error)
}

fn parts(style: &Style, (ink, label): (Ink, &str), error: &Explained) -> String {
    let first = style.paint(ink, &format!("{label:<LABEL$}"));
    let mut lines = vec![style.paragraph(&first, LABEL, &error.what)];
    let part = |label: &str, text: &str| style.paragraph(&format!("{label:<LABEL$}"), LABEL, text);
    for (n, fact) in error.knows.iter().enumerate() {
        lines.push(part(if n == 0 { "known" } else { "" }, fact));
    }
    for (n, cause) in error.causes.iter().enumerate() {
        lines.push(part(if n == 0 { "likely" } else { "" }, &format!("{}. {cause}", n + 1)));
    }
    let command = style.paint(Ink::Good, &error.command);
    lines.push(format!("{:<LABEL$}{command}", "try"));
    if let Some(code) = error.code_line() {
        lines.push(style.paint(Ink::Dim, &part("code", &code)));
    }
    lines.join("\n")
}

/// The five parts as one JSON object.
#[must_use]
pub fn json(error: &Explained) -> Value {
    let errno = error.errno.map(|errno| {
        json!({
            "name": errno.name,
            "layer": errno.layer,
            "linux": errno.linux,
            "macos": errno.macos,
            "windows": errno.windows,
        })
    });
    json!({
        "event": "error",
        "what": error.what,
        "knows": error.knows,
        "causes": error.causes,
        "try": error.command,
        "errno": errno,
        "number": error.number,
        "exit_code": error.exit.code(),
    })
}
