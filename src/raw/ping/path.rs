//! The way to a host, hop by hop (`--path`).
//!
//! ```text
//!   hop limit 1  ──▶ router A   0: dead here   ◀── time exceeded, from A
//!   hop limit 2  ──▶ router A ──▶ router B     ◀── time exceeded, from B
//!   hop limit 3  ──▶ router A ──▶ router B ──▶ host      ◀── echo reply
//! ```
//!
//! Every router takes one from the hop limit, and the one that takes the last sends the packet's
//! sender an error ([RFC 792](https://www.rfc-editor.org/rfc/rfc792), "Time Exceeded Message"). What was
//! made to end packets that go round in circles tells who is on the way.

use std::time::Duration;

use super::judge::Answer;
use super::{Ended, Ping};
use crate::error::Failure;
use crate::event::{Departure, Hop, HopAnswer, IcmpEvent, IcmpRemark, ReplyFate, Trouble};
use crate::raw::keyboard::Wish;

/// From one probe of a hop to the next: some routers answer no faster.
const GAP: Duration = Duration::from_millis(5);
/// What comes so soon after a late answer belongs to it.
const GRACE: Duration = Duration::from_millis(50);
/// After so many hops in a row without an answer the rest is not tried.
const SILENT: u8 = 5;

fn is_silent(answers: &[HopAnswer]) -> bool {
    answers.iter().all(|answer| *answer == HopAnswer::Silence)
}

/// How long a hop is waited for when the time of its probes is up.
struct Patience {
    /// While nobody says a word, until then.
    silence: Duration,
    /// When somebody has said one late, until then for the others.
    stragglers: Option<Duration>,
    /// Nobody had said a word in time.
    late: bool,
}

impl Patience {
    /// Until when to wait, if at all.
    fn until(&mut self, answers: &[HopAnswer], now: Duration) -> Option<Duration> {
        let until = if is_silent(answers) {
            self.late = true;
            self.silence
        } else if self.late && answers.contains(&HopAnswer::Silence) {
            *self.stragglers.get_or_insert(now + GRACE)
        } else {
            return None;
        };
        (now < until).then_some(until)
    }
}

/// How looking for a way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Found,
    NotFound,
    TimeUp,
    Interrupted,
}

impl Ping {
    /// Looks for the way to each host in turn.
    pub(super) fn trace_path(mut self, most: u8) -> Result<Ended, Failure> {
        let (mut found, mut departure) = (true, Departure::Served);
        let each = self.config.count.unwrap_or(1);
        self.judge.probe_hops(self.config.ttl.unwrap_or(1), each);
        for host in 0..self.config.targets.len() {
            match self.trace(host, most)? {
                Way::Found => {}
                Way::NotFound => found = false,
                Way::TimeUp => {
                    found = false;
                    break;
                }
                Way::Interrupted => {
                    (found, departure) = (false, Departure::Interrupted);
                    break;
                }
            }
        }
        self.end(departure);
        Ok(Ended { answered: found })
    }

    fn trace(&mut self, host: usize, most: u8) -> Result<Way, Failure> {
        let link = self.link(host);
        let group = self.config.targets[host].address.ip().is_multicast();
        let (mut silent, mut waited) = (0, false);
        for ttl in self.config.ttl.unwrap_or(1)..=most {
            self.links[link].socket().set_hop_limit(ttl, group)?;
            let (answers, end) = self.hop(host, !waited)?;
            let nobody = is_silent(&answers);
            waited |= nobody;
            let reached = answers.iter().any(|answer| matches!(answer, HopAnswer::Reply(..)));
            let ends = answers.iter().any(|answer| match answer {
                HopAnswer::Error(_, _, trouble) => *trouble != Trouble::TimeExceeded,
                HopAnswer::Reply(..) | HopAnswer::Silence => false,
            });
            self.journal.emit(IcmpEvent::Hop(Hop { host, ttl, answers }));
            self.dissect_answer(host);
            if let Some(way) = end {
                return Ok(way);
            }
            if reached {
                return Ok(Way::Found);
            }
            silent = if nobody { silent + 1 } else { 0 };
            if ends || silent == SILENT || ttl == most {
                let remark = if ends || silent == SILENT {
                    IcmpRemark::PathEnds { ttl, silent }
                } else {
                    IcmpRemark::PathLimit { ttl }
                };
                self.journal.emit(IcmpEvent::Remark(remark));
                return Ok(Way::NotFound);
            }
        }
        Ok(Way::NotFound)
    }

    /// Sends the probes with one hop limit and waits for what becomes of them. When nobody says a word,
    /// it may `linger`: a router that asks in vain who has the address says so after three seconds.
    /// With the answers, why the search is over, if it is.
    fn hop(&mut self, host: usize, linger: bool) -> Result<(Vec<HopAnswer>, Option<Way>), Failure> {
        let count = self.config.count.unwrap_or(1);
        let first = self.judge.book.next_number(host);
        let mut answers = vec![HopAnswer::Silence; count as usize];
        let (mut sent, mut due) = (0, self.now());
        let linger = if linger { self.config.linger } else { Duration::ZERO };
        let mut patience = Patience { silence: due + linger, stragglers: None, late: false };
        loop {
            let now = self.now();
            match self.keyboard.wish() {
                Some(Wish::End) => return Ok((answers, Some(Way::Interrupted))),
                Some(Wish::Status) => self.journal.emit(IcmpEvent::Status(self.report(true))),
                None => {}
            }
            if self.config.deadline.is_some_and(|deadline| now >= deadline) {
                return Ok((answers, Some(Way::TimeUp)));
            }
            if sent < count && now >= due.max(self.hold) {
                let before = self.judge.book.next_number(host);
                self.send(host, now);
                sent += u32::from(self.judge.book.next_number(host) > before);
                due = now + GAP;
            }
            let heard = self.take();
            for &answer in &heard {
                self.note(answer, (host, first), &mut answers);
            }
            self.answers = heard;
            self.answers.clear();
            while self.judge.book.expire(now).is_some() {}
            let open = sent < count || self.judge.book.has_open();
            let waits = if open { None } else { patience.until(&answers, now) };
            if !open && waits.is_none() {
                return Ok((answers, None));
            }
            self.wait(if sent < count { Some(due.max(self.hold)) } else { waits })?;
        }
    }

    /// Puts an answer where it belongs; one to an earlier hop, or from an earlier host, comes too late.
    fn note(&mut self, answer: Answer, (host, first): (usize, u64), answers: &mut [HopAnswer]) {
        let (probe, said) = match answer {
            Answer::Reply(reply) => {
                let whole = matches!(reply.fate, ReplyFate::Fine | ReplyFate::Late);
                (reply.probe, whole.then_some(HopAnswer::Reply(reply.from, reply.round_trip)))
            }
            // The packet went on all the same: this says nothing about where it ended.
            Answer::Error(error)
                if matches!(error.trouble, Trouble::Redirect { .. } | Trouble::SourceQuench) =>
            {
                (error.probe, None)
            }
            Answer::Error(error) => {
                (error.probe, Some(HopAnswer::Error(error.from, error.after, error.trouble)))
            }
        };
        self.dissect_request(probe.host);
        if probe.host != host {
            return;
        }
        let place = probe.number.checked_sub(first).and_then(|n| usize::try_from(n).ok());
        if let (Some(place), Some(said)) = (place, said)
            && let Some(answer) = answers.get_mut(place)
        {
            *answer = said;
        }
    }
}
