//! What this machine does with ports: the rules it keeps, and whose they are at this moment.

use super::sockets::{Query, snapshot};
use super::system;
use crate::error::Failure;
use crate::event::{
    BindPrivilege, Border, MachineSocket, PortRules, PortUse, PortUser, State, Transport,
};
use crate::socket::{self, Allowed};

/// The rules that hold for all ports.
#[must_use]
pub fn port_rules() -> PortRules {
    let privilege = match socket::allowed_low_ports() {
        Allowed::Root => BindPrivilege::Root,
        Allowed::Capability => BindPrivilege::Capability,
        Allowed::Unknown => BindPrivilege::None,
    };
    let border = match system::unprivileged_from() {
        Some(from) => Border::At(from),
        // Linux always has one, and may keep it to itself.
        None if cfg!(target_os = "linux") => Border::Unknown,
        None => Border::Nowhere,
    };
    PortRules::new(border, privilege, system::source_ports(), &system::kept_back_ports())
}

/// The TCP and UDP sockets that are wanted, by their own port. With `only`, no others are looked at.
/// Programs are looked for when there is somebody to look for: that takes longer than all the rest.
///
/// # Errors
///
/// [`Failure`] when the system tells nothing at all.
pub fn port_use(
    only: Option<u16>,
    wanted: impl Fn(&MachineSocket) -> bool,
) -> Result<PortUse, Failure> {
    if only.is_some_and(socket::is_vacant) {
        return Ok(PortUse::default());
    }
    let query = Query { raw: false, port: only, programs: false, ..Query::ALL };
    // Without a port a datagram socket is nobody's neighbour.
    let theirs = |socket: &MachineSocket| socket.source.port != 0 && wanted(socket);
    let first = snapshot(&query)?;
    if !first.sockets.iter().any(|socket| theirs(&socket)) {
        return Ok(PortUse { users: Vec::new(), unseen: first.unseen });
    }
    let found = snapshot(&Query { programs: true, ..query })?;
    let having = found.sockets.iter().filter(|socket| theirs(socket));
    let mut users: Vec<PortUser> = having
        .map(|socket| PortUser { socket, programs: found.programs(&socket).to_vec() })
        .collect();
    let mut unseen = found.unseen.clone();
    unseen.extend(found.programs_unseen(users.iter().map(|user| user.socket)));
    users.sort_by_key(|user| {
        let listens = user.socket.state == State::Listen;
        let tcp = user.socket.transport == Transport::Tcp;
        (user.socket.source.port, !listens, !tcp, user.socket.source, user.socket.destination)
    });
    Ok(PortUse { users, unseen })
}
