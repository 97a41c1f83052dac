//! `classify-port` as a user runs it: questions, nonsense, lists, and this machine's own rules.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod answers;
mod input;
mod machine;
mod nonsense;
#[path = "../support/parts.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod parts;
mod screen;
mod services;
mod start;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use support::{has, netlab};

/// netlab where nobody has a port: in a network namespace of its own, if these tests may make one.
fn alone() -> Command {
    if !(nix::unistd::geteuid().is_root() && has("unshare")) {
        return netlab();
    }
    let mut command = Command::new("unshare");
    command.args(["-n", env!("CARGO_BIN_EXE_netlab")]);
    command
}

/// What netlab says to these arguments, without any input.
fn classify(arguments: &[&str]) -> Output {
    let mut command = alone();
    command.arg("classify-port").args(arguments).stdin(Stdio::null());
    command.output().expect("it starts")
}

/// The same, with this input.
fn classify_lines(arguments: &[&str], input: &str) -> Output {
    let mut command = alone();
    command.arg("classify-port").args(arguments);
    feed(&mut command, input.as_bytes())
}

/// Runs a command with this input.
fn feed(command: &mut Command, input: &[u8]) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // It answers while it reads, so both have to go on at once.
    let writer = std::thread::Builder::new().spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    // Whoever has ended reads no more.
    let _ = writer.expect("a thread").join();
    output
}

/// The standard output.
fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The objects in the standard output.
fn objects(output: &Output) -> Vec<Value> {
    let text = text(output);
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// The object about one port.
#[track_caller]
fn object(what: &str) -> Value {
    let output = classify(&[what, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{what}: {output:?}");
    let objects = objects(&output);
    assert_eq!(objects.len(), 1, "{what}: {objects:?}");
    objects[0].clone()
}
