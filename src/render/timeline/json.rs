//! # A picture as JSON Lines
//!
//! `netlab timeline --format json` writes an object a line, each with a field `event`. As in a record,
//! fields and events are only added, so a reader must ignore what it does not know. Times are
//! nanoseconds on the common clock of the picture (`t_ns`, `begin_ns`, `end_ns`).
//!
//! | event | fields |
//! | --- | --- |
//! | `timeline` | the first line: `title`, `sources` (`file`, `host`, `os`, `command`, `run`, `started_unix_ns`, `captured`), `lanes` (`name`, `source`: a place in `sources`, `end` or null, `sockets`: `label`, `protocol`, `local`, `remote`, `listens`), `alignment` (`offset_ns`: what was added to the times of the second record, `uncertainty_ns`: by how much that may be wrong, a promise if `bounded`, `one_machine`: both records are of one machine, `pairs`, `basis`) or null, `first` (what has to be known before anything else, in sentences), `demo` (`name`, `title`, `about`, `saw`, `card`, `next`) or null |
//! | `timeline_call` | `t_ns`, `lane` (a place in `lanes`), `place` (its number, which packets name), `socket`, `call`, `text`, `result`, `error` (`name`, `number`) or null, `begin_ns`, `end_ns`, `waited`, `state` (`socket`, `from`, `to`) or null, `bytes`, `carries`, `messages` (as `timeline_message`, without `t_ns`), `from_calls` (places), `fields` (the record's own) |
//! | `timeline_packet` | `t_ns`, `number`, `from` and `to` (a place in `lanes`, or null: a program without a record), `left_ns`, `arrived_ns` (null where it was not seen), `source`, `destination`, `words`, `details`, `again`, `cause` (`by`: `calls` with `calls` (places), `kernel` with `why`, `outside`, `unknown`), `fields` |
//! | `timeline_state` | `t_ns`, `lane`, `socket`, `from`, `to` |
//! | `timeline_message` | `t_ns`, `lane`, `direction` (`sent`, `received`), `from`, `text`, `bytes` |
//! | `timeline_remark` | `t_ns`, `lane`, `text` |
//! | `timeline_fold` | rows that are not there one by one: `t_ns`, `lane` (null: the wire, or several), `count`, `what`, `bytes`, `begin_ns`, `end_ns`, `parts` (`what`, `lane`, `count`, `bytes`; their counts add up to `count`) |
//! | `timeline_step`, `timeline_fact`, `timeline_table` | of a demo: `number`, `title`; `name`, `value`, `words`; `title`, `head`, `rows` |
//! | `timeline_end` | the last line: `rows`, `remarks` (what is missing or uncertain, in sentences) |

use std::time::Duration;

use serde_json::{Value, json};

use crate::timeline::{
    Call, Cause, FoldPart, Lane, Message, Packet, Picture, Place, Row, RowKind, Source, StateChange,
};

/// The lines of a picture.
#[must_use]
pub fn lines(picture: &Picture) -> Vec<Value> {
    let head = json!({
        "event": "timeline",
        "title": picture.title,
        "sources": picture.sources.iter().map(source).collect::<Vec<_>>(),
        "lanes": picture.lanes.iter().map(lane).collect::<Vec<_>>(),
        "alignment": picture.alignment.as_ref().map(|alignment| json!({
            "offset_ns": alignment.offset_ns,
            "uncertainty_ns": alignment.uncertainty_ns,
            "bounded": alignment.bounded,
            "one_machine": alignment.one_machine,
            "pairs": alignment.pairs,
            "basis": alignment.basis,
        })),
        "first": picture.first,
        "demo": picture.demo.as_ref().map(|demo| json!({
            "name": demo.name, "title": demo.title, "about": demo.about, "saw": demo.saw,
            "card": demo.card, "next": demo.next,
        })),
    });
    let end = json!({
        "event": "timeline_end", "rows": picture.rows.len(), "remarks": picture.remarks,
    });
    std::iter::once(head).chain(picture.rows.iter().map(row)).chain([end]).collect()
}

fn ns(time: Duration) -> Value {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).into()
}

fn source(source: &Source) -> Value {
    json!({
        "file": source.file, "host": source.host, "os": source.system, "command": source.command,
        "run": source.run,
        "started_unix_ns": source.started_unix_ns, "captured": source.captured,
    })
}

fn lane(lane: &Lane) -> Value {
    let sockets = lane.sockets.iter().map(|socket| {
        json!({
            "label": socket.label, "protocol": socket.protocol, "local": socket.local,
            "remote": socket.remote, "listens": socket.listens,
        })
    });
    json!({
        "name": lane.name, "source": lane.source, "end": lane.end,
        "sockets": sockets.collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    let (event, rest) = match &row.kind {
        RowKind::Call(made) => ("timeline_call", call(made)),
        RowKind::Packet(seen) => ("timeline_packet", packet(seen)),
        RowKind::State(lane, change) => {
            let mut fields = state(change);
            fields["lane"] = (*lane).into();
            ("timeline_state", fields)
        }
        RowKind::Message(said) => ("timeline_message", message(said)),
        RowKind::Remark(lane, text) => ("timeline_remark", json!({ "lane": lane, "text": text })),
        RowKind::Fold(fold) => (
            "timeline_fold",
            json!({
                "lane": fold.lane, "count": fold.count, "what": fold.what, "bytes": fold.bytes,
                "begin_ns": ns(fold.from), "end_ns": ns(fold.to),
                "parts": fold.parts.iter().map(part).collect::<Vec<_>>(),
            }),
        ),
        RowKind::Step(step) => {
            ("timeline_step", json!({ "number": step.number, "title": step.title }))
        }
        RowKind::Fact(fact) => (
            "timeline_fact",
            json!({ "name": fact.name, "value": fact.value, "words": fact.words }),
        ),
        RowKind::Table(table) => (
            "timeline_table",
            json!({ "title": table.title, "head": table.head, "rows": table.rows }),
        ),
    };
    let mut fields = json!({ "event": event, "t_ns": ns(row.at) });
    if let (Some(fields), Value::Object(rest)) = (fields.as_object_mut(), rest) {
        fields.extend(rest);
    }
    fields
}

fn state(change: &StateChange) -> Value {
    json!({ "socket": change.socket, "from": change.from, "to": change.to })
}

fn message(message: &Message) -> Value {
    json!({
        "lane": message.lane, "direction": if message.sent { "sent" } else { "received" },
        "from": message.who, "text": message.text, "bytes": message.bytes,
    })
}

fn part(part: &FoldPart) -> Value {
    json!({ "what": part.what, "lane": part.lane, "count": part.count, "bytes": part.bytes })
}

fn call(call: &Call) -> Value {
    let error = call.error.as_ref();
    json!({
        "lane": call.lane, "place": call.place, "socket": call.socket, "call": call.name,
        "text": call.text, "result": call.result,
        "error": error.map(|error| json!({ "name": error.name, "number": error.number })),
        "begin_ns": ns(call.begin), "end_ns": ns(call.end), "waited": call.waited,
        "state": call.state.as_ref().map(state), "bytes": call.bytes, "carries": call.carries,
        "messages": call.messages.iter().map(message).collect::<Vec<_>>(),
        "from_calls": call.from_calls, "fields": call.fields,
    })
}

fn packet(packet: &Packet) -> Value {
    let place = |place: Place| match place {
        Place::Lane(lane) => Some(lane),
        Place::Outside => None,
    };
    let cause = match &packet.cause {
        Cause::Calls(calls) => json!({ "by": "calls", "calls": calls }),
        Cause::Kernel(why) => json!({ "by": "kernel", "why": why }),
        Cause::Outside => json!({ "by": "outside" }),
        Cause::Unknown => json!({ "by": "unknown" }),
    };
    json!({
        "number": packet.number, "from": place(packet.from), "to": place(packet.to),
        "left_ns": packet.left.map(ns), "arrived_ns": packet.arrived.map(ns),
        "source": packet.source, "destination": packet.destination, "words": packet.words,
        "details": packet.details, "again": packet.again, "cause": cause,
        "fields": packet.fields,
    })
}
