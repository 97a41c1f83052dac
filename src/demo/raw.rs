//! `raw`: one ICMP echo on loopback, built, sent, taken apart and matched.
//!
//! It is a real ping, by the code of `raw-ping`, and the packets are those that left and came. Where
//! this program may not open the socket for it, the packet is built all the same, and the demo says
//! what it would need to send it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::ends::time;
use super::list::Scene;
use super::stage::{Curtain, Stage};
use crate::endpoint;
use crate::error::{Failure, Program};
use crate::event::{
    DemoEvent, Direction, Dissection, FieldValue, IcmpEvent, Journal, Kind, Pace, PingSetup,
    Witness,
};
use crate::raw::ping::{Config, Ping, Target, Telling};
use crate::wire::{self, Echo, Family, KnownIp};

pub(super) const SCENE: Scene = Scene {
    name: "raw",
    line: "one ICMP echo: built, sent, taken apart, matched; no port anywhere",
    title: "netlab demo: one ICMP echo, without any port",
    about: "One ICMP echo request to 127.0.0.1 and its reply. Nothing listens on a port, for ICMP has \
            none: the kernel itself answers.",
    play,
};

/// Bytes of data in the request.
const SIZE: usize = 24;

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let journal = stage.journal("client");
    stage.step("A socket for ICMP, one request, one reply");
    match echo(&journal) {
        Ok(()) => Ok(answered(stage)),
        Err(failure @ Failure::NoRawSocket { .. }) => {
            hindered(stage, &failure);
            Ok(without())
        }
        Err(failure) => Err(failure),
    }
}

/// One probe to this machine, with everything looked at.
fn echo(journal: &Journal) -> Result<(), Failure> {
    let (mut run, mut identifier) = ([0; 4], [0; 2]);
    // Without randomness every demo has the same numbers, which does it no harm.
    let _ = getrandom::fill(&mut run).and_then(|()| getrandom::fill(&mut identifier));
    let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let config = Config {
        targets: vec![Target { name: "127.0.0.1".into(), address, many: false }],
        count: Some(1),
        pace: Pace::Interval,
        interval: Duration::from_secs(1),
        gap: Duration::ZERO,
        size: SIZE,
        pattern: None,
        ttl: None,
        timeout: Duration::from_secs(2),
        deadline: None,
        linger: Duration::ZERO,
        ends_by_itself: false,
        dont_fragment: None,
        path: None,
        source: None,
        interface: None,
        dissect: true,
        telling: Telling { each: true, ..Telling::default() },
        run: u32::from_be_bytes(run),
        identifier: u16::from_be_bytes(identifier),
    };
    let (ping, _nobody_types) = Ping::open(config, journal)?;
    ping.run().map(drop)
}

/// What of it is told.
#[derive(Default)]
struct Seen {
    setup: Option<PingSetup>,
    request: Option<Dissection>,
    reply: Option<Dissection>,
    round_trip: Option<Duration>,
}

/// Looks at what happened, and tells whether it fits.
fn answered(stage: &Stage) -> Curtain {
    let mut seen = Seen::default();
    stage.look_back(|_, event| match &event.kind {
        Kind::Icmp(IcmpEvent::Pinging(setup)) => seen.setup = Some(setup.clone()),
        Kind::Icmp(IcmpEvent::Reply(reply)) => seen.round_trip = Some(reply.round_trip),
        Kind::Icmp(IcmpEvent::Dissected(packet)) => match packet.direction {
            Direction::Sent => seen.request = Some(packet.clone()),
            Direction::Received => seen.reply = Some(packet.clone()),
        },
        _ => {}
    });
    let sockets = seen.setup.iter().flat_map(|setup| &setup.sockets);
    let raw = sockets.into_iter().all(|socket| socket.privilege.is_raw());
    stage.step("Matched: is it mine?");
    stage.fact("socket", if raw { "raw socket" } else { "ping socket" }, door(raw));
    if let (Some(request), Some(reply)) = (&seen.request, &seen.reply) {
        let rows = matched(request, reply);
        let fits = rows.iter().all(|row| row.last().is_some_and(|cell| cell != "no"));
        stage.table("Request and reply", &["Field", "Request", "Reply", "Is it mine?"], rows);
        let words = if fits {
            "everything fits: this reply answers that request"
        } else {
            "it does not all fit: this reply answers something else"
        };
        stage.fact("reply_fits", fits, words);
    }
    curtain(raw, seen.round_trip)
}

const fn door(raw: bool) -> &'static str {
    if raw {
        "it was a raw socket: the program builds the ICMP message itself, type, code, checksum, \
         identifier, sequence number, data; the kernel only puts the IP header before it"
    } else {
        "this program may not open a raw socket, so a ping socket stood in for it: SOCK_DGRAM with \
         IPPROTO_ICMP. Then the kernel owns the identifier and the checksum, puts the IP header before \
         the message, and keeps that of the reply"
    }
}

fn curtain(raw: bool, round_trip: Option<Duration>) -> Curtain {
    let took = round_trip.map_or(String::new(), |taken| {
        format!(" It took {}, and no network was in it.", time(taken))
    });
    let copies = if raw {
        "The kernel gives every ICMP message to every raw ICMP socket: there is no port by which it \
         could tell whose it is, so the program asks each one."
    } else {
        "The kernel gave this program a number of its own as identifier, like a port, and only replies \
         to it. A raw socket would get everybody's."
    };
    let mut next = vec!["netlab raw-ping 127.0.0.1 -c 3 --explain     (and every call)".to_owned()];
    next.push("netlab demo raw --explain  (each field of each header in words)".into());
    // A ping socket hears nobody else: whoever has no more may not listen.
    if raw {
        next.push(
            "netlab raw-listen --hex                      (beside it: it hears the same)".into(),
        );
        next.push(
            "netlab raw-ping HOST --path                  (which routers are on the way?)".into(),
        );
    }
    let saw = [
        format!(
            "No program answered: an echo reply is the kernel's own work, the same data sent back with \
             type 0 instead of 8.{took}"
        ),
        copies.to_owned(),
    ];
    Curtain { saw, card: "icmp", next }
}

/// Builds the packet that would have been sent, and says what is missing.
fn hindered(stage: &Stage, failure: &Failure) {
    let words = "netlab may not open a socket for ICMP here, so nothing is sent. This is the message \
                 it has built; the kernel would put the IP header before it";
    stage.fact("socket", "none", words);
    stage.step("The request, as it would leave");
    if let Some(packet) = unsent() {
        stage.narrator().emit(IcmpEvent::Dissected(packet));
    }
    stage.step("What it would need");
    hindrance(stage, failure);
}

/// Says what a failure would say, without being one.
pub(super) fn hindrance(stage: &Stage, failure: &Failure) {
    let told = failure.explain(&endpoint::facts(failure, Program::RawPing));
    let error = match failure {
        Failure::NoRawSocket { raw, .. } => Some(raw.os()),
        Failure::Call(error) => Some(error.os()),
        _ => None,
    };
    stage.narrator().emit(DemoEvent::Hindrance {
        about: "ping",
        what: told.what,
        knows: told.knows,
        causes: told.causes,
        command: told.command,
        error,
    });
}

fn without() -> Curtain {
    Curtain {
        saw: [
            "ICMP lies directly in the IP packet and has no ports, so the kernel cannot know which \
             program a message is for."
                .into(),
            "It gives every message to every raw socket: that is why not everybody may have one.".into(),
        ],
        card: "raw-socket",
        next: vec![
            "sudo netlab demo raw  (the same, with the socket that it needs)".into(),
            "netlab demo stream      (needs no privilege)".into(),
            "netlab demo datagram    (needs no privilege)".into(),
        ],
    }
}

/// The packet that would have been sent.
fn unsent() -> Option<Dissection> {
    let mut message = Vec::new();
    let data: Vec<u8> = (0..).take(SIZE).collect();
    let echo = Echo { identifier: 0x1a2b, sequence: 1 };
    wire::echo_request(Family::V4, echo, &data, &mut message);
    let home = Some(IpAddr::from(Ipv4Addr::LOCALHOST));
    let known = KnownIp { family: Family::V4, source: home, destination: home, hop_limit: None };
    wire::icmp_message(Direction::Sent, Witness::Built, &message, &known).ok()
}

/// How a reply has to stand to its request.
#[derive(Clone, Copy)]
enum Rule {
    /// The same value.
    Same,
    /// The value that answers it.
    Answers(&'static str),
    /// The other one's destination is this one's source, and the other way round.
    Turned(&'static str),
}

/// What tells a reply that is ours from all others.
const RULES: [(&str, Rule); 5] = [
    ("Source Address", Rule::Turned("Destination Address")),
    ("Destination Address", Rule::Turned("Source Address")),
    ("Type", Rule::Answers("0 answers 8")),
    ("Identifier", Rule::Same),
    ("Sequence Number", Rule::Same),
];

/// Rows of field, request, reply, and why it is ours, or `no`.
fn matched(request: &Dissection, reply: &Dissection) -> Vec<Vec<String>> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "?".to_owned());
    let row = |name: &str, asked: String, came: String, fits: bool, words: &str| {
        let verdict = if fits { words } else { "no" };
        vec![name.to_owned(), asked, came, verdict.to_owned()]
    };
    let mut rows: Vec<Vec<String>> = RULES
        .iter()
        .map(|&(name, rule)| {
            let (asked, came) = (value(request, name), value(reply, name));
            let (fits, words) = match rule {
                Rule::Same => (asked == came, "the same"),
                Rule::Answers(words) => {
                    (asked.as_deref() == Some("8") && came.as_deref() == Some("0"), words)
                }
                Rule::Turned(other) => {
                    (came.is_some() && came == value(request, other), "turned round")
                }
            };
            row(name, shown(asked), shown(came), fits, words)
        })
        .collect();
    let bytes = |packet: &Dissection| format!("{} bytes", packet.payload_length);
    let same = request.payload == reply.payload && request.payload_length == reply.payload_length;
    rows.push(row("Data", bytes(request), bytes(reply), same, "the same, byte for byte"));
    rows
}

/// What is in a field of a packet's outermost headers.
fn value(packet: &Dissection, name: &str) -> Option<String> {
    let mut fields = packet.headers.iter().flat_map(|header| &header.fields);
    match &fields.find(|field| field.name == name)?.value {
        FieldValue::Number(number) => Some(number.to_string()),
        FieldValue::Address(ip) => Some(ip.to_string()),
        FieldValue::Bytes(_) | FieldValue::Unseen => None,
    }
}
