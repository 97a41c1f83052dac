//! `--serve events`: one thread waits for all sockets at once.
//!
//! ```text
//! loop:  wait ▶ accept all who came ▶ recv from all who spoke ▶ room ▶ send to all who hear it
//! ```
//!
//! One round reads once from everybody who is ready before it sends, so that lines which arrive
//! together leave together: a flood costs one `send` per listener and round, not one per line.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::{Config, full_sentence, operate, poll_failed};
use crate::error::Failure;
use crate::event::{Call, Departure, Journal, Kind, Note, Operation, OsError, Outcome, State};
use crate::input::Input;
use crate::socket::{Listener, PolledListener, PolledStream, Poller, Ready, SHORT_READ_DRAINS};
use crate::stream::dialog::Rule;
use crate::stream::room::Room;

/// When descriptors have run out, `accept` is tried again after so long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// The operator's lines that are taken in one round.
const LINES_AT_ONCE: usize = 64;

struct Loop<'a> {
    config: &'a Config,
    journal: &'a Journal,
    listener: PolledListener,
    poller: Poller,
    room: Room<PolledStream>,
    /// Members whose sockets have, or may have, something to read.
    readable: VecDeque<usize>,
    /// Whether a member is in that list, by its key.
    listed: Vec<bool>,
    /// Whether the end of a member's half is known to be on its way, by its key.
    ending: Vec<bool>,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
    accept_at: Option<Instant>,
    out_of_descriptors: bool,
    /// The operator may have more lines than one round takes.
    more_input: bool,
}

/// Serves until the operator ends it.
pub(super) fn run(
    config: &Config,
    journal: &Journal,
    listener: Listener,
    mut poller: Poller,
    (input, end): (Receiver<Input>, Receiver<Departure>),
    room: Room<PolledStream>,
) -> Result<Departure, Failure> {
    let listener = poller.watch_listener(listener).map_err(poll_failed)?;
    let mut this = Loop {
        config,
        journal,
        listener,
        poller,
        room,
        readable: VecDeque::new(),
        listed: Vec::new(),
        ending: Vec::new(),
        buffer: vec![0; config.buffer],
        scratch: Vec::new(),
        accept_at: None,
        out_of_descriptors: false,
        more_input: false,
    };
    let mut ready = Vec::new();
    loop {
        journal.flush();
        let limit = this.wait_limit();
        this.poller.wait(limit, &this.listener, &mut ready).map_err(poll_failed)?;
        this.take(&ready);
        if let Some(how) = end.try_recv().ok().or_else(|| this.take_input(&input)) {
            // A last attempt to send what is queued, before everything closes.
            this.send_round();
            return Ok(how);
        }
        this.read_round();
        this.send_round();
        this.housekeeping();
        if config.once && this.room.served() > 0 && this.room.is_empty() {
            return Ok(Departure::Served);
        }
    }
}

impl Loop<'_> {
    /// How long to wait: not at all while something is known to be readable.
    fn wait_limit(&self) -> Option<Duration> {
        if self.more_input || self.readable.iter().any(|&key| self.room.may_be_heard(key)) {
            return Some(Duration::ZERO);
        }
        let due = [self.room.next_deadline(), self.accept_at].into_iter().flatten().min()?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Notes what is ready and accepts who came.
    fn take(&mut self, ready: &[Ready]) {
        for change in ready {
            match *change {
                Ready::Listener => self.accept_all(),
                Ready::Stream { key, readable, writable, ended } => {
                    if readable {
                        self.list(key);
                        self.ending[key] |= ended;
                    }
                    if writable {
                        self.send_to(key);
                    }
                }
                Ready::Woken => {}
            }
        }
    }

    fn list(&mut self, key: usize) {
        if self.listed.len() <= key {
            self.listed.resize(key + 1, false);
            self.ending.resize(key + 1, false);
        }
        if !std::mem::replace(&mut self.listed[key], true) {
            self.readable.push_back(key);
        }
    }

    fn accept_all(&mut self) {
        self.accept_at = None;
        loop {
            match self.listener.try_accept() {
                Ok(stream) => self.admit(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // The client has gone before it was accepted, or a signal came.
                Err(error) if is_passing(&error) => {}
                Err(error) if is_out_of_descriptors(&error) => {
                    self.accept_at = Some(Instant::now() + ACCEPT_AGAIN);
                    if !std::mem::replace(&mut self.out_of_descriptors, true) {
                        tell_out_of_descriptors(self.journal, self.listener.id(), &error);
                    }
                    return;
                }
                // man 2 accept: errors of the network of the client-to-be; the next one may do.
                Err(_) => {
                    self.accept_at = Some(Instant::now() + ACCEPT_AGAIN);
                    return;
                }
            }
        }
    }

    fn admit(&mut self, stream: PolledStream) {
        self.out_of_descriptors = false;
        let now = Instant::now();
        let (id, peer) = (stream.id(), stream.peer());
        // A client that has gone already shows that when it is read from.
        let Ok(local) = stream.local_address() else {
            return;
        };
        if self.config.nodelay {
            let _ = stream.set_nodelay(true);
        }
        match self.room.enter(stream, id, local, peer, now) {
            Ok(key) => {
                if let Some(ending) = self.ending.get_mut(key) {
                    *ending = false;
                }
                let poller = &mut self.poller;
                if let Some(stream) = self.room.handle_mut(key)
                    && let Err(error) = poller.watch(stream, key)
                {
                    self.room.fail(key, OsError::from(&error));
                }
            }
            // It is closed when the stream is dropped.
            Err((stream, limit)) => {
                let _ = stream.send(full_sentence(limit).as_bytes());
            }
        }
    }

    /// The operator's lines, as long as nobody is behind. Some when the server is to end.
    fn take_input(&mut self, input: &Receiver<Input>) -> Option<Departure> {
        self.more_input = false;
        let turns = self.config.dialog == Rule::Half;
        for _ in 0..LINES_AT_ONCE {
            if !self.room.may_operator_speak() {
                return None;
            }
            let end = operate(&mut self.room, self.journal, input.try_recv().ok()?, turns);
            if end.is_some() {
                return end;
            }
        }
        self.more_input = true;
        None
    }

    /// Reads once from everybody who is ready and may be heard.
    fn read_round(&mut self) {
        for _ in 0..self.readable.len() {
            let Some(key) = self.readable.pop_front() else {
                return;
            };
            if !self.room.may_be_heard(key) {
                if self.room.handle(key).is_some() {
                    self.readable.push_back(key);
                } else {
                    self.listed[key] = false;
                }
                continue;
            }
            self.listed[key] = false;
            if self.read_from(key) {
                self.list(key);
            }
        }
    }

    /// One `recv`. True when there may be more.
    fn read_from(&mut self, key: usize) -> bool {
        let Some(stream) = self.room.handle(key) else {
            return false;
        };
        let now = Instant::now();
        match stream.recv(&mut self.buffer) {
            Ok(0) => {
                self.room.finish(key, now);
                false
            }
            Ok(bytes) => {
                self.room.hear(key, &self.buffer[..bytes], now);
                bytes == self.buffer.len() || self.ending[key] || !SHORT_READ_DRAINS
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) => {
                self.room.fail(key, OsError::from(&error));
                false
            }
        }
    }

    fn send_round(&mut self) {
        while let Some(key) = self.room.next_dirty() {
            self.send_to(key);
        }
    }

    /// Sends until the outbox is empty or the system takes no more.
    fn send_to(&mut self, key: usize) {
        while let Some((stream, offer)) = self.room.sending(key, &mut self.scratch) {
            match stream.send(offer) {
                Ok(bytes) => {
                    self.room.sent(key, bytes, Instant::now());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.room.fail(key, OsError::from(&error)),
            }
        }
    }

    /// Deadlines, those who leave, and what that sends.
    fn housekeeping(&mut self) {
        let now = Instant::now();
        if self.room.next_deadline().is_some_and(|due| due <= now) {
            self.room.tick(now);
        }
        while let Some(key) = self.room.next_doubtful() {
            match self.room.handle(key).map(PolledStream::pending_error) {
                Some(Ok(None)) => self.room.listens_on(key),
                Some(Ok(Some(error)) | Err(error)) => self.room.fail(key, OsError::from(&error)),
                None => {}
            }
        }
        let mut parted = false;
        while let Some(mut stream) = self.room.next_parted(now) {
            self.poller.forget(&mut stream);
            parted = true;
        }
        self.room.resume(now);
        if parted && self.accept_at.is_some() {
            self.accept_at = Some(now);
        }
        if self.accept_at.is_some_and(|at| at <= now) {
            self.accept_all();
        }
        self.send_round();
    }
}

pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(OsError::from(error).name().as_str(), "EMFILE" | "ENFILE" | "ENOBUFS")
}

pub(super) fn tell_out_of_descriptors(
    journal: &Journal,
    socket: crate::event::SocketId,
    error: &io::Error,
) {
    journal.emit(Kind::Note(Note::OutOfDescriptors(Call {
        socket,
        operation: Operation::Accept,
        outcome: Outcome::Failed(OsError::from(error)),
        took: Duration::ZERO,
        state: State::Listen,
    })));
}
