//! Which socket a descriptor is: labels, endpoints, states.
//!
//! ```text
//!   thread 2772 ─┐                       ┌─ 3 ─▶ socket A  LISTEN       127.0.0.1:6000
//!   thread 2777 ─┴─▶ table of descriptors┤
//!                                        └─ 4 ─▶ socket B  ESTABLISHED  127.0.0.1:6000 → ...:50510
//!   child 2790 ────▶ a copy of it (fork) ─── 4 ─▶ socket B
//! ```
//!
//! A number means another socket after `close`, and two numbers can mean the same one after `dup` or
//! `fork`. So tables are followed as the kernel has them: threads share one, a child gets a copy,
//! and a socket ends when nobody holds it any more. Where that went wrong, `strace -yy` says beside
//! each descriptor what it is.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::argument::{Descriptor, Protocol, Seen};
use super::tables::Tables;
use crate::event::{Endpoint, Role, SafeText, SocketId, State};

/// The most sockets of a program that get a label of their own.
const SOCKETS: usize = 50_000;

/// A socket of the program.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    pub protocol: Protocol,
    pub v6: bool,
    pub role: Role,
    pub state: State,
    /// The state in which it was of use, for the endpoint table: not CLOSED, if it was ever open.
    pub open_state: State,
    pub local: Option<SocketAddr>,
    pub remote: Option<SocketAddr>,
    /// Its calls of `connect`, for packets of a connection that never was.
    pub tried: Vec<Attempt>,
    /// A `bind` has given it its address: another attempt goes out from the same.
    pub is_bound: bool,
    pub closed: bool,
}

/// A call of `connect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub to: SocketAddr,
    /// When it was made: time since 1970.
    pub begun: Duration,
    /// When it returned, and whether it waited for an answer; none while it has not.
    pub returned: Option<(Duration, bool)>,
}

/// All sockets of a program and its children.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    all: Vec<Socket>,
    tables: Tables,
    /// Sockets of which something may have become known: where they are, whom they talk to.
    touched: Vec<usize>,
}

impl Sockets {
    pub(super) fn get(&self, at: usize) -> Option<&Socket> {
        self.all.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Socket> {
        self.touch(at);
        self.all.get_mut(at)
    }

    pub(super) fn label(at: usize) -> SocketId {
        SocketId(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// The label that the next socket will have.
    pub(super) fn upcoming(&self) -> SocketId {
        Self::label(self.all.len())
    }

    /// Adds a socket that a thread made; its place.
    pub(super) fn add(
        &mut self,
        thread: u32,
        number: i32,
        until_exec: bool,
        socket: Socket,
    ) -> Option<usize> {
        if self.all.len() >= SOCKETS {
            return None;
        }
        self.all.push(socket);
        let at = self.all.len() - 1;
        self.tables.hold(thread, number, at, until_exec);
        self.touch(at);
        Some(at)
    }

    fn touch(&mut self, at: usize) {
        if self.touched.last() != Some(&at) {
            self.touched.push(at);
        }
    }

    /// The sockets of which something may have become known since this was asked last.
    pub(super) fn touched(&mut self) -> impl Iterator<Item = &Socket> {
        let touched = std::mem::take(&mut self.touched);
        touched.into_iter().filter_map(|at| self.all.get(at))
    }

    /// Whether a thread is new, and may be the child of more than one that is making one.
    pub(super) fn is_anybodys(&self, thread: u32) -> bool {
        self.tables.is_anybodys(thread)
    }

    /// A thread is about to make a child.
    pub(super) fn forks(&mut self, thread: u32, shares: bool) {
        self.tables.forks(thread, shares);
    }

    /// A thread has made a child, or could not. Whether it is one that has said nothing yet.
    pub(super) fn forked(&mut self, thread: u32, shares: bool, child: Option<u32>) -> bool {
        self.tables.forked(thread, shares, child)
    }

    /// A thread runs another program now.
    pub(super) fn executed(&mut self, thread: u32) {
        self.tables.executed(thread);
    }

    /// A thread has ended; the places of sockets that were left open, and that nobody holds any more.
    pub(super) fn ended(&mut self, thread: u32) -> Vec<usize> {
        let mut left = self.tables.ended(thread);
        left.retain(|at| !self.all[*at].closed);
        for at in &left {
            self.all[*at].closed = true;
            self.all[*at].set(State::after_own_end);
        }
        left
    }

    /// The socket of a descriptor. One that is not known yet was there before.
    pub(super) fn find(&mut self, thread: u32, descriptor: Descriptor) -> Option<usize> {
        let known = self.tables.held(thread, descriptor.number);
        match descriptor.what {
            Seen::Unsaid => known,
            Seen::Else => {
                self.tables.let_go(thread, descriptor.number);
                None
            }
            Seen::Internet(protocol, local, remote) => {
                let known = known.filter(|at| self.all[*at].protocol == protocol);
                let at = known.or_else(|| {
                    let v6 = local.is_some_and(|local| local.is_ipv6());
                    let socket = Socket::inherited(protocol, v6, remote.is_some());
                    self.add(thread, descriptor.number, false, socket)
                })?;
                self.all[at].learn(local, remote);
                self.touch(at);
                Some(at)
            }
        }
    }

    /// `dup`: another number for the same socket; it takes the place of what had that number.
    pub(super) fn duplicate(&mut self, thread: u32, old: i32, new: i32, until_exec: bool) {
        match self.tables.held(thread, old) {
            Some(at) => self.tables.hold(thread, new, at, until_exec),
            None => self.tables.let_go(thread, new),
        }
    }

    /// `close`: whether the socket itself has ended with it, for somebody else may hold it.
    pub(super) fn close(&mut self, thread: u32, number: i32, at: usize) -> bool {
        self.tables.let_go(thread, number);
        let ended = !self.tables.is_held(at);
        if let Some(socket) = self.all.get_mut(at).filter(|_| ended) {
            socket.closed = true;
            socket.set(State::after_own_end);
        }
        ended
    }

    /// `epoll_ctl`: waits for a socket from now on, or no more.
    pub(super) fn watch(&mut self, thread: u32, epoll: i32, at: usize, wanted: bool) {
        self.tables.watch(thread, epoll, at, wanted);
    }

    /// What an epoll descriptor waits for.
    pub(super) fn watched(&mut self, thread: u32, epoll: i32) -> Vec<usize> {
        let mut all = self.tables.watched(thread, epoll);
        all.retain(|at| !self.all.get(*at).is_none_or(|socket| socket.closed));
        all.sort_unstable();
        all
    }

    /// The sockets whose places are the labels.
    pub(super) fn all(&self) -> &[Socket] {
        &self.all
    }

    /// The endpoint table: every socket that had an endpoint.
    pub(super) fn rows(&self) -> Vec<Endpoint> {
        /// More than a page can show.
        const ROWS: usize = 1000;
        let rows = self.all.iter().enumerate().filter_map(|(at, socket)| {
            let nowhere = socket.nowhere();
            let source = socket.local.or(socket.remote.map(|_| nowhere))?;
            let destination = socket.remote.filter(|_| socket.role != Role::Listening);
            let lonely = socket.role == Role::Connected && destination.is_none();
            Some(Endpoint {
                socket: Self::label(at),
                role: if lonely { Role::Unconnected } else { socket.role },
                // Its name is in what it says, which is the program's own matter.
                who: destination
                    .filter(|_| socket.role == Role::Accepted)
                    .map(|peer| SafeText::new(peer.to_string().as_bytes())),
                protocol: socket.protocol.name(),
                state: socket.open_state,
                source,
                destination: destination.unwrap_or(nowhere),
                echo: None,
            })
        });
        rows.take(ROWS).collect()
    }
}

impl Socket {
    /// A new one.
    pub(super) fn new(protocol: Protocol, v6: bool) -> Self {
        let (state, role) = match protocol {
            Protocol::Tcp => (State::Closed, Role::Connected),
            Protocol::Udp => (State::Unconnected, Role::Unconnected),
            Protocol::Icmp => (State::Unconnected, Role::Raw),
        };
        Self {
            protocol,
            v6,
            role,
            state,
            open_state: state,
            local: None,
            remote: None,
            tried: Vec::new(),
            is_bound: false,
            closed: false,
        }
    }

    /// One that `accept` gave.
    pub(super) fn accepted(listener: &Self, peer: Option<SocketAddr>) -> Self {
        let mut socket = Self::new(listener.protocol, listener.v6);
        (socket.role, socket.remote, socket.local) = (Role::Accepted, peer, listener.local);
        socket.set(|_| State::Established);
        socket
    }

    fn inherited(protocol: Protocol, v6: bool, connected: bool) -> Self {
        let mut socket = Self::new(protocol, v6);
        match protocol {
            Protocol::Tcp if connected => socket.set(|_| State::Established),
            Protocol::Udp if connected => socket.set(|_| State::Connected),
            _ => {}
        }
        socket
    }

    /// The address that is none.
    fn nowhere(&self) -> SocketAddr {
        if self.v6 { (Ipv6Addr::UNSPECIFIED, 0).into() } else { (Ipv4Addr::UNSPECIFIED, 0).into() }
    }

    /// Goes on to another state.
    pub(super) fn set(&mut self, next: impl FnOnce(State) -> State) {
        self.state = next(self.state);
        if matches!(
            self.state,
            State::Listen | State::Established | State::Unconnected | State::Connected
        ) {
            self.open_state = self.state;
        }
    }

    /// Whether it is for a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.protocol == Protocol::Tcp
    }

    /// Its endpoints, as far as something new is said of them.
    pub(super) fn learn(&mut self, local: Option<SocketAddr>, remote: Option<SocketAddr>) {
        if let Some(local) = local.filter(|local| local.port() != 0) {
            let known = self
                .local
                .filter(|known| known.port() == local.port() && local.ip().is_unspecified());
            self.local = known.or(Some(local));
        }
        if let Some(remote) = remote.filter(|remote| remote.port() != 0) {
            self.remote = Some(remote);
        }
    }
}
