//! Wrong usage: the value and the rule are said, and nothing is sent.
#![cfg(test)]

use std::process::{Output, Stdio};

use crate::host::alone;
use crate::parts::Parts;
use crate::support::netlab;

fn run(arguments: &[&str]) -> Output {
    netlab().args(arguments).stdin(Stdio::null()).output().expect("netlab starts")
}

/// Looks at all cases, so that one mistake hides no other.
fn all_refused(cases: &[(Vec<&str>, &str, &[&str])]) {
    let mut mistakes = Vec::new();
    for (arguments, value, rules) in cases {
        let (code, parts) = tried(arguments);
        let all = format!("{} {} {} {}", parts.error, parts.known, parts.likely, parts.attempt);
        let missing: Vec<_> =
            rules.iter().chain([value]).filter(|word| !all.contains(**word)).collect();
        let whole = ![&parts.error, &parts.known, &parts.likely, &parts.attempt]
            .iter()
            .any(|part| part.is_empty());
        // What is advised is a command that there is, and about ICMP.
        let foreign = ["icmp-client", "tcp-", "udp-"].iter().any(|word| all.contains(word));
        if code != Some(2) || !missing.is_empty() || !whole || foreign {
            mistakes.push(format!("{arguments:?}: {code:?} without {missing:?}: {parts:?}"));
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

fn tried(arguments: &[&str]) -> (Option<i32>, Parts) {
    let output = run(arguments);
    let begun = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!begun.contains("bytes of data"), "{arguments:?}: something was begun: {begun}");
    (output.status.code(), Parts::of(&output))
}

/// Nothing is begun; four parts at least name the value and the rule.
#[track_caller]
pub fn refused(arguments: &[&str], value: &str, rules: &[&str]) -> Parts {
    let (code, parts) = tried(arguments);
    parts.are_four();
    assert_eq!(code, Some(2), "{arguments:?}: {parts:#?}");
    let all = format!("{} {} {} {}", parts.error, parts.known, parts.likely, parts.attempt);
    assert!(all.contains(value), "{value} in {parts:#?}");
    for rule in rules {
        assert!(all.contains(rule), "{rule} in {parts:#?}");
    }
    parts
}

#[test]
fn a_number_out_of_range_is_told_with_its_range() {
    alone("a_number_out_of_range_is_told_with_its_range", true, || {
        let path = ["raw-ping", "127.0.0.1", "--path"];
        let ping = &path[..2];
        let with = |given| [ping, &[given]].concat();
        all_refused(&[
            (with("-c0"), "0", &["1"]),
            (with("-c-1"), "-1", &["1"]),
            (with("-cmany"), "many", &[]),
            (with("-c99999999999999999999"), "99999999", &[]),
            (with("-s65508"), "65508", &["65507"]),
            (with("-s-1"), "-1", &["65507"]),
            (with("-sx"), "x", &["65507"]),
            (with("-t0"), "0", &["1", "255"]),
            (with("-t256"), "256", &["1", "255"]),
            (with("-t-1"), "-1", &["1", "255"]),
            (with("-ix"), "x", &[]),
            (with("-i-1"), "-1", &[]),
            (with("-i0"), "0", &[]),
            (with("-iNaN"), "NaN", &[]),
            (with("-iinf"), "inf", &[]),
            (with("-W0"), "0", &[]),
            (with("-W-0.5"), "-0.5", &[]),
            (with("-W1e99"), "1e99", &[]),
            (with("-w0"), "0", &[]),
            (with("-wsoon"), "soon", &[]),
            (with("--pattern=xyz"), "xyz", &[]),
            (with("--pattern=abc"), "abc", &[]),
            (
                with("--pattern=000102030405060708090a0b0c0d0e0f10"),
                "000102030405060708090a0b0c0d0e0f10",
                &["16"],
            ),
            (with("--pattern=é0"), "é0", &[]),
            (with("-Mmaybe"), "maybe", &["do", "dont"]),
            ([&path[..], &["--max-hops=0"]].concat(), "0", &["255"]),
            ([&path[..], &["--max-hops=256"]].concat(), "256", &["255"]),
        ]);
    });
}

#[test]
fn a_host_that_is_none_is_told_as_it_was_typed() {
    alone("a_host_that_is_none_is_told_as_it_was_typed", true, || {
        for host in [
            "",
            " ",
            "127.0.0.1.",
            "127.0.0.256",
            "1.2.3.4.5",
            "::1::",
            "fe80::1%nosuchif",
            "no such host",
            "nonexistent.invalid",
            "\u{1b}[31mred",
            "-",
            "..",
            &"a".repeat(300),
        ] {
            let output = run(&["raw-ping", "-c", "1", "-W", "0.2", "--", host]);
            let code = output.status.code();
            // "127.0.0.1." is an address to some resolvers.
            if host == "127.0.0.1." && code == Some(0) {
                continue;
            }
            let parts = Parts::of(&output);
            parts.are_four();
            assert_eq!(code, Some(2), "{host:?}: {parts:#?}");
            let text = format!("{parts:?}");
            assert!(!text.contains('\u{1b}'), "{text}");
            // The first of several decides as well.
            let output = run(&["raw-ping", "-c", "1", "-W", "0.2", "--", "127.0.0.1", host]);
            assert_eq!(output.status.code(), Some(2), "{host:?}, and one that is");
        }
    });
}

#[test]
fn families_and_sources_have_to_fit() {
    alone("families_and_sources_have_to_fit", true, || {
        let with = |given: &[&'static str]| [&["raw-ping", "-c", "1", "-W", "0.2"], given].concat();
        all_refused(&[
            (with(&["127.0.0.1", "-6"]), "127.0.0.1", &[]),
            (with(&["::1", "-4"]), "::1", &[]),
            (with(&["127.0.0.1", "::1", "-4"]), "::1", &[]),
            (with(&["127.0.0.1", "-I", "203.0.113.7"]), "203.0.113.7", &[]),
            (with(&["127.0.0.1", "-I", "::1"]), "::1", &[]),
            (with(&["::1", "-I", "127.0.0.1"]), "127.0.0.1", &[]),
            (with(&["127.0.0.1", "-I", "nosuchif0"]), "nosuchif0", &[]),
            (with(&["127.0.0.1", "-I", "an interface name that is too long"]), "an interface", &[]),
            (with(&["127.0.0.1", "-I", "\u{1b}[31m"]), "", &[]),
            (with(&["127.0.0.1", "-I", ""]), "", &[]),
            // Every interface has this network: one has to be named.
            (with(&["fe80::1"]), "fe80::1", &["%"]),
        ]);
    });
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    alone("options_that_exclude_each_other_are_refused", true, || {
        for arguments in [
            &["127.0.0.1", "--path", "--flood"][..],
            &["127.0.0.1", "--path", "--adaptive"],
            &["127.0.0.1", "--flood", "--adaptive"],
            &["127.0.0.1", "-4", "-6"],
            &["127.0.0.1", "--max-hops", "3"],
            &[],
        ] {
            let output = run(&[&["raw-ping", "-c", "1", "-W", "0.2"], arguments].concat());
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            let told = String::from_utf8(output.stderr).expect("UTF-8");
            assert!(!told.is_empty(), "{arguments:?}");
            assert!(output.stdout.is_empty(), "{arguments:?}");
            // Both options that exclude each other are named.
            for option in arguments.iter().filter(|option| option.starts_with('-')) {
                assert!(told.contains(option), "{option} in {told}");
            }
        }
    });
}

#[test]
fn a_listener_refuses_what_is_wrong() {
    alone("a_listener_refuses_what_is_wrong", true, || {
        for (arguments, value) in [
            (&["-c", "0"][..], "0"),
            (&["-c", "x"], "x"),
            (&["-w", "0"], "0"),
            (&["-w", "x"], "x"),
            (&["-I", "203.0.113.7"], "203.0.113.7"),
            (&["-I", "nosuchif0"], "nosuchif0"),
            (&["-6", "-I", "127.0.0.1"], "127.0.0.1"),
        ] {
            let output = run(&[&["raw-listen"], arguments].concat());
            let parts = Parts::of(&output);
            parts.are_four();
            let code = output.status.code();
            assert!([Some(2), Some(3)].contains(&code), "{arguments:?}: {code:?} {parts:#?}");
            assert!(parts.error.contains(value), "{parts:#?}");
        }
    });
}

#[test]
fn with_format_json_the_error_is_the_last_object() {
    alone("with_format_json_the_error_is_the_last_object", true, || {
        for arguments in [
            &["raw-ping", "127.0.0.1", "-c", "0"][..],
            &["raw-ping", "nonexistent.invalid"],
            &["raw-ping", "127.0.0.1", "-I", "203.0.113.7", "-c", "1"],
            &["raw-listen", "-I", "203.0.113.7"],
        ] {
            let output = run(&[arguments, &["--format", "json"]].concat());
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            let events = crate::lab::events(&lines);
            let last = events.last().unwrap_or_else(|| panic!("{arguments:?}: no event"));
            assert_eq!(last["event"], "error", "{arguments:?}: {text}");
            let code = output.status.code().expect("a code");
            assert_eq!(last["exit_code"], code, "{arguments:?}: {last}");
        }
    });
}
