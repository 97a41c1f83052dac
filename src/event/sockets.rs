//! This machine's sockets, whoever's they are: what `netlab endpoints` lists.

use std::net::IpAddr;

use super::{SafeText, State};
use crate::port::Range;

/// What a socket speaks. IPv4 or IPv6 shows in its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// A stream socket.
    Tcp,
    /// A datagram socket.
    Udp,
    /// A ping socket: ICMP without a raw socket; its source port is the identifier of its echoes.
    Icmp,
    /// A raw socket for one protocol: 1 is ICMP, 58 `ICMPv6`, 255 any
    /// ([IANA, protocol numbers](https://www.iana.org/assignments/protocol-numbers)).
    Raw(u8),
}

/// Address and port of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// The address; `0.0.0.0` or `::` where it is every address, or none.
    pub ip: IpAddr,
    /// The port; 0 where there is none.
    pub port: u16,
}

impl Side {
    /// True where no address is named: every address of this machine, or no peer.
    #[must_use]
    pub const fn is_unspecified(&self) -> bool {
        self.ip.is_unspecified()
    }

    /// The range of the port.
    #[must_use]
    pub const fn range(&self) -> Range {
        Range::of(self.port)
    }
}

/// What waits in a socket. For one that listens: connections that wait for `accept`, and how many
/// may (`listen`'s backlog). For all others: bytes that wait for `recv`, and bytes that were sent and
/// not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queues {
    /// What `ss` calls Recv-Q.
    pub receive: u32,
    /// What `ss` calls Send-Q.
    pub send: u32,
}

/// One socket of this machine. Small, for there may be tens of thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MachineSocket {
    /// What it speaks.
    pub transport: Transport,
    /// Its state; datagram and raw sockets are UNCONNECTED or CONNECTED.
    pub state: State,
    /// This side.
    pub source: Side,
    /// The other side; unspecified, port 0, where there is none.
    pub destination: Side,
    /// What waits in it, where the system tells.
    pub queues: Option<Queues>,
    /// The interface it is bound to, by index; 0 for any.
    pub interface: u32,
    /// The user it belongs to, where the system tells.
    pub user: Option<u32>,
    /// What connects it with its programs (Linux: the inode); 0 when it belongs to nobody: not any
    /// more, or not yet, as a connection that waits for `accept`.
    pub key: u32,
    /// An IPv6 socket that takes IPv4 as well; false where the system does not tell.
    pub dual_stack: bool,
}

/// The index of the loopback interface: Linux, which alone tells of interfaces here, makes it first
/// in every network namespace.
const LOOPBACK: u32 = 1;

/// Who can reach a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Programs on this machine only: its own address is loopback, or it is bound to that interface.
    ThisHost,
    /// Whoever can send a packet to this machine.
    Network,
}

impl MachineSocket {
    /// Who can reach it, by its own address and interface.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        let own = self.source.ip.to_canonical();
        let inside = own.is_loopback() || self.interface == LOOPBACK;
        if inside { Exposure::ThisHost } else { Exposure::Network }
    }

    /// Whether IPv4 packets come and go by it: it is an IPv4 socket, or an IPv6 one that takes IPv4
    /// as well, or that talks with an IPv4 peer (`::ffff:10.0.0.1`).
    #[must_use]
    pub const fn speaks_v4(&self) -> bool {
        match self.source.ip {
            IpAddr::V4(_) => true,
            IpAddr::V6(ip) => self.dual_stack || ip.to_ipv4_mapped().is_some(),
        }
    }
}

/// A program that holds a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketProgram {
    /// Its process number.
    pub pid: u32,
    /// Its name.
    pub name: SafeText,
}

impl SocketProgram {
    /// A program by the name that the system has for it. A name stands in a cell of a table, where a
    /// tab would begin the next one: blanks take the place of tabs.
    #[must_use]
    pub fn new(pid: u32, name: &[u8]) -> Self {
        let name = SafeText::new(name);
        if !name.as_str().contains('\t') {
            return Self { pid, name };
        }
        Self { pid, name: SafeText::new(name.as_str().replace('\t', " ").as_bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_cell() {
        assert_eq!(SocketProgram::new(1, b"\t=1+1\t").name.as_str(), " =1+1 ");
        assert_eq!(SocketProgram::new(1, b"nginx").name.as_str(), "nginx");
    }
}
