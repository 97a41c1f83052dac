//! Who is connected with whom: a graph from the table of interfaces, or from links by name.
//!
//! ```text
//!   interfaces    R-Lab G0/1 10.0.9.1/30 ─┐ one network,
//!                 R-Hall G0/1 10.0.9.2/30 ┘ two devices: a link R-Lab to R-Hall
//!   names         a row Lab-Hall, a link from Lab to Hall, a site connected to Hall
//! ```
//!
//! Networks with hosts, routers, switches and hosts are nodes of their own. A link between two routers
//! is a line; a network that nobody gave a router, and that has a link, gets one called after it.

mod build;

use std::collections::BTreeSet;

use super::check::Verdict;
use super::need;
use super::sheet::{Column, Row, Sheet};

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A network with hosts.
    #[default]
    Lan,
    /// A router.
    Router,
    /// A switch.
    Switch,
    /// A host.
    Host,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lan => "network",
            Self::Router => "router",
            Self::Switch => "switch",
            Self::Host => "host",
        }
    }
}

/// A network or a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// What to call it.
    pub title: String,
    /// What there is to say: network, hosts.
    pub lines: Vec<String>,
    /// What it is.
    pub kind: Kind,
}

/// A line between two nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// One end.
    pub from: usize,
    /// The other end.
    pub to: usize,
    /// Its network, or its name; nothing where a device is in a network with hosts.
    pub label: String,
    /// Interface and address at both ends, where they are known.
    pub ends: [String; 2],
}

/// The graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Networks and devices.
    pub nodes: Vec<Node>,
    /// Lines.
    pub edges: Vec<Edge>,
}

impl Topology {
    /// The graph of a plan whose rows have been read.
    #[must_use]
    pub fn new(sheet: &Sheet, rows: &[Verdict]) -> Self {
        build::build(sheet, rows)
    }

    /// Whether anybody has said what is connected: a router joins two.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        let router = |at: usize| self.nodes[at].kind == Kind::Router;
        let mut edges = vec![0; self.nodes.len()];
        self.edges.iter().any(|edge| {
            edges[edge.from] += 1;
            edges[edge.to] += 1;
            let two = |at: usize| router(at) && edges[at] > 1;
            router(edge.from) && router(edge.to) || two(edge.from) || two(edge.to)
        })
    }

    /// Networks that are not connected with the largest part of the graph, and one of that part. Where
    /// nothing is connected, nobody has said what is.
    #[must_use]
    pub fn unreachable(&self) -> Vec<(String, String)> {
        let apart = self.apart();
        let main = self.nodes.iter().zip(&apart);
        let name = main.clone().find(|(node, apart)| !**apart && node.kind == Kind::Lan);
        let name = name.or_else(|| main.clone().find(|(_, apart)| !**apart));
        let name = name.map_or_else(String::new, |(node, _)| node.title.clone());
        main.filter(|(node, apart)| **apart && node.kind == Kind::Lan)
            .map(|(node, _)| (node.title.clone(), name.clone()))
            .collect()
    }

    /// Of each node, whether it is not connected with the largest part.
    #[must_use]
    pub fn apart(&self) -> Vec<bool> {
        let mut apart = vec![false; self.nodes.len()];
        if !self.is_linked() {
            return apart;
        }
        let parts = self.parts();
        let lans =
            |part: &[usize]| part.iter().filter(|at| self.nodes[**at].kind == Kind::Lan).count();
        // Of equals the first counts.
        let main = (0..parts.len()).rev().max_by_key(|at| (lans(&parts[*at]), parts[*at].len()));
        for (at, part) in parts.iter().enumerate() {
            for node in part {
                apart[*node] = Some(at) != main;
            }
        }
        apart
    }

    /// The parts of the graph, each as its nodes.
    #[must_use]
    pub fn parts(&self) -> Vec<Vec<usize>> {
        let neighbours = self.neighbours();
        let mut seen = vec![false; self.nodes.len()];
        let mut parts = Vec::new();
        for start in 0..self.nodes.len() {
            let (mut part, mut next) = (Vec::new(), vec![start]);
            while let Some(at) = next.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    part.push(at);
                    next.extend(&neighbours[at]);
                }
            }
            if !part.is_empty() {
                parts.push(part);
            }
        }
        parts
    }

    /// Whom each node is connected with.
    #[must_use]
    pub fn neighbours(&self) -> Vec<BTreeSet<usize>> {
        let mut neighbours = vec![BTreeSet::new(); self.nodes.len()];
        for edge in &self.edges {
            neighbours[edge.from].insert(edge.to);
            neighbours[edge.to].insert(edge.from);
        }
        neighbours
    }
}

/// The two ends that a row of a table of links names.
#[must_use]
pub fn pair(row: &Row) -> Option<(String, String)> {
    pair_of(row, |_| false)
}

/// The same, where names are known: one of them may have a dash of its own.
pub fn pair_of(row: &Row, known: impl Fn(&str) -> bool) -> Option<(String, String)> {
    use Column::{ConnectedTo, Device, From, Link, Name, To};
    let from = [From, Name, Device].into_iter().find_map(|column| row.get(column));
    let to = [To, ConnectedTo].into_iter().find_map(|column| row.get(column));
    match (from, to, row.get(Link)) {
        (Some(from), Some(to), _) => Some((from.to_owned(), to.to_owned())),
        (_, _, Some(link)) => {
            let (one, two) = need::cut(link, known)?;
            Some((one.to_owned(), two.to_owned()))
        }
        _ => None,
    }
}
