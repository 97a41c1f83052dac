//! Calls among packets: a call that makes packets go and waits stands twice, as in a time line.
//!
//! ```text
//!   0.009133  A  connect(127.0.0.1:6163)  waits      here it was made
//!   0.012509  A  ──▶ SYN  …                          its packets
//!   0.013240  A  connect = 0  took 4.1 ms            here it returned
//! ```

use std::time::Duration;

use crate::event::{Call, CaptureEvent, Event, Kind, Operation};

/// A shorter call is one line, at the time when it was made.
const WORTH_TWO: Duration = Duration::from_millis(1);

/// What is under way.
#[derive(Debug, Default)]
pub(in crate::render) struct Pending {
    /// Whether packets are captured.
    among_packets: bool,
    /// The time of the latest packet.
    latest: Duration,
    /// Calls that were shown to be made, and when they returned.
    calls: Vec<(Duration, Call)>,
}

impl Pending {
    /// From now on there are packets.
    pub(super) const fn begin(&mut self) {
        self.among_packets = true;
    }

    /// A packet is shown.
    pub(super) fn packet(&mut self, at: Duration) {
        self.latest = self.latest.max(at);
    }

    /// The time to show beside a call. Among packets, a call that makes one go stands before it, as the
    /// capture hands it on, and so does the time when it was made; other times are those of the return.
    pub(in crate::render) fn time_of(&self, call: &Call, at: Duration) -> Duration {
        let made = at.saturating_sub(call.took);
        let before = call.operation.makes_packets_go() && made >= self.latest;
        if self.among_packets && before { made } else { at }
    }

    /// Whether it is to be shown twice; then its return is due later.
    pub(in crate::render) fn takes(&mut self, call: &Call, at: Duration) -> bool {
        let waits = match call.operation {
            Operation::Connect(_) | Operation::ConnectEx(_) => true,
            _ => call.took >= WORTH_TWO,
        };
        let twice = waits && self.time_of(call, at) < at;
        if twice {
            self.calls.push((at, call.clone()));
        }
        twice
    }

    /// The calls that have returned by the time of an event, in their order.
    pub(in crate::render) fn due(&mut self, event: &Event) -> Vec<(Duration, Call)> {
        if self.calls.is_empty() {
            return Vec::new();
        }
        let until = match &event.kind {
            Kind::Call(call) => self.time_of(call, event.at),
            Kind::End(_) | Kind::Capture(CaptureEvent::Ended(_)) => Duration::MAX,
            _ => event.at,
        };
        let mut due: Vec<_> = self.calls.extract_if(.., |(at, _)| *at <= until).collect();
        due.sort_by_key(|(at, _)| *at);
        due
    }
}
