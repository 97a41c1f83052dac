//! Names that were probably meant by others: a letter too many, too few, another, or two that changed
//! places.

/// The fewest letters to add, drop, change, or swap with the next to make one word of another.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut slips = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                slips = slips.min(before[j - 1] + 1);
            }
            row.push(slips);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The name that is nearest to a word, if it is near: one slip, or two in a long word. Numbers are
/// no slips: `Lab 1` and `Lab 2` are two names.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let most = match word.chars().count() {
        4..8 => 1,
        // A short name is like many; comparing very long cells with each other would take its time.
        8..64 => 2,
        _ => return None,
    };
    // As many names as a person would have read, however long the tables are.
    names
        .take(500)
        .filter(|name| name.len().abs_diff(word.len()) <= 4 && digits(name) == digits(&word))
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(slips, _)| *slips > 0 && *slips <= most)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (one, other, slips) in
            [("brodcast", "broadcast", 1), ("gatewya", "gateway", 1), ("", "ab", 2), ("a", "a", 0)]
        {
            assert_eq!(distance(one, other), slips, "{one} {other}");
        }
    }

    #[test]
    fn numbers_are_no_slips() {
        assert_eq!(nearest("R_Labs", ["R-Labs", "R-Lab"].into_iter()), Some("R-Labs"));
        assert_eq!(nearest("Lab 1", ["Lab 2"].into_iter()), None);
        assert_eq!(nearest("Chem_Lab", ["Hostel"].into_iter()), None);
    }
}
