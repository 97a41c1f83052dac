//! The process that holds the sockets: this benchmark, started once more.
//!
//! It is a process of its own because whoever holds 18,000 descriptors is slow to start another.

use std::env::{args, current_exe};
use std::io::{self, BufRead, BufReader, Read, Write, stdin, stdout};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};

use crate::report::note;

/// The word that makes a process the holder.
const WORD: &str = "--hold-sockets";

/// Descriptors beside the sockets.
const SPARE: u64 = 64;

/// A process that holds so many sockets until this is dropped.
pub struct Holder {
    process: Child,
    /// It ends when this does.
    stdin: Option<ChildStdin>,
}

/// Moves this process to a network namespace of its own with nothing but loopback; says why not.
pub fn alone() -> bool {
    let enter = || {
        unshare(CloneFlags::CLONE_NEWNET)?;
        let up = Command::new("ip").args(["link", "set", "lo", "up"]).status()?;
        if up.success() { Ok(()) } else { Err(io::Error::other("ip link set lo up")) }
    };
    match enter() {
        Ok(()) => true,
        Err(error) => {
            let needs = "root and the program ip, for a namespace of its own";
            note(&format!("LEFT OUT: this needs {needs} ({error})"));
            false
        }
    }
}

impl Holder {
    /// Starts one, and returns when all its sockets are connected.
    pub fn start(sockets: usize) -> io::Result<Self> {
        let mut command = Command::new(current_exe()?);
        command.args([WORD, &sockets.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = process.stdin.take();
        let said = process.stdout.take();
        let holder = Self { process, stdin };
        let mut line = String::new();
        if let Some(said) = said {
            BufReader::new(said).read_line(&mut line)?;
        }
        if line.trim() != "ready" {
            return Err(io::Error::other(format!("{sockets} sockets cannot be had")));
        }
        Ok(holder)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // It has no other reason to stay; if it is gone already, that was to be reached.
        drop(self.process.wait());
    }
}

/// How many sockets this process is to hold, if it is the holder.
pub fn asked() -> Option<usize> {
    let mut words = args().skip(1);
    (words.next()? == WORD).then(|| words.next()?.parse().ok())?
}

/// Connects a listener to itself as often as that takes, says so, and waits for the end of the
/// standard input.
pub fn hold(sockets: usize) -> io::Result<()> {
    let limit = u64::try_from(sockets).map_err(io::Error::other)? + SPARE;
    setrlimit(Resource::RLIMIT_NOFILE, limit, limit)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let mut held = Vec::with_capacity(sockets);
    for _ in 0..sockets / 2 {
        held.push(TcpStream::connect(address)?);
        held.push(listener.accept()?.0);
    }
    stdout().write_all(b"ready\n")?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
