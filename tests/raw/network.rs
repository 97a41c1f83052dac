//! A network of three hosts in a row for one test: a client, a router, a server.
//!
//! ```text
//!   client                    router                      server
//!   10.77.1.2 ──── 10.77.1.1 left │ right 10.77.2.1 ──── 10.77.2.2
//!   fd77:1::2                 MTU 1500 │ MTU 1300           fd77:2::2
//! ```
//!
//! The router sends ICMP errors for some networks: see the constants.
#![cfg(test)]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio, id};

use crate::support::Program;
use crate::tools::{missing, output, unprivileged};

pub const CLIENT: &str = "10.77.1.2";
pub const CLIENT_OF_IPV6: &str = "fd77:1::2";
/// The client's second addresses. Routers count how many errors they have sent to an address, so what
/// is compared comes from another one.
pub const CLIENT_TOO: &str = "10.77.1.12";
pub const CLIENT_TOO_OF_IPV6: &str = "fd77:1::12";
pub const ROUTER: &str = "10.77.1.1";
pub const ROUTER_OF_IPV6: &str = "fd77:1::1";
pub const SERVER: &str = "10.77.2.2";
pub const SERVER_OF_IPV6: &str = "fd77:2::2";
/// The largest packet on the second link.
pub const SMALL_MTU: u64 = 1300;

/// Where nobody is: the router asks the server's network, and nobody answers.
pub const NOBODY: &str = "10.77.2.99";
pub const NOBODY_OF_IPV6: &str = "fd77:2::99";
/// Networks that the router rejects, forbids, drops in silence, or does not know.
pub const REJECTED: &str = "10.77.3.3";
pub const REJECTED_OF_IPV6: &str = "fd77:3::3";
pub const FORBIDDEN: &str = "10.77.4.4";
pub const FORBIDDEN_OF_IPV6: &str = "fd77:4::4";
pub const SILENT: &str = "10.77.5.5";
pub const SILENT_OF_IPV6: &str = "fd77:5::5";
/// A network that the router knows, behind the server, which drops everything for it in silence.
pub const BEHIND: &str = "10.77.7.7";
pub const BEHIND_OF_IPV6: &str = "fd77:7::7";
pub const UNKNOWN: &str = "10.77.9.9";
pub const UNKNOWN_OF_IPV6: &str = "fd77:9::9";
/// A network for which the router knows a better way: by another host beside the client.
pub const ELSEWHERE: &str = "10.77.6.6";

/// What the client finds in its own `/etc/hosts`.
const NAMES: &str = "127.0.0.1 localhost\n::1 localhost\n\
                     10.77.1.1 router.lab\nfd77:1::1 router.lab\n\
                     10.77.2.2 server.lab\nfd77:2::2 server.lab\n";

/// All of them forward, and send as many errors as are due.
const SYSTEM: [&str; 4] = [
    "net.ipv4.icmp_ratelimit=0",
    "net.ipv4.icmp_ratemask=0",
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.send_redirects=1",
];
const SYSTEM_OF_IPV6: [&str; 2] = ["net.ipv6.icmp.ratelimit=0", "net.ipv6.conf.all.forwarding=1"];

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Client,
    Router,
    Server,
}

/// Cards of the first link. Its two ends know each other, so that nobody has to ask.
const MAC_OF_CLIENT: &str = "02:00:00:77:01:02";
const MAC_OF_ROUTER: &str = "02:00:00:77:01:01";

const HOSTS: [Host; 3] = [Host::Client, Host::Router, Host::Server];

/// The three hosts. They vanish with it.
pub struct Network {
    tag: String,
}

impl Network {
    /// Makes it, or says why not. Names of namespaces are the whole system's, so each test has a tag.
    pub fn new(test: &str, tag: &str) -> Option<Self> {
        if missing(test, &["ip", "sysctl"]) || unprivileged(test) {
            return None;
        }
        let network = Self { tag: format!("netlab-raw-{}-{tag}", id()) };
        let names = HOSTS.map(|host| network.name(host));
        batch(None, &names.each_ref().map(|name| format!("netns add {name}")).join("\n"));
        network.write_names();
        let [client, router, server] = &names;
        batch(
            None,
            &format!(
                "link add eth0 address {MAC_OF_CLIENT} netns {client} type veth \
                 peer name left address {MAC_OF_ROUTER} netns {router}\n\
                 link add right mtu {SMALL_MTU} netns {router} type veth \
                 peer name eth0 mtu {SMALL_MTU} netns {server}\n"
            ),
        );
        for host in HOSTS {
            network.sysctl(host, &SYSTEM);
            if has_ipv6() {
                network.sysctl(host, &SYSTEM_OF_IPV6);
            }
        }
        // Links before addresses: a link that comes up later sends its first words a second later.
        for lines in [links_of, addresses_of] {
            for host in HOSTS {
                batch(Some(&network.name(host)), &of_both_families(lines(host)));
            }
        }
        for link in ["left", "right"] {
            let patience = ["mcast_solicit=1", "retrans_time_ms=50"];
            let families = if has_ipv6() { &["ipv4", "ipv6"][..] } else { &["ipv4"] };
            for family in families {
                let all = patience.map(|value| format!("net.{family}.neigh.{link}.{value}"));
                network.sysctl(Host::Router, &all.each_ref().map(String::as_str));
            }
        }
        network.sysctl(Host::Client, &["net.ipv4.ip_forward=0"]);
        Some(network)
    }

    /// Files that programs on the client find in `/etc`.
    fn write_names(&self) {
        let folder = self.etc();
        // Another test may be removing the folder above at this moment, when it is empty.
        let made = (0..100).any(|_| fs::create_dir_all(&folder).is_ok());
        assert!(made, "{}", folder.display());
        fs::write(folder.join("hosts"), NAMES).expect("it is writable");
        // Nobody is there: what is not in the file is known to be unknown at once.
        let nobody = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
        fs::write(folder.join("resolv.conf"), nobody).expect("it is writable");
    }

    fn etc(&self) -> PathBuf {
        PathBuf::from("/etc/netns").join(self.name(Host::Client))
    }

    /// The name of a host's namespace.
    pub fn name(&self, host: Host) -> String {
        format!("{}-{host:?}", self.tag).to_lowercase()
    }

    /// A command that runs on that host. Process and number are the command's own.
    pub fn on(&self, host: Host, program: &str, arguments: &[&str]) -> Command {
        let mut there = Command::new("ip");
        there.args(["netns", "exec", &self.name(host), program]).args(arguments);
        there
    }

    /// Starts netlab on the client.
    pub fn netlab(&self, arguments: &[&str]) -> Program {
        Program::start(&mut self.on(Host::Client, env!("CARGO_BIN_EXE_netlab"), arguments))
    }

    /// Starts netlab on the client, with every event as a line of JSON.
    pub fn events(&self, arguments: &[&str]) -> Program {
        self.netlab(&[arguments, &["--format", "json"]].concat())
    }

    /// Sets kernel parameters of a host.
    #[track_caller]
    pub fn sysctl(&self, host: Host, values: &[&str]) {
        output(self.on(host, "sysctl", &["-qw"]).args(values));
    }

    /// The client forgets what it has learned about ways: smaller MTUs, better routers.
    #[track_caller]
    pub fn forget_ways(&self) {
        batch(Some(&self.name(Host::Client)), &of_both_families("route flush cache\n"));
        if has_ipv6() {
            output(&mut self.on(Host::Client, "ip", &["-6", "route", "flush", "cache"]));
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in HOSTS {
            let deletion = Command::new("ip").args(["netns", "del", &self.name(host)]).status();
            drop(deletion);
        }
        let _ = fs::remove_dir_all(self.etc());
        // Only when it is empty.
        let _ = fs::remove_dir("/etc/netns");
    }
}

/// A host's links.
fn links_of(host: Host) -> &'static str {
    match host {
        Host::Client | Host::Server => {
            "link set lo up
             link set eth0 addrgenmode none
             link set eth0 up"
        }
        Host::Router => {
            "link set lo up
             link set left addrgenmode none
             link set right addrgenmode none
             link set left up
             link set right up"
        }
    }
}

/// A host's addresses and ways. Nobody waits to be sure that an address is nobody else's.
fn addresses_of(host: Host) -> &'static str {
    match host {
        Host::Client => {
            "addr add 10.77.1.2/24 dev eth0
             addr add 10.77.1.12/24 dev eth0
             addr add fd77:1::2/64 dev eth0 nodad
             addr add fd77:1::12/64 dev eth0 nodad preferred_lft 0
             addr add fe80::2/64 dev eth0 nodad
             route add default via 10.77.1.1
             route add default via fd77:1::1
             neigh add fd77:1::1 lladdr 02:00:00:77:01:01 dev eth0"
        }
        Host::Router => {
            "addr add 10.77.1.1/24 dev left
             addr add 10.77.2.1/24 dev right
             addr add fd77:1::1/64 dev left nodad
             addr add fe80::1/64 dev left nodad
             addr add fd77:2::1/64 dev right nodad
             addr add fe80::1/64 dev right nodad
             route add unreachable 10.77.3.0/24
             route add prohibit 10.77.4.0/24
             route add blackhole 10.77.5.0/24
             route add 10.77.6.0/24 via 10.77.1.3
             route add unreachable fd77:3::/64
             route add prohibit fd77:4::/64
             route add blackhole fd77:5::/64
             route add 10.77.7.0/24 via 10.77.2.2
             route add fd77:7::/64 via fd77:2::2
             neigh add fd77:1::2 lladdr 02:00:00:77:01:02 dev left
             neigh add fd77:1::12 lladdr 02:00:00:77:01:02 dev left"
        }
        Host::Server => {
            "addr add 10.77.2.2/24 dev eth0
             addr add fd77:2::2/64 dev eth0 nodad
             addr add fe80::2/64 dev eth0 nodad
             route add default via 10.77.2.1
             route add default via fd77:2::1
             route add blackhole 10.77.7.0/24
             route add blackhole fd77:7::/64"
        }
    }
}

/// Without the lines of IPv6, on a system that does not know it.
fn of_both_families(lines: &str) -> String {
    let known = |line: &&str| has_ipv6() || !line.contains("::") && !line.contains("addrgenmode");
    lines.lines().map(str::trim).filter(known).collect::<Vec<_>>().join("\n")
}

/// The server, by every family that this system has.
pub fn servers() -> &'static [&'static str] {
    if has_ipv6() { &[SERVER, SERVER_OF_IPV6] } else { &[SERVER] }
}

/// Whether this system knows IPv6 at all.
pub fn has_ipv6() -> bool {
    std::path::Path::new("/proc/net/if_inet6").exists()
}

/// Many lines for one `ip`, in a namespace or in none.
#[track_caller]
fn batch(namespace: Option<&str>, lines: &str) {
    let mut command = Command::new("ip");
    if let Some(name) = namespace {
        command.args(["-n", name]);
    }
    command.args(["-batch", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut ip = command.spawn().expect("it is installed");
    let mut input = ip.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("it reads");
    drop(input);
    let done = ip.wait_with_output().expect("it was started");
    assert!(done.status.success(), "{lines}: {}", String::from_utf8_lossy(&done.stderr));
}
