//! What keeps an echo from going round for ever.
//!
//! An echo server answers everybody. If its peer does so too, one forged datagram is enough and the
//! two talk until somebody pulls a plug (the "UDP loops" of CERT advisory CA-1996-01). netlab's own
//! echoes are marked in their IP header and never answered. For all other programs there is this:
//! a service that is known to answer everything is not answered, and of copies in a row, now and
//! then one is not.
//!
//! The second rule is the gentle one. An honest program that sends the same bytes again and again
//! looks, datagram for datagram, exactly like an echo. But when an answer is missing it goes on, and
//! a loop does not: each answer that is left out takes one datagram out of the circle, for good.

use std::net::SocketAddr;

use crate::event::Loop;

/// Services that answer whatever comes: echo, daytime, quote of the day, character generator, time.
const SERVICES: [u16; 5] = [7, 13, 17, 19, 37];

/// Copies in a row that are of no interest yet: a person repeats a line no more often.
const HARMLESS: u32 = 64;
/// Different datagrams of a peer that are remembered at first …
const FEW: usize = 128;
/// … and after so many datagrams …
const BUSY: u32 = 1_000;
/// … so many groups of so many.
const GROUPS: usize = 128;
const GROUP: usize = 8;
/// Something new counts as much as so many copies do in the other direction.
const NEWS: u32 = 8;
/// Bytes of a datagram that are compared.
const COMPARED: usize = 512;
/// One in so many copies is not answered when they come from a port that servers have …
const SUSPICIOUS: u32 = 1_000;
/// … and from a port that systems hand out to clients.
const UNSUSPICIOUS: u32 = 50_000;
/// The first port that any system hands out by default: Linux's.
const HANDED_OUT: u16 = 32_768;

/// What a datagram looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// Nothing.
    None,
    /// A copy of what the peer was sent: nothing is done to it on purpose that would let a loop grow
    /// (two answers) or look like news (changed bytes).
    Copy,
    /// Better not answered.
    Loop(Loop),
}

/// What is known of one peer's habits.
#[derive(Debug, Default)]
pub(super) struct Guard {
    heard: u32,
    copies: u32,
    /// What a peer of few words has said, and was sent. The oldest is overwritten.
    few: Vec<u32>,
    /// The same of a busy one.
    many: Option<Box<[[u32; GROUP]; GROUPS]>>,
}

impl Guard {
    /// Looks at a datagram of the peer.
    pub(super) fn check(&mut self, peer: SocketAddr, bytes: &[u8]) -> Suspicion {
        if SERVICES.contains(&peer.port()) {
            return Suspicion::Loop(Loop::ServicePort(peer.port()));
        }
        self.heard = self.heard.saturating_add(1);
        if self.is_news(bytes) {
            self.copies = self.copies.saturating_sub(NEWS);
            return Suspicion::None;
        }
        self.copies = self.copies.saturating_add(1);
        let often = if peer.port() < HANDED_OUT { SUSPICIOUS } else { UNSUSPICIOUS };
        match self.copies {
            0..=HARMLESS => Suspicion::None,
            copies if copies.is_multiple_of(often) => Suspicion::Loop(Loop::Copies(copies)),
            _ => Suspicion::Copy,
        }
    }

    /// The peer is sent something else than it has said: if it says that, it says nothing new.
    pub(super) fn sends(&mut self, bytes: &[u8]) {
        self.is_news(bytes);
    }

    /// Whether these bytes are not remembered, and remembers them.
    fn is_news(&mut self, bytes: &[u8]) -> bool {
        let digest = digest(bytes);
        if self.heard < BUSY {
            let news = !self.few.contains(&digest);
            if news && self.few.len() < FEW {
                self.few.push(digest);
            } else if news {
                self.few.rotate_left(1);
                self.few[FEW - 1] = digest;
            }
            return news;
        }
        let few = &mut self.few;
        let many = self.many.get_or_insert_with(|| {
            let mut many = Box::new([[0; GROUP]; GROUPS]);
            for digest in few.drain(..) {
                insert(&mut many, digest);
            }
            few.shrink_to_fit();
            many
        });
        insert(many, digest)
    }
}

/// Whether a digest was not in its group; then the oldest of the group makes room.
fn insert(groups: &mut [[u32; GROUP]; GROUPS], digest: u32) -> bool {
    let group = &mut groups[digest as usize % GROUPS];
    let news = !group.contains(&digest);
    if news {
        group.rotate_right(1);
        group[0] = digest;
    }
    news
}

/// A checksum is enough: whoever makes two datagrams alike on purpose gains a missing answer.
fn digest(bytes: &[u8]) -> u32 {
    // 0 stands for an empty place.
    crc32fast::hash(&bytes[..bytes.len().min(COMPARED)]).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Lets so many datagrams circulate between this guard and an echo, and counts the rounds. Every
    /// so many answers, one is `changed` into two, the second of them with another byte.
    fn rounds_of_a_loop(port: u16, circulating: u32, changed: usize) -> usize {
        let mut guard = Guard::default();
        let mut circle: VecDeque<Vec<u8>> =
            (0..circulating).map(|number| number.to_be_bytes().to_vec()).collect();
        let mut rounds = 0;
        while let Some(mut datagram) = circle.pop_front() {
            rounds += 1;
            assert!(rounds < 10_000_000, "it goes round for ever");
            let suspicion = guard.check(peer(port), &datagram);
            if matches!(suspicion, Suspicion::Loop(_)) {
                continue;
            }
            circle.push_back(datagram.clone());
            if suspicion == Suspicion::None && changed > 0 && rounds % changed == 0 {
                datagram.push(0);
                guard.sends(&datagram);
                circle.push_back(datagram);
            }
            // The system's buffers hold no more.
            circle.truncate(500);
        }
        rounds
    }

    #[test]
    fn every_loop_dies() {
        assert!(rounds_of_a_loop(6000, 1, 0) < 3_000);
        assert!(rounds_of_a_loop(40_000, 1, 0) < 60_000);
        assert!(rounds_of_a_loop(6000, 300, 0) < 400_000);
    }

    #[test]
    fn a_loop_dies_also_when_answers_are_doubled_and_changed() {
        assert!(rounds_of_a_loop(6000, 1, 5) < 1_000_000);
        assert!(rounds_of_a_loop(6000, 1, 1) < 1_000_000);
    }

    #[test]
    fn whoever_says_something_new_is_always_answered() {
        let mut guard = Guard::default();
        let suspicious = (0..200_000_u32)
            .filter(|number| guard.check(peer(6000), &number.to_be_bytes()) != Suspicion::None);
        assert_eq!(suspicious.count(), 0);
    }

    #[test]
    fn whoever_repeats_itself_misses_one_answer_in_fifty_thousand() {
        let mut guard = Guard::default();
        let missed = (0..200_000)
            .filter(|_| matches!(guard.check(peer(50_000), b"again"), Suspicion::Loop(_)))
            .count();
        assert_eq!(missed, 3, "of 199,999 copies");
    }

    #[test]
    fn a_service_that_answers_everything_is_not_answered_at_all() {
        let mut guard = Guard::default();
        let service = Suspicion::Loop(Loop::ServicePort(19));
        assert_eq!(guard.check(peer(19), b"!"), service);
        assert_eq!(guard.check(peer(53), b"!"), Suspicion::None);
    }
}
