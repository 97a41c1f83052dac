//! # Every ICMP message that arrives
//!
//! A raw socket is not asked whether a message is for it: the kernel gives it a copy of each one,
//! before or after the kernel itself has dealt with it. So `raw-listen` beside a ping sees the ping's
//! requests and replies, and everybody else's.
//!
//! How many messages the kernel threw away because nobody took them in time is told with the next one
//! that it keeps, so the last such loss of a run may be missing.
//!
//! Two exceptions, which are the kernel's: what *leaves* this machine is not received (except on
//! loopback, where leaving is arriving), and a raw IPv6 socket gets nothing with a wrong checksum.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::door::{self, Purpose, Wanted};
use super::keyboard::{Keyboard, Wish};
use super::link::{Incoming, Link};
use crate::error::{CallError, Failure};
use crate::event::{
    Departure, EchoIds, Endpoint, Heard, IcmpEvent, Journal, Kind, ListenReport, ListenSetup,
    Operation, Role, SafeText, SocketId, State,
};
use crate::input::InputSender;
use crate::socket;
use crate::wire::Body;

/// What is asked of a listener.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which ICMP to hear.
    pub families: Families,
    /// Only what came to this address of this machine.
    pub source: Option<SocketAddr>,
    /// End after so many messages.
    pub count: Option<u64>,
    /// End after so long.
    pub deadline: Option<Duration>,
    /// Keep the bytes of each packet.
    pub hex: bool,
}

/// Which ICMP to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// ICMP.
    V4,
    /// `ICMPv6`.
    V6,
    /// Both, where this machine has both.
    Both,
}

/// Hears every ICMP message of this machine.
pub struct Listener {
    config: Config,
    links: Vec<Link>,
    keyboard: Keyboard,
    journal: Journal,
    began: Instant,
    kinds: BTreeMap<(bool, u8), u64>,
    report: ListenReport,
    heard: u64,
    overflowed: [u32; 2],
}

/// Bytes of a packet that are kept.
const KEPT: usize = 2048;
/// How often so many are taken at the end: as much as a socket's queue holds.
const AT_THE_END: usize = 64;
/// Messages that are taken before somebody looks at the keyboard.
const AT_ONCE: usize = 64;

impl Listener {
    /// Opens the sockets, and gives back the privilege that they needed. To be called before the
    /// program starts a thread.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRawSocket`] when this program may not have a raw socket, [`Failure::Call`] when the
    /// system refuses something else.
    pub fn open(config: Config, journal: &Journal) -> Result<(Self, InputSender), Failure> {
        let mut links = Vec::new();
        let families: &[bool] = match config.families {
            Families::V4 => &[false],
            Families::V6 => &[true],
            Families::Both => &[false, true],
        };
        for &v6 in families {
            let source = config.source;
            let wanted = Wanted { v6, purpose: Purpose::Listen, source, interface: None };
            match door::open(journal, &wanted) {
                Ok(open) => links.push(Link::new(open)),
                // A machine without IPv6 has IPv4 to listen to.
                Err(Failure::Call(_)) if v6 && !links.is_empty() && config.source.is_none() => {}
                Err(failure) => return Err(failure),
            }
        }
        let given_back = socket::give_back();
        journal.emit(IcmpEvent::ListeningRaw(ListenSetup {
            sockets: links.iter().map(|link| *link.about()).collect(),
            source: config.source.map(|source| SafeText::new(source.ip().to_string().as_bytes())),
            count: config.count,
            hex: config.hex,
            given_back,
        }));
        journal.emit(Kind::Endpoints(rows(&config, &links)));
        let (keyboard, input) =
            Keyboard::new().map_err(|error| CallError::new(Operation::Poll(links.len()), error))?;
        let listener = Self {
            config,
            links,
            keyboard,
            journal: journal.clone(),
            began: Instant::now(),
            kinds: BTreeMap::new(),
            report: ListenReport::default(),
            heard: 0,
            overflowed: [0; 2],
        };
        Ok((listener, input))
    }

    /// Tells of every message until it is ended.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] when the system refuses to wait or to receive.
    pub fn run(mut self) -> Result<Departure, Failure> {
        let departure = loop {
            match self.keyboard.wish() {
                Some(Wish::End) => break Departure::Interrupted,
                Some(Wish::Status) => self.tell_report(),
                None => {}
            }
            let now = self.began.elapsed();
            let left = self.config.deadline.map(|deadline| deadline.saturating_sub(now));
            if self.is_done() || left.is_some_and(|left| left.is_zero()) {
                break Departure::Served;
            }
            let mut taken = 0;
            for link in 0..self.links.len() {
                taken += self.take_from(link)?;
            }
            if taken == 0 {
                self.journal.flush();
                let sockets: Vec<_> = self.links.iter().map(Link::socket).collect();
                socket::wait(&sockets, &self.keyboard.alarm, left)
                    .map_err(|error| CallError::new(Operation::Poll(sockets.len()), error))?;
            }
        };
        self.take_the_rest()?;
        self.tell_report();
        self.links.clear();
        self.journal.emit(Kind::End(departure.clone()));
        self.journal.flush();
        Ok(departure)
    }

    fn tell_report(&mut self) {
        self.report.kinds = self.in_order();
        self.report.duration = self.began.elapsed();
        self.journal.emit(IcmpEvent::ListenReport(self.report.clone()));
    }

    /// What had arrived before the end still counts; what goes on arriving does not.
    fn take_the_rest(&mut self) -> Result<(), Failure> {
        for link in 0..self.links.len() {
            for _ in 0..AT_THE_END {
                if self.take_from(link)? < AT_ONCE {
                    break;
                }
            }
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.config.count.is_some_and(|count| self.heard >= count)
    }

    fn take_from(&mut self, link: usize) -> Result<usize, Failure> {
        for taken in 0..AT_ONCE {
            if self.is_done() {
                return Ok(taken);
            }
            let about = *self.links[link].about();
            let (heard, overflowed) = match self.links[link].receive() {
                Ok(came) => {
                    let hex = self.config.hex;
                    (heard(about.socket, about.v6, &came, hex), came.arrival.overflowed)
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(taken),
                Err(error) => {
                    return Err(
                        CallError::new(Operation::RecvMsg(socket::Inbox::BYTES), error).into()
                    );
                }
            };
            let own = &mut self.overflowed[usize::from(about.v6)];
            *own = overflowed.max(*own);
            self.report.overflowed =
                self.overflowed.iter().map(|&packets| u64::from(packets)).sum();
            self.count(heard);
        }
        Ok(AT_ONCE)
    }

    fn count(&mut self, heard: Heard) {
        self.heard += 1;
        if heard.fault.is_some() {
            self.report.malformed += 1;
        } else {
            *self.kinds.entry((heard.v6, heard.kind)).or_default() += 1;
        }
        self.journal.emit(IcmpEvent::Heard(heard));
    }

    fn in_order(&self) -> Vec<(bool, u8, u64)> {
        let mut kinds: Vec<_> = self.kinds.iter().map(|(&(v6, kind), &n)| (v6, kind, n)).collect();
        kinds.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
        kinds
    }
}

fn heard(socket: SocketId, v6: bool, came: &Incoming<'_>, hex: bool) -> Heard {
    let mut heard = Heard {
        socket,
        v6,
        from: came.from(),
        to: came.to,
        kind: 0,
        code: 0,
        bytes: 0,
        hop_limit: came.hop_limit,
        echo: None,
        error: None,
        fault: None,
        arrived: came
            .arrival
            .at
            .or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default(),
        packet: Vec::new(),
    };
    if hex {
        heard.packet.extend_from_slice(&came.packet[..came.packet.len().min(KEPT)]);
    }
    match came.message {
        Ok(message) => {
            (heard.kind, heard.code, heard.bytes) =
                (message.kind, message.code, message.bytes.len());
            if came.right_checksum().is_some() {
                heard.fault = Some("its checksum is wrong");
            }
            match message.body {
                Body::EchoRequest(echo, _) | Body::EchoReply(echo, _) => {
                    heard.echo = Some((echo.identifier, echo.sequence));
                }
                Body::Error(trouble, quoted) => {
                    heard.error = Some((trouble, quoted.map(|quoted| quoted.quote())));
                }
                Body::Other => {}
            }
        }
        Err(fault) => heard.fault = Some(fault.0),
    }
    heard
}

fn rows(config: &Config, links: &[Link]) -> Vec<Endpoint> {
    let row = |link: &Link| {
        let about = link.about();
        let nobody = SocketAddr::new(door::unspecified(about.v6), 0);
        Endpoint {
            socket: about.socket,
            role: Role::Raw,
            who: None,
            protocol: if about.v6 { "ICMPv6" } else { "ICMP" },
            state: State::Unconnected,
            source: config.source.unwrap_or(nobody),
            destination: nobody,
            echo: Some(EchoIds { identifier: None, sequence: None }),
        }
    };
    links.iter().map(row).collect()
}
