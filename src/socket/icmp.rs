//! ICMP sockets: raw ones, and the ping datagram sockets that stand in for them.
//!
//! ```text
//!   SOCK_RAW, IPPROTO_ICMP          gets a copy of every ICMP message of this machine; there is no
//!                                   port by which the kernel could tell programs apart
//!   SOCK_DGRAM, IPPROTO_ICMP        the kernel owns the identifier, and gives only the replies to it
//! ```
//!
//! What a received packet begins with differs: a raw IPv4 socket gives the IP header too, a raw
//! IPv6 socket never does ([RFC 3542 § 3](https://www.rfc-editor.org/rfc/rfc3542#section-3)), a ping
//! socket of Linux does not, one of macOS does. [`IcmpSocket::gives_ip_header`] says so.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Type};

use super::datagram::set_hop_limit;
use super::stream::local_address;
use super::sys::icmp as sys;
use super::sys::{dont_fragment_option, set_fragmenting};
use super::trace::{Closing, Trace};
use crate::error::CallError;
use crate::event::{Clock, Journal, Operation, Outcome, SocketId, State};

/// An ICMP socket. Its calls do not wait; [`wait`](super::wait()) does, for several of them.
#[derive(Debug)]
pub struct IcmpSocket {
    /// Never read: it is dropped, and that first.
    _closing: Closing,
    pub(super) inner: UdpSocket,
    v6: bool,
    raw: bool,
    pub(super) trace: Trace,
}

/// Room for one packet and for what the system tells beside it.
#[derive(Debug)]
pub struct Inbox {
    pub(super) packet: Vec<u8>,
    /// Room for what comes beside it.
    #[cfg(unix)]
    pub(super) control: Vec<u8>,
    pub(super) length: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            packet: vec![0; Self::BYTES],
            #[cfg(unix)]
            control: vec![0; sys::CONTROL],
            length: 0,
        }
    }
}

impl Inbox {
    /// No IP packet is longer.
    pub const BYTES: usize = 65_536;

    /// The packet that came last.
    #[must_use]
    pub fn packet(&self) -> &[u8] {
        &self.packet[..self.length]
    }
}

/// What the system tells beside a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who sent it; port 0.
    pub from: SocketAddr,
    /// To which address of this machine, where that was asked for and is told.
    pub to: Option<IpAddr>,
    /// The hop limit that was left, where the IP header does not come with the packet.
    pub hop_limit: Option<u8>,
    /// When the kernel received it, since 1970 in UTC. None where it does not tell.
    pub at: Option<Duration>,
    /// How many packets the kernel has thrown away so far because this socket was full.
    pub overflowed: u32,
}

/// What the system has to tell about a packet that was sent (`MSG_ERRQUEUE`). In the inbox is the
/// packet, or the part of it that an ICMP error quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It has left: the inbox has the whole packet, from the header of the link layer on.
    Transmitted,
    /// An ICMP error came back: the inbox has the ICMP message that it quotes.
    Error {
        /// Who sent it.
        from: Option<IpAddr>,
        /// To whom the packet went.
        to: Option<IpAddr>,
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
        /// The MTU, of "too big".
        info: u32,
        /// When it arrived, since 1970 in UTC.
        at: Option<Duration>,
    },
    /// This machine itself refused it: too large for the way.
    Refused {
        /// The MTU.
        mtu: u32,
    },
    /// Something else.
    Other,
}

impl IcmpSocket {
    /// `socket`: a raw socket, or a ping datagram socket. `man 7 raw`, `man 7 icmp`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EPERM or EACCES (on Windows 10013) when this program may not have one.
    pub fn new(journal: &Journal, v6: bool, raw: bool) -> Result<Self, CallError> {
        let (domain, name) =
            if v6 { (Domain::IPV6, "AF_INET6") } else { (Domain::IPV4, "AF_INET") };
        let protocol = if v6 { Protocol::ICMPV6 } else { Protocol::ICMPV4 };
        let (form, kind) = match (raw, v6) {
            (true, false) => (Type::RAW, "SOCK_RAW, IPPROTO_ICMP"),
            (true, true) => (Type::RAW, "SOCK_RAW, IPPROTO_ICMPV6"),
            (false, false) => (Type::DGRAM, "SOCK_DGRAM, IPPROTO_ICMP"),
            (false, true) => (Type::DGRAM, "SOCK_DGRAM, IPPROTO_ICMPV6"),
        };
        let operation = Operation::Socket { domain: name, kind };
        let inner = socket2::Socket::new(domain, form, Some(protocol))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket.into()))
            .map_err(|error| {
                Trace::tell_refused(journal, operation, &error);
                CallError::new(operation, error)
            })?;
        let trace = Trace::new(journal, State::Unconnected);
        trace.tell(operation, Outcome::Socket(trace.id(), None), Duration::ZERO);
        Ok(Self { _closing: trace.closing(), inner, v6, raw, trace })
    }

    /// The label of this socket.
    #[must_use]
    pub const fn id(&self) -> SocketId {
        self.trace.id()
    }

    /// True for a raw socket.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.raw
    }

    /// Whether what it receives begins with an IP header.
    #[must_use]
    pub const fn gives_ip_header(&self) -> bool {
        !self.v6 && (self.raw || sys::PING_SOCKET_GIVES_IP_HEADER)
    }

    /// `bind`: takes an address of this machine; there is no port. `man 7 raw`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EADDRNOTAVAIL when the address is not this machine's.
    pub fn bind(&self, address: SocketAddr) -> Result<(), CallError> {
        let bind = || SockRef::from(&self.inner).bind(&address.into());
        self.trace.required(Operation::Bind(address), bind)
    }

    /// `getsockname`: the address of this side. A ping socket's "port" is the identifier that the
    /// kernel gave it.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn local_address(&self) -> Result<SocketAddr, CallError> {
        local_address(&self.trace, &self.inner)
    }

    /// `sendto`: one ICMP message, there; the system puts the IP header before it. `about_to` is called
    /// last of all before the call: for a clock, that nothing else shall be in its time.
    ///
    /// # Errors
    ///
    /// EMSGSIZE when it is too large for the way and may not be cut, ENETUNREACH when there is no way,
    /// EACCES for a broadcast address without `SO_BROADCAST`.
    pub fn send_to(
        &self,
        message: &[u8],
        host: SocketAddr,
        about_to: impl FnOnce(),
    ) -> io::Result<usize> {
        self.trace.value(
            Operation::SendTo(message.len(), host),
            || {
                about_to();
                self.inner.send_to(message, host)
            },
            |&sent| Outcome::count(sent),
            |_| None,
        )
    }

    /// `recvmsg`: takes one packet, if one has arrived. `man 2 recvmsg`.
    ///
    /// # Errors
    ///
    /// EAGAIN when nothing has arrived. On a ping socket that asks for errors, the error of an earlier
    /// probe: [`receive_told`](Self::receive_told) has the details.
    pub fn receive(&self, inbox: &mut Inbox) -> io::Result<Arrival> {
        let operation = Operation::RecvMsg(inbox.packet.len());
        let outcome = |came: &(usize, Arrival)| Outcome::From(came.0, came.1.from);
        let receive = || sys::receive(&self.inner, inbox).map(|arrival| (inbox.length, arrival));
        self.trace.value(operation, receive, outcome, |_| None).map(|(_, arrival)| arrival)
    }

    /// `recvmsg` with `MSG_ERRQUEUE`: takes what the system has to tell about a packet that was sent.
    /// `man 7 ip`, `IP_RECVERR`.
    ///
    /// # Errors
    ///
    /// EAGAIN when there is nothing to tell, `Unsupported` where a system has no such queue.
    pub fn receive_told(&self, inbox: &mut Inbox) -> io::Result<Told> {
        let operation = Operation::RecvErrors(inbox.packet.len());
        let receive = || sys::receive_told(&self.inner, inbox).map(|told| (inbox.length, told));
        let outcome = |came: &(usize, Told)| Outcome::count(came.0);
        self.trace.value(operation, receive, outcome, |_| None).map(|(_, told)| told)
    }
}

/// What an ICMP socket of netlab may be asked for.
impl IcmpSocket {
    /// `setsockopt(SO_TIMESTAMPNS)`: the kernel notes when each packet arrived. `man 7 socket`.
    #[must_use]
    pub fn ask_for_time(&self) -> Clock {
        let set = || sys::ask_for_time(&self.inner);
        match self.trace.call(Operation::SetOption(sys::TIME, 1), set) {
            Ok(()) => Clock::Kernel,
            Err(_) => Clock::Program,
        }
    }

    /// Asks for what the IP header has and the socket does not give: the hop limit, and with
    /// `destination` the address it came to. What a system does not tell is missing, no more.
    pub fn ask_for_header(&self, destination: bool) {
        if !self.gives_ip_header() {
            let name = if self.v6 { "IPV6_RECVHOPLIMIT" } else { "IP_RECVTTL" };
            let set = || sys::ask_for_hop_limit(&self.inner, self.v6);
            let _ = self.trace.call(Operation::SetOption(name, 1), set);
        }
        if destination && self.v6 {
            let set = || sys::ask_for_destination(&self.inner);
            let _ = self.trace.call(Operation::SetOption("IPV6_RECVPKTINFO", 1), set);
        }
    }

    /// `setsockopt(IP_RECVERR)`: ICMP errors about what a ping socket sent are queued for it. A raw
    /// socket receives them as packets.
    pub fn ask_for_errors(&self) {
        let name = if self.v6 { "IPV6_RECVERR" } else { "IP_RECVERR" };
        let set = || sys::ask_for_errors(&self.inner, self.v6);
        let _ = self.trace.call(Operation::SetOption(name, 1), set);
    }

    /// `setsockopt(SO_TIMESTAMPING)`: with the time at which a packet left, the kernel gives a copy of
    /// it, IP header and all. False where a system cannot.
    #[must_use]
    pub fn ask_for_transmitted(&self) -> bool {
        let set = || sys::ask_for_transmitted(&self.inner);
        self.trace.call(Operation::SetOption("SO_TIMESTAMPING", sys::TRANSMITTED), set).is_ok()
    }

    /// `setsockopt(SO_RXQ_OVFL)`: the kernel tells how many packets it threw away.
    pub fn ask_for_overflow(&self) {
        let set = || sys::ask_for_overflow(&self.inner);
        let _ = self.trace.call(Operation::SetOption("SO_RXQ_OVFL", 1), set);
    }

    /// `setsockopt(ICMP_FILTER)`: the kernel refuses echo *requests* before this socket sees
    /// them. On loopback every probe would come back as itself first. False where there is no filter.
    #[must_use]
    pub fn refuse_requests(&self) -> bool {
        let name = if self.v6 { "ICMP6_FILTER" } else { "ICMP_FILTER" };
        let set = || sys::refuse_requests(&self.inner, self.v6);
        self.raw && self.trace.call(Operation::SetOption(name, 1), set).is_ok()
    }

    /// `setsockopt(SO_RCVBUF)`: room for so many bytes to wait. The system may give less.
    pub fn set_receive_buffer(&self, bytes: usize) {
        let value = i64::try_from(bytes).unwrap_or(i64::MAX);
        let set = || SockRef::from(&self.inner).set_recv_buffer_size(bytes);
        let _ = self.trace.call(Operation::SetOption("SO_RCVBUF", value), set);
    }

    /// How many routers a probe may pass, and how many one to a multicast group may. `man 7 ip`,
    /// `man 7 ipv6`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_hop_limit(&self, hops: u8, multicast: bool) -> Result<(), CallError> {
        set_hop_limit(&self.trace, &SockRef::from(&self.inner), (self.v6, multicast), hops)
    }

    /// Forbids everybody to cut probes into fragments, or allows everybody to.
    /// [RFC 791 § 2.3](https://www.rfc-editor.org/rfc/rfc791#section-2.3).
    ///
    /// # Errors
    ///
    /// [`CallError`] of kind `Unsupported` on Windows.
    pub fn set_dont_fragment(&self, on: bool) -> Result<(), CallError> {
        let (name, value) = dont_fragment_option(self.v6);
        let set = || set_fragmenting(&self.inner, self.v6, on);
        self.trace.required(Operation::SetOption(name, if on { value } else { 0 }), set)
    }

    /// `setsockopt(SO_BROADCAST)`: broadcast addresses may be asked. `man 7 socket`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_broadcast(&self) -> Result<(), CallError> {
        let set = || self.inner.set_broadcast(true);
        self.trace.required(Operation::SetOption("SO_BROADCAST", 1), set)
    }

    /// Sends and receives by one network interface only.
    ///
    /// # Errors
    ///
    /// [`CallError`] with ENODEV when there is no such interface, EPERM where it needs privilege, of
    /// kind `Unsupported` on Windows.
    pub fn bind_interface(&self, name: &str) -> Result<(), CallError> {
        let set = || match sys::bind_interface(&self.inner, name, self.v6) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(io::Error::from_raw_os_error(sys::ENODEV))
            }
            result => result,
        };
        self.trace.required(Operation::SetInterface(sys::BIND_INTERFACE, name.into()), set)
    }
}
