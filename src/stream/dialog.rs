//! Dialog control: who may speak when.
//!
//! TCP lets both sides send at any time (full duplex). Taking turns (half duplex) is a rule that
//! programs agree on, the session layer's business: speak, then listen until the other has spoken.

use std::time::{Duration, Instant};

/// The rule: `--dialog`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rule {
    /// Strict turns, as in the handouts.
    Half,
    /// Anybody, any time.
    #[default]
    Full,
}

impl Rule {
    /// The word of the option.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Half => "half",
            Self::Full => "full",
        }
    }
}

/// How long a side waits for its turn before it is told that both may be waiting.
pub const LONG_WAIT: Duration = Duration::from_secs(10);

/// Whose turn it is, seen from this program.
#[derive(Debug)]
pub struct Dialog {
    rule: Rule,
    mine: bool,
    since: Instant,
    warned: bool,
}

impl Dialog {
    /// A dialog in which the client speaks first, as in the handouts.
    #[must_use]
    pub const fn new(rule: Rule, speaks_first: bool, now: Instant) -> Self {
        Self { rule, mine: speaks_first, since: now, warned: false }
    }

    /// True when turns are kept.
    #[must_use]
    pub fn keeps_turns(&self) -> bool {
        self.rule == Rule::Half
    }

    /// True when this program may speak.
    #[must_use]
    pub fn may_speak(&self) -> bool {
        self.rule == Rule::Full || self.mine
    }

    /// This program has spoken. True when the turn passed on.
    pub fn spoke(&mut self, now: Instant) -> bool {
        self.pass(false, now)
    }

    /// The other side has spoken, or this one takes the turn without being asked (`/turn`). True
    /// when the turn came here.
    pub fn heard(&mut self, now: Instant) -> bool {
        self.pass(true, now)
    }

    fn pass(&mut self, mine: bool, now: Instant) -> bool {
        let passed = self.keeps_turns() && self.mine != mine;
        self.mine = mine;
        if passed {
            self.since = now;
            self.warned = false;
        }
        passed
    }

    /// When to warn that both sides may be waiting.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        (self.keeps_turns() && !self.mine && !self.warned).then(|| self.since + LONG_WAIT)
    }

    /// True once when the wait for the turn has become long.
    pub fn waited_long(&mut self, now: Instant) -> bool {
        let long = self.deadline().is_some_and(|due| now >= due);
        self.warned |= long;
        long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_alternate_and_a_long_wait_is_told_once() {
        let start = Instant::now();
        let mut dialog = Dialog::new(Rule::Half, true, start);
        assert!(dialog.may_speak());
        assert!(dialog.spoke(start));
        assert!(!dialog.may_speak());
        assert!(!dialog.waited_long(start + LONG_WAIT / 2));
        assert!(dialog.waited_long(start + LONG_WAIT));
        assert!(!dialog.waited_long(start + 2 * LONG_WAIT));
        assert!(dialog.heard(start));
        assert!(dialog.may_speak());
    }

    #[test]
    fn in_full_dialog_nobody_waits() {
        let start = Instant::now();
        let mut dialog = Dialog::new(Rule::Full, false, start);
        assert!(dialog.may_speak());
        assert!(!dialog.spoke(start));
        assert!(dialog.may_speak());
        assert_eq!(dialog.deadline(), None);
    }
}
