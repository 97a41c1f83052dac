//! One datagram under way, client and server on the same processor: the round trip.
//!
//! On two processors the time a sleeping one takes to wake is most of a round trip, and it is a
//! matter of the machine. On one there is nothing to wake: each blocks, the other runs, and the
//! figure is made of system calls, two changes of process, and what the server does between.

use std::io;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use crate::contestant::Contestant;
use crate::report::{Table, Verdicts, cell, float, quantile};
use crate::rounds::Results;
use crate::server::processors;

/// Round trips before those that count.
const WARM_UP: usize = 1_000;

/// Round trips a round, and how many for a server that forks for each.
const SAMPLES: usize = 20_000;
const FEW_SAMPLES: usize = 300;

/// More losses than this and the server has failed.
const LOSSES: usize = 20;

struct Sample {
    p50_us: f64,
    p99_us: f64,
    lost: usize,
}

type Figure = fn(&Sample) -> f64;

/// Measures all contestants and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    let results = Results::gather(contestants, rounds, measure);
    let heads =
        ["server", "p50 us", "lowest", "highest", "p99 us", "lowest", "highest", "lost", "each"];
    let mut table = Table::new(&heads);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(|sample| sample.p50_us, 2));
        row.extend(entry.spread(|sample| sample.p99_us, 2));
        row.push(cell(entry.sum(|sample| float(sample.lost)), 0));
        row.push(samples(entry.key).to_string());
        table.row(row);
    }
    table.print(&format!(
        "{section}: round trips, client and server on one processor, medians of {}",
        results.rounds
    ));
    verdicts(&results).print();
}

fn verdicts(results: &Results<Contestant, Sample>) -> Verdicts {
    use Contestant::{Loop, Netlab};
    let mut verdicts = Verdicts::new();
    let figures: [(&str, Figure); 2] =
        [("p50", |sample| sample.p50_us), ("p99", |sample| sample.p99_us)];
    for (what, figure) in figures {
        let ratio = results.ratio(Netlab, Loop, figure);
        verdicts.add(&format!("{what}, minimal loop"), ratio, " x", ..=1.1);
    }
    for entry in &results.entries {
        if !matches!(entry.key, Netlab | Loop) {
            let ratio = results.ratio(Netlab, entry.key, |sample| sample.p50_us);
            verdicts.add(&format!("p50, {}", entry.key), ratio, " x", ..);
        }
    }
    verdicts
}

fn samples(contestant: Contestant) -> usize {
    match contestant {
        Contestant::SocatRecvfrom => FEW_SAMPLES,
        _ => SAMPLES,
    }
}

fn measure(contestant: Contestant) -> io::Result<Sample> {
    let (_server, mut client) = contestant.start()?;
    client.be_patient()?;
    let (with_server, apart) = processors();
    pin(with_server)?;
    let samples = samples(contestant);
    let mut times = Vec::with_capacity(samples);
    let mut lost = 0;
    for turn in 0..samples + WARM_UP.min(samples) {
        match client.round_trip()? {
            Some(time) if turn >= WARM_UP.min(samples) => times.push(time.as_secs_f64() * 1e6),
            Some(_) => {}
            None => {
                // A late reply would be taken for that of the next datagram, and so on.
                client.settle()?;
                client.be_patient()?;
                lost += 1;
            }
        }
        if lost > LOSSES {
            return Err(io::Error::other(format!("{lost} of {turn} datagrams got lost")));
        }
    }
    pin(apart)?;
    Ok(Sample {
        p50_us: quantile(&times, 0.5).unwrap_or_default(),
        p99_us: quantile(&times, 0.99).unwrap_or_default(),
        lost,
    })
}

/// Moves this process to a processor. After a failure it may stay on the servers': the next
/// server's start moves it back.
fn pin(processor: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}
