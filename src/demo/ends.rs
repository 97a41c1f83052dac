//! What most scenes begin with: a server that listens, a client that connects, a refusal in words.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::error::{CallError, Failure};
use crate::event::{FactValue, Journal, Operation, OsError, errno};
use crate::socket::{Listener, Socket, Stream};

/// Loopback, any free port.
pub(super) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A socket that listens on a free port of the loopback, and where: `socket`, `bind`, `listen`,
/// `getsockname`.
pub(super) fn listener(
    journal: &Journal,
    backlog: i32,
) -> Result<(Listener, SocketAddr), CallError> {
    let socket = Socket::stream(journal, ANY)?;
    socket.bind(ANY)?;
    let listener = socket.listen(backlog)?;
    let address = listener.local_address()?;
    Ok((listener, address))
}

/// A socket that is connected, and with which address and port of its own: `socket`, `connect`,
/// `getsockname`.
pub(super) fn connected(
    journal: &Journal,
    server: SocketAddr,
) -> Result<(Stream, SocketAddr), CallError> {
    let stream = Socket::stream(journal, server)?.connect(server, false, || ())?.finish()?;
    let own = stream.local_address()?;
    Ok((stream, own))
}

/// A call that must not fail here.
pub(super) fn must<T>(operation: Operation, result: io::Result<T>) -> Result<T, Failure> {
    result.map_err(|error| CallError::new(operation, error).into())
}

/// Takes exactly so many bytes, with as many `recv` as it needs; fewer when the other side ends.
pub(super) fn recv_all(stream: &Stream, bytes: usize) -> Result<Vec<u8>, Failure> {
    let mut taken = vec![0; bytes];
    let mut have = 0;
    while have < bytes {
        let room = taken.get_mut(have..).unwrap_or_default();
        let operation = Operation::Recv(room.len());
        match must(operation, stream.recv(room))? {
            0 => break,
            came => have += came,
        }
    }
    taken.truncate(have);
    Ok(taken)
}

/// An error by its name and its number on the three systems, as far as it has one there:
/// `ECONNREFUSED (Linux 111, macOS 61, Windows 10061)`.
pub(super) fn in_words(error: OsError) -> String {
    let Some(row) = errno::find(error) else { return error.name() };
    let windows = row.windows.map_or(String::new(), |number| format!(", Windows {number}"));
    format!("{} (Linux {}, macOS {}{windows})", row.name, row.linux, row.macos)
}

/// A time as the value of a fact, whose name ends in `_ns`.
pub(super) fn nanoseconds(time: Duration) -> FactValue {
    FactValue::Number(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

/// A time for people: `84 µs`, `1.2 ms`, `2.0 s`.
pub(super) fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.0} µs"),
        ..1_000_000.0 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.1} s", micros / 1e6),
    }
}
