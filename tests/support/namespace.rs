//! A network namespace of one test: in it are the sockets that the test makes, and no others. And the
//! rows of `ss`, read.
#![cfg(test)]

use std::process::{Command, id};

use nix::sched::{CloneFlags, unshare};

use crate::tools::{missing, output, unprivileged};

/// A network namespace that vanishes with the test, also with one that fails.
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes it, with a loopback interface, or says why not. Names of namespaces are the whole
    /// system's, so each test has a tag.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        if missing(test, &["ip", "ss", "python3", "sysctl"]) || unprivileged(test) {
            return None;
        }
        let namespace = Self { name: format!("netlab-sockets-{}-{tag}", id()) };
        output(Command::new("ip").args(["netns", "add", &namespace.name]));
        namespace.ip(&["link set lo up"]);
        let groups = "net.ipv4.ping_group_range=0 2147483647";
        output(&mut namespace.on("sysctl", &["-qw", groups]));
        Some(namespace)
    }

    /// Sets the namespace up: `link set lo up`, as many as there are.
    pub fn ip(&self, lines: &[&str]) {
        for line in lines {
            output(Command::new("ip").args(["-n", &self.name]).args(line.split(' ')));
        }
    }

    /// A program inside.
    pub fn on(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]).args(arguments);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// From here on this test has a network namespace of its own, and so has what it starts: each test
/// is a thread. Without root it stays where it is, beside the sockets of others.
pub fn alone() {
    if unshare(CloneFlags::CLONE_NEWNET).is_ok() {
        output(Command::new("ip").args(["link", "set", "lo", "up"]));
    }
}

/// A row of `ss -Htuwan`, with its words in the standard's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsRow {
    pub transport: String,
    pub state: &'static str,
    pub receive: String,
    pub send: String,
    /// Address and port: `127.0.0.1 6000`; 0 where there is no port.
    pub source: String,
    pub destination: String,
    /// The first program that holds it.
    pub pid: Option<String>,
}

impl SsRow {
    /// Reads a line.
    #[track_caller]
    pub fn read(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [transport, state, receive, send, source, destination] = words[..6] else {
            panic!("six words in {line:?}")
        };
        let pid = words.get(6).and_then(|users| users.split("pid=").nth(1)?.split(',').next());
        let side = |side: &str| {
            let (ip, port) = side.rsplit_once(':').expect("a port");
            let ip = ip.trim_matches(['[', ']']).split('%').next().unwrap_or_default();
            // An asterisk is all addresses of both families, or of IPv6 for raw sockets.
            let ip = if ip == "*" { "::" } else { ip };
            format!("{ip} {}", port.replace('*', "0"))
        };
        Self {
            transport: transport.to_owned(),
            state: state_of(transport, state),
            receive: receive.to_owned(),
            send: send.to_owned(),
            source: side(source),
            destination: side(destination),
            pid: pid.map(str::to_owned),
        }
    }
}

/// `ss` has its own names for states.
#[track_caller]
fn state_of(transport: &str, state: &str) -> &'static str {
    match (transport, state) {
        (_, "UNCONN") => "UNCONNECTED",
        ("tcp", "ESTAB") => "ESTABLISHED",
        (_, "ESTAB") => "CONNECTED",
        (_, "SYN-RECV") => "SYN-RECEIVED",
        (_, "LISTEN") => "LISTEN",
        (_, "SYN-SENT") => "SYN-SENT",
        (_, "FIN-WAIT-1") => "FIN-WAIT-1",
        (_, "FIN-WAIT-2") => "FIN-WAIT-2",
        (_, "CLOSE-WAIT") => "CLOSE-WAIT",
        (_, "CLOSING") => "CLOSING",
        (_, "LAST-ACK") => "LAST-ACK",
        (_, "TIME-WAIT") => "TIME-WAIT",
        (_, state) => panic!("a state that ss has not told before: {state}"),
    }
}
