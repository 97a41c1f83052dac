//! All 65,536 ports, one a line on the standard input.
//!
//! `getent` takes them as arguments, and reads its file of services again for each.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::process::Command;

use crate::program::Program;
use crate::report::{Table, cell, float, note};
use crate::rounds::Results;
use crate::run::{Place, Run, run as run_through, run_to};

const TEXT: Program = Program::new("netlab classify-port", &["netlab", "classify-port"]);
const JSON: Program = Program::new(
    "netlab classify-port --format json",
    &["netlab", "classify-port", "--format", "json"],
);
const GETENT: Program = Program::new("getent services", &["getent", "services"]);

/// Measures all and prints the table.
pub fn run(section: &str, rounds: usize) {
    let ports = match ports() {
        Ok(ports) => ports,
        Err(error) => return note(&format!("FAILED: {section}: {error}")),
    };
    let results = Results::gather(&[TEXT, JSON, GETENT], rounds, |program| {
        if program == GETENT {
            return getent(program.command());
        }
        let mut command = program.command();
        let mut input = ports.try_clone()?;
        input.rewind()?;
        command.stdin(input);
        run_through(command, Place::Pipe)
    });
    let mut table = Table::new(&["program", "ms", "lowest", "highest", "us a port", "output KiB"]);
    for entry in &results.entries {
        let mut row = vec![entry.key.to_string()];
        row.extend(entry.spread(|run| run.seconds * 1e3, 1));
        row.push(cell(entry.median(|run| run.seconds * 1e6 / 65_536.0), 2));
        row.push(cell(entry.median(|run| float(run.output.len()) / 1024.0), 0));
        table.row(row);
    }
    table.print(&format!("{section}: 65,536 ports, medians of {}", results.rounds));
}

fn ports() -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let lines: Vec<String> = (0..=u16::MAX).map(|port| format!("{port}\n")).collect();
    file.write_all(lines.concat().as_bytes())?;
    Ok(file)
}

/// It ends with 2, because most ports have no service.
fn getent(mut command: Command) -> io::Result<Run> {
    command.args((0..=u16::MAX).map(|port| format!("{port}/tcp")));
    run_to(command, Place::Pipe, 2)
}
