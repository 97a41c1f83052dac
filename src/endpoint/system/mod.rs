//! What each system tells about itself.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod lsof;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(target_os = "linux")]
mod settings;
#[cfg(target_os = "linux")]
#[path = "surroundings_linux.rs"]
pub(super) mod surroundings;
#[cfg(not(target_os = "linux"))]
#[path = "surroundings_other.rs"]
pub(super) mod surroundings;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
pub(super) use linux::{
    default_route, programs, programs_unseen, sockets, source_ports, unprivileged_from,
};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{
    default_route, kept_back_ports, programs, programs_unseen, sockets, source_ports,
    unprivileged_from,
};
#[cfg(target_os = "linux")]
pub(super) use settings::kept_back_ports;

use super::programs::Programs;
use crate::event::Sockets;

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

/// The sockets that a system tells about.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// As [`super::Snapshot`] has them.
    pub sockets: Sockets,
    /// What could not be seen, each in a sentence.
    pub unseen: Vec<String>,
    /// Their programs, from a system that tells both at once.
    pub programs: Option<Programs>,
}
