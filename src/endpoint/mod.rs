//! # This machine: its addresses, its ports, who owns them
//!
//! An endpoint is an address and a port. This room looks both up where they live: which addresses
//! this machine has and which of them a partner can reach, who owns a port, and what the kernel
//! hands out as source ports.

mod addresses;
mod names;
mod networks;
mod system;

use std::net::{IpAddr, SocketAddr};

pub use addresses::{host, interface_index};
pub use names::Names;
pub use networks::Networks;

use crate::error::{CallError, Facts, Failure, Program};
use crate::event::Operation;
use crate::socket;

/// What this machine can tell about a failure.
#[must_use]
pub fn facts(failure: &Failure, program: Program) -> Facts {
    if matches!(failure, Failure::NoRawSocket { .. } | Failure::SetUserId) {
        let binary = std::env::current_exe().ok().map(|path| path.display().to_string());
        return Facts {
            program,
            binary,
            ping_groups: socket::ping_group_range(),
            ..Facts::default()
        };
    }
    let Failure::Call(CallError { operation, error, .. }) = failure else {
        return Facts { program, ..Facts::default() };
    };
    let mut facts = Facts {
        program,
        unprivileged_from: system::unprivileged_from(),
        descriptors: socket::raise_descriptor_limit(),
        ..Facts::default()
    };
    if let Operation::Bind(address) = operation {
        match error.kind() {
            std::io::ErrorKind::AddrInUse => look_up_owner(*address, &mut facts),
            std::io::ErrorKind::AddrNotAvailable => facts.addresses = own_addresses(),
            _ => {}
        }
    }
    facts
}

fn own_addresses() -> Vec<IpAddr> {
    host(None).addresses.iter().map(|address| address.ip).collect()
}

fn look_up_owner(address: SocketAddr, facts: &mut Facts) {
    if let Some(users) = system::port_users(facts.program.protocol(), address.port()) {
        facts.looked = true;
        facts.owner = users.owner;
        facts.time_wait = users.time_wait;
    }
}
