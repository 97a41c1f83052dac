//! Why a file is no record.

use std::fmt;
use std::io;

/// The version of the format that this room reads.
pub(super) const FORMAT: u64 = 1;

/// Why a file is no record.
#[derive(Debug)]
pub struct RecordError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule of a record that it breaks.
    pub fault: Fault,
}

/// The rule of a record that a file breaks.
#[derive(Debug)]
pub enum Fault {
    /// It could not be read to its end.
    Unreadable(io::Error),
    /// There is nothing in it.
    Empty,
    /// It is another kind of file, known by its first bytes: a packet capture, a picture.
    Another(&'static str),
    /// Its first line is not a JSON object.
    NotJson,
    /// Its first line is JSON and not the header of a record.
    NoHeader,
    /// It was written by a later netlab, in a format with this number.
    Newer(u64),
    /// There is a header, and not one line after it is an event.
    NoEvents,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it cannot be read: {}", error.kind()),
            Self::Empty => f.write_str("there is nothing in it"),
            Self::Another(kind) => write!(f, "it is {kind}, and a record is lines of JSON"),
            Self::NotJson => f.write_str("every line of a record is a JSON object"),
            Self::NoHeader => f.write_str("the first line of a record is its header"),
            Self::Newer(format) => write!(
                f,
                "it has format {format}, and this netlab reads records of format {FORMAT}"
            ),
            Self::NoEvents => f.write_str("after the header there is no event"),
        }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.fault)
    }
}

impl std::error::Error for RecordError {}
