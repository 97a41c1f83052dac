//! macOS and Windows. Written from their documentation and type-checked; never run here.

use std::net::UdpSocket;

use super::{Listing, Route};
use crate::endpoint::Query;
use crate::endpoint::programs::Programs;
use crate::error::Failure;

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

/// Windows keeps ports back for programs that asked for them (`netsh interface ipv4 show
/// excludedportrange`), and tells nobody through what is safe to call; macOS keeps none back.
pub(crate) fn kept_back_ports() -> Vec<(u16, u16)> {
    Vec::new()
}

/// There is no border. Windows lets everybody bind every port; macOS since 10.14 as well, on all
/// addresses at once: on a single one, ports below 1024 are still root's.
pub(crate) fn unprivileged_from() -> Option<u16> {
    None
}

/// What there is, without an error: a system that does not tell is said to be unseen.
#[expect(clippy::unnecessary_wraps, reason = "Linux can refuse")]
pub(crate) fn sockets(query: Query) -> Result<Listing, Failure> {
    #[cfg(target_os = "macos")]
    let listing = super::lsof::sockets(query);
    #[cfg(windows)]
    let listing = super::windows::sockets(query);
    #[cfg(not(any(target_os = "macos", windows)))]
    let listing = {
        let _ = query;
        let unseen = vec!["Sockets are not looked up on this system.".to_owned()];
        Listing { unseen, ..Listing::default() }
    };
    Ok(listing)
}

/// Nothing: what there is comes with the sockets.
pub(crate) fn programs(wanted: Vec<u32>) -> Programs {
    Programs::new(wanted, Vec::new(), Vec::new())
}

/// Never asked: what there is comes with the sockets.
pub(crate) fn programs_unseen(sockets: usize) -> String {
    format!("Programs of {sockets} sockets do not show.")
}
