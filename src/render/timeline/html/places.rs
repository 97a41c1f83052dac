//! Where everything stands from left to right. Lengths are in units of the picture, of which one is
//! a pixel when the picture is shown in its own size.
//!
//! ```text
//!  times │ words of the clients │ a pole for  │  the wire  │ a pole for  │ words of the servers
//!        │                      │ each socket │            │ each socket │
//! ```
//!
//! However many programs a side has, their words share one column, each with its name; so the poles
//! of five clients stand side by side, and who waits for whom can be seen at one glance.

use std::net::SocketAddr;

use crate::timeline::{Lane, Packet, Picture, Place, RowKind};

/// Units that a letter takes in the words of calls, of a font with equal letters.
pub(super) const LETTER: f64 = 7.25;

/// Units of the times.
pub(super) const TIMES: i32 = 76;

/// Units of a column of words.
pub(super) const WORDS: i32 = 304;

/// Columns of letters in it, without its margins.
pub(super) const WORD_COLUMNS: usize = 39;

/// Units from one pole to the next.
const POLE: i32 = 30;

/// Units of the band that shows the state of a socket.
pub(super) const BAND: i32 = 14;

const WIRE: i32 = 336;

/// Units beside the wire for the words at the edge of what is known.
const FAR: i32 = 92;

/// More sockets at a time than that share the last pole of their program.
const MOST: usize = 10;

/// Left or right of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A pole, on which a socket lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pole {
    /// The left edge of its band.
    pub x: i32,
    pub side: Side,
}

impl Pole {
    /// The edge of its band at the wire.
    pub(super) const fn wire(self) -> i32 {
        match self.side {
            Side::Left => self.x + BAND,
            Side::Right => self.x,
        }
    }
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub width: i32,
    /// The left edge of the words of each side.
    pub left: Option<i32>,
    pub right: Option<i32>,
    /// Both edges of the wire.
    pub wire: (i32, i32),
    /// Where somebody without a record is.
    pub outside: Option<i32>,
    /// The side of each lane.
    pub sides: Vec<Side>,
    /// By lane and socket.
    poles: Vec<Vec<Pole>>,
}

impl Places {
    pub(super) fn of(picture: &Picture) -> Self {
        let sides = sides(picture);
        let slots = slots(picture);
        let has = |side: Side| sides.contains(&side);
        let packets = || {
            picture.rows.iter().filter_map(|row| match &row.kind {
                RowKind::Packet(packet) => Some(packet),
                _ => None,
            })
        };
        let outside = packets().any(|its| its.from == Place::Outside || its.to == Place::Outside);
        let wired = packets().next().is_some() || (has(Side::Left) && has(Side::Right));
        let mut x = TIMES + 8;
        let left = has(Side::Left).then_some(x);
        let mut poles: Vec<Vec<Pole>> = vec![Vec::new(); picture.lanes.len()];
        if left.is_some() {
            x += WORDS + 20;
            x = stand(&sides, &slots, Side::Left, x, &mut poles);
        } else {
            x += if outside { FAR } else { 28 };
        }
        let wire = (x, x + if wired { WIRE } else { 20 });
        x = wire.1;
        let mut right = None;
        if has(Side::Right) {
            x = stand(&sides, &slots, Side::Right, x + 2, &mut poles) + 18;
            right = Some(x);
            x += WORDS;
        } else {
            x += if outside { FAR } else { 28 };
        }
        let outside = outside.then(|| match (left, right) {
            (Some(_), None) => wire.1,
            (None, _) => wire.0,
            _ => i32::midpoint(wire.0, wire.1),
        });
        Self { width: x + 12, left, right, wire, outside, sides, poles }
    }

    /// The pole of a socket, by its label.
    pub(super) fn pole(&self, lanes: &[Lane], lane: usize, label: &str) -> Option<Pole> {
        let sockets = &lanes.get(lane)?.sockets;
        let at = sockets.iter().position(|socket| socket.label == label).unwrap_or(0);
        self.poles.get(lane)?.get(at).copied()
    }

    /// The left edge of the words of a side.
    pub(super) fn words(&self, side: Side) -> i32 {
        let edge = if side == Side::Left { self.left } else { self.right };
        edge.unwrap_or(TIMES)
    }

    /// How many programs stand on a side.
    pub(super) fn programs(&self, side: Side) -> usize {
        self.sides.iter().filter(|its| **its == side).count()
    }
}

/// The socket that a packet leaves from or arrives at: the one with both endpoints, or the one that
/// listens at the first, or at least one with its port.
pub(super) fn socket_of(lane: &Lane, near: SocketAddr, far: SocketAddr) -> Option<&str> {
    let rank = |local: Option<SocketAddr>, remote: Option<SocketAddr>, listens: bool| {
        let local = local.filter(|local| local.port() == near.port())?;
        let to_it = local.ip() == near.ip() || local.ip().is_unspecified();
        Some(match remote {
            Some(remote) if remote == far => 5,
            Some(_) => 0,
            None if listens => 3,
            None if to_it => 2,
            None => 1,
        })
    };
    let mut best = (-1, None);
    for socket in &lane.sockets {
        let rank = rank(socket.local, socket.remote, socket.listens).unwrap_or(-1);
        if rank > best.0 {
            best = (rank, Some(socket.label.as_str()));
        }
    }
    best.1.or_else(|| lane.sockets.first().map(|socket| socket.label.as_str()))
}

/// The sockets of a packet at its two ends, as far as they have lanes.
pub(super) fn ends<'a>(lanes: &'a [Lane], packet: &Packet) -> [Option<(usize, &'a str)>; 2] {
    let end = |place: Place, near, far| match place {
        Place::Lane(lane) => Some((lane, socket_of(lanes.get(lane)?, near, far)?)),
        Place::Outside => None,
    };
    [
        end(packet.from, packet.source, packet.destination),
        end(packet.to, packet.destination, packet.source),
    ]
}

/// Clients left, servers right; where there are two or more, nobody is alone on one side.
fn sides(picture: &Picture) -> Vec<Side> {
    let serves = |lane: &Lane| {
        let command = picture.sources.get(lane.source).and_then(|its| its.command.first());
        lane.name.contains("server")
            || lane.sockets.iter().any(|socket| socket.listens)
            || lane.end.is_none() && command.is_some_and(|word| word.ends_with("-server"))
    };
    let side = |lane: &Lane| if serves(lane) { Side::Right } else { Side::Left };
    let mut sides: Vec<Side> = picture.lanes.iter().map(side).collect();
    if sides.len() > 1 {
        if !sides.contains(&Side::Right) {
            sides.iter_mut().next_back().into_iter().for_each(|last| *last = Side::Right);
        } else if !sides.contains(&Side::Left) {
            sides.iter_mut().next().into_iter().for_each(|first| *first = Side::Left);
        }
    }
    sides
}

/// Puts the poles of a side from `x` on, and gives where they end.
fn stand(
    sides: &[Side],
    slots: &[Vec<usize>],
    side: Side,
    mut x: i32,
    poles: &mut [Vec<Pole>],
) -> i32 {
    let bar = if side == Side::Left { POLE - BAND } else { 0 };
    for (lane, its) in slots.iter().enumerate().filter(|(lane, _)| sides[*lane] == side) {
        let count = its.iter().max().map_or(0, |last| last + 1);
        poles[lane] = its
            .iter()
            .map(|slot| Pole { x: x + bar + POLE * i32::try_from(*slot).unwrap_or(0), side })
            .collect();
        x += POLE * i32::try_from(count).unwrap_or(0);
        // Two programs stand a little farther apart than two sockets of one.
        x += if count > 0 { 6 } else { 0 };
    }
    x
}

/// By lane and socket: which pole of the lane. A pole is used again when its socket is gone, but only
/// where there are many.
fn slots(picture: &Picture) -> Vec<Vec<usize>> {
    let mut seen: Vec<Vec<Option<(usize, usize)>>> =
        picture.lanes.iter().map(|lane| vec![None; lane.sockets.len()]).collect();
    for (row, its) in picture.rows.iter().enumerate() {
        for (lane, label) in mentioned(&picture.lanes, &its.kind) {
            let Some(sockets) = picture.lanes.get(lane).map(|lane| &lane.sockets) else { continue };
            if let Some(at) = sockets.iter().position(|socket| socket.label == label) {
                let (first, _) = seen[lane][at].unwrap_or((row, row));
                seen[lane][at] = Some((first, row));
            }
        }
    }
    seen.into_iter().map(|its| lane_slots(&its)).collect()
}

fn lane_slots(lives: &[Option<(usize, usize)>]) -> Vec<usize> {
    let many = lives.iter().flatten().count() > MOST;
    let mut ends: Vec<usize> = Vec::new();
    lives
        .iter()
        .map(|life| {
            let Some((first, last)) = life else { return 0 };
            let free = ends.iter().position(|end| many && end < first);
            let slot = free.unwrap_or_else(|| ends.len().min(MOST - 1));
            if slot == ends.len() {
                ends.push(*last);
            }
            ends[slot] = ends[slot].max(*last);
            slot
        })
        .collect()
}

/// The sockets that a row is about.
pub(super) fn mentioned<'a>(lanes: &'a [Lane], kind: &'a RowKind) -> Vec<(usize, &'a str)> {
    match kind {
        RowKind::Call(call) => {
            let own = Some((call.lane, call.socket.as_str()));
            let other = call.state.as_ref().map(|state| (call.lane, state.socket.as_str()));
            own.into_iter().chain(other).filter(|(_, label)| !label.is_empty()).collect()
        }
        RowKind::State(lane, state) => vec![(*lane, &state.socket)],
        RowKind::Packet(packet) => ends(lanes, packet).into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}
