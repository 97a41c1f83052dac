//! The words of `netlab demo`: names that nobody has, a pace, Ctrl-C, records.
#![cfg(test)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::parts::Parts;
use crate::played::Played;
use crate::support::{Program, netlab};
use crate::tools::output;

#[test]
fn a_name_that_no_demo_has_is_answered_with_the_nearest() {
    for (name, near) in
        [("strem", "stream"), ("Handshake!", "handshake"), ("timewait", "time-wait")]
    {
        let done = netlab().args(["demo", name]).output().expect("it starts");
        assert_eq!(done.status.code(), Some(2), "{name}");
        assert!(done.stdout.is_empty());
        let parts = Parts::of(&done);
        parts.are_four();
        assert!(parts.error.contains(name) && parts.known.contains("handshake"), "{parts:#?}");
        assert!(parts.likely.contains(near), "{parts:#?}");
        assert_eq!(parts.attempt, format!("netlab demo {near}"));
    }
    let done = netlab().args(["demo", "\u{1b}[31mxyzzyxyzzy"]).output().expect("it starts");
    let parts = Parts::of(&done);
    assert_eq!(parts.attempt, "netlab demo list");
    assert!(!parts.error.contains('\u{1b}'), "{parts:?}");
}

#[test]
fn a_pace_is_a_number_of_seconds() {
    let done = netlab().args(["demo", "close", "--pace", "slow"]).output().expect("it starts");
    assert_eq!(done.status.code(), Some(2));
    Parts::of(&done).are_four();
}

fn interrupt(program: &Program) {
    let id = i32::try_from(program.child.id()).expect("a process");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("it runs");
}

/// It would go on for an hour: only Ctrl-C ends the pause.
#[test]
fn ctrl_c_ends_a_pause_and_the_record_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let mut command = netlab();
    command.args(["demo", "close", "--pace", "3600", "--record"]).arg(&path);
    let mut program = Program::start(&mut command);
    program.until("How a connection ends");
    interrupt(&program);
    let (status, lines) = program.finish();
    assert_eq!(status.code(), Some(130), "{lines:?}");
    let played = Played::of(&std::fs::read_to_string(&path).expect("a record"));
    let last = played.events.last().expect("an event");
    assert_eq!((&last["event"], &last["reason"]), (&"end".into(), &"interrupted".into()));
}

/// The client waits for an answer that never comes.
#[test]
fn ctrl_c_ends_a_call_that_waits() {
    let mut program = Program::start(netlab().args(["demo", "handshake", "--format", "json"]));
    program.until("TCP_USER_TIMEOUT");
    interrupt(&program);
    let (status, lines) = program.finish();
    assert_eq!(status.code(), Some(130), "{lines:?}");
    let last: Value = serde_json::from_str(lines.last().expect("a line")).expect("JSON");
    assert_eq!(last["reason"], "interrupted");
}

#[test]
fn the_record_has_what_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let mut command = netlab();
    let page = output(command.args(["demo", "time-wait", "--record"]).arg(&path));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(&page);
    let played = Played::of(&std::fs::read_to_string(&path).expect("a record"));
    for step in played.all("step") {
        assert!(page.contains(&words(step["title"].as_str().expect("a title"))), "{step}");
    }
    for fact in played.all("fact") {
        assert!(page.contains(&words(fact["words"].as_str().expect("words"))), "{fact}");
    }
    let curtain = played.all("curtain").next().expect("a curtain");
    for line in curtain["saw"].as_array().expect("lines") {
        assert!(page.contains(&words(line.as_str().expect("a line"))), "{line}");
    }
}
