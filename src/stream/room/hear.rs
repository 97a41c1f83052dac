//! From one member's bytes to what they mean: names, words, leave-taking.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Instant;

use super::Room;
use super::member::Half;
use crate::event::{
    Departure, Direction, Frame, Kind, Note, Recognised, SafeText, Segmentation, SocketId,
};
use crate::stream::framing::{Decoder, Dialect, Encoder, MAX_LINE, Unit};

/// What a decoder found, kept until the decoder is no longer in use. The bytes of all units lie one
/// after the other in one buffer, which is used again and again: a flood of lines allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Heard {
    bytes: Vec<u8>,
    units: Vec<(What, Range<usize>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Name,
    PresumedName,
    Text,
    Piece,
    Header([u8; 4]),
    Leave,
    Malformed(&'static str),
}

impl Heard {
    fn push(&mut self, unit: Unit<'_>) {
        let (what, bytes): (_, &[u8]) = match unit {
            Unit::Name(name) => (What::Name, name),
            Unit::PresumedName(name) => (What::PresumedName, name),
            // Announcements are a server's; from a client they are just words.
            Unit::Text(text) | Unit::Announcement(text) => (What::Text, text),
            Unit::Piece(text) => (What::Piece, text),
            Unit::Header(header) => (What::Header(header), b""),
            Unit::Leave => (What::Leave, b""),
            Unit::Malformed(fault) => (What::Malformed(fault), b""),
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.units.push((what, start..self.bytes.len()));
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.units.clear();
        // A megabyte that came once is not kept for ever.
        self.bytes.shrink_to(2 * MAX_LINE);
    }

    fn messages(&self) -> usize {
        self.units.iter().filter(|(what, _)| matches!(what, What::Text | What::Piece)).count()
    }

    /// True when there was nothing in it but names and leave-taking.
    fn is_only_manners(&self) -> bool {
        !self.units.is_empty()
            && self.units.iter().all(|(what, _)| {
                matches!(what, What::Name | What::PresumedName | What::Leave | What::Header(_))
            })
    }
}

impl<S> Room<S> {
    /// One `recv` on a member's socket returned these bytes.
    pub fn hear(&mut self, key: usize, bytes: &[u8], now: Instant) {
        self.listen(key, now, |decoder, out| decoder.feed(bytes, now, out), Some(bytes.len()));
    }

    /// A member has ended its half: `recv` returned 0.
    pub fn finish(&mut self, key: usize, now: Instant) {
        let half = self.members.get(key).map(|member| member.half);
        if !matches!(half, Some(Half::Open | Half::Leaving)) {
            return;
        }
        self.listen(key, now, |decoder, out| decoder.end(out), None);
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        if member.half == Half::Leaving {
            member.half = Half::Left;
            if member.outbox.is_empty() {
                self.part(key, Departure::PeerClosed);
            }
            return;
        }
        match member.decoder.dialect() {
            // The handouts' programs end both halves at once, and a stranger has never spoken.
            Dialect::Bare | Dialect::Unknown => self.part(key, Departure::PeerClosed),
            // These may go on listening. Say something: if the program is gone, its system answers
            // with a reset.
            dialect => {
                member.half = Half::Doubtful(now);
                let mut bytes = Vec::new();
                let text = "[you have ended your half; you still hear the others]";
                Encoder::announcement(dialect, text, &mut bytes);
                self.post(key, bytes.into(), now);
                self.set_alarm(key);
            }
        }
    }

    /// Nothing followed some bare text.
    pub(super) fn quiet(&mut self, key: usize, now: Instant) {
        self.listen(key, now, |decoder, out| decoder.quiet(now, out), None);
    }

    /// Nobody said a name: the address is the name.
    pub(super) fn join_by_address(&mut self, key: usize, now: Instant) {
        let Some(member) = self.members.get(key) else {
            return;
        };
        if member.name.is_none() {
            let name = member.address_as_name();
            self.join(key, &name, now);
        }
    }

    /// Lets a member's decoder work, then does what it found.
    fn listen(
        &mut self,
        key: usize,
        now: Instant,
        decode: impl FnOnce(&mut Decoder, &mut dyn FnMut(Unit<'_>)),
        received: Option<usize>,
    ) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let mut heard = std::mem::take(&mut self.heard);
        let before = member.decoder.dialect();
        decode(&mut member.decoder, &mut |unit| heard.push(unit));
        let after = member.decoder.dialect();
        let (socket, kept) = (member.socket, member.decoder.held());
        if received.is_some() {
            member.heard = now;
            member.encoder.heard();
        }
        if self.journal.wants_calls() {
            if before != after {
                self.journal.emit(Kind::Recognised(recognised(socket, after)));
            }
            if let Some(bytes) = received
                && !heard.is_only_manners()
            {
                let messages = heard.messages();
                self.journal.emit(Kind::Segmentation(Segmentation {
                    socket,
                    bytes,
                    messages,
                    kept,
                }));
            }
        }
        for (what, range) in &heard.units {
            self.understand(key, *what, &heard.bytes[range.clone()], now);
        }
        heard.clear();
        self.heard = heard;
        if after != Dialect::Unknown {
            self.catch_up(key, now);
        }
        self.deliver(Some(key), now);
        self.set_alarm(key);
    }

    fn understand(&mut self, key: usize, what: What, bytes: &[u8], now: Instant) {
        match what {
            What::Name => self.introduce(key, &name_of(bytes), now),
            What::PresumedName => {
                let name = SafeText::new(bytes);
                self.introduce(key, &name, now);
                self.journal.emit(Kind::Note(Note::TakenForName(name)));
            }
            What::Text => self.said(key, bytes, now),
            What::Piece => {
                self.said(key, bytes, now);
                if let Some(member) = self.members.get(key) {
                    let from = member.identity().name;
                    self.journal.emit(Kind::Note(Note::LongLine { from, limit: MAX_LINE }));
                }
            }
            What::Header(header) => {
                if let Some(member) = self.members.get(key) {
                    let frame = Frame::new(member.socket, Direction::Received, header);
                    self.journal.emit_call_detail(|| Kind::Frame(frame));
                }
            }
            What::Leave => {
                // Its end follows its leave-taking; then both sides have ended, the client first.
                if let Some(member) = self.members.get_mut(key) {
                    member.half = Half::Leaving;
                }
            }
            What::Malformed(fault) => self.part(key, Departure::Malformed(fault)),
        }
    }

    /// A member said its name. Who knows what a name is, is told the operator's.
    fn introduce(&mut self, key: usize, name: &SafeText, now: Instant) {
        self.join(key, name, now);
        let me = self.rules.name.clone();
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let dialect = member.decoder.dialect();
        if member.greeted || !matches!(dialect, Dialect::Netlab | Dialect::Length) {
            return;
        }
        member.greeted = true;
        let mut bytes = Vec::new();
        member.encoder.name(dialect, &me, &mut bytes);
        self.post(key, bytes.into(), now);
    }

    /// Gives a member its name, or a new one, and shows who has come.
    fn join(&mut self, key: usize, asked: &SafeText, now: Instant) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        if member.asked.as_ref() == Some(asked) {
            return;
        }
        member.asked = Some(asked.clone());
        let old = member.name.take();
        if let Some(old) = &old {
            self.names.remove(old);
        }
        let given = free_name(asked, &member.address_as_name(), &self.names);
        self.names.insert(given.clone());
        member.name = Some(given.clone());
        let (identity, endpoint) = (member.identity(), member.endpoint());
        if old.is_none() {
            self.journal.emit(Kind::Joined(identity));
            self.announcements.joined(given.clone(), now);
        }
        if let Some(old) = old.as_ref().filter(|old| **old != given) {
            let (old, new) = (old.clone(), given.clone());
            self.journal.emit(Kind::Note(Note::Renamed { old, new }));
        }
        if given != *asked {
            self.journal.emit(Kind::Note(Note::NameTaken { asked: asked.clone(), given }));
        }
        if old.is_none() {
            self.journal.emit(Kind::Endpoints(vec![self.listening_endpoint(), endpoint]));
        }
    }
}

fn recognised(socket: SocketId, dialect: Dialect) -> Recognised {
    let because = match dialect {
        Dialect::Netlab => "its first byte was NUL, then came its name",
        Dialect::Line => "a line feed",
        Dialect::Bare => "text, and no line feed after it",
        Dialect::Length => "its first byte is 0x01: a frame with a name",
        Dialect::Unknown => "nothing yet",
    };
    Recognised { socket, dialect: dialect.name(), because }
}

/// A name of at most [`MAX_NAME`] bytes, cut between characters: it stands before every line.
fn name_of(bytes: &[u8]) -> SafeText {
    let mut end = bytes.len().min(MAX_NAME);
    while end > 0 && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    // Spaces become hyphens, so that `NAME: text` has one place where the name ends.
    let name = SafeText::new(&bytes[..end]);
    let words: Vec<_> = name.as_str().split_whitespace().collect();
    SafeText::new(words.join("-").as_bytes())
}

/// The name that was asked for, or the same with a number behind it when it is taken.
fn free_name(asked: &SafeText, address: &SafeText, taken: &HashSet<SafeText>) -> SafeText {
    let wanted = asked.as_str().trim();
    if wanted.is_empty() {
        return address.clone();
    }
    let plain = SafeText::new(wanted.as_bytes());
    if !taken.contains(&plain) {
        return plain;
    }
    let numbered = |n: u32| SafeText::new(format!("{wanted}-{n}").as_bytes());
    // Rooms are small beside u32; the address is unique if they are not.
    (2..10_000).map(numbered).find(|name| !taken.contains(name)).unwrap_or_else(|| address.clone())
}

/// The longest name, in bytes.
const MAX_NAME: usize = 63;
