//! `calls`: the order of the calls, and what each wrong order gets for an answer.
//!
//! ```text
//!   server                         client
//!   socket bind listen             socket
//!   accept ◀────────────────────── connect
//!   recv   ◀────────────────────── send
//!   send   ──────────────────────▶ recv
//!   recv = 0 ◀──────────────────── close
//!   close
//! ```
//!
//! Every wrong order is really made. What this language cannot do is left out: a socket that is
//! closed has no name any more, so nobody can use it after that.

use std::io;

use super::ends::{self, ANY, must};
use super::list::Scene;
use super::stage::{Curtain, Stage};
use crate::error::{CallError, Failure};
use crate::event::{Journal, Operation, OsError, errno};
use crate::socket::{Socket, Stream};

pub(super) const SCENE: Scene = Scene {
    name: "calls",
    line: "the order bind, listen, accept, connect, send, recv, close; each wrong order's real error",
    title: "The calls, in order and out of order",
    about: "First a server and a client as they should be. Then every wrong order is tried, and the \
            kernel's own answer is shown.",
    play,
};

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    in_order(stage, &server, &client)?;
    let mut tried = Tried { stage, rows: Vec::new(), errors: 0 };
    tried.fresh(&client)?;
    tried.server(&server)?;
    tried.connected(&server, &client)?;
    let Tried { rows, errors, .. } = tried;
    stage.step("All wrong orders, and what this system says");
    let count = rows.len();
    let head = ["Done", "Answer here", "Linux", "macOS", "Windows"];
    stage.table(
        "Out of order: what this system answers, and the numbers of that name",
        &head,
        rows,
    );
    let words = format!("{count} wrong orders: {errors} errors on this system");
    stage.fact("wrong_orders", count, words);
    let words = "the numbers belong to the name that came here: each system has its own number for \
                 it, and may answer with another name";
    stage.fact("numbers_are_of", "the name", words);
    Ok(Curtain {
        saw: [
            "A server is socket, bind, listen, accept, recv and send, close; a client is socket, \
             connect, send and recv, close."
                .into(),
            format!(
                "Here {errors} of {count} wrong orders were refused, each by an error that names the \
                 state the socket is in and seldom the call that is missing."
            ),
        ],
        card: "wrong-order",
        next: vec![
            "netlab demo calls --explain     (why each call is made)".into(),
            "netlab explain EINVAL           (an error by its name, or by its number)".into(),
            "netlab demo handshake           (what connect does, and what accept does not)".into(),
        ],
    })
}

/// A whole conversation.
fn in_order(stage: &Stage, server: &Journal, client: &Journal) -> Result<(), Failure> {
    stage.step("In order: the server binds, listens and waits; the client connects");
    let (listener, address) = ends::listener(server, 4)?;
    let waiting = stage.spawn("server", move || {
        let accepted = listener.accept();
        (listener, accepted)
    })?;
    let (stream, _) = ends::connected(client, address)?;
    let (listener, accepted) = super::stage::joined(waiting)?;
    let accepted = must(Operation::Accept, accepted)?;
    stage.step("They talk, and the client closes first");
    must(Operation::Send(6), stream.send(b"Hello!"))?;
    let heard = ends::recv_all(&accepted, 6)?;
    must(Operation::Send(3), accepted.send(b"Hi."))?;
    let answered = ends::recv_all(&stream, 3)?;
    drop(stream);
    let end = ends::recv_all(&accepted, 1)?;
    drop(accepted);
    drop(listener);
    let sizes = [heard.len(), answered.len(), end.len()];
    let sizes = sizes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let words =
        "6 bytes went to the server and 3 came back; then recv gave 0: the client has closed";
    stage.fact("bytes_received", sizes.to_vec(), words);
    Ok(())
}

/// The wrong orders so far.
struct Tried<'a> {
    stage: &'a Stage,
    rows: Vec<Vec<String>>,
    errors: usize,
}

impl Tried<'_> {
    /// Notes what a wrong order got for an answer.
    fn note<T>(&mut self, fact: &'static str, done: &str, because: &str, result: &io::Result<T>) {
        let row = match result {
            Ok(_) => {
                let words = format!("{done}: no error. {because}");
                self.stage.fact(fact, "0", words);
                ["0, no error".to_owned(), "-".to_owned(), "-".to_owned(), "-".to_owned()]
            }
            Err(error) => {
                self.errors += 1;
                let os = OsError::from(error);
                let words = format!("{done}: {}. {because}", ends::in_words(os));
                self.stage.fact(fact, os.name(), words);
                let numbers = errno::find(os).map(|row| {
                    let windows = row.windows.map_or("-".to_owned(), |number| number.to_string());
                    [row.linux.to_string(), row.macos.to_string(), windows]
                });
                let [linux, macos, windows] = numbers.unwrap_or_default();
                [os.name(), linux, macos, windows]
            }
        };
        let mut cells = vec![done.to_owned()];
        cells.extend(row);
        self.rows.push(cells);
    }

    /// On a socket that has neither bound nor connected.
    fn fresh(&mut self, client: &Journal) -> Result<(), Failure> {
        self.stage.step("Out of order: a fresh socket, without a peer");
        let socket = Socket::stream(client, ANY)?;
        let mut room = [0; 16];
        let result = socket.recv(&mut room);
        self.note("recv_before_connect", "recv before connect", "There is no other side.", &result);
        let result = socket.send(b"Hello!");
        let because = "There is no other side; other systems say ENOTCONN.";
        self.note("send_before_connect", "send before connect", because, &result);
        let result = socket.shutdown_write();
        let because = "There is no connection to end.";
        self.note("shutdown_before_connect", "shutdown before connect", because, &result);
        let result = socket.accept();
        let because = "Only a socket that listens has a queue.";
        self.note("accept_without_listen", "accept without listen", because, &result);
        Ok(())
    }

    /// With sockets that bind and listen.
    fn server(&mut self, server: &Journal) -> Result<(), Failure> {
        self.stage.step("Out of order: sockets that bind and listen");
        let socket = Socket::stream(server, ANY)?;
        socket.bind(ANY)?;
        let result = socket.bind(ANY).map_err(io_error);
        self.note("bind_twice", "bind twice", "It has an address already.", &result);
        let listener = socket.listen(4)?;
        let address = listener.local_address()?;
        let result = listener.listen_again(8);
        let because = "The queue has another length from now on.";
        self.note("listen_twice", "listen twice", because, &result);
        let other = Socket::stream(server, ANY)?;
        let result = other.bind(address).map_err(io_error);
        self.note("bind_taken", "bind to a taken port", "One port, one owner.", &result);
        drop(other);
        let mut room = [0; 16];
        let result = listener.recv(&mut room);
        let because = "It never talks; accept makes the socket that does.";
        self.note("recv_on_listening", "recv on a listening socket", because, &result);
        let result = listener.connect(address);
        let because = "It is used up for listening; macOS says EOPNOTSUPP.";
        self.note("connect_on_listening", "connect on a listening socket", because, &result);
        drop(listener);
        let unbound = Socket::stream(server, ANY)?;
        let result = unbound.listen(4).map_err(io_error);
        let because = "The system took any free port, of every address.";
        self.note("listen_without_bind", "listen without bind", because, &result);
        Ok(())
    }

    /// With sockets that are connected.
    fn connected(&mut self, server: &Journal, client: &Journal) -> Result<(), Failure> {
        self.stage.step("Out of order: sockets that are connected");
        let (stream, accepted) = pair(server, client)?;
        let result = stream.connect_again(stream.peer());
        let because = "A socket has one connection in its life.";
        self.note("connect_twice", "connect twice", because, &result);
        let result = stream.accept();
        self.note(
            "accept_on_connected",
            "accept on a connected socket",
            "It does not listen.",
            &result,
        );
        must(Operation::Shutdown("SHUT_WR"), stream.shutdown_write())?;
        let result = stream.send(b"Hello!");
        let because = "This side has said that it says no more.";
        self.note("send_after_shutdown", "send after its own shutdown", because, &result);
        drop(stream);
        self.stage.step("Out of order: sending to somebody who has closed");
        let end = ends::recv_all(&accepted, 1)?;
        let first = must(Operation::Send(6), accepted.send(b"Hello?"))?;
        let words = format!(
            "recv gave {}: the other side has closed. The first send is accepted all the same, {first} \
             bytes: taken is not delivered",
            end.len()
        );
        self.stage.fact("first_send_after_close", first, words);
        let result = accepted.send(b"Hello??");
        let because = "The answer to the first send was RST: nobody is there.";
        self.note("send_after_peer_closed", "send to a closed peer, again", because, &result);
        Ok(())
    }
}

/// Two ends of a connection; the listener is closed.
fn pair(server: &Journal, client: &Journal) -> Result<(Stream, Stream), Failure> {
    let (listener, address) = ends::listener(server, 4)?;
    let (stream, _) = ends::connected(client, address)?;
    let accepted = must(Operation::Accept, listener.accept())?;
    Ok((stream, accepted))
}

fn io_error(failed: CallError) -> io::Error {
    failed.error
}
