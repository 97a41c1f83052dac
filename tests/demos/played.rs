//! A demo that was played, as its events tell it.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::judge::{Calls, below, seen};
use crate::support::{has, netlab};
use crate::tools::output;

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever runs the tests: root, in the project's own checks.
    Me,
    /// A user without any privilege or group.
    Nobody,
}

const NOBODY: &str = "65534";

/// A demo's events.
pub struct Played {
    pub events: Vec<Value>,
}

/// The names of all demos, from the list.
pub fn all() -> Vec<String> {
    let list = output(netlab().args(["demo", "list", "--format", "json"]));
    let names = list.lines().map(|line| {
        let scene: Value = serde_json::from_str(line).expect("JSON");
        scene["name"].as_str().expect("a name").to_owned()
    });
    names.filter(|name| name != "tour").collect()
}

/// Plays a demo to its end; without a name, the tour.
#[track_caller]
pub fn play(name: &str, who: Who) -> Played {
    play_with(name, who, &[])
}

/// The same, with more words on the command line.
#[track_caller]
pub fn play_with(name: &str, who: Who, more: &[&str]) -> Played {
    Played::of(&run(name, who, &[], &[&["--format", "json"], more].concat()))
}

/// Plays a demo below strace, with a record: what the record tells, and the calls that strace saw.
#[track_caller]
pub fn judged(name: &str, who: Who, more: &[&str]) -> (Played, Calls) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("it is mine");
    let [log, record] = ["log", "run.jsonl"].map(|name| folder.path().join(name));
    let below = below(&log);
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    run(name, who, &below, &[&["--record", &record.display().to_string()], more].concat());
    (Played::of(&fs::read_to_string(record).expect("a record")), seen(&log))
}

/// Runs netlab, with words before and after; what it prints.
#[track_caller]
fn run(name: &str, who: Who, below: &[&str], more: &[&str]) -> String {
    let root = output(Command::new("id").arg("-u")).trim() == "0";
    let folder = tempfile::tempdir().expect("a folder");
    let own = env!("CARGO_BIN_EXE_netlab");
    let mut words: Vec<String> = below.iter().map(|&word| word.to_owned()).collect();
    if who == Who::Nobody && root && has("setpriv") {
        // The build's folder may be nobody's business. Another program writes the copy: a file that is
        // open here for writing would be so in what other tests start meanwhile, and cannot be run.
        let copy = folder.path().join("netlab").display().to_string();
        output(Command::new("install").args(["-m", "755", own, &copy]));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is mine");
        let nobody = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", &copy];
        words.extend(nobody.map(str::to_owned));
    } else {
        words.push(own.to_owned());
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg("demo").args((!name.is_empty()).then_some(name));
    let done = command.args(more).stdin(Stdio::null()).output().expect("it starts");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && told.is_empty(), "{name} by {who:?}: {}\n{told}", done.status);
    String::from_utf8(done.stdout).expect("UTF-8")
}

impl Played {
    #[track_caller]
    pub fn of(text: &str) -> Self {
        let events = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        Self { events }
    }

    /// The events of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |event| event["event"] == name)
    }

    /// The value of a fact.
    #[track_caller]
    pub fn fact(&self, name: &str) -> &Value {
        let mut facts = self.all("fact").filter(|fact| fact["name"] == name);
        let fact = facts.next().unwrap_or_else(|| panic!("no fact {name}"));
        assert!(facts.next().is_none(), "the fact {name} is told twice");
        &fact["value"]
    }

    /// A fact that is a number.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        self.fact(name).as_i64().unwrap_or_else(|| panic!("{name} is a number"))
    }

    /// The calls of an end, in order: name, result in words, number of the error.
    pub fn calls(&self, end: &str, name: &str) -> Vec<&Value> {
        self.all("call").filter(|call| call["end"] == end && call["call"] == name).collect()
    }

    /// When the last event happened, in nanoseconds since the first.
    pub fn length(&self) -> u64 {
        self.events.iter().filter_map(|event| event["t_ns"].as_u64()).max().unwrap_or(0)
    }
}
