//! The table of all TCP sockets, when there are many.

use std::io::{self, Write};
use std::process::Command;

use memchr::memmem::find_iter;

use crate::holder::{Holder, alone};
use crate::peak::{Peak, peak};
use crate::program::Program;
use crate::report::{Table, Verdicts, cell, float, note};
use crate::rounds::Results;
use crate::run::{Place, Run, run as run_through};

const PLAIN: Program =
    Program::new("netlab, no programs", &["netlab", "endpoints", "--tcp", "--no-programs"]);
const NAMED: Program = Program::new("netlab", &["netlab", "endpoints", "--tcp"]);
const SS: Program = Program::new("ss -tan", &["ss", "-tan"]);
const SS_NAMED: Program = Program::new("ss -tanp", &["ss", "-tanp"]);
const NETSTAT: Program = Program::new("netstat -tan", &["netstat", "-tan"]);
const NETSTAT_NAMED: Program = Program::new("netstat -tanp", &["netstat", "-tanp"]);
const LSOF: Program = Program::new("lsof -nP -iTCP", &["lsof", "-nP", "-iTCP"]);

/// In a table without programs first.
const ALL: [Program; 7] = [PLAIN, SS, NETSTAT, NAMED, SS_NAMED, NETSTAT_NAMED, LSOF];

/// How many sockets there are.
const CROWDS: [usize; 2] = [10_000, 18_000];

/// Measures all and prints the tables.
pub fn run(section: &str, rounds: usize) {
    let mut verdicts = Verdicts::new();
    for sockets in CROWDS {
        // What the crowd before has closed stays for a minute, in TIME-WAIT and in its namespace.
        if !alone() {
            return;
        }
        match Holder::start(sockets) {
            Ok(_holder) => {
                in_a_pipe(section, sockets, rounds, &mut verdicts);
                in_a_terminal(section, sockets, rounds, &mut verdicts);
            }
            Err(error) => note(&format!("FAILED: {section}: {error}")),
        }
    }
    verdicts.print();
}

fn in_a_pipe(section: &str, sockets: usize, rounds: usize, verdicts: &mut Verdicts) {
    let results = Results::gather(&ALL, rounds, |program| {
        let run = run_through(program.command(), Place::Pipe)?;
        complete(&run.output, sockets)?;
        Ok(run)
    });
    let highest = |program: Program| {
        results.of(program).filter(|entry| !entry.samples.is_empty())?;
        peak(|| program.command()).ok()
    };
    let peaks = ALL.map(highest);
    let heads =
        ["program", "ms", "lowest", "highest", "CPU ms", "peak KiB", "own KiB", "output KiB"];
    let mut table = Table::new(&heads);
    for (entry, peak) in results.entries.iter().zip(peaks) {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(milliseconds, 1));
        row.push(cell(entry.median(|run| run.cpu_us / 1e3), 1));
        row.push(cell(peak.map(|peak| float(peak.resident)), 0));
        row.push(cell(peak.map(|peak| float(peak.own)), 0));
        row.push(cell(entry.median(|run| float(run.output.len()) / 1024.0), 0));
        table.row(row);
    }
    table.print(&format!("{section}: {sockets} sockets, pipe, medians of {}", results.rounds));
    let of = |program| ALL.iter().position(|one| *one == program).and_then(|at| peaks[at]);
    for (netlab, other, target) in [(PLAIN, SS, 0.7), (NAMED, SS_NAMED, 0.8)] {
        let name = |what: &str| format!("{sockets}: {what}, {other}");
        verdicts.add(&name("time"), results.ratio(netlab, other, milliseconds), " x", ..=target);
        verdicts.add(&name("CPU"), results.ratio(netlab, other, |run| run.cpu_us), " x", ..);
        let peaks =
            |part: fn(Peak) -> usize| Some(float(part(of(netlab)?)) / float(part(of(other)?)));
        verdicts.add(&name("peak memory of its own"), peaks(|peak| peak.own), " x", ..=1.0);
        verdicts.add(&name("with files"), peaks(|peak| peak.resident), " x", ..=1.0);
    }
}

/// A terminal takes its time for every byte. How long for those that netlab writes, shows `cat`
/// with the same ones; more than that on top of what it takes in a pipe would be netlab's doing.
fn in_a_terminal(section: &str, sockets: usize, rounds: usize, verdicts: &mut Verdicts) {
    const CAT: Program = Program::new("cat of the same bytes", &["cat"]);
    const PIPE: Program =
        Program::new("netlab, in a pipe", &["netlab", "endpoints", "--tcp", "--no-programs"]);
    let file = match written(PLAIN.command()) {
        Ok(file) => file,
        Err(error) => return note(&format!("FAILED: {section}, terminal: {error}")),
    };
    let results = Results::gather(&[PLAIN, PIPE, CAT, SS], rounds, |program| {
        let mut command = program.command();
        if program == CAT {
            command.arg(file.path());
        }
        let place = if program == PIPE { Place::Pipe } else { Place::Terminal };
        let run = run_through(command, place)?;
        complete(&run.output, sockets)?;
        Ok(run)
    });
    let heads = ["program", "ms", "lowest", "highest", "CPU ms", "output KiB"];
    let mut table = Table::new(&heads);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(milliseconds, 1));
        row.push(cell(entry.median(|run| run.cpu_us / 1e3), 1));
        row.push(cell(entry.median(|run| float(run.output.len()) / 1024.0), 0));
        table.row(row);
    }
    let rounds = results.rounds;
    table.print(&format!("{section}: {sockets} sockets, terminal, medians of {rounds}"));
    let time = |program| results.median(program, milliseconds);
    let ratio = || Some(time(PLAIN)? / (time(PIPE)? + time(CAT)?));
    verdicts.add(&format!("{sockets}: terminal, pipe + cat"), ratio(), " x", ..=1.1);
}

/// What a program writes to a terminal, in a file. The carriage returns are the terminal's.
fn written(command: Command) -> io::Result<tempfile::NamedTempFile> {
    let mut output = run_through(command, Place::Terminal)?.output;
    output.retain(|&byte| byte != b'\r');
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(&output)?;
    Ok(file)
}

/// Whether every socket is there: each has two addresses.
fn complete(output: &[u8], sockets: usize) -> io::Result<()> {
    let shown = find_iter(output, b"127.0.0.1").count() / 2;
    if shown < sockets {
        return Err(io::Error::other(format!("{shown} of {sockets} sockets are shown")));
    }
    Ok(())
}

fn milliseconds(run: &Run) -> f64 {
    run.seconds * 1e3
}
