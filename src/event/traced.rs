//! Another program's run, as it was watched from outside: its calls, its signals, its end.

use std::time::Duration;

use super::{OsError, Outcome, SafeText, SocketId, State};

/// What happens in a program that netlab did not write.
#[derive(Clone, Debug)]
pub enum TraceEvent {
    /// It was started.
    Started(ProgramStart),
    /// A call to the socket API returned.
    Call(TracedCall),
    /// It got a signal: `SIGINT`.
    Signal(String),
    /// It ended.
    Ended(ProgramEnd),
    /// So many more calls were made than there was room for.
    NotKept(u64),
}

/// A program that was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramStart {
    /// Its process number.
    pub pid: u32,
    /// Its file and its arguments.
    pub command: Vec<SafeText>,
    /// The user whose rights it has, where they are not netlab's.
    pub user: Option<SafeText>,
}

/// A program that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramEnd {
    /// The number that it gave: 0 is success. None if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// Sockets that were still open: the kernel closed them.
    pub closes: Vec<SocketId>,
    /// How many calls were watched, also on files: what a program did that made no socket.
    pub calls: u64,
}

/// A call of another program, told in the words of the socket API.
///
/// A library's `recv` is the system call `recvfrom` without an address, and `accept` is `accept4`;
/// the call has the name that is in the manual of sockets, and the system call stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedCall {
    /// The socket it was made on.
    pub socket: SocketId,
    /// The name: `recv`.
    pub name: &'static str,
    /// The system call: `recvfrom`.
    pub system_call: String,
    /// The process or thread that made it.
    pub thread: u32,
    /// With its arguments, without its result: `recv(2048)`.
    pub text: String,
    /// What came back.
    pub answer: Answer,
    /// How long it took: longer than without a watcher, who stops the program twice a call.
    pub took: Duration,
    /// The socket's state after it.
    pub state: State,
}

/// What a watched call gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As with a call of netlab's own.
    Known(Outcome),
    /// An error that netlab has no number for, by name.
    Error(String),
    /// A signal came while it waited. What the program got to know is not seen: EINTR, or nothing at
    /// all, if the kernel made the call again (`man 7 signal`).
    Interrupted,
    /// Nothing: the program ended first.
    Never,
}

impl Answer {
    /// An error by its POSIX name.
    #[must_use]
    pub fn error(name: &str) -> Self {
        let row = super::errno::ALL.iter().find(|row| row.name == name);
        match row {
            Some(row) => Self::Known(Outcome::Failed(OsError {
                kind: row.kind.unwrap_or(std::io::ErrorKind::Other),
                number: Some(row.linux),
            })),
            None => Self::Error(name.to_owned()),
        }
    }
}

/// `6`, `B from 127.0.0.1:40322`, `-1 ECONNREFUSED`, and `?` for a call that never returned.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(outcome) => write!(f, "{outcome}"),
            Self::Error(name) => write!(f, "-1 {name}"),
            Self::Interrupted => f.write_str("? interrupted by a signal"),
            Self::Never => f.write_str("?"),
        }
    }
}
