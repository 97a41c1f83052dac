//! Many datagrams under way: the rate of an echo, what it costs the server, and whether every
//! datagram comes back, once, unbroken and by itself.
//!
//! `replies/s` counts what arrives, and `wrong size %` says how much of that is no datagram that
//! anybody sent. `messages/s` counts the datagrams whose text came back, also those glued to
//! others, which favours servers that glue: they save system calls, at the client too. Where
//! nothing is glued the two are the same.

use std::io;
use std::process::id;

use crate::client::{Load, Tally};
use crate::contestant::Contestant;
use crate::processor::cpu_seconds;
use crate::report::{Table, Verdicts, cell, float};
use crate::rounds::{Entry, Results};

/// How many may be under way: what a modest socket buffer holds, so that nothing need be lost.
pub const WINDOW: usize = 32;

/// Before the clock starts: both processes have run their paths once.
const WARM_UP: Load = Load { messages: 2_000, window: WINDOW };

/// One round of one server.
pub struct Sample {
    /// What the client has counted.
    pub tally: Tally,
    /// Processor time of the server per echoed datagram, in microseconds.
    pub cpu_us: f64,
    /// How busy the client was, in percent of its processor.
    pub load: f64,
}

impl Sample {
    /// Echoed datagrams per second.
    pub fn messages(&self) -> f64 {
        float(self.tally.echoed) / self.tally.seconds.max(1e-9)
    }

    /// Replies per second, of any size.
    fn replies(&self) -> f64 {
        float(self.tally.replies) / self.tally.seconds.max(1e-9)
    }
}

type Rounds = Results<Contestant, Sample>;

/// Measures all contestants and prints the tables.
pub fn run(section: &str, contestants: &[Contestant], rounds: usize) {
    let results = Results::gather(contestants, rounds, |contestant| {
        let (server, mut client) = contestant.start()?;
        if contestant != Contestant::SocatRecvfrom {
            client.exchange(WARM_UP)?;
        }
        let load = Load { messages: messages(contestant), window: WINDOW };
        measure(server.id(), || client.exchange(load))
    });
    print(
        &results,
        &format!("{section}: {WINDOW} of 64 bytes under way, medians of {}", results.rounds),
    );
    verdicts(&results).print();
}

/// How many datagrams a round has: enough for processor time that the system counts in hundredths
/// of a second, and fewer for those that would take long and are far from the target anyway.
fn messages(contestant: Contestant) -> usize {
    match contestant {
        Contestant::Netlab | Contestant::Loop => 300_000,
        Contestant::Python | Contestant::SocatListen | Contestant::Ncat => 100_000,
        Contestant::SocatRecvfrom => 300,
    }
}

/// The exchange, and the processor time that server and client need for it.
pub fn measure(server: u32, exchange: impl FnOnce() -> io::Result<Tally>) -> io::Result<Sample> {
    let used = [cpu_seconds(server)?, cpu_seconds(id())?];
    let tally = exchange()?;
    let used = [cpu_seconds(server)? - used[0], cpu_seconds(id())? - used[1]];
    if tally.echoed == 0 {
        return Err(io::Error::other("nothing came back"));
    }
    Ok(Sample {
        tally,
        cpu_us: used[0] / float(tally.echoed) * 1e6,
        // The server is a child of this process and in its figure.
        load: (used[1] - used[0]) / tally.seconds * 100.0,
    })
}

fn print(results: &Rounds, title: &str) {
    let mut table = Table::new(&[
        "server",
        "messages/s",
        "lowest",
        "highest",
        "replies/s",
        "CPU us/message",
        "lowest",
        "highest",
        "load %",
        "lost",
        "wrong size %",
        "strange",
    ]);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(Sample::messages, 0));
        row.push(cell(entry.median(Sample::replies), 0));
        // Of children that have ended, the system does not say what they used.
        let counted = entry.key != Contestant::SocatRecvfrom;
        let cpu = entry.spread(|sample| sample.cpu_us, 2);
        row.extend(cpu.map(|text| if counted { text } else { cell(None, 0) }));
        row.extend([
            cell(entry.median(|sample| sample.load).filter(|_| counted), 0),
            cell(entry.sum(lost), 0),
            cell(wrong(entry), 2),
            cell(entry.sum(|sample| float(sample.tally.strange)), 0),
        ]);
        table.row(row);
    }
    table.print(title);
}

/// Datagrams that did not come back.
pub fn lost(sample: &Sample) -> f64 {
    float(sample.tally.lost())
}

/// Replies of a size that nobody sent, over all rounds, in percent of all replies.
fn wrong(entry: &Entry<Contestant, Sample>) -> Option<f64> {
    let wrong = entry.sum(|sample| float(sample.tally.wrong))?;
    Some(wrong / entry.sum(|sample| float(sample.tally.replies))? * 100.0)
}

fn verdicts(results: &Rounds) -> Verdicts {
    use Contestant::{Loop, Ncat, Netlab, Python, SocatListen, SocatRecvfrom};
    let mut verdicts = Verdicts::new();
    for (other, target) in [(Loop, 0.9), (Python, 2.0), (SocatListen, 4.0), (Ncat, 4.0)] {
        let ratio = results.ratio(Netlab, other, Sample::replies);
        verdicts.add(&format!("replies/s, {other}"), ratio, " x", target..);
    }
    for other in [SocatListen, Ncat, SocatRecvfrom] {
        let ratio = results.ratio(Netlab, other, Sample::messages);
        verdicts.add(&format!("messages/s, {other}"), ratio, " x", ..);
    }
    // What no server with two calls a datagram can exceed by much, whatever the target says.
    for other in [Python, SocatListen, Ncat] {
        let ratio = results.ratio(Loop, other, Sample::replies);
        verdicts.add(&format!("the loop itself: replies/s, {other}"), ratio, " x", ..);
    }
    let cpu = results.ratio(Netlab, Loop, |sample| sample.cpu_us);
    verdicts.add("CPU per message, minimal loop", cpu, " x", ..=1.15);

    let total = |key, figure: fn(&Sample) -> f64| results.of(key)?.sum(figure);
    let netlab = total(Netlab, lost);
    match total(Loop, lost) {
        // What even the minimal loop loses, the machine has lost.
        Some(loop_lost) if loop_lost > 0.0 => {
            verdicts.add("lost, and the minimal loop lost some too", netlab, "", ..);
        }
        _ => verdicts.add("lost in all rounds", netlab, "", ..=0.0),
    }
    let wrong = total(Netlab, |sample| float(sample.tally.wrong));
    verdicts.add("replies of a wrong size", wrong, "", ..=0.0);
    let strange = total(Netlab, |sample| float(sample.tally.strange));
    verdicts.add("texts nobody sent, or twice", strange, "", ..=0.0);
    verdicts
}
