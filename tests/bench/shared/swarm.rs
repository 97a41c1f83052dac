//! The load generator: many chat clients in one thread.
//!
//! The last client to connect is the one that speaks. A server that has read its line has
//! accepted it, and therefore everybody who connected before: when all others have heard the
//! line, all have joined.
//!
//! Lines are recognised by their text, so what a server adds (a name in front, notices, member
//! lists) is read and not counted.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::time::{Duration, Instant};

use memchr::memchr_iter;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::queue::waiting;

/// The line everybody sends: 64 bytes with its line feed.
pub const LINE: &[u8; 64] = b"|a line of sixty-four bytes, the last of which ends the line..|\n";

/// What a client that still waits for a line may wait before the run counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lines that were delivered, over all clients that do not speak.
#[derive(Clone, Copy, Default)]
pub struct Heard {
    /// Lines with the payload's two ends in them, unbroken or not.
    pub lines: usize,
    /// Of these, lines with something before the payload, and the payload unbroken: a name.
    pub named: usize,
}

struct Client {
    stream: TcpStream,
    open: bool,
    heard: usize,
    /// The beginning of a line whose end has not arrived.
    partial: Vec<u8>,
}

/// Chat clients of one server.
pub struct Swarm {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
    /// How many there are to be; the last of them speaks.
    size: usize,
    buffer: Vec<u8>,
    heard: Heard,
}

impl Swarm {
    /// Connects until there are `count` clients, of which `first` is connected already.
    ///
    /// One connection is opened after the other, and what arrives meanwhile is read: a server
    /// that greets everybody at each arrival does not block on clients that do not read.
    ///
    /// With `short_queue` the next eight connect when none of those before waits to be accepted:
    /// a connection that finds the accept queue full is tried again after a second, and with a
    /// queue of ten places those seconds would be all one saw.
    pub fn join(first: net::TcpStream, count: usize, short_queue: bool) -> io::Result<Self> {
        let server = first.peer_addr()?;
        first.set_nonblocking(true)?;
        let mut swarm = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            clients: Vec::with_capacity(count),
            size: count,
            buffer: vec![0; 1 << 16],
            heard: Heard::default(),
        };
        swarm.add(TcpStream::from_std(first))?;
        while swarm.clients.len() < count {
            swarm.connect(server)?;
            if short_queue && swarm.clients.len().is_multiple_of(8) {
                while waiting(server.port())? > 0 {
                    swarm.pump(Duration::from_millis(1))?;
                }
            }
        }
        // Without this a short line waits until the one before it is acknowledged.
        swarm.set_nodelay(true)?;
        Ok(swarm)
    }

    fn connect(&mut self, server: SocketAddr) -> io::Result<()> {
        self.add(TcpStream::connect(server)?)?;
        let newest = self.clients.len() - 1;
        let started = Instant::now();
        while !self.clients[newest].open {
            self.pump(PATIENCE)?;
            if started.elapsed() > PATIENCE {
                let text = format!("client {} could not connect", newest + 1);
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
        Ok(())
    }

    fn add(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        let token = Token(self.clients.len());
        self.poll.registry().register(&mut stream, token, interest)?;
        self.clients.push(Client { stream, open: false, heard: 0, partial: Vec::new() });
        Ok(())
    }

    fn speaker(&mut self) -> &mut TcpStream {
        &mut self.clients[self.size - 1].stream
    }

    /// Whether the speaker's system sends a short line at once, or may gather lines while one
    /// is not yet acknowledged, as it does for a program that does not ask.
    pub fn set_nodelay(&mut self, on: bool) -> io::Result<()> {
        self.speaker().set_nodelay(on)
    }

    /// What has been heard so far.
    pub fn heard(&self) -> Heard {
        self.heard
    }

    /// How many clients hear a line: all but the speaker.
    pub fn listeners(&self) -> usize {
        self.size - 1
    }

    /// Whether every listener has heard the same number of lines.
    pub fn even(&self) -> bool {
        let mut counts = self.clients[..self.listeners()].iter().map(|c| c.heard);
        let first = counts.next();
        counts.all(|count| Some(count) == first)
    }

    /// Lets the speaker send what its socket takes; 0 when it takes nothing now.
    pub fn say(&mut self, text: &[u8]) -> io::Result<usize> {
        match self.speaker().write(text) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            result => result,
        }
    }

    /// One line: returns when every listener has heard it.
    pub fn broadcast(&mut self) -> io::Result<()> {
        let goal = self.heard.lines + self.listeners();
        let started = Instant::now();
        self.say(LINE)?;
        while self.heard.lines < goal {
            self.pump(PATIENCE)?;
            if started.elapsed() > PATIENCE {
                let missing = goal - self.heard.lines;
                let text = format!("{missing} of {} did not hear a line", self.listeners());
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
        Ok(())
    }

    /// Reads until nothing has arrived for a while.
    pub fn settle(&mut self) -> io::Result<()> {
        let started = Instant::now();
        while self.pump(Duration::from_millis(50))? > 0 {
            if started.elapsed() > PATIENCE {
                return Err(io::Error::other("the server does not stop talking"));
            }
        }
        Ok(())
    }

    /// Waits for something to happen, but no longer than `limit`, and reads all that arrived;
    /// returns the number of sockets on which something happened.
    pub fn pump(&mut self, limit: Duration) -> io::Result<usize> {
        self.poll.poll(&mut self.events, Some(limit))?;
        let mut happened = 0;
        for event in &self.events {
            happened += 1;
            let client = &mut self.clients[event.token().0];
            if event.is_writable() && !client.open {
                if let Some(error) = client.stream.take_error()? {
                    return Err(error);
                }
                client.open = true;
            }
            if event.is_readable() {
                let speaks = event.token().0 + 1 == self.size;
                let new = client.read(&mut self.buffer)?;
                if !speaks {
                    self.heard.lines += new.lines;
                    self.heard.named += new.named;
                }
            }
        }
        Ok(happened)
    }
}

impl Client {
    /// Reads until the socket is empty.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Heard> {
        let mut heard = Heard::default();
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::Error::other("the server closed a connection")),
                Ok(length) => {
                    self.count(&buffer[..length], &mut heard);
                    // A read that does not fill the buffer has emptied the socket: asking
                    // again would cost a call per delivery and say the same.
                    if length < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.heard += heard.lines;
        Ok(heard)
    }

    fn count(&mut self, bytes: &[u8], heard: &mut Heard) {
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            if self.partial.is_empty() {
                heard.add(&bytes[start..=end]);
            } else {
                self.partial.extend_from_slice(&bytes[start..=end]);
                heard.add(&self.partial);
                self.partial.clear();
            }
            start = end + 1;
        }
        self.partial.extend_from_slice(&bytes[start..]);
    }
}

impl Heard {
    fn add(&mut self, line: &[u8]) {
        let marks = || memchr_iter(LINE[0], line).count();
        // ncat puts names anywhere, in front of a line feed too; the two marks are still there.
        if line.ends_with(&LINE[LINE.len() - 2..]) || marks() == 2 {
            self.lines += 1;
            self.named += usize::from(line.len() > LINE.len() && line.ends_with(LINE));
        }
    }
}
