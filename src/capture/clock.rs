//! From the kernel's clock to the run's.
//!
//! The kernel stamps packets with the time of day, and a run counts on a clock that is never set.
//! The distance between the two is measured by reading both at (nearly) the same moment, and measured
//! again while the run goes on, because the time of day is being corrected.
//! It may even jump, when it is set or when the machine wakes from sleep: a packet that would be of the
//! future, or long past, is reason to measure at once.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// So often the distance is measured again.
const AGAIN: Duration = Duration::from_secs(1);
/// A packet is not so far in the future, nor so far back, unless a clock has jumped.
const AHEAD: Duration = Duration::from_millis(50);
const BEHIND: Duration = Duration::from_secs(2);
/// A measurement that took longer was interrupted, and is wrong by up to half of that.
const GOOD: Duration = Duration::from_micros(50);

/// The two clocks.
pub(super) trait Clocks {
    /// The run's: since it began.
    fn run(&self) -> Duration;
    /// The time of day: since 1970.
    fn unix(&self) -> Duration;
}

/// Those of this machine.
#[derive(Debug)]
pub(super) struct Machine(Instant);

impl Clocks for Machine {
    fn run(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// How two clocks lie to each other.
#[derive(Debug)]
pub(super) struct Clock<C = Machine> {
    clocks: C,
    /// The time of day at the moment when the run began, if both clocks had run like this one.
    zero: Duration,
    /// When that was measured, by the run's clock.
    measured: Duration,
}

impl Clock {
    pub(super) fn new(began: Instant) -> Self {
        Self::of(Machine(began))
    }
}

impl<C: Clocks> Clock<C> {
    fn of(clocks: C) -> Self {
        let (_, zero) = distance(&clocks);
        let measured = clocks.run();
        Self { clocks, zero, measured }
    }

    /// Measures again, if it is time to.
    pub(super) fn keep(&mut self) {
        if self.now().saturating_sub(self.measured) >= AGAIN {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let (passed, zero) = distance(&self.clocks);
        // A bad measurement is no reason to leave a good one that it does not exclude.
        if passed <= GOOD || zero.abs_diff(self.zero) > passed {
            self.zero = zero;
        }
        self.measured = self.now();
    }

    /// The run's time now.
    pub(super) fn now(&self) -> Duration {
        self.clocks.run()
    }

    /// The run's time at a time of day that has been: never later than now.
    pub(super) fn at(&mut self, unix: Duration) -> Duration {
        let (at, now) = (unix.saturating_sub(self.zero), self.now());
        if at > now + AHEAD || at + BEHIND < now {
            self.measure();
        }
        unix.saturating_sub(self.zero).min(self.now())
    }
}

/// The time of day at a moment that has just been.
#[must_use]
pub fn time_of_day(moment: Instant) -> Duration {
    distance(&Machine(moment)).1
}

/// The time of day when the run began. Of five measurements the one counts in which the least time
/// passed between the two looks at the same clock; and that time.
fn distance(clocks: &impl Clocks) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::ZERO);
    for _ in 0..5 {
        let before = clocks.run();
        let unix = clocks.unix();
        let passed = clocks.run().saturating_sub(before);
        if passed < best.0 {
            best = (passed, unix.saturating_sub(before + passed / 2));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn now_is_now_on_both_clocks() {
        let mut clock = Clock::new(Instant::now());
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let apart = clock.now().abs_diff(clock.at(unix));
        assert!(apart < Duration::from_millis(50), "{apart:?}");
    }

    /// Clocks that are set by hand; a look at one takes so long.
    struct Hands {
        run: Cell<Duration>,
        unix: Cell<Duration>,
        takes: Cell<Duration>,
    }

    impl Hands {
        fn pass(&self, time: Duration) {
            self.run.set(self.run.get() + time);
            self.unix.set(self.unix.get() + time);
        }
    }

    impl Clocks for &Hands {
        fn run(&self) -> Duration {
            self.run.get()
        }

        fn unix(&self) -> Duration {
            let unix = self.unix.get();
            self.pass(self.takes.get());
            unix
        }
    }

    const HOUR: Duration = Duration::from_secs(3600);

    fn hands() -> Hands {
        Hands { run: Cell::default(), unix: Cell::new(1000 * HOUR), takes: Cell::default() }
    }

    #[test]
    fn a_jump_of_the_time_of_day_moves_no_packet_away_from_now() {
        for forward in [true, false] {
            let hands = hands();
            let mut clock = Clock::of(&hands);
            hands.pass(Duration::from_secs(10));
            clock.keep();
            let unix = hands.unix.get();
            hands.unix.set(if forward { unix + 3 * HOUR } else { unix.saturating_sub(3 * HOUR) });
            assert_eq!(clock.at(hands.unix.get()), Duration::from_secs(10), "{forward}");
            // Stamped before the jump, read after it: now at the latest.
            assert!(clock.at(unix) <= clock.now(), "{forward}");
        }
    }

    #[test]
    fn a_measurement_that_was_interrupted_is_not_believed() {
        let hands = hands();
        let mut clock = Clock::of(&hands);
        let zero = clock.zero;
        hands.takes.set(Duration::from_millis(20));
        hands.pass(Duration::from_secs(2));
        clock.keep();
        assert_eq!(clock.zero, zero);
        hands.unix.set(hands.unix.get() + HOUR);
        hands.pass(Duration::from_secs(2));
        clock.keep();
        assert!(clock.zero.abs_diff(zero + HOUR) <= Duration::from_millis(20));
    }
}
