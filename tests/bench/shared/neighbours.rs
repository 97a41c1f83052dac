//! Who else used the processors on which the benchmark ran.
//!
//! Two processors that others use too give figures that are worth little, and the figures alone
//! do not show it.

use std::fs::read_to_string;
use std::io;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::processor::TICKS_PER_SECOND;
use crate::report::{float, note};
use crate::server::processors;

/// More than this share, and the reader is warned.
const DISTURBED: f64 = 0.10;

/// The state of the processors at some time.
pub struct Neighbours {
    since: Instant,
    busy: f64,
    own: f64,
}

impl Neighbours {
    /// Begins to watch.
    pub fn watch() -> io::Result<Self> {
        Ok(Self { since: Instant::now(), busy: busy_seconds()?, own: own_seconds()? })
    }

    /// Says how much of the processors' time went to others. All servers must have ended: only
    /// then is their time known to be the benchmark's own.
    pub fn report(&self) -> io::Result<()> {
        let own = own_seconds()? - self.own;
        let others = (busy_seconds()? - self.busy - own).max(0.0);
        let seconds = self.since.elapsed().as_secs_f64();
        let share = others / (seconds * float(watched().len()));
        let warning = if share > DISTURBED { ": DISTURBED, measure again" } else { "" };
        let percent = share * 100.0;
        note(&format!(
            "  others used {percent:.0} % of the processors during these {seconds:.0} s{warning}"
        ));
        Ok(())
    }
}

/// The names of the processors in use, as the system lists them.
fn watched() -> Vec<String> {
    let (server, load) = processors();
    let mut names = vec![format!("cpu{server}"), format!("cpu{load}")];
    names.dedup();
    names
}

/// Seconds during which these processors were not idle.
fn busy_seconds() -> io::Result<f64> {
    let names = watched();
    let text = read_to_string("/proc/stat")?;
    let mut ticks = 0;
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        if fields.next().is_some_and(|name| names.iter().any(|n| n == name)) {
            let fields: Vec<usize> = fields.map(|field| field.parse().unwrap_or(0)).collect();
            // Idle and waiting for a disk are the fourth and the fifth; from the ninth on, time
            // is listed that is in the first two already.
            let busy = |&(index, _): &(usize, &usize)| index < 8 && index != 3 && index != 4;
            let counted = fields.iter().enumerate().filter(busy);
            ticks += counted.map(|(_, ticks)| ticks).sum::<usize>();
        }
    }
    Ok(float(ticks) / TICKS_PER_SECOND)
}

/// Processor seconds of this process and of all its children that have ended.
fn own_seconds() -> io::Result<f64> {
    let mut microseconds = 0;
    for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
        let usage = getrusage(who)?;
        microseconds += usage.user_time().num_microseconds();
        microseconds += usage.system_time().num_microseconds();
    }
    let microseconds = usize::try_from(microseconds).map_err(io::Error::other)?;
    Ok(float(microseconds) / 1e6)
}
