//! Datagram echoes compared: netlab, the smallest loop that can do it in the same language and in
//! Python, and what socat and ncat make of datagrams.
//!
//! `cargo bench --bench datagram` runs everything; `cargo bench --bench datagram -- window` runs
//! the sections whose names contain the word; `-- --rounds 1` is a quick look, and
//! `-- --seconds 600 memory` watches the memory for ten minutes instead of twenty seconds.
//!
//! | section | question | targets for netlab |
//! | --- | --- | --- |
//! | `datagram/window` | how many a second, at what cost, all of them unbroken? | 0.9 x the minimal loop with 1.15 x its CPU, 2 x Python, 4 x socat and ncat; none lost, none of a wrong size |
//! | `datagram/one-cpu` | how long is a round trip? | 1.1 x the minimal loop, median and p99 |
//! | `datagram/memory` | does memory stand still under ever new peers? | 1.05 x of what it was after the warm-up |
//! | `datagram/cost` | what do `--explain` and `--record` cost? | none |
//!
//! How to read it: the server runs on one processor, the client on another, over the loopback
//! interface, but for `one-cpu`, where both share one. Absolute figures belong to the machine and
//! to the hour. The ratios are between servers that took turns in the same run, with the same
//! client, and the lowest and highest round are beside every median: a ratio closer to its target
//! than those are to each other says nothing. The last line of a section says how much of the two
//! processors others used meanwhile; above a tenth the section is marked as disturbed, and only a
//! run on a quieter machine counts.
//!
//! Linux only: the figures about processes come from `/proc`.

#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod contestant;
#[cfg(target_os = "linux")]
mod cost;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod loop_server;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
#[path = "../shared/neighbours.rs"]
mod neighbours;
#[cfg(target_os = "linux")]
mod one_cpu;
#[cfg(target_os = "linux")]
#[path = "../shared/options.rs"]
mod options;
#[cfg(target_os = "linux")]
#[path = "../shared/processor.rs"]
mod processor;
#[cfg(target_os = "linux")]
#[path = "../shared/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[path = "../chat/resident.rs"]
mod resident;
#[cfg(target_os = "linux")]
mod rounds;
#[cfg(target_os = "linux")]
mod running;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "a datagram server is found by an answer, not by a connection")]
#[path = "../shared/server.rs"]
mod server;
#[cfg(target_os = "linux")]
mod windowed;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    if let [_, argument, port] = words.as_slice()
        && argument == loop_server::ARGUMENT
    {
        let port = port.parse().map_err(std::io::Error::other)?;
        return loop_server::serve(port);
    }
    match options::Options::from_command_line() {
        Some(options) => measure(&options),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn measure(options: &options::Options) -> std::io::Result<()> {
    use neighbours::Neighbours;

    // Found when the first section asks, so that a filter that fits none starts nothing.
    let all = std::cell::LazyCell::new(contestant::available);
    let section = |name: &str, run: &dyn Fn(&str)| {
        if options.wants(name) {
            let neighbours = Neighbours::watch()?;
            run(name);
            neighbours.report()?;
        }
        std::io::Result::Ok(())
    };
    section("datagram/window", &|name| {
        windowed::run(name, &all, options.rounds(7));
    })?;
    section("datagram/one-cpu", &|name| {
        one_cpu::run(name, &all, options.rounds(15));
    })?;
    section("datagram/memory", &|name| {
        memory::run(name, &all, options.number("--seconds", 20));
    })?;
    section("datagram/cost", &|name| {
        cost::run(name, &all, options.rounds(5));
    })
}
