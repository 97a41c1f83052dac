//! # The person at the keyboard
//!
//! Typing while messages arrive must not tear the line that is being typed. At a terminal a line
//! editor keeps it: what arrives is printed above it and the half-typed line is drawn again. From a
//! pipe or a file, lines are just lines.

mod leave;

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor, ExternalPrinter};

use crate::input::{Command, Input, InputSender};

pub use leave::{Backlog, Owed, Work, moved, owe, watch_backlog, work};

/// The longest line that is taken from a pipe in one piece, in bytes. The rest of a longer one
/// follows as lines of its own: memory is bounded, nothing is lost.
const MAX_LINE: u64 = 1 << 20;

/// Prints above the line that is being typed. False when the terminal is gone. Dropping it gives the
/// terminal back as it was before the editor.
pub type Printer = Box<dyn FnMut(String) -> bool + Send>;

/// Where input comes from.
pub struct Console {
    source: Source,
    gate: Arc<Gate>,
}

/// What the editor and the screen tell each other.
#[derive(Default)]
struct Gate {
    /// True while the editor reads, and so draws what is printed.
    reading: AtomicBool,
    /// True when nothing is to be read any more.
    closed: AtomicBool,
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
        let config = Config::builder().auto_add_history(true).bracketed_paste(false).build();
        let source = match Editor::with_history(config, MemHistory::new()) {
            Ok(editor) if terminals && !plain => {
                Source::Editor(Box::new(editor), format!("{prompt}: "))
            }
            _ => Source::Lines,
        };
        Self { source, gate: Arc::default() }
    }

    /// True when somebody types at a terminal with an editor.
    #[must_use]
    pub const fn is_typed(&self) -> bool {
        matches!(self.source, Source::Editor(..))
    }

    /// What prints without tearing the line being typed; none without an editor.
    pub fn printer(&mut self) -> Option<Printer> {
        let Source::Editor(editor, _) = &mut self.source else {
            return None;
        };
        let printer = editor.create_external_printer().ok()?;
        let mut screen = Screen {
            printer: Some(printer),
            gate: Arc::clone(&self.gate),
            terminal: Terminal::remember(),
        };
        Some(Box::new(move |text| screen.printer.as_mut().is_some_and(|p| p.print(text).is_ok())))
    }

    /// Begins to hand input on, in a thread of its own, and Ctrl-C with it.
    pub fn start(self, sender: InputSender) {
        interrupts(&sender);
        let work = move || match self.source {
            Source::Editor(editor, prompt) => edit(*editor, &prompt, &sender, &self.gate),
            Source::Lines => read(io::stdin().lock(), &sender),
        };
        // Without this thread there is no input, as if the input had ended.
        let _ = thread::Builder::new().name("input".into()).spawn(work);
    }
}

/// Hands Ctrl-C on. The first one asks for an orderly end, the second does not ask.
pub fn interrupts(sender: &InputSender) {
    let interrupted = sender.clone();
    let mut asked = false;
    // A second handler cannot be set; one program has one run.
    let _ = ctrlc::set_handler(move || {
        if std::mem::replace(&mut asked, true) {
            leave::now();
        }
        leave::anyway();
        let _ = interrupted.send(Input::Interrupt);
    });
}

/// Hands every Ctrl-C on, and never ends this program for it: others are to end first.
pub fn every_interrupt(tell: impl Fn() + Send + 'static) {
    // A second handler cannot be set; one program has one run.
    let _ = ctrlc::set_handler(tell);
}

/// Hands Ctrl-\\ on, which asks how far a run is. Windows has nothing of the kind.
#[cfg(unix)]
pub fn statuses(sender: InputSender) {
    let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGQUIT])
    else {
        return;
    };
    let work = move || {
        for _ in signals.forever() {
            let _ = sender.send(Input::Status);
        }
    };
    // Without this thread nobody is told.
    let _ = thread::Builder::new().name("status".into()).spawn(work);
}

/// Hands Ctrl-\\ on, which asks how far a run is. Windows has nothing of the kind.
#[cfg(not(unix))]
pub fn statuses(_sender: InputSender) {}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("typed", &self.is_typed()).finish_non_exhaustive()
    }
}

fn edit(mut editor: Editor<(), MemHistory>, prompt: &str, sender: &InputSender, gate: &Gate) {
    loop {
        gate.reading.store(true, Ordering::SeqCst);
        while gate.closed.load(Ordering::SeqCst) {
            thread::park();
        }
        let line = editor.readline(prompt);
        gate.reading.store(false, Ordering::SeqCst);
        let input = match line {
            Ok(line) => Input::Line(line),
            Err(ReadlineError::Interrupted) => Input::Interrupt,
            Err(_) => Input::Leave,
        };
        // It goes on reading to the very end, for while it reads it draws what arrives; somebody
        // who has left types to nobody.
        let leaves = match &input {
            Input::Line(line) => Command::read(line) == Some(Command::Leave),
            _ => true,
        };
        let _ = sender.send(input);
        if leaves {
            // Mostly the run is over by then, and no new prompt is drawn below its last words.
            thread::park_timeout(ENDING);
        }
    }
}

fn read(mut input: impl BufRead, sender: &InputSender) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let more =
            matches!((&mut input).take(MAX_LINE).read_until(b'\n', &mut line), Ok(n) if n > 0);
        if !more {
            let _ = sender.send(Input::End);
            return;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !sender.send(Input::Line(String::from_utf8_lossy(text).into_owned())) {
            return;
        }
    }
}

/// The screen below which somebody types.
struct Screen<P: ExternalPrinter + Send + 'static> {
    printer: Option<P>,
    gate: Arc<Gate>,
    terminal: Terminal,
}

/// After Ctrl-C or Ctrl-D the editor lets the run end for so long before it reads on.
const ENDING: Duration = Duration::from_millis(100);

/// How long the editor has to begin a line after it said that it would.
const SETTLING: Duration = Duration::from_millis(100);

/// One row up and down again: draws nothing.
const NOTHING: &str = "\x1b[A\n";

impl<P: ExternalPrinter + Send + 'static> Screen<P> {
    /// Waits until the last text has been drawn. The editor takes one text at a time, and one may
    /// wait: when two more have been accepted, the last real one has been drawn. An editor that has
    /// just ended its line accepts none, so this does not wait for ever.
    fn settle(&mut self) {
        let Some(mut printer) = self.printer.take() else { return };
        let (tell, settled) = channel();
        let work = move || {
            for _ in 0..2 {
                let _ = printer.print(NOTHING.to_owned());
            }
            let _ = tell.send(());
        };
        if thread::Builder::new().name("settle".into()).spawn(work).is_ok() {
            let _ = settled.recv_timeout(SETTLING);
        }
    }
}

impl<P: ExternalPrinter + Send + 'static> Drop for Screen<P> {
    fn drop(&mut self) {
        // Either the editor sees this before it begins a line, or it is seen to read.
        self.gate.closed.store(true, Ordering::SeqCst);
        if !self.gate.reading.load(Ordering::SeqCst) {
            return;
        }
        // The editor may be about to change the terminal: wait until there is something to undo.
        let limit = Instant::now() + SETTLING;
        while self.terminal.is_as_remembered() && Instant::now() < limit {
            thread::yield_now();
        }
        self.settle();
        self.terminal.restore();
        // Take the prompt away: nobody will read what is typed there.
        let _ = io::stdout().write_all(b"\r\x1b[J");
        let _ = io::stdout().flush();
    }
}

/// The terminal's settings as they were before the editor changed them. The program may end while a
/// line is being typed.
struct Terminal {
    #[cfg(unix)]
    settings: Option<nix::sys::termios::Termios>,
}

#[cfg(unix)]
impl Terminal {
    fn remember() -> Self {
        Self { settings: nix::sys::termios::tcgetattr(io::stdin()).ok() }
    }

    /// True while the editor has not changed the settings.
    fn is_as_remembered(&self) -> bool {
        self.settings.is_some() && nix::sys::termios::tcgetattr(io::stdin()).ok() == self.settings
    }

    fn restore(&self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        if let Some(settings) = &self.settings {
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, settings);
        }
    }
}

/// On Windows the shell sets the console's mode itself when it shows its prompt.
#[cfg(not(unix))]
impl Terminal {
    const fn remember() -> Self {
        Self {}
    }

    #[expect(clippy::unused_self, reason = "the other systems have something to compare")]
    const fn is_as_remembered(&self) -> bool {
        false
    }

    #[expect(clippy::unused_self, reason = "the other systems have something to restore")]
    const fn restore(&self) {}
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
