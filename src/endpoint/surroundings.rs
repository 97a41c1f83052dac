//! What lies around this machine's sockets: the system, its router, its firewall, its own list of
//! names. Nothing is asked of the network, no program is started, and no privilege is needed.

use std::net::{IpAddr, SocketAddr};

use super::system::surroundings as system;

/// What tells of a firewall. Its rules are root's to read, so these are signs and no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirewallSigns {
    /// Programs that manage a firewall and are switched on: `ufw`, `firewalld`, `nftables`.
    pub managers: Vec<&'static str>,
    /// Whether the kernel's packet filter is loaded: firewalls use it, and so do containers.
    pub filter: bool,
    /// The command that shows its rules to root, where one is installed.
    pub rules: Option<&'static str>,
}

/// How packets leave this machine for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// To this router (port 0), by the interface of this name.
    Router(SocketAddr, String),
    /// By the interface of this name, and no router is between.
    Interface(String),
    /// Not at all: there is no route.
    Nowhere,
    /// The system keeps its routes where netlab does not look.
    Untold,
}

/// The operating system, as it calls itself.
#[must_use]
pub fn system_name() -> String {
    system::system_name()
}

/// How packets get to an address: the most exact route that fits it counts. To `0.0.0.0` or `::` that
/// is the default route.
#[must_use]
pub fn way_to(ip: IpAddr) -> Way {
    system::way_to(ip)
}

/// Signs of a firewall; none where the system tells nothing without being asked by a program.
#[must_use]
pub fn firewall_signs() -> Option<FirewallSigns> {
    system::firewall_signs()
}

/// The addresses that this machine's own file of names has for a name: no name server is asked.
/// None where there is no such file, or it is not the one that counts.
#[must_use]
pub fn in_hosts_file(name: &str) -> Option<Vec<IpAddr>> {
    let text = system::hosts_file()?;
    Some(addresses_of(&text, name))
}

/// Lines of an address and its names; `#` begins a comment (`man 5 hosts`).
fn addresses_of(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(Ok(ip)) = words.next().map(str::parse::<IpAddr>) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(name)) && !found.contains(&ip) {
            found.push(ip);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_file_as_resolvers_find_them() {
        let text = "127.0.0.1 localhost # 127.0.0.9 laptop\n127.0.1.1\tLaptop.lab laptop\n\
                    ::1 localhost ip6-localhost\n# 10.0.0.1 laptop\nnonsense laptop\n";
        let of =
            |name| addresses_of(text, name).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of("localhost"), ["127.0.0.1", "::1"]);
        assert_eq!(of("laptop"), ["127.0.1.1"]);
        assert_eq!(of("LAPTOP"), ["127.0.1.1"]);
        assert!(of("other").is_empty());
    }
}
