//! macOS and Windows. Written from their documentation and type-checked; never run here.

use std::net::UdpSocket;

use super::{PortUsers, Route};

/// `connect` on a datagram socket sends nothing; it only makes the system choose the address it
/// would send from. The destination is one that is reserved for documentation (RFC 5737).
pub(crate) fn default_route() -> Option<Route> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    Some(Route::Address(socket.local_addr().ok()?.ip()))
}

/// The default of both systems: IANA's dynamic range.
pub(crate) fn source_ports() -> Option<(u16, u16)> {
    Some((49152, 65535))
}

/// macOS has let everybody bind every port on every address since 10.14, Windows always has.
pub(crate) fn unprivileged_from() -> Option<u16> {
    None
}

/// Not looked up: both systems tell through interfaces that netlab does not use yet.
pub(crate) fn port_users(_protocol: &str, _port: u16) -> Option<PortUsers> {
    None
}
