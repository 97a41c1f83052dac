//! From lines to rows: every line gets its time, causes come before their effects, states follow.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::build::Options;
use super::clock::{HELD_UP, NOTED_LATE, begin};
use super::entry::{CallEntry, Manner, Outcome, What};
use super::flow::{Conducts, Link, line_at};
use super::lanes::{Lanes, SocketAt, Spot};
use super::model::Picture;
use super::order::{Sorted, sort};
use super::packet::{FIN, RST, SYN};
use super::pairs::Pairs;
use super::record::Record;
use super::rows::{LONG, Material, Piece, PieceKind};
use super::states::States;
use super::talk::Talk;
use super::wire::{Made, Pack, packet};
use super::zoom::draw;

/// Something that has a time and perhaps a row.
#[derive(Clone, Copy, Debug)]
enum Item {
    Call(Spot),
    Packet(usize),
    /// A packet arrives: no row, but it may change a state.
    Arrival(usize),
    Tale(Spot),
}

/// The records of a picture, and what was found out about them.
pub(super) struct Build<'a> {
    pub records: &'a [Record],
    pub lanes: &'a Lanes,
    pub conducts: &'a Conducts,
    pub packs: &'a [Pack],
    pub pairs: &'a Pairs,
    pub shifts: Vec<i64>,
    /// By how much the shifts may be wrong.
    pub doubt: i64,
    /// Sockets by which the program only asks the kernel for its way, where they are not drawn.
    pub askers: HashSet<SocketAt>,
}

/// Items in the order of the records, with their times.
#[derive(Default)]
struct Items {
    all: Vec<Item>,
    times: Vec<i64>,
    /// By record and line: the item of a call.
    of_call: Vec<Vec<u32>>,
    /// Gifts first, then what keeps the calls of a socket in their order.
    before: Vec<(u32, u32)>,
    gifts: usize,
    left_out: [usize; 5],
}

impl Items {
    fn push(&mut self, item: Item, at: i64) -> u32 {
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(item);
        self.times.push(at);
        place
    }

    fn call(&self, spot: Spot) -> Option<u32> {
        let place = *self.of_call.get(spot.record as usize)?.get(spot.entry as usize)?;
        (place != u32::MAX).then_some(place)
    }
}

impl Build<'_> {
    /// Puts the rows into the picture.
    pub(super) fn rows(
        &self,
        options: &Options,
        links: &[Link],
        talk: &Talk,
        picture: &mut Picture,
    ) {
        let is_demo = picture.demo.is_some();
        let mut items = self.items(options.all, is_demo, talk);
        self.order(&mut items, links);
        picture.remarks.extend(left_out(items.left_out));
        let sorted = sort(&items.times, &items.before, HELD_UP.saturating_add(self.doubt));
        picture.remarks.extend(not_moved(sorted.early.len()));
        let given = given(&items, &sorted.places);
        let mut material = Material {
            records: self.records,
            lanes: self.lanes,
            packs: self.packs,
            talk,
            shifts: &self.shifts,
            places: self.records.iter().map(|its| vec![u32::MAX; its.entries.len()]).collect(),
            uncertainty: self.doubt,
            early: HashMap::new(),
            steps: HashMap::new(),
        };
        let mut pieces = self.pieces(&items, &sorted, &given, &mut material);
        let all = pieces.len();
        let time = |piece: &Piece| Duration::from_nanos(u64::try_from(piece.at).unwrap_or(0));
        picture.span = pieces.first().map(time).zip(pieces.last().map(time));
        pieces.retain(|piece| self.wanted(piece, options));
        if pieces.len() < all {
            let missing = all - pieces.len();
            picture.remarks.push(format!("{missing} rows lie outside of what was asked for"));
        }
        picture.rows = draw(&pieces, &material, options.fold, links);
    }

    fn items(&self, all: bool, demo: bool, talk: &Talk) -> Items {
        let mut packs: HashMap<Spot, Vec<(Item, Spot)>> = HashMap::new();
        for (place, pack) in self.packs.iter().enumerate() {
            let Some(spot) = pack.spot() else { continue };
            packs.entry(spot).or_default().push((Item::Packet(place), spot));
            if let Some(arrived) = pack.arrived {
                packs.entry(spot).or_default().push((Item::Arrival(place), arrived));
            }
        }
        let mut items = Items::default();
        for (record, its) in (0_u32..).zip(self.records) {
            let shift = self.shifts[record as usize];
            let mut places = vec![u32::MAX; its.entries.len()];
            for (entry, line) in (0_u32..).zip(&its.entries) {
                let spot = Spot { record, entry };
                let at = line.at.saturating_add(shift);
                match &line.what {
                    What::Call(call) => {
                        let Some(lane) = self.lanes.lane(record as usize, line.end) else {
                            continue;
                        };
                        let socket = self.lanes.socket(lane, &call.socket);
                        let asks = socket.is_some_and(|at| self.askers.contains(&at));
                        let protocol = socket.map_or("", |at| &*self.lanes.get(at).protocol);
                        let why = if asks { Some(4) } else { for_itself(call, protocol, demo) };
                        if !all && let Some(why) = why {
                            items.left_out[why] += 1;
                            continue;
                        }
                        let begins = call.manner() == Manner::Gives;
                        let at = if begins { begin(line).saturating_add(shift) } else { at };
                        places[entry as usize] = items.push(Item::Call(spot), at);
                    }
                    What::Packet(_) => {
                        for (item, seen) in packs.remove(&spot).unwrap_or_default() {
                            let line =
                                &self.records[seen.record as usize].entries[seen.entry as usize];
                            let at = line.at.saturating_add(self.shifts[seen.record as usize]);
                            items.push(item, at);
                        }
                    }
                    What::Message(_) if talk.carried.contains(&spot) => {}
                    What::Message(_) | What::Remark(_)
                        if self.lanes.lane(record as usize, line.end).is_none() => {}
                    What::Message(_)
                    | What::Remark(_)
                    | What::Step(_)
                    | What::Fact(_)
                    | What::Table(_) => {
                        items.push(Item::Tale(spot), at);
                    }
                    _ => {}
                }
            }
            items.of_call.push(places);
        }
        items
    }

    /// Which items come before which.
    fn order(&self, items: &mut Items, links: &[Link]) {
        let mut before = Vec::new();
        let mut takers: HashMap<Spot, Vec<u32>> = HashMap::new();
        for link in links {
            if let (Some(giver), Some(taker)) = (items.call(link.giver), items.call(link.taker)) {
                before.push((giver, taker));
                takers.entry(link.giver).or_default().push(taker);
            }
        }
        let mut last: Vec<u32> = vec![u32::MAX; self.packs.len()];
        for (place, item) in (0_u32..).zip(&items.all) {
            match item {
                Item::Packet(pack) => {
                    last[*pack] = place;
                    if let Made::Calls(calls) = &self.packs[*pack].cause {
                        before.extend(calls.iter().filter_map(|c| Some((items.call(*c)?, place))));
                    }
                }
                Item::Arrival(pack) => {
                    before.push((last[*pack], place));
                    let calls = self.takers(&self.packs[*pack]);
                    before.extend(calls.into_iter().filter_map(|c| Some((place, items.call(c)?))));
                    // A datagram is taken by whom the call's datagram is taken.
                    if let Made::Calls(calls) = &self.packs[*pack].cause
                        && self.udp(&self.packs[*pack])
                    {
                        let takers = calls.iter().filter_map(|call| takers.get(call)).flatten();
                        before.extend(takers.map(|taker| (place, *taker)));
                    }
                }
                _ => {}
            }
        }
        items.gifts = before.len();
        self.chains(items, &mut before);
        items.before = before;
    }

    fn udp(&self, pack: &Pack) -> bool {
        let seen = pack.spot().and_then(|spot| packet(self.records, spot));
        seen.is_some_and(|seen| &*seen.protocol == "udp")
    }

    /// The calls of a socket keep the order of their times, and what is remarked comes after the call
    /// that was noted before it. A call that makes something go is never later than what it made go:
    /// if it seems so, it was noted late, and its time is set back as far as its socket's calls allow.
    fn chains(&self, items: &mut Items, before: &mut Vec<(u32, u32)>) {
        let mut chains: HashMap<SocketAt, Vec<u32>> = HashMap::new();
        let mut last: HashMap<(u32, Option<u16>), u32> = HashMap::new();
        for (place, item) in (0_u32..).zip(&items.all) {
            let (Item::Call(spot) | Item::Tale(spot)) = item else { continue };
            let line = line_at(self.records, *spot);
            let What::Call(call) = &line.what else {
                before.extend(last.get(&(spot.record, line.end)).map(|call| (*call, place)));
                continue;
            };
            last.insert((spot.record, line.end), place);
            let Some(whose) = self.lanes.lane(spot.record as usize, line.end) else { continue };
            let made = match &call.outcome {
                Outcome::Socket(label, _) if call.accepts() => Some(label),
                _ => None,
            };
            for label in std::iter::once(&call.socket).chain(made) {
                if let Some(at) = self.lanes.socket(whose, label) {
                    chains.entry(at).or_default().push(place);
                }
            }
        }
        let mut previous = vec![i64::MIN; items.all.len()];
        for chain in chains.values_mut() {
            chain.sort_by_key(|place| items.times[*place as usize]);
            for pair in chain.windows(2) {
                before.push((pair[0], pair[1]));
                let limit = &mut previous[pair[1] as usize];
                *limit = (*limit).max(items.times[pair[0] as usize]);
            }
        }
        for (giver, effect) in &before[..items.gifts] {
            let (giver, effect) = (*giver as usize, *effect as usize);
            let early = items.times[effect].max(previous[giver]);
            let late = items.times[giver].saturating_sub(items.times[effect]);
            if matches!(items.all[giver], Item::Call(_)) && late <= NOTED_LATE {
                items.times[giver] = items.times[giver].min(early);
            }
        }
    }

    /// The calls that take what a packet brings.
    fn takers(&self, pack: &Pack) -> Vec<Spot> {
        let seen = pack.spot().and_then(|spot| packet(self.records, spot));
        let conduct = pack.to_socket.and_then(|at| self.conducts.get(&at));
        let (Some(seen), Some(conduct)) = (seen, conduct) else { return Vec::new() };
        let Some(tcp) = seen.tcp.filter(|tcp| !tcp.again && !tcp.has(RST)) else {
            return Vec::new();
        };
        let mut takers = Vec::new();
        if tcp.has(SYN) {
            takers.extend(conduct.accept);
        }
        if let Some((first, behind)) = pack.bytes {
            takers.extend(conduct.receive_of(first));
            takers.extend(conduct.receive_of(behind - 1));
        }
        if tcp.has(FIN) {
            takers.extend(conduct.heard_end);
        }
        takers.dedup();
        takers
    }

    fn pieces(
        &self,
        items: &Items,
        sorted: &Sorted,
        given: &[i64],
        material: &mut Material,
    ) -> Vec<Piece> {
        let early: HashSet<u32> = sorted.early.iter().copied().collect();
        let mut states = States::new(self.records, self.lanes, self.packs, self.pairs);
        let mut pieces = Vec::with_capacity(sorted.places.len());
        let mut calls = 0;
        for (place, at) in &sorted.places {
            let mut push = |kind| pieces.push(Piece { at: *at, kind });
            let state = |(lane, change)| PieceKind::State(lane, Box::new(change));
            match items.all[*place as usize] {
                Item::Call(spot) => {
                    material.places[spot.record as usize][spot.entry as usize] = calls;
                    calls += 1;
                    let line = line_at(self.records, spot);
                    let whose = self.lanes.lane(spot.record as usize, line.end).unwrap_or(0);
                    if let What::Call(call) = &line.what {
                        // What must have happened before, and what the call does to the other side.
                        let (before, after) = states.derived(whose, call, *at);
                        let change = states.call(whose, spot, call).map(Box::new);
                        before.map(state).into_iter().for_each(&mut push);
                        push(PieceKind::Call(spot, given[*place as usize], change));
                        after.map(state).into_iter().for_each(push);
                    }
                }
                Item::Packet(pack) => {
                    push(PieceKind::Packet(pack));
                    if early.contains(place) {
                        let cause = material.known(&self.packs[pack].cause);
                        material.early.insert(pack, cause);
                    }
                    states.left(&self.packs[pack]).map(state).into_iter().for_each(push);
                }
                Item::Arrival(pack) => {
                    states.arrived(&self.packs[pack]).into_iter().map(state).for_each(push);
                }
                Item::Tale(spot) => {
                    if matches!(material.entry(spot).what, What::Step(_)) {
                        let number = material.steps.len() + 1;
                        material.steps.insert(spot, number);
                    }
                    push(PieceKind::Tale(spot));
                }
            }
        }
        pieces
    }
}

/// Why a call is not drawn: netlab makes it for itself. 0: a poll that did not wait (one that waits
/// shows why nothing happens), 1: in vain, 2: a question, 3: setting up and waking; 4 are the calls of a
/// socket by which it asks the kernel for its way.
fn for_itself(call: &CallEntry, protocol: &str, demo: bool) -> Option<usize> {
    if call.manner() == Manner::Polls {
        (call.took < LONG).then_some(0)
    } else if call.in_vain() && call.manner() == Manner::Takes && !demo {
        Some(1)
    } else if &*call.name == "getsockopt" {
        Some(2)
    } else {
        call.housekeeping(protocol).then_some(3)
    }
}

fn left_out(counts: [usize; 5]) -> Option<String> {
    const WHAT: [&str; 5] = [
        "of poll that did not wait",
        "that found nothing yet (EAGAIN)",
        "of getsockopt",
        "that set up or wake netlab itself (filters, the queue of errors, SHUT_RD of a datagram \
         socket)",
        "of a socket that only asks the kernel for its way",
    ];
    let parts: Vec<String> = counts
        .iter()
        .zip(WHAT)
        .filter(|(count, _)| **count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "calls that the program makes for itself are not drawn (--all draws them): {}",
            parts.join(", ")
        )
    })
}

fn not_moved(early: usize) -> Option<String> {
    (early > 0).then(|| {
        format!(
            "{early} calls and packets stand before what seemed to have caused them: nothing is moved \
             by more than {} ms and what the clocks may be wrong by, and what came so late was not \
             their cause",
            HELD_UP / 1_000_000
        )
    })
}

/// For each item: when the latest of what it waits for stands.
fn given(items: &Items, sorted: &[(u32, i64)]) -> Vec<i64> {
    let mut stands = vec![i64::MIN; items.all.len()];
    for (place, at) in sorted {
        stands[*place as usize] = *at;
    }
    let mut given = vec![i64::MIN; items.all.len()];
    for (first, then) in &items.before[..items.gifts] {
        given[*then as usize] = given[*then as usize].max(stands[*first as usize]);
    }
    given
}
