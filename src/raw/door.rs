//! The door to ICMP: a raw socket, a ping socket, or none.
//!
//! It is found before anything is sent, and its result is a value, so that everybody who needs to
//! know can ask it: the configuration says it, the dissection knows what it will not see, the error
//! says what would be needed.

use std::net::SocketAddr;

use crate::error::{CallError, Failure};
use crate::event::{Journal, PingSocket, Privilege};
use crate::socket::{self, Allowed, IcmpSocket};

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To send probes and hear the answers. Echo requests are not worth hearing.
    Ping,
    /// The same, and to see what leaves and where it came to, for a dissection.
    Dissect,
    /// To hear everything: a ping socket will not do.
    Listen,
}

/// What is wanted of a socket.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// IPv6.
    pub v6: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// The address of this machine to send from and to receive at.
    pub source: Option<SocketAddr>,
    /// The interface to use.
    pub interface: Option<String>,
}

/// An open socket, and what there is to say of it.
#[derive(Debug)]
pub struct Open {
    /// The socket.
    pub socket: IcmpSocket,
    /// What there is to say of it; the identifier is for whoever sends.
    pub about: PingSocket,
    /// Whether the kernel gives copies of what leaves.
    pub sees_transmitted: bool,
}

/// Room for messages that wait to be received, in bytes: some 500 of them.
const RECEIVE_BUFFER: usize = 1 << 19;

/// Opens a socket: a raw one if this program may have it, else a ping socket.
///
/// # Errors
///
/// [`Failure::NoRawSocket`] when it may have neither, [`Failure::Call`] when the system refuses
/// something else.
pub fn open(journal: &Journal, wanted: &Wanted) -> Result<Open, Failure> {
    let (socket, privilege) = knock(journal, wanted)?;
    if let Some(interface) = &wanted.interface {
        socket.bind_interface(interface)?;
    }
    match wanted.source {
        Some(source) => socket.bind(source)?,
        // Windows receives nothing on a raw socket that is not bound.
        None if cfg!(windows) => {
            socket.bind(SocketAddr::new(unspecified(wanted.v6), 0))?;
        }
        None => {}
    }
    let filtered = wanted.purpose != Purpose::Listen && socket.refuse_requests();
    let clock = socket.ask_for_time();
    socket.set_receive_buffer(RECEIVE_BUFFER);
    socket.ask_for_overflow();
    socket.ask_for_header(wanted.purpose != Purpose::Ping);
    if !socket.is_raw() {
        socket.ask_for_errors();
    }
    let sees_transmitted = wanted.purpose == Purpose::Dissect && socket.ask_for_transmitted();
    let about = PingSocket {
        socket: socket.id(),
        v6: wanted.v6,
        privilege,
        identifier: 0,
        clock,
        filtered,
    };
    Ok(Open { socket, about, sees_transmitted })
}

/// The address that stands for all of a family.
pub(super) fn unspecified(v6: bool) -> std::net::IpAddr {
    if v6 { std::net::Ipv6Addr::UNSPECIFIED.into() } else { std::net::Ipv4Addr::UNSPECIFIED.into() }
}

fn knock(journal: &Journal, wanted: &Wanted) -> Result<(IcmpSocket, Privilege), Failure> {
    let raw = match IcmpSocket::new(journal, wanted.v6, true) {
        Ok(socket) => {
            let privilege = match socket::allowed() {
                Allowed::Root => Privilege::Root,
                Allowed::Capability => Privilege::Capability,
                Allowed::Unknown => Privilege::Administrator,
            };
            return Ok((socket, privilege));
        }
        Err(error) if is_denied(&error) => error,
        Err(error) => return Err(error.into()),
    };
    if wanted.purpose == Purpose::Listen {
        return Err(Failure::NoRawSocket { raw: Box::new(raw), ping: None });
    }
    match IcmpSocket::new(journal, wanted.v6, false) {
        Ok(socket) => Ok((socket, Privilege::PingSocket(socket::ping_group_range()))),
        Err(ping) => Err(Failure::NoRawSocket { raw: Box::new(raw), ping: Some(Box::new(ping)) }),
    }
}

fn is_denied(error: &CallError) -> bool {
    error.error.kind() == std::io::ErrorKind::PermissionDenied
}
