//! netlab's remarks in words.

use super::explain::duration;
use super::style::{Ink, Style};
use crate::event::{Note, Outcome};

/// A remark, in brackets as everything is that nobody said.
pub(super) fn note(style: &Style, note: &Note) -> String {
    if let Note::Help { server, turns } = note {
        return help(style, *server, *turns);
    }
    let ink = match note {
        Note::OutOfDescriptors(_) | Note::TryingNext { .. } => Ink::Warn,
        _ => Ink::Dim,
    };
    style.paint(ink, &style.paragraph("", 1, &format!("[{}]", words(note))))
}

fn words(note: &Note) -> String {
    match note {
        Note::Help { .. } => String::new(),
        Note::NothingToSend => "an empty line is 0 bytes to this server, and send puts nothing on \
                                the wire for 0 bytes: nothing was sent"
            .into(),
        Note::EmptyTurn => "an empty line would give your turn away without a word: nothing was \
                            sent, it is still your turn"
            .into(),
        Note::KeptForTurn => "not your turn: what you typed is kept and goes out when it is. \
                              /turn takes the turn"
            .into(),
        Note::LeaveKept => "not your turn: an answer is still to come. You leave after it; exit \
                            once more leaves at once"
            .into(),
        Note::WaitingLong(time) => format!(
            "waiting in recv for {}. If the other screen says the same, both sides wait for each \
             other: a deadlock. /turn takes the turn",
            duration(*time)
        ),
        Note::NameTaken { asked, given } => {
            format!("the name {asked} is taken: this one is called {given}")
        }
        Note::Renamed { old, new } => format!("{old} is called {new} from now on"),
        Note::TakenForName(name) => format!(
            "its first bytes, {name}, came at once and without a line feed: taken for its name, \
             as the session-layer handout's client sends it. If they were a message, answer it"
        ),
        Note::LongLine { from, limit } => {
            format!("a line of {from} is longer than {limit} bytes and is passed on in pieces")
        }
        Note::InputEnded(linger) => format!(
            "the input has ended: this side says no more and leaves when nothing has come for {}",
            duration(*linger)
        ),
        Note::OutOfDescriptors(call) => format!(
            "{} = {}: no file descriptors left. New clients wait in the backlog until somebody \
             leaves; ulimit -n shows the limit",
            call.operation, call.outcome
        ),
        Note::TryingNext { failed, next } => {
            let how = match &failed.outcome {
                Outcome::Failed(error) => error.name(),
                other => other.to_string(),
            };
            format!("{} failed: {how}. The name has another address: {next}", failed.operation)
        }
        Note::TurnedAway { peer, limit } => {
            format!("{peer} was turned away: {limit} of {limit} places are taken")
        }
    }
}

fn help(style: &Style, server: bool, turns: bool) -> String {
    let mut rows = vec![("a line", "is said to everybody else in the room")];
    rows.push(if server {
        ("/who", "endpoint table of the room: who is here, by which sockets")
    } else {
        ("/who", "endpoint table of this connection")
    });
    if turns {
        rows.push(("/turn", "take the turn although nobody gave it to you"));
    }
    rows.push(("/help", "this list"));
    rows.push(if server {
        ("exit, bye", "close the room and end; Ctrl-D and Ctrl-C too")
    } else {
        ("exit, bye", "leave; Ctrl-D and Ctrl-C too")
    });
    let lines = rows.iter().map(|(what, does)| {
        format!("  {}  {does}", style.paint(Ink::Value, &format!("{what:<9}")))
    });
    lines.collect::<Vec<_>>().join("\n")
}
