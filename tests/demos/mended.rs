//! What a first reader stumbled over: each stays mended.
#![cfg(test)]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::namespace::{SsRow, alone};
use crate::played::{Played, Who, all, play, play_with};
use crate::support::netlab;
use crate::tools::{missing, output, unprivileged};

fn page(arguments: &[&str]) -> String {
    output(netlab().arg("demo").args(arguments))
}

#[test]
fn every_demo_plays_with_packets_for_root_and_for_nobody() {
    const TEST: &str = "every_demo_plays_with_packets_for_root_and_for_nobody";
    if unprivileged(TEST) || missing(TEST, &["ip", "setpriv"]) {
        return;
    }
    alone();
    for name in [all(), vec!["tour".to_owned()]].concat() {
        let played = play_with(&name, Who::Me, &["--packets"]);
        assert!(played.all("packet").count() > 0, "{name}");
        let played = play_with(&name, Who::Nobody, &["--packets"]);
        assert_eq!(played.all("capture_refused").count(), 1, "{name}");
        assert_eq!(played.all("curtain").count(), 1, "{name}");
    }
}

/// The longest has two packets in it, field by field.
#[test]
fn no_page_is_too_long_to_read() {
    for name in all() {
        // A busy machine makes calls wait that wait nowhere else, and a wait is a line: the shortest
        // of three counts.
        let mut pages = (0..3).map(|_| page(&[&name]));
        let page = pages.find(|page| page.lines().count() <= 180);
        let page = page.unwrap_or_else(|| panic!("{name}: more than 180 lines, three times"));
        assert!(!page.contains("mor…"), "{name}: cut\n{page}");
    }
    let lines = page(&["ports", "--explain"]).lines().count();
    assert!(lines <= 400, "ports --explain: {lines} lines");
}

#[test]
fn names_may_be_spelt_in_other_ways() {
    for (spelt, name) in [("Close", "close"), ("time_wait", "time-wait"), ("TOUR", "tour")] {
        let played = Played::of(&page(&[spelt, "--format", "json"]));
        assert_eq!(played.all("demo").next().expect("a title")["name"], name);
    }
}

#[test]
fn commands_to_try_stand_below_each_other() {
    for name in ["", "calls", "backlog", "byte-stream", "duplex"] {
        let name: &[&str] = if name.is_empty() { &[] } else { &[name] };
        let page = page(name);
        let next = page.split("[Next]\n").nth(1).expect("commands");
        let columns: BTreeSet<usize> =
            next.lines().filter_map(|line| line.find("  (")).map(|at| at + 2).collect();
        assert_eq!(columns.len(), 1, "{next}");
    }
}

/// Every card and every demo that is named at the end of a demo is there, in one spelling.
#[test]
fn what_to_do_next_can_be_done() {
    for name in [all(), vec!["tour".to_owned()]].concat() {
        let played = play(&name, Who::Nobody);
        let curtain = played.all("curtain").next().expect("a curtain");
        let next = curtain["next"].as_array().expect("commands");
        for command in next.iter().filter_map(|it| it.as_str()) {
            let command = command.split("  ").next().expect("a command").trim();
            let words: Vec<&str> = command.trim_start_matches("sudo ").split(' ').collect();
            assert!(!command.contains("time-wait") || words[1] == "demo", "{command}");
            match words[1] {
                "demo" => {
                    let named = words.get(2).filter(|word| !word.starts_with('-'));
                    let known = ["list", "tour"].map(str::to_owned);
                    let known =
                        |name: &&str| [all(), known.to_vec()].concat().contains(&(**name).into());
                    assert!(named.as_ref().is_none_or(|name| known(name)), "{command}");
                }
                "explain" => _ = output(netlab().args(&words[1..])),
                _ => {}
            }
        }
    }
}

/// Whoever the demo says has closed first keeps TIME-WAIT, by the kernel's own table, and nobody else.
#[test]
fn who_closed_first_is_who_keeps_time_wait() {
    const TEST: &str = "who_closed_first_is_who_keeps_time_wait";
    if unprivileged(TEST) || missing(TEST, &["ss", "ip"]) {
        return;
    }
    for name in
        ["blocking", "buffers", "backlog", "duplex", "byte-stream", "layers", "stream", "types"]
    {
        alone();
        let played = play(name, Who::Me);
        let mut first = BTreeSet::new();
        for call in played.all("call").filter(|call| call["state"] == "FIN-WAIT-1") {
            if ["close", "shutdown"].contains(&call["call"].as_str().expect("a name")) {
                first.insert((call["end"].to_string(), call["socket"].to_string()));
            }
        }
        let rows = output(Command::new("ss").args(["-Htan"]));
        let kept = rows.lines().map(|line| SsRow::read(&format!("tcp {line}")));
        let kept = kept.filter(|row| row.state == "TIME-WAIT").count();
        assert_eq!(first.len(), kept, "{name}: {first:?}\n{rows}");
    }
}

/// A pause after each line, and yet it ends. How much shorter the pauses of a long story become is added
/// up beside `slower`: here is only that there are a hundred whole ones at least, and an end.
#[test]
fn a_slow_telling_ends() {
    let began = Instant::now();
    let page = page(&["clients", "--pace", "0.02"]);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    assert!(page.contains("[Next]\n"), "{page}");
}

#[test]
fn a_call_that_waits_is_drawn_where_it_began() {
    let page = page(&["backlog"]);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
    let waits = place("has not returned yet");
    assert!(waits < place("\n3  The server calls accept"), "{page}");
    assert!(place("waits since") > waits, "{page}");
    let words: Vec<&str> = page.split_whitespace().collect();
    assert!(words.join(" ").contains("listen said 4: this kernel turns a newcomer away"), "{page}");
    // A call that this machine let wait for a millisecond is another one.
    assert_eq!(page.matches("┃   waits 1.0 s").count(), 0, "{page}");
}

#[test]
fn waiting_in_poll_and_in_a_loop_is_drawn() {
    let page = page(&["blocking"]);
    assert!(page.contains("poll(1 socket)"), "{page}");
    assert!(page.contains(" more recv, each"), "{page}");
}

#[test]
fn the_first_demo_says_what_nobody_typed() {
    let played = play("stream", Who::Nobody);
    assert_eq!(played.number("greeting_bytes"), 7);
    assert_eq!(*played.fact("bytes_of_lines"), serde_json::json!([8, 9]));
    let page = page(&["stream"]);
    // Each reason says whose call it is.
    assert!(
        page.contains("    server B close  ") && page.contains("    client A close  "),
        "{page}"
    );
}
