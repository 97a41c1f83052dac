//! The one writer. Nobody else prints.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::thread;

/// What to do when whoever read the output has gone (`netlab … | head`).
pub type Closed = Box<dyn FnOnce() + Send>;

/// Takes whole lines and writes them: to a stream, or above the line that is being typed.
pub struct Output {
    way: Way,
    /// Lines not yet written.
    pending: String,
    /// A line stands on the screen that the next one takes the place of.
    transient: bool,
    closed: Option<Closed>,
    /// Why nothing more is written.
    failed: Option<io::Error>,
}

enum Way {
    Stream(Box<dyn Write + Send>),
    /// A line editor that redraws what is being typed below what it prints.
    Printer(Box<dyn FnMut(String) -> bool + Send>),
    Gone,
}

/// Lines are handed on at the latest when they are so many bytes together.
const BULK: usize = 64 * 1024;

/// To the beginning of the line, and clear it.
const CLEAR: &str = "\r\x1b[K";

impl Output {
    /// Writes to a stream.
    #[must_use]
    pub fn stream(stream: impl Write + Send + 'static) -> Self {
        let way = Way::Stream(Box::new(BufWriter::with_capacity(BULK, stream)));
        Self { way, pending: String::new(), transient: false, closed: None, failed: None }
    }

    /// Writes to the standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::stream(io::stdout())
    }

    /// Writes to the standard error.
    #[must_use]
    pub fn stderr() -> Self {
        Self::stream(io::stderr())
    }

    /// From now on prints by way of a line editor, which says whether it still could.
    pub fn print_with(&mut self, print: Box<dyn FnMut(String) -> bool + Send>) {
        self.flush();
        self.way = Way::Printer(print);
    }

    /// Leaves the line editor, if there is one: what follows goes to the standard output.
    pub fn leave_editor(&mut self) {
        if matches!(self.way, Way::Printer(_)) {
            self.flush();
            // Dropping the printer gives the terminal back; then there is nothing to tear.
            self.way = Way::Gone;
            self.way = Self::stdout_way();
        }
    }

    fn stdout_way() -> Way {
        Way::Stream(Box::new(BufWriter::with_capacity(BULK, io::stdout())))
    }

    /// What to do, in a thread of its own, when the reader has gone. Writing goes on silently.
    pub fn when_closed(&mut self, closed: Closed) {
        self.closed = Some(closed);
        if matches!(self.way, Way::Gone) {
            self.gone();
        }
    }

    /// Takes a line, without its line feed; there may be line feeds inside.
    pub fn line(&mut self, line: &str) {
        if std::mem::take(&mut self.transient) {
            self.pending.push_str(CLEAR);
        }
        self.pending.push_str(line);
        self.pending.push('\n');
        if self.pending.len() >= BULK {
            self.write();
        }
    }

    /// Shows a line that the next one takes the place of. For terminals only.
    pub fn transient(&mut self, line: &str) {
        self.pending.push_str(CLEAR);
        self.pending.push_str(line);
        self.transient = true;
        self.flush();
    }

    /// Writes everything that was taken.
    pub fn flush(&mut self) {
        self.write();
        let failed = match &mut self.way {
            Way::Stream(stream) => {
                stream.flush().map_err(|error| self.failed = Some(error)).is_err()
            }
            Way::Printer(_) | Way::Gone => false,
        };
        if failed {
            self.gone();
        }
    }

    /// Writes everything that was taken, and says whether all of it was written. That nobody reads it
    /// any more is not told as a failure: whoever went away knows.
    ///
    /// # Errors
    ///
    /// What the system said, such as that the disk is full.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn write(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.pending);
        let failed = match &mut self.way {
            // Interruptions are retried by `write_all`; anything else that fails, fails for good.
            Way::Stream(stream) => match stream.write_all(lines.as_bytes()) {
                Ok(()) => {
                    self.pending = lines;
                    self.pending.clear();
                    false
                }
                Err(error) => {
                    let failed = error.kind() != ErrorKind::WouldBlock;
                    self.failed = failed.then_some(error);
                    failed
                }
            },
            Way::Printer(print) => !print(lines),
            Way::Gone => false,
        };
        if failed {
            self.gone();
        }
    }

    fn gone(&mut self) {
        self.way = Way::Gone;
        if let Some(closed) = self.closed.take() {
            // It may wait for the very thread that is writing now.
            let _ = thread::Builder::new().name("output closed".into()).spawn(closed);
        }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.flush();
    }
}
