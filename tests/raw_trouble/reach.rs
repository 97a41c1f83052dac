//! Whom a ping may load, and addresses at which there is nobody, or everybody.
#![cfg(test)]

use std::fs;

use crate::host::{Pinged, alone, ping, set, shell};
use crate::usage::refused;

/// A network with a way to everywhere, which nothing comes back from.
#[track_caller]
fn with_a_default_route(test: &str, work: impl FnOnce() + Send + 'static) {
    alone(test, true, move || {
        // Addresses are of use at once.
        set("ipv6/conf/default/accept_dad", "0");
        shell(
            "ip link add out type veth peer name end && ip link set out arp off &&
             echo 1 > /proc/sys/net/ipv6/conf/end/disable_ipv6 && ip link set end up &&
             ip address add 192.0.2.1/24 broadcast + dev out &&
             ip address add fd78::1/64 dev out nodad && ip link set out up &&
             ip route add default via 192.0.2.254 && ip route add default via fd78::fe dev out",
        );
        work();
    });
}

/// Echo requests that this network's kernel has sent for anybody.
fn requests() -> u64 {
    let read =
        |name: &str| fs::read_to_string(format!("/proc/thread-self/net/{name}")).expect("counters");
    let text = read("snmp");
    let rows: Vec<Vec<_>> = text
        .lines()
        .filter(|line| line.starts_with("IcmpMsg: "))
        .map(|line| line.split(' ').collect())
        .collect();
    let column = rows.first().and_then(|names| names.iter().position(|name| *name == "OutType8"));
    let four = column.map_or(0, |column| rows[1][column].parse().expect("a number"));
    let text = read("snmp6");
    let six = text.lines().find_map(|line| line.strip_prefix("Icmp6OutEchos "));
    four + six.map_or(0, |six| six.trim().parse::<u64>().expect("a number"))
}

/// How many requests leave while that happens.
fn sent_during(work: impl FnOnce()) -> u64 {
    let before = requests();
    work();
    requests() - before
}

#[test]
fn nobody_outside_is_loaded_without_asking_twice() {
    with_a_default_route("nobody_outside_is_loaded_without_asking_twice", || {
        for (loads, hosts) in [
            (&["--flood"][..], &["198.51.100.7"][..]),
            (&["--adaptive"], &["198.51.100.7"]),
            (&["-i", "0.001"], &["198.51.100.7"]),
            (&["-i", "0.0099"], &["198.51.100.7"]),
            (&["--flood"], &["2001:db8::7"]),
            // One of several.
            (&["--flood"], &["127.0.0.1", "198.51.100.7"]),
            (&["--flood"], &["224.0.0.1"]),
            (&["--flood"], &["203.0.113.9", "192.0.2.7"]),
        ] {
            let all = [&["raw-ping", "-c", "3", "-W", "0.2"], loads, hosts].concat();
            let sent = sent_during(|| {
                let outside = hosts.iter().find(|host| **host != "127.0.0.1").expect("a host");
                let parts = refused(&all, outside, &["--confirm"]);
                assert!(parts.attempt.contains("--confirm"), "{parts:#?}");
            });
            assert_eq!(sent, 0, "{all:?}: refused before a packet leaves");
        }
        // Another way to write an address is no way around it.
        for host in ["::ffff:198.51.100.7", "3325256711", "0xc6.51.25607"] {
            let sent = sent_during(|| {
                let pinged = ping(&["--flood", host, "-c", "3", "-W", "0.2"]);
                assert_eq!(pinged.code, Some(2), "{}", pinged.text);
            });
            assert_eq!(sent, 0, "{host}");
        }
    });
}

#[test]
fn who_asks_twice_or_stays_at_home_may_load() {
    with_a_default_route("who_asks_twice_or_stays_at_home_may_load", || {
        for arguments in [
            &["--flood", "198.51.100.7", "--confirm"][..],
            &["-i", "0.001", "198.51.100.7", "--confirm"],
            &["--flood", "192.0.2.7"],
            &["-i", "0.01", "198.51.100.7"],
            &["--flood", "2001:db8::7", "--confirm"],
            &["--flood", "fd78::7"],
            &["--flood", "127.0.0.77"],
            &["--flood", "::1"],
            &["--flood", "fd77::2"],
            &["--adaptive", "10.9.0.1"],
        ] {
            let all = [&["-c", "5", "-W", "0.2"], arguments].concat();
            let mut code = None;
            let sent = sent_during(|| code = ping(&all).code);
            assert_eq!(sent, 5, "{all:?}");
            let here = ["127.0.0.77", "::1", "fd77::2", "10.9.0.1"];
            let answered = arguments.iter().any(|word| here.contains(word));
            assert_eq!(code, Some((!answered).into()), "{all:?}");
        }
    });
}

/// Refused with a reason, or a ping that is over soon and whose account adds up.
#[track_caller]
fn sensible(arguments: &[&str]) -> Pinged {
    let pinged = ping(&[&["-c", "2", "-i", "0.05", "-W", "0.3"], arguments].concat());
    match pinged.code {
        Some(0 | 1) => pinged.adds_up(),
        Some(2) => {
            let error = pinged.events.last().filter(|event| event["event"] == "error");
            assert!(error.is_some_and(|error| error["try"].is_string()), "{}", pinged.text);
        }
        code => panic!("{arguments:?}: {code:?} {}", pinged.text),
    }
    assert!(pinged.took.as_secs() < 5, "{arguments:?}: {:?}", pinged.took);
    pinged
}

#[test]
fn nobodys_and_everybodys_addresses_are_pinged_or_refused() {
    with_a_default_route("nobodys_and_everybodys_addresses", || {
        set("ipv4/icmp_echo_ignore_broadcasts", "0");
        for host in [
            "0.0.0.0",
            "::",
            "0.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.255",
            "192.0.2.0",
            "224.0.0.1",
            "239.255.0.1",
            "ff02::1%lo",
            "ff02::1%out",
            "ff02::1",
            "fe80::1",
            "fe80::1%out",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
        ] {
            sensible(&[host]);
        }
    });
}

#[test]
fn everybody_on_the_own_network_may_be_asked() {
    with_a_default_route("everybody_on_the_own_network_may_be_asked", || {
        set("ipv4/icmp_echo_ignore_broadcasts", "0");
        for (host, answers) in [("224.0.0.1", "192.0.2.1"), ("ff02::1%out", "fe80::")] {
            let options = if host.contains('%') { &[][..] } else { &["-I", "192.0.2.1"] };
            let pinged = sensible(&[&[host], options].concat());
            assert_eq!(pinged.code, Some(0), "{host}: {}", pinged.text);
            let replies = pinged.of_name("reply");
            let from = replies[0]["from"].as_str().expect("an address");
            assert!(from.starts_with(answers), "{host}: {from}");
            assert!(pinged.text.contains(r#""icmp_remark""#), "that many may answer is remarked");
        }
    });
}
