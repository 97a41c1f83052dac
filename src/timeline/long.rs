//! A picture that is still long when what repeats itself is folded: a thousand connections take
//! turns, and no two rows beside each other are alike.
//!
//! Of a stretch with too many rows, the first and the last conversations are drawn whole, from their
//! first call to their close, and all others are folded; where few conversations have many rows, the
//! first and the last rows are drawn. What a demo says always stands; so do errors, of the same one
//! the first ten and the last three; and of whatever is drawn, the row that made it and the one that
//! closed it are drawn too: a line that begins nowhere or never ends would be a lie.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::counted::in_one;
use super::model::{Lane, Row, RowKind};
use super::whose::{Named, Whose, made, told_of};

/// A stretch of so many rows can be read.
const MANY: usize = 300;

/// The first conversations are drawn up to so many rows, and the last ones.
const FIRST: usize = 60;
/// See [`FIRST`].
const LAST: usize = 30;

/// More rows than these are not drawn of a stretch that is folded, whosever they are.
const DRAWN: usize = 150;
/// Of more, so many of the first are, and so many of the last.
const HEAD: usize = 90;
/// See [`HEAD`].
const TAIL: usize = 45;

/// Of errors that say the same so many are drawn at the beginning, and at the end.
const ERRORS: (usize, usize) = (10, 3);

/// Folds what is too long; `rest` says in words where it is to be found.
pub(super) fn shortened(rows: Vec<Row>, lanes: &[Lane], rest: &str) -> Vec<Row> {
    let long: Vec<Range<usize>> =
        stretches(&rows).into_iter().filter(|stretch| stretch.len() > MANY).collect();
    if long.is_empty() {
        return rows;
    }
    let whose = Whose::of(&rows, lanes);
    let stands = standing(&rows);
    let wrong = stands.iter().zip(&whose.rows).filter(|(stands, _)| **stands);
    let wrong: HashSet<usize> = wrong.filter_map(|(_, whose)| *whose).collect();
    let mut hidden = HashSet::new();
    for stretch in &long {
        hidden.extend(others(stretch, &whose, &wrong));
    }
    let mut kept: Vec<bool> = stands
        .iter()
        .zip(&whose.rows)
        .map(|(stands, whose)| *stands || whose.is_none_or(|whose| !hidden.contains(&whose)))
        .collect();
    for stretch in &long {
        ends(stretch, &stands, &mut kept);
    }
    from_birth_to_end(&rows, &mut kept);
    folded(rows, &kept, rest)
}

/// The rows between what a demo says.
fn stretches(rows: &[Row]) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut from = 0;
    for (at, row) in rows.iter().enumerate() {
        if matches!(row.kind, RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_)) {
            stretches.push(from..at);
            from = at + 1;
        }
    }
    stretches.push(from..rows.len());
    stretches
}

/// Which rows are never folded.
fn standing(rows: &[Row]) -> Vec<bool> {
    let kinds: Vec<Option<Kind>> = rows.iter().map(kind).collect();
    let mut all: HashMap<&Kind, usize> = HashMap::new();
    for kind in kinds.iter().flatten() {
        *all.entry(kind).or_default() += 1;
    }
    let mut before: HashMap<&Kind, usize> = HashMap::new();
    let mut stands = |kind| {
        let place = before.entry(kind).or_default();
        *place += 1;
        let (first, last) = ERRORS;
        *kind == Kind::Told || *place <= first || *place + last > all[kind]
    };
    kinds.iter().map(|kind| kind.as_ref().is_some_and(&mut stands)).collect()
}

/// What a row that is worth a look says.
#[derive(PartialEq, Eq, Hash)]
enum Kind {
    /// What a demo says.
    Told,
    /// A call of a lane failed, whatever it was about.
    Failed(usize, String, String),
    /// A remark of a lane, or a packet that says that something cannot be reached, without its
    /// numbers and whom it is about.
    Said(Option<usize>, String),
}

/// None for a row that may be folded. That a call would have had to wait, or goes on by itself, is no
/// error.
fn kind(row: &Row) -> Option<Kind> {
    let said = |lane, words: &str| {
        Some(Kind::Said(lane, words.chars().filter(|c| !c.is_ascii_digit()).collect()))
    };
    match &row.kind {
        RowKind::Call(call) => {
            let error = call.error.as_ref().filter(|error| match error.name.as_str() {
                "EAGAIN" | "EWOULDBLOCK" => call.waited,
                "EINPROGRESS" => false,
                _ => true,
            })?;
            Some(Kind::Failed(call.lane, call.name.clone(), error.name.clone()))
        }
        RowKind::Packet(packet) if packet.words.contains("unreachable") => {
            said(None, &packet.words)
        }
        // Who comes and goes is told by its socket; an error of his stands behind it.
        RowKind::Remark(lane, words) => match told_of(words) {
            None => said(Some(*lane), words),
            Some((_, behind)) if behind.contains('(') => said(Some(*lane), behind),
            Some(_) => None,
        },
        RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_) => Some(Kind::Told),
        RowKind::Packet(_) | RowKind::State(..) | RowKind::Message(_) | RowKind::Fold(_) => None,
    }
}

/// The conversations that began in a stretch and are neither among its first nor among its last, nor
/// among the first in which something went `wrong`: what led to an error explains it.
fn others(stretch: &Range<usize>, whose: &Whose, wrong: &HashSet<usize>) -> Vec<usize> {
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut born = Vec::new();
    for at in stretch.clone() {
        let Some(talk) = whose.rows[at] else { continue };
        if whose.first.get(&talk) == Some(&at) {
            born.push(talk);
        }
        *sizes.entry(talk).or_default() += 1;
    }
    let size = |talk: &usize| sizes.get(talk).copied().unwrap_or(0);
    let first = fitting(born.iter().map(size), FIRST, 2);
    let last = fitting(born[first..].iter().rev().map(size), LAST, 1);
    let middle = &born[first..born.len() - last];
    let ailing: Vec<usize> = middle.iter().filter(|talk| wrong.contains(talk)).copied().collect();
    let told: HashSet<usize> =
        ailing[..fitting(ailing.iter().map(size), FIRST, 0)].iter().copied().collect();
    middle.iter().filter(|talk| !told.contains(talk)).copied().collect()
}

/// How many of these sizes there is room for; so many at least.
fn fitting(sizes: impl Iterator<Item = usize>, room: usize, least: usize) -> usize {
    let mut sum = 0;
    let mut fit = 0;
    for size in sizes {
        sum += size;
        if fit >= least && sum > room {
            break;
        }
        fit += 1;
    }
    fit
}

/// Of a stretch that has still too many rows, the first and the last are kept.
fn ends(stretch: &Range<usize>, stands: &[bool], kept: &mut [bool]) {
    let drawn: Vec<usize> = stretch.clone().filter(|at| kept[*at] && !stands[*at]).collect();
    if drawn.len() > DRAWN {
        for at in &drawn[HEAD..drawn.len() - TAIL] {
            kept[*at] = false;
        }
    }
}

/// The sockets of a call: its own and the one that it made.
fn sockets(row: &Row) -> impl Iterator<Item = Named<'_>> {
    let call = match &row.kind {
        RowKind::Call(call) => Some(call),
        _ => None,
    };
    let own = call.map(|call| (call.lane, call.socket.as_str()));
    own.into_iter().chain(call.and_then(|call| Some((call.lane, made(call)?))))
}

/// Keeps the rows that made and closed the sockets of every call that is kept.
fn from_birth_to_end(rows: &[Row], kept: &mut [bool]) {
    let mut births: HashMap<Named, usize> = HashMap::new();
    let mut closes: HashMap<Named, usize> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        for socket in sockets(row) {
            births.entry(socket).or_insert(at);
        }
        if let RowKind::Call(call) = &row.kind
            && call.name == "close"
        {
            closes.insert((call.lane, call.socket.as_str()), at);
        }
    }
    let mut known: HashSet<Named> = HashSet::new();
    let mut ahead: Vec<usize> = (0..rows.len()).filter(|at| kept[*at]).collect();
    while let Some(at) = ahead.pop() {
        for socket in sockets(&rows[at]).filter(|socket| known.insert(*socket)) {
            for at in [births.get(&socket), closes.get(&socket)].into_iter().flatten() {
                if !std::mem::replace(&mut kept[*at], true) {
                    ahead.push(*at);
                }
            }
        }
    }
}

/// Rows that are kept, and one for each run of rows that are not.
fn folded(rows: Vec<Row>, kept: &[bool], rest: &str) -> Vec<Row> {
    let mut out = Vec::new();
    let mut run: Vec<Row> = Vec::new();
    for (row, kept) in rows.into_iter().zip(kept) {
        if *kept {
            close(&mut run, rest, &mut out);
            out.push(row);
        } else {
            run.push(row);
        }
    }
    close(&mut run, rest, &mut out);
    out
}

/// The end of a run of rows that are folded.
fn close(run: &mut Vec<Row>, rest: &str, to: &mut Vec<Row>) {
    match run.as_slice() {
        [] => {}
        // What stands for several already stands for itself.
        [Row { kind: RowKind::Fold(_), .. }] => to.append(run),
        _ => {
            to.extend(in_one(run, rest));
            run.clear();
        }
    }
}
