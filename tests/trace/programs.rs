//! What programs do, as the record and the page tell it.
#![cfg(test)]

use std::collections::HashSet;
use std::process::Command;

use crate::ran::{Place, may_capture, without_ports};
use crate::support::netlab;
use crate::tools::missing;

#[test]
fn a_chat_of_two_programs_is_drawn_as_lanes() {
    let Some(place) = Place::new("a_chat_of_two_programs_is_drawn_as_lanes") else { return };
    let server = place.words("turns_server.py", "");
    let client = place.words("turns_client.py", "");
    let ran = place.pair(&server, &client, &[], "Hello!\nand \"more\"\n").code(0);
    let calls = |end| ran.calls(end).iter().map(|it| without_ports(it)).collect::<Vec<_>>();
    assert_eq!(
        calls("client"),
        [
            "A socket(AF_INET, SOCK_STREAM) = A",
            "A connect(127.0.0.1:PORT) = 0",
            "A send(5) = 5",
            "A recv(2048) = 7",
            "A send(6) = 6",
            "A recv(2048) = 12",
            "A send(10) = 10",
            "A recv(2048) = 16",
            "A close() = 0",
        ]
    );
    let server = calls("server");
    assert_eq!(
        server[..4],
        [
            "A socket(AF_INET, SOCK_STREAM) = A",
            "A bind(127.0.0.1:0) = 0",
            "A listen(4) = 0",
            "A accept() = B from 127.0.0.1:PORT",
        ]
    );
    assert!(server.ends_with(&["B close() = 0".into(), "A close() = 0".into()]), "{server:?}");
    for words in ["server │ JS-PC connected", "client │ heard Hello!", "\"JS-PC\""] {
        assert!(ran.page.contains(words), "{words} in\n{}", ran.page);
    }
    assert!(ran.page.contains("client (") && ran.page.contains("exit code 0: success"));
    let endpoints: Vec<_> = ran.events("endpoints").collect();
    assert_eq!(endpoints.len(), 2, "one table for each program");
    // The record keeps no texts, and netlab timeline draws it.
    let record = std::fs::read_to_string(ran.place.file("run.jsonl")).expect("a record");
    assert!(!record.contains("Hello!"), "{record}");
    let drawn =
        netlab().args(["timeline", &ran.place.file("run.jsonl")]).output().expect("it runs");
    let drawn = String::from_utf8_lossy(&drawn.stdout).into_owned();
    for words in ["client and server", "connect(127.0.0.1:", "accept = B from", "recv"] {
        assert!(drawn.contains(words), "{words} in\n{drawn}");
    }
    assert!(ran.page.lines().all(|line| line.chars().count() <= 80), "{}", ran.page);
}

#[test]
fn its_packets_are_between_the_lanes() {
    const TEST: &str = "its_packets_are_between_the_lanes";
    let Some(place) = Place::new(TEST) else { return };
    if !may_capture(TEST) || missing(TEST, &["tshark"]) {
        return;
    }
    let server = place.words("turns_server.py", "");
    let client = place.words("turns_client.py", "");
    let file = place.file("run.pcapng");
    // They are drawn where capturing is allowed, also when they are written to a file.
    let ran = place.pair(&server, &client, &["--write", &file], "Hello!\n").code(0);
    let packets: Vec<_> = ran.events("packet").collect();
    let flags = |packet: &serde_json::Value| packet["flags"].to_string();
    assert_eq!(flags(packets[0]), "[\"SYN\"]");
    assert_eq!(packets[0]["cause"]["calls"][0]["end"], "client", "{}", packets[0]);
    assert_eq!(packets[1]["cause"]["why"], "answers for listen", "{}", packets[1]);
    let connect = ran.events("call").find(|it| it["call"] == "connect").expect("a connect");
    let time = |of: &serde_json::Value| of["t_ns"].as_u64().expect("a time");
    assert!(time(connect) > time(packets[1]), "back before its answer: {connect}");
    let with_data: Vec<_> = packets.iter().filter(|it| it["payload"] != 0).collect();
    let by = |packet: &serde_json::Value| {
        packet["cause"]["calls"][0]["text"].as_str().unwrap_or("").to_owned()
    };
    assert_eq!(
        with_data.iter().map(|it| by(it)).collect::<Vec<_>>(),
        ["send(5) = 5", "send(7) = 7", "send(6) = 6", "send(12) = 12"]
    );
    for words in ["SYN,ACK", "PSH,ACK 5 bytes", "FIN,ACK", "→ ESTABLISHED"] {
        assert!(ran.page.contains(words), "{words} in\n{}", ran.page);
    }
    // Whatever else this machine sent meanwhile is in neither.
    let port = packets[0]["destination_port"].as_u64();
    for packet in &packets {
        let ports = [packet["source_port"].as_u64(), packet["destination_port"].as_u64()];
        assert!(ports.contains(&port), "{packet}");
    }
    let shark = Command::new("tshark")
        .args(["-r", &file, "-T", "fields", "-e", "frame.comment"])
        .output()
        .expect("tshark runs");
    let comments = String::from_utf8_lossy(&shark.stdout).into_owned();
    assert_eq!(comments.lines().count(), packets.len(), "{comments}");
    assert!(comments.contains("netlab: A send(6) = 6, client"), "{comments}");
}

#[test]
fn a_threaded_server_has_a_socket_for_each_client() {
    let Some(place) = Place::new("a_threaded_server_has_a_socket_for_each_client") else { return };
    let server = place.words("threaded_server.py", "");
    let client = place.words("three_clients.py", "");
    let ran = place.pair(&server, &client, &["--grace", "0.2"], "").code(0);
    let calls = ran.calls("server");
    for label in ["B", "C", "D"] {
        let has = |what: &str| calls.iter().any(|call| call.contains(what));
        assert!(has(&format!("A accept() = {label} from ")), "{calls:#?}");
        assert!(has(&format!("{label} recv(100) = 7")), "{calls:#?}");
        assert!(has(&format!("{label} send(7) = 7")), "{calls:#?}");
        assert!(has(&format!("{label} close() = 0")), "{calls:#?}");
    }
    let threads: HashSet<String> = ran
        .events("call")
        .filter(|event| event["end"] == "server" && event["call"] == "send")
        .map(|event| event["thread"].to_string())
        .collect();
    assert_eq!(threads.len(), 3, "each client has a thread");
}

#[test]
fn a_socket_that_two_processes_hold_ends_with_the_second() {
    let Some(place) = Place::new("a_socket_that_two_processes_hold_ends_with_the_second") else {
        return;
    };
    let server = place.words("forking_server.py", "");
    let client = place.words("turns_client.py", "");
    let ran = place.pair(&server, &client, &[], "Hello!\n").code(0);
    let closes: Vec<_> = ran
        .events("call")
        .filter(|event| event["end"] == "server" && event["call"] == "close")
        .filter(|event| event["socket"] == "B")
        .map(|event| event["state"].as_str().expect("a state").to_owned())
        .collect();
    assert_eq!(closes.len(), 2, "{:#?}", ran.calls("server"));
    assert_eq!((closes[0].as_str(), closes[1].as_str()), ("ESTABLISHED", "LAST-ACK"));
    assert!(ran.calls("server").iter().any(|call| call == "B send(12) = 12"), "in the child");
}

#[test]
fn datagrams_carry_their_endpoints() {
    let Some(place) = Place::new("datagrams_carry_their_endpoints") else { return };
    let server = place.words("udp_echo.py", "");
    let client = place.words("udp_ask.py", "");
    let ran = place.pair(&server, &client, &[], "").code(0);
    let calls = |end| ran.calls(end).iter().map(|it| without_ports(it)).collect::<Vec<_>>();
    assert_eq!(
        calls("client"),
        [
            "A socket(AF_INET, SOCK_DGRAM) = A",
            "A sendto(5, 127.0.0.1:PORT) = 5",
            "A recvfrom(1024) = 5 from 127.0.0.1:PORT",
            "A sendto(10, 127.0.0.1:PORT) = 10",
            "A recvfrom(1024) = 10 from 127.0.0.1:PORT",
            "A close() = 0",
        ]
    );
    let states: HashSet<String> = ran
        .events("call")
        .filter(|event| event["call"] != "close")
        .map(|event| event["state"].to_string())
        .collect();
    assert_eq!(states, HashSet::from(["\"UNCONNECTED\"".to_owned()]));
    assert!(ran.page.contains("\"second one\""), "{}", ran.page);
}

#[test]
fn ipv6_is_drawn_as_well() {
    let Some(place) = Place::new("ipv6_is_drawn_as_well") else { return };
    let server = place.words("turns_server.py", "::1");
    let client = place.words("turns_client.py", "::1");
    let ran = place.pair(&server, &client, &[], "Hello!\n").code(0);
    let calls = ran.calls("client").join("\n");
    assert!(calls.contains("socket(AF_INET6, SOCK_STREAM) = A"), "{calls}");
    assert!(calls.contains("connect([::1]:"), "{calls}");
    let rows = ran.events("endpoints").flat_map(|it| it["rows"].as_array().expect("rows"));
    assert!(rows.filter(|row| row["source_ip"] == "::1").count() >= 3);
}

#[test]
fn a_refused_connect_says_so() {
    const TEST: &str = "a_refused_connect_says_so";
    let Some(place) = Place::new(TEST) else { return };
    let code = "import socket; s=socket.socket(); print(s.connect_ex(('127.0.0.1', 1))); s.close()";
    let ran = place.run(&["--", crate::ran::python(), "-c", code], "").code(0);
    let connect = ran.events("call").find(|it| it["call"] == "connect").expect("a connect");
    assert_eq!(connect["text"], "connect(127.0.0.1:1) = -1 ECONNREFUSED");
    assert_eq!(connect["error"]["number"], 111);
    assert_eq!(connect["state"], "CLOSED");
    assert!(ran.page.starts_with("111\n"), "what it prints comes first: {}", ran.page);
    if may_capture(TEST) {
        let packets: Vec<_> = ran.events("packet").collect();
        assert_eq!(packets.len(), 2, "{packets:#?}");
        let cause = &packets[0]["cause"]["calls"][0]["text"];
        assert_eq!(cause, "connect(127.0.0.1:1) = -1 ECONNREFUSED");
        assert_eq!(packets[1]["flags"].to_string(), "[\"RST\",\"ACK\"]");
    }
}

#[test]
fn a_state_that_no_call_tells_is_the_one_of_ss() {
    const TEST: &str = "a_state_that_no_call_tells_is_the_one_of_ss";
    let Some(place) = Place::new(TEST) else { return };
    if missing(TEST, &["ss"]) {
        return;
    }
    // No packets: only the other end's close says that this end is told of it.
    let server = place.words("closing_server.py", "");
    let client = place.words("deaf_client.py", "");
    let ran = place.pair(&server, &client, &["--no-packets"], "").code(0);
    let told = ran.page.lines().find_map(|line| line.strip_prefix("client │ ss says "));
    let told = told.unwrap_or_else(|| panic!("{}", ran.page));
    assert_eq!(told, "CLOSE-WAIT");
    let place =
        |words: &str| ran.page.find(words).unwrap_or_else(|| panic!("{words} in\n{}", ran.page));
    assert!(place(&format!("A → {told}")) < place("A close() = 0  → LAST-ACK"), "{}", ran.page);
    // Of what ss itself asks the kernel, nothing is drawn, and all is understood.
    assert!(!ran.page.contains("NETLINK"), "{}", ran.page);
    assert_eq!(ran.errors(), "");
}
