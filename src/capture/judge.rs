//! Whose is it, and which way did it go?

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::Whom;
use super::order::Waiting;
use super::owners::{Owner, Owners, Ported, Whose};
use crate::event::{Content, Crossing, IcmpSeen, SocketId, flag};
use crate::socket::{self, Way};

/// The kernel is not asked more often whose sockets are open.
const ASKING: Duration = Duration::from_millis(5);
/// Nor which addresses this machine has.
const ADDRESSES: Duration = Duration::from_secs(1);
const TCP: u8 = 6;
const UDP: u8 = 17;

/// What a packet is to this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub crossing: Crossing,
    /// The socket that it is told of.
    pub socket: Option<SocketId>,
    /// The socket that sent it.
    pub sender: Option<Whose>,
}

/// Decides.
#[derive(Debug)]
pub(super) struct Judge {
    whom: Whom,
    link: bool,
    pub owners: Owners,
    addresses: HashSet<IpAddr>,
    addresses_at: Instant,
    asked: Option<Instant>,
    /// The first fragments that were this run's, by source, destination and identification.
    fragments: HashMap<FragmentOf, (Verdict, Duration)>,
    /// Those before the latest.
    older: HashMap<FragmentOf, (Verdict, Duration)>,
}

/// What the fragments of one datagram have in common.
type FragmentOf = (IpAddr, IpAddr, u32);

/// So many are remembered at least, and twice as many at most.
const FRAGMENTS: usize = 4096;
/// The number of a datagram may be another's later. Linux waits so long for all of its fragments.
const TOGETHER: Duration = Duration::from_secs(30);

impl Judge {
    pub(super) fn new(whom: Whom, link: bool) -> Self {
        Self {
            whom,
            link,
            owners: Owners::default(),
            addresses: socket::own_addresses().into_iter().collect(),
            addresses_at: Instant::now(),
            asked: None,
            fragments: HashMap::new(),
            older: HashMap::new(),
        }
    }

    /// Whether source and destination are this machine's.
    pub(super) fn local(
        &mut self,
        way: Way,
        loopback: bool,
        source: IpAddr,
        destination: IpAddr,
    ) -> [bool; 2] {
        if loopback {
            return [true, true];
        }
        let expected = if way == Way::Out { source } else { destination };
        if !self.addresses.contains(&expected) && self.addresses_at.elapsed() > ADDRESSES {
            self.addresses = socket::own_addresses().into_iter().collect();
            self.addresses_at = Instant::now();
        }
        let to_many = way == Way::InToMany && destination != source;
        [self.addresses.contains(&source), self.addresses.contains(&destination) || to_many]
    }

    /// Asks the kernel which sockets are open, if nobody is known to own this packet and it was
    /// not asked just now. To be done at once, for a socket may be closed a moment later.
    pub(super) fn ask(&mut self, packet: &Waiting) {
        if let Content::Tcp(segment) = &packet.decoded.content {
            let (source, destination) = (packet.decoded.source, packet.decoded.destination);
            self.owners.crossed(source, destination, segment, packet.at);
        }
        let ported = matches!(packet.decoded.content, Content::Tcp(_) | Content::Udp(_));
        if self.whom == Whom::Anybody || !ported {
            return;
        }
        // A SYN to a listener of this run, from this machine: its sender may be of this run as well, and
        // a connect that waits has not told its address.
        let begins = matches!(&packet.decoded.content, Content::Tcp(segment)
            if segment.flags & (flag::SYN | flag::ACK) == flag::SYN && packet.local == [true, true]);
        let verdict = self.verdict(packet);
        if verdict.is_some_and(|it| !begins || it.crossing == Crossing::Local) {
            return;
        }
        if self.asked.is_none_or(|asked| asked.elapsed() >= ASKING) {
            self.asked = Some(Instant::now());
            self.owners.open_now(socket::open_endpoints(), packet.at);
        }
    }

    /// What a packet is to this run; none as long as nobody is known to own it.
    pub(super) fn verdict(&mut self, packet: &Waiting) -> Option<Verdict> {
        let (source, destination) = (packet.decoded.source, packet.decoded.destination);
        let key = packet.decoded.identification.map(|id| (source.ip(), destination.ip(), id));
        if self.whom == Whom::Anybody {
            return Some(of_anybody(packet));
        }
        let verdict = match &packet.decoded.content {
            Content::Tcp(_) => self.ported(Ported::Tcp, packet, source, destination),
            Content::Udp(_) => self.ported(Ported::Udp, packet, source, destination),
            Content::Icmp(message) => self.icmp(packet, message),
            Content::Fragment(..) => {
                let key = key?;
                let first = self.fragments.get(&key).or_else(|| self.older.get(&key)).copied();
                return first
                    .filter(|(_, at)| packet.at.abs_diff(*at) <= TOGETHER)
                    .map(|(verdict, _)| verdict);
            }
            Content::Arp(_) => (self.link && packet.local != [false; 2]).then(|| Verdict {
                socket: None,
                sender: None,
                ..of_anybody(packet)
            }),
            Content::Other(_) => None,
        }?;
        let key = key.filter(|_| packet.decoded.more);
        if let (Some(key), Content::Udp(_) | Content::Icmp(_)) = (key, &packet.decoded.content) {
            if self.fragments.len() >= FRAGMENTS {
                self.older = std::mem::take(&mut self.fragments);
            }
            self.fragments.insert(key, (verdict, packet.at));
        }
        Some(verdict)
    }

    fn ported(
        &mut self,
        protocol: Ported,
        packet: &Waiting,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Verdict> {
        let here = self.side(protocol, packet.local[0], source, destination, packet.at);
        let there = self.side(protocol, packet.local[1], destination, source, packet.at);
        let crossing = match (here, there) {
            (Some(_), Some(_)) => Crossing::Local,
            (Some(_), None) => Crossing::Sent,
            (None, Some(_)) => Crossing::Received,
            (None, None) => return None,
        };
        let (sender, receiver) = (here.and_then(Owner::socket), there.and_then(Owner::socket));
        // A label names a socket where the run is one program.
        let told = if self.owners.is_shared() { None } else { sender.or(receiver) };
        Some(Verdict { crossing, socket: told.map(|whose| whose.id), sender })
    }

    fn side(
        &mut self,
        protocol: Ported,
        local: bool,
        own: SocketAddr,
        other: SocketAddr,
        at: Duration,
    ) -> Option<Owner> {
        if !local {
            return None;
        }
        let found = self.owners.side(protocol, own, other, at);
        // Whose, if the kernel said that it is this process's and no more?
        match found {
            Some(Owner::Socket(_)) => found,
            _ => self.owners.claim(protocol, own, other, at).map(Owner::Socket).or(found),
        }
    }

    fn icmp(&mut self, packet: &Waiting, message: &IcmpSeen) -> Option<Verdict> {
        if let Some((protocol, source, destination)) = message.about {
            let ported = match protocol {
                TCP => Some(Ported::Tcp),
                UDP => Some(Ported::Udp),
                _ => None,
            };
            if let Some(protocol) = ported
                && source.port() != 0
            {
                let own = self.owners.side(protocol, source, destination, packet.at);
                if let Some(own) = own {
                    let own = own.socket().filter(|_| !self.owners.is_shared()).map(|it| it.id);
                    return Some(verdict(Crossing::Received, own));
                }
                // Nobody was there for a packet that came: the kernel says so for this machine.
                let asked = self.owners.side(protocol, destination, source, packet.at);
                if asked.is_some() {
                    return Some(verdict(Crossing::Sent, None));
                }
            }
        }
        if let Some((identifier, _)) = message.echo
            && let Some(socket) = self.owners.echo(identifier)
        {
            let asks = matches!(message.kind, 8 | 128) && message.about.is_none();
            let crossing = if asks { Crossing::Sent } else { Crossing::Received };
            let socket = (!self.owners.is_shared()).then_some(socket);
            return Some(verdict(crossing, socket));
        }
        // Who asks for routers, or from nowhere whether its own address is free, asks for no run.
        let source = packet.decoded.source;
        let discovery = (135..=137).contains(&message.kind)
            && source.is_ipv6()
            && !source.ip().is_unspecified();
        if self.owners.hears_icmp() || (self.link && discovery && packet.local != [false; 2]) {
            return Some(Verdict {
                crossing: of_anybody(packet).crossing,
                socket: None,
                sender: None,
            });
        }
        None
    }
}

const fn verdict(crossing: Crossing, socket: Option<SocketId>) -> Verdict {
    Verdict { crossing, socket, sender: None }
}

/// As the machine sees it, whoever's it is.
const fn of_anybody(packet: &Waiting) -> Verdict {
    verdict(
        match packet.local {
            [true, true] => Crossing::Local,
            [true, false] => Crossing::Sent,
            [false, _] => Crossing::Received,
        },
        None,
    )
}
