//! Pictures that are hard to draw.

use netlab::timeline::{
    Cause, Fact, Message, Packet, Picture, Place, RowKind, Source, Step, Table,
};
use serde_json::json;

use super::built::{Builder, CLIENT, Made, SERVER, address, us};

/// Text as somebody might send it who means harm.
pub const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=\"alert('2')\">&lt;\u{202e}\u{1b}[2J https://evil.example";

/// A packet with everything that can be said of it.
pub fn packet(number: u64, from: Place, to: Place, words: &str) -> Packet {
    let client = from == Place::Lane(0);
    let (source, destination) = if client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
    Packet {
        number,
        from,
        to,
        left: None,
        arrived: None,
        source: address(source),
        destination: address(destination),
        words: words.into(),
        details: "seq 1 ack 1 win 65536".into(),
        again: false,
        cause: Cause::Unknown,
        fields: json!({
            "event": "packet", "t_ns": 3_675_212, "number": number,
            "captured_unix_ns": 1_795_350_214_069_240_799_u64, "interface": "lo", "direction": "sent",
            "socket": "A", "protocol": "tcp", "source_ip": "127.0.0.1", "source_port": 48698,
            "destination_ip": "127.0.0.1", "destination_port": 6123, "length": 60, "hop_limit": 64,
            "payload": 0, "flags": ["SYN", "ACK"], "sequence": 4_294_967_295_u32,
            "acknowledgment": 3_606_483_187_u32, "relative_sequence": 0, "relative_acknowledgment": 1,
            "window": 65483, "window_shift": 10, "window_bytes": 65483, "again": false,
            "options": [{ "name": "MSS", "value": 65495 }, { "name": "SACK permitted" }],
        }),
    }
}

/// Two hosts with a slow wire: packets under way, one lost, one sent again, one that only its
/// receiver saw, a demo's steps, facts and tables, messages and remarks.
pub fn everything() -> Picture {
    let mut b = Builder::default();
    b.picture.title = "Everything that can stand in a picture".into();
    b.picture.sources = vec![
        Source {
            host: "js-pc".into(),
            system: "linux".into(),
            captured: true,
            ..Source::default()
        },
        Source {
            host: "lab-2".into(),
            system: "linux".into(),
            captured: true,
            ..Source::default()
        },
    ];
    let c = b.lane("client", &[("A", CLIENT, SERVER)]);
    let s = b.lane("server", &[("A", SERVER, ""), ("B", SERVER, CLIENT)]);
    b.picture.lanes[s].source = 1;
    let (left, right) = (Place::Lane(c), Place::Lane(s));
    let step = |number, title: &str| RowKind::Step(Step { number, title: title.into() });
    b.other(0, step(1, "A step whose title is so long that it needs more than one line of the heading, because it says what happens next in a whole sentence and then in another one"));
    b.quick(10, s, "A listen(4)", "0");
    let state = Some("SYN-SENT");
    let made =
        Made { lane: c, text: "A connect(10.0.73.221:6000)", result: "0", state, carries: None };
    b.call(100, 90_300, true, &made);
    let mut under_way = |at: u64, arrived: Option<u64>, words: &str, again: bool, back: bool| {
        let (from, to) = if back { (right, left) } else { (left, right) };
        let mut its = packet(at, from, to, words);
        (its.left, its.arrived, its.again) = (Some(us(at)), arrived.map(us), again);
        its.cause =
            if back { Cause::Kernel("answers for listen".into()) } else { Cause::Calls(vec![1]) };
        b.other(at, RowKind::Packet(its));
    };
    under_way(150, None, "SYN", false, false);
    under_way(30_150, Some(60_150), "SYN", true, false);
    under_way(60_160, Some(90_160), "SYN,ACK", false, true);
    let mut unseen = packet(9, right, left, "PSH,ACK 1448 bytes");
    unseen.arrived = Some(us(91_000));
    b.other(91_000, RowKind::Packet(unseen));
    let mut away = packet(10, left, Place::Outside, "UDP 5 bytes");
    away.left = Some(us(91_100));
    b.other(91_100, RowKind::Packet(away));
    let long = "A sendto(1048576, [2001:db8:1234:5678:9abc:def0:1234:5678]:65535, MSG_DONTWAIT)";
    b.quick(91_200, c, long, "-1 ENETUNREACH");
    let carries = Some(
        "Hello! 你好 🙂 and a message that goes on and on, far longer than any box is wide, until it has to be broken into lines and then ends with an ellipsis because somebody had a lot to say today, and tomorrow, and the day after that as well",
    );
    let made = Made { lane: s, text: "B recv(4096)", result: "218", state: None, carries };
    b.call(91_300, 3_091_300, true, &made);
    let message =
        |sent, who: &str| Message { lane: 1, sent, who: who.into(), text: "Hi".into(), bytes: 2 };
    b.other(3_091_400, RowKind::Message(message(true, "ana")));
    b.other(3_091_500, RowKind::Remark(0, "ana left (socket A): the other side closed".into()));
    b.fold(3_091_600, None, 1204, "sends, packets and recvs in turn", 77_056);
    b.other(3_200_000, step(2, "The end"));
    let words = "3,910,656 bytes fitted before send waited".to_owned();
    let fact = Fact { name: "bytes_before_send_waited".into(), value: json!(3_910_656), words };
    b.other(3_200_001, RowKind::Fact(fact));
    let table = Table {
        title: "What was sent and what came".into(),
        head: vec!["type".into(), "sends".into(), "what recv gave".into()],
        rows: vec![vec!["stream".into(), "A BB CCC".into(), "1 call: ABBCCC".into()]],
    };
    b.other(3_200_002, RowKind::Table(table));
    b.state(3_200_010, c, "A", "TIME-WAIT");
    b.picture
}

/// A picture in which everything that can be a text is hostile.
pub fn hostile() -> Picture {
    let mut picture = everything();
    let evil = || HOSTILE.to_owned();
    picture.title = evil();
    picture.remarks.push(evil());
    for source in &mut picture.sources {
        (source.file, source.host, source.system) = (evil(), evil(), evil());
        source.command = vec![evil()];
    }
    for lane in &mut picture.lanes {
        lane.name = evil();
        lane.sockets[0].protocol = evil();
    }
    for row in &mut picture.rows {
        match &mut row.kind {
            RowKind::Call(call) => {
                (call.text, call.result, call.carries) = (evil(), evil(), Some(evil()));
                call.fields = json!({ HOSTILE: HOSTILE, "list": [HOSTILE, { "name": HOSTILE }] });
            }
            RowKind::Packet(packet) => {
                (packet.words, packet.details) = (evil(), evil());
                packet.cause = Cause::Kernel(evil());
            }
            RowKind::State(_, change) => change.to = evil(),
            RowKind::Message(message) => (message.who, message.text) = (evil(), evil()),
            RowKind::Step(step) => step.title = evil(),
            RowKind::Fact(fact) => (fact.name, fact.words) = (evil(), evil()),
            RowKind::Table(table) => {
                table.title = evil();
                table.rows = vec![vec![evil()]];
            }
            RowKind::Remark(_, text) => *text = evil(),
            RowKind::Fold(fold) => fold.what = evil(),
        }
    }
    picture
}

/// A run of so many rows, none of them folded.
pub fn long(rows: u64) -> Picture {
    let mut b = Builder::default();
    b.picture.title = "A long run".into();
    let c = b.lane("client", &[("A", CLIENT, SERVER)]);
    let s = b.lane("server", &[("B", SERVER, CLIENT)]);
    for n in 0..rows / 4 {
        let at = n * 40;
        b.quick(at, c, "A send(64)", "64");
        b.packet(at + 2, (c, CLIENT), (s, SERVER), "PSH,ACK 64 bytes");
        b.packet(at + 4, (s, SERVER), (c, CLIENT), "ACK");
        b.quick(at + 9, s, "B recv(4096)", "64");
    }
    for row in &mut b.picture.rows {
        if let RowKind::Packet(its) = &mut row.kind {
            its.fields = packet(1, its.from, its.to, "").fields;
        }
    }
    b.picture
}
