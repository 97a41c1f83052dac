//! How a ping or a listener is set up: its sockets, and why it may have them.

use std::net::IpAddr;
use std::time::Duration;

use super::{SafeText, SocketId};

/// How a ping is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingSetup {
    /// Its sockets: one for each family among the hosts.
    pub sockets: Vec<PingSocket>,
    /// Whom it asks.
    pub hosts: Vec<PingHost>,
    /// Probes to each host; none: until it is ended.
    pub count: Option<u32>,
    /// When the next probe leaves.
    pub pace: Pace,
    /// Time from one probe to the next to the same host, with [`Pace::Interval`].
    pub interval: Duration,
    /// Bytes of data in a probe, behind the ICMP header of 8 bytes.
    pub size: usize,
    /// What the data is filled with, where it was asked for.
    pub pattern: Option<Vec<u8>>,
    /// The hop limit that was asked for.
    pub ttl: Option<u8>,
    /// A reply later than that counts as late.
    pub timeout: Duration,
    /// The whole run takes no longer.
    pub deadline: Option<Duration>,
    /// True: nobody may cut a probe into fragments. False: everybody may. None: as the system has it.
    pub dont_fragment: Option<bool>,
    /// The most hops to look at (`--path`).
    pub path: Option<u8>,
    /// Single replies are not shown.
    pub quiet: bool,
    /// What privilege was given back after the sockets were opened.
    pub given_back: GivenBack,
}

/// Lines that a flood shows about what is not as it should be, and as many about packets; the reports
/// count the others.
pub const FLOOD_LINES: u64 = 20;

/// One socket of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingSocket {
    /// Its label.
    pub socket: SocketId,
    /// True for IPv6.
    pub v6: bool,
    /// What kind of socket this program may have, and why.
    pub privilege: Privilege,
    /// The identifier of its probes.
    pub identifier: u16,
    /// Where the time of an arrival comes from.
    pub clock: Clock,
    /// Whether a filter in the kernel refuses echo requests, of which there are many on loopback.
    pub filtered: bool,
}

/// One host that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PingHost {
    /// As the user named it.
    pub name: SafeText,
    /// Its address.
    pub address: IpAddr,
    /// The address of this machine that probes to it leave from, where the system tells.
    pub source: Option<IpAddr>,
}

/// When the next probe leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After a fixed time.
    Interval,
    /// As soon as a reply has come, and at least a hundred times a second (`--flood`).
    Flood,
    /// As soon as a reply has come, never before (`--adaptive`).
    Adaptive,
}

/// What kind of ICMP socket this program may have, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// A raw socket: this process is root's.
    Root,
    /// A raw socket: this process has the capability `CAP_NET_RAW`.
    Capability,
    /// A raw socket: this process is an administrator's (Windows), or the system allows it to all.
    Administrator,
    /// No raw socket, but a ping datagram socket (`SOCK_DGRAM`): the group range
    /// (`net.ipv4.ping_group_range`, first and last) allows it, where the system has one.
    PingSocket(Option<(u32, u32)>),
}

impl Privilege {
    /// Whether it is a raw socket.
    #[must_use]
    pub const fn is_raw(self) -> bool {
        !matches!(self, Self::PingSocket(_))
    }

    /// A word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Capability => "CAP_NET_RAW",
            Self::Administrator => "administrator",
            Self::PingSocket(_) => "ping socket",
        }
    }
}

/// What privilege was given back after the sockets were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBack {
    /// There was none.
    Nothing,
    /// Every capability, for good (Linux).
    Capabilities,
    /// It cannot be given back on this system.
    Kept,
}

impl GivenBack {
    /// A word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Capabilities => "capabilities",
            Self::Kept => "kept",
        }
    }
}

/// Where the time of an arrival comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The kernel noted when the packet arrived (`SO_TIMESTAMPNS`, on macOS `SO_TIMESTAMP`).
    Kernel,
    /// This program looked at the clock when `recvmsg` returned: waiting to be woken is in it.
    Program,
}

impl Clock {
    /// A word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Program => "program",
        }
    }
}

/// How `raw-listen` is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenSetup {
    /// Its sockets, one for each family.
    pub sockets: Vec<PingSocket>,
    /// Only messages to this address or by this interface.
    pub source: Option<SafeText>,
    /// Messages after which it ends.
    pub count: Option<u64>,
    /// Whether the bytes are shown.
    pub hex: bool,
    /// What privilege was given back after the sockets were opened.
    pub given_back: GivenBack,
}
