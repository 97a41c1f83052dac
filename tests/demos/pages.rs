//! Demos as pages: they fit, in every form, and their last words lead on.
#![cfg(test)]

use std::process::Stdio;
use std::thread;

use unicode_width::UnicodeWidthStr;

use crate::played::all;
use crate::support::netlab;
use crate::tools::output;

/// Plays a demo and gives its page.
#[track_caller]
fn page(arguments: &[&str]) -> String {
    output(netlab().arg("demo").args(arguments))
}

/// Judges every demo and the tour, side by side.
fn each(judge: impl Fn(&[&str]) + Sync) {
    let names = all();
    thread::scope(|scope| {
        scope.spawn(|| judge(&[]));
        for name in &names {
            scope.spawn(|| judge(&[name]));
        }
    });
}

#[test]
fn every_page_fits_80_columns_and_tells_what_to_read_next() {
    each(|name| {
        for more in [&[][..], &["--explain"], &["--ascii"], &["--ascii", "--explain"]] {
            let page = page(&[name, more].concat());
            for line in page.lines() {
                assert!(line.width() <= 80, "{name:?} {more:?}: {} columns: {line}", line.width());
                assert_eq!(line, line.trim_end(), "{name:?} {more:?}: blanks at the end");
                assert!(!line.contains('\x1b'), "a pipe gets no colours: {line:?}");
            }
            assert!(!more.contains(&"--ascii") || page.is_ascii(), "{name:?}: {:?}", beyond(&page));
            assert!(page.contains("[What you saw]") && page.contains("[Next]"), "{page}");
            let card = page.lines().find_map(|line| line.trim().strip_prefix("netlab explain "));
            let card = card.and_then(|rest| rest.split_whitespace().next()).expect("a card");
            let text = output(netlab().args(["explain", card, "--format", "json"]));
            let found: serde_json::Value = serde_json::from_str(&text).expect("one object");
            // A card of an error is called as the error is, which is written in capitals.
            assert_eq!(found["slug"], card.to_lowercase(), "{text}");
        }
    });
}

fn beyond(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.is_ascii()).collect()
}

#[test]
fn a_report_is_markdown() {
    each(|name| {
        let page = page(&[name, &["--format", "markdown"]].concat());
        assert!(page.starts_with("# "), "{page}");
        assert!(page.contains("\n## 1. ") && page.contains("\n## What you saw\n"), "{page}");
        let fences = page.lines().filter(|line| line.starts_with("```")).count();
        assert_eq!(fences % 2, 0, "{page}");
        let outside = page.split("```").step_by(2);
        for text in outside {
            assert!(!text.contains("\n\n\n"), "two empty lines in a row: {text}");
        }
        let lines: Vec<&str> = page.lines().collect();
        for two in lines.windows(2) {
            let apart = two[1] != "```text" && !two[1].starts_with('#');
            assert!(apart || two[0].is_empty(), "{name:?}: {two:?}");
        }
        assert!(fences > 0, "{page}");
    });
}

#[test]
fn colours_are_on_request_and_change_no_word() {
    let page = output(netlab().args(["demo", "list", "--color", "always"]));
    assert!(page.contains("\x1b["), "{page}");
    let uncoloured = |part: &str| part.split_once('m').expect("its end").1.to_owned();
    let (first, rest) = page.split_once("\x1b[").expect("a colour");
    let plain = first.to_owned() + &rest.split("\x1b[").map(uncoloured).collect::<String>();
    assert_eq!(plain, output(netlab().args(["demo", "list"])));
    assert!(output(netlab().args(["demo", "close", "--color", "always"])).contains("\x1b["));
}

#[test]
fn the_list_names_every_demo_and_how_to_run_it() {
    let list = page(&["list"]);
    let names = all();
    for name in &names {
        assert!(list.lines().any(|line| line.starts_with(&format!("  {name} "))), "{name}: {list}");
    }
    assert!(list.lines().all(|line| line.width() <= 80), "{list}");
    assert!(list.contains("netlab demo NAME") && list.contains("\n  tour "), "{list}");
    let promised = [
        "stream",
        "datagram",
        "raw",
        "types",
        "calls",
        "handshake",
        "close",
        "time-wait",
        "byte-stream",
        "buffers",
        "blocking",
        "backlog",
        "clients",
        "duplex",
        "refused",
        "ports",
        "layers",
    ];
    assert_eq!(names, promised);
    assert!(page(&["list", "--ascii"]).is_ascii());
    assert!(page(&["list", "--format", "markdown"]).contains("- `netlab demo close`: "));
}

#[test]
fn nobody_who_reads_is_no_error() {
    for arguments in [&["demo"][..], &["demo", "close", "--pace", "0.01"], &["demo", "list"]] {
        let mut command = netlab();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        drop(child.stdout.take());
        let done = child.wait_with_output().expect("it was started");
        assert_eq!(
            (done.status.code(), done.stderr.as_slice()),
            (Some(0), &b""[..]),
            "{arguments:?}"
        );
    }
}
