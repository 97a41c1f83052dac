//! One run of a program, from its start to its end.

use std::fs::File;
use std::io::{self, PipeReader, Read, pipe};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use nix::errno::Errno;
use nix::pty::{Winsize, openpty};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

use crate::report::float;
use crate::server::processors;

/// Room for the output of any run, so that none pays for making it.
const ROOM: usize = 16 << 20;

/// Where a program writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: the null device.
    Nowhere,
    /// A pipe.
    Pipe,
    /// A terminal of 120 columns.
    Terminal,
}

/// What a run has given.
pub struct Run {
    /// From the call that creates the process until it has ended and all it wrote has been read.
    pub seconds: f64,
    /// Processor time, user and system, of the process and its children.
    pub cpu_us: f64,
    /// What it wrote.
    pub output: Vec<u8>,
}

/// The end that reads.
pub enum Reader {
    /// Nobody reads.
    Nobody,
    /// Of a pipe.
    Pipe(PipeReader),
    /// Of a terminal.
    Terminal(File),
}

/// Keeps this process and all that it starts on the two processors that are watched for
/// neighbours. Which of them a program runs on is the system's choice, as in daily life.
pub fn stay() -> io::Result<()> {
    let (first, second) = processors();
    let mut set = CpuSet::new();
    set.set(first)?;
    set.set(second)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// Runs a program to its end. It must end well, or there are no figures.
pub fn run(command: Command, place: Place) -> io::Result<Run> {
    run_to(command, place, 0)
}

/// The same for a program that ends with another code.
pub fn run_to(command: Command, place: Place, code: i32) -> io::Result<Run> {
    let mut output = Vec::with_capacity(ROOM);
    let used = children_us()?;
    let started = Instant::now();
    let (mut child, mut reader) = spawn(command, place)?;
    reader.read_to_end(&mut output)?;
    let status = child.wait()?;
    let seconds = started.elapsed().as_secs_f64();
    if status.code() != Some(code) {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    Ok(Run { seconds, cpu_us: children_us()? - used, output })
}

/// Starts a program that writes to that place.
pub fn spawn(mut command: Command, place: Place) -> io::Result<(Child, Reader)> {
    command.stderr(Stdio::null());
    let reader = match place {
        Place::Nowhere => {
            command.stdout(Stdio::null());
            Reader::Nobody
        }
        Place::Pipe => {
            let (reader, writer) = pipe()?;
            command.stdout(writer);
            Reader::Pipe(reader)
        }
        Place::Terminal => {
            let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
            let ends = openpty(&size, None)?;
            command.stdout::<OwnedFd>(ends.slave);
            Reader::Terminal(ends.master.into())
        }
    };
    // With the command ends the writing end that it holds.
    Ok((command.spawn()?, reader))
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Nobody => Ok(0),
            Self::Pipe(pipe) => pipe.read(buffer),
            Self::Terminal(terminal) => match terminal.read(buffer) {
                // A terminal that nobody writes to any more has no end, but an error.
                Err(error) if error.raw_os_error() == Some(Errno::EIO as i32) => Ok(0),
                result => result,
            },
        }
    }
}

/// Processor time of all children that have ended; only one runs at a time.
fn children_us() -> io::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let sum = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(float(usize::try_from(sum).map_err(io::Error::other)?))
}
