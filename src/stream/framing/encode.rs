//! From messages to bytes.

use super::Dialect;

/// The types of a length-framed message. On the wire:
///
/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     type      |          length in bytes, big-endian          |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                        that many bytes                    ...
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Frame {
    /// Who speaks.
    Name = 1,
    /// What is said.
    Text = 2,
    /// What the program announces.
    Announcement = 3,
    /// The speaker leaves.
    Leave = 4,
}

impl Frame {
    /// The four bytes of a header for that many bytes. Longer messages than
    /// [`MAX_FRAME`](super::MAX_FRAME) are not made: whoever calls this has cut them.
    #[must_use]
    pub fn header(self, length: usize) -> [u8; 4] {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let [_, high, mid, low] = length.to_be_bytes();
        [self as u8, high, mid, low]
    }
}

/// Turns messages into what the other side understands.
#[derive(Debug, Default)]
pub struct Encoder {
    /// Something was said since the other side last spoke. Bare text needs a border then.
    spoken: bool,
    /// A name was sent without a line feed: the next line begins with one.
    name_open: bool,
}

impl Encoder {
    /// The other side has spoken: a bare message to it needs no border.
    pub const fn heard(&mut self) {
        self.spoken = false;
    }

    /// Whether a bare message to the other side needs a border before it; it counts as said.
    pub const fn needs_border(&mut self) -> bool {
        std::mem::replace(&mut self.spoken, true)
    }

    /// Appends this side's name, as the first thing that is said.
    ///
    /// To a stranger it is NUL and the name, without a line feed: what the session-layer handout's
    /// server takes for a host name and a netlab for a netlab. To a netlab it is a whole line.
    pub fn name(&mut self, dialect: Dialect, name: &str, out: &mut Vec<u8>) {
        match dialect {
            Dialect::Length => frame(Frame::Name, name.as_bytes(), out),
            Dialect::Bare => out.extend_from_slice(name.as_bytes()),
            Dialect::Unknown => {
                out.push(0);
                out.extend_from_slice(name.as_bytes());
                self.name_open = true;
            }
            Dialect::Netlab | Dialect::Line => {
                out.push(0);
                out.extend_from_slice(name.as_bytes());
                out.push(b'\n');
            }
        }
    }

    /// Appends a message.
    pub fn text(&mut self, dialect: Dialect, text: &[u8], out: &mut Vec<u8>) {
        match dialect {
            Dialect::Length => frame(Frame::Text, text, out),
            Dialect::Bare => {
                if self.needs_border() {
                    out.push(b'\n');
                }
                out.extend_from_slice(text);
            }
            Dialect::Unknown | Dialect::Netlab | Dialect::Line => {
                if std::mem::take(&mut self.name_open) {
                    out.push(b'\n');
                }
                out.extend_from_slice(text);
                out.push(b'\n');
            }
        }
    }

    /// Appends an announcement; strangers and bare talkers are not told.
    pub fn announcement(dialect: Dialect, text: &str, out: &mut Vec<u8>) {
        match dialect {
            Dialect::Length => frame(Frame::Announcement, text.as_bytes(), out),
            Dialect::Netlab => {
                out.extend_from_slice(b"\0*");
                out.extend_from_slice(text.as_bytes());
                out.push(b'\n');
            }
            Dialect::Line => {
                out.extend_from_slice(text.as_bytes());
                out.push(b'\n');
            }
            Dialect::Bare | Dialect::Unknown => {}
        }
    }

    /// Appends the leave-taking, for those who know one.
    pub fn leave(&mut self, dialect: Dialect, out: &mut Vec<u8>) {
        match dialect {
            Dialect::Length => frame(Frame::Leave, b"", out),
            Dialect::Netlab => {
                if std::mem::take(&mut self.name_open) {
                    out.push(b'\n');
                }
                out.extend_from_slice(b"\0\n");
            }
            Dialect::Unknown | Dialect::Line | Dialect::Bare => {}
        }
    }
}

fn frame(kind: Frame, payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&kind.header(payload.len()));
    out.extend_from_slice(payload);
}
