//! The language in which Linux tells about its sockets (`man 7 sock_diag`).
//!
//! A netlink message is a header and a body, in the machine's own byte order but for addresses and
//! ports. The question names a family, a protocol and states; the answer is one message for each
//! socket, many of them in one datagram, and at the end a message that says so:
//!
//! ```text
//!   length 4 │ type 2 │ flags 2 │ sequence 4 │ port 4        the header: 16 bytes
//!   family 1 │ state 1 │ timer 1 │ retransmits 1             the body of an answer: 72 bytes
//!   source port 2 │ destination port 2
//!   source address 16 │ destination address 16               (IPv4 uses the first 4)
//!   interface 4 │ cookie 8 │ expires 4
//!   receive queue 4 │ send queue 4 │ user 4 │ inode 4
//!   length 2 │ type 2 │ value …                              attributes, one after the other
//! ```
//!
//! There are crates for it. They build a value with a list of attributes for every socket, and they
//! can neither ask for a port nor for sockets that are only bound; what they save is the reading of
//! fifteen numbers at fixed places, below.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::kind::{AF_INET, AF_INET6, Kind};
use crate::event::{MachineSocket, Queues, Side, State, Transport};

/// `SOCK_DIAG_BY_FAMILY`: the type of question and answers.
const BY_FAMILY: u16 = 20;
/// `TCPDIAG_GETSOCK`: the same, older, without a family.
const TCP_OF_BOTH: u16 = 18;
/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH`: a question about all of them.
const DUMP: u16 = 0x301;
/// `NLM_F_DUMP_INTR`: the table changed while the answer was given. Any dump may say so; that of
/// sockets has not learned to yet.
const INTERRUPTED: u16 = 0x10;
const HEADER: usize = 16;
const BODY: usize = 72;
/// Every state that there is, and 13: bound, but neither listening nor connecting (since Linux 6.8).
const ALL_STATES: u32 = (1 << 14) - 1;
/// `INET_DIAG_SKV6ONLY`: the option `IPV6_V6ONLY`. Linux adds it unasked where it matters.
const V6_ONLY: u16 = 11;

/// Asks for the sockets of a kind, all or those with a port.
pub(super) fn question(kind: &Kind, port: Option<u16>, sequence: u32) -> Vec<u8> {
    // Family, protocol, no extensions, padding; states; no socket in particular.
    let mut body = vec![kind.family(), kind.protocol(), 0, 0];
    body.extend(ALL_STATES.to_ne_bytes());
    body.extend([0; 48]);
    message(BY_FAMILY, sequence, body, port)
}

/// Asks for the stream sockets of both families at once: the question of Linux 2.6, which names none.
/// The kernel goes through its tables once instead of twice.
pub(super) fn question_for_tcp(port: Option<u16>, sequence: u32) -> Vec<u8> {
    // No family, no prefixes, no extensions; no socket in particular; states; a word for the kernel.
    let mut body = vec![0; 4 + 48];
    body.extend(ALL_STATES.to_ne_bytes());
    body.extend([0; 4]);
    message(TCP_OF_BOTH, sequence, body, port)
}

fn message(kind: u16, sequence: u32, body: Vec<u8>, port: Option<u16>) -> Vec<u8> {
    let filter = port.map(with_port).unwrap_or_default();
    let length = u32::try_from(HEADER + body.len() + filter.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(DUMP.to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend([0; 4]);
    message.extend(body);
    message.extend(filter);
    message
}

/// The attribute `INET_DIAG_REQ_BYTECODE`: a program that the kernel runs for each socket, so that
/// only those with the port are told. An instruction is a code, how far to go on if it is true, how
/// far if not; past the end by 4 is "no".
fn with_port(port: u16) -> Vec<u8> {
    const JUMP: u8 = 1;
    const SOURCE_PORT_IS: u8 = 11;
    const DESTINATION_PORT_IS: u8 = 12;
    let instruction = |code: u8, yes: u8, no: u16| {
        let [no, no_too] = no.to_ne_bytes();
        [code, yes, no, no_too]
    };
    let program = [
        instruction(SOURCE_PORT_IS, 8, 12),
        instruction(0, 0, port),
        // The source port is it: to the end. (A jump takes its "no".)
        instruction(JUMP, 4, 12),
        instruction(DESTINATION_PORT_IS, 8, 12),
        instruction(0, 0, port),
    ];
    let mut attribute = Vec::with_capacity(24);
    attribute.extend(24_u16.to_ne_bytes());
    attribute.extend(1_u16.to_ne_bytes());
    attribute.extend(program.concat());
    attribute
}

/// How far the answer is after a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// It was the last one.
    pub done: bool,
    /// The table changed meanwhile: something may be missing, or there twice.
    pub interrupted: bool,
}

/// Reads one datagram of the answer to the question with that number.
///
/// # Errors
///
/// What the kernel said instead of an answer; [`io::ErrorKind::InvalidData`] for what is no answer.
pub(super) fn answer(
    datagram: &[u8],
    kind: &Kind,
    sequence: u32,
    mut tell: impl FnMut(MachineSocket),
) -> io::Result<Progress> {
    let mut progress = Progress::default();
    let mut rest = datagram;
    while !rest.is_empty() {
        let (header, message, after) = split(rest).ok_or(io::ErrorKind::InvalidData)?;
        rest = after;
        if header.sequence != sequence {
            continue;
        }
        progress.interrupted |= header.flags & INTERRUPTED != 0;
        match header.kind {
            BY_FAMILY | TCP_OF_BOTH => {
                tell(socket(message, kind).ok_or(io::ErrorKind::InvalidData)?);
            }
            DONE | ERROR => {
                let number = number(message, 0).map_or(0, u32::cast_signed);
                if number < 0 {
                    return Err(io::Error::from_raw_os_error(number.saturating_neg()));
                }
                progress.done = true;
                return Ok(progress);
            }
            _ => {}
        }
    }
    Ok(progress)
}

struct Header {
    kind: u16,
    flags: u16,
    sequence: u32,
}

/// The first message of a datagram and what follows it. Messages begin at multiples of 4.
fn split(datagram: &[u8]) -> Option<(Header, &[u8], &[u8])> {
    let length = number(datagram, 0)? as usize;
    let header = Header {
        kind: u16::from_ne_bytes(bytes(datagram, 4)?),
        flags: u16::from_ne_bytes(bytes(datagram, 6)?),
        sequence: number(datagram, 8)?,
    };
    let body = datagram.get(HEADER..length)?;
    let after = datagram.get(length.checked_next_multiple_of(4)?..).unwrap_or_default();
    Some((header, body, after))
}

/// One socket.
fn socket(message: &[u8], kind: &Kind) -> Option<MachineSocket> {
    let (body, attributes) = message.split_first_chunk::<BODY>()?;
    let port = |at| Some(u16::from_be_bytes(bytes(body, at)?));
    let mut socket = kind.socket(
        body[1],
        Side { ip: address(body, 8)?, port: port(4)? },
        Side { ip: address(body, 24)?, port: port(6)? },
    );
    socket.interface = number(body, 40)?;
    socket.queues = Some(Queues { receive: number(body, 56)?, send: number(body, 60)? });
    socket.key = number(body, 68)?;
    // A connection that no program holds has no user either; the kernel writes 0, which is root.
    socket.user = if socket.key == 0 { None } else { number(body, 64) };
    let takes_both = socket.source.ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        && matches!(socket.state, State::Listen | State::Unconnected)
        && matches!(socket.transport, Transport::Tcp | Transport::Udp);
    socket.dual_stack = takes_both && attribute(attributes, V6_ONLY) == Some(0);
    Some(socket)
}

/// An address of the family that the first byte names.
fn address(body: &[u8; BODY], at: usize) -> Option<IpAddr> {
    match body[0] {
        AF_INET => Some(IpAddr::V4(Ipv4Addr::from(bytes::<4>(body, at)?))),
        AF_INET6 => Some(IpAddr::V6(Ipv6Addr::from(bytes::<16>(body, at)?))),
        _ => None,
    }
}

/// The first byte of the attribute of that type. Attributes, too, begin at multiples of 4.
fn attribute(mut rest: &[u8], wanted: u16) -> Option<u8> {
    loop {
        let length = usize::from(u16::from_ne_bytes(bytes(rest, 0)?));
        let value = rest.get(4..length)?;
        if u16::from_ne_bytes(bytes(rest, 2)?) == wanted {
            return value.first().copied();
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}

fn number(from: &[u8], at: usize) -> Option<u32> {
    bytes(from, at).map(u32::from_ne_bytes)
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> Option<[u8; N]> {
    from.get(at..)?.first_chunk().copied()
}
