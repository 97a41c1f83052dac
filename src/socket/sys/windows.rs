//! Windows. Written from its documentation and type-checked; never run here.

/// `SO_REUSEADDR` on Windows lets two programs listen on one port at once, which is not what a
/// server wants; a port in TIME-WAIT can be bound without it. So netlab leaves it alone.
pub const BIND_REUSES_TIME_WAIT: bool = false;

/// The event queue reports a socket again only after a call on it said "would block".
pub const SHORT_READ_DRAINS: bool = false;

/// Windows has no such limit for sockets.
pub fn raise_descriptor_limit() -> Option<u64> {
    None
}

/// `GetThreadTimes` knows it, and cannot be called without unsafe code.
pub fn thread_cpu_time() -> Option<std::time::Duration> {
    None
}
