//! Two hosts: does a packet go directly, or by way of a router?
//!
//! A host knows its own address and its own mask, and nothing of the other's mask. It compares the
//! network bits of both addresses under *its own* mask: equal means that the other is on this link;
//! else the packet goes to the gateway. Each side decides for itself, so with two masks the answers
//! may differ.

use std::net::IpAddr;

use super::network::{Network, common_bits};
use super::read::{Asked, Misread};

/// Two hosts and what each thinks of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// This side.
    pub this: Asked,
    /// The other side, with its own prefix length, or with this side's where it has named none.
    pub other: Asked,
    /// Whether the other side named a prefix length of its own.
    pub own_prefix: bool,
    /// How many leading bits the two addresses have in common.
    pub common: u8,
}

impl Pair {
    /// Sets two hosts side by side.
    ///
    /// # Errors
    ///
    /// [`Misread`] when one is IPv4 and the other IPv6.
    pub fn new(this: Asked, other: IpAddr, prefix: Option<u8>) -> Result<Self, Misread> {
        let refused = |rule: &str, cause: &str| {
            Misread::new("partner for this address", &other.to_string(), rule, cause)
        };
        if this.address.is_ipv4() != other.is_ipv4() {
            return Err(refused(
                "two hosts that talk use one family: IPv4 with IPv4, or IPv6 with IPv6",
                "one of the two addresses belongs to something else",
            ));
        }
        let network = Network::new(other, prefix.unwrap_or_else(|| this.network.prefix()))
            .ok_or_else(|| refused("the prefix is no longer than the address", "a misprint"))?;
        Ok(Self {
            this,
            other: Asked { address: other, network },
            own_prefix: prefix.is_some(),
            common: common_bits(this.address, other),
        })
    }

    /// What the address of a side is, where no host can have it: then it sends nothing.
    #[must_use]
    pub fn no_host(side: Asked) -> Option<&'static str> {
        if Some(side.address) == side.network.broadcast() {
            Some("the broadcast address")
        } else if side.address == side.network.address()
            && side.network.is_v4()
            && !side.network.begins_with_a_host()
        {
            Some("the network address")
        } else {
            None
        }
    }

    /// Whether this side sends directly to the other.
    #[must_use]
    pub fn there(&self) -> bool {
        self.this.network.contains(self.other.address)
    }

    /// Whether the other side sends directly to this one.
    #[must_use]
    pub fn back(&self) -> bool {
        self.other.network.contains(self.this.address)
    }

    /// The first bit that differs, counted from 1; none when the addresses are the same.
    #[must_use]
    pub fn first_difference(&self) -> Option<u8> {
        (self.common < self.this.network.bits()).then(|| self.common + 1)
    }
}
