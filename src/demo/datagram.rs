//! `datagram`: the same lines over TCP and over UDP, side by side.
//!
//! Both ways are real, on loopback, and both servers send back what they hear. A loopback loses
//! nothing, so the UDP server drops and holds back some on purpose, by the same code as
//! `udp-server --drop --reorder`; nothing is done to the lines themselves.

use std::time::Duration;

use super::ends::ANY;
use super::list::Scene;
use super::stage::{Curtain, Stage, joined, too_long};
use super::stream::{client_config, server_config};
use crate::datagram::{client as udp_client, server as udp_server};
use crate::error::Failure;
use crate::event::{DatagramEvent, Direction, Impairments, Kind, Operation, Outcome};
use crate::input::Input;
use crate::stream::client::{self as tcp_client, Client, Connection};
use crate::stream::server::Server;

pub(super) const SCENE: Scene = Scene {
    name: "datagram",
    line: "the same lines over TCP and over UDP that loses some, side by side",
    title: "netlab demo: the same lines over TCP and over UDP",
    about: "The same five lines go to an echo server twice: over TCP, then over UDP. Both servers and \
            both clients are real, in this terminal, on loopback.",
    play,
};

const LINES: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];

/// Five lines are few: this seed is one whose fates show both, a loss and a line overtaken.
const ON_PURPOSE: Impairments = Impairments {
    drop: 0.2,
    duplicate: 0.0,
    reorder: 0.2,
    corrupt: 0.0,
    delay: Duration::ZERO,
    jitter: Duration::ZERO,
    seed: 26,
};

/// Longer than an answer is held back, shorter than a demo's patience.
const TIMEOUT: Duration = Duration::from_millis(500);

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    stage.step("Over TCP: a stream of bytes");
    let tcp = over_tcp(stage)?;
    stage.step("Over UDP: each line is a datagram for itself");
    let udp = over_udp(stage)?;
    stage.step("What came back, side by side");
    let cell = |came: &[String], place: usize| came.get(place).cloned().unwrap_or_default();
    let rows = (0..LINES.len()).map(|place| {
        let note = if is_overtaken(&udp.lines, place) { "  (overtaken)" } else { "" };
        let sent = LINES[place].to_owned();
        vec![sent, cell(&tcp.lines, place), cell(&udp.lines, place) + note]
    });
    let head = ["Sent", "Came back over TCP", "Came back over UDP"];
    stage.table("The lines", &head, rows.collect());
    result(stage, "tcp_lines_back", "TCP", &tcp.lines);
    result(stage, "udp_lines_back", "UDP", &udp.lines);
    // One send is the client's name, one its goodbye.
    let extra = tcp.sends.saturating_sub(LINES.len());
    let own =
        if extra > 0 { format!(" ({extra} for its name and its goodbye)") } else { String::new() };
    let words = format!(
        "TCP: {} send at the client{own}, {} recv at the server: a stream has no borders",
        tcp.sends, tcp.receives
    );
    stage.fact("tcp_sends_and_receives", vec![number(tcp.sends), number(tcp.receives)], words);
    let words = format!(
        "UDP: {} sendto at the client, {} recvfrom at the server: one datagram each",
        udp.sends, udp.receives
    );
    stage.fact("udp_sends_and_receives", vec![number(udp.sends), number(udp.receives)], words);
    let seed = ON_PURPOSE.seed;
    let words = format!(
        "a loopback loses nothing: the UDP server did it on purpose (--drop 20% --reorder 20% \
         --seed {seed}). On a bad network TCP too would have lost segments, and sent them again"
    );
    stage.fact("seed", i64::try_from(seed).unwrap_or(i64::MAX), words);
    Ok(Curtain {
        saw: [
            "TCP numbers its bytes, sends again what is not acknowledged, and gives recv nothing before \
             its turn: one stream, whole and in order, or an error."
                .into(),
            "UDP sends each datagram for itself. One that is lost is lost, one that is overtaken \
             arrives late, and nobody is told; what arrives is whole."
                .into(),
        ],
        card: "tcp-vs-udp",
        next: vec![
            "netlab udp-server --drop 20% --reorder 20%    (in one terminal)".into(),
            "netlab udp-client localhost --count 100       (in another: what came back?)".into(),
            "netlab demo datagram --explain                (and why each call is made)".into(),
        ],
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Whether a later line came back before the one in this place.
fn is_overtaken(came: &[String], place: usize) -> bool {
    let number = |line: &String| LINES.iter().position(|sent| sent == line);
    let own = came.get(place).and_then(number);
    own.is_some() && came.iter().take(place).any(|before| number(before) > own)
}

/// What a way did to the lines.
fn result(stage: &Stage, fact: &'static str, name: &str, came: &[String]) {
    let came_back = |line: &&str| came.iter().any(|back| back == line);
    let lost: Vec<&str> = LINES.into_iter().filter(|line| !came_back(line)).collect();
    let kept: Vec<&str> = LINES.into_iter().filter(came_back).collect();
    let order = if kept == came { "in order" } else { "not in order" };
    let missing =
        if lost.is_empty() { String::new() } else { format!("; lost: {}", lost.join(", ")) };
    let words = format!("{name}: {} of {} lines, {order}{missing}", came.len(), LINES.len());
    stage.fact(fact, came.len(), words);
}

/// What came back, with how many calls.
#[derive(Default)]
struct Came {
    lines: Vec<String>,
    sends: usize,
    receives: usize,
}

impl Came {
    /// Counts the calls of the client's sending and the server's receiving.
    fn count(&mut self, stage: &Stage, server: &str, client: &str) {
        stage.look_back(|end, event| {
            let Kind::Call(call) = &event.kind else { return };
            let sends = matches!(call.operation, Operation::Send(_) | Operation::SendTo(..));
            let receives = matches!(call.operation, Operation::Recv(_) | Operation::RecvFrom(_))
                && matches!(call.outcome, Outcome::Value(1..) | Outcome::From(..));
            self.sends += usize::from(end == Some(client) && sends);
            self.receives += usize::from(end == Some(server) && receives);
        });
    }
}

/// Lets a chat server's operator say every line it hears, and gives what the client hears of it.
fn over_tcp(stage: &mut Stage) -> Result<Came, Failure> {
    let (server, operator) = Server::open(server_config(), stage.journal("tcp-server"))?;
    let address = server.local();
    let serving = stage.spawn("tcp-server", move || server.run().map(drop))?;
    let journal = stage.journal("tcp-client");
    let config = client_config(address);
    let Connection::Established(connection) = tcp_client::connect(&config, &journal)? else {
        return Err(too_long());
    };
    let (client, keyboard) = Client::new(config, journal, connection)?;
    let talking = stage.spawn("tcp-client", move || client.run().map(drop))?;
    let mut came = Came::default();
    // Before it knows the other side's name, a client waits to see what it is.
    stage.wait(|end, event| {
        let known = end == Some("tcp-client") && matches!(event.kind, Kind::Recognised(_));
        known.then_some(())
    })?;
    for line in LINES {
        let _ = keyboard.send(Input::Line(line.to_owned()));
    }
    stage.wait(|end, event| {
        match &event.kind {
            Kind::Message(said) if said.direction == Direction::Received && !said.announcement => {
                let text = said.text.as_str().to_owned();
                if end == Some("tcp-server") {
                    let _ = operator.send(Input::Line(text));
                } else {
                    came.lines.push(text);
                }
            }
            _ => {}
        }
        (came.lines.len() == LINES.len()).then_some(())
    })?;
    let _ = keyboard.send(Input::Line("exit".into()));
    joined(talking)??;
    joined(serving)??;
    came.count(stage, "tcp-server", "tcp-client");
    Ok(came)
}

/// Sends every line to an echo server, and gives what comes back.
fn over_udp(stage: &mut Stage) -> Result<Came, Failure> {
    let config = udp_server::Config {
        address: ANY,
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
    let serving = stage.spawn("udp-server", move || server.run().map(drop))?;
    let (client, keyboard) = udp_client::Client::open(&config, &stage.journal("udp-client"))?;
    let sending = stage.spawn("udp-client", move || client.run().map(drop))?;
    for line in LINES {
        let _ = keyboard.send(Input::Line(line.to_owned()));
    }
    let _ = keyboard.send(Input::End);
    let mut came = Came::default();
    stage.wait(|end, event| {
        match &event.kind {
            Kind::Datagram(DatagramEvent::Passed(datagram))
                if end == Some("udp-client") && datagram.direction == Direction::Received =>
            {
                came.lines.push(datagram.text.as_str().to_owned());
            }
            _ => {}
        }
        (end == Some("udp-client") && matches!(event.kind, Kind::End(_))).then_some(())
    })?;
    joined(sending)??;
    let _ = operator.send(Input::Leave);
    joined(serving)??;
    came.count(stage, "udp-server", "udp-client");
    Ok(came)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_after_a_later_line_was_overtaken() {
        let came = [LINES[0], LINES[2], LINES[1], LINES[4]].map(str::to_owned);
        let overtaken: Vec<bool> = (0..5).map(|place| is_overtaken(&came, place)).collect();
        assert_eq!(overtaken, [false, false, true, false, false]);
    }
}
