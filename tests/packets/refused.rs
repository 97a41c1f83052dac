//! Without privilege: what is missing is said, how to get it too, and the run goes on.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::room::alone;
use crate::support::{Program, netlab};

/// A folder with a copy of netlab that everybody may start.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("netlab");
    fs::copy(env!("CARGO_BIN_EXE_netlab"), &copy).expect("there is room");
    for path in [folder.path(), &copy] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is mine");
    }
    folder
}

/// netlab as a user who may do nothing special.
fn as_nobody(folder: &TempDir) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
    command.arg(folder.path().join("netlab"));
    command
}

#[test]
fn every_command_says_what_it_lacks_and_goes_on() {
    if !alone("every_command_says_what_it_lacks_and_goes_on") {
        return;
    }
    crate::tools::output(
        Command::new("sysctl").args(["-qw", "net.ipv4.ping_group_range=0 2147483647"]),
    );
    let folder = folder();
    for (arguments, code) in [
        (&["tcp-client", "127.0.0.1", "5999"][..], 3),
        (&["udp-client", "127.0.0.1", "5999", "--count", "1", "--timeout", "0.2"], 1),
        (&["raw-ping", "127.0.0.1", "-n", "-c", "1"], 0),
        (&["tcp-server", "0"], 0),
        (&["udp-server", "0"], 0),
    ] {
        for flag in [&["--packets"][..], &["--link"], &["--write", "/nowhere/run.pcapng"]] {
            let mut program = Program::start(as_nobody(&folder).args(arguments).args(flag));
            if arguments[0].ends_with("server") {
                program.type_line("exit");
            }
            let (status, lines) = program.finish();
            let page = lines.join("\n");
            let what = format!("{arguments:?} {flag:?}: {page}");
            assert_eq!(status.code(), Some(code), "{what}");
            let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for words in [
                "packets none: socket(AF_PACKET, SOCK_RAW) = -1 EPERM",
                "the run goes on",
                "sudo setcap cap_net_raw+ep /",
                "EPERM · Linux 1",
            ] {
                assert!(page.contains(words), "{words}: {what}");
            }
            let refused = page.find("packets none").expect("it is there");
            assert!(page.find("IP addresses").is_some_and(|host| host < refused), "{what}");
            assert!(page.find("configuration]").is_some_and(|setup| refused < setup), "{what}");
            assert!(!page.contains("captured, none lost"), "{what}");
        }
    }
}

/// Where a ping is refused for the same reason, the cure is told once.
#[test]
fn a_ping_that_may_not_be_is_refused_once() {
    if !alone("a_ping_that_may_not_be_is_refused_once") {
        return;
    }
    crate::tools::output(Command::new("sysctl").args(["-qw", "net.ipv4.ping_group_range=1 0"]));
    let folder = folder();
    let mut command = as_nobody(&folder);
    let done = command.args(["raw-ping", "127.0.0.1", "-n", "-c", "1", "--packets"]).output();
    let done = done.expect("it starts");
    assert!(!done.status.success(), "{done:?}");
    let page = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    let page = page.concat();
    assert_eq!(page.matches("sudo setcap").count(), 1, "{page}");
    assert_eq!(page.matches("EPERM").count(), 1, "{page}");
}

#[test]
fn programs_are_told_too() {
    if !alone("programs_are_told_too") {
        return;
    }
    let folder = folder();
    let mut command = as_nobody(&folder);
    command.args(["tcp-client", "127.0.0.1", "5999", "--packets", "--format", "json"]);
    let done = command.output().expect("it starts");
    let events: Vec<Value> = String::from_utf8_lossy(&done.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let names: Vec<_> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(names[..3], ["header", "host", "capture_refused"], "{names:?}");
    assert_eq!(events[2]["error"]["name"], "EPERM");
    assert!(!names.contains(&"capture_report"), "{names:?}");
}

/// Only the packet socket needs the privilege: afterwards no thread has it.
#[test]
fn the_privilege_is_given_back_as_soon_as_it_is_used() {
    if !alone("the_privilege_is_given_back_as_soon_as_it_is_used") {
        return;
    }
    for (arguments, begun) in [
        (&["tcp-server", "0"][..], "listening"),
        (&["udp-server", "0"], "bound"),
        (&["raw-ping", "127.0.0.1", "-i", "30"], "reply"),
    ] {
        let mut program =
            Program::start(netlab().args(arguments).args(["--packets", "--format", "json"]));
        crate::tools::until_event(&mut program, begun);
        let tasks = fs::read_dir(format!("/proc/{}/task", program.child.id()));
        let mut threads = 0;
        for task in tasks.expect("it runs") {
            let status = task.expect("a thread").path().join("status");
            let status = fs::read_to_string(status).expect("it runs");
            for set in ["CapPrm", "CapEff"] {
                let row = status.lines().find(|line| line.starts_with(set)).expect("a row");
                let bits = row.split_whitespace().nth(1).expect("a number");
                let bits = u64::from_str_radix(bits, 16).expect("a number");
                assert_eq!(bits >> 13 & 1, 0, "CAP_NET_RAW in {status}");
            }
            threads += 1;
        }
        assert!(threads > 1, "the capture has a thread of its own");
    }
}

#[test]
fn a_file_that_is_not_made_is_not_passed_over() {
    if !alone("a_file_that_is_not_made_is_not_passed_over") {
        return;
    }
    let folder = folder();
    let mut command = as_nobody(&folder);
    command.args(["tcp-client", "127.0.0.1", "5999", "--write", "/tmp/never.pcapng"]);
    let done = command.output().expect("it starts");
    let page = String::from_utf8_lossy(&done.stdout);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("/tmp/never.pcapng is not written"), "{page}");
    for page in ["-", "/dev/stdout"] {
        let mut command = netlab();
        command.args(["tcp-client", "127.0.0.1", "5999", "--write", page]);
        assert_eq!(command.output().expect("it starts").status.code(), Some(2), "{page}");
    }
}
