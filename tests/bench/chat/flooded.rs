//! Flooded chat: one speaker sends as fast as its socket takes lines.
//!
//! A server may gather here, and has to: the figures show what it gains by it, and the share of
//! lines that still carry a name shows at what price for the reader. ncat puts one name in
//! front of whatever a read returned, in the middle of a line if need be.
//!
//! `flood` makes one send per line, as chat clients do; with few clients the speaker is then
//! the slowest of all, fast servers come out alike, and only their processor time tells them
//! apart. `flood-blocks` sends blocks of lines, as a program does that copies a file to a socket:
//! there the servers are the slower ones.

use crate::contestant::Contestant;
use crate::flood::{self, Flood, Load};
use crate::report::{Table, Verdicts, cell, median, quantile};
use crate::rounds::{Results, ratio};
use crate::swarm::Swarm;

/// What the server that sends line by line gets instead: its rate is as good a figure after
/// fewer lines, and so many as the others need to be measured would take it a minute.
const SLOW_LINES: usize = 20_000;

/// Measures all contestants with this number of clients and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], clients: usize, load: Load, rounds: usize) {
    let results = Results::gather(contestants, rounds, |contestant| {
        let mut server = contestant.start()?;
        let swarm = Swarm::join(server.connect()?, clients, contestant.short_queue())?;
        let lines = match contestant {
            Contestant::LineServer => SLOW_LINES,
            _ => load.lines,
        };
        flood::run(swarm, Load { lines, ..load }, server.process.id())
    });
    let Load { lines, per_send } = load;
    print(
        &results,
        &format!(
            "{section}: {clients} clients, {lines} lines, {per_send} per send, medians of {}",
            results.rounds
        ),
    );
    verdicts(&results).print();
}

fn print(results: &Results<Flood>, title: &str) {
    let heads = ["server", "deliveries/s", "lowest", "highest", "CPU us/delivery", "named %"];
    let mut table = Table::new(&heads);
    for (contestant, floods) in results.iter() {
        let rates: Vec<f64> = floods.iter().map(|flood| flood.rate).collect();
        let cpu: Vec<f64> = floods.iter().map(|flood| flood.cpu_us).collect();
        let named: Vec<f64> = floods.iter().map(|flood| flood.named * 100.0).collect();
        table.row(vec![
            contestant.label().to_owned(),
            cell(median(&rates), 0),
            cell(quantile(&rates, 0.0), 0),
            cell(quantile(&rates, 1.0), 0),
            cell(median(&cpu), 3),
            cell(median(&named), 1),
        ]);
    }
    table.print(title);
}

fn verdicts(results: &Results<Flood>) -> Verdicts {
    let rate = results.median(Contestant::Events, |flood| flood.rate);
    let best = results.ncats(|flood| flood.rate).reduce(f64::max);
    let poll = results.median(Contestant::LineServer, |flood| flood.rate);
    let named = results.median(Contestant::Events, |flood| flood.named * 100.0);

    let mut verdicts = Verdicts::new();
    verdicts.add("deliveries/s, better ncat", ratio(rate, best), " x", 0.7..);
    verdicts.add("deliveries/s, poll server", ratio(rate, poll), " x", 2.0..);
    verdicts.add("lines that carry a name", named, " %", 100.0..);
    verdicts
}
