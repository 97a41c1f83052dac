//! `stream`: both ends of a chat over TCP, by the code of `tcp-server` and `tcp-client`.

use std::net::SocketAddr;

use super::ends::ANY;
use super::list::Scene;
use super::stage::{Curtain, FUSE, Stage, joined, too_long};
use crate::error::Failure;
use crate::event::{Direction, Endpoint, Kind, Operation, Outcome};
use crate::input::{Input, InputSender};
use crate::stream::client::{self, Client, Connection};
use crate::stream::server::{self, Server};
use crate::stream::{dialog::Rule, framing::Framing};

pub(super) const SCENE: Scene = Scene {
    name: "stream",
    line: "a chat over TCP: the calls of both sides, their endpoints, their ports",
    title: "netlab demo: stream sockets (TCP)",
    about: "A chat server and a chat client, both real, both in this terminal, over this machine's \
            loopback. Every line is a call that was made or what came of it.",
    play,
};

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let server_journal = stage.journal("server");
    stage.step("The server makes a socket, takes a port, and listens");
    let (server, operator) = Server::open(server_config(), server_journal)?;
    let address = server.local();

    let serving = stage.spawn("server", move || server.run().map(drop))?;
    let config = client_config(address);
    let journal = stage.journal("client");
    stage.step("The client connects; the server accepts: a second socket, the same port");
    // It was not asked for with `connect_ex`, which alone answers otherwise.
    let Connection::Established(connection) = client::connect(&config, &journal)? else {
        return Err(too_long());
    };
    let (client, keyboard) = Client::new(config, journal, connection)?;
    let talking = stage.spawn("client", move || client.run().map(drop))?;
    let rows = acquainted(stage)?;
    let ports: Vec<i64> = rows.iter().map(|row| row.source.port().into()).collect();
    stage.endpoints(rows);
    let words = "three sockets and two ports: the server's second socket has the port of the first";
    stage.fact("source_ports", ports, words);
    greeting(stage);

    stage.step("They talk: what one side sends, the other receives");
    say(stage, "client", &keyboard, "Hello!")?;
    say(stage, "server", &operator, "Hello to you.")?;
    say(stage, "client", &keyboard, "Goodbye!")?;
    borders(stage);

    stage.step("The client leaves: it ends its half first, then the server ends the other");
    let _ = keyboard.send(Input::Line("exit".into()));
    joined(talking)??;
    joined(serving)??;
    Ok(Curtain {
        saw: [
            "The server has two sockets and one port: one listens and never talks, one talks to this \
             client."
                .into(),
            "An endpoint is an address and a port; the system tells connections apart by all four \
             numbers."
                .into(),
        ],
        card: "port-versus-socket",
        next: vec![
            "netlab tcp-server --explain              (in one terminal)".into(),
            "netlab tcp-client localhost --explain    (in another)".into(),
            "netlab demo                              (the other two types of sockets)".into(),
        ],
    })
}

/// How many bytes each of the client's sends has taken so far.
fn sends(stage: &Stage) -> Vec<i64> {
    let mut sends = Vec::new();
    stage.look_back(|end, event| {
        if let Kind::Call(call) = &event.kind
            && end == Some("client")
            && let (Operation::Send(_), Outcome::Value(bytes)) = (call.operation, &call.outcome)
        {
            sends.push(*bytes);
        }
    });
    sends
}

/// What the first bytes are that nobody has typed.
fn greeting(stage: &Stage) {
    if let [first, ..] = sends(stage)[..] {
        let words = format!(
            "the first {first} bytes nobody typed: a netlab greets with a NUL byte and its name, and \
             the server greets back"
        );
        stage.fact("greeting_bytes", first, words);
    }
}

/// Why there are more bytes than letters.
fn borders(stage: &Stage) {
    if let [_, first, .., last] = sends(stage)[..] {
        let words = format!(
            "a line feed ends each line: \"Goodbye!\" goes as {last} bytes, \"Hello!\" as {first} (one \
             more ends the greeting); the server puts its name before its lines"
        );
        stage.fact("bytes_of_lines", vec![first, last], words);
    }
}

/// Waits for both tables, and for the server's name at the client: then both know each other. Gives
/// the endpoints of both.
fn acquainted(stage: &Stage) -> Result<Vec<Endpoint>, Failure> {
    let (mut own, mut accepted, mut known) = (None, None, false);
    while own.is_none() || accepted.is_none() || !known {
        stage.wait(|end, event| {
            match (end, &event.kind) {
                (Some("client"), Kind::Endpoints(rows)) => own = Some(rows.clone()),
                (Some("server"), Kind::Endpoints(rows)) => accepted = Some(rows.clone()),
                (Some("client"), Kind::Recognised(_)) => known = true,
                _ => {}
            }
            Some(())
        })?;
    }
    Ok(own.into_iter().chain(accepted).flatten().collect())
}

/// Lets one end say something, and waits until it has sent it and the other has heard it.
fn say(stage: &Stage, end: &str, input: &InputSender, line: &str) -> Result<(), Failure> {
    let _ = input.send(Input::Line(line.into()));
    let (mut sent, mut heard) = (false, false);
    while !(sent && heard) {
        stage.wait(|who, event| {
            match &event.kind {
                Kind::Call(call) if who == Some(end) => {
                    sent |= matches!(call.operation, Operation::Send(_));
                }
                Kind::Message(message) if who != Some(end) => {
                    heard |= message.direction == Direction::Received;
                }
                _ => {}
            }
            Some(())
        })?;
    }
    Ok(())
}

pub(super) fn server_config() -> server::Config {
    server::Config {
        address: ANY,
        dual_stack: false,
        name: "server".into(),
        backlog: 4,
        serve: server::Serve::Events,
        dialog: Rule::Full,
        framing: Framing::Auto,
        buffer: 2048,
        once: true,
        max_clients: None,
        nodelay: false,
        timeout: None,
        patience: FUSE,
    }
}

pub(super) fn client_config(server: SocketAddr) -> client::Config {
    client::Config {
        host: "server".into(),
        servers: vec![server],
        source: None,
        name: "client".into(),
        dialog: Rule::Full,
        framing: Framing::Auto,
        buffer: 2048,
        nodelay: false,
        timeout: FUSE,
        connect_ex: false,
        linger: FUSE,
    }
}
