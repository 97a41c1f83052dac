//! One ICMP echo, by hand: for scenes in which it is one of several things.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::ends::must;
use super::stage::too_long;
use crate::error::{CallError, Failure};
use crate::event::{EchoIds, Endpoint, Journal, Kind, Operation, Role, State};
use crate::socket::{Alarm, IcmpSocket, Inbox, wait};
use crate::wire::{self, Body, Echo, Family};

/// This machine itself answers.
pub(super) const HOME: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Nothing on a loopback takes so long.
const LIMIT: Duration = Duration::from_secs(2);

/// A socket for ICMP.
pub(super) struct Echoer {
    socket: IcmpSocket,
    /// What tells this program's echoes from others'.
    pub(super) identifier: u16,
}

/// A reply.
pub(super) struct Answer {
    /// Bytes that `recvmsg` gave.
    pub(super) received: usize,
    /// Of them, the header of IP; 0 where the kernel keeps it.
    pub(super) ip_header: usize,
    /// Behind the headers of IP and ICMP.
    pub(super) data: Vec<u8>,
}

/// Bytes of an ICMP header.
pub(super) const ICMP_HEADER: usize = 8;

impl Echoer {
    /// A raw socket, or the ping socket that stands in for it.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRawSocket`] when this program may have neither.
    pub(super) fn open(journal: &Journal) -> Result<Self, Failure> {
        let socket = match IcmpSocket::new(journal, false, true) {
            Ok(socket) => socket,
            Err(raw) => IcmpSocket::new(journal, false, false).map_err(|ping| {
                Failure::NoRawSocket { raw: Box::new(raw), ping: Some(Box::new(ping)) }
            })?,
        };
        let mut identifier = [0; 2];
        // Without randomness every run has the same number, which is one in 65,536 anyway.
        let _ = getrandom::fill(&mut identifier);
        let mut identifier = u16::from_be_bytes(identifier);
        if socket.is_raw() {
            // On a loopback the request arrives as well, and would be received as itself.
            let _ = socket.refuse_requests();
        } else {
            // The kernel chooses: it is the "port" of a ping socket.
            socket.bind(HOME)?;
            identifier = socket.local_address()?.port();
        }
        let echoer = Self { socket, identifier };
        // Whoever captures packets knows by this which are its echoes: no call says it.
        journal.emit(Kind::Endpoints(echoer.endpoints(1)));
        Ok(echoer)
    }

    /// Whether it is a raw socket.
    pub(super) const fn is_raw(&self) -> bool {
        self.socket.is_raw()
    }

    /// Sends an echo request with that data, and gives the reply to it. None when no reply came.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the system refuses a call.
    pub(super) fn ask(&self, sequence: u16, data: &[u8]) -> Result<Answer, Failure> {
        let echo = Echo { identifier: self.identifier, sequence };
        let mut message = Vec::new();
        wire::echo_request(Family::V4, echo, data, &mut message);
        let sent = self.socket.send_to(&message, HOME, || ());
        must(Operation::SendTo(message.len(), HOME), sent)?;
        let alarm = Alarm::new().map_err(|error| CallError::new(Operation::Poll(1), error))?;
        let mut inbox = Inbox::default();
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(too_long());
            }
            let waited = wait(&[&self.socket], &alarm, Some(left));
            must(Operation::Poll(1), waited)?;
            if self.socket.receive(&mut inbox).is_err() {
                continue;
            }
            if let Some(answer) = self.read(inbox.packet(), echo) {
                return Ok(answer);
            }
        }
    }

    /// A raw socket hears everybody's ICMP: is this the reply to that request?
    fn read(&self, packet: &[u8], wanted: Echo) -> Option<Answer> {
        let message =
            if self.socket.gives_ip_header() { wire::ipv4(packet).ok()?.payload } else { packet };
        let ip_header = packet.len() - message.len();
        match wire::message(Family::V4, message).ok()?.body {
            Body::EchoReply(echo, data) if echo == wanted => {
                Some(Answer { received: packet.len(), ip_header, data: data.to_vec() })
            }
            _ => None,
        }
    }

    /// Rows of the endpoint table: the socket, and a request that it sends.
    pub(super) fn endpoints(&self, sequence: u16) -> Vec<Endpoint> {
        let nobody = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let row = |role, source, destination, sequence| Endpoint {
            socket: self.socket.id(),
            role,
            who: None,
            protocol: "ICMP",
            state: State::Unconnected,
            source,
            destination,
            echo: Some(EchoIds { identifier: Some(self.identifier), sequence }),
        };
        let own = if self.is_raw() { nobody } else { HOME };
        vec![row(Role::Raw, own, nobody, None), row(Role::Probe, HOME, HOME, Some(sequence))]
    }
}
