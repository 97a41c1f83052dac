//! Datagram sockets: one socket, any number of peers, borders kept.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::{Protocol, SockRef, Type};

use super::stream::local_address;
use super::sys;
use super::tcp::family;
use super::trace::{Closing, Trace};
use crate::error::CallError;
use crate::event::{Journal, Operation, Outcome, SocketId, State};

/// A network interface, as the options of multicast want it named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its IPv4 address, where it has one.
    pub v4: Option<Ipv4Addr>,
    /// Its index; 0 lets the system choose.
    pub index: u32,
}

/// A UDP socket. Its calls block; several threads may use it at a time.
#[derive(Debug)]
pub struct DatagramSocket {
    /// Never read: it is dropped, and that first.
    _closing: Closing,
    pub(super) inner: UdpSocket,
    v6: bool,
    /// Nobody waits for datagrams any more.
    ended: AtomicBool,
    /// Waiting has a limit that the program asked for.
    pub(super) limited: AtomicBool,
    pub(super) trace: Trace,
}

impl DatagramSocket {
    /// `socket`: a datagram socket of the family of `address`. `man 7 udp`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EAFNOSUPPORT where the system lacks the family, EMFILE when no descriptor
    /// is left.
    pub fn new(journal: &Journal, address: SocketAddr) -> Result<Self, CallError> {
        let (domain, name) = family(address);
        let operation = Operation::Socket { domain: name, kind: "SOCK_DGRAM" };
        let inner: UdpSocket = socket2::Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))
            .map_err(|error| CallError::new(operation, error))?
            .into();
        if let Some(tick) = sys::DATAGRAM_TICK {
            inner
                .set_read_timeout(Some(tick))
                .map_err(|error| CallError::new(Operation::SetOption("SO_RCVTIMEO", 1), error))?;
        }
        let trace = Trace::new(journal, State::Unconnected);
        trace.tell(operation, Outcome::Socket(trace.id(), None), std::time::Duration::ZERO);
        let (ended, limited) = (AtomicBool::new(false), AtomicBool::new(false));
        let v6 = address.is_ipv6();
        Ok(Self { _closing: trace.closing(), inner, v6, ended, limited, trace })
    }

    /// The label of this socket.
    #[must_use]
    pub const fn id(&self) -> SocketId {
        self.trace.id()
    }

    /// Whether `connect` has given it a peer.
    #[must_use]
    pub fn state(&self) -> State {
        self.trace.state()
    }

    /// `bind`: takes an address and port of this machine; port 0 asks the system for a free one.
    /// `man 2 bind`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EADDRINUSE when the port has an owner, EADDRNOTAVAIL when the address is
    /// not this machine's, EACCES when the port needs privilege.
    pub fn bind(&self, address: SocketAddr) -> Result<(), CallError> {
        self.trace
            .required(Operation::Bind(address), || SockRef::from(&self.inner).bind(&address.into()))
    }

    /// `connect`: remembers a peer. Nothing is sent and nobody has to be there; from now on `send`
    /// needs no address, datagrams of others are not received, and a "port unreachable" that comes
    /// back is told as ECONNREFUSED. `man 7 udp`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with ENETUNREACH when there is no way to the address.
    pub fn connect(&self, address: SocketAddr) -> Result<(), CallError> {
        let operation = Operation::Connect(address);
        self.trace
            .value(
                operation,
                || self.inner.connect(address),
                |()| Outcome::Value(0),
                |()| Some(State::Connected),
            )
            .map_err(|error| CallError::new(operation, error))
    }

    /// `getsockname`: the endpoint of this side.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses; on Windows before `bind` or the first `sendto`.
    pub fn local_address(&self) -> Result<SocketAddr, CallError> {
        local_address(&self.trace, &self.inner)
    }

    /// `sendto`: one datagram, there. It is handed over whole or not at all. `man 2 send`.
    ///
    /// # Errors
    ///
    /// EMSGSIZE when no datagram can be so long, EACCES for a broadcast address without
    /// `SO_BROADCAST`, ENETUNREACH when there is no way; on a connected socket ECONNREFUSED for an
    /// *earlier* datagram, and then this one was not sent.
    pub fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.trace.value(
            Operation::SendTo(bytes.len(), peer),
            || self.inner.send_to(bytes, peer),
            |&sent| Outcome::count(sent),
            |_| None,
        )
    }

    /// `send`: one datagram to the peer that `connect` named.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.trace.value(
            Operation::Send(bytes.len()),
            || self.inner.send(bytes),
            |&sent| Outcome::count(sent),
            |_| None,
        )
    }

    /// `recvfrom`: waits for a datagram, takes at most `buffer.len()` bytes of it, and says who sent
    /// it. What does not fit is lost. 0 bytes are a datagram like any other. `man 2 recv`.
    ///
    /// # Errors
    ///
    /// ECONNREFUSED on a connected socket when an earlier datagram met a closed port, ECONNRESET for
    /// the same on any socket of Windows; EMSGSIZE on Windows when the buffer was too short.
    pub fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.trace.value(
            Operation::RecvFrom(buffer.len()),
            || self.patiently(|| sys::recv_from(&self.inner, buffer, false)),
            |&(bytes, peer)| self.came(bytes, peer),
            |_| None,
        )
    }

    /// `recv`: the same on a connected socket, where there is no question who sent it.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    pub fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.trace.value(
            Operation::Recv(buffer.len()),
            || self.patiently(|| self.inner.recv(buffer)),
            |&bytes| Outcome::count(bytes),
            |_| None,
        )
    }

    /// `recvfrom` with `MSG_PEEK`: waits for a datagram and leaves it in the queue.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    pub fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.trace.value(
            Operation::Peek(buffer.len()),
            || self.patiently(|| sys::recv_from(&self.inner, buffer, true)),
            |&(bytes, peer)| self.came(bytes, peer),
            |_| None,
        )
    }

    /// Makes a thread that waits for a datagram return, and every later one. On Linux
    /// `shutdown(SHUT_RD)` does it, although it answers ENOTCONN on a socket without a peer.
    pub fn end_waiting(&self) {
        self.ended.store(true, Ordering::SeqCst);
        if sys::DATAGRAM_TICK.is_none() {
            let wake = || SockRef::from(&self.inner).shutdown(Shutdown::Read);
            // ENOTCONN is the expected answer: the wait has ended all the same.
            let _ = self.trace.call(Operation::Shutdown("SHUT_RD"), wake);
        }
    }

    /// What a wait for a datagram brought: one, or its own end, which has no sender.
    fn came(&self, bytes: usize, peer: SocketAddr) -> Outcome {
        if self.ended.load(Ordering::SeqCst) && peer.port() == 0 {
            return Outcome::Value(0);
        }
        Outcome::From(bytes, peer)
    }

    /// A wait without a limit unless there was one asked for, also where it has to be made of many short ones.
    fn patiently<T>(&self, mut wait: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match wait() {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
                        && !self.ended.load(Ordering::SeqCst)
                        && !self.limited.load(Ordering::SeqCst) => {}
                result => return result,
            }
        }
    }
}

/// The options that a datagram socket of netlab may have.
impl DatagramSocket {
    /// `setsockopt(IPV6_V6ONLY)`: off, an IPv6 socket bound to `::` hears IPv4 peers too.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_only_v6(&self, on: bool) -> Result<(), CallError> {
        let set = || SockRef::from(&self.inner).set_only_v6(on);
        self.trace.required(Operation::SetOption("IPV6_V6ONLY", on.into()), set)
    }

    /// `setsockopt(SO_BROADCAST)`: broadcast addresses may be sent to. `man 7 socket`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_broadcast(&self, on: bool) -> Result<(), CallError> {
        let set = || self.inner.set_broadcast(on);
        self.trace.required(Operation::SetOption("SO_BROADCAST", on.into()), set)
    }

    /// `setsockopt(SO_REUSEADDR)`, on macOS `SO_REUSEPORT`: several programs of this machine may bind
    /// the port of a multicast group, and all of them hear what is sent to it. `man 7 ip`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_shared_port(&self, on: bool) -> Result<(), CallError> {
        let set = || sys::share_port(&SockRef::from(&self.inner), on);
        self.trace.required(Operation::SetOption(sys::SHARE_PORT, on.into()), set)
    }

    /// Joins a multicast group on an interface, or where the system thinks best.
    /// [RFC 3493 § 5.2](https://www.rfc-editor.org/rfc/rfc3493#section-5.2), `man 7 ip`.
    ///
    /// # Errors
    ///
    /// [`CallError`] with ENODEV when no interface leads there, EADDRINUSE when it has joined.
    pub fn join(&self, group: IpAddr, interface: Option<Interface>) -> Result<(), CallError> {
        let socket = SockRef::from(&self.inner);
        match group {
            IpAddr::V4(v4) => {
                let on = interface.and_then(|i| i.v4).unwrap_or(Ipv4Addr::UNSPECIFIED);
                let join = || socket.join_multicast_v4(&v4, &on);
                self.trace.required(Operation::SetAddress("IP_ADD_MEMBERSHIP", group), join)
            }
            IpAddr::V6(v6) => {
                let on = interface.map_or(0, |i| i.index);
                let join = || socket.join_multicast_v6(&v6, on);
                self.trace.required(Operation::SetAddress("IPV6_ADD_MEMBERSHIP", group), join)
            }
        }
    }

    /// Sends and receives by one network interface only.
    ///
    /// # Errors
    ///
    /// As [`IcmpSocket::bind_interface`](super::IcmpSocket::bind_interface).
    pub fn bind_interface(&self, name: &str) -> Result<(), CallError> {
        let set = || sys::icmp::bind_interface(&self.inner, name, self.v6);
        let operation = Operation::SetInterface(sys::icmp::BIND_INTERFACE, name.into());
        self.trace.required(operation, set)
    }

    /// Chooses the interface by which multicast leaves.
    ///
    /// # Errors
    ///
    /// [`CallError`] with EADDRNOTAVAIL when this machine has no such interface.
    pub fn set_multicast_interface(&self, interface: Interface) -> Result<(), CallError> {
        let socket = SockRef::from(&self.inner);
        if self.v6 {
            let set = || socket.set_multicast_if_v6(interface.index);
            let value = i64::from(interface.index);
            return self.trace.required(Operation::SetOption("IPV6_MULTICAST_IF", value), set);
        }
        let v4 = interface.v4.unwrap_or(Ipv4Addr::UNSPECIFIED);
        let set = || socket.set_multicast_if_v4(&v4);
        self.trace.required(Operation::SetAddress("IP_MULTICAST_IF", v4.into()), set)
    }

    /// How many routers a datagram may pass, and how many one to a multicast group may. `man 7 ip`,
    /// `man 7 ipv6`.
    ///
    /// # Errors
    ///
    /// [`CallError`] where the system refuses.
    pub fn set_hop_limit(&self, hops: u8, multicast: bool) -> Result<(), CallError> {
        set_hop_limit(&self.trace, &SockRef::from(&self.inner), (self.v6, multicast), hops)
    }

    /// Forbids this system and all routers to cut datagrams into fragments: what is too large for
    /// the way is refused. [RFC 791 § 2.3](https://www.rfc-editor.org/rfc/rfc791#section-2.3).
    ///
    /// # Errors
    ///
    /// [`CallError`] of kind `Unsupported` on Windows.
    pub fn set_dont_fragment(&self) -> Result<(), CallError> {
        let (name, value) = sys::dont_fragment_option(self.v6);
        let set = || sys::set_fragmenting(&self.inner, self.v6, true);
        self.trace.required(Operation::SetOption(name, value), set)
    }

    /// The largest packet, in bytes with its IP header, that the way to the peer of a *connected*
    /// socket is known to take. None where the system does not tell.
    #[must_use]
    pub fn path_mtu(&self) -> Option<usize> {
        let name = if self.v6 { "IPV6_MTU" } else { "IP_MTU" };
        let told = self.trace.value(
            Operation::GetOption(name),
            || sys::path_mtu(&self.inner, self.v6),
            |&mtu| Outcome::count(mtu),
            |_| None,
        );
        told.ok()
    }

    /// Marks what this socket sends as echoes, and refuses what is marked so: two echo servers that
    /// are pointed at each other fall silent.
    ///
    /// An echo is byte for byte what it answers, so nothing in it can tell that it is one. Its IP
    /// header can: of the 64 code points of the DSCP field sixteen are for local use
    /// ([RFC 2474 § 6](https://www.rfc-editor.org/rfc/rfc2474#section-6)), and netlab's echoes carry
    /// one of them, 43. A filter in the kernel throws away what arrives with it, before `recvfrom`
    /// sees it. A router may clear the field; then the server's own guard remains.
    ///
    /// The filter is Linux's; elsewhere, and where a sandbox forbids it, there is only the guard.
    pub fn set_echo_mark(&self, dual_stack: bool) {
        let (socket, mark) = (SockRef::from(&self.inner), u32::from(sys::ECHO_MARK));
        if self.v6 {
            self.mark("IPV6_TCLASS", || sys::set_traffic_class(&socket, mark));
        }
        let v4 = !self.v6 || dual_stack;
        if v4 {
            // To IPv4 peers an IPv6 socket sends with the field of IPv4.
            self.mark("IP_TOS", || socket.set_tos_v4(mark));
        }
        if sys::FILTERS_ECHOES {
            self.mark("SO_ATTACH_FILTER", || sys::refuse_echoes(&self.inner, self.v6, v4));
        }
    }

    /// What cannot be set is missed by nobody: the server's own guard remains.
    fn mark(&self, name: &'static str, set: impl FnOnce() -> io::Result<()>) {
        let _ = self.trace.call(Operation::SetOption(name, sys::ECHO_MARK.into()), set);
    }
}

/// The hop limit of a socket, of IPv6 or not, for groups or not.
pub(super) fn set_hop_limit(
    trace: &Trace,
    socket: &SockRef<'_>,
    (v6, multicast): (bool, bool),
    hops: u8,
) -> Result<(), CallError> {
    let hops = u32::from(hops);
    let (name, set): (_, &dyn Fn() -> io::Result<()>) = match (v6, multicast) {
        (false, false) => ("IP_TTL", &|| socket.set_ttl_v4(hops)),
        (false, true) => ("IP_MULTICAST_TTL", &|| socket.set_multicast_ttl_v4(hops)),
        (true, false) => ("IPV6_UNICAST_HOPS", &|| socket.set_unicast_hops_v6(hops)),
        (true, true) => ("IPV6_MULTICAST_HOPS", &|| socket.set_multicast_hops_v6(hops)),
    };
    trace.required(Operation::SetOption(name, hops.into()), set)
}
