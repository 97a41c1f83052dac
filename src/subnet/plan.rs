//! Subnets of different sizes in one base: variable-length subnet masks (VLSM).
//!
//! Every network gets the smallest block that holds its hosts, and the biggest come first. A block
//! begins at a multiple of its own size. Placed from the biggest to the smallest, each ends where the
//! next may begin, because the larger size is a multiple of the smaller: no gaps.
//!
//! ```text
//!   biggest first   ├──── /26 ────┼─ /27 ─┼ /28 ┤ free ┤
//!   smallest first  ├ /28 ┤  gap  ├─ /27 ─┼──── /26 ────┤      the /27 cannot begin at 16
//! ```

use std::collections::HashMap;
use std::net::IpAddr;

use super::free::Free;
use super::need::{Growth, Link, Need, host_bits};
use super::network::Network;
use super::site::{self, Sites};

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct Order {
    /// The network to divide.
    pub base: Network,
    /// Networks with hosts.
    pub needs: Vec<Need>,
    /// Links between routers.
    pub links: Vec<Link>,
    /// How much larger everything may become.
    pub growth: Growth,
    /// The prefix length of a link.
    pub link_prefix: u8,
    /// Whether the numbers of hosts have the gateway among them; else it is one address more.
    pub gateway_counted: bool,
}

/// One network of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// Its name.
    pub name: String,
    /// The hosts that were asked for; 2 on a link.
    pub hosts: u64,
    /// With growth.
    pub needed: u64,
    /// The addresses that this takes: with the gateway's.
    pub addresses: u64,
    /// The router that serves it; none on a link.
    pub router: Option<String>,
    /// Where it is.
    pub network: Network,
    /// The two sites of a link.
    pub ends: Option<(String, String)>,
    /// Whether it is a link.
    pub link: bool,
}

impl PlanRow {
    /// The address to give to the router: the first. On a link each end has one.
    #[must_use]
    pub fn gateway(&self) -> Option<IpAddr> {
        (!self.link).then(|| self.network.first_host())
    }
}

/// One network that found no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// Its name.
    pub name: String,
    /// The hosts it needs, with growth.
    pub needed: u64,
    /// The addresses that this takes: with the gateway's.
    pub addresses: u64,
    /// The host bits of its block, which may be more than an address has.
    pub host_bits: u8,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was divided.
    pub base: Network,
    /// How much larger everything may become.
    pub growth: Growth,
    /// Whether the numbers of hosts have the gateway among them.
    pub gateway_counted: bool,
    /// Whether somebody said which routers serve the networks.
    pub has_routers: bool,
    /// Routers of links that serve no network.
    pub core: Vec<String>,
    /// Networks that no link leads to, where there are links.
    pub apart: Vec<String>,
    /// The networks, from the biggest to the smallest.
    pub rows: Vec<PlanRow>,
    /// What found no room.
    pub unplaced: Vec<Unplaced>,
    /// What is left.
    pub free: Vec<Network>,
    /// Addresses that all blocks have together.
    pub total: u128,
    /// The base that would do, where this one does not; none when no base of the family would.
    pub wanted: Option<Network>,
    /// The interfaces of the routers: two for each link that names its sites, one for each network.
    pub interfaces: Vec<Interface>,
}

/// A row of the address and link table: an interface of a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The router.
    pub device: String,
    /// Its interface.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
    /// The network.
    pub network: Network,
    /// The network or the router at the other end.
    pub to: String,
}

/// The host bits of every IPv6 network: its hosts make their own addresses in 64 (RFC 4291, section
/// 2.5.1).
const V6_HOST_BITS: u8 = 64;

/// Makes a plan.
#[must_use]
pub fn plan(order: &Order) -> Plan {
    let v4 = order.base.is_v4();
    let sites = order.needs.iter().map(|need| {
        let needed = order.growth.of(need.hosts);
        let addresses = needed.saturating_add(u64::from(!order.gateway_counted));
        let bits = if v4 { host_bits(addresses) } else { V6_HOST_BITS };
        (bits, addresses, (needed, need.hosts, Some(need.serving())), need.name.clone(), None)
    });
    let bits = order.base.bits().saturating_sub(order.link_prefix);
    let links =
        order.links.iter().map(|link| (bits, 2, (2, 2, None), link.name.clone(), Some(link)));
    let mut wanted: Vec<_> = sites.chain(links).collect();
    // The sort is stable: among equals the order of the requirements stays.
    wanted.sort_by_key(|(bits, addresses, ..)| std::cmp::Reverse((*bits, *addresses)));

    let mut free = Free::new(order.base, Vec::new());
    let (mut rows, mut unplaced, mut total) = (Vec::new(), Vec::new(), 0_u128);
    for (host_bits, addresses, (needed, hosts, router), name, link) in wanted {
        total = total.saturating_add(1_u128.checked_shl(host_bits.into()).unwrap_or(u128::MAX));
        let prefix = order.base.bits().checked_sub(host_bits);
        match prefix.and_then(|prefix| free.take(prefix)) {
            Some(network) => rows.push(PlanRow {
                name,
                hosts,
                needed,
                addresses,
                router,
                network,
                ends: link.and_then(|link| link.ends.clone()),
                link: link.is_some(),
            }),
            None => unplaced.push(Unplaced { name, needed, addresses, host_bits }),
        }
    }
    let wanted = if unplaced.is_empty() { None } else { base_for(order.base, total) };
    let sites = Sites::new(&order.needs);
    let has_routers = order.needs.iter().any(|need| need.router.is_some());
    let (core, apart) = connected(&order.needs, &order.links, &sites);
    let interfaces = interfaces(&rows, &sites, has_routers);
    Plan {
        base: order.base,
        growth: order.growth,
        gateway_counted: order.gateway_counted,
        has_routers,
        core,
        apart,
        rows,
        unplaced,
        free: free.blocks(),
        total,
        wanted,
        interfaces,
    }
}

/// The network around a base that has so many addresses.
fn base_for(base: Network, total: u128) -> Option<Network> {
    let bits = total.checked_next_power_of_two()?.trailing_zeros();
    let prefix = u32::from(base.bits()).checked_sub(bits)?;
    Some(base.widened(u8::try_from(prefix).ok()?))
}

/// The routers of links that serve no network; and the networks that no link leads to. The part with
/// most networks is the plan.
fn connected(needs: &[Need], links: &[Link], sites: &Sites) -> (Vec<String>, Vec<String>) {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut parts: Vec<usize> = Vec::new();
    let mut number = |router: String, parts: &mut Vec<usize>| {
        *numbers.entry(router).or_insert_with(|| {
            parts.push(parts.len());
            parts.len() - 1
        })
    };
    let serving: Vec<usize> = needs.iter().map(|need| number(need.serving(), &mut parts)).collect();
    let routers = parts.len();
    let mut core = Vec::new();
    let pairs: Vec<&(String, String)> =
        links.iter().filter_map(|link| link.ends.as_ref()).collect();
    for (one, other) in &pairs {
        let [one, other] = [one, other].map(|end| {
            let router = serving_end(sites, end);
            let before = parts.len();
            let at = number(router.clone(), &mut parts);
            if at == before && at >= routers {
                core.push(router);
            }
            at
        });
        let (keep, gone) = (parts[one], parts[other]);
        parts.iter_mut().filter(|part| **part == gone).for_each(|part| *part = keep);
    }
    if pairs.is_empty() {
        return (core, Vec::new());
    }
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for at in &serving {
        *counts.entry(parts[*at]).or_default() += 1;
    }
    // Of equals the first counts.
    let main = serving.iter().rev().map(|at| parts[*at]).max_by_key(|part| counts.get(part));
    let apart = needs.iter().zip(&serving).filter(|(_, at)| Some(parts[**at]) != main);
    (core, apart.map(|(need, _)| need.name.clone()).collect())
}

/// The router at an end of a link.
fn serving_end(sites: &Sites, end: &str) -> String {
    sites.find(end).map_or_else(|| site::router(end), str::to_owned)
}

/// The interfaces of the routers, numbered as they are used: networks first, then links.
fn interfaces(rows: &[PlanRow], sites: &Sites, has_routers: bool) -> Vec<Interface> {
    let mut used: HashMap<String, u32> = HashMap::new();
    let mut found = Vec::new();
    let mut add = |device: String, address, network, to: &str| {
        let number = used.entry(device.clone()).or_insert(0);
        let name = format!("G0/{number}");
        *number += 1;
        found.push(Interface { device, name, address, network, to: to.to_owned() });
    };
    // Routers are worth a table only where somebody says what they join.
    let linked = has_routers || rows.iter().any(|row| row.ends.is_some());
    for row in rows.iter().filter(|_| linked) {
        if let Some(router) = row.router.clone() {
            add(router, row.network.first_host(), row.network, &row.name);
        }
    }
    for row in rows {
        let Some((one, other)) = &row.ends else { continue };
        let network = row.network;
        let [one, other] = [one, other].map(|end| serving_end(sites, end));
        // Both ends of a v6 link are numbered from below: its last address is a long one.
        let last = if !network.is_v4() && network.host_bits() > 1 {
            super::network::address(network.first() + 2, false)
        } else {
            network.last_host()
        };
        add(one.clone(), network.first_host(), network, &other);
        add(other, last, network, &one);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subnet::{need, read};

    fn order(base: &str, needs: &[&str]) -> Order {
        Order {
            base: read::network(base).expect("a base").network,
            needs: needs.iter().map(|text| need::need(text).expect("a need")).collect(),
            links: Vec::new(),
            growth: Growth::default(),
            link_prefix: 30,
            gateway_counted: false,
        }
    }

    #[test]
    fn the_biggest_comes_first() {
        let needs = ["Admin=36", "Hostel=546", "EE_Lab=111", "CS_Lab=271", "Library=186"];
        let plan = plan(&order("10.106.192.0/20", &needs));
        let rows: Vec<String> =
            plan.rows.iter().map(|row| format!("{} {}", row.name, row.network)).collect();
        assert_eq!(
            rows,
            [
                "Hostel 10.106.192.0/22",
                "CS_Lab 10.106.196.0/23",
                "Library 10.106.198.0/24",
                "EE_Lab 10.106.199.0/25",
                "Admin 10.106.199.128/26",
            ]
        );
        assert!(plan.unplaced.is_empty());
        assert_eq!(plan.free[0].to_string(), "10.106.199.192/26");
    }

    #[test]
    fn what_has_no_room_is_told() {
        let plan = plan(&order("10.0.0.0/26", &["A=50", "B=20", "C=5000000"]));
        assert_eq!(plan.rows.len(), 1);
        assert_eq!(plan.unplaced.len(), 2);
        assert_eq!(plan.wanted.map(Network::prefix), Some(8));
    }
}
