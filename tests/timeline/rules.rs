//! States as RFC 9293, figure 5 and section 3.10.7, and RFC 5961 have them.

use netlab::timeline::{Cause, RowKind};
use serde_json::{Value, json};

use crate::made::{Made, Segment};
use crate::told;

const UP: (u16, u16) = (40_000, 6000);
const DOWN: (u16, u16) = (6000, 40_000);

/// A client whose packets were captured.
struct Client {
    made: Made,
    at: u64,
}

impl Client {
    fn new() -> Self {
        let mut made = Made::new("h", "x", 0);
        made.call(1, 0, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
        made.call(2, 1, "", "A", "bind(10.0.0.1:40000) = 0", "CLOSED");
        Self { made, at: 10 }
    }

    /// A client that is connected.
    fn connected() -> Self {
        let mut client = Self::new();
        client.sends((&["SYN"], 0, 0, 0));
        client.hears((&["SYN", "ACK"], 0, 1, 0));
        client.sends((&["ACK"], 1, 1, 0));
        client.call(50, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
        client
    }

    fn call(&mut self, took: u64, text: &str, state: &str) {
        self.at += 10;
        // A connect begins before its SYN, which is the first packet, at 20 µs.
        let took = if text.starts_with("connect") { self.at - 15 } else { took };
        self.made.call(self.at, took, "", "A", text, state);
    }

    fn go(&mut self, up: bool, segment: Segment) {
        self.at += 10;
        let (way, ports) = if up { ("sent", UP) } else { ("received", DOWN) };
        self.made.segment(self.at, way, ports, segment, &json!({ "by": "unknown" }));
        self.made.lines.last_mut().expect("a packet")["socket"] = json!("A");
    }

    fn sends(&mut self, segment: Segment) {
        self.go(true, segment);
    }

    fn hears(&mut self, segment: Segment) {
        self.go(false, segment);
    }

    /// The last packet's field is something else.
    fn but(&mut self, field: &str, value: Value) {
        self.made.lines.last_mut().expect("a packet")[field] = value;
    }

    /// The states in their order.
    fn states(&self) -> Vec<String> {
        let rows = told(&self.made.picture());
        let state = |row: &String| {
            let (from, to) = row
                .split_once('→')
                .filter(|(from, _)| !from.starts_with("Lane") && !from.starts_with("Outside"))?;
            let from = from.rsplit(' ').next()?;
            (!from.contains('(')).then(|| format!("{from}→{}", to.trim_end_matches(']')))
        };
        rows.iter().filter_map(state).collect()
    }
}

const OPEN: [&str; 2] = ["CLOSED→SYN-SENT", "SYN-SENT→ESTABLISHED"];

#[test]
fn both_may_ask_at_once() {
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    client.hears((&["SYN"], 0, 0, 0));
    client.sends((&["SYN", "ACK"], 0, 1, 0));
    client.hears((&["SYN", "ACK"], 0, 1, 0));
    client.call(50, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    let wanted = ["CLOSED→SYN-SENT", "SYN-SENT→SYN-RECEIVED", "SYN-RECEIVED→ESTABLISHED"];
    assert_eq!(client.states(), wanted);
    let picture = client.made.picture();
    let answers = picture.rows.iter().any(|row| {
        matches!(&row.kind, RowKind::Packet(packet)
            if packet.cause == Cause::Kernel("answers the other side's SYN".into()))
    });
    assert!(answers, "nobody listens: {:#?}", picture.rows);
}

#[test]
fn a_reset_from_outside_the_window_changes_nothing() {
    let mut client = Client::connected();
    client.hears((&["RST"], 7, 0, 0));
    client.but("sequence", json!(4_000_000_000_u32));
    // One inside the window, and not at the number that comes next, is asked about (RFC 5961).
    client.hears((&["RST"], 9, 0, 0));
    client.call(1, "send(5) = 5", "ESTABLISHED");
    client.sends((&["PSH", "ACK"], 1, 1, 5));
    assert_eq!(client.states(), OPEN);
    client.hears((&["RST", "ACK"], 1, 6, 0));
    assert_eq!(client.states(), [OPEN[0], OPEN[1], "ESTABLISHED→CLOSED"]);
}

#[test]
fn a_reset_answers_a_syn_only_with_its_number() {
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    client.hears((&["RST", "ACK"], 0, 77, 0));
    client.hears((&["SYN", "ACK"], 0, 1, 0));
    client.call(50, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    assert_eq!(client.states(), OPEN);
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    client.hears((&["RST", "ACK"], 0, 1, 0));
    client.call(50, "connect(10.0.0.1:6000) = -1 ECONNREFUSED", "CLOSED");
    assert_eq!(client.states(), ["CLOSED→SYN-SENT", "SYN-SENT→CLOSED"]);
}

#[test]
fn an_end_that_came_too_early_does_not_count_before_what_is_missing() {
    let mut client = Client::connected();
    client.call(0, "close() = 0", "FIN-WAIT-1");
    client.sends((&["FIN", "ACK"], 1, 1, 0));
    // Five bytes before it are missing.
    client.hears((&["FIN", "ACK"], 6, 2, 0));
    let half = ["ESTABLISHED→FIN-WAIT-1", "FIN-WAIT-1→FIN-WAIT-2"];
    assert_eq!(client.states()[2..], half);
    client.hears((&["PSH", "ACK"], 1, 2, 5));
    client.sends((&["ACK"], 2, 7, 0));
    assert_eq!(client.states()[2..], [half[0], half[1], "FIN-WAIT-2→TIME-WAIT"]);
}

#[test]
fn an_acknowledgment_of_something_else_opens_nothing() {
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    client.hears((&["SYN"], 0, 0, 0));
    client.sends((&["SYN", "ACK"], 0, 1, 0));
    client.hears((&["ACK"], 1, 0, 0));
    client.but("acknowledgment", json!(4_000_000_000_u32));
    client.call(50, "connect(10.0.0.1:6000) = 0", "SYN-RECEIVED");
    assert_eq!(client.states(), ["CLOSED→SYN-SENT", "SYN-SENT→SYN-RECEIVED"]);
}

/// Sequence numbers begin again after 4 GiB: the bytes behind them are other sends' bytes.
#[test]
fn behind_four_gibibytes_bytes_have_their_own_calls() {
    const GIB: u64 = 1 << 30;
    let mut client = Client::connected();
    for n in 1..=5_u64 {
        client.call(1, &format!("send({GIB}) = {GIB}"), "ESTABLISHED");
        let first = u32::try_from((1 + (n - 1) * GIB) % (1 << 32)).expect("round");
        client.sends((&["PSH", "ACK"], first, 1, 1000));
    }
    let picture = client.made.picture();
    let causes: Vec<&Cause> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Packet(packet) if packet.words.contains("PSH") => Some(&packet.cause),
            _ => None,
        })
        .collect();
    assert_eq!(causes.len(), 5);
    assert_ne!(causes[0], causes[4], "{causes:?}");
}

/// RFC 9293 § 3.10.7.4, first step: what lies before the window is thrown away.
#[test]
fn an_end_that_is_too_old_ends_nothing() {
    let mut client = Client::connected();
    client.hears((&["PSH", "ACK"], 1, 1, 900));
    client.sends((&["ACK"], 1, 901, 0));
    client.hears((&["FIN", "ACK"], 401, 1, 0));
    client.call(0, "close() = 0", "FIN-WAIT-1");
    client.sends((&["FIN", "ACK"], 1, 901, 0));
    client.hears((&["ACK"], 901, 2, 0));
    let half = ["ESTABLISHED→FIN-WAIT-1", "FIN-WAIT-1→FIN-WAIT-2"];
    assert_eq!(client.states()[2..], half);
    // One number too old is too old as well.
    client.hears((&["FIN", "ACK"], 900, 2, 0));
    assert_eq!(client.states()[2..], half);
    client.hears((&["FIN", "ACK"], 901, 2, 0));
    assert_eq!(client.states()[2..], [half[0], half[1], "FIN-WAIT-2→TIME-WAIT"]);
}

#[test]
fn nobody_acknowledges_what_was_never_sent() {
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    client.hears((&["SYN", "ACK"], 0, 90_001, 0));
    client.call(50, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    assert_eq!(client.states(), ["CLOSED→SYN-SENT"]);
    let mut client = Client::connected();
    client.call(0, "close() = 0", "FIN-WAIT-1");
    client.sends((&["FIN", "ACK"], 1, 1, 0));
    client.hears((&["ACK"], 1, 90_001, 0));
    assert_eq!(client.states()[2..], ["ESTABLISHED→FIN-WAIT-1"]);
    client.hears((&["ACK"], 1, 2, 0));
    assert_eq!(client.states()[3..], ["FIN-WAIT-1→FIN-WAIT-2"]);
}

/// RFC 9293 § 3.10.7.3: who hears an acknowledgment of something else answers it by a RST and waits on.
#[test]
fn a_reset_that_leaves_does_not_end_a_handshake() {
    let mut client = Client::new();
    client.sends((&["SYN"], 0, 0, 0));
    // The other side still has an old connection: an acknowledgment, far from here.
    client.hears((&["ACK"], 3_000_000, 90_001, 0));
    client.sends((&["RST"], 90_001, 0, 0));
    assert_eq!(client.states(), [""; 0]);
    client.sends((&["SYN"], 0, 0, 0));
    client.but("again", json!(true));
    client.hears((&["SYN", "ACK"], 0, 1, 0));
    client.sends((&["ACK"], 1, 1, 0));
    client.call(50, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
    client.hears((&["FIN", "ACK"], 1, 1, 0));
    assert_eq!(client.states(), [OPEN[0], OPEN[1], "ESTABLISHED→CLOSE-WAIT"]);
    client.at = 3_000_000;
    client.call(0, "close() = 0", "LAST-ACK");
    let rows = told(&client.made.picture());
    let place = |text: &str| rows.iter().position(|row| row.contains(text)).expect(text);
    assert!(place(" RST") < place("SYN,ACK"), "{rows:#?}");
}

/// A record that names the wrong cause moves no packet, and says so.
#[test]
fn a_packet_is_not_moved_to_a_call_that_came_much_later() {
    let mut client = Client::connected();
    client.sends((&["PSH", "ACK"], 1, 1, 5));
    client.but(
        "cause",
        json!({ "by": "calls", "calls": [{ "socket": "A", "text": "send(5) = 5" }] }),
    );
    client.at = 5_000_000;
    client.call(1, "send(5) = 5", "ESTABLISHED");
    let picture = client.made.picture();
    let rows = told(&picture);
    let place = |text: &str| rows.iter().position(|row| row.contains(text)).expect(text);
    assert!(place("PSH,ACK") < place("send(5)"), "{rows:#?}");
    let cause = picture.rows.iter().find_map(|row| match &row.kind {
        RowKind::Packet(packet) if packet.words.contains("PSH") => Some(&packet.cause),
        _ => None,
    });
    assert_eq!(cause, Some(&Cause::Unknown));
    let told = picture.remarks.iter().any(|remark| remark.contains("nothing is moved"));
    assert!(told, "{:?}", picture.remarks);
}
