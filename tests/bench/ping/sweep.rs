//! One probe to each of five hundred hosts: how soon it is known which of them answer.
//!
//! fping is asked three times: with no pause between two packets and with one of 1 ms, and once
//! with its own of 10 ms, which is five seconds here and the same in every round. It is compared
//! with where it is fastest and loses nothing in all rounds. A probe that is lost is no error
//! here but a figure: who sends without a pause may overflow a buffer.

use std::fmt::{self, Display, Formatter};
use std::io;

use crate::contestant::Contestant::{self, Fping, Netlab};
use crate::lab::{HOSTS, Place};
use crate::printed;
use crate::report::{Table, Verdicts, cell, float};
use crate::rounds::{Entry, Results};
use crate::run::run as run_through;

/// Who sweeps, and with what pause between two packets, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sweeper {
    program: Contestant,
    pause_ms: Option<usize>,
}

impl Display for Sweeper {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.pause_ms, self.program) {
            (Some(pause), program) => f.pad(&format!("{program} -i {pause}")),
            (None, Fping) => f.pad("fping, its default"),
            (None, program) => f.pad(&program.to_string()),
        }
    }
}

const NETLAB: Sweeper = Sweeper { program: Netlab, pause_ms: None };
const OTHERS: [Sweeper; 2] =
    [Sweeper { program: Fping, pause_ms: Some(0) }, Sweeper { program: Fping, pause_ms: Some(1) }];
const SLOW: Sweeper = Sweeper { program: Fping, pause_ms: None };

struct Sample {
    wall_ms: f64,
    cpu_us: f64,
    lost: f64,
}

type Rounds = Results<Sweeper, Sample>;

/// Measures netlab and fping at both places and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    let takes_part = |sweeper: &Sweeper| contestants.contains(&sweeper.program);
    let mut verdicts = Verdicts::new();
    for place in Place::ALL {
        let sweepers: Vec<_> = [NETLAB].into_iter().chain(OTHERS).filter(takes_part).collect();
        let hosts = place.addresses();
        let mut results = Results::gather(&sweepers, rounds, |sweeper| measure(sweeper, &hosts));
        if place == Place::Cable && takes_part(&SLOW) {
            results.entries.extend(Results::gather(&[SLOW], 1, |s| measure(s, &hosts)).entries);
        }
        let rounds = results.rounds;
        print(&results, &format!("{section}: {place}, {HOSTS} hosts, medians of {rounds}"));
        compare(&results, place, &mut verdicts);
    }
    verdicts.print();
}

fn measure(sweeper: Sweeper, hosts: &[String]) -> io::Result<Sample> {
    let run = run_through(sweeper.program.sweep(sweeper.pause_ms, hosts))?;
    let counts = printed::sent(sweeper.program, &run, hosts.len())?;
    Ok(Sample {
        wall_ms: run.seconds * 1e3,
        cpu_us: run.cpu_us / float(hosts.len()),
        lost: float(counts.sent - counts.received),
    })
}

fn print(results: &Rounds, title: &str) {
    let heads =
        ["program", "wall ms", "lowest", "highest", "CPU us/probe", "lowest", "highest", "lost"];
    let mut table = Table::new(&heads);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(|sample| sample.wall_ms, 1));
        row.extend(entry.spread(|sample| sample.cpu_us, 2));
        row.push(cell(lost(entry), 0));
        table.row(row);
    }
    table.print(title);
}

/// Probes that were not answered, in all rounds.
fn lost(entry: &Entry<Sweeper, Sample>) -> Option<f64> {
    entry.sum(|sample| sample.lost)
}

fn compare(results: &Rounds, place: Place, verdicts: &mut Verdicts) {
    let wall = |entry: &&Entry<Sweeper, Sample>| entry.median(|sample| sample.wall_ms);
    let whole = results.entries.iter().filter(|e| e.key != NETLAB && lost(e) == Some(0.0));
    let fastest = whole.min_by(|a, b| {
        let [a, b] = [wall(a), wall(b)].map(|wall| wall.unwrap_or(f64::INFINITY));
        a.total_cmp(&b)
    });
    let name = fastest.map_or_else(|| "fping".to_owned(), |entry| entry.key.to_string());
    let ratio = |figure: fn(&Sample) -> f64| results.ratio(NETLAB, fastest?.key, figure);
    verdicts.add(&format!("{place}: wall time, {name}"), ratio(|s| s.wall_ms), " x", ..=1.0);
    verdicts.add(&format!("{place}: CPU per probe, {name}"), ratio(|s| s.cpu_us), " x", ..);
    let own = results.of(NETLAB).and_then(lost);
    verdicts.add(&format!("{place}: lost in all rounds"), own, "", ..=0.0);
}
