//! Who serves a network: the router of its site. Several networks may be at one site; a site may have
//! none, when its router only joins others.
//!
//! ```text
//!   Main ─── Hostel_A    Main has links and no network: a core router
//!     └───── Labs        two networks, CS and EE, one router
//! ```

use std::collections::HashMap;

use super::check::key;
use super::need::Need;

/// The name of a site's router. What is called a router already keeps its name.
#[must_use]
pub fn router(site: &str) -> String {
    if is_router(site) { site.to_owned() } else { format!("R-{site}") }
}

/// Whether a name is that of a router: `R-Lab`, `R1`, `Core router`.
#[must_use]
pub fn is_router(name: &str) -> bool {
    let name = key(name);
    let digits = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_prefix('r').is_some_and(|rest| rest.starts_with('-') || digits(rest))
        || name.split(|c: char| !c.is_alphabetic()).any(|word| word == "router")
}

/// The site that the name of a router is made from, as a [`key`].
#[must_use]
pub fn of(router: &str) -> String {
    let name = key(router);
    let bare = ["r-", "router-", "router "].iter().find_map(|word| name.strip_prefix(word));
    let bare = bare.or_else(|| ["-router", " router"].iter().find_map(|w| name.strip_suffix(w)));
    bare.map_or_else(|| name.clone(), str::to_owned)
}

/// The routers of a plan, found by what people call them: the router, its site, a network it serves.
#[derive(Clone, Debug, Default)]
pub struct Sites(HashMap<String, String>);

impl Sites {
    /// Of these networks.
    #[must_use]
    pub fn new(needs: &[Need]) -> Self {
        let mut sites = HashMap::new();
        for router in needs.iter().map(Need::serving) {
            sites.entry(of(&router)).or_insert_with(|| router.clone());
            sites.entry(key(&router)).or_insert(router);
        }
        // A site and a network of another site may share a name: then the site is meant.
        for need in needs {
            sites.entry(key(&need.name)).or_insert_with(|| need.serving());
        }
        Self(sites)
    }

    /// The router that a name means.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(&key(name)).or_else(|| self.0.get(&of(name))).map(String::as_str)
    }

    /// A name that was probably meant by one that is unknown: they differ by a slip inside a word.
    #[must_use]
    pub fn near(&self, name: &str) -> Option<&str> {
        if is_router(name) {
            return None;
        }
        let wanted = key(name);
        let mut near: Vec<&str> =
            self.0.keys().map(String::as_str).filter(|known| slip(&wanted, known)).collect();
        near.sort_unstable();
        near.first().copied()
    }
}

/// Whether two names differ by one or two letters in the middle of a word.
fn slip(one: &str, other: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let most = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let middles = [&a[head..a.len() - tail], &b[head..b.len() - tail]];
    // `Block A Lab` and `Block B Lab` are two names.
    let inside = head >= 2 && tail >= 1 && a[head - 1].is_alphanumeric();
    inside
        && middles.iter().all(|part| part.len() <= 2 && part.iter().all(|c| c.is_alphabetic()))
        && middles.iter().map(|part| part.len()).sum::<usize>() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_found_by_all_its_names() {
        let need = |name: &str, router: Option<&str>| Need {
            name: name.to_owned(),
            hosts: 5,
            router: router.map(str::to_owned),
        };
        let needs =
            [need("CS Lab", Some("R-Labs")), need("EE", Some("R-Labs")), need("Hall", None)];
        let sites = Sites::new(&needs);
        for name in ["CS_Lab", "ee", "Labs", "R-Labs", "Router Labs", "labs router"] {
            assert_eq!(sites.find(name), Some("R-Labs"), "{name}");
        }
        assert_eq!((sites.find("hall"), sites.find("Main")), (Some("R-Hall"), None));
    }

    #[test]
    fn a_slip_is_no_other_name() {
        for (one, other, same) in [
            ("hostl", "hostel", true),
            ("admni", "admin", false),
            ("amdin", "admin", false),
            ("librray", "library", true),
            ("hostel a", "hostel b", false),
            ("block a lab", "block b lab", false),
            ("cs lab", "ee lab", false),
            ("site 1 x", "site 2 x", false),
        ] {
            assert_eq!(slip(one, other), same, "{one} {other}");
        }
    }
}
