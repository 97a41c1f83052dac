//! What a server does on purpose, as a client sees it that numbers its datagrams.
#![cfg(test)]

use serde_json::Value;

use crate::echo::{assert_numbers, end, number, python, server};
use crate::support::Program;
use crate::tools::{ends_well, events, missing, output, start_netlab};

/// An answer: which one, how many of its bits are others, after how many milliseconds.
type Answer = (u64, u64, f64);

/// What a client sees that sends so many datagrams, and how many it sent to be sure of the end.
#[track_caller]
fn seen_by_python(port: &str, count: u64) -> (Vec<Answer>, u64) {
    let told = output(&mut python("counted.py", &[port, &count.to_string()]));
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let answers = told["answers"].as_array().expect("answers").iter().map(|answer| {
        let whole = |n: usize| answer[n].as_u64().expect("a number");
        (whole(0), whole(1), answer[2].as_f64().expect("a number"))
    });
    (answers.collect(), number(&told, "sent"))
}

fn numbers(answers: &[Answer]) -> Vec<u64> {
    answers.iter().map(|(number, ..)| *number).collect()
}

/// Which ones never came back.
fn lost(answers: &[Answer], count: u64) -> Vec<u64> {
    let came = numbers(answers);
    (0..count).filter(|number| !came.contains(number)).collect()
}

/// Wants about that share: six standard deviations of chance to both sides.
#[track_caller]
fn assert_about(what: &str, found: usize, share: f64, count: u64) {
    let count = f64::from(u32::try_from(count).expect("a small number"));
    let found = f64::from(u32::try_from(found).expect("a small number"));
    let (mean, spread) = (share * count, 6.0 * (count * share * (1.0 - share)).sqrt());
    assert!((found - mean).abs() <= spread, "{found} {what} of {count}, not {share}");
}

const COUNT: u64 = 500;

#[test]
fn nothing_is_impaired_unless_it_was_asked_for() {
    if missing("no impairments", &["python3"]) {
        return;
    }
    let (server, port) = server(&[]);
    let (answers, sent) = seen_by_python(&port, 1000);
    assert_eq!(numbers(&answers), (0..1000).collect::<Vec<_>>(), "in order, and each once");
    assert!(answers.iter().all(|(_, bits, _)| *bits == 0), "no bit is changed");
    let (report, lines) = end(server);
    let all = [("datagrams_received", sent), ("datagrams_sent", sent), ("bytes_sent", sent * 64)];
    assert_numbers(&report, &all);
    let impairments = ["dropped", "duplicated", "reordered", "corrupted", "delayed", "over_rate"];
    assert_numbers(&report, &impairments.map(|name| (name, 0)));
    let bound = &events(&lines, "bound")[0];
    assert_eq!(bound["impairments"]["seed"], Value::Null);
    let mut server = start_netlab(&["udp-server", "0", "--bind", "127.0.0.1"]);
    server.type_line("exit");
    let told = ends_well(server).join("\n");
    assert!(!told.contains("On purpose") && !told.contains("Seed"), "{told}");
}

#[test]
fn a_seed_drops_the_same_for_every_client_and_in_every_run() {
    if missing("drop", &["python3"]) {
        return;
    }
    let losses = |seed: &str| {
        let (server, port) = server(&["--drop", "20%", "--seed", seed]);
        let (first, sent) = seen_by_python(&port, COUNT);
        let (second, _) = seen_by_python(&port, COUNT);
        assert_eq!(numbers(&first), numbers(&second), "two clients");
        let lost = lost(&first, COUNT);
        assert!(first.windows(2).all(|pair| pair[0].0 < pair[1].0), "what comes is in order");
        // Among the datagrams that ask for the end, each but the last was dropped too.
        let dropped = 2 * (lost.len() as u64 + sent - COUNT - 1);
        assert_numbers(&end(server).0, &[("dropped", dropped), ("peers", 2)]);
        lost
    };
    let first = losses("7");
    assert_eq!(first, losses("7"), "two runs");
    assert_ne!(first, losses("8"), "another seed");
    assert_about("lost", first.len(), 0.2, COUNT);
}

#[test]
fn duplicates_are_whole_copies_and_nothing_is_lost() {
    if missing("duplicate", &["python3"]) {
        return;
    }
    let (server, port) = server(&["--duplicate", "20%", "--seed", "7"]);
    let (answers, _) = seen_by_python(&port, COUNT);
    assert_eq!(lost(&answers, COUNT), [0_u64; 0]);
    assert!(answers.iter().all(|(_, bits, _)| *bits == 0), "no bit is changed");
    let numbers = numbers(&answers);
    let copies = numbers.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(numbers.len() as u64, COUNT + copies as u64, "twice at most, one after the other");
    assert_about("copies", copies, 0.2, COUNT);
    assert!(number(&end(server).0, "duplicated") >= copies as u64);
}

#[test]
fn reordering_loses_nothing_and_lets_the_next_one_overtake() {
    if missing("reorder", &["python3"]) {
        return;
    }
    let (server, port) = server(&["--reorder", "20%", "--seed", "7"]);
    let (answers, _) = seen_by_python(&port, COUNT);
    let order = numbers(&answers);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..COUNT).collect::<Vec<_>>(), "each comes once");
    let overtaken = order.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert!(overtaken > 0, "{order:?}");
    // Of two that are to be held back one after the other, one is; so there are fewer than asked for.
    let held = number(&end(server).0, "reordered");
    assert!((overtaken as u64..=overtaken as u64 + 3).contains(&held), "{overtaken} of {held}");
    assert_about("held back", overtaken, 0.2 / 1.2, COUNT);
}

#[test]
fn corruption_turns_exactly_one_bit_over() {
    if missing("corrupt", &["python3"]) {
        return;
    }
    let corrupted = || {
        let (server, port) = server(&["--corrupt", "20%", "--seed", "7"]);
        let (answers, _) = seen_by_python(&port, COUNT);
        assert_eq!(numbers(&answers), (0..COUNT).collect::<Vec<_>>());
        assert!(answers.iter().all(|(_, bits, _)| *bits <= 1), "{answers:?}");
        let changed: Vec<_> =
            answers.iter().filter(|answer| answer.1 == 1).map(|answer| answer.0).collect();
        let (report, lines) = end(server);
        assert!(number(&report, "corrupted") >= changed.len() as u64);
        // The server tells of each datagram what it did with it.
        let told = (0..COUNT).zip(events(&lines, "datagram"));
        let told = told.filter(|(_, datagram)| datagram["on_purpose"]["corrupted"] == true);
        assert_eq!(told.map(|(number, _)| number).collect::<Vec<_>>(), changed);
        changed
    };
    let first = corrupted();
    assert_about("corrupted", first.len(), 0.2, COUNT);
    assert_eq!(first, corrupted(), "the same ones in another run");
}

#[test]
fn a_delay_is_at_least_what_was_asked_for() {
    if missing("delay", &["python3"]) {
        return;
    }
    let (server, port) = server(&["--delay", "50±10", "--seed", "7"]);
    let (answers, sent) = seen_by_python(&port, COUNT);
    assert_eq!(lost(&answers, COUNT), [0_u64; 0]);
    let shortest = answers.iter().map(|answer| answer.2).fold(f64::INFINITY, f64::min);
    let longest = answers.iter().map(|answer| answer.2).fold(0.0, f64::max);
    assert!(shortest >= 40.0, "{shortest} ms");
    // They vary: what leaves late may be overtaken.
    assert!(longest - shortest >= 5.0, "from {shortest} to {longest} ms");
    assert_numbers(&end(server).0, &[("delayed", sent)]);
}

#[test]
fn a_rate_is_a_limit_and_the_rest_is_not_answered() {
    if missing("max rate", &["python3"]) {
        return;
    }
    let (server, port) = server(&["--max-rate", "50"]);
    let (answers, sent) = seen_by_python(&port, 200);
    let (report, _) = end(server);
    let (answered, over) = (number(&report, "datagrams_sent"), number(&report, "over_rate"));
    assert_eq!(answered + over, sent);
    assert!(over > 0 && !answers.is_empty(), "{report:#}");
    assert!(lost(&answers, 200).len() as u64 <= over, "{report:#}");
}

#[test]
fn what_is_done_on_purpose_is_said_at_the_start() {
    for (arguments, label, value) in [
        (["--drop", "20%"], "Drop", "20 %"),
        (["--duplicate", "5"], "Duplicate", "5 %"),
        (["--reorder", "0.5%"], "Reorder", "0.5 %"),
        (["--corrupt", "100%"], "Corrupt", "100 %"),
        (["--delay", "50±10"], "Delay", "50.0 ms"),
        (["--delay", "50+-10"], "Delay", "50.0 ms"),
        (["--max-rate", "7"], "Max rate", "7"),
    ] {
        let first = ["udp-server", "0", "--bind", "127.0.0.1", "--seed", "4711"];
        let mut server = start_netlab(&[&first[..], &arguments].concat());
        server.type_line("exit");
        let told = ends_well(server);
        let has = |label: &str, value: &str| {
            told.iter().any(|line| {
                let line = line.trim_start();
                line.strip_prefix(label).is_some_and(|rest| rest.trim_start().starts_with(value))
            })
        };
        assert!(has(label, value), "{arguments:?}: {told:#?}");
        if label != "Max rate" {
            assert!(has("On purpose", ", by netlab") && has("Seed", "4711"), "{told:#?}");
        }
    }
    // In JSON, too: shares are from 0 to 1.
    let all = ["--drop", "20%", "--corrupt", "1", "--delay", "100±20", "--seed", "9"];
    let (server, _) = server(&all);
    let (_, lines) = end(server);
    let told = &events(&lines, "bound")[0]["impairments"];
    let expected = serde_json::json!({
        "drop": 0.2, "duplicate": 0.0, "reorder": 0.0, "corrupt": 0.01,
        "delay_ns": 100_000_000, "jitter_ns": 20_000_000, "seed": 9,
    });
    assert_eq!(*told, expected);
}

/// A seed that the server chose is said, and repeats the run.
#[test]
fn a_seed_that_was_chosen_can_be_given_again() {
    if missing("chosen seed", &["python3"]) {
        return;
    }
    let (first, port) = server(&["--drop", "30%"]);
    let losses = lost(&seen_by_python(&port, 100).0, 100);
    let (_, lines) = end(first);
    let seed = events(&lines, "bound")[0]["impairments"]["seed"].to_string();
    let (second, port) = server(&["--drop", "30%", "--seed", &seed]);
    assert_eq!(lost(&seen_by_python(&port, 100).0, 100), losses);
    drop::<Program>(second);
}
