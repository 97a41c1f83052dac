//! Headers in the words that people use for them, and what a column is for when the word has two
//! meanings: then its cells tell.

use super::cells::Table;
use crate::subnet::read;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The name of a network; where there is no such column, of its site.
    Name,
    /// Where a network is, with others perhaps.
    Site,
    /// How many hosts are wanted.
    Hosts,
    /// How many with growth.
    Grown,
    /// How many addresses hosts and gateway take together.
    Full,
    /// How many addresses the block has.
    Size,
    /// How many hosts fit.
    Usable,
    /// The network, with or without its prefix length.
    Network,
    /// The prefix length.
    Prefix,
    /// The mask.
    Mask,
    /// The mask turned over.
    Wildcard,
    /// The first host.
    First,
    /// The last host.
    Last,
    /// First and last.
    Range,
    /// First and last, under a header that says that these are hosts.
    HostRange,
    /// The broadcast address.
    Broadcast,
    /// The gateway.
    Gateway,
    /// A router or another device.
    Device,
    /// Its interface.
    Interface,
    /// The interface's address.
    Address,
    /// What the interface is connected to.
    ConnectedTo,
    /// One end of a link.
    From,
    /// The other end.
    To,
    /// Both, as `A-B`.
    Link,
}

impl Column {
    /// The name to call it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Site => "site",
            Self::Hosts => "hosts",
            Self::Grown => "with growth",
            Self::Full => "with gateway",
            Self::Size => "size",
            Self::Usable => "usable",
            Self::Network => "network",
            Self::Prefix => "prefix",
            Self::Mask => "mask",
            Self::Wildcard => "wildcard",
            Self::First => "first host",
            Self::Last => "last host",
            Self::Range => "range",
            Self::HostRange => "host range",
            Self::Broadcast => "broadcast",
            Self::Gateway => "gateway",
            Self::Device => "device",
            Self::Interface => "interface",
            Self::Address => "address",
            Self::ConnectedTo => "connected to",
            Self::From => "from",
            Self::To => "to",
            Self::Link => "link",
        }
    }
}

/// Words, and the column that one of them makes. The first row that fits decides, so the words that
/// say more stand first: a "first host" is no number of hosts.
const WORDS: [(&[&str], Column); 22] = [
    (&["gateway", "gateways", "gw"], Column::Gateway),
    (&["broadcast", "bcast"], Column::Broadcast),
    (&["wildcard"], Column::Wildcard),
    (&["mask", "netmask"], Column::Mask),
    (&["prefix", "cidr", "slash"], Column::Prefix),
    (&["range"], Column::Range),
    (
        &["connected", "connects", "neighbour", "neighbor", "peer", "remote", "connection"],
        Column::ConnectedTo,
    ),
    (&["first", "start", "lowest"], Column::First),
    (&["last", "end", "highest"], Column::Last),
    (&["growth", "grown"], Column::Grown),
    (&["usable", "available", "capacity", "max", "maximum"], Column::Usable),
    (&["hostname", "device", "node", "router", "equipment", "switch"], Column::Device),
    (&["link", "links"], Column::Link),
    (&["name", "department", "lan", "segment", "zone", "vlan"], Column::Name),
    (&["site", "building", "area", "location", "campus"], Column::Site),
    (
        &[
            "hosts",
            "host",
            "needed",
            "needs",
            "need",
            "required",
            "users",
            "demand",
            "computers",
            "pcs",
            "devices",
            "requirement",
            "requirements",
        ],
        Column::Hosts,
    ),
    (&["size", "block", "total", "addresses"], Column::Size),
    (&["network", "subnet", "net", "subnetwork"], Column::Network),
    (&["interface", "port", "int", "nic", "if"], Column::Interface),
    (&["address", "ip", "ipv4", "ipv6"], Column::Address),
    (&["from"], Column::From),
    (&["to"], Column::To),
];

/// The column that a header names.
fn column(header: &str) -> Option<Column> {
    let header = header.to_lowercase();
    let words: Vec<&str> =
        header.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // A sentence is no header, an address no word.
    if words.len() > 5 || header.contains('.') && words.iter().any(|word| is_number(word)) {
        return None;
    }
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    if has(&["gateway"]) && has(&["with", "hosts", "including", "incl", "plus"]) {
        return Some(Column::Full);
    }
    if has(&["interface"]) && has(&["address", "ip"]) {
        return Some(Column::Address);
    }
    if has(&["range"]) && has(&["usable", "host", "hosts", "valid", "assignable"]) {
        return Some(Column::HostRange);
    }
    WORDS.iter().find(|(names, _)| has(names)).map(|(_, column)| *column)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// How many cells are names of columns.
pub(super) fn known(cells: &[String]) -> usize {
    cells.iter().filter(|cell| column(cell).is_some()).count()
}

/// What each column of a table holds.
pub(super) fn resolve(table: &Table) -> Vec<Option<Column>> {
    let mut columns: Vec<Option<Column>> = table.header.iter().map(|cell| column(cell)).collect();
    let cells = |at: usize| table.rows.iter().filter_map(move |(_, cells)| cells.get(at));
    let addresses = |at: usize| cells(at).any(|cell| is_address(cell));
    // One row may have its cells in the wrong places.
    let mostly = |at: usize| {
        let filled = cells(at).filter(|cell| !cell.is_empty());
        let (all, found) = filled
            .fold((0, 0), |(all, found), cell| (all + 1, found + usize::from(is_address(cell))));
        found * 2 > all
    };
    // Networks under the header of something else: then the columns are swapped, not named oddly.
    let elsewhere = (0..columns.len()).any(|at| {
        let plain = [Column::Name, Column::Hosts, Column::Site, Column::Grown, Column::Usable];
        columns[at].is_some_and(|column| plain.contains(&column))
            && mostly(at)
            && cells(at).any(|cell| cell.contains('/'))
    });
    let is_filled = columns.iter().position(|c| *c == Some(Column::Address)).is_none_or(addresses);
    // "Network: Library" is a name, "Router: 10.0.0.1" is a gateway.
    for (at, column) in columns.iter_mut().enumerate() {
        *column = match *column {
            Some(Column::Network) if !addresses(at) && !table.rows.is_empty() && !elsewhere => {
                Some(Column::Name)
            }
            Some(Column::Device) if mostly(at) && is_filled => Some(Column::Gateway),
            Some(Column::Full) if addresses(at) => Some(Column::Gateway),
            other => other,
        };
    }
    let has = |columns: &[Option<Column>], column| columns.contains(&Some(column));
    let change = |columns: &mut [Option<Column>], from, to| {
        if let Some(column) = columns.iter_mut().find(|column| **column == Some(from)) {
            *column = Some(to);
        }
    };
    let place = |columns: &[Option<Column>], column| {
        columns.iter().position(|other| *other == Some(column))
    };
    let is_ends = [Column::Device, Column::Interface, Column::ConnectedTo]
        .into_iter()
        .any(|column| has(&columns, column));
    if !has(&columns, Column::Network) {
        // "Name, Address" and "Name, CIDR" are plans too.
        let whole = place(&columns, Column::Prefix).is_some_and(addresses);
        if !is_ends && has(&columns, Column::Address) {
            change(&mut columns, Column::Address, Column::Network);
        } else if !has(&columns, Column::Address) && whole {
            change(&mut columns, Column::Prefix, Column::Network);
        }
    }
    if !has(&columns, Column::Network) && !has(&columns, Column::Hosts) && !is_ends {
        // In a table of requirements the size is how many hosts there are.
        change(&mut columns, Column::Size, Column::Hosts);
    }
    // A site that has one network only has its name; of two, the second is the smaller place.
    if !has(&columns, Column::Name)
        && let Some(column) = columns.iter_mut().rev().find(|c| **c == Some(Column::Site))
    {
        *column = Some(Column::Name);
    }
    if !has(&columns, Column::Name)
        && has(&columns, Column::Hosts)
        && !has(&columns, Column::Address)
    {
        change(&mut columns, Column::Device, Column::Name);
    }
    if !has(&columns, Column::Name) {
        if has(&columns, Column::Network) && has(&columns, Column::Link) {
            change(&mut columns, Column::Link, Column::Name);
        } else if !is_ends && has(&columns, Column::Network) {
            // A first column without a name that netlab knows is where the names are.
            if let Some(first) = columns.first_mut().filter(|first| first.is_none()) {
                *first = Some(Column::Name);
            }
        }
    }
    prefer_a_name(&mut columns, &table.header);
    // Where two columns hold the same, the first one counts.
    for at in 0..columns.len() {
        if columns[..at].contains(&columns[at]) {
            columns[at] = None;
        }
    }
    columns
}

/// Of several columns that could be the name, the one that says so is it. The number of a VLAN, a
/// zone, a segment is a name only where there is no other.
fn prefer_a_name(columns: &mut [Option<Column>], header: &[String]) {
    let rank = |at: usize| {
        let header = header[at].to_lowercase();
        let has = |names: &[&str]| {
            header.split(|c: char| !c.is_alphanumeric()).any(|word| names.contains(&word))
        };
        // The name of a site is that of all its networks.
        let other = has(&["site", "building", "area", "location", "campus", "interface", "port"]);
        match (has(&["name"]) && !other, has(&["vlan", "zone", "segment"])) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        }
    };
    let is_name = |column: &Option<Column>| *column == Some(Column::Name);
    let names = (0..columns.len()).filter(|at| is_name(&columns[*at]));
    let Some(best) = names.min_by_key(|at| rank(*at)) else { return };
    for (at, column) in columns.iter_mut().enumerate() {
        if at != best && is_name(column) {
            *column = None;
        }
    }
}

/// Whether a cell begins like an address, right or wrong.
fn is_address(cell: &str) -> bool {
    let word = cell.split(['/', ' ']).next().unwrap_or_default();
    read::address(word).is_ok()
        || word.split('.').count() == 4
            && word.split('.').all(|part| !part.is_empty() && is_number(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_in_many_words() {
        for (header, expected) in [
            ("Subnet Mask", Column::Mask),
            ("Network ID", Column::Network),
            ("No. of hosts", Column::Hosts),
            ("Hosts required", Column::Hosts),
            ("First usable host", Column::First),
            ("Usable IP Range", Column::HostRange),
            ("Default gateway", Column::Gateway),
            ("Subnet name", Column::Name),
            ("With gateway", Column::Full),
            ("Building", Column::Site),
            ("Usable hosts", Column::Usable),
            ("Connected to", Column::ConnectedTo),
            ("Interface address", Column::Address),
            ("CIDR", Column::Prefix),
            ("Broadcast Address", Column::Broadcast),
            ("Needed with growth", Column::Grown),
        ] {
            assert_eq!(column(header), Some(expected), "{header}");
        }
        for none in ["", "Remarks", "Why", "10.0.0.1", "the plan for all hosts of our campus"] {
            assert_eq!(column(none), None, "{none}");
        }
    }
}
