//! netlab's remarks about datagrams, in words.

use super::report;
use crate::event::{Loop, Remark, State};
use crate::render::explain::duration;
use crate::render::setup::seconds;
use crate::render::style::{Ink, Style};

/// Characters of a line that are repeated in a remark about it.
const QUOTED: usize = 40;

/// A remark, in brackets as everything is that nobody said.
///
/// Whoever captures may know more than the socket: that datagrams met a `closed` port.
pub(in crate::render) fn remark(style: &Style, remark: &Remark, closed: bool) -> String {
    match remark {
        Remark::Help { server } => return help(style, *server),
        Remark::Silence { first: true, .. } if closed => {
            let text = format!("[{}. {}]", words(remark), report::CLOSED);
            return style.paint(Ink::Warn, &style.paragraph("", 1, &text));
        }
        Remark::Silence { first: true, connected, .. } => {
            return silence(style, remark, *connected);
        }
        _ => {}
    }
    let ink = match remark {
        Remark::NothingToSay
        | Remark::NotShown { .. }
        | Remark::LineFeeds
        | Remark::NoCommand(_) => Ink::Dim,
        _ => Ink::Warn,
    };
    style.paint(ink, &style.paragraph("", 1, &format!("[{}]", words(remark))))
}

fn words(remark: &Remark) -> String {
    match remark {
        Remark::Help { .. } => String::new(),
        Remark::NothingToSay => "a datagram server has no connections, so there is nobody to say \
                                 it to. /who, /stats, /help, exit"
            .into(),
        Remark::Silence { text, waited, .. } => {
            format!("no reply to {} within {}", quoted(text.as_str()), seconds(*waited))
        }
        Remark::Unreachable { call, first: false, server: false, .. } => {
            format!("{} = {}: \"port unreachable\" again", call.operation, call.outcome)
        }
        Remark::Unreachable { call, peer: Some(peer), server: false, .. } => {
            let told = if call.state == State::Connected {
                "The system can tell because this socket is connected; without --connect there \
                 would be silence"
            } else {
                "This system tells sockets without a peer, too; others would be silent"
            };
            format!(
                "{} = {}: ICMP \"port unreachable\" came back from {}. That machine is there, and \
                 nobody has bound port {}/udp. {told}",
                call.operation,
                call.outcome,
                peer.ip(),
                peer.port()
            )
        }
        Remark::Unreachable { call, .. } => format!(
            "{} = {}: an answer sent earlier met a closed port. UDP has no connection to break, so \
             the server goes on",
            call.operation, call.outcome
        ),
        Remark::Cut { peer, length, taken } => format!(
            "the datagram of {peer} had {length} bytes and the buffer takes {taken}: {} are lost \
             for ever. TCP would have kept them for the next recv",
            length.saturating_sub(*taken)
        ),
        Remark::Fragments { size, mtu, count } => format!(
            "{size} bytes do not fit into one packet on this way (MTU {mtu}): IP cuts each datagram \
             into {count} fragments. If one is lost, the whole datagram is"
        ),
        Remark::TooLargeForWay { size, mtu } => {
            let mtu = mtu.map_or(String::new(), |mtu| format!(" (MTU {mtu}, headers included)"));
            format!(
                "EMSGSIZE: {size} bytes do not fit into one packet on this way{mtu}, and it may \
                 not be cut into fragments: nothing was sent"
            )
        }
        Remark::TooLong { length, limit } => format!(
            "{length} bytes are too long for a datagram, which holds at most {limit}: nothing was \
             sent. UDP cuts nothing into pieces; TCP would"
        ),
        Remark::Guarded { peer, why: Loop::ServicePort(port) } => format!(
            "{peer} is not answered: a service on port {port} answers whatever it gets, and the \
             two of us would never stop"
        ),
        Remark::Guarded { peer, why: Loop::Copies(count) } => format!(
            "{peer} has sent {count} copies of what it was sent before. If it is an echo too, this \
             would never end: one answer is left out"
        ),
        Remark::CallFailed { call, server: true } => format!(
            "{} = {}. The server goes on; /stats counts the others like it",
            call.operation, call.outcome
        ),
        Remark::CallFailed { call, server: false } => {
            format!("{} = {}. The next one may succeed", call.operation, call.outcome)
        }
        Remark::NotShown { datagrams, peers, within } => {
            let peers = match peers {
                0 => String::new(),
                1 => ", of 1 new peer".to_owned(),
                n => format!(", of {n} new peers"),
            };
            format!("{datagrams} more within {}{peers}: not shown one by one", duration(*within))
        }
        Remark::Forgotten { peers, limit } => format!(
            "{limit} peers is the most that is remembered: {peers} that were silent for longest \
             are forgotten. They are answered all the same"
        ),
        Remark::OtherAddress { asked, from } => format!(
            "{asked} was asked and {from} answers: the same port, another address. A machine with \
             several addresses may answer from any of them; nothing proves that it is the same one, \
             so it is not believed. Ask {} instead",
            from.ip()
        ),
        Remark::NoCommand(text) => format!(
            "{} is no command (/help lists them): it was sent as a datagram like any line",
            quoted(text.as_str())
        ),
        Remark::LineFeeds => "its datagrams end with a line feed, as nc and ncat send lines: from \
                              now on yours do too"
            .into(),
        Remark::TwoFamilies { host, taken, other } => format!(
            "{host} has two addresses, {taken} and {other}, and with UDP nobody tells which of them \
             listens: {taken} is taken. -6 takes the other"
        ),
    }
}

/// The lesson of silence, once.
fn silence(style: &Style, remark: &Remark, connected: bool) -> String {
    let first =
        style.paragraph("", 1, &format!("[{}. With UDP silence has four causes,", words(remark)));
    let refused = if connected {
        "nobody has bound that port (the server has ended, or has another), and a firewall \
         swallowed the ICMP message that says so"
    } else {
        "nobody has bound that port (the server has ended, or has another): a socket without a \
         peer is not told. --connect gives it one"
    };
    let causes = [
        "your datagram was lost on the way, or the server dropped it",
        "the reply was lost on the way back",
        refused,
        "a wrong address, or a firewall on the other machine",
    ];
    let mut lines = vec![first];
    for (number, cause) in causes.iter().enumerate() {
        lines.push(style.paragraph(&format!("   {}. ", number + 1), 6, cause));
    }
    lines.push(" and the sender cannot know which.]".to_owned());
    style.paint(Ink::Warn, &lines.join("\n"))
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "the empty datagram".to_owned();
    }
    let mut short: String = text.chars().take(QUOTED).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    format!("\"{short}\"")
}

fn help(style: &Style, server: bool) -> String {
    let rows: &[(&str, &str)] = if server {
        &[
            ("/who", "endpoint table: the socket, and the peers it has heard"),
            ("/stats", "what came, what was answered, what was not"),
            ("/help", "this list"),
            ("exit, bye", "end the server; Ctrl-D and Ctrl-C too"),
        ]
    } else {
        &[
            ("a line", "is sent as one datagram; an empty line as a datagram of 0 bytes"),
            ("/who", "endpoint table of this socket"),
            ("/stats", "what was sent and what came back"),
            ("/help", "this list"),
            ("exit, bye", "leave; Ctrl-D and Ctrl-C too"),
        ]
    };
    let lines = rows.iter().map(|(what, does)| {
        format!("  {}  {does}", style.paint(Ink::Value, &format!("{what:<9}")))
    });
    lines.collect::<Vec<_>>().join("\n")
}
