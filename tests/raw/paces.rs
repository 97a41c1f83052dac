//! When probes leave, and when a run ends.
#![cfg(test)]

use std::time::Instant;

use nix::sys::signal::Signal;

use crate::capture::{Capture, PINGS};
use crate::network::{Network, ROUTER, SERVER, SILENT, servers};
use crate::ran::{Ran, assert_numbers, interrupted, list, number, signal, word};
use crate::support::netlab;
use crate::tools::{missing, until_event};

#[test]
fn a_flood_loses_nothing() {
    let Some(network) = Network::new("flood", "flood") else { return };
    for host in servers() {
        let flags = ["raw-ping", host, "-n", "--flood", "--confirm", "-c", "1000"];
        let ran = Ran::events(&network, &flags).ends_with(0);
        assert_eq!(ran.only("pinging")["pace"], "flood");
        let report = ran.only("ping_report");
        assert_numbers(&report["hosts"][0], &[("sent", 1000), ("received", 1000), ("lost", 0)]);
        assert_numbers(&report["hosts"][0], &[("duplicated", 0), ("corrupted", 0), ("late", 0)]);
        // A hundred a second, and more when replies come at once.
        assert!(number(&report, "duration_ns") < 10_000_000_000, "{report:#}");
    }
    let page = Ran::text(&network, &["raw-ping", ROUTER, "-n", "--flood", "-c", "1000", "-q"]);
    let counts = page.line(" sent, ").trim();
    assert!(counts.starts_with("1000 sent, 1000 received, 0 lost (0 %)"), "{counts}");
}

/// At least a hundred a second, though nobody answers.
#[test]
fn a_flood_goes_on_when_nobody_answers() {
    let Some(network) = Network::new("flood, silent", "floods") else { return };
    let flags = ["raw-ping", SILENT, "-n", "--flood", "--confirm", "-w", "1", "-W", "0.2"];
    let ran = Ran::events(&network, &flags).ends_with(1);
    let sent = number(&ran.first_host(), "sent");
    assert!((50..=150).contains(&sent), "{sent} in a second");
}

/// On the cable, requests and replies take turns.
#[test]
fn adaptive_never_has_more_than_one_under_way() {
    const TEST: &str = "adaptive_never_has_more_than_one_under_way";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "turns") else { return };
    for host in servers() {
        let mut capture = Capture::start(&network, PINGS, 400);
        let flags = ["raw-ping", host, "-n", "--adaptive", "--confirm", "-c", "200"];
        let ran = Ran::events(&network, &flags).ends_with(0);
        assert_eq!(ran.only("pinging")["pace"], "adaptive");
        assert_numbers(&ran.first_host(), &[("sent", 200), ("received", 200)]);
        for (at, message) in capture.messages().iter().enumerate() {
            assert_eq!(message.is_request(), at % 2 == 0, "packet {at}");
            assert_eq!(usize::from(message.sequence()), at / 2 + 1);
        }
    }
}

/// Networks of others are not loaded by mistake.
#[test]
fn what_loads_a_strange_network_has_to_be_confirmed() {
    let Some(network) = Network::new("confirm", "confirm") else { return };
    for flags in [&["--flood"][..], &["--adaptive"], &["-i", "0.005"]] {
        let with = |host: &str, more: &[&str]| {
            let first = ["raw-ping", host, "-n", "-c", "5"];
            Ran::text(&network, &[&first[..], flags, more].concat())
        };
        let refused = with(SERVER, &[]).ends_with(2);
        let told = refused.lines.join(" ");
        assert!(told.contains("--confirm"), "{flags:?}: {told}");
        assert!(!told.contains("bytes from"), "{told}");
        with(SERVER, &["--confirm"]).ends_with(0);
        for own in [ROUTER, "127.0.0.1"] {
            with(own, &[]).ends_with(0);
        }
    }
    let slow = ["raw-ping", SERVER, "-n", "-c", "2", "-i", "0.01"];
    Ran::text(&network, &slow).ends_with(0);
}

#[test]
fn several_hosts_of_both_families_are_asked_at_the_same_time() {
    let Some(network) = Network::new("several hosts", "hosts") else { return };
    let all = [&[ROUTER, "127.0.0.1", SILENT], servers()].concat();
    let flags = ["-n", "-c", "5", "-i", "0.1", "-W", "0.3"];
    // One of them is silent: as fping has it, that is no success.
    let began = Instant::now();
    let ran = Ran::events(&network, &[&["raw-ping"], &all[..], &flags].concat()).ends_with(1);
    let took = began.elapsed().as_secs_f64();
    assert!(took < 2.0, "{took} s: not one after the other");
    let pinging = ran.only("pinging");
    assert_eq!(list(&pinging, "sockets").len(), servers().len(), "one for each family");
    let asked: Vec<_> = list(&pinging, "hosts").iter().map(|host| word(host, "ip")).collect();
    assert_eq!(asked, all);
    let report = ran.only("ping_report");
    for (host, name) in list(&report, "hosts").iter().zip(&all) {
        assert_eq!(word(host, "ip"), *name);
        let received = if *name == SILENT { 0 } else { 5 };
        assert_numbers(host, &[("sent", 5), ("received", received), ("lost", 5 - received)]);
    }
    for reply in ran.all("reply") {
        let host = usize::try_from(number(&reply, "host")).expect("small");
        assert_eq!((word(&reply, "from"), word(&reply, "ip")), (all[host], all[host]));
    }
    // Two or three hosts have a block each, more have a row each.
    let few = [SERVER, ROUTER, SILENT];
    let page = Ran::text(&network, &[&["raw-ping"], &few[..], &flags].concat()).ends_with(1);
    for host in few {
        page.line(&format!("--- {host} ping statistics ---"));
    }
    let many = [SERVER, ROUTER, SILENT, "127.0.0.1"];
    let page = Ran::text(&network, &[&["raw-ping"], &many[..], &flags].concat()).ends_with(1);
    for host in many {
        assert!(!page.lines.iter().any(|line| line.contains(&format!("--- {host} "))));
        let received = if host == SILENT { "0" } else { "5" };
        let row = page.lines.iter().rev().find(|line| line.contains(host)).expect("a row");
        let cells = row.split(|c: char| c.is_whitespace() || "│|┆".contains(c));
        assert!(cells.filter(|cell| *cell == received).count() > 0, "{row}");
    }
}

#[test]
fn a_deadline_ends_a_run() {
    let Some(network) = Network::new("deadline", "deadline") else { return };
    for (host, code) in [(SERVER, 0), (SILENT, 1)] {
        let began = Instant::now();
        let flags = ["raw-ping", host, "-n", "-i", "0.05", "-w", "0.5", "-W", "0.2"];
        let ran = Ran::events(&network, &flags).ends_with(code);
        let took = began.elapsed().as_secs_f64();
        assert!((0.4..1.5).contains(&took), "{took} s");
        let duration = number(&ran.only("ping_report"), "duration_ns");
        assert!((400_000_000..700_000_000).contains(&duration), "{duration} ns");
        let sent = number(&ran.first_host(), "sent");
        assert!((5..=11).contains(&sent), "{sent} probes");
        assert_eq!(number(&ran.only("pinging"), "deadline_ns"), 500_000_000);
    }
}

#[test]
fn probes_to_a_host_keep_their_interval() {
    const TEST: &str = "probes_to_a_host_keep_their_interval";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "beat") else { return };
    let mut capture = Capture::start(&network, PINGS, 40);
    let flags = ["raw-ping", SERVER, "-n", "-i", "0.05", "-c", "20"];
    Ran::events(&network, &flags).ends_with(0);
    let seen = capture.messages();
    let left: Vec<u64> =
        seen.iter().filter(|message| message.is_request()).map(|message| message.at_ns).collect();
    // Single ones may be late on a busy machine; that must not add up.
    let whole = left[19] - left[0];
    assert!((940_000_000..1_100_000_000).contains(&whole), "{whole} ns for 19 intervals of 50 ms");
}

#[test]
fn ctrl_backslash_asks_how_far_it_is() {
    let Some(network) = Network::new("SIGQUIT", "status") else { return };
    let flags = ["raw-ping", SERVER, "-n", "-i", "0.05"];
    let mut program = network.events(&flags);
    for round in 1..=3 {
        until_event(&mut program, "reply");
        signal(&program, Signal::SIGQUIT);
        let status = until_event(&mut program, "ping_status");
        assert!(number(&status["hosts"][0], "received") >= round, "{status:#}");
    }
    until_event(&mut program, "reply");
    let ran = interrupted(program).ends_with(0);
    let last = ran.all("ping_status").pop().expect("three");
    assert!(number(&ran.first_host(), "sent") > number(&last["hosts"][0], "sent"));

    let mut page = network.netlab(&[&flags[..], &["-q"]].concat());
    page.until("PING");
    // It is quiet: the status says itself when a reply has come.
    let line = loop {
        signal(&page, Signal::SIGQUIT);
        let line = page.until("received");
        if !line.contains("0 received") {
            break line;
        }
    };
    assert!(line.contains("sent") && line.contains("lost"), "{line}");
    let ran = interrupted(page).ends_with(0);
    ran.line("ping statistics");
}

/// The first answers are asked for in words only of a run that is not quiet.
#[test]
fn a_quiet_run_has_only_its_summary() {
    let flags = ["raw-ping", "127.0.0.1", "-n", "-c", "3", "-i", "0.02", "-q"];
    if crate::tools::unprivileged("quiet") {
        return;
    }
    let ran = Ran::of(crate::support::Program::start(netlab().args(flags))).ends_with(0);
    assert!(!ran.lines.iter().any(|line| line.contains("bytes from")), "{:#?}", ran.lines);
    assert!(ran.line(" sent, ").trim().starts_with("3 sent, 3 received, 0 lost (0 %)"));
    ran.line("round trip min/avg/max/mdev");
}

/// What is as fast as the replies come does not go on for ever, unless somebody says how long.
#[test]
fn a_fast_run_without_an_end_is_given_one() {
    let Some(network) = Network::new("fast, endless", "endless") else { return };
    for pace in ["--flood", "--adaptive"] {
        let mut program = network.events(&["raw-ping", SERVER, "-n", "--confirm", pace]);
        until_event(&mut program, "reply");
        signal(&program, Signal::SIGINT);
        let ran = Ran::of(program).ends_with(0);
        assert_eq!(number(&ran.only("pinging"), "deadline_ns"), 10_000_000_000, "{pace}");
        let remarks = ran.all("icmp_remark");
        assert!(remarks.iter().any(|one| one["remark"] == "flood ends"), "{pace}: {remarks:?}");
    }
}
