//! The rows beside each other: inside the base, shared with nobody, and where else there is room.

use std::collections::HashMap;

use super::{Entry, Fault, Grade, key, row};
use crate::subnet::free::Free;
use crate::subnet::network::Network;
use crate::subnet::reach;

/// The smallest network around all rows of the family of the first.
pub(super) fn around(entries: &[Entry]) -> Option<Network> {
    let mut networks = entries.iter().filter_map(|entry| entry.verdict.network);
    let first = networks.next()?;
    Some(networks.fold(first, |around, network| around.common(network).unwrap_or(around)))
}

/// Names that stand twice.
pub(super) fn duplicates(entries: &mut [Entry]) {
    let mut lines: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let Some(line) = entry.verdict.line else { continue };
        if let Some(first) = lines.get(&key(&entry.verdict.name)) {
            let text = format!("line {first} has the same name");
            entry.verdict.faults.push(Fault::wrong("duplicate name", text));
        } else {
            lines.insert(key(&entry.verdict.name), line);
        }
    }
}

/// Networks outside the base, and those that no network may have.
pub(super) fn outside(entries: &mut [Entry], base: Option<Network>) {
    for entry in entries {
        let Some(network) = entry.verdict.network else { continue };
        if let Some(base) = base.filter(|base| !base.covers(network)) {
            let text = if network.is_v4() != base.is_v4() {
                format!("{network} is of another family than the base {base}")
            } else if network.covers(base) {
                format!("{network} is larger than the base {base}")
            } else {
                format!(
                    "{network} is outside the base {base} ({} to {})",
                    base.address(),
                    base.end()
                )
            };
            entry.verdict.faults.push(Fault::wrong("outside", text));
            entry.moves = true;
        }
        let uses = reach::uses(network);
        let odd = ["multicast", "reserved", "loopback", "this network", "broadcast", "unspecified"];
        if let [only] = uses[..]
            && odd.contains(&only.name)
        {
            let text = format!("{network} is {}: {}", only.name, only.meaning);
            entry.verdict.faults.push(Fault::warn("use", text));
        }
    }
}

/// How many of those that a network overlaps with are named.
const NAMED: usize = 3;

/// Networks that share addresses. Of two, the one that is wrong anyway is to blame, else the later.
pub(super) fn overlaps(entries: &mut [Entry]) {
    let mut order: Vec<(Network, usize)> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| Some((entry.verdict.network?, at)))
        .collect();
    // Larger ones before the smaller ones inside them.
    order.sort_unstable();
    let wrong: Vec<bool> = entries.iter().map(|entry| entry.verdict.is_wrong()).collect();
    let mut partners: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    let mut winners = partners.clone();
    let mut around: Vec<(Network, usize)> = Vec::new();
    for (network, at) in order {
        while around.pop_if(|(outer, _)| !outer.covers(network)).is_some() {}
        // Whoever is around it shares its addresses; a few of them are named, and of all of them one
        // that is right is enough to blame this one, else each that is wrong is blamed itself.
        let mut blamed = false;
        for (place, (_, other)) in around.iter().rev().enumerate() {
            let (later, earlier) = (at.max(*other), at.min(*other));
            let (loser, winner) =
                if wrong[earlier] && !wrong[later] { (earlier, later) } else { (later, earlier) };
            let needed = if loser == at {
                !std::mem::replace(&mut blamed, true)
            } else {
                partners[loser].is_empty()
            };
            if needed || place < NAMED {
                partners[loser].push(winner);
                winners[winner].push(loser);
            }
        }
        around.push((network, at));
    }
    for (at, others) in winners.into_iter().enumerate() {
        if let Some((network, names)) = named(entries, at, others) {
            let text = format!("{network} shares addresses with {names}");
            entries[at].verdict.faults.push(Fault::note("overlapped", text));
        }
    }
    for (at, others) in partners.into_iter().enumerate() {
        let Some((network, names)) = named(entries, at, others) else { continue };
        let text = format!("{network} overlaps with {names}");
        entries[at].verdict.faults.push(
            Fault::wrong("overlap", text)
                .because("place the biggest first: then no block is in another's way"),
        );
        entries[at].moves = true;
    }
}

/// A network, and the names of those that it overlaps with.
fn named(entries: &[Entry], at: usize, mut others: Vec<usize>) -> Option<(Network, String)> {
    others.sort_unstable();
    others.dedup();
    let network = entries[at].verdict.network.filter(|_| !others.is_empty())?;
    let mut names: Vec<String> = others
        .iter()
        .take(NAMED)
        .filter_map(|other| {
            let verdict = &entries[*other].verdict;
            let theirs = verdict.network?;
            Some(format!("{} ({} to {})", verdict.name, theirs.address(), theirs.end()))
        })
        .collect();
    if others.len() > NAMED {
        names.push(format!("{} more", others.len() - NAMED));
    }
    Some((network, names.join(", ")))
}

/// Finds a place for every row that must move, the biggest first, and says what stays free.
pub(super) fn suggest(entries: &mut [Entry], base: Option<Network>, given: bool) -> Vec<Network> {
    let Some(base) = base else { return Vec::new() };
    let staying = entries.iter().filter(|entry| !entry.moves);
    let mut free = Free::new(base, staying.filter_map(|entry| entry.verdict.network).collect());
    let places = |entry: &Entry| entry.moves || entry.verdict.network.is_none();
    let mut moving: Vec<(u8, usize)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| places(entry) && entry.verdict.grade() == Grade::Wrong)
        .filter_map(|(at, entry)| Some((row::wanted(entry, base.is_v4())?, at)))
        .collect();
    moving.sort_unstable();
    for (prefix, at) in moving {
        let verdict = &mut entries[at].verdict;
        verdict.fix = free.take(prefix);
        if verdict.fix.is_none() {
            let text = if given {
                format!("no /{prefix} is free in {base} any more")
            } else {
                "where it would fit cannot be said without the base".to_owned()
            };
            verdict.faults.push(Fault::note("no room", text));
        }
    }
    // A row that begins at the wrong address and is in nobody's way stays where it was meant to be.
    for entry in entries.iter_mut().filter(|entry| !entry.moves) {
        if entry.verdict.faults.iter().any(|fault| fault.kind == "misaligned") {
            entry.verdict.fix = entry.verdict.network;
        }
    }
    free.blocks()
}
