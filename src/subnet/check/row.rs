//! A row by itself: what it says, and whether it says one thing.

use super::{Entry, Fault, Verdict, columns, swapped};
use crate::subnet::need;
use crate::subnet::network::Network;
use crate::subnet::read::{self, Misread};
use crate::subnet::sheet::{Column, Row};

const BOUNDARY: &str =
    "a network begins where its host bits are all 0: at a multiple of its own size";

/// Reads a row of a plan.
pub(super) fn read(row: &Row) -> Entry {
    let mut row = row.clone();
    let mut faults = Vec::new();
    if let Some(fault) = swapped::before_reading(&mut row) {
        faults.push(fault);
    }
    let written = network(&row, &mut faults);
    if let Some((_, network)) = written
        && let Some(fault) = swapped::by_value(&mut row, network)
    {
        faults.push(fault);
    }
    // Swapping may have put another address there.
    let written = written.map(|(address, network)| {
        let cell = row.get(Column::Network).and_then(first_address);
        (cell.unwrap_or(address), network)
    });
    let mut entry = entry(&row, faults);
    if let Some((address, network)) = written {
        entry.verdict.network = Some(network);
        if network.address() != address {
            entry.verdict.faults.push(misaligned(address, network));
        }
        columns::compare(&row, network, &mut entry.verdict.faults);
    }
    entry.row = row;
    entry
}

/// Reads a row of requirements.
pub(super) fn read_want(row: &Row) -> Entry {
    let mut row = row.clone();
    let fault = swapped::before_reading(&mut row);
    entry(&row, fault.into_iter().collect())
}

/// Name and hosts.
fn entry(row: &Row, mut faults: Vec<Fault>) -> Entry {
    let mut number = |column: Column| {
        let cell = row.get(column)?;
        match count(cell) {
            Ok(hosts) => Some(hosts),
            Err(misread) => {
                faults.push(unread(column, &misread));
                None
            }
        }
    };
    let hosts = number(Column::Hosts);
    let needed = number(Column::Grown).max(hosts);
    let full = number(Column::Full);
    // Where only both are told, the gateway is one of them.
    let only = full.map(|full| full.saturating_sub(1));
    if row.surplus > 0 {
        let text = format!("it has more cells than the header: {} too many", row.surplus);
        faults.push(Fault::warn("surplus", text));
    }
    let name = row.get(Column::Name).or(row.get(Column::Network));
    let name = name.map_or_else(|| format!("line {}", row.line), str::to_owned);
    let verdict = Verdict {
        line: Some(row.line),
        name,
        network: None,
        address: None,
        hosts: hosts.or(needed).or(only),
        faults,
        fix: None,
        link: false,
    };
    let needed = needed.or(only);
    Entry { verdict, row: row.clone(), needed, full, beside: 0, joins: false, moves: false }
}

/// A cell without the remark that is in brackets behind it: `/27 (255.255.255.224)`.
pub(super) fn without_remark(cell: &str) -> &str {
    match cell.split_once('(') {
        Some((before, _)) if !before.trim().is_empty() => before.trim(),
        _ => cell.trim_matches(['(', ')', ' ']),
    }
}

/// Digits, with the signs that people put between thousands.
pub(super) fn count(cell: &str) -> Result<u64, Misread> {
    let cell = without_remark(cell);
    let digits = cell.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    need::hosts(if digits.is_empty() { cell } else { digits })
}

/// A cell that could not be read.
pub(super) fn unread(column: Column, misread: &Misread) -> Fault {
    let text =
        format!("{} {:?}: {}; {}", column.name(), misread.value, misread.cause, misread.rule);
    Fault::wrong("unreadable", text)
}

/// The first address of a cell.
pub(super) fn first_address(cell: &str) -> Option<std::net::IpAddr> {
    read::address(cell.split(['/', ' ', ',']).next()?).ok()
}

/// The address as written, and the network it is in.
fn network(row: &Row, faults: &mut Vec<Fault>) -> Option<(std::net::IpAddr, Network)> {
    let Some(cell) = row.get(Column::Network) else {
        faults.push(Fault::wrong("no network", "the row names no network".to_owned()));
        return None;
    };
    let cell = without_remark(cell);
    let (left, right) = match cell.split_once(['/', ' ']) {
        Some((left, right)) => (left, Some(right.trim_matches([' ', '/']))),
        None => (cell, None),
    };
    let address = match read::address(left) {
        Ok(address) => address,
        Err(misread) => {
            faults.push(unread(Column::Network, &misread));
            return None;
        }
    };
    let mut lengths = Vec::new();
    for (column, cell) in [
        (Column::Network, right),
        (Column::Prefix, row.get(Column::Prefix)),
        (Column::Mask, row.get(Column::Mask)),
    ] {
        // A prefix column may repeat the whole network.
        let cell = cell.map(without_remark);
        let cell = cell.map(|cell| match cell.split_once('/') {
            // `255.255.255.192/26` says it twice; the mask is looked at here, the length is not dropped.
            Some((mask, _)) if mask.starts_with("255.") => mask.trim(),
            Some((_, length)) => length.trim(),
            None => cell,
        });
        match cell.map(|cell| read::prefix(cell, address.is_ipv4())) {
            Some(Ok(length)) => lengths.push((column, length)),
            Some(Err(misread)) => faults.push(unread(column, &misread)),
            None => {}
        }
    }
    let Some((first, length)) = lengths.first().copied() else {
        let text = "neither a prefix length nor a mask says how large it is".to_owned();
        faults.push(Fault::wrong("no prefix", text));
        return None;
    };
    for (column, other) in lengths.iter().skip(1).filter(|(_, other)| *other != length) {
        let text =
            format!("the {} says /{length}, the {} says /{other}", first.name(), column.name());
        faults.push(Fault::wrong("mask", text));
    }
    Some((address, Network::new(address, length)?))
}

/// Where a network of this size may begin.
fn misaligned(address: std::net::IpAddr, network: Network) -> Fault {
    let prefix = network.prefix();
    let text = format!(
        "you wrote {address}/{prefix}: {}. {address} is inside {network}",
        boundary(network)
    );
    Fault::wrong("misaligned", text).because(BOUNDARY)
}

/// Where a network of this size may begin, in words: `a /23 begins at an even third octet`.
#[must_use]
pub(super) fn boundary(network: Network) -> String {
    let prefix = network.prefix();
    if !network.is_v4() {
        return format!("the bits {} to 128 of a /{prefix} are 0", prefix + 1);
    }
    if prefix == 0 {
        return "the only /0 is 0.0.0.0/0".to_owned();
    }
    let octets = ["first", "second", "third", "fourth"];
    let octet = octets[usize::from((prefix - 1) / 8)];
    match 1_u16 << ((8 - prefix % 8) % 8) {
        1 if prefix == 8 => "a /8 has 0 in every octet but the first".to_owned(),
        1 => format!("a /{prefix} has 0 in every octet behind the {octet}"),
        2 if prefix == 31 => "a /31 begins at an even fourth octet".to_owned(),
        2 => format!("a /{prefix} begins at an even {octet} octet"),
        step => format!(
            "a /{prefix} begins at multiples of {step} in the {octet} octet (0, {step}, {} ...)",
            2 * step
        ),
    }
}

/// Is it large enough, and not far too large?
pub(super) fn size(entry: &mut Entry) {
    let (Some(network), Some(hosts)) = (entry.verdict.network, entry.verdict.hosts) else { return };
    let prefix = network.prefix();
    let needed = entry.needed.unwrap_or(hosts);
    let (usable, faults) = (network.usable(), &mut entry.verdict.faults);
    if !network.is_v4() {
        if usable < u128::from(hosts) {
            let text = format!("/{prefix} has {usable} addresses for hosts, {hosts} are needed");
            faults.push(Fault::wrong("too small", text).because("networks for hosts are a /64"));
            entry.moves = true;
        } else if prefix > 64 && !entry.verdict.link {
            let text =
                format!("a /{prefix} is smaller than /64: hosts cannot make their own addresses");
            faults.push(Fault::warn("small", text));
        }
        return;
    }
    // Addresses: the hosts and the gateway.
    let least = hosts.saturating_add(entry.beside);
    let wanted = needed.saturating_add(entry.beside).max(entry.full.unwrap_or(0));
    let whom = |hosts: u64| match entry.beside {
        0 => format!("{hosts}"),
        _ => format!("{hosts} {} and a gateway", if hosts == 1 { "host" } else { "hosts" }),
    };
    let bits = need::host_bits(wanted).min(32);
    let fitting = Network::new(network.address(), 32 - bits).unwrap_or(network);
    if usable < u128::from(least) {
        let bits = need::host_bits(least);
        let fits = match Network::new(network.address(), 32_u8.saturating_sub(bits)) {
            Some(fits) if bits <= 32 => format!("a /{} has {}", fits.prefix(), fits.usable()),
            _ => "nothing in IPv4 is so large".to_owned(),
        };
        let needed = if entry.beside == 0 {
            format!("{hosts} are needed")
        } else {
            format!("{} need {least}", whom(hosts))
        };
        let text = format!("/{prefix} has {usable} usable addresses, {needed}: {fits}");
        faults.push(Fault::wrong("too small", text).because("2^n - 2 hosts fit into n host bits"));
        entry.moves = true;
    } else if usable < u128::from(wanted) {
        let text = format!(
            "/{prefix} holds {}, but not {needed}, as they will be with growth: /{} would",
            whom(hosts),
            fitting.prefix()
        );
        faults.push(Fault::warn("growth", text));
    } else if prefix < fitting.prefix() {
        let text = format!(
            "/{prefix} works ({usable} usable); {} {} enough with /{} ({})",
            if entry.beside == 0 { format!("{needed}") } else { whom(needed) },
            if entry.beside == 0 && needed == 1 { "has" } else { "have" },
            fitting.prefix(),
            fitting.usable()
        );
        faults.push(Fault::warn("generous", text));
    } else if network.host_bits() == 1 && !entry.verdict.link {
        let text =
            "a /31 is for a link between two routers (RFC 3021); hosts need a /30".to_owned();
        faults.push(Fault::warn("link prefix", text));
    } else if usable == u128::from(least) && !entry.verdict.link {
        let text = format!("exactly full: {} take every address", whom(hosts));
        faults.push(Fault::note("full", text));
    }
}

/// The prefix length that an entry needs, wherever it goes.
pub(super) fn wanted(entry: &Entry, v4: bool) -> Option<u8> {
    let own = entry.verdict.network.filter(|net| net.is_v4() == v4).map(Network::prefix);
    if !v4 {
        // One that is too small is no example of how large it should be.
        let hosts = entry.verdict.hosts.map_or(0, u128::from);
        let large = entry.verdict.network.is_some_and(|network| network.usable() >= hosts);
        return own.filter(|_| large).or(Some(64));
    }
    let fitting = entry.needed.map(|hosts| {
        let addresses = hosts.saturating_add(entry.beside).max(entry.full.unwrap_or(0));
        32_u8.saturating_sub(need::host_bits(addresses))
    });
    match (own, fitting) {
        // A link may be a /31.
        (Some(own), _) if entry.verdict.link && own >= 30 => Some(own.min(31)),
        (_, Some(fitting)) => Some(fitting),
        (own, None) => own,
    }
}

/// Whether an address may be a host's in a network; else what it is there.
pub(super) fn no_host(address: std::net::IpAddr, network: Network) -> Option<&'static str> {
    if address == network.address() && !network.begins_with_a_host() {
        return Some(if network.is_v4() {
            "the network address itself"
        } else {
            "the subnet-router anycast address"
        });
    }
    (Some(address) == network.broadcast()).then_some("the broadcast address")
}
