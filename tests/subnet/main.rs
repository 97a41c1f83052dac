//! `netlab subnet` as a user runs it: Python's `ipaddress` as the judge of networks and plans, a campus
//! from its requirements to its picture, wrong plans with what is wrong in each, and bad input.
#![cfg(test)]

mod campus;
mod judge;
mod mutated;
mod page;
mod reader;
mod silent;
mod student;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
mod usage;
mod wrong;

use std::io::Write;
use std::process::{Output, Stdio};

/// Runs `netlab subnet` with a standard input.
fn subnet(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = support::netlab()
        .arg("subnet")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("netlab starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writing = std::thread::Builder::new().spawn(move || {
        // Who has no use for it does not read it.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("netlab ends");
    writing.expect("a thread").join().expect("it only writes");
    output
}

/// The same for what prints text, with its exit code.
fn said(arguments: &[&str], input: &str) -> (i32, String) {
    let output = subnet(arguments, input.as_bytes());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code().expect("an exit code"), text + &errors)
}

/// Objects of the JSON output, of one event.
fn objects(arguments: &[&str], input: &str, event: &str) -> Vec<serde_json::Value> {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let (_, text) = said(&all, input);
    text.lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|object| object["event"] == event)
        .collect()
}

/// A file of the campus.
fn campus_file(name: &str) -> String {
    format!("{}/tests/subnet/campus/{name}", env!("CARGO_MANIFEST_DIR"))
}
