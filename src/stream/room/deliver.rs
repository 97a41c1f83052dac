//! From one member's bytes to everybody else's outbox.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::Room;
use super::member::Member;
use crate::event::{
    Departure, Direction, Frame, Journal, Kind, Message, Note, Recognised, SafeText, Segmentation,
};
use crate::stream::framing::{Dialect, Encoder, MAX_LINE, Unit};

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
            Unit::Text(text) => (What::Text, text),
            Unit::Piece(text) => (What::Piece, text),
            Unit::Header(header) => (What::Header(header), b""),
            Unit::Leave => (What::Leave, b""),
            Unit::Malformed(fault) => (What::Malformed(fault), b""),
            // Announcements are a server's; from a client they are just words.
            Unit::Announcement(text) => (What::Text, text),
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

/// Lines on their way to everybody but their speaker: `NAME: text`, each with a line feed.
#[derive(Debug, Default)]
pub(super) struct Batch {
    lines: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    fn push(&mut self, name: &str, text: &str) {
        self.lines.extend_from_slice(name.as_bytes());
        self.lines.extend_from_slice(b": ");
        self.lines.extend_from_slice(text.as_bytes());
        self.lines.push(b'\n');
        self.ends.push(self.lines.len());
    }

    /// Each line without its line feed.
    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.lines[start..end - 1])
    }

    fn clear(&mut self) {
        self.lines.clear();
        self.ends.clear();
        self.lines.shrink_to(4 * MAX_LINE);
    }
}

impl<S> Room<S> {
    /// True when a member may be read from: no queue is full, or none that it helped to fill.
    #[must_use]
    pub fn may_be_heard(&self, key: usize) -> bool {
        let Some(member) = self.members.get(key) else { return false };
        self.full == 0 || !(member.paused || self.members.iter().any(|(_, m)| m.choked))
    }

    /// True when the operator may speak: no queue is full.
    #[must_use]
    pub const fn may_operator_speak(&self) -> bool {
        self.full == 0
    }

    /// One `recv` on a member's socket returned these bytes.
    pub fn hear(&mut self, key: usize, bytes: &[u8], now: Instant) {
        self.listen(key, now, |decoder, out| decoder.feed(bytes, now, out), Some(bytes.len()));
    }

    /// A member has ended its half: `recv` returned 0.
    pub fn finish(&mut self, key: usize, now: Instant) {
        self.listen(key, now, |decoder, out| decoder.end(out), None);
        let Some(member) = self.members.get_mut(key) else { return };
        member.ended = true;
        if member.leaving {
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
                member.half = Some(now);
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
        let Some(member) = self.members.get(key) else { return };
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
        decode: impl FnOnce(&mut crate::stream::framing::Decoder, &mut dyn FnMut(Unit<'_>)),
        received: Option<usize>,
    ) {
        let Some(member) = self.members.get_mut(key) else { return };
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
                self.journal.emit(Kind::Segmentation(Segmentation { socket, bytes, messages, kept }));
            }
        }
        for (what, range) in &heard.units {
            self.understand(key, *what, &heard.bytes[range.clone()], now);
        }
        heard.clear();
        self.heard = heard;
        self.deliver(Some(key), now);
        self.set_alarm(key);
    }

    fn understand(&mut self, key: usize, what: What, bytes: &[u8], now: Instant) {
        match what {
            What::Name => self.introduce(key, SafeText::new(bytes), now),
            What::PresumedName => {
                let name = SafeText::new(bytes);
                self.introduce(key, name.clone(), now);
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
                    member.leaving = true;
                }
            }
            What::Malformed(fault) => self.part(key, Departure::Malformed(fault)),
        }
    }

    /// A member said its name. Who knows what a name is, is told the operator's.
    fn introduce(&mut self, key: usize, name: SafeText, now: Instant) {
        self.join(key, &name, now);
        let me = self.rules.name.clone();
        let Some(member) = self.members.get_mut(key) else { return };
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
        let Some(member) = self.members.get_mut(key) else { return };
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
        if given != *asked {
            self.journal.emit(Kind::Note(Note::NameTaken { asked: asked.clone(), given }));
        }
        if old.is_none() {
            self.journal.emit(Kind::Endpoints(vec![self.listening_endpoint(), endpoint]));
        }
    }

    /// A member said something: the others will hear it, and the operator sees it.
    fn said(&mut self, key: usize, bytes: &[u8], now: Instant) {
        self.join_by_address(key, now);
        let Some(member) = self.members.get(key) else { return };
        let Some(from) = member.name.clone() else { return };
        let text = SafeText::new(bytes);
        self.batch.push(from.as_str(), text.as_str());
        self.journal.emit(Kind::Message(Message {
            socket: Some(member.socket),
            direction: Direction::Received,
            from,
            text,
            bytes: bytes.len(),
            announcement: false,
        }));
        if self.dialog.heard(now) {
            self.journal.emit(Kind::Turn { mine: true });
            if !self.kept.is_empty() {
                let line = self.kept.remove(0);
                self.deliver(Some(key), now);
                self.say(&line, now);
            }
        }
    }

    /// The operator says something. Out of turn it is kept.
    pub fn say(&mut self, line: &str, now: Instant) {
        if self.dialog.keeps_turns() && line.is_empty() {
            return self.journal.emit(Kind::Note(Note::EmptyTurn));
        }
        if !self.dialog.may_speak() {
            self.kept.push(line.to_owned());
            return self.journal.emit(Kind::Note(Note::KeptForTurn));
        }
        let from = SafeText::new(self.rules.name.as_bytes());
        let text = SafeText::new(line.as_bytes());
        self.batch.push(from.as_str(), text.as_str());
        self.journal.emit(Kind::Message(Message {
            socket: None,
            direction: Direction::Sent,
            from,
            text,
            bytes: line.len(),
            announcement: false,
        }));
        self.deliver(None, now);
        if self.dialog.spoke(now) {
            self.journal.emit(Kind::Turn { mine: false });
        }
    }

    /// The operator takes the turn although nobody gave it (`/turn`).
    pub fn take_turn(&mut self, now: Instant) {
        if self.dialog.heard(now) {
            self.journal.emit(Kind::Turn { mine: true });
        }
        if !self.kept.is_empty() {
            let line = self.kept.remove(0);
            self.say(&line, now);
        }
    }

    /// Puts the batch into the outboxes of everybody but the speaker.
    fn deliver(&mut self, speaker: Option<usize>, now: Instant) {
        if self.batch.ends.is_empty() {
            return;
        }
        let lines: Arc<[u8]> = self.batch.lines.as_slice().into();
        let mut frames: Option<Arc<[u8]>> = None;
        let mut filled = Vec::new();
        for (key, member) in &mut self.members {
            if Some(key) == speaker {
                continue;
            }
            let bytes = match member.decoder.dialect() {
                Dialect::Unknown | Dialect::Netlab | Dialect::Line => Arc::clone(&lines),
                Dialect::Length => {
                    Arc::clone(frames.get_or_insert_with(|| frames_of(&self.batch)))
                }
                Dialect::Bare => bare_text(member, &self.batch),
            };
            tell_frames(&self.journal, member, &bytes);
            if enqueue(key, member, bytes, &mut self.dirty, now) {
                filled.push(key);
            }
        }
        self.batch.clear();
        self.full += filled.len();
        for key in filled {
            self.set_alarm(key);
        }
        if self.full > 0
            && let Some(member) = speaker.and_then(|key| self.members.get_mut(key))
        {
            member.paused = true;
            self.paused = true;
        }
    }

    /// Puts bytes into one outbox.
    pub(super) fn post(&mut self, key: usize, bytes: Arc<[u8]>, now: Instant) {
        let Some(member) = self.members.get_mut(key) else { return };
        tell_frames(&self.journal, member, &bytes);
        if enqueue(key, member, bytes, &mut self.dirty, now) {
            self.full += 1;
            self.set_alarm(key);
        }
    }

    /// Takes one member that has something to be sent.
    pub fn next_dirty(&mut self) -> Option<usize> {
        loop {
            let key = self.dirty.pop()?;
            if let Some(member) = self.members.get_mut(key) {
                member.dirty = false;
                return Some(key);
            }
        }
    }

    /// A member's socket and what to offer to its next `send`.
    pub fn sending<'a>(&'a self, key: usize, scratch: &'a mut Vec<u8>) -> Option<(&'a S, &'a [u8])> {
        let member = self.members.get(key)?;
        let offer = member.outbox.offer(scratch);
        (!offer.is_empty()).then_some((&member.handle, offer))
    }

    /// A member's socket took so many bytes. True when that let the paused speak again.
    pub fn sent(&mut self, key: usize, bytes: usize, now: Instant) -> bool {
        let Some(member) = self.members.get_mut(key) else { return false };
        member.outbox.sent(bytes);
        if let Some((_, moved)) = &mut member.full {
            *moved = now;
            if !member.weigh(now) && member.full.is_none() {
                self.full -= 1;
            }
        }
        if member.leaving && member.ended && member.outbox.is_empty() {
            self.part(key, Departure::PeerClosed);
        }
        self.resume()
    }

    /// When no queue is full any more, everybody may be heard again. True when somebody had been
    /// paused.
    pub fn resume(&mut self) -> bool {
        if self.full > 0 || !self.paused {
            return false;
        }
        self.paused = false;
        for (_, member) in &mut self.members {
            member.paused = false;
        }
        true
    }
}

/// Puts bytes into a member's outbox. True when that made it full.
fn enqueue<S>(
    key: usize,
    member: &mut Member<S>,
    bytes: Arc<[u8]>,
    dirty: &mut Vec<usize>,
    now: Instant,
) -> bool {
    member.outbox.push(bytes);
    if !std::mem::replace(&mut member.dirty, true) {
        dirty.push(key);
    }
    member.weigh(now)
}

fn bare_text<S>(member: &mut Member<S>, batch: &Batch) -> Arc<[u8]> {
    let mut bytes = Vec::new();
    for line in batch.iter() {
        member.encoder.text(Dialect::Bare, line, &mut bytes);
    }
    bytes.into()
}

/// Tells the journal of the headers that are about to be sent, if anybody wants to see them.
fn tell_frames<S>(journal: &Journal, member: &Member<S>, bytes: &[u8]) {
    if journal.wants_calls() && member.decoder.dialect() == Dialect::Length {
        for header in headers(bytes) {
            journal.emit(Kind::Frame(Frame::new(member.socket, Direction::Sent, header)));
        }
    }
}

fn recognised(socket: crate::event::SocketId, dialect: Dialect) -> Recognised {
    let because = match dialect {
        Dialect::Netlab => "its first byte was NUL, then came its name",
        Dialect::Line => "a line feed",
        Dialect::Bare => "text, and no line feed after it",
        Dialect::Length => "its first byte is 0x01: a frame with a name",
        Dialect::Unknown => "nothing yet",
    };
    Recognised { socket, dialect: dialect.name(), because }
}

/// The name that was asked for, or the same with a number behind it when it is taken.
fn free_name(
    asked: &SafeText,
    address: &SafeText,
    taken: &std::collections::HashSet<SafeText>,
) -> SafeText {
    let wanted = asked.as_str().trim();
    let wanted = match wanted.char_indices().nth(MAX_NAME) {
        Some((end, _)) => &wanted[..end],
        None => wanted,
    };
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

/// The longest name, in characters.
const MAX_NAME: usize = 63;

fn frames_of(batch: &Batch) -> Arc<[u8]> {
    let mut bytes = Vec::with_capacity(batch.lines.len() + 4 * batch.ends.len());
    let mut encoder = Encoder::default();
    for line in batch.iter() {
        encoder.text(Dialect::Length, line, &mut bytes);
    }
    bytes.into()
}

/// The headers in whole frames.
fn headers(mut frames: &[u8]) -> Vec<[u8; 4]> {
    let mut headers = Vec::new();
    while let [kind, high, mid, low, rest @ ..] = frames {
        headers.push([*kind, *high, *mid, *low]);
        let length = u32::from_be_bytes([0, *high, *mid, *low]) as usize;
        frames = rest.get(length..).unwrap_or(&[]);
    }
    headers
}
