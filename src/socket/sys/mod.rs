//! What differs between operating systems. Nothing outside this folder asks which one it is.

#[cfg(target_os = "linux")]
#[path = "capture_linux.rs"]
pub(super) mod capture;
#[cfg(not(target_os = "linux"))]
#[path = "capture_other.rs"]
pub(super) mod capture;
#[cfg(target_os = "linux")]
mod capture_filter;
#[cfg(target_os = "linux")]
#[path = "datagram_linux.rs"]
mod datagram;
#[cfg(not(target_os = "linux"))]
#[path = "datagram_other.rs"]
mod datagram;
#[cfg(unix)]
#[path = "icmp_unix.rs"]
pub(super) mod icmp;
#[cfg(windows)]
#[path = "icmp_windows.rs"]
pub(super) mod icmp;
#[cfg(unix)]
#[path = "own_unix.rs"]
pub(super) mod own;
#[cfg(windows)]
#[path = "own_windows.rs"]
pub(super) mod own;
#[cfg(target_os = "linux")]
#[path = "privilege_linux.rs"]
pub(super) mod privilege;
#[cfg(not(target_os = "linux"))]
#[path = "privilege_other.rs"]
pub(super) mod privilege;
#[cfg(target_os = "linux")]
#[path = "stream_linux.rs"]
mod stream;
#[cfg(not(target_os = "linux"))]
#[path = "stream_other.rs"]
mod stream;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub(super) use datagram::{
    DATAGRAM_TICK, FILTERS_ECHOES, SHARE_PORT, dont_fragment_option, path_mtu, recv_from,
    refuse_echoes, set_fragmenting, set_traffic_class, share_port,
};
pub(super) use stream::set_user_timeout;
#[cfg(unix)]
pub use unix::{BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit, thread_cpu_time};
#[cfg(windows)]
pub use windows::{
    BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit, thread_cpu_time,
};

/// The byte of the IP header that marks echoes: DSCP 43, a code point for local use, and no bits of
/// congestion control.
pub(super) const ECHO_MARK: u8 = 43 << 2;
