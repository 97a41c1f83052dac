//! One ICMP socket: bytes become messages here, and what is malformed is known as such.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::door::Open;
use crate::event::{PingSocket, Trouble};
use crate::socket::{Arrival, Inbox, Told};
use crate::wire::{self, Body, Echo, Family, Malformed, Message};

/// The protocol number of ICMP in an IPv4 header.
const ICMP: u8 = 1;

/// A socket with room for one packet, and the identifier of its probes.
#[derive(Debug)]
pub(super) struct Link {
    open: Open,
    inbox: Inbox,
}

/// What arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming<'a> {
    pub arrival: Arrival,
    /// The hop limit that was left.
    pub hop_limit: Option<u8>,
    /// The address it came to, where that is known.
    pub to: Option<IpAddr>,
    /// The bytes as the socket gave them.
    pub packet: &'a [u8],
    /// Whether they begin with an IP header.
    pub has_ip_header: bool,
    /// The message in it.
    pub message: Result<Message<'a>, Malformed>,
}

impl Incoming<'_> {
    /// Who sent it.
    pub const fn from(&self) -> IpAddr {
        self.arrival.from.ip()
    }

    /// The checksum as it should be, when the message has another. The kernel looks at those of IPv6,
    /// and of what it gives to a ping socket; a raw IPv4 socket gets everything.
    pub fn right_checksum(&self) -> Option<u16> {
        let message = self.message.ok()?;
        if !self.has_ip_header || wire::is_right(message.bytes) {
            return None;
        }
        Some(wire::steps("ICMP message", message.bytes, 2, None).computed)
    }
}

/// What the system told about a packet that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Report<'a> {
    /// It left: the frame, from the header of the link layer on.
    Left(&'a [u8]),
    /// An ICMP error about an echo request.
    Trouble(ToldTrouble<'a>),
    /// Nothing of interest.
    Nothing,
}

/// An ICMP error about an echo request: out of a message, or as the system tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToldTrouble<'a> {
    pub from: IpAddr,
    /// To whom the request went.
    pub to: Option<IpAddr>,
    pub echo: Echo,
    /// As much of the request's data as was quoted.
    pub data: &'a [u8],
    pub trouble: Trouble,
    pub kind: u8,
    pub code: u8,
    pub at: Option<Duration>,
}

impl Link {
    pub fn new(open: Open) -> Self {
        Self { open, inbox: Inbox::default() }
    }

    pub const fn about(&self) -> &PingSocket {
        &self.open.about
    }

    pub const fn socket(&self) -> &crate::socket::IcmpSocket {
        &self.open.socket
    }

    pub const fn family(&self) -> Family {
        if self.open.about.v6 { Family::V6 } else { Family::V4 }
    }

    /// Whether the system tells anything about packets that were sent.
    pub const fn is_told(&self) -> bool {
        self.open.sees_transmitted || !self.open.socket.is_raw()
    }

    /// Decides on the identifier of this socket's probes. That of a ping socket is the kernel's: it is
    /// the "port" of its own address.
    pub fn identify(&mut self, identifier: u16) -> Result<(), crate::error::CallError> {
        self.open.about.identifier = identifier;
        if !self.open.socket.is_raw() {
            let any = SocketAddr::new(super::door::unspecified(self.open.about.v6), 0);
            if self.open.socket.local_address()?.port() == 0 {
                self.open.socket.bind(any)?;
            }
            self.open.about.identifier = self.open.socket.local_address()?.port();
        }
        Ok(())
    }

    /// The next message, if one has arrived.
    pub fn receive(&mut self) -> io::Result<Incoming<'_>> {
        let arrival = self.open.socket.receive(&mut self.inbox)?;
        let packet = self.inbox.packet();
        if self.open.socket.gives_ip_header() {
            return Ok(with_ip_header(arrival, packet));
        }
        Ok(Incoming {
            arrival,
            hop_limit: arrival.hop_limit,
            to: arrival.to,
            packet,
            has_ip_header: false,
            message: wire::message(self.family(), packet),
        })
    }

    /// What the system has to tell next about packets that were sent.
    pub fn report(&mut self) -> io::Result<Report<'_>> {
        let told = self.open.socket.receive_told(&mut self.inbox)?;
        let family = self.family();
        let bytes = self.inbox.packet();
        Ok(match told {
            Told::Transmitted => Report::Left(bytes),
            Told::Error { from: Some(from), to, kind, code, info, at } => {
                let Some(trouble) = trouble(family, kind, code, info) else {
                    return Ok(Report::Nothing);
                };
                match wire::message(family, bytes) {
                    Ok(Message { body: Body::EchoRequest(echo, data), .. }) => {
                        let told = ToldTrouble { from, to, echo, data, trouble, kind, code, at };
                        Report::Trouble(told)
                    }
                    _ => Report::Nothing,
                }
            }
            Told::Error { from: None, .. } | Told::Refused { .. } | Told::Other => Report::Nothing,
        })
    }
}

fn with_ip_header(arrival: Arrival, packet: &[u8]) -> Incoming<'_> {
    let (hop_limit, to, message) = match wire::ipv4(packet) {
        Ok(ip) if ip.protocol == ICMP => {
            (Some(ip.ttl), Some(ip.destination.into()), wire::message(Family::V4, ip.payload))
        }
        Ok(_) => (None, None, Err(Malformed("the IP header's protocol is not ICMP"))),
        Err(fault) => (None, None, Err(fault)),
    };
    Incoming { arrival, hop_limit, to, packet, has_ip_header: true, message }
}

/// What an error says, from the numbers that the system tells in place of the message: put back where
/// they stand in an ICMP header.
fn trouble(family: Family, kind: u8, code: u8, info: u32) -> Option<Trouble> {
    let [a, b, c, d] = info.to_be_bytes();
    let header = match family {
        // The pointer of a parameter problem is the first byte, the MTU of "too big" the last two.
        Family::V4 if kind == 12 => [kind, code, 0, 0, d, 0, 0, 0],
        _ => [kind, code, 0, 0, a, b, c, d],
    };
    match wire::message(family, &header).ok()?.body {
        Body::Error(trouble, _) => Some(trouble),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_are_the_troubles_they_came_from() {
        assert_eq!(trouble(Family::V4, 11, 0, 0), Some(Trouble::TimeExceeded));
        assert_eq!(trouble(Family::V4, 3, 4, 1300), Some(Trouble::TooBig { mtu: 1300 }));
        let pointer = Trouble::ParameterProblem { pointer: 20, code: 0 };
        assert_eq!(trouble(Family::V4, 12, 0, 20), Some(pointer));
        assert_eq!(trouble(Family::V6, 2, 0, 1300), Some(Trouble::TooBig { mtu: 1300 }));
        let pointer = Trouble::ParameterProblem { pointer: 40, code: 1 };
        assert_eq!(trouble(Family::V6, 4, 1, 40), Some(pointer));
        assert_eq!(trouble(Family::V4, 0, 0, 0), None);
    }
}
