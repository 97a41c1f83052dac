//! iputils' ping on the same host reports the same errors from the same routers, in the same words;
//! and what both say is what was on the cable.
#![cfg(test)]

use serde_json::Value;

use crate::capture::{Capture, PINGS};
use crate::network::{
    CLIENT, CLIENT_OF_IPV6, CLIENT_TOO, CLIENT_TOO_OF_IPV6, ELSEWHERE, FORBIDDEN,
    FORBIDDEN_OF_IPV6, NOBODY, NOBODY_OF_IPV6, Network, REJECTED, REJECTED_OF_IPV6, ROUTER,
    ROUTER_OF_IPV6, SERVER, SERVER_OF_IPV6, SILENT, SILENT_OF_IPV6, SMALL_MTU, UNKNOWN,
    UNKNOWN_OF_IPV6, has_ipv6, servers,
};
use crate::ran::{Ran, assert_numbers, number, word};
use crate::support::skip;
use crate::tools::missing;

const QUICK: [&str; 5] = ["-n", "-i", "0.02", "-W", "0.3"];

/// Who, which probe, and the words; of lines such as `From 10.77.1.1 icmp_seq=1 Packet filtered`.
fn errors(lines: &[String]) -> Vec<[String; 3]> {
    let parts = |line: &String| {
        let (from, rest) = line.strip_prefix("From ")?.split_once(" icmp_seq=")?;
        let (sequence, words) = rest.split_once(' ')?;
        // ping writes a colon and no space when it tells of a redirect.
        let words = words.replace("Host (New", "Host(New");
        Some([from.trim_end_matches(':').to_owned(), sequence.to_owned(), words])
    };
    let mut all: Vec<_> = lines.iter().filter_map(parts).collect();
    all.sort();
    all
}

/// Both programs with the same flags, each from its own address: they tell of the same errors and end
/// with the same code. Gives the errors.
#[track_caller]
fn same(network: &Network, host: &str, flags: &[&str]) -> Vec<[String; 3]> {
    let own = if host.contains(':') {
        [CLIENT_TOO_OF_IPV6, CLIENT_OF_IPV6]
    } else {
        [CLIENT_TOO, CLIENT]
    };
    let ping = Ran::ping(network, &[&QUICK, flags, &["-I", own[0], host]].concat());
    network.forget_ways();
    let netlab =
        Ran::text(network, &[&["raw-ping", host], &QUICK[..], flags, &["-I", own[1]]].concat());
    assert_eq!(
        errors(&netlab.lines),
        errors(&ping.lines),
        "{:#?}\n{:#?}",
        netlab.lines,
        ping.lines
    );
    assert_eq!(netlab.code, ping.code, "{:#?}\n{:#?}", netlab.lines, ping.lines);
    network.forget_ways();
    errors(&netlab.lines)
}

/// The same, with what the words should be, and from whom.
#[track_caller]
fn told(network: &Network, host: &str, flags: &[&str], from: &str, words: &[&str]) {
    let same = same(network, host, flags);
    let seen: Vec<_> =
        same.iter().map(|[from, _, words]| (from.as_str(), words.as_str())).collect();
    let expected: Vec<_> = words.iter().map(|words| (from, *words)).collect();
    assert_eq!(seen, expected, "{host}");
}

#[test]
fn the_errors_of_ipv4_have_the_words_of_ping() {
    const TEST: &str = "the_errors_of_ipv4_have_the_words_of_ping";
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "words4") else { return };
    let exceeded = "Time to live exceeded";
    told(&network, SERVER, &["-c", "3", "-t", "1"], ROUTER, &[exceeded; 3]);
    told(&network, REJECTED, &["-c", "1"], ROUTER, &["Destination Host Unreachable"]);
    told(&network, FORBIDDEN, &["-c", "1"], ROUTER, &["Packet filtered"]);
    told(&network, UNKNOWN, &["-c", "1"], ROUTER, &["Destination Net Unreachable"]);
    told(&network, NOBODY, &["-c", "1"], ROUTER, &["Destination Host Unreachable"]);
    told(&network, SILENT, &["-c", "2"], ROUTER, &[]);
    told(&network, SERVER, &["-c", "2"], ROUTER, &[]);
    let redirect = "Redirect Host(New nexthop: 10.77.1.3)";
    told(&network, ELSEWHERE, &["-c", "1"], ROUTER, &["Destination Host Unreachable", redirect]);
}

#[test]
fn the_errors_of_ipv6_have_the_words_of_ping() {
    const TEST: &str = "the_errors_of_ipv6_have_the_words_of_ping";
    if !has_ipv6() {
        return skip(TEST, "this system has no IPv6");
    }
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "words6") else { return };
    let unreachable = |what: &str| format!("Destination unreachable: {what}");
    let exceeded = "Time exceeded: Hop limit";
    told(&network, SERVER_OF_IPV6, &["-c", "3", "-t", "1"], ROUTER_OF_IPV6, &[exceeded; 3]);
    for (host, what) in [
        (REJECTED_OF_IPV6, "No route"),
        (UNKNOWN_OF_IPV6, "No route"),
        (FORBIDDEN_OF_IPV6, "Administratively prohibited"),
        (NOBODY_OF_IPV6, "Address unreachable"),
    ] {
        told(&network, host, &["-c", "1"], ROUTER_OF_IPV6, &[&unreachable(what)]);
    }
    told(&network, SILENT_OF_IPV6, &["-c", "2"], ROUTER_OF_IPV6, &[]);
    told(&network, SERVER_OF_IPV6, &["-c", "2"], ROUTER_OF_IPV6, &[]);
}

/// The router says how much the next link takes, and this machine's own system remembers it.
#[test]
fn a_packet_that_may_not_be_cut_meets_the_smaller_link_and_is_then_refused_at_home() {
    const TEST: &str =
        "a_packet_that_may_not_be_cut_meets_the_smaller_link_and_is_then_refused_at_home";
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "mtu") else { return };
    for host in servers() {
        let (router, words, kind) = if host.contains(':') {
            (ROUTER_OF_IPV6, "Packet too big: mtu=1300", (2, 0))
        } else {
            (ROUTER, "Frag needed and DF set (mtu = 1300)", (3, 4))
        };
        let flags = ["-c", "3", "-s", "1400", "-M", "do"];
        told(&network, host, &flags, router, &[words]);
        let ran = Ran::events(&network, &[&["raw-ping", host], &QUICK[..], &flags].concat());
        let ran = ran.ends_with(1);
        let error = ran.only("icmp_error");
        assert_eq!((word(&error, "trouble"), word(&error, "from")), (words, router));
        assert_numbers(
            &error,
            &[("mtu", SMALL_MTU), ("type", kind.0), ("code", kind.1), ("sequence", 1)],
        );
        let unsent = ran.all("unsent");
        let sequences: Vec<_> = unsent.iter().map(|one| number(one, "sequence")).collect();
        assert_eq!(sequences, [2, 3]);
        for one in &unsent {
            assert_eq!(number(one, "mtu"), SMALL_MTU);
            assert_eq!(one["call"]["error"]["name"], "EMSGSIZE", "{one:#}");
        }
        let report = ran.first_host();
        assert_numbers(&report, &[("sent", 1), ("received", 0), ("lost", 1)]);
        assert_numbers(&report, &[("errors", 1), ("unsent", 2)]);
        network.forget_ways();
        let ran = Ran::text(&network, &[&["raw-ping", host], &QUICK[..], &flags].concat());
        let refused = "sendto failed for icmp_seq=2: message too long for the way, mtu = 1300";
        assert_eq!(ran.line("icmp_seq=2"), refused);
        network.forget_ways();
        // What fits goes.
        let fits = if host.contains(':') { "1252" } else { "1272" };
        let flags = ["-c", "1", "-s", fits, "-M", "do"];
        assert!(same(&network, host, &flags).is_empty());
        // Where everybody may cut, the error of IPv6 is the last one: its sender cuts by itself.
        let same = same(&network, host, &["-c", "3", "-s", "1400", "-M", "dont"]);
        assert_eq!(same.len(), usize::from(host.contains(':')), "{same:?}");
    }
}

/// Type, code, sender and time of each error, and which probe it is about.
#[test]
fn the_errors_are_those_on_the_cable() {
    const TEST: &str = "the_errors_are_those_on_the_cable";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "errors") else { return };
    let near = ["-t", "1"];
    let large = ["-s", "1400", "-M", "do"];
    let mut cases = vec![
        (SERVER, &near[..], [11, 0]),
        (REJECTED, &[], [3, 1]),
        (FORBIDDEN, &[], [3, 13]),
        (UNKNOWN, &[], [3, 0]),
        (SERVER, &large, [3, 4]),
    ];
    if has_ipv6() {
        cases.extend([
            (SERVER_OF_IPV6, &near[..], [3, 0]),
            (REJECTED_OF_IPV6, &[], [1, 0]),
            (FORBIDDEN_OF_IPV6, &[], [1, 1]),
            (SERVER_OF_IPV6, &large, [2, 0]),
        ]);
    }
    let mut capture = Capture::start(&network, PINGS, cases.len() * 2);
    let runs: Vec<_> = cases
        .iter()
        .map(|(host, flags, kind)| {
            let first = ["raw-ping", host, "-c", "1"];
            let ran = Ran::events(&network, &[&first[..], &QUICK, flags].concat()).ends_with(1);
            (ran, *kind)
        })
        .collect();
    let seen = capture.messages();
    for ((ran, kind), pair) in runs.iter().zip(seen.chunks_exact(2)) {
        let (request, caught) = (&pair[0], &pair[1]);
        let told = ran.only("icmp_error");
        assert!(request.is_request(), "{request:?}");
        assert_eq!(caught.icmp[..2], *kind, "{told:#}");
        assert_numbers(&told, &[("type", u64::from(kind[0])), ("code", u64::from(kind[1]))]);
        assert_eq!(word(&told, "from"), caught.source.to_string());
        assert_eq!(word(&told, "ip"), request.destination.to_string());
        assert_eq!(u64::from(request.sequence()), number(&told, "sequence"));
        for nothing in ["pointer", "gateway"] {
            assert_eq!(told[nothing], Value::Null, "{told:#}");
        }
        let on_the_cable = caught.at_ns - request.at_ns;
        assert!(number(&told, "after_ns") >= on_the_cable, "{on_the_cable} ns, and {told:#}");
        let apart = number(&told, "arrived_unix_ns").abs_diff(caught.at_ns);
        assert!(apart < 1_000_000, "{apart} ns from when it was caught: {told:#}");
        let report = ran.first_host();
        assert_numbers(&report, &[("sent", 1), ("received", 0), ("lost", 1), ("errors", 1)]);
    }
}
