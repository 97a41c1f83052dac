//! Windows: `GetExtendedTcpTable` and `GetExtendedUdpTable`, through the crate netstat2; names of
//! programs from sysinfo. Type-checked, and never run on Windows.
//!
//! The tables have no raw sockets, and neither queues nor users. Their rows have no number either:
//! the key of a socket is made of its sides and its process, in 32 bits: of ten thousand sockets, two
//! share one once in a hundred times, and then show the programs of both.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, SocketInfo, TcpState};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::Listing;
use crate::endpoint::Query;
use crate::endpoint::programs::Programs;
use crate::event::{MachineSocket, Side, SocketProgram, State, Transport};

/// Asks for both tables.
pub(super) fn sockets(query: Query) -> Listing {
    let mut protocols = ProtocolFlags::empty();
    protocols.set(ProtocolFlags::TCP, query.tcp);
    protocols.set(ProtocolFlags::UDP, query.udp);
    let rows = match netstat2::get_sockets_info(AddressFamilyFlags::all(), protocols) {
        Ok(rows) => rows,
        Err(error) => {
            let unseen = vec![format!("The system does not list its sockets: {error}.")];
            return Listing { unseen, ..Listing::default() };
        }
    };
    let mut listing = Listing::default();
    let (mut pids, mut held) = (Vec::new(), Vec::new());
    for row in &rows {
        let socket = socket(row);
        if !query.wants_port(&socket) {
            continue;
        }
        for pid in &row.associated_pids {
            held.push((socket.key, u32::try_from(pids.len()).unwrap_or(u32::MAX)));
            pids.push(*pid);
        }
        listing.sockets.push(socket);
    }
    let mut keys: Vec<u32> = held.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    listing.programs = Some(Programs::new(keys, names(&pids, query.programs), held));
    if query.raw && query.port.is_none() {
        listing.unseen.push("Windows does not tell about raw sockets.".to_owned());
    }
    listing
}

fn socket(row: &SocketInfo) -> MachineSocket {
    let source = Side { ip: row.local_addr(), port: row.local_port() };
    let (transport, state, destination) = match &row.protocol_socket_info {
        ProtocolSocketInfo::Tcp(tcp) => {
            let peer = Side { ip: tcp.remote_addr, port: tcp.remote_port };
            (Transport::Tcp, state(tcp.state), peer)
        }
        ProtocolSocketInfo::Udp(_) => {
            let nobody = match source.ip {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            };
            (Transport::Udp, State::Unconnected, Side { ip: nobody, port: 0 })
        }
    };
    // The system writes some port beside a peer that there is not.
    let port = if state == State::Listen { 0 } else { destination.port };
    let destination = Side { port, ..destination };
    let mut hash = DefaultHasher::new();
    (transport, source, destination, &row.associated_pids).hash(&mut hash);
    let key = u32::try_from(hash.finish() & u64::from(u32::MAX)).unwrap_or(0).max(1);
    MachineSocket {
        transport,
        state,
        source,
        destination,
        queues: None,
        interface: 0,
        user: None,
        key: if row.associated_pids.is_empty() { 0 } else { key },
        dual_stack: false,
    }
}

const fn state(state: TcpState) -> State {
    match state {
        TcpState::Listen => State::Listen,
        TcpState::SynSent => State::SynSent,
        TcpState::SynReceived => State::SynReceived,
        TcpState::Established => State::Established,
        TcpState::FinWait1 => State::FinWait1,
        TcpState::FinWait2 => State::FinWait2,
        TcpState::CloseWait => State::CloseWait,
        TcpState::Closing => State::Closing,
        TcpState::LastAck => State::LastAck,
        TcpState::TimeWait => State::TimeWait,
        _ => State::Closed,
    }
}

/// The programs with those numbers. Without their names when nobody asked: that costs a second list.
fn names(pids: &[u32], named: bool) -> Vec<SocketProgram> {
    let mut system = System::new();
    if named {
        let wanted: Vec<Pid> = pids.iter().copied().map(Pid::from_u32).collect();
        let kind = ProcessRefreshKind::nothing();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&wanted), true, kind);
    }
    let name = |pid: u32| {
        let process = system.process(Pid::from_u32(pid));
        process.map(|process| process.name().as_encoded_bytes()).unwrap_or_default()
    };
    pids.iter().map(|pid| SocketProgram::new(*pid, name(*pid))).collect()
}
