//! What it costs to look at 1,000 sockets once a second.
//!
//! The first look, which shows everything, is over when the clock starts.

use std::fs::{read_dir, read_to_string};
use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::holder::{Holder, alone};
use crate::program::Program;
use crate::report::{Table, Verdicts, cell, float, note};
use crate::run::{Place, spawn};

const SOCKETS: usize = 1_000;

const NAMED: Program = Program::new("--watch", &["netlab", "endpoints", "--tcp", "--watch", "1"]);
const PLAIN: Program = Program::new(
    "--watch --no-programs",
    &["netlab", "endpoints", "--tcp", "--no-programs", "--watch", "1"],
);

/// Measures and prints the table.
pub fn run(section: &str, seconds: usize) {
    if !alone() {
        return;
    }
    let _holder = match Holder::start(SOCKETS) {
        Ok(holder) => holder,
        Err(error) => return note(&format!("FAILED: {section}: {error}")),
    };
    let mut table = Table::new(&["netlab endpoints --tcp", "into", "CPU %", "output KiB"]);
    let mut verdicts = Verdicts::new();
    for program in [NAMED, PLAIN] {
        for (place, into) in [(Place::Terminal, "terminal"), (Place::Pipe, "pipe")] {
            let name = format!("{program}: CPU, {into}");
            match measure(program, place, seconds) {
                Ok((share, bytes)) => {
                    let percent = cell(Some(share), 2);
                    let written = cell(Some(float(bytes) / 1024.0), 0);
                    table.row(vec![program.to_string(), into.to_owned(), percent, written]);
                    verdicts.add(&name, Some(share), " %", ..=1.0);
                }
                Err(error) => note(&format!("FAILED: {name}: {error}")),
            }
        }
    }
    table.print(&format!("{section}: {SOCKETS} sockets, one look a second, {seconds} s"));
    verdicts.print();
}

/// The share of one processor's time in per cent, and the bytes written from start to end.
fn measure(program: Program, place: Place, seconds: usize) -> io::Result<(f64, usize)> {
    let (mut child, mut reader) = spawn(program.command(), place)?;
    let mut first = [0; 4096];
    let begun = reader.read(&mut first)?;
    thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).map(|_| rest.len())
        });
        let share = share_of(child.id(), seconds);
        let gone = child.try_wait()?;
        if gone.is_none() {
            let id = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
            kill(id, Signal::SIGINT)?;
        }
        let status = child.wait()?;
        let rest = reading.join().map_err(|_| io::Error::other("the reader panicked"))??;
        if gone.is_some() || status.code() != Some(130) {
            return Err(io::Error::other(format!("it ended with {status}")));
        }
        Ok((share? * 100.0, begun + rest))
    })
}

/// The share of one processor's time that a process takes from soon until that is over.
fn share_of(id: u32, seconds: usize) -> io::Result<f64> {
    thread::sleep(Duration::from_millis(500));
    let (started, before) = (Instant::now(), cpu_seconds(id)?);
    thread::sleep(Duration::from_secs(u64::try_from(seconds).map_err(io::Error::other)?));
    Ok((cpu_seconds(id)? - before) / started.elapsed().as_secs_f64())
}

/// Processor seconds of all threads of a process, to the nanosecond: the ticks of its state would
/// be as long as what is sought.
fn cpu_seconds(id: u32) -> io::Result<f64> {
    let mut nanoseconds = 0;
    for thread in read_dir(format!("/proc/{id}/task"))? {
        let text = read_to_string(thread?.path().join("schedstat"))?;
        let used = text.split_whitespace().next().and_then(|number| number.parse::<usize>().ok());
        nanoseconds += used.unwrap_or_default();
    }
    Ok(float(nanoseconds) / 1e9)
}
