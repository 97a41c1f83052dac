//! Probes without a pause: the next when the reply has come.
//!
//! fping does not wait for the reply before it sends again, so its rate is another kind of
//! figure; it is no measure for netlab, and is shown.
//!
//! System calls are counted by `strace` in two short runs of their own, which differ in the
//! number of probes: the difference is free of start and end.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::contestant::Contestant::{self, Fping, Netlab, Ping};
use crate::lab::Place;
use crate::printed::complete;
use crate::report::{Table, Verdicts, cell, float, note};
use crate::rounds::Results;
use crate::run::run as run_through;

/// Probes of the two runs that are traced.
const TRACED: [usize; 2] = [500, 2500];

/// Calls that are rarer than this for a probe are not named.
const RARE: f64 = 0.005;

struct Sample {
    rate: f64,
    cpu_us: f64,
}

type Calls = BTreeMap<String, f64>;

/// Measures all contestants and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    let results = Results::gather(contestants, rounds, measure);
    let calls: Vec<_> = contestants.iter().map(|&contestant| calls(contestant)).collect();
    let heads = [
        "program",
        "probes",
        "probes/s",
        "lowest",
        "highest",
        "CPU us/probe",
        "lowest",
        "highest",
        "calls/probe",
    ];
    let mut table = Table::new(&heads);
    for (entry, calls) in results.entries.iter().zip(&calls) {
        let mut row = vec![entry.key.to_string(), probes(entry.key).to_string()];
        row.extend(entry.spread(|sample| sample.rate, 0));
        row.extend(entry.spread(|sample| sample.cpu_us, 2));
        row.push(cell(calls.as_ref().ok().map(sum), 2));
        table.row(row);
    }
    table.print(&format!("{section}: loopback, medians of {}", results.rounds));
    for (contestant, calls) in contestants.iter().zip(&calls) {
        note(&match calls {
            Ok(calls) => format!("  {contestant}, calls for a probe: {}", list(calls)),
            Err(error) => format!("  {contestant}: calls not counted ({error})"),
        });
    }
    let mut verdicts = Verdicts::new();
    let rate = |other| results.ratio(Netlab, other, |sample| sample.rate);
    let cpu = |other| results.ratio(Netlab, other, |sample| sample.cpu_us);
    verdicts.add("probes/s, ping -f", rate(Ping), " x", 1.0..);
    verdicts.add("CPU per probe, ping -f", cpu(Ping), " x", ..=1.0);
    let own = contestants.iter().zip(&calls).find(|(contestant, _)| **contestant == Netlab);
    let own = own.and_then(|(_, calls)| calls.as_ref().ok()).map(sum);
    verdicts.add("system calls per probe", own, "", ..=2.1);
    verdicts.add("probes/s, fping", rate(Fping), " x", ..);
    verdicts.add("CPU per probe, fping", cpu(Fping), " x", ..);
    verdicts.print();
}

/// How many a round has. fping numbers its probes with sixteen bits and uses none again within
/// ten seconds: it refuses more.
fn probes(contestant: Contestant) -> usize {
    match contestant {
        Netlab | Ping => 100_000,
        Fping => 60_000,
    }
}

fn measure(contestant: Contestant) -> io::Result<Sample> {
    let count = probes(contestant);
    let run = run_through(contestant.flood(Place::Loopback, count))?;
    complete(contestant, &run, count)?;
    Ok(Sample { rate: float(count) / run.seconds, cpu_us: run.cpu_us / float(count) })
}

/// The system calls that one more probe makes.
fn calls(contestant: Contestant) -> io::Result<Calls> {
    let (few, many) = (traced(contestant, TRACED[0])?, traced(contestant, TRACED[1])?);
    let before = |name| few.get(name).copied().unwrap_or_default();
    let more = float(TRACED[1] - TRACED[0]);
    Ok(many.iter().map(|(name, calls)| (name.clone(), (calls - before(name)) / more)).collect())
}

/// The system calls of a run of so many probes, all its threads' together.
fn traced(contestant: Contestant, count: usize) -> io::Result<Calls> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("calls");
    let flood = contestant.flood(Place::Loopback, count);
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-o"]).arg(&file).arg(flood.get_program()).args(flood.get_args());
    command.process_group(0);
    complete(contestant, &run_through(command)?, count)?;
    let calls: Calls = std::fs::read_to_string(&file)?.lines().filter_map(call).collect();
    if calls.is_empty() {
        return Err(io::Error::other("strace counted nothing"));
    }
    Ok(calls)
}

/// A row of strace's table: share, seconds, microseconds a call, calls, errors if any, name.
fn call(row: &str) -> Option<(String, f64)> {
    let fields: Vec<&str> = row.split_whitespace().collect();
    let (name, rest) = fields.split_last()?;
    let calls: usize = rest.get(3)?.parse().ok()?;
    (*name != "total").then(|| ((*name).to_owned(), float(calls)))
}

fn sum(calls: &Calls) -> f64 {
    calls.values().sum()
}

/// The calls by their number.
fn list(calls: &Calls) -> String {
    let mut often: Vec<_> = calls.iter().filter(|(_, calls)| **calls >= RARE).collect();
    often.sort_by(|one, other| other.1.total_cmp(one.1));
    let words: Vec<_> = often.iter().map(|(name, calls)| format!("{name} {calls:.2}")).collect();
    words.join(", ")
}
