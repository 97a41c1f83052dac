//! Many rows in one: what is not drawn is counted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use super::model::{Call, Fold, FoldPart, Row, RowKind};

/// One row that stands for all of these; `rest` says in words where they are to be found. None
/// without any row.
#[must_use]
pub fn in_one(rows: &[Row], rest: &str) -> Option<Row> {
    let at = rows.first()?.at;
    let parts = counted(rows);
    let fold = Fold {
        count: parts.iter().map(|part| part.count).sum(),
        what: format!("({}; {rest})", by_name(&parts)),
        lane: None,
        bytes: carried(&parts),
        from: rows.iter().map(|row| span(row).0).min()?,
        to: rows.iter().map(|row| span(row).1).max()?,
        parts,
    };
    Some(Row { at, kind: RowKind::Fold(fold) })
}

/// When a row's matter begins and ends.
fn span(row: &Row) -> (Duration, Duration) {
    match &row.kind {
        RowKind::Call(call) => (call.begin.min(row.at), call.end.max(row.at)),
        RowKind::Fold(fold) => (fold.from.min(row.at), fold.to.max(row.at)),
        RowKind::Packet(packet) => (row.at, packet.arrived.unwrap_or(row.at).max(row.at)),
        _ => (row.at, row.at),
    }
}

/// How many of each there are, by lanes.
fn counted(rows: &[Row]) -> Vec<FoldPart> {
    let mut parts: Vec<FoldPart> = Vec::new();
    // A record may name as many calls as it has lines.
    let mut places: HashMap<(String, Option<usize>), usize> = HashMap::new();
    for part in rows.iter().flat_map(parts_of) {
        match places.entry((part.what.clone(), part.lane)) {
            Entry::Occupied(place) => {
                let known = &mut parts[*place.get()];
                known.count += part.count;
                known.bytes = known.bytes.saturating_add(part.bytes);
            }
            Entry::Vacant(place) => {
                place.insert(parts.len());
                parts.push(part);
            }
        }
    }
    parts
}

/// So many kinds are named; the others are counted together.
const NAMED: usize = 16;

/// The same in words, whatever the lane: `994 socket, 994 connect`.
fn by_name(parts: &[FoldPart]) -> String {
    let mut names: Vec<(&str, usize)> = Vec::new();
    let mut others = 0;
    for part in parts {
        let more = names.len() < NAMED;
        match names.iter_mut().find(|(name, _)| *name == part.what) {
            Some((_, count)) => *count += part.count,
            None if more => names.push((&part.what, part.count)),
            None => others += part.count,
        }
    }
    let words = names.iter().map(|(name, count)| format!("{} {name}", thousands(*count)));
    let others = (others > 0).then(|| format!("{} of other kinds", thousands(others)));
    words.chain(others).collect::<Vec<_>>().join(", ")
}

/// `1,980`.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Every byte once: it is given, goes over the wire and is taken.
fn carried(parts: &[FoldPart]) -> u64 {
    let rank = |part: &FoldPart| match part.what.as_str() {
        what if what.starts_with("send") || what.starts_with("write") => 0,
        "packet" => 2,
        "message" => 3,
        _ => 1,
    };
    let parts = parts.iter().filter(|part| part.bytes > 0);
    let best = parts.clone().map(rank).min();
    let best = parts.filter(|part| Some(rank(part)) == best);
    best.fold(0, |sum, part| sum.saturating_add(part.bytes))
}

/// What a row is in a fold.
fn parts_of(row: &Row) -> Vec<FoldPart> {
    let name = match &row.kind {
        RowKind::Call(Call { name, error: Some(error), .. }) => format!("{name} {}", error.name),
        RowKind::Call(call) => call.name.clone(),
        _ => String::new(),
    };
    let (what, lane, bytes) = match &row.kind {
        RowKind::Fold(fold) => return fold.parts.clone(),
        RowKind::Call(call) => (name.as_str(), Some(call.lane), call.bytes.unwrap_or(0)),
        RowKind::Packet(packet) => ("packet", None, packet.fields["payload"].as_u64().unwrap_or(0)),
        RowKind::Message(message) => ("message", Some(message.lane), message.bytes),
        RowKind::State(lane, _) => ("state", Some(*lane), 0),
        RowKind::Remark(lane, _) => ("remark", Some(*lane), 0),
        RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_) => return Vec::new(),
    };
    vec![FoldPart { what: what.to_owned(), lane, count: 1, bytes }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, lane: usize, bytes: u64) -> Row {
        let call = Call { name: name.to_owned(), lane, bytes: Some(bytes), ..Call::default() };
        Row { at: Duration::ZERO, kind: RowKind::Call(call) }
    }

    fn fold(rows: &[Row]) -> Fold {
        let Some(Row { kind: RowKind::Fold(fold), .. }) = in_one(rows, "there") else {
            panic!("a fold")
        };
        fold
    }

    #[test]
    fn every_kind_is_counted_by_its_lane_and_every_byte_once() {
        let mut rows = vec![call("send", 0, 5), call("recv", 1, 5), call("recv", 0, 7)];
        let first = fold(&rows);
        assert_eq!(first.what, "(1 send, 2 recv; there)");
        assert_eq!((first.count, first.bytes, first.parts.len()), (3, 5, 3));
        // What was folded before is counted, not the fold.
        rows.push(Row { at: Duration::ZERO, kind: RowKind::Fold(first) });
        rows.extend((0..2000).map(|_| call("recv", 1, 0)));
        assert_eq!(fold(&rows).what, "(2 send, 2,004 recv; there)");
        assert_eq!(fold(&rows).count, 2006);
    }

    #[test]
    fn of_very_many_kinds_only_some_are_named() {
        let rows: Vec<Row> = (0..50_000).map(|n| call(&format!("call{n}"), 0, 0)).collect();
        let fold = fold(&rows);
        assert!(fold.what.ends_with("1 call15, 49,984 of other kinds; there)"), "{}", fold.what);
        assert_eq!((fold.count, fold.parts.len()), (50_000, 50_000));
    }
}
