//! The account of a burst: which datagrams were answered, when, how often, and by whom.
//!
//! ```text
//!   sent ──▶ outstanding ──▶ answered          in time, once
//!                  │   └───▶ silent ──▶ late   after the timeout
//!                  └ (never) ─────────▶ lost
//! ```
//!
//! Every datagram is in one of these places, or came back damaged or cut. Which one that was, the
//! damaged reply says itself, and may say it wrong; when it cannot be so, it counts for one of those
//! that would else be lost.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::datagram::header::{self, Header, Reading};
use crate::event::{Fate, Report};
use crate::figures::{self, Jitter};

/// Responders that are listed, when a datagram goes to many.
const LISTED: usize = 64;
/// Answers of several responders that are remembered, to tell a second copy from a second answer.
const REMEMBERED: usize = 1 << 20;

/// Damaged replies that are remembered.
const DAMAGES: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Outstanding,
    Answered,
    Silent,
    Late,
    /// A reply came that is not what was sent.
    Spoiled,
}

/// What one received datagram turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub fate: Fate,
    pub sequence: Option<u32>,
    pub round_trip: Option<Duration>,
}

impl Verdict {
    const fn of(fate: Fate) -> Self {
        Self { fate, sequence: None, round_trip: None }
    }
}

/// The account. Instants are given to it.
#[derive(Debug)]
pub(super) struct Tally {
    run: u32,
    timeout: Duration,
    began: Instant,
    /// By sequence number: when it was sent, and where it is now.
    sent: Vec<(Instant, Place)>,
    /// All before this one are not outstanding any more.
    first_outstanding: usize,
    outstanding: usize,
    /// Those whose time is up and of which nothing was heard.
    silent: u64,
    /// Spoiled replies of which nobody knows whose they are.
    unattributed: u64,
    /// The highest sequence number that was answered.
    highest: Option<u32>,
    round_trips: Vec<u64>,
    jitter: Jitter,
    /// Who has answered which, when a datagram goes to many.
    answers: Option<HashSet<(u32, SocketAddr)>>,
    /// Damaged replies, to tell a second copy from a second damage.
    damages: HashSet<u32>,
    pub report: Report,
}

impl Tally {
    /// For `count` datagrams; with `many`, each may be answered by several.
    pub(super) fn new(run: u32, timeout: Duration, count: usize, many: bool, now: Instant) -> Self {
        Self {
            run,
            timeout,
            began: now,
            // Memory is taken as it is used; what is asked for at once never has to be moved.
            sent: Vec::with_capacity(count),
            first_outstanding: 0,
            outstanding: 0,
            silent: 0,
            unattributed: 0,
            highest: None,
            round_trips: Vec::with_capacity(count),
            jitter: Jitter::default(),
            answers: many.then(HashSet::new),
            damages: HashSet::new(),
            report: Report::default(),
        }
    }

    /// The next datagram is about to be sent, with so many bytes.
    pub(super) fn send(&mut self, bytes: usize, now: Instant) {
        self.sent.push((now, Place::Outstanding));
        self.outstanding += 1;
        self.report.sent += 1;
        self.report.bytes_sent += bytes as u64;
    }

    /// The last one was not sent after all: the system refused.
    pub(super) fn take_back(&mut self, bytes: usize) {
        if let Some((_, Place::Outstanding)) = self.sent.pop() {
            self.outstanding -= 1;
            self.report.sent -= 1;
            self.report.bytes_sent -= bytes as u64;
        }
    }

    /// Datagrams without an answer whose time is not up.
    pub(super) const fn outstanding(&self) -> usize {
        self.outstanding
    }

    /// Gives up those whose time is up, and says when the next one's will be.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Instant> {
        while let Some((sent, place)) = self.sent.get_mut(self.first_outstanding) {
            if *place == Place::Outstanding {
                let until = *sent + self.timeout;
                if now < until {
                    return Some(until);
                }
                *place = Place::Silent;
                self.outstanding -= 1;
                self.silent += 1;
            }
            self.first_outstanding += 1;
        }
        None
    }

    /// A datagram has come from where it was expected to come from.
    pub(super) fn receive(&mut self, bytes: &[u8], from: SocketAddr, now: Instant) -> Verdict {
        let mut verdict = Verdict::of(Fate::Foreign);
        let (mut rest, mut pieces) = (bytes, 0);
        loop {
            match header::read(rest, self.run) {
                Reading::Whole(header) => {
                    pieces += 1;
                    rest = &rest[header.length..];
                    verdict = self.answer(header.sequence, from, now);
                    if !rest.is_empty() {
                        continue;
                    }
                }
                Reading::Cut(header) => {
                    verdict = self.spoiled(Fate::Truncated, header, rest);
                }
                Reading::Damaged(header) => {
                    verdict = self.spoiled(Fate::Corrupted, Some(header), rest);
                }
                Reading::Foreign if pieces == 0 => self.report.foreign += 1,
                // Something behind a reply is no datagram of its own.
                Reading::Foreign => {}
            }
            break;
        }
        if verdict.fate != Fate::Foreign {
            self.report.bytes_received += bytes.len() as u64;
            self.credit(from);
        }
        if pieces > 1 || pieces == 1 && !rest.is_empty() {
            self.report.merged += pieces;
            verdict.fate = Fate::Merged;
        }
        verdict
    }

    /// A datagram has come from somebody who was never asked.
    pub(super) fn receive_from_stranger(&mut self) -> Verdict {
        self.report.foreign += 1;
        Verdict::of(Fate::Foreign)
    }

    fn answer(&mut self, sequence: u32, from: SocketAddr, now: Instant) -> Verdict {
        let Some((sent, place)) = self.sent.get_mut(sequence as usize) else {
            // It has the run's number and was never sent: forged.
            self.report.foreign += 1;
            return Verdict::of(Fate::Foreign);
        };
        let round_trip = now.saturating_duration_since(*sent);
        let told = |fate| Verdict { fate, sequence: Some(sequence), round_trip: Some(round_trip) };
        let first_of_this_responder = match &mut self.answers {
            Some(answers) => answers.len() >= REMEMBERED || answers.insert((sequence, from)),
            None => true,
        };
        match place {
            Place::Answered | Place::Late if self.answers.is_some() && first_of_this_responder => {
                // Somebody else's answer to the same question.
                return told(Fate::Fine);
            }
            Place::Spoiled => {
                // Now it came whole: what was taken for it was another one's.
                *place = Place::Answered;
                self.unattributed += 1;
            }
            Place::Answered | Place::Late => {
                self.report.duplicated += 1;
                return told(Fate::Duplicate);
            }
            Place::Outstanding if round_trip < self.timeout => {
                *place = Place::Answered;
                self.outstanding -= 1;
            }
            Place::Outstanding | Place::Silent => {
                match place {
                    Place::Silent => self.silent -= 1,
                    _ => self.outstanding -= 1,
                }
                *place = Place::Late;
                self.report.late += 1;
                return told(Fate::Late);
            }
        }
        self.report.received += 1;
        let nanoseconds = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX);
        self.round_trips.push(nanoseconds);
        self.jitter.add(nanoseconds);
        if self.highest.is_some_and(|highest| sequence < highest) {
            self.report.reordered += 1;
            return told(Fate::Reordered);
        }
        self.highest = Some(sequence);
        told(Fate::Fine)
    }

    /// A reply came damaged or cut. If what it says of itself can be, it is the answer to that one;
    /// else, the same bytes again are a copy of it.
    fn spoiled(&mut self, fate: Fate, header: Option<Header>, bytes: &[u8]) -> Verdict {
        let sequence = header.map(|header| header.sequence);
        let place = sequence.and_then(|sequence| self.sent.get_mut(sequence as usize));
        let copy = match place {
            Some((_, place @ (Place::Outstanding | Place::Silent))) => {
                match place {
                    Place::Silent => self.silent -= 1,
                    _ => self.outstanding -= 1,
                }
                *place = Place::Spoiled;
                false
            }
            Some(_) => true,
            None => {
                let digest = crc32fast::hash(bytes);
                let known = self.damages.contains(&digest);
                if !known && self.damages.len() < DAMAGES {
                    self.damages.insert(digest);
                }
                self.unattributed += u64::from(!known);
                known
            }
        };
        if copy {
            self.report.duplicated += 1;
            return Verdict { sequence, ..Verdict::of(Fate::Duplicate) };
        }
        match fate {
            Fate::Truncated => self.report.truncated += 1,
            _ => self.report.corrupted += 1,
        }
        Verdict { sequence, ..Verdict::of(fate) }
    }

    /// Counts whose answers came.
    fn credit(&mut self, from: SocketAddr) {
        let listed = &mut self.report.responders;
        if let Some((_, count)) = listed.iter_mut().find(|(responder, _)| *responder == from) {
            *count += 1;
        } else if listed.len() < LISTED {
            listed.push((from, 1));
        }
    }

    /// How far it is: everything but the figures that take a while to work out.
    pub(super) fn progress(&self, now: Instant) -> Report {
        let report = &self.report;
        Report {
            outstanding: self.outstanding as u64,
            lost: self.silent.saturating_sub(self.unattributed),
            sending: self.sending(),
            duration: now.saturating_duration_since(self.began),
            ..report.clone()
        }
    }

    /// From the first datagram to the last.
    fn sending(&self) -> Duration {
        let ends = self.sent.first().zip(self.sent.last());
        ends.map_or(Duration::ZERO, |((first, _), (last, _))| last.duration_since(*first))
    }

    /// Whether it is worth waiting for replies that are late already: everything came late so far,
    /// or nothing came at all.
    pub(super) const fn expects_late(&self) -> bool {
        let report = &self.report;
        report.received + report.corrupted + report.truncated == 0 && report.late < report.sent
    }

    /// The account, closed: what is not answered in time never was.
    pub(super) fn close(&mut self, now: Instant) -> Report {
        self.expire(now);
        let round_trip = figures::round_trip(&mut self.round_trips, self.jitter);
        let histogram = figures::histogram(&self.round_trips);
        Report { round_trip, histogram, ..self.progress(now) }
    }
}
