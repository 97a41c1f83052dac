//! The graph, made from the tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Edge, Kind, Node, Topology, pair_of};
use crate::subnet::check::{End, Places, Verdict, device, is_switch, key, read_end};
use crate::subnet::need;
use crate::subnet::sheet::{Column, Row, Sheet};
use crate::subnet::site;

/// The graph of a plan whose rows have been read.
pub(super) fn build(sheet: &Sheet, rows: &[Verdict]) -> Topology {
    let mut building = Building::default();
    building.networks(sheet, rows);
    let places = Places::new(rows.iter().enumerate().map(|(at, row)| (at, row.network)));
    let ends: Vec<End> =
        sheet.ends.iter().map(|row| read_end(row, &places, &mut Vec::new())).collect();
    let serving = building.interfaces(&ends, rows);
    building.routers(sheet, rows);
    building.by_name(sheet, rows, &serving);
    building.found
}

/// A graph that is being built.
#[derive(Default)]
struct Building {
    /// Devices, by what they are called.
    devices: HashMap<String, usize>,
    /// Networks with hosts, by their names.
    lans: HashMap<String, usize>,
    /// The same, by their places among the rows.
    rows: HashMap<usize, usize>,
    /// The router of each network with hosts.
    served: HashMap<usize, usize>,
    joined: BTreeSet<(usize, usize)>,
    found: Topology,
}

impl Building {
    fn add(&mut self, title: &str, lines: Vec<String>, kind: Kind) -> usize {
        self.found.nodes.push(Node { title: title.to_owned(), lines, kind });
        self.found.nodes.len() - 1
    }

    fn device(&mut self, name: &str, kind: Kind) -> usize {
        if let Some(at) = self.devices.get(&key(name)) {
            return *at;
        }
        let at = self.add(name, Vec::new(), kind);
        self.devices.insert(key(name), at);
        at
    }

    fn edge(&mut self, from: usize, to: usize, label: &str, ends: [String; 2]) {
        if from != to {
            self.joined.insert((from.min(to), from.max(to)));
            self.found.edges.push(Edge { from, to, label: label.to_owned(), ends });
        }
    }

    fn joined(&self, one: usize, other: usize) -> bool {
        self.joined.contains(&(one.min(other), one.max(other)))
    }

    /// A device in a network with hosts, once.
    fn inside(&mut self, device: usize, lan: usize, end: String) {
        if self.found.nodes[device].kind == Kind::Router {
            self.served.entry(lan).or_insert(device);
        }
        if !self.joined(device, lan) {
            self.edge(device, lan, "", [end, String::new()]);
        }
    }

    /// Networks with hosts.
    fn networks(&mut self, sheet: &Sheet, rows: &[Verdict]) {
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.link) {
            let network = row.network.map(|network| network.to_string());
            let hosts = row.hosts.map(hosts);
            let node = self.add(&row.name, network.into_iter().chain(hosts).collect(), Kind::Lan);
            self.rows.insert(at, node);
            self.lans.entry(key(&row.name)).or_insert(node);
        }
        for want in sheet.wants.iter().filter(|_| rows.is_empty()) {
            let name = want.get(Column::Name).unwrap_or_default();
            let hosts = want.get(Column::Hosts).map(|hosts| format!("{hosts} hosts"));
            let node = self.add(name, hosts.into_iter().collect(), Kind::Lan);
            self.lans.entry(key(name)).or_insert(node);
        }
    }

    /// Devices and their places. The answer is which networks had any.
    fn interfaces(&mut self, ends: &[End], rows: &[Verdict]) -> BTreeSet<usize> {
        let mut uses: HashMap<String, BTreeSet<Option<usize>>> = HashMap::new();
        for end in ends {
            uses.entry(key(&end.device)).or_default().insert(end.subnet);
        }
        for end in ends {
            let several = uses.get(&key(&end.device)).is_some_and(|subnets| subnets.len() > 1);
            let link = end.subnet.is_some_and(|at| rows[at].link);
            self.device(&end.device, kind(&end.device, several || link));
        }
        let mut serving: BTreeMap<usize, Vec<&End>> = BTreeMap::new();
        for end in ends {
            if let Some(at) = end.subnet {
                serving.entry(at).or_default().push(end);
            }
        }
        for (at, here) in &serving {
            match self.rows.get(at).copied() {
                Some(lan) => here.iter().for_each(|end| self.in_lan(end, lan)),
                None => self.link(&rows[*at], here),
            }
        }
        self.by_device(ends);
        serving.into_keys().collect()
    }

    /// A device in a network with hosts: behind the switch that it names, if it names one.
    fn in_lan(&mut self, end: &End, lan: usize) {
        let from = self.device(&end.device, Kind::Host);
        let known = |to: &&String| {
            !self.lans.contains_key(&key(to))
                && self.found.nodes[from].kind != Kind::Switch
                && !site::is_router(to)
        };
        let Some(to) = end.to.as_ref().filter(known) else {
            return self.inside(from, lan, interface(end));
        };
        let there = device(to, &self.devices).copied();
        let switch = there.unwrap_or_else(|| self.device(to, Kind::Switch));
        if self.found.nodes[switch].kind != Kind::Switch || switch == from {
            return self.inside(from, lan, interface(end));
        }
        self.inside(switch, lan, String::new());
        if self.found.nodes[from].kind == Kind::Router {
            self.served.entry(lan).or_insert(from);
        }
        if !self.joined(from, switch) {
            self.edge(from, switch, "", [interface(end), String::new()]);
        }
    }

    /// The line that a link makes between the devices in it.
    fn link(&mut self, row: &Verdict, here: &[&End]) {
        let label = row.network.map_or_else(|| row.name.clone(), |network| network.to_string());
        let nodes: Vec<(usize, String)> = here
            .iter()
            .map(|end| (self.device(&end.device, Kind::Router), interface(end)))
            .collect();
        if let [(one, first), (two, second)] = &nodes[..] {
            self.edge(*one, *two, &label, [first.clone(), second.clone()]);
        } else if nodes.len() > 2 {
            let network = row.network.map(|network| network.to_string());
            let hub = self.add(&row.name, network.into_iter().collect(), Kind::Lan);
            for (node, text) in nodes {
                self.edge(node, hub, "", [text, String::new()]);
            }
        }
    }

    /// Devices that say to be connected, where their addresses do not show it.
    fn by_device(&mut self, ends: &[End]) {
        for end in ends {
            let Some(to) = &end.to else { continue };
            if end.subnet.is_some_and(|at| self.rows.contains_key(&at)) {
                continue;
            }
            let from = self.device(&end.device, Kind::Host);
            let other = device(to, &self.devices).copied();
            if let Some(other) = other.filter(|other| !self.joined(from, *other)) {
                self.edge(from, other, "", [interface(end), String::new()]);
            }
        }
    }

    /// Routers that a column names beside a network.
    fn routers(&mut self, sheet: &Sheet, rows: &[Verdict]) {
        let planned = sheet.subnets.iter().enumerate();
        let planned = planned.filter_map(|(at, row)| Some((*self.rows.get(&at)?, row)));
        let wanted = sheet.wants.iter().filter(|_| rows.is_empty());
        let wanted =
            wanted.filter_map(|row| Some((*self.lans.get(&key(row.get(Column::Name)?))?, row)));
        let named: Vec<(usize, String)> =
            planned.chain(wanted).filter_map(|(lan, row)| Some((lan, router(row)?))).collect();
        for (lan, router) in named {
            let router = self.device(&router, Kind::Router);
            if !self.served.contains_key(&lan) {
                self.inside(router, lan, String::new());
            }
        }
    }

    /// The router that a link by name means: of a device, a site, a network; else a new one.
    fn end(&mut self, name: &str) -> usize {
        let found = [key(name), key(&site::router(name)), key(&format!("r-{}", site::of(name)))];
        if let Some(at) = found.iter().find_map(|name| self.devices.get(name)) {
            return *at;
        }
        let Some(lan) =
            [key(name), site::of(name)].iter().find_map(|name| self.lans.get(name).copied())
        else {
            return self.device(&site::router(name), Kind::Router);
        };
        if let Some(router) = self.served.get(&lan) {
            return *router;
        }
        let title = site::router(&self.found.nodes[lan].title);
        let router = self.device(&title, Kind::Router);
        self.inside(router, lan, String::new());
        router
    }

    fn knows(&self, name: &str) -> bool {
        let names = [key(name), site::of(name), key(&site::router(name))];
        names.iter().any(|name| self.devices.contains_key(name) || self.lans.contains_key(name))
    }

    /// Links by name: rows `A-B`, tables of links, and what sites say to be connected to.
    fn by_name(&mut self, sheet: &Sheet, rows: &[Verdict], serving: &BTreeSet<usize>) {
        let mut links = Vec::new();
        // Where the interfaces are told, a link without any is a name only.
        let unserved = rows
            .iter()
            .enumerate()
            .filter(|(at, row)| sheet.ends.is_empty() && row.link && !serving.contains(at));
        for (_, row) in unserved {
            let text = row.name.rsplit_once(" (").map_or(row.name.as_str(), |(text, _)| text);
            let known = |name: &str| self.knows(name);
            if let Some((one, two)) =
                need::cut(text, known).filter(|(one, two)| known(one) || known(two))
            {
                let label = row.network.map_or_else(|| row.name.clone(), |net| net.to_string());
                links.push((one.to_owned(), two.to_owned(), label));
            }
        }
        for row in &sheet.links {
            let pair = pair_of(row, |name| self.knows(name));
            links.extend(pair.map(|(one, two)| (one, two, String::new())));
        }
        for row in sheet.wants.iter().chain(&sheet.subnets) {
            let name = row.get(Column::Name).unwrap_or_default();
            let others = row.get(Column::ConnectedTo).or(row.get(Column::Link)).unwrap_or_default();
            for other in others.split([',', ';']).filter(|other| !other.trim().is_empty()) {
                links.push((name.to_owned(), other.trim().to_owned(), String::new()));
            }
        }
        for (one, two, label) in links {
            let (from, to) = (self.end(&one), self.end(&two));
            // The same link may be told by both of its ends.
            if !label.is_empty() || !self.joined(from, to) {
                self.edge(from, to, &label, [String::new(), String::new()]);
            }
        }
    }
}

/// The router that a row names.
fn router(row: &Row) -> Option<String> {
    let device = row.get(Column::Device).map(str::to_owned);
    device.or_else(|| row.get(Column::Site).map(site::router))
}

/// What a device is: by its name, else by the networks that it joins.
fn kind(name: &str, joins: bool) -> Kind {
    let name = key(name);
    if is_switch(&name) {
        Kind::Switch
    } else if joins || site::is_router(&name) {
        Kind::Router
    } else {
        Kind::Host
    }
}

/// An interface and its address, at the end of a line.
fn interface(end: &End) -> String {
    let address = end.address.map_or_else(String::new, |ip| ip.to_string());
    [end.interface.as_str(), &address].join(" ").trim().to_owned()
}

fn hosts(count: u64) -> String {
    format!("{count} {}", if count == 1 { "host" } else { "hosts" })
}
