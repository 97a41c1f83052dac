//! Waiting for many sockets at once.
//!
//! A poller is told once about every socket and then says which of them *changed*: something
//! arrived, or there is room to send again. It says so once per change (edge-triggered), so whoever
//! uses it has to go on reading until the socket is empty, or remember that it is not.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::stream::{Listener, Stream};
use super::trace::Trace;
use crate::event::{Operation, Outcome};

/// A listening socket that a [`Poller`] watches.
pub type PolledListener = Listener<mio::net::TcpListener>;
/// A connected socket that a [`Poller`] watches.
pub type PolledStream = Stream<mio::net::TcpStream>;

const WAKE: Token = Token(usize::MAX);
const LISTENER: Token = Token(usize::MAX - 1);
/// Changes taken from the system at a time.
const BATCH: usize = 1024;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Somebody used the [`Waker`].
    Woken,
    /// Connections wait for `accept`.
    Listener,
    /// The stream that was registered with this key.
    Stream {
        /// The key.
        key: usize,
        /// There is something to `recv`: bytes, the end, or an error.
        readable: bool,
        /// There may be room to `send`.
        writable: bool,
        /// The peer has ended its half, behind whatever is still to be read. This is said with the
        /// bytes before it and not again, so reading has to go on until `recv` returns 0.
        ended: bool,
    },
}

/// Watches one listening socket and any number of streams.
#[derive(Debug)]
pub struct Poller {
    poll: Poll,
    events: Events,
    sockets: usize,
}

/// Makes a waiting [`Poller`] return, from any thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<mio::Waker>);

impl Waker {
    /// Makes the poller return.
    pub fn wake(&self) {
        // A failure means that the poller is gone, and then nobody waits.
        let _ = self.0.wake();
    }
}

impl Poller {
    /// A poller that watches nothing yet, and its waker.
    ///
    /// # Errors
    ///
    /// EMFILE when no descriptor is left.
    pub fn new() -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), WAKE)?;
        let poller = Self { poll, events: Events::with_capacity(BATCH), sockets: 0 };
        Ok((poller, Waker(Arc::new(waker))))
    }

    /// Watches a listening socket; from now on its `accept` says EAGAIN instead of waiting.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn watch_listener(&mut self, listener: Listener) -> io::Result<PolledListener> {
        let Listener { closing, inner, trace } = listener;
        inner.set_nonblocking(true)?;
        let mut inner = mio::net::TcpListener::from_std(inner.into());
        self.poll.registry().register(&mut inner, LISTENER, Interest::READABLE)?;
        self.sockets += 1;
        Ok(Listener { closing, inner, trace })
    }

    /// Watches a stream under a key.
    ///
    /// # Errors
    ///
    /// ENOSPC when the system watches no more.
    pub fn watch(&mut self, stream: &mut PolledStream, key: usize) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream.inner, Token(key), both)?;
        self.sockets += 1;
        Ok(())
    }

    /// The same for a stream of which only what arrives is of interest.
    ///
    /// # Errors
    ///
    /// As [`watch`](Self::watch).
    pub fn watch_arrivals(&mut self, stream: &mut PolledStream, key: usize) -> io::Result<()> {
        self.poll.registry().register(&mut stream.inner, Token(key), Interest::READABLE)?;
        self.sockets += 1;
        Ok(())
    }

    /// Stops watching a stream that is about to be closed.
    pub fn forget(&mut self, stream: &mut PolledStream) {
        // Closing forgets it anyway; this keeps late changes from meeting a reused key.
        let _ = self.poll.registry().deregister(&mut stream.inner);
        self.sockets -= 1;
    }

    /// Waits for a change, at most for `limit`, and puts all there are into `ready`. `listener` is
    /// where the journal hears of it, when it waited.
    ///
    /// # Errors
    ///
    /// Where the system refuses. An interruption by a signal is no error: it returns no change.
    pub fn wait(
        &mut self,
        limit: Option<Duration>,
        listener: &PolledListener,
        ready: &mut Vec<Ready>,
    ) -> io::Result<()> {
        ready.clear();
        let began = Instant::now();
        match self.poll.poll(&mut self.events, limit) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        ready.extend(self.events.iter().map(|event| match event.token() {
            WAKE => Ready::Woken,
            LISTENER => Ready::Listener,
            Token(key) => Ready::Stream {
                key,
                readable: event.is_readable() || event.is_error() || event.is_read_closed(),
                writable: event.is_writable(),
                ended: event.is_read_closed(),
            },
        }));
        tell_wait(&listener.trace, self.sockets, ready.len(), began.elapsed());
        Ok(())
    }
}

impl Poller {
    /// `poll` for one stream that this poller watches: waits for a change, at most for `limit`. True
    /// when there was one. The stream's journal hears of it, however short it was.
    ///
    /// # Errors
    ///
    /// Where the system refuses. An interruption by a signal is no error: it returns no change.
    pub fn wait_for(&mut self, stream: &PolledStream, limit: Duration) -> io::Result<bool> {
        let began = Instant::now();
        match self.poll.poll(&mut self.events, Some(limit)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => result?,
        }
        let readable = self.events.iter().filter(|event| event.is_readable()).count();
        stream.trace.tell(Operation::Poll(1), Outcome::count(readable), began.elapsed());
        Ok(readable > 0)
    }
}

/// A wait that waited for something is worth an event; a look in passing is not.
fn tell_wait(trace: &Trace, sockets: usize, changes: usize, took: Duration) {
    if changes > 0 && took >= Duration::from_micros(100) {
        trace.tell(Operation::Poll(sockets), Outcome::count(changes), took);
    }
}

impl PolledListener {
    /// `accept` that never waits: see [`Listener::accept`].
    ///
    /// # Errors
    ///
    /// EAGAIN when nobody waits, EMFILE when no descriptor is left.
    pub fn try_accept(&self) -> io::Result<PolledStream> {
        self.accepted(|| self.inner.accept())
    }
}
