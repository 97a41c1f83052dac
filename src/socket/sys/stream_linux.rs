//! Stream sockets on Linux.

use std::io;
use std::time::Duration;

/// `TCP_USER_TIMEOUT` (`man 7 tcp`): the kernel itself gives a connection up when nothing was
/// acknowledged for so long; before there is one, that is when no SYN was answered.
pub(in crate::socket) fn set_user_timeout(
    socket: &socket2::Socket,
    limit: Duration,
) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(limit))
}
