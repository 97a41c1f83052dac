//! What is known of a socket of the run, and which addresses are its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::event::plain;

/// A datagram socket's port is its own for so long after it was closed: what comes late.
pub(super) const LATE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Stream,
    Datagram,
    Icmp,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    pub form: Form,
    pub local: Option<SocketAddr>,
    pub peer: Option<SocketAddr>,
    /// When a connect was under way.
    pub connect: Option<(Duration, Duration)>,
    /// When an accept gave it.
    pub accepted: Option<Duration>,
    pub listens: bool,
    pub closed: Option<Duration>,
}

/// A peer's address, plain. Whoever talks to no address in particular talks to this machine
/// (`man 7 ip`: what is sent to `INADDR_ANY` goes to the loopback).
pub(super) fn peer(address: SocketAddr) -> SocketAddr {
    let address = plain(address);
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

impl Known {
    pub(super) const fn new(form: Form) -> Self {
        Self {
            form,
            local: None,
            peer: None,
            connect: None,
            accepted: None,
            listens: false,
            closed: None,
        }
    }

    pub(super) fn is_at(&self, ip: IpAddr) -> bool {
        self.local.is_none_or(|local| {
            local.ip() == ip || local.ip().is_unspecified() || ip.is_multicast() || is_broadcast(ip)
        })
    }

    pub(super) fn is_open_at(&self, at: Duration) -> bool {
        self.closed.is_none_or(|closed| at < closed + LATE)
    }
}

fn is_broadcast(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}
