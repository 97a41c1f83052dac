//! What this process may do, and giving it up.
//!
//! A raw socket can write any packet and read everybody's, so systems reserve it:
//!
//! | system | a raw socket needs | without it |
//! | --- | --- | --- |
//! | Linux | root, or the capability `CAP_NET_RAW` | a ping socket, for the groups in `net.ipv4.ping_group_range` |
//! | macOS | root | a ping socket, for everybody |
//! | Windows | an administrator | nothing of that kind |
//!
//! The permission is asked for when the socket is made and never again, so it can be given up at
//! once afterwards.

use std::io::ErrorKind;
use std::time::Duration;

use super::sys::privilege as sys;
use super::trace::Trace;
use crate::error::CallError;
use crate::event::{GivenBack, Journal, Operation, Outcome, State};

/// Why this process may do what systems reserve, if it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It is root's.
    Root,
    /// It has the capability: `CAP_NET_RAW`, `CAP_NET_BIND_SERVICE` (Linux).
    Capability,
    /// Nothing speaks for it. On Windows this cannot be told beforehand.
    Unknown,
}

/// Why this process may open a raw socket, as far as the system tells.
#[must_use]
pub fn allowed() -> Allowed {
    sys::allowed()
}

/// What lets this process bind a port that needs privilege, if anything does.
#[must_use]
pub fn allowed_low_ports() -> Allowed {
    sys::allowed_low_ports()
}

/// The groups whose members may open ping sockets: first and last. None where the system has no such
/// setting. `man 7 icmp`.
#[must_use]
pub fn ping_group_range() -> Option<(u32, u32)> {
    sys::ping_group_range()
}

/// Whether this process may capture packets: opens the socket that captures are made of, and gives it
/// back at once. None where the system has no such socket. `man 7 packet`.
#[must_use]
pub fn try_capture(journal: &Journal) -> Option<Result<(), CallError>> {
    let operation = Operation::Socket { domain: "AF_PACKET", kind: "SOCK_RAW" };
    match sys::packet_socket() {
        Ok(_socket) => {
            let trace = Trace::new(journal, State::Unconnected);
            trace.tell(operation, Outcome::Socket(trace.id(), None), Duration::ZERO);
            Some(Ok(()))
        }
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => {
            Trace::tell_refused(journal, operation, &error);
            Some(Err(CallError::new(operation, error)))
        }
    }
}

/// Gives up, for good, what privilege this process has. On Linux privileges belong to threads: it has
/// to be called before any other is started, for they inherit what is left.
#[must_use]
pub fn give_back() -> GivenBack {
    sys::give_back()
}

/// Gives up what only raw sockets need, for a command that opens none (Linux). To be called before any
/// thread is started.
pub fn renounce_raw() {
    sys::renounce_raw();
}

/// Whether this program runs with another user's rights than its user's: it is a set-user-ID or
/// set-group-ID file.
#[must_use]
pub fn is_set_user_id() -> bool {
    sys::is_set_user_id()
}
