//! Idle clients: what a connection costs in resident memory while nobody says anything.
//!
//! The resident set of the server after all have been accepted, less that with one client, per
//! client. What the system itself keeps for a socket is not in it, for any server.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::contestant::Contestant;
use crate::queue::waiting;
use crate::report::{Table, Verdicts, cell, float, note};
use crate::resident::resident_kib;
use crate::server::Server;
use crate::swarm::Swarm;

/// As many as a server whose sockets fit into `select` can have, with some to spare.
const FOR_NCAT: usize = 900;

/// Measures all contestants and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], clients: usize) {
    let mut table = Table::new(&["server", "clients", "before KiB", "after KiB", "KiB/client"]);
    let mut netlab = None;
    for &contestant in contestants {
        let clients = match contestant {
            // Its greetings to everybody leave nobody idle.
            Contestant::NcatChat => continue,
            Contestant::NcatBroker => FOR_NCAT,
            _ => clients,
        };
        let memory = measure(contestant, clients);
        if let Err(error) = &memory {
            note(&format!("FAILED: {}: {error}", contestant.label()));
        }
        let memory = memory.ok();
        let each = memory.map(|(before, after)| (after - before) / float(clients - 1));
        if contestant == Contestant::Events {
            netlab = each;
        }
        table.row(vec![
            contestant.label().to_owned(),
            clients.to_string(),
            cell(memory.map(|(before, _)| before), 0),
            cell(memory.map(|(_, after)| after), 0),
            cell(each, 2),
        ]);
    }
    table.print(&format!("{section}: resident memory of the server per idle client"));
    let mut verdicts = Verdicts::new();
    verdicts.add("netlab, events", netlab, " KiB", ..=2.0);
    verdicts.print();
}

/// Resident KiB with one client and with all of them.
fn measure(contestant: Contestant, clients: usize) -> io::Result<(f64, f64)> {
    let mut server = contestant.start()?;
    let first = server.connect()?;
    let alone = settled(&server)?;
    let _swarm = Swarm::join(first, clients, contestant.short_queue())?;
    Ok((alone, settled(&server)?))
}

/// Resident KiB once nobody waits to be accepted and the figure stands still.
///
/// To ask the server whether it has accepted everybody would make it work; the system tells the
/// same and leaves it alone.
fn settled(server: &Server) -> io::Result<f64> {
    let started = Instant::now();
    let mut latest = 0;
    loop {
        sleep(Duration::from_millis(200));
        let now = resident_kib(server.process.id())?;
        if now == latest && waiting(server.port)? == 0 {
            return Ok(float(now));
        }
        latest = now;
        if started.elapsed() > Duration::from_secs(10) {
            return Err(io::Error::other("not everybody was accepted"));
        }
    }
}
