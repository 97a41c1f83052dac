//! Pings compared: `netlab raw-ping`, ping of iputils, and fping.
//!
//! `cargo bench --bench ping` runs everything; `cargo bench --bench ping -- latency flood` runs
//! the sections whose names contain one of the words; `-- --rounds 1` is a quick look.
//!
//! | section | question | targets for netlab |
//! | --- | --- | --- |
//! | `ping/latency` | how long is a round trip, at what cost? | median 1.1 x ping's at 10 ms, 1.1 x fping's at 1 ms, with no more CPU for a probe than fping |
//! | `ping/flood` | how many a second, one after the other? | the rate of `ping -f`, with no more CPU, by about two system calls |
//! | `ping/sweep` | how soon have 500 hosts answered? | no later than fping's, all of them |
//!
//! Everything happens between two network namespaces, which are the benchmark's own and end with
//! it; no packet leaves the machine:
//!
//! ```text
//!   near (the programs run here)                      far
//!   lo 127.0.0.0/8                  veth pair         lo 10.99.0.0/16
//!   eth0 10.98.0.1 ---------------------------------- eth0 10.98.0.2
//! ```
//!
//! What is compared is the same for all: each writes its output to a file, so no reader wakes in
//! between; the round trips are those of the lines that it prints, one a reply; processor time,
//! user and system, is that of the whole process from its start to its end; wall time lasts from
//! the call that creates the process until it has ended. A run that did not send as many probes
//! as were asked for, or lost one where none may be lost, is an error and has no figures.
//!
//! How to read it: no round trip here crosses a network. In Linux both the request and the reply
//! are handed on within the call that sends the request, on loopback and through a veth pair, so
//! a round trip is some microseconds of one processor, and its state decides about them: after
//! a pause of 10 ms it has slept, its caches hold other things, and the same path takes several
//! times as long as in a flood. What a program adds is what it does between the moment that it
//! notes and the call. Programs print whole microseconds; the median is taken as if the replies
//! of one printed value were spread evenly over that microsecond, or it could not tell 3 from 4.
//! Of ping note that it does not sleep at intervals below 10 ms: it asks for the reply again and
//! again, which keeps its processor awake and shows in its processor time.
//!
//! Absolute figures belong to the machine and to the hour. The ratios are between programs that
//! took turns in the same run, and the lowest and highest round are beside every median: a ratio
//! closer to its target than those are to each other says nothing. The last line of a section
//! says how much of the two processors others used meanwhile; above a tenth the section is marked
//! as disturbed, and only a run on a quieter machine counts.
//!
//! Linux only, and only for root, who may make namespaces.

#[cfg(target_os = "linux")]
mod contestant;
#[cfg(target_os = "linux")]
mod flood;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod latency;
#[cfg(target_os = "linux")]
#[path = "../shared/neighbours.rs"]
mod neighbours;
#[cfg(target_os = "linux")]
#[path = "../shared/options.rs"]
mod options;
#[cfg(target_os = "linux")]
mod printed;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "the time of a process that has ended is in this one's account")]
#[path = "../shared/processor.rs"]
mod processor;
#[cfg(target_os = "linux")]
#[path = "../shared/report.rs"]
mod report;
#[cfg(target_os = "linux")]
#[path = "../datagram/rounds.rs"]
mod rounds;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "a ping serves nobody; the choice of processors is shared")]
#[path = "../shared/server.rs"]
mod server;
#[cfg(target_os = "linux")]
mod sweep;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    // Figures from output that is misread would be worse than none; this costs nothing, so
    // `cargo test --all-targets` does it too.
    printed::check()?;
    match options::Options::from_command_line() {
        Some(options) => measure(&options),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn measure(options: &options::Options) -> std::io::Result<()> {
    use neighbours::Neighbours;

    let sections = ["ping/latency", "ping/flood", "ping/sweep"];
    if !sections.iter().any(|section| options.wants(section)) {
        return Ok(());
    }
    let _lab = match lab::Lab::enter() {
        Ok(lab) => lab,
        Err(error) => {
            let needs = "root and the program ip, for namespaces of its own";
            report::note(&format!("LEFT OUT: ping needs {needs} ({error})"));
            return Ok(());
        }
    };
    run::stay()?;
    let all = contestant::available();
    for section in sections {
        if options.wants(section) {
            let neighbours = Neighbours::watch()?;
            match section {
                "ping/latency" => latency::run(section, &all, options.rounds(5)),
                "ping/flood" => flood::run(section, &all, options.rounds(7)),
                _ => sweep::run(section, &all, options.rounds(9)),
            }
            neighbours.report()?;
        }
    }
    Ok(())
}
