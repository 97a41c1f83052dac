//! How long it takes to start: from the call that creates the process until the server's port
//! accepts a connection.
//!
//! A successful `connect` is the end of the start, not the line that says so: the line could be
//! printed early, and a reader of lines would be measured with it. The port was free just before.
//! Attempts follow each other without a pause from another processor, so the resolution is that
//! of one refused connection, some tens of microseconds.
//!
//! Beside it: the whole run of `true`, which does nothing, from the same call until its end.
//! That is what any process costs here. netlab may cost two milliseconds more. `ncat` shows what
//! is usual. All take turns; each figure is the median of its rounds.
//!
//! Linux only, like the benchmark `chat`, with which it shares its parts.

#[cfg(target_os = "linux")]
#[path = "shared/netlab.rs"]
mod netlab;
#[cfg(target_os = "linux")]
#[path = "shared/options.rs"]
mod options;
#[cfg(target_os = "linux")]
#[path = "shared/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[path = "shared/server.rs"]
mod server;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    match options::Options::from_command_line() {
        Some(options) if options.wants("start") => linux::run(options.rounds(100)),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use crate::netlab;
    use crate::report::{Table, Verdicts, cell, median, note, quantile};
    use crate::server::{Server, free_port, spawn_apart};

    type Measure = fn() -> io::Result<f64>;

    pub fn run(rounds: usize) -> io::Result<()> {
        let mut runs: Vec<(&str, Measure, Vec<f64>)> = vec![("true", nothing, Vec::new())];
        match netlab::missing(&[]) {
            None => runs.push(("netlab tcp-server", server, Vec::new())),
            Some(reason) => note(&reason),
        }
        if ncat().is_ok() {
            runs.push(("ncat --listen", ncat, Vec::new()));
        } else {
            note("LEFT OUT: ncat does not start");
        }
        for _ in 0..rounds {
            for (_, measure, times) in &mut runs {
                times.push(measure()?);
            }
        }
        print(&runs, rounds);
        Ok(())
    }

    fn print(runs: &[(&str, Measure, Vec<f64>)], rounds: usize) {
        let heads = ["process", "median ms", "fastest", "p90", "more than true"];
        let mut table = Table::new(&heads);
        let base = median(&runs[0].2);
        let more = |times: &[f64]| Some(median(times)? - base?);
        for (name, _, times) in runs {
            table.row(vec![
                (*name).to_owned(),
                cell(median(times), 2),
                cell(quantile(times, 0.0), 2),
                cell(quantile(times, 0.9), 2),
                cell(more(times), 2),
            ]);
        }
        table.print(&format!("start: spawn until connected, medians of {rounds}"));
        let of = |wanted: &str| runs.iter().find(|(name, ..)| *name == wanted);
        let netlab = of("netlab tcp-server").map(|(_, _, times)| times.as_slice());
        let ncat = of("ncat --listen").map(|(_, _, times)| times.as_slice());
        let ratio = || Some(median(netlab?)? / median(ncat?)?);
        let mut verdicts = Verdicts::new();
        verdicts.add("more than true", netlab.and_then(more), " ms", ..=2.0);
        verdicts.add("ncat --listen", ratio(), " x", ..);
        verdicts.print();
    }

    fn nothing() -> io::Result<f64> {
        let mut command = Command::new("true");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let started = Instant::now();
        spawn_apart(&mut command)?.wait()?;
        Ok(milliseconds(started))
    }

    fn server() -> io::Result<f64> {
        let port = free_port()?;
        until_connected(netlab::command(port, &[]), port)
    }

    fn ncat() -> io::Result<f64> {
        let port = free_port()?;
        let mut command = Command::new("ncat");
        command.args(["--listen", "127.0.0.1", &port.to_string()]);
        until_connected(command, port)
    }

    fn until_connected(command: Command, port: u16) -> io::Result<f64> {
        let started = Instant::now();
        let mut server = Server::start(command, port)?;
        let connection = server.connect()?;
        let elapsed = milliseconds(started);
        drop(connection);
        Ok(elapsed)
    }

    fn milliseconds(since: Instant) -> f64 {
        since.elapsed().as_secs_f64() * 1e3
    }
}
