//! The tables as a whole, and what was known of some ports before netlab was.

use super::*;
use crate::port::Range;

#[test]
fn halving_finds_what_reading_finds() {
    let table: Vec<Entry> = all().filter(|entry| entry.ports.is_some()).collect();
    assert!(table.is_sorted_by_key(|entry| entry.ports));
    let mut first_that_may_hold = 0;
    for port in 0..=u16::MAX {
        let found: Vec<Entry> = at(port).collect();
        // Reading from where no earlier span reaches on.
        let holds = |entry: &&Entry| entry.ports.is_some_and(|ports| ports.holds(port));
        let near = &table[first_that_may_hold..];
        let near = near.iter().take_while(|e| e.ports.is_some_and(|ports| ports.first <= port));
        let expected: Vec<Entry> = near.filter(holds).copied().collect();
        assert_eq!(found, expected, "{port}");
        while table.get(first_that_may_hold..first_that_may_hold + 64).is_some_and(|some| {
            some.iter().all(|entry| entry.ports.is_some_and(|ports| ports.last < port))
        }) {
            first_that_may_hold += 1;
        }
    }
}

#[test]
fn the_index_has_the_beginning_of_each_block() {
    assert!(INDEX.is_sorted());
    for block in 0..INDEX.len() {
        let start = block_start(block);
        assert!(start == 0 || PORTS.as_bytes()[start - 1] == b'\n', "{block}");
        assert!(start >= block * BLOCK && start < (block + 1) * BLOCK, "{block}");
    }
    assert_eq!(block_start(INDEX.len()), PORTS.len());
    assert_eq!(end_of(u16::MAX), PORTS.len());
}

#[test]
fn a_span_is_all_its_ports_together() {
    for (first, last) in [(0, 100), (5990, 6070), (7745, 7780), (49_000, u16::MAX), (0, u16::MAX)] {
        let asked = Span { first, last };
        let mut expected: Vec<Entry> = Vec::new();
        for entry in asked.ports().flat_map(at) {
            if !expected.contains(&entry) {
                expected.push(entry);
            }
        }
        expected.sort_by_key(|entry| entry.ports);
        assert_eq!(within(asked).collect::<Vec<_>>(), expected, "{asked}");
        if last == u16::MAX {
            break;
        }
    }
}

#[test]
fn every_line_is_read() {
    let lines = PORTS.lines().chain(NAMES.lines()).filter(|line| !line.starts_with('#'));
    for (line, entry) in lines.clone().zip(all()) {
        let ports = entry.ports.map_or_else(String::new, |ports| ports.to_string());
        let protocols = entry.protocols.join(",");
        let fields = [&ports, &protocols, entry.name, entry.description, entry.unauthorized];
        let again = format!("{}\t{}", fields.join("\t"), entry.note);
        assert_eq!(again.trim_end(), line);
    }
    assert_eq!(lines.count(), all().count());
}

#[test]
fn the_registry_is_whole_and_dated() {
    assert!(newest_change() >= "2026-02-13" && newest_change().len() == 10);
    assert!(all().filter(|entry| !entry.name.is_empty()).count() > 7000);
    // The dynamic range is nobody's.
    let (first, last) = Range::Dynamic.bounds();
    assert_eq!(within(Span { first, last }).count(), 0);
    // Every other port is spoken of.
    let (_, last) = Range::Registered.bounds();
    assert!((0..=last).all(|port| at(port).next().is_some()));
}

#[test]
fn the_first_name_is_the_canonical_one() {
    for (port, protocol, name) in [
        (22, Protocol::Tcp, "ssh"),
        (53, Protocol::Udp, "domain"),
        (80, Protocol::Tcp, "http"),
        (443, Protocol::Tcp, "https"),
        (465, Protocol::Udp, "igmpv3lite"),
        (3000, Protocol::Tcp, "hbci"),
        (6000, Protocol::Tcp, "x11"),
        (6063, Protocol::Udp, "x11"),
        (27009, Protocol::Tcp, "flex-lm"),
    ] {
        let found = at(port).find(|entry| entry.is_for(Some(protocol)));
        assert_eq!(found.map(|entry| entry.name), Some(name), "{port}/{protocol}");
    }
}

#[test]
fn statements_are_told_apart() {
    for (port, standing) in [
        (0, Standing::Reserved),
        (4, Standing::Unassigned),
        (15, Standing::Unassigned),
        (57, Standing::Private),
        (80, Standing::Assigned),
        (1023, Standing::Reserved),
        (7750, Standing::Unassigned),
        (7775, Standing::Assigned),
        (7776, Standing::Unassigned),
        (49151, Standing::Reserved),
        (49152, Standing::Dynamic),
        (65535, Standing::Dynamic),
    ] {
        assert_eq!(Standing::of(port, &at(port).collect::<Vec<_>>()), standing, "{port}");
    }
}

#[test]
fn misprints_are_forgiven() {
    assert_eq!(nearest("htps").first(), Some(&"https"), "{:?}", nearest("htps"));
    assert!(nearest("htpps").contains(&"https"));
    assert_eq!(nearest("shs"), ["ssh"]);
    assert_eq!(nearest("minceraft"), ["minecraft"]);
    for far in ["dbs", "steam", "flask", "rails", "zoom", "spotify"] {
        assert!(nearest(far).is_empty(), "{far}: {:?}", nearest(far));
    }
    assert!(nearest("teh-quick-brown-fox").is_empty());
    assert!(nearest("").is_empty());
}

#[test]
fn words_are_looked_for_in_names_and_descriptions() {
    let words = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        with_words(&words).map(|entry| entry.name).collect::<Vec<_>>()
    };
    assert!(words(&["WINDOW", "system"]).contains(&"x11"));
    assert!(words(&["http", "alternate"]).contains(&"http-alt"));
    assert!(words(&["no such words"]).is_empty());
}
