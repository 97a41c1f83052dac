//! Networks and plans for programs.
//!
//! | event | fields |
//! | --- | --- |
//! | `subnet` | `address`, `family`, `network`, `prefix`, `cidr`, `mask`, `wildcard`, `broadcast` (or null), `first_host`, `last_host`, `addresses`, `usable` (IPv6: as text, they fit no number), `host_bits`, `uses`, `remark` (or null) |
//! | `pair` | `this`, `other` (each `address`, `cidr`, `sends`: `directly`, `by a router`, `nothing`), `common_bits`, `first_difference` (a bit from 1, or null), `same_subnet` |
//! | `plan` | `base`, `growth_percent`, `addresses`, `fits`, `wanted_base` (or null), `gateway_counted`, `core_routers`, `not_connected` |
//! | `plan_row` | `name`, `hosts`, `needed` (with growth), `with_gateway`, `link`, `router` (or null), the fields of `subnet` from `network` on, `gateway` (or null), `ends` (or null) |
//! | `interface` | `device`, `interface`, `address`, `prefix`, `connected_to` |
//! | `unplaced` | `name`, `needed`, `host_bits` |
//! | `free` | `cidr`, `first`, `last`, `addresses` |
//! | `check` | `of` (`subnet`, `interface`, `plan`), `line`, `name`, `grade`, `network`, `address`, `hosts`, `faults` (`grade`, `kind`, `text`, `rule`), `next_free` |
//! | `check_report` | `base`, `right`, `ok`, `note`, `warn`, `wrong` |
//! | `node`, `edge` | `number`, `title`, `kind` (network, router, switch, host), `site`, `lines`; `from`, `to`, `label`, `ends` |

use serde_json::{Map, Value, json};

use super::name;
use crate::subnet::check::{Checked, Fault, Grade, Verdict};
use crate::subnet::pair::Pair;
use crate::subnet::plan::Plan;
use crate::subnet::reach;
use crate::subnet::topology::{Kind, Topology};
use crate::subnet::{Asked, Network};

/// A count: a number in IPv4, text in IPv6.
fn count(network: Network, number: Option<u128>) -> Value {
    let text = number
        .map_or_else(|| "340282366920938463463374607431768211456".to_owned(), |n| n.to_string());
    if network.is_v4() {
        return number.and_then(|n| u64::try_from(n).ok()).into();
    }
    text.into()
}

fn fields(network: Network) -> Map<String, Value> {
    let uses: Vec<Value> = reach::uses(network)
        .iter()
        .map(|found| json!({ "name": found.name, "range": found.range, "source": found.source }))
        .collect();
    let value = json!({
        "network": network.address(), "prefix": network.prefix(), "cidr": network.to_string(),
        "mask": network.mask(), "wildcard": network.wildcard(), "broadcast": network.broadcast(),
        "first_host": network.first_host(), "last_host": network.last_host(),
        "addresses": count(network, network.size()),
        "usable": count(network, Some(network.usable())),
        "host_bits": network.host_bits(), "uses": uses,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// An object that begins with these fields and goes on with those of a network.
fn with(start: Value, more: Map<String, Value>) -> Value {
    let mut all = match start {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    all.extend(more);
    Value::Object(all)
}

/// One network.
#[must_use]
pub fn subnet(asked: Asked) -> Value {
    let family = if asked.network.is_v4() { 4 } else { 6 };
    let start = json!({ "event": "subnet", "address": asked.address, "family": family });
    let mut more = fields(asked.network);
    more.insert("remark".into(), super::one::remark(asked).into());
    with(start, more)
}

/// Two hosts.
#[must_use]
pub fn pair(pair: &Pair) -> Value {
    let side = |asked: Asked, direct: bool| {
        let sends = match Pair::no_host(asked) {
            Some(_) => "nothing",
            None if direct => "directly",
            None => "by a router",
        };
        json!({ "address": asked.address, "cidr": asked.network.to_string(), "sends": sends })
    };
    json!({
        "event": "pair",
        "this": side(pair.this, pair.there()),
        "other": side(pair.other, pair.back()),
        "common_bits": pair.common,
        "first_difference": pair.first_difference(),
        "same_subnet": pair.this.network == pair.other.network,
    })
}

/// A plan.
#[must_use]
pub fn plan(plan: &Plan) -> Vec<Value> {
    let mut lines = vec![json!({
        "event": "plan", "base": plan.base.to_string(), "growth_percent": plan.growth.percent(),
        "addresses": count(plan.base, Some(plan.total)), "fits": plan.unplaced.is_empty(),
        "wanted_base": plan.wanted.map(|base| base.to_string()),
        "gateway_counted": plan.gateway_counted,
        "core_routers": plan.core.iter().map(|router| name(router)).collect::<Vec<_>>(),
        "not_connected": plan.apart.iter().map(|site| name(site)).collect::<Vec<_>>(),
    })];
    lines.extend(plan.rows.iter().map(|row| {
        let start = json!({
            "event": "plan_row", "name": name(&row.name), "hosts": row.hosts, "needed": row.needed,
            "with_gateway": row.addresses, "link": row.link,
            "router": row.router.as_deref().map(name),
        });
        let mut more = fields(row.network);
        more.insert("gateway".into(), json!(row.gateway()));
        let ends = row.ends.as_ref().map(|(one, two)| json!([name(one), name(two)]));
        more.insert("ends".into(), ends.into());
        with(start, more)
    }));
    lines.extend(plan.interfaces.iter().map(|end| {
        json!({
            "event": "interface", "device": name(&end.device), "interface": end.name,
            "address": end.address, "prefix": end.network.prefix(), "connected_to": name(&end.to),
        })
    }));
    lines.extend(plan.unplaced.iter().map(|row| {
        json!({
            "event": "unplaced", "name": name(&row.name), "needed": row.needed,
            "host_bits": row.host_bits,
        })
    }));
    lines.extend(plan.free.iter().map(|network| free(*network)));
    lines
}

fn free(network: Network) -> Value {
    json!({
        "event": "free", "cidr": network.to_string(), "first": network.address(),
        "last": network.end(), "addresses": count(network, network.size()),
    })
}

fn fault(fault: &Fault) -> Value {
    json!({
        "grade": fault.grade.name(), "kind": fault.kind, "text": name(&fault.text),
        "rule": fault.rule,
    })
}

/// A plan that was checked.
#[must_use]
pub fn check(checked: &Checked) -> Vec<Value> {
    let verdict = |of: &str, verdict: &Verdict| {
        json!({
            "event": "check", "of": of, "line": verdict.line, "name": name(&verdict.name),
            "grade": verdict.grade().name(),
            "network": verdict.network.map(|network| network.to_string()),
            "address": verdict.address, "hosts": verdict.hosts,
            "faults": verdict.faults.iter().map(fault).collect::<Vec<_>>(),
            "next_free": verdict.fix.map(|network| network.to_string()),
        })
    };
    let mut lines: Vec<Value> = checked.rows.iter().map(|row| verdict("subnet", row)).collect();
    lines.extend(checked.ends.iter().map(|end| verdict("interface", end)));
    lines.extend(checked.whole.iter().map(|found| {
        json!({
            "event": "check", "of": "plan", "line": null, "name": null,
            "grade": found.grade.name(), "network": null, "hosts": null,
            "faults": [fault(found)], "next_free": null,
        })
    }));
    lines.extend(checked.free.iter().map(|network| free(*network)));
    let count = |grade| checked.count(grade);
    lines.push(json!({
        "event": "check_report", "base": checked.base.map(|base| base.to_string()),
        "right": checked.is_right(), "ok": count(Grade::Ok), "note": count(Grade::Note),
        "warn": count(Grade::Warn), "wrong": count(Grade::Wrong),
    }));
    lines
}

/// A topology.
#[must_use]
pub fn topology(topology: &Topology) -> Vec<Value> {
    let nodes = topology.nodes.iter().enumerate().map(|(number, node)| {
        let lines: Vec<String> = node.lines.iter().map(|line| name(line)).collect();
        json!({
            "event": "node", "number": number, "title": name(&node.title),
            "kind": node.kind.name(), "site": node.kind == Kind::Lan,
            "lines": lines,
        })
    });
    let edges = topology.edges.iter().map(|edge| {
        json!({
            "event": "edge", "from": edge.from, "to": edge.to, "label": name(&edge.label),
            "ends": edge.ends.iter().map(|end| name(end)).collect::<Vec<_>>(),
        })
    });
    nodes.chain(edges).collect()
}
