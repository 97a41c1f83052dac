//! The same tables as text, in `/proc/net` (`man 5 proc_net`): slower to write and to read, but there
//! where netlink is not, as in some containers and sandboxes, and the only place for ping sockets.
//!
//! ```text
//!   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//!    0: 0100007F:1770 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 …
//! ```
//!
//! Addresses are words of 4 bytes in the machine's own byte order; ports are not.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::kind::{Kind, PINGS, keep};
use crate::endpoint::Query;
use crate::event::{MachineSocket, Queues, Side, Sockets, State};

/// Adds the sockets of a table.
pub(super) fn read(kind: &Kind, query: Query, sockets: &mut Sockets) -> io::Result<()> {
    for_each(kind, |_, socket| keep(sockets, socket, query))
}

/// Adds the ping sockets of both families.
///
/// Linux keeps both in one hash table, whose bucket is the number at the head of a row. It looks for
/// the first socket of a family in each bucket, and then tells the rest of that bucket, whatever
/// family it is. So a row that is not the first of its bucket counts only when no other row has its
/// key.
pub(super) fn pings(sockets: &mut Sockets) {
    let (mut sure, mut doubtful) = (Vec::new(), Vec::new());
    for kind in &PINGS {
        let mut before = String::new();
        // Without the file there is no such family here.
        let _ = for_each(kind, |bucket, socket| {
            if bucket == before { &mut doubtful } else { &mut sure }.push(socket);
            bucket.clone_into(&mut before);
        });
    }
    for socket in doubtful {
        if sure.iter().all(|known: &MachineSocket| known.key != socket.key) {
            sure.push(socket);
        }
    }
    sockets.extend(sure);
}

/// Tells every row of a table: the word at its head, and its socket.
fn for_each(kind: &Kind, mut tell: impl FnMut(&str, MachineSocket)) -> io::Result<()> {
    let mut file = BufReader::new(File::open(format!("/proc/net/{}", kind.file))?);
    let mut line = String::with_capacity(256);
    while file.read_line(&mut line)? > 0 {
        if let Some((bucket, socket)) = row(&line, kind) {
            tell(bucket, socket);
        }
        line.clear();
    }
    Ok(())
}

/// One line: the word at its head, and its socket. None for the heading.
pub(super) fn row<'a>(line: &'a str, kind: &Kind) -> Option<(&'a str, MachineSocket)> {
    let mut fields = line.split_ascii_whitespace();
    let head = fields.next()?;
    let (source, destination) = (side(fields.next()?, kind)?, side(fields.next()?, kind)?);
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    let (send, receive) = fields.next()?.split_once(':')?;
    let mut fields = fields.skip(2);
    let user = fields.next()?.parse().ok()?;
    let key = fields.nth(1)?.parse().ok()?;
    let mut socket = kind.socket(state, source, destination);
    socket.key = key;
    socket.user = if key == 0 { None } else { Some(user) };
    // How many connections a listening socket may queue is not written here.
    if socket.state != State::Listen {
        let number = |text| u32::from_str_radix(text, 16).ok();
        socket.queues = Some(Queues { receive: number(receive)?, send: number(send)? });
    }
    Some((head, socket))
}

fn side(text: &str, kind: &Kind) -> Option<Side> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word =
        |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip = match address.len() {
        8 if !kind.v6 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 if kind.v6 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(words.as_flattened()).ok()?))
        }
        _ => return None,
    };
    Some(Side { ip, port })
}
