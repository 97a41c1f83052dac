//! Ports that are really taken, by programs that everybody knows.
#![cfg(test)]

use std::process::Command;

use crate::examined::{Examined, whole};
use crate::network::{Host, Network};
use crate::support::Program;
use crate::tools::{missing, output};

/// A listener of ncat's, at an address and port.
fn ncat(network: &Network, endpoint: [&str; 2]) -> Program {
    let all = [&["-l", "-v", "-k", "-n"], &endpoint[..]].concat();
    let mut ncat = Program::start(&mut network.on(Host::Client, "ncat", &all));
    ncat.until("Listening on");
    ncat
}

#[test]
fn the_owner_of_a_taken_port_is_named() {
    const TEST: &str = "the_owner_of_a_taken_port_is_named";
    if missing(TEST, &["ncat", "python3"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "taken") else { return };
    let server = ncat(&network, ["127.0.0.1", "6000"]);
    let code = "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('', 5000))\n\
                print('bound', flush=True)\ninput()";
    let mut python = Program::start(&mut network.on(Host::Client, "python3", &["-c", code]));
    python.until("bound");

    // On the handouts' ports that is a warning: there are others.
    let found = Examined::events(&network, &[]).ends_with(0);
    let port = found.says("port", "warn", "port 6000/tcp is taken by ncat");
    let pid = format!("process {}", server.child.id());
    assert!(whole(&port).contains(&pid), "{port:#}");
    assert!(whole(&port).contains("bound to 127.0.0.1:6000"), "{port:#}");
    assert!(whole(&port).contains("port 6000/udp is free"), "{port:#}");
    assert!(port["remedy"].as_str().is_some_and(|r| r.contains("netlab tcp-server 6001")));
    let port = found.says("port", "warn", "port 5000/udp is taken by python");
    assert!(whole(&port).contains("netlab udp-server 5001"), "{port:#}");
    let port = found.says("port", "ok", "port 54321 is free, TCP and UDP");
    assert!(whole(&port).contains("source ports"), "{port:#}");
    assert_eq!(found.verdict()["ready"], true);
    assert_eq!(
        found.verdict()["summary"]
            .as_str()
            .map(|s| s.contains("port 6000 is taken, port 5000 is taken")),
        Some(true)
    );

    // A port that was named has to be free.
    let found = Examined::events(&network, &["--port", "6000", "7000"]).ends_with(1);
    found.says("port", "fail", "port 6000/tcp is taken by ncat");
    found.says("port", "ok", "port 7000 is free");
    assert_eq!(found.checks().iter().filter(|check| check["name"] == "port").count(), 2);
}

#[test]
fn ones_own_server_is_named_and_no_fault() {
    let Some(network) = Network::new("own server", "own") else { return };
    let mut server = network.netlab(&["tcp-server", "6000"]);
    server.until("listening on");
    let found = Examined::events(&network, &["--port", "6000"]).ends_with(0);
    let port = found.says("port", "ok", "port 6000/tcp is taken by netlab");
    assert!(whole(&port).contains("your own netlab"), "{port:#}");
}

/// What may not be bound is told as that, to users without privilege.
#[test]
fn a_port_of_the_system_is_not_for_everybody() {
    const TEST: &str = "a_port_of_the_system_is_not_for_everybody";
    if missing(TEST, &["setpriv", "sysctl"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "low") else { return };
    network.sysctl(Host::Client, &["net.ipv4.ip_unprivileged_port_start=1024"]);
    let user = crate::privilege::Ordinary::new();
    let found = Examined::of(&mut user.run(&network, &["doctor", "--port", "80"])).ends_with(1);
    let port = found.says("port", "fail", "port 80/tcp may not be bound: EACCES");
    assert!(whole(&port).contains("from 1024 up"), "{port:#}");
}

#[test]
fn ports_that_are_none_are_refused_in_five_parts() {
    for (port, rule) in [("70000", "16 bits"), ("6OOO", "16 bits"), ("-1", "16 bits"), ("0", "0")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
        let done = command.args(["doctor", "--port", port]).output().expect("it starts");
        assert_eq!(done.status.code(), Some(2), "{port}");
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(told.contains(&format!("{port:?} is not a port")), "{told}");
        assert!(
            told.contains(rule) && told.contains("try     netlab doctor --port 6000"),
            "{told}"
        );
    }
    let help = output(Command::new(env!("CARGO_BIN_EXE_netlab")).args(["doctor", "--help"]));
    assert!(help.contains("--peer <HOST>") && !help.contains("[STRAY]"), "{help}");
}

/// What was typed comes back in the command to try.
#[test]
fn slips_are_answered_with_what_was_meant() {
    for (words, wanted) in [
        (&["--port", "1-10"][..], "netlab doctor --port 1 10"),
        (&["--port", "6000", "50O0"], "netlab doctor --port 6000"),
        (&["--port", "6000", "10.0.0.1"], "netlab doctor --peer 10.0.0.1"),
        (&["127.0.0.1"], "netlab doctor --peer 127.0.0.1"),
        (&["laptop.lab", "--explain"], "netlab doctor --peer laptop.lab"),
        (&["6000"], "netlab doctor --port 6000"),
        (&["\u{1b}[31m; rm x"], "netlab doctor --peer 10.0.73.221"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
        let done = command.arg("doctor").args(words).output().expect("it starts");
        assert_eq!(done.status.code(), Some(2), "{words:?}");
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(told.contains(&format!("try     {wanted}\n")), "{words:?}: {told}");
        assert!(!told.contains('\u{1b}'), "{told:?}");
    }
    let Some(network) = Network::new("slips", "slips") else { return };
    let found = Examined::events(&network, &["--port", "6000,5000"]).ends_with(0);
    found.says("port", "ok", "port 6000 is free");
    found.says("port", "ok", "port 5000 is free");
}

/// A port has two families: a program may have it in one of them.
#[test]
fn a_port_that_is_taken_in_ipv6_only_is_told() {
    const TEST: &str = "a_port_that_is_taken_in_ipv6_only_is_told";
    if missing(TEST, &["python3"]) || !crate::network::has_ipv6() {
        return;
    }
    let Some(network) = Network::new(TEST, "six") else { return };
    let code = "import socket\ns = socket.socket(socket.AF_INET6)\n\
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)\n\
                s.bind(('::', 6000))\ns.listen()\nprint('bound', flush=True)\ninput()";
    let mut python = Program::start(&mut network.on(Host::Client, "python3", &["-c", code]));
    python.until("bound");
    let found = Examined::events(&network, &["--port", "6000"]).ends_with(0);
    let port = found.says("port", "warn", "port 6000/tcp is taken by python");
    assert!(whole(&port).contains("bound to [::]:6000"), "{port:#}");
    assert!(whole(&port).contains("for IPv4 it is free"), "{port:#}");
}
