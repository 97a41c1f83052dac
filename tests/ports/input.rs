//! Lists in the standard input.

use std::io::{Read, Write};
use std::process::Stdio;

use serde_json::json;

use crate::support::{Program, netlab};
use crate::{classify_lines, feed, objects, text};

#[test]
fn one_a_line_with_comments_and_every_kind_of_line_end() {
    let input = "\u{feff}22\r\n\n# servers\n80/tcp   # the web\nhttps\n6000-6001";
    let found = objects(&classify_lines(&["--format", "json"], input));
    let ports: Vec<_> = found.iter().map(|object| object["port"].clone()).collect();
    assert_eq!(ports, [json!(22), json!(80), json!(443), json!(6000), json!(6001)]);
    let page = text(&classify_lines(&[], input));
    assert!(page.contains("ssh") && page.contains("[This machine]"), "{page}");
}

#[test]
fn bad_lines_are_told_with_their_numbers_and_good_ones_are_answered() {
    let output = classify_lines(&[], "22\n70000\n\n6OOO\n443\n");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for words in ["\"70000\"", "line 2 of the input", "\"6OOO\"", "line 4 of the input"] {
        assert!(told.contains(words), "{words} in\n{told}");
    }
    let page = text(&output);
    assert!(page.contains("ssh") && page.contains("https"), "{page}");
}

#[test]
fn all_ports_are_answered_in_their_order() {
    let all: Vec<String> = (0..=u16::MAX).map(|port| port.to_string()).collect();
    let all = all.join("\n");
    let output = classify_lines(&["--format", "json"], &all);
    assert_eq!(output.status.code(), Some(0));
    for (expected, line) in text(&output).lines().enumerate() {
        let begin = format!("{{\"event\":\"port\",\"asked\":\"{expected}\",\"port\":{expected},");
        assert!(line.starts_with(&begin), "{line}");
    }
    assert_eq!(text(&output).lines().count(), 65_536);
    assert!(text(&classify_lines(&[], &all)).lines().count() > 65_536);
}

#[test]
fn a_line_without_end_is_not_kept() {
    let mut input = b"22\n".to_vec();
    input.extend(std::iter::repeat_n(b'9', 8 << 20));
    input.extend(b"\n443\n\xff\xfe\x00\n");
    let output = feed(netlab().arg("classify-port"), &input);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("line 2 of the input; longer than 200 bytes"), "{told}");
    assert!(told.contains("line 4 of the input") && told.len() < 2000, "{told}");
    assert!(text(&output).contains("https"));
}

#[test]
fn whoever_waits_for_an_answer_gets_it() {
    let mut program = Program::start(netlab().args(["classify-port", "--format", "json"]));
    program.type_line("22");
    program.until("\"ssh\"");
    program.type_line("443");
    program.until("\"https\"");
    program.end_input();
    let (status, _) = program.finish();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn it_ends_when_nobody_reads_any_more() {
    let mut command = netlab();
    command.arg("classify-port").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = child.stdout.take().expect("a pipe");
    stdin.write_all(b"22\n").expect("it reads");
    let mut first = [0];
    stdout.read_exact(&mut first).expect("an answer");
    drop(stdout);
    // Its input never ends; it does.
    while stdin.write_all(b"80\n443\n").is_ok() {}
    assert_eq!(child.wait().expect("it was started").code(), Some(0));
}

#[test]
fn an_answer_that_finds_no_room_is_an_error() {
    for arguments in
        [&["6000"][..], &["22", "80"], &["--search", "mail"], &["0", "--format", "json"]]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut command = netlab();
        command.arg("classify-port").args(arguments).stdin(Stdio::null()).stdout(full);
        let output = command.output().expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {errors}");
        assert!(errors.contains("the standard output failed: no space left"), "{errors}");
    }
}
