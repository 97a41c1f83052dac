//! Stream sockets anywhere but on Linux.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// No such option: whoever waits has to give up by itself.
pub(in crate::socket) fn set_user_timeout(
    _socket: &socket2::Socket,
    _limit: Duration,
) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
