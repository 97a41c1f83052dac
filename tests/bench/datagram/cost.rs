//! What looking costs: netlab with `--explain`, and with `--record FILE`, beside netlab without.
//!
//! The explanation goes to the null device, so its cost is that of making it, not that of a
//! terminal. The record goes to a real file, which is deleted; its size is in the table. There is
//! no target: the figures tell a reader what to expect of a run that is looked at.

use std::fmt::{self, Display, Formatter};
use std::fs::metadata;
use std::io;

use crate::client::Load;
use crate::contestant::{Contestant, netlab};
use crate::report::{Table, Verdicts, cell, float, note};
use crate::rounds::Results;
use crate::running::{Running, free_port};
use crate::windowed::{self, Sample, WINDOW};

/// Few enough that a record of every call stays of a size that any disk has room for.
const LOAD: Load = Load { messages: 50_000, window: WINDOW };

/// How netlab is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Explain,
    Record,
}

impl Display for Look {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Look::Plain => "neither",
            Look::Explain => "--explain",
            Look::Record => "--record",
        })
    }
}

struct Looked {
    sample: Sample,
    record_mib: Option<f64>,
}

/// Measures netlab, if it is there, and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    if !contestants.contains(&Contestant::Netlab) {
        note(&format!("\n{section}: not measured, there is no netlab udp-server"));
        return;
    }
    let looks = [Look::Plain, Look::Explain, Look::Record];
    let results = Results::gather(&looks, rounds, measure);
    let heads = [
        "netlab udp-server",
        "messages/s",
        "lowest",
        "highest",
        "CPU us/message",
        "lost",
        "record MiB",
    ];
    let mut table = Table::new(&heads);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(|looked| looked.sample.messages(), 0));
        row.push(cell(entry.median(|looked| looked.sample.cpu_us), 2));
        row.push(cell(entry.sum(|looked| windowed::lost(&looked.sample)), 0));
        let mib = entry.samples.last().and_then(|looked| looked.record_mib);
        row.push(cell(mib, 1));
        table.row(row);
    }
    let messages = LOAD.messages;
    table.print(&format!(
        "{section}: {messages} datagrams, {WINDOW} under way, medians of {}",
        results.rounds
    ));
    let mut verdicts = Verdicts::new();
    for look in [Look::Explain, Look::Record] {
        let rate = results.ratio(look, Look::Plain, |looked| looked.sample.messages());
        verdicts.add(&format!("messages/s, {look}"), rate, " x", ..);
        let cpu = results.ratio(look, Look::Plain, |looked| looked.sample.cpu_us);
        verdicts.add(&format!("CPU per message, {look}"), cpu, " x", ..);
    }
    verdicts.print();
}

fn measure(look: Look) -> io::Result<Looked> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("record.jsonl");
    let name = file.to_string_lossy();
    let words: &[&str] = match look {
        Look::Plain => &[],
        Look::Explain => &["--explain"],
        Look::Record => &["--record", &name],
    };
    let port = free_port()?;
    let (server, mut client) = Running::start(netlab(port, words), port)?;
    let sample = windowed::measure(server.id(), || client.exchange(LOAD))?;
    let record_mib = match look {
        Look::Record => {
            let kib = usize::try_from(metadata(&file)?.len() / 1024).map_err(io::Error::other)?;
            Some(float(kib) / 1024.0)
        }
        Look::Plain | Look::Explain => None,
    };
    Ok(Looked { sample, record_mib })
}
