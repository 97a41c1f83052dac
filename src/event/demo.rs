//! What a demo says between the calls.

use std::time::Duration;

use super::{OsError, SocketId};

/// The story of a demo: it is in the record like everything else.
#[derive(Clone, Debug, PartialEq)]
pub enum DemoEvent {
    /// What the demo is about. The first event.
    Title {
        /// The demo's name on the command line.
        name: &'static str,
        /// Its title.
        title: &'static str,
        /// What happens, in one or two sentences.
        about: String,
    },
    /// What happens next, as one line. What follows, up to the next, belongs to it.
    Step(String),
    /// Something that was measured or looked up in this very run: a name for programs
    /// (`bytes_before_send_waited`), and what people read.
    Fact {
        /// The name, which tests and programs ask for.
        name: &'static str,
        /// The value: a number, a word, a list.
        value: FactValue,
        /// The same as a sentence.
        words: String,
    },
    /// A small table: a title, the heads of its columns, its rows.
    Table {
        /// Above it.
        title: String,
        /// Heads of the columns.
        head: Vec<String>,
        /// Rows, each as long as the head.
        rows: Vec<Vec<String>>,
    },
    /// Calls that no event of their own tells of.
    Untold(Untold),
    /// Something that this machine does not let the demo do, in the parts that every error has. The
    /// demo goes on without.
    Hindrance {
        /// What there will not be: one word.
        about: &'static str,
        /// What happened.
        what: String,
        /// What is known about it from this machine.
        knows: Vec<String>,
        /// Likely causes.
        causes: Vec<String>,
        /// One command to try.
        command: String,
        /// What the system said.
        error: Option<OsError>,
    },
    /// The end: two lines of what there was to see, the card to read next, commands to try.
    Curtain {
        /// What there was to see.
        saw: [String; 2],
        /// The card, by its name in `netlab explain`.
        card: &'static str,
        /// Commands to try.
        next: Vec<String>,
    },
}

/// One call that has not returned yet, or many that all got the same answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Untold {
    /// The end that made them.
    pub end: String,
    /// On which of its sockets.
    pub socket: SocketId,
    /// As it is written: `recv(64)`.
    pub call: String,
    /// How many: 1 for a call that has not returned.
    pub count: u64,
    /// What each was answered; none for a call that has not returned.
    pub answer: Option<OsError>,
    /// When the first was made, since the scene began.
    pub since: Duration,
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue {
    /// A number: of bytes, calls, connections, or nanoseconds if its name ends in `_ns`.
    Number(i64),
    /// Yes or no.
    Truth(bool),
    /// A word or sentence.
    Text(String),
    /// Several numbers.
    Numbers(Vec<i64>),
    /// Several words.
    Texts(Vec<String>),
}

impl From<i64> for FactValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for FactValue {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for FactValue {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<&str> for FactValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FactValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<i64>> for FactValue {
    fn from(numbers: Vec<i64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl From<Vec<String>> for FactValue {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}
