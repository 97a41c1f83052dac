//! Chat servers compared: netlab, both chat modes of ncat, and the `poll` server of the
//! teaching texts.
//!
//! `cargo bench --bench chat` runs everything; `cargo bench --bench chat -- paced join` runs the
//! sections whose names contain one of the words; `-- --rounds 1` is a quick look.
//!
//! | section | question | targets for netlab (`--serve events`) |
//! | --- | --- | --- |
//! | `chat/paced/N` | what does one delivery cost? | 1.1 x the better ncat, with less CPU |
//! | `chat/flood/N`, `chat/flood-blocks/N` | what if a speaker does not wait? | 0.7 x the better ncat, 2 x the poll server |
//! | `chat/join/N` | how soon are N clients in and served? | 500 in 0.2 s, 9,000 in 3 s |
//! | `chat/idle` | what does a silent client cost in memory? | 2 KiB |
//!
//! How to read it: the server runs on one processor, the load generator on another, over the
//! loopback interface. Absolute figures belong to the machine and to the hour. The ratios are
//! between servers that took turns in the same run, and the lowest and highest round are beside
//! every median: a ratio closer to its target than those are to each other says nothing. The
//! last line of a section says how much of the two processors others used meanwhile; above a
//! tenth the section is marked as disturbed, and only a run on a quieter machine counts.
//!
//! Linux only: the figures about processes come from `/proc`.

#[cfg(target_os = "linux")]
mod contestant;
#[cfg(target_os = "linux")]
#[path = "../shared/flood.rs"]
mod flood;
#[cfg(target_os = "linux")]
mod flooded;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod join;
#[cfg(target_os = "linux")]
mod line_server;
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
mod paced;
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
mod resident;
#[cfg(target_os = "linux")]
mod rounds;
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
    let words: Vec<String> = std::env::args().collect();
    if let [_, argument, port] = words.as_slice()
        && argument == line_server::ARGUMENT
    {
        let port = port.parse().map_err(std::io::Error::other)?;
        return line_server::serve(port);
    }
    if let Some(options) = options::Options::from_command_line() {
        set_limits()?;
        measure(&options)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn measure(options: &options::Options) -> std::io::Result<()> {
    use contestant::Contestant::{Events, NcatBroker};
    use flood::Load;
    use neighbours::Neighbours;

    // Found when the first section asks, so that a filter that fits none starts nothing.
    let all = std::cell::LazyCell::new(contestant::available);
    let section = |name: &str, rounds: usize, run: &dyn Fn(&str, usize)| {
        if options.wants(name) {
            let neighbours = Neighbours::watch()?;
            run(name, options.rounds(rounds));
            neighbours.report()?;
        }
        std::io::Result::Ok(())
    };
    for (name, rounds, clients) in [("chat/paced/90", 9, 90), ("chat/paced/500", 7, 500)] {
        section(name, rounds, &|name, rounds| {
            paced::run(name, &all, clients, rounds);
        })?;
    }
    for (name, rounds, clients, lines, per_send) in [
        ("chat/flood/10", 5, 10, 160_000, 1),
        ("chat/flood/90", 5, 90, 80_000, 1),
        ("chat/flood-blocks/10", 3, 10, 800_000, 512),
        ("chat/flood-blocks/90", 3, 90, 160_000, 512),
    ] {
        let load = Load { lines, per_send };
        section(name, rounds, &|name, rounds| {
            flooded::run(name, &all, clients, load, rounds);
        })?;
    }
    section("chat/join/500", 3, &|name, rounds| {
        join::run(name, &all, 500, rounds, 0.2);
    })?;
    section("chat/join/9000", 3, &|name, rounds| {
        let netlab = all.contains(&Events).then_some(Events);
        join::run(name, netlab.as_slice(), 9000, rounds, 3.0);
        if all.contains(&NcatBroker)
            && let Err(error) = join::beyond_select(1100)
        {
            report::note(&format!("FAILED: ncat beyond select: {error}"));
        }
    })?;
    section("chat/idle", 1, &|name, _| {
        idle::run(name, &all, 5000);
    })
}

/// Thousands of clients need thousands of open files, here and in the servers, which inherit
/// the limit. A server that aborts, as ncat does when it has too many, leaves no core file.
#[cfg(target_os = "linux")]
fn set_limits() -> std::io::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(20_000)), hard)?;
    let (_, core) = getrlimit(Resource::RLIMIT_CORE)?;
    Ok(setrlimit(Resource::RLIMIT_CORE, 0, core)?)
}
