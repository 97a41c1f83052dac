//! Many peers, and ever new ones: what a server that remembers its peers has to be bounded by.
//!
//! A few hundred sockets take turns. Each has a port of its own, sends ten datagrams and makes
//! way for a new one; the source address changes too, before the ports of one are used up. So a
//! server sees thousands of new peers a second, and never the last of them.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::SIZE;
use crate::report::float;

/// Datagrams a second.
pub const RATE: u32 = 50_000;

/// Sockets that are open at a time.
const SOCKETS: usize = 500;

/// Datagrams each of them sends in its life.
const TURNS: u8 = 10;

/// Peers that share one source address, of the twenty-eight thousand ports it has.
const PER_ADDRESS: usize = 10_000;

/// How long the crowd rests between sends. What is due after it fits into the buffer that a
/// socket has by default.
const REST: Duration = Duration::from_micros(500);

/// How much of a delay is made up for: more at once would overflow the buffer of any server.
const ARREARS: usize = 200;

struct Peer {
    socket: UdpSocket,
    turns: u8,
}

/// The peers of one server.
pub struct Crowd {
    port: u16,
    peers: VecDeque<Peer>,
    /// Peers so far.
    pub seen: usize,
    /// Datagrams sent.
    pub sent: usize,
    /// Datagrams that have come back.
    pub echoed: usize,
}

impl Crowd {
    /// Nobody yet; they are to send to `port` of 127.0.0.1.
    pub fn new(port: u16) -> Self {
        Self { port, peers: VecDeque::new(), seen: 0, sent: 0, echoed: 0 }
    }

    /// Sends at the rate for so long.
    pub fn send_for(&mut self, span: Duration) -> io::Result<()> {
        let started = Instant::now();
        let mut behind = started;
        while started.elapsed() < span {
            let due = behind.elapsed().as_secs_f64() * f64::from(RATE);
            let mut sent = 0;
            while float(sent) < due && sent < ARREARS {
                self.turn()?;
                sent += 1;
            }
            let paid = Duration::from_secs(1) / RATE * u32::try_from(sent).unwrap_or(RATE);
            // What exceeds the arrears is forgiven: the rate then falls short, and is shown.
            behind = if sent == ARREARS { Instant::now() } else { behind + paid };
            sleep(REST);
        }
        Ok(())
    }

    /// The next socket sends one datagram.
    fn turn(&mut self) -> io::Result<()> {
        let full = self.peers.len() == SOCKETS;
        let next = if full { self.peers.pop_front() } else { None };
        let mut peer = next.map_or_else(|| self.arrive(), Ok)?;
        self.hear(&peer)?;
        if peer.turns == TURNS {
            peer = self.arrive()?;
        }
        let mut datagram = *b"sequence|one of very many that come from very many, said once...";
        datagram[..8].copy_from_slice(&self.sent.to_be_bytes());
        peer.socket.send(&datagram)?;
        peer.turns += 1;
        self.sent += 1;
        self.peers.push_back(peer);
        Ok(())
    }

    fn arrive(&mut self) -> io::Result<Peer> {
        let address = u8::try_from(self.seen / PER_ADDRESS % 250).unwrap_or_default() + 1;
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, address), 0))?;
        socket.connect((Ipv4Addr::LOCALHOST, self.port))?;
        socket.set_nonblocking(true)?;
        self.seen += 1;
        Ok(Peer { socket, turns: 0 })
    }

    /// Counts the echoes that have arrived.
    fn hear(&mut self, peer: &Peer) -> io::Result<()> {
        let mut buffer = [0; 2 * SIZE];
        loop {
            match peer.socket.recv(&mut buffer) {
                Ok(length) => self.echoed += usize::from(length == SIZE),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Counts what still arrives when nobody sends any more.
    pub fn listen(&mut self, span: Duration) -> io::Result<()> {
        sleep(span);
        let peers = std::mem::take(&mut self.peers);
        peers.iter().try_for_each(|peer| self.hear(peer))
    }
}
