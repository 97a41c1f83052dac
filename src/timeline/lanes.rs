//! The programs of a picture, and what is known of their sockets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::entry::{CallEntry, Entry, Outcome, What};
use super::model::{Lane, Socket};
use super::packet::is_any;
use super::record::Record;

/// A line of a record among all records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Spot {
    pub record: u32,
    pub entry: u32,
}

/// A socket: its lane, and its place among the lane's sockets.
pub(super) type SocketAt = (usize, usize);

/// What the pairing has to know of a socket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// Its connect succeeded, or is on its way.
    pub connected: bool,
    /// An accept made it.
    pub accepted: bool,
}

#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub all: Vec<Lane>,
    pub facts: Vec<Vec<Facts>>,
    labels: Vec<HashMap<Arc<str>, usize>>,
    /// By record: the lane of each end.
    ends: Vec<HashMap<Option<u16>, usize>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Client,
    #[default]
    Other,
    Server,
}

impl Lanes {
    /// Finds the programs of the records, clients first, and reads what they tell of their sockets.
    pub(super) fn of(records: &[Record]) -> Self {
        let mut found: Vec<(usize, Option<u16>, Role)> = Vec::new();
        for (place, record) in records.iter().enumerate() {
            for (end, role) in roles(record) {
                found.push((place, end, role));
            }
        }
        found.sort_by_key(|(_, _, role)| *role);
        let names = names(records, &found);
        let mut lanes = Self { ends: vec![HashMap::new(); records.len()], ..Self::default() };
        for ((place, end, _), name) in found.into_iter().zip(names) {
            let own = end.and_then(|end| records[place].ends.get(usize::from(end)));
            lanes.ends[place].insert(end, lanes.all.len());
            lanes.all.push(Lane {
                name,
                source: place,
                end: own.map(ToString::to_string),
                sockets: Vec::new(),
            });
            lanes.labels.push(HashMap::new());
            lanes.facts.push(Vec::new());
        }
        for (place, record) in records.iter().enumerate() {
            for entry in &record.entries {
                if let Some(lane) = lanes.lane(place, entry.end) {
                    lanes.learn(lane, entry);
                }
            }
        }
        lanes
    }

    /// The lane of an end of a record.
    pub(super) fn lane(&self, record: usize, end: Option<u16>) -> Option<usize> {
        self.ends.get(record)?.get(&end).copied()
    }

    /// The lane that has the whole record to itself.
    pub(super) fn only_lane(&self, record: usize) -> Option<usize> {
        let ends = self.ends.get(record)?;
        (ends.len() == 1).then(|| ends.values().next().copied()).flatten()
    }

    /// A socket by its label.
    pub(super) fn socket(&self, lane: usize, label: &str) -> Option<SocketAt> {
        Some((lane, *self.labels.get(lane)?.get(label)?))
    }

    pub(super) fn get(&self, at: SocketAt) -> &Socket {
        &self.all[at.0].sockets[at.1]
    }

    /// All sockets.
    pub(super) fn sockets(&self) -> impl Iterator<Item = (SocketAt, &Socket, Facts)> {
        self.all.iter().enumerate().flat_map(move |(lane, its)| {
            let sockets = its.sockets.iter().enumerate();
            sockets.map(move |(place, socket)| ((lane, place), socket, self.facts[lane][place]))
        })
    }

    fn make(&mut self, lane: usize, label: &Arc<str>) -> usize {
        if let Some(known) = self.labels[lane].get(label) {
            return *known;
        }
        let sockets = &mut self.all[lane].sockets;
        sockets.push(Socket { label: label.to_string(), ..Socket::default() });
        self.facts[lane].push(Facts::default());
        self.labels[lane].insert(Arc::clone(label), sockets.len() - 1);
        sockets.len() - 1
    }

    fn learn(&mut self, lane: usize, entry: &Entry) {
        match &entry.what {
            What::Call(call) => self.call(lane, call),
            What::Serving(label, local, protocol) => {
                let place = self.make(lane, label);
                let socket = &mut self.all[lane].sockets[place];
                socket.listens = *protocol == "tcp";
                protocol_of(socket, protocol);
                set(&mut socket.local, *local);
            }
            What::Endpoints(rows) => {
                for row in rows {
                    let place = self.make(lane, &row.socket);
                    let socket = &mut self.all[lane].sockets[place];
                    protocol_of(socket, &row.protocol);
                    set(&mut socket.local, row.local);
                    // An unconnected socket has a row for everybody it sent to.
                    if socket.protocol == "tcp" {
                        socket.remote = socket.remote.or(row.remote);
                    }
                    socket.listens |= row.listens;
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, lane: usize, call: &CallEntry) {
        if call.socket.is_empty() {
            return;
        }
        let place = self.make(lane, &call.socket);
        let going = call.error.as_ref().is_none_or(|(name, _)| &**name == "EINPROGRESS");
        if let Outcome::Socket(label, peer) = &call.outcome
            && call.accepts()
        {
            let listener = &self.all[lane].sockets[place];
            let (protocol, local) = (listener.protocol.clone(), listener.local);
            let new = self.make(lane, label);
            self.facts[lane][new].accepted = true;
            let socket = &mut self.all[lane].sockets[new];
            socket.protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol };
            set(&mut socket.local, local);
            set(&mut socket.remote, *peer);
            return;
        }
        let socket = &mut self.all[lane].sockets[place];
        match (&*call.name, &call.outcome) {
            ("socket", _) => protocol_of(socket, protocol_in(&call.text)),
            ("getsockname", Outcome::Address(local)) => set(&mut socket.local, Some(*local)),
            ("getpeername", Outcome::Address(remote)) => set(&mut socket.remote, Some(*remote)),
            ("bind", Outcome::Number(_)) => set(&mut socket.local, call.argument()),
            ("listen", Outcome::Number(_)) => socket.listens = true,
            ("connect" | "connect_ex", _) => {
                set(&mut socket.remote, call.argument());
                self.facts[lane][place].connected |= going;
            }
            _ => {}
        }
    }
}

/// What is known better wins: an address over every address, a port over none.
fn set(known: &mut Option<SocketAddr>, new: Option<SocketAddr>) {
    let Some(new) = new else { return };
    match *known {
        Some(old) if new.port() == 0 && old.port() != 0 => {}
        Some(old) if is_any(new) && !is_any(old) && old.port() == new.port() => {}
        _ => *known = Some(new),
    }
}

fn protocol_of(socket: &mut Socket, protocol: &str) {
    if socket.protocol.is_empty() {
        protocol.clone_into(&mut socket.protocol);
    }
}

/// The protocol that belongs to the arguments of `socket`.
fn protocol_in(text: &str) -> &'static str {
    if text.contains("ICMP") || text.contains("SOCK_RAW") {
        "icmp"
    } else if text.contains("SOCK_DGRAM") {
        "udp"
    } else if text.contains("SOCK_STREAM") {
        "tcp"
    } else {
        ""
    }
}

/// The ends of a record that do something, in the order in which they begin, with their roles.
fn roles(record: &Record) -> Vec<(Option<u16>, Role)> {
    let mut ends: Vec<(Option<u16>, Role, bool)> = Vec::new();
    for entry in &record.entries {
        let (role, sure) = match &entry.what {
            What::Serving(..) => (Role::Server, true),
            What::Calling(_) => (Role::Client, true),
            What::Call(call) if &*call.name == "listen" => (Role::Server, false),
            What::Call(call) if call.connects() => (Role::Client, false),
            What::Call(_) | What::Endpoints(_) => (Role::Other, false),
            _ => continue,
        };
        match ends.iter_mut().find(|(end, ..)| *end == entry.end) {
            None => ends.push((entry.end, role, sure)),
            Some((_, known, certain)) if !*certain => {
                if sure || *known == Role::Other {
                    (*known, *certain) = (role, sure);
                }
            }
            Some(_) => {}
        }
    }
    let named = |end: Option<u16>, role: Role| {
        let name = end.and_then(|end| record.ends.get(usize::from(end)));
        match name {
            Some(name) if name.contains("client") => Role::Client,
            Some(name) if name.contains("server") => Role::Server,
            _ => role,
        }
    };
    ends.into_iter().map(|(end, role, _)| (end, named(end, role))).collect()
}

fn names(records: &[Record], found: &[(usize, Option<u16>, Role)]) -> Vec<String> {
    let name = |(place, end, role): &(usize, Option<u16>, Role)| -> String {
        let record = &records[*place];
        if let Some(name) = end.and_then(|end| record.ends.get(usize::from(end))) {
            return name.to_string();
        }
        let command = record.source.command.first().map(String::as_str).unwrap_or_default();
        match role {
            // A ping connects a socket only to ask the kernel for its way.
            _ if command.starts_with("raw-") => command.to_owned(),
            Role::Client => "client".to_owned(),
            Role::Server => "server".to_owned(),
            Role::Other if command.is_empty() => "program".to_owned(),
            Role::Other => command.to_owned(),
        }
    };
    let plain: Vec<String> = found.iter().map(name).collect();
    let host = |place: usize| &records[found[place].0].source.host;
    let name = |(place, name): (usize, &String)| {
        let alike: Vec<usize> = (0..plain.len()).filter(|other| plain[*other] == *name).collect();
        if alike.len() < 2 {
            return name.clone();
        }
        let hosts: std::collections::HashSet<_> = alike.iter().map(|place| host(*place)).collect();
        if hosts.len() == alike.len() && !hosts.iter().any(|host| host.is_empty()) {
            return host(place).clone();
        }
        let number = alike.iter().position(|other| *other == place).unwrap_or(0) + 1;
        format!("{name} {number}")
    };
    plain.iter().enumerate().map(name).collect()
}
