//! # The client of the echo
//!
//! It sends, and keeps account of what comes back: that is all a client of UDP can do, for nobody
//! tells it what became of a datagram.
//!
//! ```text
//!   lines  ──▶ talk  ─┐
//!                     ├─▶ link: sendto ───▶ the server
//!   count  ──▶ burst ─┘        recvfrom ◀──
//!                     └── tally: sent, answered, late, lost, …
//! ```
//!
//! Two threads share the socket, so that each call may wait where students' programs wait: one in
//! `recvfrom`, and one for whatever comes first of a line, the next time to send, a deadline, Ctrl-C.

mod burst;
mod link;
mod memory;
mod receiving;
mod talk;
mod tally;
#[cfg(test)]
mod tally_tests;

use std::net::SocketAddr;
use std::time::Duration;

use link::Link;

use crate::error::Failure;
use crate::event::{BurstSetup, Cast, DatagramEvent, Departure, Journal, SafeText, SenderSetup};
use crate::input::InputSender;
use crate::socket::Interface;

/// Everything a client can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server as the user named it.
    pub host: String,
    /// Its endpoint, or that of a group, or a broadcast address.
    pub server: SocketAddr,
    /// The address and port to send from; the system chooses what is left unspecified.
    pub source: Option<SocketAddr>,
    /// Give the socket a peer.
    pub connect: bool,
    /// A reply after this time is late.
    pub timeout: Duration,
    /// Bytes that one `recv` takes at most, 1 to 65,535.
    pub buffer: usize,
    /// Broadcast addresses may be sent to.
    pub broadcast: bool,
    /// How many routers a datagram may pass; the system's default, and 1 for multicast.
    pub ttl: Option<u8>,
    /// Nobody may cut a datagram into fragments.
    pub dont_fragment: bool,
    /// By which interface multicast leaves.
    pub interface: Option<Interface>,
    /// A counted burst instead of lines. Its size is from [`header::LENGTH`](super::header::LENGTH)
    /// to what [`longest`](super::longest) allows.
    pub burst: Option<BurstSetup>,
}

impl Config {
    fn cast(&self) -> Cast {
        match self.server.ip() {
            ip if ip.is_multicast() => Cast::Multicast,
            _ if self.broadcast => Cast::Broadcast,
            _ => Cast::Unicast,
        }
    }

    /// The hop limit to set. One router too many carries a lab's multicast to the whole campus.
    fn hop_limit(&self) -> Option<u8> {
        let default = (self.cast() == Cast::Multicast).then_some(1);
        self.ttl.or(default)
    }

    fn setup(&self) -> SenderSetup {
        SenderSetup {
            host: SafeText::new(self.host.as_bytes()),
            server: self.server,
            source: self.source,
            connect: self.connect,
            timeout: self.timeout,
            buffer: self.buffer,
            cast: self.cast(),
            ttl: self.hop_limit(),
            dont_fragment: self.dont_fragment,
            burst: self.burst,
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// By whom.
    pub how: Departure,
    /// Whether something was sent and nothing at all came back.
    pub unanswered: bool,
}

/// A client whose socket is ready.
#[derive(Debug)]
pub enum Client {
    /// Lines are sent.
    Talk(Box<talk::Talk>),
    /// A counted burst is sent.
    Burst(burst::Burst),
}

impl Client {
    /// Makes the socket. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] with the call that the system refused.
    pub fn open(config: &Config, journal: &Journal) -> Result<(Self, InputSender), Failure> {
        journal.emit(DatagramEvent::Sending(config.setup()));
        let link = Link::open(config, journal)?;
        Ok(if let Some(setup) = config.burst {
            let (burst, sender) = burst::Burst::new(link, config, setup);
            (Self::Burst(burst), sender)
        } else {
            let (talk, sender) = talk::Talk::new(link, config);
            (Self::Talk(Box::new(talk)), sender)
        })
    }

    /// Sends until there is no more to send and nothing more to wait for.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the system refuses to send.
    pub fn run(self) -> Result<Ended, Failure> {
        match self {
            Self::Talk(talk) => talk.run(),
            Self::Burst(burst) => burst.run(),
        }
    }
}
