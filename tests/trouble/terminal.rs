//! A real terminal: what is typed is not torn, and the terminal is left as it was found.
#![cfg(test)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use expectrl::process::Process as _;
use expectrl::process::unix::UnixProcess;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use unicode_width::UnicodeWidthStr;

use crate::errors::Silent;
use crate::net::{self, Peer};
use crate::support::{FUSE, Program, has, skip};

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const UP: &str = "\x1b[A";

/// What was written to a screen, whether the terminal was hung up, and the bell for changes.
type Screen = (Mutex<(Vec<u8>, bool)>, Condvar);

/// A terminal of 80 columns in which a shell runs netlab, and then says how netlab and the terminal
/// were left.
struct Terminal {
    process: UnixProcess,
    keyboard: File,
    /// Everything that was written to the screen, and whether the terminal was hung up.
    screen: Arc<Screen>,
    /// Up to where a test has looked.
    seen: usize,
    /// The shell has ended.
    over: bool,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !self.over {
            // A netlab that hangs would stay: it and its shell are a group of their own.
            let group = Pid::from_raw(self.process.pid().as_raw());
            let _ = killpg(group, Signal::SIGKILL);
            let _ = self.process.wait();
        }
    }
}

impl Terminal {
    fn new(arguments: &[&str]) -> Self {
        Self::with(arguments, &[])
    }

    fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        // The shell takes a Ctrl-C that comes before netlab reads keys itself, and goes on.
        let script = "trap : INT; stty sane cols 80 rows 24; \"$0\" \"$@\"; \
                      echo \"[code=$?]\"; stty -a; echo '[all said]'";
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_netlab")]).args(arguments);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        command.envs(variables.iter().copied());
        let process = UnixProcess::spawn_command(command).expect("a terminal");
        let keyboard = process.get_raw_handle().expect("a handle");
        let mut output = keyboard.try_clone().expect("a handle");
        let screen = Arc::new((Mutex::new((Vec::new(), false)), Condvar::new()));
        let shown = Arc::clone(&screen);
        let work = move || {
            let mut piece = [0; 4096];
            loop {
                let read = output.read(&mut piece);
                let mut state = shown.0.lock().expect("no panic");
                match read {
                    Ok(bytes @ 1..) => state.0.extend_from_slice(&piece[..bytes]),
                    // A terminal without programs answers with an error.
                    _ => state.1 = true,
                }
                shown.1.notify_all();
                if state.1 {
                    return;
                }
            }
        };
        thread::Builder::new().spawn(work).expect("a thread");
        Self { process, keyboard, screen, seen: 0, over: false }
    }

    /// A server, and its port, when its prompt is there.
    fn server(arguments: &[&str]) -> (Self, u16) {
        let mut all = vec!["tcp-server", "0", "--bind", "127.0.0.1", "--name", "tester"];
        all.extend_from_slice(arguments);
        let mut terminal = Self::with(&all, &[("NO_COLOR", "1")]);
        terminal.until("tester: ");
        // Whether the first page comes at once is tested elsewhere.
        terminal.press("/help\r");
        terminal.until("is said to everybody");
        terminal.until("tester: ");
        let seen = std::mem::take(&mut terminal.seen);
        terminal.until("listening on 127.0.0.1 port ");
        let line = terminal.until("\r\n");
        terminal.seen = seen;
        (terminal, line.trim().parse().expect("a port"))
    }

    /// A client of this test, and the test's end of the connection, when its prompt is there.
    fn client(arguments: &[&str]) -> (Self, Peer) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port().to_string();
        let mut all = vec!["tcp-client", "127.0.0.1", &port, "--name", "tester"];
        all.extend_from_slice(arguments);
        let mut terminal = Self::with(&all, &[("NO_COLOR", "1")]);
        let (stream, _) = listener.accept().expect("it connects");
        let mut peer = Peer::on(stream);
        peer.send(b"\0server\nserver: welcome\n");
        terminal.until("welcome");
        terminal.until("tester: ");
        (terminal, peer)
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Waits until `text` is on the screen, after what was looked at before, and gives everything
    /// up to it.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let end = Instant::now() + FUSE;
        let mut state = self.screen.0.lock().expect("no panic");
        let mut from = self.seen;
        loop {
            let mut places = state.0[from..].windows(text.len().max(1));
            if let Some(at) = places.position(|part| part.starts_with(text.as_bytes())) {
                let end = from + at + text.len();
                let part = String::from_utf8_lossy(&state.0[self.seen..end]).into_owned();
                self.seen = end;
                return part;
            }
            from = from.max((state.0.len() + 1).saturating_sub(text.len()));
            let left = end.saturating_duration_since(Instant::now());
            if state.1 || left.is_zero() {
                let shown = String::from_utf8_lossy(&state.0).into_owned();
                drop(state);
                panic!("{text:?} never came to the screen:\n{shown}");
            }
            state = self.screen.1.wait_timeout(state, left).expect("no panic").0;
        }
    }

    /// Presses keys and waits until they are shown.
    #[track_caller]
    fn type_in(&mut self, text: &str) {
        self.press(text);
        if !text.is_empty() {
            self.until(text);
        }
    }

    /// Everything that ever was on the screen.
    fn all(&self) -> String {
        String::from_utf8_lossy(&self.screen.0.lock().expect("no panic").0).into_owned()
    }

    /// Waits for the end of netlab; its exit code, as the shell counts, and what was on the screen
    /// until then. The terminal has to be as it was.
    #[track_caller]
    fn left(mut self) -> (i32, String) {
        self.until("[code=");
        let code = self.until("]").trim_end_matches(']').parse().expect("a number");
        let settings = self.until("[all said]");
        let settings: Vec<_> = settings.split([' ', ';', '\r', '\n']).collect();
        for setting in ["icanon", "echo", "isig", "icrnl", "opost", "onlcr", "ixon", "iexten"] {
            assert!(settings.contains(&setting), "the terminal lost {setting}: {settings:?}");
        }
        let all = self.all();
        self.over = self.process.wait().is_ok();
        (code, all)
    }
}

/// Without escape sequences that set colours or move the cursor, and without what a line feed or a
/// carriage return ends.
fn rows(screen: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = screen;
    while let Some(at) = rest.find('\x1b') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or(0, |end| end + 1);
            rest = &sequence[end..];
        }
    }
    text.push_str(rest);
    text.split(['\n', '\r']).map(str::to_owned).collect()
}

#[test]
fn what_netlab_switches_on_for_its_editor_it_switches_off_again() {
    for keys in ["exit\r", "half a li\x03", CTRL_D, ""] {
        let (mut terminal, peer) = Terminal::client(&[]);
        terminal.press(keys);
        if keys.is_empty() {
            drop(peer);
        } else {
            peer.end();
        }
        let (_, screen) = terminal.left();
        // What is pasted is bracketed while the editor wants that, and for nobody after it.
        let (on, off) = (screen.rfind("\x1b[?2004h"), screen.rfind("\x1b[?2004l"));
        assert!(on <= off, "after {keys:?} bracketed paste is still on: {screen:?}");
    }
}

#[test]
fn lines_that_are_typed_ahead_are_all_said() {
    let (mut terminal, mut peer) = Terminal::client(&[]);
    terminal.press("one\rtwo\rthree\r");
    for line in ["one", "two", "three"] {
        assert_eq!(peer.until(line), line);
    }
    terminal.press(CTRL_D);
    peer.end();
    assert_eq!(terminal.left().0, 0);
}

/// Fifty messages come while half a line is typed.
#[track_caller]
fn half_a_line(mut terminal: Terminal, mut peer: Peer, speaker: &str) {
    terminal.press("half a li");
    terminal.until("half a li");
    for n in 1..=50 {
        peer.say(&format!("{speaker}message {n:02} of 50"));
    }
    let part = terminal.until("message 50 of 50");
    let order: Vec<_> =
        part.match_indices("message ").map(|(at, _)| &part[at + 8..at + 10]).collect();
    let expected: Vec<_> = (1..=50).map(|n| format!("{n:02}")).collect();
    assert_eq!(order, expected);
    // The prompt and the half-typed line are drawn again below.
    terminal.until("tester: half a li");
    terminal.press("ne\r");
    assert!(peer.until("half a line").ends_with("half a line"));
    terminal.press("exit\r");
    peer.end();
    assert_eq!(terminal.left().0, 0);
}

#[test]
fn messages_do_not_tear_the_line_that_is_typed_in_a_server() {
    let (terminal, port) = Terminal::server(&[]);
    half_a_line(terminal, Peer::named(port, "peer"), "");
}

#[test]
fn messages_do_not_tear_the_line_that_is_typed_in_a_client() {
    let (terminal, peer) = Terminal::client(&[]);
    half_a_line(terminal, peer, "friend: ");
}

/// A tmux of its own: a terminal that tells what is on its screen.
struct Tmux(String);

impl Tmux {
    fn new(command: &str) -> Self {
        let this = Self(format!("netlab-test-{}", std::process::id()));
        let shell = format!("{command}; echo \"[code=$?]\"; cat");
        this.run(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &shell]);
        this
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.0]).args(arguments);
        command.output().expect("tmux starts")
    }

    fn rows(&self) -> Vec<String> {
        let output = self.run(&["capture-pane", "-p"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut rows: Vec<_> = text.lines().map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    #[track_caller]
    fn until(&self, what: &str, mut so: impl FnMut(&[String]) -> bool) {
        let mut last = Vec::new();
        for _ in 0..FUSE.as_millis() / 20 {
            last = self.rows();
            if so(&last) {
                return;
            }
            thread::park_timeout(Duration::from_millis(20));
        }
        panic!("never on the screen: {what}\n{}", last.join("\n"));
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn on_a_screen_the_half_typed_line_stands_below_the_messages() {
    if !has("tmux") {
        return skip("on_a_screen_the_half_typed_line_stands_below_the_messages", "no tmux");
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let program = env!("CARGO_BIN_EXE_netlab");
    let tmux = Tmux::new(&format!("{program} tcp-client 127.0.0.1 {port} --name tester"));
    let mut peer = Peer::on(listener.accept().expect("it connects").0);
    peer.send(b"\0server\n");
    tmux.until("a prompt", |rows| rows.last().is_some_and(|row| row == "tester:"));
    tmux.run(&["send-keys", "-l", "half a li"]);
    tmux.until("half a line", |rows| rows.last().is_some_and(|row| row == "tester: half a li"));
    for n in 1..=50 {
        peer.say(&format!("friend: message {n:02} of 50"));
    }
    // The whole screen: the last messages, in order, and below them what is typed.
    let mut expected: Vec<_> = (1..=50).map(|n| format!("friend: message {n:02} of 50")).collect();
    expected.push("tester: half a li".to_owned());
    tmux.until("the last messages and the half-typed line", |rows| {
        rows.len() >= 23 && expected.ends_with(rows)
    });
    // A line that is longer than the screen is wide is drawn again too.
    let long = "and the other half, which is so long that it does not fit in one row of eighty";
    tmux.run(&["send-keys", "-l", long]);
    let typed = format!("tester: half a li{long}");
    let (first, second) = typed.split_at(80);
    tmux.until("two rows", |rows| rows.ends_with(&[first.to_owned(), second.to_owned()]));
    peer.say("friend: one more");
    tmux.until("the message above two rows", |rows| {
        rows.ends_with(&["friend: one more".to_owned(), first.to_owned(), second.to_owned()])
    });
    tmux.run(&["send-keys", "C-c"]);
    tmux.until("the last words", |rows| {
        rows.iter().any(|row| row == "Disconnected from server.")
            && rows.iter().any(|row| row.starts_with("[code=130]"))
    });
}

#[test]
fn what_was_typed_before_comes_back_with_arrow_up() {
    let (mut terminal, mut peer) = Terminal::client(&[]);
    for line in ["first", "second"] {
        terminal.press(&format!("{line}\r"));
        peer.until(line);
    }
    terminal.press(UP);
    terminal.until("second");
    terminal.press(UP);
    terminal.until("first");
    terminal.press(" again\r");
    assert_eq!(peer.until("again"), "first again");
    terminal.press(CTRL_D);
    peer.end();
    assert_eq!(terminal.left().0, 0);
}

#[test]
fn ctrl_c_while_connecting_leaves_the_terminal_as_it_was() {
    let silent = Silent::new();
    let port = silent.address.port().to_string();
    let mut terminal = Terminal::new(&["tcp-client", "127.0.0.1", &port, "--timeout", "20"]);
    terminal.until("Client configuration");
    terminal.until("Buffer");
    terminal.press(CTRL_C);
    let (code, screen) = terminal.left();
    assert_eq!(code, 130, "{screen}");
}

#[test]
fn ctrl_c_in_a_client_leaves_the_terminal_as_it_was() {
    for typed in ["", "half a li"] {
        let (mut terminal, mut peer) = Terminal::client(&[]);
        terminal.type_in(typed);
        terminal.press(CTRL_C);
        let (code, screen) = terminal.left();
        assert_eq!(code, 130, "{screen}");
        assert!(screen.contains("Disconnected from server."), "{screen}");
        while let Some(heard) = peer.heard() {
            assert!(!heard.contains("half"), "what was not finished was sent: {heard}");
        }
    }
}

/// Somebody who says the same again and again.
struct Pouring {
    stream: TcpStream,
    thread: thread::JoinHandle<()>,
}

impl Pouring {
    fn of(mut peer: Peer, line: &str) -> Self {
        let stream = peer.stream.try_clone().expect("a handle");
        let lines = line.repeat(100);
        let work = move || while peer.stream.write_all(lines.as_bytes()).is_ok() {};
        Self { stream, thread: thread::Builder::new().spawn(work).expect("a thread") }
    }

    /// If the window was closed when the other side went, the kernel goes on asking whether it opens.
    fn end(self) {
        // It may be over already.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.thread.join().expect("a connection that is closed takes nothing more");
    }
}

#[test]
fn a_client_can_be_left_while_messages_pour_in() {
    for (keys, expected) in [(CTRL_C, 130), (CTRL_D, 0), ("exit\r", 0)] {
        let (mut terminal, peer) = Terminal::client(&[]);
        let pouring = Pouring::of(peer, "friend: it rains\n");
        terminal.until("it rains");
        terminal.press(keys);
        let (code, _) = terminal.left();
        assert_eq!(code, expected, "{keys:?}");
        pouring.end();
    }
}

#[test]
fn a_server_can_be_left_while_messages_pour_in() {
    for how in ["one", "threads", "events"] {
        for (keys, expected) in [(CTRL_C, 130), (CTRL_D, 0), ("exit\r", 0)] {
            let (mut terminal, port) = Terminal::server(&["--serve", how]);
            let pouring = Pouring::of(Peer::named(port, "friend"), "it rains\n");
            terminal.until("it rains");
            terminal.press(keys);
            let (code, _) = terminal.left();
            assert_eq!(code, expected, "{keys:?} {how}");
            pouring.end();
        }
    }
}

#[test]
fn ctrl_c_in_a_server_leaves_the_terminal_as_it_was_and_the_clients_end() {
    for typed in ["", "half a li"] {
        for how in ["one", "threads", "events"] {
            let (mut terminal, port) = Terminal::server(&["--serve", how]);
            let mut client = Program::client(port, &["--name", "client"]);
            client.until("Endpoint table");
            terminal.until("client has joined");
            terminal.type_in(typed);
            terminal.press(CTRL_C);
            let (code, screen) = terminal.left();
            assert_eq!(code, 130, "{how}: {screen}");
            let (status, lines) = client.finish();
            assert_eq!(status.code(), Some(0), "{how}: {lines:#?}");
            assert!(
                lines.iter().any(|line| line == "The server has closed the connection."),
                "{how}: {lines:#?}"
            );
            assert_eq!(lines.last().map(String::as_str), Some("Disconnected from server."));
        }
    }
}

#[test]
fn ctrl_c_in_a_server_that_nobody_visits_leaves_the_terminal_as_it_was() {
    for how in ["one", "threads", "events"] {
        let (mut terminal, _) = Terminal::server(&["--serve", how]);
        terminal.press(CTRL_C);
        assert_eq!(terminal.left().0, 130, "{how}");
    }
}

#[test]
fn a_signal_from_elsewhere_leaves_the_terminal_as_it_was() {
    let (mut terminal, port) = Terminal::server(&[]);
    terminal.press("half a li");
    terminal.until("half a li");
    // netlab's process is the one that listens on that port.
    let owner = Command::new("ss").args(["-Hltnp", &format!("sport = :{port}")]).output();
    let Ok(owner) = owner else {
        return skip("a_signal_from_elsewhere_leaves_the_terminal_as_it_was", "no ss");
    };
    let text = String::from_utf8_lossy(&owner.stdout).into_owned();
    let number = text.split_once("pid=").and_then(|(_, rest)| rest.split(',').next());
    let pid = number.and_then(|number| number.parse().ok()).expect("a process number");
    kill(Pid::from_raw(pid), Signal::SIGINT).expect("it runs");
    assert_eq!(terminal.left().0, 130);
}

#[test]
fn every_word_that_leaves_leaves_with_0_and_the_terminal_as_it_was() {
    for keys in ["exit\r", "bye\r", "EXIT \r", "/quit\r", CTRL_D] {
        let (mut terminal, peer) = Terminal::client(&[]);
        terminal.press(keys);
        peer.end();
        let (code, screen) = terminal.left();
        assert_eq!(code, 0, "{keys:?}: {screen}");
        assert_eq!(screen.matches("Disconnected from server.").count(), 1, "{keys:?}: {screen}");
        for how in ["one", "threads", "events"] {
            let (mut terminal, port) = Terminal::server(&["--serve", how]);
            let mut peer = Peer::named(port, "peer");
            terminal.press(keys);
            let (code, screen) = terminal.left();
            assert_eq!(code, 0, "{keys:?} {how}: {screen}");
            while peer.heard().is_some() {}
        }
    }
}

#[test]
fn however_often_a_server_is_left_the_terminal_is_as_it_was() {
    for keys in ["exit\r", CTRL_C, CTRL_D] {
        for _ in 0..15 {
            let (mut terminal, _) = Terminal::server(&[]);
            terminal.press(keys);
            terminal.left();
        }
    }
}

#[test]
fn when_the_server_goes_the_terminal_is_as_it_was() {
    for typed in ["", "half a li"] {
        let (mut terminal, mut peer) = Terminal::client(&[]);
        terminal.type_in(typed);
        // Everything the client sent is read, or the system would answer with a reset.
        peer.end();
        while peer.heard().is_some() {}
        drop(peer);
        let (code, screen) = terminal.left();
        assert_eq!(code, 0, "{screen}");
        assert!(screen.contains("The server has closed the connection."), "{screen}");
        let (mut terminal, peer) = Terminal::client(&[]);
        terminal.type_in(typed);
        peer.reset();
        let (code, screen) = terminal.left();
        assert_eq!(code, 3, "{screen}");
        assert!(screen.contains("ECONNRESET"), "{screen}");
    }
}

/// The rows of netlab's own that are wider than 80 columns, or not ASCII where they should be.
fn misfits(what: &str, screen: &str, ascii: bool) -> Vec<String> {
    let fits = |row: &String| row.width() <= 80 && (!ascii || row.is_ascii());
    let misfits = rows(screen).into_iter().filter(|row| !fits(row));
    misfits.map(|row| format!("{what}, {} columns: {row}\n", row.width())).collect()
}

#[test]
fn a_window_of_80_columns_is_wide_enough_for_a_talk() {
    let mut bad = Vec::new();
    for options in [&[][..], &["--explain"], &["--ascii"], &["--ascii", "--explain"]] {
        for serve in [&["--serve", "events"][..], &["--serve", "threads", "--once", "--nodelay"]] {
            let ascii = options.contains(&"--ascii");
            let (mut server, port) = Terminal::server(&[options, serve].concat());
            let port_text = port.to_string();
            let mut all = vec!["tcp-client", "127.0.0.1", &port_text, "--name", "client"];
            all.extend_from_slice(options);
            let mut client = Terminal::with(&all, &[("NO_COLOR", "1")]);
            client.until("client: ");
            server.until("[client has joined the chat]");
            // Each is answered before the next is typed: what is typed ahead is tested elsewhere.
            for (line, answer) in [("/help", "is said to everybody"), ("/who", "Destination port")]
            {
                client.type_in(line);
                client.press("\r");
                client.until(answer);
                client.until("client: ");
            }
            client.type_in("hello");
            client.press("\r");
            server.until("client: hello");
            let mut others: Vec<_> =
                ["anna", "bert", "carl"].map(|name| Peer::named(port, name)).into();
            server.press("/who\r");
            server.until("carl");
            others[0].say("that was all");
            server.until("that was all");
            client.until("that was all");
            client.press("exit\r");
            let (code, screen) = client.left();
            assert_eq!(code, 0);
            bad.extend(misfits(&format!("client {options:?}"), &before_the_end(&screen), ascii));
            drop(others);
            server.press("exit\r");
            let (code, screen) = server.left();
            assert_eq!(code, 0);
            bad.extend(misfits(&format!("server {options:?}"), &before_the_end(&screen), ascii));
        }
    }
    assert!(bad.is_empty(), "{}", bad.concat());
}

/// What netlab wrote, without what the shell wrote afterwards.
fn before_the_end(screen: &str) -> String {
    screen.split("[code=").next().unwrap_or_default().to_owned()
}

#[test]
fn a_window_of_80_columns_is_wide_enough_for_helps_and_errors() {
    let silent = Silent::new();
    let port = silent.address.port().to_string();
    let owner = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let busy = owner.local_addr().expect("an address").port().to_string();
    let mut bad = Vec::new();
    for arguments in [
        &[][..],
        &["--help"],
        &["tcp-server", "--help"],
        &["tcp-client", "--help"],
        &["demo", "--help"],
        &["demo", "stream"],
        &["demo", "stream", "--ascii"],
        &["demo", "datagram"],
        &["demo", "datagram", "--ascii", "--explain"],
        &["udp-server", "--help"],
        &["udp-client", "--help"],
        &["udp-server", "--drop", "a fifth"],
        &["udp-client", "127.0.0.1", "1", "--count", "3", "--timeout", "0.1"],
        &["udp-client", "127.0.0.1", "1", "--count", "3", "--timeout", "0.1", "--connect"],
        &["udp-client", "127.0.0.1", "1", "--count", "3", "--timeout", "0.1", "--ascii"],
        &["udp-client", "127.0.0.1", "--count", "3", "--size", "65508"],
        &["tcp-server", "70000"],
        &["tcp-server", &busy],
        &["tcp-server", "0", "--bind", "203.0.113.7"],
        &["tcp-client", "127.0.0.1", &port, "--timeout", "0.2"],
        &["tcp-client", "127.0.0.1", &port, "--timeout", "0.2", "--connect-ex", "--explain"],
        &["tcp-client", "127.0.0.1", "0"],
        &["tcp-client", "nonexistent.invalid"],
        &["tcp-client", "127.0.0.1", "1", "--ascii"],
        &["tcp-client", "127.0.0.1", "1", "--source-port", "6OOO"],
        &["tcp-server", "--record", "/nonexistent/record.jsonl"],
    ] {
        let terminal = Terminal::with(arguments, &[("NO_COLOR", "1")]);
        let (_, screen) = terminal.left();
        let ascii = arguments.contains(&"--ascii");
        bad.extend(misfits(&format!("{arguments:?}"), &before_the_end(&screen), ascii));
    }
    assert!(bad.is_empty(), "{}", bad.concat());
}

#[test]
fn a_terminal_gets_colours_unless_somebody_says_no() {
    let coloured = |screen: &str| {
        screen.split("\x1b[").skip(1).any(|part| {
            let end = part.find(|c: char| ('@'..='~').contains(&c));
            end.is_some_and(|end| part[end..].starts_with('m'))
        })
    };
    for (options, variables, expected) in [
        (&[][..], &[][..], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[], false),
        (&[], &[("NO_COLOR", "1")], false),
        (&[], &[("NO_COLOR", "")], true),
        (&[], &[("TERM", "dumb")], false),
    ] {
        let mut arguments = vec!["tcp-client", "127.0.0.1", "1"];
        arguments.extend_from_slice(options);
        let (code, screen) = Terminal::with(&arguments, variables).left();
        assert_eq!(code, 3);
        let coloured = coloured(&before_the_end(&screen));
        assert_eq!(coloured, expected, "{options:?} {variables:?}: {screen:?}");
    }
}

#[test]
fn a_record_is_whole_although_its_run_was_interrupted() {
    let silent = Silent::new();
    let port = silent.address.port().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.jsonl");
    let path = path.to_str().expect("UTF-8");
    let mut terminal =
        Terminal::new(&["tcp-client", "127.0.0.1", &port, "--timeout", "20", "--record", path]);
    net::wait_until("the record has begun", || {
        std::fs::read_to_string(path).is_ok_and(|record| record.contains("connecting"))
    });
    terminal.press(CTRL_C);
    assert_eq!(terminal.left().0, 130);
    let record = std::fs::read_to_string(path).expect("a record");
    let events: Vec<String> = record
        .lines()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).expect("whole lines");
            object["event"].as_str().unwrap_or_default().to_owned()
        })
        .collect();
    for event in ["header", "host", "call", "connecting"] {
        assert!(events.iter().any(|found| found == event), "no {event} in {events:?}");
    }
}

#[test]
fn a_terminal_with_words_of_others_obeys_none_of_them() {
    let (mut terminal, mut peer) = Terminal::client(&[]);
    for (what, bytes) in net::nasty_texts() {
        let before = terminal.seen;
        peer.send(&[b"mallory: ", &bytes[..], b" end of it\n"].concat());
        terminal.until("end of it");
        let shown = terminal.all()[..].to_owned();
        let new = shown.get(before..).unwrap_or_default();
        for forbidden in
            ["\x07", "\x1b]", "\x1b[2J", "\x1b[31m", "\x1b[6n", "\x1b[c", "\u{9b}", "\u{202e}"]
        {
            assert!(!new.contains(forbidden), "{what}: {forbidden:?} in {new:?}");
        }
    }
    terminal.press(CTRL_D);
    peer.end();
    assert_eq!(terminal.left().0, 0);
}
