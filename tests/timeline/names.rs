//! One file by two names is one file: nothing is written over what is to be read, or twice.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::made::Made;
use crate::support::netlab;

/// Runs netlab with these arguments in a folder: whether it refused, and what it said.
fn refused(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = netlab().args(args).current_dir(folder).output().expect("it starts");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn a_record_is_not_written_over_by_another_of_its_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut made = Made::new("h", "x", 0);
    made.call(1, 0, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    let text: Vec<String> = made.lines.iter().map(ToString::to_string).collect();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("x"), text.join("\n")).expect("a record");
    fs::hard_link(at("x"), at("hard")).expect("a second name");
    symlink("x", at("soft")).expect("a link");
    for other in ["hard", "soft"] {
        for option in ["--record", "--html"] {
            let (code, told) = refused(folder.path(), &["timeline", "x", option, other]);
            assert_eq!(code, Some(2), "{option} {other}: {told}");
        }
    }
    assert_eq!(fs::read_to_string(at("x")).expect("the record"), text.join("\n"));
    let (code, told) = refused(folder.path(), &["timeline", "x", "--record", "y"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn packets_and_the_record_are_not_written_into_one_file_with_two_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("one"), "").expect("a file");
    fs::hard_link(at("one"), at("two")).expect("a second name");
    symlink("nowhere", at("dangling")).expect("a link");
    symlink("dangling", at("far")).expect("a link");
    for (packets, record) in [("one", "two"), ("dangling", "nowhere"), ("nowhere", "far")] {
        let args = ["tcp-client", "127.0.0.1", "1", "--write", packets, "--record", record];
        let (code, told) = refused(folder.path(), &args);
        assert_eq!(code, Some(2), "{packets} {record}: {told}");
        assert!(told.contains("file for packets"), "{told}");
    }
}
