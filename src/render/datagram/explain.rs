//! Why a program makes a call on a datagram socket, or what its result means.

use crate::event::{Call, Operation, Outcome, State};

/// One line for a call that ended well. None for calls that mean the same on every socket.
pub(in crate::render) fn why(call: &Call) -> Option<String> {
    Some(match (&call.operation, &call.outcome) {
        (Operation::Socket { .. }, _) => {
            "a UDP socket: an object in this program, no address, no peer".into()
        }
        (Operation::SetOption(name, _), _) => option(name)?.into(),
        (Operation::SetAddress("IP_MULTICAST_IF", _), _) => {
            "multicast leaves by the interface with this address".into()
        }
        (Operation::SetAddress(_, group), _) => {
            format!(
                "what is sent to {group} is for this socket too; the network is told (IGMP, MLD)"
            )
        }
        (Operation::GetOption(_), Outcome::Value(mtu)) => {
            format!("the largest packet that the way there takes is {mtu} bytes")
        }
        (Operation::Bind(address), _) if address.port() != 0 => {
            format!("datagrams to port {} find this socket from now on", address.port())
        }
        (Operation::Connect(address), _) => {
            format!("nothing is sent: the socket remembers {address}, and hears nobody else")
        }
        (Operation::SocketName, _) if call.state == State::Unconnected => {
            "my own endpoint; there is no other side".into()
        }
        (Operation::SendTo(..), Outcome::Value(bytes)) => {
            format!("{} in one datagram; handed over, not delivered", count(*bytes))
        }
        (Operation::Send(_), Outcome::Value(bytes)) => {
            format!("{} in one datagram to the peer that connect named", count(*bytes))
        }
        (Operation::Peek(_), Outcome::From(bytes, _)) => {
            format!("how long is it? {bytes}; MSG_PEEK leaves it in the queue")
        }
        (Operation::RecvFrom(_) | Operation::Peek(_), Outcome::Value(0)) => {
            "woken by this side's own shutdown: nobody sent anything".into()
        }
        (Operation::RecvFrom(size), Outcome::From(bytes, _)) => received(*size, *bytes),
        (Operation::Recv(_), Outcome::Value(0)) => {
            "an empty datagram, which is allowed; or this side's own shutdown".into()
        }
        (Operation::Shutdown(_), _) => {
            "this side receives no more; it wakes the waiting recv. Nobody is told".into()
        }
        (Operation::Recv(size), Outcome::Value(bytes)) => {
            received(*size, usize::try_from(*bytes).unwrap_or(0))
        }
        (Operation::Close, _) => "the socket goes back to the system; nobody is told".into(),
        _ => return None,
    })
}

/// The same for a call that failed.
pub(in crate::render) fn why_failed(name: &str, operation: &Operation) -> Option<String> {
    Some(match (name, operation) {
        ("ECONNREFUSED" | "ECONNRESET", _) => {
            "ICMP \"port unreachable\" came back for an earlier datagram".into()
        }
        ("EMSGSIZE", Operation::Send(_) | Operation::SendTo(..)) => {
            "too long for one datagram on this way".into()
        }
        ("ENOTCONN", Operation::Shutdown(_)) => {
            "there is no connection to end; it wakes the waiting recvfrom".into()
        }
        ("EACCES", Operation::Send(_) | Operation::SendTo(..)) => {
            "a broadcast address, and SO_BROADCAST is off".into()
        }
        _ => return None,
    })
}

fn option(name: &str) -> Option<&'static str> {
    Some(match name {
        "SO_BROADCAST" => "broadcast addresses may be sent to",
        "SO_REUSEADDR" => "other programs here may join the same group on the same port",
        "SO_ATTACH_FILTER" => "echoes of another netlab are thrown away: no echo of an echo",
        "IP_TOS" | "IPV6_TCLASS" => "a mark: netlab knows its echoes by it, and answers none",
        "IP_TTL" | "IPV6_UNICAST_HOPS" => "so many routers may pass it on",
        "IP_MULTICAST_TTL" | "IPV6_MULTICAST_HOPS" => {
            "routers that may pass it on: with 1 it stays on this network segment"
        }
        "IPV6_MULTICAST_IF" => "multicast leaves by this interface",
        "IP_MTU_DISCOVER" | "IPV6_MTU_DISCOVER" | "IP_DONTFRAG" | "IPV6_DONTFRAG" => {
            "don't fragment: too large for the way is an error"
        }
        _ => return None,
    })
}

fn received(size: usize, taken: usize) -> String {
    match taken {
        0 => "a datagram of 0 bytes: allowed, and not the end of anything".into(),
        _ if taken == size => {
            format!("{}: as much as was asked for; any rest is lost", count_of(taken))
        }
        _ => format!("one whole datagram of {}", count_of(taken)),
    }
}

fn count(bytes: i64) -> String {
    count_of(usize::try_from(bytes).unwrap_or(0))
}

fn count_of(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
