//! A server process that answers, and its end with all it has started.

use std::fs::read_to_string;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::Client;
use crate::server::{self, Server};

/// How long a server may take to answer before the benchmark gives up on it.
const START_LIMIT: Duration = Duration::from_secs(5);

/// How long it may take a server to notice that its children have ended.
const FAREWELL: Duration = Duration::from_millis(200);

/// A running server; dropping it ends the process and its children.
pub struct Running {
    server: Server,
}

impl Running {
    /// Starts `command` on the servers' processor and returns it with a client that has had an
    /// answer on `port` of 127.0.0.1.
    ///
    /// The client goes on with the same socket: a server that forks for every new peer has
    /// done so by then, and has nothing left over from a peer that is gone.
    pub fn start(command: Command, port: u16) -> io::Result<(Self, Client)> {
        let mut running = Self { server: Server::start(command, port)? };
        let client = running.answer()?;
        Ok((running, client))
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.server.process.id()
    }

    /// The port on which it answers.
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// A new client, once it has had an answer.
    pub fn answer(&mut self) -> io::Result<Client> {
        let mut client = Client::connect(self.port())?;
        let started = Instant::now();
        while !client.probe()? {
            if let Some(status) = self.server.process.try_wait()? {
                return Err(io::Error::other(format!("the server ended with {status}")));
            }
            if started.elapsed() > START_LIMIT {
                let text = format!("no answer within {} s", START_LIMIT.as_secs());
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
        client.settle()?;
        Ok(client)
    }
}

impl Drop for Running {
    /// Children end first: what nobody waits for would outlive the benchmark.
    fn drop(&mut self) {
        end_children(self.id());
    }
}

/// Ends the descendants of a process, the youngest first, and gives every parent the time to
/// take note: the processor time of a child nobody waits for would count as that of others.
fn end_children(id: u32) {
    for child in children(id) {
        end_children(child);
        // Ending it fails only when it is gone already, which is what it is for.
        let _gone = i32::try_from(child).map(|child| kill(Pid::from_raw(child), Signal::SIGKILL));
    }
    let started = Instant::now();
    while !children(id).is_empty() && started.elapsed() < FAREWELL {
        sleep(Duration::from_millis(1));
    }
}

/// The children of a process.
fn children(id: u32) -> Vec<u32> {
    let list = read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// A port of 127.0.0.1 that is free now, for datagrams too.
pub fn free_port() -> io::Result<u16> {
    loop {
        let port = server::free_port()?;
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
}
