//! `byte-stream`: a stream has no borders, and three ways to live with that.
//!
//! ```text
//!   send "JS-PC"   send "Hello!"        the sender's two messages
//!        └──── J S - P C H e l l o ! ────┘  bytes in order
//!   recv(2048) = 11                     whatever has arrived
//! ```
//!
//! The borders are found by the chat's own framing. The server does something else for a moment
//! before it calls `recv`, as servers do: when both sends have arrived by then, one `recv` takes both.
//! How the bytes really fell into calls is counted, and said as it was.

use std::thread;
use std::time::{Duration, Instant};

use super::ends::must;
use super::list::Scene;
use super::pair::{Pair, number, pair};
use super::stage::{Curtain, Stage};
use crate::error::Failure;
use crate::event::Operation;
use crate::stream::framing::{Decoder, Dialect, Encoder, Framing, Side, Unit};

pub(super) const SCENE: Scene = Scene {
    name: "byte-stream",
    line: "two sends, one recv: a stream has no borders; framing by line and by length",
    title: "A stream of bytes: where does a message end?",
    about: "A client sends its name and a greeting with two calls, as in the handouts. What does the \
            server's recv give, and how can it find the border again?",
    play,
};

const NAME: &str = "JS-PC";
const TEXT: &str = "Hello!";
/// So long the server does something else before it calls `recv`. TCP may hold a second small piece
/// back until the first is acknowledged (Nagle), at most 40 ms on Linux.
const BUSY: Duration = Duration::from_millis(60);
/// As in the handouts.
const BUFFER: usize = 2048;
/// Two bytes for the second letter.
const ACCENT: &str = "h\u{e9}llo\n";

/// A way to tell messages apart, and the names of its facts.
struct Way {
    framing: Framing,
    title: &'static str,
    sent: &'static str,
    received: &'static str,
    found: &'static str,
}

const WAYS: [Way; 3] = [
    Way {
        framing: Framing::None,
        title: "No framing: two sends, and whatever recv returns is taken for a message",
        sent: "none_bytes_per_send",
        received: "none_bytes_per_recv",
        found: "none_messages",
    },
    Way {
        framing: Framing::Line,
        title: "Framing by line: a line feed (0a) ends each message",
        sent: "line_bytes_per_send",
        received: "line_bytes_per_recv",
        found: "line_messages",
    },
    Way {
        framing: Framing::Length,
        title: "Framing by length: a header says how many bytes follow",
        sent: "length_bytes_per_send",
        received: "length_bytes_per_recv",
        found: "length_messages",
    },
];

/// How a way went.
struct Went {
    framing: Framing,
    sends: Vec<Vec<u8>>,
    receives: Vec<Vec<u8>>,
    messages: Vec<String>,
    headers: Vec<[u8; 4]>,
}

fn play(stage: &mut Stage) -> Result<Curtain, Failure> {
    stage.step("A connection, for all that follows");
    let pair = pair(stage)?;
    let mut went = Vec::new();
    for way in &WAYS {
        stage.step(way.title);
        let sends = pieces(way.framing);
        let receives = exchange(&pair, &sends, BUFFER, BUSY)?;
        let (messages, headers) = decoded(way.framing, &receives);
        let one = Went { framing: way.framing, sends, receives, messages, headers };
        tell(stage, way, &one);
        went.push(one);
    }
    let cut = letters(stage, &pair)?;
    pair.close();
    let head = ["Framing", "Bytes sent", "recv gave", "On the wire", "Messages found"];
    stage.table("The same two messages, three ways", &head, went.iter().map(row).collect());
    Ok(curtain(&went[0], &cut))
}

fn curtain(none: &Went, cut: &str) -> Curtain {
    let first = none.receives.first().map_or(0, Vec::len);
    let plain = match none.receives.len() {
        1 => format!("Two sends came out of one recv as {first} bytes"),
        calls => {
            format!("Two sends came out of {calls} calls of recv, the first with {first} bytes")
        }
    };
    Curtain {
        saw: [
            format!("{plain}: TCP keeps the bytes and their order, and no border between them."),
            format!(
                "A line feed or a length puts the borders back, and only a whole message is text: \
                 {cut}."
            ),
        ],
        card: "framing",
        next: vec![
            "netlab tcp-server --framing none         (in one terminal)".into(),
            "netlab tcp-client localhost --framing length   (in another)".into(),
            "netlab demo types                        (datagrams have borders)".into(),
        ],
    }
}

/// The two messages as they are sent: by the chat's own encoder, the name as its frame of a name
/// where there are frames.
fn pieces(framing: Framing) -> Vec<Vec<u8>> {
    let dialect = match framing {
        Framing::Length => Dialect::Length,
        Framing::Line => Dialect::Line,
        Framing::None | Framing::Auto => {
            return vec![NAME.into(), TEXT.into()];
        }
    };
    let (mut name, mut text) = (Vec::new(), Vec::new());
    let mut encoder = Encoder::default();
    match dialect {
        Dialect::Length => encoder.name(dialect, NAME, &mut name),
        // The chat would put a NUL before a name; here it is a line like any other.
        _ => encoder.text(dialect, NAME.as_bytes(), &mut name),
    }
    encoder.text(dialect, TEXT.as_bytes(), &mut text);
    vec![name, text]
}

/// Sends each piece with one call; after a moment receives until all is there. Gives what each `recv`
/// gave.
fn exchange(
    pair: &Pair,
    sends: &[Vec<u8>],
    buffer: usize,
    busy: Duration,
) -> Result<Vec<Vec<u8>>, Failure> {
    for bytes in sends {
        must(Operation::Send(bytes.len()), pair.client.send(bytes))?;
    }
    thread::sleep(busy);
    let mut missing: usize = sends.iter().map(Vec::len).sum();
    let mut receives = Vec::new();
    while missing > 0 {
        let mut bytes = vec![0; buffer];
        let came = must(Operation::Recv(buffer), pair.server.recv(&mut bytes))?;
        if came == 0 {
            break;
        }
        bytes.truncate(came);
        missing = missing.saturating_sub(came);
        receives.push(bytes);
    }
    Ok(receives)
}

/// What the chat's decoder finds in them, each as one `recv`.
fn decoded(framing: Framing, receives: &[Vec<u8>]) -> (Vec<String>, Vec<[u8; 4]>) {
    let (mut messages, mut headers) = (Vec::new(), Vec::new());
    let mut decoder = Decoder::new(framing, Side::Server, Instant::now());
    let mut hear = |unit: Unit<'_>| match unit {
        Unit::Header(header) => headers.push(header),
        Unit::Name(bytes) | Unit::PresumedName(bytes) | Unit::Text(bytes) => {
            messages.push(String::from_utf8_lossy(bytes).into_owned());
        }
        _ => {}
    };
    for bytes in receives {
        decoder.feed(bytes, Instant::now(), &mut hear);
    }
    (messages, headers)
}

fn tell(stage: &Stage, way: &Way, went: &Went) {
    let sent = lengths(&went.sends);
    let received = lengths(&went.receives);
    let words = format!("bytes per send: {}", listed(&sent));
    stage.fact(way.sent, sent, words);
    let words = format!("bytes per recv: {}", listed(&received));
    stage.fact(way.received, received, words);
    if !went.headers.is_empty() {
        let headers: Vec<String> = went.headers.iter().map(|header| hex(header)).collect();
        let words = format!(
            "headers: {}. The first byte is the kind (01 name, 02 text), the other three the length, \
             highest byte first",
            headers.join(" and ")
        );
        stage.fact("length_headers", headers, words);
    }
    let quoted: Vec<String> = went.messages.iter().map(|text| format!("\"{text}\"")).collect();
    let verdict = match went.messages.as_slice() {
        [name, text] if name == NAME && text == TEXT => "as they were sent",
        _ => "not what was sent: the border is lost",
    };
    let words = format!("messages found: {}, {verdict}", quoted.join(" and "));
    stage.fact(way.found, went.messages.clone(), words);
}

fn row(went: &Went) -> Vec<String> {
    let sum = |calls: &[Vec<u8>]| listed(&lengths(calls));
    let wire: Vec<String> = went.sends.iter().map(|bytes| shown(went.framing, bytes)).collect();
    vec![
        went.framing.name().to_owned(),
        sum(&went.sends),
        sum(&went.receives),
        wire.join(if went.framing == Framing::Length { " " } else { "" }),
        went.messages.join(" | "),
    ]
}

/// A `recv` that cuts a letter in two. Gives what there is to say of it.
fn letters(stage: &Stage, pair: &Pair) -> Result<String, Failure> {
    stage.step("A letter of two bytes (c3 a9: an e with an accent), received two bytes at a time");
    let receives = exchange(pair, &[ACCENT.as_bytes().to_vec()], 2, Duration::ZERO)?;
    let first = receives.first().cloned().unwrap_or_default();
    let cut = receives.iter().filter(|bytes| std::str::from_utf8(bytes).is_err()).count();
    stage.fact("cut_bytes_per_recv", lengths(&receives), {
        format!("bytes per recv: {}; the first are {}", listed(&lengths(&receives)), hex(&first))
    });
    let words = format!(
        "{cut} of {} pieces are no text by themselves. Python says of the first: UnicodeDecodeError, \
         unexpected end of data",
        receives.len()
    );
    stage.fact("pieces_that_are_no_text", cut, words);
    let (messages, _) = decoded(Framing::Line, &receives);
    let words = format!(
        "put together up to the line feed first they are a word again: {}",
        hex(messages.concat().as_bytes())
    );
    stage.fact("text_put_together", messages, words);
    Ok(format!("{cut} of {} pieces of a word with an accent were none", receives.len()))
}

fn lengths(calls: &[Vec<u8>]) -> Vec<i64> {
    calls.iter().map(|bytes| number(bytes.len())).collect()
}

fn listed(numbers: &[i64]) -> String {
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    words.join(" + ")
}

fn hex(bytes: &[u8]) -> String {
    let words: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    words.join(" ")
}

/// Bytes as letters, with the header in hex.
fn shown(framing: Framing, bytes: &[u8]) -> String {
    match (framing, bytes) {
        (Framing::Length, [a, b, c, d, text @ ..]) => {
            format!("{} {}", hex(&[*a, *b, *c, *d]), String::from_utf8_lossy(text))
        }
        _ => String::from_utf8_lossy(bytes).replace('\n', "\\n"),
    }
}
