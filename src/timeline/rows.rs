//! Rows as they are drawn.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::clean::clean_value;
use super::entry::{CallEntry, Entry, Manner, MessageEntry, What};
use super::flow::Link;
use super::lanes::{Lanes, Spot};
use super::model::{
    Call, CallError, Cause, Fold, FoldPart, Message, Packet, Row, RowKind, StateChange, Step,
};
use super::packet::{FIN, RST, SYN};
use super::record::Record;
use super::talk::Talk;
use super::wire::{Made, Pack, packet};

/// A call that took so long, in nanoseconds, has waited for somebody.
pub(super) const LONG: i64 = 1_000_000;

/// A send has more to do by itself than to hear of something: so long.
const LONG_SEND: i64 = 5_000_000;

/// A row before it is drawn.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub at: i64,
    pub kind: PieceKind,
}

#[derive(Clone, Debug)]
pub(super) enum PieceKind {
    /// A call, and when the latest of what it took was given.
    Call(Spot, i64, Option<Box<StateChange>>),
    /// A packet, by its place.
    Packet(usize),
    State(usize, Box<StateChange>),
    /// A message, a remark, what a demo says.
    Tale(Spot),
}

/// Everything that rows are made from.
pub(super) struct Material<'a> {
    pub records: &'a [Record],
    pub lanes: &'a Lanes,
    pub packs: &'a [Pack],
    pub talk: &'a Talk,
    /// What is added to each record's times.
    pub shifts: &'a [i64],
    /// The places of calls, by record and line.
    pub places: Vec<Vec<u32>>,
    pub uncertainty: i64,
    pub steps: HashMap<Spot, usize>,
    /// Packets that stand before a call that seemed to be their cause, and what is left of it.
    pub early: HashMap<usize, Made>,
}

fn duration(time: i64) -> Duration {
    Duration::from_nanos(u64::try_from(time).unwrap_or(0))
}

impl Material<'_> {
    pub(super) fn entry(&self, spot: Spot) -> &Entry {
        &self.records[spot.record as usize].entries[spot.entry as usize]
    }

    fn time(&self, spot: Spot) -> i64 {
        self.entry(spot).at.saturating_add(self.shifts[spot.record as usize])
    }

    fn lane(&self, spot: Spot) -> usize {
        self.lanes.lane(spot.record as usize, self.entry(spot).end).unwrap_or(0)
    }

    fn place(&self, spot: Spot) -> Option<usize> {
        let place = *self.places[spot.record as usize].get(spot.entry as usize)?;
        (place != u32::MAX).then_some(place as usize)
    }

    /// When a row's matter begins and ends.
    fn span(&self, piece: &Piece) -> (i64, i64) {
        match &piece.kind {
            PieceKind::Call(spot, ..) => {
                let end = self.time(*spot);
                let took = match &self.entry(*spot).what {
                    What::Call(call) => call.took,
                    _ => 0,
                };
                (end.saturating_sub(took).min(piece.at), end.max(piece.at))
            }
            _ => (piece.at, piece.at),
        }
    }

    /// The row of a piece; `givers` are the calls whose bytes each call took.
    pub(super) fn row(&self, piece: &Piece, givers: &HashMap<Spot, Vec<Spot>>) -> Option<Row> {
        let kind = match &piece.kind {
            PieceKind::Call(spot, given, state) => {
                let What::Call(call) = &self.entry(*spot).what else { return None };
                let given_by = givers.get(spot).map(Vec::as_slice).unwrap_or_default();
                let mut row = self.call(*spot, call, *given, given_by);
                row.begin = row.begin.min(duration(piece.at));
                row.state = state.as_deref().cloned();
                RowKind::Call(row)
            }
            PieceKind::Packet(place) => RowKind::Packet(self.packet(*place)?),
            PieceKind::State(lane, change) => RowKind::State(*lane, (**change).clone()),
            PieceKind::Tale(spot) => self.tale(*spot)?,
        };
        Some(Row { at: duration(piece.at), kind })
    }

    fn call(&self, spot: Spot, call: &CallEntry, given: i64, givers: &[Spot]) -> Call {
        let end = self.time(spot);
        let begin = end.saturating_sub(call.took);
        let mut messages: Vec<Message> = self
            .talk
            .of_call
            .get(&spot)
            .into_iter()
            .flatten()
            .filter_map(|message| match &self.entry(*message).what {
                What::Message(said) => Some(self.message(*message, said)),
                _ => None,
            })
            .collect();
        if messages.is_empty()
            && let (Some(number), Some(bytes)) = (self.talk.numbers.get(&spot), call.bytes())
        {
            let (lane, text) = (self.lane(spot), self.numbered(*number, bytes));
            messages.push(Message { lane, sent: true, who: String::new(), text, bytes });
        }
        let carries: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
        Call {
            lane: self.lane(spot),
            place: self.place(spot).unwrap_or(0),
            socket: call.socket.to_string(),
            name: call.name.to_string(),
            text: call.text.to_string(),
            result: call.result.to_string(),
            error: call
                .error
                .as_ref()
                .map(|(name, number)| CallError { name: name.to_string(), number: *number }),
            begin: duration(begin),
            end: duration(end),
            waited: waited(call, begin, given.saturating_sub(self.uncertainty)),
            state: None,
            bytes: call.bytes(),
            carries: (!carries.is_empty()).then(|| carries.join(" | ")),
            messages,
            from_calls: givers.iter().filter_map(|giver| self.place(*giver)).collect(),
            fields: self.fields(spot, || {
                json!({
                    "event": "call", "socket": &*call.socket, "call": &*call.name,
                    "text": format!("{} = {}", call.text, call.result), "took_ns": call.took,
                    "state": &*call.state,
                })
            }),
        }
    }

    /// Everything that the record says of a line; of a very long record, what was kept of it.
    fn fields(&self, spot: Spot, otherwise: impl FnOnce() -> Value) -> Value {
        let raw = self.entry(spot).raw.as_deref();
        raw.and_then(|raw| serde_json::from_str(raw).ok()).map_or_else(otherwise, clean_value)
    }

    /// A datagram of a burst: `64 bytes, #7 of 30`, counted from 1.
    fn numbered(&self, number: u64, bytes: u64) -> String {
        let of = self.talk.burst.map(|count| format!(" of {count}")).unwrap_or_default();
        format!("{bytes} bytes, #{}{of}", number.saturating_add(1))
    }

    fn message(&self, spot: Spot, said: &MessageEntry) -> Message {
        let text = match (&said.text, &said.digest) {
            (Some(text), _) if !text.is_empty() || said.sequence.is_none() => text.to_string(),
            _ if said.sequence.is_some() => self.numbered(said.sequence.unwrap_or(0), said.bytes),
            (_, Some(digest)) => format!("{} bytes, SHA-256 {digest}…", said.bytes),
            _ => format!("{} bytes", said.bytes),
        };
        Message {
            lane: self.lane(spot),
            sent: said.sent,
            who: said.who.to_string(),
            text,
            bytes: said.bytes,
        }
    }

    /// What of a cause has been drawn so far.
    pub(super) fn known(&self, cause: &Made) -> Made {
        let Made::Calls(calls) = cause else { return cause.clone() };
        let known = calls.iter().filter(|call| self.place(**call).is_some()).copied();
        let known: Vec<Spot> = known.collect();
        if known.is_empty() { Made::Unknown } else { Made::Calls(known) }
    }

    fn packet(&self, place: usize) -> Option<Packet> {
        let pack = &self.packs[place];
        let spot = pack.spot()?;
        let seen = packet(self.records, spot)?;
        let cause = match self.early.get(&place).unwrap_or(&pack.cause) {
            Made::Calls(calls) => {
                Cause::Calls(calls.iter().filter_map(|call| self.place(*call)).collect())
            }
            Made::Kernel(why) => Cause::Kernel(why.to_string()),
            Made::Outside => Cause::Outside,
            Made::Unknown => Cause::Unknown,
        };
        Some(Packet {
            number: seen.number,
            from: pack.from,
            to: pack.to,
            left: pack.left.map(|spot| duration(self.time(spot))),
            arrived: pack.arrived.map(|spot| duration(self.time(spot))),
            source: seen.source,
            destination: seen.destination,
            words: seen.in_words(),
            details: seen.details(),
            again: seen.tcp.is_some_and(|tcp| tcp.again),
            cause,
            fields: self.fields(spot, || {
                json!({
                    "event": "packet", "number": seen.number, "protocol": &*seen.protocol,
                    "source_ip": seen.source.ip(), "source_port": seen.source.port(),
                    "destination_ip": seen.destination.ip(),
                    "destination_port": seen.destination.port(), "payload": seen.payload,
                })
            }),
        })
    }

    fn tale(&self, spot: Spot) -> Option<RowKind> {
        Some(match &self.entry(spot).what {
            What::Message(said) => RowKind::Message(self.message(spot, said)),
            What::Remark(words) => RowKind::Remark(self.lane(spot), words.to_string()),
            What::Step(title) => RowKind::Step(Step {
                number: self.steps.get(&spot).copied().unwrap_or(0),
                title: title.to_string(),
            }),
            What::Fact(fact) => RowKind::Fact((**fact).clone()),
            What::Table(table) => RowKind::Table((**table).clone()),
            _ => return None,
        })
    }

    /// What a row is, for the folding: its kind, lane, name and bytes; none if it must stand.
    pub(super) fn matter(&self, piece: &Piece) -> Option<Matter<'_>> {
        match &piece.kind {
            PieceKind::Call(spot, _, state) => {
                let What::Call(call) = &self.entry(*spot).what else { return None };
                // A program that asks again and again keeps its processor busy: how often, counts.
                let asks = call.in_vain() && call.manner() == Manner::Takes;
                let plain = state.is_none() && (call.error.is_none() || asks);
                let moves = call.sends() || call.receives() && call.bytes() != Some(0) || asks;
                let hidden = call.manner() == Manner::Polls || &*call.name == "getsockopt";
                (plain && (moves || hidden)).then(|| Matter {
                    what: match &*call.name {
                        "recv" if asks => "recv in vain",
                        "recvfrom" if asks => "recvfrom in vain",
                        "accept" if asks => "accept in vain",
                        name => name,
                    },
                    socket: &call.socket,
                    lane: Some(self.lane(*spot)),
                    bytes: call.bytes().unwrap_or(0),
                    rank: u8::from(!call.sends()),
                })
            }
            PieceKind::Packet(place) => {
                let pack = &self.packs[*place];
                let seen = packet(self.records, pack.spot()?)?;
                let plain =
                    seen.tcp.is_none_or(|tcp| tcp.flags & (FIN | SYN | RST) == 0 && !tcp.again)
                        && !matches!(&*seen.protocol, "arp");
                let plain = plain
                    && (seen.tcp.is_some() || &*seen.protocol == "udp" || seen.echo.is_some());
                plain.then_some(Matter {
                    what: "packet",
                    socket: if seen.payload > 0 { "data" } else { "" },
                    lane: None,
                    bytes: seen.payload,
                    rank: 2,
                })
            }
            PieceKind::Tale(spot) => match &self.entry(*spot).what {
                What::Message(said) => Some(Matter {
                    what: "message",
                    socket: if said.sent { "sent" } else { "" },
                    lane: Some(self.lane(*spot)),
                    bytes: said.bytes,
                    rank: 3,
                }),
                _ => None,
            },
            PieceKind::State(..) => None,
        }
    }

    /// The row that stands for several.
    pub(super) fn folded(&self, pieces: &[Piece]) -> Row {
        let mut parts: Vec<(FoldPart, u8)> = Vec::new();
        let (mut from, mut to) = (i64::MAX, i64::MIN);
        for piece in pieces {
            let (begin, end) = self.span(piece);
            (from, to) = (from.min(begin), to.max(end));
            let Some(matter) = self.matter(piece) else { continue };
            let known = parts
                .iter_mut()
                .find(|(part, _)| part.what == matter.what && part.lane == matter.lane);
            if let Some((part, _)) = known {
                part.count += 1;
                part.bytes = part.bytes.saturating_add(matter.bytes);
            } else {
                let part = FoldPart {
                    what: matter.what.to_owned(),
                    lane: matter.lane,
                    count: 1,
                    bytes: matter.bytes,
                };
                parts.push((part, matter.rank));
            }
        }
        let best = parts.iter().map(|(_, rank)| *rank).min();
        let bytes = parts.iter().filter(|(_, rank)| Some(*rank) == best);
        let bytes = bytes.fold(0_u64, |sum, (part, _)| sum.saturating_add(part.bytes));
        let lanes: HashSet<Option<usize>> = parts.iter().map(|(part, _)| part.lane).collect();
        let lane = parts.first().and_then(|(part, _)| part.lane).filter(|_| lanes.len() == 1);
        let mut words: Vec<&str> = Vec::new();
        for (part, _) in &parts {
            if !words.contains(&part.what.as_str()) {
                words.push(&part.what);
            }
        }
        let several = |word: &&str| match word.strip_suffix(" in vain") {
            Some(word) => format!("{word}s in vain"),
            None => format!("{word}s"),
        };
        let words: Vec<String> = words.iter().map(several).collect();
        let what = match &words[..] {
            [] => "rows".to_owned(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        };
        let fold = Fold {
            count: pieces.len(),
            what,
            lane,
            bytes,
            from: duration(from),
            to: duration(to),
            parts: parts.into_iter().map(|(part, _)| part).collect(),
        };
        let at = pieces.first().map_or(0, |piece| piece.at);
        Row { at: duration(at), kind: RowKind::Fold(fold) }
    }
}

/// What a row is, for the folding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matter<'a> {
    pub what: &'a str,
    pub socket: &'a str,
    pub lane: Option<usize>,
    pub bytes: u64,
    rank: u8,
}

/// No call takes so long, in nanoseconds, without a reason.
const SHORT: i64 = 20_000;

/// A call that can wait has waited if it took more than a millisecond (a send: five), or, when it
/// took more than 20 microseconds, if what it took was not yet given when it was made.
fn waited(call: &CallEntry, begin: i64, given: i64) -> bool {
    let can = match call.manner() {
        Manner::Takes | Manner::Polls => true,
        Manner::Gives => call.connects() || call.sends(),
        Manner::Own => false,
    };
    let long = if call.sends() { LONG_SEND } else { LONG };
    can && (call.took >= long
        || call.manner() == Manner::Takes && call.took >= SHORT && given > begin && !call.in_vain())
}

/// For each of the calls, those whose bytes it took.
pub(super) fn givers(links: &[Link], drawn: &HashSet<Spot>) -> HashMap<Spot, Vec<Spot>> {
    let mut givers: HashMap<Spot, Vec<Spot>> = HashMap::new();
    for link in links.iter().filter(|link| drawn.contains(&link.taker)) {
        givers.entry(link.taker).or_default().push(link.giver);
    }
    givers
}
