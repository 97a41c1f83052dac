//! # Input: what a person says to a room
//!
//! A keyboard, a pipe or a test puts lines into a queue; a room takes them when it has time. Ctrl-C
//! does not queue. Rooms and the console know each other only by these types.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// What the person at the keyboard does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A line, without its line ending.
    Line(String),
    /// Ctrl-D at a terminal: I am done.
    Leave,
    /// A pipe or a file has no more lines.
    End,
    /// Ctrl-\ (SIGQUIT), where a run reads no lines: how far is it?
    Status,
    /// Ctrl-C.
    Interrupt,
}

/// The lines that wait to be taken. A full queue makes whoever fills it wait, so that a file of a
/// million lines is not held in memory.
const INPUT_QUEUE: usize = 256;

/// Where a keyboard, a pipe or a test puts its input.
#[derive(Clone)]
pub struct InputSender {
    lines: SyncSender<Input>,
    arrived: Arc<dyn Fn() + Send + Sync>,
    interrupt: Arc<dyn Fn() + Send + Sync>,
}

impl InputSender {
    /// Hands one input over, waiting while the queue is full. Ctrl-C waits for nobody: it overtakes
    /// the lines that are queued. False when nobody listens any more.
    #[must_use]
    pub fn send(&self, input: Input) -> bool {
        if input == Input::Interrupt {
            (self.interrupt)();
            return true;
        }
        let taken = self.lines.send(input).is_ok();
        (self.arrived)();
        taken
    }
}

#[cfg(test)]
impl InputSender {
    /// A sender whose input a test takes.
    pub(crate) fn for_tests() -> (Self, Receiver<Input>) {
        queue(|| {}, || {})
    }
}

impl fmt::Debug for InputSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputSender").finish_non_exhaustive()
    }
}

/// A queue for input. `arrived` is called after each line, for those who wait for something else;
/// `interrupt` is called for Ctrl-C.
#[must_use]
pub fn queue(
    arrived: impl Fn() + Send + Sync + 'static,
    interrupt: impl Fn() + Send + Sync + 'static,
) -> (InputSender, Receiver<Input>) {
    let (lines, receiver) = sync_channel(INPUT_QUEUE);
    let sender = InputSender { lines, arrived: Arc::new(arrived), interrupt: Arc::new(interrupt) };
    (sender, receiver)
}

/// A line that is a command and not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `exit`, `bye`.
    Leave,
    /// `/who`: the endpoint table.
    Who,
    /// `/stats`: the figures so far.
    Stats,
    /// `/help`.
    Help,
    /// `/turn`: take the turn, where turns are kept.
    TakeTurn,
}

impl Command {
    /// Reads a line. Everything that is not exactly a command is a message, so that a line like
    /// `/home/me` can be said.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        match line.trim().to_ascii_lowercase().as_str() {
            "exit" | "bye" | "/exit" | "/quit" => Some(Self::Leave),
            "/who" => Some(Self::Who),
            "/stats" => Some(Self::Stats),
            "/help" | "/?" => Some(Self::Help),
            "/turn" => Some(Self::TakeTurn),
            _ => None,
        }
    }
}
