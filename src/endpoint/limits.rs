//! Numbers that this machine's system was set up with, for whoever wants to tell them.

use super::system;

/// The first port that an ordinary program may bind; none where there is no such limit.
#[must_use]
pub fn unprivileged_from() -> Option<u16> {
    system::unprivileged_from()
}

/// The ports that the system hands out as source ports, first and last; none where it does not tell.
#[must_use]
pub fn source_ports() -> Option<(u16, u16)> {
    system::source_ports()
}

/// The longest queue of `listen` that the system grants, whatever a program asks for:
/// `net.core.somaxconn` (`man 2 listen`). None where netlab does not know where to look.
#[must_use]
pub fn backlog() -> Option<u32> {
    let path = "/proc/sys/net/core/somaxconn";
    if cfg!(target_os = "linux") {
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    } else {
        None
    }
}
