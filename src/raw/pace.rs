//! When the next probe leaves.
//!
//! A *round* is one probe to each host. With an interval, round *n* begins *n* intervals after the
//! first, whenever the one before it really began: a run of an hour has its 3,600 probes. In a flood
//! the replies set the pace.

use std::time::Duration;

use crate::event::Pace;

/// A flood sends at least so often, also when nothing comes back.
const FLOOD_AT_LEAST: Duration = Duration::from_millis(10);

/// Whoever is so late was stopped: by a debugger, by Ctrl-Z, by a closed lid.
const STOPPED: Duration = Duration::from_secs(1);

/// The timetable of a run. Times are measured from its beginning.
#[derive(Clone, Debug)]
pub(super) struct Timetable {
    pace: Pace,
    interval: Duration,
    /// From one host to the next within a round.
    gap: Duration,
    hosts: u32,
    /// Rounds to send; none: without end.
    rounds: Option<u32>,
    /// The round that goes on, from 0.
    round: u32,
    /// The host that comes next.
    host: u32,
    last: Option<Duration>,
    /// The last one was refused: nothing will answer it.
    refused: bool,
    /// How long this program was kept from sending, by whoever stopped it.
    stopped: Duration,
}

impl Timetable {
    /// A timetable of which nothing has happened yet.
    pub fn new(
        pace: Pace,
        interval: Duration,
        gap: Duration,
        hosts: usize,
        rounds: Option<u32>,
    ) -> Self {
        let hosts = u32::try_from(hosts).unwrap_or(u32::MAX);
        Self {
            pace,
            interval,
            gap,
            hosts,
            rounds,
            round: 0,
            host: 0,
            last: None,
            refused: false,
            stopped: Duration::ZERO,
        }
    }

    /// Which host is next, and when. None when all probes have been sent. `open` is whether the last one
    /// still waits for its answer.
    pub fn next(&self, open: bool) -> Option<(usize, Duration)> {
        if self.hosts == 0 || self.rounds.is_some_and(|rounds| self.round >= rounds) {
            return None;
        }
        let due = match (self.pace, self.last) {
            (_, None) => Duration::ZERO,
            (Pace::Interval, Some(last)) => self
                .interval
                .saturating_mul(self.round)
                .saturating_add(self.gap.saturating_mul(self.host))
                .saturating_add(self.stopped)
                .max(last + self.gap),
            (Pace::Flood | Pace::Adaptive, Some(last)) if self.refused => last + FLOOD_AT_LEAST,
            (Pace::Flood, Some(last)) if open => last + FLOOD_AT_LEAST,
            // Its time will be up, and then it is not open any more.
            (Pace::Adaptive, Some(_)) if open => Duration::MAX,
            (Pace::Flood | Pace::Adaptive, Some(last)) => last,
        };
        Some((self.host as usize, due))
    }

    /// The probe that was next has been sent, or the system has refused it.
    pub fn sent(&mut self, now: Duration, refused: bool) {
        self.refused = refused;
        if let (Pace::Interval, Some((_, due))) = (self.pace, self.next(true))
            && now > due + self.interval.max(STOPPED)
        {
            // What was missed is not made up for: nobody wants a minute's probes at once.
            self.stopped += now.saturating_sub(due);
        }
        self.last = Some(now);
        self.skip();
    }

    /// The host that is next needs no more probes.
    pub fn skip(&mut self) {
        self.host += 1;
        if self.host == self.hosts {
            self.host = 0;
            self.round = self.round.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const GAP: Duration = Duration::from_millis(1);

    #[test]
    fn rounds_keep_their_time_although_sending_takes_some() {
        let mut table = Timetable::new(Pace::Interval, SECOND, GAP, 2, Some(2));
        let mut due = Vec::new();
        while let Some((host, at)) = table.next(true) {
            due.push((host, at));
            table.sent(at + Duration::from_millis(30), false);
        }
        // Two hosts are never asked at once, however late the first one was.
        let second = GAP + Duration::from_millis(30);
        assert_eq!(due, [(0, Duration::ZERO), (1, second), (0, SECOND), (1, SECOND + second)]);
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        let mut table = Timetable::new(Pace::Interval, SECOND, GAP, 1, None);
        table.sent(Duration::ZERO, false);
        table.sent(60 * SECOND, false);
        assert_eq!(table.next(false), Some((0, 61 * SECOND)));
    }

    #[test]
    fn a_flood_waits_for_a_reply_but_not_long() {
        let mut table = Timetable::new(Pace::Flood, SECOND, GAP, 1, None);
        table.sent(SECOND, false);
        assert_eq!(table.next(false), Some((0, SECOND)));
        assert_eq!(table.next(true), Some((0, SECOND + FLOOD_AT_LEAST)));
    }

    #[test]
    fn a_flood_that_may_not_send_does_not_try_without_end() {
        for pace in [Pace::Flood, Pace::Adaptive] {
            let mut table = Timetable::new(pace, SECOND, GAP, 1, None);
            table.sent(SECOND, true);
            assert_eq!(table.next(false), Some((0, SECOND + FLOOD_AT_LEAST)));
        }
    }

    #[test]
    fn adaptive_never_has_two_probes_open() {
        let mut table = Timetable::new(Pace::Adaptive, SECOND, GAP, 1, None);
        table.sent(SECOND, false);
        assert_eq!(table.next(true), Some((0, Duration::MAX)));
        assert_eq!(table.next(false), Some((0, SECOND)));
    }
}
