//! A line of the registry, and what it says.

use std::fmt;

use crate::port::Range;

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Streams ([RFC 9293](https://www.rfc-editor.org/rfc/rfc9293)).
    Tcp,
    /// Datagrams ([RFC 768](https://www.rfc-editor.org/rfc/rfc768)).
    Udp,
    /// Streams of messages ([RFC 9260](https://www.rfc-editor.org/rfc/rfc9260)).
    Sctp,
    /// Datagrams with congestion control ([RFC 4340](https://www.rfc-editor.org/rfc/rfc4340)).
    Dccp,
}

impl Protocol {
    /// All of them, in IANA's order.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Sctp, Self::Dccp];

    /// The name as it is written behind a port.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Dccp => "dccp",
        }
    }

    /// Reads a name, in upper or lower case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Some protocols. None at all where IANA names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protocols(u8);

impl Protocols {
    /// No protocol.
    pub const NONE: Self = Self(0);

    /// These, and one more.
    #[must_use]
    pub const fn with(self, protocol: Protocol) -> Self {
        Self(self.0 | 1 << protocol as u8)
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, protocol: Protocol) -> bool {
        self.0 & (1 << protocol as u8) != 0
    }

    /// Each of them, in IANA's order.
    pub fn each(self) -> impl Iterator<Item = Protocol> {
        Protocol::ALL.into_iter().filter(move |protocol| self.has(*protocol))
    }

    /// Their names, with this between them.
    #[must_use]
    pub fn join(self, between: &str) -> String {
        self.each().map(Protocol::name).collect::<Vec<_>>().join(between)
    }

    /// Reads names with commas between them.
    fn read(text: &str) -> Self {
        let names = text.split(',').filter_map(Protocol::read);
        names.fold(Self::NONE, Self::with)
    }
}

/// Ports that follow each other, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first.
    pub first: u16,
    /// The last, not below the first.
    pub last: u16,
}

impl Span {
    /// A span of one port.
    #[must_use]
    pub const fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Whether it holds this port.
    #[must_use]
    pub const fn holds(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// Whether they have a port in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Each port.
    pub fn ports(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return f.pad(&self.first.to_string());
        }
        f.pad(&format!("{}-{}", self.first, self.last))
    }
}

/// A line of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its ports, if it has any.
    pub ports: Option<Span>,
    /// For which protocols.
    pub protocols: Protocols,
    /// The name of the service; empty for a statement about ports without one.
    pub name: &'static str,
    /// What it is, in the words of whoever registered it; empty where they gave none.
    pub description: &'static str,
    /// Who uses the port without being assigned it, as far as IANA has heard.
    pub unauthorized: &'static str,
    /// What else IANA says.
    pub note: &'static str,
}

impl Entry {
    /// Reads a line; none for a comment.
    pub(super) fn parse(line: &'static str) -> Option<Self> {
        if line.starts_with('#') || line.is_empty() {
            return None;
        }
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        let ports = next();
        let ports = match ports.split_once('-') {
            _ if ports.is_empty() => None,
            Some((first, last)) => {
                Some(Span { first: first.parse().ok()?, last: last.parse().ok()? })
            }
            None => Some(Span::one(ports.parse().ok()?)),
        };
        let protocols = Protocols::read(next());
        let (name, description, unauthorized, note) = (next(), next(), next(), next());
        Some(Self { ports, protocols, name, description, unauthorized, note })
    }

    /// Whether it is about this protocol. An entry that names none is about all.
    #[must_use]
    pub fn is_for(&self, protocol: Option<Protocol>) -> bool {
        let has = |protocol| self.protocols.has(protocol);
        self.protocols == Protocols::NONE || protocol.is_none_or(has)
    }

    /// What it makes of its ports.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let says = |word: &str| self.description.contains(word);
        match self.name {
            "" if says("eserved") => Standing::Reserved,
            "" if says("nassigned") => Standing::Unassigned,
            "" if says("private") => Standing::Private,
            "" => Standing::Discontinued,
            _ => Standing::Assigned,
        }
    }
}

/// What the registry makes of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It belongs to a service.
    Assigned,
    /// IANA keeps it back.
    Reserved,
    /// Nobody has asked for it yet.
    Unassigned,
    /// Left to each network to use as it likes, since before there were ranges.
    Private,
    /// It belonged to a service that is no more.
    Discontinued,
    /// It lies in the dynamic range, where IANA assigns nothing.
    Dynamic,
    /// The registry has no line for this port with this protocol.
    Unlisted,
}

impl Standing {
    /// One word for tables and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Reserved => "reserved",
            Self::Unassigned => "unassigned",
            Self::Private => "private use",
            Self::Discontinued => "discontinued",
            Self::Dynamic => "dynamic",
            Self::Unlisted => "unlisted",
        }
    }

    /// What all that the registry says of a port comes to. A service counts before a statement, and a
    /// narrow statement before one about many ports.
    #[must_use]
    pub fn of(port: u16, entries: &[Entry]) -> Self {
        let width = |entry: &&Entry| entry.ports.map_or(0, |ports| ports.last - ports.first);
        let named = entries.iter().find(|entry| !entry.name.is_empty());
        match named.or_else(|| entries.iter().min_by_key(width)) {
            Some(entry) => entry.standing(),
            None if Range::of(port) == Range::Dynamic => Self::Dynamic,
            None => Self::Unlisted,
        }
    }
}
