//! What a server's memory does while a crowd of ever new peers talks to it.
//!
//! The warm-up lets tables and buffers that have a bound grow up to it; from then on resident
//! memory is to stand still. Twenty seconds bring a million datagrams and a hundred thousand new
//! peers: a table without a bound shows, and so does a leak of a few bytes for each peer. Ten
//! minutes, `-- --seconds 600 memory`, are for what takes thirty times as long to show.

use std::io;
use std::time::Duration;

use crate::contestant::Contestant;
use crate::crowd::{Crowd, RATE};
use crate::report::{Table, Verdicts, cell, float, note};
use crate::resident::resident_kib;

/// How long the crowd talks before memory is first read.
const WARM_UP: Duration = Duration::from_secs(3);

/// How long the minimal loop takes part at most: it has nothing that could grow, and is there to
/// show what the figures of such a server look like.
const LOOP_SECONDS: usize = 20;

/// How long echoes may be under way at the end.
const LATE: Duration = Duration::from_millis(100);

struct Growth {
    start_kib: usize,
    warm_kib: usize,
    highest_kib: usize,
    end_kib: usize,
    peers: usize,
    rate: f64,
    echoed: f64,
}

/// Measures and prints the tables; `seconds` is for the time after the warm-up.
pub fn run(section: &str, contestants: &[Contestant], seconds: usize) {
    let heads = [
        "server",
        "seconds",
        "peers",
        "sent/s",
        "echoed %",
        "start KiB",
        "warm KiB",
        "highest",
        "end KiB",
        "end/warm",
    ];
    let mut table = Table::new(&heads);
    let mut netlab = None;
    for contestant in [Contestant::Netlab, Contestant::Loop] {
        if !contestants.contains(&contestant) {
            continue;
        }
        let seconds = match contestant {
            Contestant::Netlab => seconds,
            _ => seconds.min(LOOP_SECONDS),
        };
        match measure(contestant, seconds) {
            Ok(growth) => {
                table.row(row(contestant, seconds, &growth));
                if contestant == Contestant::Netlab {
                    netlab = Some(growth);
                }
            }
            Err(error) => note(&format!("FAILED: {contestant}: {error}")),
        }
    }
    table.print(&format!("{section}: {RATE} datagrams a second, each peer sends ten"));
    let mut verdicts = Verdicts::new();
    verdicts.add("resident memory, end/warm", netlab.as_ref().map(Growth::ratio), " x", ..=1.05);
    // Without an answer after the last datagram there would be no figures.
    verdicts.add("alive and answering at the end", netlab.as_ref().map(|_| 1.0), "", 1.0..);
    verdicts.add("echoed", netlab.map(|growth| growth.echoed), " %", ..);
    verdicts.print();
}

impl Growth {
    fn ratio(&self) -> f64 {
        float(self.end_kib) / float(self.warm_kib)
    }
}

fn row(contestant: Contestant, seconds: usize, growth: &Growth) -> Vec<String> {
    vec![
        contestant.to_string(),
        seconds.to_string(),
        growth.peers.to_string(),
        cell(Some(growth.rate), 0),
        cell(Some(growth.echoed), 2),
        growth.start_kib.to_string(),
        growth.warm_kib.to_string(),
        growth.highest_kib.to_string(),
        growth.end_kib.to_string(),
        cell(Some(growth.ratio()), 3),
    ]
}

fn measure(contestant: Contestant, seconds: usize) -> io::Result<Growth> {
    let (mut server, first) = contestant.start()?;
    let start_kib = resident_kib(server.id())?;
    let mut crowd = Crowd::new(server.port());
    crowd.send_for(WARM_UP)?;
    let warm_kib = resident_kib(server.id())?;
    let before = crowd.sent;
    let mut highest_kib = warm_kib;
    for _ in 0..seconds {
        crowd.send_for(Duration::from_secs(1))?;
        highest_kib = highest_kib.max(resident_kib(server.id())?);
    }
    let rate = float(crowd.sent - before) / float(seconds);
    crowd.listen(LATE)?;
    // The first peer is still known, or is a new one: either way it has an answer.
    drop(first);
    server.answer()?;
    Ok(Growth {
        start_kib,
        warm_kib,
        highest_kib,
        end_kib: resident_kib(server.id())?,
        peers: crowd.seen,
        rate,
        echoed: float(crowd.echoed) / float(crowd.sent) * 100.0,
    })
}
