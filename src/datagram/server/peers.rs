//! The peers that a server has heard. The socket knows nobody: this table is all there is.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::guard::Guard;

/// Peers that are remembered. A source address is easily forged, so there have to be limits.
pub(super) const LIMIT: usize = 4096;

/// Somebody who has sent something.
#[derive(Debug)]
pub(super) struct Peer {
    pub address: SocketAddr,
    /// Datagrams of it that chance has been asked about.
    pub planned: u64,
    /// Which of all datagrams was its last one, counted: a clock would cost more than it tells.
    pub last_heard: u64,
    pub guard: Guard,
}

/// The peers, found by their endpoint.
#[derive(Debug, Default)]
pub(super) struct Peers {
    list: Vec<Peer>,
    index: HashMap<SocketAddr, usize>,
    /// Whoever was heard last is mostly who is heard next.
    last: usize,
}

/// What became of the table when somebody was looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// It is somebody new.
    pub new: bool,
    /// So many others had to be forgotten for it.
    pub forgotten: usize,
}

impl Peers {
    /// The peer with that endpoint, who was heard now: the how-many-th datagram of all it is.
    pub(super) fn hear(&mut self, address: SocketAddr, now: u64) -> (&mut Peer, Change) {
        let known = self.list.get(self.last).filter(|peer| peer.address == address);
        let at = match known {
            Some(_) => Some(self.last),
            None => self.index.get(&address).copied(),
        };
        let mut change = Change::default();
        let at = at.unwrap_or_else(|| {
            change = Change { new: true, forgotten: self.make_room() };
            self.index.insert(address, self.list.len());
            self.list.push(Peer { address, planned: 0, last_heard: now, guard: Guard::default() });
            self.list.len() - 1
        });
        self.last = at;
        let peer = &mut self.list[at];
        peer.last_heard = now;
        (peer, change)
    }

    /// Forgets the half that has been silent for longest when the table is full: then the next
    /// thousands of forged addresses cost a table lookup each, and no search.
    fn make_room(&mut self) -> usize {
        if self.list.len() < LIMIT {
            return 0;
        }
        self.list.sort_by_key(|peer| std::cmp::Reverse(peer.last_heard));
        let forgotten = self.list.len() - LIMIT / 2;
        self.list.truncate(LIMIT / 2);
        self.index = self.list.iter().enumerate().map(|(at, peer)| (peer.address, at)).collect();
        forgotten
    }

    /// Those heard most recently first.
    pub(super) fn recent(&self) -> Vec<SocketAddr> {
        let mut peers: Vec<_> =
            self.list.iter().map(|peer| (peer.last_heard, peer.address)).collect();
        peers.sort_by_key(|&(heard, _)| std::cmp::Reverse(heard));
        peers.into_iter().map(|(_, address)| address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> SocketAddr {
        SocketAddr::from((number.to_be_bytes(), 5000))
    }

    #[test]
    fn the_table_never_grows_beyond_its_limit_and_keeps_the_recent() {
        let mut peers = Peers::default();
        for number in 0..100_000 {
            let now = number.into();
            let (_, change) = peers.hear(address(number), now);
            assert!(change.new);
            // Somebody who keeps talking is never forgotten.
            assert!(!peers.hear(address(0), now).1.new, "at {number}");
            assert!(peers.list.len() <= LIMIT);
            assert_eq!(peers.list.len(), peers.index.len());
        }
        assert_eq!(peers.recent().len(), peers.list.len());
        assert!(peers.recent()[..2].contains(&address(99_999)));
    }

    #[test]
    fn a_peer_is_an_address_and_a_port() {
        let mut peers = Peers::default();
        let now = 1;
        let other = SocketAddr::from(([10, 0, 0, 1], 5001));
        assert!(peers.hear(SocketAddr::from(([10, 0, 0, 1], 5000)), now).1.new);
        assert!(peers.hear(other, now).1.new);
        peers.hear(other, now).0.planned = 3;
        assert_eq!(peers.hear(other, now).0.planned, 3);
    }
}
