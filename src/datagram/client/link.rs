//! The client's socket, with or without a peer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::Config;
use super::tally::Verdict;
use crate::datagram::{is_unreachable, text};
use crate::error::{CallError, Failure};
use crate::event::{
    Call, Cast, Datagram, DatagramEvent, Direction, Endpoint, Journal, Kind, OnPurpose, Operation,
    OsError, Outcome, Remark, Role,
};
use crate::socket::{DatagramSocket, Interface};

/// How often the system may answer with news of earlier datagrams instead of sending.
const RETRIES: usize = 5;
/// Datagrams up to this length fit every way: they are not worth a question. The least MTU of IPv6.
const FITS_EVERYWHERE: usize = 1280 - 40 - 8;

/// The socket and the other side.
#[derive(Debug)]
pub(super) struct Link {
    pub socket: DatagramSocket,
    pub server: SocketAddr,
    pub cast: Cast,
    pub journal: Journal,
    connected: bool,
    /// Bytes of a datagram that are taken at most.
    pub buffer: usize,
    /// Nobody waits for datagrams any more.
    pub ended: AtomicBool,
    /// The endpoint table has been shown.
    shown: AtomicBool,
    /// How often "port unreachable" came back.
    pub refused: AtomicU64,
    /// The largest size for which the way's MTU has been asked for.
    mtu_asked_for: AtomicUsize,
    other_address_told: AtomicBool,
    dont_fragment: bool,
    tell_each_refusal: bool,
    interface: Option<Interface>,
}

impl Link {
    /// Makes the socket and sets it up.
    ///
    /// # Errors
    ///
    /// [`Failure::Call`] with the call that the system refused.
    pub(super) fn open(config: &Config, journal: &Journal) -> Result<Self, Failure> {
        let server = config.server;
        let socket = DatagramSocket::new(journal, server)?;
        if config.broadcast {
            socket.set_broadcast(true)?;
        }
        if let Some(hops) = config.hop_limit() {
            socket.set_hop_limit(hops, config.cast() == Cast::Multicast)?;
        }
        // It matters to multicast only: for everything else the routes decide.
        let interface = config.interface.filter(|_| config.cast() == Cast::Multicast);
        if let Some(interface) = interface {
            socket.set_multicast_interface(interface)?;
        }
        if config.dont_fragment {
            socket.set_dont_fragment()?;
        }
        if let Some(source) = config.source {
            socket.bind(source)?;
        }
        if config.connect {
            socket.connect(server)?;
        }
        let link = Self {
            socket,
            server,
            cast: config.cast(),
            journal: journal.clone(),
            connected: config.connect,
            buffer: config.buffer,
            ended: AtomicBool::new(false),
            shown: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            mtu_asked_for: AtomicUsize::new(0),
            other_address_told: AtomicBool::new(false),
            dont_fragment: config.dont_fragment,
            tell_each_refusal: config.burst.is_none(),
            interface,
        };
        if link.connected {
            link.show_endpoints()?;
        }
        Ok(link)
    }

    /// Whether the socket has a peer, and so hears of closed ports.
    pub(super) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Sends one datagram. "Port unreachable" for an earlier one is news, and then this one is sent
    /// again: the system gave the news instead of sending.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub(super) fn send(&self, bytes: &[u8]) -> Result<(), CallError> {
        let attempt = || {
            if self.connected {
                self.socket.send(bytes)
            } else {
                self.socket.send_to(bytes, self.server)
            }
        };
        let mut result = attempt();
        for _ in 0..RETRIES {
            let Err(error) = &result else { break };
            if !is_unreachable(error) {
                break;
            }
            self.unreachable(self.send_operation(bytes.len()), error);
            result = attempt();
        }
        match result {
            // Nothing but the same news: whatever is sent there meets a closed port.
            Err(error) if is_unreachable(&error) => {}
            Err(error) => {
                let operation = self.send_operation(bytes.len());
                return Err(CallError { operation, peer: self.peer(), error });
            }
            Ok(_) => {}
        }
        // Only now has an unconnected socket a port of its own.
        self.show_endpoints()
    }

    const fn send_operation(&self, bytes: usize) -> Operation {
        if self.connected { Operation::Send(bytes) } else { Operation::SendTo(bytes, self.server) }
    }

    /// The peer that `connect` has given to the socket.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.connected.then_some(self.server)
    }

    /// The call by which this socket receives.
    pub(super) const fn receive_operation(&self) -> Operation {
        if self.connected { Operation::Recv(self.buffer) } else { Operation::RecvFrom(self.buffer) }
    }

    /// Tells of a datagram that has come, and of what a short buffer has cut off it.
    pub(super) fn tell(&self, from: SocketAddr, bytes: &[u8], length: usize, verdict: Verdict) {
        self.journal.emit(DatagramEvent::Passed(Datagram {
            socket: self.socket.id(),
            direction: Direction::Received,
            peer: from,
            bytes: length,
            text: text(bytes),
            fate: verdict.fate,
            round_trip: verdict.round_trip,
            sequence: verdict.sequence,
            on_purpose: OnPurpose::default(),
        }));
        if length > bytes.len() {
            let remark = Remark::Cut { peer: from, length, taken: bytes.len() };
            self.journal.emit(DatagramEvent::Remark(remark));
        }
        self.journal.flush();
    }

    /// Whether a datagram from there can be a reply: it comes from the endpoint that was asked, or
    /// from anybody when everybody was.
    pub(super) fn may_answer(&self, from: SocketAddr) -> bool {
        let may = self.is_asked(from);
        let same_port = self.cast == Cast::Unicast && from.port() == self.server.port();
        if !may && same_port && !self.other_address_told.swap(true, Ordering::Relaxed) {
            let remark = Remark::OtherAddress { asked: self.server, from };
            self.journal.emit(DatagramEvent::Remark(remark));
            self.journal.flush();
        }
        may
    }

    fn is_asked(&self, from: SocketAddr) -> bool {
        let asked = self.server;
        let same_ip = from.ip().to_canonical() == asked.ip().to_canonical()
            // "Any address" as a destination is this machine.
            || asked.ip().is_unspecified() && from.ip().is_loopback();
        match self.cast {
            Cast::Unicast => same_ip && from.port() == asked.port(),
            Cast::Broadcast | Cast::Multicast => from.port() == asked.port(),
        }
    }

    /// "Port unreachable" has come back. It is explained once, and then only told where somebody
    /// waits for each line; a burst counts.
    pub(super) fn unreachable(&self, operation: Operation, error: &io::Error) {
        let first = self.refused.fetch_add(1, Ordering::Relaxed) == 0;
        if first || self.tell_each_refusal {
            let call = self.failed_call(operation, error);
            let peer = Some(self.server);
            self.journal.emit(DatagramEvent::Remark(Remark::Unreachable {
                call,
                peer,
                first,
                server: false,
            }));
            self.journal.flush();
        }
    }

    /// A call to receive failed for another reason. It is told; the next may succeed.
    pub(super) fn failed(&self, operation: Operation, error: &io::Error) {
        let call = self.failed_call(operation, error);
        self.journal.emit(DatagramEvent::Remark(Remark::CallFailed { call, server: false }));
        self.journal.flush();
    }

    fn failed_call(&self, operation: Operation, error: &io::Error) -> Call {
        Call {
            socket: self.socket.id(),
            operation,
            outcome: Outcome::Failed(OsError::from(error)),
            took: Duration::ZERO,
            state: self.socket.state(),
        }
    }

    /// The endpoint table, once.
    fn show_endpoints(&self) -> Result<(), CallError> {
        if !self.shown.swap(true, Ordering::Relaxed) {
            self.journal.emit(Kind::Endpoints(self.rows()?));
            self.journal.flush();
        }
        Ok(())
    }

    /// The socket, and without a peer also what a datagram of it has: the worksheet's rows.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub(super) fn rows(&self) -> Result<Vec<Endpoint>, CallError> {
        let nobody: IpAddr = match self.server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let source = match self.socket.local_address() {
            // Windows has nothing to tell before the first `sendto`.
            Err(_) if !self.shown.load(Ordering::Relaxed) => SocketAddr::new(nobody, 0),
            told => told?,
        };
        let (state, socket) = (self.socket.state(), self.socket.id());
        let row = |role, source, destination| Endpoint {
            socket,
            role,
            who: None,
            protocol: "UDP",
            state,
            source,
            destination,
            echo: None,
        };
        if self.connected {
            return Ok(vec![row(Role::Connected, source, self.server)]);
        }
        let mut rows = vec![row(Role::Unconnected, source, SocketAddr::new(nobody, 0))];
        if source.port() != 0 {
            let fixed = Some(source.ip()).filter(|ip| !ip.is_unspecified());
            let from = fixed.or_else(|| self.source_address()).unwrap_or_else(|| source.ip());
            rows.push(row(Role::Sent, SocketAddr::new(from, source.port()), self.server));
        }
        Ok(rows)
    }

    /// The address that the system sends from to get there. It chooses one for every datagram, and
    /// tells only a socket with a peer which; so another one asks.
    fn source_address(&self) -> Option<IpAddr> {
        Some(self.scout()?.local_address().ok()?.ip())
    }

    /// A second socket that only asks for the way: it has a peer and sends nothing.
    fn scout(&self) -> Option<DatagramSocket> {
        let scout = DatagramSocket::new(&self.journal, self.server).ok()?;
        if self.cast == Cast::Broadcast {
            scout.set_broadcast(true).ok()?;
        }
        if let Some(interface) = self.interface {
            scout.set_multicast_interface(interface).ok()?;
        }
        scout.connect(self.server).ok()?;
        Some(scout)
    }

    /// Says, once, when a datagram is so large that the way cuts it into fragments, or refuses it.
    pub(super) fn consider_size(&self, size: usize) {
        if size <= FITS_EVERYWHERE
            || self.cast != Cast::Unicast
            || self.mtu_asked_for.fetch_max(size, Ordering::Relaxed) >= size
        {
            return;
        }
        let Some(mtu) = self.path_mtu() else { return };
        let header = if self.server.is_ipv4() { 20 } else { 40 };
        if size + 8 + header <= mtu {
            return;
        }
        // Told once: larger ones would be no news.
        self.mtu_asked_for.store(usize::MAX, Ordering::Relaxed);
        let remark = if self.dont_fragment {
            Remark::TooLargeForWay { size, mtu: Some(mtu) }
        } else {
            // IPv6 marks fragments with a header of their own, of 8 bytes; all but the last piece
            // are multiples of 8 long (RFC 791 § 3.2, RFC 8200 § 4.5).
            let own = if self.server.is_ipv4() { 0 } else { 8 };
            let piece = mtu.saturating_sub(header + own) / 8 * 8;
            Remark::Fragments { size, mtu, count: (size + 8).div_ceil(piece.max(8)) }
        };
        self.journal.emit(DatagramEvent::Remark(remark));
        self.journal.flush();
    }

    /// The MTU of the way. Only a connected socket knows its way, so one without a peer asks another.
    pub(super) fn path_mtu(&self) -> Option<usize> {
        if self.connected {
            return self.socket.path_mtu();
        }
        self.scout()?.path_mtu()
    }
}
