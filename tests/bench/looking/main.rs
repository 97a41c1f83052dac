//! Commands that look, compared with what systems bring for it: `getent`, `ss`, `netstat`, `lsof`.
//!
//! `cargo bench --bench looking` runs everything; `cargo bench --bench looking -- start watch` runs
//! the sections whose names contain one of the words; `-- --rounds 3` is a quick look, and
//! `-- watch --seconds 60` watches for longer.
//!
//! | section | question | targets for netlab |
//! | --- | --- | --- |
//! | `looking/start` | how long from the start of `classify-port 22` to its end? | 1.1 x `getent services 22/tcp` |
//! | `looking/endpoints` | how long for 10,000 and for 18,000 sockets, with how much memory? | 0.7 x `ss -tan` without programs, 0.8 x `ss -tanp` with them, memory at most theirs; in a terminal as fast as in a pipe |
//! | `looking/watch` | what does `--watch` cost with 1,000 sockets? | 1 % of a processor |
//! | `looking/lookups` | how long for all 65,536 ports on the standard input? | |
//!
//! What is compared is the same for all. Time is from the call that creates the process until it
//! has ended and its last byte has been read; processor time, user and system, is that of the whole
//! process. Whoever reads only reads, on the other end of a pipe or a pseudo-terminal, and looks at
//! nothing until the process has ended. Then the rows are counted: a program that did not show every
//! socket is an error and has no figures.
//!
//! The sockets are pairs of TCP connections over loopback, held by one process in a network
//! namespace of the benchmark's own, which ends with it:
//!
//! ```text
//!   this process                         the process that holds them
//!   starts a program, reads its output   listener 127.0.0.1:P <-- N/2 connections
//!   \_____________________ the same network namespace ____________________/
//! ```
//!
//! How to read it: absolute figures belong to the machine and to the hour. The ratios are between
//! programs that took turns in the same run, and the lowest and highest round are beside every
//! median: a ratio closer to its target than those are to each other says nothing. The last line of
//! a section says how much of the two processors others used meanwhile; above a tenth the section
//! is marked as disturbed, and only a run on a quieter machine counts.
//!
//! Linux only, and for all but `start` and `lookups` only for root, who may make namespaces.

#[cfg(target_os = "linux")]
mod endpoints;
#[cfg(target_os = "linux")]
mod holder;
#[cfg(target_os = "linux")]
mod lookups;
#[cfg(target_os = "linux")]
#[path = "../shared/neighbours.rs"]
mod neighbours;
#[cfg(target_os = "linux")]
#[path = "../shared/options.rs"]
mod options;
#[cfg(target_os = "linux")]
mod peak;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "the time of a process that has ended is in this one's account")]
#[path = "../shared/processor.rs"]
mod processor;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
#[path = "../shared/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "nothing here is so rare that a median would hide it")]
#[path = "../datagram/rounds.rs"]
mod rounds;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "nothing here serves anybody; the choice of processors is shared")]
#[path = "../shared/server.rs"]
mod server;
#[cfg(target_os = "linux")]
mod start;
#[cfg(target_os = "linux")]
mod watch;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    if let Some(count) = holder::asked() {
        return holder::hold(count);
    }
    match options::Options::from_command_line() {
        Some(options) => measure(&options),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn measure(options: &options::Options) -> std::io::Result<()> {
    use neighbours::Neighbours;

    run::stay()?;
    for section in ["looking/start", "looking/lookups", "looking/endpoints", "looking/watch"] {
        if !options.wants(section) {
            continue;
        }
        let neighbours = Neighbours::watch()?;
        match section {
            "looking/start" => start::run(section, options.rounds(300)),
            "looking/lookups" => lookups::run(section, options.rounds(7)),
            "looking/endpoints" => endpoints::run(section, options.rounds(9)),
            _ => watch::run(section, options.number("--seconds", 10)),
        }
        neighbours.report()?;
    }
    Ok(())
}
