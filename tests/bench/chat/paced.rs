//! Paced chat: one line is under way at a time.
//!
//! The next line is sent when everybody has heard the one before, so nothing can be gathered
//! into larger sends: what is measured is the cost of one delivery. `load %` says how busy the
//! load generator was; near 100 it, and not the server, would set the pace.

use std::io;
use std::process::id;
use std::time::{Duration, Instant};

use crate::contestant::Contestant;
use crate::processor::cpu_seconds;
use crate::report::{Table, Verdicts, cell, float, median, quantile};
use crate::resident::resident_kib;
use crate::rounds::{Results, ratio};
use crate::swarm::Swarm;

/// How long lines are passed around in one round of one server: short, so that there can be many
/// rounds, and long enough for processor time that the system counts in hundredths of a second.
const SPAN: Duration = Duration::from_millis(500);

struct Sample {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    load: f64,
    resident_mib: f64,
    joined: f64,
}

/// Measures all contestants with this number of clients and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], clients: usize, rounds: usize) {
    let results = Results::gather(contestants, rounds, |c| measure(c, clients));
    print(
        &results,
        &format!("{section}: {clients} clients, one line under way, medians of {}", results.rounds),
    );
    verdicts(&results).print();
}

fn measure(contestant: Contestant, clients: usize) -> io::Result<Sample> {
    let mut server = contestant.start()?;
    let first = server.connect()?;
    let connected = Instant::now();
    let mut swarm = Swarm::join(first, clients, contestant.short_queue())?;
    swarm.broadcast()?;
    let joined = connected.elapsed().as_secs_f64();
    swarm.settle()?;

    let mut times = Vec::new();
    let used = [cpu_seconds(server.process.id())?, cpu_seconds(id())?];
    let started = Instant::now();
    while started.elapsed() < SPAN {
        let sent = Instant::now();
        swarm.broadcast()?;
        times.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let used = [cpu_seconds(server.process.id())? - used[0], cpu_seconds(id())? - used[1]];
    if !swarm.even() {
        return Err(io::Error::other("some clients heard more lines than others"));
    }

    let deliveries = float(times.len() * swarm.listeners());
    Ok(Sample {
        rate: deliveries / elapsed,
        p50_ms: quantile(&times, 0.5).unwrap_or_default(),
        p99_ms: quantile(&times, 0.99).unwrap_or_default(),
        cpu_us: used[0] / deliveries * 1e6,
        // The server is a child of this process and in its figure.
        load: (used[1] - used[0]) / elapsed * 100.0,
        resident_mib: float(resident_kib(server.process.id())?) / 1024.0,
        joined,
    })
}

fn print(results: &Results<Sample>, title: &str) {
    let mut table = Table::new(&[
        "server",
        "deliveries/s",
        "lowest",
        "highest",
        "p50 ms",
        "p99 ms",
        "CPU us/delivery",
        "load %",
        "RSS MiB",
        "join s",
    ]);
    for (contestant, samples) in results.iter() {
        let all = |figure: fn(&Sample) -> f64| samples.iter().map(figure).collect::<Vec<_>>();
        let rates = all(|sample| sample.rate);
        table.row(vec![
            contestant.label().to_owned(),
            cell(median(&rates), 0),
            cell(quantile(&rates, 0.0), 0),
            cell(quantile(&rates, 1.0), 0),
            cell(median(&all(|sample| sample.p50_ms)), 3),
            cell(median(&all(|sample| sample.p99_ms)), 3),
            cell(median(&all(|sample| sample.cpu_us)), 2),
            cell(median(&all(|sample| sample.load)), 0),
            cell(median(&all(|sample| sample.resident_mib)), 1),
            cell(median(&all(|sample| sample.joined)), 3),
        ]);
    }
    table.print(title);
}

fn verdicts(results: &Results<Sample>) -> Verdicts {
    let rate = results.median(Contestant::Events, |sample| sample.rate);
    let cpu = results.median(Contestant::Events, |sample| sample.cpu_us);
    let best_rate = results.ncats(|sample| sample.rate).reduce(f64::max);
    let best_cpu = results.ncats(|sample| sample.cpu_us).reduce(f64::min);
    let poll_rate = results.median(Contestant::LineServer, |sample| sample.rate);

    let mut verdicts = Verdicts::new();
    let better = ratio(rate, best_rate);
    verdicts.add("deliveries/s, better ncat", better, " x", 1.1..);
    let leaner = ratio(cpu, best_cpu);
    verdicts.add("CPU per delivery, leaner ncat", leaner, " x", ..=1.0);
    let poll = ratio(rate, poll_rate);
    verdicts.add("deliveries/s, poll server", poll, " x", ..);
    verdicts
}
