//! `close`: how a connection ends, in order and not.
//!
//! ```text
//!   client                      server
//!   shutdown  ── FIN ────────▶  recv = 0        FIN-WAIT-2 · CLOSE-WAIT
//!   recv      ◀──────── data ── send            half-closed: one direction lives on
//!   recv = 0  ◀──────── FIN ──  close           TIME-WAIT  · gone
//! ```
//!
//! And a close with unread bytes: RST, and ECONNRESET at the other side.

use std::net::SocketAddr;

use super::ends::{self, in_words, must};
use super::kernel;
use super::list::Scene;
use super::stage::{Curtain, Stage};
use crate::error::Failure;
use crate::event::{Journal, Operation, OsError};
use crate::socket::{Listener, Stream};

pub(super) const SCENE: Scene = Scene {
    name: "close",
    line: "FIN both ways, half-close, who gets TIME-WAIT, and what makes an RST",
    title: "How a connection ends",
    about: "A connection is two streams, one each way, and each is ended for itself. Then one that is \
            not ended but broken off. The states are the kernel's own.",
    play,
};

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    let in_order = half_close(stage, &server, &client)?;
    let reset = reset(stage, &server, &client)?;
    Ok(Curtain {
        saw: [
            format!(
                "FIN ends one direction: after the client's, the server still sent {in_order} bytes. Who ended \
                 first, here the client, keeps the pair of endpoints in TIME-WAIT.",
            ),
            format!(
                "close with bytes unread breaks off instead: RST, {reset} at the other side, and nobody \
                 keeps anything."
            ),
        ],
        card: "half-close",
        next: vec![
            "netlab demo time-wait                 (what it does to the next server)".into(),
            "netlab endpoints --state TIME-WAIT    (whose are here now?)".into(),
            "sudo netlab demo close --packets      (every FIN, ACK and RST)".into(),
        ],
    })
}

/// A connection, with the endpoints of both sides.
struct Pair {
    listener: Listener,
    client: Stream,
    server: Stream,
    client_address: SocketAddr,
    server_address: SocketAddr,
}

fn connection(server: &Journal, client: &Journal) -> Result<Pair, Failure> {
    let (listener, server_address) = ends::listener(server, 4)?;
    let (client, client_address) = ends::connected(client, server_address)?;
    let server = must(Operation::Accept, listener.accept())?;
    Ok(Pair { listener, client, server, client_address, server_address })
}

/// One side ends its half, then the other. How many bytes came in between.
fn half_close(stage: &Stage, server: &Journal, client: &Journal) -> Result<usize, Failure> {
    stage.step("A connection");
    let pair = connection(server, client)?;
    let (own, other) = (pair.client_address, pair.server_address);
    must(Operation::Send(9), pair.client.send(b"Question?"))?;
    ends::recv_all(&pair.server, 9)?;
    kernel::tell_states(stage, ["open_client", "open_server"], own, other);

    stage.step("The client ends its half: shutdown(SHUT_WR) sends FIN");
    must(Operation::Shutdown("SHUT_WR"), pair.client.shutdown_write())?;
    let end = ends::recv_all(&pair.server, 1)?;
    let words = "recv gave the server 0: not an empty message, the end of the client's stream";
    stage.fact("server_recv_after_fin", end.len(), words);
    must(Operation::Send(7), pair.server.send(b"Answer!"))?;
    let answer = ends::recv_all(&pair.client, 7)?;
    let words = format!(
        "the other direction lives on: the client received {} bytes after its own FIN",
        answer.len()
    );
    stage.fact("bytes_after_own_fin", answer.len(), words);
    kernel::tell_states(stage, ["half_closed_client", "half_closed_server"], own, other);

    stage.step("The server ends its half too: close sends the second FIN");
    drop(pair.server);
    ends::recv_all(&pair.client, 1)?;
    kernel::tell_states(stage, ["closed_client", "closed_server"], own, other);
    drop(pair.client);
    if let Some(kept) = kernel::between(own, other) {
        let words = format!(
            "the client has closed its socket, and the kernel keeps {own} {} for a while: {}",
            kept.state,
            if kept.key == 0 { "no program owns it" } else { "it has an owner" }
        );
        stage.fact("kept_without_program", kept.key == 0, words);
    }
    drop(pair.listener);
    Ok(answer.len())
}

/// The server closes with bytes unread. The error at the client, by its name.
fn reset(stage: &Stage, server: &Journal, client: &Journal) -> Result<String, Failure> {
    stage.step("Another connection: the client sends, and the server does not read");
    let pair = connection(server, client)?;
    let (own, other) = (pair.client_address, pair.server_address);
    must(Operation::Send(9), pair.client.send(b"Question?"))?;
    let waiting = kernel::between(other, own).and_then(|socket| socket.queues);
    if let Some(queues) = waiting {
        let words = format!("{} bytes wait in the server's socket, unread", queues.receive);
        stage.fact("unread_bytes", i64::from(queues.receive), words);
    }

    stage.step("The server closes all the same: RST instead of FIN");
    pair.server.close_unread();
    let mut room = [0; 64];
    let name = match pair.client.recv(&mut room) {
        Ok(bytes) => {
            stage.fact("recv_after_reset", bytes, format!("recv gave {bytes}: no reset here"));
            "no error".to_owned()
        }
        Err(error) => {
            let os = OsError::from(&error);
            let words = format!("recv failed at the client: {}", in_words(os));
            stage.fact("recv_after_reset", os.name(), words);
            os.name()
        }
    };
    kernel::tell_states(stage, ["reset_client", "reset_server"], own, other);
    drop(pair.client);
    drop(pair.listener);
    Ok(name)
}
