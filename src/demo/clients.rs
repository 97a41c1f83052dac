//! `clients`: the same five clients, three servers.
//!
//! ```text
//!   one      1 ████         threads  1 ████        events  1 ████
//!            2     ████              2 ████                2 ████
//!            3         ████          3 ████                3 ████
//!                      time ▶
//! ```
//!
//! The servers are `tcp-server --serve one`, `threads` and `events`, by their own code. A client
//! connects, says a line, waits for the answer, and then keeps its place for a moment, as somebody who
//! reads and thinks. All five connect at the same time: the kernel lets all in at once.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::ends::{self, must, nanoseconds, time};
use super::list::Scene;
use super::pair::{bar, send_all};
use super::stage::{Curtain, Stage, joined};
use super::stream::server_config;
use crate::error::Failure;
use crate::event::{Direction, FactValue, Kind, Operation};
use crate::input::Input;
use crate::socket::Stream;
use crate::stream::framing::{Decoder, Dialect, Encoder, Framing, Side, Unit};
use crate::stream::server::{Config, Serve, Server};

pub(super) const SCENE: Scene = Scene {
    name: "clients",
    line: "one, threads, events: the same five clients, three servers, and who waited",
    title: "Five clients, three servers: who waits?",
    about: "Five clients connect at the same time, say a line, and keep their place for a moment after \
            the answer. Three servers serve them, by the code of tcp-server --serve.",
    play,
};

const CLIENTS: usize = 5;
/// So long each keeps its place after it was answered.
const THINKS: Duration = Duration::from_millis(120);

/// A server and the names of its facts.
struct Kept {
    serve: Serve,
    title: &'static str,
    waited: &'static str,
    all: &'static str,
}

const SERVERS: [Kept; 3] = [
    Kept {
        serve: Serve::One,
        title: "--serve one: who was accepted is served until it leaves, as in the handouts",
        waited: "one_waited_ns",
        all: "one_all_ns",
    },
    Kept {
        serve: Serve::Threads,
        title: "--serve threads: a thread waits for each client",
        waited: "threads_waited_ns",
        all: "threads_all_ns",
    },
    Kept {
        serve: Serve::Events,
        title: "--serve events: one thread waits for all of them",
        waited: "events_waited_ns",
        all: "events_all_ns",
    },
];

/// How long a client was connected before it was answered.
type Waited = Duration;

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let mut all = Vec::new();
    for server in &SERVERS {
        stage.step(server.title);
        let began = Instant::now();
        let waited = serve(stage, server.serve)?;
        let took = began.elapsed();
        let longest = waited.iter().max().copied().unwrap_or_default();
        let words = format!("the longest wait for an answer: {}", time(longest));
        let numbers = waited.iter().map(|it| i64::try_from(it.as_nanos()).unwrap_or(i64::MAX));
        stage.fact(server.waited, FactValue::Numbers(numbers.collect()), words);
        let words = format!("all {CLIENTS} were served after {}", time(took));
        stage.fact(server.all, nanoseconds(took), words);
        all.push((longest, took, waited));
    }
    picture(stage, &all);
    let longest: Vec<String> = all.iter().map(|(longest, ..)| time(*longest)).collect();
    Ok(Curtain {
        saw: [
            format!(
                "With one at a time the last client waited {} for its answer although it was \
                 connected at once: connected is not served.",
                longest[0]
            ),
            format!(
                "With threads the longest wait was {}, with events {}: the server waits for all \
                 clients at once, in many threads or in one call.",
                longest[1], longest[2]
            ),
        ],
        card: "multiple-clients",
        next: vec![
            "netlab tcp-server --serve one --explain  (and two clients)".into(),
            "netlab demo backlog                      (where it waits)".into(),
            "netlab demo blocking                     (why it waits)".into(),
        ],
    })
}

/// Keeps a server until five clients were there, and gives how long each waited for its answer.
fn serve(stage: &mut Stage, serve: Serve) -> Result<Vec<Waited>, Failure> {
    let name = format!("server ({})", serve.name());
    let backlog = i32::try_from(CLIENTS).unwrap_or(i32::MAX);
    // Without TCP_NODELAY small pieces wait for acknowledgments (Nagle): another story.
    let config = Config {
        serve,
        backlog,
        once: false,
        framing: Framing::Line,
        nodelay: true,
        ..server_config()
    };
    let (server, operator) = Server::open(config, stage.journal(&name))?;
    let address = server.local();
    let serving = stage.spawn(&name, move || server.run().map(drop))?;
    let mut visits = Vec::new();
    for number in 1..=CLIENTS {
        let client = format!("client {number}");
        let stream = connect(stage, &client, address)?;
        let visit = stage.spawn(&client, move || visit(&stream, &format!("PC-{number}")))?;
        visits.push(visit);
    }
    for _ in 0..CLIENTS {
        let who = stage.wait(|end, event| match &event.kind {
            Kind::Message(said)
                if end == Some(&name)
                    && said.direction == Direction::Received
                    && !said.announcement =>
            {
                Some(said.from.as_str().to_owned())
            }
            _ => None,
        })?;
        let _ = operator.send(Input::Line(format!("{ANSWER}{who}")));
    }
    let mut waited = Vec::new();
    for visit in visits {
        waited.push(joined(visit)??);
    }
    let _ = operator.send(Input::Leave);
    joined(serving)??;
    Ok(waited)
}

fn connect(stage: &mut Stage, client: &str, address: SocketAddr) -> Result<Stream, Failure> {
    let journal = stage.journal(client);
    Ok(ends::connected(&journal, address)?.0)
}

const ANSWER: &str = "welcome, ";

/// What a client does, and how long it waited for its answer. It speaks as the chat does, with a name
/// and a leave-taking.
fn visit(stream: &Stream, name: &str) -> Result<Waited, Failure> {
    let mut encoder = Encoder::default();
    let mut words = Vec::new();
    encoder.name(Dialect::Netlab, name, &mut words);
    encoder.text(Dialect::Netlab, b"Hello!", &mut words);
    let began = Instant::now();
    send_all(stream, &words)?;
    let own = format!("{ANSWER}{name}");
    let mut decoder = Decoder::new(Framing::Line, Side::Client, began);
    let mut answered = false;
    while !answered {
        let mut buffer = [0; 2048];
        let came = must(Operation::Recv(buffer.len()), stream.recv(&mut buffer))?;
        if came == 0 {
            break;
        }
        decoder.feed(buffer.get(..came).unwrap_or_default(), Instant::now(), &mut |unit| {
            if let Unit::Text(text) = unit {
                answered |= text.ends_with(own.as_bytes());
            }
        });
    }
    let took = began.elapsed();
    thread::sleep(THINKS);
    let mut leave = Vec::new();
    encoder.leave(Dialect::Netlab, &mut leave);
    send_all(stream, &leave)?;
    must(Operation::Shutdown("SHUT_WR"), stream.shutdown_write())?;
    // What the others said meanwhile, and the end.
    while must(Operation::Recv(2048), stream.recv(&mut [0; 2048]))? > 0 {}
    Ok(took)
}

/// Columns of the longest bar.
const BAR: usize = 12;

fn picture(stage: &Stage, all: &[(Duration, Duration, Vec<Waited>)]) {
    let most = all.iter().map(|(longest, ..)| longest.as_nanos()).max().unwrap_or(0);
    let cell = |waited: Waited| format!("{:<9}{}", time(waited), bar(waited.as_nanos(), most, BAR));
    let rows = (0..CLIENTS).map(|place| {
        let cells = all.iter().filter_map(|(.., waited)| waited.get(place).copied().map(cell));
        std::iter::once(format!("{}", place + 1)).chain(cells).collect()
    });
    let head = ["Client", "one", "threads", "events"];
    stage.table("How long each waited for its answer", &head, rows.collect());
}
