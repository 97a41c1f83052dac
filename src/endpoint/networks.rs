//! The networks that this machine is in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use getifaddrs::{Address, InterfaceFlags, getifaddrs};

/// The networks of this machine's interfaces, as they were when it was asked.
#[derive(Clone, Debug)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Looks them up.
    #[must_use]
    pub fn now() -> Self {
        Self(networks())
    }

    /// Whether an address is this machine's, or that of a neighbour: packets reach it without a
    /// router.
    #[must_use]
    pub fn are_near(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.0.iter().any(|network| network.has(ip))
    }

    /// The name of the interface in whose network an address is: of several, the smallest network.
    #[must_use]
    pub fn interface_of(&self, ip: IpAddr) -> Option<&str> {
        let around = self.0.iter().filter(|network| network.has(ip));
        around.max_by_key(|network| network.mask).map(|network| network.interface.as_str())
    }

    /// The index of the interface of that name.
    #[must_use]
    pub fn index(name: &str) -> Option<u32> {
        getifaddrs().ok()?.find(|interface| interface.name == name)?.index
    }

    /// The names of this machine's interfaces, those without an address too where the system lists
    /// them.
    #[must_use]
    pub fn interfaces() -> Vec<String> {
        let interfaces = getifaddrs().into_iter().flatten();
        let mut names: Vec<String> = interfaces.map(|interface| interface.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether an address is everybody's in one of these networks, or in any.
    #[must_use]
    pub fn have_as_broadcast(&self, ip: IpAddr) -> bool {
        let everybodys = |network: &Network| network.broadcast == Some(ip);
        ip == IpAddr::V4(Ipv4Addr::BROADCAST) || self.0.iter().any(everybodys)
    }
}

/// An address of this machine and how much of it names the network.
#[derive(Clone, Debug)]
struct Network {
    interface: String,
    own: IpAddr,
    mask: IpAddr,
    broadcast: Option<IpAddr>,
}

impl Network {
    fn has(&self, ip: IpAddr) -> bool {
        match (self.own, self.mask, ip) {
            (IpAddr::V4(own), IpAddr::V4(mask), IpAddr::V4(ip)) => own & mask == ip & mask,
            (IpAddr::V6(own), IpAddr::V6(mask), IpAddr::V6(ip)) => own & mask == ip & mask,
            _ => false,
        }
    }
}

fn networks() -> Vec<Network> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    let up = interfaces.filter(|interface| interface.flags.contains(InterfaceFlags::UP));
    up.filter_map(|interface| match interface.address {
        Address::V4(v4) => {
            let mask = v4.netmask.unwrap_or(Ipv4Addr::BROADCAST);
            // The highest address of a network, also where nobody has configured one; networks of one
            // or two addresses have none (RFC 3021).
            let broadcasts = interface.flags.contains(InterfaceFlags::BROADCAST);
            let everybody = (broadcasts && u32::from(!mask) > 1).then(|| v4.address | !mask);
            Some(Network {
                interface: interface.name,
                own: v4.address.into(),
                mask: mask.into(),
                broadcast: everybody.map(IpAddr::V4),
            })
        }
        Address::V6(v6) => Some(Network {
            interface: interface.name,
            own: v6.address.into(),
            mask: v6.netmask.unwrap_or(Ipv6Addr::from(u128::MAX)).into(),
            broadcast: None,
        }),
        Address::Mac(_) => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_has_the_same_first_bits() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let network = |name: &str, own, mask| Network {
            interface: name.to_owned(),
            own: ip(own),
            mask: ip(mask),
            broadcast: None,
        };
        let lab = network("eth0", "10.0.73.221", "255.255.0.0");
        assert!(lab.has(ip("10.0.56.23")));
        assert!(!lab.has(ip("10.1.56.23")));
        assert!(!lab.has(ip("::1")));
        let v6 = network("eth1", "fd77:1::2", "ffff:ffff:ffff:ffff::");
        assert!(v6.has(ip("fd77:1::9")) && !v6.has(ip("fd77:2::9")));
        let small = network("eth2", "10.0.56.1", "255.255.255.0");
        let here = Networks(vec![lab, v6, small]);
        assert_eq!(here.interface_of(ip("10.0.73.1")), Some("eth0"));
        assert_eq!(here.interface_of(ip("10.0.56.23")), Some("eth2"));
        assert_eq!(here.interface_of(ip("10.9.0.1")), None);
        assert!(here.are_near(ip("127.8.8.8")) && here.are_near(ip("::1")));
        assert!(!here.are_near(ip("10.1.0.1")) && here.have_as_broadcast(ip("255.255.255.255")));
    }
}
