//! Whose a packet is, by its endpoints and its time.
//!
//! Four numbers name a connection, and may be used again: a client that vanished comes back from its
//! port. Then the packets before the SYN that opened the new connection are the old socket's:
//!
//! ```text
//!   ──▶ SYN        ◀── ACK      ──▶ RST       B has forgotten nothing: B's
//!   ──▶ SYN        ◀── SYN,ACK  ──▶ ACK       here C begins, whenever accept() gives it
//! ```

use std::collections::HashMap;
use std::net::SocketAddr;

use super::clock::{HELD_UP, begin};
use super::flow::{Conducts, line_at};
use super::lanes::{Lanes, SocketAt, Spot};
use super::packet::{ACK, PacketEntry, SYN};
use super::pairs::reaches;
use super::record::Record;

/// Endpoints: a socket's own, and the other side's.
type Ends = (SocketAddr, SocketAddr);

/// A record's connections that were opened, by the endpoints of who was asked: when the SYN crossed
/// that was answered.
#[derive(Debug, Default)]
struct Opened {
    asked: i64,
    answer: Option<u32>,
    times: Vec<i64>,
}

/// A socket, and from when on packets are its own.
#[derive(Clone, Copy, Debug)]
struct Holder {
    at: SocketAt,
    source: usize,
    from: i64,
    /// The same numbers were used again from then on.
    until: i64,
}

/// Finds sockets by endpoints.
#[derive(Debug, Default)]
pub(super) struct Owners {
    exact: HashMap<Ends, Vec<Holder>>,
    ports: HashMap<u16, Vec<SocketAt>>,
    opened: HashMap<(usize, Ends), Opened>,
}

impl Owners {
    pub(super) fn of<'a>(
        records: &'a [Record],
        lanes: &Lanes,
        conducts: &Conducts,
        sights: impl Iterator<Item = (Spot, &'a PacketEntry)>,
    ) -> Self {
        let mut owners = Self::default();
        for (spot, seen) in sights {
            owners.note(spot.record as usize, line_at(records, spot).at, seen);
        }
        for (at, socket, _) in lanes.sockets() {
            let Some(local) = socket.local else { continue };
            let source = lanes.all[at.0].source;
            if let Some(remote) = socket.remote {
                let ends = (local, remote);
                let conduct = conducts.get(&at);
                let accept = conduct.and_then(|its| its.accept);
                let connect = conduct.and_then(|its| its.connect);
                let (from, until) = match (accept, connect) {
                    (Some(accept), _) => owners.span(source, ends, line_at(records, accept).at),
                    (_, Some(call)) => {
                        (begin(line_at(records, call)).saturating_sub(HELD_UP), i64::MAX)
                    }
                    _ => (i64::MIN, i64::MAX),
                };
                owners.exact.entry(ends).or_default().push(Holder { at, source, from, until });
            }
            if socket.listens || socket.protocol == "udp" {
                owners.ports.entry(local.port()).or_default().push(at);
            }
        }
        for holders in owners.exact.values_mut() {
            holders.sort_by_key(|holder| holder.from);
        }
        owners
    }

    fn note(&mut self, record: usize, at: i64, seen: &PacketEntry) {
        let Some(tcp) = seen.tcp.filter(|tcp| tcp.has(SYN)) else { return };
        if !tcp.has(ACK) {
            let ends = (seen.destination, seen.source);
            self.opened.entry((record, ends)).or_default().asked = at;
            return;
        }
        let opened = self.opened.entry((record, (seen.source, seen.destination))).or_default();
        if opened.answer != Some(tcp.sequence) {
            opened.answer = Some(tcp.sequence);
            let asked = if opened.asked == 0 { at } else { opened.asked };
            opened.times.push(asked.min(at));
        }
    }

    /// From when on, and until when, packets belong to a socket that an `accept` gave at this time.
    fn span(&self, record: usize, ends: Ends, accepted: i64) -> (i64, i64) {
        let times = self.opened.get(&(record, ends)).map(|its| its.times.as_slice());
        let times = times.unwrap_or_default();
        let behind = times.partition_point(|time| *time <= accepted);
        let from = behind.checked_sub(1).map_or(accepted, |place| times[place]);
        (from, times.get(behind).copied().unwrap_or(i64::MAX))
    }

    /// Whether several sockets had the same four numbers, one after the other.
    pub(super) fn are_several(&self, own: SocketAddr, other: SocketAddr) -> bool {
        self.exact.get(&(own, other)).is_some_and(|holders| holders.len() > 1)
    }

    /// Whose the side `own` of a packet is that a record has at this time: a socket of that record, or
    /// of another one.
    pub(super) fn find(
        &self,
        lanes: &Lanes,
        own: SocketAddr,
        other: SocketAddr,
        (record, at): (usize, i64),
        here: bool,
    ) -> Option<SocketAt> {
        let holders = self.exact.get(&(own, other)).map(Vec::as_slice).unwrap_or_default();
        let mut its = holders.iter().filter(|its| (its.source == record) == here);
        let first = its.next();
        let found = match first {
            Some(first) if here => {
                let last = its.take_while(|its| its.from <= at).last().unwrap_or(first);
                (at < last.until).then_some(last.at)
            }
            // The clocks of two records do not agree yet. The last socket is that of the last SYN.
            Some(first) => {
                let later = self.later(record, (own, other), at);
                let all: Vec<SocketAt> =
                    std::iter::once(first).chain(its).map(|holder| holder.at).collect();
                all.len().checked_sub(1 + later).map(|place| all[place]).or(Some(first.at))
            }
            None => None,
        };
        found.or_else(|| {
            let bound = self.ports.get(&own.port())?;
            let source = |at: &&SocketAt| (lanes.all[at.0].source == record) == here;
            let fits =
                |at: &&SocketAt| lanes.get(**at).local.is_some_and(|local| reaches(own, local));
            bound.iter().filter(source).find(fits).copied()
        })
    }

    /// How many connections of these endpoints were opened after that time.
    fn later(&self, record: usize, (own, other): Ends, at: i64) -> usize {
        let after = |ends: Ends| {
            let opened = self.opened.get(&(record, ends))?;
            Some(opened.times.len() - opened.times.partition_point(|time| *time <= at))
        };
        after((own, other)).or_else(|| after((other, own))).unwrap_or(0)
    }
}
