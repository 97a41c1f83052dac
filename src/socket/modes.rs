//! Ways to wait in `recv`: without end, with a limit, not at all, asleep in `poll`.
//!
//! ```text
//!   blocking      recv ─────────── asleep in the kernel ───────────▶ bytes
//!   with a limit  recv ── asleep ──▶ EAGAIN (Windows: ETIMEDOUT)
//!   non-blocking  recv EAGAIN recv EAGAIN recv EAGAIN recv EAGAIN … ▶ bytes
//!   poll          poll ─────────── asleep in the kernel ───────────▶ ready: recv ▶ bytes
//! ```

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::datagram::DatagramSocket;
use super::poll::PolledStream;
use super::stream::Stream;
use super::sys;
use crate::event::{Operation, OsError, Outcome};

/// The processor time that this thread has used; none where the system does not tell (Windows).
/// `man 3 clock_gettime`, `CLOCK_THREAD_CPUTIME_ID`.
#[must_use]
pub fn thread_cpu_time() -> Option<Duration> {
    sys::thread_cpu_time()
}

/// What a busy loop came to.
#[derive(Debug)]
pub struct Busy {
    /// The last call's result.
    pub result: io::Result<usize>,
    /// How many calls were made, the last one included.
    pub calls: u64,
    /// How long the loop took.
    pub took: Duration,
}

impl Stream {
    /// Makes the calls on this socket return at once, with EAGAIN instead of waiting, or wait again.
    /// `man 2 fcntl`, `O_NONBLOCK`: no call of the socket API, so no event.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        self.inner.set_nonblocking(on)
    }

    /// `setsockopt(SO_RCVTIMEO)`, shown in milliseconds: `recv` waits so long at most. None is for
    /// ever. `man 7 socket`.
    ///
    /// # Errors
    ///
    /// EINVAL for no time at all.
    pub fn set_receive_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        let set = || self.inner.set_read_timeout(limit);
        self.trace.call(receive_timeout(limit), set)
    }

    /// `getsockopt(SO_SNDBUF)`: bytes that the system keeps for the other side before `send` has to
    /// wait. Linux raises it by itself, and counts its own bookkeeping in. `man 7 socket`, `man 7 tcp`.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn send_buffer(&self) -> io::Result<usize> {
        self.size("SO_SNDBUF", |socket| socket.send_buffer_size())
    }

    /// `getsockopt(SO_RCVBUF)`: bytes that may wait here for `recv`. As
    /// [`send_buffer`](Self::send_buffer).
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        self.size("SO_RCVBUF", |socket| socket.recv_buffer_size())
    }

    fn size(
        &self,
        name: &'static str,
        get: impl FnOnce(&SockRef<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let get = || get(&SockRef::from(&self.inner));
        self.trace.value(Operation::GetOption(name), get, |&size| Outcome::count(size), |_| None)
    }

    /// `recv` on a non-blocking socket, again and again, until it has something, fails otherwise, or
    /// so much time has passed: a busy loop, the wrong way to wait.
    ///
    /// It is the one method of this room that makes many calls: the first and the last are events,
    /// the others, which all said EAGAIN, are counted. To tell of each would take longer than to make
    /// it.
    pub fn recv_busily(&self, buffer: &mut [u8], limit: Duration) -> Busy {
        let began = Instant::now();
        let mut calls = 1;
        let mut result = self.recv(buffer);
        if would_block(&result) {
            let operation = Operation::Recv(buffer.len());
            loop {
                let call = Instant::now();
                result = io::Read::read(&mut &self.inner, buffer);
                calls += 1;
                let over = began.elapsed() >= limit;
                if !would_block(&result) || over {
                    let outcome = match &result {
                        Ok(bytes) => Outcome::count(*bytes),
                        Err(error) => Outcome::Failed(OsError::from(error)),
                    };
                    if matches!(result, Ok(0)) {
                        self.trace.set_state(self.trace.state().after_peer_end());
                    }
                    self.trace.tell(operation, outcome, call.elapsed());
                    break;
                }
            }
        }
        Busy { result, calls, took: began.elapsed() }
    }

    /// The same socket for a [`Poller`](super::Poller): from now on its calls say EAGAIN instead of
    /// waiting.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn watched(self) -> io::Result<PolledStream> {
        let Self { closing, inner, peer, shut, trace } = self;
        inner.set_nonblocking(true)?;
        let inner = mio::net::TcpStream::from_std(inner.into());
        Ok(Stream { closing, inner, peer, shut, trace })
    }
}

impl DatagramSocket {
    /// `setsockopt(SO_RCVTIMEO)`, shown in milliseconds: from now on a wait for a datagram ends with
    /// EAGAIN (Windows: ETIMEDOUT) after so long. `man 7 socket`.
    ///
    /// # Errors
    ///
    /// EINVAL for no time at all.
    pub fn set_receive_timeout(&self, limit: Duration) -> io::Result<()> {
        let set = || self.inner.set_read_timeout(Some(limit));
        self.trace.call(receive_timeout(Some(limit)), set)?;
        self.limited.store(true, Ordering::SeqCst);
        Ok(())
    }
}

fn receive_timeout(limit: Option<Duration>) -> Operation {
    let value = limit.map_or(0, |limit| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX));
    Operation::SetOption("SO_RCVTIMEO", value)
}

fn would_block(result: &io::Result<usize>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
