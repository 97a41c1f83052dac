//! Datagram sockets on macOS and Windows. Written from their documentation and type-checked; never
//! run here.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::SockRef;

/// Nothing wakes a thread that waits for a datagram, so it looks up so often by itself.
pub(in crate::socket) const DATAGRAM_TICK: Option<Duration> = Some(Duration::from_millis(200));

/// Only Linux lets a program filter what its own sockets receive.
pub(in crate::socket) const FILTERS_ECHOES: bool = false;

pub(in crate::socket) fn recv_from(
    socket: &UdpSocket,
    buffer: &mut [u8],
    peek: bool,
) -> io::Result<(usize, SocketAddr)> {
    if peek { socket.peek_from(buffer) } else { socket.recv_from(buffer) }
}

pub(in crate::socket) const fn dont_fragment_option(v6: bool) -> (&'static str, i64) {
    (if v6 { "IPV6_DONTFRAG" } else { "IP_DONTFRAG" }, 1)
}

/// `man 4 ip`, `man 4 ip6` of macOS 11 and later.
#[cfg(target_os = "macos")]
pub(in crate::socket) fn set_fragmenting(
    socket: &UdpSocket,
    v6: bool,
    forbid: bool,
) -> io::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt};
    if v6 {
        Ok(setsockopt(socket, sockopt::Ipv6DontFrag, &forbid)?)
    } else {
        Ok(setsockopt(socket, sockopt::IpDontFrag, &forbid)?)
    }
}

/// Windows has the option, but no library that netlab uses can set it.
#[cfg(not(target_os = "macos"))]
pub(in crate::socket) fn set_fragmenting(
    _: &UdpSocket,
    _v6: bool,
    _forbid: bool,
) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Neither system tells.
pub(in crate::socket) fn path_mtu(_socket: &UdpSocket, _v6: bool) -> io::Result<usize> {
    Err(ErrorKind::Unsupported.into())
}

/// The option by which several programs may bind a multicast port.
pub(in crate::socket) const SHARE_PORT: &str =
    if cfg!(target_os = "macos") { "SO_REUSEPORT" } else { "SO_REUSEADDR" };

#[cfg(target_os = "macos")]
pub(in crate::socket) fn share_port(socket: &SockRef<'_>, on: bool) -> io::Result<()> {
    socket.set_reuse_port(on)
}

#[cfg(not(target_os = "macos"))]
pub(in crate::socket) fn share_port(socket: &SockRef<'_>, on: bool) -> io::Result<()> {
    socket.set_reuse_address(on)
}

/// `IPV6_TCLASS`, `man 4 ip6` of macOS.
#[cfg(target_os = "macos")]
pub(in crate::socket) fn set_traffic_class(socket: &SockRef<'_>, class: u32) -> io::Result<()> {
    socket.set_tclass_v6(class)
}

/// Windows lets no program set it.
#[cfg(not(target_os = "macos"))]
pub(in crate::socket) fn set_traffic_class(_socket: &SockRef<'_>, _class: u32) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Never called.
pub(in crate::socket) fn refuse_echoes(_: &UdpSocket, _v6: bool, _v4: bool) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
