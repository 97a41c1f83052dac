//! Joining: from the first connection until everybody has heard a line of the last to arrive.
//!
//! The first client waits for the server to listen, and the clock starts when it is in. Clients
//! connect one after the other without a pause, but for ncat eight at a time: it asks for an
//! accept queue of ten places, and a connection that finds the queue full costs a second.
//!
//! ncat keeps its sockets in the fixed bit sets of `select` and ends when one does not fit, at
//! about 1,015 clients. So it is measured with 500 and shown with 1,100, and not run beyond.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::contestant::Contestant;
use crate::report::{Table, Verdicts, cell, median, note, quantile};
use crate::rounds::{Results, ratio};
use crate::swarm::Swarm;

/// Measures these contestants with this number of clients; `target` is netlab's, in seconds.
pub fn run(section: &str, contestants: &[Contestant], clients: usize, rounds: usize, target: f64) {
    let results = Results::gather(contestants, rounds, |c| measure(c, clients));
    let mut table = Table::new(&["server", "seconds", "lowest", "highest"]);
    let mut verdicts = Verdicts::new();
    let netlab = results.median(Contestant::Events, |&seconds| seconds);
    verdicts.add("seconds", netlab, " s", ..=target);
    for (contestant, seconds) in results.iter() {
        table.row(vec![
            contestant.label().to_owned(),
            cell(median(seconds), 3),
            cell(quantile(seconds, 0.0), 3),
            cell(quantile(seconds, 1.0), 3),
        ]);
        if !contestant.is_netlab() {
            let ratio = ratio(netlab, median(seconds));
            verdicts.add(&format!("seconds, {}", contestant.label()), ratio, " x", ..);
        }
    }
    table.print(&format!(
        "{section}: {clients} clients connect and are served, medians of {}",
        results.rounds
    ));
    verdicts.print();
}

fn measure(contestant: Contestant, clients: usize) -> io::Result<f64> {
    let mut server = contestant.start()?;
    let first = server.connect()?;
    let started = Instant::now();
    let mut swarm = Swarm::join(first, clients, contestant.short_queue())?;
    swarm.broadcast()?;
    Ok(started.elapsed().as_secs_f64())
}

/// Shows what becomes of ncat when more clients arrive than `select` can hold.
pub fn beyond_select(clients: usize) -> io::Result<()> {
    let contestant = Contestant::NcatBroker;
    let mut server = contestant.start()?;
    let first = server.connect()?;
    let joined =
        Swarm::join(first, clients, contestant.short_queue()).and_then(|mut s| s.broadcast());
    let outcome = match joined {
        Ok(()) => "all served".to_owned(),
        // How the server ended says more about it than the connections it left behind.
        Err(error) => {
            sleep(Duration::from_millis(500));
            server.connect().err().unwrap_or(error).to_string()
        }
    };
    note(&format!("\n  {} with {clients} clients: {outcome}", contestant.label()));
    Ok(())
}
