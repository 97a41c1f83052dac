//! A terminal: its width, and a table that is drawn again and again.
#![cfg(test)]

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use expectrl::process::Process as _;
use expectrl::process::unix::UnixProcess;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use unicode_width::UnicodeWidthStr;

use crate::lab::{LONG, Lab};
use crate::support::{FUSE, skip};

/// A terminal in which a shell runs netlab in the lab's namespace, and says how it ended.
struct Terminal {
    process: UnixProcess,
    keyboard: File,
    pieces: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    seen: usize,
}

impl Terminal {
    fn new(lab: &Lab, columns: usize, arguments: &[&str]) -> Self {
        Self::sized(lab, (columns, 24), "xterm-256color", arguments)
    }

    /// A program that starts netlab comes first.
    fn within(lab: &Lab, starter: &str, arguments: &[&str]) -> Self {
        Self::start(lab, (80, 24), "xterm-256color", starter, arguments)
    }

    fn sized(lab: &Lab, size: (usize, usize), kind: &str, arguments: &[&str]) -> Self {
        Self::start(lab, size, kind, "", arguments)
    }

    fn start(
        lab: &Lab,
        (columns, rows): (usize, usize),
        kind: &str,
        starter: &str,
        arguments: &[&str],
    ) -> Self {
        let script = format!(
            "read -r go; trap : INT; stty sane cols {columns} rows {rows}; echo '[begins]'; \
             {starter} \"$0\" \"$@\"; echo \"[code=$?]\"; stty -a; echo '[all said]'"
        );
        let all = ["-c", &script, env!("CARGO_BIN_EXE_netlab"), "endpoints"];
        let mut command = lab.inside("sh", &[&all, arguments].concat());
        command.env("TERM", kind).env_remove("NO_COLOR");
        let process = UnixProcess::spawn_command(command).expect("a terminal");
        let keyboard = process.get_raw_handle().expect("a handle");
        let mut output = keyboard.try_clone().expect("a handle");
        let (tell, pieces) = channel();
        let work = move || {
            let mut piece = [0; 4096];
            while let Ok(bytes @ 1..) = output.read(&mut piece) {
                if tell.send(piece[..bytes].to_vec()).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().spawn(work).expect("a thread");
        let mut terminal = Self { process, keyboard, pieces, shown: Vec::new(), seen: 0 };
        // Whoever makes the terminal gives it a size, the shell another one: that has to come later.
        terminal.press("\n");
        terminal.until("[begins]\r\n");
        terminal
    }

    /// Waits for a text after what was seen before, and gives everything up to it.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let end = Instant::now() + FUSE;
        loop {
            let rest = &self.shown[self.seen..];
            let found = rest.windows(text.len()).position(|part| part == text.as_bytes());
            if let Some(at) = found {
                let part = String::from_utf8_lossy(&rest[..at + text.len()]).into_owned();
                self.seen += at + text.len();
                return part;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.shown.extend(piece),
                Err(why) => {
                    let shown = String::from_utf8_lossy(&self.shown);
                    panic!("{text:?} never came ({why}):\n{shown}")
                }
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// The exit code; the terminal has to be as it was.
    #[track_caller]
    fn code(&mut self) -> i32 {
        // The prompt has a line of its own, also after ^C.
        let before = self.until("[code=");
        assert!(before.ends_with("\n[code="), "{before:?}");
        let code = self.until("]").trim_end_matches(']').parse().expect("a number");
        let settings = self.until("[all said]");
        for setting in ["icanon", "echo", "isig", "opost", "onlcr"] {
            let mut words = settings.split([' ', ';', '\r', '\n']);
            assert!(words.any(|word| word == setting), "the terminal lost {setting}: {settings}");
        }
        code
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The shell and netlab are a group of their own.
        let _ = killpg(Pid::from_raw(self.process.pid().as_raw()), Signal::SIGKILL);
        let _ = self.process.wait();
    }
}

/// A whole page, as lines.
fn page(lab: &Lab, columns: usize, arguments: &[&str]) -> Vec<String> {
    let mut terminal = Terminal::new(lab, columns, arguments);
    let page = terminal.until("[code=");
    page.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

#[test]
fn eighty_columns_are_enough_and_no_address_is_cut() {
    let Some(lab) = Lab::new("eighty_columns_are_enough", "eighty") else { return };
    for flags in [&["--color", "never"][..], &["--color", "never", "--ascii", "--explain"]] {
        let page = page(&lab, 80, flags);
        for line in &page {
            assert!(line.width() <= 80, "{line:?} in\n{}", page.join("\n"));
        }
        let text = page.join("\n");
        for name in ["long", "talk_long"] {
            assert!(text.contains(&format!("[{LONG}]:{}", lab.port(name))), "{text}");
        }
        let arrow = if flags.contains(&"--ascii") { "-> " } else { " → " };
        assert!(text.contains(&format!("{arrow}10.99.0.9:80")), "{text}");
        assert!(text.contains("Reach: host = only programs on this machine"), "{text}");
    }
}

#[test]
fn no_row_is_wider_than_a_narrow_page() {
    let Some(lab) = Lab::new("no_row_is_wider_than_a_narrow_page", "narrow") else { return };
    for flags in [&["--color", "never"][..], &["--color", "never", "--explain"]] {
        let page = page(&lab, 60, flags);
        for line in &page {
            assert!(line.width() <= 60, "{line:?} in\n{}", page.join("\n"));
        }
        assert!(page.join("\n").contains(&format!("[{LONG}]:{}", lab.port("long"))), "{page:#?}");
    }
}

#[test]
fn a_live_table_fits_every_window() {
    let Some(lab) = Lab::new("a_live_table_fits_every_window", "window") else { return };
    let flags = ["--watch", "0.1", "--color", "never"];
    for (columns, rows) in [(80, 5), (60, 15), (20, 10)] {
        let mut terminal = Terminal::sized(&lab, (columns, rows), "xterm", &flags);
        terminal.until("\x1b[H");
        let picture = terminal.until("\x1b[H");
        let lines: Vec<&str> = picture.split("\r\n").collect();
        // The last one is where the cursor stays.
        assert!(lines.len() <= rows, "{columns}x{rows}: {lines:#?}");
        assert!(rows < 15 || lines.iter().any(|line| line.contains("LISTEN")), "{lines:#?}");
        terminal.press("\x03");
        assert_eq!(terminal.code(), 130);
    }
}

#[test]
fn a_dumb_terminal_gets_lines() {
    let Some(lab) = Lab::new("a_dumb_terminal_gets_lines", "dumb") else { return };
    let flags = ["--watch", "0.1", "--listening", "--tcp"];
    let mut terminal = Terminal::sized(&lab, (80, 24), "dumb", &flags);
    let text = terminal.until("watching 5 sockets,");
    assert!(text.contains(" = tcp LISTEN") && !text.contains('\x1b'), "{text:?}");
    terminal.press("\x03");
    assert_eq!(terminal.code(), 130);
}

/// A program that another user has started does not show, and the picture says so.
#[test]
fn a_live_table_says_what_it_does_not_show() {
    let Some(lab) = Lab::new("a_live_table_says_what", "unseen") else { return };
    // Root of a user namespace may not look into the processes of those outside.
    let own = ["--user", "--map-root-user"];
    let probe = lab.inside("unshare", &[&own[..], &["true"]].concat()).status();
    if !probe.is_ok_and(|done| done.success()) {
        skip("a_live_table_says_what", "no user namespaces here");
        return;
    }
    let flags = ["--watch", "0.1", "--listening", "--tcp", "--color", "never"];
    let mut terminal = Terminal::within(&lab, "unshare --user --map-root-user", &flags);
    terminal.until("\x1b[H");
    terminal.until("note    The programs of 5 sockets do not show: they are not in this user");
    terminal.press("\x03");
    assert_eq!(terminal.code(), 130);
}

#[test]
fn on_a_wide_page_a_row_is_a_line() {
    let Some(lab) = Lab::new("on_a_wide_page", "wide") else { return };
    let count = lab.endpoints(&["-4", "--format", "json"]).events("socket").len();
    for columns in [120, 160] {
        let page = page(&lab, columns, &["-4", "--color", "never"]);
        assert!(page[0].contains("Destination"), "{page:#?}");
        let end = page.iter().position(String::is_empty).expect("a blank line");
        assert_eq!(end, count + 1, "{page:#?}");
        assert!(page.iter().all(|line| line.width() <= columns), "{page:#?}");
    }
}

#[test]
fn a_live_table_is_drawn_again_and_leaves_the_terminal_as_it_was() {
    let Some(lab) = Lab::new("a_live_table", "screen") else { return };
    let flags = ["--watch", "0.1", "--tcp", "--listening", "--color", "never"];
    let mut terminal = Terminal::new(&lab, 80, &flags);
    terminal.until("5 sockets, 0 changes so far");
    terminal.until("127.0.0.1:");
    // Pictures come again without any change.
    terminal.until("\x1b[H5 sockets, 0 changes so far");
    let mut more = lab.inside("python3", &["-c", LISTENS]);
    let mut more = crate::support::Program::start(&mut more);
    let port = more.until("port ").trim_start_matches("port ").to_owned();
    terminal.until("6 sockets, 1 change so far");
    terminal.until("\n+ tcp ");
    terminal.until(&format!("127.0.0.1:{port}"));
    more.end_input();
    terminal.until("5 sockets, 2 changes so far");
    terminal.until("\n- tcp ");
    terminal.until(&format!("127.0.0.1:{port}"));
    terminal.press("\x03");
    assert_eq!(terminal.code(), 130);
}

const LISTENS: &str = "import socket, sys\n\
                       one = socket.create_server(('127.0.0.1', 0))\n\
                       print('port', one.getsockname()[1], flush=True)\n\
                       sys.stdin.read()";

#[test]
fn a_live_table_shows_what_fits_and_counts_the_rest() {
    let Some(lab) = Lab::new("a_live_table_shows_what_fits", "fits") else { return };
    let mut terminal = Terminal::new(&lab, 80, &["--watch", "--color", "never"]);
    terminal.until("\x1b[H");
    let picture = terminal.until("\x1b[J");
    let more = picture.lines().find(|line| line.starts_with("and ")).expect("a count");
    assert!(more.contains("more rows"), "{more}");
    // The picture and the line below it, where the cursor stays.
    assert!(picture.lines().count() < 24, "{picture}");
    terminal.press("\x03");
    assert_eq!(terminal.code(), 130);
}
