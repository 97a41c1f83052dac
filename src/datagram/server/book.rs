//! The book a server keeps: who has been heard, what is to become of each datagram, what is worth
//! showing. No socket and no clock of its own.

use std::net::SocketAddr;
use std::time::Instant;

use super::chances::{self, Plan};
use super::guard::Suspicion;
use super::peers::{Change, Peers};
use crate::event::{EchoReport, Fate, Impairments, Loop};

/// Datagrams that are shown one by one until the next summing up; the others are counted. A person
/// cannot read more, and a flood must not be slowed down by being told.
const SHOWN: u64 = 10;

/// What a server decided about a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub fate: Fate,
    pub plan: Plan,
    pub change: Change,
    /// It is worth a line.
    pub show: bool,
}

/// What came and was not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unshown {
    pub datagrams: u64,
    pub peers: u64,
}

#[derive(Debug)]
pub(super) struct Book {
    impairments: Impairments,
    limit: Option<Bucket>,
    /// Everything is shown, as `--explain` and records want it.
    show_all: bool,
    pub peers: Peers,
    pub report: EchoReport,
    /// So many were shown since the last summing up.
    shown: u64,
    unshown: Unshown,
}

impl Book {
    pub(super) fn new(
        impairments: Impairments,
        max_rate: Option<u32>,
        show_all: bool,
        now: Instant,
    ) -> Self {
        Self {
            impairments,
            limit: max_rate.map(|rate| Bucket::new(rate, now)),
            show_all,
            peers: Peers::default(),
            report: EchoReport::default(),
            shown: 0,
            unshown: Unshown::default(),
        }
    }

    /// Whether any answer may have to leave later than at once.
    pub(super) fn may_delay(&self) -> bool {
        self.impairments.reorder > 0.0 || !self.impairments.delay.is_zero()
    }

    /// A datagram has come. The clock is asked only where a rate is to be kept.
    pub(super) fn hear(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        clock: impl FnOnce() -> Instant,
    ) -> Verdict {
        let report = &mut self.report;
        report.received += 1;
        report.bytes_received += bytes.len() as u64;
        let (peer, change) = self.peers.hear(from, report.received);
        report.peers += u64::from(change.new);
        let mut plan = Plan::default();
        let suspicion = peer.guard.check(from, bytes);
        let fate = if let Suspicion::Loop(why) = suspicion {
            report.guarded += 1;
            Fate::Guarded(why)
        } else if self.limit.as_mut().is_some_and(|limit| !limit.take(clock())) {
            report.over_rate += 1;
            Fate::OverRate
        } else if self.impairments.any() {
            plan = chances::plan(&self.impairments, peer.planned);
            peer.planned += 1;
            if suspicion == Suspicion::Copy {
                plan.duplicate = false;
                plan.flip = None;
            }
            report.dropped += u64::from(plan.drop);
            if plan.drop { Fate::Dropped } else { Fate::Fine }
        } else {
            Fate::Fine
        };
        Verdict { fate, plan, change, show: self.show(change.new, fate) }
    }

    /// A peer is sent something else than it has said.
    pub(super) fn send_changed(&mut self, peer: SocketAddr, bytes: &[u8]) {
        self.report.corrupted += 1;
        self.peers.hear(peer, self.report.received).0.guard.sends(bytes);
    }

    /// Whether this one is among those that are shown.
    fn show(&mut self, new: bool, fate: Fate) -> bool {
        // A few lines are kept for the news that somebody is not answered: in the flood that a loop
        // is, the others are used up at once.
        let limit = if matches!(fate, Fate::Guarded(Loop::Copies(_))) { 2 * SHOWN } else { SHOWN };
        let show = self.show_all || self.shown < limit;
        if show {
            self.shown += 1;
        } else {
            self.unshown.datagrams += 1;
            self.unshown.peers += u64::from(new);
        }
        show
    }

    /// Sums up: what was not shown since the last time. From now on some are shown again.
    pub(super) fn take_unshown(&mut self) -> Unshown {
        self.shown = 0;
        std::mem::take(&mut self.unshown)
    }
}

/// A limit of so many a second: a bucket that fills at that rate and holds a tenth of a second.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    full: f64,
    level: f64,
    filled: Instant,
}

impl Bucket {
    fn new(rate: u32, now: Instant) -> Self {
        let rate = f64::from(rate);
        let full = (rate / 10.0).max(1.0);
        Self { rate, full, level: full, filled: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.level = since.mul_add(self.rate, self.level).min(self.full);
        self.filled = now;
        let taken = self.level >= 1.0;
        if taken {
            self.level -= 1.0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn every_client_sees_the_same_losses_whoever_else_there_is() {
        let start = Instant::now();
        let drop = Impairments { drop: 0.3, seed: 4, ..Impairments::default() };
        let fates = |others: u16| -> Vec<Fate> {
            let mut book = Book::new(drop, None, false, start);
            let mut hear = |number: u32| {
                for other in 0..others {
                    book.hear(peer(2000 + other), b"x", || start);
                }
                book.hear(peer(1000), &number.to_be_bytes(), || start).fate
            };
            (0..200).map(&mut hear).collect()
        };
        assert_eq!(fates(0), fates(5));
        assert!(fates(0).contains(&Fate::Dropped) && fates(0).contains(&Fate::Fine));
    }

    #[test]
    fn a_rate_is_kept_over_time() {
        let start = Instant::now();
        let mut book = Book::new(Impairments::default(), Some(100), false, start);
        let answered = (0..10_000_u32)
            .filter(|number| {
                let now = start + Duration::from_millis((*number).into());
                book.hear(peer(1000), &number.to_be_bytes(), || now).fate == Fate::Fine
            })
            .count();
        // Ten seconds at 100 a second, and what the bucket held at first.
        assert!((1000..=1011).contains(&answered), "{answered}");
        assert_eq!(book.report.over_rate + answered as u64, 10_000);
    }

    #[test]
    fn a_flood_is_counted_and_not_shown() {
        let start = Instant::now();
        let mut book = Book::new(Impairments::default(), None, false, start);
        let shown = (0..500_u16).filter(|n| book.hear(peer(1000 + n), b"", || start).show).count();
        assert_eq!(shown as u64, SHOWN);
        assert_eq!(book.take_unshown(), Unshown { datagrams: 490, peers: 490 });
        assert_eq!(book.take_unshown(), Unshown::default());
        assert!(book.hear(peer(1), b"", || start).show);
    }
}
