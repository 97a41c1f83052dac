//! Datagrams: how an echo was set up, what came and went, and what became of it all.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{Direction, SafeText, SocketId};

/// How a datagram server is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct EchoSetup {
    /// Its one socket.
    pub socket: SocketId,
    /// Where it is bound, as the system says.
    pub local: SocketAddr,
    /// True when an IPv6 socket takes IPv4 peers too.
    pub dual_stack: bool,
    /// Bytes that one `recvfrom` takes at most; the rest of a longer datagram is lost.
    pub buffer: usize,
    /// What netlab does to datagrams on purpose.
    pub impairments: Impairments,
    /// Datagrams that are answered in a second, at most.
    pub max_rate: Option<u32>,
    /// The multicast groups it has joined.
    pub groups: Vec<IpAddr>,
}

/// What a server does to datagrams on purpose, so that there is something to see on a network that
/// loses nothing. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impairments {
    /// The share that is not answered.
    pub drop: f64,
    /// The share that is answered twice.
    pub duplicate: f64,
    /// The share whose answer is held back until the next one has gone.
    pub reorder: f64,
    /// The share in whose answer one bit is turned over.
    pub corrupt: f64,
    /// How much later every answer leaves.
    pub delay: Duration,
    /// The delay varies by so much in both directions.
    pub jitter: Duration,
    /// Where the chances come from: the same seed, the same fates.
    pub seed: u64,
}

impl Impairments {
    /// Whether anything is done on purpose at all.
    #[must_use]
    pub fn any(&self) -> bool {
        self.drop + self.duplicate + self.reorder + self.corrupt > 0.0 || !self.delay.is_zero()
    }
}

/// How a datagram client is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSetup {
    /// The other side as the user named it.
    pub host: SafeText,
    /// Its endpoint, or the group's.
    pub server: SocketAddr,
    /// The address and port the user asked to send from.
    pub source: Option<SocketAddr>,
    /// Whether the socket is connected.
    pub connect: bool,
    /// A reply later than that counts as late.
    pub timeout: Duration,
    /// Bytes that one `recv` takes at most.
    pub buffer: usize,
    /// To whom it goes.
    pub cast: Cast,
    /// The hop limit that was asked for, or the one of multicast.
    pub ttl: Option<u8>,
    /// Routers and this system may not cut a datagram into fragments.
    pub dont_fragment: bool,
    /// A counted burst; none when lines are typed or piped.
    pub burst: Option<BurstSetup>,
}

/// To whom a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// One machine.
    Unicast,
    /// Everybody on this network segment.
    Broadcast,
    /// Everybody who has joined the group.
    Multicast,
}

impl Cast {
    /// One word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unicast => "unicast",
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
        }
    }
}

/// A counted burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstSetup {
    /// How many datagrams.
    pub count: u32,
    /// Time from one to the next; zero: as fast as the window allows.
    pub interval: Duration,
    /// Bytes of each.
    pub size: usize,
    /// How many may be unanswered at a time.
    pub window: Option<usize>,
    /// Which run they belong to; every datagram says so.
    pub run: u32,
}

/// One datagram that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// By which socket.
    pub socket: SocketId,
    /// Sent or received.
    pub direction: Direction,
    /// The other side.
    pub peer: SocketAddr,
    /// Its length in bytes, without headers, as it travelled.
    pub bytes: usize,
    /// Its first bytes as text.
    pub text: SafeText,
    /// What is known of it beyond that.
    pub fate: Fate,
    /// From `send` to `recv`, for a reply.
    pub round_trip: Option<Duration>,
    /// Its sequence number, where it carries one of this run.
    pub sequence: Option<u32>,
    /// What the server does with the answer on purpose.
    pub on_purpose: OnPurpose,
}

/// What a server does with one answer on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnPurpose {
    /// Sends it twice.
    pub duplicated: bool,
    /// Holds it back until the next has gone.
    pub held_back: bool,
    /// Turns one bit over.
    pub corrupted: bool,
    /// Sends it so much later.
    pub delay: Duration,
}

/// What became of a datagram, or what a received one turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// At the server: echoed. At the client: sent, or a reply in time.
    Fine,
    /// At the server: not answered, on purpose (`--drop`).
    Dropped,
    /// Not answered: beyond `--max-rate`.
    OverRate,
    /// Not answered: it looks like an echo of an echo.
    Guarded(Loop),
    /// At the client: after the timeout.
    Late,
    /// A second copy of a reply.
    Duplicate,
    /// Overtaken by a reply to a later datagram.
    Reordered,
    /// Other bytes came back than were sent.
    Corrupted,
    /// Cut: the rest was lost.
    Truncated,
    /// Several datagrams glued into one by a server that does not keep their borders.
    Merged,
    /// Not a reply to anything this run has sent.
    Foreign,
    /// Something else than was sent: the server is no echo, or a person answers.
    Other,
}

impl Fate {
    /// A word for records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Dropped => "dropped",
            Self::OverRate => "over rate",
            Self::Guarded(_) => "guarded",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Reordered => "reordered",
            Self::Corrupted => "corrupted",
            Self::Truncated => "truncated",
            Self::Merged => "merged",
            Self::Foreign => "foreign",
            Self::Other => "other",
        }
    }
}

/// Why a datagram might go round for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// It comes from the port of a service that answers everything, such as 7, echo.
    ServicePort(u16),
    /// The peer has sent mostly copies of what it was sent, so many of them.
    Copies(u32),
}

/// What a server has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EchoReport {
    /// Datagrams that came, whatever became of them.
    pub received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Answers that went out, copies included.
    pub sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Peers heard, each address and port once for as long as it is remembered.
    pub peers: u64,
    /// Dropped on purpose.
    pub dropped: u64,
    /// Answered twice on purpose.
    pub duplicated: u64,
    /// Held back on purpose.
    pub reordered: u64,
    /// Changed on purpose.
    pub corrupted: u64,
    /// Delayed on purpose.
    pub delayed: u64,
    /// Not answered because of `--max-rate`.
    pub over_rate: u64,
    /// Not answered because too many delayed answers waited already.
    pub queue_full: u64,
    /// Not answered because they might have gone round for ever.
    pub guarded: u64,
    /// Longer than the buffer: the rest was lost.
    pub truncated: u64,
    /// Answers that the system refused to send.
    pub send_errors: u64,
    /// Calls to `recvfrom` that failed.
    pub receive_errors: u64,
    /// "Port unreachable" that came back for an earlier answer (Windows tells, as 10054).
    pub unreachable: u64,
}

/// What became of the datagrams of a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Sent.
    pub sent: u64,
    /// Answered within the timeout, each counted once.
    pub received: u64,
    /// Not answered yet, while there is still time.
    pub outstanding: u64,
    /// Never answered.
    pub lost: u64,
    /// Further copies of replies.
    pub duplicated: u64,
    /// Replies that a reply to a later datagram overtook.
    pub reordered: u64,
    /// Replies with other bytes than were sent.
    pub corrupted: u64,
    /// Replies after the timeout.
    pub late: u64,
    /// Datagrams that are no reply to anything that was sent.
    pub foreign: u64,
    /// Replies that came glued to others: the server does not keep borders.
    pub merged: u64,
    /// Replies of which a part is missing.
    pub truncated: u64,
    /// How often "port unreachable" came back.
    pub refused: u64,
    /// Payload bytes sent.
    pub bytes_sent: u64,
    /// Payload bytes of replies.
    pub bytes_received: u64,
    /// From the first datagram to the last.
    pub sending: Duration,
    /// The whole run, waiting included.
    pub duration: Duration,
    /// Round trips, when there was one.
    pub round_trip: Option<RoundTrip>,
    /// How the round trips are spread; empty when there was none.
    pub histogram: Vec<Bucket>,
    /// Who answered, for datagrams to many: endpoint and count, the first 64 of them.
    pub responders: Vec<(SocketAddr, u64)>,
}

/// Figures of round trips. Percentiles are nearest-rank: a round trip that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    /// The shortest.
    pub min: Duration,
    /// The mean.
    pub avg: Duration,
    /// Half of them took at most so long: the median.
    pub p50: Duration,
    /// Nine in ten took at most so long.
    pub p90: Duration,
    /// Ninety-nine in a hundred took at most so long.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// How far they lie apart: the standard deviation, which ping calls mdev.
    pub mdev: Duration,
    /// The running estimate of
    /// [RFC 3550 § 6.4.1](https://www.rfc-editor.org/rfc/rfc3550#section-6.4.1), over replies in
    /// the order of their arrival.
    pub jitter: Duration,
}

/// How many round trips took from so long to (not including) so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// From.
    pub from: Duration,
    /// To, not included.
    pub to: Duration,
    /// How many.
    pub count: u64,
}
