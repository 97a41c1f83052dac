//! The page of a program that was watched: the time line, its endpoints, how it ended.

use std::collections::BTreeSet;

use serde_json::json;

use super::json;
use super::setup::heading;
use super::style::{Ink, Style};
use super::table;
use super::timeline as lanes;
use crate::event::{Event, Kind, SafeText, TraceEvent};
use crate::timeline::{Options, Picture, Record};

/// An event, and the program that it happened to.
pub type Told = (Option<String>, Event);

/// What a page shows beside the events.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How the picture is made.
    pub options: Options,
    /// Why each call is made, and what made each packet go.
    pub explain: bool,
}

/// The picture of these events.
#[must_use]
pub fn picture(events: &[Told], options: &Options) -> Picture {
    let header = json!({
        "event": "header", "format": json::FORMAT, "netlab": "", "run": "", "host": "", "os": "",
        "command": ["trace"], "started_unix_ns": 0,
    });
    let values = events.iter().map(|(end, event)| json::value_of(end.as_deref(), event, true));
    match Record::of(std::iter::once(header).chain(values)) {
        Ok(record) => Picture::of(&[record], options),
        Err(_) => Picture::default(),
    }
}

/// The lines of the page.
#[must_use]
pub fn page(style: &Style, events: &[Told], shape: &Shape) -> Vec<String> {
    let picture = picture(events, &shape.options);
    let mut out = lanes::page(style, &picture, shape.explain);
    let many = picture.lanes.len() > 1;
    for (end, event) in events {
        let Kind::Endpoints(rows) = &event.kind else { continue };
        let title = match end {
            Some(end) if many => format!("Endpoints of {end}"),
            _ => "Endpoints".to_owned(),
        };
        out.extend(heading(style, &title).lines().map(str::to_owned));
        out.extend(table::endpoints(style, rows).lines().map(str::to_owned));
    }
    if shape.explain {
        out.extend(heading(style, "Why each call").lines().map(str::to_owned));
        out.extend(whys(style, events));
    }
    out.extend(ends(style, events));
    out
}

/// How each program ended.
fn ends(style: &Style, events: &[Told]) -> Vec<String> {
    let mut out = heading(style, "How it ended").lines().map(str::to_owned).collect::<Vec<_>>();
    let command = |end: &Option<String>| {
        let words = events.iter().find_map(|(whose, event)| match &event.kind {
            Kind::Trace(TraceEvent::Started(start)) if whose == end => Some(start),
            _ => None,
        })?;
        let text: Vec<&str> = words.command.iter().map(SafeText::as_str).collect();
        let user = words.user.as_ref().map(|user| format!(", with the rights of {user}"));
        Some(format!("{}{}", text.join(" "), user.unwrap_or_default()))
    };
    for (end, event) in events {
        let Kind::Trace(TraceEvent::Ended(ended)) = &event.kind else { continue };
        let how = match (&ended.signal, ended.code) {
            (Some(signal), _) => format!("ended by {signal}"),
            (None, Some(0)) => "exit code 0: success".to_owned(),
            (None, Some(code)) => format!("exit code {code}"),
            (None, None) => "how is not known".to_owned(),
        };
        let name = end.as_deref().unwrap_or("program");
        let text = format!("{} ({}): {how}", style.plain(name), command(end).unwrap_or_default());
        out.extend(style.paragraph("  ", 4, &style.plain(&text)).lines().map(str::to_owned));
    }
    let watched = "strace stops a program twice for each call: times are longer than without it.";
    out.push(style.paint(Ink::Dim, &style.paragraph("  ", 2, watched)));
    out
}

/// What the calls that were made are for, each once.
fn whys(style: &Style, events: &[Told]) -> Vec<String> {
    let mut made = BTreeSet::new();
    for (_, event) in events {
        if let Kind::Trace(TraceEvent::Call(call)) = &event.kind {
            made.insert((call.name, call.system_call.as_str()));
        }
    }
    let order = |name: &str| WHYS.iter().position(|(known, _)| *known == name);
    let mut made: Vec<_> = made.into_iter().collect();
    made.sort_by_key(|(name, _)| order(name).unwrap_or(WHYS.len()));
    let line = |(name, system): &(&str, &str)| {
        let why = WHYS.iter().find(|(known, _)| known == name).map_or("", |(_, why)| why);
        let system =
            if name == system { String::new() } else { format!(" (the system call is {system})") };
        style.paragraph(&format!("  {name:<12} "), 15, &format!("{why}{system}"))
    };
    made.iter().flat_map(|it| line(it).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// What each call is for.
const WHYS: [(&str, &str); 27] = [
    ("socket", "a new socket: it has a type and no address yet"),
    ("setsockopt", "an option of the socket is set, before it is needed"),
    ("bind", "the socket takes an address and a port of this machine"),
    ("listen", "from now on the kernel answers SYNs for it and queues connections"),
    ("connect", "TCP: shakes hands with that endpoint; UDP: remembers it, and sends nothing"),
    (
        "accept",
        "takes the first connection from the queue, as a new socket; waits if there is none",
    ),
    ("getsockname", "asks the kernel: which endpoint am I?"),
    ("getpeername", "asks the kernel: which endpoint is the other side?"),
    (
        "getsockopt",
        "asks the kernel for an option; SO_ERROR is how a connect went that did not wait",
    ),
    ("send", "hands bytes to the kernel; it returns when the kernel has them, not the peer"),
    ("sendto", "one datagram, with the endpoint that it goes to"),
    ("sendmsg", "the same from several pieces of memory"),
    ("sendmmsg", "several datagrams with one call"),
    ("write", "on a socket the same as send"),
    ("writev", "the same from several pieces of memory"),
    ("sendfile", "hands a file to the kernel, without reading it first"),
    ("recv", "takes bytes that have arrived; waits if there are none; 0 is the peer's end"),
    ("recvfrom", "takes one datagram, and who sent it"),
    ("recvmsg", "takes bytes into several pieces of memory, and what the kernel says beside them"),
    ("recvmmsg", "takes several datagrams with one call"),
    ("read", "on a socket the same as recv"),
    ("readv", "the same into several pieces of memory"),
    (
        "poll",
        "waits until something can be done with one of these sockets; a timeout in Python does it",
    ),
    ("fcntl", "O_NONBLOCK: calls do not wait any more, they say EAGAIN"),
    ("ioctl", "FIONBIO: the same by another way; Python does it for a timeout"),
    ("shutdown", "ends one direction: SHUT_WR sends FIN, and recv goes on"),
    (
        "close",
        "gives the descriptor back; TCP's end (FIN) goes out if nobody else holds the socket",
    ),
];
