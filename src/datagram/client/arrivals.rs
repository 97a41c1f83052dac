//! The thread that waits for datagrams while somebody types.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use super::link::Link;
use crate::datagram::{Intake, is_unreachable};
use crate::error::CallError;
use crate::event::Operation;

/// So many errors in a row without a datagram between them, and there is nothing more to wait for.
const HOPELESS: u32 = 1_000;

#[derive(Debug)]
pub(super) struct Shared {
    pub link: Link,
    pub ended: AtomicBool,
}

/// What the main thread waits for.
#[derive(Debug)]
pub(super) enum Happening {
    /// A line, or Ctrl-C.
    Input,
    /// A datagram.
    Arrived(Arrival),
    /// "Port unreachable".
    Unreachable(io::Error),
}

#[derive(Debug)]
pub(super) struct Arrival {
    pub bytes: Vec<u8>,
    pub length: usize,
    pub from: SocketAddr,
    pub at: Instant,
}

impl Shared {
    pub(super) const fn new(link: Link) -> Self {
        Self { link, ended: AtomicBool::new(false) }
    }

    /// Starts the thread; it is heard when it has ended.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the system has no thread left.
    pub(super) fn start(
        self: &Arc<Self>,
        buffer: usize,
        happened: &SyncSender<Happening>,
    ) -> Result<Receiver<()>, CallError> {
        let (tell, ended) = sync_channel(1);
        let (shared, happened) = (Arc::clone(self), happened.clone());
        let run = move || {
            shared.receive_all(buffer, &happened);
            drop(shared);
            let _ = tell.send(());
        };
        thread::Builder::new()
            .name("receive".into())
            .spawn(run)
            .map_err(|error| CallError::new(Operation::RecvFrom(buffer), error))?;
        Ok(ended)
    }

    fn receive_all(&self, buffer: usize, happened: &SyncSender<Happening>) {
        let mut intake = Intake::new(buffer);
        let mut errors = 0;
        while errors < HOPELESS {
            let taken = self.link.take(&mut intake);
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            let happening = match taken {
                Ok(taken) => Happening::Arrived(Arrival {
                    bytes: taken.bytes.to_vec(),
                    length: taken.length,
                    from: taken.from,
                    at: Instant::now(),
                }),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_unreachable(&error) => Happening::Unreachable(error),
                Err(error) => {
                    errors += 1;
                    if errors == 1 {
                        self.link.failed(Operation::Recv(buffer), &error);
                    }
                    continue;
                }
            };
            errors = 0;
            if happened.send(happening).is_err() {
                return;
            }
        }
    }
}
