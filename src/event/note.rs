//! Remarks: things worth a line that are neither a call nor a message.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Call, SafeText};

/// A remark of netlab's own. The words are the renderer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The commands that may be typed.
    Help {
        /// True on the server's side.
        server: bool,
        /// True when turns are kept.
        turns: bool,
    },
    /// An empty line to a peer that knows no line endings: 0 bytes cannot be sent.
    NothingToSend,
    /// An empty line when turns are kept: it would give the turn away without a word.
    EmptyTurn,
    /// What was typed is kept until it is this side's turn.
    KeptForTurn,
    /// Leaving is kept until it is this side's turn: an answer is still to come.
    LeaveKept,
    /// Both sides may be waiting for each other.
    WaitingLong(Duration),
    /// Somebody's name was taken already, so another was given.
    NameTaken {
        /// The name that was asked for.
        asked: SafeText,
        /// The name that was given.
        given: SafeText,
    },
    /// Somebody chose another name.
    Renamed {
        /// The name before.
        old: SafeText,
        /// The name from now on.
        new: SafeText,
    },
    /// The first bytes of a peer were taken for its name.
    TakenForName(SafeText),
    /// A line was longer than a message may be and is passed on in pieces.
    LongLine {
        /// Who sent it.
        from: SafeText,
        /// The longest piece, in bytes.
        limit: usize,
    },
    /// The input file or pipe has ended; this client goes on listening until nothing has come for
    /// so long.
    InputEnded(Duration),
    /// No file descriptors left: new clients wait in the backlog until somebody leaves.
    OutOfDescriptors(Call),
    /// An address did not answer as hoped and the host name's next one is tried.
    TryingNext {
        /// The address that failed, with how.
        failed: Call,
        /// The address that comes next.
        next: SocketAddr,
    },
    /// A client was turned away because the room is full.
    TurnedAway {
        /// Whom.
        peer: SocketAddr,
        /// The limit of `--max-clients`.
        limit: usize,
    },
}
