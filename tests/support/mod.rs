//! What the tests share: programs that are started, watched by what they print, and ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing in these tests takes so long unless it hangs. It is a fuse, not a measure of speed.
pub const FUSE: Duration = Duration::from_secs(30);

/// The program under test.
pub fn netlab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_netlab"))
}

/// A running program whose output is read line by line as it comes.
pub struct Program {
    pub child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    seen: Vec<String>,
    what: String,
}

impl Program {
    /// Starts a program with pipes for everything; the standard error is read with the output.
    pub fn start(command: &mut Command) -> Self {
        let what = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{what} starts: {error}"));
        let (tell, lines) = channel();
        for pipe in [
            Box::new(child.stdout.take().expect("a pipe")) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().expect("a pipe")),
        ] {
            let tell = tell.clone();
            let read = move || {
                for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                    let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
                }
            };
            thread::Builder::new().spawn(read).expect("a thread");
        }
        let stdin = child.stdin.take();
        Self { child, stdin, lines, seen: Vec::new(), what }
    }

    /// A server on a free port of 127.0.0.1, and that port.
    pub fn server(arguments: &[&str]) -> (Self, u16) {
        let mut command = netlab();
        command.args(["tcp-server", "0", "--bind", "127.0.0.1"]).args(arguments);
        let mut server = Self::start(&mut command);
        let port = server.port();
        (server, port)
    }

    /// Waits for the line that says where a server listens, and gives the port.
    pub fn port(&mut self) -> u16 {
        let line = self.until("listening on");
        let port = line.rsplit(' ').next().and_then(|word| word.parse().ok());
        port.unwrap_or_else(|| panic!("a port at the end of {line:?}"))
    }

    /// A client of the server on that port of 127.0.0.1.
    pub fn client(port: u16, arguments: &[&str]) -> Self {
        let mut command = netlab();
        command.args(["tcp-client", "127.0.0.1", &port.to_string()]).args(arguments);
        Self::start(&mut command)
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("the input is open");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it reads its input");
    }

    /// The standard input, to be written to by somebody else.
    pub fn take_stdin(&mut self) -> ChildStdin {
        self.stdin.take().expect("the input is open")
    }

    /// Ends its input.
    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line that contains `text` and gives it.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        self.until_any(&[text])
    }

    /// Waits for a line that contains one of the texts and gives it.
    #[track_caller]
    pub fn until_any(&mut self, texts: &[&str]) -> String {
        let end = Instant::now() + FUSE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line);
                    let line = &self.seen[self.seen.len() - 1];
                    if texts.iter().any(|text| line.contains(text)) {
                        return line.clone();
                    }
                }
                Err(why) => self.give_up(&format!("{texts:?}"), why),
            }
        }
    }

    /// Waits until the program has ended, and gives its exit status and everything it printed.
    #[track_caller]
    pub fn finish(mut self) -> (ExitStatus, Vec<String>) {
        let end = Instant::now() + FUSE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(why) => self.give_up("its end", why),
            }
        }
        let status = self.child.wait().expect("it was started");
        (status, std::mem::take(&mut self.seen))
    }

    /// Everything it has printed up to the last line that was waited for.
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    #[track_caller]
    fn give_up(&self, what: &str, why: RecvTimeoutError) -> ! {
        let seen = self.seen.join("\n");
        panic!("{} never printed {what} ({why}); it printed:\n{seen}", self.what)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only what this test started, by its own handle.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says that a test cannot run here, where a laptop lets it pass and the project's own checks do
/// not: they collect what was skipped.
pub fn skip(test: &str, reason: &str) {
    let line = format!("SKIPPED: {test}: {reason}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("NETLAB_TEST_SKIPS") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| writeln!(file, "{line}"));
    }
}

/// Whether a program of that name is installed.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
