//! # Datagram sockets: the echo
//!
//! A datagram is a message of its own: it arrives whole or not at all, and UDP promises neither that
//! it arrives nor when. There is no connection to open, none to close and none to break.
//! [RFC 768](https://www.rfc-editor.org/rfc/rfc768) needs three pages for all of it:
//!
//! ```text
//!    0      7 8     15 16    23 24    31
//!   +--------+--------+--------+--------+
//!   |   source port   | destination port|   8 bytes of header, then the data:
//!   +--------+--------+--------+--------+   at most 65,535 - 8 - 20 (IPv4) = 65,507 bytes
//!   |     length      |    checksum     |
//!   +--------+--------+--------+--------+
//!
//!   client                              server
//!   sendto ──── "hello" ──────────────▶ recvfrom   who sent it comes with it
//!   recvfrom ◀───────────── "hello" ─── sendto     back to there
//!   sendto ──── "again" ───── ✗                    lost: nobody is told
//! ```
//!
//! | module | job |
//! | --- | --- |
//! | [`server`] | answers every datagram with itself; on request drops, delays, doubles, reorders, changes some |
//! | [`client`] | sends lines or a counted burst, and keeps account of what comes back |
//! | [`header`] | what the client's burst writes into each datagram, so that replies can be told apart |

pub mod client;
pub mod header;
pub mod server;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use crate::event::SafeText;
use crate::socket::DatagramSocket;

/// The longest datagram, in bytes of data: the length field of IPv4 counts its own header of 20 and
/// UDP's of 8, the one of IPv6 only UDP's.
#[must_use]
pub const fn longest(address: &SocketAddr) -> usize {
    match address {
        SocketAddr::V4(_) => 65_535 - 20 - 8,
        SocketAddr::V6(_) => 65_535 - 8,
    }
}

/// Bytes of a datagram that are kept to be shown.
const SHOWN: usize = 256;

/// The beginning of a datagram as text: a line feed at its end is no part of the line. Nothing for
/// those of a burst.
fn text(bytes: &[u8]) -> SafeText {
    if header::is_of_a_burst(bytes) {
        // Its letters say nothing to a person.
        return SafeText::default();
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    SafeText::new(&line[..line.len().min(SHOWN)])
}

/// Takes datagrams from a socket, and knows what a short buffer has cut off.
#[derive(Debug)]
struct Intake {
    buffer: Vec<u8>,
    /// Room for a whole datagram, to see how long it is before a part of it is taken; not needed when
    /// the buffer takes every datagram whole.
    peeked: Vec<u8>,
}

/// A datagram that was taken.
#[derive(Clone, Copy, Debug)]
struct Taken<'a> {
    bytes: &'a [u8],
    /// Its length before it was cut.
    length: usize,
    from: SocketAddr,
}

impl Intake {
    /// The longest datagram of all.
    const WHOLE: usize = 65_535;

    fn new(buffer: usize) -> Self {
        let peeked = if buffer < Self::WHOLE { Self::WHOLE } else { 0 };
        Self { buffer: vec![0; buffer], peeked: vec![0; peeked] }
    }

    /// Waits for a datagram. On a connected socket the peer is known.
    fn take(&mut self, socket: &DatagramSocket, peer: Option<SocketAddr>) -> io::Result<Taken<'_>> {
        let length = if self.peeked.is_empty() {
            None
        } else {
            let (length, from) = socket.peek_from(&mut self.peeked)?;
            Some((length, from))
        };
        let taken = match peer {
            Some(peer) => socket.recv(&mut self.buffer).map(|bytes| (bytes, peer)),
            None => socket.recv_from(&mut self.buffer),
        };
        let (bytes, from) = match (taken, length) {
            // Windows calls it an error that the datagram was longer, and fills the buffer.
            (Err(error), Some((_, from))) if cfg!(windows) && is_too_long(&error) => {
                (self.buffer.len(), from)
            }
            (taken, _) => taken?,
        };
        let length = length.map_or(bytes, |(length, _)| length.max(bytes));
        Ok(Taken { bytes: &self.buffer[..bytes], length, from })
    }
}

/// EMSGSIZE: longer than a buffer, or than any datagram.
fn is_too_long(error: &io::Error) -> bool {
    let os = crate::event::OsError::from(error);
    crate::event::errno::name(os) == Some("EMSGSIZE")
}

/// "Port unreachable" came back for an earlier datagram: ECONNREFUSED, on Windows ECONNRESET.
fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
