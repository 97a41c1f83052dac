//! Calls of `connect` that fail: from which port they went out only their packets tell.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::ran::{Place, may_capture, python, script};

/// Somebody else, who tries the same port again and again until the input ends, from ports below
/// 30000, which no system hands out by itself.
const OTHERS: &str = "import select, socket, sys\n\
    own = 0; print('ready', flush=True)\n\
    while not select.select([sys.stdin], [], [], 0)[0]:\n\
    \x20   s = socket.socket(); own = own % 9000 + 1\n\
    \x20   try: s.bind(('127.0.0.1', 20000 + own))\n\
    \x20   except OSError: continue\n\
    \x20   s.connect_ex(('127.0.0.1', int(sys.argv[1]))); s.close()\n";

/// The flags, the ports and the causes of the packets from and to a port.
fn to_port(packets: &[&Value], port: u64) -> Vec<(String, u64, String)> {
    let mine = packets.iter().filter(|it| it["destination_port"] == port);
    let row = |it: &&Value| {
        let by = it["cause"]["calls"][0]["text"].as_str().unwrap_or_default();
        let own = it["source_port"].as_u64().expect("a port");
        (it["flags"].to_string(), own, by.to_owned())
    };
    mine.map(row).collect()
}

#[test]
fn each_attempt_has_its_own_packets_whoever_else_tries_the_same() {
    const TEST: &str = "each_attempt_has_its_own_packets_whoever_else_tries_the_same";
    let Some(place) = Place::new(TEST) else { return };
    if !may_capture(TEST) {
        return;
    }
    // Somebody has the port and does not listen, so nobody else will.
    let (held, port) = closed_port();
    std::fs::write(place.file("port"), port.to_string()).expect("a file");
    let mut others = Command::new(python())
        .args(["-c", OTHERS, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let ready = BufReader::new(others.stdout.take().expect("a pipe")).lines().next();
    assert_eq!(ready.expect("a line").expect("UTF-8"), "ready");
    let again = script("again.py").display().to_string();
    let file = place.file("port");
    let ran = place.run(&["--", python(), &again, &file], "").code(0);
    drop(others.stdin.take());
    assert!(others.wait().expect("it was started").success());
    drop(held);

    assert!(ran.page.starts_with("111\n111\n0\n"), "{}", ran.page);
    let report = ran.events("capture_report").next().expect("a report");
    assert!(report["others"].as_u64() > Some(10), "the others were there: {report}");
    let packets: Vec<&Value> = ran.events("packet").collect();
    let refused = "connect(127.0.0.1:PORT) = -1 ECONNREFUSED".replace("PORT", &port.to_string());
    let tried = to_port(&packets, port.into());
    let expected = |own: u64| ("[\"SYN\"]".to_owned(), own, refused.clone());
    assert_eq!(tried.len(), 2, "{tried:#?}");
    assert_eq!(tried, [expected(tried[0].1), expected(tried[1].1)]);
    // Theirs may be among them only where it is said.
    let theirs = tried.iter().any(|(_, own, _)| (20_001..=29_001).contains(own));
    assert!(!theirs || ran.errors().contains("not certain"), "{tried:?}: {}", ran.errors());
    assert_ne!(tried[0].1, tried[1].1, "each time from a new port");
    // Two SYNs and their RSTs; then a connection of which every packet is there.
    let answers = packets.iter().filter(|it| it["source_port"] == port);
    assert!(answers.map(|it| it["flags"].to_string()).eq(["[\"RST\",\"ACK\"]"; 2]));
    let open =
        packets.iter().find(|it| it["destination_port"] != port && it["source_port"] != port);
    let open = open.expect("the third attempt");
    let by = open["cause"]["calls"][0]["text"].as_str().expect("a call");
    assert!(by.starts_with("connect(") && by.ends_with(" = 0"), "{open}");
}

#[test]
fn who_only_asks_how_a_connect_went_has_not_made_another() {
    const TEST: &str = "who_only_asks_how_a_connect_went_has_not_made_another";
    let Some(place) = Place::new(TEST) else { return };
    if !may_capture(TEST) {
        return;
    }
    let (held, port) = closed_port();
    let file = place.file("port");
    std::fs::write(&file, port.to_string()).expect("a file");
    let asks = script("asks.py").display().to_string();
    let ran = place.run(&["--", python(), &asks, &file], "").code(0);
    drop(held);
    assert!(ran.page.starts_with(&"111\n".repeat(5)), "{}", ran.page);
    let syns = ran.events("packet").filter(|it| it["destination_port"] == port);
    let by = syns.map(|it| it["cause"]["calls"][0].clone()).collect::<Vec<_>>();
    let sockets: Vec<&str> = by.iter().filter_map(|it| it["socket"].as_str()).collect();
    assert_eq!(sockets, ["A", "B", "C", "D", "E"], "{by:#?}");
    assert!(by.iter().all(|it| it["text"].as_str().is_some_and(|it| it.ends_with("EINPROGRESS"))));
    assert_eq!(ran.errors(), "");
}

/// A socket that has a port and does not listen.
fn closed_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).expect("a free port");
    let port = socket.local_addr().expect("an address").as_socket().expect("IPv4").port();
    (socket, port)
}
