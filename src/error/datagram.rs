//! What to say about errors of datagram sockets where it differs from streams.

use super::CallError;
use super::advice::Told;
use crate::event::Operation;

/// Tells what is known of a failed call. False when it is as with every socket.
pub(super) fn call(name: &str, failed: &CallError, told: &mut Told) -> bool {
    match (name, &failed.operation) {
        ("EACCES", Operation::SendTo(..) | Operation::Send(_) | Operation::Connect(_)) => {
            broadcast(told);
        }
        ("EPERM", Operation::SendTo(..) | Operation::Send(_)) => firewall(told),
        ("EMSGSIZE", _) => too_long(told),
        ("ENODEV" | "EADDRNOTAVAIL", Operation::SetAddress(..) | Operation::SetOption(..)) => {
            no_interface(told);
        }
        ("ECONNREFUSED" | "ECONNRESET", _) => closed_port(failed, told),
        ("EADDRINUSE", Operation::SetAddress(..)) => joined_already(told),
        _ => return false,
    }
    true
}

fn broadcast(told: &mut Told) {
    told.know("a datagram to a broadcast address reaches every machine of the network segment");
    told.know("so a socket may send one only after setsockopt(SO_BROADCAST)");
    told.cause("the address ends with the highest number of its network, or is 255.255.255.255");
    told.suggest("the same command with --broadcast    (and without --connect)");
}

fn firewall(told: &mut Told) {
    told.know("the datagram was stopped on this machine, before it reached the network");
    told.cause("a firewall on this machine forbids it");
    told.suggest("the same command with another port");
}

fn too_long(told: &mut Told) {
    told.know("a datagram is sent whole or not at all; UDP cuts nothing into pieces, TCP does");
    told.cause("--dont-fragment, and the datagram with its headers is larger than the way's MTU");
    told.cause("more than 65507 bytes: the length field of IPv4 has 16 bits, for headers too");
    told.suggest("the same command with --size 1400, or without --dont-fragment");
}

fn no_interface(told: &mut Told) {
    told.know("multicast is joined, and sent, on one network interface");
    told.cause("this machine has no route for multicast: it is in no network");
    told.cause("the address of --interface is none of this machine's");
    told.suggest("the same command with --interface and an address of this machine");
}

fn closed_port(failed: &CallError, told: &mut Told) {
    told.know("ICMP \"port unreachable\" came back for an earlier datagram");
    told.cause("the server is not running yet, or has ended");
    told.cause("it is bound to another port, or to another address of its machine");
    let port = failed.operation.address().or(failed.peer).map_or(6000, |peer| peer.port());
    told.suggest(format!("netlab udp-server {port}    (on the other machine)"));
}

fn joined_already(told: &mut Told) {
    told.know("a socket joins a group once on each interface");
    told.cause("the same group was named twice");
    told.suggest("the same command with one --join for each group");
}
