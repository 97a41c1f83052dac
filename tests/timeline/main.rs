//! Records become pictures.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod half_open;
mod hostile;
mod html;
#[cfg(target_os = "linux")]
#[path = "../capture/lab.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod lab;
mod long;
mod made;
mod mended;
mod names;
mod open;
mod packets;
#[path = "../support/parts.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod parts;
mod picture;
mod real;
mod rules;
#[cfg(target_os = "linux")]
mod ss;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "../peers/tools.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod tools;
mod two_clocks;

use std::time::Duration;

use netlab::timeline::{Picture, RowKind};

/// A packet has the kernel's stamp: no picture draws it elsewhere, but for what the clocks may be wrong
/// by and 2 ms more.
#[track_caller]
fn where_they_crossed(picture: &Picture) {
    let doubt = picture.alignment.as_ref().map_or(0, |its| its.uncertainty_ns);
    let limit = Duration::from_millis(2) + Duration::from_nanos(doubt);
    for row in &picture.rows {
        if let RowKind::Packet(packet) = &row.kind {
            let near = |stamp: Duration| stamp.abs_diff(row.at) <= limit;
            let stamp = packet.left.or(packet.arrived);
            assert!(stamp.is_some_and(near), "drawn at {:?}: {packet:?}", row.at);
        }
    }
}

/// The rows of a picture as short lines, for a test to read.
#[track_caller]
fn told(picture: &Picture) -> Vec<String> {
    where_they_crossed(picture);
    let row = |kind: &RowKind| match kind {
        RowKind::Call(call) => {
            let state = call.state.as_ref().map(|s| format!(" [{} {}→{}]", s.socket, s.from, s.to));
            let name = &picture.lanes[call.lane].name;
            let waited = if call.waited { " waited" } else { "" };
            format!("{name} {} = {}{waited}{}", call.text, call.result, state.unwrap_or_default())
        }
        RowKind::Packet(packet) => format!("{:?}→{:?} {}", packet.from, packet.to, packet.words),
        RowKind::State(lane, s) => {
            format!("{}: {} {}→{}", picture.lanes[*lane].name, s.socket, s.from, s.to)
        }
        RowKind::Fold(fold) => format!("… {} {}", fold.count, fold.what),
        other => format!("{other:?}"),
    };
    picture.rows.iter().map(|line| row(&line.kind)).collect()
}
