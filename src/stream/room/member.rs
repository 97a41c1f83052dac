//! One member of the room.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outbox::{CHOKED, FULL, Outbox, RELIEVED};
use crate::event::{Endpoint, Member as Identity, Role, SafeText, SocketId, State};
use crate::stream::framing::{Decoder, Encoder, INTRODUCTION};

/// A newcomer that knows a greeting says it within this time. What others say meanwhile waits for it:
/// it could not be read by one who speaks in frames.
pub(super) const GREETING: Duration = Duration::from_millis(50);

/// How long a member that ended its half has to show, by a reset, that it is gone altogether.
const GONE_BY: Duration = Duration::from_millis(100);

/// How much of the patience is over when the others are told whom they wait for, as a divisor.
const TELL_AFTER: u32 = 4;

/// The longest that a full queue may stay full while less than [`RELIEVED`] bytes are taken from it:
/// so many times the patience.
const TRICKLE: u32 = 4;

/// What a deadline of a member is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Bare text has been quiet.
    Quiet,
    /// Its time to greet is over: it is sent what was said meanwhile.
    Early,
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

/// A member's sending half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// It may speak.
    Open,
    /// It took its leave; its end is on the way.
    Leaving,
    /// It took its leave and has ended: it goes when its outbox is empty.
    Left,
    /// It has ended, at that time, and may be gone altogether.
    Doubtful(Instant),
    /// It has ended and listens on.
    ListensOn,
}

/// A queue that has become full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Full {
    pub since: Instant,
    /// When the member last took something.
    pub moved: Instant,
    /// What it has taken since, in bytes.
    pub taken: usize,
    /// The others know whom they wait for.
    pub told: bool,
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
    /// What was said before it could say how it speaks.
    pub early: Vec<Arc<[u8]>>,
    pub entered: Instant,
    pub heard: Instant,
    /// Queued for sending.
    pub dirty: bool,
    /// Not read from while a queue is full, for it filled it.
    pub paused: bool,
    /// Its sending half.
    pub half: Half,
    /// Its queue has been full since then.
    pub full: Option<Full>,
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
            state: match self.half {
                Half::Open | Half::Leaving => State::Established,
                Half::Left | Half::Doubtful(_) | Half::ListensOn => State::CloseWait,
            },
            source: self.local,
            destination: self.peer,
            echo: None,
        }
    }

    /// Notes the length of the queue. True when it has just become full.
    pub fn weigh(&mut self, now: Instant) -> bool {
        let bytes = self.outbox.len();
        if bytes > FULL && self.full.is_none() {
            self.full = Some(Full { since: now, moved: now, taken: 0, told: false });
            return true;
        }
        if bytes <= RELIEVED {
            self.full = None;
        }
        false
    }

    /// True when its queue is so long that nobody may add to it.
    pub const fn is_choked(&self) -> bool {
        self.outbox.len() > CHOKED
    }

    /// The earliest thing that is due for this member.
    pub fn next_due(
        &self,
        patience: Duration,
        timeout: Option<Duration>,
    ) -> Option<(Instant, Due)> {
        let stalled = self.full.map(|full| {
            let gone = (full.moved + patience).min(full.since + patience * TRICKLE);
            let tell = full.since + patience / TELL_AFTER;
            if full.told || tell >= gone { (gone, Due::TookNothing) } else { (tell, Due::Stalled) }
        });
        let silent = timeout
            .filter(|_| matches!(self.half, Half::Open | Half::Leaving) && !self.paused)
            .map(|limit| (self.heard + limit, Due::SaidNothing));
        let stranger =
            self.name.is_none().then(|| (self.entered + INTRODUCTION, Due::Introduction));
        let half = match self.half {
            Half::Doubtful(since) => Some((since + GONE_BY, Due::Half)),
            _ => None,
        };
        let quiet = self.decoder.deadline().map(|at| (at, Due::Quiet));
        let early = (!self.early.is_empty()).then(|| (self.entered + GREETING, Due::Early));
        [quiet, early, stranger, half, stalled, silent]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }
}
