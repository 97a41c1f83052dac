//! The probes of each host, and what became of them.
//!
//! ```text
//!            sent                reply in time
//!   (none) ───────▶ Open ───────────────────────▶ Answered
//!                    │  reply with wrong bytes         ▲
//!                    ├──────────────▶ Damaged ─────────┤ the right reply, in time
//!                    │                   └──▶ Spoilt   │    its time is up
//!                    │  an ICMP error                  │
//!                    ├──────────────▶ Failed ──────────┘
//!                    │  its time is up
//!                    └──────────────▶ Overdue ─────▶ Answered (late)
//! ```
//!
//! A damaged reply does not end the wait: whoever forges one would take the right one's place.

mod account;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use account::{Account, Slot, State};

use crate::event::{HostReport, SafeText};

/// Answered probes that are remembered of all hosts together, so that a copy is known as one. More of
/// them would not fit into the processor's caches, and a flood would feel it.
const ANSWERED: usize = 1 << 12;
/// Probes that are remembered when some before them were not answered. Numbers on the wire begin again
/// after so many.
const REMEMBERED: usize = 1 << 16;

/// A probe, by its host and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Which {
    pub host: usize,
    pub number: u64,
}

/// When a probe was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Since the run began, on the clock that nobody sets.
    pub at: Duration,
    /// Since 1970, on the clock that the kernel notes arrivals by.
    pub wall: Duration,
}

/// What a reply is to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    InTime,
    Late,
    Duplicate,
}

/// The accounts of all hosts.
#[derive(Clone, Debug)]
pub(super) struct Book {
    accounts: Vec<Account>,
    /// Whose time is up when, in the order in which they were sent.
    waiting: VecDeque<(Duration, Which)>,
    timeout: Duration,
    open: u64,
    /// Probes of a host that are remembered: answered ones, and others.
    keep: (usize, usize),
    last: Option<Which>,
    /// When so many wait in line, it is looked through.
    crowd: usize,
}

impl Book {
    /// A book for these hosts, in which a reply after `timeout` is late.
    pub fn new(hosts: impl Iterator<Item = (SafeText, IpAddr)>, timeout: Duration) -> Self {
        let accounts: Vec<Account> =
            hosts.map(|(name, address)| Account::new(name, address)).collect();
        let share = |of: usize| (of / accounts.len().max(1)).max(64);
        let keep = (share(ANSWERED), share(REMEMBERED));
        Self {
            accounts,
            waiting: VecDeque::new(),
            timeout,
            open: 0,
            keep,
            last: None,
            crowd: REMEMBERED,
        }
    }

    /// Whether a probe still waits for its answer.
    pub const fn has_open(&self) -> bool {
        self.open > 0
    }

    /// The number of the next probe to a host.
    pub fn next_number(&self, host: usize) -> u64 {
        self.accounts[host].next_number()
    }

    /// The next probe to a host was sent.
    pub fn sent(&mut self, host: usize, sent: Sent) {
        let which = Which { host, number: self.next_number(host) };
        self.push(host, sent, State::Open);
        self.accounts[host].report.sent += 1;
        self.open += 1;
        self.last = Some(which);
        self.waiting.push_back((sent.at + self.timeout, which));
        self.thin_out();
    }

    /// The system refused to send it.
    pub fn unsent(&mut self, host: usize, sent: Sent) {
        self.push(host, sent, State::Unsent);
        self.accounts[host].report.unsent += 1;
    }

    fn push(&mut self, host: usize, sent: Sent, state: State) {
        let keep = self.keep;
        self.accounts[host].push(Slot { sent, state }, keep);
    }

    /// Forgets, of those who wait in line, the ones that were answered meanwhile: one lost probe would
    /// hold up the line behind it.
    fn thin_out(&mut self) {
        if self.waiting.len() > self.crowd {
            let accounts = &self.accounts;
            self.waiting.retain(|(_, which)| {
                let slot = accounts[which.host].slot(which.number);
                slot.is_some_and(|slot| slot.state.waits())
            });
            self.crowd = REMEMBERED.max(2 * self.waiting.len());
        }
    }

    /// When the next probe's time is up. Those that were answered are forgotten on the way.
    pub fn next_expiry(&mut self) -> Option<Duration> {
        while let Some(&(until, which)) = self.waiting.front() {
            if self.state(which).is_some_and(State::waits) {
                return Some(until);
            }
            self.waiting.pop_front();
        }
        None
    }

    /// A probe whose time is up without a word, if there is one. From now on it is overdue.
    pub fn expire(&mut self, now: Duration) -> Option<Which> {
        while self.next_expiry()? <= now {
            let (_, which) = self.waiting.pop_front()?;
            if self.state(which) == Some(State::Open) {
                self.settle(which, State::Overdue);
                return Some(which);
            }
            self.settle(which, State::Spoilt);
        }
        None
    }

    fn state(&self, which: Which) -> Option<State> {
        self.accounts[which.host].slot(which.number).map(|slot| slot.state)
    }

    /// Gives a probe another state.
    fn settle(&mut self, which: Which, state: State) {
        if let Some(slot) = self.accounts[which.host].slot_mut(which.number) {
            self.open -= u64::from(slot.state.waits() && !state.waits());
            slot.state = state;
        }
    }

    /// The probe with this sequence number, if it was sent: the one with this upper half of its number,
    /// or without one the last.
    pub fn find(&self, host: usize, sequence: u16, high: Option<u16>) -> Option<Which> {
        let last = self.accounts.get(host)?.next_number() - 1;
        // Beyond 48 bits no run counts.
        let upper = high.map_or(last & !0xffff, |high| u64::from(high) << 16);
        let same = upper | u64::from(sequence);
        let number = match high {
            None if same > last => same.checked_sub(0x1_0000)?,
            _ => same,
        };
        (1..=last).contains(&number).then_some(Which { host, number })
    }

    /// The probe that was sent last, if it still waits for its answer.
    pub fn waits_for_last(&self) -> bool {
        self.last.and_then(|which| self.state(which)).is_some_and(State::waits)
    }

    /// Whether nothing at all has come from a host, and no word about it.
    pub fn is_in_the_dark(&self) -> bool {
        self.accounts.iter().any(|account| {
            let report = &account.report;
            report.sent > 0 && report.received + report.late + report.errors + report.corrupted == 0
        })
    }

    /// Whether a host has answered so often, or errors have come in the place of answers.
    pub fn is_settled(&self, host: usize, count: u64) -> bool {
        let account = &self.accounts[host];
        account.report.received + account.report.late + account.failed >= count
    }

    /// When a probe was sent; none when that is so long ago that it was forgotten, or it never left.
    pub fn when(&self, which: Which) -> Option<Sent> {
        let slot = self.accounts[which.host].slot(which.number)?;
        (slot.state != State::Unsent).then_some(slot.sent)
    }

    /// A whole reply has come.
    pub fn answered(&mut self, which: Which, round_trip: Duration) -> Standing {
        let state = self.state(which);
        let account = &mut self.accounts[which.host];
        let standing = match state {
            None | Some(State::Answered | State::Unsent) => Standing::Duplicate,
            Some(State::Overdue | State::Spoilt) => Standing::Late,
            Some(_) if round_trip > self.timeout => Standing::Late,
            Some(State::Open | State::Damaged | State::Failed) => Standing::InTime,
        };
        match standing {
            Standing::Duplicate => account.report.duplicated += 1,
            Standing::Late => account.report.late += 1,
            Standing::InTime => {
                account.report.received += 1;
                let nanoseconds = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX);
                account.spread.add(nanoseconds);
                account.report.reordered += u64::from(which.number < account.highest);
                account.highest = account.highest.max(which.number);
            }
        }
        if standing != Standing::Duplicate {
            account.damaged -= u64::from(matches!(state, Some(State::Damaged | State::Spoilt)));
            account.failed -= u64::from(state == Some(State::Failed));
            self.settle(which, State::Answered);
        }
        standing
    }

    /// A reply with wrong bytes has come.
    pub fn damaged(&mut self, which: Which) {
        let state = self.state(which);
        let account = &mut self.accounts[which.host];
        account.report.corrupted += 1;
        if state == Some(State::Open) {
            account.damaged += 1;
            self.settle(which, State::Damaged);
        }
    }

    /// An ICMP error about a probe has come. With `ends`, nothing else is to be expected.
    pub fn failed(&mut self, which: Which, ends: bool) {
        self.accounts[which.host].report.errors += 1;
        if ends && self.state(which) == Some(State::Open) {
            self.accounts[which.host].failed += 1;
            self.settle(which, State::Failed);
        }
    }

    /// What became of the probes to each host; with `figures`, round trips too, which take a while.
    pub fn reports(&self, figures: bool) -> Vec<HostReport> {
        self.accounts.iter().map(|account| account.report(figures)).collect()
    }

    /// Whether each host has answered so often.
    pub fn all_answered(&self, count: u64) -> bool {
        self.accounts.iter().all(|account| account.report.received + account.report.late >= count)
    }
}

/// The upper half of a probe's number: bits 16 to 31.
pub(super) const fn high_half(number: u64) -> u16 {
    ((number >> 16) & 0xffff) as u16
}
