//! `netlab demo stream`: both ends of a chat over TCP.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{FUSE, finish, spawn};
use crate::cli::{Format, Look};
use crate::commands::run;
use crate::endpoint;
use crate::error::{CallError, Exit, Failure};
use crate::event::{Direction, Endpoint, Event, Journal, Kind, Operation, Role, Sink, Wants};
use crate::input::{Input, InputSender};
use crate::port::Range;
use crate::render::json::Json;
use crate::render::output::Output;
use crate::render::style::Style;
use crate::render::tour::{End, Tour};
use crate::stream::client::{self, Client, Connection};
use crate::stream::server::{self, Server};
use crate::stream::{dialog::Rule, framing::Framing};

/// What both ends draw on: one page, and perhaps a record.
struct Page {
    tour: Option<Tour>,
    records: Vec<Json>,
}

type Shared = Arc<Mutex<Page>>;

/// One end's events, on their way to the page and to whoever waits for them.
struct Lane {
    end: End,
    page: Shared,
    happened: Sender<(End, Kind)>,
}

impl Sink for Lane {
    fn event(&mut self, event: &Event) {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tour) = &mut page.tour {
            tour.event(self.end, event);
        }
        for record in &mut page.records {
            record.event_of(Some(self.end.name()), event);
        }
        drop(page);
        // The director may have seen enough.
        let _ = self.happened.send((self.end, event.kind.clone()));
    }
}

/// Makes the ends do things, and waits until they have happened.
struct Director {
    page: Shared,
    happened: Receiver<(End, Kind)>,
}

impl Director {
    /// Waits for an event.
    fn wait<T>(&self, mut wanted: impl FnMut(End, &Kind) -> Option<T>) -> Result<T, Failure> {
        let limit = Instant::now() + FUSE;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let Ok((who, kind)) = self.happened.recv_timeout(left) else {
                let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Err(CallError::new(Operation::Recv(0), error).into());
            };
            if let Some(found) = wanted(who, &kind) {
                return Ok(found);
            }
        }
    }

    /// Lets one end say something, and waits until it has sent it and the other has heard it.
    fn say(&self, end: End, input: &InputSender, line: &str) -> Result<(), Failure> {
        let _ = input.send(Input::Line(line.into()));
        let (mut sent, mut heard) = (false, false);
        while !(sent && heard) {
            self.wait(|who, kind| {
                match kind {
                    Kind::Call(c) if who == end => {
                        sent |= matches!(c.operation, Operation::Send(_));
                    }
                    Kind::Message(m) if who != end => heard |= m.direction == Direction::Received,
                    _ => {}
                }
                Some(())
            })?;
        }
        Ok(())
    }

    fn draw(&self, draw: impl FnOnce(&mut Tour)) {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tour) = &mut page.tour {
            draw(tour);
        }
    }
}

const ABOUT: &str = "A chat server and a chat client, both real, both in this terminal, over this \
                     machine's loopback. Every line is a call that was made or what came of it.";

/// Runs it.
///
/// # Errors
///
/// [`Failure`] when this machine refuses a call.
pub(super) fn run(look: &Look, style: Style) -> Result<Exit, Failure> {
    let host = endpoint::host(None);
    let mut records = Vec::from_iter(run::record(look, &host)?);
    let tour = if look.format == Format::Json {
        records.push(Json::new(Output::stdout(), &run::header(&host), true));
        None
    } else {
        let title = "netlab demo: stream sockets (TCP)";
        Some(Tour::new(Output::stdout(), style, look.explain, title, ABOUT))
    };
    let page = Arc::new(Mutex::new(Page { tour, records }));
    let (tell, happened) = channel();
    let began = Instant::now();
    let journal = |end| {
        let lane = Lane { end, page: Arc::clone(&page), happened: tell.clone() };
        Journal::since(began, Wants { calls: true }, vec![Box::new(lane)])
    };
    let director = Director { page: Arc::clone(&page), happened };
    let (server, operator) = Server::open(server_config(), journal(End::Server))?;
    director.draw(|tour| tour.step("The server makes a socket, takes a port, and listens"));

    let address = server.local();
    let serving = spawn("server", move || server.run().map(drop))?;
    let journal = journal(End::Client);
    let config = client_config(address);
    let Connection::Established(connection) = client::connect(&config, &journal)? else {
        return Ok(Exit::No);
    };
    let (client, keyboard) = Client::new(config, journal, connection)?;
    let talking = spawn("client", move || client.run().map(drop))?;
    // Both tables, and the server's name at the client: then both know each other.
    let (mut own, mut accepted, mut known) = (None, None, false);
    while own.is_none() || accepted.is_none() || !known {
        director.wait(|end, kind| {
            match (end, kind) {
                (End::Client, Kind::Endpoints(rows)) => own = Some(rows.clone()),
                (End::Server, Kind::Endpoints(rows)) => accepted = Some(rows.clone()),
                (End::Client, Kind::Recognised(_)) => known = true,
                _ => {}
            }
            Some(())
        })?;
    }
    director.draw(|tour| {
        tour.step("The client connects; the server accepts: a second socket, the same port");
        let all: Vec<Endpoint> = own.into_iter().chain(accepted).flatten().collect();
        tour.endpoints(&all, &ports(&all), &kernel(&all, host.source_ports));
    });

    director.say(End::Client, &keyboard, "Hello!")?;
    director.say(End::Server, &operator, "Hello to you.")?;
    director.say(End::Client, &keyboard, "Goodbye!")?;
    director.draw(|tour| tour.step("They talk: what one side sends, the other receives"));

    let _ = keyboard.send(Input::Line("exit".into()));
    finish(&talking)?;
    finish(&serving)?;
    director.draw(|tour| {
        tour.step("The client leaves: it ends its half first, then the server ends the other");
        tour.end(&SAW, &NEXT);
    });
    Ok(Exit::Done)
}

const SAW: [&str; 2] = [
    "The server has two sockets and one port: one listens and never talks, one talks to this client.",
    "An endpoint is an address and a port; the system tells connections apart by all four numbers.",
];

const NEXT: [&str; 2] = [
    "netlab tcp-server --explain              (in one terminal)",
    "netlab tcp-client localhost --explain    (in another)",
];

pub(super) fn server_config() -> server::Config {
    server::Config {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
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

/// The ports of a client's and a server's endpoints, with what they are.
fn ports(endpoints: &[Endpoint]) -> Vec<(u16, String)> {
    let port = |role, meaning: &str| {
        let row = endpoints.iter().find(|row| row.role == role)?;
        Some((row.source.port(), meaning.to_owned()))
    };
    let server = port(Role::Listening, "the server's");
    let client = port(Role::Connected, "the client's");
    server.into_iter().chain(client).collect()
}

/// What the kernel's own range has to do with IANA's, where that is worth a sentence.
fn kernel(endpoints: &[Endpoint], range: Option<(u16, u16)>) -> String {
    let Some((first, last)) = range else {
        return String::new();
    };
    let registered = endpoints
        .iter()
        .any(|row| row.role == Role::Connected && row.source_range() == Range::Registered);
    if registered {
        format!(
            "The ranges are IANA's. This kernel hands out {first}-{last}, so its choices are often \
             \"registered\" by number."
        )
    } else {
        format!("The ranges are IANA's. This kernel hands out {first}-{last} as it likes.")
    }
}
