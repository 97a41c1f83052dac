//! The addresses of this machine, and which of them to give to a partner.

use std::net::IpAddr;

use gethostname::gethostname;
use getifaddrs::{InterfaceFlags, getifaddrs, if_indextoname};

use super::system;
use super::system::Route;
use crate::event::{Host, HostAddress, Reach, SafeText};

/// How virtual adapters are called by the programs that make them. A laptop that runs virtual
/// machines or containers has a few, and a partner cannot reach any of them.
const VIRTUAL: [&str; 12] = [
    "br-",
    "cni",
    "docker",
    "hyper-v",
    "lxc",
    "lxd",
    "podman",
    "vboxnet",
    "vethernet",
    "virbr",
    "virtualbox",
    "vmnet",
];

/// This machine, under the name the user chose or its own.
#[must_use]
pub fn host(name: Option<&str>) -> Host {
    let name = name.map_or_else(machine, |name| SafeText::new(name.as_bytes()));
    let mut addresses = addresses();
    choose_partner(&mut addresses, system::default_route().as_ref());
    addresses.sort_by_key(|address| (address.reach, address.ip.is_ipv6()));
    Host { name, addresses, source_ports: system::source_ports() }
}

/// The name of this machine, whatever the person at it wants to be called.
#[must_use]
pub fn machine() -> SafeText {
    SafeText::new(gethostname().as_encoded_bytes())
}

/// The index of the network interface that has this address, where there is one.
#[must_use]
pub fn interface_index(ip: IpAddr) -> Option<u32> {
    let mut interfaces = getifaddrs().ok()?;
    interfaces.find(|interface| interface.address.ip_addr() == Some(ip))?.index
}

/// The name of a network interface; its index where it has none any more.
#[must_use]
pub fn interface_name(index: u32) -> SafeText {
    let name = if_indextoname(index).unwrap_or_else(|_| index.to_string());
    SafeText::new(name.as_bytes())
}

fn addresses() -> Vec<HostAddress> {
    let Ok(interfaces) = getifaddrs() else {
        return Vec::new();
    };
    let mut addresses: Vec<HostAddress> = interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::UP))
        .filter_map(|interface| {
            let ip = interface.address.ip_addr()?;
            let loopback = interface.flags.contains(InterfaceFlags::LOOPBACK);
            let name = SafeText::new(interface.name.as_bytes());
            Some(HostAddress { ip, reach: reach(ip, loopback, name.as_str()), interface: name })
        })
        .collect();
    addresses.dedup_by_key(|address| address.ip);
    addresses
}

fn reach(ip: IpAddr, loopback: bool, interface: &str) -> Reach {
    let interface = interface.to_ascii_lowercase();
    let link_local = match ip {
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
        IpAddr::V4(ip) => ip.is_link_local(),
    };
    if loopback || ip.is_loopback() {
        Reach::Loopback
    } else if VIRTUAL.iter().any(|name| interface.contains(name)) {
        Reach::Virtual
    } else if link_local {
        Reach::LinkLocal
    } else {
        Reach::Network
    }
}

/// Marks the address that a partner should be given: the first of the interface with the default
/// route, IPv4 before IPv6; without a default route, the first on any network.
fn choose_partner(addresses: &mut [HostAddress], route: Option<&Route>) {
    let usable =
        |address: &&mut HostAddress| !matches!(address.reach, Reach::Loopback | Reach::LinkLocal);
    let on_route = |address: &HostAddress| match route {
        Some(Route::Interface(name)) => address.interface.as_str() == name,
        #[cfg(not(target_os = "linux"))]
        Some(Route::Address(ip)) => address.ip == *ip,
        None => false,
    };
    let by_route = addresses
        .iter_mut()
        .filter(usable)
        .filter(|address| on_route(address))
        .min_by_key(|address| address.ip.is_ipv6());
    if let Some(address) = by_route {
        address.reach = Reach::Partner;
        return;
    }
    let first = addresses
        .iter_mut()
        .filter(|address| address.reach == Reach::Network)
        .min_by_key(|address| address.ip.is_ipv6());
    if let Some(address) = first {
        address.reach = Reach::Partner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(ip: &str, interface: &str) -> HostAddress {
        let ip = ip.parse().expect("an address");
        let reach = reach(ip, false, interface);
        HostAddress { ip, reach, interface: SafeText::new(interface.as_bytes()) }
    }

    fn partner(addresses: &[HostAddress]) -> Vec<String> {
        let partners = addresses.iter().filter(|address| address.reach == Reach::Partner);
        partners.map(|address| address.ip.to_string()).collect()
    }

    /// The laptop of the session-layer handout bound the first of three addresses, a virtual one.
    #[test]
    fn a_virtual_adapter_is_not_for_partners() {
        let mut addresses = [
            address("192.168.23.1", "vmnet1"),
            address("192.168.88.1", "vmnet8"),
            address("192.168.18.162", "wlan0"),
        ];
        choose_partner(&mut addresses, Some(&Route::Interface("wlan0".into())));
        assert_eq!(partner(&addresses), ["192.168.18.162"]);
        assert_eq!(addresses[0].reach, Reach::Virtual);
    }

    #[test]
    fn without_a_default_route_the_first_network_will_do() {
        let mut addresses = [
            address("127.0.0.1", "lo"),
            address("172.17.0.1", "docker0"),
            address("fe80::1", "eth0"),
            address("10.0.73.221", "eth0"),
        ];
        choose_partner(&mut addresses, None);
        assert_eq!(partner(&addresses), ["10.0.73.221"]);
    }
}
