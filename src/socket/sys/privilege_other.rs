//! What this process may do, on macOS and Windows. Written from their documentation and
//! type-checked; never run here.

use std::io;

use crate::event::GivenBack;
use crate::socket::privilege::Allowed;

#[cfg(unix)]
pub(in crate::socket) fn allowed() -> Allowed {
    if nix::unistd::geteuid().is_root() { Allowed::Root } else { Allowed::Unknown }
}

/// Windows tells when the socket is made.
#[cfg(not(unix))]
pub(in crate::socket) const fn allowed() -> Allowed {
    Allowed::Unknown
}

/// Nobody needs privilege for that on these systems.
pub(in crate::socket) const fn allowed_low_ports() -> Allowed {
    Allowed::Unknown
}

/// Neither system has such a setting.
pub(in crate::socket) const fn ping_group_range() -> Option<(u32, u32)> {
    None
}

/// Root stays root: there are no parts of it that could be given back.
#[cfg(unix)]
pub(in crate::socket) fn give_back() -> GivenBack {
    if nix::unistd::geteuid().is_root() { GivenBack::Kept } else { GivenBack::Nothing }
}

/// Windows has no way to give back a part of what an administrator may do.
#[cfg(not(unix))]
pub(in crate::socket) const fn give_back() -> GivenBack {
    GivenBack::Kept
}

/// There are no parts of a privilege here.
pub(in crate::socket) const fn renounce_raw() {}

#[cfg(unix)]
pub(in crate::socket) fn is_set_user_id() -> bool {
    use nix::unistd::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

/// Windows has no such programs.
#[cfg(not(unix))]
pub(in crate::socket) const fn is_set_user_id() -> bool {
    false
}

/// macOS captures by `/dev/bpf`, Windows by a driver that is installed (Npcap): no sockets.
pub(in crate::socket) fn packet_socket() -> io::Result<socket2::Socket> {
    Err(io::ErrorKind::Unsupported.into())
}
