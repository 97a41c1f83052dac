//! What is no port gets five parts that name the value and the rule, and exit code 2.

use std::process::Output;

use crate::parts::Parts;
use crate::support::netlab;
use crate::{classify, classify_lines, objects, text};

#[track_caller]
fn refused(output: &Output) -> Parts {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Parts::of(output)
}

#[test]
fn nonsense_names_the_value_and_the_rule_of_16_bits() {
    for (what, value) in [
        ("70000", "70000"),
        ("-1", "-1"),
        ("6OOO", "6OOO"),
        ("6000-70000", "70000"),
        ("6000-5000", "6000-5000"),
        ("80/xyz", "xyz"),
        ("80/icmp", "icmp"),
        ("", "\"\""),
        (" ", "\"\""),
        ("80.5", "80.5"),
        ("6000-", "\"\""),
        ("htps", "htps"),
        ("99999999999999999999999", "99999999999999999999999"),
    ] {
        let output = classify(&[what]);
        let parts = refused(&output);
        assert!(parts.error.contains(value), "{what:?}: {parts:?}");
        assert!(parts.known.contains("16 bits"), "{what:?}: {parts:?}");
        assert!(parts.likely.starts_with("1. "), "{what:?}: {parts:?}");
        assert!(parts.attempt.starts_with("netlab classify-port"), "{what:?}: {parts:?}");
        assert_eq!(output.stdout, b"", "{what:?}");
    }
}

#[test]
fn a_misprint_is_answered_with_the_nearest_names() {
    let parts = refused(&classify(&["htpps"]));
    assert!(parts.likely.contains("https"), "{parts:?}");
    let parts = refused(&classify(&["6000-5000"]));
    assert_eq!(parts.attempt, "netlab classify-port 5000-6000");
    let parts = refused(&classify(&["80/icmp"]));
    assert!(parts.likely.contains("ICMP has no ports"), "{parts:?}");
}

#[test]
fn what_was_meant_is_the_command_to_try() {
    for (what, attempt) in [
        ("22,80,443", "netlab classify-port 22 80 443"),
        ("127.0.0.1:80", "netlab classify-port 80"),
        ("tcp/80", "netlab classify-port 80/tcp"),
        ("0x50", "netlab classify-port 80"),
        ("6OOO", "netlab classify-port 6000"),
        ("http server", "netlab classify-port --search http server"),
        ("flask", "netlab classify-port 5000"),
        ("localhost", "netlab explain localhost"),
        ("discord", "netlab classify-port https"),
    ] {
        let parts = refused(&classify(&[what]));
        assert!(parts.error.contains(what), "{what:?}: {parts:?}");
        assert_eq!(parts.attempt, attempt, "{what:?}");
        // And it helps.
        let words: Vec<&str> = attempt.split(' ').skip(2).collect();
        if attempt.starts_with("netlab classify-port") {
            assert_eq!(classify(&words).status.code(), Some(0), "{attempt}");
        }
    }
    let parts = refused(&classify(&["0x50"]));
    assert!(parts.likely.contains("hexadecimal"), "{parts:?}");
}

#[test]
fn far_fetched_names_are_not_offered() {
    for what in ["steam", "rails", "zoom", "teams", "spotify", "quack"] {
        let parts = refused(&classify(&[what]));
        assert!(!parts.likely.contains("misprint"), "{what}: {parts:?}");
    }
}

/// As with lines of the input.
#[test]
fn good_words_are_answered_beside_bad_ones() {
    let output = classify(&["ssh", "mysql", "70000", "no-such-service"]);
    assert_eq!(output.status.code(), Some(2));
    let page = text(&output);
    assert!(page.contains("22 ") && page.contains("3306"), "{page}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("\"70000\"") && told.contains("\"no-such-service\""), "{told}");
    let found = objects(&classify(&["22", "70000", "--format", "json"]));
    assert_eq!((&found[0]["port"], &found[1]["event"]), (&22.into(), &"error".into()));
}

#[test]
fn an_empty_word_is_not_searched_for() {
    for word in ["", " "] {
        let output = classify(&["--search", word]);
        let parts = refused(&output);
        assert!(parts.known.contains("--search"), "{parts:?}");
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn an_input_that_cannot_be_read_is_not_an_empty_one() {
    let mut command = netlab();
    let folder = std::fs::File::open(std::env::temp_dir()).expect("a folder");
    let output = command.arg("classify-port").stdin(folder).output().expect("it starts");
    let parts = refused(&output);
    assert!(parts.known.contains("readable"), "{parts:?}");
}

#[test]
fn nothing_at_all_is_refused_too() {
    let parts = refused(&classify(&[]));
    assert!(parts.likely.contains("no WHAT"), "{parts:?}");
    refused(&classify_lines(&[], "# only a comment\n\n"));
}

#[test]
fn programs_get_the_error_as_an_object() {
    let output = classify(&["70000", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let objects = objects(&output);
    assert_eq!(objects[0]["event"], "error");
    assert!(objects[0]["knows"][0].as_str().expect("a rule").contains("16 bits"));
}
