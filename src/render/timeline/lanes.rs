//! The picture as text: lanes, and between them the wire.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use super::super::style::{Ink, Style};
use super::canvas::Canvas;
use super::layout::{Layout, Manner};
use super::lines::{Ends, Lines, Look};
use super::marks::{Mark, Part, marks};
use super::words::{Clock, Piece, TIME, clean, flow, short};
use crate::timeline::{Call, Lane, Packet, Picture, Place, Row, RowKind};

/// A pause this long gets a row that says so.
const PAUSE: Duration = Duration::from_millis(100);

/// What a picture should show, beside what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Numbers of packets, what made each of them go, and why the kernel acts.
    pub explain: bool,
    /// How long the run took, as far as that is known: it decides on the digits of the times.
    pub span: Duration,
    /// Packets come from a program without a record, or go to one.
    pub outside: bool,
}

/// Draws rows into lanes, all at once or as they come.
///
/// What lives goes on living between two calls of [`rows`](Self::rows): lines of open sockets, and
/// the time that the next pause is counted from.
#[derive(Clone, Debug)]
pub struct Lanes {
    pub(super) style: Style,
    pub(super) detail: Detail,
    pub(super) programs: Vec<Lane>,
    pub(super) layout: Layout,
    pub(super) lines: Lines,
    pub(super) clock: Clock,
    /// The calls so far by their places, for the packets that they make go.
    pub(super) called: HashMap<usize, String>,
    /// What the picture used, for the legend.
    pub(super) used: BTreeSet<Sign>,
    now: Duration,
    begun: bool,
}

/// How many sockets of each lane are open at once, at most.
fn peaks(picture: &Picture) -> Vec<usize> {
    let mut open = vec![BTreeSet::new(); picture.lanes.len()];
    let mut peaks = vec![0; picture.lanes.len()];
    for row in &picture.rows {
        let RowKind::Call(call) = &row.kind else { continue };
        let (Some(open), Some(peak)) = (open.get_mut(call.lane), peaks.get_mut(call.lane)) else {
            continue;
        };
        open.insert(call.socket.as_str());
        open.extend(Lanes::made(call));
        *peak = open.len().max(*peak);
        if call.name == "close" {
            open.remove(call.socket.as_str());
        }
    }
    peaks
}

/// Sockets that were there before the first row, where a picture begins in the middle of a run: the
/// first that is heard of them is not how they were made.
fn older(picture: &Picture) -> Vec<(usize, &str)> {
    let mut known = BTreeSet::new();
    let mut older = Vec::new();
    for row in &picture.rows {
        let RowKind::Call(call) = &row.kind else { continue };
        if known.insert((call.lane, call.socket.as_str())) && call.name != "socket" {
            older.push((call.lane, call.socket.as_str()));
        }
        known.extend(Lanes::made(call).map(|made| (call.lane, made)));
    }
    older
}

/// A socket: its lane, and its label there.
type Named = (usize, String);

/// Signs that the legend tells of, if they stand in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    Call,
    Fails,
    Waits,
    Lingers,
    Packet,
    /// Two threads use one socket.
    Shared,
}

impl Lanes {
    /// An empty picture with these lanes.
    #[must_use]
    pub fn new(style: &Style, lanes: &[Lane], detail: Detail) -> Self {
        Self::with(style, lanes, &[], detail)
    }

    /// The same for a whole picture, of which it is known how much room its lanes need.
    #[must_use]
    pub fn of(style: &Style, picture: &Picture, detail: Detail) -> Self {
        let mut lanes = Self::with(style, &picture.lanes, &peaks(picture), detail);
        for (lane, label) in older(picture) {
            let slots = lanes.layout.lanes.get(lane).map_or(1, |column| column.slots);
            lanes.lines.open(lane, label, slots);
        }
        lanes
    }

    fn with(style: &Style, lanes: &[Lane], peaks: &[usize], detail: Detail) -> Self {
        let layout = Layout::new(style.width, lanes, peaks, detail.outside);
        let mut sockets = Lines::default();
        sockets.fit(&layout, lanes);
        Self {
            style: *style,
            detail,
            programs: lanes.to_vec(),
            layout,
            lines: sockets,
            clock: Clock::for_span(detail.span),
            called: HashMap::new(),
            used: BTreeSet::new(),
            now: Duration::ZERO,
            begun: false,
        }
    }

    /// The lanes have become more, or more is known of them: their sockets and endpoints.
    pub fn set_lanes(&mut self, lanes: &[Lane]) {
        self.programs = lanes.to_vec();
        self.layout = Layout::new(self.style.width, lanes, &[], self.detail.outside);
        self.lines.fit(&self.layout, lanes);
    }

    /// The lines of these rows, which follow the ones before in time.
    #[must_use]
    pub fn rows(&mut self, rows: &[Row]) -> Vec<String> {
        let marks = marks(rows, self.now);
        let last = self.last_signs(&marks);
        let mut ended: HashMap<usize, Vec<&Named>> = HashMap::new();
        for (socket, index) in &last {
            ended.entry(*index).or_default().push(socket);
        }
        let mut out = Vec::new();
        for (index, (at, mark)) in marks.into_iter().enumerate() {
            self.pause(at, &mark, &mut out);
            self.now = self.now.max(at);
            match mark {
                Mark::Call(call, part) => {
                    let last = last.get(&(call.lane, call.socket.clone()));
                    let lingers = last.is_some_and(|last| *last > index);
                    self.call(at, call, part, lingers, &mut out);
                }
                Mark::Packet(packet, part) => self.packet(at, packet, part, &mut out),
                Mark::Other(kind) => self.other(at, kind, &mut out),
            }
            for (lane, label) in ended.remove(&index).unwrap_or_default() {
                self.lines.rest(*lane, label);
            }
        }
        out
    }

    /// Where each socket is last heard of by a packet or a state, as a place among the marks.
    fn last_signs(&self, marks: &[(Duration, Mark)]) -> HashMap<Named, usize> {
        let mut last: HashMap<Named, usize> = HashMap::new();
        // Many sockets may have had the same endpoints one after the other.
        let mut between: HashMap<(SocketAddr, SocketAddr), usize> = HashMap::new();
        for (index, (_, mark)) in marks.iter().enumerate() {
            match mark {
                Mark::Packet(packet, _) => {
                    let (near, far) = (packet.source, packet.destination);
                    between.insert((near, far), index);
                    between.insert((far, near), index);
                }
                Mark::Other(RowKind::State(lane, change)) => {
                    last.insert((*lane, change.socket.clone()), index);
                }
                _ => {}
            }
        }
        for (lane, program) in self.programs.iter().enumerate() {
            for socket in &program.sockets {
                let ends = socket.local.zip(socket.remote);
                if let Some(index) = ends.and_then(|ends| between.get(&ends)) {
                    let known = last.entry((lane, socket.label.clone())).or_default();
                    *known = (*known).max(*index);
                }
            }
        }
        last
    }

    /// A row for a time in which nothing happened: whoever waits is seen waiting.
    fn pause(&mut self, at: Duration, mark: &Mark, out: &mut Vec<String>) {
        let passed = at.saturating_sub(self.now);
        let told =
            matches!(mark, Mark::Other(RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_)));
        if std::mem::replace(&mut self.begun, true) && passed >= PAUSE && !told {
            let mut row = self.blank();
            let text = format!("+ {:.1} s", passed.as_secs_f64());
            row.put(0, Some(Ink::Warn), &format!("{text:>width$}", width = TIME - 2));
            out.push(row.line(&self.style));
        }
    }

    /// A row with nothing but the lines of the sockets.
    pub(super) fn blank(&mut self) -> Canvas {
        let mut row = Canvas::new(self.layout.width);
        for (lane, column) in self.layout.lanes.iter().enumerate() {
            for slot in 0..column.slots {
                let look = self.lines.look(lane, slot);
                match look {
                    Look::Waits => _ = self.used.insert(Sign::Waits),
                    Look::Lingers => _ = self.used.insert(Sign::Lingers),
                    Look::None | Look::Open => {}
                }
                let ink = if look == Look::Waits { Ink::Warn } else { Ink::Dim };
                row.put(column.line + 2 * slot, Some(ink), look.sign(self.style.ascii));
            }
        }
        row
    }

    /// The time at the beginning of a row.
    pub(super) fn time(&self, row: &mut Canvas, at: Duration) {
        let text = format!("{:>width$}", self.clock.write(at), width = TIME - 2);
        row.put(0, Some(Ink::Dim), &text);
    }

    /// Words of a lane: the first line beside the time and a sign on a socket's line, the others below.
    pub(super) fn words(
        &mut self,
        at: Option<Duration>,
        lane: usize,
        sign: Option<(usize, &str, Ink)>,
        pieces: &[Piece],
        out: &mut Vec<String>,
    ) {
        let Some(column) = self.layout.lanes.get(lane).copied() else { return };
        let mut pieces = pieces.to_vec();
        if self.layout.manner == Manner::Compact {
            let name = short(&self.style, &self.programs[lane].name, 16);
            pieces.insert(0, Piece::new(Ink::Name, name));
            if let Some(next) = pieces.get_mut(1) {
                next.gap = 2;
            }
        }
        for (n, line) in flow(&pieces, column.room).into_iter().enumerate() {
            let mut row = self.blank();
            if n == 0 {
                if let Some(at) = at {
                    self.time(&mut row, at);
                }
                if let Some((slot, sign, ink)) = sign.filter(|_| column.slots > 0) {
                    row.put(column.line + 2 * slot, Some(ink), sign);
                }
            }
            for (place, piece) in line {
                row.put(column.words + place, piece.ink, &piece.text);
            }
            out.push(row.line(&self.style));
        }
    }

    /// A state that changed without a call.
    pub(super) fn label_slot(&self, lane: usize, label: &str) -> usize {
        self.lines.slot(lane, label).unwrap_or_else(|| {
            self.layout.lanes.get(lane).map_or(0, |column| column.slots.saturating_sub(1))
        })
    }

    /// What a call does to the lines of its lane, before it is drawn.
    pub(super) fn born(&mut self, call: &Call) {
        let slots = self.layout.lanes.get(call.lane).map_or(1, |column| column.slots);
        self.lines.open(call.lane, &call.socket, slots);
    }

    /// The label of the socket that a call made: `accept() = B from …`.
    pub(super) fn made(call: &Call) -> Option<&str> {
        let word = call.result.split(' ').next()?;
        let label = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
        (call.name.starts_with("accept") && call.error.is_none() && label).then_some(word)
    }

    /// The column of a lane's end of a packet, what its line looks like, and which it is.
    pub(super) fn end_of(&self, place: Place, ends: Ends) -> Option<(usize, Look)> {
        let Place::Lane(index) = place else { return None };
        let column = self.layout.lanes.get(index)?;
        if column.slots == 0 {
            return None;
        }
        let slot = self.lines.place(index, ends).min(column.slots - 1);
        Some((column.line + 2 * slot, self.lines.look(index, slot)))
    }

    /// The name of whoever a packet comes from or goes to.
    pub(super) fn name_of(&self, place: Place, address: SocketAddr) -> String {
        match place {
            Place::Lane(lane) => self
                .programs
                .get(lane)
                .map_or_else(String::new, |lane| short(&self.style, &lane.name, 16)),
            Place::Outside if address.port() == 0 => address.ip().to_string(),
            Place::Outside => address.to_string(),
        }
    }

    /// A label of a packet: what it is, and whether its bytes went before.
    pub(super) fn label(&self, packet: &Packet) -> String {
        let again =
            if packet.again && !packet.words.contains("again") { " (sent again)" } else { "" };
        clean(&self.style, &format!("{}{again}", packet.words))
    }

    /// Whether a part of a call is its return.
    pub(super) const fn returns(part: Part) -> bool {
        matches!(part, Part::Whole | Part::End)
    }
}
