//! A run of `netlab trace` that is over: its page and its record.
#![cfg(test)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::unistd::geteuid;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{netlab, skip};
use crate::tools::missing;

/// A folder in which programs meet: the one writes its port there, the other reads it.
pub struct Place(pub TempDir);

/// What came of a run.
pub struct Ran {
    pub output: Output,
    pub page: String,
    pub record: Vec<Value>,
    pub place: Place,
}

/// A program of these tests.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trace/python").join(name)
}

/// Python as Debian installs it: a shim in PATH may be a shell script that starts other programs.
pub fn python() -> &'static str {
    if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" }
}

impl Place {
    /// A new one; none where the tools are not installed.
    pub fn new(test: &str) -> Option<Self> {
        if missing(test, &["strace", "python3"]) {
            return None;
        }
        Some(Self(tempfile::tempdir().expect("a folder")))
    }

    pub fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A command line for `--server` or `--client`: a script, the file with the port, and more.
    pub fn words(&self, name: &str, more: &str) -> String {
        format!("{} '{}' '{}' {more}", python(), script(name).display(), self.file("port"))
    }

    /// Runs netlab with a record, and with this input.
    #[track_caller]
    pub fn run(self, arguments: &[&str], input: &str) -> Ran {
        let mut command = netlab();
        command.args(["trace", "--record", &self.file("run.jsonl")]).args(arguments);
        self.finish(command, input)
    }

    /// Runs two programs.
    #[track_caller]
    pub fn pair(self, server: &str, client: &str, more: &[&str], input: &str) -> Ran {
        let both = [&["--server", server, "--client", client], more].concat();
        self.run(&both, input)
    }

    #[track_caller]
    fn finish(self, mut command: Command, input: &str) -> Ran {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("netlab starts");
        // A program that reads nothing may have ended before.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it was started");
        let record = fs::read_to_string(self.file("run.jsonl")).unwrap_or_default();
        let record = record.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let page = String::from_utf8_lossy(&output.stdout).into_owned();
        Ran { output, page, record, place: self }
    }
}

impl Ran {
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(code), "{}\n{}", self.page, self.errors());
        self
    }

    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The calls of an end, `A bind(…) = 0`, without those for which Python has its own reasons.
    pub fn calls(&self, end: &str) -> Vec<String> {
        self.events("call")
            .filter(|event| event["end"] == end)
            .filter(|event| {
                !["getsockname", "getpeername", "getsockopt", "ioctl", "fcntl", "poll"]
                    .iter()
                    .any(|name| event["call"] == **name)
            })
            .map(|event| {
                let text = event["text"].as_str().expect("a text");
                format!("{} {text}", event["socket"].as_str().expect("a label"))
            })
            .collect()
    }

    pub fn events<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.record.iter().filter(move |event| event["event"] == name)
    }

    /// What became of a program: the event in which it ended.
    #[track_caller]
    pub fn end(&self, end: &str) -> &Value {
        self.events("program")
            .find(|event| event["end"] == end && event["program"] == "ended")
            .unwrap_or_else(|| panic!("{end} ended: {:#?}", self.record))
    }
}

/// Whether packets may be captured here; says so where not.
pub fn may_capture(test: &str) -> bool {
    if !geteuid().is_root() {
        skip(test, "capturing needs root");
    }
    geteuid().is_root()
}

/// Ports are the system's choice, and another one each time.
pub fn without_ports(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at + 1);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        out += before;
        out += if digits > 1 { "PORT" } else { &after[..digits] };
        rest = &after[digits..];
    }
    out + rest
}
