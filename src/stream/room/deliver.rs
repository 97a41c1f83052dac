//! From what somebody said to everybody else's outbox.

use std::sync::Arc;
use std::time::Instant;

use super::Room;
use super::member::GREETING;
use super::queue::{enqueue, tell_frames};
use crate::event::{Direction, Kind, Message, Note, SafeText};
use crate::stream::framing::{Dialect, Encoder, MAX_LINE};

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

    /// All lines as one bare text.
    fn bare(&self, border: bool) -> Arc<[u8]> {
        let text = self.lines.strip_suffix(b"\n").unwrap_or(&self.lines);
        if border { [b"\n", text].concat().into() } else { text.into() }
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
    /// A member said something: the others will hear it, and the operator sees it.
    pub(super) fn said(&mut self, key: usize, bytes: &[u8], now: Instant) {
        self.join_by_address(key, now);
        let Some(member) = self.members.get(key) else {
            return;
        };
        let Some(from) = member.name.clone() else {
            return;
        };
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
    pub(super) fn deliver(&mut self, speaker: Option<usize>, now: Instant) {
        if self.batch.ends.is_empty() {
            return;
        }
        let lines: Arc<[u8]> = self.batch.lines.as_slice().into();
        let mut frames: Option<Arc<[u8]>> = None;
        let mut bare: [Option<Arc<[u8]>>; 2] = [None, None];
        let (mut filled, mut waiting) = (Vec::new(), Vec::new());
        for (key, member) in &mut self.members {
            if Some(key) == speaker {
                continue;
            }
            let bytes = match member.decoder.dialect() {
                Dialect::Unknown if now < member.entered + GREETING => {
                    member.early.push(Arc::clone(&lines));
                    waiting.push(key);
                    continue;
                }
                Dialect::Unknown | Dialect::Netlab | Dialect::Line => Arc::clone(&lines),
                Dialect::Length => Arc::clone(frames.get_or_insert_with(|| frames_of(&self.batch))),
                // The last line feed is left out; a border may have to stand before the first line.
                Dialect::Bare => {
                    let border = member.encoder.needs_border();
                    let bare = &mut bare[usize::from(border)];
                    Arc::clone(bare.get_or_insert_with(|| self.batch.bare(border)))
                }
            };
            tell_frames(&self.journal, member, &bytes);
            if enqueue(key, member, bytes, &mut self.dirty, now) {
                filled.push(key);
            }
        }
        self.batch.clear();
        self.full += filled.len();
        for key in filled.into_iter().chain(waiting) {
            self.set_alarm(key);
        }
        if self.full > 0
            && let Some(member) = speaker.and_then(|key| self.members.get_mut(key))
        {
            member.paused = true;
            self.paused = true;
        }
    }
}

impl<S> Room<S> {
    /// Sends a newcomer what was said while it could have greeted, in the way it speaks.
    pub(super) fn catch_up(&mut self, key: usize, now: Instant) {
        let Some(member) = self.members.get_mut(key) else { return };
        let early = std::mem::take(&mut member.early);
        if early.is_empty() {
            return;
        }
        let dialect = member.decoder.dialect();
        let mut bytes = Vec::new();
        for line in early.iter().flat_map(|lines| lines.split_inclusive(|&byte| byte == b'\n')) {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            member.encoder.text(dialect, line, &mut bytes);
        }
        self.post(key, bytes.into(), now);
    }
}

fn frames_of(batch: &Batch) -> Arc<[u8]> {
    let mut bytes = Vec::with_capacity(batch.lines.len() + 4 * batch.ends.len());
    let mut encoder = Encoder::default();
    for line in batch.iter() {
        encoder.text(Dialect::Length, line, &mut bytes);
    }
    bytes.into()
}
