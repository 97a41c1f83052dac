//! What a picture of very many open sockets costs.

use std::time::Duration;

use netlab::render::style::Style;
use netlab::render::timeline::page;
use netlab::timeline::{Options, Picture};
use serde_json::json;

use crate::hostile::{NO_CLOCK, processor};
use crate::made::Made;
use crate::support::skip;

/// Sockets that are never closed, all bound to one port, each with a packet: how long it takes to
/// draw them; none where nobody can say.
fn drawn(sockets: u64) -> Option<Duration> {
    let mut made = Made::new("h", "x", 0);
    let unknown = json!({ "by": "unknown" });
    for n in 0..sockets {
        let (at, label) = (10 + n * 100, format!("S{n}"));
        made.call(at, 0, "", &label, "bind(10.0.0.1:40000) = 0", "CLOSED");
        made.call(at + 10, 5, "", &label, "connect(10.0.0.1:6000) = 0", "ESTABLISHED");
        made.call(at + 20, 1, "", &label, "recv(5) = 5", "ESTABLISHED");
        let bytes = (&["PSH", "ACK"][..], 1 + 5 * u32::try_from(n).expect("few"), 1, 5);
        made.segment(at + 30, "sent", (40_000, 6000), bytes, &unknown);
    }
    let options = Options { fold: 0, all: true, ..Options::default() };
    let picture = Picture::of(&[made.record()], &options);
    let style = Style { width: 80, ..Style::default() };
    let before = processor()?;
    let lines = page(&style, &picture, false);
    assert!(lines.len() as u64 > 4 * sockets);
    Some(processor()?.saturating_sub(before))
}

/// Eight times as many sockets take about eight times as long, and not sixty-four times.
#[test]
fn many_open_sockets_cost_no_more_than_few_each() {
    let (Some(few), Some(many)) = (drawn(250), drawn(2000)) else {
        return skip("many_open_sockets_cost_no_more_than_few_each", NO_CLOCK);
    };
    assert!(many < few * 24, "{few:?}, {many:?}");
}
