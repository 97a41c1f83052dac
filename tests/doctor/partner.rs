//! The partner answers, refuses, is silent, forbidden, not there; near and behind a router.
#![cfg(test)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::examined::{Examined, whole};
use crate::network::{
    CLIENT, FORBIDDEN, Host, NOBODY, Network, REJECTED, ROUTER, ROUTER_OF_IPV6, SERVER,
    SERVER_OF_IPV6, SILENT, UNKNOWN, has_ipv6, servers,
};
use crate::support::Program;
use crate::tools::{missing, output};

/// A neighbour's address that nobody has.
const NO_NEIGHBOUR: &str = "10.77.1.99";

/// A server of Python's on a host, and nothing but a server.
fn listener(network: &Network, host: Host, family: &str, port: u16) -> Program {
    let code = format!(
        "import socket\n\
         s = socket.socket(socket.{family})\n\
         s.bind(('', {port}))\n\
         s.listen()\n\
         print('listening', flush=True)\n\
         while True: s.accept()[0].close()"
    );
    let mut server = Program::start(&mut network.on(host, "python3", &["-c", &code]));
    server.until("listening");
    server
}

#[test]
fn a_partner_that_listens_is_there() {
    const TEST: &str = "a_partner_that_listens_is_there";
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "listens") else { return };
    let families = [("AF_INET", SERVER, 6000), ("AF_INET6", SERVER_OF_IPV6, 6001)];
    for (family, host, port) in families {
        if !servers().contains(&host) {
            continue;
        }
        let _server = listener(&network, Host::Server, family, port);
        let port = port.to_string();
        let found = Examined::events(&network, &["--peer", host, "--port", &port]).ends_with(0);
        let partner = found.says("partner", "ok", &format!("listens on port {port}"));
        assert!(whole(&partner).contains("ICMP echo: reply in"), "{partner:#}");
        assert_eq!(partner["next"], format!("netlab tcp-client {host} {port}"));
        assert!(partner["remedy"].is_null(), "{partner:#}");
        found.says("way", "ok", "by the router");
    }
}

#[test]
fn a_partner_that_refuses_is_alive() {
    let Some(network) = Network::new("a_partner_that_refuses_is_alive", "refuses") else { return };
    for (host, way) in [(SERVER, "by the router 10.77.1.1"), (ROUTER, "no router between")] {
        let found = Examined::events(&network, &["--peer", host]).ends_with(0);
        let partner = found.says("partner", "ok", "alive; nobody listens on port 6000 yet");
        assert!(whole(&partner).contains("refused after"), "{partner:#}");
        found.says("way", "ok", way);
    }
    if has_ipv6() {
        let found = Examined::events(&network, &["--peer", ROUTER_OF_IPV6]).ends_with(0);
        found.says("partner", "ok", "alive");
        found.says("way", "ok", "no router between");
        let scoped = Examined::events(&network, &["--peer", "fe80::1%eth0"]).ends_with(0);
        scoped.says("partner", "ok", "alive");
        let bare = Examined::events(&network, &["--peer", "fe80::1"]).ends_with(1);
        let partner = bare.says("partner", "fail", "does not say on which link");
        assert!(whole(&partner).contains("fe80::1%INTERFACE"), "{partner:#}");
    }
}

#[test]
fn a_name_is_looked_up_and_all_its_addresses_are_tried() {
    let Some(network) = Network::new("names", "names") else { return };
    let found = Examined::events(&network, &["--peer", "server.lab"]).ends_with(0);
    let partner = found.says("partner", "ok", "partner server.lab (");
    if has_ipv6() {
        let all = whole(&partner);
        assert!(all.contains(SERVER) && all.contains(SERVER_OF_IPV6), "{all}");
    }
    for nobody in ["nobody.lab", "10.77.2", "10.77.2.2:6000", "10.77.1.300"] {
        let found = Examined::events(&network, &["--peer", nobody]).ends_with(1);
        let partner = found.says("partner", "fail", &format!("partner {nobody}: no address"));
        let command = nobody.contains(':').then_some("--peer 10.77.2.2 --port 6000");
        assert!(whole(&partner).contains(command.unwrap_or("give the")), "{partner:#}");
        assert_eq!(whole(&partner).contains("300 is above 255"), nobody.ends_with("300"));
    }
    // What was copied with its blanks is what was meant.
    let found = Examined::events(&network, &["--peer", &format!(" {SERVER} ")]).ends_with(0);
    found.says("partner", "ok", &format!("partner {SERVER} is alive"));
}

/// Whoever names the own machine has no partner there, but a second terminal.
#[test]
fn this_very_machine_is_no_partner() {
    let Some(network) = Network::new("this_very_machine_is_no_partner", "own") else { return };
    for own in [CLIENT, "127.0.0.1", "localhost"] {
        let found = Examined::events(&network, &["--peer", own]).ends_with(0);
        found.says("way", "warn", "this very machine");
        let partner = found.says("partner", "ok", "nobody on this machine listens on port 6000");
        assert_eq!(partner["next"], "in a second terminal: netlab tcp-server 6000");
    }
    let mut server = network.netlab(&["tcp-server", "6000"]);
    server.until("listening on");
    let found = Examined::events(&network, &["--peer", "127.0.0.1"]).ends_with(0);
    let partner = found.says("partner", "ok", "on this machine listens on port 6000");
    assert_eq!(partner["next"], "in a second terminal: netlab tcp-client 127.0.0.1 6000");
}

/// An address in a network of this machine that nobody has. The default router is on another link:
/// that it answers says nothing about this one.
#[test]
fn a_neighbour_that_nobody_is_is_told_as_that() {
    const TEST: &str = "a_neighbour_that_nobody_is_is_told_as_that";
    let Some(network) = Network::new(TEST, "nobody") else { return };
    for line in [
        "link add lab0 type veth peer name lab1",
        "link set lab0 up",
        "link set lab1 up",
        "addr add 10.78.1.2/24 dev lab0",
    ] {
        output(&mut network.on(Host::Client, "ip", &line.split(' ').collect::<Vec<_>>()));
    }
    for (nobody, link) in [("10.78.1.9", "lab0"), (NO_NEIGHBOUR, "eth0")] {
        let found = Examined::events(&network, &["--peer", nobody]).ends_with(1);
        let partner = found.says("partner", "fail", &format!("nobody on {link} has that address"));
        assert!(whole(&partner).contains("(ARP"), "{partner:#}");
        let asked = whole(&partner).contains(&format!("the router {ROUTER}"));
        assert_eq!(asked, link == "eth0", "{partner:#}");
    }
}

#[test]
fn silence_is_put_where_it_belongs() {
    let Some(network) = Network::new("silence", "silence") else { return };
    let began = Instant::now();
    let found = Examined::events(&network, &["--peer", SILENT]).ends_with(1);
    // Three and a half seconds, and what a busy machine adds.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let partner = found.says("partner", "fail", "no answer, but the router answers");
    let all = whole(&partner);
    assert!(all.contains(&format!("the router {ROUTER} answers an echo")), "{all}");
    assert!(all.contains("keeps its clients apart") && all.contains("hotspot"), "{all}");
    assert!(found.verdict()["summary"].as_str().is_some_and(|s| s.contains("the partner")));

    network.sysctl(Host::Router, &["net.ipv4.icmp_echo_ignore_all=1"]);
    let found = Examined::events(&network, &["--peer", SILENT]).ends_with(1);
    found.says("partner", "fail", "none from the router either");

    // The router on the way is the one that is asked, and not whoever has the default route.
    network.sysctl(Host::Router, &["net.ipv4.icmp_echo_ignore_all=0"]);
    output(&mut network.on(Host::Client, "ip", &["route", "del", "default"]));
    output(&mut network.on(Host::Client, "ip", &["route", "add", "10.77.5.0/24", "via", ROUTER]));
    let found = Examined::events(&network, &["--peer", SILENT]).ends_with(1);
    found.says("way", "ok", &format!("packets go by the router {ROUTER}"));
    found.says("partner", "fail", "no answer, but the router answers");
}

/// What a firewall does that lets pings through: every TCP packet is dropped.
#[test]
fn a_partner_whose_firewall_drops_tcp_is_alive_and_silent() {
    let Some(network) = Network::new("firewall", "firewall") else { return };
    for rule in [
        &["rule", "add", "pref", "100", "lookup", "local"][..],
        &["rule", "add", "pref", "10", "iif", "eth0", "ipproto", "tcp", "blackhole"],
        &["rule", "del", "pref", "0"],
    ] {
        output(&mut network.on(Host::Server, "ip", rule));
    }
    let found = Examined::events(&network, &["--peer", SERVER]).ends_with(1);
    let partner = found.says("partner", "fail", "alive, but TCP port 6000 stays silent");
    let all = whole(&partner);
    assert!(all.contains("reply in") && all.contains("firewall"), "{all}");
    assert!(!all.contains("the router"), "whoever lives is not searched for: {all}");
}

#[test]
fn what_routers_and_this_machine_say_is_passed_on() {
    let Some(network) = Network::new("routers", "routers") else { return };
    for (host, text) in [
        (NOBODY, "finds nobody at that address"),
        (REJECTED, "10.77.1.1"),
        (FORBIDDEN, "10.77.1.1 forbids it"),
        (UNKNOWN, "no way"),
        ("0.0.0.0", "not the address of one machine"),
        ("224.0.0.1", "not the address of one machine"),
        ("10.77.1.255", "not the address of one machine"),
    ] {
        let found = Examined::events(&network, &["--peer", host]).ends_with(1);
        let partner = found.says("partner", "fail", text);
        assert!(partner["remedy"].is_string(), "{partner:#}");
    }
    output(&mut network.on(Host::Client, "ip", &["route", "del", "default"]));
    output(&mut network.on(Host::Client, "ip", &["-6", "route", "del", "default"]));
    let found = Examined::events(&network, &["--peer", SERVER]).ends_with(1);
    found.says("partner", "fail", "knows no way there");
    // The reason for that is no comfort.
    let way = found.says("way", "fail", "no route leads there");
    assert!(way["remedy"].as_str().is_some_and(|remedy| remedy.contains("same network")));
}

/// Nobody is asked but the partner and, when it is silent, the router. strace is the judge.
#[test]
fn nobody_else_is_asked() {
    const TEST: &str = "nobody_else_is_asked";
    if missing(TEST, &["strace"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "strace") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log").display().to_string();
    let calls = "trace=connect,sendto,sendmsg,sendmmsg";
    let netlab = env!("CARGO_BIN_EXE_netlab");
    for (peer, allowed) in [
        (None, &[][..]),
        (Some(SERVER), &[SERVER]),
        (Some("server.lab"), &[SERVER, SERVER_OF_IPV6]),
        (Some(SILENT), &[SILENT, ROUTER]),
    ] {
        let mut all = vec!["-f", "-o", &path, "-e", calls, netlab, "doctor"];
        all.extend(peer.iter().flat_map(|peer| ["--peer", *peer]));
        drop(Examined::of(&mut network.on(Host::Client, "strace", &all)));
        let log = std::fs::read_to_string(&path).expect("strace has written it");
        let own = ["\"127.0.0.1\"", "\"::1\""];
        let internet = log.lines().filter(|line| line.contains("AF_INET"));
        // Loopback is this machine; localhost is looked up in its own file.
        let asked: Vec<&str> =
            internet.filter(|line| !own.iter().any(|ip| line.contains(ip))).collect();
        for line in &asked {
            let known = allowed.iter().any(|ip| line.contains(&format!("\"{ip}\"")));
            assert!(known, "{peer:?}: {line}\n{log}");
        }
        assert_eq!(asked.is_empty(), peer.is_none(), "{log}");
        assert_eq!(log.contains(ROUTER), peer == Some(SILENT), "{log}");
    }
}

#[test]
fn ctrl_c_ends_the_wait_at_once() {
    const TEST: &str = "ctrl_c_ends_the_wait_at_once";
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "ctrl-c") else { return };
    let mut ping = Program::start(&mut network.on(
        Host::Router,
        "tcpdump",
        &["-l", "-n", "-i", "left", "-c", "1", "tcp", "port", "6000"],
    ));
    ping.until("listening on");
    let arguments = ["doctor", "--peer", SILENT, "--format", "json"];
    let program = network.netlab(&arguments);
    // The first packet is on its way, so it waits.
    ping.until("> 10.77.5.5");
    let pid = Pid::from_raw(program.child.id().try_into().expect("a process"));
    kill(pid, Signal::SIGINT).expect("it runs");
    let (status, lines) = program.finish();
    assert_eq!(status.code(), Some(130), "{}", lines.join("\n"));
    let found = Examined { code: status.code(), lines };
    // What was known by then is shown.
    found.says("port", "ok", "port 6000 is free");
    assert_eq!(found.verdict()["interrupted"], true);
}

/// A record has the same findings as the screen.
#[test]
fn a_record_has_every_finding() {
    let Some(network) = Network::new("record", "record") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run").display().to_string();
    let shown = Examined::events(&network, &["--peer", SERVER, "--record", &path]);
    let record = std::fs::read_to_string(&path).expect("it was written");
    let lines: Vec<String> = record.lines().map(str::to_owned).collect();
    assert!(lines[0].contains(r#""event":"header""#), "{}", lines[0]);
    assert_eq!(lines[1..], shown.lines);
}

/// A server that serves one at a time, and whose queue is full: the knock is not answered. That is
/// named beside the firewall.
#[test]
fn a_busy_server_is_thought_of() {
    const TEST: &str = "a_busy_server_is_thought_of";
    if missing(TEST, &["python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "busy") else { return };
    let code = "import socket\n\
                s = socket.socket()\n\
                s.bind(('', 6000))\n\
                s.listen(0)\n\
                c = socket.create_connection(('127.0.0.1', 6000))\n\
                print('full', flush=True)\n\
                input()";
    let mut server = Program::start(&mut network.on(Host::Server, "python3", &["-c", code]));
    server.until("full");
    let found = Examined::events(&network, &["--peer", SERVER]).ends_with(1);
    let partner = found.says("partner", "fail", "alive, but TCP port 6000 stays silent");
    assert!(whole(&partner).contains("its queue is full"), "{partner:#}");
}

/// A disk that is full is told, and the page is shown all the same.
#[test]
fn what_cannot_be_kept_is_told() {
    let run = |arguments: &[&str], out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
        command.arg("doctor").args(arguments).stdout(out).output().expect("it starts")
    };
    let full = run(&["--record", "/dev/full"], Stdio::piped());
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(3), "{told}");
    assert!(told.contains("writing \"/dev/full\" failed: no space left"), "{told}");
    assert!(told.contains("written in /dev") && !told.contains("nothing was started"), "{told}");
    assert!(String::from_utf8_lossy(&full.stdout).contains("tell your partner"), "{told}");
    let device = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let full = run(&[], device.into());
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(3), "{told}");
    assert!(told.contains("the standard output"), "{told}");
}
