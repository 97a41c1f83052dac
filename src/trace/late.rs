//! When `connect` returned, as far as packets tell it.
//!
//! ```text
//!   the program   connect ──────────────────────────▶ returns
//!   strace          stops it, writes the call │ counts ──▶ stops it again
//!                   ▲ the time it writes      └─ how long it took, without the writing
//!   the wire                    SYN ──▶  ◀── SYN,ACK
//! ```
//!
//! strace counts from when it has written the call, and the time it writes is from before that: the
//! sum is early by the time of the writing. A `connect` that waited cannot have returned before its
//! answer was there, and the kernel has stamped the answer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::told::Item;
use crate::event::flag::{ACK, RST, SYN};
use crate::event::{CaptureEvent, Captured, Cause, Content, Kind, TraceEvent};

/// strace writes a call in less time than this, also on a busy machine.
pub(super) const WRITING: Duration = Duration::from_millis(20);

/// An end and a socket of it.
type Whose = (Option<String>, String);

/// No `connect` returns before its answer.
pub(super) fn behind_their_answers(items: &mut [Item]) {
    let mut asked: HashMap<(SocketAddr, SocketAddr), Whose> = HashMap::new();
    let mut answers: HashMap<Whose, Vec<Duration>> = HashMap::new();
    for (_, event) in items.iter() {
        let Kind::Capture(CaptureEvent::Packet(packet)) = &event.kind else { continue };
        if let Some(whose) = connects(packet) {
            asked.insert((packet.source, packet.destination), whose);
        } else if answers_syn(packet)
            && let Some(whose) = asked.remove(&(packet.destination, packet.source))
        {
            answers.entry(whose).or_default().push(event.at);
        }
    }
    for (end, event) in items.iter_mut() {
        let Kind::Trace(TraceEvent::Call(call)) = &mut event.kind else { continue };
        if call.name != "connect" {
            continue;
        }
        let answers = answers.get(&(end.clone(), call.socket.to_string()));
        let late = |answer: &&Duration| (event.at..=event.at + WRITING).contains(*answer);
        if let Some(answer) = answers.and_then(|all| all.iter().find(late)) {
            let returned = *answer + Duration::from_nanos(1);
            call.took += returned.saturating_sub(event.at);
            event.at = returned;
        }
    }
}

/// Whose `connect` made this packet go, if that waits for the answer.
fn connects(packet: &Captured) -> Option<Whose> {
    let Content::Tcp(segment) = &packet.content else { return None };
    let Cause::Calls(calls) = &packet.cause else { return None };
    let call = calls.first().filter(|_| segment.flags & (SYN | ACK) == SYN)?;
    let waits = call.text.starts_with("connect(") && !call.text.ends_with("EINPROGRESS");
    waits.then(|| (call.end.clone(), call.socket.clone()))
}

fn answers_syn(packet: &Captured) -> bool {
    matches!(&packet.content, Content::Tcp(segment)
        if segment.flags & (SYN | ACK) == SYN | ACK || segment.flags & RST != 0)
}
