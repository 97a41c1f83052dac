//! A network of hosts for one test: namespaces, each with a cable to the same switch.
#![cfg(test)]

use std::process::{Command, id};

use crate::support::Program;
use crate::tools::{missing, output, unprivileged};

/// The worksheet's client and server, and one more server in the same network.
pub const ADDRESSES: [&str; 3] = ["10.0.56.23", "10.0.73.221", "10.0.80.5"];
pub const CLIENT: &str = ADDRESSES[0];
pub const SERVER: &str = ADDRESSES[1];
pub const OTHER: &str = ADDRESSES[2];

/// The same hosts by IPv6.
pub const ADDRESSES_OF_IPV6: [&str; 3] = ["fd11::23", "fd11::221", "fd11::5"];

/// Hosts with these addresses. They vanish with it.
pub struct Network {
    tag: String,
}

impl Network {
    /// Makes it, or says why not. Names of namespaces are the whole system's, so each test has a tag.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        if missing(test, &["ip", "ss"]) || unprivileged(test) {
            return None;
        }
        let network = Self { tag: format!("netlab-udp-{}-{tag}", id()) };
        let switch = network.host("switch");
        ip(&["netns", "add", &switch]);
        // It forwards groups to everybody, as a switch does that knows nothing of them.
        ip(&["-n", &switch, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0"]);
        ip(&["-n", &switch, "link", "set", "br0", "up"]);
        for (port_number, address) in ADDRESSES.iter().enumerate() {
            let (host, port) = (network.host(address), format!("port{port_number}"));
            ip(&["netns", "add", &host]);
            let cable = ["link", "add", "eth0", "netns", &host, "type", "veth", "peer", "name"];
            ip(&[&cable[..], &[&port, "netns", &switch]].concat());
            ip(&["-n", &switch, "link", "set", &port, "master", "br0", "up"]);
            let address = format!("{address}/16");
            ip(&["-n", &host, "addr", "add", &address, "broadcast", "+", "dev", "eth0"]);
            if has_ipv6() {
                let address = format!("{}/64", ADDRESSES_OF_IPV6[port_number]);
                ip(&["-n", &host, "addr", "add", &address, "dev", "eth0", "nodad"]);
            }
            ip(&["-n", &host, "link", "set", "lo", "up"]);
            ip(&["-n", &host, "link", "set", "eth0", "up"]);
        }
        Some(network)
    }

    fn host(&self, address: &str) -> String {
        format!("{}-{address}", self.tag)
    }

    /// A command that runs on the host with this address.
    pub fn on(&self, address: &str, command: &Command) -> Command {
        let mut there = Command::new("ip");
        there.args(["netns", "exec", &self.host(address)]);
        there.arg(command.get_program()).args(command.get_args());
        there
    }

    /// Starts netlab on the host with this address.
    pub fn netlab(&self, address: &str, arguments: &[&str]) -> Program {
        let mut netlab = Command::new(env!("CARGO_BIN_EXE_netlab"));
        Program::start(&mut self.on(address, netlab.args(arguments)))
    }

    /// A way to everywhere else, as a laptop in a lab has one.
    pub fn add_default_route(&self, address: &str, router: &str) {
        ip(&["-n", &self.host(address), "route", "add", "default", "via", router]);
    }

    /// What `ss` sees there: state, own and other endpoint of each UDP socket.
    pub fn sockets(&self, address: &str) -> Vec<[String; 3]> {
        let seen = output(&mut self.on(address, Command::new("ss").arg("-Huan")));
        let row = |row: &str| {
            let fields: Vec<_> = row.split_whitespace().map(str::to_owned).collect();
            [fields[0].clone(), fields[3].clone(), fields[4].clone()]
        };
        seen.lines().map(row).collect()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in ["switch"].iter().chain(&ADDRESSES) {
            let deletion = Command::new("ip").args(["netns", "del", &self.host(host)]).status();
            drop(deletion);
        }
    }
}

/// Whether this system knows IPv6 at all.
pub fn has_ipv6() -> bool {
    std::path::Path::new("/proc/net/if_inet6").exists()
}

#[track_caller]
fn ip(arguments: &[&str]) {
    output(Command::new("ip").args(arguments));
}
