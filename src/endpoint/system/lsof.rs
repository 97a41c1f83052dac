//! macOS: `lsof`, which every Mac has, lists the sockets and their programs.
//!
//! With `-F` it writes for programs: one line for each field, the first character says which. A line
//! `p` begins a process, a line `f` a descriptor of it:
//!
//! ```text
//!   p812              process 812
//!   cPython           its name
//!   u501              its user
//!   f3                its descriptor 3:
//!   tIPv4               family
//!   d0x8f2a01c2b7e3     the socket, by its place in the kernel
//!   PTCP                protocol
//!   n127.0.0.1:6000->127.0.0.1:50211
//!   TST=ESTABLISHED     state, then what waits to be read and to be sent
//!   TQR=0
//!   TQS=0
//! ```
//!
//! A crate, netstat2, would ask the kernel without a program in between; but it builds on a Mac with
//! Apple's developer tools only. This module has never run on a Mac: its reader is tested on Linux,
//! whose `lsof` writes the same, and on lines that follow the manual.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Command, Stdio};

use super::Listing;
use crate::endpoint::Query;
use crate::endpoint::programs::Programs;
use crate::event::{MachineSocket, Queues, Side, SocketProgram, Sockets, State, Transport};

/// Asks `lsof`.
#[cfg_attr(not(target_os = "macos"), expect(dead_code, reason = "the reader is tested anywhere"))]
pub(super) fn sockets(query: Query) -> Listing {
    let mut lsof = Command::new("lsof");
    lsof.args(["-nP", "-i", "-FpcuftdPnT"]).stdin(Stdio::null()).stderr(Stdio::null());
    match lsof.output() {
        Ok(done) => {
            let mut listing = read(&done.stdout, query);
            let unseen = "Sockets of other users' programs, and those in TIME-WAIT, which no \
                          program has, do not show; with sudo the former do.";
            listing.unseen.push(unseen.to_owned());
            listing
        }
        Err(error) => {
            let unseen = format!("No sockets: lsof, which lists them, did not start ({error}).");
            Listing { unseen: vec![unseen], ..Listing::default() }
        }
    }
}

/// What is known of a descriptor so far.
#[derive(Default)]
struct Found {
    v6: bool,
    raw: bool,
    protocol: String,
    device: u32,
    name: String,
    state: String,
    receive: Option<u32>,
    send: Option<u32>,
}

/// Reads what `lsof` wrote.
pub(super) fn read(text: &[u8], query: Query) -> Listing {
    let mut reading = Reading { query, ..Reading::new() };
    for line in text.split(|byte| *byte == b'\n') {
        let Some((field, value)) = line.split_first() else { continue };
        reading.field(*field, value);
    }
    reading.finish()
}

struct Reading {
    query: Query,
    sockets: Sockets,
    /// Their keys.
    seen: HashSet<u32>,
    programs: Vec<SocketProgram>,
    held: Vec<(u32, u32)>,
    user: Option<u32>,
    found: Found,
}

impl Reading {
    fn new() -> Self {
        let (sockets, programs, held) = (Sockets::default(), Vec::new(), Vec::new());
        let (query, seen, found) = (Query::ALL, HashSet::new(), Found::default());
        Self { query, sockets, seen, programs, held, user: None, found }
    }

    fn field(&mut self, field: u8, value: &[u8]) {
        let text = || String::from_utf8_lossy(value).into_owned();
        match field {
            b'p' => {
                self.close();
                let pid = text().parse().unwrap_or(0);
                self.programs.push(SocketProgram::new(pid, b""));
                self.user = None;
            }
            b'c' => {
                if let Some(program) = self.programs.last_mut() {
                    *program = SocketProgram::new(program.pid, value);
                }
            }
            b'u' => self.user = text().parse().ok(),
            b'f' => self.close(),
            b't' => {
                self.found.v6 = value.contains(&b'6');
                self.found.raw = value.starts_with(b"raw");
            }
            b'P' => self.found.protocol = text(),
            b'd' => self.found.device = device(&text()),
            b'n' => self.found.name = text(),
            b'T' => match text().split_once('=') {
                Some(("ST", state)) => state.clone_into(&mut self.found.state),
                Some(("QR", bytes)) => self.found.receive = bytes.parse().ok(),
                Some(("QS", bytes)) => self.found.send = bytes.parse().ok(),
                _ => {}
            },
            _ => {}
        }
    }

    /// A descriptor is complete.
    fn close(&mut self) {
        let found = std::mem::take(&mut self.found);
        let Some(socket) = found.socket(self.user) else { return };
        let wanted = match socket.transport {
            Transport::Tcp => self.query.tcp,
            Transport::Udp => self.query.udp,
            Transport::Icmp | Transport::Raw(_) => self.query.raw && self.query.port.is_none(),
        };
        if !wanted || !self.query.wants_port(&socket) {
            return;
        }
        let place = u32::try_from(self.programs.len().saturating_sub(1)).unwrap_or(u32::MAX);
        // Whoever shares it has told of it already.
        if socket.key == 0 || self.seen.insert(socket.key) {
            self.sockets.push(socket);
        }
        self.held.push((socket.key, place));
    }

    fn finish(mut self) -> Listing {
        self.close();
        let mut keys: Vec<u32> = self.held.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let programs = Some(Programs::new(keys, self.programs, self.held));
        Listing { sockets: self.sockets, unseen: Vec::new(), programs }
    }
}

impl Found {
    /// The socket; none when the descriptor is something else.
    fn socket(&self, user: Option<u32>) -> Option<MachineSocket> {
        let (source, destination) = self.name.split_once("->").unwrap_or((&self.name, "*:*"));
        let (source, mut destination) = (self.side(source)?, self.side(destination)?);
        let transport = match &*self.protocol {
            "TCP" => Transport::Tcp,
            "UDP" => Transport::Udp,
            "ICMP" => Transport::Raw(1),
            "ICMPV6" => Transport::Raw(58),
            _ if self.raw => Transport::Raw(255),
            _ => return None,
        };
        let state = match transport {
            Transport::Tcp => state(&self.state),
            _ if destination.is_unspecified() => State::Unconnected,
            _ => State::Connected,
        };
        if state == State::Listen {
            destination.port = 0;
        }
        let queues = match (self.receive, self.send) {
            // Of a listening socket these are not the queue of connections.
            (Some(receive), Some(send)) if state != State::Listen => Some(Queues { receive, send }),
            _ => None,
        };
        let (interface, key, dual_stack) = (0, self.device, false);
        Some(MachineSocket {
            transport,
            state,
            source,
            destination,
            queues,
            interface,
            user,
            key,
            dual_stack,
        })
    }

    /// `127.0.0.1:6000`, `[::1]:6000`, `*:6000`, `*:*`.
    fn side(&self, text: &str) -> Option<Side> {
        let (ip, port) = text.rsplit_once(':')?;
        let ip = match ip.trim_matches(['[', ']']) {
            "*" if self.v6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            // A link-local address may name its interface.
            ip => ip.split('%').next()?.parse().ok()?,
        };
        Some(Side { ip, port: if port == "*" { 0 } else { port.parse().ok()? } })
    }
}

/// `lsof` has the system's words: `SYN_RECEIVED` and `FIN_WAIT_2` there, `SYN_RECV` and `FIN_WAIT2` on
/// Linux.
fn state(word: &str) -> State {
    match word.replace('_', "").as_str() {
        "LISTEN" => State::Listen,
        "SYNSENT" => State::SynSent,
        "SYNRECEIVED" | "SYNRECV" => State::SynReceived,
        "ESTABLISHED" => State::Established,
        "FINWAIT1" => State::FinWait1,
        "FINWAIT2" => State::FinWait2,
        "CLOSEWAIT" => State::CloseWait,
        "CLOSING" => State::Closing,
        "LASTACK" => State::LastAck,
        "TIMEWAIT" => State::TimeWait,
        _ => State::Closed,
    }
}

/// One number for a socket: an address in the kernel on macOS, the inode on Linux. An address of 64
/// bits is folded to 32: of ten thousand sockets, two share a number once in a hundred times, and
/// then only one of them is told.
fn device(text: &str) -> u32 {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let number = number.unwrap_or(0);
    u32::try_from((number ^ (number >> 32)) & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
#[path = "lsof_tests.rs"]
mod tests;
