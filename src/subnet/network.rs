//! One network: an address whose host bits are 0, and a prefix length.
//!
//! ```text
//!   192.168.7.64/26
//!   network    192.168.7.64     all host bits 0
//!   first      192.168.7.65
//!   last       192.168.7.126
//!   broadcast  192.168.7.127    all host bits 1
//! ```
//!
//! Three cases differ. A /31 has two addresses and both are hosts: it is a link between two routers,
//! where nobody needs a broadcast (RFC 3021). A /32 is one host. IPv6 has no broadcast; its address
//! with all host bits 0 belongs to the routers of the subnet (the subnet-router anycast address, RFC
//! 4291 section 2.6.1), except on a /127 between two routers (RFC 6164).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A network. Its host bits are always 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

impl Network {
    /// The network that an address is in; none when the prefix is longer than the address.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        IpNet::new(address, prefix).ok().map(|net| Self(net.trunc()))
    }

    /// The network with the same prefix length that another address is in.
    #[must_use]
    pub fn around(self, address: IpAddr) -> Option<Self> {
        Self::new(address, self.prefix())
    }

    /// The larger network with this prefix length that this one is in; itself when it is not larger.
    #[must_use]
    pub fn widened(self, prefix: u8) -> Self {
        Self::new(self.address(), prefix.min(self.prefix())).unwrap_or(self)
    }

    /// The address with all host bits 0.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.0.network()
    }

    /// The address with all host bits 1.
    #[must_use]
    pub fn end(self) -> IpAddr {
        self.0.broadcast()
    }

    /// Bits of the network part.
    #[must_use]
    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    /// Bits of the host part.
    #[must_use]
    pub fn host_bits(self) -> u8 {
        self.bits() - self.prefix()
    }

    /// Bits of an address: 32 or 128.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0.max_prefix_len()
    }

    /// Whether it is IPv4.
    #[must_use]
    pub fn is_v4(self) -> bool {
        self.bits() == 32
    }

    /// The mask: network bits 1, host bits 0.
    #[must_use]
    pub fn mask(self) -> IpAddr {
        self.0.netmask()
    }

    /// The wildcard mask: the mask with every bit turned over, as access lists have it.
    #[must_use]
    pub fn wildcard(self) -> IpAddr {
        self.0.hostmask()
    }

    /// The address that reaches everybody; none in IPv6, on a /31 and on a /32.
    #[must_use]
    pub fn broadcast(self) -> Option<IpAddr> {
        (self.is_v4() && self.host_bits() >= 2).then(|| self.end())
    }

    /// Whether the address with all host bits 0 may be a host's.
    #[must_use]
    pub fn begins_with_a_host(self) -> bool {
        self.host_bits() < 2
    }

    /// The first address that a host may have.
    #[must_use]
    pub fn first_host(self) -> IpAddr {
        if self.begins_with_a_host() {
            self.address()
        } else {
            address(self.first() + 1, self.is_v4())
        }
    }

    /// The last address that a host may have.
    #[must_use]
    pub fn last_host(self) -> IpAddr {
        match self.broadcast() {
            Some(_) => address(self.last() - 1, true),
            None => self.end(),
        }
    }

    /// How many hosts may be in it.
    #[must_use]
    pub fn usable(self) -> u128 {
        number(self.last_host()) - number(self.first_host()) + 1
    }

    /// How many addresses there are; none for all of IPv6, which is one more than 128 bits can say.
    #[must_use]
    pub fn size(self) -> Option<u128> {
        1_u128.checked_shl(self.host_bits().into())
    }

    /// Its first address as a number.
    #[must_use]
    pub fn first(self) -> u128 {
        number(self.address())
    }

    /// Its last address as a number.
    #[must_use]
    pub fn last(self) -> u128 {
        number(self.end())
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Whether another network is a part of it, or the same.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether they share addresses. Networks never cross: one is a part of the other.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// The two halves; none of a single address.
    #[must_use]
    pub fn halves(self) -> Option<[Self; 2]> {
        let mut halves = self.0.subnets(self.prefix() + 1).ok()?;
        Some([Self(halves.next()?), Self(halves.next()?)])
    }

    /// The smallest network that holds both; none when one is IPv4 and the other IPv6.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        if self.is_v4() != other.is_v4() {
            return None;
        }
        let same = common_bits(self.address(), other.address());
        Some(self.widened(same.min(other.prefix())))
    }
}

/// How many leading bits two addresses of one family have in common.
#[must_use]
pub fn common_bits(one: IpAddr, other: IpAddr) -> u8 {
    let bits = if one.is_ipv4() { 32 } else { 128 };
    let differing = 128 - (number(one) ^ number(other)).leading_zeros();
    u8::try_from(differing).map_or(0, |differing| bits - differing.min(bits))
}

/// An address as a number.
#[must_use]
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u32::from(v4).into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

/// A number as an address. What is too large for IPv4 is its last address.
#[must_use]
pub fn address(number: u128, v4: bool) -> IpAddr {
    if v4 {
        Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into()
    } else {
        Ipv6Addr::from(number).into()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network(text.parse::<IpNet>().expect("a network").trunc())
    }

    #[test]
    fn the_edges_are_right() {
        let hosts = |text: &str| {
            let net = network(text);
            (net.first_host().to_string(), net.last_host().to_string(), net.usable())
        };
        let three = |first: &str, last: &str, n| (first.to_owned(), last.to_owned(), n);
        assert_eq!(hosts("10.0.0.6/31"), three("10.0.0.6", "10.0.0.7", 2));
        assert_eq!(hosts("10.0.0.6/32"), three("10.0.0.6", "10.0.0.6", 1));
        assert_eq!(hosts("1.2.3.4/0"), three("0.0.0.1", "255.255.255.254", 4_294_967_294));
        assert_eq!(hosts("2001:db8::/127"), three("2001:db8::", "2001:db8::1", 2));
        assert_eq!(hosts("::/0").2, u128::MAX);
        assert_eq!(network("::/0").size(), None);
        assert_eq!(network("10.0.0.6/31").broadcast(), None);
        assert_eq!(network("2001:db8::/48").broadcast(), None);
    }

    #[test]
    fn common_bits_are_counted_from_the_left() {
        let bits = |one: &str, other: &str| {
            common_bits(one.parse().expect("an address"), other.parse().expect("an address"))
        };
        assert_eq!(bits("10.0.56.23", "10.0.73.221"), 17);
        assert_eq!(bits("0.0.0.0", "255.0.0.0"), 0);
        assert_eq!(bits("1.2.3.4", "1.2.3.4"), 32);
        assert_eq!(bits("::", "::1"), 127);
        assert_eq!(bits("::", "8000::"), 0);
    }
}
