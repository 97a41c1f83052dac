//! The account of one host: its probes that are remembered, and the sums of all.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use super::Sent;
use crate::event::{HostReport, SafeText};
use crate::figures::Spread;

/// Where a probe stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Answered,
    /// A damaged reply has come, and the right one may still come.
    Damaged,
    /// A damaged reply has come, and nothing else in time.
    Spoilt,
    Failed,
    Overdue,
    /// The system refused to send it.
    Unsent,
}

impl State {
    /// Whether the right reply may still come in time.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Damaged)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub sent: Sent,
    pub state: State,
}

/// The account of one host.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub report: HostReport,
    pub spread: Spread,
    /// The number of the first slot.
    pub first: u64,
    pub slots: VecDeque<Slot>,
    /// Older ones that were not answered.
    pub strays: BTreeMap<u64, Slot>,
    /// Probes that an error has ended.
    pub failed: u64,
    /// Probes of which only damaged replies came.
    pub damaged: u64,
    /// The highest number that was answered.
    pub highest: u64,
}

impl Account {
    pub fn new(name: SafeText, address: IpAddr) -> Self {
        let report = HostReport { name, address: Some(address), ..HostReport::default() };
        Self {
            report,
            spread: Spread::default(),
            first: 1,
            slots: VecDeque::new(),
            strays: BTreeMap::new(),
            failed: 0,
            damaged: 0,
            highest: 0,
        }
    }

    pub fn next_number(&self) -> u64 {
        self.first + self.slots.len() as u64
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    /// Remembers the next probe. Of older ones, those that were answered are forgotten, and of the
    /// others only the latest are kept.
    pub fn push(&mut self, slot: Slot, (answered, others): (usize, usize)) {
        self.slots.push_back(slot);
        while self.slots.len() > answered
            && let Some(oldest) = self.slots.pop_front()
        {
            if oldest.state != State::Answered {
                self.strays.insert(self.first, oldest);
            }
            self.first += 1;
        }
        while self.strays.len() > others
            && let Some(oldest) =
                self.strays.first_entry().filter(|entry| !entry.get().state.waits())
        {
            oldest.remove();
        }
    }

    pub fn slot(&self, number: u64) -> Option<&Slot> {
        match self.index(number) {
            Some(index) => self.slots.get(index),
            None => self.strays.get(&number),
        }
    }

    pub fn slot_mut(&mut self, number: u64) -> Option<&mut Slot> {
        match self.index(number) {
            Some(index) => self.slots.get_mut(index),
            None => self.strays.get_mut(&number),
        }
    }

    pub fn report(&self, figures: bool) -> HostReport {
        let remembered = self.slots.iter().chain(self.strays.values());
        let open = remembered.filter(|slot| slot.state == State::Open).count() as u64;
        let figures = if figures { self.spread.figures() } else { None };
        let (round_trip, histogram) = match figures {
            Some((round_trip, histogram)) => (Some(round_trip), histogram),
            None => (None, Vec::new()),
        };
        let report = &self.report;
        let answered = report.received + report.late + self.damaged;
        HostReport {
            outstanding: open,
            lost: report.sent.saturating_sub(answered + open),
            round_trip,
            histogram,
            ..report.clone()
        }
    }
}
