//! What a call did: to the state of its socket, and to the wire.
//!
//! ```text
//!   connect = 0              CLOSED       ─▶ ESTABLISHED
//!   connect = -1 EINPROGRESS CLOSED       ─▶ SYN-SENT     and later, by SO_ERROR = 0, ESTABLISHED
//!   recv = 0                 ESTABLISHED  ─▶ CLOSE-WAIT
//!   close = 0                CLOSE-WAIT   ─▶ LAST-ACK     if nobody else holds the socket
//! ```
//!
//! States are those of the calls, as everywhere in records; where packets were captured the picture
//! follows the packets.

use std::net::SocketAddr;

use super::argument::Protocol;
use super::book::Book;
use super::calls::{Act, Words};
use super::line::{Line, RawCall};
use super::sockets::{Attempt, Socket, Sockets};
use crate::cause::{CONNECTS, Deed};
use crate::event::{Answer, Outcome, Role, State};

/// Whether a SYN may have gone out for a `connect` with this error (man 2 connect): what the kernel
/// refuses by itself goes nowhere.
fn sends_syn(error: Option<&str>) -> bool {
    error.is_none_or(|name| {
        matches!(
            name,
            "ECONNREFUSED" | "EHOSTUNREACH" | "EINPROGRESS" | "EINTR" | "ETIMEDOUT" | "ECONNRESET"
        )
    })
}

impl Book {
    /// What a call did to its socket.
    pub(super) fn consequences(
        &mut self,
        line: &Line,
        (number, at): (i32, usize),
        words: &Words,
        call: &RawCall,
        peer: Option<SocketAddr>,
    ) {
        let ok = call.error().is_none() && call.number().is_some();
        if words.act == Act::Close {
            // Also a close that failed has given the descriptor back (man 2 close).
            self.sockets.close(line.thread, number, at);
            return;
        }
        let Some(socket) = self.sockets.get_mut(at) else { return };
        let tcp = socket.protocol == Protocol::Tcp;
        match (&words.act, call.error()) {
            (Act::Bind(local), None) if ok => {
                socket.learn(Some(*local), None);
                socket.is_bound = true;
                if !tcp {
                    socket.role = Role::Bound;
                    self.is_ready = true;
                }
            }
            (Act::Listen, None) if ok => {
                socket.role = Role::Listening;
                socket.set(|_| State::Listen);
                self.is_ready = true;
            }
            (Act::Connect(to), error) => {
                let waits = !matches!(error, Some("EINPROGRESS" | "EINTR"));
                let returned = Some((line.at + call.took, waits));
                socket.tries(Attempt { to: *to, begun: line.at, returned }, sends_syn(error));
                socket.connects(*to, error, tcp);
            }
            (Act::OwnName, None) => socket.learn(peer, None),
            (Act::GetOption(name, Some(value)), None)
                if name == "SO_ERROR" && socket.state == State::SynSent =>
            {
                socket.set(|_| if *value == 0 { State::Established } else { State::Closed });
            }
            (Act::Shutdown, None) if ok && !call.argument(1).ends_with("SHUT_RD") => {
                socket.set(State::after_own_end);
            }
            (Act::Receive(_, _, asked, looks), None) if ok && tcp => {
                if call.number() == Some(0) && *asked > 0 && !looks {
                    socket.set(State::after_peer_end);
                } else if socket.state == State::SynSent {
                    socket.set(|_| State::Established);
                }
            }
            (Act::Send(..), None) if ok && socket.state == State::SynSent => {
                socket.set(|_| State::Established);
            }
            (Act::Send(..) | Act::Receive(..), Some("ECONNRESET" | "ETIMEDOUT")) if tcp => {
                socket.set(|_| State::Closed);
            }
            _ => {}
        }
    }
}

impl Socket {
    /// A `connect` has begun, or returned as well; `sends`: whether a SYN goes out for it.
    pub(super) fn tries(&mut self, attempt: Attempt, sends: bool) {
        let is_it = |it: &mut Attempt| it.returned.is_none() && it.begun == attempt.begun;
        // What was told when it began is completed.
        let begun = self.tried.pop_if(is_it).is_some();
        // Another call on a socket that is still connecting only asks how that goes, and hears it.
        let asks = !begun && self.state == State::SynSent;
        if sends && !asks && self.tried.len() < CONNECTS {
            self.tried.push(attempt);
        }
    }

    fn connects(&mut self, to: SocketAddr, error: Option<&str>, tcp: bool) {
        match error {
            None if tcp => self.set(|_| State::Established),
            None => {
                self.role = Role::Connected;
                self.set(|_| State::Connected);
            }
            Some("EISCONN") if tcp => self.set(|_| State::Established),
            Some("EINPROGRESS" | "EALREADY") => self.set(|_| State::SynSent),
            // The handshake goes on without the call (man 2 connect).
            Some("EINTR") => self.set(|_| State::SynSent),
            Some(_) => return self.set(|_| State::Closed),
        }
        self.remote = Some(to);
    }
}

/// What a call gave back, as a number or an error.
pub(super) fn answer(call: &RawCall, value: Option<i64>) -> Answer {
    if call.result.starts_with("? ERESTART") {
        return Answer::Interrupted;
    }
    match (call.error(), value.or(call.number())) {
        (Some(error), _) => Answer::error(error),
        (None, Some(number)) => Answer::Known(Outcome::Value(number)),
        (None, None) => Answer::Never,
    }
}

/// What a call means for the packets on the wire.
pub(super) fn deed(
    words: &Words,
    call: &RawCall,
    peer: Option<SocketAddr>,
    given: Option<usize>,
    socket: &Socket,
) -> Deed {
    if let Act::Connect(to) = words.act {
        return Deed::Connected(to);
    }
    let Some(number) = call.number().filter(|_| call.error().is_none()) else {
        return Deed::Nothing;
    };
    let bytes = u64::try_from(number).unwrap_or(0);
    match &words.act {
        Act::Bind(local) => Deed::Bound(*local),
        Act::Listen => Deed::Listens,
        Act::Accept => {
            given.map_or(Deed::Nothing, |at| Deed::Accepted(Sockets::label(at).to_string(), peer))
        }
        Act::OwnName => peer.map_or(Deed::Nothing, Deed::Local),
        Act::PeerName => peer.map_or(Deed::Nothing, Deed::Remote),
        Act::Send(Some(to), _) if socket.protocol != Protocol::Tcp => Deed::SentTo(bytes, *to),
        Act::Send(..) => Deed::Sent(bytes),
        Act::Receive(.., true) => Deed::Nothing,
        Act::Receive(..) => peer.map_or(Deed::Took(bytes), |from| Deed::TookFrom(bytes, from)),
        Act::Shutdown if !call.argument(1).ends_with("SHUT_RD") => Deed::Ended,
        Act::Close if socket.closed => Deed::Closed,
        _ => Deed::Nothing,
    }
}
