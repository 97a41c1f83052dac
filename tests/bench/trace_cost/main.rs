//! What looking costs: the flood of ten clients with `--explain`, with `--record FILE`, with
//! both, as a share of the deliveries per second without.
//!
//! Two floods: one send per line, as chat clients do, and blocks of lines, as from a file. In the
//! first the speaker may be slower than the server; what looking costs is then seen in the
//! processor time, and only in the second in the rate.
//!
//! The explanation goes to the null device, so its cost is that of making it, not that of a
//! terminal. The record goes to a real file, which is deleted; its size is in the table. There
//! is no target: the figures tell a reader what to expect of a run that is looked at.
//!
//! Before that, what the traced layer costs when nobody looks: the same calls by `netlab::socket` and
//! by plain `socket2`, in one program, turn by turn.
//!
//! Linux only, like the benchmark `chat`, with which it shares its parts.

#[cfg(target_os = "linux")]
#[path = "../shared/flood.rs"]
mod flood;
#[cfg(target_os = "linux")]
mod layer;
#[cfg(target_os = "linux")]
#[path = "../shared/neighbours.rs"]
mod neighbours;
#[cfg(target_os = "linux")]
#[path = "../shared/netlab.rs"]
mod netlab;
#[cfg(target_os = "linux")]
#[path = "../shared/options.rs"]
mod options;
#[cfg(target_os = "linux")]
#[path = "../shared/processor.rs"]
mod processor;
#[cfg(target_os = "linux")]
#[path = "../shared/queue.rs"]
mod queue;
#[cfg(target_os = "linux")]
#[path = "../shared/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[path = "../shared/server.rs"]
mod server;
#[cfg(target_os = "linux")]
#[path = "../shared/swarm.rs"]
mod swarm;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    match options::Options::from_command_line() {
        Some(options) if options.wants("trace_cost") => linux::run(options.rounds(3)),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::metadata;
    use std::io;

    use crate::flood::{self, Flood, Load};
    use crate::neighbours::Neighbours;
    use crate::netlab;
    use crate::report::{Table, Verdicts, cell, float, median, note, quantile};
    use crate::server::{Server, free_port};
    use crate::swarm::Swarm;

    const CLIENTS: usize = 10;

    /// Enough to be measured, and few enough that a record of every call stays of a size that
    /// any disk has room for.
    const LOADS: [Load; 2] =
        [Load { lines: 160_000, per_send: 1 }, Load { lines: 300_000, per_send: 512 }];

    type Figure = fn(&Flood) -> f64;

    struct Case {
        name: &'static str,
        explain: bool,
        record: bool,
        floods: Vec<Flood>,
        record_mib: Vec<f64>,
    }

    pub fn run(rounds: usize) -> io::Result<()> {
        crate::layer::run()?;
        if let Some(reason) = netlab::missing(&["--explain"]) {
            note(&reason);
            return Ok(());
        }
        for load in LOADS {
            let neighbours = Neighbours::watch()?;
            let cases = measure(load, rounds)?;
            print(&cases, load, rounds);
            neighbours.report()?;
        }
        Ok(())
    }

    fn measure(load: Load, rounds: usize) -> io::Result<[Case; 4]> {
        let case = |name, explain, record| Case {
            name,
            explain,
            record,
            floods: Vec::new(),
            record_mib: Vec::new(),
        };
        let mut cases = [
            case("neither", false, false),
            case("--explain", true, false),
            case("--record", false, true),
            case("both", true, true),
        ];
        for _ in 0..rounds {
            for case in &mut cases {
                round(case, load)?;
            }
        }
        Ok(cases)
    }

    fn round(case: &mut Case, load: Load) -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("record.jsonl");
        let name = file.to_string_lossy();
        let mut words = Vec::new();
        if case.explain {
            words.push("--explain");
        }
        if case.record {
            words.extend(["--record", &name]);
        }
        let port = free_port()?;
        let mut server = Server::start(netlab::command(port, &words), port)?;
        let swarm = Swarm::join(server.connect()?, CLIENTS, false)?;
        case.floods.push(flood::run(swarm, load, server.process.id())?);
        if case.record {
            let size = metadata(&file)?.len();
            let kib = usize::try_from(size / 1024).map_err(io::Error::other)?;
            case.record_mib.push(float(kib) / 1024.0);
        }
        Ok(())
    }

    fn print(cases: &[Case], load: Load, rounds: usize) {
        let heads = [
            "netlab tcp-server",
            "deliveries/s",
            "lowest",
            "highest",
            "CPU us/delivery",
            "named %",
            "record MiB",
        ];
        let mut table = Table::new(&heads);
        for case in cases {
            let rates = case.all(|flood| flood.rate);
            table.row(vec![
                case.name.to_owned(),
                cell(median(&rates), 0),
                cell(quantile(&rates, 0.0), 0),
                cell(quantile(&rates, 1.0), 0),
                cell(median(&case.all(|flood| flood.cpu_us)), 3),
                cell(median(&case.all(|flood| flood.named * 100.0)), 1),
                cell(median(&case.record_mib), 1),
            ]);
        }
        let Load { lines, per_send } = load;
        table.print(&format!(
            "trace_cost: {CLIENTS} clients, {lines} lines, {per_send} per send, medians of {rounds}"
        ));
        verdicts(cases).print();
    }

    fn verdicts(cases: &[Case]) -> Verdicts {
        let mut verdicts = Verdicts::new();
        let figures: [(&str, Figure); 2] =
            [("deliveries/s", |flood| flood.rate), ("CPU per delivery", |flood| flood.cpu_us)];
        for (what, figure) in figures {
            let plain = median(&cases[0].all(figure));
            for case in &cases[1..] {
                let looked = median(&case.all(figure));
                let ratio = looked.zip(plain).map(|(looked, plain)| looked / plain);
                verdicts.add(&format!("{what}, {}", case.name), ratio, " x", ..);
            }
        }
        verdicts
    }

    impl Case {
        fn all(&self, figure: Figure) -> Vec<f64> {
            self.floods.iter().map(figure).collect()
        }
    }
}
