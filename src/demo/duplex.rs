//! `duplex`: who may speak when. TCP lets both, programs may agree on turns.
//!
//! ```text
//!   full duplex                      half duplex (a rule of the programs)
//!     A ─ "Hello!" ──▶ ◀── "Hi!" ─ B   A ─ "Hello!" ──▶ B    A's turn, then B's
//!     both at the same time            A ◀── "Hi!" ─── B    then A's
//!                                      A waits ··· B waits   nobody's: a deadlock
//! ```
//!
//! The dialogs are the chat's own code: `--dialog half` and `--dialog full`.

use std::time::{Duration, Instant};

use super::ends::{in_words, must, recv_all, time};
use super::list::Scene;
use super::pair::{Pair, number, pair};
use super::stage::{Curtain, Stage, joined, too_long};
use super::stream::{client_config, server_config};
use crate::error::Failure;
use crate::event::{Direction, Kind, Note, Operation, OsError};
use crate::input::Input;
use crate::socket::Stream;
use crate::stream::client::{self, Client, Connection};
use crate::stream::dialog::{Dialog, Rule};
use crate::stream::server::Server;

pub(super) const SCENE: Scene = Scene {
    name: "duplex",
    line: "half and full duplex: turns, both at once, and both waiting for ever",
    title: "Half and full duplex: who may speak when?",
    about: "TCP carries both directions at the same time. Whether programs use that, or take turns, is \
            their own rule; and a rule can go wrong.",
    play,
};

/// So long both wait for each other before they give up.
const PATIENCE: Duration = Duration::from_millis(300);

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let pair = both_at_once(stage)?;
    both_wait(stage, pair)?;
    let half = chat(stage, Rule::Half, "half_kept_for_turn", "half_order")?;
    let full = chat(stage, Rule::Full, "full_kept_for_turn", "full_order")?;
    Ok(Curtain {
        saw: [
            format!(
                "TCP is full duplex; with turns {half} line had to wait for its turn, without them \
                 {full}: half duplex is a rule of the programs."
            ),
            format!(
                "When each waits for the other, nothing fails and nothing happens: only a limit of \
                 netlab's ({}) ended it.",
                time(PATIENCE)
            ),
        ],
        card: "full-duplex",
        next: vec![
            "netlab explain deadlock".into(),
            "netlab tcp-server --dialog half          (in one terminal)".into(),
            "netlab tcp-client localhost --dialog half   (in another)".into(),
        ],
    })
}

/// TCP itself: both have sent before either has received.
fn both_at_once(stage: &mut Stage) -> Result<Pair, Failure> {
    stage.step("TCP itself: both send before either receives");
    let pair = pair(stage)?;
    let (hello, answer) = (b"Hello!", b"Good morning!");
    must(Operation::Send(hello.len()), pair.client.send(hello))?;
    must(Operation::Send(answer.len()), pair.server.send(answer))?;
    let heard = recv_all(&pair.server, hello.len())?;
    let back = recv_all(&pair.client, answer.len())?;
    let counts = vec![number(heard.len()), number(back.len())];
    let words = format!(
        "both were under way at the same time: {} bytes one way, {} the other, on one connection",
        heard.len(),
        back.len()
    );
    stage.fact("crossing_bytes", counts, words);
    Ok(pair)
}

/// Both believe that it is the other's turn.
fn both_wait(stage: &mut Stage, pair: Pair) -> Result<(), Failure> {
    stage.step("A mistake: both believe that the other speaks first");
    let Pair { listener, server, client, .. } = pair;
    let option = Operation::SetOption("SO_RCVTIMEO", 0);
    must(option, server.set_receive_timeout(Some(PATIENCE)))?;
    must(option, client.set_receive_timeout(Some(PATIENCE)))?;
    let other = stage.spawn("server", move || turn(&server).map(|error| (server, error)))?;
    let mine = turn(&client)?;
    let (server, its) = joined(other)??;
    let errors: Vec<String> = [mine, its].iter().flatten().map(OsError::name).collect();
    let said = mine.map_or("nothing".to_owned(), in_words);
    let words = format!(
        "both called recv and nobody send. netlab had set a limit, and both gave up: {said}; without \
         it they would wait until somebody ends a program"
    );
    stage.fact("deadlock_errors", errors, words);
    let took = |end: &str| stage.last_call(end, "recv").map(|(call, _)| call.took);
    let waited = [took("client").ok_or_else(too_long)?, took("server").ok_or_else(too_long)?];
    let words = format!(
        "the client waited {}, the server {}: each had a limit of {}",
        time(waited[0]),
        time(waited[1]),
        time(PATIENCE)
    );
    let numbers = waited.map(|it| i64::try_from(it.as_nanos()).unwrap_or(i64::MAX));
    stage.fact("deadlock_ns", numbers.to_vec(), words);
    stage.step("One of them takes the turn (/turn in the chat), and the talk goes on");
    let mut dialog = Dialog::new(Rule::Half, false, Instant::now());
    dialog.heard(Instant::now());
    if dialog.may_speak() {
        must(Operation::Send(6), client.send(b"Hello!"))?;
    }
    let came = recv_all(&server, 6)?;
    stage.fact("bytes_after_turn", came.len(), format!("{} bytes arrived", came.len()));
    drop(client);
    let _ = server.recv(&mut [0; 1]);
    drop((server, listener));
    Ok(())
}

/// What a program does that does not speak first: it listens. The error, when nothing comes.
fn turn(stream: &Stream) -> Result<Option<OsError>, Failure> {
    let dialog = Dialog::new(Rule::Half, false, Instant::now());
    if dialog.may_speak() {
        must(Operation::Send(6), stream.send(b"Hello!"))?;
        return Ok(None);
    }
    Ok(stream.recv(&mut [0; 64]).err().map(|error| OsError::from(&error)))
}

/// A chat in which the client types two lines at once. How many of them had to wait for their turn.
fn chat(
    stage: &mut Stage,
    rule: Rule,
    kept: &'static str,
    order: &'static str,
) -> Result<usize, Failure> {
    let title = match rule {
        Rule::Half => "With turns (--dialog half): the client types two lines at once",
        Rule::Full => "Without turns (--dialog full): the same",
    };
    stage.step(title);
    let (before, spoken_before) = (notes(stage), spoken(stage).len());
    let config = crate::stream::server::Config { dialog: rule, ..server_config() };
    let (server, operator) = Server::open(config, stage.journal("server"))?;
    let address = server.local();
    let serving = stage.spawn("server", move || server.run().map(drop))?;
    let config = client::Config { dialog: rule, ..client_config(address) };
    let journal = stage.journal("client");
    let Connection::Established(connection) = client::connect(&config, &journal)? else {
        return Err(too_long());
    };
    let (client, keyboard) = Client::new(config, journal, connection)?;
    let talking = stage.spawn("client", move || client.run().map(drop))?;
    known(stage)?;
    let _ = keyboard.send(Input::Line("What is a port?".into()));
    let _ = keyboard.send(Input::Line("And what is a socket?".into()));
    let mut count = Count::default();
    let turns = rule == Rule::Half;
    if turns {
        // The second line has met the rule before the answer gives the turn back.
        count.wait(stage, |it| it.kept == 1 && it.asked == 1)?;
    }
    for (place, answer) in ["A number of 16 bits.", "An object in a program."].iter().enumerate() {
        let questions = if turns { place + 1 } else { 2 };
        count.wait(stage, |it| it.asked >= questions)?;
        let _ = operator.send(Input::Line((*answer).into()));
    }
    count.wait(stage, |it| it.back == 2)?;
    let _ = keyboard.send(Input::Line("exit".into()));
    joined(talking)??;
    joined(serving)??;
    let waited = notes(stage) - before;
    let words = format!("lines that had to wait for their turn: {waited}");
    stage.fact(kept, waited, words);
    let speakers = spoken(stage).split_off(spoken_before);
    let words = format!("who spoke: {}", speakers.join(", "));
    stage.fact(order, speakers, words);
    Ok(waited)
}

/// Waits until the client knows what the server is, for the first line waits for that.
fn known(stage: &Stage) -> Result<(), Failure> {
    stage.wait(|end, event| {
        (end == Some("client") && matches!(event.kind, Kind::Recognised(_))).then_some(())
    })
}

/// What has happened in a chat.
#[derive(Default)]
struct Count {
    /// Lines of the client that wait for their turn.
    kept: usize,
    /// Lines that the server has heard.
    asked: usize,
    /// Lines that the client has heard.
    back: usize,
}

impl Count {
    /// Waits until it is enough. Threads tell in any order, so all is counted on the way.
    fn wait(&mut self, stage: &Stage, enough: impl Fn(&Self) -> bool) -> Result<(), Failure> {
        while !enough(self) {
            stage.wait(|end, event| {
                self.kept += usize::from(is_kept(end, &event.kind));
                if let Kind::Message(said) = &event.kind
                    && said.direction == Direction::Received
                    && !said.announcement
                {
                    self.asked += usize::from(end == Some("server"));
                    self.back += usize::from(end == Some("client"));
                }
                Some(())
            })?;
        }
        Ok(())
    }
}

fn is_kept(end: Option<&str>, kind: &Kind) -> bool {
    end == Some("client") && matches!(kind, Kind::Note(Note::KeptForTurn))
}

/// How many lines were kept for their turn so far.
fn notes(stage: &Stage) -> usize {
    let mut kept = 0;
    stage.look_back(|end, event| kept += usize::from(is_kept(end, &event.kind)));
    kept
}

/// Who has spoken so far, in order.
fn spoken(stage: &Stage) -> Vec<String> {
    let mut speakers = Vec::new();
    stage.look_back(|end, event| {
        if let Kind::Message(said) = &event.kind
            && said.direction == Direction::Sent
        {
            speakers.extend(end.map(str::to_owned));
        }
    });
    speakers
}
