//! # Framing: where one message ends and the next begins
//!
//! TCP carries bytes in order and nothing else. Two sends may arrive as one `recv`, one send as
//! three. Programs that want messages have to agree on borders:
//!
//! ```text
//! none    JS-PCHello!                        one recv = one message. Wrong, and often right
//! line    Hello!␊How are you?␊               a message ends at a line feed
//! length  02 00 00 06 H e l l o !            a header says how many bytes follow
//! ```
//!
//! With `auto`, the default, netlab talks to programs that do any of these, without being told:
//!
//! | what the other program is | what its first bytes are | how netlab answers |
//! | --- | --- | --- |
//! | netlab | NUL and its name | names, and lines |
//! | netlab with `--framing length` | 0x01, the type of a first frame | names, and frames |
//! | `nc`, `ncat`, `socat`, `telnet` | a line, with LF or CR LF | lines |
//! | the session-layer handout's client | a host name at once, no line feed | bare text, the bytes before are its name |
//! | the other handout's programs | a message, no line feed | bare text |
//!
//! The NUL that netlab begins with is what makes a netlab recognisable while every other program
//! still sees just a host name: a terminal shows nothing for it. A line that begins with NUL is not
//! text: NUL and a name says who speaks, NUL alone says that the speaker leaves.
//!
//! Bare text has no borders, so netlab makes the best of it: what arrives together within
//! [`QUIET`] is one message, and a second message before the other side has spoken begins with a
//! line feed, so that two of them can be told apart even when they arrive as one.

mod decode;
mod encode;

use std::time::Duration;

pub use decode::{Decoder, Unit};
pub use encode::{Encoder, Frame};

/// How messages are to be told apart: `--framing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Find out from what the other program sends.
    #[default]
    Auto,
    /// No borders: one `recv` is one message, as in the handouts.
    None,
    /// A line feed ends a message.
    Line,
    /// A header of four bytes says how long the message is.
    Length,
}

impl Framing {
    /// The word of the option.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Line => "line",
            Self::Length => "length",
        }
    }
}

/// How the program at the other end speaks, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing has been heard yet.
    Unknown,
    /// Lines, with names and leave-taking: another netlab.
    Netlab,
    /// Lines.
    Line,
    /// Text without borders.
    Bare,
    /// Frames with a header.
    Length,
}

impl Dialect {
    /// Words for records and explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Netlab => "netlab, with lines",
            Self::Line => "lines",
            Self::Bare => "text without borders",
            Self::Length => "frames with a length",
        }
    }
}

/// Which end of the conversation this program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Took the connection, and is told the other's name.
    Server,
    /// Made the connection, and says its name.
    Client,
}

/// Text that belongs together if nothing follows it for so long.
pub const QUIET: Duration = Duration::from_millis(60);

/// A first word that comes within this time of the connection may be a host name: the
/// session-layer handout's client sends it without waiting for anybody. People type more slowly.
pub const INTRODUCTION: Duration = Duration::from_millis(600);

/// The longest line or bare text that is passed on in one piece, in bytes.
pub const MAX_LINE: usize = 65_536;

/// The longest message with a length header that a client may send, in bytes. The header's 24 bits
/// could say 16 MiB.
pub const MAX_FRAME: usize = 1 << 20;

/// The longest that a server may pass on: each byte of somebody's message may have become four by
/// being made safe to show, and a name stands before it.
pub const MAX_RELAYED: usize = 4 * MAX_FRAME + 4096;
