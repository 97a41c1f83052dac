//! `connect`, blocking as it is, and yet with a limit.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Instant;

use super::stream::Stream;
use super::tcp::Socket;
use super::trace::{Closing, Trace};
use crate::error::CallError;
use crate::event::{Operation, OsError, Outcome, State};

/// A `connect` that is under way.
///
/// `connect` on a blocking socket returns when the handshake is done or has failed, which can take
/// the system two minutes of silence. It is made in a thread of its own, so that the program can
/// stop waiting for it: the call that is shown stays the one call that students write.
#[derive(Debug)]
pub struct Connecting {
    closing: Closing,
    operation: Operation,
    address: SocketAddr,
    began: Instant,
    returned: Receiver<(socket2::Socket, io::Result<()>)>,
    trace: Trace,
}

impl Socket {
    /// Begins `connect` and calls `done` when it has returned. With `ex` it is recorded as
    /// `connect_ex`, Python's variant that answers with the error number. `man 2 connect`.
    ///
    /// # Errors
    ///
    /// [`CallError`] when no thread can be started.
    pub fn connect(
        self,
        address: SocketAddr,
        ex: bool,
        done: impl FnOnce() + Send + 'static,
    ) -> Result<Connecting, CallError> {
        let operation =
            if ex { Operation::ConnectEx(address) } else { Operation::Connect(address) };
        let (tell, returned) = sync_channel(1);
        self.trace.set_state(State::SynSent);
        let began = Instant::now();
        let inner = self.inner;
        thread::Builder::new()
            .name("connect".into())
            .spawn(move || {
                let result = inner.connect(&address.into());
                // Nobody listens any more when the wait was given up: then the socket just closes.
                if tell.send((inner, result)).is_ok() {
                    done();
                }
            })
            .map_err(|error| CallError::new(operation, error))?;
        let (closing, trace) = (self.closing, self.trace);
        Ok(Connecting { closing, operation, address, began, returned, trace })
    }
}

impl Connecting {
    /// Takes the result, waiting for it if need be.
    ///
    /// # Errors
    ///
    /// [`CallError`] with ECONNREFUSED when nobody listens there, ETIMEDOUT when nobody answers,
    /// EHOSTUNREACH or ENETUNREACH when there is no way.
    pub fn finish(self) -> Result<Stream, CallError> {
        let (inner, result) = self.returned.recv().map_err(|_| {
            CallError::new(self.operation, io::Error::from(io::ErrorKind::Interrupted))
        })?;
        let took = self.began.elapsed();
        if let Err(error) = result {
            self.trace.set_state(State::Closed);
            self.trace.tell(self.operation, Outcome::Failed(OsError::from(&error)), took);
            drop(self.closing);
            drop(inner);
            return Err(CallError::new(self.operation, error));
        }
        self.trace.set_state(State::Established);
        self.trace.tell(self.operation, Outcome::Value(0), took);
        let shut = AtomicBool::new(false);
        let Self { closing, address: peer, trace, .. } = self;
        Ok(Stream { closing, inner, peer, shut, trace })
    }

    /// Stops waiting. The system goes on trying until the process ends.
    #[must_use]
    pub fn give_up(self) -> CallError {
        let error = io::Error::from(io::ErrorKind::TimedOut);
        self.trace.set_state(State::Closed);
        let outcome = Outcome::Failed(OsError::from(&error));
        self.trace.tell(self.operation, outcome, self.began.elapsed());
        CallError::new(self.operation, error)
    }
}
