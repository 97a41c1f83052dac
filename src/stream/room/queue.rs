//! Outboxes as the servers use them: what to send to whom, and who has to wait meanwhile.

use std::sync::Arc;
use std::time::Instant;

use super::Room;
use super::member::{Half, Member};
use super::outbox::RELIEVED;
use crate::event::{Departure, Direction, Frame, Journal, Kind};
use crate::stream::framing::Dialect;

/// Lines of the operator that may be kept for their turn.
const KEPT: usize = 64;

impl<S> Room<S> {
    /// True when a member may be read from: no queue is full, or none that it helped to fill.
    #[must_use]
    pub fn may_be_heard(&self, key: usize) -> bool {
        let Some(member) = self.members.get(key) else {
            return false;
        };
        self.full == 0 || !(member.paused || self.members.iter().any(|(_, m)| m.is_choked()))
    }

    /// True when the operator may speak: no queue is full.
    #[must_use]
    pub const fn may_operator_speak(&self) -> bool {
        self.full == 0 && self.kept.len() < KEPT
    }

    /// Puts bytes into one outbox.
    pub(super) fn post(&mut self, key: usize, bytes: Arc<[u8]>, now: Instant) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        tell_frames(&self.journal, member, &bytes);
        if enqueue(key, member, bytes, &mut self.dirty, now) {
            self.full += 1;
            self.set_alarm(key);
        }
    }

    /// True when somebody is still to be sent something.
    #[must_use]
    pub fn has_something_to_send(&self) -> bool {
        self.members.iter().any(|(_, member)| !member.outbox.is_empty())
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
    pub fn sending<'a>(
        &'a self,
        key: usize,
        scratch: &'a mut Vec<u8>,
    ) -> Option<(&'a S, &'a [u8])> {
        let member = self.members.get(key)?;
        let offer = member.outbox.offer(scratch);
        (!offer.is_empty()).then_some((&member.handle, offer))
    }

    /// A member's socket took so many bytes. True when that let the paused speak again.
    pub fn sent(&mut self, key: usize, bytes: usize, now: Instant) -> bool {
        let Some(member) = self.members.get_mut(key) else {
            return false;
        };
        member.outbox.sent(bytes);
        if let Some(full) = &mut member.full {
            full.moved = now;
            full.taken += bytes;
            if full.taken >= RELIEVED {
                (full.since, full.taken) = (now, 0);
            }
            if !member.weigh(now) && member.full.is_none() {
                self.full -= 1;
            }
        }
        if member.half == Half::Left && member.outbox.is_empty() {
            self.part(key, Departure::PeerClosed);
        }
        self.resume(now)
    }

    /// When no queue is full any more, everybody may be heard again. True when somebody had been
    /// paused.
    pub fn resume(&mut self, now: Instant) -> bool {
        if self.full > 0 || !self.paused {
            return false;
        }
        self.paused = false;
        for (_, member) in &mut self.members {
            if std::mem::replace(&mut member.paused, false) {
                // It could not be heard, so it was not silent.
                member.heard = now;
            }
        }
        true
    }
}
/// Puts bytes into a member's outbox. True when that made it full.
pub(super) fn enqueue<S>(
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

/// Tells the journal of the headers that are about to be sent, if anybody wants to see them.
pub(super) fn tell_frames<S>(journal: &Journal, member: &Member<S>, bytes: &[u8]) {
    if journal.wants_calls() && member.decoder.dialect() == Dialect::Length {
        for header in headers(bytes) {
            journal.emit(Kind::Frame(Frame::new(member.socket, Direction::Sent, header)));
        }
    }
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
