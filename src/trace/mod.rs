//! # Watching a program that netlab did not write
//!
//! A student's own program, such as one of the handouts' in Python, is run as it is, and what its
//! sockets do is told in the words of the vocabulary: its calls by way of the installed `strace`, its
//! packets by capture, its endpoints beside the calls.
//!
//! ```text
//!   python3 server.py ◀── strace ──▶ lines ─▶ calls with labels and states ─┐
//!   python3 client.py ◀── strace ──▶ lines ─▶ calls with labels and states ─┼─▶ one clock ─▶ events
//!   every packet of TCP and UDP ─▶ shelf ─▶ those of these sockets, causes ─┘
//! ```
//!
//! `strace` stops the program before and after each call, so everything takes longer than it does
//! alone. It tells the time of day, as the capture does: both are brought to the time since the run
//! began by one measurement, so the order of calls and packets is that of one clock. A clock that is set
//! meanwhile moves packets against calls, and no call before the one that it came after.
//!
//! netlab runs here the program that its own user has named, on this machine, and with the user's
//! rights. Nothing that comes from a peer is ever run.
//!
//! | file | what |
//! | --- | --- |
//! | `split` | a command line in one word, taken apart |
//! | `strace`, `system` | the command that watches; named pipes, signals, users |
//! | `run`, `watched` | who is started when and ended how; a program and its `strace` |
//! | `line`, `argument`, `calls` | lines read; their arguments; what the call is called |
//! | `order` | lines in time, and a child's behind its parent's `fork` |
//! | `sockets`, `tables` | which socket a descriptor is; who holds it |
//! | `book`, `effects` | what happened to a socket, and what follows from that |
//! | `packets`, `attempts` | packets, and whose they are; from which port a `connect` went out |
//! | `late` | no `connect` returns before its answer |
//! | `told` | everything put together, in the order of one clock |

mod argument;
mod attempts;
mod book;
mod calls;
mod effects;
mod late;
mod line;
mod order;
mod packets;
mod run;
mod sockets;
mod split;
mod strace;
mod system;
mod tables;
mod told;
mod watched;

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::capture::{Opened, time_of_day};
use crate::error::TraceFault;
use crate::event::Event;
use packets::Shelf;
use watched::News;

pub use split::split;
pub use strace::{Strace, in_path};

/// The user who became root by `sudo`: with whose rights the programs run.
#[must_use]
pub fn invoking_user() -> Option<String> {
    system::invoking_user()
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The programs, in the order in which they are started. Each is started when the ones before it
    /// listen; when the last has ended, the others are asked to end.
    pub programs: Vec<Program>,
    /// So long a program has to end by itself, and again after each request.
    pub grace: Duration,
}

/// A program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name in the picture: `server`.
    pub name: String,
    /// Its file and its arguments.
    pub words: Vec<OsString>,
    /// Whether the standard input is its own; otherwise it has none, and a process group of its own.
    pub reads_input: bool,
    /// Where it prints.
    pub output: Output,
}

/// Where a program prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Where netlab does, without a detour.
    Through,
    /// To the standard error: the standard output is for something else.
    ToErrors,
    /// To netlab, which shows it with a prefix.
    Prefixed,
}

/// Takes what a program prints: its place in the plan, and bytes.
pub type Shown = dyn Fn(usize, &[u8]) + Send + Sync;

/// Something to be told while the programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server has not listened yet, and the client still waits to be started.
    NotListening,
    /// The program at this place of the plan has ended, and processes that it made go on.
    Others(usize),
}

/// A run that can be interrupted.
pub struct Desk {
    tell: Sender<News>,
    news: Receiver<News>,
}

impl Default for Desk {
    fn default() -> Self {
        let (tell, news) = channel();
        Self { tell, news }
    }
}

impl Desk {
    /// What to call when Ctrl-C was pressed.
    #[must_use]
    pub fn interrupt(&self) -> Box<dyn Fn() + Send + Sync> {
        let tell = std::sync::Mutex::new(self.tell.clone());
        Box::new(move || {
            if let Ok(tell) = tell.lock() {
                let _ = tell.send(News::Interrupt);
            }
        })
    }
}

/// How a run is watched.
pub struct Watch<'a> {
    /// Who watches.
    pub strace: &'a Strace,
    /// With whose rights the programs run, if not netlab's.
    pub user: Option<&'a str>,
    /// What captures, where that is allowed.
    pub capture: Option<Opened>,
    /// Takes what programs print that have no terminal of their own.
    pub shown: Arc<Shown>,
    /// Takes what is to be told meanwhile.
    pub notice: &'a dyn Fn(Notice),
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// What happened, in the order of one clock, and the end that it happened to.
    pub events: Vec<(Option<String>, Event)>,
    /// How each program that was started ended.
    pub ends: Vec<End>,
    /// Ctrl-C was pressed.
    pub interrupted: bool,
    /// Lines of `strace` that could not be read.
    pub strange: u64,
    /// Calls of `connect` of which it is not certain which SYN was theirs.
    pub uncertain: usize,
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Its name.
    pub name: String,
    /// The number that it gave.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// How many sockets of the internet it had.
    pub sockets: usize,
    /// How many calls were watched, also on files.
    pub calls: u64,
}

/// Runs the programs to their end, and tells what happened.
///
/// # Errors
///
/// [`TraceFault`] when they cannot be watched here.
pub fn watch(plan: &Plan, desk: Desk, with: Watch<'_>) -> Result<Traced, TraceFault> {
    let began = Instant::now();
    let zero = time_of_day(began);
    let shelf = with.capture.is_some().then(Shelf::default);
    let mut link = false;
    let capture = match (with.capture, &shelf) {
        (Some(opened), Some(shelf)) => {
            link = opened.setup().link;
            let outlet = Box::new(shelf.clone());
            let started = opened.begin(began, outlet);
            Some(started.map_err(|error| TraceFault::System("a capture", error))?)
        }
        _ => None,
    };
    let around = run::Surroundings {
        strace: with.strace,
        user: with.user,
        tell: desk.tell,
        news: desk.news,
        shown: with.shown,
        notice: with.notice,
        shelf: shelf.clone(),
    };
    let ran = run::run(plan, around)?;
    drop(capture);
    if let Some(first) = ran.programs.first()
        && first.book.first.is_none()
    {
        return Err(nothing_seen(with.strace, first.status));
    }
    let kept = shelf.map(|shelf| shelf.take());
    Ok(told::told(plan, ran, kept, &told::Frame { zero, user: with.user, link }))
}

/// Not one line came: why?
fn nothing_seen(strace: &Strace, status: Option<std::process::ExitStatus>) -> TraceFault {
    match strace.trouble() {
        Some(words) if words.contains("not permitted") || words.contains("denied") => {
            TraceFault::NotAllowed(words)
        }
        Some(words) => TraceFault::Silent(words),
        None => TraceFault::Silent(match status.and_then(|status| status.code()) {
            Some(code) => format!("strace ended with exit code {code}, and wrote nothing"),
            None => "strace was ended by a signal, and wrote nothing".to_owned(),
        }),
    }
}
