//! The fields of remarks in JSON.

use serde_json::{Value, json};

use super::{call, nanoseconds};
use crate::event::Note;

pub(super) fn note(note: &Note) -> Value {
    match note {
        Note::Help { .. } => json!({ "note": "help" }),
        Note::NothingToSend => json!({ "note": "nothing to send" }),
        Note::EmptyTurn => json!({ "note": "empty turn" }),
        Note::KeptForTurn => json!({ "note": "kept for turn" }),
        Note::LeaveKept => json!({ "note": "leave kept" }),
        Note::WaitingLong(time) => {
            json!({ "note": "waiting long", "after_ns": nanoseconds(*time) })
        }
        Note::NameTaken { asked, given } => {
            json!({ "note": "name taken", "asked": asked.as_str(), "given": given.as_str() })
        }
        Note::Renamed { old, new } => {
            json!({ "note": "renamed", "old": old.as_str(), "new": new.as_str() })
        }
        Note::TakenForName(name) => json!({ "note": "taken for name", "name": name.as_str() }),
        Note::LongLine { from, limit } => {
            json!({ "note": "long line", "from": from.as_str(), "limit": limit })
        }
        Note::InputEnded(linger) => {
            json!({ "note": "input ended", "linger_ns": nanoseconds(*linger) })
        }
        Note::OutOfDescriptors(failed) => {
            json!({ "note": "out of descriptors", "call": call(failed) })
        }
        Note::TryingNext { failed, next } => {
            json!({ "note": "trying next", "failed": call(failed), "next": next.to_string() })
        }
        Note::TurnedAway { peer, limit } => {
            json!({ "note": "turned away", "peer": peer.to_string(), "limit": limit })
        }
    }
}
