//! What `netlab explain` prints, in every form.
#![cfg(test)]

use std::io::Write;
use std::process::Stdio;

use netlab::card::{GROUPS, all};
use serde_json::Value;

use crate::explain;
use crate::support::netlab;

fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// With the values of the machine that the tests run on.
#[test]
fn every_card_is_shown_and_fits() {
    for card in all() {
        let (code, out, error) = explain(&[card.slug]);
        assert_eq!((code, error.as_str()), (Some(0), ""), "{}", card.slug);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[0], format!("-- {} --", card.title));
        assert!(lines.len() <= 20, "{}: {} lines", card.slug, lines.len());
        let wide = lines.iter().find(|line| {
            // The path of this very program may be as long as it likes.
            line.chars().count() > 80 && !line.contains(env!("CARGO_BIN_EXE_netlab"))
        });
        assert_eq!(wide, None, "{}", card.slug);
        assert!(!out.contains(['{', '}']), "{out}");
    }
}

#[test]
fn without_words_there_is_a_screen_of_groups() {
    let (code, out, _) = explain(&[]);
    assert_eq!(code, Some(0));
    assert!(out.lines().count() < 24 && out.lines().all(|line| line.len() <= 80), "{out}");
    for group in GROUPS {
        assert!(out.contains(group.title), "{}", group.title);
        let (code, out, _) = explain(&[group.name]);
        assert!(code == Some(0) && out.starts_with(&format!("{}\n", group.title)), "{out}");
        assert_eq!(
            out.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).count(),
            group.cards().count()
        );
    }
}

#[test]
fn every_card_is_listed_with_its_title() {
    let (code, out, _) = explain(&["all"]);
    assert_eq!(code, Some(0));
    for card in all() {
        assert!(out.contains(&format!("\n  {} ", card.slug)), "{}", card.slug);
    }
    assert!(GROUPS.iter().all(|group| out.contains(&format!("{}\n", group.title))));
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    for words in [&[][..], &["all"]] {
        let (_, out, _) = explain(&[words, &["--format", "json"]].concat());
        assert_eq!(objects(&out).len(), all().count());
        assert!(objects(&out).iter().all(|line| line["event"] == "title"));
        let (_, out, _) = explain(&[words, &["--format", "markdown"]].concat());
        assert_eq!(out.lines().filter(|line| line.starts_with("- ")).count(), all().count());
    }
}

/// `python3 server.py 2>&1 | netlab explain -`
#[test]
fn what_another_program_wrote_can_be_piped_in() {
    let text = "Traceback (most recent call last):\n  File \"server.py\", line 11, in <module>\n    \
                s.bind(('', 80))\nPermissionError: [Errno 13] Permission denied\n";
    for (text, begin) in [(text, "13 is EACCES"), ("", "Cards say ")] {
        let mut command = netlab();
        command.args(["explain", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(text.as_bytes()).expect("it listens");
        drop(input);
        let out = child.wait_with_output().expect("it ends").stdout;
        assert!(out.starts_with(begin.as_bytes()), "{}", String::from_utf8_lossy(&out));
    }
}

#[test]
fn a_card_is_one_object() {
    let (code, out, _) = explain(&["econnrefused", "--format", "json"]);
    assert_eq!(code, Some(0));
    let objects = objects(&out);
    assert_eq!(objects.len(), 1);
    let card = &objects[0];
    assert_eq!((&card["event"], &card["slug"]), (&"card".into(), &"econnrefused".into()));
    let markdown = card["markdown"].as_str().expect("a text");
    assert!(markdown.contains("Linux 111, macOS 61, Windows 10061"), "{markdown}");
    assert!(card["see"].as_array().is_some_and(|see| see.contains(&"etimedout".into())));
    assert!(card["title"].is_string() && card["source"].is_string());
}

#[test]
fn markdown_is_for_a_worksheet() {
    let (_, out, _) = explain(&["call-socket", "--format", "markdown"]);
    assert!(out.starts_with("# socket(): make a socket\n\n"), "{out}");
    assert!(out.contains("\n|---|---|---|\n") && !out.contains("See also"), "{out}");
    // A number that was asked for stays outside of the card.
    let (_, out, _) = explain(&["111", "--format", "markdown"]);
    assert!(out.starts_with("# ECONNREFUSED"), "{out}");
}

#[test]
fn explain_adds_where_the_facts_come_from() {
    let (_, plain, _) = explain(&["bind"]);
    let (_, more, _) = explain(&["bind", "--explain"]);
    assert!(!plain.contains("Sources:") && more.contains("\nSources:  bind(2)"), "{more}");
    assert!(more.starts_with(plain.trim_end()), "{more}");
}

#[test]
fn the_address_and_name_of_this_machine_are_in_the_card() {
    let host = netlab::endpoint::host(None);
    let (_, out, _) = explain(&["gethostname()"]);
    assert!(out.replace('\n', " ").contains(host.name.as_str()), "{out}");
    let (first, last) = host.source_ports.expect("every system hands out ports");
    let (_, out, _) = explain(&["bind"]);
    assert!(out.replace('\n', " ").contains(&format!("{first} to {last}")), "{out}");
}

#[test]
fn ascii_is_ascii() {
    let (_, out, _) = explain(&["call-socket", "--ascii"]);
    assert!(out.is_ascii() && out.contains("\n-------"), "{out}");
    let (_, out, _) = explain(&["all", "--ascii"]);
    assert!(out.is_ascii(), "{out}");
}

#[test]
fn colours_are_there_when_they_are_asked_for() {
    let (_, out, _) = explain(&["bind", "--color", "always"]);
    assert!(out.starts_with("\x1b[1m-- bind(): take an address and a port --\x1b[0m\n"), "{out:?}");
    let (_, out, _) = explain(&["bind", "--color", "never"]);
    assert!(!out.contains('\x1b'));
}

#[test]
fn a_record_has_the_lines_below_its_header() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("card.jsonl");
    let file = path.to_str().expect("UTF-8");
    let (code, _, error) = explain(&["98", "--record", file]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let record = objects(&std::fs::read_to_string(&path).expect("a record"));
    let events: Vec<_> = record.iter().map(|line| line["event"].as_str()).collect();
    assert_eq!(events[1..], [Some("number"), Some("card")]);
}
