//! What these tests share: a network of their own, a host in it that lies, and pings that are over.
#![cfg(test)]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::lab;
use crate::support::{Program, has, netlab, skip};

/// The lying host, and whom it lies to, by IPv4 and by IPv6. Both are this machine.
pub const LIARS: [Liar; 2] = [
    Liar { host: "127.0.0.2", own: "127.0.0.1", third: "10.9.0.77", v6: false },
    Liar { host: "fd77::2", own: "fd77::1", third: "fd99::77", v6: true },
];
pub const LIAR: Liar = LIARS[0];

/// Addresses: the lying host, who asks it, and somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Liar {
    pub host: &'static str,
    pub own: &'static str,
    pub third: &'static str,
    pub v6: bool,
}

impl Liar {
    /// Starts the host: its first answer is as the first plan says, and so on.
    #[track_caller]
    pub fn answers(&self, plans: &[impl AsRef<str>]) -> Peer {
        let mut all = vec![self.host];
        all.extend(plans.iter().map(AsRef::as_ref));
        Peer::start("peer.py", &all)
    }

    /// A ping of as many probes as there are plans, whose answers are as planned.
    #[track_caller]
    pub fn pinged(&self, plans: &[impl AsRef<str>], options: &[&str]) -> Pinged {
        let peer = self.answers(plans);
        let count = plans.len().to_string();
        let own = [self.host, "-I", self.own, "-c", &count];
        let soon: &[&str] = if options.contains(&"-i") { &[] } else { &["-i", "0.02"] };
        let pinged = ping(&[&own, soon, options].concat());
        peer.end();
        pinged
    }
}

/// A Python program beside this file.
pub struct Peer(pub Program);

impl Peer {
    #[track_caller]
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        let path = format!("{}/tests/raw_trouble/python/{script}", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new("python3");
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(path).args(arguments);
        let mut peer = Self(Program::start(&mut command));
        peer.0.until("ready");
        peer
    }

    /// Ends it. It must have been alive until now.
    #[track_caller]
    pub fn end(mut self) {
        self.0.child.kill().expect("it was started");
        let (_, lines) = self.0.finish();
        let all = lines.join("\n");
        assert!(!all.contains("Traceback"), "the peer failed:\n{all}");
    }
}

/// A network in which nobody is but the test. The kernel answers echo requests there only if it is
/// asked to.
#[track_caller]
pub fn alone(test: &str, kernel_answers: bool, work: impl FnOnce() + Send + 'static) {
    if let Some(lacking) = ["python3", "ip"].iter().find(|program| !has(program)) {
        return skip(test, &format!("{lacking} is not installed"));
    }
    lab::in_a_network_of_its_own(test, move || {
        shell("ip address add fd77::1/128 dev lo nodad && ip address add fd77::2/128 dev lo nodad");
        if !kernel_answers {
            for setting in ["ipv4/icmp_echo_ignore_all", "ipv6/icmp/echo_ignore_all"] {
                set(setting, "1");
            }
        }
        work();
    });
}

/// The same where the kernel answers nothing, so that others can.
#[track_caller]
pub fn among_liars(test: &str, work: impl FnOnce() + Send + 'static) {
    alone(test, false, work);
}

/// Changes a setting of this network.
#[track_caller]
pub fn set(setting: &str, value: &str) {
    fs::write(format!("/proc/sys/net/{setting}"), value).expect("root may change it");
}

#[track_caller]
pub fn shell(script: &str) {
    let status = Command::new("sh").args(["-c", script]).status().expect("a shell");
    assert!(status.success(), "{script}");
}

/// Bytes as two hexadecimal digits each.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("four bits");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A ping that tells everything as JSON, and runs.
pub fn start_ping(arguments: &[&str]) -> Program {
    let mut command = netlab();
    command.args(["raw-ping", "--format", "json"]).args(arguments);
    let mut program = Program::start(&mut command);
    program.end_input();
    program
}

/// Runs a ping to its end.
#[track_caller]
pub fn ping(arguments: &[&str]) -> Pinged {
    let began = Instant::now();
    Pinged::of(start_ping(arguments), began)
}

/// Runs netlab to its end, for people. Gives its exit code and all lines.
#[track_caller]
pub fn told(arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = Program::start(netlab().args(arguments));
    program.end_input();
    let (status, lines) = program.finish();
    lab::harmless(&lines);
    (status.code(), lines.join("\n"))
}

pub fn signal(program: &Program, signal: Signal) {
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), signal).expect("it was not waited for yet");
}

/// A ping that is over.
pub struct Pinged {
    pub code: Option<i32>,
    pub events: Vec<Value>,
    pub text: String,
    pub took: Duration,
}

impl Pinged {
    /// Waits for the end.
    #[track_caller]
    pub fn of(program: Program, began: Instant) -> Self {
        let (status, lines) = program.finish();
        let took = began.elapsed();
        lab::harmless(&lines);
        let json: Vec<_> = lines.iter().filter(|line| line.starts_with('{')).cloned().collect();
        // What every run has in common says nothing of what went wrong with this one.
        let common =
            ["header", "host", "call", "endpoints"].map(|name| format!("{{\"event\":\"{name}\""));
        let telling = |line: &&String| !common.iter().any(|begin| line.starts_with(begin));
        let text: Vec<_> = lines.iter().filter(telling).cloned().collect();
        Self { code: status.code(), events: lab::events(&json), text: text.join("\n"), took }
    }

    pub fn of_name(&self, name: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["event"] == name).collect()
    }

    #[track_caller]
    pub fn report(&self) -> &Value {
        let all = self.of_name("ping_report");
        assert_eq!(all.len(), 1, "reports in {}", self.text);
        all[0]
    }

    /// A count of what became of the probes to the only host.
    #[track_caller]
    pub fn count(&self, name: &str) -> u64 {
        let host = &self.report()["hosts"][0];
        host[name].as_u64().unwrap_or_else(|| panic!("no {name} in {host}"))
    }

    #[track_caller]
    pub fn counts<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        names.map(|name| self.count(name))
    }

    /// A count of what else came.
    #[track_caller]
    pub fn other(&self, name: &str) -> u64 {
        let others = &self.report()["others"];
        others[name].as_u64().unwrap_or_else(|| panic!("no {name} in {others}"))
    }

    /// What is said of each reply, in the order of their arrival.
    pub fn fates(&self) -> Vec<(u64, &str)> {
        self.of_name("reply").into_iter().map(fate).collect()
    }

    /// Every probe is in one place of the account.
    #[track_caller]
    pub fn adds_up(&self) {
        let [sent, received, late, lost, outstanding] =
            self.counts(["sent", "received", "late", "lost", "outstanding"]);
        // Probes of which only damaged replies came are neither; replies are what is counted then.
        let damaged = sent.checked_sub(received + late + lost + outstanding);
        let fits = damaged.is_some_and(|damaged| damaged <= self.count("corrupted"));
        assert!(fits, "{}", self.report());
        let fine = self.fates().iter().filter(|(_, fate)| *fate == "fine").count();
        assert_eq!(received, fine as u64, "{}", self.report());
    }
}

/// Sequence number and fate of a reply.
#[track_caller]
fn fate(reply: &Value) -> (u64, &str) {
    let fate = reply["sequence"].as_u64().zip(reply["fate"].as_str());
    fate.unwrap_or_else(|| panic!("no fate in {reply}"))
}
