//! One speaker sends as fast as the server takes its lines; everybody else counts.

use std::hint::spin_loop;
use std::io;
use std::time::{Duration, Instant};

use crate::processor::cpu_seconds;
use crate::report::float;
use crate::swarm::{LINE, Swarm};

/// How long a flood may stand still before it counts as over.
const STILL: Duration = Duration::from_secs(2);

/// How long a flood may take altogether.
const LIMIT: Duration = Duration::from_secs(20);

/// How many sends the speaker makes before the others read again: what one time slice of a
/// processor shared by speakers and readers amounts to.
const SENDS_PER_TURN: usize = 256;

/// How long the readers let lines arrive before they look again.
///
/// Readers that take every line the moment it arrives make the server pay for their waking and
/// for an acknowledgement per line, now more and now less: rates then differ by a factor of
/// three from round to round, and say little about the server.
const PAUSE: Duration = Duration::from_micros(100);

/// What came of a flood.
#[derive(Clone, Copy)]
pub struct Flood {
    /// Delivered lines per second, until the last one that arrived.
    pub rate: f64,
    /// Processor time of the server per delivered line, in microseconds.
    pub cpu_us: f64,
    /// Delivered lines that carry a name in front of the unbroken text, as a share.
    pub named: f64,
}

/// What a speaker sends.
#[derive(Clone, Copy)]
pub struct Load {
    /// How many lines the speaker sends in all.
    pub lines: usize,
    /// How many lines it hands to one send.
    pub per_send: usize,
}

/// Lets the last client send lines to all others; `server` is the id of its process. It is an
/// error if one gets lost: a server that loses lines has not won.
pub fn run(mut swarm: Swarm, load: Load, server: u32) -> io::Result<Flood> {
    swarm.broadcast()?;
    swarm.settle()?;
    swarm.set_nodelay(false)?;

    let before = swarm.heard();
    let goal = before.lines + load.lines * swarm.listeners();
    let cpu = cpu_seconds(server)?;
    let started = Instant::now();
    let elapsed = pour(&mut swarm, load, goal)? - started;
    let cpu = cpu_seconds(server)? - cpu;
    let after = swarm.heard();
    if after.lines < goal || !swarm.even() {
        let (sent, lost) = (load.lines, goal.saturating_sub(after.lines));
        let text = format!("of {sent} lines {lost} deliveries are missing, or lines went astray");
        return Err(io::Error::other(text));
    }
    let heard = float(after.lines - before.lines);
    Ok(Flood {
        rate: heard / elapsed.as_secs_f64().max(1e-9),
        cpu_us: cpu / heard * 1e6,
        named: float(after.named - before.named) / heard,
    })
}

/// Sends, and reads until so many lines have been heard, or until no more come; returns the
/// time of the last.
fn pour(swarm: &mut Swarm, load: Load, goal: usize) -> io::Result<Instant> {
    let block = LINE.repeat(load.per_send);
    let mut unsent = load.lines * LINE.len();
    let started = Instant::now();
    let mut latest = started;
    while swarm.heard().lines < goal && latest.elapsed() < STILL && started.elapsed() < LIMIT {
        for _ in 0..SENDS_PER_TURN {
            // A partial write may have stopped inside a line: go on from there.
            let from = (LINE.len() - unsent % LINE.len()) % LINE.len();
            let rest = &block[from..block.len().min(from + unsent)];
            let sent = if rest.is_empty() { 0 } else { swarm.say(rest)? };
            if sent == 0 {
                break;
            }
            unsent -= sent;
        }
        let count = swarm.heard().lines;
        swarm.pump(Duration::ZERO)?;
        if swarm.heard().lines > count {
            latest = Instant::now();
        }
        let read = Instant::now();
        while read.elapsed() < PAUSE {
            spin_loop();
        }
    }
    Ok(latest)
}
