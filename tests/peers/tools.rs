//! What these tests share: peers, what they print, and the witness `ss`.
#![cfg(test)]

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::support::{FUSE, Program, has, netlab, skip};

/// True when one of the programs is not there; the test says so and ends.
pub fn missing(test: &str, programs: &[&str]) -> bool {
    let lacking = programs.iter().find(|program| !has(program));
    if let Some(program) = lacking {
        skip(test, &format!("{program} is not installed"));
    }
    lacking.is_some()
}

/// True when the test may not do what only root may; the test says so and ends.
pub fn unprivileged(test: &str) -> bool {
    let root = output(Command::new("id").arg("-u")).trim() == "0";
    if !root {
        skip(test, "needs root");
    }
    !root
}

/// What a program that ends by itself prints.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let done = command.stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("{command:?} starts: {error}"));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{text}{told}", done.status);
    text
}

/// Starts a program.
pub fn start(program: &str, arguments: &[&str]) -> Program {
    Program::start(Command::new(program).args(arguments))
}

/// A command that runs one of the Python programs beside this file.
pub fn python(program: &str, arguments: &[&str]) -> Command {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/python");
    let mut command = Command::new("python3");
    command.env("PYTHONUTF8", "1").arg(format!("{folder}/{program}")).args(arguments);
    command
}

/// Starts one of the Python programs.
pub fn start_python(program: &str, arguments: &[&str]) -> Program {
    Program::start(&mut python(program, arguments))
}

/// Starts netlab with these arguments and nothing else.
pub fn start_netlab(arguments: &[&str]) -> Program {
    Program::start(netlab().args(arguments))
}

/// A port that nobody had a moment ago, for peers that cannot tell which one they got.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// The number at the end of a line.
#[track_caller]
pub fn number_at_the_end(line: &str) -> u16 {
    let digits = line.rsplit(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty());
    digits.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("a number in {line:?}"))
}

/// This machine's name, as its kernel knows it.
pub fn host_name() -> String {
    output(Command::new("uname").arg("-n")).trim().to_owned()
}

/// A text without control characters. netlab begins its name with NUL, so that another netlab
/// recognises it; a terminal shows nothing for it, but a test that compares bytes sees it.
pub fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The client's own port, from its endpoint table.
#[track_caller]
pub fn source_port(client: &mut Program) -> u16 {
    let row = client.until("Source port");
    cells(&row).get(1).and_then(|cell| cell.parse().ok()).expect("a port in the second column")
}

/// The cells of a row of a table.
pub fn cells(row: &str) -> Vec<String> {
    let cells = row.split(['│', '┆', '|']).map(|cell| cell.trim().to_owned());
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// Waits until the client is connected: its endpoint table is drawn.
#[track_caller]
pub fn connected(mut client: Program) -> Program {
    client.until("Destination port");
    client
}

/// The events of that name among lines of JSON.
pub fn events(lines: &[String], name: &str) -> Vec<Value> {
    let all = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter(|event| event["event"] == name).collect()
}

/// Waits for an event of that name in JSON output.
#[track_caller]
pub fn until_event(program: &mut Program, name: &str) -> Value {
    let line = program.until(&format!(r#"{{"event":"{name}""#));
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// The port in the event `listening`.
#[track_caller]
pub fn json_port(server: &mut Program) -> u16 {
    let event = until_event(server, "listening");
    event["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port")
}

/// Runs a command again and again until its output is as it should be.
#[track_caller]
pub fn poll<T>(mut look: impl FnMut() -> String, mut judge: impl FnMut(&str) -> Option<T>) -> T {
    let end = Instant::now() + FUSE;
    loop {
        let seen = look();
        if let Some(found) = judge(&seen) {
            return found;
        }
        assert!(Instant::now() < end, "it never came to be; last seen:\n{seen}");
    }
}

/// Ends a program that was told to end, and wants it to say that all went well.
#[track_caller]
pub fn ends_well(program: Program) -> Vec<String> {
    let (status, lines) = program.finish();
    assert!(status.success(), "{status}; it printed:\n{}", lines.join("\n"));
    lines
}
