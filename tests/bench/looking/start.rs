//! From the call that creates the process to its end, of commands with a short answer.
//!
//! `true` shows what any process costs here: nobody can be faster.

use crate::peak::peak;
use crate::program::Program;
use crate::report::{Table, Verdicts, cell, float};
use crate::rounds::Results;
use crate::run::{Place, Run, run as run_through};

const TRUE: Program = Program::new("true", &["true"]);
const GETENT: Program = Program::new("getent services 22/tcp", &["getent", "services", "22/tcp"]);
const CLASSIFY: Program =
    Program::new("netlab classify-port 22", &["netlab", "classify-port", "22"]);
const VERSION: Program = Program::new("netlab --version", &["netlab", "--version"]);
const SUBNET: Program =
    Program::new("netlab subnet 10.0.56.23/17", &["netlab", "subnet", "10.0.56.23/17"]);
const EXPLAIN: Program = Program::new("netlab explain socket", &["netlab", "explain", "socket"]);

/// Measures all and prints the tables.
pub fn run(section: &str, rounds: usize) {
    let all = [TRUE, GETENT, CLASSIFY, VERSION, SUBNET, EXPLAIN];
    let results =
        Results::gather(&all, rounds, |program| run_through(program.command(), Place::Nowhere));
    let mut table =
        Table::new(&["program", "ms", "lowest", "highest", "CPU ms", "peak KiB", "own KiB"]);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(milliseconds, 3));
        row.push(cell(entry.median(|run| run.cpu_us / 1e3), 3));
        let peak = peak(|| entry.key.command()).ok();
        row.push(cell(peak.map(|peak| float(peak.resident)), 0));
        row.push(cell(peak.map(|peak| float(peak.own)), 0));
        table.row(row);
    }
    table.print(&format!("{section}: start to exit, medians of {}", results.rounds));
    let mut verdicts = Verdicts::new();
    let ratio = |base| results.ratio(CLASSIFY, base, milliseconds);
    verdicts.add("classify-port 22: time, getent", ratio(GETENT), " x", ..=1.1);
    let cpu = results.ratio(CLASSIFY, GETENT, |run| run.cpu_us);
    verdicts.add("classify-port 22: CPU, getent", cpu, " x", ..);
    verdicts.add("classify-port 22: time, true", ratio(TRUE), " x", ..);
    verdicts.print();
}

fn milliseconds(run: &Run) -> f64 {
    run.seconds * 1e3
}
