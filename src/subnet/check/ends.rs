//! The interfaces: each in a planned network, both ends of a link in one, one gateway for each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::row::{no_host, unread, without_remark};
use super::swapped;
use super::{Entry, Fault, Verdict, key};
use super::{columns, joined};
use crate::subnet::need;
use crate::subnet::network::Network;
use crate::subnet::sheet::{Column, Row, Sheet};
use crate::subnet::{read, site};

/// An interface as a row says it.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// The device; without that column the site.
    pub device: String,
    /// Its name.
    pub interface: String,
    /// Its address, where it can be read.
    pub address: Option<IpAddr>,
    /// What it is connected to.
    pub to: Option<String>,
    /// The planned network that it is in, by its place.
    pub subnet: Option<usize>,
    /// The prefix length that it says itself.
    pub prefix: Option<u8>,
    /// The gateway that it says itself.
    gateway: Option<IpAddr>,
    line: usize,
}

impl End {
    /// Its address, unless that counts on its own link only: such addresses are in no plan, and every
    /// router may have the same.
    pub(super) fn global(&self) -> Option<IpAddr> {
        self.address.filter(|address| !columns::is_link_local(*address))
    }
}

/// Finds the planned network of an address: the smallest that it is in.
pub(crate) struct Places {
    networks: HashMap<Network, usize>,
    prefixes: BTreeSet<u8>,
}

impl Places {
    /// Of these networks, by their places.
    pub fn new(networks: impl Iterator<Item = (usize, Option<Network>)>) -> Self {
        let mut places = Self { networks: HashMap::new(), prefixes: BTreeSet::new() };
        for (at, network) in networks {
            let Some(network) = network else { continue };
            places.networks.entry(network).or_insert(at);
            places.prefixes.insert(network.prefix());
        }
        places
    }

    fn find(&self, address: IpAddr) -> Option<usize> {
        let around = |prefix: &u8| Network::new(address, *prefix);
        self.prefixes
            .iter()
            .rev()
            .filter_map(around)
            .find_map(|net| self.networks.get(&net).copied())
    }
}

/// Reads a row of the table of interfaces.
pub(crate) fn read_end(row: &Row, places: &Places, faults: &mut Vec<Fault>) -> End {
    let mut row = row.clone();
    faults.extend(swapped::interface(&mut row));
    let cell = row.get(Column::Address).map(without_remark).unwrap_or_default();
    // An interface may have no address, or one that somebody gives it.
    let none = cell.is_empty() || !cell.contains(|c: char| c.is_ascii_digit() || c == ':');
    let (left, right) = cell.split_once(['/', ' ']).map_or((cell, None), |(l, r)| (l, Some(r)));
    let address = match read::address(left) {
        Ok(address) => Some(address),
        Err(_) if none => {
            faults.push(Fault::note("no address", "no address to check".to_owned()));
            None
        }
        Err(misread) => {
            faults.push(unread(Column::Address, &misread));
            None
        }
    };
    let mut prefix = None;
    if right.is_none()
        && row.get(Column::Prefix).or(row.get(Column::Mask)).is_none()
        && address.is_some()
    {
        let text =
            "no prefix length or mask beside the address: whether it is right was not checked";
        faults.push(Fault::note("no prefix", text.to_owned()));
    }
    for cell in [right, row.get(Column::Prefix), row.get(Column::Mask)].into_iter().flatten() {
        let v4 = address.is_none_or(|address| address.is_ipv4());
        if none {
            break;
        }
        match read::prefix(without_remark(cell).trim_matches([' ', '/']), v4) {
            Ok(length) => prefix = prefix.or(Some(length)),
            Err(misread) => faults.push(unread(Column::Mask, &misread)),
        }
    }
    let name = |columns: &[Column]| {
        let found = columns.iter().find_map(|column| row.get(*column));
        found.map(str::to_owned)
    };
    End {
        device: name(&[Column::Device, Column::Name, Column::From])
            .unwrap_or_else(|| format!("line {}", row.line)),
        interface: name(&[Column::Interface]).unwrap_or_default(),
        address,
        to: name(&[Column::ConnectedTo, Column::To]),
        subnet: address.and_then(|address| places.find(address)),
        prefix,
        gateway: columns::gateway(&row),
        line: row.line,
    }
}

/// Checks every interface, and every network by its interfaces.
pub(super) fn check(sheet: &Sheet, entries: &mut [Entry], base: Option<Network>) -> Vec<Verdict> {
    let places =
        Places::new(entries.iter().enumerate().map(|(at, entry)| (at, entry.verdict.network)));
    let mut verdicts = Vec::new();
    let mut ends = Vec::new();
    for row in &sheet.ends {
        let mut faults = Vec::new();
        let end = read_end(row, &places, &mut faults);
        faults.extend(empty(row, &end));
        verdicts.push(verdict(&end, faults));
        ends.push(end);
    }
    let mut seen: HashMap<IpAddr, usize> = HashMap::new();
    for (end, verdict) in ends.iter().zip(&mut verdicts) {
        // What is outside the base is somebody else's: the provider's end of the way out.
        let outside = base.zip(end.address).is_some_and(|(base, ip)| !base.contains(ip));
        place(end, entries, (sheet.subnets.is_empty(), outside), &mut verdict.faults);
        if let Some(address) = end.global() {
            if let Some(line) = seen.get(&address) {
                let text = format!("{address} is given twice: line {line} has it too");
                verdict.faults.push(Fault::wrong("duplicate address", text));
            } else {
                seen.insert(address, end.line);
            }
        }
    }
    twice(&ends, &mut verdicts);
    joined::both_ends(&ends, entries, &mut verdicts);
    gateways(&ends, entries);
    unused(&ends, entries);
    verdicts
}

/// Cells without which an interface is not to be found. A loopback is connected to nothing.
fn empty(row: &Row, end: &End) -> Option<Fault> {
    let alone = end.prefix.is_some_and(|prefix| prefix == 128 || prefix == 32 && is_v4(end))
        || key(&end.interface).starts_with("lo");
    let columns = [Column::Device, Column::Interface, Column::ConnectedTo];
    let empty = columns.into_iter().filter(|column| row.is_empty(*column));
    let empty: Vec<&str> =
        empty.filter(|column| *column != Column::ConnectedTo || !alone).map(Column::name).collect();
    let text =
        format!("nothing stands under {}: what follows from it was not checked", empty.join(", "));
    (!empty.is_empty()).then(|| Fault::warn("empty cell", text))
}

fn is_v4(end: &End) -> bool {
    end.address.is_some_and(|address| address.is_ipv4())
}

fn verdict(end: &End, faults: Vec<Fault>) -> Verdict {
    let name = [end.device.as_str(), &end.interface].join(" ");
    let network = end.address.and_then(|address| Network::new(address, end.prefix?));
    Verdict {
        line: Some(end.line),
        name: name.trim().to_owned(),
        network,
        address: end.address,
        hosts: None,
        faults,
        fix: None,
        link: true,
    }
}

/// One address in the plan.
fn place(end: &End, entries: &[Entry], (alone, outside): (bool, bool), faults: &mut Vec<Fault>) {
    let Some(address) = end.global() else { return };
    let planned = end.subnet.map(|at| &entries[at].verdict);
    let network = match (planned.and_then(|verdict| verdict.network), end.prefix) {
        (Some(planned), Some(prefix)) if planned.prefix() != prefix => {
            let text = format!(
                "{address}/{prefix}: the plan has {planned} there; a host with another mask takes \
                 others for neighbours"
            );
            faults.push(Fault::wrong("mask", text));
            Some(planned)
        }
        // A loopback of a router is an address for itself alone.
        (None, Some(prefix)) if prefix == if address.is_ipv4() { 32 } else { 128 } => None,
        (None, prefix) if !alone && outside => {
            let text =
                format!("{address} is outside the base: right for a way out, else a misprint");
            faults.push(Fault::warn("outside", text));
            prefix.and_then(|prefix| Network::new(address, prefix))
        }
        (None, _) if !alone => {
            let text = format!("{address} is in none of the planned networks");
            faults.push(Fault::wrong("no network", text));
            None
        }
        (planned, Some(prefix)) => planned.or_else(|| Network::new(address, prefix)),
        (planned, None) => planned,
    };
    if let Some((network, what)) = network.and_then(|net| Some((net, no_host(address, net)?))) {
        let text = format!("{address} is {what} of {network}: no host may have it");
        faults.push(Fault::wrong("no host", text));
    }
    if let (Some(gateway), Some(network)) = (end.gateway, network)
        && !network.contains(gateway)
        && !columns::is_link_local(gateway)
    {
        let text = format!("the gateway {gateway} is outside {network}");
        faults.push(Fault::wrong("gateway outside", text));
    }
}

/// An interface that has two addresses of one family.
fn twice(ends: &[End], verdicts: &mut [Verdict]) {
    let mut seen: HashMap<(String, String, bool), &End> = HashMap::new();
    for (end, verdict) in ends.iter().zip(verdicts) {
        let Some(address) = end.global().filter(|_| !end.interface.is_empty()) else { continue };
        let place = (key(&end.device), key(&end.interface), address.is_ipv4());
        match seen.get(&place).and_then(|first| Some((first.address?, first.line))) {
            Some((first, line)) if first != address => {
                let text = format!(
                    "{} {} has two addresses: line {line} gives it {first}",
                    end.device, end.interface
                );
                verdict.faults.push(
                    Fault::wrong("duplicate interface", text)
                        .because("an interface is in one network, with one address"),
                );
            }
            Some(_) => {}
            None => drop(seen.insert(place, end)),
        }
    }
}

/// Exactly one gateway for each network with hosts: the address that its router has there.
fn gateways(ends: &[End], entries: &mut [Entry]) {
    if ends.is_empty() {
        return;
    }
    let mut reach: HashMap<String, BTreeSet<usize>> = HashMap::new();
    for end in ends {
        reach.entry(key(&end.device)).or_default().extend(end.subnet);
    }
    let mut routers: BTreeMap<usize, BTreeSet<IpAddr>> = BTreeMap::new();
    for end in ends {
        let (Some(at), Some(address)) = (end.subnet, end.address) else { continue };
        let named = columns::gateway(&entries[at].row) == Some(address);
        if named || reach.get(&key(&end.device)).is_some_and(|subnets| subnets.len() > 1) {
            routers.entry(at).or_default().insert(address);
        }
        // What a host has been told is a gateway as well.
        routers.entry(at).or_default().extend(end.gateway);
    }
    // A table may be of hosts only.
    let routed = reach.values().any(|subnets| subnets.len() > 1)
        || ends.iter().any(|end| {
            let named = end.subnet.and_then(|at| columns::gateway(&entries[at].row));
            named.is_some() && named == end.address || site::is_router(&end.device)
        });
    for (at, entry) in entries.iter_mut().enumerate() {
        let planned = columns::gateway(&entry.row);
        let Some(network) = entry.verdict.network.filter(|_| !entry.verdict.link) else { continue };
        let here: Vec<String> =
            routers.get(&at).into_iter().flatten().map(ToString::to_string).collect();
        // A router that is known by its link-local address cannot be told from others by it.
        let told = routers.get(&at).into_iter().flatten().copied().chain(planned);
        if told.into_iter().any(columns::is_link_local) {
            continue;
        }
        let faults = &mut entry.verdict.faults;
        match (planned, here.len()) {
            (Some(gateway), 1..) if !here.contains(&gateway.to_string()) => {
                let text = format!(
                    "the gateway is to be {gateway}, and the router has {} in {network}",
                    here.join(", ")
                );
                faults.push(Fault::wrong("gateways", text));
            }
            // A network in which there are only routers is the way between them.
            (None, 2..) if transit(ends, at, &reach) => {}
            (None, 2..) => {
                let text = format!(
                    "{} gateway addresses: {}; a subnet has one, and no column says which",
                    here.len(),
                    here.join(", ")
                );
                faults.push(Fault::wrong("gateways", text));
            }
            (Some(gateway), 2..) => {
                let text = format!(
                    "a second router is in it ({}): its hosts send to the gateway {gateway}",
                    here.join(", ")
                );
                faults.push(Fault::warn("gateways", text));
            }
            (Some(gateway), 0) if !routed => {
                let text = format!(
                    "no interface of a router is in the table, so nobody has the gateway's address \
                     {gateway} yet"
                );
                faults.push(Fault::note("no gateway", text));
            }
            (Some(gateway), 0) => {
                let text = format!("no interface has the gateway's address {gateway}");
                faults.push(Fault::wrong("no gateway", text));
            }
            (None, 0) => {
                let text =
                    format!("no router has an address in {network}: its hosts get no further");
                faults.push(Fault::wrong("no gateway", text));
            }
            _ => {}
        }
    }
}

/// Links in which nobody is: what a network is called joins no routers, addresses in it do.
fn unused(ends: &[End], entries: &mut [Entry]) {
    let used: BTreeSet<usize> = ends.iter().filter_map(|end| end.subnet).collect();
    let empty = entries
        .iter_mut()
        .enumerate()
        .filter(|(at, entry)| !ends.is_empty() && entry.verdict.link && !used.contains(at));
    for (_, entry) in empty {
        let Some(network) = entry.verdict.network else { continue };
        let text = format!("no interface is in {}, {network}", entry.verdict.name);
        if entry.joins {
            let rule = "a link joins two routers by an address that each of them has in it";
            entry.verdict.faults.push(Fault::wrong("no interface", text).because(rule));
        } else if !need::is_link(&entry.verdict.name) {
            entry.verdict.faults.push(Fault::warn("no interface", text));
        }
    }
}

/// Whether everybody in a network is a router: there are three or more, and each is in another as well.
fn transit(ends: &[End], at: usize, reach: &HashMap<String, BTreeSet<usize>>) -> bool {
    let here = || ends.iter().filter(|end| end.subnet == Some(at));
    let routes = |end: &End| reach.get(&key(&end.device)).is_some_and(|nets| nets.len() > 1);
    here().count() > 2 && here().all(routes)
}
