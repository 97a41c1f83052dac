//! The lives of sockets: from when to when each is there, and in which state.

use std::collections::HashMap;

use super::boxes::shows_state;
use super::moments::Part;
use super::places::{Places, Pole, mentioned};
use super::plan::{Plan, SLANT, Spot};
use super::shared::shared;
use crate::timeline::{Lane, Picture, RowKind};

/// A stretch of a pole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: i32,
    pub to: i32,
    /// Nothing for a socket that has no state yet.
    pub state: String,
    /// The program has closed it; the kernel still has something to do.
    pub lingers: bool,
}

/// The life of a socket.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub lane: usize,
    /// Its label; of several sockets on one pole, how many they are.
    pub label: String,
    pub pole: Pole,
    pub stretches: Vec<Stretch>,
}

impl Life {
    /// From where to where it goes.
    pub(super) fn ends(&self) -> (i32, i32) {
        let from = self.stretches.first().map_or(0, |first| first.from);
        (from, self.stretches.last().map_or(0, |last| last.to))
    }

    /// Whether it is there between two heights.
    pub(super) fn is_in(&self, top: i32, bottom: i32) -> bool {
        let (from, to) = self.ends();
        from < bottom && to > top
    }
}

/// Units for which a state is drawn of which nobody knows how long it lasted.
const STUB: i32 = 26;

/// What is known of a socket while the spots are read.
#[derive(Debug, Default)]
struct Known {
    born: Option<i32>,
    states: Vec<(i32, String)>,
    closed: Option<i32>,
}

/// The lives of all sockets that the picture mentions.
pub(super) fn lives(plan: &Plan) -> Vec<Life> {
    let picture = plan.picture;
    let mut known: Vec<Vec<Known>> = picture
        .lanes
        .iter()
        .map(|lane| lane.sockets.iter().map(|_| Known::default()).collect())
        .collect();
    let labels: Vec<Labels> = picture.lanes.iter().map(labels).collect();
    for spot in &plan.spots {
        learn(picture, spot, &labels, &mut known);
        // Also what is not drawn has changed the states of the sockets that are.
        for row in plan.cut.behind(spot.moment.row) {
            change(&row.kind, Part::Whole, spot.y, &labels, &mut known);
        }
    }
    let mut lives = Vec::new();
    for (lane, sockets) in known.into_iter().enumerate() {
        for (at, its) in sockets.into_iter().enumerate() {
            let label = &picture.lanes[lane].sockets[at].label;
            lives.extend(life(&plan.places, picture, (lane, label), its, plan.height));
        }
    }
    shared(lives)
}

/// The places of a lane's sockets by their labels.
type Labels<'a> = HashMap<&'a str, usize>;

fn labels(lane: &Lane) -> Labels<'_> {
    let mut labels = HashMap::new();
    for (at, socket) in lane.sockets.iter().enumerate() {
        labels.entry(socket.label.as_str()).or_insert(at);
    }
    labels
}

fn find<'k>(
    labels: &[Labels],
    known: &'k mut [Vec<Known>],
    lane: usize,
    label: &str,
) -> Option<&'k mut Known> {
    known.get_mut(lane)?.get_mut(*labels.get(lane)?.get(label)?)
}

fn learn(picture: &Picture, spot: &Spot, labels: &[Labels], known: &mut [Vec<Known>]) {
    let kind = &picture.rows[spot.moment.row].kind;
    let arrives = matches!(kind, RowKind::Packet(_)) && spot.moment.part == Part::Whole;
    for (place, (lane, label)) in mentioned(&picture.lanes, kind).into_iter().enumerate() {
        let y = if arrives && place > 0 { spot.y + SLANT } else { spot.y };
        if let Some(known) = find(labels, known, lane, label) {
            known.born.get_or_insert(y);
        }
    }
    change(kind, spot.moment.part, spot.y, labels, known);
}

/// What a row says of the states of sockets.
fn change(kind: &RowKind, part: Part, y: i32, labels: &[Labels], known: &mut [Vec<Known>]) {
    let mut change = |lane: usize, socket: &str, to: &str| {
        if let Some(known) = find(labels, known, lane, socket) {
            known.states.push((y, to.to_owned()));
        }
    };
    match kind {
        RowKind::State(lane, state) => change(*lane, &state.socket, &state.to),
        RowKind::Call(call) => {
            if let Some(state) = &call.state
                && shows_state(call, part)
            {
                change(call.lane, &state.socket, &state.to);
            }
            if call.name == "close"
                && call.error.is_none()
                && part != Part::Begin
                && let Some(known) = find(labels, known, call.lane, &call.socket)
            {
                known.closed = Some(y);
            }
        }
        _ => {}
    }
}

fn life(
    places: &Places,
    picture: &Picture,
    (lane, label): (usize, &str),
    known: Known,
    bottom: i32,
) -> Option<Life> {
    let born = known.born?;
    let pole = places.pole(&picture.lanes, lane, label)?;
    let mut stretches =
        vec![Stretch { from: born, to: born, state: String::new(), lingers: false }];
    let mut gone = None;
    for (y, state) in known.states {
        if let Some(last) = stretches.last_mut() {
            last.to = y.max(last.from);
        }
        if state == "CLOSED" && y > born {
            gone = Some(y);
        }
        let lingers = known.closed.is_some_and(|closed| closed <= y);
        stretches.push(Stretch { from: y.max(born), to: y.max(born), state, lingers });
    }
    let source = picture.sources.get(picture.lanes[lane].source);
    let captured = source.is_some_and(|source| source.captured);
    let last = stretches.last_mut()?;
    let waits_on = ["FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "TIME-WAIT"];
    last.to = match (gone, known.closed) {
        (Some(y), closed) => y.max(closed.unwrap_or(y)),
        (None, Some(y)) if !waits_on.contains(&last.state.as_str()) => y.max(last.from),
        // Nobody saw the packets that lead on from here.
        (None, Some(y)) if !captured && last.state != "TIME-WAIT" => (y + STUB).min(bottom - 6),
        _ => bottom - 6,
    };
    if last.state == "CLOSED" {
        last.state.clear();
    }
    stretches.retain(|its| its.to > its.from);
    Some(Life { lane, label: label.to_owned(), pole, stretches })
}
