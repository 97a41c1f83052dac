//! The way from the journals to the thread that puts everything in order.

use std::fmt;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Outlet;
use crate::event::{CaptureReport, Event, Sink};
use crate::socket::Alarm;

/// So many events may wait for the thread; then whoever emits has to.
const ROOM: usize = 65_536;

/// What the lanes and the thread share.
pub(super) struct Shared {
    state: Mutex<State>,
    taken: Condvar,
    wake: Condvar,
    pub(super) alarm: Alarm,
    pub(super) counts: Arc<Counts>,
}

/// How far everything is, for who looks while it goes on.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Events, packets among them, that were handed on.
    pub told: AtomicU64,
    /// Those that the thread has and holds.
    pub held: AtomicU64,
    /// Those that the thread has not taken yet.
    queued: AtomicU64,
}

impl Counts {
    /// What was handed on, and what waits.
    pub(super) fn look(&self) -> (u64, u64) {
        let [told, held, queued] =
            [&self.told, &self.held, &self.queued].map(|count| count.load(Ordering::Relaxed));
        (told, held + queued)
    }
}

/// Lets everybody go who waits for the thread, if it ends before its time: somebody who takes events
/// may panic.
pub(super) struct Guard<'a>(pub(super) &'a Shared);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.after.is_none() {
            state.events.clear();
            state.after = Some(Box::new(Vec::new()));
        }
        drop(state);
        self.0.taken.notify_all();
    }
}

#[derive(Default)]
struct State {
    events: Vec<Happened>,
    finish: bool,
    report: CaptureReport,
    /// Whoever takes events, once the thread has ended.
    after: Option<Box<dyn Outlet>>,
}

/// An event, and whose.
pub(super) type Happened = (Option<Arc<str>>, Event);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("alarm", &self.alarm).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            state: Mutex::default(),
            taken: Condvar::new(),
            wake: Condvar::new(),
            alarm: Alarm::new()?,
            counts: Arc::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, end: Option<&Arc<str>>, event: &Event) {
        let mut state = self.state();
        while state.after.is_none() && state.events.len() >= ROOM {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(outlet) = &mut state.after {
            outlet.event(end.map(|end| &**end), event);
            return;
        }
        state.events.push((end.cloned(), event.clone()));
        self.counts.queued.fetch_add(1, Ordering::Relaxed);
        let first = state.events.len() == 1;
        drop(state);
        if first {
            self.alarm.ring();
        }
    }

    fn flush(&self) {
        // The thread flushes whenever it has handed something on.
        if let Some(outlet) = &mut self.state().after {
            outlet.flush();
        }
    }

    /// What has happened meanwhile, and whether it is the end.
    pub(super) fn take(&self) -> (Vec<Happened>, bool) {
        let mut state = self.state();
        let events = mem::take(&mut state.events);
        self.counts.queued.store(0, Ordering::Relaxed);
        self.taken.notify_all();
        (events, state.finish)
    }

    /// Whether the end has come.
    pub(super) fn is_finished(&self) -> bool {
        self.state().finish
    }

    /// Waits for so long, or for the end.
    pub(super) fn pause(&self, limit: Duration) {
        let state = self.state();
        if !state.finish {
            let _ = self.wake.wait_timeout(state, limit);
        }
    }

    pub(super) fn finish(&self) {
        self.state().finish = true;
        self.wake.notify_all();
        self.alarm.ring();
    }

    /// The thread ends: from here on events go straight to whoever takes them. What came at the last
    /// moment goes first.
    pub(super) fn hand_over(&self, mut outlet: Box<dyn Outlet>, report: CaptureReport) {
        let mut state = self.state();
        for (end, event) in mem::take(&mut state.events) {
            outlet.event(end.as_deref(), &event);
        }
        outlet.flush();
        state.report = report;
        state.after = Some(outlet);
        drop(state);
        self.taken.notify_all();
    }

    pub(super) fn report(&self) -> CaptureReport {
        self.state().report
    }
}

/// The sink of one end.
#[derive(Debug)]
pub(super) struct Lane {
    shared: Arc<Shared>,
    end: Option<Arc<str>>,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, end: Option<&str>) -> Self {
        Self { shared, end: end.map(Arc::from) }
    }
}

impl Sink for Lane {
    fn event(&mut self, event: &Event) {
        self.shared.put(self.end.as_ref(), event);
    }

    fn flush(&mut self) {
        self.shared.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CaptureEvent;

    /// More is emitted than there is room for, and nobody takes it any more.
    #[test]
    fn nobody_waits_for_a_thread_that_fell() {
        let shared = Arc::new(Shared::new().expect("an alarm"));
        let theirs = Arc::clone(&shared);
        let fall = move || {
            let _guard = Guard(&theirs);
            panic!("whoever draws has fallen");
        };
        let fallen = std::thread::Builder::new().spawn(fall).expect("a thread");
        assert!(fallen.join().is_err());
        let kind = CaptureEvent::Ended(CaptureReport::default()).into();
        let event = Event { at: Duration::ZERO, kind };
        for _ in 0..=ROOM {
            shared.put(None, &event);
        }
    }
}
