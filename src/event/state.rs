//! The states of a connection.

use std::fmt;

/// The states of a TCP connection, by their names in
/// [RFC 9293 § 3.3.2](https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2), and the two of a
/// datagram socket, which has no connection: with and without a peer.
///
/// netlab derives them from its own calls and what they returned. The peer's acknowledgements are
/// not calls, so FIN-WAIT-1 is shown where the kernel may already be in FIN-WAIT-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// No connection.
    Closed,
    /// Waiting for connections.
    Listen,
    /// SYN sent, no answer yet.
    SynSent,
    /// SYN received and answered; the last acknowledgement of the handshake is awaited.
    SynReceived,
    /// Both sides may send.
    Established,
    /// This side has ended its half and the peer has not.
    FinWait1,
    /// The same, and the peer has acknowledged it: now it has to end its own half.
    FinWait2,
    /// The peer has ended its half and this side has not.
    CloseWait,
    /// Both have ended at the same time; the last acknowledgement is on its way.
    Closing,
    /// Both have ended, the peer first; the last acknowledgement is on its way.
    LastAck,
    /// Both have ended, this side first; the pair of endpoints is kept for a while.
    TimeWait,
    /// A datagram socket without a peer: every `sendto` names one. `ss` says `UNCONN`.
    Unconnected,
    /// A datagram socket that `connect` has given a peer. Nobody shook hands; `ss` says `ESTAB`.
    Connected,
}

impl State {
    /// All of them, in the order in which they are declared: each stands at the place of its number.
    pub const ALL: [Self; 13] = [
        Self::Closed,
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
        Self::Unconnected,
        Self::Connected,
    ];

    /// The state with this number, for who keeps it as one (`state as u8`).
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The name: RFC 9293 has it, but for the two of datagram sockets.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::Closing => "CLOSING",
            Self::CloseWait => "CLOSE-WAIT",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
            Self::Unconnected => "UNCONNECTED",
            Self::Connected => "CONNECTED",
        }
    }

    /// The state after this side ends its half: `shutdown(SHUT_WR)` or `close`.
    #[must_use]
    pub const fn after_own_end(self) -> Self {
        match self {
            Self::Established => Self::FinWait1,
            Self::CloseWait => Self::LastAck,
            Self::Listen | Self::SynSent => Self::Closed,
            other => other,
        }
    }

    /// The state after `recv` returned 0: the peer has ended its half.
    #[must_use]
    pub const fn after_peer_end(self) -> Self {
        match self {
            Self::Established => Self::CloseWait,
            Self::FinWait1 | Self::FinWait2 => Self::TimeWait,
            other => other,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_from_its_number() {
        for state in State::ALL {
            assert_eq!(State::from_number(state as u8), Some(state));
        }
        assert_eq!(State::from_number(13), None);
    }

    #[test]
    fn who_closes_first_ends_in_time_wait() {
        let first = State::Established.after_own_end().after_peer_end();
        let second = State::Established.after_peer_end().after_own_end();
        assert_eq!((first, second), (State::TimeWait, State::LastAck));
    }
}
