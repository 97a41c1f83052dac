//! What this process may do, on Linux: `man 7 capabilities`.

use std::fs;

use nix::unistd::{getegid, geteuid, getgid, getuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
};

use crate::event::GivenBack;
use crate::socket::privilege::Allowed;

pub(in crate::socket) fn allowed() -> Allowed {
    let raw = |sets: CapabilitySets| sets.effective.contains(CapabilitySet::NET_RAW);
    match capabilities(None).map(raw) {
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
