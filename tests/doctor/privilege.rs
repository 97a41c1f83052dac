//! Users who may have a raw socket, a ping socket, or neither.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::examined::{Examined, whole};
use crate::network::{Host, Network, SERVER, SILENT};
use crate::support::Program;
use crate::tools::missing;

/// A copy of netlab where an ordinary user may run it.
pub struct Ordinary {
    _folder: tempfile::TempDir,
    pub netlab: String,
}

impl Ordinary {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let netlab = folder.path().join("netlab");
        fs::copy(env!("CARGO_BIN_EXE_netlab"), &netlab).expect("there is room");
        for path in [folder.path(), &netlab] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is mine");
        }
        let netlab = netlab.display().to_string();
        Self { _folder: folder, netlab }
    }

    /// Runs it on the client as nobody, with an object for each check.
    pub fn run(&self, network: &Network, arguments: &[&str]) -> Command {
        self.run_as(network, &[arguments, &["--format", "json"]].concat())
    }

    /// The same, with a page for people.
    pub fn run_as(&self, network: &Network, arguments: &[&str]) -> Command {
        let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", &self.netlab];
        network.on(Host::Client, "setpriv", &[&nobody[..], arguments].concat())
    }
}

/// A network and an ordinary user in it, who may have a ping socket or not.
fn lab(test: &str, tag: &str, groups: &str) -> Option<(Network, Ordinary)> {
    if missing(test, &["setpriv"]) {
        return None;
    }
    let network = Network::new(test, tag)?;
    network.sysctl(Host::Client, &[&format!("net.ipv4.ping_group_range={groups}")]);
    Some((network, Ordinary::new()))
}

#[test]
fn root_may_everything() {
    let Some(network) = Network::new("root_may_everything", "root") else { return };
    let found = Examined::events(&network, &[]).ends_with(0);
    found.says("raw_sockets", "ok", "this process is root's");
    let capture = found.says("capture", "ok", "capture is permitted");
    let call = &capture["calls"][0];
    assert_eq!(call["text"].as_str().map(|text| text.starts_with("socket(AF_PACKET")), Some(true));
}

#[test]
fn a_ping_socket_stands_in_and_the_remedy_names_this_file() {
    const TEST: &str = "a_ping_socket_stands_in_and_the_remedy_names_this_file";
    let Some((network, user)) = lab(TEST, "ping", "0 2147483647") else { return };
    let found = Examined::of(&mut user.run(&network, &["doctor", "--peer", SERVER])).ends_with(0);
    let raw = found.says("raw_sockets", "warn", "uses a ping socket");
    assert_eq!(raw["remedy"], format!("sudo setcap cap_net_raw+ep {}", user.netlab));
    found.says("capture", "warn", "not permitted");
    let partner = found.says("partner", "ok", "alive");
    assert!(whole(&partner).contains("ICMP echo: reply in"), "{partner:#}");
    let silent = Examined::of(&mut user.run(&network, &["doctor", "--peer", SILENT])).ends_with(1);
    silent.says("partner", "fail", "no answer, but the router answers");
}

#[test]
fn without_any_privilege_tcp_alone_decides() {
    const TEST: &str = "without_any_privilege_tcp_alone_decides";
    let Some((network, user)) = lab(TEST, "neither", "1 0") else { return };
    let found = Examined::of(&mut user.run(&network, &["doctor", "--peer", SERVER])).ends_with(0);
    let raw = found.says("raw_sockets", "warn", "neither raw nor ping sockets");
    assert!(whole(&raw).contains("ping_group_range = 1 0"), "{raw:#}");
    assert!(whole(&raw).contains(&format!("setcap cap_net_raw+ep {}", user.netlab)), "{raw:#}");
    let partner = found.says("partner", "ok", "alive");
    assert!(whole(&partner).contains("TCP alone decides"), "{partner:#}");
    let silent = Examined::of(&mut user.run(&network, &["doctor", "--peer", SILENT])).ends_with(1);
    silent.says("partner", "fail", "no answer at all");
}

/// Another user's program has the port: its name is not this user's to see.
#[test]
fn anothers_program_is_not_named() {
    const TEST: &str = "anothers_program_is_not_named";
    if missing(TEST, &["ncat"]) {
        return;
    }
    let Some((network, user)) = lab(TEST, "other", "1 0") else { return };
    let all = ["-l", "-v", "-k", "-n", "6000"];
    let mut ncat = Program::start(&mut network.on(Host::Client, "ncat", &all));
    ncat.until("Listening on");
    let found = Examined::of(&mut user.run(&network, &["doctor"])).ends_with(0);
    found.says("port", "warn", "port 6000/tcp is taken by a program that this user may not see");
}
