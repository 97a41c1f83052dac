//! The calls of a check, kept beside what it found.
//!
//! Checks go on side by side, so each has a journal of its own, with the clock of the whole run.
//! In the end their sockets are labelled anew, in the order in which the findings are shown: a label
//! means one socket on the whole page.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Finding;
use crate::event::{Call, Event, Journal, Kind, Outcome, Sink, SocketId, Wants};

/// A call, and when it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedCall {
    /// Time since the run began.
    pub at: Duration,
    /// The call.
    pub call: Call,
}

/// Where the calls of one check are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Notebook(Arc<Mutex<Vec<TracedCall>>>);

/// Calls of one check that are kept: a partner that answers with a flood fills no memory.
const MOST: usize = 1000;

impl Notebook {
    /// A journal that writes into a new notebook.
    pub fn new(began: Instant) -> (Journal, Self) {
        let notebook = Self::default();
        (notebook.journal(began, Vec::new()), notebook)
    }

    /// Another journal for this notebook, with more sinks. Its sockets begin with A.
    pub fn journal(&self, began: Instant, mut sinks: Vec<Box<dyn Sink>>) -> Journal {
        sinks.push(Box::new(self.clone()));
        Journal::since(began, Wants { calls: true }, sinks)
    }

    /// What was written.
    pub fn take(&self) -> Vec<TracedCall> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Notebook {
    fn event(&mut self, event: &Event) {
        if let Kind::Call(call) = &event.kind {
            let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if calls.len() < MOST {
                calls.push(TracedCall { at: event.at, call: call.clone() });
            }
        }
    }
}

/// Puts calls of a second journal behind those of a first, with labels of their own.
pub(super) fn append(calls: &mut Vec<TracedCall>, more: Vec<TracedCall>) {
    let first = next_label(calls);
    calls.extend(more.into_iter().map(|call| moved(call, first)));
}

/// Labels the sockets of all findings anew: no two have the same.
pub(super) fn label(findings: &mut [Finding]) {
    let mut first = 0;
    for finding in findings {
        let calls = std::mem::take(&mut finding.calls);
        finding.calls = calls.into_iter().map(|call| moved(call, first)).collect();
        first = first.max(next_label(&finding.calls));
    }
}

fn next_label(calls: &[TracedCall]) -> u32 {
    calls.iter().map(|traced| traced.call.socket.0 + 1).max().unwrap_or(0)
}

fn moved(mut traced: TracedCall, by: u32) -> TracedCall {
    traced.call.socket.0 += by;
    if let Outcome::Socket(SocketId(label), _) = &mut traced.call.outcome {
        *label += by;
    }
    traced
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::event::{Operation, State};

    fn made(label: u32) -> TracedCall {
        let call = Call {
            socket: SocketId(label),
            operation: Operation::Socket { domain: "AF_INET", kind: "SOCK_STREAM" },
            outcome: Outcome::Socket(SocketId(label), None),
            took: Duration::ZERO,
            state: State::Closed,
        };
        TracedCall { at: Duration::ZERO, call }
    }

    #[test]
    fn a_label_is_one_socket_on_the_whole_page() {
        let finding =
            |calls: Vec<TracedCall>| Finding { calls, ..Finding::new("a", Level::Ok, "b", "c") };
        let mut first = vec![made(0), made(1)];
        append(&mut first, vec![made(0)]);
        let mut findings = [finding(first), finding(Vec::new()), finding(vec![made(0)])];
        label(&mut findings);
        let labels = findings.iter().flat_map(|finding| &finding.calls);
        let labels: Vec<u32> = labels
            .map(|traced| {
                assert_eq!(traced.call.outcome, Outcome::Socket(traced.call.socket, None));
                traced.call.socket.0
            })
            .collect();
        assert_eq!(labels, [0, 1, 2, 3]);
    }
}
