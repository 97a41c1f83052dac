//! Two hosts with a cable between them, as network namespaces.

use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio, id};

use nix::sched::{CloneFlags, setns, unshare};

/// The ends of the cable.
const NEAR: &str = "10.98.0.1";
const FAR: &str = "10.98.0.2";

/// How many hosts a sweep asks.
pub const HOSTS: usize = 500;

/// Where the probes go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To the host that sends them.
    Loopback,
    /// To the other one.
    Cable,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Place::Loopback => "loopback",
            Place::Cable => "veth pair",
        })
    }
}

impl Place {
    /// Both.
    pub const ALL: [Self; 2] = [Place::Loopback, Place::Cable];

    /// An address that answers there.
    pub fn address(self) -> &'static str {
        match self {
            Place::Loopback => "127.0.0.1",
            Place::Cable => FAR,
        }
    }

    /// Many addresses that answer there.
    pub fn addresses(self) -> Vec<String> {
        let network = match self {
            Place::Loopback => "127.9",
            Place::Cable => "10.99",
        };
        (0..HOSTS).map(|host| format!("{network}.{}.{}", host / 250, host % 250 + 1)).collect()
    }
}

/// The far host; the near one is where this thread is. Neither has a name, so the system removes
/// both when nobody is left who holds them, even if this process is killed.
pub struct Lab {
    _far: File,
}

impl Lab {
    /// Makes the hosts and moves this thread to the near one, with all that it starts.
    ///
    /// `ip netns exec` would have been measured with each program.
    pub fn enter() -> io::Result<Self> {
        let far = host()?;
        // A local route makes every address of a network the host's own.
        ip("route add local 10.99.0.0/16 dev lo")?;
        let near = host()?;
        let other_end = format!("/proc/{}/fd/{}", id(), far.as_raw_fd());
        ip(&format!("link add eth0 type veth peer name eth0 netns {other_end}"))?;
        setns(&far, CloneFlags::CLONE_NEWNET)?;
        connect(FAR)?;
        setns(&near, CloneFlags::CLONE_NEWNET)?;
        connect(NEAR)?;
        // They are in a network of this host's own, and netlab may ask them as fast as it can; but they
        // all have one hardware address, or each of them would be looked for first.
        ip("address add 10.99.255.254/16 dev eth0")?;
        ip(&format!("route add 10.99.0.0/17 via {FAR}"))?;
        Ok(Self { _far: far })
    }
}

/// Moves this thread to a new host with nothing but loopback.
fn host() -> io::Result<File> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    ip("link set lo up")?;
    File::open("/proc/thread-self/ns/net")
}

/// Gives this host's end of the cable an address.
fn connect(address: &str) -> io::Result<()> {
    ip(&format!("address add {address}/24 dev eth0"))?;
    ip("link set eth0 up")
}

fn ip(words: &str) -> io::Result<()> {
    let done = Command::new("ip").args(words.split(' ')).stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&done.stderr);
    Err(io::Error::other(format!("ip {words}: {}", told.trim())))
}
