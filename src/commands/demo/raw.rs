//! `netlab demo raw`: one ICMP echo on loopback, built, sent, taken apart and matched.
//!
//! It is a real ping, by the code of `raw-ping`, and the packets are those that left and came. Where
//! this program may not open the socket for it, the packet is built all the same, and the demo says
//! what it would need to send it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::cli::{Format, Look};
use crate::commands::run;
use crate::endpoint;
use crate::error::{Exit, Explained, Failure, Program};
use crate::event::{
    Call, Departure, Direction, Dissection, Event, IcmpEvent, Journal, Kind, Outcome, Pace,
    PingSetup, Reply, Sink, Wants, Witness,
};
use crate::raw::ping::{Config, Ping, Target, Telling};
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::page::Page;
use crate::render::style::Style;
use crate::wire::{self, Echo, Family, KnownIp};

const ABOUT: &str = "One ICMP echo request to 127.0.0.1 and its reply. Nothing listens on a port, for \
                     ICMP has none: the kernel itself answers.";

const NEXT: [&str; 3] = [
    "netlab raw-ping 127.0.0.1 -c 3 --explain     (and every call)",
    "netlab raw-listen --hex                      (beside it: it hears the same)",
    "netlab raw-ping HOST --path                  (which routers are on the way?)",
];

const WITHOUT: [&str; 2] = [
    "netlab demo stream      (needs no privilege)",
    "netlab demo datagram    (needs no privilege)",
];

const WITHOUT_PORTS: &str = "ICMP lies directly in the IP packet and has no ports, so the kernel cannot \
                             know which program a message is for: it gives every message to every raw \
                             socket. That is why not everybody may have one.";

/// Bytes of data in the request.
const SIZE: usize = 24;

/// Runs it.
///
/// # Errors
///
/// [`Failure`] when this machine refuses a call that has nothing to do with privilege.
pub(super) fn run(look: &Look, style: Style) -> Result<Exit, Failure> {
    let host = endpoint::host(None);
    let mut records = Vec::from_iter(run::record(look, &host)?);
    let mut page = if look.format == Format::Json {
        records.push(Json::new(Output::stdout(), &run::header(&host), true));
        None
    } else {
        let title = "netlab demo: one ICMP echo, without any port";
        Some(Page::new(Output::stdout(), style, title, ABOUT))
    };
    let (tell, happened) = channel();
    let journal = Journal::new(Wants { calls: true }, vec![Box::new(Lane(tell))]);
    let done = echo(&journal);
    drop(journal);
    let seen = Seen::of(&happened, &mut records);
    match done {
        Ok(()) => {
            if let Some(page) = &mut page {
                show(page, &seen);
                // A ping socket hears nobody else: whoever has no more may not listen.
                page.end(&why(&seen), if seen.is_raw() { &NEXT } else { &NEXT[..1] });
            }
        }
        Err(failure @ Failure::NoRawSocket { .. }) => {
            let packet = unsent();
            if let Some(packet) = packet.clone() {
                let event = Event { at: Duration::ZERO, kind: IcmpEvent::Dissected(packet).into() };
                for record in &mut records {
                    record.event(&event);
                }
            }
            let explained = failure.explain(&endpoint::facts(&failure, Program::RawPing));
            let end = Event { at: Duration::ZERO, kind: Kind::End(Departure::Served) };
            for record in &mut records {
                record.failure(&explained);
                record.event(&end);
            }
            if let Some(page) = &mut page {
                show_unsent(page, packet.as_ref(), &explained);
                page.end(&[WITHOUT_PORTS.to_owned()], &WITHOUT);
            }
        }
        Err(failure) => return Err(failure),
    }
    Ok(Exit::Done)
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

/// Puts events where the demo finds them.
struct Lane(Sender<Event>);

impl Sink for Lane {
    fn event(&mut self, event: &Event) {
        let _ = self.0.send(event.clone());
    }
}

/// What happened.
#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    setup: Option<PingSetup>,
    request: Option<Dissection>,
    reply: Option<Dissection>,
    answer: Option<Reply>,
}

impl Seen {
    fn of(happened: &Receiver<Event>, records: &mut [Json]) -> Self {
        let mut seen = Self::default();
        for event in happened.try_iter() {
            for record in records.iter_mut() {
                record.event(&event);
            }
            match event.kind {
                // That nothing has come yet, or nothing more, teaches nothing here.
                Kind::Call(call) if is_in_vain(&call) => {}
                Kind::Call(call) => seen.calls.push(call),
                Kind::Icmp(IcmpEvent::Pinging(setup)) => seen.setup = Some(setup),
                Kind::Icmp(IcmpEvent::Reply(reply)) => seen.answer = Some(reply),
                Kind::Icmp(IcmpEvent::Dissected(packet)) => match packet.direction {
                    Direction::Sent => seen.request = Some(packet),
                    Direction::Received => seen.reply = Some(packet),
                },
                _ => {}
            }
        }
        seen
    }

    fn is_raw(&self) -> bool {
        let sockets = self.setup.iter().flat_map(|setup| &setup.sockets);
        sockets.into_iter().all(|socket| socket.privilege.is_raw())
    }
}

fn is_in_vain(call: &Call) -> bool {
    matches!(call.outcome, Outcome::Failed(error) if error.kind == ErrorKind::WouldBlock)
}

fn show(page: &mut Page, seen: &Seen) {
    let said = if seen.is_raw() {
        "With a raw socket the program builds the ICMP message itself: type, code, checksum, \
         identifier, sequence number, data. The kernel only puts the IP header before it."
    } else {
        "This program may not open a raw socket, so a ping socket stands in for it: SOCK_DGRAM with \
         IPPROTO_ICMP. Then the kernel owns the identifier and the checksum, puts the IP header before \
         the message, and keeps that of the reply."
    };
    page.section("The socket", &[said.to_owned()]);
    page.explained_calls("The calls, as they were made", &seen.calls);
    if let Some(request) = &seen.request {
        page.packet(request);
    }
    if let Some(reply) = &seen.reply {
        page.packet(reply);
    }
    if let (Some(request), Some(reply)) = (&seen.request, &seen.reply) {
        page.matching(request, reply);
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

/// That packet, and what is missing.
fn show_unsent(page: &mut Page, packet: Option<&Dissection>, explained: &Explained) {
    let said = "netlab may not open a socket for ICMP here, so nothing is sent. This is the message \
                it has built; the kernel would put the IP header before it.";
    page.section("The request, as it would leave", &[said.to_owned()]);
    if let Some(packet) = packet {
        page.packet(packet);
    }
    page.failure("What it would need", explained);
}

fn why(seen: &Seen) -> Vec<String> {
    let time = seen.answer.map_or(String::new(), |reply| {
        let microseconds = reply.round_trip.as_nanos() / 1000;
        format!(" It took {microseconds} µs, and no network was in it.")
    });
    let copies = if seen.is_raw() {
        "The kernel gives every ICMP message to every raw ICMP socket: there is no port by which it \
         could tell whose it is. So the program asks each message: identifier, sequence number, \
         sender, data."
    } else {
        "The kernel gave this program a number of its own as identifier, like a port, and only replies \
         to it. A raw socket would get everybody's."
    };
    vec![
        format!(
            "No program answered: an echo reply is the kernel's own work, the same data sent back with \
             type 0 instead of 8.{time}"
        ),
        copies.to_owned(),
    ]
}
