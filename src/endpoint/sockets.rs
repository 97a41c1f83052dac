//! This machine's sockets, as they are at one moment, and the programs that hold them.
//!
//! ```text
//!   the kernel's table of sockets             the programs' tables of descriptors
//!   tcp 0.0.0.0:6000 LISTEN   key 4711  ◀──── process 812, descriptor 3: socket 4711
//!   tcp 127.0.0.1:6000 …      key 4712  ◀──── process 812, descriptor 4: socket 4712
//!   tcp 127.0.0.1:6000 TIME-WAIT  no key      (nobody holds it: it ends by itself)
//! ```
//!
//! The first is asked for in one go. The second has to be put together from every process of the
//! machine, which takes longer than all the rest; so [`snapshot_after`] keeps what is known.

use std::sync::Arc;
use std::time::Duration;

use super::programs::Programs;
use super::system;
use crate::error::Failure;
use crate::event::{MachineSocket, SocketProgram, Sockets};

/// A socket may pass from one program to another without changing its key: after so long, what is
/// known about programs is looked up again.
const STALE: Duration = Duration::from_secs(10);

/// Which sockets to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "any of them goes with any other")]
pub struct Query {
    /// Stream sockets.
    pub tcp: bool,
    /// Datagram sockets.
    pub udp: bool,
    /// Raw and ping sockets.
    pub raw: bool,
    /// Only those with this port on one of their two sides. Raw and ping sockets have no ports.
    pub port: Option<u16>,
    /// Whether to find out which programs hold them: that takes longer than all the rest.
    pub programs: bool,
}

impl Query {
    /// Every socket, with its programs.
    pub const ALL: Self = Self { tcp: true, udp: true, raw: true, port: None, programs: true };

    /// Whether a socket's ports are asked for.
    pub(super) fn wants_port(self, socket: &MachineSocket) -> bool {
        self.port.is_none_or(|port| [socket.source.port, socket.destination.port].contains(&port))
    }
}

/// The sockets of one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// In the order in which the system gave them.
    pub sockets: Sockets,
    /// What could not be seen of the sockets, each in a sentence; of programs, ask
    /// [`Self::programs_unseen`].
    pub unseen: Vec<String>,
    programs: Option<Arc<Programs>>,
    /// Programs were looked for apart from the sockets.
    looked: bool,
}

impl Snapshot {
    /// A made-up one: sockets, and for keys of theirs the programs that hold them.
    #[must_use]
    pub fn new(sockets: Sockets, held: Vec<(u32, SocketProgram)>) -> Self {
        let mut keys = keys(&sockets);
        keys.dedup();
        let pairs = (0..).zip(&held).map(|(place, (key, _))| (*key, place)).collect();
        let programs = held.into_iter().map(|(_, program)| program).collect();
        let programs = Some(Arc::new(Programs::new(keys, programs, pairs)));
        Self { sockets, programs, ..Self::default() }
    }

    /// The programs that hold a socket; none when nobody does any more, or the system does not tell.
    #[must_use]
    pub fn programs(&self, socket: &MachineSocket) -> &[SocketProgram] {
        match &self.programs {
            Some(programs) if socket.key != 0 => programs.of(socket.key),
            _ => &[],
        }
    }

    /// What to say when some of these sockets have no program here although somebody holds them.
    #[must_use]
    pub fn programs_unseen(&self, sockets: impl Iterator<Item = MachineSocket>) -> Option<String> {
        let programs = self.programs.as_ref().filter(|_| self.looked)?;
        let held = sockets.filter(|socket| socket.key != 0);
        let count = held.filter(|socket| programs.of(socket.key).is_empty()).count();
        match programs.fault() {
            _ if count == 0 => None,
            Some(fault) => Some(format!("No program shows: {fault}.")),
            None => Some(system::programs_unseen(count)),
        }
    }
}

/// Looks this machine's sockets up: those of the network namespace that netlab runs in.
///
/// # Errors
///
/// [`Failure`] when the system tells nothing at all.
pub fn snapshot(query: &Query) -> Result<Snapshot, Failure> {
    look(*query, None)
}

/// Looks them up again. Programs are looked for when there is a socket that the earlier snapshot did
/// not have, and every ten seconds: in between it costs no more than without programs.
///
/// # Errors
///
/// As [`snapshot`].
pub fn snapshot_after(query: &Query, earlier: &Snapshot) -> Result<Snapshot, Failure> {
    look(*query, earlier.programs.as_ref())
}

fn look(query: Query, known: Option<&Arc<Programs>>) -> Result<Snapshot, Failure> {
    let system::Listing { sockets, unseen, programs } = system::sockets(query)?;
    let programs = programs.map(Arc::new);
    let mut found = Snapshot { sockets, unseen, programs, looked: false };
    if query.programs && found.programs.is_none() {
        let known = known.filter(|known| is_enough(known, &found.sockets)).cloned();
        let programs = known.unwrap_or_else(|| Arc::new(system::programs(keys(&found.sockets))));
        (found.programs, found.looked) = (Some(programs), true);
    }
    Ok(found)
}

fn is_enough(known: &Programs, sockets: &Sockets) -> bool {
    let is_known = |socket: MachineSocket| socket.key == 0 || known.looked_for(socket.key);
    known.when().elapsed() < STALE && sockets.iter().all(is_known)
}

/// The keys of all sockets that somebody holds, by number.
fn keys(sockets: &Sockets) -> Vec<u32> {
    let mut keys: Vec<u32> =
        sockets.iter().map(|socket| socket.key).filter(|key| *key != 0).collect();
    keys.sort_unstable();
    keys
}
