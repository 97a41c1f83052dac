//! A network namespace in which scripts of this folder make sockets, and what is said of them.
#![cfg(test)]

use std::process::Command;

use serde_json::Value;

use crate::namespace::Namespace;
use crate::support::{Program, netlab};
use crate::tools::output;

/// A namespace with a loopback interface, and one behind which nobody is: `d0`.
pub struct Lab(Namespace);

impl Lab {
    /// Makes it, or says why not.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        let namespace = Namespace::new(test, tag)?;
        namespace.ip(&[
            "link add d0 type veth peer name d1",
            "link set d0 arp off",
            "link set d1 up",
            "link set d0 up",
            "addr add 10.99.0.1/24 dev d0",
            "addr add fd99::1/64 dev d0 nodad",
        ]);
        Some(Self(namespace))
    }

    /// A program inside.
    pub fn on(&self, program: &str, arguments: &[&str]) -> Command {
        self.0.on(program, arguments)
    }

    /// A script of this folder, started inside, when it has said "ready".
    pub fn script(&self, name: &str, arguments: &[&str]) -> Program {
        let path = format!("{}/tests/sockets/python/{name}", env!("CARGO_MANIFEST_DIR"));
        let mut program = Program::start(&mut self.on("python3", &[&[&*path], arguments].concat()));
        program.until("ready");
        program
    }

    /// Every socket inside, as `netlab endpoints` has it.
    pub fn sockets(&self, arguments: &[&str]) -> Vec<Value> {
        let path = netlab().get_program().to_string_lossy().into_owned();
        let all = [&["endpoints", "--format", "json"], arguments].concat();
        let lines = output(&mut self.on(&path, &all));
        let rows = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        rows.filter(|row: &Value| row["event"] == "socket").collect()
    }

    /// Every socket inside, as `ss` has it: one line each, without a heading.
    pub fn ss(&self, options: &str) -> Vec<String> {
        output(&mut self.on("ss", &[options])).lines().map(str::to_owned).collect()
    }
}
