//! Rows as JSON Lines. The objects are written field by field, for there are many of them; the fields
//! are listed in [`render::json`](crate::render::json).

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::csv::exposure;
use super::{Known, cells};
use crate::event::{Change, MachineSocket, Row, SocketTally, Transport};
use crate::port::Range;

/// A socket: `{"event":"socket",...}`.
pub fn socket(line: &mut String, row: &Row, known: &Known) {
    line.push_str(r#"{"event":"socket","#);
    fields(line, row, known);
}

/// What became of a socket: `{"event":"socket_change","t_ns":...,"change":"new",...}`.
pub fn change(line: &mut String, at: Duration, change: Change, row: &Row, known: &Known) {
    let (word, was) = match change {
        Change::New => ("new", None),
        Change::State(was) => ("state", Some(was)),
        Change::Gone => ("gone", None),
    };
    let _ = write!(line, r#"{{"event":"socket_change","t_ns":{},"#, at.as_nanos());
    let _ = write!(line, r#""change":"{word}","was":"#);
    string(line, was.map(crate::event::State::name));
    line.push(',');
    fields(line, row, known);
}

/// Everything that is known of a socket, up to the end of the object.
fn fields(line: &mut String, row: &Row, known: &Known) {
    let socket = row.socket;
    let number = match socket.transport {
        Transport::Raw(number) => Some(u32::from(number)),
        _ => None,
    };
    let _ = write!(line, r#""transport":"{}","protocol":"#, socket.transport.name());
    optional(line, number);
    let _ = write!(line, r#","family":{},"state":"{}","#, socket.family(), socket.state);
    side(line, "source", socket.source.ip, port(socket, socket.source.port), socket.source_range());
    side(
        line,
        "destination",
        socket.destination.ip,
        port(socket, socket.destination.port),
        socket.destination_range(),
    );
    line.push_str(r#""receive_queue":"#);
    optional(line, socket.queues.map(|queues| queues.receive));
    line.push_str(r#","send_queue":"#);
    optional(line, socket.queues.map(|queues| queues.send));
    let _ = write!(line, r#","exposure":"{}","programs":["#, exposure(socket.exposure()));
    for (place, program) in row.programs.iter().enumerate() {
        line.push_str(if place > 0 { "," } else { "" });
        let _ = write!(line, r#"{{"pid":{},"name":"#, program.pid);
        string(line, Some(program.name.as_str()));
        line.push('}');
    }
    line.push_str(r#"],"user":"#);
    optional(line, socket.user);
    line.push_str(r#","interface":"#);
    string(line, known.interface(socket.interface));
    line.push_str(r#","identifier":"#);
    optional(line, (socket.transport == Transport::Icmp).then(|| socket.source.port.into()));
    let _ = write!(line, r#","dual_stack":{}"#, socket.dual_stack);
    if known.resolved {
        for (word, ip) in [("source", socket.source.ip), ("destination", socket.destination.ip)] {
            let _ = write!(line, r#","{word}_name":"#);
            string(line, known.names.get(&ip).map(crate::event::SafeText::as_str));
        }
    }
    line.push('}');
}

/// The port, where the protocol has ports.
fn port(socket: &MachineSocket, port: u16) -> Option<u32> {
    socket.transport.has_ports().then(|| port.into())
}

fn side(line: &mut String, word: &str, ip: IpAddr, port: Option<u32>, range: Option<Range>) {
    let _ = write!(line, r#""{word}_ip":"{ip}","{word}_port":"#);
    optional(line, port);
    let _ = write!(line, r#","{word}_range":"#);
    string(line, range.map(Range::name));
    line.push(',');
}

fn optional(line: &mut String, number: Option<u32>) {
    match number {
        Some(number) => cells::number(line, number),
        None => line.push_str("null"),
    }
}

fn string(line: &mut String, text: Option<&str>) {
    match text {
        Some(text) => {
            // A string always has a form in JSON.
            line.push_str(&Value::from(text).to_string());
        }
        None => line.push_str("null"),
    }
}

/// How many there are: `{"event":"socket_count",...}`.
#[must_use]
pub fn tally(tally: &SocketTally) -> Value {
    let ranges = |counts: &[usize; 4]| {
        let names = Range::ALL.map(Range::name).into_iter().chain(["none"]);
        Value::Object(names.map(str::to_owned).zip(counts.iter().map(|n| json!(n))).collect())
    };
    let protocols = tally.protocols.iter().map(|((transport, family), count)| {
        let number = match transport {
            Transport::Raw(number) => Some(*number),
            _ => None,
        };
        json!({
            "transport": transport.name(),
            "protocol": number,
            "family": family,
            "count": count,
        })
    });
    let states = tally.states.iter().map(|(state, count)| (state.name().to_owned(), json!(count)));
    json!({
        "event": "socket_count",
        "total": tally.total,
        "protocols": protocols.collect::<Vec<_>>(),
        "states": Value::Object(states.collect()),
        "source_ranges": ranges(&tally.sources),
        "destination_ranges": ranges(&tally.destinations),
    })
}

/// What could not be seen.
#[must_use]
pub fn unseen(sentence: &str) -> Value {
    json!({ "event": "unseen", "what": sentence })
}
