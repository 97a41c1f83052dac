//! What students stumbled over.

use netlab::timeline::{Options, Picture, RowKind};
use serde_json::json;

use crate::made::Made;
use crate::told;

fn client(host: &str, started: u64, begins: u64, port: u16) -> Made {
    let mut made = Made::new(host, "tcp-client 127.0.0.1 6000", started);
    let own = format!("getsockname() = 127.0.0.1:{port}");
    made.call(begins, 5, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    made.call(begins + 90, 80, "", "A", "connect(127.0.0.1:6000) = 0", "ESTABLISHED");
    made.call(begins + 95, 2, "", "A", &own, "ESTABLISHED");
    made.call(begins + 300, 20, "", "A", "send(6) = 6", "ESTABLISHED");
    made.call(begins + 400, 20, "", "A", "shutdown(SHUT_WR) = 0", "FIN-WAIT-1");
    made.call(begins + 900, 400, "", "A", "recv(100) = 4", "FIN-WAIT-1");
    made.call(begins + 1500, 400, "", "A", "recv(100) = 0", "TIME-WAIT");
    made.call(begins + 1600, 20, "", "A", "close() = 0", "CLOSED");
    made
}

/// Its clients come at these times and have these ports.
fn server(host: &str, started: u64, clients: &[(u64, u16)]) -> Made {
    let mut made = Made::new(host, "tcp-server 6000", started);
    made.call(10, 5, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    made.call(30, 5, "", "A", "bind(127.0.0.1:6000) = 0", "CLOSED");
    made.call(40, 5, "", "A", "listen(4) = 0", "LISTEN");
    for ((at, port), label) in clients.iter().zip(["B", "C"]) {
        let accept = format!("accept() = {label} from 127.0.0.1:{port}");
        made.call(at + 110, 60, "", "A", &accept, "LISTEN");
        made.call(at + 320, 150, "", label, "recv(100) = 6", "ESTABLISHED");
        made.call(at + 420, 90, "", label, "recv(100) = 0", "CLOSE-WAIT");
        made.call(at + 850, 20, "", label, "send(4) = 4", "CLOSE-WAIT");
        made.call(at + 1450, 20, "", label, "close() = 0", "LAST-ACK");
    }
    made
}

fn picture(records: &[&Made]) -> Picture {
    let records: Vec<_> = records
        .iter()
        .zip(1..)
        .map(|(made, number)| {
            let mut lines = made.lines.clone();
            lines[0]["run"] = json!(number.to_string());
            netlab::timeline::Record::of(lines).expect("a record")
        })
        .collect();
    Picture::of(&records, &Options { fold: 0, ..Options::default() })
}

#[test]
fn one_machine_has_one_clock_and_no_alarm() {
    // The server began 5 ms before the client; what was noted contradicts that by some microseconds.
    for wrong in [0, 40] {
        let client = client("one", 5_000_000 + wrong * 1000, 100, 40_000);
        let picture = picture(&[&client, &server("one", 0, &[(5_100, 40_000)])]);
        let alignment = picture.alignment.expect("two records");
        assert!(alignment.one_machine && alignment.bounded, "{alignment:?}");
        assert!((1000..=150_000).contains(&alignment.uncertainty_ns), "{alignment:?}");
        assert!((alignment.offset_ns + 5_000_000).abs() < 150_000, "{alignment:?}");
        let alarm = picture.remarks.iter().any(|remark| remark.contains("contradict"));
        assert!(!alarm && picture.first.is_empty(), "{:?} {:?}", picture.remarks, picture.first);
    }
}

#[test]
fn what_the_other_side_calls_tells_the_states_after_the_end() {
    let picture = picture(&[&client("one", 0, 100, 40_000), &server("one", 0, &[(100, 40_000)])]);
    let rows = told(&picture);
    let at = |text: &str| {
        let place = rows.iter().position(|row| row.contains(text));
        place.unwrap_or_else(|| panic!("{text} in {rows:#?}"))
    };
    assert!(at("shutdown(SHUT_WR)") < at("client: A FIN-WAIT-1→FIN-WAIT-2"), "{rows:#?}");
    assert!(at("client: A FIN-WAIT-1→FIN-WAIT-2") < at("client recv(100) = 4"), "{rows:#?}");
    assert!(at("server close()") < at("client: A FIN-WAIT-2→TIME-WAIT"), "{rows:#?}");
    let again = rows.iter().filter(|row| row.contains("→TIME-WAIT")).count();
    assert_eq!(again, 1, "{rows:#?}");
}

#[test]
fn strangers_are_named_first_with_what_would_fit() {
    let one = client("one", 0, 100, 40_000);
    let other = client("one", 0, 9_000, 40_001);
    let picture = picture(&[&one, &other]);
    let said = picture.first.join(" ");
    assert!(said.contains("nothing to do with each other"), "{said}");
    assert!(said.contains("the TCP server at 127.0.0.1:6000"), "{said}");
    let names: Vec<&str> = picture.lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert_eq!(names, ["client 1", "client 2"]);
}

/// Two clients know each other only by their server.
#[test]
fn a_server_and_its_clients_are_one_picture() {
    let hour = 3_600_000_000_000;
    let clients = [client("c1", 0, 100, 40_000), client("c2", hour, 100, 40_001)];
    let server = server("s", 7 * hour, &[(100, 40_000), (50_100, 40_001)]);
    let picture = picture(&[&clients[0], &clients[1], &server]);
    assert!(picture.first.is_empty(), "{:?}", picture.first);
    assert_eq!(picture.lanes.len(), 3);
    let time = |lane: &str, text: &str| {
        let mut calls = picture.rows.iter().filter_map(|row| match &row.kind {
            RowKind::Call(call) => Some((call, row.at)),
            _ => None,
        });
        let found = calls.find(|(call, _)| {
            picture.lanes[call.lane].name == lane && {
                format!("{} = {}", call.text, call.result).contains(text)
            }
        });
        found.unwrap_or_else(|| panic!("{text} in {:#?}", told(&picture))).1
    };
    for (client, accept) in [("c1", "= B from"), ("c2", "= C from")] {
        let (one, other) = (time(client, "connect"), time("server", accept));
        assert!(one <= other && other.abs_diff(one).as_micros() < 2000, "{one:?} {other:?}");
    }
}

#[test]
fn datagrams_of_a_burst_have_their_numbers_and_netlabs_own_calls_are_counted() {
    let mut made = Made::new("one", "udp-client 127.0.0.1 6000 --count 3", 0);
    made.event(1, "sending", json!({ "ip": "127.0.0.1", "port": 6000, "count": 3 }));
    made.call(10, 1, "", "A", "socket(AF_INET, SOCK_DGRAM) = A", "UNCONNECTED");
    made.call(12, 1, "", "A", "setsockopt(SO_ATTACH_FILTER, 172) = 0", "UNCONNECTED");
    for number in 0..3_u64 {
        let at = 100 * (number + 1);
        made.call(at, 5, "", "A", "sendto(64, 127.0.0.1:6000) = 64", "UNCONNECTED");
    }
    made.call(400, 5, "", "A", "recvfrom(65535) = 64 from 127.0.0.1:6000", "UNCONNECTED");
    made.event(
        410,
        "datagram",
        json!({
            "socket": "A", "direction": "received", "ip": "127.0.0.1", "port": 6000, "bytes": 64,
            "digest": "e3b0c44298fc1c14", "sequence": 1,
        }),
    );
    made.call(500, 5, "", "A", "shutdown(SHUT_RD) = -1 ENOTCONN", "UNCONNECTED");
    made.call(510, 5, "", "A", "recvfrom(65535) = 0", "UNCONNECTED");
    let picture = made.picture();
    let carried: Vec<&str> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Call(call) => call.carries.as_deref(),
            _ => None,
        })
        .collect();
    let wanted = [1, 2, 3, 2].map(|number| format!("64 bytes, #{number} of 3"));
    assert_eq!(carried, wanted, "{:#?}", told(&picture));
    let rows = told(&picture).join("\n");
    assert!(!rows.contains("SHUT_RD") && !rows.contains("FILTER"), "{rows}");
    let counted = picture.remarks.iter().any(|remark| remark.contains("3 that set up or wake"));
    assert!(counted, "{:?}", picture.remarks);
}

/// The server has said all and closes. The client reads no 0, waits, and closes too: the kernel had the
/// server's FIN all the time.
fn closed_unheard(read: &str) -> Vec<String> {
    let mut client = Made::new("one", "tcp-client 127.0.0.1 6000", 0);
    client.call(100, 5, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    client.call(190, 80, "", "A", "connect(127.0.0.1:6000) = 0", "ESTABLISHED");
    client.call(195, 2, "", "A", "getsockname() = 127.0.0.1:40000", "ESTABLISHED");
    client.call(400, 20, "", "A", "send(6) = 6", "ESTABLISHED");
    client.call(1_000, 20, "", "A", read, "ESTABLISHED");
    client.call(9_000, 20, "", "A", "close() = 0", "FIN-WAIT-1");
    let mut server = Made::new("one", "tcp-server 6000", 0);
    server.call(10, 5, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    server.call(30, 5, "", "A", "bind(127.0.0.1:6000) = 0", "CLOSED");
    server.call(40, 5, "", "A", "listen(4) = 0", "LISTEN");
    server.call(250, 60, "", "A", "accept() = B from 127.0.0.1:40000", "LISTEN");
    server.call(450, 20, "", "B", "recv(100) = 6", "ESTABLISHED");
    server.call(500, 20, "", "B", "send(4) = 4", "ESTABLISHED");
    server.call(600, 20, "", "B", "close() = 0", "FIN-WAIT-1");
    told(&picture(&[&client, &server]))
}

#[test]
fn who_closes_second_without_having_heard_of_it_was_in_close_wait() {
    let rows = closed_unheard("recv(100) = 4");
    let at = |wanted: &str| {
        let place = rows.iter().position(|row| row.contains(wanted));
        place.unwrap_or_else(|| panic!("{wanted} in {rows:#?}"))
    };
    assert!(at("A ESTABLISHED→CLOSE-WAIT") < at("close() = 0 [A CLOSE-WAIT→LAST-ACK]"));
    at("B FIN-WAIT-1→TIME-WAIT");
    // With a byte unread the kernel sends a reset instead (RFC 2525 § 2.17), and calls prove nothing.
    let rows = closed_unheard("recv(3) = 3");
    let waits = ["CLOSE-WAIT", "LAST-ACK", "TIME-WAIT"];
    assert!(!rows.iter().any(|row| waits.iter().any(|state| row.contains(state))), "{rows:#?}");
}
