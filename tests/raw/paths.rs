//! `--path`: the hops are the routers' addresses; and names, from the client's own `/etc/hosts`.
#![cfg(test)]

use std::path::Path;

use serde_json::Value;

use crate::capture::{Capture, PINGS};
use crate::network::{
    BEHIND, BEHIND_OF_IPV6, FORBIDDEN, Network, ROUTER, ROUTER_OF_IPV6, SERVER, SERVER_OF_IPV6,
    servers,
};
use crate::ran::{Ran, list, number, word};
use crate::tools::{missing, until_event};

/// A hop: its limit, and who answered each of its probes with what.
#[track_caller]
fn hop(event: &Value) -> (u64, Vec<(String, String)>) {
    let answers = list(event, "answers").iter().map(|answer| {
        let from = answer["from"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer["round_trip_ns"].is_null(), from.is_empty(), "{answer:#}");
        (from, word(answer, "answer").to_owned())
    });
    (number(event, "ttl"), answers.collect())
}

/// So many times the same answer.
fn times(count: usize, from: &str, answer: &str) -> Vec<(String, String)> {
    vec![(from.to_owned(), answer.to_owned()); count]
}

fn exceeded(router: &str) -> &'static str {
    if router.contains(':') { "Time exceeded: Hop limit" } else { "Time to live exceeded" }
}

#[test]
fn the_hops_are_the_router_and_the_server() {
    let Some(network) = Network::new("path", "path") else { return };
    for host in servers() {
        let router = if host.contains(':') { ROUTER_OF_IPV6 } else { ROUTER };
        for (flags, count) in [(&[][..], 3), (&["-c", "1"], 1), (&["-c", "5"], 5)] {
            let first = ["raw-ping", host, "--path", "-n", "-W", "0.5"];
            let ran = Ran::events(&network, &[&first[..], flags].concat()).ends_with(0);
            let hops: Vec<_> = ran.all("hop").iter().map(hop).collect();
            let expected =
                [(1, times(count, router, exceeded(router))), (2, times(count, host, "reply"))];
            assert_eq!(hops, expected);
            assert!(ran.all("name").is_empty(), "names were not wanted");
        }
        let page = Ran::text(&network, &["raw-ping", host, "--path", "-n", "-W", "0.5"]);
        let page = page.ends_with(0);
        for (limit, address) in [("1", router), ("2", host)] {
            let row = page.lines.iter().find(|line| {
                let mut words = line.split(|c: char| c.is_whitespace() || "│|".contains(c));
                words
                    .find(|word| !word.is_empty())
                    .is_some_and(|word| word.trim_end_matches('.') == limit)
            });
            let row = row.unwrap_or_else(|| panic!("hop {limit} in {:#?}", page.lines));
            assert!(row.contains(address), "{address} in {row}");
        }
    }
}

/// Nobody says that the way ends in silence, so it goes on as far as it was told to.
#[test]
fn a_way_that_ends_in_silence_and_one_that_is_forbidden() {
    let Some(network) = Network::new("path, silence", "dead") else { return };
    for host in &[BEHIND, BEHIND_OF_IPV6][..servers().len()] {
        let router = if host.contains(':') { ROUTER_OF_IPV6 } else { ROUTER };
        let flags = ["raw-ping", host, "--path", "-n", "-W", "0.2", "--max-hops", "3"];
        let ran = Ran::events(&network, &flags).ends_with(1);
        let hops: Vec<_> = ran.all("hop").iter().map(hop).collect();
        let expected = [
            (1, times(3, router, exceeded(router))),
            (2, times(3, "", "silence")),
            (3, times(3, "", "silence")),
        ];
        assert_eq!(hops, expected);
    }
    // The router looks for the way before it looks at the hop limit.
    let flags = ["raw-ping", FORBIDDEN, "--path", "-n", "-W", "0.2", "-c", "1"];
    let ran = Ran::events(&network, &flags).ends_with(1);
    let hops: Vec<_> = ran.all("hop").iter().map(hop).collect();
    assert_eq!(hops, [(1, times(1, ROUTER, "Packet filtered"))]);
    let flags = ["raw-ping", SERVER, "--path", "-n", "-W", "0.2", "--max-hops", "1"];
    let ran = Ran::events(&network, &flags).ends_with(1);
    assert_eq!(ran.all("hop").len(), 1);
}

/// On the cable: as many probes as there are hops and probes a hop, with those hop limits.
#[test]
fn the_probes_of_a_path_have_the_limits_that_are_shown() {
    const TEST: &str = "the_probes_of_a_path_have_the_limits_that_are_shown";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "limits") else { return };
    for host in servers() {
        let mut capture = Capture::start(&network, PINGS, 12);
        let flags = ["raw-ping", host, "--path", "-n", "-W", "0.5"];
        let ran = Ran::events(&network, &flags).ends_with(0);
        let seen = capture.messages();
        let requests: Vec<_> = seen.iter().filter(|message| message.is_request()).collect();
        let limits: Vec<u8> = requests.iter().map(|message| message.hop_limit).collect();
        assert_eq!(limits, [1, 1, 1, 2, 2, 2]);
        for (probe, request) in ran.all("probe").iter().zip(&requests) {
            assert_eq!(number(probe, "ttl"), u64::from(request.hop_limit));
            assert_eq!(number(probe, "sequence"), u64::from(request.sequence()));
        }
    }
}

#[test]
fn names_come_from_the_system_unless_numbers_are_wanted() {
    let Some(network) = Network::new("names", "names") else { return };
    if !Path::new("/etc/hosts").exists() {
        return crate::support::skip("names", "no /etc/hosts to be replaced");
    }
    for host in servers() {
        let router = if host.contains(':') { ROUTER_OF_IPV6 } else { ROUTER };
        let mut program = network.events(&["raw-ping", host, "-t", "1", "-i", "0.05"]);
        let name = until_event(&mut program, "name");
        assert_eq!((word(&name, "ip"), word(&name, "name")), (router, "router.lab"));
        crate::ran::interrupted(program).ends_with(1);

        let mut page = network.netlab(&["raw-ping", host, "-t", "1", "-i", "0.05"]);
        page.until("router.lab");
        crate::ran::interrupted(page).ends_with(1);

        let flags = ["raw-ping", host, "-n", "-t", "1", "-i", "0.05", "-c", "5"];
        let page = Ran::text(&network, &flags).ends_with(1);
        assert!(!page.lines.iter().any(|line| line.contains("router.lab")), "{:#?}", page.lines);
    }
    let path = Ran::events(&network, &["raw-ping", SERVER, "--path", "-W", "0.5"]).ends_with(0);
    let mut names: Vec<_> = path
        .all("name")
        .iter()
        .map(|name| (word(name, "ip").to_owned(), word(name, "name").to_owned()))
        .collect();
    names.sort();
    let expected = [(ROUTER, "router.lab"), (SERVER, "server.lab")];
    assert_eq!(names, expected.map(|(ip, name)| (ip.to_owned(), name.to_owned())));
}

#[test]
fn a_host_may_be_named() {
    let Some(network) = Network::new("named hosts", "named") else { return };
    let families = [("-4", SERVER), ("-6", SERVER_OF_IPV6)];
    for (family, address) in &families[..servers().len()] {
        let flags = ["raw-ping", family, "server.lab", "-n", "-c", "1"];
        let ran = Ran::events(&network, &flags).ends_with(0);
        let host = &ran.only("pinging")["hosts"][0];
        assert_eq!((word(host, "name"), word(host, "ip")), ("server.lab", *address));
        let page = Ran::text(&network, &flags).ends_with(0);
        let title = page.lines.iter().find(|line| line.trim().starts_with("PING "));
        let title = title.unwrap_or_else(|| panic!("a title in {:#?}", page.lines));
        assert!(title.trim().starts_with(&format!("PING server.lab ({address}): 56 ")), "{title}");
        page.line("--- server.lab ping statistics ---");
    }
    if servers().len() > 1 {
        // An address of a link is only good with the link's name.
        let flags = ["raw-ping", "fe80::1%eth0", "-n", "-c", "1"];
        let reply = Ran::events(&network, &flags).ends_with(0).only("reply");
        assert!(word(&reply, "from").starts_with("fe80::1"), "{reply:#}");
    }
}
