//! Where these tests run: a network of their own, or two that are joined by a cable.
//!
//! ```text
//!   client                       server
//!   10.0.56.23/16 ──── cable ──── 10.0.73.221/16
//! ```
#![cfg(test)]

use std::process::{Command, id};

use nix::sched::{CloneFlags, unshare};

use crate::tools::{missing, output, unprivileged};

pub const CLIENT: &str = "10.0.56.23";
pub const SERVER: &str = "10.0.73.221";
pub const CLIENT_MAC: &str = "02:00:00:56:00:23";
pub const SERVER_MAC: &str = "02:00:00:73:02:21";

/// From here on this thread has a network of its own, and so has what it starts. False where that is
/// not permitted; the test has said so.
pub fn alone(test: &str) -> bool {
    if missing(test, &["ip", "tcpdump", "tshark", "python3", "setpriv"]) || unprivileged(test) {
        return false;
    }
    unshare(CloneFlags::CLONE_NEWNET).expect("as root");
    output(Command::new("ip").args(["link", "set", "lo", "up"]));
    true
}

/// Two hosts on one cable. They vanish with it.
pub struct Cable {
    tag: String,
}

impl Cable {
    /// Lays it, or says why not. Neither host knows the other's hardware address yet.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        if missing(test, &["ip", "tcpdump", "tshark", "python3", "setpriv"]) || unprivileged(test) {
            return None;
        }
        let cable = Self { tag: format!("netlab-packets-{}-{tag}", id()) };
        let (client, server) = (cable.name("client"), cable.name("server"));
        for name in [&client, &server] {
            ip(&format!("netns add {name}"));
        }
        ip(&format!(
            "link add eth0 address {CLIENT_MAC} netns {client} type veth peer name eth0 address \
             {SERVER_MAC} netns {server}"
        ));
        for (name, address) in [(&client, CLIENT), (&server, SERVER)] {
            ip(&format!("-n {name} link set lo up"));
            ip(&format!("-n {name} link set eth0 addrgenmode none"));
            ip(&format!("-n {name} link set eth0 up"));
            ip(&format!("-n {name} addr add {address}/16 dev eth0"));
        }
        Some(cable)
    }

    fn name(&self, host: &str) -> String {
        format!("{}-{host}", self.tag)
    }

    /// A program on one of the two.
    pub fn on(&self, host: &str, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(host), program]).args(arguments);
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for host in ["client", "server"] {
            let _ = Command::new("ip").args(["netns", "del", &self.name(host)]).status();
        }
    }
}

#[track_caller]
fn ip(words: &str) {
    output(Command::new("ip").args(words.split(' ')));
}
