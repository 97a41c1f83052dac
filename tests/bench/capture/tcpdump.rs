//! tcpdump, beside the same flow.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::flow::{Flow, spent};

/// How it did.
pub struct Dumped {
    pub lost: u64,
    pub spent: Duration,
}

/// Runs a flow while tcpdump writes it to a file. None: it is not installed.
pub fn beside(flow: impl FnOnce() -> Flow) -> Option<Dumped> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tcpdump = Command::new("tcpdump")
        .args(["-i", "lo", "-B", "8192", "-Z", "root", "-w"])
        .arg(folder.path().join("packets.pcap"))
        .arg("udp")
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut told = BufReader::new(tcpdump.stderr.take().expect("a pipe")).lines();
    let listening = told.by_ref().map_while(Result::ok).any(|line| line.contains("listening on"));
    assert!(listening, "tcpdump listens");
    flow();
    let id = tcpdump.id();
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
    let spent = spent(&stat, None).expect("two numbers");
    kill(Pid::from_raw(id.cast_signed()), Signal::SIGINT).expect("it runs");
    let dropped = told.map_while(Result::ok).find(|line| line.contains("dropped by kernel"));
    tcpdump.wait().expect("it was started");
    let lost = dropped.and_then(|line| line.split(' ').next()?.parse().ok()).expect("a count");
    Some(Dumped { lost, spent })
}
