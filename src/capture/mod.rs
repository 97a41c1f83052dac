//! # Packets beside the calls
//!
//! While a run goes on, the packets of its own sockets are captured, and put among its calls where
//! they belong.
//!
//! ```text
//!   rooms ──▶ journal ──▶ lane ─┐ calls and all else,       ┌──▶ renderer
//!                               ├─▶ held for 20 ms, ─▶ one ─┤
//!   kernel ─▶ filter ─▶ socket ─┘ put in order       order  └──▶ record
//!             (in the kernel:     │
//!              not ours is        └ whose is it? which number of its connection?
//!              thrown away)         seen before? which call made it go?
//! ```
//!
//! A packet is known some milliseconds after it crossed, a call at once: so everything waits for a
//! moment before it is handed on. That moment is short enough for somebody who types. Without
//! `--packets` none of this exists.
//!
//! How to use it:
//!
//! 1. [`open`] opens the socket. This needs the privilege, and nothing afterwards does.
//! 2. [`Opened::begin`] starts the capture, before the first socket of the run is made, and takes over
//!    whoever takes events: an [`Outlet`], such as the sinks of a journal.
//! 3. [`Capture::lane`] gives the sink for a journal; a demo has a journal for each end and so a
//!    lane for each; whoever wants packets only needs none.
//! 4. [`Capture::finish`] (or dropping the [`Capture`]) waits for what is still on the way, hands
//!    everything on, says what was lost, and leaves no thread behind. `Kind::End` comes last. Events
//!    that come later pass straight through.
//!
//! | file | what |
//! | --- | --- |
//! | `owners`, `known`, `streams` | whose packet is it? Learned from the calls |
//! | `order` | what comes before what |
//! | `numbers` | sequence numbers counted from the beginning of a connection |
//! | `strangers` | packets that wait for the call that tells whose they are |
//! | `twice` | each packet once |
//! | `clock` | from the kernel's clock to the run's |
//! | `engine`, `judge` | the thread that does it |
//! | `source`, `sieve` | in place of the socket and its filter, on macOS and the BSDs |

mod clock;
mod engine;
mod judge;
mod known;
mod lane;
mod numbers;
mod order;
mod owners;
#[cfg(any(test, all(unix, not(target_os = "linux"))))]
mod sieve;
#[cfg(all(unix, not(target_os = "linux")))]
mod source;
mod strangers;
mod streams;
mod twice;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::event::{CaptureReport, CaptureSetup, Event, Sink};

pub use clock::time_of_day;

pub use crate::socket::CaptureFilter;
#[cfg(any(windows, target_os = "linux"))]
use crate::socket::PacketSocket as Source;
use engine::Engine;
use lane::{Guard, Lane, Shared};
#[cfg(all(unix, not(target_os = "linux")))]
use source::Source;

/// What a reader has to know of packets that were captured in the way of this system.
const REMARK: Option<&str> = if cfg!(any(windows, target_os = "linux")) {
    None
} else {
    Some(
        "this system tells netlab neither when a packet crossed nor how many were lost: the times \
         are those when it was read, a little late, and calls and packets that lie close together \
         may be in the wrong order",
    )
};

/// Whose packets are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whom {
    /// Those of the run's own sockets, which are learned from its calls.
    #[default]
    Own,
    /// All that come through the filter: the sockets are another program's.
    Anybody,
}

/// What is to be captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapturePlan {
    /// What the kernel lets through. Address resolution is captured if `filter.link` is set.
    pub filter: CaptureFilter,
    /// Whose packets.
    pub whom: Whom,
    /// Whether frames are kept whole, to be written to a file; else their first 512 bytes, which
    /// have all headers.
    pub whole: bool,
    /// The name of the file that packets are written to, to be told.
    pub file: Option<String>,
    /// So long everything is held, for the packets that belong before it; none: 20 ms.
    pub hold: Option<Duration>,
}

/// Whoever takes what happened: several ends' events and the packets between them, in one order.
pub trait Outlet: Send {
    /// Takes one event: of an end, or of none, such as a packet.
    fn event(&mut self, end: Option<&str>, event: &Event);

    /// Nothing more is coming for a moment.
    fn flush(&mut self) {}
}

/// The sinks of one journal.
impl Outlet for Vec<Box<dyn Sink>> {
    fn event(&mut self, _: Option<&str>, event: &Event) {
        for sink in self {
            sink.event(event);
        }
    }

    fn flush(&mut self) {
        for sink in self {
            sink.flush();
        }
    }
}

/// A capture that is ready to begin.
#[derive(Debug)]
pub struct Opened {
    socket: Source,
    plan: CapturePlan,
}

/// Opens the socket. From now on the privilege is not needed any more.
///
/// # Errors
///
/// EPERM (macOS: EACCES) without the privilege, [`io::ErrorKind::Unsupported`] where netlab cannot
/// capture: on Windows.
pub fn open(plan: CapturePlan) -> io::Result<Opened> {
    Ok(Opened { socket: Source::open(&plan.filter)?, plan })
}

/// The kernel begins to stamp packets a moment after the first program has asked for it.
const STAMPS: Duration = Duration::from_millis(3);

impl Opened {
    /// How packets are captured; it is told by `CaptureEvent::Began` as well.
    #[must_use]
    pub fn setup(&self) -> CaptureSetup {
        CaptureSetup {
            filter: self.plan.filter.words(),
            buffer: self.socket.buffer(),
            link: self.plan.filter.link,
            file: self.plan.file.clone(),
            remark: REMARK,
        }
    }

    /// Begins. `began` is the moment from which the run counts its time: that of
    /// [`Journal::since`](crate::event::Journal::since). The first event is `CaptureEvent::Began`.
    ///
    /// # Errors
    ///
    /// When this machine has no thread or no descriptor left.
    pub fn begin(self, began: Instant, outlet: Box<dyn Outlet>) -> io::Result<Capture> {
        let setup = self.setup();
        let shared = Arc::new(Shared::new()?);
        let counts = Arc::clone(&shared.counts);
        let engine = Engine::new(self.socket, &self.plan, began, outlet, counts);
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("capture".into()).spawn(move || {
            let _guard = Guard(&theirs);
            engine.run(setup, &theirs);
        })?;
        thread::sleep(STAMPS);
        Ok(Capture { shared, thread: Some(thread) })
    }
}

/// A capture that goes on until it is finished or dropped.
#[derive(Debug)]
pub struct Capture {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Capture {
    /// The sink through which the events of an end go, or those of a run that has but one (none).
    #[must_use]
    pub fn lane(&self, end: Option<&str>) -> Box<dyn Sink> {
        Box::new(Lane::new(Arc::clone(&self.shared), end))
    }

    /// What tells at any time how many events, packets among them, were handed on, and how many wait.
    pub fn progress(&self) -> impl Fn() -> (u64, u64) + Send + Sync + use<> {
        let shared = Arc::clone(&self.shared);
        move || shared.counts.look()
    }

    /// Ends the capture: waits for what is still on the way (a few milliseconds, a second at most), hands
    /// on what was held back, and then `CaptureEvent::Ended`. The result is what that says.
    #[expect(clippy::must_use_candidate, reason = "the report was told already")]
    pub fn finish(mut self) -> CaptureReport {
        self.end();
        self.shared.report()
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.shared.finish();
            let _ = thread.join();
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.end();
    }
}
