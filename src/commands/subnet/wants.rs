//! What is wanted of a plan, from the tables of a file: networks, their routers, links.

use std::collections::{HashMap, HashSet};

use super::plan::{EXAMPLE, EXAMPLE_LINK};
use super::refused;
use crate::error::Usage;
use crate::subnet::Misread;
use crate::subnet::check;
use crate::subnet::need::{self, Link, Need};
use crate::subnet::plan::Order;
use crate::subnet::sheet::{Column, Row, Sheet};
use crate::subnet::site::{self, Sites};
use crate::subnet::topology;

/// What a link is.
pub(super) const LINK: &str = "a link joins two sites, or their routers, by name, such as \
    Hostel-Library; a router that serves no network may be one of the two, such as Main-Hostel";

/// Links of a plan, of all tables together.
const MOST_LINKS: usize = 5000;

/// Two names that are joined.
type Pair = (String, String);

/// Requirements and links from a file. A plan will do as well: its hosts are wanted again.
pub(super) fn from_sheet(
    sheet: &Sheet,
    file: &str,
    order: &mut Order,
    links: &mut Vec<Pair>,
) -> Result<(), Usage> {
    for row in sheet.wants.iter().chain(&sheet.subnets) {
        let name = row.get(Column::Name).unwrap_or_default().to_owned();
        let hosts = [Column::Hosts, Column::Grown, Column::Full];
        let hosts = hosts.into_iter().find_map(|column| row.get(column)).unwrap_or_default();
        if name.is_empty() {
            let misread =
                Misread::new("requirement", hosts, "every network has a name", "it is missing");
            return Err(wrong(file, row, misread));
        }
        let hosts = need::hosts(hosts).map_err(|misread| wrong(file, row, misread))?;
        let others = row.get(Column::ConnectedTo).or(row.get(Column::Link)).unwrap_or_default();
        for other in others.split([',', ';']).map(str::trim).filter(|other| !other.is_empty()) {
            links.push((name.clone(), other.to_owned()));
        }
        let router = row.get(Column::Device).map(str::to_owned);
        let router = router.or_else(|| row.get(Column::Site).map(site::router));
        order.needs.push(Need { name, hosts, router });
    }
    let sites = Sites::new(&order.needs);
    for row in &sheet.links {
        // A name may have a dash of its own, so the names decide where a link is cut.
        let known = |name: &str| sites.find(name).is_some();
        let by_name = row.get(Column::Link).and_then(|link| need::cut(link, known));
        let by_name = by_name.map(|(one, two)| (one.to_owned(), two.to_owned()));
        let rule = "a link has two ends: columns from and to, or one column as in Hostel-Library";
        links.push(
            topology::pair(row)
                .filter(|_| row.get(Column::Link).is_none())
                .or(by_name)
                .ok_or_else(|| {
                    wrong(file, row, Misread::new("link", "", rule, "an end is missing"))
                })?,
        );
    }
    Ok(())
}

fn wrong(file: &str, row: &Row, misread: Misread) -> Usage {
    let cause = format!("{file}, line {}: {}", row.line, misread.cause);
    refused(Misread { cause, ..misread }, EXAMPLE)
}

/// Requirements for two hosts that are called like a link are links: `Link=2`, `A-B=2`.
pub(super) fn links_among_needs(order: &mut Order, links: &mut Vec<Pair>) {
    let names: HashMap<String, &str> =
        order.needs.iter().map(|need| (check::key(&need.name), need.name.as_str())).collect();
    let few = |need: &&Need| need.hosts <= 2;
    let mut found: Vec<(String, Option<Pair>)> = Vec::new();
    for need in order.needs.iter().filter(few) {
        let known = |name: &str| {
            let name = check::key(name);
            names.get(&name).copied().filter(|_| name != check::key(&need.name))
        };
        let ends = need::ends(&need.name, known);
        if ends.is_some() || need::is_link(&need.name) {
            let ends = ends.map(|(one, two)| (one.to_owned(), two.to_owned()));
            found.push((need.name.clone(), ends));
        }
    }
    let gone: HashSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    order.needs.retain(|need| !gone.contains(need.name.as_str()));
    for (name, ends) in found {
        match ends {
            // A plan that is planned again may have the same link among its interfaces.
            Some(ends) => links.push(ends),
            None => order.links.push(Link { name, ends: None }),
        }
    }
}

/// Adds links between sites and routers. One that is told from both its ends is one; the same one
/// twice is two cables.
pub(super) fn add_links(order: &mut Order, sites: &Sites, links: Vec<Pair>) -> Result<(), Usage> {
    if links.len() > MOST_LINKS {
        let misread = Misread::new(
            "number of links",
            &links.len().to_string(),
            &format!("a plan has at most {MOST_LINKS} links"),
            "a cell that holds far more than a person would write",
        );
        return Err(refused(misread, EXAMPLE_LINK));
    }
    let mut told: HashMap<Pair, usize> = HashMap::new();
    for (one, two) in links {
        let refuse = |cause: &str| {
            let misread = Misread::new("link", &format!("{one}-{two}"), LINK, cause);
            Err(refused(misread, EXAMPLE_LINK))
        };
        for name in [&one, &two] {
            if sites.find(name).is_none()
                && let Some(near) = sites.near(name)
            {
                return refuse(&format!(
                    "nothing is called {name:?}; {near:?} is. A router without a network may be \
                     named {:?}",
                    site::router(name)
                ));
            }
        }
        let [from, to] = [&one, &two]
            .map(|name| sites.find(name).map_or_else(|| site::router(name), str::to_owned));
        let (from, to) = (check::key(&from), check::key(&to));
        if from == to {
            return refuse("both ends are the same router");
        }
        if told.contains_key(&(to.clone(), from.clone())) {
            continue;
        }
        let cables = told.entry((from, to)).or_insert(0);
        *cables += 1;
        let name = match *cables {
            1 => format!("{one}-{two}"),
            number => format!("{one}-{two} ({number})"),
        };
        order.links.push(Link { name, ends: Some((one, two)) });
    }
    Ok(())
}
