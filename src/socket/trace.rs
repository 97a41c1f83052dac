//! How a call becomes an event.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::error::CallError;
use crate::event::{Call, Journal, Kind, Operation, OsError, Outcome, SocketId, State};

/// The traced side of one socket: its label, its state, and the journal its calls go to.
///
/// Dropping it is the event `close`. Fields are dropped in the order in which they are declared, so a
/// socket has three in this one: [`Closing`], which notes when it begins; the descriptor, which is
/// closed; and the trace, which says so.
#[derive(Debug)]
pub(super) struct Trace {
    id: SocketId,
    journal: Journal,
    state: AtomicU8,
    /// When `close` began; not even there when nobody wants calls.
    closing: Option<Arc<OnceLock<Instant>>>,
}

/// Notes the moment before the descriptor is closed: a socket's *first* field. When nobody wants to
/// hear of calls it notes nothing, and no clock is read.
#[derive(Debug)]
pub(super) struct Closing(Option<Arc<OnceLock<Instant>>>);

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(moment) = &self.0 {
            let _ = moment.set(Instant::now());
        }
    }
}

impl Trace {
    pub(super) fn new(journal: &Journal, state: State) -> Self {
        Self {
            id: journal.next_socket(),
            journal: journal.clone(),
            state: AtomicU8::new(state as u8),
            closing: journal.wants_calls().then(Arc::default),
        }
    }

    /// What is to be dropped right before the descriptor.
    pub(super) fn closing(&self) -> Closing {
        Closing(self.closing.clone())
    }

    /// Tells the journal that the system refused to make a socket. It has the label that the next one
    /// will have.
    pub(super) fn tell_refused(journal: &Journal, operation: Operation, error: &io::Error) {
        journal.emit_call_detail(|| {
            Kind::Call(Call {
                socket: journal.upcoming_socket(),
                operation,
                outcome: Outcome::Failed(OsError::from(error)),
                took: Duration::ZERO,
                state: State::Closed,
            })
        });
    }

    pub(super) const fn id(&self) -> SocketId {
        self.id
    }

    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn state(&self) -> State {
        // Only the numbers of states are stored.
        State::from_number(self.state.load(Ordering::Relaxed)).unwrap_or(State::Closed)
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    /// Makes a call whose result is success or an error, and tells the journal.
    pub(super) fn call(
        &self,
        operation: Operation,
        call: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        self.value(operation, call, |()| Outcome::Value(0), |()| None)
    }

    /// The same for a call of the preparations, without which there is nothing to go on with.
    pub(super) fn required(
        &self,
        operation: Operation,
        call: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), CallError> {
        self.call(operation, call).map_err(|error| CallError::new(operation, error))
    }

    /// Makes a call, then tells the journal its outcome and the state it led to, if that changed.
    ///
    /// When nobody wants to hear of calls this is the call and nothing else: no clock is read.
    pub(super) fn value<T>(
        &self,
        operation: Operation,
        call: impl FnOnce() -> io::Result<T>,
        outcome: impl FnOnce(&T) -> Outcome,
        next: impl FnOnce(&T) -> Option<State>,
    ) -> io::Result<T> {
        let traced = self.journal.wants_calls();
        let began = traced.then(Instant::now);
        let result = call();
        let took = began.map(|began| began.elapsed());
        let mut state = self.state();
        if let Ok(value) = &result
            && let Some(next) = next(value)
        {
            state = next;
            self.set_state(state);
        }
        if let Err(error) = &result
            && !matches!(state, State::Unconnected | State::Connected)
            && ends_connection(error.kind(), state)
        {
            // There is no connection any more, and no FIN to come.
            state = State::Closed;
            self.set_state(state);
        }
        if let Some(took) = took {
            let outcome = match &result {
                Ok(value) => outcome(value),
                Err(error) => Outcome::Failed(OsError::from(error)),
            };
            self.tell_in(state, operation, outcome, took);
        }
        result
    }

    /// Tells the journal of a call that was made elsewhere.
    pub(super) fn tell(&self, operation: Operation, outcome: Outcome, took: Duration) {
        self.tell_in(self.state(), operation, outcome, took);
    }

    /// The same with the state that the call led to. Another thread's call may have led further
    /// meanwhile.
    pub(super) fn tell_in(
        &self,
        state: State,
        operation: Operation,
        outcome: Outcome,
        took: Duration,
    ) {
        if self.journal.wants_calls() {
            let call = Call { socket: self.id, operation, outcome, took, state };
            self.journal.emit(Kind::Call(call));
        }
    }
}

/// Whether an error says that there is no connection any more. `send` after this side's own end says
/// EPIPE too, and then the connection lives on: the other side may still talk.
const fn ends_connection(kind: ErrorKind, state: State) -> bool {
    let own_end = matches!(state, State::FinWait1 | State::FinWait2 | State::Closing);
    match kind {
        ErrorKind::BrokenPipe => !own_end,
        kind => matches!(kind, ErrorKind::ConnectionReset | ErrorKind::TimedOut),
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.set_state(self.state().after_own_end());
        let began = self.closing.as_deref().and_then(OnceLock::get);
        let took = began.map(Instant::elapsed).unwrap_or_default();
        self.tell(Operation::Close, Outcome::Value(0), took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_being_kept_as_a_number() {
        for state in State::ALL {
            assert_eq!(Trace::new(&Journal::silent(), state).state(), state);
        }
    }
}
