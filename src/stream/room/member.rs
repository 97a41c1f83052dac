//! One member of the room.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::outbox::{CHOKED, FULL, Outbox, RELIEVED};
use crate::event::{Endpoint, Member as Identity, Role, SafeText, SocketId, State};
use crate::stream::framing::{Decoder, Encoder, INTRODUCTION};

/// How long a member that ended its half has to show, by a reset, that it is gone altogether.
const GONE_BY: Duration = Duration::from_millis(100);

/// How much of the patience is over when the others are told whom they wait for, as a divisor.
const TELL_AFTER: u32 = 4;

/// The longest that a full queue may stay full, however much it moves: so many times the patience.
const TRICKLE: u32 = 4;

/// What a deadline of a member is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Bare text has been quiet.
    Quiet,
    /// Nobody introduced themselves: an address will do for a name.
    Introduction,
    /// A member that ended its half is gone, or listens on.
    Half,
    /// The others should know whom they wait for.
    Stalled,
    /// It took nothing for too long.
    TookNothing,
    /// It said nothing for too long.
    SaidNothing,
}

/// A connection, with what the room knows about who is at its other end.
#[derive(Debug)]
pub(super) struct Member<S> {
    pub handle: S,
    pub socket: SocketId,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// The name it asked for; it may have got another.
    pub asked: Option<SafeText>,
    pub name: Option<SafeText>,
    /// It was told the operator's name.
    pub greeted: bool,
    pub decoder: Decoder,
    pub encoder: Encoder,
    pub outbox: Outbox,
    pub entered: Instant,
    pub heard: Instant,
    /// Queued for sending.
    pub dirty: bool,
    /// Not read from while a queue is full, for it filled it.
    pub paused: bool,
    /// Ended its half at that time; none again once that is cleared up.
    pub half: Option<Instant>,
    /// Ended its half and listens on.
    pub listens_only: bool,
    /// It took its leave: once it has ended, it is let go as soon as its outbox is empty.
    pub leaving: bool,
    /// `recv` returned 0.
    pub ended: bool,
    /// When its queue became full, and when it last took something.
    pub full: Option<(Instant, Instant)>,
    pub told_stalled: bool,
    /// Its queue is so long that nobody may add to it.
    pub choked: bool,
    /// The earliest deadline that is in the room's list.
    pub alarm: Option<Instant>,
}

impl<S> Member<S> {
    pub fn identity(&self) -> Identity {
        let name = self.name.clone().unwrap_or_else(|| self.address_as_name());
        Identity { socket: self.socket, name, peer: self.peer }
    }

    pub fn address_as_name(&self) -> SafeText {
        SafeText::new(self.peer.to_string().as_bytes())
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            socket: self.socket,
            role: Role::Accepted,
            who: self.name.clone(),
            protocol: "TCP",
            state: if self.half.is_some() || self.listens_only {
                State::CloseWait
            } else {
                State::Established
            },
            source: self.local,
            destination: self.peer,
        }
    }

    /// Notes the length of the queue. True when it has just become full.
    pub fn weigh(&mut self, now: Instant) -> bool {
        let bytes = self.outbox.len();
        self.choked = bytes > CHOKED;
        if bytes > FULL && self.full.is_none() {
            self.full = Some((now, now));
            self.told_stalled = false;
            return true;
        }
        if bytes <= RELIEVED {
            self.full = None;
        }
        false
    }

    /// The earliest thing that is due for this member.
    pub fn next_due(
        &self,
        patience: Duration,
        timeout: Option<Duration>,
    ) -> Option<(Instant, Due)> {
        let stalled = self.full.map(|(since, moved)| {
            let gone = (moved + patience).min(since + patience * TRICKLE);
            let tell = since + patience / TELL_AFTER;
            if self.told_stalled || tell >= gone {
                (gone, Due::TookNothing)
            } else {
                (tell, Due::Stalled)
            }
        });
        let silent = timeout
            .filter(|_| !self.listens_only && self.half.is_none())
            .map(|limit| (self.heard + limit, Due::SaidNothing));
        let stranger = self.name.is_none().then(|| (self.entered + INTRODUCTION, Due::Introduction));
        let half = self.half.map(|since| (since + GONE_BY, Due::Half));
        let quiet = self.decoder.deadline().map(|at| (at, Due::Quiet));
        [quiet, stranger, half, stalled, silent].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}
