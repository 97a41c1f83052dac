//! Sockets that listen and sockets that are connected.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use socket2::SockRef;

use super::trace::{Closing, Trace};
use crate::error::CallError;
use crate::event::{Operation, OsError, Outcome, SocketId, State};

/// A socket in state LISTEN whose `accept` blocks.
#[derive(Debug)]
pub struct Listener<L = socket2::Socket> {
    pub(super) closing: Closing,
    pub(super) inner: L,
    pub(super) trace: Trace,
}

impl<L> Listener<L> {
    /// The label of this socket.
    #[must_use]
    pub const fn id(&self) -> SocketId {
        self.trace.id()
    }

    /// Tells the journal of an `accept` and labels the socket it made. The clock runs only when
    /// somebody wants calls.
    pub(super) fn accepted<S>(
        &self,
        accept: impl FnOnce() -> io::Result<(S, SocketAddr)>,
    ) -> io::Result<Stream<S>> {
        let mut made = None;
        let (inner, peer) = self.trace.value(
            Operation::Accept,
            accept,
            |(_, peer)| {
                // The label is given here so that the event can name the new socket.
                let trace = Trace::new(self.trace.journal(), State::Established);
                let outcome = Outcome::Socket(trace.id(), Some(*peer));
                made = Some(trace);
                outcome
            },
            |_| None,
        )?;
        let trace = made.unwrap_or_else(|| Trace::new(self.trace.journal(), State::Established));
        let closing = trace.closing();
        Ok(Stream { closing, inner, peer, shut: AtomicBool::new(false), trace })
    }
}

impl<L> Listener<L>
where
    for<'a> SockRef<'a>: From<&'a L>,
{
    /// `getsockname`: where the socket listens, with the port that the system chose for port 0.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn local_address(&self) -> Result<SocketAddr, CallError> {
        local_address(&self.trace, &self.inner)
    }
}

impl Listener {
    /// `accept`: waits for a finished connection and takes it from the queue. The result is a new
    /// socket; this one goes on listening. `man 2 accept`.
    ///
    /// # Errors
    ///
    /// EMFILE when no descriptor is left, ECONNABORTED when the client has gone meanwhile.
    pub fn accept(&self) -> io::Result<Stream> {
        self.accepted(|| {
            let (socket, peer) = self.inner.accept()?;
            let peer = peer.as_socket().ok_or(io::ErrorKind::InvalidData)?;
            Ok((socket, peer))
        })
    }
}

/// A connected socket.
#[derive(Debug)]
pub struct Stream<S = socket2::Socket> {
    pub(super) closing: Closing,
    pub(super) inner: S,
    pub(super) peer: SocketAddr,
    /// This side has ended both halves: what `recv` returns says nothing about the peer any more.
    pub(super) shut: AtomicBool,
    pub(super) trace: Trace,
}

impl<S> Stream<S> {
    /// The label of this socket.
    #[must_use]
    pub const fn id(&self) -> SocketId {
        self.trace.id()
    }

    /// The other side, as `accept` or `connect` had it.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The state that this side's calls have led to.
    #[must_use]
    pub fn state(&self) -> State {
        self.trace.state()
    }
}

impl<S> Stream<S>
where
    for<'a> &'a S: Read + Write,
    for<'a> SockRef<'a>: From<&'a S>,
{
    /// `recv`: at most `buffer.len()` bytes of what has arrived, in order, without borders.
    /// 0 is not an empty message: the other side has ended its half. `man 2 recv`.
    ///
    /// # Errors
    ///
    /// ECONNRESET when the other side dropped the connection; EAGAIN on a watched socket that has
    /// nothing.
    pub fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.trace.value(
            Operation::Recv(buffer.len()),
            || (&self.inner).read(buffer),
            |&bytes| Outcome::count(bytes),
            |&bytes| {
                let peer_ended = bytes == 0 && !self.shut.load(Ordering::Relaxed);
                peer_ended.then(|| self.trace.state().after_peer_end())
            },
        )
    }

    /// `send`: hands bytes to the system, which may take fewer than offered. Taken is not
    /// delivered. `man 2 send`.
    ///
    /// # Errors
    ///
    /// EPIPE or ECONNRESET when the other side has closed; EAGAIN on a watched socket whose buffer
    /// is full.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.trace.value(
            Operation::Send(bytes.len()),
            || (&self.inner).write(bytes),
            |&taken| Outcome::count(taken),
            |_| None,
        )
    }

    /// `shutdown(SHUT_WR)`: ends this side's half. The peer reads to the end and may go on talking.
    /// `man 2 shutdown`.
    ///
    /// # Errors
    ///
    /// ENOTCONN when the connection is gone already.
    pub fn shutdown_write(&self) -> io::Result<()> {
        self.shutdown("SHUT_WR", Shutdown::Write)
    }

    /// `shutdown(SHUT_RDWR)`: ends both halves and every call that waits on this socket.
    ///
    /// # Errors
    ///
    /// ENOTCONN when the connection is gone already.
    pub fn shutdown_both(&self) -> io::Result<()> {
        self.shut.store(true, Ordering::Relaxed);
        self.shutdown("SHUT_RDWR", Shutdown::Both)
    }

    fn shutdown(&self, name: &'static str, how: Shutdown) -> io::Result<()> {
        // Before the call: the peer's answer may meet another thread's `recv` before it returns.
        let state = self.trace.state().after_own_end();
        self.trace.set_state(state);
        let began = Instant::now();
        let result = SockRef::from(&self.inner).shutdown(how);
        let outcome = match &result {
            Ok(()) => Outcome::Value(0),
            Err(error) => Outcome::Failed(OsError::from(error)),
        };
        self.trace.tell_in(state, Operation::Shutdown(name), outcome, began.elapsed());
        result
    }

    /// `setsockopt(TCP_NODELAY)`: see [`Socket::set_nodelay`](super::Socket::set_nodelay).
    ///
    /// # Errors
    ///
    /// EINVAL on some systems when the peer has reset the connection meanwhile.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.trace.call(Operation::SetOption("TCP_NODELAY", i64::from(on)), || {
            SockRef::from(&self.inner).set_tcp_nodelay(on)
        })
    }

    /// `getsockopt(SO_ERROR)`: the error that is waiting to be told, and takes it away.
    /// `man 7 socket`.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn pending_error(&self) -> io::Result<Option<io::Error>> {
        self.trace.value(
            Operation::GetOption("SO_ERROR"),
            || SockRef::from(&self.inner).take_error(),
            |error| {
                let number = error.as_ref().and_then(io::Error::raw_os_error).unwrap_or(0);
                Outcome::Value(i64::from(number))
            },
            |_| None,
        )
    }

    /// `getsockname`: this side's address and port.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn local_address(&self) -> Result<SocketAddr, CallError> {
        local_address(&self.trace, &self.inner)
    }
}

impl Stream {
    /// `close` while bytes wait that nobody has received: the system sends RST instead of FIN, for
    /// the other side shall know that they were not read
    /// ([RFC 2525 § 2.17](https://www.rfc-editor.org/rfc/rfc2525#section-2.17)). There is no
    /// connection any more, and no TIME-WAIT. It is whoever calls this who knows that bytes wait.
    pub fn close_unread(self) {
        self.trace.set_state(State::Closed);
    }
}

/// `getsockname` of any socket.
pub(super) fn local_address<S>(trace: &Trace, inner: &S) -> Result<SocketAddr, CallError>
where
    for<'a> SockRef<'a>: From<&'a S>,
{
    trace
        .value(
            Operation::SocketName,
            || {
                let address = SockRef::from(inner).local_addr()?;
                Ok(address.as_socket().ok_or(io::ErrorKind::InvalidData)?)
            },
            |&address| Outcome::Address(address),
            |_| None,
        )
        .map_err(|error| CallError::new(Operation::SocketName, error))
}
