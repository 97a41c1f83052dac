//! # The chat client
//!
//! ```text
//!   keyboard ──▶ sending ──── send ────▶
//!                   │ shares the talk        the server
//!   screen  ◀── main ◀─ receiving ◀ recv ◀
//! ```
//!
//! Three threads, so that each call may wait where students' programs wait: one in `recv`, one in
//! `send`, and the main one for whatever comes first: bytes, a deadline, Ctrl-C. A client that reads
//! while it writes can never wait for a server that waits for it.

mod connect;
mod receive;
mod send;
mod talk;

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

pub use connect::{Connection, connect};
use receive::Hearing;
use send::Sending;
use talk::Talk;

use super::dialog::Rule;
use super::framing::Framing;
use crate::error::{CallError, Failure};
use crate::event::{
    Departure, Endpoint, Journal, Kind, Note, Operation, OsError, Role, SafeText, State,
};
use crate::input::{self, Input, InputSender};
use crate::socket::Stream;

/// Everything a client can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server as the user named it.
    pub host: String,
    /// Its addresses, in the order in which to try them; at least one.
    pub servers: Vec<SocketAddr>,
    /// The address and port to send from; the system chooses what is left unspecified.
    pub source: Option<SocketAddr>,
    /// The user's name.
    pub name: String,
    /// Turns or not.
    pub dialog: Rule,
    /// How messages are told apart.
    pub framing: Framing,
    /// Bytes that one `recv` takes at most, 1 or more.
    pub buffer: usize,
    /// Send small pieces at once.
    pub nodelay: bool,
    /// How long `connect` may take for each address.
    pub timeout: Duration,
    /// Ask for the error number instead of failing.
    pub connect_ex: bool,
    /// When the input has ended: leave when nothing has come for so long.
    pub linger: Duration,
}

/// How long a client that leaves waits for the server to end its half too.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the receiving thread has to let go of the socket.
const LETTING_GO: Duration = Duration::from_millis(200);

/// Happenings that wait for the main thread. When it is busy, `recv` waits, and then the server:
/// what cannot be shown fast enough is not piled up in memory.
const QUEUE: usize = 16;

/// What the main thread waits for.
#[derive(Debug)]
enum Happening {
    /// `recv` returned bytes, the end (none), or an error.
    Received(io::Result<Vec<u8>>),
    /// This side has said its last word.
    Leaving(Departure),
    /// Nothing more will be said, but there may be something to hear.
    InputEnded,
    /// `send` of so many bytes failed.
    SendFailed(OsError, usize),
    /// Ctrl-C.
    Interrupted,
}

/// A client that is connected and has not begun to talk.
#[derive(Debug)]
pub struct Client {
    config: Config,
    journal: Journal,
    stream: Arc<Stream>,
    endpoint: Endpoint,
    input: Receiver<Input>,
    happenings: (SyncSender<Happening>, Receiver<Happening>),
    interrupted: Arc<AtomicBool>,
}

impl Client {
    /// A client on a connection. Shows its endpoint table.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] where the system refuses a call.
    pub fn new(
        config: Config,
        journal: Journal,
        stream: Stream,
    ) -> Result<(Self, InputSender), Failure> {
        let endpoint = Endpoint {
            socket: stream.id(),
            role: Role::Connected,
            who: Some(SafeText::new(config.name.as_bytes())),
            protocol: "TCP",
            state: stream.state(),
            source: stream.local_address()?,
            destination: stream.peer(),
            echo: None,
        };
        journal.emit(Kind::Endpoints(vec![endpoint.clone()]));
        let happenings = sync_channel(QUEUE);
        let (interrupt, interrupted) = (happenings.0.clone(), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&interrupted);
        let (sender, input) = input::queue(
            || {},
            move || {
                // The queue may be full, and whoever empties it may wait for the keyboard's thread.
                flag.store(true, Ordering::SeqCst);
                let _ = interrupt.try_send(Happening::Interrupted);
            },
        );
        let stream = Arc::new(stream);
        Ok((Self { config, journal, stream, endpoint, input, happenings, interrupted }, sender))
    }

    /// Talks until one side leaves. Returns how it ended.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the connection breaks.
    pub fn run(self) -> Result<Departure, Failure> {
        let Self { config, journal, stream, endpoint, input, happenings, interrupted } = self;
        let talk = Arc::new(Talk::new(&config, Instant::now()));
        let (tell, told) = happenings;
        // Nothing is sent by it: it tells that the receiving thread has let go of the socket.
        let (holding, let_go) = channel::<()>();
        let receiving = (Arc::clone(&stream), config.buffer, tell.clone());
        spawn("recv", move || {
            let (stream, size, tell) = receiving;
            receive::read_loop(&stream, size, &tell);
            drop((stream, holding));
        })?;
        let sending = Sending {
            stream: Arc::downgrade(&stream),
            socket: stream.id(),
            talk: Arc::clone(&talk),
            journal: journal.clone(),
            endpoint,
            name: config.name.clone(),
            linger: config.linger,
            offered: Cell::new(0),
            tell,
        };
        spawn("send", move || sending.run(&input))?;
        let hearing = Hearing::new(&config, &journal, &talk, &stream);
        let conversation = Conversation {
            config: &config,
            journal: &journal,
            stream: &stream,
            talk: &talk,
            interrupted: &interrupted,
            hearing,
        };
        let how = conversation.run(&told);
        drop(told);
        if how.is_ok() && stream.state() != State::TimeWait {
            // Ends the call that waits in the receiving thread.
            let _ = stream.shutdown_both();
        }
        let _ = let_go.recv_timeout(LETTING_GO);
        drop(stream);
        journal.emit(Kind::End(match &how {
            Ok(how) => how.clone(),
            Err(Failure::Call(error)) => Departure::Failed(error.os()),
            Err(_) => Departure::Left,
        }));
        journal.flush();
        how
    }
}

/// The main thread's part.
struct Conversation<'a> {
    config: &'a Config,
    journal: &'a Journal,
    stream: &'a Stream,
    talk: &'a Talk,
    interrupted: &'a AtomicBool,
    hearing: Hearing,
}

/// What is still expected, and until when.
#[derive(Default)]
struct Ending {
    /// This side has left, and waits for the other to end its half too.
    leaving: Option<(Departure, Instant)>,
    /// The input has ended; leave when it has been quiet until then.
    quiet_until: Option<Instant>,
    /// The other side has ended while this one was taking its leave or sending: how that went is
    /// still to be told.
    ended: Option<(Departure, Instant)>,
    /// A send has failed; the reason may still be read.
    broken: Option<(OsError, usize, Instant)>,
}

impl Ending {
    fn deadline(&self) -> Option<Instant> {
        let leaving = self.leaving.as_ref().map(|(_, at)| *at);
        let broken = self.broken.map(|(_, _, at)| at);
        let ended = self.ended.as_ref().map(|(_, at)| *at);
        [leaving, self.quiet_until, ended, broken].into_iter().flatten().min()
    }
}

impl Conversation<'_> {
    fn run(mut self, told: &Receiver<Happening>) -> Result<Departure, Failure> {
        let mut ending = Ending::default();
        loop {
            let due = [self.hearing.deadline(), self.talk.deadline(), ending.deadline()];
            let due = due.into_iter().flatten().min();
            if self.interrupted.load(Ordering::SeqCst) {
                // The other side should see an end, not a reset.
                let _ = self.stream.shutdown_write();
                return Ok(Departure::Interrupted);
            }
            // What is due is done although more and more may be coming.
            if due.is_some_and(|at| at <= Instant::now())
                && let Some(how) = self.due(&mut ending)?
            {
                return Ok(how);
            }
            let happening = told.try_recv().or_else(|_| {
                // Nothing more is waiting: now is the time to show what has come.
                self.journal.flush();
                match due {
                    None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                    Some(at) => told.recv_timeout(at.saturating_duration_since(Instant::now())),
                }
            });
            let done = match happening {
                Ok(happening) => self.take(happening, &mut ending)?,
                Err(RecvTimeoutError::Disconnected) => Some(Departure::PeerClosed),
                Err(RecvTimeoutError::Timeout) => self.due(&mut ending)?,
            };
            if let Some(how) = done {
                return Ok(how);
            }
        }
    }

    fn take(
        &mut self,
        happening: Happening,
        ending: &mut Ending,
    ) -> Result<Option<Departure>, Failure> {
        let now = Instant::now();
        match happening {
            Happening::Received(Ok(bytes)) if bytes.is_empty() => {
                self.hearing.end()?;
                let left = ending.leaving.take().map(|(how, _)| how);
                if left.is_none() && self.talk.is_going() {
                    ending.ended = Some((Departure::Left, now + LETTING_GO));
                    return Ok(None);
                }
                if let (None, Some((error, bytes, _))) = (&left, ending.broken) {
                    return Err(self.broken(Operation::Send(bytes), error));
                }
                // The system tells of a reset once: when `send` hears of it, `recv` only sees an end.
                if left.is_none() && self.talk.is_sending() {
                    ending.ended = Some((Departure::PeerClosed, now + FAREWELL));
                    return Ok(None);
                }
                return Ok(Some(left.unwrap_or(Departure::PeerClosed)));
            }
            Happening::Received(Ok(bytes)) => {
                self.hearing.hear(&bytes, now)?;
                if let Some(quiet_until) = &mut ending.quiet_until {
                    *quiet_until = now + self.config.linger;
                }
            }
            Happening::Received(Err(error)) => {
                self.hearing.end()?;
                return match ending.leaving.take() {
                    Some((how, _)) => Ok(Some(how)),
                    None => Err(self.broken(Operation::Recv(self.config.buffer), (&error).into())),
                };
            }
            Happening::Leaving(how) if ending.ended.is_some() => return Ok(Some(how)),
            Happening::Leaving(how) => ending.leaving = Some((how, now + FAREWELL)),
            Happening::InputEnded => {
                self.journal.emit(Kind::Note(Note::InputEnded(self.config.linger)));
                ending.quiet_until = Some(now + self.config.linger);
            }
            Happening::SendFailed(error, bytes) => {
                if matches!(ending.ended, Some((Departure::PeerClosed, _))) {
                    return Err(self.broken(Operation::Send(bytes), error));
                }
                ending.broken = Some((error, bytes, now + FAREWELL));
            }
            // The flag says so too, and is looked at next.
            Happening::Interrupted => {}
        }
        Ok(None)
    }

    /// A deadline has passed.
    fn due(&mut self, ending: &mut Ending) -> Result<Option<Departure>, Failure> {
        let now = Instant::now();
        self.hearing.quiet(now)?;
        self.talk.warn_of_long_wait(self.journal, now);
        if ending.quiet_until.is_some_and(|at| now >= at) {
            ending.quiet_until = None;
            if !self.talk.knows_leaving() {
                return Ok(Some(Departure::Left));
            }
            // Nothing has been sent for a while: these few bytes find room.
            let left = self.stream.send(&self.talk.leave());
            let _ = left.and_then(|_| self.stream.shutdown_write());
            ending.leaving = Some((Departure::Left, now + FAREWELL));
        }
        if let Some((how, _)) = ending.ended.take_if(|(_, at)| now >= *at) {
            return Ok(Some(how));
        }
        if ending.leaving.as_ref().is_some_and(|(_, at)| now >= *at) {
            return Ok(ending.leaving.take().map(|(how, _)| how));
        }
        match ending.broken {
            Some((error, bytes, at)) if now >= at => {
                Err(self.broken(Operation::Send(bytes), error))
            }
            _ => Ok(None),
        }
    }

    fn broken(&self, operation: Operation, error: OsError) -> Failure {
        let source = match error.number {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::from(error.kind),
        };
        CallError { operation, peer: Some(self.stream.peer()), error: source }.into()
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| CallError::new(Operation::Recv(0), error).into())
}
