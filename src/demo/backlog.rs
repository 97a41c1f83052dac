//! `backlog`: `listen(4)` is the size of a waiting room, not a limit on clients.
//!
//! ```text
//!   client 1 ─ SYN ▶ ┌──────────────┐
//!   client 2 ─ SYN ▶ │ waiting room │ ─ accept ─▶ a socket of its own
//!   …                │ of listen(4) │             (any number of them)
//!   client 6 ─ SYN ▶ └──────────────┘
//!      └─ no place: no answer; the kernel sends the SYN again after a while
//! ```
//!
//! Systems count differently: Linux lets one more wait than it was told (it asks whether the queue is longer than the backlog, `sk_acceptq_is_full`), macOS half as many more,
//! Windows answers RST when there is no place, and its `connect` tries again for two seconds. The
//! scene counts, and says what came.

use std::net::SocketAddr;
use std::time::Duration;

use super::ends::{self, in_words, must, nanoseconds, time};
use super::list::Scene;
use super::pair::{Calling, captured_with, number, waiting_room};
use super::stage::{Curtain, FUSE, Stage, too_long};
use crate::error::{CallError, Failure};
use crate::event::flag::{ACK, SYN};
use crate::event::{Captured, Content, Operation};
use crate::socket::{Listener, Socket, Stream};

pub(super) const SCENE: Scene = Scene {
    name: "backlog",
    line: "listen(4) is a waiting room, not a limit: who waits, who is let in, who is open",
    title: "The backlog: how many may wait for accept?",
    about: "A server listens with a backlog of 4 and calls accept only later. Clients connect until \
            one is not let in at once; then the server accepts everybody, and more come.",
    play,
};

const BACKLOG: i32 = 4;
/// Nobody is let in later than so on a machine that works, unless there is no place.
const AT_ONCE: Duration = Duration::from_millis(250);
/// Enough to fill the waiting room of any system.
const CLIENTS: usize = 12;
/// So many come when everybody was accepted.
const LATER: usize = 3;

/// How the attempts went before anybody was accepted.
struct Came {
    inside: Vec<Stream>,
    /// The first who was not let in at once, and what became of it until now.
    outside: Option<Result<Calling, CallError>>,
}

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let (server, clients) = (stage.journal("server"), stage.journal("clients"));
    stage.step("The server listens with a backlog of 4, and does not call accept");
    let (listener, address) = ends::listener(&server, BACKLOG)?;
    stage.step("Clients connect, one after another, until one is not let in at once");
    let Came { inside, outside } = fill(stage, address)?;
    let let_in = inside.len();
    let words = format!("{let_in} clients are connected, and nobody has called accept");
    stage.fact("connected_before_accept", let_in, words);
    if let Some((waiting, limit)) = waiting_room(address) {
        let more = if waiting > limit {
            ": this kernel turns a newcomer away only when more wait than it was told, so there is \
             one place more"
        } else {
            ""
        };
        let words =
            format!("the kernel's table: {waiting} wait for accept, listen said {limit}{more}");
        stage.fact("waiting_for_accept", i64::from(waiting), words);
    }
    tell_outside(stage, let_in, outside.as_ref());
    stage.step("The server calls accept for everybody who waits");
    let mut open = Vec::new();
    for _ in 0..let_in {
        open.push(must(Operation::Accept, listener.accept())?);
    }
    let late = match outside {
        Some(Ok(calling)) => Some(let_late_in(stage, &listener, calling)?),
        _ => None,
    };
    let (mut held, waited) = (inside, late.as_ref().map(|late| late.waited));
    let mut accepted = open.len();
    if let Some(Late { client, server, .. }) = late {
        accepted += 1;
        held.push(client);
        open.push(server);
    }
    stage.step("More clients come; now each is accepted at once");
    for _ in 0..LATER {
        held.push(ends::connected(&clients, address)?.0);
        open.push(must(Operation::Accept, listener.accept())?);
    }
    let words =
        format!("{} connections are open at once, although listen said {BACKLOG}", open.len());
    stage.fact("open_at_once", open.len(), words);
    stage.step("All close, the clients first");
    close(listener, held, open);
    Ok(curtain(let_in, waited, accepted + LATER))
}

fn curtain(let_in: usize, waited: Option<Duration>, open: usize) -> Curtain {
    let next = waited.map_or(String::new(), |waited| {
        format!("; the next one waited {} until there was a place", time(waited))
    });
    Curtain {
        saw: [
            format!("The kernel let {let_in} clients in before anybody called accept{next}."),
            format!(
                "In the end {open} were open at once: listen({BACKLOG}) is a waiting room for those \
                 who are not accepted yet, and no limit."
            ),
        ],
        card: "backlog",
        next: vec![
            "netlab demo handshake                    (connect returns before accept)".into(),
            "netlab demo clients                      (one server that accepts too rarely)".into(),
            "sudo netlab demo backlog --packets       (the SYN that gets no answer)".into(),
        ],
    }
}

/// Connects until one is not let in at once.
fn fill(stage: &mut Stage, address: SocketAddr) -> Result<Came, Failure> {
    let clients = stage.journal("clients");
    let mut inside = Vec::new();
    while inside.len() < CLIENTS {
        let socket = Socket::stream(&clients, address)?;
        let (id, calling) = (socket.id(), Calling::begin(socket, address)?);
        if !calling.returns_within(AT_ONCE) {
            stage.untold(calling.untold(stage, "clients", id));
            return Ok(Came { inside, outside: Some(Ok(calling)) });
        }
        match calling.finish() {
            Ok((stream, _)) => inside.push(stream),
            Err(error) => return Ok(Came { inside, outside: Some(Err(error)) }),
        }
    }
    Ok(Came { inside, outside: None })
}

fn tell_outside(stage: &Stage, let_in: usize, outside: Option<&Result<Calling, CallError>>) {
    let number = let_in + 1;
    match outside {
        Some(Ok(_)) => {
            let words = format!("client {number} is still in connect after {}", time(AT_ONCE));
            stage.fact("next_client", "waits", words);
        }
        Some(Err(error)) => {
            let words = format!("client {number} was not let in: {}", in_words(error.os()));
            stage.fact("next_client", error.os().name(), words);
        }
        None => {
            let words = format!("this system let {let_in} in and would let more");
            stage.fact("next_client", "none", words);
        }
    }
}

/// Who had to wait outside, and how long.
struct Late {
    client: Stream,
    server: Stream,
    waited: Duration,
}

/// There is a place now: the kernel of the one who waits sends its SYN again, some time.
fn let_late_in(stage: &Stage, listener: &Listener, calling: Calling) -> Result<Late, Failure> {
    if !calling.returns_within(FUSE) {
        return Err(too_long());
    }
    let (client, own) = calling.finish()?;
    let server = must(Operation::Accept, listener.accept())?;
    let (call, _) = stage.last_call("clients", "connect").ok_or_else(too_long)?;
    let words = format!(
        "the one who waited outside is in after {}: its SYN had got no answer, and a SYN that was \
         sent again got one",
        time(call.took)
    );
    stage.fact("waited_outside_ns", nanoseconds(call.took), words);
    if let Some(packets) = captured_with(stage, |packet| is_syn(packet, own) && again(packet)) {
        let count = packets.iter().filter(|packet| is_syn(packet, own)).count();
        let words = format!("on the wire: its SYN was seen {count} times");
        stage.fact("syn_sent", number(count), words);
    }
    Ok(Late { client, server, waited: call.took })
}

fn is_syn(packet: &Captured, from: SocketAddr) -> bool {
    let syn =
        matches!(&packet.content, Content::Tcp(segment) if segment.flags & (SYN | ACK) == SYN);
    syn && packet.source == from
}

fn again(packet: &Captured) -> bool {
    matches!(&packet.content, Content::Tcp(segment) if segment.again)
}

/// The clients first, so that TIME-WAIT is theirs.
fn close(listener: Listener, held: Vec<Stream>, open: Vec<Stream>) {
    drop(held);
    for stream in &open {
        let _ = stream.recv(&mut [0; 1]);
    }
    drop((open, listener));
}
