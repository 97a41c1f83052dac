//! Calls in the wrong order, made all the same.
//!
//! Elsewhere the types of this room allow a call only where it makes sense: what has not listened
//! has no `accept`. A beginner's program has no such types, and its mistakes get an answer from the
//! kernel. To show that answer somebody has to make them: these methods do, and nothing but demos
//! calls them.
//!
//! ```text
//!   a fresh socket      accept, recv, send, shutdown    EINVAL, ENOTCONN, EPIPE
//!   one that listens    listen, connect, recv           0, EISCONN, ENOTCONN
//!   one that talks      connect, accept                 EISCONN, EINVAL
//! ```

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};

use super::stream::{Listener, Stream};
use super::tcp::Socket;
use crate::event::{Operation, Outcome};

impl Socket {
    /// `accept` on a socket that does not listen. `man 2 accept`.
    ///
    /// # Errors
    ///
    /// EINVAL.
    pub fn accept(&self) -> io::Result<()> {
        self.trace.call(Operation::Accept, || self.inner.accept().map(drop))
    }

    /// `recv` on a socket without a peer. `man 2 recv`.
    ///
    /// # Errors
    ///
    /// ENOTCONN.
    pub fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let operation = Operation::Recv(buffer.len());
        let recv = || (&self.inner).read(buffer);
        self.trace.value(operation, recv, |&bytes| Outcome::count(bytes), |_| None)
    }

    /// `send` on a socket without a peer. `man 2 send`.
    ///
    /// # Errors
    ///
    /// EPIPE on Linux, ENOTCONN elsewhere.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let operation = Operation::Send(bytes.len());
        let send = || (&self.inner).write(bytes);
        self.trace.value(operation, send, |&taken| Outcome::count(taken), |_| None)
    }

    /// `shutdown(SHUT_WR)` on a socket without a peer. `man 2 shutdown`.
    ///
    /// # Errors
    ///
    /// ENOTCONN.
    pub fn shutdown_write(&self) -> io::Result<()> {
        self.trace.call(Operation::Shutdown("SHUT_WR"), || self.inner.shutdown(Shutdown::Write))
    }
}

impl Listener {
    /// `listen` once more: the queue has another size from now on. `man 2 listen`.
    ///
    /// # Errors
    ///
    /// Where the system refuses; Linux does not.
    pub fn listen_again(&self, backlog: i32) -> io::Result<()> {
        self.trace.call(Operation::Listen(backlog), || self.inner.listen(backlog))
    }

    /// `connect` on a socket that listens. `man 2 connect`.
    ///
    /// # Errors
    ///
    /// EISCONN on Linux, EOPNOTSUPP on macOS.
    pub fn connect(&self, address: SocketAddr) -> io::Result<()> {
        self.trace.call(Operation::Connect(address), || self.inner.connect(&address.into()))
    }

    /// `recv` on a socket that listens: it has no peer and never will.
    ///
    /// # Errors
    ///
    /// ENOTCONN.
    pub fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let operation = Operation::Recv(buffer.len());
        let recv = || (&self.inner).read(buffer);
        self.trace.value(operation, recv, |&bytes| Outcome::count(bytes), |_| None)
    }
}

impl Stream {
    /// `connect` on a socket that has a peer.
    ///
    /// # Errors
    ///
    /// EISCONN.
    pub fn connect_again(&self, address: SocketAddr) -> io::Result<()> {
        self.trace.call(Operation::Connect(address), || self.inner.connect(&address.into()))
    }

    /// `accept` on a socket that talks.
    ///
    /// # Errors
    ///
    /// EINVAL.
    pub fn accept(&self) -> io::Result<()> {
        self.trace.call(Operation::Accept, || self.inner.accept().map(drop))
    }
}
