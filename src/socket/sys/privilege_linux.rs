//! What this process may do, on Linux: `man 7 capabilities`.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use nix::unistd::{getegid, geteuid, getgid, getuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
};

use socket2::{Domain, Socket, Type};

use crate::event::GivenBack;
use crate::socket::privilege::Allowed;

pub(in crate::socket) fn allowed() -> Allowed {
    allowed_by(CapabilitySet::NET_RAW)
}

/// The capability has to be had in the user namespace that owns the network namespace, which only the
/// kernel knows (`man 7 user_namespaces`): root of another one is nobody here. So `bind` is asked.
pub(in crate::socket) fn allowed_low_ports() -> Allowed {
    match allowed_by(CapabilitySet::NET_BIND_SERVICE) {
        Allowed::Unknown => Allowed::Unknown,
        _ if is_refused_port_1() => Allowed::Unknown,
        claimed => claimed,
    }
}

/// Whether `bind` refuses the lowest port for want of privilege. That it is taken is another matter.
/// The socket is closed before it could have heard anything.
fn is_refused_port_1() -> bool {
    let lowest = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 1)).into();
    let bound = Socket::new(Domain::IPV4, Type::DGRAM, None).and_then(|any| any.bind(&lowest));
    bound.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

fn allowed_by(capability: CapabilitySet) -> Allowed {
    let has = |sets: CapabilitySets| sets.effective.contains(capability);
    match capabilities(None).map(has) {
        Ok(true) if geteuid().is_root() => Allowed::Root,
        Ok(true) => Allowed::Capability,
        _ => Allowed::Unknown,
    }
}

pub(in crate::socket) fn ping_group_range() -> Option<(u32, u32)> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ping_group_range").ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

pub(in crate::socket) fn give_back() -> GivenBack {
    let nothing = CapabilitySet::empty();
    let had = capabilities(None).is_ok_and(|sets| !(sets.permitted | sets.effective).is_empty());
    let none = CapabilitySets { effective: nothing, permitted: nothing, inheritable: nothing };
    let _ = clear_ambient_capability_set();
    match set_capabilities(None, none) {
        Ok(()) if had => GivenBack::Capabilities,
        Ok(()) => GivenBack::Nothing,
        Err(_) => GivenBack::Kept,
    }
}

pub(in crate::socket) fn renounce_raw() {
    let Ok(mut sets) = capabilities(None) else { return };
    for set in [&mut sets.effective, &mut sets.permitted, &mut sets.inheritable] {
        set.remove(CapabilitySet::NET_RAW);
    }
    // What cannot be given up was not there, or the system knows no capabilities.
    let _ = set_capabilities(None, sets);
}

pub(in crate::socket) fn is_set_user_id() -> bool {
    getuid() != geteuid() || getgid() != getegid()
}

/// With protocol 0 it receives nothing (`man 7 packet`): no packet of anybody is seen.
pub(in crate::socket) fn packet_socket() -> io::Result<Socket> {
    Socket::new(Domain::PACKET, Type::RAW, None)
}
