//! Round trips with a pause between the probes, and what each costs.
//!
//! Processor time is that of the whole process, divided by its probes; what one needs that sends
//! a single probe, its start and its end, is shown beside it as `start ms`. `each ms` is the wall
//! time divided by the probes: who keeps the interval comes close to it. ping waits by the receive
//! timeout of its socket, which the system counts in ticks of its own: with ticks of 4 ms, 10 ms
//! become 16.

use std::io;

use crate::contestant::Contestant::{self, Fping, Netlab, Ping};
use crate::lab::Place;
use crate::printed::{complete, middle, round_trips};
use crate::report::{Table, Verdicts, cell, float, quantile};
use crate::rounds::Results;
use crate::run::run as run_through;

/// Milliseconds between probes, and how many probes a round has.
const PACES: [(usize, usize); 2] = [(10, 200), (1, 1000)];

struct Sample {
    p50_us: f64,
    p99_us: f64,
    cpu_us: f64,
    start_ms: f64,
    each_ms: f64,
}

type Rounds = Results<Contestant, Sample>;

/// Measures all contestants at both places and paces and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    let mut verdicts = Verdicts::new();
    for (interval_ms, count) in PACES {
        for place in Place::ALL {
            let results = Results::gather(contestants, rounds, |contestant| {
                measure(contestant, place, interval_ms, count)
            });
            let rounds = results.rounds;
            let title = format!(
                "{section}: {place}, {count} probes, {interval_ms} ms, medians of {rounds}"
            );
            print(&results, &title);
            compare(&results, &format!("{place}, {interval_ms} ms"), interval_ms, &mut verdicts);
        }
    }
    verdicts.print();
}

fn measure(
    contestant: Contestant,
    place: Place,
    interval_ms: usize,
    count: usize,
) -> io::Result<Sample> {
    let single = run_through(contestant.paced(place, interval_ms, 1))?;
    complete(contestant, &single, 1)?;
    let run = run_through(contestant.paced(place, interval_ms, count))?;
    let times = round_trips(contestant, &run, count)?;
    Ok(Sample {
        p50_us: middle(&times).unwrap_or_default(),
        p99_us: quantile(&times, 0.99).unwrap_or_default(),
        cpu_us: run.cpu_us / float(count),
        start_ms: single.cpu_us / 1e3,
        each_ms: run.seconds / float(count) * 1e3,
    })
}

fn print(results: &Rounds, title: &str) {
    let mut table = Table::new(&[
        "program",
        "p50 us",
        "lowest",
        "highest",
        "p99 us",
        "lowest",
        "highest",
        "CPU us/probe",
        "lowest",
        "highest",
        "start ms",
        "each ms",
    ]);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(|sample| sample.p50_us, 1));
        row.extend(entry.spread(|sample| sample.p99_us, 0));
        row.extend(entry.spread(|sample| sample.cpu_us, 1));
        row.push(cell(entry.median(|sample| sample.start_ms), 2));
        row.push(cell(entry.median(|sample| sample.each_ms), 2));
        table.row(row);
    }
    table.print(title);
}

/// ping is the measure at 10 ms, where it sleeps between probes; at 1 ms it is fping.
fn compare(results: &Rounds, place: &str, interval_ms: usize, verdicts: &mut Verdicts) {
    let sleeps = interval_ms >= 10;
    let (measure, other) = if sleeps { (Ping, Fping) } else { (Fping, Ping) };
    let p50 = |other| results.ratio(Netlab, other, |sample| sample.p50_us);
    let cpu = |other| results.ratio(Netlab, other, |sample| sample.cpu_us);
    let name = |what: &str, other| format!("{place}: {what}, {other}");
    verdicts.add(&name("p50", measure), p50(measure), " x", ..=1.1);
    let p99 = results.ratio(Netlab, measure, |sample| sample.p99_us);
    verdicts.add(&name("p99", measure), p99, " x", ..);
    if sleeps {
        verdicts.add(&name("CPU", measure), cpu(measure), " x", ..);
    } else {
        verdicts.add(&name("CPU", measure), cpu(measure), " x", ..=1.0);
    }
    verdicts.add(&name("p50", other), p50(other), " x", ..);
    verdicts.add(&name("CPU", other), cpu(other), " x", ..);
}
