//! A counted burst: so many datagrams, so far apart, so many unanswered at a time.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::link::Link;
use super::receiving::{News, Receiving};
use super::tally::Tally;
use super::{Config, Ended};
use crate::datagram::{Taken, header, is_too_long};
use crate::error::{CallError, Failure};
use crate::event::{BurstSetup, Cast, DatagramEvent, Departure, Kind, errno};
use crate::input::{self, InputSender};

/// How often a person is told how far it is.
const TOLD: Duration = Duration::from_millis(250);
/// A burst of so many is told reply by reply.
const FEW: u32 = 20;
/// After ENOBUFS, the queue of the network card has so long to become shorter.
const QUEUE_FULL: Duration = Duration::from_millis(1);

/// A burst that has not begun.
#[derive(Debug)]
pub struct Burst {
    setup: BurstSetup,
    timeout: Duration,
    shared: Arc<Shared>,
}

/// What the sending and the receiving thread share.
#[derive(Debug)]
struct Shared {
    link: Arc<Link>,
    tally: Mutex<Tally>,
    signal: Arc<Signal>,
    /// The sender waits for a place.
    waiting: AtomicBool,
    /// So many datagrams that come are told, not only counted.
    tell_each: AtomicU32,
}

/// What wakes the sender. Ctrl-C may come until the program ends, so its handler owns this and not
/// the socket.
#[derive(Debug, Default)]
struct Signal {
    /// A place in the window has become free, or the user wants to leave.
    changed: Condvar,
    interrupted: AtomicBool,
}

impl Burst {
    pub(super) fn new(link: Link, config: &Config, setup: BurstSetup) -> (Self, InputSender) {
        let many = link.cast != Cast::Unicast;
        let tell_each = link.journal.wants_calls() || setup.count <= FEW;
        // Anybody may send something: it is not told without end.
        let tell_each = AtomicU32::new(if tell_each { 3 * FEW } else { 0 });
        let tally =
            Tally::new(setup.run, config.timeout, setup.count as usize, many, Instant::now());
        let shared = Arc::new(Shared {
            link: Arc::new(link),
            tally: Mutex::new(tally),
            signal: Arc::default(),
            waiting: AtomicBool::new(false),
            tell_each,
        });
        let of_ctrl_c = Arc::clone(&shared.signal);
        // A burst reads no lines.
        let (sender, _) = input::queue(
            || {},
            move || {
                of_ctrl_c.interrupted.store(true, Ordering::SeqCst);
                of_ctrl_c.changed.notify_all();
            },
        );
        (Self { setup, timeout: config.timeout, shared }, sender)
    }

    /// Sends, waits for the last replies, and gives account.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the system refuses to send.
    pub(super) fn run(self) -> Result<Ended, Failure> {
        let Self { setup, timeout, shared } = self;
        let mut receiving = None;
        let sent = shared.send_all(&setup, timeout, &mut receiving);
        shared.link.end(receiving);
        let mut report = shared.tally().close(Instant::now());
        report.refused = shared.link.refused.load(Ordering::Relaxed);
        let journal = shared.link.journal.clone();
        let something_came =
            report.received + report.late + report.corrupted + report.truncated > 0;
        let unanswered = report.sent > 0 && !something_came;
        let how = if shared.signal.interrupted.load(Ordering::SeqCst) {
            Departure::Interrupted
        } else {
            Departure::Left
        };
        // The last owner closes the socket.
        drop(shared);
        if report.sent > 0 {
            journal.emit(DatagramEvent::Report(report));
        }
        sent?;
        journal.emit(Kind::End(how.clone()));
        journal.flush();
        Ok(Ended { how, unanswered })
    }
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends everything and waits until everything is answered or its time is up.
    fn send_all(
        self: &Arc<Self>,
        setup: &BurstSetup,
        timeout: Duration,
        receiving: &mut Option<Receiving>,
    ) -> Result<(), Failure> {
        self.link.consider_size(setup.size);
        self.link.journal.flush();
        let mut datagram = vec![0; setup.size];
        let began = Instant::now();
        let mut told = began;
        for sequence in 0..setup.count {
            let due = began + setup.interval.saturating_mul(sequence);
            if !self.wait(Some((due, setup)), &mut told) {
                return Ok(());
            }
            header::write(&mut datagram, setup.run, sequence);
            self.tally().send(setup.size, Instant::now());
            if let Err(error) = self.send(&datagram) {
                self.tally().take_back(setup.size);
                return Err(error.into());
            }
            // An unconnected socket has a port to receive at from its first `sendto` on.
            if receiving.is_none() {
                *receiving = Some(self.start_receiving()?);
            }
        }
        let last = Instant::now();
        if !self.wait(None, &mut told) {
            return Ok(());
        }
        if self.link.cast != Cast::Unicast {
            // One has answered; how many more will, nobody knows.
            self.linger(last + timeout, |_| true);
        } else if self.link.refused.load(Ordering::Relaxed) == 0 {
            // When nothing came in time, late replies may come yet: it is worth knowing which.
            self.linger(Instant::now() + timeout, Tally::expects_late);
        }
        Ok(())
    }

    /// Goes on receiving for a while, as long as that makes sense.
    fn linger(&self, until: Instant, makes_sense: impl Fn(&Tally) -> bool) {
        let mut tally = self.tally();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let interrupted = self.signal.interrupted.load(Ordering::SeqCst);
            if left.is_zero() || interrupted || !makes_sense(&tally) {
                return;
            }
            self.waiting.store(true, Ordering::SeqCst);
            let woken = self.signal.changed.wait_timeout(tally, left.min(TOLD));
            tally = woken.unwrap_or_else(PoisonError::into_inner).0;
            self.waiting.store(false, Ordering::SeqCst);
        }
    }

    fn send(&self, datagram: &[u8]) -> Result<(), CallError> {
        loop {
            match self.link.send(datagram) {
                Err(error)
                    if errno::name(error.os()) == Some("ENOBUFS")
                        && !self.signal.interrupted.load(Ordering::SeqCst) =>
                {
                    thread::sleep(QUEUE_FULL);
                }
                Err(error) if is_too_long(&error.error) => {
                    // By now the system may know more of the way than before.
                    self.link.consider_size(datagram.len());
                    return Err(error);
                }
                result => return result,
            }
        }
    }

    /// Waits until the next datagram may be sent, or, without one, until nothing is outstanding.
    /// False when the user does not want to wait any more.
    fn wait(&self, next: Option<(Instant, &BurstSetup)>, told: &mut Instant) -> bool {
        let mut tally = self.tally();
        loop {
            if self.signal.interrupted.load(Ordering::SeqCst) {
                return false;
            }
            let now = Instant::now();
            let expiry = tally.expire(now);
            let until = match next {
                Some((due, setup)) => {
                    let full = setup.window.is_some_and(|window| tally.outstanding() >= window);
                    if !full && due <= now {
                        return true;
                    }
                    if full { expiry } else { Some(due) }
                }
                None if tally.outstanding() == 0 => return true,
                None => expiry,
            };
            if now.duration_since(*told) >= TOLD {
                *told = now;
                let progress = tally.progress(now);
                drop(tally);
                self.link.journal.emit(DatagramEvent::Progress(progress));
                self.link.journal.flush();
                tally = self.tally();
                continue;
            }
            let until = until.unwrap_or(*told + TOLD).min(*told + TOLD);
            let left = until.saturating_duration_since(now);
            self.waiting.store(true, Ordering::SeqCst);
            let woken = self.signal.changed.wait_timeout(tally, left);
            tally = woken.unwrap_or_else(PoisonError::into_inner).0;
            self.waiting.store(false, Ordering::SeqCst);
        }
    }

    /// Starts the thread that receives.
    fn start_receiving(self: &Arc<Self>) -> Result<Receiving, CallError> {
        let shared = Arc::clone(self);
        self.link.listen(move |news| {
            match news {
                News::Taken(taken) => shared.receive(&taken, Instant::now()),
                News::Unreachable(error) => {
                    shared.link.unreachable(shared.link.receive_operation(), &error);
                }
            }
            true
        })
    }

    fn receive(&self, taken: &Taken, now: Instant) {
        let asked = self.link.may_answer(taken.from);
        let mut tally = self.tally();
        let verdict = if asked {
            tally.receive(taken.bytes, taken.from, now)
        } else {
            tally.receive_from_stranger()
        };
        drop(tally);
        if self.waiting.load(Ordering::SeqCst) {
            self.signal.changed.notify_one();
        }
        if self.tell_each.load(Ordering::Relaxed) > 0 {
            if !self.link.journal.wants_calls() {
                self.tell_each.fetch_sub(1, Ordering::Relaxed);
            }
            self.link.tell(taken.from, taken.bytes, taken.length, verdict);
        }
    }
}
