//! The fields of datagram events in JSON. What they mean is in the table of the parent's contract.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::event::{
    Datagram, DatagramEvent, EchoReport, EchoSetup, Loop, Remark, Report, SenderSetup,
};
use crate::render::json::figures::{histogram, round_trip};
use crate::render::json::{call, hex, nanoseconds};

/// Name and fields of an event.
pub(in crate::render) fn fields(event: &DatagramEvent, texts: bool) -> (&'static str, Value) {
    match event {
        DatagramEvent::Bound(setup) => ("bound", bound(setup)),
        DatagramEvent::Sending(setup) => ("sending", sending(setup)),
        DatagramEvent::Peer(socket, peer) => {
            ("peer", json!({ "socket": socket.to_string(), "ip": peer.ip(), "port": peer.port() }))
        }
        DatagramEvent::Passed(d) => ("datagram", datagram(d, texts)),
        DatagramEvent::Progress(r) => ("progress", report(r)),
        DatagramEvent::Report(r) => ("report", report(r)),
        DatagramEvent::EchoReport(r) => ("server_report", echo_report(r)),
        DatagramEvent::Remark(r) => ("remark", remark(r)),
    }
}

fn bound(setup: &EchoSetup) -> Value {
    let on_purpose = &setup.impairments;
    json!({
        "socket": setup.socket.to_string(),
        "ip": setup.local.ip(), "port": setup.local.port(),
        "dual_stack": setup.dual_stack, "buffer": setup.buffer,
        "impairments": {
            "drop": on_purpose.drop, "duplicate": on_purpose.duplicate,
            "reorder": on_purpose.reorder, "corrupt": on_purpose.corrupt,
            "delay_ns": nanoseconds(on_purpose.delay), "jitter_ns": nanoseconds(on_purpose.jitter),
            "seed": on_purpose.any().then_some(on_purpose.seed),
        },
        "max_rate": setup.max_rate,
        "groups": setup.groups,
    })
}

fn sending(setup: &SenderSetup) -> Value {
    let mut fields = json!({
        "host": setup.host.as_str(),
        "ip": setup.server.ip(), "port": setup.server.port(),
        "source": setup.source.map(|source| source.to_string()),
        "connect": setup.connect, "cast": setup.cast.name(),
        "timeout_ns": nanoseconds(setup.timeout), "buffer": setup.buffer, "ttl": setup.ttl,
        "dont_fragment": setup.dont_fragment,
    });
    if let Some(burst) = &setup.burst {
        fields["count"] = burst.count.into();
        fields["interval_ns"] = nanoseconds(burst.interval);
        fields["size"] = burst.size.into();
        fields["window"] = burst.window.into();
        fields["run"] = format!("{:08x}", burst.run).into();
    }
    fields
}

fn datagram(datagram: &Datagram, texts: bool) -> Value {
    let text = datagram.text.as_str();
    // Of a datagram without a text (one of a burst) there is nothing to make a digest of.
    let digest = (!text.is_empty()).then(|| hex(&Sha256::digest(text.as_bytes())[..8]));
    let on_purpose = &datagram.on_purpose;
    let mut fields = json!({
        "socket": datagram.socket.to_string(),
        "direction": datagram.direction.name(),
        "ip": datagram.peer.ip(), "port": datagram.peer.port(),
        "bytes": datagram.bytes,
        "digest": digest,
        "fate": datagram.fate.name(),
        "round_trip_ns": datagram.round_trip.map(nanoseconds),
        "sequence": datagram.sequence,
        "on_purpose": {
            "duplicated": on_purpose.duplicated, "held_back": on_purpose.held_back,
            "corrupted": on_purpose.corrupted, "delay_ns": nanoseconds(on_purpose.delay),
        },
    });
    if texts {
        fields["text"] = datagram.text.as_str().into();
    }
    fields
}

fn report(report: &Report) -> Value {
    let responders = report
        .responders
        .iter()
        .map(|(peer, count)| json!({ "ip": peer.ip(), "port": peer.port(), "count": count }));
    json!({
        "sent": report.sent, "received": report.received, "outstanding": report.outstanding, "lost": report.lost,
        "duplicated": report.duplicated, "reordered": report.reordered,
        "corrupted": report.corrupted, "late": report.late, "foreign": report.foreign,
        "merged": report.merged, "truncated": report.truncated, "refused": report.refused,
        "bytes_sent": report.bytes_sent, "bytes_received": report.bytes_received,
        "sending_ns": nanoseconds(report.sending), "duration_ns": nanoseconds(report.duration),
        "rtt_ns": report.round_trip.map(round_trip),
        "jitter_ns": report.round_trip.map(|figures| nanoseconds(figures.jitter)),
        "histogram": histogram(&report.histogram),
        "responders": responders.collect::<Vec<_>>(),
    })
}

fn echo_report(report: &EchoReport) -> Value {
    json!({
        "datagrams_received": report.received, "bytes_received": report.bytes_received,
        "datagrams_sent": report.sent, "bytes_sent": report.bytes_sent,
        "peers": report.peers, "dropped": report.dropped, "duplicated": report.duplicated,
        "reordered": report.reordered, "corrupted": report.corrupted, "delayed": report.delayed,
        "over_rate": report.over_rate, "queue_full": report.queue_full,
        "guarded": report.guarded, "truncated": report.truncated,
        "send_errors": report.send_errors, "receive_errors": report.receive_errors,
        "unreachable": report.unreachable,
    })
}

fn remark(remark: &Remark) -> Value {
    match remark {
        Remark::Help { .. } => json!({ "remark": "help" }),
        Remark::NothingToSay => json!({ "remark": "nothing to say" }),
        // What was said is no business of a record; the datagram event has its digest.
        Remark::Silence { waited, connected, .. } => json!({
            "remark": "silence", "after_ns": nanoseconds(*waited), "connected": connected,
        }),
        Remark::Unreachable { call: failed, peer, .. } => json!({
            "remark": "unreachable", "call": call(failed),
            "peer": peer.map(|peer| peer.to_string()),
        }),
        Remark::Cut { peer, length, taken } => json!({
            "remark": "cut", "peer": peer.to_string(), "length": length, "taken": taken,
        }),
        Remark::Fragments { size, mtu, count } => {
            json!({ "remark": "fragments", "size": size, "mtu": mtu, "count": count })
        }
        Remark::TooLargeForWay { size, mtu } => {
            json!({ "remark": "too large for the way", "size": size, "mtu": mtu })
        }
        Remark::TooLong { length, limit } => {
            json!({ "remark": "too long", "length": length, "limit": limit })
        }
        Remark::Guarded { peer, why } => {
            let (service, copies) = match why {
                Loop::ServicePort(port) => (Some(port), None),
                Loop::Copies(count) => (None, Some(count)),
            };
            json!({
                "remark": "guarded", "peer": peer.to_string(), "service_port": service,
                "copies": copies,
            })
        }
        Remark::CallFailed { call: failed, .. } => {
            json!({ "remark": "call failed", "call": call(failed) })
        }
        Remark::NotShown { datagrams, peers, within } => json!({
            "remark": "not shown", "datagrams": datagrams, "peers": peers,
            "within_ns": nanoseconds(*within),
        }),
        Remark::Forgotten { peers, limit } => {
            json!({ "remark": "forgotten", "peers": peers, "limit": limit })
        }
        Remark::OtherAddress { asked, from } => json!({
            "remark": "other address", "asked": asked.to_string(), "from": from.to_string(),
        }),
        Remark::NoCommand(_) => json!({ "remark": "no command" }),
        Remark::LineFeeds => json!({ "remark": "line feeds" }),
        Remark::TwoFamilies { host, taken, other } => json!({
            "remark": "two families", "host": host.as_str(), "taken": taken, "other": other,
        }),
    }
}
