//! What keeps an echo from going round for ever.
//!
//! An echo server answers everybody. If its peer does so too, one forged datagram is enough and the
//! two talk until somebody pulls a plug (the "UDP loops" of CERT advisory CA-1996-01). netlab's own
//! echoes are marked by their hop limit and never answered. For all other programs there is this:
//! a service that is known to answer everything is not answered, and of copies in a row, now and
//! then one is not.
//!
//! The second rule is the gentle one. An honest program that sends the same bytes again and again
//! looks, datagram for datagram, exactly like an echo. But when an answer is missing it goes on, and
//! a loop does not: each answer that is left out takes one datagram out of the circle, for good.

use std::hash::{DefaultHasher, Hasher};
use std::net::SocketAddr;

use crate::event::Loop;

/// Services that answer whatever comes: echo, daytime, quote of the day, character generator, time.
const SERVICES: [u16; 5] = [7, 13, 17, 19, 37];

/// Datagrams of a peer that are of no interest yet.
const HARMLESS: u64 = 1_000;
/// Different datagrams of a peer that are remembered: so many groups of so many.
const GROUPS: usize = 128;
const GROUP: usize = 8;
/// Something new counts as much as so many copies do in the other direction.
const NEWS: u32 = 8;
/// Bytes of a datagram that are compared, beside its length.
const COMPARED: usize = 512;
/// One in so many copies is not answered when they come from a port that servers have …
const SUSPICIOUS: u32 = 1_000;
/// … and from a port that systems hand out to clients.
const UNSUSPICIOUS: u32 = 50_000;
/// The first port that any system hands out by default: Linux's.
const HANDED_OUT: u16 = 32_768;

/// What is known of one peer's habits.
#[derive(Debug, Default)]
pub(super) struct Guard {
    heard: u64,
    copies: u32,
    seen: Option<Box<[[u64; GROUP]; GROUPS]>>,
}

impl Guard {
    /// Looks at a datagram of the peer. Some when it is better not answered.
    pub(super) fn check(&mut self, peer: SocketAddr, bytes: &[u8]) -> Option<Loop> {
        if SERVICES.contains(&peer.port()) {
            return Some(Loop::ServicePort(peer.port()));
        }
        self.heard += 1;
        if self.heard <= HARMLESS {
            return None;
        }
        let seen = self.seen.get_or_insert_with(|| Box::new([[0; GROUP]; GROUPS]));
        let digest = digest(bytes);
        #[expect(clippy::cast_possible_truncation, reason = "any of its bits will do")]
        let group = &mut seen[digest as usize % GROUPS];
        if !group.contains(&digest) {
            // The oldest of the group makes room.
            group.rotate_right(1);
            group[0] = digest;
            self.copies = self.copies.saturating_sub(NEWS);
            return None;
        }
        self.copies += 1;
        let often = if peer.port() < HANDED_OUT { SUSPICIOUS } else { UNSUSPICIOUS };
        if self.copies < often {
            return None;
        }
        self.copies = 0;
        Some(Loop::Copies(often))
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_usize(bytes.len());
    hasher.write(&bytes[..bytes.len().min(COMPARED)]);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Lets so many datagrams circulate between this guard and an echo, and counts the rounds.
    fn rounds_of_a_loop(port: u16, circulating: u32) -> usize {
        let mut guard = Guard::default();
        let mut circle: std::collections::VecDeque<u32> = (0..circulating).collect();
        let mut rounds = 0;
        while let Some(datagram) = circle.pop_front() {
            rounds += 1;
            assert!(rounds < 10_000_000, "it goes round for ever");
            if guard.check(peer(port), &datagram.to_be_bytes()).is_none() {
                circle.push_back(datagram);
            }
        }
        rounds
    }

    #[test]
    fn every_loop_dies() {
        assert!(rounds_of_a_loop(6000, 1) < 3_000);
        assert!(rounds_of_a_loop(40_000, 1) < 60_000);
        assert!(rounds_of_a_loop(6000, 300) < 400_000);
    }

    #[test]
    fn whoever_says_something_new_is_always_answered() {
        let mut guard = Guard::default();
        let answered = (0..200_000_u32)
            .filter(|number| guard.check(peer(6000), &number.to_be_bytes()).is_none());
        assert_eq!(answered.count(), 200_000);
    }

    #[test]
    fn whoever_repeats_itself_misses_one_answer_in_fifty_thousand() {
        let mut guard = Guard::default();
        let missed = (0..200_000).filter(|_| guard.check(peer(50_000), b"again").is_some()).count();
        assert_eq!(missed, 3);
    }

    #[test]
    fn a_service_that_answers_everything_is_not_answered_at_all() {
        let mut guard = Guard::default();
        assert_eq!(guard.check(peer(19), b"!"), Some(Loop::ServicePort(19)));
        assert_eq!(guard.check(peer(53), b"!"), None);
    }
}
