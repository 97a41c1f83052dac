//! Columns that changed places: everything in them is right, under the wrong header.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::row::{count, first_address};
use super::{Entry, Fault};
use crate::subnet::network::Network;
use crate::subnet::read;
use crate::subnet::sheet::{Column, Row};

/// The kind of fault, for programs and for [`report`].
const KIND: &str = "swapped";

fn fault(one: Column, other: Column) -> Fault {
    let text = format!("the columns {} and {} look swapped", one.name(), other.name());
    Fault::wrong(KIND, text)
}

/// Swaps what can be seen before anything is read: a mask for a network, a number for a name.
pub(super) fn before_reading(row: &mut Row) -> Option<Fault> {
    let is_mask = |cell: &str| {
        let mask = cell.parse::<Ipv4Addr>();
        mask.is_ok_and(|mask| mask.octets()[0] == 255) && read::prefix(cell, true).is_ok()
    };
    let cells = (row.get(Column::Network), row.get(Column::Mask));
    if let (Some(network), Some(mask)) = cells
        && is_mask(network)
        && !is_mask(mask)
        && read::address(mask).is_ok()
    {
        row.swap(Column::Network, Column::Mask);
        return Some(fault(Column::Network, Column::Mask));
    }
    let is_network = |column| {
        let cell = row.get(column).filter(|cell| cell.contains(['/', '.', ':']));
        cell.and_then(first_address).is_some()
    };
    if !is_network(Column::Network) {
        let others = [Column::Hosts, Column::Name, Column::Site, Column::Grown, Column::Usable];
        if let Some(other) = others.into_iter().find(|other| is_network(*other))
            && row.get(Column::Network).is_some()
        {
            row.swap(Column::Network, other);
            return Some(fault(Column::Network, other));
        }
    }
    if let (Some(name), Some(hosts)) = (row.get(Column::Name), row.get(Column::Hosts))
        && count(name).is_ok()
        && hosts.chars().next().is_some_and(char::is_alphabetic)
    {
        row.swap(Column::Name, Column::Hosts);
        return Some(fault(Column::Name, Column::Hosts));
    }
    None
}

/// Swaps what stands for the address of an interface: another cell of the row has it.
pub(super) fn interface(row: &mut Row) -> Option<Fault> {
    let is_address = |column| {
        let cell = row.get(column).filter(|cell| cell.contains(['.', ':']));
        cell.and_then(first_address).is_some()
    };
    if is_address(Column::Address) {
        return None;
    }
    let others = [Column::Device, Column::Interface, Column::ConnectedTo, Column::Name];
    let other = others.into_iter().find(|other| is_address(*other))?;
    row.swap(Column::Address, other);
    Some(fault(Column::Address, other))
}

/// Swaps two addresses when each is what the other column should hold.
pub(super) fn by_value(row: &mut Row, network: Network) -> Option<Fault> {
    let right = |column, address: IpAddr| match column {
        Column::Network => address == network.address(),
        Column::First => address == network.first_host(),
        Column::Last => address == network.last_host(),
        Column::Broadcast => Some(address) == network.broadcast(),
        // Any host will do; where it is not the first that a column may hold it says nothing.
        _ => network.contains(address) && address != network.address(),
    };
    let columns =
        [Column::Network, Column::First, Column::Last, Column::Broadcast, Column::Gateway];
    for (at, one) in columns.iter().enumerate() {
        for other in &columns[at + 1..] {
            let value = |column: Column| row.get(column).and_then(first_address);
            let (Some(a), Some(b)) = (value(*one), value(*other)) else { continue };
            let wrong = !right(*one, a) && right(*one, b) && right(*other, a);
            // A gateway that is wrong by itself is no swap with a column that is right.
            if a != b && wrong && !right(*other, b) {
                row.swap(*one, *other);
                return Some(fault(*one, *other));
            }
        }
    }
    None
}

/// Says once for all rows that two columns look swapped.
pub(super) fn report(entries: &[Entry], whole: &mut Vec<Fault>) {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for entry in entries {
        for fault in entry.verdict.faults.iter().filter(|fault| fault.kind == KIND) {
            found.entry(&fault.text).or_default().push(entry.row.line);
        }
    }
    for (text, lines) in found.into_iter().filter(|(_, lines)| lines.len() > 1) {
        let (first, last) = (lines[0], lines[lines.len() - 1]);
        let text = format!("{text} in {} rows, lines {first} to {last}", lines.len());
        whole.push(Fault::note(KIND, text));
    }
}
