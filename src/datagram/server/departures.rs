//! Answers that leave later: the ones that are delayed, and the ones that are held back to be
//! overtaken.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Answers that wait at a time, and their bytes: a flood must not fill the memory.
const MOST: usize = 20_000;
const MOST_BYTES: usize = 64 << 20;

/// An answer that is held back leaves after this time even when nothing has overtaken it.
pub(super) const HELD: Duration = Duration::from_millis(200);

/// Nothing waits: look again after this time, for want of a wait without an end.
const IDLE: Duration = Duration::from_secs(3600);

/// An answer on its way out.
#[derive(Debug)]
pub(super) struct Departure {
    pub peer: SocketAddr,
    pub bytes: Box<[u8]>,
}

/// When an answer leaves; the number tells apart those that leave at the same time.
pub(super) type Ticket = (Instant, u64);

#[derive(Debug, Default)]
struct Waiting {
    answers: BTreeMap<Ticket, Departure>,
    bytes: usize,
    tickets: u64,
    ended: bool,
}

/// A queue of answers in the order of their departure, and the thread that sends them.
#[derive(Debug)]
pub(super) struct Departures {
    shared: Arc<(Mutex<Waiting>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Departures {
    /// Starts the thread, which hands each answer to `send` when its time has come.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub(super) fn start(send: impl Fn(&Departure) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new((Mutex::default(), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let run = move || depart(&theirs, send);
        let thread = thread::Builder::new().name("departures".into()).spawn(run)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Takes an answer that is to leave after `delay`. None when too many wait already.
    pub(super) fn add(&self, delay: Duration, peer: SocketAddr, bytes: &[u8]) -> Option<Ticket> {
        let mut waiting = lock(&self.shared.0);
        if waiting.answers.len() >= MOST || waiting.bytes + bytes.len() > MOST_BYTES {
            return None;
        }
        waiting.tickets += 1;
        let ticket = (Instant::now() + delay, waiting.tickets);
        let is_next = waiting.answers.first_key_value().is_none_or(|(first, _)| ticket < *first);
        waiting.answers.insert(ticket, Departure { peer, bytes: bytes.into() });
        waiting.bytes += bytes.len();
        if is_next {
            self.shared.1.notify_one();
        }
        Some(ticket)
    }

    /// Takes an answer back out of the queue, unless it has left.
    pub(super) fn take_back(&self, ticket: Ticket) -> Option<Departure> {
        let mut waiting = lock(&self.shared.0);
        let departure = waiting.answers.remove(&ticket)?;
        waiting.bytes -= departure.bytes.len();
        Some(departure)
    }
}

impl Drop for Departures {
    fn drop(&mut self) {
        lock(&self.shared.0).ended = true;
        self.shared.1.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to send.
            let _ = thread.join();
        }
    }
}

fn depart((waiting, changed): &(Mutex<Waiting>, Condvar), send: impl Fn(&Departure)) {
    let mut now = lock(waiting);
    while !now.ended {
        let next = now.answers.first_key_value().map(|(ticket, _)| *ticket);
        let left = next.map(|(when, _)| when.saturating_duration_since(Instant::now()));
        match (next, left) {
            (Some(ticket), Some(Duration::ZERO)) => {
                if let Some(departure) = now.answers.remove(&ticket) {
                    now.bytes -= departure.bytes.len();
                    drop(now);
                    send(&departure);
                    now = lock(waiting);
                }
            }
            (_, left) => {
                let left = left.unwrap_or(IDLE);
                let woken = changed.wait_timeout(now, left);
                now = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    const FUSE: Duration = Duration::from_secs(10);

    fn peer() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 5000))
    }

    #[test]
    fn answers_leave_in_the_order_of_their_times() {
        let (tell, sent) = channel();
        let queue = Departures::start(move |d| {
            let _ = tell.send(d.bytes.clone());
        })
        .expect("a thread");
        for (delay, bytes) in [(60, b"3"), (20, b"1"), (40, b"2")] {
            queue.add(Duration::from_millis(delay), peer(), bytes).expect("there is room");
        }
        let order: Vec<_> = (0..3).map(|_| sent.recv_timeout(FUSE).expect("it leaves")).collect();
        assert_eq!(order.concat(), b"123");
    }

    #[test]
    fn what_was_taken_back_does_not_leave() {
        let (tell, sent) = channel();
        let queue = Departures::start(move |d| {
            let _ = tell.send(d.bytes.clone());
        })
        .expect("a thread");
        let held = queue.add(Duration::from_millis(50), peer(), b"held").expect("room");
        queue.add(Duration::from_millis(80), peer(), b"next").expect("room");
        assert_eq!(&*queue.take_back(held).expect("it waits").bytes, b"held");
        assert_eq!(&*sent.recv_timeout(FUSE).expect("it leaves"), b"next");
        assert!(queue.take_back(held).is_none());
    }

    #[test]
    fn the_queue_is_bounded() {
        let queue = Departures::start(|_| {}).expect("a thread");
        let bytes = vec![0; 65_000];
        let taken = (0..2000).filter(|_| queue.add(FUSE, peer(), &bytes).is_some()).count();
        assert_eq!(taken, MOST_BYTES / 65_000);
    }
}
