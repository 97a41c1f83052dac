//! How a datagram server or client is set up.

use std::net::IpAddr;
use std::time::Duration;

use crate::event::{BurstSetup, Cast, EchoSetup, Impairments, SenderSetup};
use crate::render::explain::duration;
use crate::render::figures::percent;
use crate::render::setup::{indent, range_in_words, reach_of, seconds, setting, source_in_words};
use crate::render::style::{Ink, Style};

/// The server's configuration. `partner` is the address to give away, where there is one.
pub(in crate::render) fn server(
    style: &Style,
    setup: &EchoSetup,
    partner: Option<IpAddr>,
) -> Vec<String> {
    let (ip, port) = (setup.local.ip(), setup.local.port());
    let commands = ("udp-client", "no answer");
    let reach = reach_of(setup.local, setup.dual_stack, partner, commands);
    let mut lines = vec![
        format!(
            "{}Server bound to {} port {}",
            indent(style),
            style.paint(Ink::Value, &ip.to_string()),
            style.paint(Ink::Value, &port.to_string())
        ),
        setting(style, "Port", &port.to_string(), &range_in_words(port)),
        setting(style, "Reach", &reach, ""),
        setting(style, "Buffer", &setup.buffer.to_string(), buffer(setup.buffer)),
    ];
    for group in &setup.groups {
        let meaning = "joined: what is sent to this group comes here too";
        lines.push(setting(style, "Group", &group.to_string(), meaning));
    }
    if let Some(rate) = setup.max_rate {
        let meaning = "answers a second at most; more are dropped";
        lines.push(setting(style, "Max rate", &rate.to_string(), meaning));
    }
    if setup.impairments.any() {
        lines.extend(impairments(style, &setup.impairments));
    }
    lines
}

const fn buffer(bytes: usize) -> &'static str {
    if bytes < 65_507 {
        "bytes of a datagram that are taken; the rest of a longer one is lost"
    } else {
        "bytes of a datagram that are taken at most"
    }
}

/// What netlab does on purpose, so that nobody takes it for the network's doing.
fn impairments(style: &Style, impairments: &Impairments) -> Vec<String> {
    let mut lines = vec![style.paint(
        Ink::Warn,
        &style.paragraph(indent(style), 2, "On purpose, by netlab and not by the network:"),
    )];
    let mut share = |label, share: f64, meaning| {
        if share > 0.0 {
            lines.push(setting(style, label, &percent(share), meaning));
        }
    };
    share("Drop", impairments.drop, "of the datagrams are not answered");
    share("Duplicate", impairments.duplicate, "are answered twice");
    share("Reorder", impairments.reorder, "are held back until the next has gone, 200 ms at most");
    share("Corrupt", impairments.corrupt, "come back with one bit turned over");
    if !impairments.delay.is_zero() {
        let value = duration(impairments.delay);
        let text = if impairments.jitter.is_zero() {
            "later leaves every answer".to_owned()
        } else {
            format!("later leaves every answer, give or take {}", duration(impairments.jitter))
        };
        lines.push(setting(style, "Delay", &value, &text));
    }
    let meaning = "--seed with this number repeats the same fates for every client";
    lines.push(setting(style, "Seed", &impairments.seed.to_string(), meaning));
    lines
}

/// The client's configuration, before it sends.
pub(in crate::render) fn client(style: &Style, setup: &SenderSetup) -> Vec<String> {
    let (ip, port) = (setup.server.ip().to_string(), setup.server.port());
    let whom = match setup.cast {
        Cast::Unicast => "server with IP address",
        Cast::Broadcast => "everybody on this network segment, at broadcast address",
        Cast::Multicast => "everybody in multicast group",
    };
    let first = format!(
        "Client set to send datagrams to {whom} {} on port {}",
        style.paint(Ink::Value, &ip),
        style.paint(Ink::Value, &port.to_string())
    );
    let mut lines = vec![
        style.paragraph(indent(style), 2, &first),
        setting(style, "Server port", &port.to_string(), &range_in_words(port)),
    ];
    if setup.host.as_str() != ip {
        lines.push(setting(style, "Server name", setup.host.as_str(), &format!("is {ip}")));
    }
    if let Some(source) = setup.source {
        lines.push(setting(style, "Source", &source_in_words(source), "bound before sending"));
    }
    lines.push(if setup.connect {
        setting(style, "Connect", "yes", "the socket remembers its peer; nothing is sent for that")
    } else {
        setting(style, "Connect", "no", "no peer: every sendto names the destination")
    });
    lines.push(setting(style, "Timeout", &seconds(setup.timeout), "a later reply counts as late"));
    if setup.buffer < 65_507 {
        lines.push(setting(style, "Buffer", &setup.buffer.to_string(), buffer(setup.buffer)));
    }
    if let Some(ttl) = setup.ttl {
        let meaning = if ttl == 1 {
            "no router passes it on: it stays on this network segment"
        } else {
            "routers may pass it on before it is thrown away"
        };
        lines.push(setting(style, "TTL", &ttl.to_string(), meaning));
    }
    if setup.dont_fragment {
        lines.push(setting(style, "Fragments", "no", "too large for the way is an error"));
    }
    if let Some(burst) = &setup.burst {
        lines.extend(self::burst(style, burst));
    }
    lines
}

fn burst(style: &Style, burst: &BurstSetup) -> Vec<String> {
    let every = if burst.interval == Duration::ZERO {
        "as fast as the window allows".to_owned()
    } else {
        format!("one every {}", duration(burst.interval))
    };
    let mut lines = vec![
        setting(style, "Datagrams", &burst.count.to_string(), &every),
        setting(style, "Size", &burst.size.to_string(), "bytes each, without UDP and IP headers"),
    ];
    if let Some(window) = burst.window {
        let meaning = "may be unanswered at a time";
        lines.push(setting(style, "Window", &window.to_string(), meaning));
    }
    lines.push(setting(
        style,
        "Run",
        &format!("{:08x}", burst.run),
        "a mark in every datagram, with its number: no stray counts",
    ));
    lines
}
