//! What these tests share: servers and clients of the echo, sockets that misbehave, networks of
//! their own.
#![cfg(test)]

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use serde_json::Value;

use crate::net;
use crate::support::{FUSE, Program, netlab, skip};

/// How long a single answer on this machine is waited for before the question is asked again.
const PATIENCE: Duration = Duration::from_millis(500);

/// A server on a free port of 127.0.0.1, and that port.
pub fn server(arguments: &[&str]) -> (Program, u16) {
    start_server(&mut netlab(), &["0", "--bind", "127.0.0.1"], arguments)
}

/// A server that is started in some way, with that port.
pub fn start_server(command: &mut Command, own: &[&str], more: &[&str]) -> (Program, u16) {
    command.arg("udp-server").args(own).args(more);
    let mut server = Program::start(command);
    let line = server.until_any(&["Server bound to", "\"event\":\"bound\""]);
    let port = match serde_json::from_str::<Value>(&line) {
        Ok(bound) => bound["port"].as_u64().and_then(|port| port.try_into().ok()),
        Err(_) => line.rsplit(' ').next().and_then(|port| port.parse().ok()),
    };
    (server, port.unwrap_or_else(|| panic!("a port in {line:?}")))
}

/// A client of the server on that port of 127.0.0.1, with its input open.
pub fn client(port: u16, arguments: &[&str]) -> Program {
    let mut command = netlab();
    command.args(["udp-client", "127.0.0.1", &port.to_string()]).args(arguments);
    Program::start(&mut command)
}

/// Lets a server end, and looks at everything that it printed.
#[track_caller]
pub fn leave(mut server: Program) -> Vec<String> {
    server.type_line("exit");
    let (status, lines) = server.finish();
    harmless(&lines);
    assert_eq!(status.code(), Some(0), "{}", lines.join("\n"));
    lines
}

/// Nothing in these lines is a panic, or is obeyed by a terminal.
#[track_caller]
pub fn harmless(lines: &[String]) {
    for line in lines {
        assert!(!line.contains("panicked"), "{line}");
        assert_eq!(net::hostile(line.as_bytes()), None);
        // What was not UTF-8 was made so by the test's reader, with this sign.
        assert!(!line.contains('\u{fffd}'), "not UTF-8: {line}");
    }
}

/// The number in the last row of a report that begins with this word.
#[track_caller]
pub fn figure(lines: &[String], label: &str) -> u64 {
    let row = lines.iter().rev().find_map(|line| line.strip_prefix("  ")?.strip_prefix(label));
    let number = row.and_then(|row| row.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no row {label:?} in\n{}", lines.join("\n")))
}

/// Whatever is an event in these lines.
pub fn events(lines: &[String]) -> Vec<Value> {
    let event = |line: &String| {
        serde_json::from_str(line).unwrap_or_else(|why| panic!("no JSON, {why}: {line}"))
    };
    lines.iter().map(event).collect()
}

/// A socket on a free port of 127.0.0.1 that does not wait for ever.
pub fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_read_timeout(Some(FUSE)).expect("a fuse");
    socket
}

/// A socket of somebody who will not be there when the answer comes.
///
/// The answer must not come to somebody else: the system hands a port out again as soon as it is
/// free, and the tests run side by side. So these ports stay taken on another address of this
/// machine, and nobody can have one of them on every address; and no other test has these addresses.
pub fn passer_by() -> UdpSocket {
    static TAKEN: LazyLock<Vec<UdpSocket>> = LazyLock::new(|| {
        let taken = |_| UdpSocket::bind((Ipv4Addr::new(127, 8, 0, 1), 0)).expect("a free port");
        (0..256).map(taken).collect()
    });
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let port = port_of(&TAKEN[count % TAKEN.len()]);
    // Two who are here at the same time differ in their address.
    let [.., c, d] = count.to_be_bytes();
    UdpSocket::bind((Ipv4Addr::new(127, 9, c, d), port)).expect("nobody else has this address")
}

pub fn port_of(socket: &UdpSocket) -> u16 {
    socket.local_addr().expect("an address").port()
}

/// A port on which nobody is: it was free a moment ago.
pub fn closed_port() -> u16 {
    port_of(&socket())
}

/// Sends that and gives the answer, which comes from where it was sent to.
#[track_caller]
pub fn ask(socket: &UdpSocket, port: u16, bytes: &[u8]) -> Vec<u8> {
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    socket.send_to(bytes, server).expect("it is sent");
    let mut answer = vec![0; 65_536];
    loop {
        let (length, from) = socket.recv_from(&mut answer).expect("an answer");
        if from == server {
            answer.truncate(length);
            return answer;
        }
    }
}

/// The server on that port of 127.0.0.1 answers, perhaps not the first time: it may have a flood
/// behind it.
#[track_caller]
pub fn is_alive(port: u16, after: &str) {
    is_alive_at((Ipv4Addr::LOCALHOST, port).into(), after);
}

/// The same at any address. What comes back has the length of what was sent: it may be corrupted.
#[track_caller]
pub fn is_alive_at(server: SocketAddr, after: &str) {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).expect("a free port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    let (end, mut answer) = (Instant::now() + FUSE, [0; 100]);
    let question = format!("alive after {after}?");
    while Instant::now() < end {
        socket.send_to(question.as_bytes(), server).expect("it is sent");
        match socket.recv(&mut answer) {
            Ok(length) if length == question.len() => return,
            Ok(_) => {}
            Err(why) => assert!(matches!(why.kind(), ErrorKind::WouldBlock), "{why}"),
        }
    }
    panic!("no answer after {after}");
}

/// A run of netlab that is over.
pub struct Ran {
    pub code: Option<i32>,
    pub events: Vec<Value>,
    pub text: String,
    pub took: Duration,
}

impl Ran {
    /// The event with the account of the run.
    #[track_caller]
    pub fn report(&self) -> &Value {
        let mut all = self.events.iter().filter(|event| event["event"] == "report");
        let report = all.next().unwrap_or_else(|| panic!("no report in {}", self.text));
        assert!(all.next().is_none(), "two reports in {}", self.text);
        report
    }

    /// A count of the account.
    #[track_caller]
    pub fn count(&self, name: &str) -> u64 {
        let report = self.report();
        report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}"))
    }

    /// The remarks of that kind.
    pub fn remarks(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event["remark"] == kind).count()
    }

    /// Every datagram is in one place of the account, and every round trip in one bucket.
    #[track_caller]
    pub fn adds_up(&self) {
        let places = ["received", "lost", "late", "corrupted", "truncated"];
        let sum: u64 = places.iter().map(|place| self.count(place)).sum();
        let report = self.report();
        assert_eq!(sum, self.count("sent"), "{places:?} of {report}");
        let buckets = report["histogram"].as_array().expect("a histogram");
        let measured: u64 = buckets.iter().filter_map(|bucket| bucket["count"].as_u64()).sum();
        assert_eq!(measured, self.count("received"), "round trips in {report}");
        assert_eq!(report["rtt_ns"].is_null(), measured == 0, "{report}");
    }
}

/// Runs a client to its end, with events on its standard output and nobody at the keyboard.
#[track_caller]
pub fn burst(port: u16, arguments: &[&str]) -> Ran {
    let began = Instant::now();
    let port = port.to_string();
    let all = [&["udp-client", "127.0.0.1", &port, "--format", "json"], arguments].concat();
    ran(&run(&all), began.elapsed())
}

/// Runs netlab with nobody at the keyboard.
pub fn run(arguments: &[&str]) -> Output {
    netlab().args(arguments).stdin(Stdio::null()).output().expect("netlab starts")
}

#[track_caller]
fn ran(output: &Output, took: Duration) -> Ran {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    assert_eq!(net::hostile(text.as_bytes()), None);
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    Ran { code: output.status.code(), events: events(&lines), text, took }
}

/// Text lines of a run that is over, both streams.
pub fn lines(output: &Output) -> Vec<String> {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(all).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// Ends a [`Fake`]; no netlab sends it.
const STOP: &[u8] = b"that is enough";

/// A server that does as a test wants.
pub struct Fake {
    pub port: u16,
    /// As long as its thread has it.
    socket: Weak<UdpSocket>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// `answer` is called with every datagram that comes, and its sender; false ends the server.
    pub fn new(answer: impl FnMut(&UdpSocket, SocketAddr, &[u8]) -> bool + Send + 'static) -> Self {
        Self::on(socket(), answer)
    }

    pub fn on(
        socket: UdpSocket,
        mut answer: impl FnMut(&UdpSocket, SocketAddr, &[u8]) -> bool + Send + 'static,
    ) -> Self {
        let (port, socket) = (port_of(&socket), Arc::new(socket));
        let weak = Arc::downgrade(&socket);
        let serve = move || {
            let mut bytes = vec![0; 65_536];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                if bytes[..length] == *STOP || !answer(&socket, from, &bytes[..length]) {
                    return;
                }
            }
        };
        let thread = Some(thread::Builder::new().spawn(serve).expect("a thread"));
        Self { port, socket: weak, thread }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // It says so to itself: while it has its socket, nobody else can have got the port.
        while let Some(socket) = self.socket.upgrade() {
            let _ = socket.send_to(STOP, (Ipv4Addr::LOCALHOST, self.port));
            drop(socket);
            thread::park_timeout(Duration::from_millis(5));
        }
        assert!(thread.join().is_ok() || thread::panicking(), "the fake server panicked");
    }
}

/// Does the work in a network of its own, in which there is nobody else; only root can make one.
#[track_caller]
pub fn in_a_network_of_its_own(test: &str, work: impl FnOnce() + Send + 'static) {
    if fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return skip(test, "not root, who alone can make a network");
    }
    let body = move || {
        if unshare(CloneFlags::CLONE_NEWNET).is_err() {
            return false;
        }
        let up = "ip link set lo up && ip address add 10.9.0.1/24 dev lo";
        let status = Command::new("sh").args(["-c", up]).status().expect("a shell");
        assert!(status.success(), "a loopback interface");
        work();
        true
    };
    let thread = thread::Builder::new().name(test.to_owned()).spawn(body).expect("a thread");
    match thread.join() {
        Ok(true) => {}
        Ok(false) => skip(test, "not allowed to make a network"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// How many datagrams the system threw away instead of giving them to that port. For both families.
pub fn thrown_away(port: u16) -> u64 {
    let row = format!(":{port:04X}");
    let tables = ["udp", "udp6"].map(|name| format!("/proc/thread-self/net/{name}"));
    let texts = tables.map(|path| fs::read_to_string(path).expect("a table"));
    let counts = texts.iter().flat_map(|text| text.lines().skip(1)).filter_map(|line| {
        let mut fields = line.split_whitespace();
        fields.nth(1).filter(|local| local.ends_with(&row))?;
        fields.last()?.parse::<u64>().ok()
    });
    counts.sum()
}

/// A row of a burst's datagram, written by hand: header, then letters.
pub fn datagram(run: &[u8], sequence: u32, size: u16) -> Vec<u8> {
    let mut bytes = [b"nlab", run, &sequence.to_be_bytes(), &size.to_be_bytes(), &[0; 6]].concat();
    bytes.resize(usize::from(size), b'x');
    let sum = crc32fast::hash(&bytes);
    bytes[16..20].copy_from_slice(&sum.to_be_bytes());
    bytes
}
