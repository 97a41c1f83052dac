//! `raw-listen` hears what everybody else gets, and its bytes are tcpdump's.
#![cfg(test)]

use nix::sys::signal::Signal;

use crate::capture::{Capture, PINGS};
use crate::network::{
    CLIENT, Network, REJECTED, ROUTER, SERVER, SERVER_OF_IPV6, has_ipv6, servers,
};
use crate::ran::{Ran, bytes, interrupted, list, number, signal, word};
use crate::support::Program;
use crate::tools::{missing, until_event};

/// A `raw-listen` on the client that hears from now on.
#[track_caller]
fn listening(network: &Network, flags: &[&str]) -> Program {
    let mut listener = network.events(&[&["raw-listen"], flags].concat());
    until_event(&mut listener, "listening_raw");
    listener
}

#[test]
fn it_hears_both_of_two_pings_and_ends_after_so_many() {
    let Some(network) = Network::new("raw-listen, two pings", "hears") else { return };
    for host in servers() {
        let family = if host.contains(':') { "-6" } else { "-4" };
        let listener = listening(&network, &[family, "-n", "-c", "10"]);
        let flags = ["raw-ping", host, "-n", "-c", "5", "-i", "0.02"];
        let runs = [network.events(&flags), network.events(&flags)].map(Ran::of);
        let listener = Ran::of(listener).ends_with(0);
        let heard = listener.all("heard");
        assert_eq!(heard.len(), 10);
        for ran in runs {
            let identifier = number(&ran.only("pinging")["sockets"][0], "identifier");
            let own: Vec<_> =
                heard.iter().filter(|one| number(one, "identifier") == identifier).collect();
            assert_eq!(own.len(), 5);
            for (at, (one, reply)) in own.iter().zip(ran.all("reply")).enumerate() {
                assert_eq!(word(one, "from"), *host);
                assert_eq!(number(one, "type"), if family == "-6" { 129 } else { 0 });
                assert_eq!((number(one, "code"), number(one, "sequence")), (0, at as u64 + 1));
                assert_eq!((number(one, "bytes"), number(one, "hop_limit")), (64, 63));
                assert!(one["error"].is_null() && one["fault"].is_null(), "{one:#}");
                // One packet, one time of arrival, in two programs.
                let apart =
                    number(one, "arrived_unix_ns").abs_diff(number(&reply, "arrived_unix_ns"));
                assert!(apart < 50_000, "{apart} ns");
            }
        }
        let kinds = listener.only("listen_report");
        assert_eq!(list(&kinds, "kinds").len(), 1);
        assert_eq!(number(&kinds["kinds"][0], "count"), 10);
    }
}

#[test]
fn an_error_is_shown_with_the_packet_that_it_is_about() {
    let Some(network) = Network::new("raw-listen, errors", "about") else { return };
    let near = ["-t", "1"];
    let mut cases = vec![(SERVER, &near[..], ROUTER, [11, 0]), (REJECTED, &[], ROUTER, [3, 1])];
    if has_ipv6() {
        cases.push((SERVER_OF_IPV6, &near[..], crate::network::ROUTER_OF_IPV6, [3, 0]));
    }
    for (host, flags, router, [kind, code]) in cases {
        let mut page = network.netlab(&["raw-listen", "-n"]);
        let mut listener = listening(&network, &["-n"]);
        page.until("Sequence");
        let first = ["raw-ping", host, "-n", "-c", "1", "-W", "0.3"];
        let ran = Ran::events(&network, &[&first[..], flags].concat()).ends_with(1);
        // At 80 columns what it is about stands on a line of its own.
        let error = page.until(&format!("{router} →"));
        let line = format!("{error}  {}", page.until("about:").trim_start());
        let about = until_error(&mut listener);
        let identifier = number(&ran.only("pinging")["sockets"][0], "identifier");
        let source = word(&ran.only("pinging")["hosts"][0], "source_ip").to_owned();
        assert_eq!((number(&about, "type"), number(&about, "code")), (kind, code));
        assert_eq!((word(&about, "from"), word(&about, "to")), (router, source.as_str()));
        let error = &about["error"];
        assert_eq!(word(error, "trouble"), word(&ran.only("icmp_error"), "trouble"));
        let quote = &error["quote"];
        assert_eq!((word(quote, "source"), word(quote, "destination")), (source.as_str(), host));
        assert_eq!((number(quote, "identifier"), number(quote, "sequence")), (identifier, 1));
        assert_eq!(number(quote, "protocol"), if host.contains(':') { 58 } else { 1 });
        assert!(quote["source_port"].is_null() && quote["destination_port"].is_null());
        let trouble = word(error, "trouble");
        let words = format!(
            "{router} → {source}  {trouble}  about: {source} → {host}, \
             echo request id=0x{identifier:04x} seq=1"
        );
        assert!(line.contains(&words), "{line:?} and {words:?}");
        for listener in [listener, page] {
            assert_eq!(interrupted(listener).code, Some(130));
        }
    }
}

#[track_caller]
fn until_error(listener: &mut Program) -> serde_json::Value {
    loop {
        let heard = until_event(listener, "heard");
        if !heard["error"].is_null() {
            return heard;
        }
    }
}

#[test]
fn its_bytes_are_those_on_the_cable() {
    const TEST: &str = "its_bytes_are_those_on_the_cable";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "hex") else { return };
    for host in servers() {
        let family = if host.contains(':') { "-6" } else { "-4" };
        // A reply of an odd length, one of several rows, and an error.
        let mut capture = Capture::start(&network, PINGS, 6);
        let listener = listening(&network, &[family, "-n", "--hex", "-c", "3"]);
        let mut page = network.netlab(&["raw-listen", family, "-n", "--hex", "-c", "3"]);
        page.until("Sequence");
        for (flags, code) in [(["-s", "13"], 0), (["-s", "200"], 0), (["-t", "1"], 1)] {
            let first = ["raw-ping", host, "-n", "-c", "1", "-W", "0.3"];
            Ran::text(&network, &[&first[..], &flags].concat()).ends_with(code);
        }
        let caught: Vec<_> =
            capture.messages().into_iter().filter(|message| !message.is_request()).collect();
        let heard = Ran::of(listener).ends_with(0).all("heard");
        assert_eq!((heard.len(), caught.len()), (3, 3));
        for (one, caught) in heard.iter().zip(&caught) {
            // The raw socket of IPv6 gives no IP header.
            let real = if family == "-6" { &caught.icmp } else { &caught.packet };
            assert_eq!(bytes(one, "packet"), *real, "{one:#}");
        }
        let page = Ran::of(page).ends_with(0);
        let shown = dumped(&page.lines);
        let all =
            caught.iter().flat_map(|one| if family == "-6" { &one.icmp } else { &one.packet });
        assert_eq!(shown, all.copied().collect::<Vec<u8>>(), "{:#?}", page.lines);
    }
}

/// The bytes in the rows of a hex dump: an offset, then bytes or pairs of them, then perhaps letters.
fn dumped(lines: &[String]) -> Vec<u8> {
    let is_hex = |word: &str| word.chars().all(|letter| letter.is_ascii_hexdigit());
    let mut bytes = Vec::new();
    for line in lines {
        let Some((offset, rest)) = line.trim().split_once("  ") else { continue };
        let offset = offset.trim_start_matches("0x").trim_end_matches(':');
        if offset.len() < 4 || !is_hex(offset) {
            continue;
        }
        let mut row = 0;
        let hex: String = rest.chars().take(49).collect();
        for word in hex.split_whitespace() {
            if row == 16 || !matches!(word.len(), 2 | 4) || !is_hex(word) {
                break;
            }
            bytes.extend(crate::ran::unhex(word));
            row += word.len() / 2;
        }
    }
    bytes
}

#[test]
fn ctrl_c_ends_it_with_130_and_an_account() {
    let Some(network) = Network::new("raw-listen, Ctrl-C", "ends") else { return };
    let mut listener = listening(&network, &["-n"]);
    Ran::text(&network, &["raw-ping", "127.0.0.1", "-n", "-c", "2", "-i", "0.02"]).ends_with(0);
    // On loopback it hears both sides: what the kernel is asked, and what it answers.
    for expected in [8, 0, 8, 0] {
        assert_eq!(number(&until_event(&mut listener, "heard"), "type"), expected);
    }
    signal(&listener, Signal::SIGINT);
    let ran = Ran::of(listener).ends_with(130);
    let report = ran.only("listen_report");
    let mut kinds: Vec<_> = list(&report, "kinds")
        .iter()
        .map(|kind| (number(kind, "family"), number(kind, "type"), number(kind, "count")))
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [(4, 0, 2), (4, 8, 2)]);
    let flags = ["raw-listen", "-n", "-w", "0.2"];
    Ran::text(&network, &flags).ends_with(0);
}

#[test]
fn with_an_address_it_hears_only_what_comes_there() {
    let Some(network) = Network::new("raw-listen, bound", "bound") else { return };
    let mut listener = listening(&network, &["-n", "-I", CLIENT]);
    Ran::text(&network, &["raw-ping", "127.0.0.1", "-n", "-c", "1"]).ends_with(0);
    Ran::text(&network, &["raw-ping", SERVER, "-n", "-c", "1"]).ends_with(0);
    let heard = until_event(&mut listener, "heard");
    assert_eq!((word(&heard, "from"), word(&heard, "to")), (SERVER, CLIENT));
    let ran = interrupted(listener).ends_with(130);
    assert_eq!(ran.all("heard").len(), 1);
}
