//! How long an event is held: what somebody who types waits for the answer to be seen.
#![expect(clippy::expect_used, reason = "a bench that cannot run has nothing to say")]

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use netlab::capture::{self, CaptureFilter, CapturePlan, Outlet};
use netlab::event::{Event, Journal, Kind, Wants};

/// Tells when an event has come out.
struct Out(Sender<Instant>);

impl Outlet for Out {
    fn event(&mut self, _: Option<&str>, event: &Event) {
        if matches!(event.kind, Kind::Turn { .. }) {
            let _ = self.0.send(Instant::now());
        }
    }
}

/// The median and the longest of a hundred. None: captures need root.
pub fn held() -> Option<(Duration, Duration)> {
    let filter = CaptureFilter { tcp: true, ..CaptureFilter::default() };
    let opened = capture::open(CapturePlan { filter, ..CapturePlan::default() }).ok()?;
    let (tell, told) = channel();
    let began = Instant::now();
    let capture = opened.begin(began, Box::new(Out(tell))).expect("a thread");
    let journal = Journal::since(began, Wants { calls: true }, vec![capture.lane(None)]);
    let mut held: Vec<Duration> = (0..100)
        .map(|_| {
            let now = Instant::now();
            journal.emit(Kind::Turn { mine: true });
            let out = told.recv().expect("it comes out");
            thread::sleep(Duration::from_millis(7));
            out - now
        })
        .collect();
    held.sort_unstable();
    Some((held[50], held[99]))
}
