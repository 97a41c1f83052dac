//! Which rows of a plan are links between routers.

use std::collections::HashMap;

use super::{Entry, key};
use crate::subnet::need;
use crate::subnet::sheet::{Column, Sheet};
use crate::subnet::{site, topology};

/// Finds them: by a name that joins two others, by a word, by their size.
pub(super) fn find(sheet: &Sheet, entries: &mut [Entry]) {
    let names = names(sheet, entries);
    for entry in entries {
        let verdict = &mut entry.verdict;
        let own = key(&verdict.name);
        let known = |name: &str| {
            let name = Some(key(name)).filter(|name| *name != own)?;
            names.get(&name).or_else(|| names.get(&site::of(&name))).map(String::as_str)
        };
        entry.joins = need::ends(&verdict.name, known).is_some();
        let small = verdict.network.is_some_and(|net| net.is_v4() && net.host_bits() < 3);
        let few = verdict.hosts.is_none_or(|hosts| hosts <= 2);
        verdict.link = few
            && (entry.joins
                || need::is_link(&verdict.name)
                || small && verdict.hosts.is_some() && entry.row.get(Column::Gateway).is_none());
        if verdict.link && verdict.hosts.is_none() {
            verdict.hosts = Some(2);
        }
    }
}

/// What an end of a link may be called: networks, sites, routers, those of the table of links.
fn names(sheet: &Sheet, entries: &[Entry]) -> HashMap<String, String> {
    let networks = entries.iter().map(|entry| entry.verdict.name.clone());
    let places = sheet.subnets.iter().chain(&sheet.wants).chain(&sheet.ends);
    let columns = [Column::Site, Column::Device];
    let places = places.flat_map(|row| columns.into_iter().filter_map(|column| row.get(column)));
    let linked = sheet.links.iter().filter_map(topology::pair).flat_map(|(one, two)| [one, two]);
    let all = networks.chain(places.map(str::to_owned)).chain(linked);
    all.flat_map(|name| [(key(&name), name.clone()), (site::of(&name), name)]).collect()
}
