//! What the book answers.

/// What made a packet go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Calls, in the order of their bytes.
    Calls(Vec<By>),
    /// The kernel sends again what these calls sent first; it is not known of which, if there are
    /// none.
    Again(Vec<usize>),
    /// No call: the kernel by itself, and what it does.
    Kernel(&'static str),
    /// A program whose calls are not told.
    Peer,
    /// Not known.
    Unknown,
}

/// A call that made a packet go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// One that has returned: its place.
    Call(usize),
    /// One that has not returned when the packet was asked about.
    UnderWay(UnderWay),
}

/// A call that has not returned, as far as a packet tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// The end that makes it.
    pub end: Option<String>,
    /// The socket's label; none when several could be meant.
    pub socket: Option<String>,
    /// As it is written: `connect(127.0.0.1:6000)`, `send(…)`.
    pub text: String,
}

impl Answer {
    /// Places of the calls, of those that have returned.
    #[must_use]
    pub fn places(&self) -> Vec<usize> {
        match self {
            Self::Calls(calls) => calls
                .iter()
                .filter_map(|by| match by {
                    By::Call(place) => Some(*place),
                    By::UnderWay(_) => None,
                })
                .collect(),
            Self::Again(places) => places.clone(),
            Self::Kernel(_) | Self::Peer | Self::Unknown => Vec::new(),
        }
    }

    pub(super) fn one(place: usize) -> Self {
        Self::Calls(vec![By::Call(place)])
    }
}

/// What the kernel does without being called.
pub(super) mod why {
    pub const ACKNOWLEDGES: &str = "acknowledges";
    pub const ACKNOWLEDGES_AGAIN: &str = "acknowledges again";
    pub const ACKNOWLEDGES_END: &str = "acknowledges the end";
    pub const ANSWERS_ECHO: &str = "answers an echo request";
    pub const ANSWERS_FOR_LISTEN: &str = "answers for listen";
    pub const ANSWERS_SYN: &str = "answers the other side's SYN";
    pub const COMPLETES: &str = "completes the handshake";
    pub const FINDS_LINK: &str = "finds out who has an address";
    pub const HOP_LIMIT: &str = "reports that the hop limit was used up";
    pub const KEEP_ALIVE: &str = "asks whether the other side is still there";
    pub const NOBODY_LISTENS: &str = "refuses: nobody listens on this port";
    pub const NO_PORT: &str = "reports that no socket has this port";
    pub const NO_READER: &str = "refuses: data came for a socket that was closed";
    pub const PROBES: &str = "asks whether there is room again";
    pub const REPORTS: &str = "reports an error";
    pub const ROOM: &str = "says that there is more room";
    pub const ROOM_NONE: &str = "acknowledges, and there is no more room";
    pub const SENDS_AGAIN: &str = "sends again what was not acknowledged";
}
