//! A call read from how it is written in a record.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use super::fact::Deed;

/// `send(6) = 6`, `connect(127.0.0.1:6000) = -1 ECONNREFUSED`.
pub(super) fn deed(text: &str) -> Deed {
    read(text).unwrap_or(Deed::Nothing)
}

fn read(text: &str) -> Option<Deed> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, result) = rest.split_once(") = ")?;
    if matches!(name, "connect" | "connect_ex") {
        return Some(Deed::Connected(arguments.parse().ok()?));
    }
    if result.starts_with("-1") {
        return None;
    }
    Some(match name {
        "socket" => Deed::Made(arguments.contains("SOCK_STREAM")),
        "bind" => Deed::Bound(arguments.parse().ok()?),
        "listen" => Deed::Listens,
        "accept" => match result.split_once(" from ") {
            Some((made, peer)) => Deed::Accepted(made.to_owned(), peer.parse().ok()),
            None => Deed::Accepted(result.to_owned(), None),
        },
        "getsockname" => Deed::Local(result.parse().ok()?),
        "getpeername" => Deed::Remote(result.parse().ok()?),
        "send" => Deed::Sent(result.parse().ok()?),
        "sendto" => {
            let (_, to) = arguments.split_once(", ")?;
            Deed::SentTo(result.parse().ok()?, peer(to)?)
        }
        "recv" => Deed::Took(result.parse().ok()?),
        // A look, or an entry of the queue of errors, takes no datagram.
        "recvfrom" | "recvmsg" if arguments.contains("MSG_") => return None,
        "recvfrom" | "recvmsg" => {
            let (bytes, from) = result.split_once(" from ")?;
            Deed::TookFrom(bytes.parse().ok()?, peer(from)?)
        }
        "shutdown" if matches!(arguments, "SHUT_WR" | "SHUT_RDWR") => Deed::Ended,
        "close" => Deed::Closed,
        _ => return None,
    })
}

/// `127.0.0.1:7`, and without a port, for protocols that have none, `127.0.0.1`, `fe80::1%2`.
fn peer(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some((ip, scope)) = text.split_once('%') {
        return Some(SocketAddrV6::new(ip.parse().ok()?, 0, 0, scope.parse().ok()?).into());
    }
    Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, 0))
}
