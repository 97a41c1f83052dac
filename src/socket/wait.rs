//! Waiting for several ICMP sockets, a moment, or somebody at the keyboard, whichever comes first.

use std::io;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::icmp::IcmpSocket;
use super::sys::icmp as sys;
use crate::event::{Operation, Outcome};

/// Ends a [`wait`] from any thread.
#[derive(Clone, Debug)]
pub struct Alarm(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rung: AtomicBool,
    bell: sys::Bell,
}

impl Alarm {
    /// An alarm that has not rung.
    ///
    /// # Errors
    ///
    /// EMFILE when no descriptor is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(Shared { rung: AtomicBool::new(false), bell: sys::Bell::new()? })))
    }

    /// What there is to wait for.
    pub(super) fn bell(&self) -> &sys::Bell {
        &self.0.bell
    }

    /// Ends the wait that goes on, or the next one.
    pub fn ring(&self) {
        if !self.0.rung.swap(true, Ordering::SeqCst) {
            self.0.bell.ring();
        }
    }

    /// Waits until it rings, or the time is up. Returning early is allowed.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn wait(&self, limit: Option<Duration>) -> io::Result<()> {
        sys::wait(iter::empty(), &self.0.bell, limit).map(drop)
    }

    /// Whether it has rung since the last time this was asked.
    #[must_use]
    pub fn has_rung(&self) -> bool {
        let rung = self.0.rung.load(Ordering::Relaxed) && self.0.rung.swap(false, Ordering::SeqCst);
        if rung {
            self.0.bell.still();
        }
        rung
    }
}

/// A wait that was shorter is not worth an event.
const WORTH_TELLING: Duration = Duration::from_micros(100);

/// `poll`: waits until one of the sockets has something to receive, the alarm rings, or the time is
/// up. Returning early is allowed: whoever waits looks again. `man 2 poll`.
///
/// # Errors
///
/// Where the system refuses. An interruption by a signal is no error.
pub fn wait(sockets: &[&IcmpSocket], alarm: &Alarm, limit: Option<Duration>) -> io::Result<()> {
    let Some(first) = sockets.first() else { return Ok(()) };
    let traced = first.trace.journal().wants_calls();
    let began = traced.then(Instant::now);
    let ready = sys::wait(sockets.iter().map(|socket| &socket.inner), alarm.bell(), limit)?;
    if let Some(took) = began.map(|began| began.elapsed())
        && took >= WORTH_TELLING
    {
        first.trace.tell(Operation::Poll(sockets.len()), Outcome::count(ready), took);
    }
    Ok(())
}
