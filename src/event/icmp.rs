//! ICMP: how a ping was set up, what came back, and what became of every probe.

use std::net::IpAddr;
use std::time::Duration;

use super::{
    Call, Clock, Dissection, ListenReport, ListenSetup, PingReport, PingSetup, SafeText, SocketId,
    Trouble,
};

/// What can happen in a run with ICMP, beside what happens in every run.
#[derive(Clone, Debug)]
pub enum IcmpEvent {
    /// A ping is about to send.
    Pinging(PingSetup),
    /// `raw-listen` hears from now on.
    ListeningRaw(ListenSetup),
    /// A probe was sent. Only emitted when every probe is wanted (JSON, a record).
    Sent(Probe),
    /// An echo reply to a probe of this run.
    Reply(Reply),
    /// The time of a probe is up, and nothing came. When that was, since 1970 in UTC.
    Lost(Probe, Duration),
    /// An ICMP error about a probe of this run.
    Error(ProbeError),
    /// The system refused to send a probe.
    Unsent(Unsent),
    /// A packet, taken apart (`--dissect`).
    Dissected(Dissection),
    /// One hop of the way (`--path`).
    Hop(Hop),
    /// An ICMP message that `raw-listen` heard.
    Heard(Heard),
    /// An address has a name.
    Name(IpAddr, SafeText),
    /// How far it is: for a live line.
    Progress(PingReport),
    /// How far it is: asked for.
    Status(PingReport),
    /// What became of all probes.
    Report(PingReport),
    /// What `raw-listen` has heard.
    ListenReport(ListenReport),
    /// A remark.
    Remark(IcmpRemark),
}

/// One echo request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// By which socket.
    pub socket: SocketId,
    /// To which of the hosts, by its place in [`PingSetup::hosts`].
    pub host: usize,
    /// To which address.
    pub destination: IpAddr,
    /// Its sequence number on the wire: the lower 16 bits of `number`.
    pub sequence: u16,
    /// Which probe to this host it is, beginning with 1.
    pub number: u64,
    /// Bytes of the ICMP message.
    pub bytes: usize,
    /// The hop limit, where it was chosen for this probe (`--path`).
    pub ttl: Option<u8>,
}

/// An echo reply to a probe of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it answers.
    pub probe: Probe,
    /// Who sent it. Differs from the probe's destination for broadcast and multicast.
    pub from: IpAddr,
    /// Bytes of the ICMP message.
    pub bytes: usize,
    /// The hop limit that was left of it: its own way back, not the probe's.
    pub hop_limit: Option<u8>,
    /// From before `sendto` to the arrival.
    pub round_trip: Duration,
    /// Whose clock said when it arrived.
    pub clock: Clock,
    /// When it arrived, since 1970 in UTC.
    pub arrived: Duration,
    /// What is to be said of it.
    pub fate: ReplyFate,
}

/// What is to be said of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFate {
    /// In time, and whole.
    Fine,
    /// Its probe's time was up.
    Late,
    /// A further copy.
    Duplicate,
    /// Other bytes came back than were sent.
    Corrupted {
        /// The first wrong byte of the data, counted from 0.
        at: usize,
        /// What it should be.
        sent: u8,
        /// What it is.
        came: u8,
    },
    /// Its checksum is wrong.
    WrongChecksum {
        /// The checksum in the message.
        on_the_wire: u16,
        /// The one its bytes have.
        computed: u16,
    },
    /// It is shorter, or longer, than what was sent. In bytes of data.
    WrongLength {
        /// Bytes sent.
        sent: usize,
        /// Bytes that came.
        came: usize,
    },
}

impl ReplyFate {
    /// A word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Corrupted { .. } => "corrupted",
            Self::WrongChecksum { .. } => "wrong checksum",
            Self::WrongLength { .. } => "wrong length",
        }
    }
}

/// An ICMP error about a probe of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeError {
    /// The probe that the error quotes.
    pub probe: Probe,
    /// Who sent the error.
    pub from: IpAddr,
    /// What has happened.
    pub trouble: Trouble,
    /// The ICMP type on the wire.
    pub kind: u8,
    /// The ICMP code on the wire.
    pub code: u8,
    /// From before `sendto` to the arrival of the error.
    pub after: Duration,
    /// When it arrived, since 1970 in UTC.
    pub arrived: Duration,
}

/// A probe that the system refused to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The probe.
    pub probe: Probe,
    /// The call that failed.
    pub call: Call,
    /// The MTU of the way, where that is the reason and the system tells.
    pub mtu: Option<usize>,
    /// When, since 1970 in UTC.
    pub at: Duration,
}

/// One hop of the way to a host: the probes with one hop limit, and who answered them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which host, by its place in [`PingSetup::hosts`].
    pub host: usize,
    /// The hop limit of the probes.
    pub ttl: u8,
    /// Who answered each.
    pub answers: Vec<HopAnswer>,
}

/// The answer to one probe of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopAnswer {
    /// The target itself answered.
    Reply(IpAddr, Duration),
    /// Somebody sent an error: a router "time exceeded", or something that ends the way.
    Error(IpAddr, Duration, Trouble),
    /// Nobody answered in time, or the system refused to send.
    Silence,
}

/// An ICMP message that `raw-listen` heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// By which socket.
    pub socket: SocketId,
    /// True for `ICMPv6`.
    pub v6: bool,
    /// Who sent it.
    pub from: IpAddr,
    /// To whom, where the socket tells.
    pub to: Option<IpAddr>,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// Bytes of the ICMP message.
    pub bytes: usize,
    /// The hop limit that was left.
    pub hop_limit: Option<u8>,
    /// Identifier and sequence number of an echo.
    pub echo: Option<(u16, u16)>,
    /// What an error says, and about which packet.
    pub error: Option<(Trouble, Option<Quote>)>,
    /// Which rule of the format it breaks, if any.
    pub fault: Option<&'static str>,
    /// When it arrived, since 1970 in UTC.
    pub arrived: Duration,
    /// The packet as the socket gave it (IPv4: with its IP header), with `--hex`; else empty. At most
    /// the first 2,048 bytes.
    pub packet: Vec<u8>,
}

/// The packet that an ICMP error quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Who had sent it.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// The protocol in its IP header: 1 ICMP, 6 TCP, 17 UDP, 58 `ICMPv6`.
    pub protocol: u8,
    /// Identifier and sequence number, of an echo request.
    pub echo: Option<(u16, u16)>,
    /// Source and destination port, of TCP and UDP.
    pub ports: Option<(u16, u16)>,
}

/// A remark about ICMP. The words are the renderer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IcmpRemark {
    /// A ping datagram socket stands in for a raw one: what differs.
    PingSocketInstead,
    /// For the first time an echo reply came that is another program's: a raw socket has no port.
    NotMine {
        /// Who sent it.
        from: IpAddr,
        /// Its identifier.
        identifier: u16,
        /// Ours.
        own: u16,
    },
    /// A reply that claims to be ours and is not, for the first time.
    Forged {
        /// Who sent it.
        from: IpAddr,
        /// Its sequence number.
        sequence: u16,
    },
    /// This machine's clock was set while a probe was under way: its time is measured otherwise.
    ClockStepped,
    /// The address is this machine's own: round trips are mostly the processor's time.
    OwnAddress(IpAddr),
    /// Windows: raw sockets do not see traffic to this machine's own addresses.
    OwnAddressUnseen(IpAddr),
    /// The address is everybody's: a broadcast address or a group.
    ManyAnswer(IpAddr),
    /// The run ends by itself after so long, because it may be fast.
    FloodEnds(Duration),
    /// Lines about lost probes are not shown any more; the report counts them.
    NoMoreLines(u64),
    /// The way ended without the target.
    PathEnds {
        /// The last hop limit that was tried.
        ttl: u8,
        /// Nobody has answered for so many hops in a row.
        silent: u8,
    },
    /// The way was looked at no further: that was asked for (`--max-hops`).
    PathLimit {
        /// The last hop limit that was tried.
        ttl: u8,
    },
    /// Nothing has come, and the run listens on so long for the reason.
    Lingers(Duration),
    /// A call failed for the first time; the run goes on.
    CallFailed(Call),
}
