//! `netlab demo datagram`: the same lines over TCP and over UDP, side by side.
//!
//! Both ways are real, on loopback, and both servers send back what they hear. A loopback loses
//! nothing, so the UDP server drops and holds back some on purpose, by the same code as
//! `udp-server --drop --reorder`; nothing is done to the lines themselves.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::stream::{client_config, server_config};
use super::{FUSE, finish, spawn};
use crate::cli::{Format, Look};
use crate::commands::run;
use crate::datagram::{client as udp_client, server as udp_server};
use crate::endpoint;
use crate::error::{CallError, Exit, Failure};
use crate::event::{
    Call, DatagramEvent, Direction, Event, Impairments, Journal, Kind, Operation, Outcome, Sink,
    Wants,
};
use crate::input::Input;
use crate::render::contrast::Contrast;
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::page::Page;
use crate::render::style::Style;
use crate::stream::client::{self as tcp_client, Client, Connection};
use crate::stream::server::Server;

const ABOUT: &str = "The same twelve lines go to an echo server twice: over TCP, then over UDP. Both \
                     servers and both clients are real, in this terminal, on loopback.";

const LINES: [&str; 12] = [
    "1 Every", "2 line", "3 of", "4 this", "5 text", "6 comes", "7 back", "8 once", "9 whole",
    "10 and", "11 in", "12 order",
];

/// Twelve lines are few: this seed is one whose fates show both, losses and a line overtaken.
const ON_PURPOSE: Impairments = Impairments {
    drop: 0.2,
    duplicate: 0.0,
    reorder: 0.2,
    corrupt: 0.0,
    delay: Duration::ZERO,
    jitter: Duration::ZERO,
    seed: 3,
};

/// Longer than an answer is held back, shorter than a demo's patience.
const TIMEOUT: Duration = Duration::from_millis(500);

const NEXT: [&str; 3] = [
    "netlab udp-server --drop 20% --reorder 20%    (in one terminal)",
    "netlab udp-client localhost --count 100       (in another: what came back?)",
    "netlab demo datagram --explain                (and all the calls)",
];

/// Runs it.
///
/// # Errors
///
/// [`Failure`] when this machine refuses a call.
pub(super) fn run(look: &Look, style: Style) -> Result<Exit, Failure> {
    let host = endpoint::host(None);
    let mut stage = Stage::new(Vec::from_iter(run::record(look, &host)?));
    let mut page = if look.format == Format::Json {
        stage.records.push(Json::new(Output::stdout(), &run::header(&host), true));
        None
    } else {
        let title = "netlab demo: the same lines over TCP and over UDP";
        Some(Page::new(Output::stdout(), style, title, ABOUT))
    };
    let tcp = over_tcp(&mut stage)?;
    let tcp_calls = std::mem::take(&mut stage.calls);
    let udp = over_udp(&mut stage)?;
    let udp_calls = std::mem::take(&mut stage.calls);
    if let Some(page) = &mut page {
        if look.explain {
            page.calls("The calls of the conversation over TCP", &tcp_calls);
            page.calls("The calls of the conversation over UDP", &udp_calls);
        }
        let sent = LINES.map(str::to_owned).to_vec();
        let calls = [pieces(&tcp_calls), pieces(&udp_calls)];
        page.contrast(&Contrast { sent, tcp, udp, calls });
        page.end(&why(), &NEXT);
    }
    Ok(Exit::Done)
}

/// How many calls the client sent its lines with, and with how many the server received them.
fn pieces(calls: &[(&str, Call)]) -> (usize, usize) {
    let sends = calls.iter().filter(|(end, call)| {
        end.ends_with("client")
            && matches!(call.operation, Operation::Send(_) | Operation::SendTo(..))
    });
    let receives = calls.iter().filter(|(end, call)| {
        let bytes = matches!(call.outcome, Outcome::Value(1..) | Outcome::From(..));
        let receives = matches!(call.operation, Operation::Recv(_) | Operation::RecvFrom(_));
        end.ends_with("server") && receives && bytes
    });
    (sends.count(), receives.count())
}

fn why() -> Vec<String> {
    vec![
        "TCP numbers its bytes, sends again what is not acknowledged, and gives recv nothing before \
         its turn. A program sees one stream, whole and in order, or an error."
            .to_owned(),
        "UDP sends each datagram for itself. One that is lost is lost, one that is overtaken \
         arrives late, and nobody is told. What arrives is whole: borders are kept."
            .to_owned(),
        format!(
            "A loopback loses nothing: the UDP server did it on purpose (--drop 20% --reorder 20% \
             --seed {}). It sits above UDP and can do nothing to TCP; on a bad network TCP would \
             have lost segments too, sent them again, and been slower.",
            ON_PURPOSE.seed
        ),
    ]
}

/// One end's events, on their way to whoever waits for them.
struct Lane {
    end: &'static str,
    happened: Sender<(&'static str, Event)>,
}

impl Sink for Lane {
    fn event(&mut self, event: &Event) {
        // The demo may have seen enough.
        let _ = self.happened.send((self.end, event.clone()));
    }
}

/// What happens at the four ends, one event after the other.
struct Stage {
    began: Instant,
    tell: Sender<(&'static str, Event)>,
    happened: Receiver<(&'static str, Event)>,
    records: Vec<Json>,
    calls: Vec<(&'static str, Call)>,
}

impl Stage {
    fn new(records: Vec<Json>) -> Self {
        let (tell, happened) = channel();
        Self { began: Instant::now(), tell, happened, records, calls: Vec::new() }
    }

    fn journal(&self, end: &'static str) -> Journal {
        let lane = Lane { end, happened: self.tell.clone() };
        Journal::since(self.began, Wants { calls: true }, vec![Box::new(lane)])
    }

    /// The next event, kept for the record and the list of calls.
    fn next(&mut self, limit: Duration) -> Option<(&'static str, Kind)> {
        let (end, event) = self.happened.recv_timeout(limit).ok()?;
        for record in &mut self.records {
            record.event_of(Some(end), &event);
        }
        if let Kind::Call(call) = &event.kind {
            let in_vain = matches!(&call.outcome, Outcome::Failed(e) if e.name() == "EAGAIN");
            if !in_vain && !matches!(call.operation, Operation::Poll(_)) {
                self.calls.push((end, call.clone()));
            }
        }
        Some((end, event.kind))
    }

    /// Takes events until one is what was waited for.
    fn until(&mut self, mut wanted: impl FnMut(&str, &Kind) -> bool) -> Result<(), Failure> {
        let limit = Instant::now() + FUSE;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let Some((end, kind)) = self.next(left) else {
                let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Err(CallError::new(Operation::Recv(0), error).into());
            };
            if wanted(end, &kind) {
                return Ok(());
            }
        }
    }
}

/// Lets a chat server's operator say every line it hears, and gives what the client hears of it.
fn over_tcp(stage: &mut Stage) -> Result<Vec<String>, Failure> {
    let (server, operator) = Server::open(server_config(), stage.journal("tcp-server"))?;
    let address = server.local();
    let serving = spawn("tcp-server", move || server.run().map(drop))?;
    let journal = stage.journal("tcp-client");
    let config = client_config(address);
    let Connection::Established(connection) = tcp_client::connect(&config, &journal)? else {
        return Ok(Vec::new());
    };
    let (client, keyboard) = Client::new(config, journal, connection)?;
    let talking = spawn("tcp-client", move || client.run().map(drop))?;
    // Before it knows the other side's name, a client waits to see what it is.
    stage.until(|end, kind| end == "tcp-client" && matches!(kind, Kind::Recognised(_)))?;
    for line in LINES {
        let _ = keyboard.send(Input::Line(line.to_owned()));
    }
    let mut came = Vec::new();
    stage.until(|end, kind| {
        if let Kind::Message(message) = kind
            && message.direction == Direction::Received
            && !message.announcement
        {
            let text = message.text.as_str().to_owned();
            if end == "tcp-server" {
                let _ = operator.send(Input::Line(text));
            } else {
                came.push(text);
            }
        }
        came.len() == LINES.len()
    })?;
    let _ = keyboard.send(Input::Line("exit".into()));
    finish(&talking)?;
    finish(&serving)?;
    while stage.next(Duration::ZERO).is_some() {}
    Ok(came)
}

/// Sends every line to an echo server, and gives what comes back.
fn over_udp(stage: &mut Stage) -> Result<Vec<String>, Failure> {
    let config = udp_server::Config {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dual_stack: false,
        buffer: 65_535,
        impairments: ON_PURPOSE,
        max_rate: None,
        groups: Vec::new(),
        interface: None,
    };
    let (server, operator) = udp_server::Server::open(config, stage.journal("udp-server"))?;
    let config = udp_client::Config {
        host: "server".into(),
        server: server.local(),
        source: None,
        connect: false,
        timeout: TIMEOUT,
        buffer: 65_535,
        broadcast: false,
        ttl: None,
        dont_fragment: false,
        interface: None,
        burst: None,
    };
    let serving = spawn("udp-server", move || server.run().map(drop))?;
    let (client, keyboard) = udp_client::Client::open(&config, &stage.journal("udp-client"))?;
    let sending = spawn("udp-client", move || client.run().map(drop))?;
    for line in LINES {
        let _ = keyboard.send(Input::Line(line.to_owned()));
    }
    let _ = keyboard.send(Input::End);
    let mut came = Vec::new();
    stage.until(|end, kind| {
        if let Kind::Datagram(DatagramEvent::Passed(datagram)) = kind
            && end == "udp-client"
            && datagram.direction == Direction::Received
        {
            came.push(datagram.text.as_str().to_owned());
        }
        end == "udp-client" && matches!(kind, Kind::End(_))
    })?;
    finish(&sending)?;
    let _ = operator.send(Input::Leave);
    finish(&serving)?;
    while stage.next(Duration::ZERO).is_some() {}
    Ok(came)
}
