//! What the kernel's own table says of a demo's sockets: the witness beside the calls.

use std::net::SocketAddr;

use super::stage::Stage;
use crate::endpoint::{self, Query, Snapshot};
use crate::event::{MachineSocket, Side, State};

/// The sockets that have this port on one of their sides, with their programs if asked for. None
/// where the system does not tell.
pub(super) fn sockets(port: u16, programs: bool) -> Option<Snapshot> {
    let query = Query { tcp: true, udp: false, raw: false, port: Some(port), programs };
    endpoint::snapshot(&query).ok()
}

/// The socket between these two endpoints, seen from the first.
pub(super) fn between(own: SocketAddr, other: SocketAddr) -> Option<MachineSocket> {
    let found = sockets(own.port(), false)?;
    let wanted = |socket: &MachineSocket| {
        is(socket.source, own) && is(socket.destination, other) && socket.state != State::Listen
    };
    found.sockets.iter().find(wanted)
}

/// The socket that listens there.
pub(super) fn listening(address: SocketAddr) -> Option<MachineSocket> {
    let found = sockets(address.port(), false)?;
    let listens = |socket: &MachineSocket| {
        socket.state == State::Listen && socket.source.port == address.port()
    };
    found.sockets.iter().find(listens)
}

fn is(side: Side, address: SocketAddr) -> bool {
    side.port == address.port() && side.ip == address.ip()
}

/// A socket's state by its name, or that there is none.
pub(super) fn state_name(socket: Option<MachineSocket>) -> &'static str {
    socket.map_or("none", |socket| socket.state.name())
}

/// Says which states the kernel has for both ends of a connection: facts `NAME_client`,
/// `NAME_server`.
pub(super) fn tell_states(
    stage: &Stage,
    facts: [&'static str; 2],
    client: SocketAddr,
    server: SocketAddr,
) {
    if sockets(server.port(), false).is_none() {
        return;
    }
    let ends = [("client", client, server), ("server", server, client)];
    for (fact, (name, own, other)) in facts.into_iter().zip(ends) {
        let now = state_name(between(own, other));
        let words = match now {
            "none" => format!("the kernel's table: the {name}'s side is gone"),
            now => format!("the kernel's table: the {name}'s side ({own}) is {now}"),
        };
        stage.fact(fact, now, words);
    }
}
