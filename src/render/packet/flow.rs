//! What is remembered of conversations, so that everything is said once, and at its place.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::event::flag::{ACK, SYN};
use crate::event::{Captured, Content, Crossing, IcmpSeen, Segment};

/// From so long a wait on, a lone ACK was kept back on purpose. Linux waits 40 ms at least, other
/// systems up to half a second ([RFC 1122 § 4.2.3.2](https://www.rfc-editor.org/rfc/rfc1122)).
const KEPT_BACK: Duration = Duration::from_millis(20);

/// Conversations, and the sides of them.
#[derive(Debug, Default)]
pub(super) struct Flows {
    ways: HashMap<(SocketAddr, SocketAddr), Way>,
    /// The other sides that were seen.
    peers: HashSet<SocketAddr>,
}

/// One direction of a conversation.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    hop_limit: u8,
    /// When it sent a SYN that is not answered.
    asked: Option<Duration>,
    /// When it sent bytes that nothing has come back for.
    unanswered: Option<Duration>,
    /// How long the other side's answers are on their way, both ways together.
    round_trip: Option<Duration>,
}

impl Flows {
    /// The ends of a conversation with its first packet, and afterwards a hop limit that is new: it
    /// belongs to the IP header, which all of them have.
    pub(super) fn introduce(&mut self, packet: &Captured) -> Option<String> {
        if matches!(packet.content, Content::Arp(_)) || self.is_about_known(packet) {
            return None;
        }
        let (one, two) = (packet.source, packet.destination);
        let known = [(one, two), (two, one)].iter().find_map(|ends| self.ways.get(ends)).copied();
        self.ways.entry((one, two)).or_default().hop_limit = packet.hop_limit;
        if let Some(before) = known {
            let new = before.hop_limit != packet.hop_limit;
            return new.then(|| format!("ttl {}", packet.hop_limit));
        }
        let shown = |end: SocketAddr| {
            if end.port() == 0 { end.ip().to_string() } else { end.to_string() }
        };
        let (one, two) = (shown(one), shown(two));
        let place = packet.interface.as_str();
        let place = if place.is_empty() { String::new() } else { format!(", on {place}") };
        let (limit, later) = (packet.hop_limit, later(packet).unwrap_or_default());
        Some(format!("from {one} to {two}, ttl {limit}{place}{later}"))
    }

    /// Whether it is an ICMP error from the very host that a known conversation is with.
    fn is_about_known(&self, packet: &Captured) -> bool {
        let Content::Icmp(IcmpSeen { about: Some((_, from, to)), .. }) = &packet.content else {
            return false;
        };
        packet.source.ip() == to.ip() && self.ways.contains_key(&(*from, *to))
    }

    /// The peer in as few characters as tell it from the others.
    pub(super) fn told_apart(&mut self, packet: &Captured, peer: SocketAddr) -> Option<String> {
        match &packet.content {
            Content::Arp(_) => return None,
            // It names the conversation that it is about, and may come from anywhere.
            Content::Icmp(IcmpSeen { about: Some(_), .. }) => {
                let known = self.peers.iter().any(|other| other.ip() == peer.ip());
                return (!known && !self.peers.is_empty()).then(|| peer.ip().to_string());
            }
            _ => {}
        }
        self.peers.insert(peer);
        let one_host = self.peers.iter().all(|other| other.ip() == peer.ip());
        match (self.peers.len() > 1, one_host, peer.port()) {
            (false, ..) | (true, true, 0) => None,
            (true, false, 0) => Some(peer.ip().to_string()),
            (true, true, port) => Some(format!(":{port}")),
            (true, false, _) => Some(peer.to_string()),
        }
    }

    /// How long an ACK was kept back in the hope of data that it could have gone with; none where it
    /// was not.
    pub(super) fn kept_back(&mut self, at: Duration, packet: &Captured) -> Option<Duration> {
        let Content::Tcp(segment) = &packet.content else { return None };
        let ends = (packet.source, packet.destination);
        let mut kept = None;
        if segment.flags & ACK != 0
            && let Some(other) = self.ways.get_mut(&(ends.1, ends.0))
        {
            let (asked, sent) = (other.asked.take(), other.unanswered.take());
            let own = self.ways.entry(ends).or_default();
            own.round_trip = asked.map(|asked| at.saturating_sub(asked)).or(own.round_trip);
            // What comes from elsewhere was on its way, too.
            let way = match packet.crossing {
                Crossing::Received => own.round_trip,
                Crossing::Sent | Crossing::Local => Some(Duration::ZERO),
            };
            let waited = sent.zip(way).map(|(sent, way)| at.saturating_sub(sent + way));
            kept = waited.filter(|waited| is_lone(segment) && *waited >= KEPT_BACK);
        }
        let own = self.ways.entry(ends).or_default();
        if segment.flags & SYN != 0 {
            own.asked = Some(at);
        }
        if segment.again {
            // Which of the two is answered, nobody knows.
            (own.asked, own.unanswered) = (None, None);
        } else if segment.payload > 0 {
            own.unanswered.get_or_insert(at);
        }
        kept
    }
}

/// Nothing but an acknowledgement.
const fn is_lone(segment: &Segment) -> bool {
    segment.flags == ACK && segment.payload == 0 && segment.window > 0 && !segment.again
}

/// A server's handshake is the kernel's, before there is a socket for it.
fn later(packet: &Captured) -> Option<String> {
    match (&packet.content, packet.crossing, packet.socket) {
        (Content::Tcp(segment), Crossing::Received, Some(socket))
            if segment.flags & (SYN | ACK) == SYN =>
        {
            Some(format!("; accept will make socket {socket} for it"))
        }
        _ => None,
    }
}
