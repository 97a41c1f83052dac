//! Who came, what was said, who left, in JSON.

use std::net::SocketAddr;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::event::{Departure, Member, Message};

pub(super) fn member(member: &Member) -> Value {
    let peer: SocketAddr = member.peer;
    json!({
        "socket": member.socket.to_string(), "name": member.name.as_str(),
        "ip": peer.ip(), "port": peer.port(),
    })
}

pub(super) fn message(message: &Message, texts: bool) -> Value {
    let digest = Sha256::digest(message.text.as_str().as_bytes());
    let mut fields = json!({
        "socket": message.socket.map(|id| id.to_string()),
        "direction": message.direction.name(),
        "from": message.from.as_str(),
        "bytes": message.bytes,
        "digest": super::hex(&digest[..8]),
        "announcement": message.announcement,
    });
    if texts {
        fields["text"] = message.text.as_str().into();
    }
    fields
}

pub(super) fn departure(how: &Departure, fields: &mut Value) {
    let reason = match how {
        Departure::PeerClosed => "peer closed",
        Departure::Left => "left",
        Departure::Interrupted => "interrupted",
        Departure::Served => "served",
        Departure::Failed(e) => {
            fields["error"] = super::error(*e);
            "failed"
        }
        Departure::TookNothing(time) => {
            fields["after_ns"] = super::nanoseconds(*time);
            "took nothing"
        }
        Departure::SaidNothing(time) => {
            fields["after_ns"] = super::nanoseconds(*time);
            "said nothing"
        }
        Departure::Malformed(fault) => {
            fields["fault"] = (*fault).into();
            "malformed"
        }
    };
    fields["reason"] = reason.into();
}
