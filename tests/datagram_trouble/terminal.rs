//! A real terminal, by way of tmux, which tells what is on its screen.
#![cfg(test)]

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::lab::{Fake, is_alive, leave, server};
use crate::support::{FUSE, has, netlab, skip};

/// Screens so far: each has a tmux of its own.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A screen of 80 columns and 24 rows in which a shell runs netlab, and then says how netlab and the
/// terminal were left.
struct Screen(String);

impl Screen {
    /// None, and the test is skipped, without tmux.
    fn new(test: &str, arguments: &str) -> Option<Self> {
        if !has("tmux") {
            skip(test, "no tmux");
            return None;
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let this = Self(format!("netlab-udp-{}-{count}", std::process::id()));
        let program = netlab().get_program().to_string_lossy().into_owned();
        let shell = format!(
            "trap : INT; before=$(stty -g); {program} {arguments}; code=$?; \
             [ \"$before\" = \"$(stty -g)\" ] && echo '[as it was]'; echo \"[code=$code]\"; cat"
        );
        let new = ["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", &shell];
        assert!(this.run(&new).status.success());
        Some(this)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.0]).args(arguments).env("TERM", "xterm-256color");
        command.output().expect("tmux starts")
    }

    /// The rows that can be seen, or all that ever were, each with what was wrapped from it.
    fn rows(&self, all: bool) -> Vec<String> {
        let ever = ["capture-pane", "-p", "-J", "-S", "-"];
        let output = self.run(if all { &ever } else { &["capture-pane", "-p"] });
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut rows: Vec<_> = text.lines().map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }

    fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    #[track_caller]
    fn until(&self, what: &str, mut so: impl FnMut(&[String]) -> bool) {
        let mut last = Vec::new();
        for _ in 0..FUSE.as_millis() / 20 {
            last = self.rows(false);
            if so(&last) {
                return;
            }
            thread::park_timeout(Duration::from_millis(20));
        }
        panic!("never on the screen: {what}\n{}", last.join("\n"));
    }

    #[track_caller]
    fn until_row(&self, text: &str) {
        self.until(text, |rows| rows.iter().any(|row| row.contains(text)));
    }

    /// Waits for a prompt with nothing behind it, below everything else.
    #[track_caller]
    fn prompt(&self) {
        self.until("a prompt", |rows| rows.last().is_some_and(|row| row == "udp:"));
    }

    /// Waits for the end: that exit code, the terminal as it was, no row wider than the screen.
    #[track_caller]
    fn left(&self, code: i32) -> Vec<String> {
        self.until_row(&format!("[code={code}]"));
        let rows = self.rows(true);
        let all = rows.join("\n");
        assert!(rows.iter().any(|row| row == "[as it was]"), "the terminal was changed:\n{all}");
        for row in &rows {
            assert!(row.width() <= 80, "{} columns: {row}", row.width());
            assert!(!row.contains('\u{1b}'), "{row:?}");
        }
        assert!(!all.contains("panicked"), "{all}");
        rows
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
fn a_reply_stands_above_the_prompt() {
    let (server, port) = server(&[]);
    let arguments = format!("udp-client 127.0.0.1 {port}");
    let Some(screen) = Screen::new("a_reply_stands_above_the_prompt", &arguments) else { return };
    screen.prompt();
    for word in ["hello", "again"] {
        screen.press(&["-l", word]);
        screen.until("what is typed", |rows| {
            rows.last().is_some_and(|row| *row == format!("udp: {word}"))
        });
        screen.press(&["Enter"]);
        screen.until("the reply", |rows| {
            rows.iter().any(|row| row.contains(&format!(": {word}  [5 bytes, ")))
        });
        screen.prompt();
    }
    for (typed, answer) in [("/who", "UNCONNECTED"), ("/help", "0 bytes"), ("/stats", "2 sent")] {
        screen.press(&["-l", typed]);
        screen.press(&["Enter"]);
        screen.until_row(answer);
        screen.prompt();
    }
    screen.press(&["-l", "exit"]);
    screen.press(&["Enter"]);
    let rows = screen.left(0);
    assert!(rows.iter().any(|row| row.starts_with("2 sent, 2 came back, 0 lost")));
    leave(server);
}

#[test]
fn replies_do_not_tear_the_line_that_is_typed() {
    let fake = Fake::new(|socket, from, _| {
        for n in 1..=50 {
            socket.send_to(format!("answer {n:02} of 50").as_bytes(), from).expect("it is sent");
        }
        true
    });
    let arguments = format!("udp-client 127.0.0.1 {}", fake.port);
    let Some(screen) = Screen::new("replies_do_not_tear", &arguments) else { return };
    screen.prompt();
    screen.press(&["-l", "hello"]);
    screen.press(&["Enter"]);
    screen.press(&["-l", "half a li"]);
    screen.until("fifty answers above half a line", |rows| {
        let answers: Vec<_> = rows.iter().filter(|row| row.contains("of 50")).collect();
        answers.last().is_some_and(|row| row.contains("answer 50 of 50"))
            && rows.last().is_some_and(|row| row == "udp: half a li")
            && rows.iter().all(|row| !row.contains("of 50") || row.contains("[15 bytes"))
    });
    let all = screen.rows(true);
    let order: Vec<_> = all.iter().filter(|row| row.contains(" of 50  [")).collect();
    assert_eq!(order.len(), 50, "{}", all.join("\n"));
    assert!(order.iter().enumerate().all(|(n, row)| row.contains(&format!("{:02} of 50", n + 1))));
    screen.press(&["C-c"]);
    screen.left(130);
}

#[test]
fn a_server_is_led_from_a_terminal() {
    let arguments = "udp-server 0 --bind 127.0.0.1";
    for (keys, code) in [(&["C-c"][..], 130), (&["C-d"], 0), (&["-l", "exit\r"], 0)] {
        let Some(screen) = Screen::new("a_server_is_led", arguments) else { return };
        screen.prompt();
        let rows = screen.rows(true);
        let line = rows.iter().find(|row| row.contains("Server bound to")).expect("a port");
        let port = line.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a port");
        screen.press(&["-l", "/st"]);
        screen.until("what is typed", |rows| rows.last().is_some_and(|row| row == "udp: /st"));
        is_alive(port, "half a line");
        // What came stands above, and what was typed below it.
        screen.until("a datagram above half a line", |rows| {
            rows.iter().any(|row| row.contains("echoed"))
                && rows.last().is_some_and(|row| row == "udp: /st")
        });
        screen.press(&["-l", "ats\r"]);
        screen.until_row("What this server has done");
        screen.prompt();
        screen.press(&["-l", "nobody hears this\r"]);
        screen.until_row("nobody to say");
        screen.prompt();
        screen.press(keys);
        screen.left(code);
    }
}

#[test]
fn the_live_line_of_a_burst_is_overwritten_and_leaves_nothing() {
    let (server, port) = server(&["--drop", "10%", "--duplicate", "20%", "--corrupt", "10%"]);
    let arguments =
        format!("udp-client 127.0.0.1 {port} --count 400 --interval 0.005 --timeout 0.4");
    let Some(screen) = Screen::new("the_live_line", &arguments) else { return };
    screen.until_row(" sent of 400");
    let mut most = 0;
    screen.until("the end", |rows| {
        most = most.max(rows.iter().filter(|row| row.contains(" sent of 400")).count());
        rows.iter().any(|row| row.starts_with("[code="))
    });
    assert_eq!(most, 1, "one live line at a time");
    let rows = screen.left(0);
    let all = rows.join("\n");
    assert!(!all.contains("sent of 400"), "the live line stays:\n{all}");
    assert!(rows.iter().any(|row| row == "[Report]"), "{all}");
    leave(server);
}

#[test]
fn ctrl_c_in_a_burst_leaves_an_account_and_the_terminal_as_it_was() {
    let (server, port) = server(&[]);
    let arguments = format!("udp-client 127.0.0.1 {port} --count 1000000 --interval 0.001");
    let Some(screen) = Screen::new("ctrl_c_in_a_burst", &arguments) else { return };
    screen.until_row(" sent of 1000000");
    screen.press(&["C-c"]);
    let rows = screen.left(130);
    let all = rows.join("\n");
    assert!(rows.iter().any(|row| row == "[Report]"), "{all}");
    assert!(!all.contains(" sent of 1000000"), "the live line stays:\n{all}");
    assert!(!all.contains("^C"), "what was pressed is shown in the middle of it:\n{all}");
    leave(server);
}

#[test]
fn helps_and_errors_fit_eighty_columns() {
    for (arguments, code) in [
        ("udp-server --help", 0),
        ("udp-client --help", 0),
        ("udp-server 70000", 2),
        ("udp-server 0 --bind 203.0.113.7", 3),
        ("udp-client 127.0.0.1 0", 2),
        ("udp-client 127.0.0.1 --count 3 --size 19", 2),
        ("udp-client ::1 -4", 3),
        ("udp-client 127.0.0.1 9 --count 3 --timeout 0.2", 1),
        ("udp-client 127.0.0.1 9 --count 3 --timeout 0.2 --explain --connect", 1),
        ("udp-client 127.0.0.1 9 --count 30 --timeout 0.2 --size 65507 --ascii", 1),
    ] {
        let Some(screen) = Screen::new("helps_and_errors", arguments) else { return };
        screen.left(code);
    }
}

#[test]
fn a_talk_with_explanations_fits_eighty_columns() {
    let (server, port) = server(&[]);
    for options in ["--explain", "--explain --ascii --connect", "--buffer 5 --explain"] {
        let arguments = format!("udp-client 127.0.0.1 {port} {options}");
        let Some(screen) = Screen::new("a_talk_with_explanations", &arguments) else { return };
        screen.prompt();
        screen.press(&["-l", "hello world\r"]);
        screen.until_row("11 bytes, ");
        screen.press(&["-l", "exit\r"]);
        screen.left(0);
    }
    leave(server);
}
