//! The thread that waits for datagrams, while another one sends.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::link::Link;
use crate::datagram::{Intake, Taken, is_unreachable};
use crate::error::CallError;

/// So many errors in a row without a datagram between them, and there is nothing more to wait for.
const HOPELESS: u32 = 1_000;
/// How long the thread has to let go of the socket.
const LETTING_GO: Duration = Duration::from_secs(1);

/// What a wait for a datagram may bring.
#[derive(Debug)]
pub(super) enum News<'a> {
    /// A datagram.
    Taken(Taken<'a>),
    /// "Port unreachable", for an earlier one.
    Unreachable(io::Error),
}

/// The thread, as long as it runs.
#[derive(Debug)]
pub(super) struct Receiving(Receiver<()>);

impl Link {
    /// Starts the thread, which hands all news to `hear` until that says that it is enough.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the system has no thread left.
    pub(super) fn listen(
        self: &Arc<Self>,
        mut hear: impl FnMut(News<'_>) -> bool + Send + 'static,
    ) -> Result<Receiving, CallError> {
        let (tell, ended) = channel();
        let link = Arc::clone(self);
        let run = move || {
            link.receive(&mut hear);
            // Whoever waits for the end of this thread wants to be the last owner of the socket.
            drop(hear);
            drop(link);
            let _ = tell.send(());
        };
        thread::Builder::new()
            .name("receive".into())
            .spawn(run)
            .map_err(|error| CallError::new(self.receive_operation(), error))?;
        Ok(Receiving(ended))
    }

    fn receive(&self, hear: &mut impl FnMut(News<'_>) -> bool) {
        let mut intake = Intake::new(self.buffer);
        let mut errors = 0;
        while errors < HOPELESS {
            let taken = intake.take(&self.socket, self.peer());
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            let news = match taken {
                Ok(taken) => News::Taken(taken),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if is_unreachable(&error) => News::Unreachable(error),
                Err(error) => {
                    errors += 1;
                    if errors == 1 {
                        self.failed(self.receive_operation(), &error);
                    }
                    continue;
                }
            };
            errors = 0;
            if !hear(news) {
                return;
            }
        }
    }

    /// Ends the wait, and the thread with it, if it was ever started.
    pub(super) fn end(&self, receiving: Option<Receiving>) {
        self.ended.store(true, Ordering::SeqCst);
        self.socket.end_waiting();
        if let Some(Receiving(ended)) = receiving {
            let _ = ended.recv_timeout(LETTING_GO);
        }
    }
}
