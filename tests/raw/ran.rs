//! Runs of netlab and of ping that are over, and numbers in events.
#![cfg(test)]

use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::network::{Host, Network};
use crate::support::Program;
use crate::tools::events;

/// A run that is over.
pub struct Ran {
    pub code: Option<i32>,
    pub lines: Vec<String>,
}

impl Ran {
    #[track_caller]
    pub fn of(program: Program) -> Self {
        let (status, lines) = program.finish();
        let panicked = lines.iter().any(|line| line.contains("panicked"));
        assert!(!panicked, "{}", lines.join("\n"));
        Self { code: status.code(), lines }
    }

    /// Runs netlab on the client to its end, with events.
    #[track_caller]
    pub fn events(network: &Network, arguments: &[&str]) -> Self {
        Self::of(network.events(arguments))
    }

    /// Runs netlab on the client to its end, with text.
    #[track_caller]
    pub fn text(network: &Network, arguments: &[&str]) -> Self {
        Self::of(network.netlab(arguments))
    }

    /// Runs iputils' ping on the client to its end.
    #[track_caller]
    pub fn ping(network: &Network, arguments: &[&str]) -> Self {
        Self::of(Program::start(&mut network.on(Host::Client, "ping", arguments)))
    }

    /// The exit code, with what was printed if it is another one.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.lines.join("\n"));
        self
    }

    /// The events of that name.
    pub fn all(&self, name: &str) -> Vec<Value> {
        events(&self.lines, name)
    }

    /// The only event of that name.
    #[track_caller]
    pub fn only(&self, name: &str) -> Value {
        let mut all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in\n{}", self.lines.join("\n"));
        all.remove(0)
    }

    /// What became of the probes to the first host.
    #[track_caller]
    pub fn first_host(&self) -> Value {
        self.only("ping_report")["hosts"][0].clone()
    }

    /// The same with lines that were too long for the page in one piece again: what is behind the
    /// width stands below, four columns to the right.
    #[must_use]
    pub fn unwrapped(mut self) -> Self {
        let mut whole: Vec<String> = Vec::new();
        for line in self.lines {
            let indent = |line: &str| line.len() - line.trim_start().len();
            match whole.last_mut() {
                Some(last) if indent(&line) >= 4 && indent(&line) == indent(last) + 4 => {
                    *last = format!("{last} {}", line.trim_start());
                }
                _ => whole.push(line),
            }
        }
        self.lines = whole;
        self
    }

    /// The only line with these words.
    #[track_caller]
    pub fn line(&self, words: &str) -> &str {
        let mut found = self.lines.iter().filter(|line| line.contains(words));
        let line = found.next();
        assert!(line.is_some() && found.next().is_none(), "{words:?} in {:#?}", self.lines);
        line.map_or("", String::as_str)
    }
}

/// A field that is a whole number.
#[track_caller]
pub fn number(value: &Value, field: &str) -> u64 {
    value[field].as_u64().unwrap_or_else(|| panic!("{field} in {value:#}"))
}

/// A field that is a text.
#[track_caller]
pub fn word<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value:#}"))
}

/// A field that is a list.
#[track_caller]
pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("{field} in {value:#}"))
}

/// These fields have these values.
#[track_caller]
pub fn assert_numbers(value: &Value, expected: &[(&str, u64)]) {
    for (field, expected) in expected {
        assert_eq!(number(value, field), *expected, "{field} in {value:#}");
    }
}

/// The bytes of a field in hexadecimal.
#[track_caller]
pub fn bytes(value: &Value, field: &str) -> Vec<u8> {
    unhex(word(value, field))
}

/// The bytes of hexadecimal digits.
#[track_caller]
pub fn unhex(digits: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits");
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// Sends a signal to a program that this test has started.
#[track_caller]
pub fn signal(program: &Program, signal: Signal) {
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), signal).expect("it runs");
}

/// Presses Ctrl-C and waits for the end.
#[track_caller]
pub fn interrupted(program: Program) -> Ran {
    signal(&program, Signal::SIGINT);
    Ran::of(program)
}

/// What a program prints on its standard output, whatever its exit code is.
#[track_caller]
pub fn both_streams(command: &mut Command) -> (Option<i32>, String, std::process::Output) {
    let done = command.stdin(Stdio::null()).output().expect("it starts");
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned(), done)
}
