//! `ports`: which ports does my own kernel give me?
//!
//! ```text
//!   0     1023 1024                      49151 49152        65535
//!   ├ well-known ┼────────── registered ────────┼── dynamic ──┤     IANA's ranges
//!                                  ├──── this kernel's ────┤        what connect gets
//! ```
//!
//! Each client that does not call `bind` gets a source port from its kernel. A thousand of them show
//! the kernel's own range; it need not be IANA's. Where the system does not let a program have enough
//! sockets at once, they come in several groups.

use std::collections::HashSet;
use std::net::SocketAddr;

use super::ends;
use super::kernel;
use super::list::Scene;
use super::pair::{bar, number, thousands};
use super::stage::{Curtain, Stage};
use crate::endpoint::limits::source_ports;
use crate::error::Failure;
use crate::event::{Operation, State};
use crate::port::Range;
use crate::socket::{Listener, raise_descriptor_limit};

pub(super) const SCENE: Scene = Scene {
    name: "ports",
    line: "which ports does my kernel give me? a thousand connects, sorted by range",
    title: "My own ports: a thousand connects",
    about: "A client connects a thousand times to one server and never calls bind. From which range \
            does the kernel choose its ports, and does it ever give one twice?",
    play,
};

const CONNECTS: usize = 1000;
/// Descriptors that the rest of the program needs.
const RESERVE: usize = 56;
/// Columns of the longest bar.
const BAR: usize = 24;

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let server = stage.journal("server");
    stage.step("A server that accepts whoever comes");
    let (listener, address) = ends::listener(&server, 128)?;
    stage.step("A client connects a thousand times; all connections stay open");
    let group = group();
    let (mut ports, mut twice, mut open) = (Vec::new(), 0, 0);
    while ports.len() < CONNECTS {
        let wanted = group.min(CONNECTS - ports.len());
        let some = connects(stage, &listener, address, wanted)?;
        let different: HashSet<u16> = some.iter().copied().collect();
        twice += some.len() - different.len();
        open = open.max(some.len());
        ports.extend(some);
    }
    facts(stage, &ports, open, twice);
    let left = kernel::sockets(address.port(), false)
        .map_or(0, |found| found.sockets.iter().filter(|it| it.state == State::TimeWait).count());
    if left > 0 {
        let words = format!(
            "{} connections are in TIME-WAIT now, because the client closed first: their ports are \
             not free for a while (60 s on Linux)",
            thousands(left)
        );
        stage.fact("left_in_time_wait", left, words);
    }
    drop(listener);
    Ok(curtain(&ports, twice))
}

fn curtain(ports: &[u16], twice: usize) -> Curtain {
    let (first, last) = span(ports);
    let registered = ports.iter().filter(|port| Range::of(**port) == Range::Registered).count();
    Curtain {
        saw: [
            format!(
                "The kernel chose {} ports from {first} to {last}: a client needs no bind, and {} had \
                 the port of another that was open.",
                thousands(ports.len()),
                if twice == 0 { "none".to_owned() } else { thousands(twice) }
            ),
            format!(
                "{} of them are \"registered\" by their number: the three ranges are IANA's \
                 agreement, and what is handed out is the kernel's own affair.",
                thousands(registered)
            ),
        ],
        card: "port-ranges",
        next: vec![
            format!("netlab classify-port {first}"),
            "netlab demo time-wait                    (why a port is not free at once)".into(),
            "netlab endpoints --state TIME-WAIT       (what is left of them)".into(),
        ],
    }
}

/// How many connections may be open at once: each has two sockets in this program.
fn group() -> usize {
    let Some(limit) = raise_descriptor_limit() else { return CONNECTS };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    (limit.saturating_sub(RESERVE) / 2).clamp(1, CONNECTS)
}

/// So many connections at the same time: the client's ports.
fn connects(
    stage: &mut Stage,
    listener: &Listener,
    address: SocketAddr,
    wanted: usize,
) -> Result<Vec<u16>, Failure> {
    let client = stage.journal("client");
    let (mut ports, mut clients, mut servers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..wanted {
        let (stream, own) = ends::connected(&client, address)?;
        ports.push(own.port());
        servers.push(ends::must(Operation::Accept, listener.accept())?);
        clients.push(stream);
    }
    // The clients first: TIME-WAIT is on the side that closes first.
    drop(clients);
    for stream in &servers {
        let _ = stream.recv(&mut [0; 1]);
    }
    drop(servers);
    Ok(ports)
}

fn span(ports: &[u16]) -> (u16, u16) {
    (ports.iter().min().copied().unwrap_or(0), ports.iter().max().copied().unwrap_or(0))
}

fn facts(stage: &Stage, ports: &[u16], open: usize, twice: usize) {
    let of = |range: Range| ports.iter().filter(|port| Range::of(**port) == range).count();
    let counts = Range::ALL.map(of);
    let words =
        format!("{} connects, {} of them open at once", thousands(ports.len()), thousands(open));
    stage.fact("connects_and_open_at_once", vec![number(ports.len()), number(open)], words);
    let words = match twice {
        0 => "no port twice at the same time".to_owned(),
        _ => format!("{twice} ports twice at the same time"),
    };
    stage.fact("ports_twice", twice, words);
    let (first, last) = span(ports);
    let words = format!("the lowest was {first}, the highest {last}");
    stage.fact("lowest_and_highest", vec![i64::from(first), i64::from(last)], words);
    let names = Range::ALL.iter().zip(counts);
    let listed: Vec<String> =
        names.map(|(range, count)| format!("{} {}", thousands(count), range.name())).collect();
    let words = format!("by IANA's ranges: {}", listed.join(", "));
    stage.fact("well_known_registered_dynamic", counts.map(number).to_vec(), words);
    if let Some((low, high)) = source_ports() {
        let inside = ports.iter().all(|port| (low..=high).contains(port));
        let words = format!("this kernel says that it hands out {low} to {high}");
        stage.fact("kernel_range", vec![i64::from(low), i64::from(high)], words);
        let words =
            if inside { "every one came from there" } else { "not every one came from there" };
        stage.fact("all_in_kernel_range", inside, words);
    }
    histogram(stage, ports, counts);
}

fn histogram(stage: &Stage, ports: &[u16], counts: [usize; 3]) {
    let most = counts.iter().max().copied().unwrap_or(0) as u128;
    let rows = Range::ALL.iter().zip(counts).map(|(range, count)| {
        let (first, last) = range.bounds();
        vec![
            range.name().to_owned(),
            format!("{first}-{last}"),
            thousands(count),
            bar(count as u128, most, BAR),
        ]
    });
    let head = ["Range", "Ports", "Got", "Part"];
    let title = format!("{} source ports, by range", thousands(ports.len()));
    stage.table(&title, &head, rows.collect());
}
