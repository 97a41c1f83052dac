//! What a state means, and who has to act; what the columns mean; where it all comes from.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::event::{MachineSocket, SocketTally, Sockets, State, Transport};
use crate::port::Range;
use crate::render::output::Output;
use crate::render::style::{Ink, Markup, Style};

/// What a state means, and who has to act
/// ([RFC 9293 § 3.3.2](https://www.rfc-editor.org/rfc/rfc9293#section-3.3.2)).
#[must_use]
pub const fn state(state: State) -> (&'static str, &'static str) {
    match state {
        State::Closed => (
            "The socket has no connection: not yet, or not any more.",
            "The program here: it may connect, listen or close.",
        ),
        State::Listen => (
            "A server's first socket. It waits for connections and never talks itself, so it has no \
             other side: 0.0.0.0, port 0.",
            "The other side, by connecting. Then the program here, by calling accept.",
        ),
        State::SynSent => (
            "connect was called: SYN is sent, and no answer has come.",
            "The other side, by answering: SYN-ACK, or RST when nobody listens there. If it stays so, \
             packets are dropped on the way or the address is nobody's; the kernel sends SYN again, \
             a few times every second, then after pauses that grow, and gives up after about two \
             minutes (Linux).",
        ),
        State::SynReceived => (
            "SYN has come and SYN-ACK is sent; the last ACK of the handshake is missing.",
            "The other side, by sending that ACK. Many of these at once: it does not, or it cannot \
             hear.",
        ),
        State::Established => (
            "The handshake is done; both sides may send at any time.",
            "Either program. What waits in the receive queue, the program here has not read.",
        ),
        State::FinWait1 => (
            "The program here has closed, or ended its half: FIN is sent and not yet acknowledged.",
            "The other side's system, by acknowledging. Nobody here.",
        ),
        State::FinWait2 => (
            "The program here has ended its half, and the other system knows.",
            "The other side's program, by closing: there the socket is in CLOSE-WAIT. Where the \
             program here has closed entirely, Linux waits 60 s for it and no longer.",
        ),
        State::CloseWait => (
            "The other side has ended its half: recv returns 0 here. The program here has not closed.",
            "The program here, by calling close. If it stays so, the program has forgotten it: such \
             sockets are never cleared away while the program runs.",
        ),
        State::Closing => (
            "Both sides closed at the same time; the ACK of this side's FIN is missing.",
            "The other side's system, by acknowledging. Nobody here.",
        ),
        State::LastAck => (
            "The other side closed first, then the program here; the very last ACK is missing.",
            "The other side's system, by acknowledging. Nobody here.",
        ),
        State::TimeWait => (
            "The connection is over, and this side ended it first, or both did at once. The two \
             endpoints are kept for a while, so that late packets are not taken for those of a new connection.",
            "Nobody: it ends by itself, after 60 s on Linux, and it belongs to no program any more. A \
             server that is started again meanwhile needs SO_REUSEADDR to bind its port.",
        ),
        State::Unconnected => (
            "A socket without a connection and without a fixed other side: it takes from \
             everybody, and each sendto names whom it is for.",
            "Nobody has to. If the receive queue is not empty, the program here has not read it.",
        ),
        State::Connected => (
            "connect has given this socket one other side. Nobody shook hands, and no packet was \
             sent for it: the other side need not even exist.",
            "Either program.",
        ),
    }
}

/// What the columns mean, but for the ranges, whose text has numbers of this machine.
const COLUMNS: [(&str, &str); 5] = [
    (
        "Source and destination",
        "the two endpoints as on a packet that this socket sends: its own address and port, and the \
         other side's. 0.0.0.0 and :: as source: every address of this machine. Raw and ping \
         sockets have no ports: a dash stands there. Beside it a ping socket has the identifier \
         that tells its echoes apart, and a raw socket the name of its protocol.",
    ),
    (
        "Reach",
        "host: only programs on this machine, for the socket's own address is a loopback address, \
         or it is bound to that interface (%lo). network: whoever can send a packet to this \
         machine, if no firewall is in the way.",
    ),
    (
        "Queues",
        "tcp: bytes that have arrived and wait for recv / bytes that the program has sent and the \
         other side has not acknowledged, on their way or still here. Linux counts sequence \
         numbers, and a SYN or a FIN has one too: SYN-SENT shows 0/1, and CLOSE-WAIT 1/0 where no \
         byte waits. LISTEN: connections that wait for accept / how many may (listen's backlog; \
         Linux lets one more in). udp, icmp, raw: memory that waiting datagrams take, which is \
         more than their bytes.",
    ),
    (
        "Program",
        "its name and its process number; several, where they share the socket; a dash where the \
         system does not tell; where nobody holds it any more, as in TIME-WAIT; or where nobody \
         holds it yet: a connection that waits for accept.",
    ),
    (
        "tcp, tcp6, tcp46",
        "IPv4, IPv6, and an IPv6 socket on [::] that takes IPv4 as well; an IPv4 peer of such a \
         socket is shown as [::ffff:10.0.0.1]. (Linux tells this by netlink only.)",
    ),
];

/// What a range is; the ports that the system hands out may lie in another than one would think.
fn ranges(source_ports: Option<(u16, u16)>) -> String {
    let bounds = Range::ALL.map(|range| {
        let (first, last) = range.bounds();
        format!("{range} {first}-{last}")
    });
    let mut text = format!("where the port of that side lies: {}.", bounds.join(", "));
    if let Some((first, last)) = source_ports {
        let _ = write!(text, " This machine hands out {first}-{last} as source ports");
        let (dynamic, _) = Range::Dynamic.bounds();
        text += if first < dynamic {
            ", so those of clients are often registered ones."
        } else {
            ": dynamic ones."
        };
    }
    text
}

/// Where the table comes from.
#[must_use]
pub const fn source() -> &'static str {
    if cfg!(target_os = "linux") {
        "The kernel lists its sockets itself: it is asked by netlink (sock_diag), as ss does, or read in \
         /proc/net where that is refused. Programs are found by the open files of each process in \
         /proc. It is the view of one network namespace, the one that netlab runs in."
    } else {
        "The system lists its sockets itself, and the processes that hold them."
    }
}

/// Whether a listening socket's queue is full: nobody calls `accept`.
fn is_full(socket: &MachineSocket) -> bool {
    // The kernel lets one more wait than listen said.
    let full = socket.queues.is_some_and(|queues| queues.receive > queues.send);
    socket.transport == Transport::Tcp && socket.state == State::Listen && full
}

/// What is to be said of these sockets: a title, then what it means.
fn remarks(tally: &SocketTally, sockets: &Sockets) -> Vec<(&'static str, String)> {
    let mut remarks: Vec<_> = tally
        .states
        .iter()
        .map(|(known, _)| {
            let (meaning, who) = state(*known);
            (known.name(), format!("{meaning} Who has to act: {who}"))
        })
        .collect();
    if let Some(full) = sockets.iter().find(is_full) {
        let text = format!(
            "The queue of port {} is full: the kernel has shaken hands with as many as may wait, and \
             the program does not call accept. Who connects now gets no answer. Who has to act: the \
             program here.",
            full.source.port
        );
        remarks.push(("LISTEN with a full queue", text));
    }
    remarks
}

/// Below a table. The ports that the system hands out are told where they are known.
pub fn page(
    out: &mut Output,
    style: &Style,
    tally: &SocketTally,
    sockets: &Sockets,
    source_ports: Option<(u16, u16)>,
) {
    let mut columns = COLUMNS.map(|(title, text)| (title, text.to_owned())).to_vec();
    columns.insert(1, ("Src-range and Dst-range", ranges(source_ports)));
    section(out, style, "What the states mean, and who has to act", &remarks(tally, sockets));
    section(out, style, "What the columns mean", &columns);
    section(out, style, "Where this comes from", &[("", source().to_owned())]);
}

fn section(out: &mut Output, style: &Style, title: &str, parts: &[(&str, String)]) {
    if parts.is_empty() {
        return;
    }
    out.line("");
    if style.markup == Markup::Markdown {
        out.line(&format!("**{title}**\n"));
    } else {
        out.line(&style.paint(Ink::Heading, title));
    }
    for (name, text) in parts {
        let line = match (style.markup, name.is_empty()) {
            (Markup::Markdown, true) => text.clone(),
            (Markup::Markdown, false) => format!("- {name}: {text}"),
            (Markup::Plain, true) => style.paragraph("  ", 2, text),
            (Markup::Plain, false) => {
                // The name is painted after the lines are made, so that it counts as it is seen.
                let plain = style.paragraph("  ", 6, &format!("{name}: {text}"));
                plain.replacen(name, &style.paint(Ink::Value, name), 1)
            }
        };
        out.line(&line);
    }
}

/// For programs: an object for each state that occurs, and one for where it comes from.
#[must_use]
pub fn lines(tally: &SocketTally) -> Vec<Value> {
    let states = tally.states.iter().map(|(known, _)| {
        let (meaning, who) = state(*known);
        json!({
            "event": "state_explained",
            "state": known.name(),
            "meaning": meaning,
            "who_acts": who,
        })
    });
    states.chain([json!({ "event": "source_explained", "what": source() })]).collect()
}
