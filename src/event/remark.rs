//! Remarks about datagrams: things worth a line that are neither a call nor a datagram.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{Call, Loop, SafeText};

/// A remark about datagrams. The words are the renderer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The commands that may be typed.
    Help {
        /// True on the server's side.
        server: bool,
    },
    /// A server has nobody to talk to.
    NothingToSay,
    /// No reply came in time.
    Silence {
        /// What was sent.
        text: SafeText,
        /// For how long.
        waited: Duration,
        /// Said for the first time: then with the reasons.
        first: bool,
        /// Whether the socket is connected and so would have heard of a closed port.
        connected: bool,
    },
    /// "Port unreachable" came back.
    Unreachable {
        /// The call that was told.
        call: Call,
        /// To whom the datagram went.
        peer: Option<SocketAddr>,
        /// Said for the first time: then with what it means.
        first: bool,
        /// True at a server, which goes on.
        server: bool,
    },
    /// A datagram was longer than the buffer.
    Cut {
        /// From whom.
        peer: SocketAddr,
        /// How long it was.
        length: usize,
        /// How much of it was taken.
        taken: usize,
    },
    /// A datagram is larger than what the way takes in one packet.
    Fragments {
        /// Bytes of the datagram.
        size: usize,
        /// The largest packet of the way.
        mtu: usize,
        /// Packets that it is cut into.
        count: usize,
    },
    /// A datagram that may not be cut is larger than the way takes.
    TooLargeForWay {
        /// Bytes of the datagram.
        size: usize,
        /// The largest packet of the way, where the system tells.
        mtu: Option<usize>,
    },
    /// A line is longer than any datagram.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The longest possible.
        limit: usize,
    },
    /// Somebody's datagrams are not answered any more, or one of them was not.
    Guarded {
        /// Whose.
        peer: SocketAddr,
        /// Why.
        why: Loop,
    },
    /// A call failed for the first time; the run goes on.
    CallFailed {
        /// The call.
        call: Call,
        /// True at a server, which counts the others like it.
        server: bool,
    },
    /// So many more datagrams came and are not shown one by one.
    NotShown {
        /// How many.
        datagrams: u64,
        /// Of how many new peers.
        peers: u64,
        /// In how long.
        within: Duration,
    },
    /// The table of peers was full; those silent for longest were forgotten.
    Forgotten {
        /// How many.
        peers: usize,
        /// How many may be remembered.
        limit: usize,
    },
    /// A datagram came from the port that was asked, but from another address.
    OtherAddress {
        /// The endpoint that was asked.
        asked: SocketAddr,
        /// Where it came from.
        from: SocketAddr,
    },
    /// A line that looks like a command and is none was sent.
    NoCommand(SafeText),
    /// The other side ends its datagrams with a line feed; from now on this side does too.
    LineFeeds,
    /// A name stands for addresses of both families, and nothing tells which of them answers.
    TwoFamilies {
        /// The name.
        host: SafeText,
        /// The one that is taken.
        taken: IpAddr,
        /// The one that is not.
        other: IpAddr,
    },
}
