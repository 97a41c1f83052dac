//! Examinations that are over, read as programs read them.
#![cfg(test)]

use std::process::Command;

use serde_json::Value;

use crate::network::{Host, Network};
use crate::support::Program;
use crate::tools::events;

/// An examination that is over.
#[derive(Debug)]
pub struct Examined {
    pub code: Option<i32>,
    pub lines: Vec<String>,
}

impl Examined {
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        let mut program = Program::start(command);
        program.end_input();
        let (status, lines) = program.finish();
        assert!(!lines.iter().any(|line| line.contains("panicked")), "{}", lines.join("\n"));
        Self { code: status.code(), lines }
    }

    /// On the client of a network, with an object for each check.
    #[track_caller]
    pub fn events(network: &Network, arguments: &[&str]) -> Self {
        let all = [&["doctor"], arguments, &["--format", "json"]].concat();
        Self::of(&mut network.on(Host::Client, env!("CARGO_BIN_EXE_netlab"), &all))
    }

    /// On the client of a network, for people.
    #[track_caller]
    pub fn text(network: &Network, arguments: &[&str]) -> Self {
        let all = [&["doctor"], arguments].concat();
        Self::of(&mut network.on(Host::Client, env!("CARGO_BIN_EXE_netlab"), &all))
    }

    pub fn checks(&self) -> Vec<Value> {
        events(&self.lines, "check")
    }

    /// The first check of that name whose text contains this.
    #[track_caller]
    pub fn check(&self, name: &str, text: &str) -> Value {
        let is = |check: &Value| {
            check["name"] == name && check["text"].as_str().is_some_and(|all| all.contains(text))
        };
        let found = self.checks().into_iter().find(is);
        found.unwrap_or_else(|| panic!("{name}, {text:?} in\n{}", self.short()))
    }

    /// The same, of that level, with that exit code.
    #[track_caller]
    pub fn says(&self, name: &str, level: &str, text: &str) -> Value {
        let check = self.check(name, text);
        assert_eq!(check["level"], level, "{check:#}");
        check
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.short());
        self
    }

    /// What was said, without the calls.
    pub fn short(&self) -> String {
        let of = |line: &String| match serde_json::from_str::<Value>(line) {
            Ok(check) if check["event"] == "check" => {
                let [name, level] = ["name", "level"].map(|field| check[field].to_string());
                format!("{name} {level} {}", whole(&check))
            }
            _ => line.clone(),
        };
        self.lines.iter().map(of).collect::<Vec<_>>().join("\n")
    }

    /// The verdict.
    #[track_caller]
    pub fn verdict(&self) -> Value {
        events(&self.lines, "doctor").pop().unwrap_or_else(|| panic!("{:#?}", self.lines))
    }
}

/// Everything that a check says, in one text.
pub fn whole(check: &Value) -> String {
    let details = check["details"].as_array().into_iter().flatten();
    let details = details.filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
    let [text, remedy, next] =
        ["text", "remedy", "next"].map(|name| check[name].as_str().unwrap_or_default());
    format!("{text}\n{details}\n{remedy}{next}")
}
