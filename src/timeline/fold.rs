//! Long runs of rows that say the same are folded, and never without a word.
//!
//! Two kinds of runs. What repeats itself (a send again and again; send, packet, acknowledgment, recv
//! in turn) is folded after a few of it. And the going to and fro of data, however irregular, is
//! folded after some more. The first ones and the last one stay. An error, a change of state, the
//! beginning or end of a connection and what a demo says are never folded.

/// What a row is like, for who looks for runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Like {
    /// Equal for rows that say the same of the same socket; none for a row that must stand.
    pub same: Option<u64>,
}

/// A stretch of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// One row, by its place.
    Row(usize),
    /// Rows that are folded: the first, and the one behind the last.
    Folded(usize, usize),
}

/// The longest pattern that is recognised, in rows.
const PERIOD: usize = 12;

/// The fewest rows that are worth a fold.
const FEWEST: usize = 4;

/// Folds: `limit` is how often something may repeat itself before it is folded; 0 is never.
pub(super) fn fold(rows: &[Like], limit: usize) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        if rows[at].same.is_none() || limit == 0 {
            stretches.push(Stretch::Row(at));
            at += 1;
            continue;
        }
        let end =
            rows[at..].iter().position(|row| row.same.is_none()).map_or(rows.len(), |n| at + n);
        plain_run(rows, at, end, limit, &mut stretches);
        at = end;
    }
    stretches
}

/// A run in which nothing must stand: long ones keep their first rows and their last.
fn plain_run(rows: &[Like], first: usize, end: usize, limit: usize, to: &mut Vec<Stretch>) {
    let mut repeated = Vec::new();
    repeating(rows, first, end, limit, &mut repeated);
    let longest = limit * 5;
    if repeated.len() <= longest {
        to.append(&mut repeated);
        return;
    }
    let (head, tail) = (longest * 2 / 3, longest / 3);
    let begin = |stretch: &Stretch| match *stretch {
        Stretch::Row(at) | Stretch::Folded(at, _) => at,
    };
    let middle = begin(&repeated[head]);
    let behind = begin(&repeated[repeated.len() - tail]);
    to.extend_from_slice(&repeated[..head]);
    to.push(Stretch::Folded(middle, behind));
    to.extend_from_slice(&repeated[repeated.len() - tail..]);
}

/// Folds what repeats itself.
fn repeating(rows: &[Like], first: usize, end: usize, limit: usize, to: &mut Vec<Stretch>) {
    let mut at = first;
    while at < end {
        let (period, times) = best(&rows[at..end]);
        let whole = period * times;
        let (head, tail) = (period * 2, period);
        if times > limit && whole >= head + tail + FEWEST {
            to.extend((at..at + head).map(Stretch::Row));
            to.push(Stretch::Folded(at + head, at + whole - tail));
            to.extend((at + whole - tail..at + whole).map(Stretch::Row));
            at += whole;
        } else {
            to.push(Stretch::Row(at));
            at += 1;
        }
    }
}

/// The pattern at the beginning that covers most, and how often it repeats itself.
fn best(rows: &[Like]) -> (usize, usize) {
    let mut best = (1, 1);
    for period in 1..=PERIOD.min(rows.len() / 2) {
        let alike = rows
            .iter()
            .zip(&rows[period..])
            .take_while(|(one, next)| one.same == next.same)
            .count();
        let times = alike / period + 1;
        if times > 1 && period * times > best.0 * best.1 {
            best = (period, times);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likes(text: &str) -> Vec<Like> {
        text.chars()
            .map(|letter| Like { same: (letter != '!').then_some(u64::from(letter)) })
            .collect()
    }

    fn told(text: &str, limit: usize) -> String {
        let rows: Vec<char> = text.chars().collect();
        fold(&likes(text), limit)
            .into_iter()
            .map(|stretch| match stretch {
                Stretch::Row(at) => rows[at].to_string(),
                Stretch::Folded(from, to) => format!("({})", to - from),
            })
            .collect()
    }

    #[test]
    fn what_repeats_itself_is_folded() {
        assert_eq!(told("aaaaaaaaaab", 5), "aa(7)ab");
        assert_eq!(told(&format!("x{}!y", "spr".repeat(20)), 5), "xsprspr(51)spr!y");
        assert_eq!(told("aaaaaaaaaab", 0), "aaaaaaaaaab");
        assert_eq!(told("aaaaa", 5), "aaaaa");
    }

    #[test]
    fn what_must_stand_stands() {
        assert_eq!(told("aaaaaaaaaa!aaaaaaaaaa", 5), "aa(7)a!aa(7)a");
    }

    #[test]
    fn irregular_runs_are_folded_too_and_every_row_is_counted_once() {
        let mut state = 7_u32;
        let mut letters = String::new();
        for _ in 0..5000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            letters.push(if state >> 28 == 0 {
                '!'
            } else {
                char::from(b'a' + (state >> 29) as u8)
            });
        }
        for text in [letters.replace('!', "z"), letters] {
            let rows = likes(&text);
            let mut next = 0;
            for stretch in fold(&rows, 6) {
                let (from, to) = match stretch {
                    Stretch::Row(at) => (at, at + 1),
                    Stretch::Folded(from, to) => (from, to),
                };
                assert_eq!(from, next);
                assert!(to == from + 1 || rows[from..to].iter().all(|row| row.same.is_some()));
                next = to;
            }
            assert_eq!(next, rows.len());
        }
    }
}
