//! The fields of ICMP events in JSON. What they mean is in the table of the parent's contract.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{dissect_json, trouble};
use crate::event::{
    Heard, Hop, HopAnswer, HostReport, IcmpEvent, IcmpRemark, ListenReport, ListenSetup, Others,
    Pace, PingReport, PingSetup, PingSocket, Privilege, Probe, ProbeError, Quote, Reply, ReplyFate,
    SafeText, Trouble, Unsent,
};
use crate::render::json::figures::{histogram, round_trip};
use crate::render::json::{call, hex, nanoseconds};

/// Name and fields of an event.
pub(in crate::render) fn fields(event: &IcmpEvent) -> (&'static str, Value) {
    match event {
        IcmpEvent::Pinging(setup) => ("pinging", pinging(setup)),
        IcmpEvent::ListeningRaw(setup) => ("listening_raw", listening(setup)),
        IcmpEvent::Sent(p) => ("probe", probe(p)),
        IcmpEvent::Reply(r) => ("reply", reply(r)),
        IcmpEvent::Lost(p, _) => ("lost", probe(p)),
        IcmpEvent::Error(e) => ("icmp_error", error(e)),
        IcmpEvent::Unsent(u) => ("unsent", unsent(u)),
        IcmpEvent::Dissected(d) => ("dissection", dissect_json::json(d)),
        IcmpEvent::Hop(h) => ("hop", hop(h)),
        IcmpEvent::Heard(h) => ("heard", heard(h)),
        IcmpEvent::Name(ip, name) => ("name", json!({ "ip": ip, "name": name.as_str() })),
        IcmpEvent::Progress(r) => ("ping_progress", report(r)),
        IcmpEvent::Status(r) => ("ping_status", report(r)),
        IcmpEvent::Report(r) => ("ping_report", report(r)),
        IcmpEvent::ListenReport(r) => ("listen_report", listen_report(r)),
        IcmpEvent::Remark(r) => ("icmp_remark", remark(r)),
    }
}

/// The fields of one object and then those of another.
fn and(mut fields: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    fields
}

fn socket(socket: &PingSocket) -> Value {
    let range = match socket.privilege {
        Privilege::PingSocket(range) => range,
        _ => None,
    };
    json!({
        "socket": socket.socket.to_string(),
        "family": family(socket.v6),
        "privilege": socket.privilege.name(),
        "group_range": range.map(|(first, last)| [first, last]),
        "identifier": socket.identifier,
        "clock": socket.clock.name(),
        "filtered": socket.filtered,
    })
}

const fn family(v6: bool) -> u8 {
    if v6 { 6 } else { 4 }
}

fn pinging(setup: &PingSetup) -> Value {
    let hosts = setup.hosts.iter().map(
        |host| json!({ "name": host.name.as_str(), "ip": host.address, "source_ip": host.source }),
    );
    let pace = match setup.pace {
        Pace::Interval => "interval",
        Pace::Flood => "flood",
        Pace::Adaptive => "adaptive",
    };
    json!({
        "sockets": setup.sockets.iter().map(socket).collect::<Vec<_>>(),
        "hosts": hosts.collect::<Vec<_>>(),
        "count": setup.count, "pace": pace, "interval_ns": nanoseconds(setup.interval),
        "size": setup.size, "pattern": setup.pattern.as_deref().map(hex), "ttl": setup.ttl,
        "timeout_ns": nanoseconds(setup.timeout),
        "deadline_ns": setup.deadline.map(nanoseconds),
        "dont_fragment": setup.dont_fragment, "path": setup.path, "quiet": setup.quiet,
        "given_back": setup.given_back.name(),
    })
}

fn listening(setup: &ListenSetup) -> Value {
    json!({
        "sockets": setup.sockets.iter().map(socket).collect::<Vec<_>>(),
        "source": setup.source.as_ref().map(SafeText::as_str),
        "count": setup.count, "hex": setup.hex, "given_back": setup.given_back.name(),
    })
}

fn probe(probe: &Probe) -> Value {
    json!({
        "socket": probe.socket.to_string(), "host": probe.host, "ip": probe.destination,
        "sequence": probe.sequence, "number": probe.number, "bytes": probe.bytes,
        "ttl": probe.ttl,
    })
}

fn reply(reply: &Reply) -> Value {
    let fields = json!({
        "from": reply.from, "reply_bytes": reply.bytes, "hop_limit": reply.hop_limit,
        "round_trip_ns": nanoseconds(reply.round_trip), "clock": reply.clock.name(),
        "arrived_unix_ns": nanoseconds(reply.arrived), "fate": reply.fate.name(),
    });
    let wrong = match reply.fate {
        ReplyFate::Corrupted { at, sent, came } => {
            json!({ "at": at, "sent": sent, "came": came })
        }
        ReplyFate::WrongLength { sent, came } => json!({ "sent": sent, "came": came }),
        ReplyFate::WrongChecksum { on_the_wire, computed } => {
            json!({ "on_the_wire": on_the_wire, "computed": computed })
        }
        ReplyFate::Fine | ReplyFate::Late | ReplyFate::Duplicate => json!({}),
    };
    and(and(probe(&reply.probe), fields), wrong)
}

fn error(error: &ProbeError) -> Value {
    let (mut mtu, mut pointer, mut gateway) = (None, None, None);
    match error.trouble {
        Trouble::TooBig { mtu: told } => mtu = Some(told),
        Trouble::ParameterProblem { pointer: told, .. } => pointer = Some(told),
        Trouble::Redirect { gateway: told, .. } => gateway = Some(told),
        _ => {}
    }
    let fields = json!({
        "from": error.from, "trouble": words(error.trouble, error.from),
        "type": error.kind, "code": error.code, "mtu": mtu, "pointer": pointer,
        "gateway": gateway, "after_ns": nanoseconds(error.after),
        "arrived_unix_ns": nanoseconds(error.arrived),
    });
    and(probe(&error.probe), fields)
}

fn words(trouble: Trouble, from: IpAddr) -> String {
    trouble::words(trouble, from.is_ipv6())
}

fn unsent(unsent: &Unsent) -> Value {
    and(probe(&unsent.probe), json!({ "call": call(&unsent.call), "mtu": unsent.mtu }))
}

fn hop(hop: &Hop) -> Value {
    let answers = hop.answers.iter().map(|answer| match *answer {
        HopAnswer::Reply(from, time) => {
            json!({ "from": from, "round_trip_ns": nanoseconds(time), "answer": "reply" })
        }
        HopAnswer::Error(from, time, trouble) => json!({
            "from": from, "round_trip_ns": nanoseconds(time), "answer": words(trouble, from),
        }),
        HopAnswer::Silence => json!({ "from": null, "round_trip_ns": null, "answer": "silence" }),
    });
    json!({ "host": hop.host, "ttl": hop.ttl, "answers": answers.collect::<Vec<_>>() })
}

fn heard(heard: &Heard) -> Value {
    let error = heard.error.map(|(trouble, quoted)| {
        json!({ "trouble": trouble::words(trouble, heard.v6), "quote": quoted.map(quote) })
    });
    json!({
        "socket": heard.socket.to_string(), "family": family(heard.v6),
        "from": heard.from, "to": heard.to, "type": heard.kind, "code": heard.code,
        "bytes": heard.bytes, "hop_limit": heard.hop_limit,
        "identifier": heard.echo.map(|(identifier, _)| identifier),
        "sequence": heard.echo.map(|(_, sequence)| sequence),
        "error": error, "fault": heard.fault, "arrived_unix_ns": nanoseconds(heard.arrived),
        "packet": (!heard.packet.is_empty()).then(|| hex(&heard.packet)),
    })
}

fn quote(quote: Quote) -> Value {
    json!({
        "source": quote.source, "destination": quote.destination, "protocol": quote.protocol,
        "identifier": quote.echo.map(|(identifier, _)| identifier),
        "sequence": quote.echo.map(|(_, sequence)| sequence),
        "source_port": quote.ports.map(|(from, _)| from),
        "destination_port": quote.ports.map(|(_, to)| to),
    })
}

fn listen_report(report: &ListenReport) -> Value {
    let kinds = report
        .kinds
        .iter()
        .map(|(v6, kind, count)| json!({ "family": family(*v6), "type": kind, "count": count }));
    json!({
        "kinds": kinds.collect::<Vec<_>>(), "malformed": report.malformed,
        "overflowed": report.overflowed, "duration_ns": nanoseconds(report.duration),
    })
}

fn report(report: &PingReport) -> Value {
    json!({
        "hosts": report.hosts.iter().map(host).collect::<Vec<_>>(),
        "others": others(&report.others),
        "duration_ns": nanoseconds(report.duration),
    })
}

fn host(host: &HostReport) -> Value {
    json!({
        "name": host.name.as_str(), "ip": host.address, "sent": host.sent,
        "received": host.received, "late": host.late, "lost": host.lost,
        "outstanding": host.outstanding, "duplicated": host.duplicated,
        "corrupted": host.corrupted, "reordered": host.reordered, "errors": host.errors,
        "unsent": host.unsent,
        "rtt_ns": host.round_trip.map(round_trip),
        "jitter_ns": host.round_trip.map(|figures| nanoseconds(figures.jitter)),
        "histogram": histogram(&host.histogram),
    })
}

fn others(others: &Others) -> Value {
    json!({
        "replies": others.replies, "requests": others.requests, "errors": others.errors,
        "other": others.other, "malformed": others.malformed, "forged": others.forged,
        "overflowed": others.overflowed,
    })
}

fn remark(remark: &IcmpRemark) -> Value {
    match remark {
        IcmpRemark::PingSocketInstead => json!({ "remark": "ping socket instead" }),
        IcmpRemark::NotMine { from, identifier, own } => json!({
            "remark": "not mine", "from": from, "identifier": identifier, "own": own,
        }),
        IcmpRemark::Forged { from, sequence } => {
            json!({ "remark": "forged", "from": from, "sequence": sequence })
        }
        IcmpRemark::ClockStepped => json!({ "remark": "clock stepped" }),
        IcmpRemark::OwnAddress(ip) => json!({ "remark": "own address", "ip": ip }),
        IcmpRemark::OwnAddressUnseen(ip) => json!({ "remark": "own address unseen", "ip": ip }),
        IcmpRemark::ManyAnswer(ip) => json!({ "remark": "many answer", "ip": ip }),
        IcmpRemark::FloodEnds(time) => {
            json!({ "remark": "flood ends", "after_ns": nanoseconds(*time) })
        }
        IcmpRemark::NoMoreLines(count) => json!({ "remark": "no more lines", "count": count }),
        IcmpRemark::PathEnds { ttl, silent } => {
            json!({ "remark": "path ends", "ttl": ttl, "silent": silent })
        }
        IcmpRemark::PathLimit { ttl } => json!({ "remark": "path limit", "ttl": ttl }),
        IcmpRemark::Lingers(until) => {
            json!({ "remark": "lingers", "until_ns": nanoseconds(*until) })
        }
        IcmpRemark::CallFailed(failed) => json!({ "remark": "call failed", "call": call(failed) }),
    }
}
