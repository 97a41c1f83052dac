//! The thread that takes what is typed and sends it.

use std::cell::Cell;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::Happening;
use super::talk::Talk;
use crate::event::{
    Departure, Direction, Endpoint, Frame, Journal, Kind, Message, Note, OsError, SafeText,
    SocketId, State,
};
use crate::input::{Command, Input};
use crate::socket::Stream;
use crate::stream::framing::{Dialect, MAX_FRAME, MAX_LINE};

/// How often kept lines are looked at while nothing is typed.
const LOOK: Duration = Duration::from_millis(20);

pub(super) struct Sending {
    /// The main thread owns the socket and closes it when the talk is over; this thread may be
    /// waiting for the keyboard then, and for ever.
    pub stream: Weak<Stream>,
    pub socket: SocketId,
    pub talk: Arc<Talk>,
    pub journal: Journal,
    pub endpoint: Endpoint,
    pub name: String,
    pub linger: Duration,
    /// What the last `send` was offered, in bytes.
    pub offered: Cell<usize>,
    pub tell: SyncSender<Happening>,
}

/// True for a line that takes leave.
pub(super) fn is_leave(input: &Input) -> bool {
    matches!(input, Input::Line(line) if Command::read(line) == Some(Command::Leave))
}

/// Whether to go on.
enum Next {
    Go,
    Stop,
}

impl Sending {
    /// Sends until the input ends or this side leaves.
    pub(super) fn run(self, input: &Receiver<Input>) {
        if let Err(error) = self.send(&self.talk.name(&self.name)) {
            return self.failed(&error, self.name.len() + 1);
        }
        let mut first = true;
        loop {
            let next = match self.next(input) {
                Some((input, kept)) => {
                    let may_speak =
                        if kept { self.talk.is_my_turn() } else { self.talk.may_speak() };
                    self.take(input, may_speak, &mut first)
                }
                None => return,
            };
            match next {
                Ok(Next::Go) => {}
                Ok(Next::Stop) => return,
                Err(error) => return self.failed(&error, self.offered.get()),
            }
        }
    }

    /// What was kept, when its turn has come, else what is typed; and which of the two it is. None
    /// when nobody will type.
    fn next(&self, input: &Receiver<Input>) -> Option<(Input, bool)> {
        loop {
            if let Some(kept) = self.talk.take_kept() {
                return Some((kept, true));
            }
            if !self.talk.keeps_turns() {
                return input.recv().ok().map(|input| (input, false));
            }
            match input.recv_timeout(LOOK) {
                Ok(input) => return Some((input, false)),
                Err(RecvTimeoutError::Timeout) => {}
                // Whoever typed has gone, but what was kept is still to be said.
                Err(RecvTimeoutError::Disconnected) => self.talk.wait_for_turn()?,
            }
        }
    }

    fn take(&self, input: Input, may_speak: bool, first: &mut bool) -> io::Result<Next> {
        match input {
            Input::Leave | Input::Interrupt => return Ok(self.leave()),
            Input::Status => {}
            Input::End if !may_speak => self.talk.keep(Input::End),
            Input::End if self.linger.is_zero() => return Ok(self.leave()),
            Input::End => {
                self.talk.wait_for_first_line();
                // A netlab would take the end of this half for the end of the listening too, some
                // time: it is told when this side really leaves. Others wait for the end.
                if !self.talk.knows_leaving() {
                    // A server that has gone already shows in what is received.
                    let _ = self.stream()?.shutdown_write();
                }
                let _ = self.tell.send(Happening::InputEnded);
                return Ok(Next::Stop);
            }
            Input::Line(line) => match Command::read(&line) {
                Some(Command::Who) => self.journal.emit(Kind::Endpoints(vec![self.own_row()])),
                Some(Command::Help) => {
                    let turns = self.talk.keeps_turns();
                    self.journal.emit(Kind::Note(Note::Help { server: false, turns }));
                }
                Some(Command::TakeTurn) => self.take_turn(),
                Some(Command::Leave) if may_speak || self.talk.is_leaving() => {
                    return Ok(self.leave());
                }
                Some(Command::Leave) => self.keep(line),
                Some(Command::Stats) | None if !may_speak => self.keep(line),
                Some(Command::Stats) | None => {
                    if std::mem::take(first) {
                        self.talk.wait_for_first_line();
                    }
                    self.say(&line)?;
                }
            },
        }
        self.journal.flush();
        Ok(Next::Go)
    }

    fn keep(&self, line: String) {
        let leaves = Command::read(&line) == Some(Command::Leave);
        let note = if leaves { Note::LeaveKept } else { Note::KeptForTurn };
        self.journal.emit(Kind::Note(note));
        self.journal.flush();
        self.talk.keep(Input::Line(line));
    }

    fn take_turn(&self) {
        if self.talk.heard(Instant::now()) {
            self.journal.emit(Kind::Turn { mine: true });
        }
    }

    fn own_row(&self) -> Endpoint {
        let state = self.stream().map_or(State::Closed, |stream| stream.state());
        Endpoint { state, ..self.endpoint.clone() }
    }

    fn say(&self, line: &str) -> io::Result<()> {
        if line.is_empty() && self.talk.keeps_turns() {
            self.journal.emit(Kind::Note(Note::EmptyTurn));
            return Ok(());
        }
        if line.is_empty() && self.talk.dialect() == Dialect::Bare {
            self.journal.emit(Kind::Note(Note::NothingToSend));
            return Ok(());
        }
        self.journal.emit(Kind::Message(Message {
            socket: Some(self.socket),
            direction: Direction::Sent,
            from: SafeText::new(self.name.as_bytes()),
            text: SafeText::new(line.as_bytes()),
            bytes: line.len(),
            announcement: false,
        }));
        // The turn passes on before the line does: the answer may be here before `send` has returned.
        if self.talk.spoke(Instant::now()) {
            self.journal.emit(Kind::Turn { mine: false });
        }
        let limit = if self.talk.dialect() == Dialect::Length { MAX_FRAME } else { usize::MAX };
        for piece in pieces(line, limit) {
            let bytes = self.talk.text(piece.as_bytes());
            if self.talk.dialect() == Dialect::Length
                && let [kind, high, mid, low, ..] = bytes[..]
            {
                self.journal.emit_call_detail(|| {
                    let header = [kind, high, mid, low];
                    Kind::Frame(Frame::new(self.socket, Direction::Sent, header))
                });
            }
            self.send(&bytes)?;
        }
        if line.len() > MAX_LINE && limit == usize::MAX {
            let from = SafeText::new(self.name.as_bytes());
            self.journal.emit(Kind::Note(Note::LongLine { from, limit: MAX_LINE }));
        }
        Ok(())
    }

    fn leave(&self) -> Next {
        // A server that can be told that this is no half-close has shown by then that it can.
        self.talk.wait_for_first_line();
        self.talk.go();
        let bytes = self.talk.leave();
        // The server may have gone meanwhile; leaving works all the same.
        let _ = self.send(&bytes).and_then(|()| self.stream()?.shutdown_write());
        let _ = self.tell.send(Happening::Leaving(Departure::Left));
        Next::Stop
    }

    /// The socket, while the talk lasts.
    fn stream(&self) -> io::Result<Arc<Stream>> {
        self.stream.upgrade().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Sends all bytes: `send` may take fewer than it was offered.
    fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream()?;
        self.talk.sends(true);
        while !bytes.is_empty() {
            self.offered.set(bytes.len());
            match stream.send(bytes) {
                Ok(taken) => bytes = &bytes[taken..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.talk.sends(false);
        Ok(())
    }

    fn failed(&self, error: &io::Error, bytes: usize) {
        let _ = self.tell.send(Happening::SendFailed(OsError::from(error), bytes));
    }
}

/// The last place at or before `limit` that is not inside a character.
fn boundary(text: &str, limit: usize) -> usize {
    (0..=limit).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// A line in pieces of at most `limit` bytes, cut between characters.
fn pieces(line: &str, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while rest.len() > limit {
        let (piece, after) = rest.split_at(boundary(rest, limit));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
