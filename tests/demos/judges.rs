//! strace and ss as judges: the calls that a demo tells are those that the system sees, in that order
//! and with those results, and what it leaves behind is what it said.
#![cfg(test)]

use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;

use crate::judge::{agree, assert_agree, told, without_repetitions};
use crate::namespace::{SsRow, alone};
use crate::played::{Played, Who, all, judged};
use crate::tools::{missing, output, unprivileged};

/// Every scene and the tour below strace: the record's calls are those that the system saw.
fn every_scene(who: Who, more: &[&str]) {
    alone();
    for name in [all(), vec![String::new()]].concat() {
        let (played, mut seen) = judged(&name, who, more);
        let mut told = told(&played.events);
        assert!(told.len() > 10 || (name == "raw" && who == Who::Nobody), "{name}: {told:#?}");
        if name == "blocking" {
            // A busy loop; how many calls it made is judged where its facts are.
            (told, seen) = (without_repetitions(&told), without_repetitions(&seen));
        }
        assert_agree(&format!("demo {name} {more:?} by {who:?}"), &told, &seen);
        // And it would be found if one were missing.
        told.remove(told.len() / 2);
        assert!(agree(&told, &seen).is_err(), "{name}");
    }
}

#[test]
fn the_calls_that_are_told_are_the_calls_that_are_made() {
    if !missing("the_calls_that_are_told_are_the_calls_that_are_made", &["strace"]) {
        every_scene(Who::Me, &[]);
    }
}

#[test]
fn so_are_those_of_a_user_without_privilege() {
    const TEST: &str = "so_are_those_of_a_user_without_privilege";
    if !missing(TEST, &["strace", "setpriv"]) && !unprivileged(TEST) {
        every_scene(Who::Nobody, &[]);
    }
}

/// The capture is an instrument: it adds no call to the record and changes no order.
#[test]
fn so_are_those_of_a_run_with_packets() {
    const TEST: &str = "so_are_those_of_a_run_with_packets";
    if !missing(TEST, &["strace", "ip"]) && !unprivileged(TEST) {
        every_scene(Who::Me, &["--packets"]);
    }
}

/// What `ss` says of all TCP sockets.
fn tcp() -> Vec<SsRow> {
    output(Command::new("ss").args(["-Htan"]))
        .lines()
        .map(|line| SsRow::read(&format!("tcp {line}")))
        .collect()
}

fn side(address: SocketAddr) -> String {
    format!("{} {}", address.ip(), address.port())
}

/// The endpoints of the connections that were accepted: client's, server's.
fn connections(played: &Played) -> Vec<(SocketAddr, SocketAddr)> {
    let listened = played.calls("server", "getsockname");
    let accepted = played.calls("server", "accept");
    let address = |text: &Value| text.as_str().expect("an address").parse().expect("an address");
    let pair = |accept: &&Value| {
        let at = accept["t_ns"].as_u64();
        let mut before = listened.iter().filter(|call| call["t_ns"].as_u64() < at);
        let server = before.next_back().expect("it listens");
        (address(&accept["result"]["peer"]), address(&server["result"]))
    };
    accepted.iter().map(pair).collect()
}

#[test]
fn what_a_demo_leaves_behind_is_what_it_said() {
    const TEST: &str = "what_a_demo_leaves_behind_is_what_it_said";
    if missing(TEST, &["ss", "ip"]) {
        return;
    }
    alone();
    let played = crate::played::play("close", crate::played::Who::Me);
    let state = |own: SocketAddr, other: SocketAddr| {
        let rows = tcp();
        let row = rows.iter().find(|row| row.source == side(own) && row.destination == side(other));
        row.map(|row| (row.state, row.pid.clone()))
    };
    let [(client, server), (reset, by)] = connections(&played)[..] else {
        panic!("two connections")
    };
    assert_eq!(state(client, server), Some(("TIME-WAIT", None)));
    assert_eq!(state(server, client), None);
    assert_eq!((state(reset, by), state(by, reset)), (None, None));

    let played = crate::played::play("time-wait", crate::played::Who::Me);
    let pairs = connections(&played);
    assert_eq!(pairs.len(), 2);
    for (client, server) in pairs {
        assert_eq!(state(server, client), Some(("TIME-WAIT", None)));
        assert_eq!(state(client, server), None);
    }
}
