//! `netlab demo list`, and what to say of a name that no demo has.

use serde_json::{Value, json};

use crate::cli::Look;
use crate::commands::report::{self, Report};
use crate::demo::{SCENES, Scene, TOUR, spelt};
use crate::error::{Exit, Failure, Usage};
use crate::render::demo::list;
use crate::render::style::Style;

/// Names that are proposed for one that nobody has.
const NEAREST: usize = 3;

/// Shows the list.
///
/// # Errors
///
/// [`Failure::File`] when the record cannot be written.
pub(super) fn show(look: &Look, style: &Style) -> Result<Exit, Failure> {
    report::show(&List, look, style)?;
    Ok(Exit::Done)
}

struct List;

impl Report for List {
    fn page(&self, style: &Style) -> Vec<String> {
        let rows: Vec<(&str, &str)> = SCENES.iter().map(|scene| (scene.name, scene.line)).collect();
        list(style, TOUR.line, &rows)
    }

    fn lines(&self) -> Vec<Value> {
        let line = |scene: &Scene| json!({ "event": "scene", "name": scene.name, "line": scene.line, "about": scene.about });
        std::iter::once(&TOUR).chain(SCENES).map(line).collect()
    }
}

/// There is no such demo: which are spelt nearly so, or have the word in their line?
pub(super) fn unknown(name: &str) -> Usage {
    let wanted = spelt(name);
    let mut near: Vec<(usize, &Scene)> =
        SCENES.iter().map(|scene| (distance(&wanted, scene), scene)).collect();
    near.sort_by_key(|(apart, _)| *apart);
    near.retain(|(apart, scene)| *apart * 2 <= scene.name.len().max(4));
    let names: Vec<&str> = near.iter().take(NEAREST).map(|(_, scene)| scene.name).collect();
    let cause = match names[..] {
        [] => "a word that no demo is named by".to_owned(),
        _ => format!("a misprint: {}", names.join(", ")),
    };
    let command =
        names.first().map_or("netlab demo list".into(), |name| format!("netlab demo {name}"));
    let all: Vec<&str> = SCENES.iter().map(|scene| scene.name).collect();
    Usage {
        what: "demo",
        value: name.to_owned(),
        rule: format!("there are: {}; netlab demo list says what each shows", all.join(", ")),
        causes: vec![cause],
        command,
    }
}

/// How far a word is from a scene: by its letters, or little when one has the other in it
/// or the word is in its line.
fn distance(wanted: &str, scene: &Scene) -> usize {
    let name = scene.name;
    let within = wanted.len() >= 3 && (name.contains(wanted) || wanted.contains(name));
    let told = wanted.len() >= 4 && scene.line.to_lowercase().contains(wanted);
    let apart = letters_apart(wanted, name);
    match (within, told) {
        (true, _) => apart.min(1),
        (false, true) => apart.min(2),
        (false, false) => apart,
    }
}

/// Letters to add, drop, change or swap with their neighbour (Damerau and Levenshtein).
fn letters_apart(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(40).collect();
    let other: Vec<char> = other.chars().collect();
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let change = rows[i][j] + usize::from(a != b);
            let mut least = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misprint_finds_what_was_meant() {
        for (wrong, meant) in
            [("strema", "stream"), ("hand-shake", "handshake"), ("Close", "close")]
        {
            let usage = unknown(wrong);
            assert_eq!(usage.command, format!("netlab demo {meant}"), "{usage:?}");
        }
        assert_eq!(unknown("zzzzzzzzz").command, "netlab demo list");
        assert_eq!(unknown("").command, "netlab demo list");
    }

    #[test]
    fn letters_are_counted() {
        for (one, other, apart) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("acb", "abc", 1),
            ("abd", "abc", 1),
            ("xabc", "abc", 1),
        ] {
            assert_eq!(letters_apart(one, other), apart, "{one} {other}");
        }
    }
}
