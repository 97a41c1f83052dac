//! A stream socket before it listens or connects.

use std::net::SocketAddr;

use socket2::{Domain, Protocol, Type};

use super::stream::Listener;
use super::sys;
use super::trace::{Closing, Trace};
use crate::error::CallError;
use crate::event::{Journal, Operation, Outcome, SocketId, State};

/// The family of an address, for `socket`, and how the manual calls it.
pub(super) const fn family(address: SocketAddr) -> (Domain, &'static str) {
    match address {
        SocketAddr::V4(_) => (Domain::IPV4, "AF_INET"),
        SocketAddr::V6(_) => (Domain::IPV6, "AF_INET6"),
    }
}

/// A TCP socket that is neither listening nor connected.
#[derive(Debug)]
pub struct Socket {
    pub(super) closing: Closing,
    pub(super) inner: socket2::Socket,
    pub(super) trace: Trace,
}

impl Socket {
    /// `socket`: a stream socket of the family of `address`. `man 2 socket`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EAFNOSUPPORT where the system lacks the family, EMFILE when no descriptor
    /// is left.
    pub fn stream(journal: &Journal, address: SocketAddr) -> Result<Self, CallError> {
        let (domain, name) = family(address);
        let operation = Operation::Socket { domain: name, kind: "SOCK_STREAM" };
        let inner = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))
            .map_err(|error| CallError::new(operation, error))?;
        let trace = Trace::new(journal, State::Closed);
        trace.tell(operation, Outcome::Socket(trace.id(), None), std::time::Duration::ZERO);
        Ok(Self { closing: trace.closing(), inner, trace })
    }

    /// The label of this socket.
    #[must_use]
    pub const fn id(&self) -> SocketId {
        self.trace.id()
    }

    /// `setsockopt(SO_REUSEADDR)`: a port whose old connections are in TIME-WAIT may be bound.
    /// It has to be set before [`bind`](Self::bind). `man 7 socket`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_reuse_address(&self, on: bool) -> Result<(), CallError> {
        self.option("SO_REUSEADDR", on, || self.inner.set_reuse_address(on))
    }

    /// `setsockopt(IPV6_V6ONLY)`: off, an IPv6 socket bound to `::` takes IPv4 clients too, and
    /// shows them as `::ffff:a.b.c.d`
    /// ([RFC 3493 § 5.3](https://www.rfc-editor.org/rfc/rfc3493#section-5.3)).
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses; OpenBSD always does when it is to be switched off.
    pub fn set_only_v6(&self, on: bool) -> Result<(), CallError> {
        self.option("IPV6_V6ONLY", on, || self.inner.set_only_v6(on))
    }

    /// `setsockopt(TCP_NODELAY)`: small pieces are sent at once instead of being collected
    /// (Nagle's algorithm, [RFC 9293 § 3.7.4](https://www.rfc-editor.org/rfc/rfc9293#section-3.7.4)).
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_nodelay(&self, on: bool) -> Result<(), CallError> {
        self.option("TCP_NODELAY", on, || self.inner.set_tcp_nodelay(on))
    }

    /// `setsockopt(SO_KEEPALIVE)`: the system asks a silent peer now and then whether it is still
    /// there, so that one that vanished without a word is noticed some time. Sockets that `accept`
    /// makes inherit it. `man 7 socket`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_keepalive(&self, on: bool) -> Result<(), CallError> {
        self.option("SO_KEEPALIVE", on, || self.inner.set_keepalive(on))
    }

    /// `setsockopt(SO_SNDBUF)`: how many bytes the system takes before `send` has to wait. Sockets
    /// that `accept` makes inherit it. `man 7 socket`: Linux doubles the number.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_send_buffer(&self, bytes: u32) -> Result<(), CallError> {
        let operation = Operation::SetOption("SO_SNDBUF", i64::from(bytes));
        self.trace.required(operation, || self.inner.set_send_buffer_size(bytes as usize))
    }

    /// `setsockopt(TCP_USER_TIMEOUT)`: the system gives up by itself when so long nobody answers, and
    /// `connect` then fails with ETIMEDOUT. `man 7 tcp`.
    ///
    /// # Errors
    ///
    /// [`CallError`] of kind `Unsupported` anywhere but on Linux: give up with
    /// [`Connecting::give_up`](super::Connecting::give_up) there.
    pub fn set_user_timeout(&self, limit: std::time::Duration) -> Result<(), CallError> {
        let value = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let operation = Operation::SetOption("TCP_USER_TIMEOUT", value);
        self.trace.required(operation, || sys::set_user_timeout(&self.inner, limit))
    }

    fn option(
        &self,
        name: &'static str,
        on: bool,
        set: impl FnOnce() -> std::io::Result<()>,
    ) -> Result<(), CallError> {
        self.trace.required(Operation::SetOption(name, i64::from(on)), set)
    }

    /// `bind`: takes an address and port of this machine; port 0 asks the system for a free one.
    /// `man 2 bind`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EADDRINUSE when the port has an owner, EADDRNOTAVAIL when the address is
    /// not this machine's, EACCES when the port needs privilege.
    pub fn bind(&self, address: SocketAddr) -> Result<(), CallError> {
        self.trace.required(Operation::Bind(address), || self.inner.bind(&address.into()))
    }

    /// `listen`: from now on the kernel completes handshakes and keeps up to `backlog` connections
    /// until they are accepted. It is the size of a waiting room, not a limit on clients.
    /// `man 2 listen`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EADDRINUSE when another socket listens on the port already.
    pub fn listen(self, backlog: i32) -> Result<Listener, CallError> {
        let operation = Operation::Listen(backlog);
        self.trace
            .value(
                operation,
                || self.inner.listen(backlog),
                |()| Outcome::Value(0),
                |()| Some(State::Listen),
            )
            .map_err(|error| CallError::new(operation, error))?;
        Ok(Listener { closing: self.closing, inner: self.inner, trace: self.trace })
    }
}
