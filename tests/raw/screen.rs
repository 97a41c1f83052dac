//! What stands on the page: its order, its lines, its stamps.
#![cfg(test)]

use std::time::{SystemTime, UNIX_EPOCH};

use crate::network::{CLIENT, Network, SERVER, SERVER_OF_IPV6, SILENT, servers};
use crate::ran::Ran;

const QUICK: [&str; 7] = ["-n", "-c", "2", "-i", "0.02", "-W", "0.2"];

/// The number of the only line that begins with this.
#[track_caller]
fn place(ran: &Ran, beginning: &str) -> usize {
    let found = ran.lines.iter().position(|line| line.trim().starts_with(beginning));
    found.unwrap_or_else(|| panic!("{beginning:?} in {:#?}", ran.lines))
}

#[test]
fn a_page_has_its_parts_in_order() {
    let Some(network) = Network::new("page", "page") else { return };
    for host in servers() {
        let ran = Ran::text(&network, &[&["raw-ping", host], &QUICK[..]].concat());
        let ran = ran.ends_with(0).unwrapped();
        assert!(
            ran.lines[0].contains("-- netlab: ICMP ping, a socket without a port --"),
            "{:?}",
            ran.lines[0]
        );
        let header = if host.contains(':') { 104 } else { 84 };
        let title = format!(
            "PING {host} ({host}): 56 bytes of data, 64 with the ICMP header, \
             {header} with the IP"
        );
        let order = [
            "[Host information]",
            "[Ping configuration]",
            &title,
            &format!("64 bytes from {host}: icmp_seq=1 ttl=63 time="),
            &format!("64 bytes from {host}: icmp_seq=2 ttl=63 time="),
            &format!("--- {host} ping statistics ---"),
            "2 sent, 2 received, 0 lost (0 %), time ",
            "round trip min/avg/max/mdev = ",
        ]
        .map(|beginning| place(&ran, beginning));
        assert!(order.is_sorted(), "{order:?} {:#?}", ran.lines);
        // Few replies have no histogram; ten have one.
        let histogram =
            |ran: &Ran| ran.lines.iter().any(|line| line.contains('█') || line.contains('#'));
        assert!(!histogram(&ran), "{:#?}", ran.lines);
        let flags = ["raw-ping", host, "-n", "-c", "12", "-i", "0.02"];
        let ran = Ran::text(&network, &flags).ends_with(0);
        assert!(histogram(&ran), "{:#?}", ran.lines);
    }
}

#[test]
fn stamps_stand_before_every_line_of_a_reply() {
    let Some(network) = Network::new("stamps", "stamps") else { return };
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let folder = tempfile::tempdir().expect("a folder");
    for host in [SERVER, SILENT] {
        let path = folder.path().join(host).display().to_string();
        let began = now();
        let first = ["raw-ping", host, "-D", "--record", &path];
        let ran = Ran::text(&network, &[&first[..], &QUICK].concat());
        let ended = now();
        let mut stamps = Vec::new();
        for line in ran.lines.iter().filter(|line| line.contains("icmp_seq=")) {
            let rest = line.trim().strip_prefix('[').unwrap_or_else(|| panic!("no stamp: {line}"));
            let (stamp, rest) = rest.split_once("] ").expect("its end");
            assert_eq!(stamp.split_once('.').map(|(_, micro)| micro.len()), Some(6), "{stamp}");
            assert!(rest.starts_with("64 bytes from") || rest.starts_with("No reply"), "{line}");
            stamps.push(stamp.parse::<f64>().expect("seconds"));
        }
        assert_eq!(stamps.len(), 2, "{:#?}", ran.lines);
        assert!(stamps.is_sorted(), "{stamps:?}");
        assert!(stamps.iter().all(|stamp| (began..=ended).contains(stamp)), "{stamps:?}");
    }
}

/// A source that the user chooses is the one that the packets have.
#[test]
fn a_source_may_be_chosen_by_address_and_by_interface() {
    let Some(network) = Network::new("source", "source") else { return };
    for (flags, host, source) in [
        (&["-I", "10.77.1.12"][..], SERVER, "10.77.1.12"),
        (&["--source", "eth0"], SERVER, CLIENT),
        (&["-I", "fd77:1::12"], SERVER_OF_IPV6, "fd77:1::12"),
        (&["-I", "eth0"], SERVER_OF_IPV6, "fd77:1::2"),
    ] {
        if !servers().contains(&host) {
            continue;
        }
        let ran = Ran::events(&network, &[&["raw-ping", host], &QUICK[..], flags].concat());
        let ran = ran.ends_with(0);
        assert_eq!(ran.only("pinging")["hosts"][0]["source_ip"], source, "{flags:?}");
        let rows = ran.all("endpoints")[0]["rows"].clone();
        let probe = rows.as_array().expect("rows").last().expect("a row").clone();
        assert_eq!(probe["source_ip"], source, "{probe:#}");
    }
}

/// Markdown and plain signs: no lines are drawn, and nothing is coloured.
#[test]
fn a_page_may_be_plain() {
    let Some(network) = Network::new("plain", "plain") else { return };
    for look in [&["--format", "markdown"][..], &["--ascii", "--color", "never"]] {
        for more in [&["-i", "0.02"][..], &["-i", "0.02", "--dissect", "--explain"], &["--path"]] {
            let flags = ["raw-ping", SERVER, "-n", "-c", "2", "-W", "0.5"];
            let ran = Ran::text(&network, &[&flags[..], look, more].concat()).ends_with(0);
            let text = ran.lines.join("\n");
            assert!(!text.contains('\u{1b}') && !text.contains('┌'), "{text}");
            if look[0] == "--ascii" {
                assert!(text.is_ascii(), "{text}");
            }
        }
    }
}
