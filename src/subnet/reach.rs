//! What an address is for. Some ranges mean something wherever they are seen (RFC 6890 and IANA's
//! two special-purpose address registries); everything else is public.

use std::net::IpAddr;

use super::network::Network;

/// A range with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// One word or two: `private`, `loopback`.
    pub name: &'static str,
    /// The range, as it is written.
    pub range: &'static str,
    /// Where it is laid down.
    pub source: &'static str,
    /// What that means for somebody who has such an address.
    pub meaning: &'static str,
}

/// Rows are tried from the top: the narrower range stands first.
#[rustfmt::skip]
const RANGES: [(&str, u8, Use); 27] = [
    ("255.255.255.255", 32, of("broadcast", "255.255.255.255", "RFC 919", "everybody on this link; never a host")),
    ("10.0.0.0", 8, of("private", "10.0.0.0/8", "RFC 1918", "for anybody's own network; not routed in the Internet")),
    ("172.16.0.0", 12, of("private", "172.16.0.0/12", "RFC 1918", "for anybody's own network; not routed in the Internet")),
    ("192.168.0.0", 16, of("private", "192.168.0.0/16", "RFC 1918", "for anybody's own network; not routed in the Internet")),
    ("127.0.0.0", 8, of("loopback", "127.0.0.0/8", "RFC 1122", "never leaves the machine")),
    ("169.254.0.0", 16, of("link-local", "169.254.0.0/16", "RFC 3927", "made up by a host that got no address; not routed")),
    ("100.64.0.0", 10, of("shared", "100.64.0.0/10", "RFC 6598", "between a provider and its customers; not routed")),
    ("192.0.2.0", 24, of("documentation", "192.0.2.0/24", "RFC 5737", "for examples in texts; no host has it")),
    ("198.51.100.0", 24, of("documentation", "198.51.100.0/24", "RFC 5737", "for examples in texts; no host has it")),
    ("203.0.113.0", 24, of("documentation", "203.0.113.0/24", "RFC 5737", "for examples in texts; no host has it")),
    ("198.18.0.0", 15, of("benchmarking", "198.18.0.0/15", "RFC 2544", "for measurements between two devices; not routed")),
    ("192.0.0.0", 24, of("protocols", "192.0.0.0/24", "RFC 6890", "kept for protocols; not for hosts")),
    ("0.0.0.0", 8, of("this network", "0.0.0.0/8", "RFC 791", "no address yet, or every address of this host")),
    ("224.0.0.0", 4, of("multicast", "224.0.0.0/4", "RFC 5771", "a group of hosts; never one host's own address")),
    ("240.0.0.0", 4, of("reserved", "240.0.0.0/4", "RFC 1112", "kept for later; most systems refuse it")),
    ("::", 128, of("unspecified", "::/128", "RFC 4291", "no address yet, or every address of this host")),
    ("::1", 128, of("loopback", "::1/128", "RFC 4291", "never leaves the machine")),
    ("::ffff:0:0", 96, of("IPv4-mapped", "::ffff:0:0/96", "RFC 4291", "an IPv4 address on an IPv6 socket")),
    ("64:ff9b::", 96, of("translation", "64:ff9b::/96", "RFC 6052", "an IPv4 address behind a translator")),
    ("100::", 64, of("discard", "100::/64", "RFC 6666", "whatever is sent there is thrown away")),
    ("2001:db8::", 32, of("documentation", "2001:db8::/32", "RFC 3849", "for examples in texts; no host has it")),
    ("3fff::", 20, of("documentation", "3fff::/20", "RFC 9637", "for examples in texts; no host has it")),
    ("fc00::", 7, of("unique local", "fc00::/7", "RFC 4193", "for anybody's own network; not routed in the Internet")),
    ("fe80::", 10, of("link-local", "fe80::/10", "RFC 4291", "on one link only; every interface has one")),
    ("ff00::", 8, of("multicast", "ff00::/8", "RFC 4291", "a group of hosts; never one host's own address")),
    ("2000::", 3, of("public", "2000::/3", "RFC 4291", "routed in the Internet (global unicast)")),
    ("::", 0, of("reserved", "::/0", "RFC 4291", "not given out")),
];

const fn of(
    name: &'static str,
    range: &'static str,
    source: &'static str,
    meaning: &'static str,
) -> Use {
    Use { name, range, source, meaning }
}

const PUBLIC: Use = of("public", "what has no other use", "RFC 6890", "routed in the Internet");

/// The ranges with a meaning that lie in a network, or in which it lies. One for nearly every network
/// that somebody asks about; several for very large ones.
#[must_use]
pub fn uses(network: Network) -> Vec<Use> {
    let rows = || {
        RANGES.iter().filter_map(|(text, prefix, meaning)| {
            let range = Network::new(text.parse::<IpAddr>().ok()?, *prefix)?;
            (range.is_v4() == network.is_v4()).then_some((range, *meaning))
        })
    };
    if let Some((_, meaning)) = rows().find(|(range, _)| range.covers(network)) {
        // All of IPv6 is covered by the row for the rest; then its parts say more.
        if meaning.range != "::/0" {
            return vec![meaning];
        }
    }
    let mut found: Vec<Use> =
        rows().filter(|(range, _)| network.covers(*range)).map(|(_, meaning)| meaning).collect();
    if found.is_empty() {
        let rest = rows().find(|(range, _)| range.covers(network)).map_or(PUBLIC, |(_, rest)| rest);
        found.push(rest);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_can_be_read_and_is_found() {
        for (text, prefix, meaning) in RANGES.iter().filter(|row| row.1 != 0) {
            let network = Network::new(text.parse().expect(text), *prefix).expect(text);
            assert_eq!(uses(network), [*meaning], "{text}");
            assert!(meaning.range.starts_with(text), "{text}");
        }
    }

    #[test]
    fn everything_else_is_public() {
        let name = |text: &str, prefix| {
            uses(Network::new(text.parse().expect(text), prefix).expect(text))[0].name
        };
        assert_eq!(name("8.8.8.0", 24), "public");
        assert_eq!(name("172.32.0.0", 16), "public");
        assert_eq!(name("2a00::", 16), "public");
        assert_eq!(name("4000::", 16), "reserved");
    }
}
