//! What ports are used for without IANA's knowledge, or against its list; and what services are
//! called that IANA lists under other names.
//!
//! Nobody has to ask IANA before a program uses a port, and many never do. This list is netlab's own,
//! written by hand: a few that a student meets. The registry is where to look for everything else.

use super::everyday::EVERYDAY;
use super::registry::{Protocol, Protocols, Span};

/// A use or a name that is well known and not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Its ports.
    pub ports: Span,
    /// For which protocols.
    pub protocols: Protocols,
    /// A short name, to ask for.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// The port is registered for just this, only under another name.
    pub is_everyday: bool,
}

pub(super) const TCP: Protocols = Protocols::NONE.with(Protocol::Tcp);
pub(super) const UDP: Protocols = Protocols::NONE.with(Protocol::Udp);
pub(super) const BOTH: Protocols = TCP.with(Protocol::Udp);

/// In the order of their ports.
const USES: [Use; 25] = [
    one(3000, TCP, "web-dev", "web servers of developers: Node.js, React, Rails, Grafana"),
    one(4200, TCP, "angular-dev", "the web server of Angular's developers"),
    one(
        5000,
        TCP,
        "airplay",
        "AirPlay Receiver of macOS 12 and later; web servers of developers (Flask)",
    ),
    one(5173, TCP, "vite-dev", "the web server of Vite's developers"),
    one(6000, BOTH, "netlab", "netlab's servers, unless told otherwise"),
    span(6881, 6889, BOTH, "bittorrent", "BitTorrent's first choice for peers"),
    one(7000, TCP, "airplay", "AirPlay Receiver of macOS 12 and later"),
    one(8000, TCP, "web-dev", "web servers of developers: python -m http.server, Django"),
    one(8096, TCP, "jellyfin", "Jellyfin, a media server"),
    one(8123, TCP, "home-assistant", "Home Assistant"),
    one(8333, TCP, "bitcoin", "Bitcoin's peers"),
    one(8888, TCP, "jupyter", "Jupyter notebooks"),
    one(9000, TCP, "php-fpm", "PHP-FPM, and many others"),
    one(9050, TCP, "tor", "Tor's SOCKS proxy"),
    one(9090, TCP, "prometheus", "Prometheus, which collects measurements"),
    one(9100, TCP, "node-exporter", "Prometheus' figures about a machine; printers (registered)"),
    one(9150, TCP, "tor-browser", "the SOCKS proxy inside Tor Browser"),
    one(9987, UDP, "teamspeak", "TeamSpeak 3, voice"),
    one(19132, UDP, "bedrock", "Minecraft, Bedrock edition"),
    one(25565, BOTH, "minecraft", "Minecraft, Java edition"),
    one(27015, BOTH, "source-game", "game servers of Steam and its Source engine"),
    one(30303, BOTH, "ethereum", "Ethereum's peers"),
    one(51820, UDP, "wireguard", "WireGuard, tunnels"),
    span(60000, 61000, UDP, "mosh", "Mosh, a shell over UDP"),
    one(64738, BOTH, "mumble", "Mumble, voice"),
];

const fn one(
    port: u16,
    protocols: Protocols,
    name: &'static str,
    description: &'static str,
) -> Use {
    span(port, port, protocols, name, description)
}

const fn span(
    first: u16,
    last: u16,
    protocols: Protocols,
    name: &'static str,
    description: &'static str,
) -> Use {
    Use { ports: Span { first, last }, protocols, name, description, is_everyday: false }
}

/// All of them: first uses, then everyday names, each in the order of their ports.
pub fn all() -> impl Iterator<Item = &'static Use> {
    USES.iter().chain(&EVERYDAY)
}

/// Those with this name, in upper or lower case.
pub fn with_name(name: &str) -> impl Iterator<Item = &'static Use> + '_ {
    all().filter(move |found| found.name.eq_ignore_ascii_case(name))
}

/// Those whose description has this word.
pub fn about(word: &str) -> impl Iterator<Item = &'static Use> + '_ {
    let has = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
    };
    // Small words are in many.
    all().filter(move |found| word.len() > 3 && has(found.description))
}

/// The uses of any of these ports.
pub fn within(asked: Span) -> impl Iterator<Item = &'static Use> {
    all().filter(move |found| found.ports.overlaps(asked))
}

impl Use {
    /// Whether it is about this protocol.
    #[must_use]
    pub fn is_for(&self, protocol: Option<Protocol>) -> bool {
        protocol.is_none_or(|protocol| self.protocols.has(protocol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_says_what_iana_does_not() {
        assert!(USES.is_sorted_by_key(|found| found.ports.first));
        assert!(EVERYDAY.is_sorted_by_key(|found| found.ports.first));
        for found in all() {
            let same = |name: &str| name.eq_ignore_ascii_case(found.name);
            let registered = super::super::registry::within(found.ports).any(|e| same(e.name));
            assert!(!registered, "{found:?}");
            // RFC 6335 § 5.1, and the width of a column.
            assert!(found.name.len() <= 15, "{found:?}");
        }
    }

    #[test]
    fn an_everyday_name_belongs_to_a_registered_port() {
        for found in &EVERYDAY {
            for protocol in found.protocols.each() {
                let name = super::super::registry::service(found.ports.first, protocol);
                assert!(found.is_everyday && name.is_some(), "{found:?} {protocol}");
            }
        }
    }

    #[test]
    fn words_of_a_description_are_found_whole() {
        let ports = |word| about(word).map(|found| found.ports.first).collect::<Vec<_>>();
        assert_eq!(ports("flask"), [5000]);
        assert_eq!(ports("STEAM"), [27015]);
        assert!(ports("of").is_empty() && ports("develop").is_empty());
    }
}
