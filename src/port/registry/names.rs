//! Services by name, by words, and by what somebody may have meant.

use super::{Entry, NAMES, PORTS};
use crate::port::uses;

/// Characters of the longest word that anything is offered for: names have 15 at most.
const LONGEST: usize = 20;
/// Names offered at most.
const OFFERED: usize = 3;

/// The entries of a service, by any of its names, in upper or lower case.
pub fn with_name(name: &str) -> impl Iterator<Item = Entry> + '_ {
    // Only the lines that have it are taken apart.
    let field = |line: &&'static str| line.split('\t').nth(2).unwrap_or_default();
    let has = move |line: &&'static str| !name.is_empty() && field(line).eq_ignore_ascii_case(name);
    PORTS.lines().chain(NAMES.lines()).filter(has).filter_map(Entry::parse)
}

/// The entries that have all of these words, given in small letters, in their name or description. The
/// words stand in any order and may be parts of words.
pub fn with_words(words: &[String]) -> impl Iterator<Item = Entry> {
    super::all().filter(move |entry| {
        if entry.name.is_empty() {
            return false;
        }
        let (name, description) = (entry.name.to_lowercase(), entry.description.to_lowercase());
        words.iter().all(|word| name.contains(word) || description.contains(word))
    })
}

/// The names that this one may be a misprint of, the nearest first: the registry's, and those of
/// netlab's own list. With 7,000 names, some are always near; so a short word has to be nearer than a
/// long one, and the first letter is seldom the wrong one.
#[must_use]
pub fn nearest(name: &str) -> Vec<&'static str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(LONGEST + 1).collect();
    let near = match wanted.len() {
        2..=7 => 1,
        8..=LONGEST => 2,
        _ => return Vec::new(),
    };
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    let registered = PORTS.lines().chain(NAMES.lines()).filter(|line| !line.starts_with('#'));
    let registered = registered.map(|line| line.split('\t').nth(2).unwrap_or_default());
    for name in registered.chain(uses::all().map(|found| found.name)) {
        let first = name.chars().next().map(|first| first.to_ascii_lowercase());
        if first != Some(wanted[0]) || name.len().abs_diff(wanted.len()) > near {
            continue;
        }
        let other: Vec<char> = name.to_lowercase().chars().collect();
        let distance = distance(&wanted, &other);
        // Of three letters nearly every other three are only one away: they must be the same ones.
        let same_letters = || {
            let sorted = |letters: &[char]| {
                let mut letters = letters.to_vec();
                letters.sort_unstable();
                letters
            };
            sorted(&wanted) == sorted(&other)
        };
        let known = found.iter().any(|(_, known)| known.eq_ignore_ascii_case(name));
        if distance <= near && !known && (wanted.len() > 3 || same_letters()) {
            found.push((distance, name));
        }
    }
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, name)| name).take(OFFERED).collect()
}

/// How many insertions, deletions and replacements make one of the other, with two neighbours that
/// changed places counted as one.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        (before, above) = (above, row);
    }
    above[b.len()]
}
