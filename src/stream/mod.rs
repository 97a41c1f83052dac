//! # Stream sockets: the chat
//!
//! Two programs talk over TCP: a server that keeps a room, and clients in it. What one says,
//! everybody else hears, with the speaker's name.
//!
//! ```text
//!   client                         server                          another client
//!   socket, connect ── handshake ─▶ accept ▶ a member of the room
//!   send ───── "Hello!␊" ─────────▶ recv
//!                                   framing: bytes ▶ messages
//!                                   room: who hears it? ▶ outboxes
//!                                   send ── "JS-PC: Hello!␊" ─────▶ recv
//! ```
//!
//! | module | job |
//! | --- | --- |
//! | [`framing`] | bytes to messages and back |
//! | [`room`] | members, names, who hears what, back-pressure, patience. No socket, no clock of its own |
//! | [`server`] | three ways to wait for many sockets: `one`, `threads`, `events`, all with that room |
//! | [`client`] | the other end |
//! | [`dialog`] | whose turn it is |

pub mod client;
pub mod dialog;
pub mod framing;
pub mod room;
pub mod server;

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
        input_queue(|| {}, || {})
    }
}

impl fmt::Debug for InputSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputSender").finish_non_exhaustive()
    }
}

/// A queue for input. `arrived` is called after each line, for those who wait for something else;
/// `interrupt` is called for Ctrl-C.
fn input_queue(
    arrived: impl Fn() + Send + Sync + 'static,
    interrupt: impl Fn() + Send + Sync + 'static,
) -> (InputSender, Receiver<Input>) {
    let (lines, receiver) = sync_channel(INPUT_QUEUE);
    let sender = InputSender { lines, arrived: Arc::new(arrived), interrupt: Arc::new(interrupt) };
    (sender, receiver)
}

/// A line that is a command and not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Leave,
    Who,
    Help,
    TakeTurn,
}

impl Command {
    /// Reads a line. Everything that is not exactly a command is a message, so that a line like
    /// `/home/me` can be said.
    fn read(line: &str) -> Option<Self> {
        match line.trim().to_ascii_lowercase().as_str() {
            "exit" | "bye" | "/exit" | "/quit" => Some(Self::Leave),
            "/who" => Some(Self::Who),
            "/help" | "/?" => Some(Self::Help),
            "/turn" => Some(Self::TakeTurn),
            _ => None,
        }
    }
}
