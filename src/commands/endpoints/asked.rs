//! The words of `netlab endpoints`, read: what is looked for, and in which order.

use super::Asked;
use crate::cli::{Endpoints, RangeName, SortName, WhichSockets};
use crate::commands::classify_port::fault;
use crate::endpoint::{Filter, Ports, Prefix, Query, SortBy, states_named};
use crate::error::Usage;
use crate::event::{State, Transport};
use crate::port::registry::{self, Protocol};
use crate::port::{Range, asked};

/// Reads them.
///
/// # Errors
///
/// [`Usage`] for a state, a port or an address that is none.
pub(super) fn read(args: &Endpoints) -> Result<Asked, Usage> {
    let mut filter = Filter {
        tcp: args.kind.tcp,
        udp: args.kind.udp,
        raw: args.kind.raw,
        family: match (args.kind.family.v4, args.kind.family.v6) {
            (true, _) => Some(4),
            (_, true) => Some(6),
            _ => None,
        },
        pids: args.which.pid.clone(),
        ranges: args.which.range.iter().copied().map(Range::from).collect(),
        words: args.words.iter().map(|word| word.to_lowercase()).collect(),
        service: (!args.words.is_empty()).then_some(service),
        ..Filter::default()
    };
    add_lists(&mut filter, &args.which)?;
    let (tcp, udp, raw) = filter.transports();
    let port = match filter.ports[..] {
        [Ports { span, .. }] if span.first == span.last => Some(span.first),
        _ => None,
    };
    // Counting needs no programs, unless they are what is looked for.
    let programs = !args.shown.no_programs && (!args.shown.count || filter.needs_programs());
    let query = Query { tcp, udp, raw, port, programs };
    Ok(Asked {
        filter,
        query,
        sort: args.shown.order.sort.into(),
        reverse: args.shown.order.reverse,
    })
}

/// The service that a port is registered for: free words find it in the rows that have the port.
fn service(transport: Transport, port: u16) -> Option<&'static str> {
    let protocol = match transport {
        Transport::Tcp => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
        Transport::Icmp | Transport::Raw(_) => return None,
    };
    registry::service(port, protocol)
}

/// What sockets do, and the words that have to be read for it.
fn add_lists(filter: &mut Filter, which: &WhichSockets) -> Result<(), Usage> {
    if which.listening {
        filter.states.extend([State::Listen, State::Unconnected]);
    }
    if which.established {
        filter.states.extend([State::Established, State::Connected]);
    }
    for name in &which.state {
        filter.states.extend(states_named(name).ok_or_else(|| no_state(name))?);
    }
    for text in &which.port {
        filter.ports.extend(ports(text)?);
    }
    for text in &which.host {
        filter.hosts.push(Prefix::read(text).ok_or_else(|| no_address(text))?);
    }
    Ok(())
}

/// What `classify-port` reads: `6000`, `6000-6063`, `80/tcp`, `https`.
fn ports(text: &str) -> Result<Vec<Ports>, Usage> {
    let asked = asked::read(text).map_err(|fault| {
        let usage = fault::usage(&fault);
        let (own, other) = ("netlab endpoints --port", "netlab classify-port");
        // What is said to try finds sockets, too; but a word has to be looked for over there.
        let command = match usage.command.strip_prefix(other) {
            Some(what) if !what.contains("--") => format!("{own}{what}"),
            _ => usage.command,
        };
        Usage { command, ..usage }
    })?;
    let protocol = asked.protocol;
    let ports: Vec<_> = asked.spans().into_iter().map(|span| Ports { span, protocol }).collect();
    if ports.is_empty() {
        return Err(Usage {
            what: "service with a port",
            value: text.to_owned(),
            rule:
                "a socket is found by its port, and IANA has registered this service without one, \
                   or without one of that protocol"
                    .into(),
            causes: vec!["the service is found by other means than a fixed port".into()],
            command: format!("netlab classify-port {text}"),
        });
    }
    Ok(ports)
}

fn no_state(name: &str) -> Usage {
    Usage {
        what: "state of a socket",
        value: name.to_owned(),
        rule: "states are LISTEN, SYN-SENT, SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, \
               CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT, CLOSED, and of datagram and raw sockets \
               UNCONNECTED, CONNECTED"
            .into(),
        causes: vec!["a misprint; capitals, - and _ do not matter".into()],
        command: "netlab endpoints --count".into(),
    }
}

fn no_address(text: &str) -> Usage {
    Usage {
        what: "address or prefix",
        value: text.to_owned(),
        rule: "--host takes addresses like 10.0.73.221 and fe80::1, and prefixes like 10.0.0.0/8"
            .into(),
        causes: vec![
            "a name: sockets know addresses only".into(),
            "a prefix longer than its address: 32 bits for IPv4, 128 for IPv6".into(),
        ],
        command: "netlab endpoints --host 10.0.0.0/8".into(),
    }
}

impl From<RangeName> for Range {
    fn from(word: RangeName) -> Self {
        match word {
            RangeName::WellKnown => Self::WellKnown,
            RangeName::Registered => Self::Registered,
            RangeName::Dynamic => Self::Dynamic,
        }
    }
}

impl From<SortName> for SortBy {
    fn from(word: SortName) -> Self {
        match word {
            SortName::Protocol => Self::Protocol,
            SortName::State => Self::State,
            SortName::Port => Self::Port,
            SortName::DestinationPort => Self::DestinationPort,
            SortName::Source => Self::Source,
            SortName::Destination => Self::Destination,
            SortName::Program => Self::Program,
            SortName::Pid => Self::Pid,
            SortName::Queue => Self::Queue,
        }
    }
}
