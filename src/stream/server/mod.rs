//! # The chat server, and three ways to wait
//!
//! A server with many clients has many sockets on which something may happen, and `recv` waits for
//! one. Three answers, all with the same [room](super::room) and the same bytes on the wire:
//!
//! ```text
//! one      accept ▶ recv recv recv … ▶ accept ▶ recv …     the handout: the others wait in the
//!                                                          backlog until the first has left
//! threads  accept ▶ accept ▶ accept …                      a thread waits in recv, and one in
//!             └ recv …  └ recv …                           send, for each client
//! events   poll ▶ who is ready? ▶ accept, recv, send ▶ poll …   one thread for all of them
//! ```

mod events;
mod threads;

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::dialog::Rule;
use super::framing::Framing;
use super::room::{Room, Rules};
use crate::error::{CallError, Failure};
use crate::event::{Departure, Journal, Kind, Note, Operation, ServerSetup};
use crate::input::{self, Input, InputSender};
use crate::socket::{BIND_REUSES_TIME_WAIT, Listener, Poller, Socket, Waker};

/// How a server waits for its clients: `--serve`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Serve {
    /// One client at a time.
    One,
    /// Two threads for each client.
    Threads,
    /// One thread for all.
    #[default]
    Events,
}

impl Serve {
    /// The word of the option.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Threads => "threads",
            Self::Events => "events",
        }
    }
}

/// What the system takes for one client, in bytes, before `send` has to wait. Left to itself it may
/// take megabytes, and a slow reader's progress would show only after seconds.
const SEND_BUFFER: u32 = 128 * 1024;

/// Everything a server can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address and port to listen on.
    pub address: SocketAddr,
    /// For an IPv6 address: take IPv4 clients too.
    pub dual_stack: bool,
    /// The operator's name.
    pub name: String,
    /// How many finished connections may wait for `accept`.
    pub backlog: i32,
    /// How to wait.
    pub serve: Serve,
    /// Turns or not.
    pub dialog: Rule,
    /// How messages are told apart.
    pub framing: Framing,
    /// Bytes that one `recv` takes at most, 1 or more.
    pub buffer: usize,
    /// End after the first client has left.
    pub once: bool,
    /// How many clients there may be at a time.
    pub max_clients: Option<usize>,
    /// Send small pieces at once.
    pub nodelay: bool,
    /// Drop a client that says nothing for so long.
    pub timeout: Option<Duration>,
    /// Drop a client that takes nothing for so long while others wait for it.
    pub patience: Duration,
}

/// A server that listens and has not begun to accept.
#[derive(Debug)]
pub struct Server {
    config: Config,
    journal: Journal,
    listener: Listener,
    local: SocketAddr,
    input: Receiver<Input>,
    /// Why the server has to end, from whoever finds out.
    end: (Sender<Departure>, Receiver<Departure>),
    poller: Option<Poller>,
}

impl Server {
    /// Makes the socket, binds it and listens.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] with the call that the system refused.
    pub fn open(config: Config, journal: Journal) -> Result<(Self, InputSender), Failure> {
        let socket = Socket::stream(&journal, config.address)?;
        if BIND_REUSES_TIME_WAIT {
            socket.set_reuse_address(true)?;
        }
        if config.address.is_ipv6() {
            socket.set_only_v6(!config.dual_stack)?;
        }
        socket.set_keepalive(true)?;
        socket.set_send_buffer(SEND_BUFFER)?;
        socket.bind(config.address)?;
        let listener = socket.listen(config.backlog)?;
        let local = listener.local_address()?;
        let (poller, waker) = match config.serve {
            Serve::Events => Poller::new().map(|(poller, waker)| (Some(poller), Some(waker))),
            Serve::One | Serve::Threads => Ok((None, None)),
        }
        .map_err(poll_failed)?;
        let end = channel();
        let (ask_to_end, wake_for_end) = (end.0.clone(), waker.clone());
        let (sender, input) = input::queue(
            move || waker.iter().for_each(Waker::wake),
            move || {
                let _ = ask_to_end.send(Departure::Interrupted);
                wake_for_end.iter().for_each(Waker::wake);
            },
        );
        let server = Self { config, journal, listener, local, input, end, poller };
        server.journal.emit(Kind::Listening(server.setup()));
        Ok((server, sender))
    }

    /// Where the server listens.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Keeps the room until the operator leaves, or `--once` is fulfilled. Returns why it ended.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the listening socket itself fails. A client's troubles are events.
    pub fn run(self) -> Result<Departure, Failure> {
        let rules = Rules {
            name: self.config.name.clone(),
            framing: self.config.framing,
            dialog: self.config.dialog,
            patience: self.config.patience,
            timeout: self.config.timeout,
            max_clients: self.config.max_clients,
        };
        let (journal, now) = (self.journal.clone(), Instant::now());
        journal.flush();
        let id = self.listener.id();
        let how = if let Some(poller) = self.poller {
            let room = Room::new(rules, journal.clone(), id, self.local, now);
            let inputs = (self.input, self.end.1);
            events::run(&self.config, &journal, self.listener, poller, inputs, room)?
        } else {
            let room = Room::new(rules, journal.clone(), id, self.local, now);
            threads::run(self.config, journal.clone(), self.listener, self.input, self.end, room)
        };
        journal.emit(Kind::End(how.clone()));
        journal.flush();
        Ok(how)
    }

    fn setup(&self) -> ServerSetup {
        let config = &self.config;
        ServerSetup {
            socket: self.listener.id(),
            local: self.local,
            dual_stack: config.address.is_ipv6() && config.dual_stack,
            backlog: config.backlog,
            serve: config.serve.name(),
            dialog: config.dialog.name(),
            framing: config.framing.name(),
            buffer: config.buffer,
            once: config.once,
            max_clients: config.max_clients,
            nodelay: config.nodelay,
            timeout: config.timeout,
            patience: config.patience,
        }
    }
}

fn poll_failed(error: io::Error) -> Failure {
    CallError::new(Operation::Poll(0), error).into()
}

/// What the operator typed, done to the room. Some when the server is to end.
fn operate<S>(
    room: &mut Room<S>,
    journal: &Journal,
    input: Input,
    turns: bool,
) -> Option<Departure> {
    use crate::input::Command;
    let now = Instant::now();
    match input {
        // Ctrl-C takes the other way and comes here only from a test that has no other.
        Input::Interrupt => return Some(Departure::Interrupted),
        Input::Leave => return Some(Departure::Left),
        // A server without an operator goes on serving.
        Input::End | Input::Status => {}
        Input::Line(line) => match Command::read(&line) {
            Some(Command::Leave) => return Some(Departure::Left),
            Some(Command::Who) => journal.emit(Kind::Endpoints(room.who())),
            Some(Command::Help) => {
                journal.emit(Kind::Note(Note::Help { server: true, turns }));
            }
            Some(Command::TakeTurn) => room.take_turn(now),
            // A chat counts nothing: the word is a line like any other.
            Some(Command::Stats) | None => room.say(&line, now),
        },
    }
    None
}

/// What a client reads that finds no room.
fn full_sentence(limit: usize) -> String {
    format!("[the room is full: {limit} of {limit} places are taken]\n")
}
