//! What the threads of a client share: how the server speaks, and whose turn it is.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Config;
use crate::event::{Journal, Kind, Note};
use crate::input::Input;
use crate::stream::dialog::{Dialog, LONG_WAIT};
use crate::stream::framing::{Dialect, Encoder, Framing};

/// How long the first line waits for the server to show what it is. A server that reads the host
/// name with one `recv` and the first message with the next has read the name by then.
const FIRST_LINE: Duration = Duration::from_millis(300);

/// Lines that may be kept for this side's turn before the keyboard or pipe has to wait.
const KEPT: usize = 64;

#[derive(Debug)]
pub(super) struct Talk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    dialect: Dialect,
    encoder: Encoder,
    dialog: Dialog,
    /// What was typed out of turn.
    kept: VecDeque<Input>,
    first_line_at: Instant,
    /// This side is taking its leave.
    going: bool,
    /// A `send` is under way, or has failed.
    sending: bool,
}

impl Talk {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let (dialect, first_line_at) = match config.framing {
            Framing::Auto => (Dialect::Unknown, now + FIRST_LINE),
            // The name is to be read before the first message here too.
            Framing::None => (Dialect::Bare, now),
            Framing::Line => (Dialect::Line, now),
            Framing::Length => (Dialect::Length, now),
        };
        let dialog = Dialog::new(config.dialog, true, now);
        let (encoder, kept) = (Encoder::default(), VecDeque::new());
        let state =
            State { dialect, encoder, dialog, kept, first_line_at, going: false, sending: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes that say who this is.
    pub(super) fn name(&self, name: &str) -> Vec<u8> {
        let (mut state, mut bytes) = (self.state(), Vec::new());
        let dialect = state.dialect;
        state.encoder.name(dialect, name, &mut bytes);
        bytes
    }

    /// The bytes that say something.
    pub(super) fn text(&self, text: &[u8]) -> Vec<u8> {
        let (mut state, mut bytes) = (self.state(), Vec::new());
        let dialect = state.dialect;
        state.encoder.text(dialect, text, &mut bytes);
        bytes
    }

    /// The bytes that take leave.
    pub(super) fn leave(&self) -> Vec<u8> {
        let (mut state, mut bytes) = (self.state(), Vec::new());
        let dialect = state.dialect;
        state.encoder.leave(dialect, &mut bytes);
        bytes
    }

    /// How the server speaks.
    pub(super) fn dialect(&self) -> Dialect {
        self.state().dialect
    }

    pub(super) fn keeps_turns(&self) -> bool {
        self.state().dialog.keeps_turns()
    }

    /// The server showed how it speaks.
    pub(super) fn recognised(&self, dialect: Dialect) {
        self.state().dialect = dialect;
        self.changed.notify_all();
    }

    /// The server said something. True when the turn came here with it.
    pub(super) fn heard(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.encoder.heard();
        let turned = state.dialog.heard(now);
        self.changed.notify_all();
        turned
    }

    /// This side said something. True when the turn passed on.
    pub(super) fn spoke(&self, now: Instant) -> bool {
        self.state().dialog.spoke(now)
    }

    /// Waits until the first line may be said.
    pub(super) fn wait_for_first_line(&self) {
        let mut state = self.state();
        while state.dialect == Dialect::Unknown {
            let left = state.first_line_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// True when this side may speak and has nothing older to say.
    pub(super) fn may_speak(&self) -> bool {
        let state = self.state();
        state.dialog.may_speak() && state.kept.is_empty()
    }

    /// True when the server understands leave-taking.
    pub(super) fn knows_leaving(&self) -> bool {
        matches!(self.state().dialect, Dialect::Netlab | Dialect::Length)
    }

    /// True when it is this side's turn, for what was kept.
    pub(super) fn is_my_turn(&self) -> bool {
        self.state().dialog.may_speak()
    }

    /// This side is about to take its leave.
    pub(super) fn go(&self) {
        self.state().going = true;
    }

    /// True when this side is taking its leave.
    pub(super) fn is_going(&self) -> bool {
        self.state().going
    }

    /// A `send` begins, or has taken what it was given. One that fails never ends: its failure is
    /// told instead.
    pub(super) fn sends(&self, sending: bool) {
        self.state().sending = sending;
    }

    /// True while a `send` is under way, and after one that failed.
    pub(super) fn is_sending(&self) -> bool {
        self.state().sending
    }

    /// Keeps what cannot be said yet, waiting when too much is kept already.
    pub(super) fn keep(&self, input: Input) {
        let mut state = self.state();
        state.kept.push_back(input);
        while state.kept.len() >= KEPT && !state.dialog.may_speak() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// True when leave-taking is kept already.
    pub(super) fn is_leaving(&self) -> bool {
        self.state().kept.back().is_some_and(super::send::is_leave)
    }

    /// Waits until something that was kept may be said. None when nothing is kept.
    pub(super) fn wait_for_turn(&self) -> Option<()> {
        let mut state = self.state();
        while !state.dialog.may_speak() && !state.kept.is_empty() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (!state.kept.is_empty()).then_some(())
    }

    /// The oldest input that was kept, when it is this side's turn.
    pub(super) fn take_kept(&self) -> Option<Input> {
        let mut state = self.state();
        if state.dialog.may_speak() { state.kept.pop_front() } else { None }
    }

    /// When to warn that both sides may be waiting.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state().dialog.deadline()
    }

    pub(super) fn warn_of_long_wait(&self, journal: &Journal, now: Instant) {
        if self.state().dialog.waited_long(now) {
            journal.emit(Kind::Note(Note::WaitingLong(LONG_WAIT)));
        }
    }
}
