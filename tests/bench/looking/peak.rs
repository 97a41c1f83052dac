//! The most memory that a program ever had resident, and how much of it was its own.
//!
//! What is resident counts the pages of the program's file and of its libraries too, as many as the
//! system found it convenient to map around those that were used: it keeps them once for everybody,
//! and how many they are says more about how the file was written to disk than about the program.
//! Its own are the others: heap, stack, tables.
//!
//! The system keeps that figure as long as the process lives, so it is asked for as often as
//! possible until the process is gone; what a process takes in its last microseconds is missed.
//! It runs on its own for this: asking would be measured with it.

use std::fs::read_to_string;
use std::io::{self, Read};
use std::process::Command;
use std::thread;

use crate::run::{Place, spawn};

/// How often a program runs for this; the highest counts.
const RUNS: usize = 5;

/// KiB.
#[derive(Clone, Copy, Default)]
pub struct Peak {
    /// Everything that was resident.
    pub resident: usize,
    /// Of it, what belongs to no file.
    pub own: usize,
}

impl Peak {
    fn or_higher(self, other: Self) -> Self {
        Self { resident: self.resident.max(other.resident), own: self.own.max(other.own) }
    }
}

/// The highest of several runs of a program into a pipe.
pub fn peak(command: impl Fn() -> Command) -> io::Result<Peak> {
    let mut highest = Peak::default();
    for _ in 0..RUNS {
        highest = highest.or_higher(once(command())?);
    }
    Ok(highest)
}

fn once(command: Command) -> io::Result<Peak> {
    let (mut child, mut reader) = spawn(command, Place::Pipe)?;
    let status = format!("/proc/{}/status", child.id());
    let mut highest = Peak::default();
    thread::scope(|scope| {
        let reading = scope.spawn(move || reader.read_to_end(&mut Vec::new()));
        // A process that has ended has no memory, and no such lines.
        while let Some(peak) = read_to_string(&status).ok().as_deref().and_then(now) {
            highest = highest.or_higher(peak);
        }
        drop(reading.join());
    });
    child.wait()?;
    Ok(highest)
}

fn now(status: &str) -> Option<Peak> {
    let line = |name| {
        let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    Some(Peak { resident: line("VmHWM:")?, own: line("RssAnon:")? })
}
