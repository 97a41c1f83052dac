//! What each system tells about itself.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{default_route, port_users, source_ports, unprivileged_from};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{default_route, port_users, source_ports, unprivileged_from};

use crate::error::Owner;

/// Where packets for everywhere else leave this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// By the interface of this name.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "Linux names interfaces"))]
    Interface(String),
    /// From this address.
    #[cfg(not(target_os = "linux"))]
    Address(std::net::IpAddr),
}

/// Who uses a port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PortUsers {
    /// The socket that has it, preferably one that listens.
    pub owner: Option<Owner>,
    /// Connections of the port in TIME-WAIT, which nobody owns.
    pub time_wait: usize,
}
