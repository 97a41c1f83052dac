//! What interfaces say to be connected to: both ends of a link in one network, and everybody in the
//! network that he says to be in.

use std::collections::HashMap;
use std::net::IpAddr;

use super::ends::End;
use super::{Entry, Fault, Verdict, key};
use crate::subnet::near;
use crate::subnet::network::Network;

/// Checks what every interface says to be connected to.
pub(super) fn both_ends(ends: &[End], entries: &[Entry], verdicts: &mut [Verdict]) {
    let mut devices: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, end) in ends.iter().enumerate() {
        devices.entry(key(&end.device)).or_default().push(at);
    }
    let subnets: HashMap<String, usize> =
        entries.iter().enumerate().map(|(at, entry)| (key(&entry.verdict.name), at)).collect();
    // The interfaces of the device that each is connected to, and of its own.
    let groups: Vec<[Option<&Vec<usize>>; 2]> = ends
        .iter()
        .map(|end| {
            let to = end.to.as_deref().and_then(|to| device(to, &devices));
            [to, devices.get(&key(&end.device))]
        })
        .collect();
    let is_link = |end: &End| end.subnet.is_none_or(|at| entries[at].verdict.link);
    for (at, end) in ends.iter().enumerate() {
        let (Some(address), Some(to)) = (end.global(), &end.to) else { continue };
        if let [Some(others), _] = groups[at] {
            let said = if is_link(end) {
                link(ends, at, others, &groups)
            } else {
                lan(end, &others.iter().map(|other| &ends[*other]).collect::<Vec<_>>())
            };
            verdicts[at].faults.extend(said);
        } else if let Some(at_subnet) = subnets.get(&key(to)) {
            if let Some(network) =
                entries[*at_subnet].verdict.network.filter(|_| Some(*at_subnet) != end.subnet)
            {
                let text = format!("{address} is not in {to}, which is {network}");
                verdicts[at].faults.push(Fault::wrong("other network", text));
            }
        } else if end.subnet.is_some() && is_link(end) {
            // In a network with hosts it may be a switch, which has no address.
            let there = ends
                .iter()
                .find(|other| other.subnet == end.subnet && key(&other.device) != key(&end.device));
            let there = there.map_or_else(String::new, |other| {
                format!("; {} is at the other end of this network", other.device)
            });
            let text = format!("{to} has no row in this table{there}");
            let text = match near::nearest(to, ends.iter().map(|end| end.device.as_str())) {
                Some(near) => format!("{text}. Did you mean {near}?"),
                None => text,
            };
            verdicts[at].faults.push(Fault::wrong("unknown device", text));
        } else if let Some(here) = end.subnet {
            let names = entries.iter().map(|entry| entry.verdict.name.as_str());
            let names = names.chain(ends.iter().map(|end| end.device.as_str()));
            let here = &entries[here].verdict;
            verdicts[at].faults.extend(unknown(to, address, here, names));
        }
    }
}

/// A name in a network with hosts that is in no table: a switch perhaps, or a misprint. What shares a
/// word with the network, such as `Lab`, was probably to be the name of one.
fn unknown<'a>(
    to: &str,
    address: IpAddr,
    here: &Verdict,
    names: impl Iterator<Item = &'a str>,
) -> Option<Fault> {
    let (name, own) = (key(to), key(&here.name));
    // `Lab LAN` is Lab.
    let bare = |name: &str| -> Vec<String> {
        let plain = ["lan", "network", "net", "subnet", "hosts", "pcs", "the"];
        let words = name.split(' ').filter(|word| !plain.contains(word));
        words.map(str::to_owned).collect()
    };
    if is_switch(&name) || bare(&name).is_empty() || bare(&name) == bare(&own) {
        return None;
    }
    let text = format!("no network and no device is called {to}: it is taken for a switch");
    let place = format!("{address} is in {}", here.name);
    if let Some(near) = near::nearest(to, names) {
        let text = format!("{text}; {place}. Did you mean {near}?");
        return Some(Fault::warn("unknown name", text));
    }
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|c: char| !c.is_alphabetic());
        words.filter(|word| word.len() > 2).map(str::to_owned).collect()
    };
    let theirs = words(&own);
    let text = format!("{text}; {place}");
    Some(if words(&name).iter().any(|word| theirs.contains(word)) {
        Fault::warn("unknown name", text)
    } else {
        Fault::note("unknown name", text)
    })
}

/// Whether a name, as a [`key`], says by itself that it is a switch.
pub(crate) fn is_switch(name: &str) -> bool {
    ["sw", "s-"].iter().any(|word| name.starts_with(word)) || name.contains("switch")
}

/// A link: the other device has an interface that leads back, in the same network.
fn link(
    ends: &[End],
    at: usize,
    others: &[usize],
    groups: &[[Option<&Vec<usize>>; 2]],
) -> Option<Fault> {
    let end = &ends[at];
    let [_, own] = groups[at];
    let leads_back = |other: &&usize| match (groups[**other][0], own) {
        (Some(to), Some(own)) => std::ptr::eq(to, own),
        _ => false,
    };
    let together = |other: &&End| match (end.subnet, other.subnet) {
        (None, None) => share(end, other),
        (one, two) => one == two,
    };
    let back: Vec<&End> = others.iter().filter(leads_back).map(|other| &ends[*other]).collect();
    if back.is_empty() {
        // An interface in this network that names somebody unknown is told about in its own row.
        let known = |other: usize| ends[other].to.is_none() || groups[other][0].is_some();
        let blamed = others.iter().any(|other| together(&&ends[*other]) && !known(*other));
        let to = &ends[*others.first()?].device;
        let text = format!("{to} has no interface that is connected to {}", end.device);
        return (!blamed).then(|| Fault::warn("one end", text));
    }
    if back.iter().any(together) {
        return None;
    }
    let other = back.first()?;
    let theirs = other.address.map_or_else(String::new, |ip| format!(" with {ip}"));
    let text = format!(
        "{} and the other end, {} {}{theirs}, are not in one network",
        end.address?, other.device, other.interface
    );
    let rule = "both ends of a link are in one network, else neither finds the other";
    Some(Fault::wrong("two networks", text).because(rule))
}

/// In a network with hosts: a router there has an address in it. A switch may have none, or one of
/// another network, by which it is managed.
fn lan(end: &End, others: &[&End]) -> Option<Fault> {
    let here = others.iter().any(|other| other.subnet == end.subnet || other.address.is_none());
    let router = others.iter().any(|other| other.subnet != others.first().and_then(|o| o.subnet));
    if here || !router {
        return None;
    }
    let text = format!(
        "{} and its neighbour {} are not in one network: no interface of {1} is in it",
        end.address?,
        others.first()?.device
    );
    let rule = "both ends of a cable are in one network, else neither finds the other";
    Some(Fault::wrong("two networks", text).because(rule))
}

/// The interfaces of the device that somebody is connected to: `R-Lab`, `R-Lab G0/1`, `R-Lab (G0/1)`.
pub(crate) fn device<'a, T>(to: &str, devices: &'a HashMap<String, T>) -> Option<&'a T> {
    let to = key(to);
    let known = |name: &str| devices.get(name.trim_end_matches([' ', ',', ':', '(']));
    known(&to).or_else(|| {
        to.char_indices()
            .rev()
            .filter(|(_, c)| matches!(c, ' ' | ',' | ':' | '('))
            .find_map(|(at, _)| known(&to[..at]))
    })
}

fn share(one: &End, other: &End) -> bool {
    let net = |end: &End| Network::new(end.address?, end.prefix?);
    match (net(one), net(other)) {
        (Some(one), Some(other)) => one == other,
        // Nothing is known of their networks: nothing is wrong.
        _ => true,
    }
}
