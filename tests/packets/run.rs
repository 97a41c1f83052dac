//! Runs of netlab that capture: the page, the record and the file of each.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Program;

/// A run with a record and a file of packets.
pub struct Run {
    pub program: Program,
    folder: TempDir,
}

impl Run {
    /// Starts netlab with `--packets`, `--record` and `--write`.
    #[track_caller]
    pub fn start(command: &mut Command, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        command.args(arguments).arg("--packets");
        command.arg("--record").arg(folder.path().join("run.jsonl"));
        command.arg("--write").arg(folder.path().join("run.pcapng"));
        Self { program: Program::start(command), folder }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(self, code: i32) -> Ended {
        let (status, lines) = self.program.finish();
        assert_eq!(status.code(), Some(code), "{}", lines.join("\n"));
        let record = fs::read_to_string(self.folder.path().join("run.jsonl")).expect("a record");
        let record = record.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        Ended { lines, record, folder: self.folder }
    }

    /// Presses Ctrl-C.
    #[track_caller]
    pub fn interrupt(self, code: i32) -> Ended {
        let number = i32::try_from(self.program.child.id()).expect("a process number");
        kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
        self.end(code)
    }
}

/// A run that is over.
pub struct Ended {
    pub lines: Vec<String>,
    pub record: Vec<Value>,
    folder: TempDir,
}

impl Ended {
    /// The file for Wireshark.
    pub fn file(&self) -> PathBuf {
        Path::new(self.folder.path()).join("run.pcapng")
    }

    /// The events of that name.
    pub fn all(&self, name: &str) -> Vec<&Value> {
        self.record.iter().filter(|event| event["event"] == name).collect()
    }

    /// The packets of a protocol.
    pub fn packets(&self, protocol: &str) -> Vec<&Value> {
        self.all("packet").into_iter().filter(|packet| packet["protocol"] == protocol).collect()
    }

    /// The only event of that name.
    #[track_caller]
    pub fn only(&self, name: &str) -> &Value {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {:#?}", self.record);
        all[0]
    }

    /// The place in the record of the first event that fits.
    #[track_caller]
    pub fn place(&self, what: &str, fits: impl Fn(&Value) -> bool) -> usize {
        let place = self.record.iter().position(fits);
        place.unwrap_or_else(|| panic!("{what} in {:#?}", self.record))
    }

    /// Nothing was lost, and the report has counted what is in the record.
    #[track_caller]
    pub fn is_complete(&self) {
        let report = self.only("capture_report");
        assert_eq!(report["dropped"], 0, "{report}");
        assert_eq!(report["packets"], self.all("packet").len(), "{report}");
    }
}

/// Whether it is that call.
pub fn is_call(event: &Value, text: &str) -> bool {
    event["event"] == "call" && event["text"].as_str().is_some_and(|call| call.starts_with(text))
}

/// Whether it is a segment with these flags.
pub fn is_segment(event: &Value, flags: &[&str]) -> bool {
    event["event"] == "packet" && event["flags"] == serde_json::json!(flags)
}
