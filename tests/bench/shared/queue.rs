//! The accept queue of a listening socket, seen from outside.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// How many connections wait on this port of an IPv4 address to be accepted.
///
/// For a socket that listens, the system lists that number where it lists the bytes that wait
/// to be received for others. Listening sockets come first, so little is read.
pub fn waiting(port: u16) -> io::Result<usize> {
    for line in BufReader::new(File::open("/proc/net/tcp")?).lines().skip(1) {
        let line = line?;
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, "0A", queues, ..] = fields[..] else {
            break;
        };
        if hexadecimal(local) == Some(usize::from(port)) {
            return hexadecimal(queues).ok_or_else(|| io::Error::other("/proc/net/tcp is odd"));
        }
    }
    Err(io::Error::other("the server does not listen any more"))
}

/// The number after the colon.
fn hexadecimal(field: &str) -> Option<usize> {
    usize::from_str_radix(field.split_once(':')?.1, 16).ok()
}
