//! The journal: where rooms put events, and the one clock of a run.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Event, Kind, SocketId};

/// Something that takes events: a renderer, a record, a test.
pub trait Sink: Send {
    /// Takes one event. Called in the order in which events happened, never twice at a time.
    fn event(&mut self, event: &Event);

    /// Nothing more is coming for a moment: show what was taken.
    fn flush(&mut self) {}
}

/// What the sinks of a run want to hear of. What nobody wants is not even put together, so a run
/// that is not explained or recorded pays nothing for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Every call to the socket API, and how received bytes fell into messages.
    pub calls: bool,
}

/// A handle on a run's journal; clones share it.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    began: Instant,
    wants: Wants,
    sockets: AtomicU32,
    sinks: Mutex<Vec<Box<dyn Sink>>>,
}

impl Journal {
    /// A journal that begins now and hands every event to every sink.
    #[must_use]
    pub fn new(wants: Wants, sinks: Vec<Box<dyn Sink>>) -> Self {
        Self::since(Instant::now(), wants, sinks)
    }

    /// A journal of a run that began earlier: two ends of one demo share a clock.
    #[must_use]
    pub fn since(began: Instant, wants: Wants, sinks: Vec<Box<dyn Sink>>) -> Self {
        Self(Arc::new(Shared {
            began,
            wants,
            sockets: AtomicU32::new(0),
            sinks: Mutex::new(sinks),
        }))
    }

    /// A journal nobody reads.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Wants::default(), Vec::new())
    }

    /// Whether anybody wants to hear of calls.
    #[must_use]
    pub fn wants_calls(&self) -> bool {
        self.0.wants.calls
    }

    /// The label of the next socket.
    #[must_use]
    pub fn next_socket(&self) -> SocketId {
        SocketId(self.0.sockets.fetch_add(1, Ordering::Relaxed))
    }

    /// The label that the next socket will have.
    #[must_use]
    pub fn upcoming_socket(&self) -> SocketId {
        SocketId(self.0.sockets.load(Ordering::Relaxed))
    }

    /// Time since the run began.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// Puts an event into the journal, with the time it is now.
    pub fn emit(&self, kind: impl Into<Kind>) {
        let mut sinks = self.sinks();
        // Read the clock under the lock: events then lie in the order of their times.
        let event = Event { at: self.now(), kind: kind.into() };
        for sink in sinks.iter_mut() {
            sink.event(&event);
        }
    }

    /// Puts a detail into the journal that goes with calls, if anybody wants those.
    pub fn emit_call_detail(&self, kind: impl FnOnce() -> Kind) {
        if self.wants_calls() {
            self.emit(kind());
        }
    }

    /// Lets the sinks show what they hold back, before the run waits for something.
    pub fn flush(&self) {
        for sink in self.sinks().iter_mut() {
            sink.flush();
        }
    }

    fn sinks(&self) -> MutexGuard<'_, Vec<Box<dyn Sink>>> {
        // A sink that panicked in another thread has lost its own event, not the others' journal.
        self.0.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("wants", &self.0.wants).finish_non_exhaustive()
    }
}
