//! The part of the time line that belongs to a step.
//!
//! Events become the lines of a record, the record becomes a picture, and of the picture is drawn
//! what was not drawn before: so a demo's page is what `netlab timeline` would draw of its record,
//! step by step. What the demo says in between is given piece by piece, for the page to draw.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::fold::{ELSEWHERE, Room, shortened};
use super::untold::Calls;
use crate::event::{DemoEvent, Event, Kind};
use crate::render::json;
use crate::render::style::{Markup, Style};
use crate::render::timeline::{Detail, Lanes};
use crate::timeline::{Lane, Options, Picture, Place, Record, Row, RowKind, Table};

/// What comes of a step, in its order.
pub(super) enum Piece {
    /// Lines of the time line.
    Drawn(Vec<String>),
    /// A fact, as a sentence.
    Fact(String),
    /// A table.
    Table(Table),
}

/// The record so far, and how much of it was drawn.
#[derive(Debug)]
pub(super) struct Strip {
    style: Style,
    values: Vec<Value>,
    /// Of the values, those that were drawn.
    drawn: usize,
    last: Duration,
    outside: bool,
    /// Which lanes of the picture are drawn, and whether packets come from outside.
    lanes: Option<((Vec<usize>, bool), Lanes)>,
    manner: Manner,
    untold: Calls,
    /// Rows that were left out because they only prepare sockets.
    pub(super) left_out: usize,
}

/// What of the picture is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Also `poll` and questions for options.
    pub all: bool,
    /// Without the calls that only prepare sockets.
    pub brief: bool,
    /// With the numbers of packets, and what made each of them go.
    pub explain: bool,
    /// Where long steps are folded.
    pub room: Room,
}

impl Strip {
    pub(super) fn new(style: Style, manner: Manner) -> Self {
        let header = json!({
            "event": "header", "format": json::FORMAT, "netlab": "", "run": "", "host": "", "os": "",
            "command": [], "started_unix_ns": 0,
        });
        // In Markdown it stands in a block of text.
        let style = Style { markup: Markup::Plain, ..style };
        Self {
            style,
            values: vec![header],
            drawn: 1,
            last: Duration::ZERO,
            outside: false,
            lanes: None,
            manner,
            untold: Calls::default(),
            left_out: 0,
        }
    }

    /// Another way to draw, from the beginning on.
    pub(super) fn set_manner(&mut self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.manner);
    }

    /// Takes an event.
    pub(super) fn event(&mut self, end: Option<&str>, event: &Event) {
        if let Kind::Demo(DemoEvent::Untold(calls)) = &event.kind {
            self.untold.take(calls, event.at);
        }
        // Pictures have no use for endpoint tables, and dissections are long.
        if !matches!(event.kind, Kind::Endpoints(_) | Kind::Icmp(_)) {
            self.values.push(json::value_of(end, event, true));
        }
    }

    /// The picture of everything so far; none before anything has happened.
    pub(super) fn picture(&self) -> Option<Picture> {
        self.drawn_with(Some(ELSEWHERE))
    }

    /// The same; `rest` as [`Options`] has it.
    fn drawn_with(&self, rest: Option<&'static str>) -> Option<Picture> {
        let record = Record::of(self.values.iter().cloned()).ok()?;
        let options = Options { all: self.manner.all, rest, ..Options::default() };
        Some(Picture::of(&[record], &options))
    }

    /// Draws what was not drawn yet.
    pub(super) fn cut(&mut self) -> Vec<Piece> {
        if self.drawn == self.values.len() {
            return Vec::new();
        }
        // A step has its own room.
        let Some(picture) = self.drawn_with(None) else { return Vec::new() };
        let old: HashSet<Key> = self.values.iter().take(self.drawn).map(key).collect();
        let Picture { lanes, rows, .. } = picture;
        let new = rows.into_iter().filter(|row| is_new(row, &old, self.last));
        let (rows, left_out): (Vec<Row>, Vec<Row>) =
            new.partition(|row| !(self.manner.brief && prepares(row)));
        self.left_out += left_out.len();
        let rows = self.untold.among(rows, &lanes);
        self.drawn = self.values.len();
        let last = self.values.last().and_then(|value| value["t_ns"].as_u64());
        self.last = Duration::from_nanos(last.unwrap_or(0));
        self.pieces(&lanes, rows)
    }

    fn pieces(&mut self, lanes: &[Lane], rows: Vec<Row>) -> Vec<Piece> {
        let wanted = busy(&rows, lanes.len());
        let rows: Vec<Row> = rows.into_iter().map(|row| moved(row, &wanted)).collect();
        let lanes: Vec<Lane> = wanted.iter().filter_map(|at| lanes.get(*at).cloned()).collect();
        let mut pieces = Vec::new();
        let outside = self.outside || rows.iter().any(comes_from_outside);
        self.outside = outside;
        let mut head = self.turn_to(&wanted, &lanes, outside);
        let Some((_, drawing)) = &mut self.lanes else { return pieces };
        let (mut run, room) = (Vec::<Row>::new(), self.manner.room);
        let mut end_of_run = |run: &mut Vec<Row>, pieces: &mut Vec<Piece>| {
            if !run.is_empty() {
                let mut drawn = std::mem::take(&mut head);
                drawn.extend(drawing.rows(&shortened(std::mem::take(run), room)));
                pieces.push(Piece::Drawn(drawn));
            }
        };
        for row in rows {
            match row.kind {
                RowKind::Step(_) => {}
                RowKind::Fact(fact) => {
                    end_of_run(&mut run, &mut pieces);
                    pieces.push(Piece::Fact(fact.words));
                }
                RowKind::Table(table) => {
                    end_of_run(&mut run, &mut pieces);
                    pieces.push(Piece::Table(table));
                }
                _ => run.push(row),
            }
        }
        end_of_run(&mut run, &mut pieces);
        pieces
    }

    /// Makes room for these lanes. When they are others than before, their head is drawn again.
    fn turn_to(&mut self, wanted: &[usize], lanes: &[Lane], outside: bool) -> Vec<String> {
        match &mut self.lanes {
            Some((now, drawing)) if now.0 == wanted && now.1 == outside => {
                drawing.set_lanes(lanes);
                Vec::new()
            }
            _ => {
                let explain = self.manner.explain;
                let detail = Detail { explain, span: Duration::from_secs(1), outside: false };
                let drawing = Lanes::new(&self.style, lanes, detail);
                let head = drawing.head();
                self.lanes = Some(((wanted.to_vec(), outside), drawing));
                head
            }
        }
    }
}

/// Options and questions that a program needs and a story does not.
const PREPARES: [&str; 6] =
    ["SO_REUSEADDR", "SO_KEEPALIVE", "SO_SNDBUF", "TCP_NODELAY", "IP_TOS", "SO_ATTACH_FILTER"];

/// Whether a row only prepares a socket, or says how one netlab knew the other or that it has ended.
fn prepares(row: &Row) -> bool {
    match &row.kind {
        RowKind::Call(call) if call.error.is_none() => match call.name.as_str() {
            "getsockname" => true,
            "setsockopt" => PREPARES.iter().any(|option| call.text.contains(option)),
            _ => false,
        },
        RowKind::Remark(_, words) => {
            ["the other program speaks", "the run ended"].iter().any(|it| words.starts_with(it))
        }
        _ => false,
    }
}

/// Whether it is a packet that somebody else sent or gets, such as the kernel.
fn comes_from_outside(row: &Row) -> bool {
    matches!(&row.kind, RowKind::Packet(packet)
        if [packet.from, packet.to].contains(&Place::Outside))
}

/// What tells one line of a record from all others: end, time, socket.
type Key = (String, u64, String);

fn key(value: &Value) -> Key {
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    (word("end"), value["t_ns"].as_u64().unwrap_or(0), word("socket"))
}

/// Whether a row was not drawn before. A call that began before the step did and returned in it is new.
fn is_new(row: &Row, old: &HashSet<Key>, last: Duration) -> bool {
    match &row.kind {
        RowKind::Call(call) if call.fields.is_object() => !old.contains(&key(&call.fields)),
        RowKind::Packet(packet) if packet.fields.is_object() => !old.contains(&key(&packet.fields)),
        RowKind::Fold(fold) => fold.to > last,
        _ => row.at > last,
    }
}

/// The lanes in which something happens; two at least, where there are so many.
fn busy(rows: &[Row], lanes: usize) -> Vec<usize> {
    if lanes <= 2 {
        return (0..lanes).collect();
    }
    let mut busy: Vec<usize> = Vec::new();
    let mut add = |at: usize| {
        if !busy.contains(&at) {
            busy.push(at);
        }
    };
    for row in rows {
        match &row.kind {
            RowKind::Call(call) => add(call.lane),
            RowKind::State(at, _) | RowKind::Remark(at, _) => add(*at),
            RowKind::Message(message) => add(message.lane),
            RowKind::Fold(fold) => fold.lane.into_iter().for_each(&mut add),
            RowKind::Packet(packet) => {
                for place in [packet.from, packet.to] {
                    if let Place::Lane(at) = place {
                        add(at);
                    }
                }
            }
            _ => {}
        }
    }
    busy.sort_unstable();
    busy
}

/// The same row in a picture that has only these lanes.
fn moved(mut row: Row, lanes: &[usize]) -> Row {
    let to = |at: usize| lanes.iter().position(|lane| *lane == at).unwrap_or(0);
    match &mut row.kind {
        RowKind::Call(call) => call.lane = to(call.lane),
        RowKind::State(at, _) | RowKind::Remark(at, _) => *at = to(*at),
        RowKind::Message(message) => message.lane = to(message.lane),
        RowKind::Fold(fold) => fold.lane = fold.lane.map(to),
        RowKind::Packet(packet) => {
            for place in [&mut packet.from, &mut packet.to] {
                if let Place::Lane(at) = place {
                    *at = to(*at);
                }
            }
        }
        _ => {}
    }
    row
}
