//! The words of `netlab timeline`, and what it says when they do not fit.

use std::fs;
use std::path::Path;

use super::parts::Parts;
use super::{text, timeline};

/// A record as small as can be: a run with one call.
fn record(folder: &Path, name: &str, run: &str) -> String {
    let file = folder.join(name);
    let header = format!(
        r#"{{"event":"header","format":1,"netlab":"0.1.0","run":"{run}","host":"{name}","os":"linux","command":["tcp-client","h"],"started_unix_ns":1}}"#
    );
    let call = r#"{"event":"call","t_ns":1000,"socket":"A","call":"socket","text":"socket(AF_INET, SOCK_STREAM) = A","result":"A","error":null,"took_ns":10,"state":"CLOSED"}"#;
    fs::write(&file, format!("{header}\n{call}\n")).expect("a file");
    file.display().to_string()
}

/// What is wrong: exit code 2, the parts, and these words in them.
#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let output = timeline(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let parts = Parts::of(&output);
    parts.are_four();
    let all = format!("{} {} {} {}", parts.error, parts.known, parts.likely, parts.attempt);
    for word in words {
        assert!(all.contains(word), "{word} in {parts:#?}");
    }
}

#[test]
fn a_file_that_is_no_record_is_named_with_the_line_and_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("a file");
        file.display().to_string()
    };
    refused(&["/no/such/record"], &["there is no such file", "--record client.jsonl"]);
    refused(&[&folder.path().display().to_string()], &["it is a folder"]);
    refused(&[&here("empty", b"")], &["line 1", "nothing in it", "--record client.jsonl"]);
    refused(&[&here("notes.md", b"# Notes\n")], &["line 1", "JSON", "--record client.jsonl"]);
    refused(&[&here("other.json", b"{\"a\":1}\n")], &["line 1", "header"]);
    refused(&[&here("some.pcapng", &[0x0a, 0x0d, 0x0d, 0x0a, 0, 0])], &["--write"]);
}

#[test]
fn sides_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = record(folder.path(), "one", "1111");
    let copy = record(folder.path(), "copy", "1111");
    let other = record(folder.path(), "other", "2222");
    refused(&[&one, &one], &["named twice"]);
    refused(&["-", "-"], &["named twice"]);
    refused(&[&one, &copy], &["one and the same run"]);
    refused(&[&one, &other, &copy], &["one and the same run"]);
    let many: Vec<String> =
        (0..9).map(|n| record(folder.path(), &format!("r{n}"), &format!("{n}"))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    refused(&many, &["8 records", "here are 9"]);
    refused(&[&one, "--record", &one], &["a file of its own"]);
    refused(&[&one, "--socket", "Q"], &["client:A"]);
    refused(&[&one, "--from", "2", "--to", "1"], &["exchanged"]);
    refused(&[&one, "--fold", "0"], &["1 to 1000000, or never"]);
    assert!(fs::read_to_string(&one).expect("it is there").contains("AF_INET"));
}

#[test]
fn two_runs_that_never_met_are_both_drawn_and_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) =
        (record(folder.path(), "one", "1111"), record(folder.path(), "other", "2222"));
    let drawn = text(&timeline(&[&one, &other]));
    assert_eq!(drawn.matches("A socket(AF_INET, SOCK_STREAM)").count(), 2, "{drawn}");
    assert!(drawn.contains("nothing that one side gave"), "{drawn}");
    let said = drawn.find("nothing to do with each other").expect("it is said");
    assert!(said < drawn.find("A socket(").expect("drawn"), "{drawn}");
}

#[test]
fn a_time_has_its_unit_and_an_empty_one_says_how_far_the_picture_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = record(folder.path(), "one", "1111");
    for time in ["1ms", "0.001", "0.001s", "1000us"] {
        let drawn = text(&timeline(&[&one, "--to", time]));
        assert!(drawn.contains("A socket("), "{time}: {drawn}");
    }
    let empty = timeline(&[&one, "--from", "386", "--to", "390"]);
    assert_eq!(empty.status.code(), Some(1), "{empty:?}");
    let drawn = String::from_utf8_lossy(&empty.stdout).replace("\n  ", " ");
    assert!(drawn.contains("between 386.000000 s and 390.000000 s"), "{drawn}");
    assert!(drawn.contains("386ms"), "{drawn}");
}

#[test]
fn a_record_of_endpoints_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("endpoints.jsonl").display().to_string();
    let one = record(folder.path(), "one", "1111");
    let lines = fs::read_to_string(&one).expect("it is there").replace("tcp-client", "endpoints");
    let header = lines.lines().next().expect("a header");
    fs::write(&file, format!("{header}\n{{\"event\":\"endpoints\",\"t_ns\":1,\"rows\":[]}}\n"))
        .expect("a file");
    refused(&[&file], &["calls and packets", "netlab endpoints"]);
}

#[test]
fn one_record_alone_says_how_packets_are_had() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = record(folder.path(), "one", "1111");
    let drawn = text(&timeline(&[&one]));
    assert!(drawn.contains("--packets") && drawn.contains("sudo"), "{drawn}");
}

/// A record may be anybody's.
#[test]
fn a_hostile_record_reaches_no_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = record(folder.path(), "one", "1111");
    let evil = fs::read_to_string(&one)
        .expect("it is there")
        .replace("AF_INET", r"\u001b]0;owned\u0007\u202e")
        .replace("tcp-client", r"\u001b[2J");
    fs::write(&one, evil).expect("a file");
    for format in ["text", "markdown"] {
        let drawn = text(&timeline(&[&one, "--format", format]));
        let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!drawn.contains(raw), "{drawn:?}");
        assert!(drawn.contains("owned"), "{drawn}");
    }
}
