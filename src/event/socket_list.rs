//! Many sockets in little memory.
//!
//! A [`MachineSocket`] takes 72 bytes, for an address may be an IPv6 one and what the system does not
//! tell has a place too. There may be tens of thousands, and most are alike: so they are kept one
//! behind the other, each in as many bytes as it needs, 18 for a usual one of IPv4.
//!
//! ```text
//!   what follows 1 │ transport and state 1 │ protocol 1       (the protocol of a raw socket only)
//!   source port 2 │ destination port 2
//!   source address 4 or 16 │ destination address 4 or 16
//!   key 1 to 5                                                 a number: 7 bits in each byte
//!   receive queue 1 to 5 │ send queue 1 to 5                   only if there is something in them
//!   user 1 to 5 │ interface 1 to 5                             only if known, and if not 0
//! ```

use std::fmt;
use std::net::IpAddr;

use super::{MachineSocket, Queues, Side, State, Transport};

/// What the first byte says: a bit each.
const SOURCE_V6: u8 = 1;
const DESTINATION_V6: u8 = 1 << 1;
const DUAL_STACK: u8 = 1 << 2;
const QUEUES_TOLD: u8 = 1 << 3;
const QUEUES_FULL: u8 = 1 << 4;
const USER: u8 = 1 << 5;
const INTERFACE: u8 = 1 << 6;

/// Memory is asked for in such pieces at the least. So large a piece the system gives as it is
/// written to, and lets it grow where it is: nothing is copied, no hole is left.
const PIECE: usize = 1 << 18;

/// Sockets, one behind the other.
#[derive(Clone, Default)]
pub struct Sockets {
    bytes: Vec<u8>,
    count: usize,
    /// The one that was added last, if there was one since they were last taken away from.
    last: Option<MachineSocket>,
}

/// So far a list goes.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    bytes: usize,
    count: usize,
}

impl Sockets {
    /// Adds one.
    pub fn push(&mut self, socket: MachineSocket) {
        if self.bytes.is_empty() {
            self.bytes.reserve(PIECE);
        }
        write(&mut self.bytes, &socket);
        self.count += 1;
        self.last = Some(socket);
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The one that was added last, if none was taken away since.
    #[must_use]
    pub const fn last(&self) -> Option<&MachineSocket> {
        self.last.as_ref()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = MachineSocket> {
        self.places().map(|(_, socket)| socket)
    }

    /// One after the other, with their places. A place is good until a socket is taken away.
    pub fn places(&self) -> impl Iterator<Item = (u32, MachineSocket)> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let at = self.bytes.len() - rest.len();
            let socket = read(&mut rest)?;
            Some((u32::try_from(at).unwrap_or(u32::MAX), socket))
        })
    }

    /// The one at a place.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<MachineSocket> {
        read(&mut self.bytes.get(place as usize..)?)
    }

    /// Keeps those that fit.
    pub fn retain(&mut self, mut fits: impl FnMut(&MachineSocket) -> bool) {
        let (mut from, mut to, mut count) = (0, 0, 0);
        while let Some(mut rest) = self.bytes.get(from..) {
            let Some(socket) = read(&mut rest) else { break };
            let next = self.bytes.len() - rest.len();
            if fits(&socket) {
                if from != to {
                    self.bytes.copy_within(from..next, to);
                }
                to += next - from;
                count += 1;
            }
            from = next;
        }
        self.back_to(Extent { bytes: to, count });
    }

    /// How far the list goes.
    #[must_use]
    pub const fn extent(&self) -> Extent {
        Extent { bytes: self.bytes.len(), count: self.count }
    }

    /// Takes away whatever was added since.
    pub fn back_to(&mut self, before: Extent) {
        if before.count < self.count {
            self.last = None;
        }
        self.bytes.truncate(before.bytes);
        self.count = before.count;
    }
}

impl Extend<MachineSocket> for Sockets {
    fn extend<T: IntoIterator<Item = MachineSocket>>(&mut self, sockets: T) {
        sockets.into_iter().for_each(|socket| self.push(socket));
    }
}

impl FromIterator<MachineSocket> for Sockets {
    fn from_iter<T: IntoIterator<Item = MachineSocket>>(sockets: T) -> Self {
        let mut all = Self::default();
        all.extend(sockets);
        all
    }
}

impl fmt::Debug for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn write(bytes: &mut Vec<u8>, socket: &MachineSocket) {
    let queues = socket.queues.unwrap_or(Queues { receive: 0, send: 0 });
    let full = queues.receive != 0 || queues.send != 0;
    let (source, destination) = (socket.source, socket.destination);
    let mut what = 0;
    for (bit, is) in [
        (SOURCE_V6, source.ip.is_ipv6()),
        (DESTINATION_V6, destination.ip.is_ipv6()),
        (DUAL_STACK, socket.dual_stack),
        (QUEUES_TOLD, socket.queues.is_some()),
        (QUEUES_FULL, full),
        (USER, socket.user.is_some()),
        (INTERFACE, socket.interface != 0),
    ] {
        what |= if is { bit } else { 0 };
    }
    let (transport, protocol) = match socket.transport {
        Transport::Tcp => (0, None),
        Transport::Udp => (1, None),
        Transport::Icmp => (2, None),
        Transport::Raw(protocol) => (3, Some(protocol)),
    };
    bytes.extend([what, transport | (socket.state as u8) << 2]);
    bytes.extend(protocol);
    let ([a, b], [c, d]) = (source.port.to_ne_bytes(), destination.port.to_ne_bytes());
    bytes.extend([a, b, c, d]);
    for ip in [source.ip, destination.ip] {
        match ip {
            IpAddr::V4(ip) => bytes.extend(ip.octets()),
            IpAddr::V6(ip) => bytes.extend(ip.octets()),
        }
    }
    write_number(bytes, socket.key);
    if full {
        write_number(bytes, queues.receive);
        write_number(bytes, queues.send);
    }
    socket.user.into_iter().for_each(|user| write_number(bytes, user));
    if socket.interface != 0 {
        write_number(bytes, socket.interface);
    }
}

/// The low bits first; the highest bit of a byte says that there are more.
fn write_number(bytes: &mut Vec<u8>, mut number: u32) {
    loop {
        // Seven bits are a byte.
        let low = (number & 0x7F) as u8;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

/// The first socket; none at the end. What is left comes after it.
fn read(rest: &mut &[u8]) -> Option<MachineSocket> {
    let [what, kind] = take(rest)?;
    let is = |bit| what & bit != 0;
    let transport = match kind & 3 {
        0 => Transport::Tcp,
        1 => Transport::Udp,
        2 => Transport::Icmp,
        _ => Transport::Raw(take::<1>(rest)?[0]),
    };
    let state = State::from_number(kind >> 2)?;
    let [a, b, c, d] = take(rest)?;
    let ip = |rest: &mut &[u8], v6| {
        let v4 = |rest| Some(IpAddr::from(take::<4>(rest)?));
        if v6 { Some(IpAddr::from(take::<16>(rest)?)) } else { v4(rest) }
    };
    let source = Side { ip: ip(rest, is(SOURCE_V6))?, port: u16::from_ne_bytes([a, b]) };
    let destination = Side { ip: ip(rest, is(DESTINATION_V6))?, port: u16::from_ne_bytes([c, d]) };
    let key = read_number(rest)?;
    let number_if = |rest: &mut &[u8], there| if there { read_number(rest) } else { Some(0) };
    let receive = number_if(rest, is(QUEUES_FULL))?;
    let send = number_if(rest, is(QUEUES_FULL))?;
    let user = number_if(rest, is(USER))?;
    Some(MachineSocket {
        transport,
        state,
        source,
        destination,
        queues: is(QUEUES_TOLD).then_some(Queues { receive, send }),
        interface: number_if(rest, is(INTERFACE))?,
        user: is(USER).then_some(user),
        key,
        dual_stack: is(DUAL_STACK),
    })
}

fn read_number(rest: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let [byte] = take(rest)?;
        number |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets() -> Vec<MachineSocket> {
        let side = |ip: &str, port| Side { ip: ip.parse().expect("an address"), port };
        let usual = MachineSocket {
            transport: Transport::Tcp,
            state: State::Established,
            source: side("10.0.56.23", 55_237),
            destination: side("10.0.73.221", 443),
            queues: Some(Queues { receive: 0, send: 0 }),
            interface: 0,
            user: Some(0),
            key: 1 << 20,
            dual_stack: false,
        };
        let v6 = |ip| side(ip, u16::MAX);
        let mut all = vec![
            usual,
            MachineSocket { queues: None, user: None, key: 0, ..usual },
            MachineSocket { queues: Some(Queues { receive: 0, send: u32::MAX }), ..usual },
            MachineSocket { queues: Some(Queues { receive: 128, send: 0 }), ..usual },
            MachineSocket { source: v6("::"), destination: v6("::1"), dual_stack: true, ..usual },
            MachineSocket { source: v6("fe80::1"), interface: u32::MAX, key: u32::MAX, ..usual },
            MachineSocket { transport: Transport::Raw(255), user: Some(u32::MAX), ..usual },
            MachineSocket { transport: Transport::Icmp, destination: v6("::"), ..usual },
        ];
        all.extend(State::ALL.map(|state| MachineSocket {
            state,
            transport: Transport::Udp,
            ..usual
        }));
        all
    }

    #[test]
    fn what_is_kept_comes_back() {
        let all = sockets();
        let kept: Sockets = all.iter().copied().collect();
        assert_eq!((kept.len(), kept.last()), (all.len(), all.last()));
        assert_eq!(kept.iter().collect::<Vec<_>>(), all);
        for (place, socket) in kept.places() {
            assert_eq!(kept.get(place), Some(socket));
        }
        assert_eq!(kept.get(u32::MAX), None);
        let usual: Sockets = all[..1].iter().copied().collect();
        assert_eq!(usual.bytes.len(), 18);
    }

    #[test]
    fn what_does_not_fit_goes() {
        let all = sockets();
        for nth in 1..=all.len() {
            let mut kept: Sockets = all.iter().copied().collect();
            let mut at = 0;
            kept.retain(|_| {
                at += 1;
                at % nth == 0
            });
            let expected: Vec<_> = all.iter().copied().skip(nth - 1).step_by(nth).collect();
            assert_eq!(kept.iter().collect::<Vec<_>>(), expected);
            let before = kept.extent();
            kept.extend(all.clone());
            kept.back_to(before);
            assert_eq!((kept.len(), kept.iter().collect::<Vec<_>>()), (expected.len(), expected));
        }
    }
}
