//! Captured packets in JSON.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{error, nanoseconds};
use crate::event::{
    CaptureEvent, Captured, Cause, Content, IcmpSeen, Resolution, Segment, TcpOption,
};

pub(super) fn fields(event: &CaptureEvent) -> (&'static str, Value) {
    match event {
        CaptureEvent::Began(setup) => (
            "capturing",
            json!({
                "filter": setup.filter, "buffer": setup.buffer, "link": setup.link,
                "file": setup.file, "remark": setup.remark,
            }),
        ),
        CaptureEvent::Refused(refused) => {
            ("capture_refused", json!({ "error": refused.error.map(error) }))
        }
        CaptureEvent::Packet(captured) => ("packet", packet(captured)),
        CaptureEvent::Ended(report) => (
            "capture_report",
            json!({
                "packets": report.packets, "others": report.others, "twice": report.twice,
                "dropped": report.dropped, "written": report.written,
            }),
        ),
    }
}

fn packet(packet: &Captured) -> Value {
    let ported = matches!(packet.content, Content::Tcp(_) | Content::Udp(_));
    let port = |address: SocketAddr| ported.then(|| address.port());
    let mut fields = json!({
        "number": packet.number,
        "captured_unix_ns": nanoseconds(packet.unix),
        "interface": packet.interface.as_str(),
        "direction": packet.crossing.name(),
        "socket": packet.socket.map(|id| id.to_string()),
        "protocol": protocol(packet),
        "source_ip": packet.source.ip(), "source_port": port(packet.source),
        "destination_ip": packet.destination.ip(),
        "destination_port": port(packet.destination),
        "length": packet.length,
        "hop_limit": packet.hop_limit,
    });
    content(&packet.content, &mut fields);
    fields["cause"] = cause(&packet.cause);
    fields
}

fn protocol(packet: &Captured) -> Value {
    match &packet.content {
        Content::Tcp(_) => "tcp".into(),
        Content::Udp(_) => "udp".into(),
        Content::Icmp(_) if packet.source.is_ipv6() => "icmpv6".into(),
        Content::Icmp(_) => "icmp".into(),
        Content::Fragment(..) => "fragment".into(),
        Content::Arp(_) => "arp".into(),
        Content::Other(number) => (*number).into(),
    }
}

fn content(content: &Content, fields: &mut Value) {
    match content {
        Content::Tcp(segment) => tcp(segment, fields),
        Content::Udp(payload) => fields["payload"] = (*payload).into(),
        Content::Icmp(message) => icmp(message, fields),
        Content::Fragment(offset, more) => {
            fields["offset"] = (*offset).into();
            fields["more"] = (*more).into();
        }
        Content::Arp(resolution) => arp(resolution, fields),
        Content::Other(_) => {}
    }
}

fn tcp(segment: &Segment, fields: &mut Value) {
    fields["payload"] = segment.payload.into();
    fields["flags"] = segment.flag_names().into();
    fields["sequence"] = segment.sequence.into();
    fields["acknowledgment"] = segment.acknowledgment.into();
    fields["relative_sequence"] = json!(segment.relative_sequence);
    fields["relative_acknowledgment"] = json!(segment.relative_acknowledgment);
    fields["window"] = segment.window.into();
    fields["window_shift"] = json!(segment.window_shift);
    fields["window_bytes"] = json!(segment.window_bytes());
    fields["again"] = segment.again.into();
    fields["options"] = segment.options.iter().map(option).collect();
}

fn option(option: &TcpOption) -> Value {
    match option {
        TcpOption::MaximumSegmentSize(size) => json!({ "name": "MSS", "value": size }),
        TcpOption::WindowScale(shift) => json!({ "name": "window scale", "value": shift }),
        TcpOption::SackPermitted => json!({ "name": "SACK permitted" }),
        TcpOption::Sack(blocks) => json!({ "name": "SACK", "value": blocks }),
        TcpOption::Timestamps(own, heard) => {
            json!({ "name": "timestamps", "value": [own, heard] })
        }
        TcpOption::Other(kind) => json!({ "name": kind.to_string() }),
    }
}

fn icmp(message: &IcmpSeen, fields: &mut Value) {
    fields["payload"] = message.payload.into();
    fields["type"] = message.kind.into();
    fields["code"] = message.code.into();
    fields["words"] = message.words.as_str().into();
    fields["identifier"] = json!(message.echo.map(|(identifier, _)| identifier));
    fields["sequence"] = json!(message.echo.map(|(_, sequence)| sequence));
    fields["about"] = message.about.map_or(Value::Null, |(protocol, source, destination)| {
        json!({
            "protocol": protocol, "source_ip": source.ip(), "source_port": source.port(),
            "destination_ip": destination.ip(), "destination_port": destination.port(),
        })
    });
}

fn arp(resolution: &Resolution, fields: &mut Value) {
    let mac = |bytes: [u8; 6]| bytes.map(|byte| format!("{byte:02x}")).join(":");
    fields["operation"] = resolution.operation.into();
    fields["sender_mac"] = mac(resolution.sender.1).into();
    fields["target_mac"] = mac(resolution.target.1).into();
}

fn cause(cause: &Cause) -> Value {
    match cause {
        Cause::Calls(calls) => {
            let calls = calls
                .iter()
                .map(|call| json!({ "end": call.end, "socket": call.socket, "text": call.text }));
            json!({ "by": "calls", "calls": calls.collect::<Vec<_>>() })
        }
        Cause::Kernel(why) => json!({ "by": "kernel", "why": why }),
        Cause::Peer => json!({ "by": "peer" }),
        Cause::Unknown => json!({ "by": "unknown" }),
    }
}
