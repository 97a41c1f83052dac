//! Linux, macOS and other descendants of BSD.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// `SO_REUSEADDR` lets `bind` take a port whose old connections are in TIME-WAIT, and never one
/// that has a listener (`man 7 socket`). netlab sets it on servers.
pub const BIND_REUSES_TIME_WAIT: bool = true;

/// A `recv` that returned less than asked for has emptied the socket: the next arrival is reported
/// as a new event, so there is no need to read until the system says "would block"
/// (`man 7 epoll`, question 9; `EV_CLEAR` in `man 2 kqueue`).
pub const SHORT_READ_DRAINS: bool = true;

/// Lets this process open as many sockets as it may: login shells often start with 1,024 although
/// the hard limit is far higher. Returns the limit that now holds, where it is known.
#[must_use]
pub fn raise_descriptor_limit() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    if soft >= hard || setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_err() {
        return Some(soft);
    }
    Some(hard)
}

/// The processor time of the calling thread (`man 3 clock_gettime`).
pub fn thread_cpu_time() -> Option<Duration> {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
}
