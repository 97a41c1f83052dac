//! Several pings at once: a raw socket has no port, so each hears everybody and knows its own.
#![cfg(test)]

use serde_json::{Value, json};

use crate::network::{CLIENT, CLIENT_OF_IPV6, Network, SERVER, servers};
use crate::ran::{Ran, assert_numbers, interrupted, list, number, word};
use crate::support::Program;
use crate::tools::{cells, missing, until_event};

/// A row of the endpoint table, without its label and its state.
fn row(role: &str, from: &str, to: &str, identifier: &Value, sequence: &Value) -> Value {
    json!({
        "role": role, "protocol": if to.contains(':') { "ICMPv6" } else { "ICMP" },
        "source_ip": from, "source_port": null, "destination_ip": to, "destination_port": null,
        "identifier": identifier, "sequence": sequence,
    })
}

#[test]
fn each_of_two_pings_counts_what_was_not_its_own() {
    let Some(network) = Network::new("two pings", "two") else { return };
    for host in servers() {
        let patient = ["raw-ping", host, "-n", "-i", "30"];
        let mut first = network.events(&patient);
        let own = number(&until_event(&mut first, "pinging")["sockets"][0], "identifier");
        until_event(&mut first, "reply");
        // Twenty replies to somebody else, while the first one waits for its second interval.
        let quick = ["raw-ping", host, "-n", "-c", "20", "-i", "0.02"];
        let second = Ran::events(&network, &quick).ends_with(0);
        let other = number(&second.only("pinging")["sockets"][0], "identifier");
        assert_ne!(own, other);
        let first = interrupted(first).ends_with(0);
        assert_numbers(&first.first_host(), &[("sent", 1), ("received", 1), ("duplicated", 0)]);
        assert_numbers(&second.first_host(), &[("sent", 20), ("received", 20), ("duplicated", 0)]);
        let [of_first, of_second] =
            [&first, &second].map(|ran| ran.only("ping_report")["others"].clone());
        assert_numbers(
            &of_first,
            &[("replies", 20), ("errors", 0), ("forged", 0), ("overflowed", 0)],
        );
        assert_numbers(&of_second, &[("replies", 0), ("errors", 0), ("forged", 0)]);
        // It is told once, when it happens for the first time.
        let told: Vec<_> = first.all("icmp_remark");
        let told: Vec<_> = told.iter().filter(|told| told["identifier"] == other).collect();
        assert_eq!(told.len(), 1, "{:#?}", first.all("icmp_remark"));
        assert_eq!(number(told[0], "own"), own);
    }
}

#[test]
fn errors_about_the_packets_of_others_are_not_its_own() {
    const TEST: &str = "errors_about_the_packets_of_others_are_not_its_own";
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "foreign") else { return };
    let mut first = network.netlab(&["raw-ping", SERVER, "-n", "-i", "30", "--format", "json"]);
    until_event(&mut first, "reply");
    let flags = ["-n", "-c", "4", "-i", "0.02", "-t", "1", SERVER];
    Ran::ping(&network, &flags).ends_with(1);
    let first = interrupted(first).ends_with(0);
    assert!(first.all("icmp_error").is_empty());
    assert_numbers(&first.first_host(), &[("sent", 1), ("received", 1), ("errors", 0)]);
    assert_numbers(&first.only("ping_report")["others"], &[("replies", 0), ("errors", 4)]);
}

/// At the same time, to the same host: nobody takes the other's replies for its own.
#[test]
fn three_pings_at_the_same_time_disturb_nobody() {
    let Some(network) = Network::new("three pings", "three") else { return };
    let hosts = servers();
    let flags = ["-n", "-c", "100", "-i", "0.01", "-W", "3"];
    let start = || network.events(&[&["raw-ping"], hosts, &flags].concat());
    let mut running: Vec<Program> = (0..2).map(|_| start()).collect();
    for program in &mut running {
        until_event(program, "reply");
    }
    running.push(start());
    for program in running {
        let ran = Ran::of(program).ends_with(0);
        let report = ran.only("ping_report");
        for host in list(&report, "hosts") {
            assert_numbers(host, &[("sent", 100), ("received", 100), ("lost", 0)]);
            assert_numbers(host, &[("duplicated", 0), ("corrupted", 0), ("errors", 0)]);
        }
        assert_numbers(&report["others"], &[("forged", 0), ("malformed", 0), ("overflowed", 0)]);
    }
}

#[test]
fn the_table_has_identifier_and_sequence_where_there_are_no_ports() {
    let Some(network) = Network::new("table of raw sockets", "table") else { return };
    for host in servers() {
        let own = if host.contains(':') { CLIENT_OF_IPV6 } else { CLIENT };
        let flags = ["raw-ping", host, "-n", "-c", "1"];
        let ran = Ran::events(&network, &flags).ends_with(0);
        let identifier = &ran.only("pinging")["sockets"][0]["identifier"];
        let table = &ran.all("endpoints")[0];
        let rows: Vec<Value> = list(table, "rows").to_vec();
        let nobody = if host.contains(':') { "::" } else { "0.0.0.0" };
        let expected = [
            row("raw", nobody, nobody, identifier, &Value::Null),
            row("probe", own, host, identifier, &json!(1)),
        ];
        assert_eq!(rows.len(), 2, "{rows:#?}");
        for (seen, expected) in rows.iter().zip(&expected) {
            for (field, value) in expected.as_object().expect("an object") {
                assert_eq!(seen[field], *value, "{field} in {seen:#}");
            }
        }

        let page = Ran::text(&network, &flags).ends_with(0);
        for label in ["Source port", "Destination port"] {
            let row = cells(page.line(label));
            assert!(row.len() > 1 && row[1..].iter().all(|cell| cell == "-"), "{row:?}");
        }
        // The configuration has some of the words, too, but no cells.
        let last = |label: &str| {
            let mut rows = page.lines.iter().map(|line| cells(line));
            let row = rows.find(|row| row.len() == 3 && row[0] == label);
            row.and_then(|mut row| row.pop())
                .unwrap_or_else(|| panic!("{label}: {:#?}", page.lines))
        };
        assert_eq!([last("Source IP"), last("Destination IP")], [own, host]);
        assert_eq!(last("Sequence"), "1");
        let told = last("Identifier");
        assert!(told.starts_with("0x") || told.parse::<u16>().is_ok(), "{told}");
    }
}

/// The identifier in the table is the one in the packets.
#[test]
fn a_run_has_one_identifier_and_another_run_another() {
    let Some(network) = Network::new("identifiers", "ids") else { return };
    let flags = ["raw-ping", SERVER, "-n", "-c", "1"];
    let ids: Vec<u64> = (0..3)
        .map(|_| {
            let ran = Ran::events(&network, &flags).ends_with(0);
            assert_eq!(word(&ran.only("pinging")["sockets"][0], "privilege"), "root");
            number(&ran.only("pinging")["sockets"][0], "identifier")
        })
        .collect();
    assert!(ids.iter().any(|id| *id != ids[0]), "{ids:?}");
}
