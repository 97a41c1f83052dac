//! Readers that go, readers that do not read, disks that are full.
#![cfg(test)]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::host::{alone, among_liars, ping};
use crate::net::{self, wait_for_exit, wait_until};
use crate::support::netlab;

fn start(arguments: &[&str]) -> Child {
    let mut command = netlab();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("netlab starts")
}

/// It ends, and says nothing more.
#[track_caller]
fn quietly(what: &str, child: &mut Child) {
    let status = wait_for_exit(child);
    let mut errors = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
    assert_eq!(errors, "", "{what}");
    assert!(status.code().is_some_and(|code| code <= 1), "{what}: {status}");
}

/// Reads a line, as `head -1` does, and goes.
fn one_line(child: &mut Child) {
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    output.read_line(&mut line).expect("UTF-8");
    assert!(line.ends_with('\n'), "{line:?}");
}

#[test]
fn a_ping_whose_reader_goes_ends_quietly() {
    alone("a_ping_whose_reader_goes_ends_quietly", true, || {
        for options in [
            &["-i", "0.05"][..],
            &["-i", "0.05", "--format", "json"],
            &["-i", "0.05", "--dissect", "--explain"],
            // A flood has nothing to say until its end.
            &["--flood", "-w", "1"],
            &["--flood", "--format", "json"],
            &["-c", "100000", "-i", "0.001", "--format", "markdown"],
        ] {
            let mut child = start(&[&["raw-ping", "127.0.0.1"], options].concat());
            one_line(&mut child);
            quietly(&format!("{options:?}"), &mut child);
        }
    });
}

#[test]
fn a_ping_that_hears_nothing_notices_as_well() {
    among_liars("a_ping_that_hears_nothing_notices_as_well", || {
        for options in
            [&["127.0.0.2", "-i", "0.05", "-W", "0.1"][..], &["127.0.0.2", "--path", "-W", "0.1"]]
        {
            let mut child = start(&[&["raw-ping"], options].concat());
            one_line(&mut child);
            quietly(&format!("{options:?}"), &mut child);
        }
    });
}

#[test]
fn a_listener_whose_reader_goes_ends_quietly() {
    alone("a_listener_whose_reader_goes_ends_quietly", true, || {
        for options in [&[][..], &["--hex"], &["--format", "json"]] {
            let mut child = start(&[&["raw-listen", "-4"], options].concat());
            one_line(&mut child);
            wait_until("it has noticed", || {
                // It notices when it has something to say.
                ping(&["127.0.0.1", "-c", "1"]);
                child.try_wait().expect("it was started").is_some()
            });
            quietly(&format!("{options:?}"), &mut child);
        }
    });
}

/// Whether a thread of the program waits for room in a pipe.
fn waits_for_a_reader(child: &Child) -> bool {
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).expect("it runs");
    let waits = |thread: std::io::Result<fs::DirEntry>| {
        let place = thread.map(|thread| fs::read_to_string(thread.path().join("wchan")));
        place.is_ok_and(|place| place.is_ok_and(|place| place.contains("pipe_write")))
    };
    threads.into_iter().any(waits)
}

#[test]
fn a_reader_who_does_not_read_costs_no_reply() {
    alone("a_reader_who_does_not_read_costs_no_reply", true, || {
        const COUNT: u64 = 3000;
        let count = COUNT.to_string();
        let arguments = ["raw-ping", "--flood", "-c", &count, "-W", "20", "--format", "json"];
        let mut child = start(&[&arguments[..], &["127.0.0.1"]].concat());
        wait_until("the pipe is full", || waits_for_a_reader(&child));
        let memory = net::memory(&child);
        assert!(memory < 64 * 1024, "{memory} kB");
        let mut text = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
        let status = wait_for_exit(&mut child);
        let line = text.lines().rev().find(|line| line.contains(r#""event":"ping_report""#));
        let report: Value = serde_json::from_str(line.expect("a report")).expect("JSON");
        let host = &report["hosts"][0];
        assert_eq!((&host["sent"], &host["received"]), (&COUNT.into(), &COUNT.into()), "{host}");
        assert_eq!(status.code(), Some(0));
    });
}

#[test]
fn a_reader_who_does_not_read_does_not_keep_anybody_from_ctrl_c() {
    alone("a_reader_who_does_not_read_does_not_keep_anybody", true, || {
        for command in ["raw-ping", "raw-listen"] {
            let all = [command, "--format", "json"];
            let more: &[&str] =
                if command == "raw-ping" { &["--flood", "127.0.0.1", "-w", "60"] } else { &["-4"] };
            let mut child = start(&[&all, more].concat());
            let mut traffic = Command::new("true").spawn().expect("a program");
            if command == "raw-listen" {
                let loud = ["raw-ping", "--flood", "-w", "20", "-q", "127.0.0.1"];
                let mut netlab = netlab();
                netlab.args(loud).stdout(Stdio::null()).stdin(Stdio::null());
                drop(traffic.wait());
                traffic = netlab.spawn().expect("netlab starts");
            }
            wait_until("the pipe is full", || waits_for_a_reader(&child));
            let number = Pid::from_raw(i32::try_from(child.id()).expect("a process number"));
            // Who presses once and sees nothing presses again.
            wait_until("it has ended", || {
                let _ = kill(number, Signal::SIGINT);
                child.try_wait().expect("it was started").is_some()
            });
            let _ = traffic.kill();
            let _ = traffic.wait();
        }
    });
}

fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("a full disk").into()
}

#[test]
fn a_full_disk_is_no_reason_to_panic() {
    alone("a_full_disk_is_no_reason_to_panic", true, || {
        for options in [&[][..], &["--format", "json"], &["--flood", "-q"]] {
            let mut command = netlab();
            command.args(["raw-ping", "127.0.0.1", "-c", "300", "-i", "0.01"]).args(options);
            let output = command.stdin(Stdio::null()).stdout(full()).output().expect("it starts");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(!errors.contains("panicked"), "{options:?}: {errors}");
            assert!(output.status.code().is_some_and(|code| code <= 2), "{}", output.status);
        }
    });
}

#[test]
fn a_record_on_a_full_disk_does_not_change_the_ping_and_is_told() {
    alone("a_record_on_a_full_disk", true, || {
        let pinged = ping(&["127.0.0.1", "-c", "5", "-i", "0.01", "--record", "/dev/full"]);
        assert_eq!(pinged.counts(["sent", "received"]), [5, 5], "{}", pinged.text);
        assert!(pinged.text.contains("/dev/full"), "{}", pinged.text);
        assert_eq!(pinged.code, Some(2));
        let pinged = ping(&["127.0.0.1", "-c", "1", "--record", "/nobody/has/such/a/folder"]);
        assert!(pinged.text.contains("/nobody/has/such/a/folder"), "{}", pinged.text);
        assert!(pinged.of_name("probe").is_empty(), "nothing was sent: {}", pinged.text);
        assert_eq!(pinged.code, Some(2), "{}", pinged.text);
    });
}

#[test]
fn a_record_of_an_interrupted_ping_is_whole() {
    alone("a_record_of_an_interrupted_ping_is_whole", true, || {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("record.jsonl");
        let record = path.to_str().expect("UTF-8");
        let mut child = start(&["raw-ping", "127.0.0.1", "-i", "0.01", "--record", record]);
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let reply = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("icmp_seq=3 ")));
        assert!(reply.is_some(), "a third reply");
        let number = Pid::from_raw(i32::try_from(child.id()).expect("a process number"));
        kill(number, Signal::SIGINT).expect("it runs");
        for line in lines {
            drop(line.expect("UTF-8"));
        }
        assert_eq!(wait_for_exit(&mut child).code(), Some(0));
        let text = fs::read_to_string(&path).expect("a record");
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let events = crate::lab::events(&lines);
        let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
        assert!(count("reply") >= 3 && count("probe") >= 3, "{text}");
        assert_eq!((count("ping_report"), count("end")), (1, 1), "{text}");
    });
}
