//! What a demo writes: a page for a browser, a record, packets; whole also after Ctrl-C, and told where it
//! could not be written.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::namespace::alone;
use crate::parts::Parts;
use crate::played::{Played, Who, play_with};
use crate::support::{Program, netlab};
use crate::tools::{missing, output, unprivileged};

/// A folder into which nobody may write, too.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is mine");
    folder
}

/// What `close` calls itself.
const CLOSE: &str = "How a connection ends";

/// One page that stands for itself: it fetches nothing and runs nothing.
#[track_caller]
fn is_one_page(page: &str, title: &str) {
    assert!(page.starts_with("<!doctype html>"), "{}", &page[..page.len().min(80)]);
    for (tag, times) in [("<html", 1), ("</html>", 1), ("<body", 1), ("</body>", 1)] {
        assert_eq!(page.matches(tag).count(), times, "{tag}");
    }
    assert!(page.trim_end().ends_with("</html>"), "it is whole");
    assert!(page.contains("<svg") && page.contains("</svg>"), "there is a picture");
    assert!(page.contains(&format!("<h1>{title}")), "it says what it is of");
    for reaching in ["<script", "<link", "<img", "<iframe", "@import", " src=", "javascript:"] {
        assert!(!page.contains(reaching), "{reaching}");
    }
    for (at, tag) in page.match_indices("href=\"") {
        assert!(page[at + tag.len()..].starts_with('#'), "{}", &page[at..at + 40]);
    }
}

#[test]
fn nobody_gets_a_page_of_a_demo() {
    for (name, title) in [("close", CLOSE), ("datagram", "netlab demo: the same lines over TCP")] {
        let folder = folder();
        let file = folder.path().join("demo.html");
        let played = play_with(name, Who::Nobody, &["--html", &file.display().to_string()]);
        let page = fs::read_to_string(&file).expect("a page");
        is_one_page(&page, title);
        let call = played.all("call").find(|call| call["call"] == "bind").expect("a call");
        assert!(page.contains(call["text"].as_str().expect("words")), "{call}");
    }
}

#[test]
fn a_page_of_a_demo_has_its_packets() {
    const TEST: &str = "a_page_of_a_demo_has_its_packets";
    if unprivileged(TEST) || missing(TEST, &["ip"]) {
        return;
    }
    alone();
    let folder = folder();
    let file = folder.path().join("demo.html");
    let more = ["--packets", "--html", &file.display().to_string()];
    let played = play_with("close", Who::Me, &more);
    let page = fs::read_to_string(&file).expect("a page");
    is_one_page(&page, CLOSE);
    let last = played.all("packet").filter_map(|packet| packet["number"].as_u64()).max();
    for number in 1..=last.expect("packets") {
        assert!(page.contains(&format!("packet {number}, ")), "packet {number} of {last:?}");
    }
}

/// Ctrl-C at ten moments of a demo: each time the record, the file for Wireshark and the report have the
/// same packets, the record ends with its end, and the page is there.
#[test]
fn ctrl_c_leaves_everything_whole() {
    const TEST: &str = "ctrl_c_leaves_everything_whole";
    if unprivileged(TEST) || missing(TEST, &["ip", "tshark"]) {
        return;
    }
    alone();
    for moment in 0..10 {
        let folder = folder();
        let [record, packets, page] =
            ["run.jsonl", "run.pcapng", "run.html"].map(|name| folder.path().join(name));
        let mut command = netlab();
        command.args(["demo", "handshake", "--format", "json", "--packets", "--record"]);
        command.arg(&record).arg("--write").arg(&packets).arg("--html").arg(&page);
        let mut demo = Program::start(&mut command);
        for _ in 0..=moment * 4 {
            demo.until("\"event\":");
        }
        interrupt(&demo);
        let (status, lines) = demo.finish();
        assert_eq!(status.code(), Some(130), "{moment}: {lines:#?}");
        // Nothing is left out, so there is nothing to say.
        assert!(lines.iter().all(|line| line.starts_with('{')), "{moment}: {lines:#?}");
        are_whole(moment, &record, &packets);
        let page = fs::read_to_string(&page).expect("a page");
        // At the very first there is nothing to draw yet, and the page says what it is of all the same.
        if lines.iter().any(|line| line.contains(r#""event":"call""#)) {
            is_one_page(&page, "The handshake");
        } else {
            assert!(page.contains("</html>"), "{page}");
        }
    }
}

fn interrupt(program: &Program) {
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
}

#[track_caller]
fn are_whole(moment: usize, record: &Path, packets: &Path) {
    let played = Played::of(&fs::read_to_string(record).expect("a record"));
    let names: Vec<&Value> = played.events.iter().map(|event| &event["event"]).collect();
    let end = names.len() - 2;
    assert_eq!(names[end..], ["capture_report", "end"], "{moment}: {names:?}");
    let report = &played.events[end];
    let kept = played.all("packet").count();
    assert_eq!((&report["packets"], &report["written"]), (&kept.into(), &kept.into()), "{moment}");
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(packets).args(["-T", "fields", "-e", "frame.number"]);
    let seen = output(tshark.stderr(Stdio::null()));
    assert_eq!(seen.lines().count(), kept, "{moment}");
}

/// A story that is told slowly ends at once, and the record has all that happened.
#[test]
fn ctrl_c_in_a_pause_keeps_what_was_not_told_yet() {
    const TEST: &str = "ctrl_c_in_a_pause_keeps_what_was_not_told_yet";
    if unprivileged(TEST) || missing(TEST, &["ip", "tshark"]) {
        return;
    }
    alone();
    let folder = folder();
    let [record, packets] = ["run.jsonl", "run.pcapng"].map(|name| folder.path().join(name));
    let mut command = netlab();
    command.args(["demo", "close", "--pace", "20", "--packets", "--record"]);
    let mut demo = Program::start(command.arg(&record).arg("--write").arg(&packets));
    demo.until(CLOSE);
    interrupt(&demo);
    let (status, lines) = demo.finish();
    assert_eq!(status.code(), Some(130), "{lines:#?}");
    are_whole(0, &record, &packets);
}

#[test]
fn a_record_of_a_demo_that_cannot_be_written_is_told() {
    for option in ["--record", "--html"] {
        let done = netlab().args(["demo", "close", option, "/dev/full"]).output().expect("a run");
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        let parts = Parts::of(&done);
        parts.are_five();
        assert!(parts.error.contains("\"/dev/full\" failed: no space left"), "{parts:#?}");
        let page = String::from_utf8_lossy(&done.stdout);
        assert!(page.contains("[What you saw]"), "it is shown all the same: {page}");
    }
}

#[test]
fn a_page_for_a_browser_is_none_for_the_terminal() {
    for path in ["-", "/dev/stdout", "/dev/fd/2"] {
        let folder = folder();
        let mut command = netlab();
        command.current_dir(folder.path()).args(["demo", "close", "--html", path]);
        let done = command.output().expect("a run");
        assert_eq!(done.status.code(), Some(2), "{done:?}");
        Parts::of(&done).are_four();
        assert!(done.stdout.is_empty(), "{done:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "{path}");
    }
}
