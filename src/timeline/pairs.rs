//! Which two sockets are the two ends of one connection.
//!
//! ```text
//!   client   10.0.0.1:40322 → 10.0.0.2:6000        the four numbers of one
//!   server   10.0.0.2:6000  → 10.0.0.1:40322       are the other's, mirrored
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;

use super::lanes::{Lanes, SocketAt};
use super::packet::is_any;

/// How far a connection may be overtaken by others and still be found.
const AHEAD: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// From each end to the other.
    pub other: HashMap<SocketAt, SocketAt>,
    /// The end that connected, and the end that was accepted.
    pub connections: Vec<(SocketAt, SocketAt)>,
    /// How many were paired although the addresses differ.
    pub translated: usize,
}

impl Pairs {
    /// Pairs connections: first by their four numbers, then, between two records, what is left by
    /// order and by bytes, since a router on the way may have written other addresses.
    pub(super) fn of(lanes: &Lanes, bytes: impl Fn(SocketAt) -> (u64, u64)) -> Self {
        let mut pairs = Self::default();
        let mut accepted: HashMap<(SocketAddr, SocketAddr), VecDeque<SocketAt>> = HashMap::new();
        for (at, socket, facts) in lanes.sockets() {
            if let (true, Some(local), Some(remote)) = (facts.accepted, socket.local, socket.remote)
            {
                accepted.entry((local, remote)).or_default().push_back(at);
            }
        }
        // The same four numbers may be used again: the first connection is the first accepted.
        for (at, socket, facts) in lanes.sockets() {
            if let (true, Some(local), Some(remote)) =
                (facts.connected && socket.protocol == "tcp", socket.local, socket.remote)
                && let Some(waiting) = accepted.get_mut(&(remote, local))
                && let Some(server) = waiting.pop_front()
            {
                pairs.join(at, server);
            }
        }
        pairs.by_order(lanes, bytes);
        pairs
    }

    fn join(&mut self, client: SocketAt, server: SocketAt) {
        self.other.insert(client, server);
        self.other.insert(server, client);
        self.connections.push((client, server));
    }

    fn by_order(&mut self, lanes: &Lanes, bytes: impl Fn(SocketAt) -> (u64, u64)) {
        let free = |at: &SocketAt| !self.other.contains_key(at);
        let source = |at: SocketAt| lanes.all[at.0].source;
        let port = |at: SocketAt| lanes.get(at).local.map(|local| local.port());
        // By record and port, in order.
        let mut accepted: BTreeMap<(usize, Option<u16>), VecDeque<SocketAt>> = BTreeMap::new();
        for (at, ..) in lanes.sockets().filter(|(at, _, facts)| facts.accepted && free(at)) {
            accepted.entry((source(at), port(at))).or_default().push_back(at);
        }
        let clients: Vec<SocketAt> = lanes
            .sockets()
            .filter(|(at, socket, facts)| facts.connected && socket.protocol == "tcp" && free(at))
            .map(|(at, ..)| at)
            .collect();
        let sources: BTreeSet<usize> = lanes.all.iter().map(|lane| lane.source).collect();
        if sources.len() < 2 {
            return;
        }
        for client in clients {
            let (sent, received) = bytes(client);
            let wanted = lanes.get(client).remote.map(|remote| remote.port());
            let fits = |server: &SocketAt| {
                let (its_sent, its_received) = bytes(*server);
                its_received <= sent && received <= its_sent
            };
            let found = sources.iter().filter(|its| **its != source(client)).find_map(|its| {
                let waiting = accepted.get_mut(&(*its, wanted))?;
                let place = waiting.iter().take(AHEAD).position(fits)?;
                waiting.remove(place)
            });
            if let Some(server) = found {
                self.join(client, server);
                self.translated += 1;
            }
        }
    }
}

/// Whether what somebody calls `named` can be a socket that is bound to `bound`.
pub(super) fn reaches(named: SocketAddr, bound: SocketAddr) -> bool {
    named.port() == bound.port() && (is_any(bound) || named.ip() == bound.ip())
}
