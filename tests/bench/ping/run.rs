//! One run of a program, from its start to its end.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use crate::report::float;
use crate::server::processors;

/// A program that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(20);

/// What a run has given.
pub struct Run {
    /// From the call that creates the process until it has ended.
    pub seconds: f64,
    /// Processor time, user and system, of the process and its children.
    pub cpu_us: f64,
    /// What it printed: the output, then the errors.
    pub text: String,
    /// How it ended.
    pub status: ExitStatus,
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

/// Runs a program to its end, its output in files: nobody wakes to read it meanwhile.
pub fn run(mut command: Command) -> io::Result<Run> {
    let (mut output, mut errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(errors.try_clone()?);
    command.env("LC_ALL", "C");
    let used = children_us()?;
    let started = Instant::now();
    let mut child = command.spawn()?;
    let ended = end(&child);
    let seconds = started.elapsed().as_secs_f64();
    let status = child.wait()?;
    let cpu_us = children_us()? - used;
    let text = content(&mut output)? + &content(&mut errors)?;
    if ended? {
        let name = command.get_program().display();
        return Err(io::Error::other(format!("{name} did not end within {} s", LIMIT.as_secs())));
    }
    Ok(Run { seconds, cpu_us, text, status })
}

impl Run {
    /// The last line of what it printed: where programs say what went wrong.
    pub fn last_line(&self) -> &str {
        self.text.trim_end().lines().last().unwrap_or("nothing printed")
    }
}

/// Waits until a child has ended but keeps it as a zombie, so that its id stays its own; ends it
/// when its time is up, and says whether it had to.
fn end(child: &Child) -> io::Result<bool> {
    let id = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
    let (done, wait) = channel::<()>();
    thread::scope(|scope| {
        let guard = scope.spawn(move || {
            let late = wait.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
            // What strace watches would outlive it: the leader of a group ends with its group.
            let end = || killpg(id, Signal::SIGKILL).or_else(|_| kill(id, Signal::SIGKILL));
            late && end().is_ok()
        });
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        let ended = loop {
            match waitid(Id::Pid(id), flags) {
                Err(Errno::EINTR) => {}
                other => break other,
            }
        };
        drop(done);
        let late = guard.join().map_err(|_| io::Error::other("the guard of a run panicked"))?;
        ended?;
        Ok(late)
    })
}

fn content(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Processor time of all children that have ended; only one runs at a time.
fn children_us() -> io::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let sum = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(float(usize::try_from(sum).map_err(io::Error::other)?))
}
