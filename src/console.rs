//! # The person at the keyboard
//!
//! Typing while messages arrive must not tear the line that is being typed. At a terminal a line
//! editor keeps it: what arrives is printed above it and the half-typed line is drawn again. From a
//! pipe or a file, lines are just lines.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::thread;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor, ExternalPrinter};

use crate::stream::{Input, InputSender};

/// The longest line that is taken from a pipe in one piece, in bytes. The rest of a longer one
/// follows as lines of its own: memory is bounded, nothing is lost.
const MAX_LINE: u64 = 1 << 20;

/// Prints above the line that is being typed. False when the terminal is gone.
pub type Printer = Box<dyn FnMut(String) -> bool + Send>;

/// Where input comes from.
pub struct Console {
    source: Source,
    terminal: Option<Terminal>,
}

enum Source {
    Editor(Box<Editor<(), MemHistory>>, String),
    Lines,
}

impl Console {
    /// The keyboard with a line editor if there is one, else the standard input as it is; the
    /// prompt is shown before the line that is typed. With `plain`, never an editor.
    #[must_use]
    pub fn new(prompt: &str, plain: bool) -> Self {
        let terminals = io::stdin().is_terminal() && io::stdout().is_terminal();
        if plain || !terminals {
            return Self { source: Source::Lines, terminal: None };
        }
        let terminal = Terminal::remember();
        let config = Config::builder().auto_add_history(true).build();
        match Editor::with_history(config, MemHistory::new()) {
            Ok(editor) => {
                let source = Source::Editor(Box::new(editor), format!("{prompt}: "));
                Self { source, terminal: Some(terminal) }
            }
            Err(_) => Self { source: Source::Lines, terminal: None },
        }
    }

    /// True when somebody types at a terminal with an editor.
    #[must_use]
    pub const fn is_typed(&self) -> bool {
        matches!(self.source, Source::Editor(..))
    }

    /// What prints without tearing the line being typed; none without an editor.
    pub fn printer(&mut self) -> Option<Printer> {
        let Source::Editor(editor, _) = &mut self.source else { return None };
        let mut printer = editor.create_external_printer().ok()?;
        Some(Box::new(move |text| printer.print(text).is_ok()))
    }

    /// Begins to hand input on, in a thread of its own, and Ctrl-C with it. Returns what has to be
    /// kept until the end of the program: it gives the terminal back as it was.
    pub fn start(self, sender: InputSender) -> Option<Terminal> {
        let interrupted = sender.clone();
        // A second handler cannot be set; one program has one run.
        let _ = ctrlc::set_handler(move || {
            interrupted.send(Input::Interrupt);
        });
        let work = move || match self.source {
            Source::Editor(editor, prompt) => edit(*editor, &prompt, &sender),
            Source::Lines => read(io::stdin().lock(), &sender),
        };
        // Without this thread there is no input, as if the input had ended.
        let _ = thread::Builder::new().name("input".into()).spawn(work);
        self.terminal
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("typed", &self.is_typed()).finish_non_exhaustive()
    }
}

fn edit(mut editor: Editor<(), MemHistory>, prompt: &str, sender: &InputSender) {
    loop {
        let input = match editor.readline(prompt) {
            Ok(line) => Input::Line(line),
            Err(ReadlineError::Interrupted) => Input::Interrupt,
            Err(_) => Input::Leave,
        };
        let last = !matches!(input, Input::Line(_));
        if !sender.send(input) || last {
            return;
        }
    }
}

fn read(mut input: impl BufRead, sender: &InputSender) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let more = matches!((&mut input).take(MAX_LINE).read_until(b'\n', &mut line), Ok(n) if n > 0);
        if !more {
            sender.send(Input::End);
            return;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !sender.send(Input::Line(String::from_utf8_lossy(text).into_owned())) {
            return;
        }
    }
}

/// The terminal as it was before the editor changed it. Dropping it brings that back, for the
/// program may end while a line is being typed.
#[derive(Debug)]
pub struct Terminal {
    #[cfg(unix)]
    settings: Option<nix::sys::termios::Termios>,
}

impl Terminal {
    #[cfg(unix)]
    fn remember() -> Self {
        Self { settings: nix::sys::termios::tcgetattr(io::stdin()).ok() }
    }

    /// On Windows the shell sets the console's mode itself when it shows its prompt.
    #[cfg(not(unix))]
    fn remember() -> Self {
        Self {}
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(settings) = &self.settings {
            use nix::sys::termios::{SetArg, tcsetattr};
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, settings);
        }
        // Take the prompt away that stands on the last line, waiting for nobody.
        let _ = io::stdout().write_all(b"\r\x1b[K");
        let _ = io::stdout().flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_lf_or_cr_lf_and_the_last_one_with_the_input() {
        let (sender, received) = InputSender::for_tests();
        read(&b"one\ntwo\r\n\nlast"[..], &sender);
        let lines: Vec<_> = received.try_iter().collect();
        let line = |text: &str| Input::Line(text.into());
        assert_eq!(lines, [line("one"), line("two"), line(""), line("last"), Input::End]);
    }
}
