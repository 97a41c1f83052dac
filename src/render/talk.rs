//! The talk in words: who came, what was said, who left.

use super::explain::duration;
use super::style::{Ink, Style};
use crate::event::{Departure, Member, Message, OsError};

pub(super) fn joined(style: &Style, member: &Member) -> String {
    let (name, port) = (member.name.as_str(), member.peer.port());
    let ip = member.peer.ip().to_canonical();
    format!(
        "{} connected with IP address {ip} from port {port}\n{}",
        style.paint(Ink::Name, name),
        style.paint(Ink::Good, &format!("[{name} has joined the chat]")),
    )
}

pub(super) fn left(style: &Style, member: &Member, how: &Departure) -> String {
    let name = &member.name;
    let text = match how {
        Departure::Failed(error) => format!("[{name} has disconnected: {}]", broken(*error)),
        Departure::TookNothing(time) => format!(
            "[{name} was dropped: it read too little for {} while others waited for it]",
            duration(*time)
        ),
        Departure::SaidNothing(time) => {
            format!("[{name} was dropped: it said nothing for {}]", duration(*time))
        }
        Departure::Malformed(fault) => {
            format!("[{name} was dropped: {fault}. Has it the same --framing?]")
        }
        _ => format!("[{name} has disconnected]"),
    };
    style.paint(Ink::Warn, &text)
}

pub(super) fn half_closed(style: &Style, member: &Member) -> String {
    let text = format!("[{} has ended its half (FIN) and still listens]", member.name);
    style.paint(Ink::Warn, &text)
}

pub(super) fn stalled(style: &Style, member: &Member) -> String {
    let text = format!("[{} is not reading: who speaks has to wait for it]", member.name);
    style.paint(Ink::Warn, &text)
}

pub(super) fn message(style: &Style, message: &Message) -> String {
    if message.announcement {
        return style.paint(Ink::Dim, message.text.as_str());
    }
    let name = style.paint(Ink::Name, message.from.as_str());
    format!("{name}: {}", message.text)
}

pub(super) fn turn(style: &Style, mine: bool) -> String {
    let text = if mine { "[your turn: send]" } else { "[their turn: waiting in recv]" };
    style.paint(Ink::Dim, text)
}

fn broken(error: OsError) -> String {
    match error.name().as_str() {
        "ECONNRESET" => "the connection was reset (ECONNRESET)".into(),
        "EPIPE" => "it has closed, nobody is there to read (EPIPE)".into(),
        "ETIMEDOUT" => "it does not answer any more (ETIMEDOUT)".into(),
        name => format!("the connection broke ({name})"),
    }
}

/// The last lines of a client.
pub(super) fn client_end(style: &Style, how: &Departure) -> String {
    let why = match how {
        Departure::PeerClosed => "The server has closed the connection.\n",
        _ => "",
    };
    style.paint(Ink::Heading, &format!("\n{why}Disconnected from server."))
}

/// The last line of a server.
pub(super) fn server_end(style: &Style, how: &Departure) -> String {
    let text = match how {
        Departure::Served => "The client has left: the server ends (--once).",
        Departure::Interrupted => "Interrupted: the room is closed.",
        _ => "The room is closed.",
    };
    style.paint(Ink::Heading, &format!("\n{text}"))
}
