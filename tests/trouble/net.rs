//! What these tests share: raw peers, what `/proc` tells of a program, and what no screen may get.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, SockRef, Socket, Type};

use crate::support::{FUSE, Program};

/// All ways to serve several clients at a time.
pub const SEVERAL: [&str; 2] = ["events", "threads"];

/// A server on a free port of 127.0.0.1, with `--serve HOW`.
pub fn serve(how: &str, arguments: &[&str]) -> (Program, u16) {
    let mut command = crate::support::netlab();
    command.args(["tcp-server", "0", "--bind", "127.0.0.1", "--serve", how]).args(arguments);
    let mut server = Program::start(&mut command);
    let port = port(&mut server);
    (server, port)
}

/// The port of a server, whether it shows its first page at once or not: that is tested elsewhere.
pub fn port(server: &mut Program) -> u16 {
    server.type_line("/help");
    server.port()
}

/// How a raw peer tells messages apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    Lines,
    Frames,
}

/// A program that is not netlab, at the other end of a connection.
pub struct Peer {
    pub stream: TcpStream,
    reader: BufReader<TcpStream>,
    words: Words,
    /// Everything it was sent, if it keeps that.
    pub bytes: Option<Vec<u8>>,
}

impl Peer {
    /// Connects and says nothing.
    pub fn silent(port: u16) -> Self {
        Self::with_buffers(port, None, None)
    }

    /// Connects with small socket buffers, in bytes; the system doubles them.
    pub fn with_buffers(port: u16, receive: Option<usize>, send: Option<usize>) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        if let Some(bytes) = receive {
            socket.set_recv_buffer_size(bytes).expect("a buffer size");
        }
        if let Some(bytes) = send {
            socket.set_send_buffer_size(bytes).expect("a buffer size");
        }
        let server: SocketAddr = ([127, 0, 0, 1], port).into();
        socket.connect(&server.into()).expect("a server");
        Self::on(socket.into())
    }

    /// On a connection that exists.
    pub fn on(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(FUSE)).expect("a fuse");
        stream.set_write_timeout(Some(FUSE)).expect("a fuse");
        let reader = BufReader::with_capacity(65_536, stream.try_clone().expect("a handle"));
        Self { stream, reader, words: Words::Lines, bytes: None }
    }

    /// Says its name as a netlab does, and waits until the server has answered with its own.
    pub fn called(mut self, name: &str, words: Words) -> Self {
        self.words = words;
        match words {
            Words::Lines => self.send(format!("\0{name}\n").as_bytes()),
            Words::Frames => self.send(&frame(1, name.as_bytes())),
        }
        self.unit();
        self
    }

    /// Keeps all bytes from now on.
    pub fn keeping(mut self) -> Self {
        self.bytes = Some(Vec::new());
        self
    }

    /// Connects and says its name, in lines.
    pub fn named(port: u16, name: &str) -> Self {
        Self::silent(port).called(name, Words::Lines)
    }

    /// Sends all of that.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("it is connected");
    }

    /// Says a message.
    #[track_caller]
    pub fn say(&mut self, text: &str) {
        match self.words {
            Words::Lines => self.send(format!("{text}\n").as_bytes()),
            Words::Frames => self.send(&frame(2, text.as_bytes())),
        }
    }

    /// The next message that somebody said: no name, no announcement. None at the end.
    pub fn heard(&mut self) -> Option<String> {
        loop {
            let (said, text) = self.unit()?;
            if said {
                return Some(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }

    /// Waits for a message that contains `text`.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        loop {
            match self.heard() {
                Some(line) if line.contains(text) => return line,
                Some(_) => {}
                None => panic!("the server ended before {text:?}"),
            }
        }
    }

    /// The next unit, and whether it is something that was said.
    fn unit(&mut self) -> Option<(bool, Vec<u8>)> {
        let mut text = Vec::new();
        let said = match self.words {
            Words::Lines => {
                if self.reader.read_until(b'\n', &mut text).ok()? == 0 {
                    return None;
                }
                self.keep(&text);
                if text.last() == Some(&b'\n') {
                    text.pop();
                }
                text.first() != Some(&0)
            }
            Words::Frames => {
                let mut header = [0; 4];
                self.reader.read_exact(&mut header).ok()?;
                let [kind, high, mid, low] = header;
                text = vec![0; u32::from_be_bytes([0, high, mid, low]) as usize];
                self.reader.read_exact(&mut text).ok()?;
                self.keep(&text);
                kind == 2
            }
        };
        Some((said, text))
    }

    fn keep(&mut self, text: &[u8]) {
        if let Some(bytes) = &mut self.bytes {
            bytes.extend_from_slice(text);
        }
    }

    /// Ends with a reset instead of an end.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("SO_LINGER");
    }

    /// Ends its sending half.
    pub fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

/// A message with a length header.
pub fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("it is short").to_be_bytes();
    [&[kind], &length[1..], payload].concat()
}

/// Lets this program, and those it starts, have as many descriptors as the system permits. Returns
/// how many.
pub fn raise_descriptor_limit() -> u64 {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("up to the hard limit is permitted");
    hard
}

/// A field of `/proc/PID/status`, in kB.
fn status(child: &Child, field: &str) -> u64 {
    let path = format!("/proc/{}/status", child.id());
    let status = fs::read_to_string(path).expect("the program runs");
    let value = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("{field} in {status}"))
}

/// Memory that a program has now, in kB.
pub fn memory(child: &Child) -> u64 {
    status(child, "VmRSS")
}

/// The most memory that a program ever had, in kB. The system keeps it: no moment is missed.
pub fn peak_memory(child: &Child) -> u64 {
    status(child, "VmHWM")
}

/// The time that a program has computed so far.
pub fn computed(child: &Child) -> Duration {
    let path = format!("/proc/{}/stat", child.id());
    let stat = fs::read_to_string(path).expect("the program runs");
    // The name, in parentheses, may hold spaces; after it utime and stime are numbers 12 and 13.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        fields.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().expect("ticks"));
    // Linux counts in hundredths of a second for user programs, whatever its own clock is.
    Duration::from_millis(10 * ticks.sum::<u64>())
}

/// How many descriptors a program has open.
pub fn descriptors(child: &Child) -> usize {
    let path = format!("/proc/{}/fd", child.id());
    fs::read_dir(path).expect("the program runs").count()
}

/// Asks again and again until it is so.
#[track_caller]
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + FUSE;
    while !so() {
        assert!(Instant::now() < end, "never so: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Waits for the end of a program.
#[track_caller]
pub fn wait_for_exit(child: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_until("the program ends", || {
        status = child.try_wait().expect("it was started");
        status.is_some()
    });
    status.expect("it has ended")
}

/// The first thing in these bytes that may act on a terminal instead of being shown by it, with
/// what is around it. Line feed and tab may be there; bytes that are not UTF-8 may not.
pub fn hostile(bytes: &[u8]) -> Option<String> {
    let around = |at: usize| {
        let part = &bytes[at.saturating_sub(60)..bytes.len().min(at + 60)];
        String::from_utf8_lossy(part).escape_debug().to_string()
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(format!("not UTF-8: {}", around(error.valid_up_to()))),
    };
    let acts = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found = text.char_indices().find(|(_, c)| acts(*c));
    found.map(|(at, c)| format!("U+{:04X}: {}", c as u32, around(at)))
}

/// Bytes that want to do harm, and what they are.
pub fn nasty_texts() -> Vec<(&'static str, Vec<u8>)> {
    let every_control: Vec<u8> = (1..=0x1f).chain([0x7f]).filter(|b| *b != b'\n').collect();
    let every_c1: String = ('\u{80}'..='\u{9f}').collect();
    vec![
        ("a window title", b"\x1b]0;owned\x07".to_vec()),
        ("the cursor elsewhere", b"\x1b[2J\x1b[H\x1b[31mred\x1b[6n\x1b[c".to_vec()),
        ("every control character", every_control),
        ("every C1 control", every_c1.into_bytes()),
        ("C1 controls as single bytes", (0x80..=0x9f).collect()),
        ("a bidi override", "abc\u{202e}fdp.exe\u{2066}x\u{2069}\u{200f}".into()),
        ("line separators", "one\u{2028}two\u{2029}three\u{85}four".into()),
        ("half a character", b"caf\xc3".to_vec()),
        ("no UTF-8 at all", vec![0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80]),
        ("NUL inside", b"one\0two\0\0".to_vec()),
        ("CR inside", b"honest text\rforged".to_vec()),
        ("a clipboard", b"\x1b]52;c;ZWNobyBvd25lZAo=\x07\x90q\x9c".to_vec()),
    ]
}

/// A sequence that is the same in every run, and looks random.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[4]).collect()
    }
}
