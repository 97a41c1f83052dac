//! A network namespace with sockets in known states, and what netlab says of sockets.
#![cfg(test)]

use std::process::{Command, Output};

use serde_json::Value;

use crate::namespace::Namespace;
use crate::support::{Program, netlab};

/// An address that has no shorter form.
pub const LONG: &str = "2001:db8:1234:5678:9abc:def0:1234:5678";

/// A namespace in which a program holds sockets in known states.
pub struct Lab {
    namespace: Namespace,
    /// Their ports, by name.
    pub ports: Value,
    pub holder: Program,
}

impl Lab {
    /// Makes it, or says why not.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        let namespace = Namespace::new(test, tag)?;
        namespace.ip(&[
            &format!("addr add {LONG}/128 dev lo nodad"),
            // What is sent there goes nowhere, and nobody says so.
            "link add nowhere type veth peer name beyond",
            "addr add 10.99.0.1/24 dev nowhere",
            "link set nowhere up",
            "link set beyond up",
            "neigh add 10.99.0.9 lladdr 02:00:00:99:00:09 dev nowhere",
        ]);
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/endpoints/python/known.py");
        let mut holder = Program::start(&mut namespace.on("python3", &[program, LONG]));
        let said = holder.until("states");
        let ports = serde_json::from_str(&said).expect("JSON");
        Some(Self { namespace, ports, holder })
    }

    /// The port with that name.
    #[track_caller]
    pub fn port(&self, name: &str) -> String {
        self.ports[name].as_u64().unwrap_or_else(|| panic!("the port {name}")).to_string()
    }

    /// A command in the namespace.
    pub fn inside(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.namespace.on(program, arguments);
        command.env_remove("NO_COLOR");
        command
    }

    /// `netlab endpoints` in the namespace.
    pub fn endpoints(&self, arguments: &[&str]) -> Ran {
        let all = [&["endpoints"], arguments].concat();
        Ran::of(&mut self.inside(env!("CARGO_BIN_EXE_netlab"), &all))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.holder.end_input();
    }
}

/// `netlab endpoints` where the test itself runs: see [`alone`](crate::namespace::alone).
pub fn endpoints(arguments: &[&str]) -> Ran {
    Ran::of(netlab().arg("endpoints").args(arguments))
}

/// What a run has printed.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub text: String,
    pub told: String,
}

impl Ran {
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: status.code(), text: text(stdout), told: text(stderr) }
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The objects with that event.
    #[track_caller]
    pub fn events(&self, name: &str) -> Vec<Value> {
        let objects = self.text.lines().map(|line| {
            let object: Value = serde_json::from_str(line).unwrap_or_else(|why| {
                panic!("{why}: {line}");
            });
            object
        });
        objects.filter(|object| object["event"] == name).collect()
    }
}
