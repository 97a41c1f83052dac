//! Hosts in one network: the worksheet's addresses, broadcast, multicast, fragments.
#![cfg(test)]

use std::process::Command;

use serde_json::Value;

use crate::echo::{assert_numbers, end, number, python, remarks, report};
use crate::network::{ADDRESSES_OF_IPV6, CLIENT, Network, OTHER, SERVER, has_ipv6};
use crate::support::{Program, skip};
use crate::tools::{ends_well, events, missing, until_event};

const JSON: [&str; 2] = ["--format", "json"];

/// A server that is bound on the host with that address.
#[track_caller]
fn server(network: &Network, host: &str, flags: &[&str]) -> Program {
    let mut server = network.netlab(host, &[&["udp-server"], &JSON[..], flags].concat());
    until_event(&mut server, "bound");
    server
}

/// A client on its host: its exit code and everything it printed.
#[track_caller]
fn client(network: &Network, arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let arguments = [&["udp-client"], &JSON[..], arguments].concat();
    let (status, lines) = network.netlab(CLIENT, &arguments).finish();
    (status.code(), lines)
}

/// Who answered, as address, port and how often, in the order of the addresses.
#[track_caller]
fn responders(report: &Value) -> Vec<(String, u64, u64)> {
    let list = report["responders"].as_array().expect("a list");
    let mut list: Vec<_> = list
        .iter()
        .map(|one| {
            let ip = one["ip"].as_str().expect("an address").to_owned();
            (ip, number(one, "port"), number(one, "count"))
        })
        .collect();
    list.sort();
    list
}

fn answered_by_both(count: u64) -> Vec<(String, u64, u64)> {
    [SERVER, OTHER].map(|ip| (ip.to_owned(), 6000, count)).into()
}

fn sides(row: &Value) -> [String; 2] {
    ["source", "destination"].map(|side| {
        let ip = row[format!("{side}_ip")].as_str().expect("an address");
        format!("{ip}:{}", row[format!("{side}_port")])
    })
}

#[test]
fn the_worksheets_endpoints_stand_in_the_tables_and_ss_agrees() {
    let Some(network) = Network::new("worksheet, datagrams", "sheet") else { return };
    for (flags, bound) in [(&[][..], "0.0.0.0:6000"), (&["--bind", SERVER], "10.0.73.221:6000")] {
        let mut server = server(&network, SERVER, flags);
        assert_eq!(sides(&until_event(&mut server, "endpoints")["rows"][0]), [bound, "0.0.0.0:0"]);
        for (connect, own, state, other) in [
            (&[][..], "0.0.0.0:54321", "UNCONN", "0.0.0.0:0"),
            (&["--connect"], "10.0.56.23:54321", "ESTAB", "10.0.73.221:6000"),
        ] {
            let arguments = ["udp-client", SERVER, "6000", "--source-port", "54321"];
            let mut client = network.netlab(CLIENT, &[&arguments, &JSON[..], connect].concat());
            client.type_line("Hello!");
            let table = until_event(&mut client, "endpoints");
            assert_eq!(sides(&table["rows"][0]), [own, other]);
            // What travels has the worksheet's four values, with and without a peer.
            let last = table["rows"].as_array().and_then(|rows| rows.last()).expect("a row");
            assert_eq!(sides(last), ["10.0.56.23:54321", "10.0.73.221:6000"]);
            client.until(r#""direction":"received""#);
            let other = other.replace("0.0.0.0:0", "0.0.0.0:*");
            assert_eq!(network.sockets(CLIENT), [[state, own, &other].map(str::to_owned)]);
            client.type_line("exit");
            assert_numbers(&report(&ends_well(client)), &[("sent", 1), ("received", 1)]);
        }
        assert_eq!(network.sockets(SERVER), [["UNCONN", bound, "0.0.0.0:*"].map(str::to_owned)]);
        server.type_line("/who");
        let (report, lines) = end(server);
        // Both came from the same address and port: to the server that is one peer.
        assert_numbers(&report, &[("peers", 1), ("datagrams_received", 2)]);
        let last = events(&lines, "endpoints").pop().expect("a table");
        assert_eq!(sides(&last["rows"][1]), [bound, "10.0.56.23:54321"]);
    }
}

#[test]
fn a_broadcast_reaches_everybody_and_needs_the_flag() {
    let Some(network) = Network::new("broadcast", "all") else { return };
    network.add_default_route(CLIENT, SERVER);
    let servers = [SERVER, OTHER].map(|host| server(&network, host, &[]));
    let burst = ["--count", "3", "--timeout", "3"];
    for address in ["10.0.255.255", "255.255.255.255"] {
        // As soon as one has answered, nobody can know how many more will: so the last one is not
        // waited for, and the interval is what lets both answer the others.
        let flags = ["--broadcast", "--interval", "0.2"];
        let (code, lines) = client(&network, &[&[address], &burst[..], &flags].concat());
        assert_eq!(code, Some(0));
        assert_eq!(events(&lines, "sending")[0]["cast"], "broadcast");
        let report = report(&lines);
        assert_numbers(&report, &[("sent", 3), ("received", 3), ("duplicated", 0), ("foreign", 0)]);
        let heard = responders(&report);
        let of: Vec<_> = heard.iter().map(|(ip, port, _)| (ip.as_str(), *port)).collect();
        assert_eq!(of, [(SERVER, 6000), (OTHER, 6000)]);
        assert!(heard.iter().all(|(.., count)| (2..=3).contains(count)), "{heard:?}");

        let (code, lines) = client(&network, &[&[address], &burst[..]].concat());
        assert_eq!(code, Some(4), "{lines:?}");
        let told = events(&lines, "call");
        let refused = told.iter().find(|call| call["error"]["name"] == "EACCES");
        assert_eq!(refused.expect("a refused call")["call"], "sendto");
        let arguments = ["udp-client", address, "--count", "1"];
        let (status, lines) = network.netlab(CLIENT, &arguments).finish();
        assert_eq!(status.code(), Some(4));
        let told = lines.join(" ");
        assert!(told.contains("EACCES") && told.contains("--broadcast"), "{told}");
    }
    for server in servers {
        assert_numbers(&end(server).0, &[("datagrams_received", 6), ("datagrams_sent", 6)]);
    }
}

#[test]
fn a_multicast_reaches_who_has_joined_and_passes_no_router() {
    let Some(network) = Network::new("multicast", "group") else { return };
    if missing("multicast", &["python3"]) {
        return;
    }
    let group = "239.255.0.1";
    let servers = [SERVER, OTHER].map(|host| {
        let mut server = server(&network, host, &["--join", group, "--interface", host]);
        let bound = events(server.seen(), "bound").remove(0);
        assert_eq!(bound["groups"], serde_json::json!([group]));
        until_event(&mut server, "endpoints");
        server
    });
    // A program beside the server, on the same port, hears the group too.
    let receiver = python("receiver.py", &["6000", group, SERVER]);
    let mut receiver = Program::start(&mut network.on(SERVER, &receiver));
    receiver.until("ready");
    for (flags, ttl) in [(&[][..], 1), (&["--ttl", "3"], 3)] {
        let burst = ["--interface", CLIENT, "--count", "3", "--interval", "0.2"];
        let (code, lines) = client(&network, &[&[group], &burst[..], flags].concat());
        assert_eq!(code, Some(0));
        let sending = &events(&lines, "sending")[0];
        assert_eq!((&sending["cast"], &sending["ttl"]), (&"multicast".into(), &ttl.into()));
        let report = report(&lines);
        assert_numbers(&report, &[("sent", 3), ("received", 3), ("duplicated", 0), ("foreign", 0)]);
        let heard = responders(&report);
        let of: Vec<_> = heard.iter().map(|(ip, port, _)| (ip.as_str(), *port)).collect();
        assert_eq!(of, [(SERVER, 6000), (OTHER, 6000)]);
        for _ in 0..3 {
            let told = receiver.until("64 bytes from");
            assert_eq!(told, format!("64 bytes from {CLIENT} with TTL {ttl}"));
        }
    }
    for server in servers {
        assert_numbers(&end(server).0, &[("datagrams_received", 6), ("datagrams_sent", 6)]);
    }
    // Who has not joined hears nothing.
    let outsider = server(&network, OTHER, &[]);
    let flags = ["--interface", CLIENT, "--count", "1", "--timeout", "0.3"];
    let (code, _) = client(&network, &[&[group], &flags[..]].concat());
    assert_eq!(code, Some(1));
    assert_numbers(&end(outsider).0, &[("datagrams_received", 0)]);
}

#[test]
fn two_answers_to_the_only_datagram_are_both_listed() {
    let Some(network) = Network::new("two answers", "two") else { return };
    // The second one is slower, but well within the timeout.
    let servers = [(SERVER, "0"), (OTHER, "100")]
        .map(|(host, delay)| server(&network, host, &["--delay", delay]));
    let burst = ["10.0.255.255", "--broadcast", "--count", "1"];
    let (code, lines) = client(&network, &burst);
    assert_eq!(code, Some(0));
    assert_eq!(responders(&report(&lines)), answered_by_both(1));
    drop(servers);
}

#[test]
fn a_datagram_that_is_too_large_for_a_packet_travels_in_three() {
    let Some(network) = Network::new("fragments", "cut") else { return };
    if missing("fragments", &["tcpdump"]) {
        return;
    }
    let server = server(&network, SERVER, &[]);
    // Fragments have an offset, or the bit that says that more follow.
    let mut watch = Command::new("tcpdump");
    watch.args(["-i", "eth0", "-l", "-n", "-v", "--immediate-mode"]);
    watch.arg(format!("src host {CLIENT} and ip[6:2] & 0x3fff != 0"));
    let mut watch = Program::start(&mut network.on(SERVER, &watch));
    watch.until("listening on");
    let (code, lines) = client(&network, &[SERVER, "--count", "2", "--size", "4000"]);
    assert_eq!(code, Some(0));
    assert_numbers(&report(&lines), &[("received", 2), ("bytes_received", 8000)]);
    let told = remarks(&lines, "fragments");
    assert_eq!(told.len(), 1, "it is said once: {told:?}");
    assert_numbers(&told[0], &[("size", 4000), ("mtu", 1500), ("count", 3)]);
    for _ in 0..2 {
        for offset in ["offset 0, flags [+]", "offset 1480, flags [+]", "offset 2960, flags [none]"]
        {
            let seen = watch.until("offset ");
            assert!(seen.contains(offset), "{offset}: {seen}");
        }
    }
    let (_, lines) = client(&network, &[SERVER, "--count", "1", "--size", "1472"]);
    assert!(remarks(&lines, "fragments").is_empty(), "1472 bytes fit: {lines:?}");
    let (_, lines) = client(&network, &[SERVER, "--count", "1", "--size", "1473", "--connect"]);
    assert_eq!(remarks(&lines, "fragments")[0]["count"], 2);
    assert_numbers(&end(server).0, &[("bytes_received", 8000 + 1472 + 1473)]);
}

#[test]
fn a_datagram_that_may_not_be_cut_is_refused_and_the_error_is_explained() {
    let Some(network) = Network::new("no fragments", "whole") else { return };
    let server = server(&network, SERVER, &[]);
    for connect in [&[][..], &["--connect"]] {
        let arguments = [SERVER, "--dont-fragment", "--count", "1", "--size"];
        let (code, lines) = client(&network, &[&arguments[..], &["4000"], connect].concat());
        assert_eq!(code, Some(3), "{lines:?}");
        assert_eq!(
            events(&lines, "call").iter().filter(|c| c["error"]["name"] == "EMSGSIZE").count(),
            1
        );
        let told = remarks(&lines, "too large for the way");
        assert!(!told.is_empty() && told.iter().all(|told| told["mtu"] == 1500), "{told:?}");
        let (status, lines) = network
            .netlab(CLIENT, &[&["udp-client"], &arguments[..], &["4000"], connect].concat())
            .finish();
        let told = lines.join(" ");
        assert_eq!(status.code(), Some(3));
        assert!(told.contains("EMSGSIZE") && told.contains("MTU 1500"), "{told}");
        // What fits into one packet goes, and comes back.
        let (code, _) = client(&network, &[&arguments[..], &["1472"], connect].concat());
        assert_eq!(code, Some(0));
    }
    assert_numbers(&end(server).0, &[("datagrams_received", 2), ("bytes_received", 2 * 1472)]);
}

#[test]
fn a_multicast_group_of_ipv6_is_joined_and_answers() {
    const TEST: &str = "a_multicast_group_of_ipv6_is_joined_and_answers";
    if !has_ipv6() {
        return skip(TEST, "this system has no IPv6");
    }
    let Some(network) = Network::new(TEST, "group6") else { return };
    let [of_client, of_server, _] = ADDRESSES_OF_IPV6;
    let group = "ff15::4711";
    let flags = ["-6", "--join", group, "--interface", of_server];
    let mut server = server(&network, SERVER, &flags);
    until_event(&mut server, "endpoints");
    let burst = ["--interface", of_client, "--count", "3", "--timeout", "3"];
    let (code, lines) = client(&network, &[&[group], &burst[..]].concat());
    assert_eq!(code, Some(0));
    let sending = &events(&lines, "sending")[0];
    assert_eq!((&sending["cast"], &sending["ttl"]), (&"multicast".into(), &1.into()));
    let report = report(&lines);
    assert_numbers(&report, &[("sent", 3), ("received", 3), ("duplicated", 0), ("foreign", 0)]);
    assert_eq!(responders(&report), [(of_server.to_owned(), 6000, 3)]);
    assert_numbers(&end(server).0, &[("datagrams_received", 3), ("datagrams_sent", 3)]);
}
