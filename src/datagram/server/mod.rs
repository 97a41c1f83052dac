//! # The echo server
//!
//! ```text
//!   keyboard ──▶ operator        /who, /stats, exit
//!                   │ shares the book
//!   recvfrom ──▶  echo ──▶ sendto                      one socket, everybody's
//!                   └─ later ──▶ departures ──▶ sendto   delayed, held back
//! ```
//!
//! One thread waits in `recvfrom` and answers with `sendto`: the two calls of every textbook, and
//! nothing between them that costs more than a look into the `book`. There is no `listen` and
//! no `accept`: one socket serves everybody, because every datagram brings its sender's address.
//!
//! What makes it safe to run among sixty laptops: an answer is never longer than what it answers; an
//! echo is not echoed (`guard`); peers, delayed answers and lines on the screen are bounded.
//!
//! Limits: an answer leaves by the route to its peer and so may carry another of this machine's
//! addresses than the one that was asked. What the filter in the kernel throws away is not counted.

mod book;
mod chances;
mod departures;
mod echo;
mod guard;
mod peers;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use book::{Book, Unshown};
use departures::Departures;
use echo::Echo;

use crate::error::{CallError, Failure};
use crate::event::{
    Call, DatagramEvent, Departure, EchoReport, EchoSetup, Endpoint, Impairments, Journal, Kind,
    Operation, OsError, Outcome, Remark, Role, State,
};
use crate::input::{self, Command, Input, InputSender};
use crate::socket::{DatagramSocket, Interface};

/// Everything a server can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address and port to bind.
    pub address: SocketAddr,
    /// For an IPv6 address: hear IPv4 peers too.
    pub dual_stack: bool,
    /// Bytes that one `recvfrom` takes at most, 1 to 65,535.
    pub buffer: usize,
    /// What to do to datagrams on purpose.
    pub impairments: Impairments,
    /// Datagrams that are answered in a second, at most.
    pub max_rate: Option<u32>,
    /// Multicast groups to join.
    pub groups: Vec<IpAddr>,
    /// On which interface to join them.
    pub interface: Option<Interface>,
}

/// Lines of the operator that are heard before the loop looks elsewhere.
const INPUTS: usize = 16;
/// Rows of the endpoint table at a time.
const ROWS: usize = 50;

/// While calls are shown, what was written is shown at the latest after this time.
const SHOWN_WITHIN: Duration = Duration::from_millis(20);
/// How often what was not shown is summed up.
const SUMMED_UP: Duration = Duration::from_secs(1);
/// How long the answering thread has to let go of the socket.
const LETTING_GO: Duration = Duration::from_secs(1);

/// A server that is bound: from now on the system queues what comes for it.
#[derive(Debug)]
pub struct Server {
    buffer: usize,
    shared: Arc<Shared>,
    input: Receiver<Input>,
    /// Something has happened that the operator has to look at.
    signal: (SyncSender<()>, Receiver<()>),
    interrupted: Arc<AtomicBool>,
}

/// What the threads of a server share.
#[derive(Debug)]
struct Shared {
    socket: DatagramSocket,
    local: SocketAddr,
    journal: Journal,
    book: Mutex<Book>,
    sent: AtomicU64,
    bytes_sent: AtomicU64,
    send_errors: AtomicU64,
    ended: AtomicBool,
    /// Events have been written and not yet been shown.
    dirty: AtomicBool,
}

impl Server {
    /// Makes the socket and binds it.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] with the call that the system refused.
    pub fn open(config: Config, journal: Journal) -> Result<(Self, InputSender), Failure> {
        let socket = DatagramSocket::new(&journal, config.address)?;
        if config.address.is_ipv6() {
            socket.set_only_v6(!config.dual_stack)?;
        }
        if !config.groups.is_empty() {
            socket.set_shared_port(true)?;
        }
        socket.set_echo_mark(config.dual_stack);
        socket.bind(config.address)?;
        for group in &config.groups {
            socket.join(*group, config.interface)?;
        }
        let local = socket.local_address()?;
        journal.emit(DatagramEvent::Bound(EchoSetup {
            socket: socket.id(),
            local,
            dual_stack: config.address.is_ipv6() && config.dual_stack,
            buffer: config.buffer,
            impairments: config.impairments,
            max_rate: config.max_rate,
            groups: config.groups,
        }));
        let book =
            Book::new(config.impairments, config.max_rate, journal.wants_calls(), Instant::now());
        let shared = Arc::new(Shared::new(socket, local, journal, book));
        shared.journal.emit(Kind::Endpoints(shared.rows(&[])));
        let signal = sync_channel(1);
        let interrupted = Arc::new(AtomicBool::new(false));
        let (arrived, woken, flag) = (signal.0.clone(), signal.0.clone(), Arc::clone(&interrupted));
        let (sender, input) = input::queue(
            // A server that has ended hears nothing more.
            move || {
                let _ = arrived.try_send(());
            },
            move || {
                flag.store(true, Ordering::SeqCst);
                let _ = woken.try_send(());
            },
        );
        Ok((Self { buffer: config.buffer, shared, input, signal, interrupted }, sender))
    }

    /// Where the server is bound.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.shared.local
    }

    /// Answers until the operator leaves. Returns why it ended.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the socket itself fails. A peer's troubles are events.
    pub fn run(self) -> Result<Departure, Failure> {
        let (shared, journal) = (Arc::clone(&self.shared), self.shared.journal.clone());
        journal.flush();
        let ended = self.start_echo()?;
        let mut summed_up = Instant::now();
        let how = loop {
            if let Some(how) = self.operate() {
                break Ok(how);
            }
            match ended.try_recv() {
                Ok(Err(error)) => break Err(error.into()),
                Ok(Ok(())) => break Ok(Departure::Left),
                Err(_) => {}
            }
            if summed_up.elapsed() >= SUMMED_UP {
                shared.sum_up(summed_up.elapsed());
                summed_up = Instant::now();
            }
            shared.flush_if_dirty();
            let tick = if journal.wants_calls() { SHOWN_WITHIN } else { SUMMED_UP };
            // Woken or not, there may be something to do.
            let _ = self.signal.1.recv_timeout(tick);
        };
        shared.ended.store(true, Ordering::SeqCst);
        shared.socket.end_waiting();
        let _ = ended.recv_timeout(LETTING_GO);
        shared.sum_up(summed_up.elapsed());
        journal.emit(DatagramEvent::EchoReport(shared.report()));
        // The last owner closes the socket; it is said before the end is.
        drop(self);
        drop(shared);
        if let Ok(how) = &how {
            journal.emit(Kind::End(how.clone()));
        }
        journal.flush();
        how
    }

    /// Starts the thread that answers. What it sends is heard when it has ended.
    fn start_echo(&self) -> Result<Receiver<Result<(), CallError>>, Failure> {
        let no_thread = |error| CallError::new(Operation::RecvFrom(self.buffer), error);
        let shared = Arc::clone(&self.shared);
        let later = self.shared.book().may_delay().then(|| {
            let shared = Arc::clone(&self.shared);
            Departures::start(move |departure| shared.send(departure.peer, &departure.bytes))
        });
        let departures = later.transpose().map_err(no_thread)?;
        let echo = Echo { shared, departures, held: HashMap::new() };
        let (tell, ended) = channel();
        let (buffer, wake) = (self.buffer, self.signal.0.clone());
        let run = move || {
            let _ = tell.send(echo.run(buffer));
            let _ = wake.try_send(());
        };
        thread::Builder::new().name("echo".into()).spawn(run).map_err(no_thread)?;
        Ok(ended)
    }

    /// Does what the operator has typed. Some when the server is to end.
    fn operate(&self) -> Option<Departure> {
        // A few at a time: whoever pipes lines without end must not keep the loop from its work.
        for _ in 0..INPUTS {
            if self.interrupted.load(Ordering::SeqCst) {
                return Some(Departure::Interrupted);
            }
            let Ok(input) = self.input.try_recv() else { return None };
            let line = match input {
                Input::Interrupt => return Some(Departure::Interrupted),
                Input::Leave => return Some(Departure::Left),
                // A server without an operator goes on serving.
                Input::End | Input::Status => continue,
                Input::Line(line) => line,
            };
            let journal = &self.shared.journal;
            match Command::read(&line) {
                Some(Command::Leave) => return Some(Departure::Left),
                Some(Command::Who) => {
                    let mut peers = self.shared.book().peers.recent();
                    peers.truncate(ROWS);
                    journal.emit(Kind::Endpoints(self.shared.rows(&peers)));
                }
                Some(Command::Stats) => {
                    journal.emit(DatagramEvent::EchoReport(self.shared.report()));
                }
                Some(Command::Help) => {
                    journal.emit(DatagramEvent::Remark(Remark::Help { server: true }));
                }
                Some(Command::TakeTurn) | None if line.trim().is_empty() => {}
                Some(Command::TakeTurn) | None => {
                    journal.emit(DatagramEvent::Remark(Remark::NothingToSay));
                }
            }
            journal.flush();
        }
        // There may be more.
        let _ = self.signal.0.try_send(());
        None
    }
}

impl Shared {
    fn new(socket: DatagramSocket, local: SocketAddr, journal: Journal, book: Book) -> Self {
        Self {
            socket,
            local,
            journal,
            book: Mutex::new(book),
            sent: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            send_errors: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            dirty: AtomicBool::new(false),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Sends an answer. That it could not be sent is not the server's end.
    fn send(&self, peer: SocketAddr, bytes: &[u8]) {
        match self.socket.send_to(bytes, peer) {
            Ok(_) => {
                self.sent.fetch_add(1, Ordering::Relaxed);
                self.bytes_sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            // The first is told; a thousand more of them would tell nothing new.
            Err(error) if self.send_errors.fetch_add(1, Ordering::Relaxed) == 0 => {
                self.journal.emit(DatagramEvent::Remark(Remark::CallFailed {
                    server: true,
                    call: Call {
                        socket: self.socket.id(),
                        operation: Operation::SendTo(bytes.len(), peer),
                        outcome: Outcome::Failed(OsError::from(&error)),
                        took: Duration::ZERO,
                        state: State::Unconnected,
                    },
                }));
                self.shown();
            }
            Err(_) => {}
        }
    }

    /// Something was put into the journal. It is shown at once, unless so much is that a line at a
    /// time would be slow.
    fn shown(&self) {
        if self.journal.wants_calls() {
            self.dirty.store(true, Ordering::Relaxed);
        } else {
            self.journal.flush();
        }
    }

    fn flush_if_dirty(&self) {
        // Calls are told without a word to this struct, so with calls there is always something.
        if self.dirty.swap(false, Ordering::Relaxed) || self.journal.wants_calls() {
            self.journal.flush();
        }
    }

    fn sum_up(&self, within: Duration) {
        let Unshown { datagrams, peers } = self.book().take_unshown();
        if datagrams > 0 {
            self.journal.emit(DatagramEvent::Remark(Remark::NotShown { datagrams, peers, within }));
            self.journal.flush();
        }
    }

    fn report(&self) -> EchoReport {
        EchoReport {
            sent: self.sent.load(Ordering::Relaxed),
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            send_errors: self.send_errors.load(Ordering::Relaxed),
            ..self.book().report
        }
    }

    /// The socket, which has no peer, and a row for each of these, who have been heard by it.
    fn rows(&self, peers: &[SocketAddr]) -> Vec<Endpoint> {
        let nobody = SocketAddr::new(unspecified(self.local), 0);
        let row = |role, destination| Endpoint {
            socket: self.socket.id(),
            role,
            who: None,
            protocol: "UDP",
            state: State::Unconnected,
            source: self.local,
            destination,
            echo: None,
        };
        let heard = peers.iter().map(|peer| row(Role::Heard, *peer));
        std::iter::once(row(Role::Bound, nobody)).chain(heard).collect()
    }
}

/// The address that means none, of the same family.
fn unspecified(address: SocketAddr) -> IpAddr {
    match address {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}
