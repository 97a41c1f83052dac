//! What became of probes, and what else a raw socket has heard.

use std::net::IpAddr;
use std::time::Duration;

use super::{Bucket, RoundTrip, SafeText};

/// What became of the probes to one or several hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PingReport {
    /// One for each host.
    pub hosts: Vec<HostReport>,
    /// What else came to the raw socket.
    pub others: Others,
    /// The whole run.
    pub duration: Duration,
}

/// What became of the probes to one host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostReport {
    /// As the user named it.
    pub name: SafeText,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Probes sent.
    pub sent: u64,
    /// Answered in time and whole, each counted once.
    pub received: u64,
    /// Answered after the timeout.
    pub late: u64,
    /// Never answered, or only with an ICMP error.
    pub lost: u64,
    /// Not answered yet, while there is still time.
    pub outstanding: u64,
    /// Further copies of replies.
    pub duplicated: u64,
    /// Replies with wrong bytes, a wrong checksum or a wrong length.
    pub corrupted: u64,
    /// Of those received: a later probe was answered before.
    pub reordered: u64,
    /// ICMP errors about its probes.
    pub errors: u64,
    /// Probes that the system refused to send.
    pub unsent: u64,
    /// Round trips, when there was one.
    pub round_trip: Option<RoundTrip>,
    /// How the round trips are spread; empty when there was none.
    pub histogram: Vec<Bucket>,
}

/// What came to a raw socket and was not for this run: every raw ICMP socket of a machine gets a
/// copy of every ICMP message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// Echo replies to other programs.
    pub replies: u64,
    /// Echo requests, which the kernel answers.
    pub requests: u64,
    /// Errors about other programs' packets.
    pub errors: u64,
    /// Other types: neighbours, routers, multicast.
    pub other: u64,
    /// Messages that are cut or break the format.
    pub malformed: u64,
    /// Replies that claim to be ours and are not: from another address, never asked, or another run.
    pub forged: u64,
    /// Messages that the kernel threw away because the receive buffer was full.
    pub overflowed: u64,
}

impl Others {
    /// All of them, but for those that the kernel threw away.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.replies + self.requests + self.errors + self.other + self.malformed + self.forged
    }
}

/// What `raw-listen` has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenReport {
    /// Messages of each kind: true for `ICMPv6`, type, how many. In the order of their number.
    pub kinds: Vec<(bool, u8, u64)>,
    /// Messages that are cut or break the format; they are in `kinds` too where they have a type.
    pub malformed: u64,
    /// Messages that the kernel threw away because the receive buffer was full.
    pub overflowed: u64,
    /// How long it has listened.
    pub duration: Duration,
}
