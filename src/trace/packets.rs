//! The packets of programs whose sockets are in no journal.
//!
//! Whose sockets there will be, and with which ports, is known when the program has made them, and
//! their first packets have crossed by then. So every packet of TCP and UDP is kept for the run,
//! within bounds, and at its end those remain that belong to a socket of the trace.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::argument::Protocol;
use super::sockets::Socket;
use crate::capture::Outlet;
use crate::cause::target;
use crate::event::{
    CaptureEvent, CaptureReport, CaptureSetup, Captured, Content, Event, Kind, plain,
};

/// The most packets that are kept, and the most bytes of their frames together.
const PACKETS: usize = 200_000;
const BYTES: usize = 256 << 20;
/// Where few could be thrown away all are looked through no more often than this: each new port is a
/// reason to.
const PAUSE: Duration = Duration::from_secs(1);

/// Where packets lie until it is known whose they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub setup: Option<CaptureSetup>,
    pub packets: Vec<Captured>,
    pub report: CaptureReport,
    /// Packets for which there was no room.
    pub lost: u64,
    bytes: usize,
    ports: HashSet<u16>,
    known: usize,
    /// When it may be looked through again: time since the run began.
    again: Duration,
}

impl Shelf {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sockets of the programs: what has one of their ports is not thrown away when room is short.
    pub(super) fn know<'a>(&self, sockets: impl Iterator<Item = &'a Socket>) {
        let addresses = |it: &'a Socket| {
            // Those before were known when they were the last.
            let tried = it.tried.iter().rev().take(8).map(|attempt| attempt.to);
            it.local.into_iter().chain(tried).chain(it.remote)
        };
        let mut ports = sockets.flat_map(addresses).map(|it| it.port()).peekable();
        if ports.peek().is_some() {
            self.kept().ports.extend(ports);
        }
    }

    /// What lies there.
    pub(super) fn take(&self) -> Kept {
        std::mem::take(&mut *self.kept())
    }
}

impl Outlet for Shelf {
    fn event(&mut self, _: Option<&str>, event: &Event) {
        let mut kept = self.kept();
        match &event.kind {
            Kind::Capture(CaptureEvent::Began(setup)) => kept.setup = Some(setup.clone()),
            Kind::Capture(CaptureEvent::Ended(report)) => kept.report = *report,
            Kind::Capture(CaptureEvent::Packet(packet)) => kept.put(packet, event.at),
            _ => {}
        }
    }
}

impl Kept {
    fn put(&mut self, packet: &Captured, at: Duration) {
        if self.is_full() && self.known != self.ports.len() && at >= self.again {
            self.make_room();
            if self.packets.len() > PACKETS / 2 || self.bytes > BYTES / 2 {
                self.again = at + PAUSE;
            }
        }
        if self.is_full() {
            self.lost += 1;
            return;
        }
        self.bytes += packet.frame.bytes.len();
        self.packets.push(packet.clone());
    }

    /// Throws away what nobody of this run has to do with, perhaps.
    fn make_room(&mut self) {
        self.known = self.ports.len();
        let ports = &self.ports;
        self.packets.retain(|packet| {
            let ports_of = [packet.source.port(), packet.destination.port()];
            ports_of.contains(&0) || ports_of.iter().any(|port| ports.contains(port))
        });
        self.bytes = self.packets.iter().map(|packet| packet.frame.bytes.len()).sum();
    }

    fn is_full(&self) -> bool {
        self.packets.len() >= PACKETS || self.bytes >= BYTES
    }
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// The address of a socket, and its other side if it has only one.
type Ends = (IpAddr, Option<SocketAddr>);

/// Decides whose a packet is.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// Endpoints of the programs' sockets, by protocol and port.
    own: HashMap<(u8, u16), Vec<Ends>>,
    /// Pairs of addresses of streams that a socket had for a time.
    spans: HashMap<(SocketAddr, SocketAddr), Vec<Range<Duration>>>,
    icmp: bool,
    /// Address resolution is wanted as well.
    link: bool,
}

impl Owners {
    pub(super) fn of<'a>(sockets: impl Iterator<Item = &'a Socket>, link: bool) -> Self {
        let mut owners = Self { link, ..Self::default() };
        for socket in sockets {
            let protocol = match socket.protocol {
                Protocol::Tcp => TCP,
                Protocol::Udp => UDP,
                Protocol::Icmp => {
                    owners.icmp = true;
                    continue;
                }
            };
            if let Some(local) = socket.local {
                owners.add(protocol, local, socket.remote.filter(|_| protocol == TCP));
                // Where else it went out to from an address that it keeps.
                for attempt in socket.tried.iter().filter(|_| protocol == TCP && socket.is_bound) {
                    owners.add_stream(local, attempt.to);
                }
            }
        }
        owners
    }

    fn add(&mut self, protocol: u8, local: SocketAddr, remote: Option<SocketAddr>) {
        let (local, remote) = (plain(local), remote.map(plain));
        let all = self.own.entry((protocol, local.port())).or_default();
        if !all.contains(&(local.ip(), remote)) {
            all.push((local.ip(), remote));
        }
    }

    /// The same for a time: another program may have the address before and afterwards.
    pub(super) fn add_for_a_time(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        span: Range<Duration>,
    ) {
        self.spans.entry((plain(local), plain(remote))).or_default().push(span);
    }

    /// A socket was connected, or was to be, from there to there.
    fn add_stream(&mut self, local: SocketAddr, remote: SocketAddr) {
        self.add(TCP, local, Some(target(remote).into()));
    }

    /// Whether a stream between these is known to be of one of the sockets, seen from `local`.
    pub(super) fn have_stream(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.is(TCP, local, remote)
    }

    /// Whether it is a packet of one of the programs.
    pub(super) fn have(&self, packet: &Captured) -> bool {
        let (source, destination) = (plain(packet.source), plain(packet.destination));
        let protocol = match &packet.content {
            Content::Tcp(_) => TCP,
            Content::Udp(_) => UDP,
            Content::Icmp(message) => {
                return match message.about {
                    Some((protocol, from, to)) => {
                        self.ported(protocol, plain(from), plain(to), packet.unix)
                    }
                    None => self.icmp,
                };
            }
            Content::Arp(_) => return self.link,
            Content::Fragment(..) | Content::Other(_) => return false,
        };
        self.ported(protocol, source, destination, packet.unix)
    }

    fn ported(
        &self,
        protocol: u8,
        source: SocketAddr,
        destination: SocketAddr,
        at: Duration,
    ) -> bool {
        let then = |own: SocketAddr, other: SocketAddr| {
            let spans = self.spans.get(&(own, other)).filter(|_| protocol == TCP);
            spans.is_some_and(|spans| spans.iter().any(|span| span.contains(&at)))
        };
        self.is(protocol, source, destination)
            || self.is(protocol, destination, source)
            || then(source, destination)
            || then(destination, source)
    }

    fn is(&self, protocol: u8, own: SocketAddr, other: SocketAddr) -> bool {
        let sockets = self.own.get(&(protocol, own.port())).map(Vec::as_slice).unwrap_or_default();
        sockets.iter().any(|(ip, remote)| {
            (ip.is_unspecified() || *ip == own.ip()) && remote.is_none_or(|remote| remote == other)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::Book;
    use super::super::line::Reader;
    use super::*;

    /// A program may make all its sockets first and connect them later.
    #[test]
    fn the_ports_of_every_socket_become_known() {
        let (mut reader, mut book, shelf) = (Reader::default(), Book::default(), Shelf::default());
        let mut take = |line: String| {
            book.take(reader.read(&line).expect("a line"));
            shelf.know(book.sockets.touched());
        };
        for n in 3..43 {
            take(format!(
                "9 {n}.0 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = {n}<TCP:[{n}]> <0.1>"
            ));
        }
        for n in 3..43 {
            let port = 5000 + n;
            take(format!(
                "9 1{n}.0 connect({n}<TCP:[{n}]>, {{sa_family=AF_INET, sin_port=htons({port}), \
                 sin_addr=inet_addr(\"127.0.0.1\")}}, 16) = 0 <0.1>"
            ));
            take(format!(
                "9 1{n}.5 shutdown({n}<TCP:[127.0.0.1:{}->127.0.0.1:{port}]>, SHUT_WR) = 0 <0.1>",
                port + 1000
            ));
        }
        let ports = shelf.take().ports;
        assert_eq!(ports.len(), 80);
        assert!((5003..5043).all(|port| ports.contains(&port) && ports.contains(&(port + 1000))));
    }
}
