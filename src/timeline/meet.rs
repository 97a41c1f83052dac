//! Whether records have to do with each other at all.
//!
//! In a folder full of records it is easy to take two that never met. Then there are two pictures side
//! by side that look like one, and that has to be said first.

use std::net::SocketAddr;

use super::flow::{Link, calls};
use super::lanes::Lanes;
use super::model::Socket;
use super::pairs::Pairs;
use super::record::Record;
use super::wire::Pack;

/// The most calls of a record in which its other side is looked for.
const LOOKED_AT: usize = 2000;

/// What to say of records that met nobody; nothing where each met another.
pub(super) fn strangers(
    records: &[Record],
    lanes: &Lanes,
    pairs: &Pairs,
    links: &[Link],
    packs: &[Pack],
) -> Vec<String> {
    if records.len() < 2 {
        return Vec::new();
    }
    let mut met = vec![false; records.len()];
    let mut join = |one: usize, other: usize| {
        if one != other {
            (met[one], met[other]) = (true, true);
        }
    };
    for (client, server) in &pairs.connections {
        join(lanes.all[client.0].source, lanes.all[server.0].source);
    }
    for link in links {
        join(link.giver.record as usize, link.taker.record as usize);
    }
    for pack in packs {
        if let (Some(left), Some(arrived)) = (pack.left, pack.arrived) {
            join(left.record as usize, arrived.record as usize);
        }
        if let (Some(from), Some(to)) = (pack.from_socket, pack.to_socket) {
            join(lanes.all[from.0].source, lanes.all[to.0].source);
        }
    }
    for lane in &lanes.all {
        // Echo requests have no connection, and their calls no endpoints by which to know them.
        if lane.sockets.iter().any(|socket| socket.protocol == "icmp") {
            met[lane.source] = true;
        }
    }
    let alone: Vec<usize> = (0..records.len()).filter(|place| !met[*place]).collect();
    if alone.is_empty() {
        return Vec::new();
    }
    let file = |place: usize| match records[place].source.file.as_str() {
        "" => format!("record {}", place + 1),
        file => file.to_owned(),
    };
    let first = if alone.len() == records.len() {
        "These records have nothing to do with each other: no connection and no datagram of one is in \
         another."
            .to_owned()
    } else {
        let names: Vec<String> = alone.iter().map(|place| file(*place)).collect();
        format!(
            "No connection and no datagram of {} is in the other records: nothing to do with them.",
            names.join(", ")
        )
    };
    let fits = |place: &usize| {
        let (own, wanted) = described(records, lanes, *place)?;
        Some(format!("{}: {own}. It fits {wanted} of the same time.", file(*place)))
    };
    std::iter::once(first).chain(alone.iter().filter_map(fits)).collect()
}

/// What a record is of, and which record would be its other side.
fn described(records: &[Record], lanes: &Lanes, place: usize) -> Option<(String, String)> {
    let sockets: Vec<&Socket> = lanes
        .sockets()
        .filter(|(at, ..)| lanes.all[at.0].source == place)
        .map(|(_, its, _)| its)
        .collect();
    let upper = |protocol: &str| protocol.to_uppercase();
    let server = |protocol: &str, local: SocketAddr| {
        let protocol = upper(protocol);
        let wanted = format!("the record of a {protocol} client of port {}", local.port());
        (format!("a {protocol} server at {local}"), wanted)
    };
    let client = |protocol: &str, local: Option<SocketAddr>, remote: SocketAddr| {
        let protocol = upper(protocol);
        let from = local.filter(|local| local.port() != 0);
        let from = from.map(|local| format!(" from {local}")).unwrap_or_default();
        let wanted = format!("the record of the {protocol} server at {remote}");
        (format!("a {protocol} client{from} to {remote}"), wanted)
    };
    if let Some(socket) = sockets.iter().find(|socket| socket.listens) {
        return Some(server("tcp", socket.local?));
    }
    let sent = calls(records, lanes)
        .filter(|(spot, ..)| spot.record as usize == place)
        .take(LOOKED_AT)
        .find(|(_, _, call)| &*call.name == "sendto");
    let bound = calls(records, lanes)
        .filter(|(spot, ..)| spot.record as usize == place)
        .take(LOOKED_AT)
        .find(|(_, _, call)| &*call.name == "bind");
    if let (Some((_, lane, call)), None) = (sent, &bound) {
        let local = lanes.socket(lane, &call.socket).and_then(|at| lanes.get(at).local);
        return Some(client("udp", local, call.argument()?));
    }
    if let Some(socket) = sockets.iter().find(|its| its.protocol == "tcp" && its.remote.is_some()) {
        return Some(client("tcp", socket.local, socket.remote?));
    }
    let socket = sockets.iter().find(|its| its.protocol == "udp" && its.local.is_some())?;
    match socket.remote {
        Some(remote) => Some(client("udp", socket.local, remote)),
        None => Some(server("udp", socket.local?)),
    }
}
