//! Servers that want to do harm: nothing that a terminal obeys reaches the client's output, its
//! memory is bounded, and it ends by itself when the server has gone.
#![cfg(test)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crate::net::{self, Peer, Random, frame};
use crate::support::{Program, has, netlab, skip};

/// The exit codes that the help lists.
const DOCUMENTED: [i32; 5] = [0, 2, 3, 4, 130];

/// A netlab client whose server is this test.
struct Victim {
    child: Child,
    /// Somebody may still be typing.
    stdin: Option<ChildStdin>,
    output: JoinHandle<Vec<u8>>,
    errors: JoinHandle<Vec<u8>>,
    /// Bytes of output so far.
    printed: Arc<AtomicUsize>,
    server: TcpStream,
}

fn collect(mut pipe: impl Read + Send + 'static, count: Arc<AtomicUsize>) -> JoinHandle<Vec<u8>> {
    let work = move || {
        let (mut all, mut piece) = (Vec::new(), vec![0; 65_536]);
        while let Ok(bytes @ 1..) = pipe.read(&mut piece) {
            count.fetch_add(bytes, Ordering::Relaxed);
            all.extend_from_slice(&piece[..bytes]);
        }
        all
    };
    thread::Builder::new().spawn(work).expect("a thread")
}

impl Victim {
    fn new(arguments: &[&str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port().to_string();
        let mut child = netlab()
            .args(["tcp-client", "127.0.0.1", &port, "--name", "victim"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("netlab starts");
        let (server, _) = listener.accept().expect("it connects");
        let printed = Arc::new(AtomicUsize::new(0));
        let output = collect(child.stdout.take().expect("a pipe"), Arc::clone(&printed));
        let errors = collect(child.stderr.take().expect("a pipe"), Arc::default());
        let stdin = child.stdin.take();
        Self { child, stdin, output, errors, printed, server }
    }

    /// Sends what it can.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.server.write_all(bytes);
    }

    /// The server goes. The client's exit status and everything it printed, checked.
    #[track_caller]
    fn left_alone(self, what: &str, with_reset: bool) -> (ExitStatus, String, String) {
        let Self { mut child, stdin, output, errors, server, .. } = self;
        let mut server = Peer::on(server);
        if with_reset {
            server.reset();
        } else {
            // Everything the client sent is read, or the system would answer with a reset.
            server.end();
            let _ = server.stream.read_to_end(&mut Vec::new());
        }
        let status = net::wait_for_exit(&mut child);
        drop(stdin);
        let output = output.join().expect("a reader");
        let errors = errors.join().expect("a reader");
        for bytes in [&output, &errors] {
            assert_eq!(net::hostile(bytes), None, "{what}");
        }
        let text = |bytes| String::from_utf8(bytes).expect("it was looked at");
        let (output, errors) = (text(output), text(errors));
        assert!(!errors.contains("panicked"), "{what}: {errors}");
        let code = status.code().unwrap_or_else(|| panic!("{what}: {status}: {errors}"));
        assert!(DOCUMENTED.contains(&code), "{what}: exit code {code}");
        assert_eq!(code != 0, !errors.is_empty(), "{what}: exit code {code} with {errors:?}");
        (status, output, errors)
    }
}

#[test]
fn hostile_text_from_a_server_is_printed_harmless_in_every_format() {
    let texts = net::nasty_texts();
    let formats = [&[][..], &["--explain"], &["--format", "json"], &["--format", "markdown"]];
    let show = &|arguments: &[&str]| {
        for (what, text) in &texts {
            let line = [&text[..], b"\n"].concat();
            let whole = [b"\0", &line[..], b"\0*", &line, &line, b"mallory: ", &line].concat();
            for bytes in [whole, text.clone(), [b"nc\n", &line[..]].concat()] {
                let mut victim = Victim::new(arguments);
                victim.send(&bytes);
                victim.left_alone(what, false);
            }
        }
    };
    // Each waits most of the time, to see whether what came was all.
    thread::scope(|scope| {
        for arguments in formats {
            scope.spawn(move || show(arguments));
        }
    });
}

#[test]
fn hostile_text_in_frames_is_printed_harmless() {
    for (what, text) in net::nasty_texts() {
        let frames: Vec<u8> = (1..=4).flat_map(|kind| frame(kind, &text)).collect();
        let mut victim = Victim::new(&["--explain"]);
        victim.send(&frames);
        let (status, ..) = victim.left_alone(what, false);
        assert_eq!(status.code(), Some(0), "{what}");
    }
}

#[test]
fn a_server_that_breaks_the_framing_is_named_as_the_reason() {
    let hello = frame(1, b"mallory");
    for (what, bytes) in [
        ("type 9", &b"\x09\0\0\x02hi"[..]),
        ("more than 1 MiB", b"\x02\xff\xff\xffabc"),
        ("a cut text", b"\x02\0\0\x09half"),
    ] {
        let mut victim = Victim::new(&[]);
        victim.send(&[&hello[..], bytes].concat());
        let (status, _, errors) = victim.left_alone(what, false);
        assert_eq!(status.code(), Some(3), "{what}");
        assert!(errors.contains("frame"), "{what}: nothing tells what the server did: {errors}");
    }
}

#[test]
fn random_bytes_from_a_server_are_printed_harmless() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..30 {
        let mut bytes = random.bytes(3000);
        let beginnings: [&[u8]; 4] = [b"", b"\0", b"\x01\0\0\x02me", b"line\n"];
        bytes.splice(..0, beginnings[round % 4].iter().copied());
        let mut victim = Victim::new(if round % 2 == 0 { &[] } else { &["--explain"] });
        victim.send(&bytes);
        victim.left_alone("random bytes", round % 3 == 0);
    }
}

/// Sends that again and again, so many bytes of it.
fn endless(what: &str, bytes: usize, beginning: &[u8], again: &[u8], arguments: &[&str]) {
    let mut victim = Victim::new(arguments);
    victim.send(beginning);
    victim.send(again);
    net::wait_until("it prints", || victim.printed.load(Ordering::Relaxed) > 0);
    let before = net::memory(&victim.child);
    let piece = again.repeat(1 + 1_000_000 / again.len());
    let mut sent = 0;
    while sent < bytes {
        victim.server.write_all(&piece).expect("the client reads");
        sent += piece.len();
    }
    let most = net::peak_memory(&victim.child);
    assert!(most < before + 32 * 1024, "{what}: from {before} kB to {most} kB");
    // What the client has not read yet is lost with a reset: it still ends by itself.
    victim.left_alone(what, true);
}

#[test]
fn an_endless_line_costs_no_memory() {
    endless("an endless line", 64_000_000, b"\0mallory\n", b"abcdefgh", &[]);
    endless("an endless name", 64_000_000, b"\0", b"abcdefgh", &[]);
}

#[test]
fn endless_lines_cost_no_memory() {
    endless("empty lines", 4_000_000, b"\0mallory\n", b"\n", &[]);
    let line = "what a nice day it is ".repeat(20) + "\n";
    endless("lines", 64_000_000, b"hi\n", line.as_bytes(), &[]);
}

#[test]
fn an_endless_bare_text_costs_no_memory() {
    endless("bare text", 64_000_000, b"", b"abcdefgh", &["--framing", "none"]);
    endless("frames", 64_000_000, &frame(1, b"mallory"), &frame(2, &b"x".repeat(60_000)), &[]);
}

#[test]
fn a_client_ends_by_itself_when_the_server_vanishes() {
    for (beginning, what) in [
        (&b""[..], "a server that says nothing"),
        (b"\0mallory\n", "a netlab"),
        (b"hello\n", "a server of lines"),
        (b"hello", "a server of bare text"),
        (b"\x01\0\0\x02me", "a server of frames"),
    ] {
        let mut victim = Victim::new(&[]);
        victim.send(beginning);
        let (status, output, _) = victim.left_alone(what, false);
        assert_eq!(status.code(), Some(0), "{what}");
        assert!(output.contains("The server has closed the connection."), "{what}: {output}");
        assert!(output.ends_with("Disconnected from server.\n"), "{what}: {output}");

        let mut victim = Victim::new(&[]);
        victim.send(beginning);
        let (status, output, errors) = victim.left_alone(what, true);
        assert_eq!(status.code(), Some(3), "{what}: {output}");
        assert!(errors.contains("ECONNRESET"), "{what}: {errors}");
        assert!(output.ends_with("Disconnected from server.\n"), "{what}: {output}");
    }
}

#[test]
fn a_reset_that_only_a_send_hears_of_is_a_reset() {
    if !has("strace") {
        return skip("a_reset_that_only_a_send_hears_of_is_a_reset", "no strace");
    }
    // The system tells of a reset once. Here `send` begins after it and takes long to return, and
    // meanwhile `recv` sees nothing but an end.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let mut command = std::process::Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto,recvfrom"]);
    command.args(["-e", "inject=sendto:delay_enter=200000:delay_exit=700000:when=1"]);
    command.args(["-e", "inject=recvfrom:delay_enter=500000:when=1"]);
    command.arg(netlab().get_program()).args(["tcp-client", "127.0.0.1", &port]);
    let client = Program::start(&mut command);
    let (server, _) = listener.accept().expect("it connects");
    Peer::on(server).reset();
    let (status, lines) = client.finish();
    let all = lines.join("\n");
    assert_eq!(status.code(), Some(3), "{all}");
    assert!(all.contains("ECONNRESET"), "{all}");
}
