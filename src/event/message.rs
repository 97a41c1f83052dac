//! The talk: who came, what was said, how it was cut into pieces, who left.

use std::net::SocketAddr;
use std::time::Duration;

use super::{OsError, SafeText, SocketId};

/// Somebody at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// This side's socket for the connection.
    pub socket: SocketId,
    /// The name the other side gave, or its address and port if it gave none.
    pub name: SafeText,
    /// The other side's endpoint.
    pub peer: SocketAddr,
}

/// Which way bytes went, seen from this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From this program to the peer.
    Sent,
    /// From the peer to this program.
    Received,
}

impl Direction {
    /// One word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// A line of the talk, without its line ending or header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The socket it came or went by; none for what a server sends to the whole room.
    pub socket: Option<SocketId>,
    /// Sent or received.
    pub direction: Direction,
    /// Who said it.
    pub from: SafeText,
    /// What was said.
    pub text: SafeText,
    /// Length on the wire in bytes, without line ending or header.
    pub bytes: usize,
    /// True for an announcement of the program at the other end rather than a person's words.
    pub announcement: bool,
}

/// How somebody left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The other side ended its half: `recv` returned 0.
    PeerClosed,
    /// This side left, by word or end of input.
    Left,
    /// Ctrl-C on this side.
    Interrupted,
    /// The server took no more than `--once`.
    Served,
    /// The connection was broken off by an error.
    Failed(OsError),
    /// It took nothing for so long while its queue was full.
    TookNothing(Duration),
    /// It said nothing for so long (`--timeout`).
    SaidNothing(Duration),
    /// It broke the rules of the framing.
    Malformed(&'static str),
}

/// How one `recv` fell into messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segmentation {
    /// The socket.
    pub socket: SocketId,
    /// Bytes that `recv` returned.
    pub bytes: usize,
    /// Messages they completed.
    pub messages: usize,
    /// Bytes kept because their message is not complete yet.
    pub kept: usize,
}

/// The header of a length-framed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The socket.
    pub socket: SocketId,
    /// Sent or received.
    pub direction: Direction,
    /// The four bytes of the header.
    pub header: [u8; 4],
    /// What the first byte means.
    pub meaning: &'static str,
    /// What the other three mean: the number of bytes that follow.
    pub length: usize,
}

/// What the program at the other end turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The socket.
    pub socket: SocketId,
    /// One of the ways to speak that the framing room knows.
    pub dialect: &'static str,
    /// What it was recognised by.
    pub because: &'static str,
}

impl Frame {
    /// What a header says.
    #[must_use]
    pub const fn new(socket: SocketId, direction: Direction, header: [u8; 4]) -> Self {
        let [kind, high, mid, low] = header;
        let meaning = match kind {
            1 => "name",
            2 => "text",
            3 => "announcement",
            4 => "leave",
            _ => "unknown",
        };
        let length = u32::from_be_bytes([0, high, mid, low]) as usize;
        Self { socket, direction, header, meaning, length }
    }
}
