//! # Errors that teach
//!
//! Every error netlab shows has the same five parts:
//!
//! 1. **what happened**, in socket words, with the call and the address;
//! 2. **what netlab knows** about it from this machine;
//! 3. **likely causes**, at most three, the most likely first;
//! 4. **try**: one command;
//! 5. the line that lets a partner on another system look it up:
//!    `layer 4 · ECONNREFUSED · Linux 111, macOS 61, Windows 10061`.
//!
//! Which error it is, is decided by its kind and number, never by the operating system's text.

mod advice;
mod capture;
mod datagram;
mod file;
mod ports;
mod raw;
mod trace;
mod usage;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::event::errno::Errno;
use crate::event::{Operation, OsError};

pub use file::STANDARD_OUTPUT;
pub use trace::TraceFault;
pub use usage::Usage;

/// The exit codes, which scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the answer is no (`--connect-ex` got an error number).
    No,
    /// 2: wrong usage; nothing was tried.
    Usage,
    /// 2: a ping could not be made at all, for whatever reason, as ping has it.
    Other,
    /// 3: the operating system or the network refused.
    Refused,
    /// 4: not permitted.
    NotPermitted,
    /// 130: interrupted with Ctrl-C (128 + SIGINT, as shells count).
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage | Self::Other => 2,
            Self::Refused => 3,
            Self::NotPermitted => 4,
            Self::Interrupted => 130,
        }
    }
}

/// A socket call that failed: which call, on which address, and how.
#[derive(Debug)]
pub struct CallError {
    /// The call with its arguments.
    pub operation: Operation,
    /// The other side, where the call's arguments do not name it.
    pub peer: Option<SocketAddr>,
    /// What the system said.
    pub error: io::Error,
}

impl CallError {
    /// A failed call, without a peer.
    #[must_use]
    pub const fn new(operation: Operation, error: io::Error) -> Self {
        Self { operation, peer: None, error }
    }

    /// Kind and number.
    #[must_use]
    pub fn os(&self) -> OsError {
        OsError::from(&self.error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.os().name())
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Why a run could not go on.
#[derive(Debug)]
pub enum Failure {
    /// A socket call failed.
    Call(CallError),
    /// A host name stands for no address of the wanted family.
    NameNotFound {
        /// The name.
        host: String,
        /// `IPv4` or `IPv6` where only one was wanted.
        family: Option<&'static str>,
    },
    /// The other side's bytes break the rules of the framing.
    Framing {
        /// The other side.
        peer: SocketAddr,
        /// Which rule.
        fault: &'static str,
    },
    /// The words of the command line do not fit.
    Usage(Usage),
    /// This program may have neither a raw socket nor what could stand in for one.
    NoRawSocket {
        /// The raw socket that was refused.
        raw: Box<CallError>,
        /// The ping socket that was refused, where one would have done.
        ping: Option<Box<CallError>>,
    },
    /// Packets cannot be captured. The run goes on without them.
    NoCapture {
        /// What the system said; none where netlab cannot capture on this system at all.
        error: Option<OsError>,
        /// What Wireshark would have to be told to show the same packets: `tcp.port == 6000`.
        filter: String,
    },
    /// Another program cannot be watched.
    Trace(TraceFault),
    /// The program's file is set-user-ID: it would act with another user's rights.
    SetUserId,
    /// A file could not be written.
    File {
        /// Its path.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<TraceFault> for Failure {
    fn from(fault: TraceFault) -> Self {
        Self::Trace(fault)
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

/// What this machine can tell about a failed call. Filled in by whoever may look; the empty value
/// says that nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The program that has the port, where the system tells.
    pub owner: Option<Owner>,
    /// Connections of that port that are in TIME-WAIT.
    pub time_wait: usize,
    /// True when the sockets of that port could be looked up at all.
    pub looked: bool,
    /// This machine's addresses.
    pub addresses: Vec<IpAddr>,
    /// Ports below this one need privilege to be bound.
    pub unprivileged_from: Option<u16>,
    /// The ports that the kernel hands out as source ports: first and last.
    pub source_ports: Option<(u16, u16)>,
    /// Which program it happened to.
    pub program: Program,
    /// How many files and sockets this program may have open.
    pub descriptors: Option<u64>,
    /// The file that this very program was started from.
    pub binary: Option<String>,
    /// The groups that may open ping sockets: first and last (Linux).
    pub ping_groups: Option<(u32, u32)>,
}

/// The program that something happened to: what is likely, and what to try, depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// `netlab tcp-server`, and whatever has no name of its own.
    #[default]
    TcpServer,
    /// `netlab tcp-client`.
    TcpClient,
    /// `netlab udp-server`.
    UdpServer,
    /// `netlab udp-client`.
    UdpClient,
    /// `netlab raw-ping`.
    RawPing,
    /// `netlab raw-listen`.
    RawListen,
    /// A command that looks and runs no socket of its own: `classify-port`, `endpoints`, `doctor`,
    /// `subnet`, `explain`.
    Looking,
    /// `netlab trace`: somebody else's program.
    Trace,
    /// `netlab demo`: both ends in one program.
    Demo,
}

impl Program {
    /// Whether it is a client's call.
    #[must_use]
    pub const fn is_client(self) -> bool {
        matches!(self, Self::TcpClient | Self::UdpClient)
    }

    /// The command's name and what it cannot do without.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::TcpServer => "tcp-server",
            Self::TcpClient => "tcp-client HOST",
            Self::UdpServer => "udp-server",
            Self::UdpClient => "udp-client HOST",
            Self::RawPing => "raw-ping HOST",
            Self::RawListen => "raw-listen",
            Self::Looking => "doctor",
            Self::Trace => "trace -- PROGRAM",
            Self::Demo => "demo NAME",
        }
    }

    /// `tcp`, `udp` or `icmp`.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::TcpServer | Self::TcpClient | Self::Looking | Self::Trace | Self::Demo => "tcp",
            Self::UdpServer | Self::UdpClient => "udp",
            Self::RawPing | Self::RawListen => "icmp",
        }
    }
}

/// The owner of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Address and port as the owner has bound them.
    pub local: SocketAddr,
    /// Process number and program name; none when it belongs to another user.
    pub program: Option<(u32, String)>,
}

/// An error in its five parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What happened.
    pub what: String,
    /// What netlab knows from this machine.
    pub knows: Vec<String>,
    /// Likely causes, the most likely first, at most three.
    pub causes: Vec<String>,
    /// One command to try.
    pub command: String,
    /// Name and numbers, where the system gave one.
    pub errno: Option<Errno>,
    /// The system's number when it is not in the table.
    pub number: Option<i32>,
    /// The exit code that belongs to it.
    pub exit: Exit,
}

impl Failure {
    /// Puts the failure into its five parts.
    #[must_use]
    pub fn explain(&self, facts: &Facts) -> Explained {
        let explained = match self {
            Self::Call(error) => advice::call(error, facts),
            Self::NameNotFound { host, family } => advice::name_not_found(host, *family, facts),
            Self::Framing { peer, fault } => advice::framing(*peer, fault),
            Self::Usage(usage) => usage.explain(),
            Self::NoRawSocket { raw, ping } => raw::no_socket(raw, ping.as_deref(), facts),
            Self::NoCapture { error, filter } => capture::refused(*error, filter, facts),
            Self::Trace(fault) => trace::explain(fault),
            Self::SetUserId => raw::set_user_id(facts),
            Self::File { path, error } => file::explain(path, error),
        };
        // Scripts know ping: 2 is everything but an answer and no answer.
        let exit = if facts.program == Program::RawPing { Exit::Other } else { explained.exit };
        Explained { exit, ..explained }
    }
}

/// The line that names an error on three systems.
impl Explained {
    /// `layer 4 · ECONNREFUSED · Linux 111, macOS 61, Windows 10061`.
    #[must_use]
    pub fn code_line(&self) -> Option<String> {
        if let Some(errno) = self.errno {
            let windows = errno.windows.map_or_else(|| "none".to_owned(), |n| n.to_string());
            return Some(format!(
                "layer {} · {} · Linux {}, macOS {}, Windows {windows}",
                errno.layer, errno.name, errno.linux, errno.macos
            ));
        }
        self.number.map(|number| format!("error {number} of this system"))
    }
}
