//! Every row of IANA's file, looked up the way netlab does it.

use std::collections::BTreeMap;

use netlab::port::registry::{self, Entry, Protocol, Span};

use crate::rows::Row;

/// What netlab answers otherwise than IANA's file, a line for each.
pub fn differences(rows: &[Row]) -> Vec<String> {
    let mut differences = Vec::new();
    for row in rows {
        let missing = match row.ports {
            Some(ports) => {
                ports.ports().find(|port| !registry::at(*port).any(|entry| says(&entry, row)))
            }
            None => (!registry::with_name(&row.name).any(|entry| says(&entry, row))).then_some(0),
        };
        if let Some(port) = missing {
            differences.push(format!("missing at {port}: {row:?}"));
        }
    }
    differences.extend(names(rows));
    let newest = rows.iter().map(|row| row.changed.as_str()).max().unwrap_or_default();
    if registry::newest_change() != newest {
        differences.push(format!("newest change: {}, not {newest}", registry::newest_change()));
    }
    differences
}

/// Whether an entry says all that a row says.
fn says(entry: &Entry, row: &Row) -> bool {
    entry.ports == row.ports
        && (entry.name, entry.description) == (&*row.name, &*row.description)
        && (entry.unauthorized, entry.note) == (&*row.unauthorized, &*row.note)
        && row.protocol.is_none_or(|protocol| entry.protocols.has(protocol))
}

/// The names of every port for every protocol, which have to be the same in the same order.
fn names(rows: &[Row]) -> Vec<String> {
    type Key = (Option<Span>, Option<&'static str>);
    let mut expected: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let key = (row.ports, row.protocol.map(Protocol::name));
        expected.entry(key).or_default().push(&row.name);
    }
    let mut found: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for entry in registry::all() {
        let mut add = |protocol: Option<Protocol>| {
            let key = (entry.ports, protocol.map(Protocol::name));
            found.entry(key).or_default().push(entry.name);
        };
        if entry.protocols.each().next().is_none() {
            add(None);
        }
        entry.protocols.each().for_each(|protocol| add(Some(protocol)));
    }
    let mut differences = Vec::new();
    for key in expected.keys().chain(found.keys()) {
        let mut pair = [&expected, &found].map(|names| names.get(key).cloned().unwrap_or_default());
        if key.0.is_none() {
            // Names without a port have no order that tells anything.
            for names in &mut pair {
                names.sort_unstable();
            }
        }
        let [iana, netlab] = pair;
        if iana != netlab {
            differences.push(format!("{key:?}: IANA has {iana:?}, netlab {netlab:?}"));
        }
    }
    differences.sort();
    differences.dedup();
    differences
}
