//! Why a program makes a call on an ICMP socket, or what its result means.

use std::collections::HashMap;

use crate::event::{Call, Operation, Outcome, SocketId, State};

/// The ICMP sockets of a run. Their state is that of datagram sockets without a peer, so they are
/// known by how they were made.
#[derive(Debug, Default)]
pub(in crate::render) struct Sockets(HashMap<SocketId, Kind>);

/// What kind of ICMP socket it is.
#[derive(Clone, Copy, Debug)]
struct Kind {
    raw: bool,
    v6: bool,
}

impl Kind {
    fn of(domain: &str, kind: &str) -> Option<Self> {
        let raw = kind.starts_with("SOCK_RAW");
        let icmp = raw || kind.starts_with("SOCK_DGRAM, IPPROTO_ICMP");
        icmp.then(|| Self { raw, v6: domain == "AF_INET6" })
    }
}

impl Sockets {
    /// One line for a call on an ICMP socket. None for other sockets, and for calls that mean the
    /// same on every one.
    pub(in crate::render) fn why(&mut self, call: &Call) -> Option<String> {
        if let (Operation::Socket { domain, kind }, Outcome::Socket(..)) =
            (&call.operation, &call.outcome)
        {
            // Labels are not used twice in a run; a demo of several runs may.
            match Kind::of(domain, kind) {
                Some(kind) => self.0.insert(call.socket, kind),
                None => self.0.remove(&call.socket),
            };
        }
        // A datagram socket beside them, which has no handshake: a connection would be ESTABLISHED.
        if let (Operation::Connect(_), Outcome::Value(0), false) =
            (&call.operation, &call.outcome, self.0.is_empty())
            && call.state != State::Established
        {
            let why = "nothing is sent: it makes the kernel choose the address to send from";
            return Some(why.to_owned());
        }
        let kind = match (self.0.get(&call.socket), &call.operation) {
            (Some(kind), _) => *kind,
            // A socket that was refused has a label that the next one will have.
            (None, Operation::Socket { domain, kind }) => Kind::of(domain, kind)?,
            (None, _) => return None,
        };
        match &call.outcome {
            Outcome::Failed(error) => failed(&error.name(), &call.operation, kind).map(Into::into),
            _ => succeeded(call, kind),
        }
    }
}

fn succeeded(call: &Call, kind: Kind) -> Option<String> {
    Some(match (&call.operation, &call.outcome) {
        (Operation::Socket { .. }, _) if kind.raw => {
            "a raw socket: ICMP messages as they come, no port, no peer".into()
        }
        (Operation::Socket { .. }, _) => {
            "a ping socket: echoes only; identifier and checksum are the kernel's".into()
        }
        (Operation::SetOption(name, value), _) => option(name, *value)?.into(),
        (Operation::SetInterface(..), _) => "this interface only, out and in".into(),
        (Operation::Bind(address), _) if address.ip().is_unspecified() => {
            "any address of this machine; there is no port to take".into()
        }
        (Operation::Bind(address), _) => {
            format!("sends from {}, and hears only what comes for it", address.ip())
        }
        (Operation::SocketName, _) if kind.raw => "my own address; no port: ICMP has none".into(),
        (Operation::SocketName, Outcome::Address(own)) if own.port() == 0 => {
            "not bound yet: the kernel has chosen no identifier".into()
        }
        (Operation::SocketName, _) => {
            "my own address; in the port's place: the identifier the kernel chose".into()
        }
        (Operation::SendTo(..), Outcome::Value(_)) => {
            if kind.v6 {
                "an ICMPv6 message; the kernel puts IP header and checksum to it".into()
            } else if kind.raw {
                "an ICMP message; the kernel puts the IP header before it".into()
            } else {
                "an ICMP message; the kernel fills in identifier and checksum".into()
            }
        }
        (Operation::RecvMsg(_), Outcome::From(..) | Outcome::Value(_)) => {
            received(kind, &call.outcome)
        }
        (Operation::RecvErrors(_), _) if kind.raw => {
            "no error: a copy of what left, with the header of the link before it".into()
        }
        (Operation::RecvErrors(_), _) => {
            "the queue of errors: what ICMP says, and of which packet; or a copy of what left"
                .into()
        }
        (Operation::Poll(_), Outcome::Value(0)) => {
            "asleep until it was time for something: nothing has come".into()
        }
        (Operation::Close, _) => "the socket goes back to the system; nobody is told".into(),
        _ => return None,
    })
}

fn received(kind: Kind, outcome: &Outcome) -> String {
    let bytes = match outcome {
        Outcome::From(bytes, _) => i64::try_from(*bytes).unwrap_or(i64::MAX),
        Outcome::Value(bytes) => *bytes,
        _ => 0,
    };
    let what = if kind.raw && !kind.v6 {
        "a packet with its IP header"
    } else {
        "the ICMP message, without its IP header"
    };
    format!("{bytes} bytes: {what}; the time came beside it")
}

fn option(name: &str, value: i64) -> Option<&'static str> {
    Some(match (name, value) {
        ("SO_TIMESTAMPNS" | "SO_TIMESTAMP", _) => {
            "the kernel notes when a packet arrives, not when we wake up"
        }
        ("SO_TIMESTAMPING", _) => "the kernel gives back what leaves, as it leaves, and when",
        ("ICMP_FILTER" | "ICMP6_FILTER", _) => {
            "the kernel looks first: echo requests do not wake this program"
        }
        ("SO_RCVBUF", _) => "so many bytes may wait in the kernel for this program",
        ("IP_RECVERR" | "IPV6_RECVERR", _) => {
            "ICMP errors about what it sends are queued (MSG_ERRQUEUE)"
        }
        ("IP_RECVTTL" | "IPV6_RECVHOPLIMIT", _) => {
            "recvmsg tells the hop limit that was left of each message"
        }
        ("IPV6_RECVPKTINFO" | "IP_PKTINFO", _) => "recvmsg tells to which address each was sent",
        ("IP_TTL" | "IPV6_UNICAST_HOPS", _) => {
            "routers take 1 each; who reaches 0 says \"time exceeded\""
        }
        ("IP_MTU_DISCOVER" | "IPV6_MTU_DISCOVER", 0) => {
            "everybody on the way may cut it into fragments"
        }
        ("IP_MTU_DISCOVER" | "IPV6_MTU_DISCOVER" | "IP_DONTFRAG" | "IPV6_DONTFRAG", _) => {
            "don't fragment: too large for the way is an error"
        }
        ("SO_BROADCAST", _) => "broadcast addresses may be sent to",
        ("SO_RXQ_OVFL", _) => "recvmsg tells how many the kernel threw away for lack of room",
        ("IPV6_CHECKSUM", _) => "the kernel works out the checksum",
        _ => return None,
    })
}

fn failed(name: &str, operation: &Operation, kind: Kind) -> Option<&'static str> {
    let sends = matches!(operation, Operation::SendTo(..));
    Some(match (name, operation) {
        ("EPERM" | "EACCES", Operation::Socket { .. }) if kind.raw => {
            "not permitted: raw sockets need root or the capability CAP_NET_RAW"
        }
        ("EPERM" | "EACCES", Operation::Socket { .. }) => {
            "not permitted: this group is not in net.ipv4.ping_group_range"
        }
        ("EAGAIN", Operation::RecvMsg(_)) => "would block: nothing has arrived",
        ("EAGAIN", Operation::RecvErrors(_)) => "would block: the queue of errors is empty",
        ("EAGAIN" | "ENOBUFS", _) if sends => "would block: no room to send, the link is slower",
        ("EMSGSIZE", _) if sends => "too large for the way, and it may not be cut",
        ("ENETUNREACH", _) if sends => "no route: this machine knows no way there",
        ("EHOSTUNREACH", _) if sends => {
            "nobody answers ARP or neighbor discovery, or a router said so"
        }
        ("EACCES", _) if sends => "a broadcast address, and SO_BROADCAST is off; or a rule",
        ("EPERM", _) if sends => "a firewall rule of this machine forbids it",
        ("ECONNREFUSED", _) => "an ICMP error came back for an earlier message",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::State;

    fn call(socket: u32, operation: Operation) -> Call {
        Call {
            socket: SocketId(socket),
            operation,
            outcome: match operation {
                Operation::Socket { .. } => Outcome::Socket(SocketId(socket), None),
                _ => Outcome::Value(64),
            },
            took: Duration::ZERO,
            state: State::Unconnected,
        }
    }

    #[test]
    fn icmp_sockets_are_known_by_how_they_were_made() {
        let made = |kind| Operation::Socket { domain: "AF_INET", kind };
        let sent = Operation::SendTo(64, ([127, 0, 0, 1], 0).into());
        let mut sockets = Sockets::default();
        for (label, kind) in ["SOCK_RAW, IPPROTO_ICMP", "SOCK_DGRAM, IPPROTO_ICMP", "SOCK_DGRAM"]
            .into_iter()
            .enumerate()
        {
            let label = u32::try_from(label).expect("a small number");
            let told = sockets.why(&call(label, made(kind))).is_some();
            assert_eq!(told, kind != "SOCK_DGRAM", "{kind}");
            assert_eq!(sockets.why(&call(label, sent)).is_some(), told, "{kind}");
        }
        let ping = sockets.why(&call(1, sent)).unwrap_or_default();
        assert!(ping.contains("identifier"), "{ping}");
    }
}
