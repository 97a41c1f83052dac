//! Names, addresses, the console: what a laptop may have wrong before any partner is there.
#![cfg(test)]

use std::fs;
use std::process::Command;

use crate::examined::{Examined, whole};
use crate::network::{CLIENT, Host, Network, has_ipv6};
use crate::tools::{host_name, missing, output, unprivileged};

fn netlab(words: &[&str]) -> Vec<String> {
    let netlab = env!("CARGO_BIN_EXE_netlab");
    [&[netlab, "doctor", "--format", "json"], words].concat().iter().map(|&w| w.into()).collect()
}

#[test]
fn the_partner_is_told_one_address() {
    let Some(network) = Network::new("addresses", "addresses") else { return };
    let batch = [
        "link add docker0 type veth peer name docker1",
        "link set docker1 up",
        "link set docker0 up",
        "addr add 172.17.0.1/16 dev docker0",
    ];
    for line in batch {
        let words: Vec<&str> = line.split(' ').collect();
        output(&mut network.on(Host::Client, "ip", &words));
    }
    let found = Examined::events(&network, &[]).ends_with(0);
    let told = found.says("addresses", "ok", &format!("tell your partner: {CLIENT}   (eth0"));
    let all = whole(&told);
    assert!(all.contains("not 172.17.0.1 (virtual"), "{all}");
    assert!(all.contains("127.0.0.1") && all.contains("loopback"), "{all}");
    assert_eq!(all.contains("not fe80::2"), has_ipv6(), "{all}");
    // The page says no more than one needs, and a server's page the same of each address.
    let page = Examined::text(&network, &[]).ends_with(0).lines.join("\n");
    assert!(page.contains("172.17.0.1") && !page.contains("loopback:"), "{page}");
    if has_ipv6() {
        let mut server = network.netlab(&["tcp-server", "6000"]);
        let line = server.until("fd77:1::2 ");
        assert!(page.contains("fd77:1::2, ") || page.contains("fd77:1::2 ("), "{page}");
        assert!(line.contains("good too: the same interface"), "{line}");
        assert!(page.contains("good too: the same interface"), "{page}");
    }
    let name = host_name();
    found.says("machine", "ok", &format!("you are {name} on "));

    output(&mut network.on(Host::Client, "ip", &["link", "set", "eth0", "down"]));
    output(&mut network.on(Host::Client, "ip", &["link", "set", "docker0", "down"]));
    let found = Examined::events(&network, &[]).ends_with(1);
    let told = found.says("addresses", "fail", "no address that a partner could reach");
    assert!(whole(&told).contains("netlab demo stream"), "{told:#}");

    for words in [
        &["link", "set", "eth0", "up"][..],
        &["addr", "flush", "dev", "eth0"],
        &["addr", "add", "169.254.7.7/16", "dev", "eth0"],
    ] {
        output(&mut network.on(Host::Client, "ip", words));
    }
    let found = Examined::events(&network, &[]).ends_with(0);
    found.says("addresses", "warn", "made up itself: 169.254.7.7");
}

/// Not even loopback.
#[test]
fn a_host_without_any_network_is_told_what_to_mend_first() {
    const TEST: &str = "a_host_without_any_network_is_told_what_to_mend_first";
    if missing(TEST, &["unshare"]) || unprivileged(TEST) {
        return;
    }
    for peer in [&[][..], &["--peer", "10.0.73.221"], &["--peer", "fd77::1"]] {
        let mut command = Command::new("unshare");
        let found = Examined::of(command.arg("-n").args(netlab(peer))).ends_with(1);
        found.says("addresses", "fail", "no network");
        let loopback = found.says("localhost", "fail", "127.0.0.1 does not work");
        assert_eq!(loopback["remedy"], "sudo ip link set lo up");
        let verdict = found.verdict();
        let summary = verdict["summary"].as_str().expect("a sentence");
        assert!(summary.starts_with("not ready yet: no network, loopback is off"), "{summary}");
        if !peer.is_empty() {
            found.says("partner", "fail", "this machine knows no way there");
            found.says("way", "fail", "no route leads there");
        }
    }
}

#[test]
fn localhost_and_the_own_name_are_what_the_file_says() {
    const TEST: &str = "localhost_and_the_own_name_are_what_the_file_says";
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "localhost") else { return };
    let hosts = format!("/etc/netns/{}/hosts", network.name(Host::Client));
    let name = host_name();
    let look = |text: &str| {
        fs::write(&hosts, text).expect("it is mine");
        Examined::events(&network, &[]).ends_with(0)
    };
    let found = look(&format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n"));
    let own = found.says("host_name", "warn", &format!("{name}, means 127.0.1.1 here"));
    assert!(whole(&own).contains("\"0.0.0.0\""), "{own:#}");
    // What it says is what is here, and not what another system has.
    let found = look(&format!("127.0.0.1 localhost {name}\n"));
    let own = found.says("host_name", "warn", &format!("{name}, means 127.0.0.1 here"));
    assert!(!own.to_string().contains("127.0.1.1"), "{own:#}");
    let found = look(&format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n"));
    if has_ipv6() {
        let localhost = found.says("localhost", "ok", "both families work");
        // getaddrinfo is the judge: Python asks it, too.
        let code =
            "import socket\nfor a in socket.getaddrinfo('localhost', 0, type=1): print(a[4][0])";
        let order = output(&mut network.on(Host::Client, "python3", &["-c", code]));
        let order = order.trim().replace('\n', ", then ");
        assert!(whole(&localhost).contains(&format!("localhost means {order};")), "{order}");
        let off = ["net.ipv6.conf.lo.disable_ipv6=1"];
        network.sysctl(Host::Client, &off);
        let found = look("127.0.0.1 localhost\n::1 localhost\n");
        assert!(whole(&found.check("localhost", "::1")).contains("does not work"));
        network.sysctl(Host::Client, &["net.ipv6.conf.lo.disable_ipv6=0"]);
    }
    let found = look(&format!("127.0.0.1 localhost\n10.77.1.2 {name}\n"));
    assert!(found.checks().iter().all(|check| check["name"] != "host_name"));
    found.says("localhost", "ok", "localhost means 127.0.0.1");
    let found = look("# nothing\n");
    found.says("localhost", "warn", "no file of this machine says");
}

#[test]
fn the_console_is_judged_by_what_it_is_told() {
    for (name, value, level) in [
        ("LC_ALL", "C", "warn"),
        ("LC_ALL", "de_DE.ISO-8859-1", "warn"),
        ("LC_ALL", "C.UTF-8", "ok"),
        ("LANG", "en_US.utf8", "ok"),
    ] {
        let words = netlab(&[]);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        for other in ["LC_ALL", "LC_CTYPE", "LANG"] {
            command.env_remove(other);
        }
        let found = Examined::of(command.env(name, value));
        let console = found.says("console", level, "");
        assert_eq!(whole(&console).contains("--ascii"), level == "warn", "{console:#}");
        let found = Examined::of(command.arg("--ascii"));
        found.says("console", "ok", "ASCII only");
    }
}

#[test]
fn few_descriptors_are_told() {
    const TEST: &str = "few_descriptors_are_told";
    if missing(TEST, &["prlimit"]) {
        return;
    }
    let mut command = Command::new("prlimit");
    let found = Examined::of(command.arg("--nofile=64:64").args(netlab(&[])));
    found.says("descriptors", "warn", "only 64 files and sockets");
    let found = Examined::of(Command::new("prlimit").arg("--nofile=1024:4096").args(netlab(&[])));
    assert!(found.checks().iter().all(|check| check["name"] != "descriptors"));
}
