//! The words of `netlab trace`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Packets, some_seconds, timeline};

pub(super) const TRACE_EXAMPLES: &str = "\
Examples:
  netlab trace -- python3 client.py          type into it as without netlab
  netlab trace --server 'python3 server.py' --client 'python3 client.py'
  netlab trace --server 'python3 server.py' --client 'nc 127.0.0.1 6000'
  sudo netlab trace -- python3 chat.py       with packets; it runs as you
  netlab trace --record run.jsonl -- python3 udp_echo.py 6000
  netlab timeline run.jsonl                  the same picture again
  netlab trace --write run.pcapng --html run.html -- python3 chat.py

The program is not changed. strace watches its calls and stops it for each, so everything takes \
longer than it does alone. What the program prints comes first, the picture when it has ended. Ctrl-C \
goes to the programs, and the picture is drawn of what has happened.

With two programs the client starts when the server listens (TCP) or is bound (UDP). When the client \
has ended, the server has --grace seconds to end by itself; then it gets SIGINT, SIGTERM and SIGKILL, \
with as long after each.

Exit codes: 0 drawn, whatever exit code the program has, which is told; 1 the program made no socket; \
2 no such program; 3 no strace, not Linux; 4 not permitted; 130 Ctrl-C, and drawn.";

/// `netlab trace`.
#[derive(Args, Clone, Debug)]
pub struct Trace {
    /// A program and its arguments, after `--`.
    #[arg(
        value_name = "PROGRAM",
        trailing_var_arg = true,
        required_unless_present_any = ["server", "client"],
        conflicts_with_all = ["server", "client"]
    )]
    pub program: Vec<OsString>,
    /// Two programs: the one that listens. Its words are split as a shell does it; no shell is run.
    #[arg(long, value_name = "COMMAND", requires = "client")]
    pub server: Option<String>,
    /// The one that connects; it starts when the server listens.
    #[arg(long, value_name = "COMMAND", requires = "server")]
    pub client: Option<String>,
    /// Which of the two gets what you type; the other has no input.
    #[arg(long, value_enum, value_name = "WHO", default_value_t)]
    pub input: WhoReads,
    /// So long a program has to end by itself, and after each request to.
    #[arg(long, value_name = "SECONDS", value_parser = some_seconds, default_value = "1")]
    pub grace: Duration,
    /// No packets, though capturing may be allowed.
    #[arg(long, conflicts_with_all = ["packets", "write", "link"])]
    pub no_packets: bool,
    /// What repeats itself more often than this is folded into one row: a number, or `never`.
    #[arg(long, value_name = "N|never", default_value = "8", value_parser = timeline::fold)]
    pub fold: usize,
    /// Draw the picture into FILE too, a page for a browser: one file with everything in it.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Every call: also waiting (poll), trying in vain (EAGAIN), asking for options.
    #[arg(long)]
    pub all: bool,
    /// Packets are captured where that is allowed, also without --packets.
    #[command(flatten)]
    pub packets: Packets,
}

/// Who gets what is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhoReads {
    /// The client.
    #[default]
    Client,
    /// The server.
    Server,
}
