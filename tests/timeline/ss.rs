//! `ss` as the judge: where a run stands still, the picture shows the states that the kernel has.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use netlab::event::Journal;
use netlab::render::json::{Header, Json};
use netlab::render::output::Output;
use netlab::socket::Socket;
use netlab::timeline::{Options, Picture, Record, RowKind, StateChange};

use crate::lab::{Lab, Seen, alone};
use crate::tools::output;

/// The states of TCP sockets by their endpoints, as the standard names them.
type States = BTreeMap<String, String>;

/// What `ss` says when it says so twice: while it looks at one socket after the other, an
/// acknowledgment that was put off may come.
fn settled() -> States {
    let mut states = kernel();
    loop {
        let again = kernel();
        if again == states {
            return states;
        }
        states = again;
    }
}

/// What `ss` says now.
fn kernel() -> States {
    let told = output(Command::new("ss").args(["-Htan"]));
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let state = match words[0] {
            "ESTAB" => "ESTABLISHED",
            "SYN-RECV" => "SYN-RECEIVED",
            other => other,
        };
        (format!("{} {}", words[3], words[4].replace('*', "0")), state.to_owned())
    };
    told.lines().map(row).collect()
}

/// What the picture says of a moment.
fn drawn(picture: &Picture, moment: Duration) -> States {
    let mut states = States::new();
    for row in picture.rows.iter().filter(|row| row.at <= moment) {
        let (lane, change): (usize, &StateChange) = match &row.kind {
            RowKind::Call(call) => match &call.state {
                Some(change) => (call.lane, change),
                None => continue,
            },
            RowKind::State(lane, change) => (*lane, change),
            _ => continue,
        };
        let sockets = &picture.lanes[lane].sockets;
        let socket = sockets.iter().find(|socket| socket.label == change.socket);
        let socket = socket.expect("a socket of the lane");
        let remote = socket.remote.map_or("0.0.0.0:0".to_owned(), |remote| remote.to_string());
        let ends = format!("{} {remote}", socket.local.expect("an endpoint"));
        let before = match change.to.as_str() {
            "CLOSED" => states.remove(&ends),
            state => states.insert(ends, state.to_owned()),
        };
        // Every change begins where the one before it ended.
        let from = before.unwrap_or_else(|| "CLOSED".to_owned());
        let new = change.from.is_empty() || change.to == "SYN-RECEIVED";
        assert!(new || from == change.from, "{from}: {change:?}");
    }
    states
}

/// The record of what was seen.
fn record(seen: &Seen) -> Record {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record");
    let file = fs::File::create(&path).expect("a file");
    let header = Header {
        run: "00".into(),
        host: "here".into(),
        command: vec!["demo".into()],
        started: Duration::ZERO,
    };
    let mut json = Json::new(Output::stream(file), &header, false);
    for (end, event) in seen {
        json.event_of(end.as_deref(), event);
    }
    json.finish().expect("it is written");
    Record::read("record", fs::read_to_string(&path).expect("a record").as_bytes())
        .expect("a record")
}

/// A run, and what the kernel said at its moments.
struct Judged {
    lab: Lab,
    moments: Vec<(&'static str, [Duration; 2], States)>,
}

impl Judged {
    fn moment(&mut self, what: &'static str) {
        let before = self.lab.began.elapsed();
        let states = settled();
        self.moments.push((what, [before, self.lab.began.elapsed()], states));
    }

    fn finish(self) -> Picture {
        let (seen, report) = self.lab.finish();
        assert_eq!(report.dropped, 0);
        let picture = Picture::of(&[record(&seen)], &Options { fold: 0, ..Options::default() });
        for (what, moment, states) in &self.moments {
            // While `ss` looked, an acknowledgment may have come that was put off.
            let drawn = moment.map(|time| drawn(&picture, time));
            let rows = crate::told(&picture);
            assert!(drawn.contains(states), "{what}: {drawn:?}, {states:?}: {rows:#?}");
        }
        picture
    }
}

fn begin() -> (Judged, Journal, Journal) {
    let lab = Lab::all();
    let (server, client) = (lab.journal(Some("server")), lab.journal(Some("client")));
    (Judged { lab, moments: Vec::new() }, server, client)
}

#[test]
fn the_states_are_those_of_the_kernel() {
    if !alone("the_states_are_those_of_the_kernel") {
        return;
    }
    let (mut judged, server, client) = begin();
    let any = "127.0.0.1:0".parse().expect("an address");
    let listening = Socket::stream(&server, any).expect("a socket");
    listening.bind(any).expect("a free port");
    let listener = listening.listen(4).expect("it listens");
    let address = listener.local_address().expect("an address");
    judged.moment("listening");
    let connect = || {
        let socket = Socket::stream(&client, address).expect("a socket");
        let stream = socket.connect(address, false, || {}).expect("a thread").finish();
        let stream = stream.expect("it connects");
        stream.local_address().expect("an address");
        stream
    };
    let stream = connect();
    judged.moment("connected and not accepted");
    // The kernel has the server's end already, and nobody has accepted it.
    assert_eq!(judged.moments.last().map(|(_, _, states)| states.len()), Some(3));
    let accepted = listener.accept().expect("a connection");
    stream.send(b"hello\n").expect("it is sent");
    let mut buffer = [0; 100];
    accepted.recv(&mut buffer).expect("it arrives");
    judged.moment("talking");
    stream.shutdown_write().expect("half closed");
    judged.moment("half closed");
    accepted.recv(&mut buffer).expect("the end");
    accepted.send(b"still here\n").expect("it is sent");
    judged.moment("one way");
    drop(accepted);
    judged.moment("both ended");
    let other = connect();
    let (second, _) =
        (listener.accept().expect("a connection"), other.send(b"unread").expect("sent"));
    judged.moment("bytes wait");
    drop(second);
    judged.moment("broken off");
    drop((stream, other, listener));
    judged.moment("all closed");
    let picture = judged.finish();
    let states = crate::told(&picture);
    let broken_off =
        states.iter().position(|row| row == "server close() = 0 [C ESTABLISHED→CLOSED]");
    let reset = states.iter().position(|row| row.contains("RST"));
    assert!(broken_off.is_some() && broken_off < reset, "{states:#?}");
    for wanted in ["FIN-WAIT-1→FIN-WAIT-2", "LAST-ACK→CLOSED", "SYN-RECEIVED→ESTABLISHED"] {
        assert!(states.iter().any(|row| row.contains(wanted)), "{wanted} in {states:#?}");
    }
    assert!(picture.remarks.iter().all(|remark| !remark.contains("no packets")));
}
