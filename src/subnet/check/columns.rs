//! The columns that follow from the network: mask, first, last, broadcast, how many; and the gateway.

use std::net::IpAddr;

use super::Fault;
use super::row::{first_address, no_host, unread, without_remark};
use crate::subnet::network::{self, Network};
use crate::subnet::read;
use crate::subnet::sheet::{Column, Row};

const GATEWAY: &str = "a gateway is a host of the network that it serves: not the first address of \
    all, not the last, and not outside";

/// Compares every column with the network of the row.
pub(super) fn compare(row: &Row, network: Network, faults: &mut Vec<Fault>) {
    let gateways = gateways(row, network, faults);
    let expected = [
        (Column::First, Some(network.first_host())),
        (Column::Last, Some(network.last_host())),
        (Column::Broadcast, network.broadcast()),
        (Column::Wildcard, Some(network.wildcard())),
    ];
    for (column, right) in expected {
        let Some(cell) = row.get(column) else { continue };
        match read::address(cell.split('/').next().unwrap_or(cell)) {
            Ok(address) => faults.extend(differs(column, address, right, network, &gateways)),
            Err(misread) => faults.push(unread(column, &misread)),
        }
    }
    for column in [Column::Range, Column::HostRange] {
        range(row, column, network, &gateways, faults);
    }
    counts(row, network, !gateways.is_empty(), faults);
}

/// An address that is not the one that follows from the network.
fn differs(
    column: Column,
    address: IpAddr,
    right: Option<IpAddr>,
    network: Network,
    gateways: &[IpAddr],
) -> Option<Fault> {
    let name = column.name();
    let Some(right) = right else {
        let text = format!("{network} has no broadcast address, and {address} is given as one");
        return Some(Fault::wrong("broadcast", text));
    };
    if address == right {
        return None;
    }
    // Some write the addresses that are left for hosts when the gateway has its own.
    let beside = |next: bool| {
        let number = network::number(right);
        let beside = if next { number.checked_add(1) } else { number.checked_sub(1) };
        beside.is_some_and(|beside| network::number(address) == beside) && gateways.contains(&right)
    };
    if column == Column::First && beside(true) || column == Column::Last && beside(false) {
        return None;
    }
    let kind = match column {
        Column::First => "first host",
        Column::Last => "last host",
        Column::Broadcast => "broadcast",
        _ => "wildcard",
    };
    let what = no_host(address, network)
        .map_or_else(String::new, |what| format!(" ({address} is {what})"));
    Some(Fault::wrong(kind, format!("the {name} of {network} is {right}, not {address}{what}")))
}

/// First and last in one cell: `10.0.0.1 - 10.0.0.62`, or `10.0.0.1 - 62`.
fn range(row: &Row, of: Column, network: Network, gateways: &[IpAddr], faults: &mut Vec<Fault>) {
    let Some(cell) = row.get(of) else { return };
    let cell = without_remark(cell).replace("...", " ").replace("..", " ");
    let words: Vec<&str> = cell
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | '~' | ',' | '…' | '→'))
        .filter(|word| !word.is_empty() && *word != "to" && *word != ">")
        .collect();
    let [first, last] = words[..] else {
        // The network once more: nothing that can be wrong by itself.
        if words.first().and_then(|word| first_address(word)) != Some(network.address()) {
            faults.push(ignored(of, &cell, "two addresses with a dash between them"));
        }
        return;
    };
    let right = [(Column::First, network.first_host()), (Column::Last, network.last_host())];
    // The network and broadcast addresses may be meant as the whole range, but not as hosts.
    let whole = of == Column::Range
        && first_address(first) == Some(network.address())
        && first_address(last) == Some(network.end());
    for ((column, right), word) in right.into_iter().zip([first, last]).filter(|_| !whole) {
        match read::address(word) {
            Ok(address) => faults.extend(differs(column, address, Some(right), network, gateways)),
            Err(_)
                if right.to_string().ends_with(&format!(".{}", word.trim_start_matches('.'))) => {}
            Err(misread) => faults.push(unread(of, &misread)),
        }
    }
}

/// How many hosts and addresses.
fn counts(row: &Row, network: Network, has_gateway: bool, faults: &mut Vec<Fault>) {
    let mut unreadable = Vec::new();
    let mut number = |column| {
        let digits: String =
            row.get(column)?.chars().filter(|c| !matches!(c, ',' | '\'' | ' ')).collect();
        let digits = without_remark(&digits).trim_start_matches('/');
        let digits = digits.trim_end_matches(char::is_alphabetic);
        let number = digits.parse::<u128>().ok();
        if number.is_none() {
            unreadable.push(ignored(column, row.get(column)?, "a whole number"));
        }
        number
    };
    let usable = network.usable();
    let (said, size) = (number(Column::Usable), number(Column::Size));
    faults.append(&mut unreadable);
    if let Some(count) = said.filter(|count| *count != usable) {
        if has_gateway && count + 1 == usable {
            let text = format!("{count} usable: {usable} without the gateway");
            faults.push(Fault::note("usable", text));
        } else {
            let text = format!("{network} has {usable} usable addresses, not {count}");
            faults.push(
                Fault::wrong("usable", text).because("2^n - 2: all but the first and the last"),
            );
        }
    }
    if let Some(count) = size
        && Some(count) != network.size()
        && count != usable
        && count != u128::from(network.prefix())
    {
        let size = network.size().map_or_else(|| "2^128".to_owned(), |size| size.to_string());
        faults.push(Fault::wrong("size", format!("{network} has {size} addresses, not {count}")));
    }
}

/// The gateways of a row, each judged.
fn gateways(row: &Row, network: Network, faults: &mut Vec<Fault>) -> Vec<IpAddr> {
    let cell = row.get(Column::Gateway).unwrap_or_default();
    let words = cell
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '='))
        // `R1:10.0.0.1` names the router before its address.
        .map(|word| match word.rsplit_once(':') {
            Some((name, rest)) if !name.contains(':') && rest.contains('.') => rest,
            _ => word,
        })
        .filter(|word| !word.is_empty());
    let mut found = Vec::new();
    for word in words {
        match read::address(word.split('/').next().unwrap_or(word)) {
            Ok(address) => found.push(address),
            // Words beside the address are remarks; a cell of words only is no address.
            Err(misread)
                if word.contains(['.', ':'])
                    && word.starts_with(|c: char| c.is_ascii_hexdigit()) =>
            {
                faults.push(unread(Column::Gateway, &misread));
            }
            Err(_) => {}
        }
    }
    if found.is_empty() && cell.contains(|c: char| c.is_ascii_digit()) && faults.is_empty() {
        faults.push(ignored(Column::Gateway, cell, "an address"));
    }
    for gateway in found.iter().filter(|gateway| network.is_v4() || !is_link_local(**gateway)) {
        if !network.contains(*gateway) {
            let text = format!("the gateway {gateway} is outside {network}");
            faults.push(Fault::wrong("gateway outside", text).because(GATEWAY));
        } else if let Some(what) = no_host(*gateway, network) {
            let text = format!("the gateway {gateway} is {what} of {network}");
            faults.push(Fault::wrong("gateway", text).because(GATEWAY));
        }
    }
    // A link has an address at each end.
    if found.iter().filter(|gateway| !is_link_local(**gateway)).count() > 1 && network.usable() > 2
    {
        let list: Vec<String> = found.iter().map(ToString::to_string).collect();
        let text = format!("{} gateways: {}; a subnet has one", found.len(), list.join(", "));
        faults.push(Fault::wrong("gateways", text));
    }
    found
}

/// An address of `fe80::/10`. A router has one on every link, and tells hosts to send there (RFC 4861,
/// section 4.2): it is in no planned network, and that is right.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// A cell that says nothing that could be compared.
fn ignored(column: Column, cell: &str, wanted: &str) -> Fault {
    let text = format!("{} {cell:?} was not checked: it should be {wanted}", column.name());
    Fault::warn("not checked", text)
}

/// The gateway that a row names.
pub(super) fn gateway(row: &Row) -> Option<IpAddr> {
    let cell = row.get(Column::Gateway)?;
    let mut words = cell.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'));
    words.find_map(first_address)
}
