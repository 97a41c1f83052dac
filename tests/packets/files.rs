//! Where packets are written: files that cannot be, readers that go, runs that are interrupted.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::process::{Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::judge::fields_of;
use crate::parts::Parts;
use crate::room::alone;
use crate::run::Run;
use crate::support::{Program, netlab};
use crate::tools::until_event;

#[track_caller]
fn run(arguments: &[&str]) -> Output {
    netlab().args(arguments).stdin(Stdio::null()).output().expect("it starts")
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_anything_happens() {
    if !alone("a_file_that_cannot_be_written_is_told_before_anything_happens") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let within = |name: &str| folder.path().join(name).display().to_string();
    let (file, lost) = (within("run.jsonl"), within("no/run.pcapng"));
    for (path, words) in [(within("."), "folder"), (lost, "no such folder")] {
        let done = run(&["tcp-client", "127.0.0.1", "5999", "--write", &path]);
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        let parts = Parts::of(&done);
        parts.are_five();
        assert!(parts.error.contains(words), "{parts:#?}");
        assert!(done.stdout.is_empty(), "{done:?}");
    }
    for other in
        [file.clone(), within("./run.jsonl"), within("../") + &name_of(&folder) + "/run.jsonl"]
    {
        let done = run(&["udp-server", "0", "--record", &file, "--write", &other]);
        assert_eq!(done.status.code(), Some(2), "{done:?}");
        let parts = Parts::of(&done);
        parts.are_four();
        assert!(parts.known.contains("a file of its own"), "{parts:#?}");
        assert!(!std::path::Path::new(&file).exists());
    }
}

fn name_of(folder: &tempfile::TempDir) -> String {
    folder.path().file_name().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn a_full_disk_is_told_at_the_end() {
    if !alone("a_full_disk_is_told_at_the_end") {
        return;
    }
    for arguments in [
        &["tcp-client", "127.0.0.1", "5999", "--connect-ex"][..],
        &["raw-ping", "127.0.0.1", "-n", "-c", "1"],
        &["udp-client", "127.0.0.1", "5999", "--count", "1", "--timeout", "0.2"],
    ] {
        let done = run(&[arguments, &["--packets", "--write", "/dev/full"]].concat());
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(told.contains("writing \"/dev/full\" failed: no space left"), "{done:?}");
        let page = String::from_utf8_lossy(&done.stdout);
        assert!(page.contains("──▶"), "the packets are shown all the same: {page}");
        assert!(!page.contains("Written to"), "{page}");
        // A ping's exit codes are ping's.
        let code = if arguments[0] == "raw-ping" { 2 } else { 3 };
        assert_eq!(done.status.code(), Some(code), "{done:?}");
    }
}

/// Beside packets and without them, after a talk, a probe, and Ctrl-C.
#[test]
fn a_record_that_cannot_be_written_is_told_at_the_end() {
    if !alone("a_record_that_cannot_be_written_is_told_at_the_end") {
        return;
    }
    for packets in [&[][..], &["--packets"]] {
        for (arguments, code) in [
            (&["tcp-client", "127.0.0.1", "5999", "--connect-ex"][..], 3),
            (&["raw-ping", "127.0.0.1", "-n", "-c", "1"], 2),
            (&["udp-client", "127.0.0.1", "5999", "--count", "1", "--timeout", "0.2"], 3),
        ] {
            let done = run(&[arguments, packets, &["--record", "/dev/full"]].concat());
            let parts = Parts::of(&done);
            parts.are_five();
            assert!(
                parts.error.contains("writing \"/dev/full\" failed: no space left"),
                "{done:?}"
            );
            assert!(done.stdout.len() > 300, "it is shown all the same: {done:?}");
            assert_eq!(done.status.code(), Some(code), "{done:?}");
        }
        for own in ["tcp-server", "udp-server"] {
            let mut command = netlab();
            command.args([own, "0", "--bind", "127.0.0.1", "--record", "/dev/full"]).args(packets);
            let mut server = Program::start(&mut command);
            server.until_any(&["listening on", "bound to"]);
            let number = i32::try_from(server.child.id()).expect("a process number");
            kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
            let (status, lines) = server.finish();
            assert!(lines.iter().any(|line| line.contains("\"/dev/full\" failed")), "{lines:#?}");
            assert_eq!(status.code(), Some(3), "{lines:#?}");
        }
    }
}

/// A run that failed has its own exit code, and what became of its record is said below.
#[test]
fn a_failed_run_tells_of_its_record_too() {
    if !alone("a_failed_run_tells_of_its_record_too") {
        return;
    }
    let done = run(&["tcp-client", "127.0.0.1", "5999", "--record", "/dev/full"]);
    let told = String::from_utf8_lossy(&done.stderr);
    let refused = told.find("error   connect(127.0.0.1:5999)").expect("the run");
    let unkept = told.find("record  writing \"/dev/full\" failed").expect("the record");
    assert!(refused < unkept && done.status.code() == Some(3), "{done:?}");
}

/// Nobody is told to look at what does not stay.
#[test]
fn there_is_nothing_to_look_at_in_the_null_device() {
    if !alone("there_is_nothing_to_look_at_in_the_null_device") {
        return;
    }
    let done = run(&["raw-ping", "127.0.0.1", "-n", "-c", "1", "--write", "/dev/null"]);
    let page = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && page.contains("2 packets captured"), "{done:?}");
    assert!(!page.contains("/dev/null"), "{page}");
}

#[test]
fn ctrl_c_leaves_a_whole_file() {
    if !alone("ctrl_c_leaves_a_whole_file") {
        return;
    }
    let own = ["tcp-server", "0", "--bind", "127.0.0.1"];
    let mut server = Run::start(&mut netlab(), &own);
    let port = server.program.port();
    let mut client = Program::client(port, &[]);
    client.type_line("Hello!");
    server.program.until("Hello!");
    let server = server.interrupt(130);
    server.is_complete();
    let lengths = fields_of(&server.file(), "tcp", &["tcp.len", "frame.comment"]);
    assert_eq!(lengths.len(), server.packets("tcp").len());
    assert!(lengths.iter().all(|row| row[1].starts_with("netlab: ")), "{lengths:#?}");
    let told = server.lines.iter().any(|line| line.contains("wireshark "));
    assert!(told, "{:#?}", server.lines);
}

#[test]
fn what_is_written_need_not_be_shown() {
    if !alone("what_is_written_need_not_be_shown") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ping.pcapng");
    let path = file.display().to_string();
    let ping = ["raw-ping", "127.0.0.1", "-n", "-c", "1", "--write", &path];
    let done = run(&ping);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let page = String::from_utf8_lossy(&done.stdout);
    assert!(!page.contains("──▶"), "{page}");
    assert!(page.contains(&format!("tshark -r {path}")), "{page}");
    assert_eq!(fields_of(&file, "icmp", &["icmp.type"]), [["8"], ["0"]]);
    let done = run(&[&ping[..], &["--format", "json"]].concat());
    let lines = String::from_utf8_lossy(&done.stdout);
    assert!(!lines.contains(r#""event":"packet""#), "{lines}");
    assert!(lines.contains(r#""event":"capture_report""#), "{lines}");
}

#[test]
fn a_reader_that_goes_ends_the_run_and_leaves_the_file_whole() {
    if !alone("a_reader_that_goes_ends_the_run_and_leaves_the_file_whole") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ping.pcapng");
    let mut command = netlab();
    command.args(["raw-ping", "127.0.0.1", "-n", "-i", "0.02", "--packets", "--write"]);
    command.arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    output.read_line(&mut line).expect("UTF-8");
    drop(output);
    let done = child.wait_with_output().expect("it was started");
    assert!(done.status.code().is_some_and(|code| code <= 1), "{done:?}");
    assert!(done.stderr.is_empty(), "{done:?}");
    let kinds = fields_of(&file, "icmp", &["icmp.type"]);
    assert!(kinds.len() >= 2, "{kinds:?}");
}

#[test]
fn packets_are_events_of_the_json_output_too() {
    if !alone("packets_are_events_of_the_json_output_too") {
        return;
    }
    let arguments = ["raw-ping", "127.0.0.1", "-n", "-c", "2", "-i", "0.05"];
    let mut ping = Program::start(netlab().args(arguments).args(["--packets", "--format", "json"]));
    let begun = until_event(&mut ping, "capturing");
    assert!(begun["filter"].as_str().is_some_and(|filter| filter.contains("127.0.0.1")));
    for direction in ["sent", "received", "sent", "received"] {
        assert_eq!(until_event(&mut ping, "packet")["direction"], direction);
    }
    let report = until_event(&mut ping, "capture_report");
    assert_eq!(report["packets"], 4, "{report}");
    assert!(ping.finish().0.success());
}
