//! A server that answers as it should not: late, twice, with wrong bytes; and every kind of error.
#![cfg(test)]

use crate::network::{
    CLIENT, CLIENT_OF_IPV6, CLIENT_TOO, CLIENT_TOO_OF_IPV6, Host, Network, SERVER, SERVER_OF_IPV6,
    has_ipv6,
};
use crate::ran::{Ran, assert_numbers, number, word};
use crate::support::{Program, skip};
use crate::tools::missing;

/// A server whose kernel is silent, so that this program alone answers.
#[track_caller]
fn crafted(network: &Network, family: &str, plan: &[&str]) -> Program {
    let ignore = if family == "6" {
        "net.ipv6.icmp.echo_ignore_all=1"
    } else {
        "net.ipv4.icmp_echo_ignore_all=1"
    };
    network.sysctl(Host::Server, &[ignore]);
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/raw/python/crafted.py");
    let mut python = network.on(Host::Server, "python3", &[&[program, family], plan].concat());
    let mut python = Program::start(&mut python);
    python.until("ready");
    python
}

/// What each reply is, in the order in which they came.
fn fates(ran: &Ran) -> Vec<(u64, String)> {
    let replies = ran.all("reply");
    let fate =
        |reply: &serde_json::Value| (number(reply, "sequence"), word(reply, "fate").to_owned());
    replies.iter().map(fate).collect()
}

#[test]
fn replies_that_are_late_double_or_damaged_are_told_apart() {
    const TEST: &str = "replies_that_are_late_double_or_damaged_are_told_apart";
    const PLAN: [&str; 9] =
        ["echo", "twice", "flip:17", "short:28", "sum", "after:8", "nothing", "nothing", "echo"];
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "damage") else { return };
    let _server = crafted(&network, "4", &PLAN);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl").display().to_string();
    // The sixth is answered when the eighth is sent: 0.2 s later, and its time is 0.15 s.
    let flags = ["-n", "-c", "9", "-i", "0.1", "-W", "0.15", "--record", &path];
    let page = Ran::text(&network, &[&["raw-ping", SERVER], &flags[..]].concat()).ends_with(0);
    let record = std::fs::read_to_string(&path).expect("a record");
    let ran = Ran { code: page.code, lines: record.lines().map(str::to_owned).collect() };
    let expected = [
        (1, "fine"),
        (2, "fine"),
        (2, "duplicate"),
        (3, "corrupted"),
        (4, "wrong length"),
        (5, "wrong checksum"),
        (6, "late"),
        (9, "fine"),
    ];
    assert_eq!(fates(&ran), expected.map(|(sequence, fate)| (sequence, fate.to_owned())));
    let of = |fate: &str| {
        let found = ran.all("reply").into_iter().find(|reply| reply["fate"] == fate);
        found.unwrap_or_else(|| panic!("{fate}"))
    };
    // Byte 17 is what it counts; every bit of it was turned over.
    assert_numbers(&of("corrupted"), &[("at", 17), ("sent", 17), ("came", 238)]);
    assert_numbers(&of("wrong length"), &[("sent", 56), ("came", 28), ("reply_bytes", 36)]);
    let sum = of("wrong checksum");
    assert_eq!(number(&sum, "on_the_wire") ^ number(&sum, "computed"), 0x0101, "{sum:#}");
    let lost: Vec<_> = ran.all("lost").iter().map(|lost| number(lost, "sequence")).collect();
    for silent in [7, 8] {
        assert!(lost.contains(&silent), "{lost:?}");
    }
    let report = ran.first_host();
    assert_numbers(&report, &[("sent", 9), ("received", 3), ("late", 1), ("duplicated", 1)]);
    assert_numbers(&report, &[("corrupted", 3), ("lost", 2), ("errors", 0), ("unsent", 0)]);
    for (sequence, words) in [
        (2, "(DUP!)".to_owned()),
        (3, "(CORRUPTED: byte 17 of the data is 0xee and was 0x11)".to_owned()),
        (4, "(WRONG LENGTH: 28 of 56 bytes of data came back)".to_owned()),
        (6, "(late: its time was up after 0.15 s)".to_owned()),
        (5, "(WRONG CHECKSUM: 0x".to_owned()),
    ] {
        let line = page.line(&words);
        let bytes = if sequence == 4 { 36 } else { 64 };
        let start = format!("{bytes} bytes from {SERVER}: icmp_seq={sequence} ttl=63 time=");
        assert!(line.trim().starts_with(&start), "{line}");
    }
}

/// Both programs hear the same errors about their probes, and call them the same.
#[track_caller]
fn same_words(network: &Network, host: &str, own: [&str; 2], plan: &[(&str, &str)]) {
    let words: Vec<_> = plan.iter().map(|(error, _)| *error).collect();
    let count = plan.len().to_string();
    let flags = ["-n", "-c", &count, "-i", "0.02", "-W", "0.2"];
    let _server = crafted(network, if host.contains(':') { "6" } else { "4" }, &words);
    let ping = Ran::ping(network, &[&flags[..], &["-I", own[0], host]].concat());
    network.forget_ways();
    let run = [&["raw-ping", host], &flags[..], &["-I", own[1]]].concat();
    let page = Ran::text(network, &run);
    network.forget_ways();
    let ran = Ran::events(network, &run);
    let told = ran.all("icmp_error");
    let mut different = Vec::new();
    for (at, (error, words)) in plan.iter().enumerate() {
        // ping writes a redirect with a colon and without a space.
        let of = |lines: &[String]| {
            let sequence = format!("icmp_seq={} ", at + 1);
            let line =
                lines.iter().find(|line| line.starts_with("From") && line.contains(&sequence));
            line.map(|line| line.replace(": icmp", " icmp").replace("Host (", "Host("))
        };
        let event = told.iter().find(|told| number(told, "number") == at as u64 + 1);
        let event = event.map(|told| word(told, "trouble").replace("Host (", "Host("));
        let line = format!("From {host} icmp_seq={} {words}", at + 1);
        let seen = (of(&ping.lines), of(&page.lines), event);
        if seen != (Some(line.clone()), Some(line), Some((*words).to_owned())) {
            different.push((error, words, seen));
        }
    }
    assert!(different.is_empty(), "error, words, (ping, page, event): {different:#?}");
    assert_eq!(page.code, ping.code);
}

#[test]
fn every_error_of_ipv4_has_the_words_of_ping() {
    const TEST: &str = "every_error_of_ipv4_has_the_words_of_ping";
    if missing(TEST, &["python3", "ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "all4") else { return };
    // The last two teach the client's kernel something, so they come last.
    let plan = [
        ("error:3:0:00000000", "Destination Net Unreachable"),
        ("error:3:1:00000000", "Destination Host Unreachable"),
        ("error:3:2:00000000", "Destination Protocol Unreachable"),
        ("error:3:3:00000000", "Destination Port Unreachable"),
        ("error:3:13:00000000", "Packet filtered"),
        ("error:11:0:00000000", "Time to live exceeded"),
        ("error:12:0:14000000", "Parameter problem: pointer = 20"),
        ("error:4:0:00000000", "Source Quench"),
        ("error:3:5:00000000", "Source Route Failed"),
        ("error:3:9:00000000", "Destination Net Prohibited"),
        ("error:3:10:00000000", "Destination Host Prohibited"),
        ("error:3:4:00000514", "Frag needed and DF set (mtu = 1300)"),
        ("error:5:1:0a4d0103", "Redirect Host(New nexthop: 10.77.1.3)"),
    ];
    same_words(&network, SERVER, [CLIENT_TOO, CLIENT], &plan);
}

#[test]
fn every_error_of_ipv6_has_the_words_of_ping() {
    const TEST: &str = "every_error_of_ipv6_has_the_words_of_ping";
    if !has_ipv6() {
        return skip(TEST, "this system has no IPv6");
    }
    if missing(TEST, &["python3", "ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "all6") else { return };
    let plan = [
        ("error:1:0:00000000", "Destination unreachable: No route"),
        ("error:1:1:00000000", "Destination unreachable: Administratively prohibited"),
        ("error:1:2:00000000", "Destination unreachable: Beyond scope of source address"),
        ("error:1:3:00000000", "Destination unreachable: Address unreachable"),
        ("error:1:4:00000000", "Destination unreachable: Port unreachable"),
        ("error:3:0:00000000", "Time exceeded: Hop limit"),
        ("error:3:1:00000000", "Time exceeded: Defragmentation failure"),
        ("error:4:0:00000006", "Parameter problem: Wrong header field at 6"),
        ("error:4:1:00000006", "Parameter problem: Unknown header at 6"),
        ("error:4:2:00000006", "Parameter problem: Unknown option at 6"),
        ("error:2:0:00000514", "Packet too big: mtu=1300"),
    ];
    same_words(&network, SERVER_OF_IPV6, [CLIENT_TOO_OF_IPV6, CLIENT_OF_IPV6], &plan);
}

/// A router that knows a better way passes the packet on all the same: its reply comes.
#[test]
fn a_redirect_loses_nothing() {
    const TEST: &str = "a_redirect_loses_nothing";
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "redirect") else { return };
    let _server = crafted(&network, "4", &["error:5:1:0a4d0103+echo"]);
    let ran = Ran::events(&network, &["raw-ping", SERVER, "-n", "-c", "1", "-W", "1"]).ends_with(0);
    let error = ran.only("icmp_error");
    assert_eq!(word(&error, "gateway"), "10.77.1.3");
    assert_numbers(&ran.first_host(), &[("sent", 1), ("received", 1), ("lost", 0)]);
}
