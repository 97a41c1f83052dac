//! # The room: who is in it, and who hears what
//!
//! The room is the chat without sockets. A server tells it what happened (`enter`, `hear`,
//! `finish`, `fail`) and asks it what to do (what to send to whom, whom to read from, whom to let
//! go). It has no thread and no clock: whoever calls says what time it is. That is why one thread,
//! many threads and an event loop can all keep the same room.
//!
//! ## A slow reader
//!
//! Every member has an outbox. One that does not read fills the system's buffers first and then its
//! outbox, and three things follow:
//!
//! 1. an outbox of more than [`outbox::FULL`] bytes makes those wait *who speak*: the server stops
//!    reading from them, their own sends block, nothing is lost (back-pressure);
//! 2. a member that takes nothing for the time of `--patience` while others wait is let go;
//! 3. one that does take something, but less than [`outbox::RELIEVED`] bytes in four times that
//!    time, is let go too: a trickle would hold everybody up for ever.
//!
//! Memory is bounded: what one `recv` can make of itself for each outbox, beyond
//! [`outbox::CHOKED`]. Limit: the system's own buffers count as taken.

mod announce;
mod deliver;
mod hear;
mod member;
pub mod outbox;
mod queue;
mod time;

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use slab::Slab;

use self::announce::Announcements;
use self::deliver::Batch;
use self::hear::Heard;
use self::member::{Half, Member};
use self::outbox::Outbox;
use super::dialog::{Dialog, Rule};
use super::framing::{Decoder, Encoder, Framing, Side};
use crate::event::{
    Departure, Endpoint, Journal, Kind, Note, OsError, Role, SafeText, SocketId, State,
};

#[cfg(test)]
mod tests;

/// How a room is kept.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The operator's name.
    pub name: String,
    /// How messages are told apart.
    pub framing: Framing,
    /// Whether turns are kept.
    pub dialog: Rule,
    /// How long a member may take nothing while others wait for it.
    pub patience: Duration,
    /// How long a member may say nothing.
    pub timeout: Option<Duration>,
    /// How many members there may be.
    pub max_clients: Option<usize>,
}

/// A room whose members' sockets are kept as `S`.
#[derive(Debug)]
pub struct Room<S> {
    rules: Rules,
    journal: Journal,
    listening: (SocketId, SocketAddr),
    members: Slab<Member<S>>,
    /// Members' names. The operator's may be one of them: on one machine both have the host's.
    names: HashSet<SafeText>,
    dialog: Dialog,
    /// Lines the operator typed out of turn.
    kept: Vec<String>,
    announcements: Announcements,
    alarms: BTreeSet<(Instant, usize)>,
    /// Members with something to send.
    dirty: Vec<usize>,
    /// Members to be let go.
    parting: Vec<(usize, Departure)>,
    /// Members that may be gone: ask their socket for its error.
    doubtful: Vec<usize>,
    /// How many outboxes are full.
    full: usize,
    /// Somebody is paused because an outbox is full.
    paused: bool,
    /// How many named members have left.
    served: usize,
    closed: bool,
    heard: Heard,
    batch: Batch,
}

impl<S> Room<S> {
    /// An empty room behind the listening socket `socket` at `local`.
    #[must_use]
    pub fn new(
        rules: Rules,
        journal: Journal,
        socket: SocketId,
        local: SocketAddr,
        now: Instant,
    ) -> Self {
        Self {
            dialog: Dialog::new(rules.dialog, false, now),
            rules,
            journal,
            listening: (socket, local),
            members: Slab::new(),
            names: HashSet::new(),
            kept: Vec::new(),
            announcements: Announcements::default(),
            alarms: BTreeSet::new(),
            dirty: Vec::new(),
            parting: Vec::new(),
            doubtful: Vec::new(),
            full: 0,
            paused: false,
            served: 0,
            closed: false,
            heard: Heard::default(),
            batch: Batch::default(),
        }
    }

    /// Somebody's connection was accepted. Returns the key it has from now on, or the socket again
    /// and the limit when the room is full.
    ///
    /// # Errors
    ///
    /// The handle and the limit of `--max-clients`.
    pub fn enter(
        &mut self,
        handle: S,
        socket: SocketId,
        local: SocketAddr,
        peer: SocketAddr,
        now: Instant,
    ) -> Result<usize, (S, usize)> {
        if let Some(limit) = self.rules.max_clients
            && self.members.len() >= limit
        {
            self.journal.emit(Kind::Note(Note::TurnedAway { peer, limit }));
            return Err((handle, limit));
        }
        let key = self.members.insert(Member {
            handle,
            socket,
            local,
            peer,
            asked: None,
            name: None,
            greeted: false,
            decoder: Decoder::new(self.rules.framing, Side::Server, now),
            encoder: Encoder::default(),
            outbox: Outbox::default(),
            early: Vec::new(),
            entered: now,
            heard: now,
            dirty: false,
            paused: false,
            half: Half::Open,
            full: None,
            alarm: None,
        });
        self.set_alarm(key);
        Ok(key)
    }

    /// A member's socket.
    #[must_use]
    pub fn handle(&self, key: usize) -> Option<&S> {
        self.members.get(key).map(|member| &member.handle)
    }

    /// A member's socket, to be changed.
    pub fn handle_mut(&mut self, key: usize) -> Option<&mut S> {
        self.members.get_mut(key).map(|member| &mut member.handle)
    }

    /// The keys of all members.
    #[must_use]
    pub fn keys(&self) -> Vec<usize> {
        self.members.iter().map(|(key, _)| key).collect()
    }

    /// How many members have left since the room opened.
    #[must_use]
    pub const fn served(&self) -> usize {
        self.served
    }

    /// Ends the room: everybody is out, and nothing is due any more.
    pub fn close(&mut self) {
        self.closed = true;
        self.members.clear();
        self.alarms.clear();
    }

    /// True when the room has been ended.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// True when nobody is in the room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The endpoint table: the listening socket and one for every member.
    #[must_use]
    pub fn who(&self) -> Vec<Endpoint> {
        let members = self.members.iter().map(|(_, member)| member.endpoint());
        std::iter::once(self.listening_endpoint()).chain(members).collect()
    }

    fn listening_endpoint(&self) -> Endpoint {
        let (socket, local) = self.listening;
        let nobody: SocketAddr =
            if local.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        Endpoint {
            socket,
            role: Role::Listening,
            who: None,
            protocol: "TCP",
            state: State::Listen,
            source: local,
            destination: nobody,
            echo: None,
        }
    }

    /// The connection of a member broke.
    pub fn fail(&mut self, key: usize, error: OsError) {
        let Some(member) = self.members.get(key) else {
            return;
        };
        // Who had ended its half already, or taken its leave, has now ended the other: no accident.
        let how = match member.half {
            Half::Open => Departure::Failed(error),
            _ => Departure::PeerClosed,
        };
        self.part(key, how);
    }

    /// Marks a member as leaving now, whatever it was still to be sent.
    fn part(&mut self, key: usize, how: Departure) {
        if !self.parting.iter().any(|(other, _)| *other == key) {
            self.parting.push((key, how));
        }
    }

    /// Takes out one member that has to be let go: its socket, to be closed by the caller.
    pub fn next_parted(&mut self, now: Instant) -> Option<S> {
        loop {
            let (key, how) = self.parting.pop()?;
            let Some(mut member) = self.members.try_remove(key) else {
                continue;
            };
            if let Some(alarm) = member.alarm.take() {
                self.alarms.remove(&(alarm, key));
            }
            if member.full.is_some() {
                self.full -= 1;
            }
            if let Some(name) = &member.name {
                self.names.remove(name);
                self.served += 1;
                self.announcements.left(name.clone(), now);
                self.journal.emit(Kind::Left(member.identity(), how));
            } else if let Departure::Malformed(_) = how {
                // Nobody knows who it was, but it should be known why it went.
                self.journal.emit(Kind::Left(member.identity(), how));
            }
            return Some(member.handle);
        }
    }

    /// Takes one member whose socket should be asked for its error, because it has ended its half
    /// and may be gone altogether.
    pub fn next_doubtful(&mut self) -> Option<usize> {
        self.doubtful.pop()
    }

    /// A doubtful member turned out to listen on.
    pub fn listens_on(&mut self, key: usize) {
        if let Some(member) = self.members.get_mut(key) {
            member.half = Half::ListensOn;
            let identity = member.identity();
            self.journal.emit(Kind::HalfClosed(identity));
        }
        self.set_alarm(key);
    }
}
