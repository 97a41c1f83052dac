//! The table in a pipe: what stands in a row, what is explained, what is counted.
#![cfg(test)]

use std::net::{TcpListener, TcpStream, UdpSocket};

use crate::lab::{LONG, Lab, endpoints};
use crate::namespace::alone;

/// The row of the socket with that source.
#[track_caller]
fn row<'a>(text: &'a str, source: &str) -> Vec<&'a str> {
    let rows = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut found = rows.filter(|words| words.get(2) == Some(&source));
    found.next().unwrap_or_else(|| panic!("{source} in\n{text}"))
}

#[test]
fn a_row_tells_what_a_socket_is_and_whose() {
    alone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("an address");
    let client = TcpStream::connect(server).expect("it listens");
    let port = client.local_addr().expect("an address").port();
    let ran = endpoints(&["--port", &server.port().to_string()]).ends_with(0);
    let header = ran.text.lines().next().expect("a header");
    let titles: Vec<_> = header.split_whitespace().collect();
    assert_eq!(
        titles,
        [
            "Proto",
            "State",
            "Source",
            "Src-range",
            "Destination",
            "Dst-range",
            "Reach",
            "Queues",
            "Program"
        ]
    );
    let own = std::process::id().to_string();
    let listening = row(&ran.text, &server.to_string());
    assert_eq!(listening[..2], ["tcp", "LISTEN"], "{listening:?}");
    assert_eq!(listening[4..7], ["0.0.0.0:0", "-", "host"], "{listening:?}");
    // One has finished its handshake and waits for accept.
    assert!(listening[7].starts_with("1/"), "{listening:?}");
    assert!(listening[8].ends_with(&format!("/{own}")), "{listening:?}");
    let range = |port| if port < 49152 { "registered" } else { "dynamic" };
    let talking = row(&ran.text, &format!("127.0.0.1:{port}"));
    let expected =
        ["tcp", "ESTABLISHED", talking[2], range(port), &server.to_string(), range(server.port())];
    assert_eq!(talking[..6], expected, "{talking:?}");
    let short = endpoints(&["--no-programs", "--port", &server.port().to_string()]).ends_with(0);
    assert!(!short.text.contains("Program") && !short.text.contains(&own), "{short:#?}");
}

#[test]
fn in_a_pipe_a_row_is_a_line_and_no_address_is_cut() {
    let Some(lab) = Lab::new("in_a_pipe_a_row_is_a_line", "pipe") else { return };
    let ran = lab.endpoints(&[]).ends_with(0);
    let count = lab.endpoints(&["--format", "json"]).events("socket").len();
    assert_eq!(ran.text.lines().count(), count + 1, "{}", ran.text);
    let talk = lab.port("talk_long");
    let words = row(&ran.text, &format!("[{LONG}]:{talk}")).join(" ");
    assert!(words.contains(&format!("[{LONG}]:{}", lab.port("long"))), "{words}");
    // What has no ports has a dash there, and something else beside it.
    assert_eq!(
        row(&ran.text, "127.0.0.1:-")[..4],
        ["icmp", "UNCONNECTED", "127.0.0.1:-", "id=0x1234"]
    );
    assert_eq!(row(&ran.text, "0.0.0.0:-")[..4], ["raw/1", "UNCONNECTED", "0.0.0.0:-", "(icmp)"]);
    assert_eq!(row(&ran.text, "[::]:-")[..4], ["raw6/58", "UNCONNECTED", "[::]:-", "(icmpv6)"]);
    // The columns stand below one another.
    let mut lines = ran.text.lines();
    let at = lines.next().and_then(|header| header.find("Reach")).expect("a column");
    assert!(
        lines.all(|line| matches!(line[at..].split_whitespace().next(), Some("host" | "network")))
    );
}

#[test]
fn every_state_that_occurs_is_explained_and_who_has_to_act() {
    let Some(lab) = Lab::new("every_state_that_occurs_is_explained", "why") else { return };
    let ran = lab.endpoints(&["--explain"]).ends_with(0);
    let below = ran.text.split_once("What the states mean").expect("a section").1;
    for state in
        ["LISTEN", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT", "TIME-WAIT", "CONNECTED"]
    {
        assert!(below.contains(&format!("  {state}: ")), "{state} in\n{below}");
    }
    assert!(!below.contains("LAST-ACK:"), "it does not occur:\n{below}");
    let flat = below.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "The program here has not closed",
        "ends by itself, after 60 s on Linux",
        "The queue of port",
        "does not call accept",
        "What the columns mean",
        "Where this comes from",
        "sock_diag",
    ] {
        assert!(flat.contains(words), "{words:?} in\n{below}");
    }
    assert!(below.lines().all(|line| line.chars().count() <= 80), "{below}");
    let objects = lab.endpoints(&["--explain", "--format", "json"]).events("state_explained");
    assert!(objects.iter().any(|one| one["state"] == "CLOSE-WAIT" && one["who_acts"].is_string()));
}

#[test]
fn they_can_be_counted() {
    let Some(lab) = Lab::new("they_can_be_counted", "count") else { return };
    let tally = &lab.endpoints(&["--count", "--format", "json"]).events("socket_count")[0];
    let all = lab.endpoints(&["--format", "json"]).events("socket");
    assert_eq!(tally["total"], all.len());
    for (state, count) in tally["states"].as_object().expect("states") {
        let real = all.iter().filter(|socket| socket["state"] == **state).count();
        assert_eq!(*count, real, "{state}");
    }
    for range in ["well-known", "registered", "dynamic"] {
        let real = all.iter().filter(|socket| socket["source_range"] == range).count();
        assert_eq!(tally["source_ranges"][range], real, "{range}");
    }
    let text = lab.endpoints(&["--count", "--tcp"]).ends_with(0).text;
    for words in ["By protocol", "tcp, IPv4", "By state", "CLOSE-WAIT", "By source port", "All"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    assert!(!text.contains("udp"), "{text}");
}

#[test]
fn the_order_is_the_same_each_time_and_can_be_chosen() {
    let Some(lab) = Lab::new("the_order_can_be_chosen", "order") else { return };
    let rows =
        |flags: &[&str]| lab.endpoints(&[&["--format", "json"], flags].concat()).events("socket");
    let keys = |flags: &[&str], field: &str| {
        rows(flags).iter().map(|row| row[field].as_u64().unwrap_or(u64::MAX)).collect::<Vec<_>>()
    };
    let protocols: Vec<_> =
        rows(&[]).iter().map(|row| row["transport"].as_str().map(str::to_owned)).collect();
    let mut once = protocols.clone();
    once.dedup();
    assert_eq!(once.iter().flatten().collect::<Vec<_>>(), ["tcp", "udp", "icmp", "raw"]);
    assert_eq!(rows(&[])[0]["state"], "LISTEN");
    assert!(keys(&["--sort", "port"], "source_port").is_sorted());
    let mut backwards = keys(&["--sort", "port", "--reverse"], "source_port");
    backwards.reverse();
    assert!(backwards.is_sorted());
    assert!(keys(&["--sort", "destination-port"], "destination_port").is_sorted());
    assert_eq!(keys(&["--sort", "queue"], "receive_queue")[0], 1234);
    for column in ["protocol", "state", "source", "destination", "program", "pid"] {
        let sorted = rows(&["--sort", column]);
        assert_eq!(sorted, rows(&["--sort", column]), "{column}");
    }
}

#[test]
fn a_datagram_socket_is_shown_with_its_own_words() {
    alone();
    let bound = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = bound.local_addr().expect("an address").port();
    let ran = endpoints(&["-u", "--port", &port.to_string()]).ends_with(0);
    assert_eq!(row(&ran.text, &format!("127.0.0.1:{port}"))[..2], ["udp", "UNCONNECTED"]);
    bound.connect("127.0.0.1:9").expect("no handshake");
    let ran = endpoints(&["-ue", "--port", &port.to_string()]).ends_with(0);
    let words = row(&ran.text, &format!("127.0.0.1:{port}"));
    assert_eq!(words[1], "CONNECTED");
    assert_eq!(words[4..6], ["127.0.0.1:9", "well-known"]);
}
