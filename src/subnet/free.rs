//! The space that nobody has yet, as blocks that are networks themselves.
//!
//! Cutting works by halves. A /24 that is needed from a /22 leaves a /24 and a /23:
//!
//! ```text
//!   /22  ├───────────────┤         taken: 10.0.0.0/24
//!   /23  ├───────┼───────┤         left:  10.0.2.0/23
//!   /24  ├XXX┼───┤                 left:  10.0.1.0/24
//! ```
//!
//! Taking the smallest block that will do leaves the large ones whole.

use std::collections::BTreeSet;

use ipnet::{Ipv4Subnets, Ipv6Subnets};

use super::network::{Network, address};

/// Free blocks, in the order of their addresses, by prefix length.
#[derive(Clone, Debug)]
pub struct Free(Vec<BTreeSet<Network>>);

impl Free {
    /// A base from which these networks are taken. What they have outside the base does not matter.
    #[must_use]
    pub fn new(base: Network, mut used: Vec<Network>) -> Self {
        let mut free = Self(vec![BTreeSet::new(); usize::from(base.bits()) + 1]);
        used.retain(|network| network.overlaps(base));
        used.sort_unstable();
        let mut next = Some(base.first());
        for network in used {
            let Some(from) = next else { break };
            if network.first() > from {
                free.add(from, network.first() - 1, base.is_v4());
            }
            // A network inside one that came before ends earlier; after the last address comes none.
            next = network.last().checked_add(1).map(|after| after.max(from));
        }
        if let Some(from) = next.filter(|from| *from <= base.last()) {
            free.add(from, base.last(), base.is_v4());
        }
        free
    }

    /// All addresses from one to another, as the largest blocks that fit.
    fn add(&mut self, first: u128, last: u128, v4: bool) {
        use std::net::IpAddr::{V4, V6};
        let mut put = |ip, prefix: u8| {
            if let Some(network) = Network::new(ip, prefix) {
                self.0[usize::from(prefix)].insert(network);
            }
        };
        match (address(first, v4), address(last, v4)) {
            (V4(first), V4(last)) => Ipv4Subnets::new(first, last, 0)
                .for_each(|net| put(net.network().into(), net.prefix_len())),
            (V6(first), V6(last)) => Ipv6Subnets::new(first, last, 0)
                .for_each(|net| put(net.network().into(), net.prefix_len())),
            _ => {}
        }
    }

    /// Takes the first of the smallest blocks in which there is room.
    pub fn take(&mut self, prefix: u8) -> Option<Network> {
        let sizes = self.0.get_mut(..=usize::from(prefix))?;
        let mut block = sizes.iter_mut().rev().find_map(BTreeSet::pop_first)?;
        while block.prefix() < prefix {
            let [low, high] = block.halves()?;
            self.0[usize::from(high.prefix())].insert(high);
            block = low;
        }
        Some(block)
    }

    /// What is left, in the order of the addresses.
    #[must_use]
    pub fn blocks(&self) -> Vec<Network> {
        let mut blocks: Vec<Network> = self.0.iter().flatten().copied().collect();
        blocks.sort_unstable();
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subnet::read;

    fn net(text: &str) -> Network {
        read::network(text).expect("a network").network
    }

    #[test]
    fn what_is_taken_is_not_free() {
        let mut free = Free::new(net("10.0.0.0/22"), vec![net("10.0.1.0/24")]);
        assert_eq!(free.blocks(), [net("10.0.0.0/24"), net("10.0.2.0/23")]);
        assert_eq!(free.take(25), Some(net("10.0.0.0/25")));
        assert_eq!(free.take(23), Some(net("10.0.2.0/23")));
        assert_eq!(free.take(24), None);
        assert_eq!(free.blocks(), [net("10.0.0.128/25")]);
    }

    #[test]
    fn all_addresses_and_none() {
        for whole in ["0.0.0.0/0", "::/0"] {
            assert_eq!(Free::new(net(whole), vec![]).blocks(), [net(whole)]);
            assert!(Free::new(net(whole), vec![net(whole)]).blocks().is_empty());
        }
        let base = net("10.0.0.0/24");
        let used = vec![net("10.0.0.0/8"), net("10.0.0.0/24"), net("11.0.0.0/8"), net("::/0")];
        assert!(Free::new(base, used).blocks().is_empty());
    }
}
