//! The client, the same for all servers: a plain connected socket that blocks.
//!
//! Every datagram has 64 bytes and carries its sequence number, which no other datagram of this
//! client has. A reply is checked byte by byte. A server that puts several datagrams into one
//! reply has broken the one promise UDP makes, so the reply counts as wrong; what is in it still
//! counts as echoed, for otherwise such a server would only wait.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The bytes of every datagram.
pub const SIZE: usize = 64;

/// How long a reply may take before what is under way counts as lost.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long one run may take: a server that loses everything must not take forever.
const LIMIT: Duration = Duration::from_secs(10);

/// How long to wait for the answer of a server that may not be there yet.
const PROBE: Duration = Duration::from_millis(20);

/// How long nothing may arrive before nothing more is expected.
const SILENCE: Duration = Duration::from_millis(50);

/// What to send.
#[derive(Clone, Copy)]
pub struct Load {
    /// How many datagrams in all.
    pub messages: usize,
    /// How many may be under way at a time.
    pub window: usize,
}

/// What came of it.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// Datagrams sent.
    pub sent: usize,
    /// Datagrams whose text has come back, in whatever reply.
    pub echoed: usize,
    /// Replies, of any size.
    pub replies: usize,
    /// Replies that have not exactly the size of a datagram.
    pub wrong: usize,
    /// Texts that were never sent, or that came back twice.
    pub strange: usize,
    /// Seconds from the first datagram to the last reply.
    pub seconds: f64,
}

impl Tally {
    /// Datagrams whose text has not come back.
    pub fn lost(&self) -> usize {
        self.sent - self.echoed
    }
}

/// A client of one server.
pub struct Client {
    socket: UdpSocket,
    /// The sequence number of the next datagram.
    next: u64,
    datagram: [u8; SIZE],
    /// Room for the largest datagram there is: how much a server glues together must be seen.
    buffer: Vec<u8>,
}

impl Client {
    /// A socket connected to `port` of 127.0.0.1.
    pub fn connect(port: u16) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect((Ipv4Addr::LOCALHOST, port))?;
        Ok(Self {
            socket,
            next: 0,
            datagram: *b"sequence|the rest of sixty-four bytes, the same in all of them..",
            buffer: vec![0; 65_536],
        })
    }

    /// Sends one datagram; whether there was any answer.
    pub fn probe(&mut self) -> io::Result<bool> {
        self.socket.set_read_timeout(Some(PROBE))?;
        match self.send().and_then(|()| self.receive()) {
            Ok(reply) => Ok(reply.is_some()),
            // Nobody is bound to the port yet.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                sleep(Duration::from_millis(1));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until nothing more arrives: answers to probes are not to be counted.
    pub fn settle(&mut self) -> io::Result<()> {
        self.socket.set_read_timeout(Some(SILENCE))?;
        while self.receive()?.is_some() {}
        Ok(())
    }

    /// Sends so many datagrams with a window, and receives.
    ///
    /// After a silence everything under way counts as lost and the window is filled again;
    /// what arrives late all the same is counted as echoed.
    pub fn exchange(&mut self, load: Load) -> io::Result<Tally> {
        self.socket.set_read_timeout(Some(PATIENCE))?;
        let mut tally = Tally::default();
        let mut seen = vec![false; load.messages];
        let first = self.next;
        let mut under_way = 0_usize;
        let started = Instant::now();
        let mut latest = started;
        loop {
            let in_time = latest - started < LIMIT;
            while in_time && under_way < load.window && tally.sent < load.messages {
                self.send()?;
                tally.sent += 1;
                under_way += 1;
            }
            if under_way == 0 {
                return Ok(tally);
            }
            let reply = self.receive()?;
            latest = Instant::now();
            under_way = match reply {
                Some(length) => {
                    tally.seconds = (latest - started).as_secs_f64();
                    self.check(length, first, &mut seen, &mut tally);
                    under_way.saturating_sub(length / SIZE)
                }
                None => 0,
            };
        }
    }

    /// One datagram and its reply: the time between, or nothing if there was none or another.
    pub fn round_trip(&mut self) -> io::Result<Option<Duration>> {
        let started = Instant::now();
        self.send()?;
        let reply = self.receive()?;
        let elapsed = started.elapsed();
        let same = reply.is_some_and(|length| self.buffer[..length] == self.datagram);
        Ok(same.then_some(elapsed))
    }

    /// From now on a reply is waited for as long as in an exchange.
    pub fn be_patient(&mut self) -> io::Result<()> {
        self.socket.set_read_timeout(Some(PATIENCE))
    }

    fn send(&mut self) -> io::Result<()> {
        self.datagram[..8].copy_from_slice(&self.next.to_be_bytes());
        self.next += 1;
        self.socket.send(&self.datagram).map(drop)
    }

    /// The length of the reply, or nothing when none came in time.
    fn receive(&mut self) -> io::Result<Option<usize>> {
        match self.socket.recv(&mut self.buffer) {
            Ok(length) => Ok(Some(length)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Books the reply that is in the buffer.
    fn check(&self, length: usize, first: u64, seen: &mut [bool], tally: &mut Tally) {
        tally.replies += 1;
        tally.wrong += usize::from(length != SIZE);
        for text in self.buffer[..length].chunks(SIZE) {
            let place = text.split_first_chunk().and_then(|(number, rest)| {
                let number = u64::from_be_bytes(*number).checked_sub(first)?;
                let place = seen[..tally.sent].get_mut(usize::try_from(number).ok()?)?;
                (rest == &self.datagram[8..]).then_some(place)
            });
            match place {
                Some(place) if !*place => {
                    *place = true;
                    tally.echoed += 1;
                }
                _ => tally.strange += 1,
            }
        }
    }
}
