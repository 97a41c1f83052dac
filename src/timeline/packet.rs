//! A packet of a record.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde_json::Value;

use super::clean::clean;
use super::texts::Names;
pub(super) use crate::event::flag::{ACK, FIN, RST, SYN};
use crate::event::{flag, plain};

/// Which way a packet crossed the interface where it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Sent,
    Received,
    /// From one of the record's sockets to another, over the loopback.
    Local,
}

#[derive(Clone, Debug)]
pub(super) struct PacketEntry {
    pub number: u64,
    /// When it crossed the interface, by the kernel: nanoseconds since 1970; 0 if not told.
    pub unix: u64,
    pub way: Way,
    pub interface: Arc<str>,
    pub socket: Option<Arc<str>>,
    pub protocol: Arc<str>,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub payload: u64,
    /// None for what is not TCP.
    pub tcp: Option<Tcp>,
    /// Words of an ICMP message, or of what else it is.
    pub words: Option<Arc<str>>,
    /// Source and destination of the packet that an ICMP error is about: the error goes back to that
    /// source.
    pub about: Option<(SocketAddr, SocketAddr)>,
    /// Identifier and sequence of an echo.
    pub echo: Option<(u64, u64)>,
    pub cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tcp {
    pub flags: u8,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub relative: Option<(u32, Option<u32>)>,
    pub window: u64,
    pub again: bool,
}

/// A call as a cause names it: end, socket and text.
pub(super) type ToldCall = (Option<Arc<str>>, Arc<str>, Arc<str>);

/// What the record says made it go.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    Calls(Vec<ToldCall>),
    Kernel(Arc<str>),
    Peer,
    Unknown,
}

impl Tcp {
    pub(super) const fn has(self, bits: u8) -> bool {
        self.flags & bits == bits
    }

    /// The number behind its last byte; SYN and FIN count as one each.
    pub(super) fn end(self, payload: u64) -> u32 {
        let payload = u32::try_from(payload).unwrap_or(u32::MAX);
        let extra = u32::from(self.has(SYN)) + u32::from(self.has(FIN));
        self.sequence.wrapping_add(payload).wrapping_add(extra)
    }
}

impl PacketEntry {
    /// Reads the fields of a packet; none if it lacks what every packet has.
    pub(super) fn read(value: &Value, names: &mut Names) -> Option<Self> {
        let protocol = match &value["protocol"] {
            Value::String(name) => names.keep(name),
            Value::Number(number) => names.keep(&number.to_string()),
            _ => return None,
        };
        let tcp = (&*protocol == "tcp").then(|| tcp(value));
        let echo = value["identifier"].as_u64().zip(value["sequence"].as_u64());
        Some(Self {
            number: value["number"].as_u64().unwrap_or(0),
            unix: value["captured_unix_ns"].as_u64().unwrap_or(0),
            way: match value["direction"].as_str()? {
                "sent" => Way::Sent,
                "received" => Way::Received,
                "local" => Way::Local,
                _ => return None,
            },
            interface: names.keep(value["interface"].as_str().unwrap_or_default()),
            socket: value["socket"].as_str().map(|label| names.keep(label)),
            about: address(&value["about"], "source_ip", "source_port").zip(address(
                &value["about"],
                "destination_ip",
                "destination_port",
            )),
            source: address(value, "source_ip", "source_port")?,
            destination: address(value, "destination_ip", "destination_port")?,
            payload: value["payload"].as_u64().unwrap_or(0).min(u64::from(u32::MAX)),
            echo: echo.filter(|_| tcp.is_none()),
            tcp,
            words: value["words"].as_str().map(|words| names.keep(words)),
            cause: cause(&value["cause"], names),
            protocol,
        })
    }

    /// What it is, in a few words.
    pub(super) fn in_words(&self) -> String {
        let bytes = |what: &str| match self.payload {
            1 => format!("{what} 1 byte"),
            bytes => format!("{what} {bytes} bytes"),
        };
        if let Some(tcp) = self.tcp {
            let names: Vec<_> = flag::NAMES
                .iter()
                .filter(|(bit, _)| tcp.has(*bit))
                .map(|(_, name)| *name)
                .collect();
            let names = if names.is_empty() { "no flags".to_owned() } else { names.join(",") };
            // Of a SYN no window is meant yet, of a RST none any more.
            let closed = tcp.window == 0 && !tcp.has(SYN) && !tcp.has(RST);
            let words = if self.payload > 0 { bytes(&names) } else { names };
            return if closed { format!("{words}, window 0") } else { words };
        }
        match (&*self.protocol, &self.words) {
            ("udp", _) => bytes("UDP"),
            (_, Some(words)) => words.to_string(),
            ("arp", None) => "ARP".to_owned(),
            (protocol, None) => clean(protocol),
        }
    }

    /// Its numbers, in a few words.
    pub(super) fn details(&self) -> String {
        let Some(tcp) = self.tcp else {
            return match self.echo {
                Some((identifier, sequence)) => format!("id {identifier} seq {sequence}"),
                None => String::new(),
            };
        };
        let (sequence, acknowledgment) = match tcp.relative {
            // One that has no place in this connection stays as it is.
            Some((sequence, number)) => (sequence, number.or(Some(tcp.acknowledgment))),
            None => (tcp.sequence, Some(tcp.acknowledgment)),
        };
        match acknowledgment.filter(|_| tcp.has(ACK)) {
            Some(number) => format!("seq {sequence} ack {number} win {}", tcp.window),
            None => format!("seq {sequence} win {}", tcp.window),
        }
    }
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn tcp(value: &Value) -> Tcp {
    let flags = value["flags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bit = |name: &Value| {
        flag::NAMES
            .iter()
            .find(|(_, known)| name.as_str() == Some(known))
            .map_or(0, |(bit, _)| *bit)
    };
    let relative = number(&value["relative_sequence"])
        .map(|sequence| (sequence, number(&value["relative_acknowledgment"])));
    Tcp {
        flags: flags.iter().fold(0, |bits, name| bits | bit(name)),
        sequence: number(&value["sequence"]).unwrap_or(0),
        acknowledgment: number(&value["acknowledgment"]).unwrap_or(0),
        relative,
        window: value["window_bytes"].as_u64().or(value["window"].as_u64()).unwrap_or(0),
        again: value["again"] == true,
    }
}

fn cause(value: &Value, names: &mut Names) -> Cause {
    /// More calls than one segment of 64 KiB has bytes from in any sensible run.
    const CALLS: usize = 1000;
    match value["by"].as_str() {
        Some("kernel") => Cause::Kernel(names.keep(value["why"].as_str().unwrap_or_default())),
        Some("peer") => Cause::Peer,
        Some("calls") => {
            let calls = value["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
            let read = |call: &Value, names: &mut Names| {
                let end = call["end"].as_str().map(|end| names.keep(end));
                let socket = names.keep(call["socket"].as_str()?);
                Some((end, socket, names.keep(call["text"].as_str()?)))
            };
            Cause::Calls(calls.iter().take(CALLS).filter_map(|call| read(call, names)).collect())
        }
        _ => Cause::Unknown,
    }
}

/// An endpoint from two fields; port 0 where there is none.
pub(super) fn address(value: &Value, ip: &str, port: &str) -> Option<SocketAddr> {
    let ip = value[ip].as_str()?.parse().ok()?;
    let port = value[port].as_u64().unwrap_or(0);
    Some(plain(SocketAddr::new(ip, u16::try_from(port).ok()?)))
}

/// Whether it means every address of a machine.
pub(super) fn is_any(address: SocketAddr) -> bool {
    address.ip().is_unspecified() || address.ip() == IpAddr::V4(Ipv4Addr::UNSPECIFIED)
}

/// The addresses of a machine, without those that every machine has.
pub(super) fn addresses(host: &Value) -> Vec<IpAddr> {
    let all = host["addresses"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ip = |address: &Value| address["ip"].as_str()?.parse::<IpAddr>().ok();
    let mut all: Vec<IpAddr> =
        all.iter().take(1000).filter_map(ip).filter(|ip| !ip.is_loopback()).collect();
    all.sort_unstable();
    all.dedup();
    all
}
