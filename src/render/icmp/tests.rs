//! Whole pages, drawn from events.

use std::io::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::json;
use crate::event::{
    Clock, EchoIds, Endpoint, Event, GivenBack, Hop, HopAnswer, IcmpEvent, Kind, Pace, PingHost,
    PingSetup, PingSocket, Privilege, Probe, ProbeError, Reply, ReplyFate, Role, SafeText, Sink,
    SocketId, State, Trouble,
};
use crate::render::text::{Subject, Text};
use crate::render::{Markup, Output, Style, table};

/// Where a page is written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a page shows of these events.
fn drawn(style: Style, timestamps: bool, events: Vec<IcmpEvent>) -> String {
    let paper = Paper::default();
    let out = Output::stream(paper.clone());
    let mut text = Text::new(out, style, Subject::Ping, false).timestamps(timestamps);
    for event in events {
        text.event(&Event { at: Duration::ZERO, kind: Kind::Icmp(event) });
    }
    drop(text);
    let bytes = paper.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(bytes).expect("a page is UTF-8")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

const TARGET: &str = "10.77.2.2";

fn setup(quiet: bool) -> PingSetup {
    let socket = PingSocket {
        socket: SocketId(0),
        v6: false,
        privilege: Privilege::Root,
        identifier: 0x1a2b,
        clock: Clock::Kernel,
        filtered: false,
    };
    let host = PingHost {
        name: SafeText::new(TARGET.as_bytes()),
        address: ip(TARGET),
        source: Some(ip("10.77.1.2")),
    };
    PingSetup {
        sockets: vec![socket],
        hosts: vec![host],
        count: Some(3),
        pace: Pace::Interval,
        interval: Duration::from_secs(1),
        size: 56,
        pattern: None,
        ttl: None,
        timeout: Duration::from_secs(1),
        deadline: None,
        dont_fragment: None,
        path: None,
        quiet,
        given_back: GivenBack::Nothing,
    }
}

fn probe(sequence: u16) -> Probe {
    Probe {
        socket: SocketId(0),
        host: 0,
        destination: ip(TARGET),
        sequence,
        number: u64::from(sequence),
        bytes: 64,
        ttl: None,
    }
}

fn reply(fate: ReplyFate) -> Reply {
    Reply {
        probe: probe(1),
        from: ip(TARGET),
        bytes: 64,
        hop_limit: Some(63),
        round_trip: Duration::from_nanos(34_567),
        clock: Clock::Kernel,
        arrived: Duration::from_micros(1_795_268_220_000_123),
        fate,
    }
}

fn error(sequence: u16) -> IcmpEvent {
    IcmpEvent::Error(ProbeError {
        probe: probe(sequence),
        from: ip("10.77.1.1"),
        trouble: Trouble::TimeExceeded,
        kind: 11,
        code: 0,
        after: Duration::from_micros(40),
        arrived: Duration::from_micros(1_795_268_220_000_123),
    })
}

#[test]
fn a_reply_looks_as_ping_shows_it() {
    let events =
        || vec![IcmpEvent::Pinging(setup(false)), IcmpEvent::Reply(reply(ReplyFate::Duplicate))];
    let line = "64 bytes from 10.77.2.2: icmp_seq=1 ttl=63 time=0.034 ms (DUP!)";
    let page = drawn(Style::default(), false, events());
    assert!(page.contains("\nPING 10.77.2.2 (10.77.2.2): 56 bytes of data, 64 "), "{page}");
    assert!(page.contains(&format!("\n{line}\n")), "{page}");
    let page = drawn(Style::default(), true, events());
    assert!(page.contains(&format!("\n[1795268220.000123] {line}\n")), "{page}");
    let markdown = Style { markup: Markup::Markdown, ..Style::default() };
    let page = drawn(markdown, false, events());
    assert!(page.contains(&format!("\n- {line}\n")), "{page}");
}

#[test]
fn an_error_is_explained_once_and_names_come_when_they_come() {
    let name = SafeText::new(b"gate\x1b[2J");
    let named = IcmpEvent::Name(ip("10.77.1.1"), name);
    let events = vec![IcmpEvent::Pinging(setup(false)), error(1), named, error(2)];
    let page = drawn(Style::default(), false, events);
    assert!(page.contains("\nFrom 10.77.1.1 icmp_seq=1 Time to live exceeded\n"), "{page}");
    assert_eq!(page.matches("is a router on the way").count(), 1, "{page}");
    let second = "\nFrom gate^[[2J (10.77.1.1) icmp_seq=2 Time to live exceeded\n";
    assert!(page.ends_with(second), "{page}");
}

#[test]
fn a_quiet_run_shows_the_first_error_and_no_reply() {
    let events = vec![
        IcmpEvent::Pinging(setup(true)),
        IcmpEvent::Reply(reply(ReplyFate::Fine)),
        IcmpEvent::Lost(probe(2), Duration::ZERO),
        error(3),
        error(4),
    ];
    let page = drawn(Style::default(), false, events);
    assert!(!page.contains("bytes from") && !page.contains("No reply"), "{page}");
    assert!(page.contains("icmp_seq=3") && !page.contains("icmp_seq=4"), "{page}");
}

#[test]
fn a_hop_has_a_line_of_its_own() {
    let answers = vec![
        HopAnswer::Error(ip("10.77.1.1"), Duration::from_micros(34), Trouble::TimeExceeded),
        HopAnswer::Silence,
        HopAnswer::Error(ip("10.77.1.1"), Duration::from_micros(31), Trouble::HostUnreachable),
    ];
    let setup = PingSetup { path: Some(30), ..setup(false) };
    let hop = IcmpEvent::Hop(Hop { host: 0, ttl: 1, answers });
    let page = drawn(Style::default(), false, vec![IcmpEvent::Pinging(setup), hop]);
    let line = "\n 1  10.77.1.1  0.034 ms  *  0.031 ms  Destination Host Unreachable\n";
    assert!(page.contains("\nPATH to 10.77.2.2 ") && page.contains(line), "{page}");
}

#[test]
fn the_endpoint_table_has_dashes_where_ports_would_stand() {
    let endpoint = |sequence: Option<u16>| Endpoint {
        socket: SocketId(0),
        role: if sequence.is_some() { Role::Probe } else { Role::Raw },
        who: None,
        protocol: "ICMP",
        state: State::Unconnected,
        source: "10.77.1.2:0".parse().expect("an endpoint"),
        destination: "10.77.2.2:0".parse().expect("an endpoint"),
        echo: Some(EchoIds { identifier: Some(0x1a2b), sequence }),
    };
    let style = Style { ascii: true, ..Style::default() };
    let page = table::endpoints(&style, &[endpoint(None), endpoint(Some(7))]);
    let row = |label: &str| {
        let row = page.lines().find(|line| line.starts_with(&format!("| {label}")));
        let cells = row.unwrap_or_default().split('|').map(str::trim).map(str::to_owned);
        cells.filter(|cell| !cell.is_empty()).skip(1).collect::<Vec<_>>()
    };
    assert_eq!(row("Source port"), ["-", "-"], "{page}");
    assert!(row("  its range").is_empty(), "{page}");
    assert_eq!(row("Identifier"), ["0x1a2b (6699)", "0x1a2b (6699)"]);
    assert_eq!(row("Sequence"), ["-", "7"]);
    let five = vec![endpoint(Some(7)); 5];
    let page = table::endpoints(&style, &five);
    assert!(page.contains("no port; 0x1a2b (6699)") && page.contains("no port; 7"), "{page}");
}

#[test]
fn a_reply_in_json_says_what_it_answers_and_what_is_wrong_with_it() {
    let fate = ReplyFate::Corrupted { at: 17, sent: 0x19, came: 0x41 };
    let (name, fields) = json::fields(&IcmpEvent::Reply(reply(fate)));
    assert_eq!(name, "reply");
    for (field, value) in [
        ("socket", Value::from("A")),
        ("host", 0.into()),
        ("ip", TARGET.into()),
        ("sequence", 1.into()),
        ("number", 1.into()),
        ("bytes", 64.into()),
        ("ttl", Value::Null),
        ("from", TARGET.into()),
        ("reply_bytes", 64.into()),
        ("hop_limit", 63.into()),
        ("round_trip_ns", 34_567.into()),
        ("clock", "kernel".into()),
        ("arrived_unix_ns", 1_795_268_220_000_123_000_u64.into()),
        ("fate", "corrupted".into()),
        ("at", 17.into()),
        ("sent", 0x19.into()),
        ("came", 0x41.into()),
    ] {
        assert_eq!(fields[field], value, "{field} in {fields}");
    }
    let (name, fields) = json::fields(&error(9));
    assert_eq!((name, &fields["trouble"]), ("icmp_error", &"Time to live exceeded".into()));
    assert!(fields["mtu"].is_null() && fields["gateway"].is_null(), "{fields}");
}
