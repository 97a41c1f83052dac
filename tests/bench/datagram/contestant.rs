//! The servers that are compared, and how each is started.

use std::env::current_exe;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::process::Command;

use crate::client::Client;
use crate::loop_server;
use crate::report::note;
use crate::running::{Running, free_port};

/// One of the servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contestant {
    /// The program under test.
    Netlab,
    /// What no server can be leaner than: receive, send back, nothing else.
    Loop,
    /// The same loop as an interpreter runs it.
    Python,
    /// A process per peer, and a pipe that keeps no boundaries.
    SocatListen,
    /// The same with the program `cat` behind the pipe.
    Ncat,
    /// A process per datagram: boundaries are kept, at the price of a `fork` each.
    SocatRecvfrom,
}

use Contestant::{Loop, Ncat, Netlab, Python, SocatListen, SocatRecvfrom};

/// The echo of every text on sockets, its buffer as large as netlab's.
const PYTHON: &str = "\
import socket, sys
echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
echo.bind(('127.0.0.1', int(sys.argv[1])))
while True:
    data, peer = echo.recvfrom(65535)
    echo.sendto(data, peer)
";

impl Display for Contestant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Netlab => "netlab udp-server",
            Loop => "minimal loop",
            Python => "Python loop",
            SocatListen => "socat UDP-LISTEN",
            Ncat => "ncat -u -k -e cat",
            SocatRecvfrom => "socat UDP-RECVFROM",
        })
    }
}

impl Contestant {
    /// Starts it; the client has had an answer.
    pub fn start(self) -> io::Result<(Running, Client)> {
        let port = free_port()?;
        Running::start(self.command(port)?, port)
    }

    fn command(self, port: u16) -> io::Result<Command> {
        let with = |mut command: Command, words: &[&str]| {
            command.args(words);
            command
        };
        let socat = |kind| {
            let address = format!("{kind}:{port},bind=127.0.0.1,fork");
            with(Command::new("socat"), &[&address, "PIPE"])
        };
        let number = port.to_string();
        Ok(match self {
            Netlab => netlab(port, &[]),
            Loop => with(Command::new(current_exe()?), &[loop_server::ARGUMENT, &number]),
            Python => with(Command::new("python3"), &["-c", PYTHON, &number]),
            SocatListen => socat("UDP-LISTEN"),
            Ncat => {
                let words = ["-u", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", &number];
                with(Command::new("ncat"), &words)
            }
            SocatRecvfrom => socat("UDP-RECVFROM"),
        })
    }
}

/// `netlab udp-server PORT --bind 127.0.0.1` and further words.
pub fn netlab(port: u16, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlab"));
    command.args(["udp-server", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(words);
    command
}

/// The servers that answer on this machine; the others are named once, with the reason.
pub fn available() -> Vec<Contestant> {
    let all = [Netlab, Loop, Python, SocatListen, Ncat, SocatRecvfrom];
    let answers = |contestant: &Contestant| match contestant.start() {
        Ok(_) => true,
        Err(error) => {
            note(&format!("LEFT OUT: {contestant} did not start to answer ({error})"));
            false
        }
    };
    all.into_iter().filter(answers).collect()
}
