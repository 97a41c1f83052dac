//! Packets of all captures: each once, with whose they are and what made them go.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::clock::{HELD_UP, NOTED_LATE, begin};
use super::entry::What;
use super::flow::{Conduct, Conducts, line_at};
use super::lanes::{Lanes, SocketAt, Spot};
use super::model::Place;
use super::owners::Owners;
use super::packet::{ACK, Cause as Told, FIN, PacketEntry, RST, SYN, Tcp, Way};
use super::record::Record;
use super::told_calls::Named;

/// A packet, seen by one capture or by both.
#[derive(Clone, Debug)]
pub(super) struct Pack {
    /// Where it was seen leaving.
    pub left: Option<Spot>,
    /// Where it was seen arriving.
    pub arrived: Option<Spot>,
    pub from: Place,
    pub to: Place,
    pub from_socket: Option<SocketAt>,
    pub to_socket: Option<SocketAt>,
    pub cause: Made,
    /// Its bytes, as places in the stream: the first and the one behind the last, counted from 0.
    pub bytes: Option<(u64, u64)>,
    /// Seen at both ends, and there is no doubt that it is the same one.
    pub sure: bool,
}

/// What made it go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Calls(Vec<Spot>),
    Kernel(Arc<str>),
    Outside,
    Unknown,
}

impl Pack {
    /// The line that tells of it.
    pub(super) fn spot(&self) -> Option<Spot> {
        self.left.or(self.arrived)
    }
}

/// The packet of a line.
pub(super) fn packet(records: &[Record], spot: Spot) -> Option<&PacketEntry> {
    match &records.get(spot.record as usize)?.entries.get(spot.entry as usize)?.what {
        What::Packet(packet) => Some(packet),
        _ => None,
    }
}

/// By what two sights are the same packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    addresses: Option<(SocketAddr, SocketAddr)>,
    protocol: Arc<str>,
    flags: u8,
    numbers: (u32, u32),
    payload: u64,
    echo: Option<(u64, u64)>,
}

impl Key {
    fn of(packet: &PacketEntry, addresses: bool) -> Self {
        let tcp = packet.tcp.map(|tcp| (tcp.flags, (tcp.sequence, tcp.acknowledgment)));
        let (flags, numbers) = tcp.unwrap_or_default();
        Self {
            addresses: addresses.then_some((packet.source, packet.destination)),
            protocol: Arc::clone(&packet.protocol),
            flags,
            numbers,
            payload: packet.payload,
            echo: packet.echo,
        }
    }
}

/// Collects the packets of all records; what two captures saw becomes one.
pub(super) fn packs(records: &[Record], lanes: &Lanes, conducts: &Conducts) -> Vec<Pack> {
    let owners = Owners::of(records, lanes, conducts, sights(records));
    let mut packs: Vec<Pack> = Vec::new();
    // Packets that one capture saw leave or arrive, for the other to find.
    let mut open: [HashMap<Key, Waiting>; 2] = [HashMap::new(), HashMap::new()];
    let several = records.iter().filter(|record| record.source.captured).count() > 1;
    for exact in [true, false] {
        if !exact && (!several || packs.iter().any(|pack| pack.left.and(pack.arrived).is_some())) {
            break;
        }
        packs.clear();
        open = [HashMap::new(), HashMap::new()];
        for (spot, packet) in sights(records) {
            let place = usize::from(packet.way == Way::Received);
            let key = (several && packet.way != Way::Local).then(|| Key::of(packet, exact));
            let other =
                key.as_ref().and_then(|key| open[1 - place].get_mut(key)?.of_another(spot.record));
            let at = line_at(records, spot).at;
            let pack = seen(spot, packet, at, lanes, &owners);
            if let Some(other) = other {
                join(&mut packs[other], &pack, spot, packet);
                continue;
            }
            if let Some(key) = key {
                open[place].entry(key).or_default().put(spot.record, packs.len());
            }
            packs.push(pack);
        }
    }
    // Datagrams that are alike cannot be told apart when one of them is missing.
    let missing: HashSet<&Key> = open
        .iter()
        .flatten()
        .filter(|(key, left)| left.is_any() && &*key.protocol != "tcp")
        .map(|(key, _)| key)
        .collect();
    for pack in packs.iter_mut().filter(|_| !missing.is_empty()) {
        let seen = pack.spot().and_then(|spot| packet(records, spot));
        pack.sure = seen.is_none_or(|packet| !missing.contains(&Key::of(packet, true)));
    }
    packs
}

/// Alike packets that wait for the other capture: of each record, in order.
#[derive(Debug, Default)]
struct Waiting(Vec<(u32, VecDeque<usize>)>);

impl Waiting {
    fn put(&mut self, record: u32, place: usize) {
        match self.0.iter_mut().find(|(whose, _)| *whose == record) {
            Some((_, queue)) => queue.push_back(place),
            None => self.0.push((record, VecDeque::from([place]))),
        }
    }

    /// The earliest of another record.
    fn of_another(&mut self, record: u32) -> Option<usize> {
        let others = self.0.iter_mut().filter(|(whose, _)| *whose != record);
        others.min_by_key(|(_, queue)| queue.front().copied().unwrap_or(usize::MAX))?.1.pop_front()
    }

    fn is_any(&self) -> bool {
        self.0.iter().any(|(_, queue)| !queue.is_empty())
    }
}

/// All packets of all records.
fn sights(records: &[Record]) -> impl Iterator<Item = (Spot, &PacketEntry)> {
    (0_u32..).zip(records).flat_map(|(record, its)| {
        (0_u32..).zip(&its.entries).filter_map(move |(entry, line)| match &line.what {
            What::Packet(packet) => Some((Spot { record, entry }, &**packet)),
            _ => None,
        })
    })
}

fn seen(spot: Spot, packet: &PacketEntry, at: i64, lanes: &Lanes, owners: &Owners) -> Pack {
    let record = spot.record as usize;
    let whose = |own, other| owners.find(lanes, own, other, (record, at), true);
    let own = |own: SocketAddr, other: SocketAddr| {
        if owners.are_several(own, other) {
            return whose(own, other);
        }
        let labelled = lanes.only_lane(record).zip(packet.socket.as_ref());
        let labelled = labelled.and_then(|(lane, label)| lanes.socket(lane, label));
        labelled.or_else(|| whose(own, other))
    };
    let other =
        |own: SocketAddr, other: SocketAddr| owners.find(lanes, own, other, (record, at), false);
    let (source, destination) = match packet.about {
        Some((asked, wanted)) => (wanted, asked),
        None => (packet.source, packet.destination),
    };
    let (from_socket, to_socket) = match packet.way {
        Way::Sent => (own(source, destination), other(destination, source)),
        Way::Received => (other(source, destination), own(destination, source)),
        Way::Local => (whose(source, destination), whose(destination, source)),
    };
    let mine = lanes.only_lane(record);
    let place = |socket: Option<SocketAt>, here: bool| {
        let lane = socket.map(|at| at.0).or(mine.filter(|_| here));
        lane.map_or(Place::Outside, Place::Lane)
    };
    let mut pack = Pack {
        left: (packet.way != Way::Received).then_some(spot),
        arrived: (packet.way != Way::Sent).then_some(spot),
        from: place(from_socket, packet.way == Way::Sent),
        to: place(to_socket, packet.way == Way::Received),
        from_socket,
        to_socket,
        cause: Made::Unknown,
        bytes: None,
        sure: true,
    };
    // What crosses the loopback has arrived when it left.
    if &*packet.interface == "lo" && from_socket.is_some() && to_socket.is_some() {
        pack.left = pack.left.or(Some(spot));
        pack.arrived = pack.arrived.or(Some(spot));
    }
    pack
}

fn join(pack: &mut Pack, other: &Pack, spot: Spot, packet: &PacketEntry) {
    if packet.way == Way::Received {
        (pack.arrived, pack.to) = (Some(spot), other.to);
        pack.to_socket = other.to_socket.or(pack.to_socket);
    } else {
        (pack.left, pack.from) = (Some(spot), other.from);
        pack.from_socket = other.from_socket.or(pack.from_socket);
    }
}

/// Works out what made each packet go: what the record says, or, where it cannot know the other
/// side's calls, what those calls say.
pub(super) fn causes(records: &[Record], lanes: &Lanes, conducts: &Conducts, packs: &mut [Pack]) {
    // A socket that was refused never learned its own endpoint; its packets tell it.
    let mut learned: HashMap<(SocketAddr, SocketAddr), SocketAt> = HashMap::new();
    let mut named = Named::new(records, lanes);
    let mut streams = Streams::default();
    for pack in packs {
        let Some((spot, seen)) = pack.spot().and_then(|at| Some((at, packet(records, at)?))) else {
            continue;
        };
        pack.bytes = streams.bytes_of(seen);
        pack.cause = match (&seen.cause, own_rules(records, pack, spot, conducts)) {
            (Told::Kernel(why), _) => Made::Kernel(Arc::clone(why)),
            (_, Some(made @ Made::Calls(_))) => made,
            (Told::Calls(calls), other) => {
                let told = named.find(spot, calls);
                if told.is_empty() { other.unwrap_or(Made::Unknown) } else { Made::Calls(told) }
            }
            (_, Some(made)) => made,
            (_, None) if pack.from == Place::Outside => Made::Outside,
            (_, None) => Made::Unknown,
        };
        // Of a report of ICMP: between the sockets of the packet that it is about.
        let way = match seen.about {
            Some((asked, wanted)) => (wanted, asked),
            None => (seen.source, seen.destination),
        };
        if pack.from_socket.is_none() {
            let made = match &pack.cause {
                Made::Calls(calls) => calls.first().and_then(|it| socket_of(records, lanes, *it)),
                _ => None,
            };
            // What the kernel sends for a socket goes from there, too.
            if let Some(at) = made.or_else(|| learned.get(&way).copied()) {
                learned.insert(way, at);
                (pack.from_socket, pack.from) = (Some(at), Place::Lane(at.0));
            }
        }
        let on_loopback = &*seen.interface == "lo";
        if pack.to_socket.is_none()
            && (pack.arrived.is_some() || on_loopback)
            && let Some(at) = learned.get(&(way.1, way.0))
        {
            (pack.to_socket, pack.to) = (Some(*at), Place::Lane(at.0));
        }
        // What crosses the loopback between sockets of one record has arrived when it left.
        let here = |at: Option<SocketAt>| {
            at.is_some_and(|at| lanes.all[at.0].source == spot.record as usize)
        };
        if on_loopback && here(pack.from_socket) && here(pack.to_socket) {
            pack.left = pack.left.or(Some(spot));
            pack.arrived = pack.arrived.or(Some(spot));
        }
    }
}

/// The socket of a call.
fn socket_of(records: &[Record], lanes: &Lanes, spot: Spot) -> Option<SocketAt> {
    let line = records[spot.record as usize].entries.get(spot.entry as usize)?;
    let What::Call(call) = &line.what else { return None };
    lanes.socket(lanes.lane(spot.record as usize, line.end)?, &call.socket)
}

/// How far each direction of a connection has come. Sequence numbers begin again behind 2^32 - 1,
/// streams do not.
#[derive(Debug, Default)]
struct Streams(HashMap<(SocketAddr, SocketAddr), i64>);

impl Streams {
    /// The stream's bytes of a segment: the first and the one behind the last, counted from 0.
    fn bytes_of(&mut self, packet: &PacketEntry) -> Option<(u64, u64)> {
        let tcp = packet.tcp?;
        let (sequence, _) = tcp.relative?;
        let way = (packet.source, packet.destination);
        if tcp.has(SYN) {
            self.0.insert(way, i64::from(sequence));
            return None;
        }
        let furthest = self.0.entry(way).or_insert_with(|| i64::from(sequence));
        // The number nearest to where the stream is; what is sent again is behind it.
        let distance = sequence.wrapping_sub(low(*furthest));
        let at = furthest.saturating_add(i64::from(distance.cast_signed()));
        *furthest = at.max(*furthest);
        let first = u64::try_from(at).ok()?.checked_sub(1).filter(|_| packet.payload > 0)?;
        Some((first, first.saturating_add(packet.payload)))
    }
}

/// The part of a stream's offset that a sequence number has.
fn low(offset: i64) -> u32 {
    u32::try_from(offset.rem_euclid(1 << 32)).unwrap_or(0)
}

fn own_rules(records: &[Record], pack: &Pack, spot: Spot, conducts: &Conducts) -> Option<Made> {
    let packet = packet(records, spot)?;
    let from = pack.from_socket;
    let kernel = |why: &str| Some(Made::Kernel(why.into()));
    let tcp: Tcp = packet.tcp?;
    let conduct = conducts.get(&from?)?;
    if tcp.has(SYN | ACK) {
        // Where both asked at once nobody listens.
        let asked = conduct.connect.is_some();
        return kernel(if asked { "answers the other side's SYN" } else { "answers for listen" });
    }
    if tcp.has(RST) {
        return reset_by(records, spot, conduct);
    }
    if tcp.has(SYN) {
        return conduct.connect.map(|call| Made::Calls(vec![call]));
    }
    if tcp.again {
        return kernel("sends again");
    }
    let data = pack.bytes.map(|(first, behind)| conduct.sends_of(first, behind));
    let mut calls: Vec<Spot> = data.unwrap_or_default().iter().map(|(spot, _)| *spot).collect();
    if tcp.has(FIN) {
        calls.extend(conduct.end);
    }
    if !calls.is_empty() {
        return Some(Made::Calls(calls));
    }
    if packet.payload == 0 && !tcp.has(FIN) { kernel("acknowledges") } else { None }
}

/// What made a RST go. A close with bytes that nobody read breaks off; a connect that hears what does
/// not belong to it says so, and goes on. A reset after the close answers what comes for a socket that
/// is gone.
fn reset_by(records: &[Record], spot: Spot, conduct: &Conduct) -> Option<Made> {
    let at = line_at(records, spot).at;
    let same = |call: &Spot| call.record == spot.record;
    // A close may be noted late, and then nothing was called between the RST and the note.
    let quiet = || conduct.last.is_none_or(|last| line_at(records, last).at <= at);
    let close = conduct.close.filter(same).filter(|close| {
        let close = line_at(records, *close);
        let late = begin(close).saturating_sub(at);
        at <= close.at && (late <= HELD_UP || late <= NOTED_LATE && quiet())
    });
    if let Some(close) = close {
        return Some(Made::Calls(vec![close]));
    }
    let connect = line_at(records, conduct.connect.filter(same)?);
    let under_way = begin(connect) <= at && at <= connect.at;
    under_way.then(|| Made::Kernel("answers what is no answer to this connect".into()))
}
