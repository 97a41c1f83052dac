//! How words are spelt alike: one form for all their dresses, and how far two of them are apart.

/// Letters beyond which no spelling is close to anything.
pub(super) const LONGEST: usize = 40;

/// Small letters, with one kind of space.
pub(super) fn spelt(text: &str) -> String {
    let plain = text.trim().to_lowercase().replace(['_', '-'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters and digits only.
pub(super) fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Words of letters and digits, each with a space on both sides.
pub(super) fn spaced(text: &str) -> String {
    let text = text.to_lowercase();
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.fold(" ".to_owned(), |line, part| line + part + " ")
}

/// Words that make a question of a word, and say nothing about which word it is.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "between",
    "difference",
    "do",
    "does",
    "explain",
    "for",
    "how",
    "i",
    "in",
    "is",
    "mean",
    "meaning",
    "means",
    "my",
    "of",
    "on",
    "or",
    "please",
    "s",
    "the",
    "to",
    "versus",
    "vs",
    "what",
    "whats",
    "when",
    "why",
    "with",
];

/// The words that are left without fillers.
pub(super) fn telling(text: &str) -> Vec<String> {
    let text = spaced(text);
    let words = text.split_whitespace().filter(|word| !FILLERS.contains(word));
    words.map(str::to_owned).collect()
}

/// The same in the order of the alphabet: `socket vs port` and `port or socket` are one thing.
pub(super) fn core(text: &str) -> Vec<String> {
    let mut words = telling(text);
    words.sort_unstable();
    words
}

/// What it costs to make one word of the other: 2 for two letters in the wrong order, and for a
/// letter too many or too few; 3 for a wrong one.
pub(super) fn cost(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).map(|count| count * 2).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![(i + 1) * 2];
        for (j, b) in other.iter().enumerate() {
            let change = row[j] + if a == b { 0 } else { 3 };
            let mut least = change.min(row[j + 1] + 2).min(next[j] + 2);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before[j - 1] + 2);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

/// What a misprint of a word of so many letters may cost.
pub(super) const fn misprint(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3 => 2,
        4..=7 => 3,
        8..=11 => 6,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_alike() {
        for word in ["TIME_WAIT", "time-wait", " Time  Wait "] {
            assert_eq!(spelt(word), "time wait");
        }
        assert_eq!(compact("recv()"), "recv");
        assert_eq!(spaced("[Errno 98] Address, in use"), " errno 98 address in use ");
        assert_eq!(core("What is a socket?"), ["socket"]);
        assert_eq!(core("the difference between port and socket"), core("socket vs. port"));
    }

    #[test]
    fn misprints_are_counted() {
        for (one, other, wanted) in [
            ("", "", 0),
            ("", "abc", 6),
            ("socket", "soket", 2),
            ("bind", "blnd", 3),
            ("bind", "bnid", 2),
            ("tcp", "tpc", 2),
        ] {
            assert_eq!(cost(one, other), wanted, "{one} {other}");
            assert_eq!(cost(other, one), wanted, "{other} {one}");
        }
    }
}
