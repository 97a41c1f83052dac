//! Calls and packets of one record: order, causes, states.

use netlab::timeline::{Cause, RowKind};
use serde_json::json;

use crate::made::Made;
use crate::told;

const UP: (u16, u16) = (40_000, 6000);
const DOWN: (u16, u16) = (6000, 40_000);

/// Both ends of a connection in one program, with their packets on the loopback.
pub fn both_ends() -> Made {
    let mut made = Made::new("one", "demo close", 0);
    let kernel = json!({ "by": "kernel", "why": "acknowledges" });
    let unknown = json!({ "by": "unknown" });
    made.call(1, 0, "server", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    made.call(2, 1, "server", "A", "bind(10.0.0.1:6000) = 0", "CLOSED");
    made.call(4, 1, "server", "A", "listen(4) = 0", "LISTEN");
    made.call(5, 0, "client", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    // The connect is noted late: after its packets, and its beginning seems to be after them too.
    made.segment(20, "local", UP, (&["SYN"], 0, 0, 0), &unknown);
    made.segment(22, "local", DOWN, (&["SYN", "ACK"], 0, 1, 0), &unknown);
    made.segment(24, "local", UP, (&["ACK"], 1, 1, 0), &kernel);
    made.call(40, 15, "client", "A", "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    made.call(41, 1, "client", "A", "getsockname() = 10.0.0.1:40000", "ESTABLISHED");
    made.call(42, 30, "server", "A", "accept() = B from 10.0.0.1:40000", "LISTEN");
    made.segment(50, "local", UP, (&["PSH", "ACK"], 1, 1, 6), &unknown);
    made.segment(51, "local", DOWN, (&["ACK"], 1, 7, 0), &kernel);
    made.call(55, 10, "client", "A", "send(6) = 6", "ESTABLISHED");
    made.call(60, 15, "server", "B", "recv(4) = 4", "ESTABLISHED");
    made.call(62, 1, "server", "B", "recv(4) = 2", "ESTABLISHED");
    // The client closes, the server hears of it later.
    made.segment(70, "local", UP, (&["FIN", "ACK"], 7, 1, 0), &unknown);
    made.segment(71, "local", DOWN, (&["ACK"], 1, 8, 0), &kernel);
    made.call(75, 0, "client", "A", "close() = 0", "FIN-WAIT-1");
    made.call(2_000, 1_900, "server", "B", "recv(4) = 0", "CLOSE-WAIT");
    made.segment(2_010, "local", DOWN, (&["FIN", "ACK"], 1, 8, 0), &unknown);
    made.segment(2_011, "local", UP, (&["ACK"], 8, 2, 0), &kernel);
    made.call(2_015, 0, "server", "B", "close() = 0", "LAST-ACK");
    made
}

#[test]
fn every_state_of_a_connection_is_there_in_order() {
    let picture = both_ends().picture();
    let rows = told(&picture);
    let expected = [
        "server socket(AF_INET, SOCK_STREAM) = A",
        "server bind(10.0.0.1:6000) = 0",
        "server listen(4) = 0 [A CLOSED→LISTEN]",
        "client socket(AF_INET, SOCK_STREAM) = A",
        "client connect(10.0.0.1:6000) = 0 [A CLOSED→SYN-SENT]",
        "Lane(0)→Lane(1) SYN",
        "server: B LISTEN→SYN-RECEIVED",
        "Lane(1)→Lane(0) SYN,ACK",
        "client: A SYN-SENT→ESTABLISHED",
        "Lane(0)→Lane(1) ACK",
        "server: B SYN-RECEIVED→ESTABLISHED",
        "client getsockname() = 10.0.0.1:40000",
        "server accept() = B from 10.0.0.1:40000 waited",
        "client send(6) = 6",
        "Lane(0)→Lane(1) PSH,ACK 6 bytes",
        "Lane(1)→Lane(0) ACK",
        "server recv(4) = 4",
        "server recv(4) = 2",
        "client close() = 0 [A ESTABLISHED→FIN-WAIT-1]",
        "Lane(0)→Lane(1) FIN,ACK",
        "server: B ESTABLISHED→CLOSE-WAIT",
        "Lane(1)→Lane(0) ACK",
        "client: A FIN-WAIT-1→FIN-WAIT-2",
        "server recv(4) = 0 waited",
        "server close() = 0 [B CLOSE-WAIT→LAST-ACK]",
        "Lane(1)→Lane(0) FIN,ACK",
        "client: A FIN-WAIT-2→TIME-WAIT",
        "Lane(0)→Lane(1) ACK",
        "server: B LAST-ACK→CLOSED",
    ];
    assert_eq!(rows, expected, "{rows:#?}");
    assert!(picture.rows.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[test]
fn packets_know_their_calls_and_calls_whose_bytes_they_took() {
    let picture = both_ends().picture();
    let name = |place: &usize| {
        let call = picture.rows.iter().find_map(|row| match &row.kind {
            RowKind::Call(call) if call.place == *place => Some(call.text.clone()),
            _ => None,
        });
        call.expect("a call")
    };
    let causes: Vec<String> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Packet(packet) => Some(match &packet.cause {
                Cause::Calls(calls) => calls.iter().map(name).collect::<Vec<_>>().join(" + "),
                Cause::Kernel(why) => format!("kernel {why}"),
                other => format!("{other:?}"),
            }),
            _ => None,
        })
        .collect();
    let expected = [
        "connect(10.0.0.1:6000)",
        "kernel answers for listen",
        "kernel acknowledges",
        "send(6)",
        "kernel acknowledges",
        "close()",
        "kernel acknowledges",
        "close()",
        "kernel acknowledges",
    ];
    assert_eq!(causes, expected);
    let took: Vec<String> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Call(call) if !call.from_calls.is_empty() => {
                let from: Vec<String> = call.from_calls.iter().map(name).collect();
                Some(format!("{} of {}", call.text, from.join(" + ")))
            }
            _ => None,
        })
        .collect();
    let expected = [
        "accept() of connect(10.0.0.1:6000)",
        "recv(4) of send(6)",
        "recv(4) of send(6)",
        "recv(4) of close()",
    ];
    assert_eq!(took, expected);
}

#[test]
fn what_a_demo_says_stands_among_the_calls() {
    let mut made = Made::new("one", "demo close", 0);
    made.event(0, "demo", json!({ "name": "close", "title": "The end", "about": "Two ends." }));
    made.event(1, "step", json!({ "title": "first" }));
    made.call(2, 0, "server", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    made.event(3, "fact", json!({ "name": "n", "value": 3, "words": "three" }));
    made.event(4, "step", json!({ "title": "second" }));
    made.event(5, "table", json!({ "title": "t", "head": ["a"], "rows": [["1"]] }));
    made.event(6, "curtain", json!({ "saw": ["a", "b"], "card": "close", "next": ["x"] }));
    let picture = made.picture();
    let demo = picture.demo.clone().expect("a demo");
    assert_eq!(
        (picture.title.as_str(), demo.saw.len(), demo.card.as_str()),
        ("The end", 2, "close")
    );
    let kinds: Vec<String> = picture
        .rows
        .iter()
        .map(|row| match &row.kind {
            RowKind::Step(step) => format!("{} {}", step.number, step.title),
            RowKind::Fact(fact) => fact.words.clone(),
            RowKind::Table(table) => table.title.clone(),
            RowKind::Call(call) => call.name.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["1 first", "socket", "three", "2 second", "t"]);
}
