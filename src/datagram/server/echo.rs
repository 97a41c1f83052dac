//! The loop at the heart of the server: `recvfrom`, and `sendto` to whoever it came from.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use super::book::Verdict;
use super::chances::{self, Plan};
use super::departures::{Departures, HELD, Ticket};
use crate::datagram::{Intake, Taken, is_unreachable, text};
use crate::error::CallError;
use crate::event::{
    Call, Datagram, DatagramEvent, Direction, Fate, Kind, Loop, OnPurpose, Operation, OsError,
    Outcome, Remark, State,
};

/// So many errors in a row without a datagram between them, and the socket is beyond help.
const HOPELESS: u32 = 1_000;

/// The thread that answers.
#[derive(Debug)]
pub(super) struct Echo {
    pub shared: Arc<Shared>,
    /// The queue of answers that leave later, where anything makes them.
    pub departures: Option<Departures>,
    /// The answer to each peer that waits to be overtaken.
    pub held: HashMap<SocketAddr, Ticket>,
}

impl Echo {
    /// Answers until the operator ends it.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the socket gives nothing but errors.
    pub(super) fn run(mut self, buffer: usize) -> Result<(), CallError> {
        let mut intake = Intake::new(buffer);
        let shared = Arc::clone(&self.shared);
        let mut errors = 0;
        loop {
            let taken = intake.take(&shared.socket, None);
            if shared.has_ended() {
                return Ok(());
            }
            match taken {
                Ok(taken) => {
                    errors = 0;
                    self.answer(&taken);
                }
                Err(error) => {
                    errors += u32::from(!is_unreachable(&error));
                    if errors > HOPELESS {
                        return Err(CallError::new(Operation::RecvFrom(buffer), error));
                    }
                    self.carry_on(buffer, &error);
                }
            }
        }
    }

    /// No error of `recvfrom` is about the server: it is news of an earlier answer, or of a moment
    /// without memory. A server that ends because somebody else went away is no server.
    fn carry_on(&self, buffer: usize, error: &std::io::Error) {
        if error.kind() == ErrorKind::Interrupted {
            return;
        }
        let call = self.failed(Operation::RecvFrom(buffer), error);
        if is_unreachable(error) {
            let mut book = self.shared.book();
            book.report.unreachable += 1;
            let first = book.report.unreachable == 1;
            drop(book);
            if first {
                self.remark(Remark::Unreachable { call, peer: None, first, server: true });
            }
            return;
        }
        let mut book = self.shared.book();
        book.report.receive_errors += 1;
        let first = book.report.receive_errors == 1;
        drop(book);
        if first {
            self.remark(Remark::CallFailed { call, server: true });
        }
    }

    fn failed(&self, operation: Operation, error: &std::io::Error) -> Call {
        Call {
            socket: self.shared.socket.id(),
            operation,
            outcome: Outcome::Failed(OsError::from(error)),
            took: Duration::ZERO,
            state: State::Unconnected,
        }
    }

    fn answer(&mut self, taken: &Taken) {
        let mut verdict = self.shared.book().hear(taken.from, taken.bytes, Instant::now);
        verdict.plan.hold &= !verdict.plan.duplicate && self.may_hold(taken.from);
        if taken.length > taken.bytes.len() {
            self.shared.book().report.truncated += 1;
        }
        if verdict.change.forgotten > 0 {
            // Once in thousands of new peers: it is told whatever else is shown.
            let (peers, limit) = (verdict.change.forgotten, super::peers::LIMIT);
            self.remark(Remark::Forgotten { peers, limit });
        }
        if verdict.show {
            self.show(taken, &verdict);
        }
        if verdict.fate == Fate::Fine {
            self.send(taken.from, taken.bytes, &verdict.plan);
        }
    }

    fn show(&self, taken: &Taken, verdict: &Verdict) {
        let journal = &self.shared.journal;
        if verdict.change.new {
            journal.emit(DatagramEvent::Peer(self.shared.socket.id(), taken.from));
            journal.emit(Kind::Endpoints(self.shared.rows(&[taken.from])));
        }
        let (bytes, length) = (taken.bytes.len(), taken.length);
        let cut = length > bytes;
        journal.emit(DatagramEvent::Passed(Datagram {
            socket: self.shared.socket.id(),
            direction: Direction::Received,
            peer: taken.from,
            bytes: length,
            text: text(taken.bytes),
            fate: if cut && verdict.fate == Fate::Fine { Fate::Truncated } else { verdict.fate },
            round_trip: None,
            sequence: crate::datagram::header::sequence(taken.bytes),
            on_purpose: OnPurpose {
                duplicated: verdict.plan.duplicate,
                held_back: verdict.plan.hold,
                corrupted: verdict.plan.flip.is_some(),
                delay: verdict.plan.delay,
            },
        }));
        if cut {
            self.remark(Remark::Cut { peer: taken.from, length, taken: bytes });
        }
        // Whoever comes from a service's port is explained once, a withheld answer every time.
        if let Fate::Guarded(why) = verdict.fate
            && (verdict.change.new || matches!(why, Loop::Copies(_)))
        {
            self.remark(Remark::Guarded { peer: taken.from, why });
        }
        self.shared.shown();
    }

    /// Sends an answer as it was planned.
    fn send(&mut self, peer: SocketAddr, bytes: &[u8], plan: &Plan) {
        let mut bytes = Cow::Borrowed(bytes);
        if let Some(bit) = plan.flip {
            chances::flip(bytes.to_mut(), bit);
            self.shared.book().send_changed(peer, &bytes);
        }
        if plan.duplicate {
            self.shared.book().report.duplicated += 1;
        }
        if plan.hold && self.hold(peer, &bytes, plan.delay) {
            return;
        }
        for _ in 0..=usize::from(plan.duplicate) {
            self.send_after(plan.delay, peer, &bytes);
        }
        // Whoever was held back has been overtaken now.
        if let Some(ticket) = self.held.remove(&peer)
            && let Some(overtaken) = self.departures.as_ref().and_then(|d| d.take_back(ticket))
        {
            self.send_after(plan.delay, peer, &overtaken.bytes);
        }
    }

    /// Whether an answer may be held back: one at a time, for a second one would have nobody to
    /// overtake it.
    fn may_hold(&self, peer: SocketAddr) -> bool {
        self.held.get(&peer).is_none_or(|(until, _)| *until <= Instant::now())
    }

    /// Keeps an answer back until the next one to the same peer has gone. False when the queue is
    /// full.
    fn hold(&mut self, peer: SocketAddr, bytes: &[u8], delay: Duration) -> bool {
        let Some(departures) = &self.departures else { return false };
        let now = Instant::now();
        if self.held.len() >= super::peers::LIMIT {
            self.held.retain(|_, (until, _)| *until > now);
        }
        let Some(ticket) = departures.add(delay + HELD, peer, bytes) else { return false };
        self.held.insert(peer, ticket);
        self.shared.book().report.reordered += 1;
        true
    }

    fn send_after(&self, delay: Duration, peer: SocketAddr, bytes: &[u8]) {
        match &self.departures {
            Some(departures) if !delay.is_zero() => {
                let taken = departures.add(delay, peer, bytes).is_some();
                let report = &mut self.shared.book().report;
                if taken {
                    report.delayed += 1;
                } else {
                    report.queue_full += 1;
                }
            }
            _ => self.shared.send(peer, bytes),
        }
    }

    fn remark(&self, remark: Remark) {
        self.shared.journal.emit(DatagramEvent::Remark(remark));
        self.shared.shown();
    }
}
