//! What this machine and this process have, for captures. On Windows there are none, and nobody asks.

use std::net::{IpAddr, SocketAddr};

pub(in crate::socket) const fn interface_name(_: u32) -> Option<String> {
    None
}

pub(in crate::socket) const fn own_addresses() -> Vec<IpAddr> {
    Vec::new()
}

pub(in crate::socket) const fn open_endpoints() -> Vec<SocketAddr> {
    Vec::new()
}
