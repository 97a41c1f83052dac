//! Objects for programs.
//!
//! | event | fields |
//! | --- | --- |
//! | `port` | `asked`, `port`, `protocol`, `range`, `range_iana`, `range_first`, `range_last`, `standing` (`assigned`, `reserved`, `unassigned`, `private use`, `discontinued`, `dynamic`, `unlisted`), `services` and `statements` (as `service`), `unregistered`, `everyday` (names that are not IANA's), `here` (`may_bind`, `unprivileged_from`, `privilege`, `source_port`, `source_ports`, `excluded`, `in_use`, `unseen`); what is not known is `null`, `registry` (`source`, `newest_change`) |
//! | `service` | `name`, `protocols`, `first`, `last`, `description`, `unauthorized_use`, `note`, `registered`: a service that was searched for, or one without a port |
//! | `found` | `count`: the last line of a search |

use serde_json::{Value, json};

use super::Here;
use super::here::{speaks, transport};
use crate::event::{BindPrivilege, Border, HandedOut, MayBind, PortUser};
use crate::port::Classified;
use crate::port::registry::{self, Entry, Protocol, Span};
use crate::port::uses::Use;

/// A port.
#[must_use]
pub fn port(asked: &str, port: &Classified, here: &Here) -> Value {
    let (first, last) = port.range.bounds();
    let entries = |named: bool| {
        let kept = port.entries.iter().filter(move |entry| entry.name.is_empty() != named);
        kept.map(entry).collect::<Vec<_>>()
    };
    let own_list = |everyday: bool| {
        let kept = port.uses.iter().filter(move |found| found.is_everyday == everyday);
        kept.map(|found| own(found)).collect::<Vec<_>>()
    };
    json!({
        "event": "port",
        "asked": asked,
        "port": port.port,
        "protocol": port.protocol.map(Protocol::name),
        "range": port.range.name(),
        "range_iana": port.range.rfc_name(),
        "range_first": first,
        "range_last": last,
        "standing": port.standing.name(),
        "services": entries(true),
        "statements": entries(false),
        "unregistered": own_list(false),
        "everyday": own_list(true),
        "here": machine(port, here),
        "registry": { "source": registry::SOURCE, "newest_change": registry::newest_change() },
    })
}

/// A name that has no port.
#[must_use]
pub fn nowhere(asked: &str, entry: &Entry) -> Value {
    let mut value = service(entry);
    value["asked"] = asked.into();
    value
}

/// A service.
#[must_use]
pub fn service(entry: &Entry) -> Value {
    let mut value = json!({ "event": "service", "registered": true });
    merge(&mut value, self::entry(entry));
    value
}

/// How many services were found; with `own`, which of netlab's own list.
#[must_use]
pub fn count(entries: usize, uses: &[&Use]) -> Vec<Value> {
    let mut lines: Vec<Value> = Vec::new();
    for found in uses {
        let mut value = json!({ "event": "service", "registered": false });
        merge(&mut value, own(found));
        lines.push(value);
    }
    lines.push(json!({ "event": "found", "count": entries + uses.len() }));
    lines
}

fn merge(value: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
        object.extend(more);
    }
}

fn entry(entry: &Entry) -> Value {
    let told = |text: &'static str| (!text.is_empty()).then_some(text);
    json!({
        "name": told(entry.name),
        "protocols": entry.protocols.each().map(Protocol::name).collect::<Vec<_>>(),
        "first": entry.ports.map(|ports| ports.first),
        "last": entry.ports.map(|ports| ports.last),
        "description": entry.description,
        "unauthorized_use": told(entry.unauthorized),
        "note": told(entry.note),
    })
}

fn own(found: &Use) -> Value {
    json!({
        "name": found.name,
        "protocols": found.protocols.each().map(Protocol::name).collect::<Vec<_>>(),
        "first": found.ports.first,
        "last": found.ports.last,
        "description": found.description,
    })
}

fn machine(port: &Classified, here: &Here) -> Value {
    let rules = here.rules;
    let bounds = |ports: Span| [ports.first, ports.last];
    // Sockets of other protocols are not looked up.
    let seen = port.protocol.is_none_or(|p| matches!(p, Protocol::Tcp | Protocol::Udp));
    let usage = here.usage.filter(|_| seen);
    let users = usage.map(|usage| {
        let first = usage.users.partition_point(|user| user.socket.source.port < port.port);
        let theirs =
            usage.users[first..].iter().take_while(|user| user.socket.source.port == port.port);
        theirs.filter(|user| speaks(user, port.protocol)).map(user).collect::<Vec<_>>()
    });
    json!({
        "may_bind": match rules.may_bind(port.port) {
            MayBind::Everybody | MayBind::Privileged(_) => Some(true),
            MayBind::No => Some(false),
            MayBind::Unknown => None,
        },
        "unprivileged_from": match rules.border {
            Border::At(from) => Some(from),
            Border::Nowhere | Border::Unknown => None,
        },
        "privilege": match rules.privilege {
            BindPrivilege::None => None,
            BindPrivilege::Root => Some("root"),
            BindPrivilege::Capability => Some("CAP_NET_BIND_SERVICE"),
        },
        "source_port": match rules.handed_out(port.port) {
            HandedOut::Yes => Some(true),
            HandedOut::No | HandedOut::KeptBack => Some(false),
            HandedOut::Unknown => None,
        },
        "source_ports": rules.source_ports.map(bounds),
        // Only Windows excludes ports, and tells through no interface that is used here.
        "excluded": if cfg!(windows) { None } else { Some(false) },
        "in_use": users,
        "unseen": usage.map(|usage| &usage.unseen),
    })
}

fn user(user: &PortUser) -> Value {
    let socket = &user.socket;
    let peer = (socket.destination.port != 0).then_some(socket.destination);
    let programs = user.programs.iter();
    json!({
        "protocol": transport(user),
        "state": socket.state.name(),
        "ip": socket.source.ip,
        "peer_ip": peer.map(|side| side.ip),
        "peer_port": peer.map(|side| side.port),
        "programs": programs
            .map(|program| json!({ "pid": program.pid, "name": program.name.as_str() }))
            .collect::<Vec<_>>(),
    })
}
