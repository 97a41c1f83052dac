//! A call in one line, and one short line of why.

use std::time::Duration;

use super::datagram::explain as datagram;
use super::icmp::explain as icmp;
use super::style::{Ink, Style};
use crate::event::{Call, Direction, Frame, Operation, Outcome, Recognised, Segmentation, State};

/// Columns before the words below a call.
const MARGIN: usize = 18;

/// Waiting shorter than this is not worth a word.
const WORTH_TELLING: Duration = Duration::from_millis(1);

/// Explains calls. What a call is for depends on what kind of socket it is made on: that is told
/// once, by `socket`, and remembered here.
#[derive(Debug, Default)]
pub struct Explainer {
    icmp: icmp::Sockets,
}

impl Explainer {
    /// `  0.000134 A  bind(0.0.0.0:6000) = 0  CLOSED`, and below it the why.
    #[must_use]
    pub fn call(&mut self, style: &Style, at: Duration, call: &Call) -> String {
        let (words, why) = self.words(style, call);
        let socket = call.socket.to_string();
        format!("{:>11.6}  {socket:<2} {words}\n{}", at.as_secs_f64(), remark(style, &why))
    }

    /// `  0.000453 A  connect(127.0.0.1:6000)  waits`: a call is made, and will return later.
    #[must_use]
    pub fn made(style: &Style, at: Duration, call: &Call) -> String {
        let socket = call.socket.to_string();
        let words = style.paint(Ink::Value, &call.operation.to_string());
        format!("{:>11.6}  {socket:<2} {words}  waits", at.as_secs_f64())
    }

    /// `  0.004553 A  connect = 0  took 4.1 ms  ESTABLISHED`: it has returned; and below it the why.
    #[must_use]
    pub fn returned(&mut self, style: &Style, at: Duration, call: &Call) -> String {
        let socket = call.socket.to_string();
        let words = format!("{} = {}", call.operation.name(), call.outcome);
        let (words, took) = (style.paint(ink(call), &words), duration(call.took));
        let why = remark(style, &self.why(call));
        let head = format!("{:>11.6}  {socket:<2} {words}", at.as_secs_f64());
        format!("{head}  took {took}{}\n{why}", state(call))
    }

    /// A call with its result, how long it waited and the state it led to; and why it was made.
    #[must_use]
    pub fn words(&mut self, style: &Style, call: &Call) -> (String, String) {
        (what(style, call), self.why(call))
    }

    /// Why a program makes the call, or what its result means.
    fn why(&mut self, call: &Call) -> String {
        self.icmp.why(call).unwrap_or_else(|| why(call))
    }
}

/// A call with its result, how long it waited and the state it led to.
#[must_use]
pub fn what(style: &Style, call: &Call) -> String {
    let waits = matches!(
        call.operation,
        Operation::Accept
            | Operation::Connect(_)
            | Operation::ConnectEx(_)
            | Operation::Recv(_)
            | Operation::RecvFrom(_)
            | Operation::RecvMsg(_)
            | Operation::Peek(_)
            | Operation::Send(_)
            | Operation::Poll(_)
    );
    let waited = if waits && call.took >= WORTH_TELLING {
        format!("  waited {}", duration(call.took))
    } else {
        String::new()
    };
    let words = format!("{} = {}", call.operation, call.outcome);
    let after = format!("{waited}{}", state(call));
    let wide = MARGIN + words.len() + after.len() > style.width;
    let gap = if wide { format!("\n{}", " ".repeat(MARGIN - 2)) } else { String::new() };
    format!("{}{gap}{after}", style.paint(ink(call), &words))
}

/// The state that the call led to, behind two blanks. After this side's end the kernel goes on by
/// itself, from FIN-WAIT-1 to FIN-WAIT-2 when the acknowledgement comes, and no call tells when.
fn state(call: &Call) -> String {
    let ends = matches!(call.operation, Operation::Shutdown(_) | Operation::Close);
    if call.state == State::FinWait1 && !ends {
        return String::new();
    }
    format!("  {}", call.state)
}

/// What became of it, as a colour.
fn ink(call: &Call) -> Ink {
    match call.outcome {
        Outcome::Failed(error) if error.kind == std::io::ErrorKind::WouldBlock => Ink::Dim,
        Outcome::Failed(_) => Ink::Bad,
        _ => Ink::Value,
    }
}

/// A line below a call.
fn remark(style: &Style, text: &str) -> String {
    let indent = " ".repeat(MARGIN);
    style.paint(Ink::Dim, &style.paragraph(&indent, MARGIN, text))
}

/// The same for stream and datagram sockets, which their state tells apart.
fn why(call: &Call) -> String {
    let datagram = matches!(call.state, State::Unconnected | State::Connected);
    if let Outcome::Failed(error) = &call.outcome {
        let name = error.name();
        let why = if datagram { datagram::why_failed(&name, &call.operation) } else { None };
        return why.unwrap_or_else(|| why_failed(call, &name));
    }
    if datagram && let Some(why) = datagram::why(call) {
        return why;
    }
    match (&call.operation, &call.outcome) {
        (Operation::Socket { .. }, _) => {
            "a TCP socket: an object in this program, no address yet".into()
        }
        (Operation::SetOption(name, value), _) => why_option(name, *value != 0).into(),
        (Operation::GetOption("SO_SNDBUF"), _) => {
            "bytes that the kernel keeps for the peer, before send has to wait".into()
        }
        (Operation::GetOption("SO_RCVBUF"), _) => {
            "bytes that may wait here for recv: what the window promises".into()
        }
        (Operation::GetOption(_), Outcome::Value(0)) => "is the peer still there? no error".into(),
        (Operation::GetOption(_), _) => "the peer is gone: its system answered with RST".into(),
        (Operation::Bind(address), _) if address.port() == 0 => {
            "any free port: the system chooses".into()
        }
        (Operation::Bind(address), _) if address.ip().is_unspecified() => {
            format!("port {} is this socket's now, on every address", address.port())
        }
        (Operation::Bind(address), _) => {
            format!("{address} is this socket's now: address and port make the endpoint")
        }
        (Operation::Listen(n), _) => {
            format!("the kernel shakes hands from now on; {n} may wait for accept")
        }
        (Operation::Connect(_), _) => "SYN, SYN-ACK, ACK: the handshake is done".into(),
        (Operation::ConnectEx(_), _) => "0 is success; an error would be its number".into(),
        (Operation::Accept, Outcome::Socket(new, _)) => {
            format!("socket {new} is new, with a peer; {} goes on listening", call.socket)
        }
        (Operation::SocketName, _) if call.state == State::Listen => "where I listen".into(),
        (Operation::SocketName, _) => "my own endpoint: address and port of this side".into(),
        (Operation::PeerName, _) => "the other side's endpoint".into(),
        (Operation::Send(offered), Outcome::Value(taken)) => why_send(*offered, *taken),
        (Operation::Recv(_), Outcome::Value(0))
            if matches!(call.state, State::FinWait1 | State::LastAck) =>
        {
            "this side's own shutdown ended the wait".into()
        }
        (Operation::Recv(size), Outcome::Value(bytes)) => why_recv(*size, *bytes),
        (Operation::Shutdown("SHUT_WR"), _) => "FIN: I say no more, but I still read".into(),
        (Operation::Shutdown(_), _) => {
            "both directions end, and with them every waiting call".into()
        }
        (Operation::Close, _) => why_close(call.state).into(),
        (Operation::Poll(_), Outcome::Value(n)) => {
            let noun = if *n == 1 { "socket has" } else { "sockets have" };
            format!("asleep until something happened: {n} {noun} news, or the keyboard")
        }
        _ => String::new(),
    }
}

fn why_option(name: &str, on: bool) -> &'static str {
    match (name, on) {
        ("SO_REUSEADDR", _) => "the port may be bound although old connections are in TIME-WAIT",
        ("SO_SNDBUF", _) => "so many bytes may wait in the system for a client to read",
        ("TCP_USER_TIMEOUT", _) => {
            "after so many ms without an answer the system gives up by itself"
        }
        ("SO_KEEPALIVE", _) => "a peer that vanishes without a word is noticed some time",
        ("SO_RCVTIMEO", true) => "recv waits so long at most, and then says EAGAIN",
        ("SO_RCVTIMEO", false) => "recv waits for ever again",
        ("TCP_NODELAY", _) => "small pieces leave at once instead of being collected",
        ("IPV6_V6ONLY", true) => "IPv6 clients only; IPv4 has the port for itself",
        ("IPV6_V6ONLY", false) => "dual stack: IPv4 clients come too, as ::ffff:a.b.c.d",
        _ => "an option of the socket",
    }
}

fn why_send(offered: usize, taken: i64) -> String {
    if usize::try_from(taken).is_ok_and(|taken| taken < offered) {
        return format!("the system's buffer took {taken} of {offered}; the rest has to wait");
    }
    format!("{} handed to the system; not yet delivered", bytes(taken))
}

fn why_recv(size: usize, count: i64) -> String {
    match count {
        0 => "not an empty message: the peer has ended its half (FIN)".into(),
        _ if usize::try_from(count) == Ok(size) => {
            format!("{}: all that was asked for, there may be more", bytes(count))
        }
        _ => format!("{}: all that had arrived", bytes(count)),
    }
}

fn why_close(state: State) -> &'static str {
    match state {
        State::FinWait1 => "FIN: this side closed first, TIME-WAIT will be here",
        State::LastAck => "FIN: the peer closed first, TIME-WAIT is on its side",
        State::TimeWait => "both have ended, this side first: the system keeps TIME-WAIT",
        _ => "the socket goes back to the system",
    }
}

fn why_failed(call: &Call, name: &str) -> String {
    match (name, &call.operation) {
        ("EAGAIN", Operation::Accept) => "would block: nobody waits to be accepted".into(),
        ("EAGAIN", Operation::Recv(_)) => "would block: nothing has arrived".into(),
        ("EAGAIN", Operation::Send(_)) => {
            "would block: the buffer is full, the peer must read".into()
        }
        ("ECONNREFUSED", _) => "RST came back: the machine is there, nobody listens".into(),
        ("ETIMEDOUT", _) => "nothing came back at all".into(),
        ("ECONNRESET", _) => "RST: the peer dropped the connection".into(),
        ("EPIPE", _) => "the peer has closed: nobody is there to read".into(),
        ("EMFILE", _) => "no file descriptors left: every socket needs one".into(),
        _ => "the system refused".into(),
    }
}

/// `2 messages in 12 bytes`: what a stream does to messages.
#[must_use]
pub fn segmentation(style: &Style, s: &Segmentation) -> Option<String> {
    let kept = match s.kept {
        0 => String::new(),
        1 => ", 1 byte kept: its message is not whole yet".into(),
        n => format!(", {n} bytes kept: their message is not whole yet"),
    };
    let count = match s.messages {
        0 => "no whole message".to_owned(),
        // One recv, one message, nothing left: what everybody expects is not worth a line.
        1 if s.kept == 0 => return None,
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    };
    let text = format!(
        "{} in this recv: {count}{kept}",
        bytes(i64::try_from(s.bytes).unwrap_or(i64::MAX))
    );
    Some(remark(style, &text))
}

/// A length header, drawn field by field.
#[must_use]
pub fn frame(style: &Style, frame: &Frame) -> String {
    let [kind, high, mid, low] = frame.header;
    let arrow = match frame.direction {
        Direction::Sent => "header sent",
        Direction::Received => "header received",
    };
    let indent = " ".repeat(MARGIN);
    let (meaning, length) = (format!("type {}", frame.meaning), format!("length {}", frame.length));
    let width = meaning.len().max(11);
    let (top, bottom) = if style.ascii {
        let rule = format!("+-{}-+-{}-+", "-".repeat(width), "-".repeat(16));
        (rule.clone(), rule)
    } else {
        let (left, right) = ("─".repeat(width), "─".repeat(16));
        (format!("┌─{left}─┬─{right}─┐"), format!("└─{left}─┴─{right}─┘"))
    };
    let bar = if style.ascii { '|' } else { '│' };
    let hex = format!("{kind:02x}");
    let number = format!("{high:02x} {mid:02x} {low:02x}");
    let text = format!(
        "{indent}{arrow}, 4 bytes\n\
         {indent}{top}\n\
         {indent}{bar} {hex:<width$} {bar} {number:<16} {bar}\n\
         {indent}{bar} {meaning:<width$} {bar} {length:<16} {bar}\n\
         {indent}{bottom}"
    );
    style.paint(Ink::Dim, &text)
}

/// What the other program turned out to be.
#[must_use]
pub fn recognised(style: &Style, r: &Recognised) -> String {
    remark(style, &format!("the other side speaks: {} ({})", r.dialect, r.because))
}

/// `5 bytes`.
fn bytes(count: i64) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

/// A time in the unit that suits it: `35 µs`, `3.2 ms`, `12.0 s`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.001 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.1} s")
    }
}
