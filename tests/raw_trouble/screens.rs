//! What peers put into their packets reaches no screen as it is.
#![cfg(test)]

use crate::floods::start_listener;
use crate::host::{LIAR, LIARS, Liar, among_liars, hex, told};
use crate::lab::harmless;
use crate::net::nasty_texts;

/// Answers whose data a terminal would obey.
fn nasty() -> Vec<(&'static str, String)> {
    let mut all = nasty_texts();
    all.push(("much of it", b"\x1b[2J\x1b]0;owned\x07\x1b[6n\x9b31m".repeat(70)));
    all.push(("every byte", (0..=255).collect()));
    all.into_iter().map(|(what, bytes)| (what, hex(&bytes))).collect()
}

#[track_caller]
fn only_ascii(what: &str, text: &str) {
    let odd = text.bytes().find(|byte| !(b' '..=b'~').contains(byte) && *byte != b'\n');
    assert_eq!(odd, None, "{what}: {text}");
}

/// Right replies, and those that quote what a terminal would obey.
fn plans(hex: &str) -> [String; 4] {
    [
        format!("data={hex}"),
        // Behind the mark of this run, so that it counts as ours.
        format!("cut=8,tail={hex}"),
        format!("error=3.3,tail={hex}"),
        "plain".to_owned(),
    ]
}

fn pinged(liar: &Liar, hex: &str, options: &[&str]) -> String {
    let peer = liar.answers(&plans(hex));
    let all = ["raw-ping", liar.host, "-I", liar.own, "-c", "4", "-i", "0.02", "-W", "0.1", "-n"];
    let (code, text) = told(&[&all, options].concat());
    peer.end();
    assert_eq!(code, Some(0), "{text}");
    text
}

#[test]
fn data_of_a_reply_is_shown_and_not_obeyed() {
    among_liars("data_of_a_reply_is_shown_and_not_obeyed", || {
        for (what, hex) in nasty() {
            let text = pinged(&LIAR, &hex, &["--dissect", "--ascii", "--explain"]);
            only_ascii(what, &text);
        }
        let (_, hex) = nasty().swap_remove(1);
        for liar in LIARS {
            for options in [
                &["--dissect"][..],
                &["--dissect", "--format", "json"],
                &["--dissect", "--format", "markdown", "--ascii"],
            ] {
                let text = pinged(&liar, &hex, options);
                let longest = text.lines().map(str::len).max().unwrap_or_default();
                assert!(longest < 2_000 || options.contains(&"json"), "{longest} bytes: {text}");
            }
        }
    });
}

#[test]
fn a_listener_shows_bytes_and_obeys_none() {
    among_liars("a_listener_shows_bytes_and_obeys_none", || {
        for liar in LIARS {
            let family = if liar.v6 { "-6" } else { "-4" };
            for options in [
                &["--hex", "--ascii"][..],
                &["--hex"],
                &["--hex", "--format", "json"],
                &["--hex", "--format", "markdown"],
            ] {
                let mut listener = start_listener(&[&[family, "-n"], options].concat());
                for (_, hex) in nasty().iter().step_by(5) {
                    pinged(&liar, hex, &[]);
                    listener.until_any(&["id=0x", "\"heard\""]);
                }
                let lines = crate::floods::interrupted(listener);
                harmless(&lines);
                if options.contains(&"--ascii") {
                    only_ascii("a listener", &lines.join("\n"));
                }
                assert!(lines.iter().all(|line| line.len() < 12_000), "a line is too long");
            }
        }
    });
}

#[test]
fn a_hex_dump_has_the_bytes_as_they_came() {
    among_liars("a_hex_dump_has_the_bytes_as_they_came", || {
        let mut listener = start_listener(&["-4", "--hex", "-n", "--ascii"]);
        let peer = LIAR.answers(&["data=1b5d303b6f776e656407", "plain"]);
        told(&["raw-ping", LIAR.host, "-c", "2", "-i", "0.1", "-W", "0.2"]);
        peer.end();
        listener.until("seq=2");
        let lines = crate::floods::interrupted(listener);
        // Digits only, however they are grouped, beginning anywhere in a row of the dump.
        let digits: String =
            lines.join(" ").split_whitespace().filter(|word| is_hex(word)).collect();
        assert!(digits.contains("1b5d303b"), "{}", lines.join("\n"));
    });
}

/// A word of two, four or eight hexadecimal digits: bytes of a dump.
fn is_hex(word: &str) -> bool {
    matches!(word.len(), 2 | 4 | 8) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}
