//! `refused`: an answer that says no, and no answer at all.
//!
//! ```text
//!   TCP, closed port      SYN ──▶   ◀── RST            somebody is there, nobody listens
//!   TCP, no answer        SYN ──▶   … SYN ──▶   …      is anybody there? a limit ends it
//!   UDP, closed port      data ─▶   ◀── ICMP           sendto has returned long ago, and only a
//!                                                      connected socket is told
//! ```
//!
//! The silent one is a listener of this machine whose waiting room is full. On Linux and macOS it
//! drops the SYN; Windows answers RST even then, and its `connect` tries again for about two seconds,
//! as it does with every closed port. What came is said as it came.

use std::net::SocketAddr;
use std::time::Duration;

use super::ends::{self, ANY, in_words, must, nanoseconds, time};
use super::list::Scene;
use super::pair::{self, captured_with, numbers};
use super::stage::{Curtain, Stage, too_long};
use crate::error::{CallError, Failure};
use crate::event::flag::RST;
use crate::event::{Captured, Content, Operation, OsError};
use crate::socket::DatagramSocket;

pub(super) const SCENE: Scene = Scene {
    name: "refused",
    line: "refused against silent: a closed port answers, silence does not, UDP hardly",
    title: "Refused and silent: what the error tells",
    about: "A client tries a port on which nobody listens, one that does not answer, and a closed port \
            of UDP. What fails, with what, and after how long?",
    play,
};

/// So long the client waits for an answer.
const LIMIT: Duration = Duration::from_millis(1500);
/// So long it waits for an answer to a datagram.
const SHORT: Duration = Duration::from_millis(200);

/// How a try went.
struct Try {
    name: &'static str,
    took: Duration,
    error: Option<OsError>,
    /// What came back, if anything.
    from: &'static str,
}

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let closed = closed(stage)?;
    let silent = silent(stage)?;
    let address = no_datagrams(stage)?;
    let sent = unconnected(stage, address)?;
    let connected = connected(stage, address)?;
    let mut tries = [closed, silent, sent, connected];
    not_told(stage, &mut tries);
    let head = ["Tried", "After", "Error", "Linux", "macOS", "Windows", "Answer"];
    stage.table(
        "Refused and silent; (ICMP): it came, and this socket was not told",
        &head,
        tries.iter().map(row).collect(),
    );
    Ok(curtain(&tries))
}

fn curtain([closed, silent, sent, connected]: &[Try; 4]) -> Curtain {
    let name = |it: &Try| it.error.map_or("no error".to_owned(), |error| error.name());
    Curtain {
        saw: [
            format!(
                "The closed port answered at once ({}), the silent one gave nothing for {} ({}): \
                 refused means that somebody is there.",
                name(closed),
                time(silent.took),
                name(silent)
            ),
            format!(
                "UDP asks nobody: to the same closed port an unconnected socket got {}, a connected \
                 one {}, and both had sent with success.",
                name(sent),
                name(connected)
            ),
        ],
        card: "ECONNREFUSED",
        next: vec![
            "netlab explain ETIMEDOUT".into(),
            "netlab explain udp-silence".into(),
            "sudo netlab demo refused --packets       (RST, silence, ICMP)".into(),
        ],
    }
}

fn row(it: &Try) -> Vec<String> {
    let name = it.error.map_or("none".to_owned(), |error| error.name());
    let [linux, macos, windows] = it.error.map_or_else(Default::default, numbers);
    vec![it.name.to_owned(), time(it.took), name, linux, macos, windows, it.from.to_owned()]
}

/// A port of TCP on which nobody listens.
fn closed(stage: &mut Stage) -> Result<Try, Failure> {
    stage.step("TCP to a port on which nobody listens any more");
    let (server, client) = (stage.journal("server"), stage.journal("client"));
    let (listener, address) = ends::listener(&server, 4)?;
    drop(listener);
    let error = ends::connected(&client, address).err().map(|error| error.os());
    let (call, _) = stage.last_call("client", "connect").ok_or_else(too_long)?;
    tell(stage, ["closed_error", "closed_ns"], error, call.took, "connect");
    let reset = |packet: &Captured| {
        matches!(&packet.content, Content::Tcp(it) if it.flags & RST != 0)
            && packet.source == address
    };
    if captured_with(stage, reset).is_some_and(|packets| packets.iter().any(reset)) {
        stage.fact("closed_reset", true, "on the wire: the answer to SYN was RST, by the kernel");
    }
    Ok(Try { name: "TCP, closed", took: call.took, error, from: "RST" })
}

/// A listener that does not answer.
fn silent(stage: &mut Stage) -> Result<Try, Failure> {
    stage.step("TCP to a server that does not answer: its waiting room is full");
    let silent = pair::silent(stage, LIMIT)?;
    let error = silent.error.as_ref().map(CallError::os);
    let (call, _) = stage.last_call("client", "connect").ok_or_else(too_long)?;
    tell(stage, ["silent_error", "silent_ns"], error, call.took, "connect");
    let limit = time(LIMIT);
    stage.fact(
        "silent_limit_ns",
        nanoseconds(LIMIT),
        format!(
            "the limit was netlab's own ({limit}); a system by itself tries for a minute or two"
        ),
    );
    Ok(Try {
        name: "TCP, silent",
        took: call.took,
        error,
        from: if told(error) { "RST" } else { "none" },
    })
}

/// An endpoint of UDP that nobody has any more.
fn no_datagrams(stage: &mut Stage) -> Result<SocketAddr, Failure> {
    stage.step("A port of UDP that nobody has any more");
    let socket = DatagramSocket::new(&stage.journal("server"), ANY)?;
    socket.bind(ANY)?;
    Ok(socket.local_address()?)
}

/// A datagram from a socket that is not connected.
fn unconnected(stage: &mut Stage, address: SocketAddr) -> Result<Try, Failure> {
    stage.step("A datagram to it: sendto succeeds, and then?");
    let socket = DatagramSocket::new(&stage.journal("client"), address)?;
    let sent = must(Operation::SendTo(6, address), socket.send_to(b"Hello!", address))?;
    stage.fact("udp_sent", sent, format!("sendto took all {sent} bytes: that is no answer"));
    must(Operation::SetOption("SO_RCVTIMEO", 0), socket.set_receive_timeout(SHORT))?;
    let result = socket.recv_from(&mut [0; 64]);
    let error = result.err().map(|error| OsError::from(&error));
    let took = since_sent(stage, ["sendto", "recvfrom"])?;
    tell(stage, ["udp_error", "udp_ns"], error, took, "recvfrom");
    let from = if told(error) { "ICMP" } else { "none" };
    Ok(Try { name: "UDP, closed", took, error, from })
}

/// The same from a socket that is connected.
fn connected(stage: &mut Stage, address: SocketAddr) -> Result<Try, Failure> {
    stage.step("The same from a connected socket: the kernel knows whom to tell");
    let socket = DatagramSocket::new(&stage.journal("client"), address)?;
    must(Operation::SetOption("SO_RCVTIMEO", 0), socket.set_receive_timeout(SHORT))?;
    socket.connect(address)?;
    let sent = must(Operation::Send(6), socket.send(b"Hello!"))?;
    stage.fact("udp_connected_sent", sent, format!("send took all {sent} bytes"));
    let error = socket.recv(&mut [0; 64]).err().map(|error| OsError::from(&error));
    let took = since_sent(stage, ["send", "recv"])?;
    tell(stage, ["udp_connected_error", "udp_connected_ns"], error, took, "recv");
    let unreachable = |packet: &Captured| matches!(&packet.content, Content::Icmp(it) if it.about.is_some_and(|(_, _, to)| to == address));
    let packets = captured_with(stage, unreachable).unwrap_or_default();
    if let Some(Content::Icmp(it)) = packets.iter().find(|it| unreachable(it)).map(|it| &it.content)
    {
        let words = format!("on the wire: ICMP type {}, code {}: {}", it.kind, it.code, it.words);
        stage.fact("udp_icmp", vec![i64::from(it.kind), i64::from(it.code)], words);
    }
    let from = if told(error) { "ICMP" } else { "none" };
    Ok(Try { name: "UDP connected", took, error, from })
}

/// From the moment at which the datagram was handed over until the other call came back: what is
/// waited for may be there before anybody asks.
fn since_sent(stage: &Stage, [giving, taking]: [&str; 2]) -> Result<Duration, Failure> {
    let (call, returned) = stage.last_call("client", giving).ok_or_else(too_long)?;
    let (_, back) = stage.last_call("client", taking).ok_or_else(too_long)?;
    Ok(back.saturating_sub(returned.saturating_sub(call.took)))
}

/// The port that nobody has answers every datagram, and it has answered the connected socket: says
/// that the other one was not told.
fn not_told(stage: &Stage, tries: &mut [Try; 4]) {
    let [_, _, sent, connected] = tries;
    if told(sent.error) || !told(connected.error) {
        return;
    }
    sent.from = "(ICMP)";
    let words = "it is the same closed port, and its kernel answers every datagram with ICMP. Only a \
                 connected socket is told: its kernel knows that all it sends goes to that one place";
    stage.fact("udp_answer", "ICMP, told to the connected socket only", words);
}

/// Whether it is an answer and not only the end of a wait.
fn told(error: Option<OsError>) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    error.is_some_and(|error| !matches!(error.kind, WouldBlock | TimedOut))
}

fn tell(
    stage: &Stage,
    [name, took_name]: [&'static str; 2],
    error: Option<OsError>,
    took: Duration,
    call: &str,
) {
    match error {
        Some(error) => {
            stage.fact(name, error.name(), format!("{call} failed: {}", in_words(error)));
        }
        None => stage.fact(name, "none", format!("{call} did not fail")),
    }
    stage.fact(took_name, nanoseconds(took), format!("it came back after {}", time(took)));
}
