//! The servers that are compared, and how each is started.

use std::env::current_exe;
use std::io;
use std::process::{Command, Stdio};

use crate::report::note;
use crate::server::{Server, free_port};
use crate::{line_server, netlab};

/// One of the servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contestant {
    /// netlab as it serves by default: one thread, readiness events.
    Events,
    /// netlab with a thread per client.
    Threads,
    /// `ncat --chat`: passes on what a read returned, with a name in front.
    NcatChat,
    /// `ncat --broker`: passes on what a read returned.
    NcatBroker,
    /// The `poll` server of the teaching texts.
    LineServer,
}

use Contestant::{Events, LineServer, NcatBroker, NcatChat, Threads};

impl Contestant {
    /// Its name in the tables.
    pub fn label(self) -> &'static str {
        match self {
            Events => "netlab, events",
            Threads => "netlab, threads",
            NcatChat => "ncat --chat",
            NcatBroker => "ncat --broker",
            LineServer => "poll, line by line",
        }
    }

    /// Whether it is the program under test.
    pub fn is_netlab(self) -> bool {
        matches!(self, Events | Threads)
    }

    /// Whether it is one that asks for an accept queue of ten places only.
    pub fn short_queue(self) -> bool {
        matches!(self, NcatChat | NcatBroker)
    }

    /// Starts it.
    pub fn start(self) -> io::Result<Server> {
        let port = free_port()?;
        Server::start(self.command(port)?, port)
    }

    fn command(self, port: u16) -> io::Result<Command> {
        let ncat = |mode| {
            let mut command = Command::new("ncat");
            command.args([mode, "--max-conns", "10000"]);
            command.args(["--listen", "127.0.0.1", &port.to_string()]);
            command
        };
        Ok(match self {
            Events => netlab::command(port, &["--serve", "events"]),
            Threads => netlab::command(port, &["--serve", "threads"]),
            NcatChat => ncat("--chat"),
            NcatBroker => ncat("--broker"),
            LineServer => {
                let mut command = Command::new(current_exe()?);
                command.args([line_server::ARGUMENT, &port.to_string()]);
                command
            }
        })
    }
}

/// The servers this machine can run; the others are named once, with the reason.
pub fn available() -> Vec<Contestant> {
    let mut contestants = Vec::new();
    for (contestant, how) in [(Events, "events"), (Threads, "threads")] {
        match netlab::missing(&["--serve", how]) {
            None => contestants.push(contestant),
            Some(reason) => note(&reason),
        }
    }
    let mut version = Command::new("ncat");
    version.arg("--version");
    version.stdout(Stdio::null()).stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) {
        contestants.extend([NcatChat, NcatBroker]);
    } else {
        note("LEFT OUT: ncat is not installed; ratios against it are missing");
    }
    contestants.push(LineServer);
    contestants
}
