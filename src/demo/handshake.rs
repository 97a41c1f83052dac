//! `handshake`: who shakes hands, and what happens when nobody does.
//!
//! ```text
//!   client              the server's kernel          the server's program
//!   connect  ── SYN ──▶  (listen was called)
//!            ◀─ SYN,ACK ─
//!   returns  ── ACK ──▶  the connection waits
//!                                                    accept takes it, later
//! ```
//!
//! Three tries: somebody listens, nobody listens, and nobody answers at all. The last one without
//! leaving this machine: a listener whose waiting room is full drops every further SYN.

use std::thread;
use std::time::Duration;

use super::ends::{self, in_words, must, nanoseconds, time};
use super::kernel;
use super::list::Scene;
use super::pair;
use super::stage::{Curtain, Stage, too_long};
use crate::error::Failure;
use crate::event::{Operation, State};

pub(super) const SCENE: Scene = Scene {
    name: "handshake",
    line: "who shakes hands: connect returns before accept; a closed port; a silent one",
    title: "The handshake: who answers connect?",
    about: "A client connects three times: to a server that does not call accept yet, to a port on \
            which nobody listens, and to one that does not answer at all.",
    play,
};

/// So long the server is busy with something else before it calls accept.
const BUSY: Duration = Duration::from_millis(300);
/// So long the client waits for an answer.
const LIMIT: Duration = Duration::from_secs(2);

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let accept_after = late(stage)?;
    closed(stage)?;
    let silent = silent(stage)?;
    Ok(Curtain {
        saw: [
            format!(
                "connect had returned {} before accept did: kernels shake hands, accept only takes \
                 what is ready.",
                time(accept_after)
            ),
            format!(
                "A closed port answers, and connect fails at once; silence says nothing, and connect \
                 waits until somebody gives up: here after {}.",
                time(silent)
            ),
        ],
        card: "handshake",
        next: vec![
            "netlab demo backlog                      (how many may wait for accept?)".into(),
            "netlab demo refused                      (refused and silent, side by side)".into(),
            "sudo netlab demo handshake --packets     (and every segment)".into(),
        ],
    })
}

/// A server that is slow to accept. How long after `connect` `accept` returned.
fn late(stage: &mut Stage) -> Result<Duration, Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    stage.step("The server listens, and does not call accept yet");
    let (listener, address) = ends::listener(&server, 4)?;
    stage.step("The client connects all the same, and even sends");
    let (stream, _) = ends::connected(&client, address)?;
    must(Operation::Send(6), stream.send(b"Hello!"))?;
    let (connect, connected) = call(stage, "client", "connect")?;
    stage.fact(
        "connect_ns",
        nanoseconds(connect),
        format!(
            "connect returned after {} (on loopback that is this machine's own work): nobody has \
             called accept",
            time(connect)
        ),
    );
    let queues = kernel::listening(address).and_then(|socket| socket.queues);
    if let Some(waiting) = queues.map(|queues| i64::from(queues.receive)) {
        let words = format!(
            "the kernel's table: {waiting} connection waits in the listening socket, and \
             {address} is {} already",
            State::Established
        );
        stage.fact("waiting_for_accept", waiting, words);
    }
    thread::sleep(BUSY);
    stage.step("The server calls accept at last, and finds everything ready");
    let accepted = must(Operation::Accept, listener.accept())?;
    let data = ends::recv_all(&accepted, 6)?;
    let (took, returned) = call(stage, "server", "accept")?;
    let after = returned.saturating_sub(connected);
    stage.fact(
        "accept_after_connect_ns",
        nanoseconds(after),
        format!("accept returned {} after connect, and took {}", time(after), time(took)),
    );
    stage.fact(
        "bytes_sent_before_accept",
        data.len(),
        format!("{} bytes were there before the server's program knew of a client", data.len()),
    );
    drop(stream);
    // Reading to the end: the state that is shown is then the kernel's, too.
    ends::recv_all(&accepted, 1)?;
    drop((accepted, listener));
    Ok(after)
}

/// A port without a listener: the kernel answers with RST.
fn closed(stage: &mut Stage) -> Result<(), Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    stage.step("A port on which nobody listens any more");
    let (listener, address) = ends::listener(&server, 4)?;
    drop(listener);
    let result = ends::connected(&client, address);
    let (took, _) = call(stage, "client", "connect")?;
    match result {
        Ok(_stream) => stage.fact("closed_port", "connected", "somebody else took that port"),
        Err(error) => {
            let os = error.os();
            stage.fact("closed_port", os.name(), format!("connect failed: {}", in_words(os)));
            let words = format!("the answer (RST) came after {}: there is a machine", time(took));
            stage.fact("refused_ns", nanoseconds(took), words);
        }
    }
    Ok(())
}

/// A listener whose waiting room is full: no answer. How long the client waited.
fn silent(stage: &mut Stage) -> Result<Duration, Failure> {
    stage.step("A server that does not answer: its waiting room is full, the next SYN is dropped");
    let silent = pair::silent(stage, LIMIT)?;
    let (took, _) = call(stage, "client", "connect")?;
    match silent.error {
        None => stage.fact("silent_port", "connected", "this system let it in after all"),
        Some(error) => {
            let os = error.os();
            stage.fact("silent_port", os.name(), format!("connect failed: {}", in_words(os)));
            let words = format!(
                "nothing came for {}: netlab had asked to give up after {} s; a system by itself \
                 tries for one or two minutes",
                time(took),
                LIMIT.as_secs()
            );
            stage.fact("silence_ns", nanoseconds(took), words);
        }
    }
    Ok(took)
}

/// How long the latest call of that name took, and when it returned.
fn call(stage: &Stage, end: &str, name: &str) -> Result<(Duration, Duration), Failure> {
    let (call, at) = stage.last_call(end, name).ok_or_else(too_long)?;
    Ok((call.took, at))
}
