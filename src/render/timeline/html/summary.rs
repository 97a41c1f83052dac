//! A row in one line: for who points at it, hears it read, or reads the table of all rows.

use std::fmt::Write as _;

use super::super::told::folded;
use super::boxes::result;
use super::cut::Cut;
use super::text::{clean, duration, short};
use crate::timeline::{Call, Cause, Packet, Picture, Place, RowKind};

/// Bytes of a line; all of it is in the fields.
const TITLE: usize = 1000;

/// A row in one line.
pub(super) fn title(cut: &Cut, kind: &RowKind) -> String {
    let picture = &*cut.picture;
    let text = match kind {
        RowKind::Call(call) => return call_title(picture, call),
        RowKind::Packet(packet) => return packet_title(cut, packet),
        RowKind::State(lane, its) => {
            let from = if its.from.is_empty() { String::new() } else { format!("{} ", its.from) };
            format!("{}: {} {from}→ {}", name(picture, *lane), its.socket, its.to)
        }
        RowKind::Message(its) => {
            let way = if its.sent { "sent" } else { "received" };
            format!("{}: {way} {} {}", name(picture, its.lane), its.who, its.text)
        }
        RowKind::Step(its) => format!("Step {}: {}", its.number, its.title),
        RowKind::Fact(its) => its.words.clone(),
        RowKind::Table(its) => its.title.clone(),
        RowKind::Remark(lane, text) => format!("{}: {text}", name(picture, *lane)),
        RowKind::Fold(fold) => folded(fold),
    };
    clean(&short(text, TITLE))
}

/// `client: A connect(127.0.0.1:6000) = 0, waited 3.0 s`.
pub(super) fn call_title(picture: &Picture, call: &Call) -> String {
    let mut text = format!("{}: {} {}", name(picture, call.lane), call.socket, call.text);
    let result = result(call);
    if !result.is_empty() {
        let _ = write!(text, " = {result}");
    }
    let took = duration(call.end.saturating_sub(call.begin));
    let _ = write!(text, ", {} {took}", if call.waited { "waited" } else { "took" });
    if let Some(carries) = &call.carries {
        let _ = write!(text, ": {carries}");
    }
    if let Some(state) = &call.state {
        let _ = write!(text, "; {} → {}", state.socket, state.to);
    }
    clean(&short(text, TITLE))
}

/// `client → server: SYN seq 0 …, by A connect(127.0.0.1:6000)`.
pub(super) fn packet_title(cut: &Cut, packet: &Packet) -> String {
    let picture = &*cut.picture;
    let end = |place: Place| match place {
        Place::Lane(lane) => name(picture, lane).to_owned(),
        Place::Outside => "outside".to_owned(),
    };
    let mut text = format!(
        "packet {}, {} → {}: {} {}",
        packet.number,
        end(packet.from),
        end(packet.to),
        packet.words,
        packet.details
    );
    let _ = write!(text, "; {}", cause(cut, packet));
    if packet.again {
        text.push_str("; sent again");
    }
    if let (Some(left), Some(arrived)) = (packet.left, packet.arrived)
        && arrived > left
    {
        let _ = write!(text, "; {} on its way", duration(arrived.saturating_sub(left)));
    }
    clean(&short(text, TITLE))
}

/// What made a packet go.
pub(super) fn cause(cut: &Cut, packet: &Packet) -> String {
    match &packet.cause {
        Cause::Calls(places) => {
            let mut calls: Vec<_> = places.iter().filter_map(|its| cut.calls.get(its)).collect();
            calls.sort_unstable_by_key(|(row, _)| *row);
            calls.dedup_by_key(|(row, _)| *row);
            let named = calls.iter().map(|(_, call)| format!("{} {}", call.socket, call.text));
            let calls: Vec<String> = named.collect();
            if calls.is_empty() {
                "made by a call that is not drawn".to_owned()
            } else {
                format!("made by {}", calls.join(", "))
            }
        }
        Cause::Kernel(why) => format!("no call: the kernel {why}"),
        Cause::Outside => "made by a program whose calls are not recorded".to_owned(),
        Cause::Unknown => "what made it go is not known".to_owned(),
    }
}

/// The name of a lane.
pub(super) fn name(picture: &Picture, lane: usize) -> &str {
    picture.lanes.get(lane).map_or("a program", |its| its.name.as_str())
}
