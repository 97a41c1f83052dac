//! How a call becomes an event.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::error::CallError;
use crate::event::{Call, Journal, Kind, Operation, OsError, Outcome, SocketId, State};

/// The traced side of one socket: its label, its state, and the journal its calls go to.
///
/// Dropping it is the event `close`. A socket keeps it as its *last* field, because fields are
/// dropped in the order in which they are declared: the descriptor is closed first, and then it is
/// said.
#[derive(Debug)]
pub(super) struct Trace {
    id: SocketId,
    journal: Journal,
    state: AtomicU8,
}

impl Trace {
    pub(super) fn new(journal: &Journal, state: State) -> Self {
        Self {
            id: journal.next_socket(),
            journal: journal.clone(),
            state: AtomicU8::new(state as u8),
        }
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
        // In the order in which they are declared: a state is kept as its number.
        const STATES: [State; 13] = [
            State::Closed,
            State::Listen,
            State::SynSent,
            State::SynReceived,
            State::Established,
            State::FinWait1,
            State::FinWait2,
            State::CloseWait,
            State::Closing,
            State::LastAck,
            State::TimeWait,
            State::Unconnected,
            State::Connected,
        ];
        STATES[usize::from(self.state.load(Ordering::Relaxed)) % STATES.len()]
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
            && matches!(
                error.kind(),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::TimedOut
            )
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

impl Drop for Trace {
    fn drop(&mut self) {
        self.set_state(self.state().after_own_end());
        self.tell(Operation::Close, Outcome::Value(0), Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_being_kept_as_a_number() {
        for state in [
            State::Closed,
            State::Listen,
            State::SynSent,
            State::SynReceived,
            State::Established,
            State::FinWait1,
            State::FinWait2,
            State::CloseWait,
            State::Closing,
            State::LastAck,
            State::TimeWait,
            State::Unconnected,
            State::Connected,
        ] {
            assert_eq!(Trace::new(&Journal::silent(), state).state(), state);
        }
    }
}
