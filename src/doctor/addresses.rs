//! The one address for a partner, and why not the others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::time::Instant;

use super::calls::Notebook;
use super::{Finding, Level};
use crate::endpoint::{self, Way};
use crate::error::CallError;
use crate::event::{Host, HostAddress, Journal, Reach, SafeText};
use crate::socket::DatagramSocket;

const WHY: &str = "A server that is bound to one address is reached by that one only, and a partner \
                   reaches only those that lie in a network the two have in common.";

/// Which address to tell the partner.
pub(super) fn addresses(host: &Host) -> Finding {
    let of = |reach| host.addresses.iter().filter(move |address| address.reach == reach);
    let mut finding = best(host);
    // Two kinds of one reach differ by their interface, and so in their words.
    let mut networks: Vec<(&str, Vec<&HostAddress>)> = Vec::new();
    for address in of(Reach::Network) {
        let words = host.in_words(address);
        match networks.iter_mut().find(|(known, _)| *known == words) {
            Some((_, addresses)) => addresses.push(address),
            None => networks.push((words, vec![address])),
        }
    }
    for (words, addresses) in networks {
        finding = finding.detail(format!("{} ({words})", list(&addresses)));
    }
    for reach in [Reach::Virtual, Reach::LinkLocal, Reach::Loopback] {
        // Link-local addresses of virtual adapters are of no use twice over.
        let shown = |address: &&HostAddress| reach != Reach::Virtual || !is_link_local(address.ip);
        let addresses: Vec<&HostAddress> = of(reach).filter(shown).collect();
        let Some(first) = addresses.first() else { continue };
        let line = format!("not {} ({})", list(&addresses), host.in_words(first));
        finding = match (reach, first.ip) {
            // One who has virtual adapters is easily mistaken in the address.
            (Reach::Virtual, _) => finding.detail(line),
            (Reach::LinkLocal, IpAddr::V6(ip)) => finding
                .note(format!("{line}; netlab wants to know which: {ip}%{}", first.interface)),
            _ => finding.note(line),
        };
    }
    finding
}

/// The one for the partner, or why there is none.
fn best(host: &Host) -> Finding {
    let of = |reach| host.addresses.iter().filter(move |address| address.reach == reach);
    let found = |level, text: String| Finding::new("addresses", level, text, WHY);
    if let Some(address) = of(Reach::Partner).next() {
        let text = format!("tell your partner: {}   ({})", address.ip, address.interface);
        let any = match address.ip {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        return match endpoint::way_to(any) {
            Way::Router(_, way) | Way::Interface(way) if way == address.interface.as_str() => {
                found(Level::Ok, text).note(format!(
                    "packets for all other networks leave by {way}, too: it has the default route"
                ))
            }
            Way::Nowhere => found(Level::Ok, text).note(
                "there is no default route: this machine reaches only the networks it is in, which \
                 is enough for two laptops side by side",
            ),
            _ => found(Level::Ok, text),
        };
    }
    if let Some(address) = of(Reach::LinkLocal).find(|address| address.ip.is_ipv4()) {
        let text = format!(
            "only an address that this machine made up itself: {} ({})",
            address.ip, address.interface
        );
        return found(Level::Warn, text)
            .detail("nobody gave it one (no DHCP server answered); good on this one cable or Wi-Fi")
            .remedy(
                "connect to the room's network again, or use a phone's hotspot for both laptops",
            )
            .matter("the address is a made-up one");
    }
    found(Level::Fail, "no address that a partner could reach: no network".to_owned())
        .remedy(
            "connect to the Wi-Fi or plug in the cable, then again; without a network, both \
             roles work on this machine alone: netlab demo stream",
        )
        .matter("no network")
}

const fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// Addresses that are shown of each kind.
const SHOWN: usize = 4;

fn list(addresses: &[&HostAddress]) -> String {
    let shown = addresses.iter().take(SHOWN).map(|address| address.ip.to_string());
    let shown = shown.collect::<Vec<_>>().join(", ");
    match addresses.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// The host's own name as a loopback address: a server that binds `gethostname()` is alone.
pub(super) fn host_name(host: &Host) -> Option<Finding> {
    let addresses = endpoint::in_hosts_file(host.name.as_str())?;
    let own = addresses.iter().find(|ip| ip.is_loopback())?;
    if host.name.as_str().eq_ignore_ascii_case("localhost") {
        return None;
    }
    let text = format!("the name of this machine, {}, means {own} here (/etc/hosts)", host.name);
    let why = "Many systems write their own name beside a loopback address into /etc/hosts. Lab \
               programs that bind gethostbyname(gethostname()) then listen on loopback.";
    Some(
        Finding::new("host_name", Level::Warn, text, why)
            .detail("a program that binds its own host name is reached by nobody else")
            .remedy("bind every address in its place: \"0.0.0.0\", in Python also \"\"")
            .matter("the host name means loopback"),
    )
}

/// The two addresses of `localhost`, and whether they work.
pub(super) fn localhost(began: Instant) -> Finding {
    let (journal, notebook) = Notebook::new(began);
    let v4 = works(&journal, Ipv4Addr::LOCALHOST.into()).is_ok();
    let v6 = works(&journal, Ipv6Addr::LOCALHOST.into()).is_ok();
    let mut finding = told(&meanings(), v4, v6);
    finding.calls = notebook.take();
    finding
}

/// Whether a socket can have that address and there is a way to it. `connect` on a datagram socket asks
/// the routing table and sends nothing; `bind` alone succeeds where loopback is switched off.
fn works(journal: &Journal, ip: IpAddr) -> Result<(), CallError> {
    let address = SocketAddr::new(ip, 0);
    let socket = DatagramSocket::new(journal, address)?;
    socket.bind(address)?;
    socket.connect(socket.local_address()?)
}

/// The addresses of `localhost`, in the order in which programs try them. A name that is not in the
/// machine's own file might be asked of a name server, so it is not asked at all.
fn meanings() -> Vec<IpAddr> {
    if endpoint::in_hosts_file("localhost").is_some_and(|addresses| addresses.is_empty()) {
        return Vec::new();
    }
    let found = ("localhost", 0).to_socket_addrs().into_iter().flatten();
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    addresses.dedup();
    addresses
}

fn told(meanings: &[IpAddr], v4: bool, v6: bool) -> Finding {
    let why = "localhost is a name with two addresses. A server has the one it was bound to, and a \
               client that tries the other is refused.";
    let found = |level, text: String| Finding::new("localhost", level, text, why);
    if !v4 {
        return found(Level::Fail, "127.0.0.1 does not work: loopback is switched off".to_owned())
            .remedy(if cfg!(target_os = "linux") {
                "sudo ip link set lo up"
            } else {
                "restart the machine: every system has loopback"
            })
            .matter("loopback is off");
    }
    let names: Vec<String> = meanings.iter().map(ToString::to_string).collect();
    let first_is_v6 = meanings.first().is_some_and(IpAddr::is_ipv6);
    let has_v6 = meanings.iter().any(IpAddr::is_ipv6);
    match (names.is_empty(), has_v6, v6) {
        (true, ..) => {
            found(Level::Warn, "no file of this machine says what localhost means".into())
                .remedy("write 127.0.0.1 in place of localhost")
                .matter("localhost means nothing")
        }
        (_, true, false) => {
            let text = format!("localhost means {}, but ::1 does not work here", names.join(", "));
            let finding = found(if first_is_v6 { Level::Warn } else { Level::Ok }, text);
            if first_is_v6 {
                finding
                    .remedy("write 127.0.0.1 in place of localhost")
                    .matter("localhost means ::1 first")
            } else {
                finding
            }
        }
        (_, true, true) => {
            let text = format!("localhost means {}; both families work", names.join(", then "));
            let finding = found(Level::Ok, text);
            if first_is_v6 {
                finding.note(
                    "IPv6 comes first: a server on 127.0.0.1 only is refused to clients that try \
                     only ::1",
                )
            } else {
                finding
            }
        }
        (_, false, true) => found(Level::Ok, format!("localhost means {}", names.join(", ")))
            .note("::1, the loopback address of IPv6, works too; no name leads to it here"),
        (_, false, false) => found(
            Level::Ok,
            format!("localhost means {}; there is no IPv6 loopback", names.join(", ")),
        ),
    }
}

/// Whether an address is one of this machine's.
pub(super) fn is_own(host: &Host, ip: IpAddr) -> bool {
    ip.is_loopback() || host.addresses.iter().any(|address| address.ip == ip)
}

/// A name as it is shown: no longer than one line has room for.
pub(super) fn shown(name: &str) -> SafeText {
    const LONGEST: usize = 50;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => SafeText::new(format!("{}...", &name[..end]).as_bytes()),
        None => SafeText::new(name.as_bytes()),
    }
}

/// A name that is worth showing beside its address.
pub(super) fn named(name: &str, ip: IpAddr) -> String {
    if name.parse() == Ok(ip) {
        return ip.to_string();
    }
    format!("{} ({ip})", shown(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(addresses: &[(&str, &str, Reach)]) -> Host {
        let address = |&(ip, interface, reach): &(&str, &str, Reach)| HostAddress {
            ip: ip.parse().expect("an address"),
            interface: SafeText::new(interface.as_bytes()),
            reach,
        };
        Host {
            name: SafeText::new(b"js-pc"),
            addresses: addresses.iter().map(address).collect(),
            source_ports: None,
        }
    }

    /// The laptop of the session-layer handout has three addresses, and two of them are virtual.
    #[test]
    fn one_address_is_for_the_partner_and_the_others_say_why_not() {
        let host = host(&[
            ("192.168.18.162", "wlan0", Reach::Partner),
            ("192.168.23.1", "vmnet1", Reach::Virtual),
            ("192.168.88.1", "vmnet8", Reach::Virtual),
            ("fe80::1", "wlan0", Reach::LinkLocal),
            ("127.0.0.1", "lo", Reach::Loopback),
        ]);
        let found = addresses(&host);
        assert_eq!(found.level, Level::Ok);
        assert!(found.text.starts_with("tell your partner: 192.168.18.162   (wlan0"), "{found:?}");
        assert!(found.details[0].starts_with("not 192.168.23.1, 192.168.88.1 (virtual"));
        assert_eq!(found.details.len(), 1);
        let notes = found.notes.join("\n");
        assert!(notes.contains("fe80::1%wlan0") && notes.contains("127.0.0.1"), "{notes}");
    }

    /// The words are those of the servers: two pages do not differ in one address.
    #[test]
    fn another_address_of_the_same_interface_is_as_good() {
        let host = host(&[
            ("10.0.73.221", "eth0", Reach::Partner),
            ("fd00::2", "eth0", Reach::Network),
            ("10.9.9.1", "eth1", Reach::Network),
        ]);
        let details = addresses(&host).details;
        assert_eq!(details.len(), 2);
        for (detail, address) in details.iter().zip(&host.addresses[1..]) {
            assert_eq!(*detail, format!("{} ({})", address.ip, host.in_words(address)));
        }
        assert!(details[0].contains("same interface"), "{details:?}");
        assert!(details[1].contains("another network"), "{details:?}");
    }

    #[test]
    fn without_a_network_it_fails_and_a_made_up_address_is_told_as_such() {
        let alone = addresses(&host(&[("127.0.0.1", "lo", Reach::Loopback)]));
        assert_eq!((alone.level, alone.remedy.is_some()), (Level::Fail, true));
        let made_up = addresses(&host(&[("169.254.7.7", "eth0", Reach::LinkLocal)]));
        assert_eq!(made_up.level, Level::Warn);
        assert!(made_up.text.contains("169.254.7.7"), "{made_up:?}");
    }

    #[test]
    fn localhost_is_judged_by_what_works() {
        let [v4, v6]: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let level = |meanings: &[IpAddr], a, b| told(meanings, a, b).level;
        assert_eq!(level(&[v6, v4], true, true), Level::Ok);
        assert_eq!(level(&[v6, v4], true, false), Level::Warn);
        assert_eq!(level(&[v4, v6], true, false), Level::Ok);
        assert_eq!(level(&[v4], true, false), Level::Ok);
        assert_eq!(level(&[], true, true), Level::Warn);
        assert_eq!(level(&[v4], false, false), Level::Fail);
        assert!(told(&[v6, v4], true, true).text.contains("::1, then 127.0.0.1"));
    }
}
