//! # This machine: its addresses, its ports, who owns them
//!
//! An endpoint is an address and a port. This room looks both up where they live: which addresses
//! this machine has and which of them a partner can reach, who owns a port, and what the kernel
//! hands out as source ports.

mod addresses;
mod changes;
mod filter;
pub mod limits;
mod names;
mod networks;
mod order;
mod ports;
mod programs;
mod sockets;
mod surroundings;
mod system;
mod tally;

use std::net::{IpAddr, SocketAddr};

pub use addresses::{host, interface_index, interface_name, machine};
pub use changes::changes;
pub use filter::{Filter, Ports, Prefix, Service, states_named};
pub use names::Names;
pub use networks::Networks;
pub use order::{SortBy, sorted};
pub use ports::{port_rules, port_use};
pub use sockets::{Query, Snapshot, snapshot, snapshot_after};
pub use surroundings::{FirewallSigns, Way, firewall_signs, in_hosts_file, system_name, way_to};
pub use tally::count;

use crate::error::{CallError, Facts, Failure, Owner, Program};
use crate::event::{Operation, State};
use crate::socket;

/// What this machine can tell about a failure.
#[must_use]
pub fn facts(failure: &Failure, program: Program) -> Facts {
    if matches!(
        failure,
        Failure::NoRawSocket { .. } | Failure::NoCapture { .. } | Failure::SetUserId
    ) {
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
    let kind = error.kind();
    if matches!(kind, std::io::ErrorKind::AddrInUse | std::io::ErrorKind::AddrNotAvailable) {
        facts.source_ports = system::source_ports();
    }
    if let Operation::Bind(address) = operation {
        match kind {
            std::io::ErrorKind::AddrInUse if address.port() == 0 => {}
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
    let port = address.port();
    let udp = facts.program.protocol() == "udp";
    let query = Query { tcp: !udp, udp, raw: false, port: Some(port), programs: true };
    let Ok(found) = snapshot(&query) else { return };
    // Other systems do not tell of other users' sockets: there, nothing found proves nothing.
    facts.looked = cfg!(target_os = "linux") || !found.sockets.is_empty();
    let users = || found.sockets.iter().filter(|socket| socket.source.port == port);
    facts.time_wait = users().filter(|socket| socket.state == State::TimeWait).count();
    let held = users().filter(|socket| socket.key != 0);
    facts.owner = held.max_by_key(|socket| socket.state == State::Listen).map(|socket| {
        let program = found.programs(&socket).first();
        Owner {
            local: SocketAddr::new(socket.source.ip, port),
            program: program.map(|program| (program.pid, program.name.to_string())),
        }
    });
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_socket_of_this_very_test_is_found() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let local = listener.local_addr().expect("an address");
        let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).expect("a free port");
        let bound = socket.local_addr().expect("an address");
        for (program, local) in [(Program::TcpServer, local), (Program::UdpServer, bound)] {
            let mut facts = Facts { program, ..Facts::default() };
            look_up_owner(local, &mut facts);
            let owner = facts.owner.expect("this process owns it");
            assert_eq!(owner.local, local);
            assert_eq!(owner.program.expect("it is ours").0, std::process::id());
        }
    }
}
