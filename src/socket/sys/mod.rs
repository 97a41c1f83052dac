//! What differs between operating systems. Nothing outside this folder asks which one it is.

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
#[cfg(target_os = "linux")]
#[path = "privilege_linux.rs"]
pub(super) mod privilege;
#[cfg(not(target_os = "linux"))]
#[path = "privilege_other.rs"]
pub(super) mod privilege;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub(super) use datagram::{
    DATAGRAM_TICK, FILTERS_ECHOES, SHARE_PORT, dont_fragment_option, path_mtu, recv_from,
    refuse_echoes, set_fragmenting, set_traffic_class, share_port,
};
#[cfg(unix)]
pub use unix::{BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit};
#[cfg(windows)]
pub use windows::{BIND_REUSES_TIME_WAIT, SHORT_READ_DRAINS, raise_descriptor_limit};

/// The byte of the IP header that marks echoes: DSCP 43, a code point for local use, and no bits of
/// congestion control.
pub(super) const ECHO_MARK: u8 = 43 << 2;
