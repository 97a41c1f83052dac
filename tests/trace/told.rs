//! What is told is what strace saw, and nothing of it acts on a terminal.
#![cfg(test)]

use std::fs;
use std::process::Command;

use crate::ran::{Place, python, script};

/// The calls on sockets in a log of strace: the name, and the result up to its first word.
fn by_strace(log: &str) -> Vec<String> {
    let on_socket = |line: &&str| {
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let socket = call.starts_with("socket(AF_INET");
        let first = call.split_once('(').map_or("", |(_, rest)| rest);
        let number = first.trim_start_matches(|c: char| c.is_ascii_digit());
        socket || number.starts_with("<TCP:")
    };
    let parts = |line: &str| {
        let (_, call) = line.split_once(' ').expect("a thread");
        let (name, rest) = call.trim_start().split_once('(').expect("arguments");
        let (_, result) = rest.rsplit_once(") = ").or(rest.rsplit_once(" = ")).expect("a result");
        let mut words = result.trim().split([' ', '<']);
        let first = words.next().expect("a word").to_owned();
        let error = if first == "-1" { words.next().map(|e| format!(" {e}")) } else { None };
        format!("{name} = {first}{}", error.unwrap_or_default())
    };
    log.lines().filter(on_socket).map(parts).collect()
}

#[test]
fn calls_are_those_of_strace_in_its_order() {
    let Some(place) = Place::new("calls_are_those_of_strace_in_its_order") else { return };
    let log = place.file("strace.log");
    let plain = Command::new("strace")
        .args(["-f", "-yy", "-o", &log, python()])
        .arg(script("both_ends.py"))
        .output()
        .expect("strace runs");
    assert!(plain.status.success(), "{plain:?}");
    let expected = by_strace(&fs::read_to_string(&log).expect("a log"));
    assert!(expected.len() >= 20, "{expected:?}");
    let file = script("both_ends.py").display().to_string();
    let ran = place.run(&["--all", "--", python(), &file], "").code(0);
    // A new socket has a label here and a descriptor there; addresses are there in the arguments.
    let mut number = 2;
    let told: Vec<String> = ran
        .events("call")
        .map(|event| {
            let name = event["system_call"].as_str().expect("a name");
            let result = match (&event["error"]["name"], &event["result"]) {
                (serde_json::Value::String(error), _) => format!("-1 {error}"),
                (_, serde_json::Value::Object(fields)) if fields.contains_key("socket") => {
                    number += 1;
                    number.to_string()
                }
                (_, serde_json::Value::Number(result)) => result.to_string(),
                _ => "0".to_owned(),
            };
            format!("{name} = {result}")
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn nothing_that_a_program_says_acts_on_the_terminal() {
    let Some(place) = Place::new("nothing_that_a_program_says_acts_on_the_terminal") else {
        return;
    };
    let file = script("both_ends.py").display().to_string();
    let hostile = "\u{1b}]0;title\u{7}\u{1b}[31m\"'<unfinished ...>\u{202e}";
    let ran = place.run(&["--", python(), &file, hostile, "a\nb"], "").code(0);
    let control = |text: &str| text.chars().any(|c| c != '\n' && c.is_control());
    assert!(!control(&ran.page), "{:?}", ran.page);
    assert!(
        ran.page.contains("^[[31m") && ran.page.contains(r#"a "quoted" \ line"#),
        "{}",
        ran.page
    );
    let start = ran.events("program").next().expect("it starts");
    assert_eq!(start["command"][2], "^[]0;title^G^[[31m\"'<unfinished ...><U+202E>");
}

#[test]
fn ascii_is_ascii_and_other_formats_are_whole() {
    let Some(place) = Place::new("ascii_is_ascii_and_other_formats_are_whole") else { return };
    let file = script("both_ends.py").display().to_string();
    let ran = place.run(&["--ascii", "--explain", "--", python(), &file], "").code(0);
    assert!(ran.page.is_ascii(), "{}", ran.page);
    for words in ["Why each call", "the system call is recvfrom"] {
        assert!(ran.page.contains(words), "{words} in\n{}", ran.page);
    }
    let ran = ran.place.run(&["--format", "json", "--", python(), &file], "").code(0);
    let lines: Vec<serde_json::Value> =
        ran.page.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0]["event"], "header");
    assert!(lines.iter().any(|it| it["event"] == "message" && it["text"] == "ok"));
    assert_eq!(lines.last().map(|it| it["event"].clone()), Some("end".into()));
    let ran = ran.place.run(&["--format", "markdown", "--", python(), &file], "").code(0);
    assert!(ran.page.contains("```mermaid") && ran.page.contains("| Protocol"), "{}", ran.page);
    let html = ran.place.file("picture.html");
    let ran = ran.place.run(&["--html", &html, "--", python(), &file], "").code(0);
    let html = fs::read_to_string(html).expect("a page");
    assert!(html.contains("<svg") && html.contains("both_ends.py"), "{html}");
    drop(ran);
}

#[test]
fn a_wait_with_a_timeout_is_drawn() {
    let Some(place) = Place::new("a_wait_with_a_timeout_is_drawn") else { return };
    let code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
        s.bind(('127.0.0.1', 0)); s.settimeout(0.1)\n\
        try: s.recv(10)\n\
        except TimeoutError: print('nothing came')";
    let ran = place.run(&["--no-packets", "--", python(), "-c", code], "").code(0);
    let poll = ran.events("call").find(|it| it["call"] == "poll").expect("Python waits there");
    assert!(poll["took_ns"].as_u64() >= Some(90_000_000), "{poll}");
    assert_eq!((&poll["text"], &poll["result"]), (&"poll(1 socket) = 0".into(), &0.into()));
    assert!(ran.page.contains("poll(1 socket)"), "{}", ran.page);
}

#[test]
fn what_is_typed_goes_to_the_program() {
    let Some(place) = Place::new("what_is_typed_goes_to_the_program") else { return };
    let code = "import socket; socket.socket(); print('hi ' + input('who? '))";
    let ran = place.run(&["--no-packets", "--", python(), "-c", code], "Ada\n").code(0);
    assert!(ran.page.starts_with("who? hi Ada\n"), "{}", ran.page);
}
