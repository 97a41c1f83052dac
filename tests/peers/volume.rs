//! netlab to netlab at full speed: no line is lost, merged, split or out of order.
#![cfg(test)]

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::support::netlab;

const SENDERS: usize = 8;

/// Nothing here takes so long unless it hangs.
const LONG_FUSE: Duration = Duration::from_secs(240);

/// What a sender says as its line of that number. Lengths differ, so that borders fall anywhere.
fn line(sender: usize, number: usize) -> String {
    format!("s{sender} {number:06} {}ü.", "x".repeat((number * 7 + sender) % 41))
}

/// What one screen shows, checked as it comes; the lines themselves are not kept.
#[derive(Default)]
struct Screen {
    /// The next number expected of each sender.
    next: [usize; SENDERS],
    /// The name each sender is shown by.
    names: [Option<String>; SENDERS],
    faults: Vec<String>,
}

impl Screen {
    fn count(&self) -> usize {
        self.next.iter().sum()
    }

    fn read(&mut self, shown: &str) {
        let Some((name, text)) = shown.split_once(": s") else { return };
        if let Err(fault) = self.check(name, text, shown)
            && self.faults.len() < 10
        {
            self.faults.push(fault);
        }
    }

    fn check(&mut self, name: &str, text: &str, shown: &str) -> Result<(), String> {
        let sender = text.split(' ').next().and_then(|word| word.parse::<usize>().ok());
        let sender = sender.filter(|&n| n < SENDERS).ok_or_else(|| format!("whose? {shown:?}"))?;
        let expected = line(sender, self.next[sender]);
        if format!("s{text}") != expected {
            return Err(format!("{shown:?} instead of {expected:?}"));
        }
        let known = self.names[sender].get_or_insert_with(|| name.to_owned());
        if known != name {
            return Err(format!("sender {sender} was {known:?} and now: {shown:?}"));
        }
        self.next[sender] += 1;
        Ok(())
    }
}

/// A netlab whose screen is read by a thread of its own.
struct Watched {
    child: Child,
    stdin: Option<ChildStdin>,
    told: Receiver<u16>,
    complete: Receiver<()>,
    reader: Option<JoinHandle<Screen>>,
}

impl Watched {
    /// Starts one that is to show so many lines.
    fn start(command: &mut Command, lines: usize) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = pipes.spawn().expect("netlab starts");
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().expect("a pipe"));
        let ((tell, told), (done, complete)) = (channel(), channel());
        let read = move || watch(stdout, lines, &tell, &done);
        let reader = Builder::new().spawn(read).expect("a thread");
        Self { child, stdin, told, complete, reader: Some(reader) }
    }

    /// The port it names first: where it listens, or where it is connected to.
    fn port(&self) -> u16 {
        self.told.recv_timeout(LONG_FUSE).expect("it tells its port")
    }

    /// Waits for the last line that is expected.
    fn wait(&self, who: &str) {
        // An error is an answer too: the screen has ended, and the check tells what is missing.
        let waited = self.complete.recv_timeout(LONG_FUSE);
        if waited == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            eprintln!("{who}: not complete after {LONG_FUSE:?}");
        }
    }

    /// Waits for its end and gives everything its screen showed.
    fn end(mut self) -> Screen {
        let reader = self.reader.take().expect("taken once");
        let screen = reader.join().expect("the reader does not panic");
        assert!(self.child.wait().expect("it was started").success());
        screen
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Only what this test started, by its own handle.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(stdout: impl Read, lines: usize, tell: &Sender<u16>, done: &Sender<()>) -> Screen {
    let mut screen = Screen::default();
    for line in BufReader::with_capacity(1 << 16, stdout).split(b'\n') {
        let line = line.expect("a pipe");
        let text = String::from_utf8_lossy(&line);
        let words: Vec<_> = text.split_whitespace().collect();
        if let ["Server" | "Client", .., "port", port] = words[..]
            && let Ok(port) = port.parse()
        {
            let _ = tell.send(port);
        }
        screen.read(&text);
        if screen.count() == lines {
            let _ = done.send(());
        }
    }
    screen
}

/// Wants each sender's lines, all of them, except the own ones.
#[track_caller]
fn assert_complete(who: &str, screen: &Screen, each: usize, own: Option<usize>) {
    assert_eq!(screen.faults, [""; 0], "{who}");
    for sender in 0..SENDERS {
        let expected = if own == Some(sender) { 0 } else { each };
        assert_eq!(screen.next[sender], expected, "{who} has so many lines of sender {sender}");
    }
    let mut names: Vec<_> = screen.names.iter().flatten().collect();
    names.sort();
    names.dedup();
    let speakers = SENDERS - usize::from(own.is_some());
    assert_eq!(names.len(), speakers, "{who} knows the speakers apart: {names:?}");
}

/// Types everything a sender has to say, as fast as it is taken, and gives the pipe back.
fn type_everything(sender: usize, each: usize, stdin: ChildStdin) -> JoinHandle<ChildStdin> {
    let work = move || {
        let mut pipe = BufWriter::with_capacity(1 << 16, stdin);
        for number in 0..each {
            writeln!(pipe, "{}", line(sender, number)).expect("it takes its input");
        }
        pipe.into_inner().expect("it takes its input")
    };
    Builder::new().spawn(work).expect("a thread")
}

#[track_caller]
fn everybody_gets_everything(serve: &str, each: usize) {
    let arguments = ["tcp-server", "0", "--bind", "127.0.0.1", "--serve", serve];
    let mut server = Watched::start(netlab().args(arguments), SENDERS * each);
    let port = server.port().to_string();
    let client = |lines| {
        let client = Watched::start(netlab().args(["tcp-client", "127.0.0.1", &port]), lines);
        client.port();
        client
    };
    let listener = client(SENDERS * each);
    let mut senders: Vec<_> = (0..SENDERS).map(|_| client((SENDERS - 1) * each)).collect();
    // Nobody speaks before everybody is a member; the server's own table tells.
    crate::tools::poll(
        || crate::tools::output(Command::new("ss").args(["-Htn", "state", "established"])),
        |seen| {
            let mine = seen.lines().filter(|row| {
                row.split_whitespace().nth(2).is_some_and(|own| own.ends_with(&format!(":{port}")))
            });
            (mine.count() == SENDERS + 1).then_some(())
        },
    );
    let typing = senders
        .iter_mut()
        .enumerate()
        .map(|(n, sender)| type_everything(n, each, sender.stdin.take().expect("open")));
    let typing: Vec<_> = typing.collect();
    for (n, typed) in typing.into_iter().enumerate() {
        let stdin = typed.join().expect("the typist does not panic");
        // Half of them have a pipe that ends, the others one that stays open.
        senders[n].stdin = (n % 2 == 0).then_some(stdin);
    }
    listener.wait("the listener");
    server.wait("the server");
    for (n, sender) in senders.iter().enumerate() {
        sender.wait(&format!("sender {n}"));
    }
    let mut stdin = server.stdin.take().expect("open");
    stdin.write_all(b"exit\n").expect("the server takes its input");
    assert_complete("the listener", &listener.end(), each, None);
    assert_complete("the server", &server.end(), each, None);
    for (n, sender) in senders.into_iter().enumerate() {
        assert_complete(&format!("sender {n}"), &sender.end(), each, Some(n));
    }
}

#[test]
fn a_hundred_thousand_lines_of_each_of_eight_clients_reach_everybody_with_one_event_loop() {
    if !crate::tools::missing("volume, events", &["ss"]) {
        everybody_gets_everything("events", 100_000);
    }
}

#[test]
fn ten_thousand_lines_of_each_of_eight_clients_reach_everybody_with_threads() {
    if !crate::tools::missing("volume, threads", &["ss"]) {
        everybody_gets_everything("threads", 10_000);
    }
}

#[test]
fn a_screen_that_lost_merged_or_swapped_a_line_is_found_out() {
    let said = |numbers: &[usize]| {
        let mut screen = Screen::default();
        for &number in numbers {
            screen.read(&format!("PC: {}", line(0, number)));
        }
        screen
    };
    assert!(said(&[0, 1, 2]).faults.is_empty());
    assert!(!said(&[0, 2]).faults.is_empty());
    assert!(!said(&[0, 0]).faults.is_empty());
    let mut merged = Screen::default();
    merged.read(&format!("PC: {}PC: {}", line(0, 0), line(0, 1)));
    assert!(!merged.faults.is_empty());
    let mut renamed = said(&[0]);
    renamed.read(&format!("Somebody: {}", line(0, 1)));
    assert!(!renamed.faults.is_empty());
}
