//! Finding a card by what somebody remembers of it, or pastes.

use super::spelling::{LONGEST, compact, core, cost, misprint, spaced, spelt, telling};
use super::{Card, GROUPS, Group, all};

/// The card that is called so: by slug, title or another word. Letters may be large or small, and
/// `_`, `-` and spaces are all the same; if that is not enough, all other signs are ignored, too, and
/// then the words that make a question of it: "what is a socket?"
#[must_use]
pub fn exact(words: &str) -> Option<Card> {
    let wanted = spelt(words);
    if wanted.is_empty() {
        return None;
    }
    let by = |wanted: &str, normal: fn(&str) -> String| {
        all().find(|card| card.keys().any(|key| normal(key) == wanted))
    };
    let signs = || {
        let wanted = compact(words);
        // `1` is not `::1`.
        let has_letters = wanted.chars().any(char::is_alphabetic);
        if has_letters { by(&wanted, compact) } else { None }
    };
    by(&wanted, spelt).or_else(signs).or_else(|| asked(words))
}

/// The card that a question is about. What is in question is one to three words.
fn asked(words: &str) -> Option<Card> {
    let wanted = core(words);
    let one = matches!(&wanted[..], [one] if one.chars().any(char::is_alphabetic));
    if !one && !(2..=3).contains(&wanted.len()) {
        return None;
    }
    all().find(|card| card.keys().any(|key| core(key) == wanted))
}

/// The group that is called so.
#[must_use]
pub fn group(word: &str) -> Option<&'static Group> {
    let word = spelt(word);
    GROUPS.iter().find(|group| group.name == word || spelt(group.title) == word)
}

/// The card with the longest phrase that is found, word for word, in a longer text: an error message
/// as it was copied from a screen. A phrase is two words or more, or the name of an exception.
#[must_use]
pub fn mentioned(text: &str) -> Option<Card> {
    let text = spaced(text);
    let longest = |card: &Card| {
        let phrases = card.also().map(spaced);
        let found = phrases.filter(|phrase| is_telling(phrase) && text.contains(phrase.as_str()));
        found.map(|phrase| phrase.len()).max()
    };
    let found = all().filter_map(|card| Some((longest(&card)?, card)));
    found.max_by_key(|(length, _)| *length).map(|(_, card)| card)
}

/// The card of the first call in a line of a program: `s.bind(('', 6000))`.
#[must_use]
pub fn called(code: &str) -> Option<Card> {
    let mut before = code.split('(');
    // What stands behind the last bracket is called by nothing.
    before.next_back();
    before.find_map(|part| {
        let name = part.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
        let is_it = |key: &str| key.strip_suffix("()").unwrap_or(key) == name;
        all().find(|card| card.is_call() && card.keys().any(is_it))
    })
}

/// Cards that are like what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nearest {
    /// They, the nearest first.
    pub cards: Vec<Card>,
    /// The first of them is as good as meant: nothing else is as near.
    pub sure: bool,
}

/// The cards whose names are spelt like these words, or have one of them; the nearest first.
#[must_use]
pub fn nearest(words: &str, most: usize) -> Nearest {
    let wanted = compact(words);
    if wanted.is_empty() {
        return Nearest::default();
    }
    let mut parts = telling(words);
    parts.retain(|part| part.len() > 1 && part.contains(char::is_alphabetic));
    parts.truncate(LONGEST);
    let far = |card: &Card| card.keys().filter_map(|key| distance(key, &wanted, &parts)).min();
    let mut found: Vec<_> = all().filter_map(|card| Some((far(&card)?, card))).collect();
    found.sort_by_key(|(far, _)| *far);
    let sure = match &found[..] {
        [] => false,
        [_] => true,
        [(first, _), (second, _), ..] => first < second && *first <= MISPRINTED,
    };
    Nearest { cards: found.into_iter().take(most).map(|(_, card)| card).collect(), sure }
}

/// Distances below are misprints, this is a whole name in a sentence, and those above have a word in
/// common.
const MISPRINTED: usize = 20;

/// How far a name is from what is looked for; none when the two have nothing to do with each other.
fn distance(key: &str, wanted: &str, parts: &[String]) -> Option<usize> {
    let name = compact(key);
    let (length, other) = (wanted.chars().count(), name.chars().count());
    if length <= LONGEST && length.abs_diff(other) <= 3 {
        let cost = cost(&name, wanted);
        if cost <= misprint(length) {
            // Who misprints a word begins it right.
            let begun = name.chars().next() == wanted.chars().next();
            return Some(cost * 2 + usize::from(!begun) + usize::from(key.contains('(')));
        }
    }
    if parts.len() > 1 {
        let key = spaced(key);
        if parts.iter().any(|part| key.trim() == part) {
            return Some(MISPRINTED);
        }
        let common = parts.iter().filter(|part| key.contains(&format!(" {part} "))).count();
        let misprinted =
            |part: &String| part.len() > 3 && cost(part, key.trim()) <= misprint(part.len());
        return match common {
            0 => parts.iter().any(misprinted).then_some(MISPRINTED + 9),
            _ => Some(MISPRINTED + 9 - common.min(7)),
        };
    }
    // The beginning of a word, or the word in a longer one.
    let begins = length > 3 && spaced(key).contains(&format!(" {wanted}"));
    let around = other > 3 && length <= LONGEST && wanted.starts_with(&name);
    (begins || around).then_some(MISPRINTED + 9)
}

/// Whether a phrase says enough to be looked for in a longer text.
fn is_telling(phrase: &str) -> bool {
    let parts: Vec<&str> = phrase.split_whitespace().collect();
    match parts[..] {
        [] => false,
        [one] => one.len() > 7 && (one.ends_with("error") || one == "keyboardinterrupt"),
        _ => phrase.len() > 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_near_nothing() {
        for words in ["", " ", "!?", "zzzzzzzzzzzz"] {
            assert_eq!(nearest(words, 5), Nearest::default(), "{words}");
        }
        assert!(exact("").is_none() && exact("()").is_none());
        assert!(mentioned("").is_none() && called("").is_none() && called("(((").is_none());
    }

    #[test]
    fn calls_are_found_in_code() {
        for (code, slug) in [
            ("s.bind(('', 6000))", "call-bind"),
            ("data = sock.recv(1024).decode()", "call-recv"),
            ("print(conn.recv_into(b))", "call-recv"),
            ("s = socket.socket(socket.AF_INET)", "call-socket"),
            ("bind", ""),
        ] {
            let found = called(code).map_or("", |card| card.slug);
            assert_eq!(found, slug, "{code}");
        }
    }
}
