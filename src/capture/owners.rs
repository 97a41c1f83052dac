//! Whose packet is it? Learned from the calls of the run, and from nothing else.
//!
//! | call | what it tells |
//! | --- | --- |
//! | `bind`, `getsockname` | an address and a port are this socket's |
//! | `listen` | every connection to the port is of this run |
//! | `connect`, `getpeername` | whom a socket talks to |
//! | `accept` | a new socket, with the listener's port and a peer |
//! | `sendto` | whom an ICMP socket talks to |
//!
//! Packets are there before the calls have returned: the SYN of a `connect`, the SYN,ACK for a
//! `listen` whose `accept` is to come. Those are of a port that is known, or of a socket that the
//! kernel knows to be this process's, or they wait ([`claim`](Owners::claim)).

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::known::{Form, Known, LATE, peer};
use super::streams::Streams;
use crate::event::flag::{ACK, SYN};
use crate::event::{Call, Event, IcmpEvent, Kind, Operation, Outcome, Segment, SocketId, plain};

/// Closed sockets are forgotten when there are so many.
const MOST: usize = 16_384;
/// A packet is stamped after its call began, but for what two looks at clocks differ.
const SLACK: Duration = Duration::from_millis(2);

/// A socket of one of the run's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Whose {
    pub end: usize,
    pub id: SocketId,
}

/// Who owns a side of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This socket.
    Socket(Whose),
    /// A socket of the run that no call has told of yet: a connection that waits for `accept`, a
    /// `connect` that waits for an answer.
    ToCome,
}

impl Owner {
    pub(super) const fn socket(self) -> Option<Whose> {
        match self {
            Self::Socket(whose) => Some(whose),
            Self::ToCome => None,
        }
    }
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ported {
    Tcp,
    Udp,
}

/// Who owns what.
#[derive(Debug, Default)]
pub(super) struct Owners {
    ends: Vec<Option<Arc<str>>>,
    sockets: HashMap<Whose, Known>,
    /// By own port and peer.
    streams: HashMap<(u16, SocketAddr), Streams>,
    listeners: HashMap<u16, Vec<Whose>>,
    datagrams: HashMap<u16, Vec<Whose>>,
    /// Endpoints that the kernel said are this process's, before a call told, and when it said so last.
    /// Another program may get them later.
    open: HashMap<SocketAddr, Duration>,
    /// Sockets that have talked to a peer and whose port is not known.
    unsettled: HashSet<Whose>,
    identifiers: HashMap<u16, SocketId>,
    hears_icmp: bool,
    /// It changes with whatever is learned.
    pub learned: u64,
}

impl Owners {
    /// The number of an end.
    pub(super) fn end(&mut self, end: Option<&Arc<str>>) -> usize {
        let found = self.ends.iter().position(|known| known.as_ref() == end);
        found.unwrap_or_else(|| {
            self.ends.push(end.cloned());
            self.ends.len() - 1
        })
    }

    /// Takes what an end's event tells.
    pub(super) fn learn(&mut self, end: usize, event: &Event) {
        match &event.kind {
            Kind::Call(call) => self.call(end, call, event.at),
            Kind::Icmp(IcmpEvent::Pinging(setup)) => {
                for socket in &setup.sockets {
                    self.identifiers.insert(socket.identifier, socket.socket);
                }
                self.learned += 1;
            }
            Kind::Endpoints(rows) => {
                for row in rows {
                    if let Some(identifier) = row.echo.and_then(|echo| echo.identifier) {
                        self.identifiers.insert(identifier, row.socket);
                        self.learned += 1;
                    }
                }
            }
            Kind::Icmp(IcmpEvent::ListeningRaw(_)) => {
                self.hears_icmp = true;
                self.learned += 1;
            }
            _ => {}
        }
    }

    fn call(&mut self, end: usize, call: &Call, at: Duration) {
        let whose = Whose { end, id: call.socket };
        match (&call.operation, &call.outcome) {
            (Operation::Socket { kind, .. }, Outcome::Socket(id, _)) => {
                let form = match *kind {
                    kind if kind.contains("ICMP") => Form::Icmp,
                    "SOCK_STREAM" => Form::Stream,
                    _ => Form::Datagram,
                };
                self.add(Whose { end, id: *id }, form);
            }
            (Operation::Accept, Outcome::Socket(id, from)) => {
                let local = self.sockets.get(&whose).and_then(|listener| listener.local);
                let new = Whose { end, id: *id };
                self.add(new, Form::Stream);
                self.change(new, |known| {
                    (known.local, known.peer) = (local, from.map(peer));
                    known.accepted = Some(at);
                });
            }
            (Operation::Bind(local), Outcome::Value(0)) if local.port() != 0 => {
                self.change(whose, |known| known.local = Some(plain(*local)));
            }
            (Operation::SocketName, Outcome::Address(local)) if local.port() != 0 => {
                self.change(whose, |known| known.local = Some(plain(*local)));
            }
            (Operation::PeerName, Outcome::Address(to)) => {
                self.change(whose, |known| known.peer = Some(peer(*to)));
            }
            (Operation::Listen(_), Outcome::Value(0)) => {
                self.change(whose, |known| known.listens = true);
            }
            (Operation::Connect(to) | Operation::ConnectEx(to), _) => {
                let began = at.saturating_sub(call.took);
                self.change(whose, |known| {
                    known.peer = Some(peer(*to));
                    known.connect = Some((began, at));
                });
            }
            // Only the first one tells something, and only of a socket without a port.
            (Operation::SendTo(_, to), Outcome::Value(_)) if self.is_new_sender(whose) => {
                let began = at.saturating_sub(call.took);
                self.change(whose, |known| {
                    known.peer = Some(peer(*to));
                    known.connect = Some((began, at));
                });
            }
            (Operation::Close, _) => {
                if let Some(known) = self.sockets.get_mut(&whose) {
                    known.closed = Some(at);
                }
            }
            _ => {}
        }
    }

    fn is_new_sender(&self, whose: Whose) -> bool {
        self.sockets.get(&whose).is_some_and(|known| {
            known.form == Form::Datagram && known.local.is_none() && known.peer.is_none()
        })
    }

    fn add(&mut self, whose: Whose, form: Form) {
        if self.sockets.len() >= MOST {
            self.forget();
        }
        self.sockets.insert(whose, Known::new(form));
    }

    /// Changes what is known of a socket, and where it is found.
    fn change(&mut self, whose: Whose, change: impl FnOnce(&mut Known)) {
        let Some(known) = self.sockets.get_mut(&whose) else { return };
        change(known);
        self.learned += 1;
        let Some(local) = known.local else {
            if known.connect.is_some() {
                self.unsettled.insert(whose);
            }
            return;
        };
        self.unsettled.remove(&whose);
        let port = local.port();
        let list = match (known.form, known.peer) {
            (Form::Icmp, _) => {
                self.identifiers.insert(port, whose.id);
                return;
            }
            (Form::Stream, Some(peer)) => {
                self.streams.entry((port, peer)).or_default().put(whose);
                return;
            }
            (Form::Stream, None) if known.listens => &mut self.listeners,
            (Form::Stream, None) => return,
            (Form::Datagram, _) => &mut self.datagrams,
        };
        let list = list.entry(port).or_default();
        if !list.contains(&whose) {
            list.push(whose);
        }
    }

    fn forget(&mut self) {
        self.sockets.retain(|_, known| known.closed.is_none());
        let sockets = &self.sockets;
        self.unsettled.retain(|whose| sockets.contains_key(whose));
        self.streams.retain(|_, streams| streams.keep(|whose| sockets.contains_key(whose)));
        for lists in [&mut self.listeners, &mut self.datagrams] {
            lists.retain(|_, list| {
                list.retain(|whose| sockets.contains_key(whose));
                !list.is_empty()
            });
        }
    }

    /// Whose the side `own` of a packet is, if it is of this run: a socket's, or of one that is still
    /// to come.
    pub(super) fn side(
        &self,
        protocol: Ported,
        own: SocketAddr,
        other: SocketAddr,
        at: Duration,
    ) -> Option<Owner> {
        let (own, other) = (plain(own), plain(other));
        let has =
            |whose: &&Whose| self.sockets.get(whose).is_some_and(|known| known.is_at(own.ip()));
        let found = match protocol {
            Ported::Tcp => {
                if let Some(stream) = self.stream(own, other, at) {
                    return Some(Owner::Socket(stream));
                }
                let listeners = self.listeners.get(&own.port()).into_iter().flatten();
                listeners.filter(has).map(|_| Owner::ToCome).next()
            }
            Ported::Udp => {
                let here = self.datagrams.get(&own.port()).into_iter().flatten().filter(has);
                let here = here.filter(|whose| self.sockets[whose].is_open_at(at));
                let rank = |whose: &&Whose| {
                    let known = &self.sockets[whose];
                    (known.peer == Some(other), known.peer.is_none(), known.closed.is_none())
                };
                here.max_by_key(rank).map(|whose| Owner::Socket(*whose))
            }
        };
        found.or_else(|| {
            let said = self.open.get(&own);
            said.filter(|said| at < **said + LATE).map(|_| Owner::ToCome)
        })
    }

    /// The stream of these endpoints at this time.
    fn stream(&self, own: SocketAddr, other: SocketAddr, at: Duration) -> Option<Whose> {
        let streams = self.streams.get(&(own.port(), other))?;
        let known = streams.all.iter().filter_map(|whose| Some((*whose, self.sockets.get(whose)?)));
        let mut found = None;
        for (whose, known) in known.filter(|(_, known)| known.is_at(own.ip())) {
            let (from, until) = match (known.accepted, known.connect) {
                (Some(accepted), _) => streams.span(accepted + SLACK),
                (_, Some((began, _))) => (began.saturating_sub(SLACK), Duration::MAX),
                _ => (Duration::ZERO, Duration::MAX),
            };
            if found.is_none() || from <= at {
                found = Some((whose, until));
            }
        }
        found.filter(|(_, until)| at < *until).map(|(whose, _)| whose)
    }

    /// A SYN crossed: whoever vanished may come back from its port, and then the same four numbers are
    /// another connection.
    pub(super) fn crossed(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        segment: &Segment,
        at: Duration,
    ) {
        let (source, destination) = (plain(source), plain(destination));
        let answers = segment.flags & ACK != 0;
        let key = if answers { (source.port(), destination) } else { (destination.port(), source) };
        if let Some(streams) = self.streams.get_mut(&key).filter(|_| segment.flags & SYN != 0) {
            streams.crossed(answers.then_some(segment.sequence), at);
        }
    }

    /// Whose an echo of this identifier is.
    pub(super) fn echo(&self, identifier: u16) -> Option<SocketId> {
        self.identifiers.get(&identifier).copied()
    }

    /// Whether the run hears every ICMP message.
    pub(super) const fn hears_icmp(&self) -> bool {
        self.hears_icmp
    }

    /// Whether the run is in several ends, and a label alone does not name a socket.
    pub(super) fn is_shared(&self) -> bool {
        self.ends.iter().any(Option::is_some)
    }

    /// The kernel says that these are this process's.
    pub(super) fn open_now(&mut self, endpoints: Vec<SocketAddr>, at: Duration) {
        for endpoint in endpoints.into_iter().map(plain) {
            let (ip, port) = (endpoint.ip(), endpoint.port());
            // A socket that listens or waits for datagrams at all addresses is known by its port.
            if !ip.is_unspecified() {
                let before = self.open.insert(SocketAddr::new(ip, port), at);
                self.learned += u64::from(before.is_none_or(|before| at >= before + LATE));
            }
        }
        if self.open.len() > MOST {
            self.open.retain(|_, said| at < *said + LATE);
        }
    }

    /// A packet from here to there that nobody owns, at this time: was it a socket's whose port is not
    /// known yet, and which talked to that peer just then?
    pub(super) fn claim(
        &mut self,
        protocol: Ported,
        own: SocketAddr,
        other: SocketAddr,
        at: Duration,
    ) -> Option<Whose> {
        let (own, other) = (plain(own), plain(other));
        let form = if protocol == Ported::Tcp { Form::Stream } else { Form::Datagram };
        let mut candidates = self.unsettled.iter().filter_map(|it| self.sockets.get_key_value(it));
        let candidate = candidates.find(|(_, known)| {
            known.form == form
                && known.local.is_none()
                && known.peer == Some(other)
                && known
                    .connect
                    .is_some_and(|(began, ended)| began <= at + SLACK && at <= ended + SLACK)
        });
        let whose = candidate.map(|(whose, _)| *whose)?;
        self.change(whose, |known| known.local = Some(own));
        Some(whose)
    }

    /// The pairs of endpoints, own and other, of streams that are closed here.
    pub(super) fn closed_streams(&self) -> impl Iterator<Item = (SocketAddr, SocketAddr)> {
        self.sockets.values().filter_map(|known| match (known.form, known.local, known.peer) {
            (Form::Stream, Some(local), Some(peer)) if known.closed.is_some() => {
                Some((local, peer))
            }
            _ => None,
        })
    }
}
