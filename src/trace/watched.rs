//! A program that runs under the eyes of `strace`.
//!
//! ```text
//!   netlab ── starts ──▶ strace ── starts, stops at each call ──▶ the program
//!      ▲                   │                                        │
//!      ╰── named pipe ─────╯ a line for each call                   ╰─ terminal, or pipes with a
//!                                                                      prefix for each line
//! ```

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::book::Book;
use super::line::Reader;
use super::strace::Strace;
use super::system::{self, Request};
use super::{Output, Program, Shown};

/// The longest line that is read. `strace` writes shorter ones for what is asked of it.
const LINE: u64 = 64 * 1024;
/// Who reads a line takes it soon; until then so many may wait.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is heard of the programs.
pub(super) enum News {
    /// A line of `strace`, by the place of its program.
    Line(usize, String),
    /// A program and its `strace` have ended.
    Over(usize, Option<ExitStatus>),
    /// Ctrl-C.
    Interrupt,
}

/// A folder for named pipes, which vanishes with the run.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| io::ErrorKind::Unsupported)?;
        let name = format!("netlab-trace-{:016x}", u64::from_be_bytes(random));
        let folder = std::env::temp_dir().join(name);
        system::private(&folder)?;
        Ok(Self(folder))
    }

    fn file(&self, place: usize) -> PathBuf {
        self.0.join(format!("program-{place}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running program.
pub(super) struct Watched {
    pub book: Book,
    pub reader: Reader,
    /// The process number of its `strace`, which is also its process group if it has one of its own.
    watcher: u32,
    own_group: bool,
    /// Says when an output has come to its end.
    outputs: (usize, Receiver<()>),
    pub status: Option<ExitStatus>,
    pub is_over: bool,
}

impl Watched {
    /// Starts a program.
    pub(super) fn start(
        place: usize,
        program: &Program,
        (strace, user): (&Strace, Option<&str>),
        folder: &Folder,
        tell: &Sender<News>,
        shown: &Arc<Shown>,
    ) -> io::Result<Self> {
        let path = folder.file(place);
        system::pipe_file(&path)?;
        // Opened for both: so it does not wait for the other side, and has no end of its own.
        let pipe = File::options().read(true).write(true).open(&path)?;
        let words = program.words.iter().map(std::ffi::OsString::as_os_str);
        let mut command = strace.command(&path, user, words);
        if !program.reads_input {
            command.stdin(Stdio::null());
            system::own_group(&mut command);
        }
        match program.output {
            Output::Through => {}
            Output::ToErrors => {
                command.stdout(io::stderr());
            }
            Output::Prefixed => {
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                // Python keeps what it prints for itself when nobody seems to watch.
                command.env("PYTHONUNBUFFERED", "1");
            }
        }
        let mut child = command.spawn()?;
        let watcher = child.id();
        let outputs = pass_on(place, &mut child, shown)?;
        let marker = listen(place, child, pipe, &path, tell.clone());
        marker?;
        Ok(Self {
            book: Book::default(),
            reader: Reader::default(),
            watcher,
            own_group: !program.reads_input,
            outputs,
            status: None,
            is_over: false,
        })
    }

    /// Takes a line of `strace`.
    pub(super) fn line(&mut self, text: &str) {
        if let Some(line) = self.reader.read(text) {
            self.book.take(line);
        }
    }

    /// Whether Ctrl-C of the terminal reaches it without netlab.
    pub(super) const fn shares_terminal(&self) -> bool {
        !self.own_group
    }

    /// Asks it to end.
    pub(super) fn ask(&self, request: Request) {
        let threads = self.book.alive.iter().copied();
        match request {
            // Who watches goes when there is nothing more to watch.
            Request::Kill => threads.for_each(|thread| system::signal(thread, request)),
            _ if self.own_group => system::signal_group(self.watcher, request),
            // Its own number may be somebody else's by now.
            _ if self.book.end.is_some() => threads.for_each(|it| system::signal(it, request)),
            _ => self.book.first.into_iter().for_each(|it| system::signal(it, request)),
        }
    }

    /// Whether the program itself has ended, and processes that it made have not.
    pub(super) fn is_behind(&self) -> bool {
        self.book.end.is_some() && !self.book.alive.is_empty()
    }

    /// Gives up watching: the last resort.
    pub(super) fn abandon(&self) {
        self.ask(Request::Kill);
        system::signal(self.watcher, Request::Kill);
    }

    /// Waits until what it printed has been shown. Somebody else may hold its output open for ever.
    pub(super) fn wait_for_output(&self) {
        let until = Instant::now() + PATIENCE;
        for _ in 0..self.outputs.0 {
            let left = until.saturating_duration_since(Instant::now());
            if self.outputs.1.recv_timeout(left).is_err() {
                return;
            }
        }
    }
}

/// Reads what the program prints, and hands it on as it comes.
fn pass_on(
    place: usize,
    child: &mut Child,
    shown: &Arc<Shown>,
) -> io::Result<(usize, Receiver<()>)> {
    let (done, ended) = channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ];
    let mut count = 0;
    for mut pipe in outputs.into_iter().flatten() {
        count += 1;
        let (shown, done) = (Arc::clone(shown), done.clone());
        let work = move || {
            let mut buffer = [0; 4096];
            while let Ok(bytes @ 1..) = pipe.read(&mut buffer) {
                shown(place, &buffer[..bytes]);
            }
            let _ = done.send(());
        };
        thread::Builder::new().name("output".into()).spawn(work)?;
    }
    Ok((count, ended))
}

/// Reads the lines of a `strace` until it has ended.
fn listen(
    place: usize,
    mut child: Child,
    pipe: File,
    path: &Path,
    tell: Sender<News>,
) -> io::Result<()> {
    /// What no line of `strace` is: they begin with a number.
    const OVER: &str = "over";
    let mut end = File::options().write(true).open(path)?;
    let wait = move || {
        let status = child.wait().ok();
        // Behind everything that was written before it.
        let _ = end.write_all(format!("\n{OVER}\n").as_bytes());
        status
    };
    let waiter = thread::Builder::new().name("wait".into()).spawn(wait)?;
    let read = move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut lines).take(LINE).read_until(b'\n', &mut line) {
                Ok(1..) => {}
                Ok(0) | Err(_) => break,
            }
            let text = String::from_utf8_lossy(&line);
            if text.trim_end() == OVER {
                break;
            }
            if text.trim_end().is_empty() {
                continue;
            }
            if tell.send(News::Line(place, text.into_owned())).is_err() {
                break;
            }
        }
        let status = waiter.join().ok().flatten();
        let _ = tell.send(News::Over(place, status));
    };
    thread::Builder::new().name("lines".into()).spawn(read)?;
    Ok(())
}
