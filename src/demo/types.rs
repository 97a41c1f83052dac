//! `types`: the same three sends over each type of socket.
//!
//! ```text
//!   stream     "A" "BB" "CCC"   one recv: ABBCCC        bytes in order, no borders
//!   datagram   "A" "BB" "CCC"   three recvfrom          borders kept
//!   raw        "A" "BB" "CCC"   three packets           headers and all, no port
//! ```

use super::echo::{Answer, Echoer, ICMP_HEADER};
use super::ends::{self, ANY, must};
use super::list::Scene;
use super::raw::hindrance;
use super::stage::{Curtain, Stage};
use crate::error::Failure;
use crate::event::Operation;
use crate::socket::DatagramSocket;

pub(super) const SCENE: Scene = Scene {
    name: "types",
    line: "the same three sends over a stream, a datagram and a raw socket: what recv gives",
    title: "The same three sends over each type of socket",
    about: "\"A\", \"BB\" and \"CCC\" are sent three times: over TCP, over UDP and in ICMP echoes. What \
            does one call at the other end receive?",
    play,
};

/// What is sent, each with one call.
const SENDS: [&[u8]; 3] = [b"A", b"BB", b"CCC"];
/// What one receiving call takes at most.
const ROOM: usize = 2048;

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    let stream = over_tcp(stage)?;
    let datagrams = over_udp(stage)?;
    let packets = over_icmp(stage)?;
    stage.step("Side by side");
    let sent = SENDS.map(quoted).join(" ");
    let row = |kind: &str, pieces: &[String], means: &str| {
        let calls = if pieces.len() == 1 { "1 call" } else { &format!("{} calls", pieces.len()) };
        vec![
            kind.to_owned(),
            sent.clone(),
            format!("{calls}: {}", pieces.join(" ")),
            means.to_owned(),
        ]
    };
    let mut rows = vec![
        row("TCP, stream", &stream, "bytes in order, no borders"),
        row("UDP, datagram", &datagrams, "borders kept; arrival is not promised"),
    ];
    match &packets {
        Some(packets) => {
            rows.push(row("ICMP, raw", packets, "packets with their headers; no port"));
        }
        None => rows.push(vec![
            "ICMP, raw".into(),
            sent.clone(),
            "not allowed here".into(),
            "packets with their headers; no port".into(),
        ]),
    }
    let head = ["Socket", "Sends", "What recv gave", "What that means"];
    stage.table("The same three sends", &head, rows);
    let calls = if stream.len() == 1 { "one recv" } else { "recv" };
    Ok(Curtain {
        saw: [
            format!("Three sends over TCP came as {}, in {calls}: a stream has no borders.", stream.join(" ")),
            "Over UDP each send was a datagram for itself; in ICMP each was a packet, which a program \
             tells from others' without any port."
                .into(),
        ],
        card: "socket-types",
        next: vec![
            "netlab demo byte-stream    (how programs put borders into a stream)".into(),
            "netlab demo datagram       (what UDP does not promise)".into(),
            "netlab demo raw            (an ICMP packet, field by field)".into(),
        ],
    })
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", crate::event::safe(bytes))
}

/// Three sends, then as many `recv` as it takes.
fn over_tcp(stage: &mut Stage) -> Result<Vec<String>, Failure> {
    let (server, client) = (stage.journal("tcp-server"), stage.journal("tcp-client"));
    stage.step("TCP, a stream: three sends, and then the server receives");
    let (listener, address) = ends::listener(&server, 4)?;
    let (stream, _) = ends::connected(&client, address)?;
    let accepted = must(Operation::Accept, listener.accept())?;
    // Else the second may wait until the first is acknowledged, and come later.
    must(Operation::SetOption("TCP_NODELAY", 1), stream.set_nodelay(true))?;
    for bytes in SENDS {
        must(Operation::Send(bytes.len()), stream.send(bytes))?;
    }
    let total: usize = SENDS.iter().map(|bytes| bytes.len()).sum();
    let (mut pieces, mut have, mut room) = (Vec::new(), 0, [0; ROOM]);
    while have < total {
        let came = must(Operation::Recv(ROOM), accepted.recv(&mut room))?;
        if came == 0 {
            break;
        }
        have += came;
        pieces.push(quoted(room.get(..came).unwrap_or_default()));
    }
    drop(stream);
    ends::recv_all(&accepted, 1)?;
    drop((accepted, listener));
    let words = format!("{} sends, {} recv: {}", SENDS.len(), pieces.len(), pieces.join(" "));
    stage.fact("tcp_received", pieces.clone(), words);
    Ok(pieces)
}

/// Three datagrams.
fn over_udp(stage: &mut Stage) -> Result<Vec<String>, Failure> {
    let (server, client) = (stage.journal("udp-server"), stage.journal("udp-client"));
    stage.step("UDP, datagrams: three sends again, nobody connects");
    let receiver = DatagramSocket::new(&server, ANY)?;
    receiver.bind(ANY)?;
    let address = receiver.local_address()?;
    let sender = DatagramSocket::new(&client, ANY)?;
    for bytes in SENDS {
        must(Operation::SendTo(bytes.len(), address), sender.send_to(bytes, address))?;
    }
    let mut pieces = Vec::new();
    let mut room = [0; ROOM];
    for _ in SENDS {
        let (came, _) = must(Operation::RecvFrom(ROOM), receiver.recv_from(&mut room))?;
        pieces.push(quoted(room.get(..came).unwrap_or_default()));
    }
    drop((sender, receiver));
    let words = format!("{} sends, {} recvfrom: {}", SENDS.len(), pieces.len(), pieces.join(" "));
    stage.fact("udp_received", pieces.clone(), words);
    Ok(pieces)
}

/// Three ICMP echoes; none when this program may not have a socket for them.
fn over_icmp(stage: &mut Stage) -> Result<Option<Vec<String>>, Failure> {
    let client = stage.journal("icmp-client");
    stage.step("ICMP, packets by hand: three echo requests to this machine's own kernel");
    let echoer = match Echoer::open(&client) {
        Ok(echoer) => echoer,
        Err(failure @ Failure::NoRawSocket { .. }) => {
            stage.fact("icmp_socket", "none", "this program may not open a socket for ICMP here");
            hindrance(stage, &failure);
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    let door = if echoer.is_raw() { "raw socket" } else { "ping socket" };
    let words =
        format!("it was a {door}, and its echoes have the identifier {}", echoer.identifier);
    stage.fact("icmp_socket", door, words);
    let mut pieces = Vec::new();
    let mut sizes = Vec::new();
    for (sequence, bytes) in (1..).zip(SENDS) {
        let answer = echoer.ask(sequence, bytes)?;
        sizes.push(i64::try_from(answer.received).unwrap_or(i64::MAX));
        pieces.push(parts(&answer));
    }
    drop(echoer);
    let words =
        format!("{} requests, {} replies: {}", SENDS.len(), pieces.len(), pieces.join(", "));
    stage.fact("icmp_received_bytes", sizes, words);
    Ok(Some(pieces))
}

/// `20+8+"A"`: what a packet consists of.
fn parts(answer: &Answer) -> String {
    let data = quoted(&answer.data);
    match answer.ip_header {
        0 => format!("{ICMP_HEADER}+{data}"),
        header => format!("{header}+{ICMP_HEADER}+{data}"),
    }
}
