//! A run that is captured: its own network, its journals, and everything that came out.

use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use netlab::capture::{self, Capture, CaptureFilter, CapturePlan, Outlet};
use netlab::event::{CaptureEvent, CaptureReport, Captured, Event, Journal, Kind, Wants};
use nix::sched::{CloneFlags, unshare};

use crate::support::FUSE;
use crate::tools::{output, unprivileged};

/// Whatever came out, and of which end.
pub type Seen = Vec<(Option<String>, Event)>;

#[derive(Clone, Default)]
pub struct Tape(Arc<(Mutex<Seen>, Condvar)>);

impl Outlet for Tape {
    fn event(&mut self, end: Option<&str>, event: &Event) {
        let mut seen = self.0.0.lock().expect("nobody panicked");
        seen.push((end.map(str::to_owned), event.clone()));
        self.0.1.notify_all();
    }
}

/// A capture that goes on.
pub struct Lab {
    pub tape: Tape,
    pub began: Instant,
    capture: Capture,
}

/// From here on this test has a network of its own with a loopback. Without root it is skipped.
pub fn alone(test: &str) -> bool {
    if unprivileged(test) {
        return false;
    }
    unshare(CloneFlags::CLONE_NEWNET).expect("root may have a network namespace");
    output(Command::new("ip").args(["link", "set", "lo", "up"]));
    true
}

impl Lab {
    pub fn begin(plan: CapturePlan) -> Self {
        let began = Instant::now();
        let tape = Tape::default();
        let opened = capture::open(plan).expect("root may capture");
        let capture = opened.begin(began, Box::new(tape.clone())).expect("a thread");
        Self { tape, began, capture }
    }

    pub fn all() -> Self {
        let filter = CaptureFilter { tcp: true, udp: true, icmp: true, ..CaptureFilter::default() };
        Self::begin(CapturePlan { filter, whole: true, ..CapturePlan::default() })
    }

    /// The same, for a test of the order on a machine that is busy: everything is held for so long
    /// that a program may be kept from telling of its calls.
    pub fn in_order() -> Self {
        let filter = CaptureFilter { tcp: true, udp: true, icmp: true, ..CaptureFilter::default() };
        let hold = Some(Duration::from_secs(2));
        Self::begin(CapturePlan { filter, whole: true, hold, ..CapturePlan::default() })
    }

    pub fn journal(&self, end: Option<&str>) -> Journal {
        Journal::since(self.began, Wants { calls: true }, vec![self.capture.lane(end)])
    }

    pub fn finish(self) -> (Seen, CaptureReport) {
        let report = self.capture.finish();
        let seen = std::mem::take(&mut *self.tape.0.0.lock().expect("nobody panicked"));
        (seen, report)
    }

    /// Waits until so many packets have come out.
    #[track_caller]
    pub fn until(&self, count: usize) {
        let seen = self.tape.0.0.lock().expect("nobody panicked");
        let few = |seen: &mut Seen| packets(seen).len() < count;
        let (seen, late) =
            self.tape.0.1.wait_timeout_while(seen, FUSE, few).expect("nobody panicked");
        assert!(!late.timed_out(), "{count} packets: {:#?}", lines(&seen));
    }
}

/// The packets among what was seen.
pub fn packets(seen: &Seen) -> Vec<&Captured> {
    seen.iter()
        .filter_map(|(_, event)| match &event.kind {
            Kind::Capture(CaptureEvent::Packet(packet)) => Some(&**packet),
            _ => None,
        })
        .collect()
}

/// Each line of what was seen: `client send(6) = 6`, `PSH ACK 6`.
pub fn lines(seen: &Seen) -> Vec<String> {
    use netlab::event::Content;
    seen.iter()
        .filter_map(|(end, event)| match &event.kind {
            Kind::Call(call) => {
                let end = end.as_deref().unwrap_or("-");
                Some(format!("{end} {} = {}", call.operation, call.outcome))
            }
            Kind::Capture(CaptureEvent::Packet(packet)) => Some(match &packet.content {
                Content::Tcp(segment) => {
                    format!("{} {}", segment.flag_names().join(","), segment.payload)
                }
                Content::Udp(bytes) => format!("udp {bytes}"),
                Content::Icmp(message) => message.words.clone(),
                other => format!("{other:?}"),
            }),
            _ => None,
        })
        .collect()
}
