//! Pictures made by hand.

use std::net::SocketAddr;
use std::time::Duration;

use netlab::timeline::{
    Call, CallError, Cause, Fold, Lane, Packet, Picture, Place, Row, RowKind, Socket, StateChange,
};
use serde_json::Value;

/// Puts rows together. Times are in microseconds.
#[derive(Default)]
pub struct Builder {
    pub picture: Picture,
    calls: usize,
    packets: u64,
}

pub fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A call whose text is `A send(6)`, and whose result is `6`.
pub struct Made<'a> {
    pub lane: usize,
    pub text: &'a str,
    pub result: &'a str,
    pub state: Option<&'a str>,
    pub carries: Option<&'a str>,
}

impl Builder {
    pub fn lane(&mut self, name: &str, sockets: &[(&str, &str, &str)]) -> usize {
        let socket = |(label, local, remote): &(&str, &str, &str)| Socket {
            label: (*label).into(),
            protocol: "tcp".into(),
            local: Some(address(local)),
            remote: (!remote.is_empty()).then(|| address(remote)),
            listens: remote.is_empty(),
        };
        let sockets = sockets.iter().map(socket).collect();
        self.picture.lanes.push(Lane { name: name.into(), sockets, ..Lane::default() });
        self.picture.lanes.len() - 1
    }

    fn row(&mut self, at: u64, kind: RowKind) {
        self.picture.rows.push(Row { at: us(at), kind });
    }

    pub fn call(&mut self, begin: u64, end: u64, waited: bool, made: &Made) {
        let (socket, text) = made.text.split_once(' ').expect("a label and a call");
        let name = text.split('(').next().unwrap_or_default();
        let takes = ["accept", "recv", "recvfrom"].contains(&name);
        let error = made.result.strip_prefix("-1 ");
        let call = Call {
            lane: made.lane,
            place: self.calls,
            socket: socket.into(),
            name: name.into(),
            text: text.into(),
            result: made.result.into(),
            error: error.map(|name| CallError { name: name.into(), number: Some(111) }),
            begin: us(begin),
            end: us(end),
            waited,
            state: made.state.map(|to| StateChange {
                socket: socket.into(),
                from: String::new(),
                to: to.into(),
            }),
            bytes: None,
            carries: made.carries.map(str::to_owned),
            from_calls: Vec::new(),
            fields: Value::Null,
            ..Call::default()
        };
        self.calls += 1;
        self.row(if takes { end } else { begin }, RowKind::Call(call));
    }

    /// A call that did not wait: when, in which lane, text, result.
    pub fn quick(&mut self, at: u64, lane: usize, text: &str, result: &str) {
        let made = Made { lane, text, result, state: None, carries: None };
        self.call(at, at + 5, false, &made);
    }

    pub fn packet(&mut self, at: u64, from: (usize, &str), to: (usize, &str), words: &str) {
        self.packets += 1;
        let packet = Packet {
            number: self.packets,
            from: Place::Lane(from.0),
            to: Place::Lane(to.0),
            left: Some(us(at)),
            arrived: Some(us(at)),
            source: address(from.1),
            destination: address(to.1),
            words: words.into(),
            details: "seq 1 ack 1 win 65536".into(),
            again: false,
            cause: Cause::Kernel("acknowledges".into()),
            fields: Value::Null,
        };
        self.row(at, RowKind::Packet(packet));
    }

    pub fn state(&mut self, at: u64, lane: usize, socket: &str, to: &str) {
        let change = StateChange { socket: socket.into(), from: String::new(), to: to.into() };
        self.row(at, RowKind::State(lane, change));
    }

    pub fn fold(&mut self, at: u64, lane: Option<usize>, count: usize, what: &str, bytes: u64) {
        let fold = Fold {
            count,
            what: what.into(),
            lane,
            bytes,
            from: us(at),
            to: us(at + 9_400),
            parts: Vec::new(),
        };
        self.row(at, RowKind::Fold(fold));
    }

    pub fn other(&mut self, at: u64, kind: RowKind) {
        self.row(at, kind);
    }
}

pub const CLIENT: &str = "10.0.56.23:54321";
pub const SERVER: &str = "10.0.73.221:6000";

/// A chat: the handshake, a message, both ends close.
pub fn chat() -> Picture {
    chat_between(CLIENT, SERVER)
}

pub fn chat_between(near: &str, far: &str) -> Picture {
    let mut b = Builder::default();
    b.picture.title = "netlab tcp-client, netlab tcp-server".into();
    let c = b.lane("client", &[("A", near, far)]);
    let s = b.lane("server", &[("A", far, ""), ("B", far, near)]);
    let (cl, sv) = ((c, near), (s, far));
    b.quick(0, s, "A socket(AF_INET, SOCK_STREAM)", "A");
    b.quick(21, s, "A setsockopt(SO_REUSEADDR, 1)", "0");
    b.quick(30, s, &format!("A bind({far})"), "0");
    let made = |lane, text, result, state, carries| Made { lane, text, result, state, carries };
    b.call(40, 44, false, &made(s, "A listen(4)", "0", Some("LISTEN"), None));
    b.quick(900_410, c, "A socket(AF_INET, SOCK_STREAM)", "A");
    let connect = format!("A connect({far})");
    b.call(900_430, 900_600, false, &made(c, &connect, "0", Some("ESTABLISHED"), None));
    b.packet(900_433, cl, sv, "SYN");
    b.packet(900_452, sv, cl, "SYN,ACK");
    b.packet(900_470, cl, sv, "ACK");
    let accepted = format!("B from {near}");
    b.call(50, 900_700, true, &made(s, "A accept()", &accepted, None, None));
    b.call(2_000_000, 2_000_020, false, &made(c, "A send(6)", "6", None, Some("\"Hello!\"")));
    b.packet(2_000_010, cl, sv, "PSH,ACK 6 bytes");
    b.packet(2_000_015, sv, cl, "ACK");
    b.call(900_800, 2_000_090, true, &made(s, "B recv(4096)", "6", None, Some("\"Hello!\"")));
    b.fold(2_000_200, Some(c), 1204, "sends", 77_056);
    b.fold(2_000_300, None, 1810, "packets", 0);
    b.call(2_500_000, 2_500_010, false, &made(c, "A close()", "0", Some("FIN-WAIT-1"), None));
    b.packet(2_500_004, cl, sv, "FIN,ACK");
    b.call(2_000_100, 2_500_030, true, &made(s, "B recv(4096)", "0", Some("CLOSE-WAIT"), None));
    b.packet(2_500_040, sv, cl, "ACK");
    b.state(2_500_041, c, "A", "FIN-WAIT-2");
    b.call(2_500_050, 2_500_060, false, &made(s, "B close()", "0", Some("LAST-ACK"), None));
    b.packet(2_500_052, sv, cl, "FIN,ACK");
    b.packet(2_500_055, cl, sv, "ACK");
    b.state(2_500_056, c, "A", "TIME-WAIT");
    b.quick(2_500_400, c, "B connect(10.0.73.221:6001)", "-1 ECONNREFUSED");
    b.picture
}

/// Five clients and a server.
pub fn crowd() -> Picture {
    let mut b = Builder::default();
    let far = "127.0.0.1:6000";
    let near: Vec<String> = (1..=5).map(|n| format!("127.0.0.1:4000{n}")).collect();
    for (n, near) in near.iter().enumerate() {
        b.lane(&format!("client {}", n + 1), &[("A", near, far)]);
    }
    let s = b.lane("server", &[("A", far, ""), ("B", far, &near[0]), ("C", far, &near[1])]);
    b.quick(0, s, "A listen(4)", "0");
    for (n, near) in near.iter().enumerate() {
        let at = 100 * n as u64 + 50;
        let state = Some("ESTABLISHED");
        let made =
            Made { lane: n, text: "A connect(127.0.0.1:6000)", result: "0", state, carries: None };
        b.call(at, at + 60, false, &made);
        b.packet(at + 10, (n, near), (s, far), "SYN");
        b.packet(at + 20, (s, far), (n, near), "SYN,ACK");
        b.packet(at + 30, (n, near), (s, far), "ACK");
    }
    let result = format!("B from {}", near[0]);
    let made = Made { lane: s, text: "A accept()", result: &result, state: None, carries: None };
    b.call(20, 700, true, &made);
    b.picture
}
