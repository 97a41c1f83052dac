//! How cards are found, and what is said when there is none.
#![cfg(test)]

use netlab::card::{all, exact, get, mentioned, nearest};

use crate::explain;

#[test]
fn every_card_is_found_by_all_its_words() {
    for card in all() {
        for word in [card.slug, card.title].into_iter().chain(card.also()) {
            for dress in [word.to_owned(), word.to_uppercase().replace([' ', '-'], "_")] {
                let found = exact(&dress).map(|found| found.slug);
                assert_eq!(found, Some(card.slug), "{dress}");
            }
        }
    }
}

#[test]
fn calls_are_found_with_and_without_brackets() {
    for (word, slug) in [
        ("bind", "call-bind"),
        ("bind()", "call-bind"),
        ("connect_ex", "call-connect-ex"),
        ("connect-ex()", "call-connect-ex"),
        ("CONNECTEX", "call-connect-ex"),
        ("sendall", "call-send"),
        ("socket()", "call-socket"),
        ("SO_REUSEADDR", "reuseaddr"),
        ("getpeername", "call-getsockname"),
        ("socket.recv", "call-recv"),
        ("listen(4)", "listen-4"),
        ("Time_Wait", "time-wait"),
        ("0", "port-zero"),
    ] {
        assert_eq!(exact(word).map(|card| card.slug), Some(slug), "{word}");
    }
}

#[test]
fn a_phrase_is_two_words_or_the_name_of_an_exception() {
    assert_eq!(mentioned("it said: broken pipe!").map(|card| card.slug), Some("epipe"));
    assert_eq!(mentioned("a BrokenPipeError").map(|card| card.slug), Some("epipe"));
    for text in ["a port", "please bind it", "read", ""] {
        assert_eq!(mentioned(text), None, "{text}");
    }
}

/// One misprint, and nothing else is as near: the card is shown, though there is none of that name.
#[test]
fn the_card_that_is_as_good_as_meant_is_shown() {
    for (word, slug) in [
        ("soket", "socket"),
        ("ECONREFUSED", "econnrefused"),
        ("tpc", "tcp"),
        ("bnid", "call-bind"),
        ("bnd", "call-bind"),
        ("recieve", "call-recv"),
        ("reciever", "call-recv"),
        ("handshak", "handshake"),
        ("the trouble with a deadlock here", "deadlock"),
    ] {
        let near = nearest(word, 5);
        assert!(near.sure, "{word}: {near:?}");
        let (code, out, error) = explain(&[word]);
        assert_eq!((code, error.as_str()), (Some(1), ""), "{out}");
        assert!(out.starts_with("There is no card about "), "{out}");
        let title = get(slug).expect("a card").title;
        assert!(out.contains(&format!("-- {title} --")), "{word}: {out}");
    }
}

#[test]
fn several_near_cards_are_named() {
    for (words, slug) in [("the backlog of my server", "backlog"), ("bind listen", "call-listen")] {
        let (code, out, error) = explain(&[words]);
        assert_eq!((code, error.as_str()), (Some(1), ""), "{out}");
        assert!(out.contains(&format!("  {slug} ")), "{out}");
    }
}

#[test]
fn words_are_near_to_nothing_that_only_has_their_letters() {
    for word in ["lagg", "xss", "zip", "10.0.73"] {
        assert_eq!(
            nearest(word, 5).cards.iter().map(|card| card.slug).find(|slug| {
                ["mtu", "handout-syntax", "unicode-decode", "time-wait", "link-local"]
                    .contains(slug)
            }),
            None,
            "{word}"
        );
    }
}

#[test]
fn questions_and_lines_of_code_have_cards() {
    for (words, slug) in [
        ("what is a socket", "socket"),
        ("What is a handshake?", "handshake"),
        ("tcp vs udp", "tcp-vs-udp"),
        ("tcp udp", "tcp-vs-udp"),
        ("udp or tcp", "tcp-vs-udp"),
        ("difference between socket and port", "port-versus-socket"),
        ("s.bind(('', 6000))", "call-bind"),
        ("sock.recv(1024)", "call-recv"),
        ("data = conn.recv(1024).decode()", "call-recv"),
        ("s.bind(('', 10061))", "call-bind"),
        ("::1", "localhost"),
        ("10.0.73.221:6000", "endpoint"),
        ("[fd00::2]:6000", "endpoint"),
        ("10.0.56.23", "ip-address"),
        ("fd00::2", "ipv6"),
        ("10.0.56.23/17", "prefix"),
        ("why is my port in use", "eaddrinuse"),
        ("ssl", "tls"),
        ("nic", "mac-address"),
        ("ss", "netstat"),
        ("rst", "reset"),
        ("htons", "byte-order"),
        ("AF_INET", "address-family"),
        ("packets", "packets"),
        ("PSH", "tcp-flags"),
        ("flags", "tcp-flags"),
        ("timeline", "timeline"),
        ("time line", "timeline"),
        ("pcapng", "pcapng"),
        ("digest", "digest"),
        ("delayed-ack", "delayed-ack"),
    ] {
        let (code, out, _) = explain(&[words]);
        let title = get(slug).expect("a card").title;
        assert_eq!(code, Some(0), "{words}: {out}");
        assert!(out.starts_with(&format!("-- {title} --")), "{words}: {out}");
    }
    let (_, out, _) = explain(&["1"]);
    assert!(out.starts_with("1 is EPERM"), "{out}");
}

#[test]
fn what_is_no_card_is_said_to_be_none() {
    for word in ["zzzzzzzz", "!?", "\u{1b}[31m", "日本"] {
        let (code, out, error) = explain(&[word]);
        assert_eq!((code, error.as_str()), (Some(1), ""), "{out}");
        assert!(out.starts_with("There is no card about ") && !out.contains('\x1b'), "{out:?}");
    }
    let long = "long ".repeat(2_000);
    let (code, out, _) = explain(&[&long]);
    assert_eq!(code, Some(1));
    assert!(out.len() < 1000, "{} bytes", out.len());
}

#[test]
fn the_number_of_a_port_is_sent_where_ports_are_told_of() {
    for (word, port) in [("6000", "6000"), ("80/tcp", "80"), ("port 443", "443"), (":53", "53")] {
        let (code, out, _) = explain(&[word]);
        assert_eq!(code, Some(1), "{out}");
        assert!(out.contains(&format!("netlab classify-port {port}\n")), "{out}");
    }
    // A number that is both says both.
    let (code, out, _) = explain(&["22"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("22 is EINVAL on Linux and macOS.\nAs a port: "), "{out}");
    for word in ["70000", "-1", "6OOO"] {
        let (code, out, _) = explain(&[word]);
        assert!(code == Some(0) && out.contains("16 bits"), "{out}");
    }
}
