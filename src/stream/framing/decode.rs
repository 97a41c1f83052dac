//! From bytes to messages.

use std::time::Instant;

use super::{Dialect, Framing, INTRODUCTION, MAX_FRAME, MAX_LINE, MAX_RELAYED, QUIET, Side};

/// What a decoder found in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit<'a> {
    /// The other side's name. Can come twice when its bytes came in two pieces: the second is
    /// whole.
    Name(&'a [u8]),
    /// A first word without a line feed, taken for a name because a host name often comes so.
    PresumedName(&'a [u8]),
    /// A message.
    Text(&'a [u8]),
    /// Part of a message that is longer than a message may be; more follows.
    Piece(&'a [u8]),
    /// A frame's header, before what it announces.
    Header([u8; 4]),
    /// An announcement of the other program: somebody came or went.
    Announcement(&'a [u8]),
    /// The other side takes its leave.
    Leave,
    /// A frame that breaks the rules; the words say which.
    Malformed(&'static str),
}

/// Takes what `recv` returned and gives the messages in it, keeping what is not whole yet.
///
/// ```
/// use netlab::stream::framing::{Decoder, Framing, Side, Unit};
/// use std::time::Instant;
///
/// let mut decoder = Decoder::new(Framing::Line, Side::Server, Instant::now());
/// let mut heard = Vec::new();
/// let mut listen = |unit: Unit| {
///     if let Unit::Text(text) = unit {
///         heard.push(String::from_utf8_lossy(text).into_owned());
///     }
/// };
/// decoder.feed(b"Hel", Instant::now(), &mut listen); // half a line is no message
/// decoder.feed(b"lo\nyou\n", Instant::now(), &mut listen);
/// assert_eq!(heard, ["Hello", "you"]);
/// ```
#[derive(Debug)]
pub struct Decoder {
    framing: Framing,
    side: Side,
    dialect: Dialect,
    began: Instant,
    /// When the first byte came.
    first: Option<Instant>,
    /// Bytes whose message is not whole yet.
    held: Vec<u8>,
    /// When `held` becomes a message because nothing followed.
    quiet: Option<Instant>,
    /// The other side's name is whole.
    introduced: bool,
    /// The first bytes of its name were told.
    hinted: bool,
}

impl Decoder {
    /// A decoder for a connection that began at `began`.
    #[must_use]
    pub fn new(framing: Framing, side: Side, began: Instant) -> Self {
        let dialect = match framing {
            Framing::Auto => Dialect::Unknown,
            Framing::None => Dialect::Bare,
            Framing::Line => Dialect::Line,
            Framing::Length => Dialect::Length,
        };
        let (first, held, quiet) = (None, Vec::new(), None);
        let (introduced, hinted) = (false, false);
        Self { framing, side, dialect, began, first, held, quiet, introduced, hinted }
    }

    /// How the other side speaks, as far as it is known.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Bytes kept because their message is not whole.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held.len()
    }

    /// When [`quiet`](Self::quiet) is due.
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.quiet
    }

    /// Takes the bytes of one `recv`.
    pub fn feed(&mut self, bytes: &[u8], now: Instant, out: &mut dyn FnMut(Unit<'_>)) {
        if self.first.is_none() && !bytes.is_empty() {
            self.first = Some(now);
            self.recognise_by_first_byte(bytes[0]);
        }
        if self.framing == Framing::Auto {
            self.recognise_by_line_feed(bytes);
        }
        match self.dialect {
            Dialect::Bare if self.framing == Framing::None => self.whole_recv(bytes, out),
            Dialect::Unknown | Dialect::Bare => self.collect(bytes, now, out),
            Dialect::Netlab | Dialect::Line => self.lines(bytes, out),
            Dialect::Length => self.frames(bytes, out),
        }
    }

    /// Nothing followed for [`QUIET`]: what is held is a message after all.
    pub fn quiet(&mut self, now: Instant, out: &mut dyn FnMut(Unit<'_>)) {
        if self.quiet.is_some_and(|due| now >= due) {
            self.quiet = None;
            self.bare(out);
        }
    }

    /// The other side has ended its half: what is held is its last message.
    pub fn end(&mut self, out: &mut dyn FnMut(Unit<'_>)) {
        self.quiet = None;
        match self.dialect {
            Dialect::Unknown | Dialect::Bare => self.bare(out),
            Dialect::Netlab | Dialect::Line => {
                let held = std::mem::take(&mut self.held);
                if !held.is_empty() {
                    self.line(&held, out);
                }
            }
            Dialect::Length if self.held.is_empty() => {}
            Dialect::Length => out(Unit::Malformed("the connection ended inside a frame")),
        }
    }

    fn recognise_by_first_byte(&mut self, byte: u8) {
        self.dialect = match (byte, self.framing) {
            (0, Framing::Auto | Framing::Line) => Dialect::Netlab,
            (1, Framing::Auto) => Dialect::Length,
            _ => self.dialect,
        };
    }

    /// A line feed from a stranger makes it one who speaks in lines. Somebody who has spoken
    /// without them may have put one inside a text; only at the end does it mean a line.
    fn recognise_by_line_feed(&mut self, bytes: &[u8]) {
        let speaks_lines = match self.dialect {
            Dialect::Unknown => memchr::memchr(b'\n', bytes).is_some(),
            Dialect::Bare => bytes.ends_with(b"\n"),
            _ => false,
        };
        if speaks_lines {
            self.dialect = Dialect::Line;
            self.quiet = None;
        }
    }

    /// Bare text: holds it until it is quiet, or too long.
    fn collect(&mut self, bytes: &[u8], now: Instant, out: &mut dyn FnMut(Unit<'_>)) {
        self.held.extend_from_slice(bytes);
        self.spill(out);
        // The last character may still be on its way in part: give its rest more time.
        let patience = if ends_inside_a_character(&self.held) { 5 * QUIET } else { QUIET };
        self.quiet = (!self.held.is_empty()).then(|| now + patience);
    }

    /// What is held is a bare message, or a name.
    fn bare(&mut self, out: &mut dyn FnMut(Unit<'_>)) {
        let held = std::mem::take(&mut self.held);
        let stranger = std::mem::replace(&mut self.dialect, Dialect::Bare) == Dialect::Unknown;
        let early = self.first.is_some_and(|first| first - self.began < INTRODUCTION);
        if stranger && early && self.side == Side::Server && looks_like_a_host_name(&held) {
            return out(Unit::PresumedName(&held));
        }
        // A border inside the text: a netlab puts one there when it speaks twice.
        for text in held.split(|&byte| byte == b'\n').filter(|text| !text.is_empty()) {
            out(Unit::Text(text));
        }
    }

    /// `--framing none`: what the handouts do, with what comes of it. The server's first `recv` is
    /// the name, every other one a message.
    fn whole_recv(&mut self, bytes: &[u8], out: &mut dyn FnMut(Unit<'_>)) {
        if self.side == Side::Server && !std::mem::replace(&mut self.introduced, true) {
            // The NUL that a netlab begins with is here just a byte in front of the name.
            out(Unit::Name(bytes.strip_prefix(b"\0").unwrap_or(bytes)));
        } else {
            out(Unit::Text(bytes));
        }
    }

    fn lines(&mut self, bytes: &[u8], out: &mut dyn FnMut(Unit<'_>)) {
        let mut rest = bytes;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..at], &rest[at + 1..]);
            if self.held.is_empty() && line.len() <= self.longest() {
                self.line(line, out);
            } else {
                self.held.extend_from_slice(line);
                self.spill(out);
                let whole = std::mem::take(&mut self.held);
                self.line(&whole, out);
            }
            rest = after;
        }
        self.held.extend_from_slice(rest);
        self.spill(out);
        if !self.introduced
            && !self.hinted
            && let [0, name @ ..] = self.held.as_slice()
        {
            self.hinted = true;
            // The name is told as soon as its first bytes are there, for its line feed comes only
            // with the first line: somebody who says nothing for an hour has a name for that hour.
            out(Unit::Name(name));
        }
    }

    /// Gives away what is held, in pieces, until it is short enough.
    fn spill(&mut self, out: &mut dyn FnMut(Unit<'_>)) {
        let mut start = 0;
        let longest = self.longest();
        while self.held.len() - start > longest {
            let rest = &self.held[start..];
            let end = start + piece_length(rest, longest);
            out(Unit::Piece(&self.held[start..end]));
            start = end;
        }
        self.held.drain(..start);
    }

    /// The longest line in one piece: a server's lines have grown by a name, and by being made safe.
    const fn longest(&self) -> usize {
        match self.side {
            Side::Server => MAX_LINE,
            Side::Client => 4 * MAX_LINE + 512,
        }
    }

    fn line(&mut self, line: &[u8], out: &mut dyn FnMut(Unit<'_>)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            // A netlab that was already told something before it said its name.
            [0, ..] if self.dialect == Dialect::Line && self.framing != Framing::None => {
                self.dialect = Dialect::Netlab;
                self.line(line, out);
            }
            [0, control @ ..] if self.dialect == Dialect::Netlab => {
                let introduced = std::mem::replace(&mut self.introduced, true);
                match control {
                    [] => out(Unit::Leave),
                    [b'*', text @ ..] if introduced => out(Unit::Announcement(text)),
                    name => out(Unit::Name(name)),
                }
            }
            text => out(Unit::Text(text)),
        }
    }

    fn frames(&mut self, bytes: &[u8], out: &mut dyn FnMut(Unit<'_>)) {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let mut taken = 0;
        while let [kind, high, mid, low, payload @ ..] = &held[taken..] {
            let header = [*kind, *high, *mid, *low];
            let length = u32::from_be_bytes([0, *high, *mid, *low]) as usize;
            if let Some(fault) = frame_fault(*kind, length, self.side) {
                return out(Unit::Malformed(fault));
            }
            let Some(payload) = payload.get(..length) else {
                break;
            };
            out(Unit::Header(header));
            match kind {
                1 => out(Unit::Name(payload)),
                2 => out(Unit::Text(payload)),
                3 => out(Unit::Announcement(payload)),
                _ => out(Unit::Leave),
            }
            taken += header.len() + length;
        }
        held.drain(..taken);
        self.held = held;
    }
}

fn frame_fault(kind: u8, length: usize, side: Side) -> Option<&'static str> {
    let limit = if side == Side::Server { MAX_FRAME } else { MAX_RELAYED };
    if !(1..=4).contains(&kind) {
        Some("a frame's header begins with a type that does not exist")
    } else if length > limit {
        Some("a frame's header announces more bytes than a message may have")
    } else {
        None
    }
}

/// Where to cut a piece of at most `longest` bytes: not inside a character, if that can be
/// helped.
fn piece_length(bytes: &[u8], longest: usize) -> usize {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (longest - 3..=longest).rev().find(|&at| !continues(at)).unwrap_or(longest)
}

fn ends_inside_a_character(bytes: &[u8]) -> bool {
    // A character has at most four bytes: the end tells.
    let end = &bytes[bytes.len().saturating_sub(4)..];
    let from_start = end.iter().position(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
    std::str::from_utf8(&end[from_start..]).is_err_and(|error| error.error_len().is_none())
}

/// Letters, digits, hyphens, dots and underscores, as host names have them; at most 63 bytes, the
/// length of a label ([RFC 1035 § 2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4)).
fn looks_like_a_host_name(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    (1..=63).contains(&bytes.len())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
