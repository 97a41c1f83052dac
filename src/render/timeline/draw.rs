//! Calls and packets, as they are drawn.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::super::style::Ink;
use super::canvas::Canvas;
use super::lanes::{Lanes, Sign};
use super::layout::Manner;
use super::lines::{Ends, Look};
use super::marks::Part;
use super::words::{Piece, called, clean, duration, returned, state_piece, wrap};
use crate::timeline::{Call, Cause, Packet, Place, StateChange};

/// From this width on the arrows have room for the numbers of their packets.
const WIDE: usize = 100;

impl Lanes {
    /// A call, or its beginning or return.
    pub(super) fn call(
        &mut self,
        at: Duration,
        call: &Call,
        part: Part,
        lingers: bool,
        out: &mut Vec<String>,
    ) {
        self.born(call);
        self.used.insert(Sign::Call);
        let begins = matches!(part, Part::Begin | Part::Earlier);
        let polls = call.name.contains("poll") || call.name.contains("select");
        if part != Part::End && !polls && self.lines.waits(call.lane, &call.socket) {
            self.used.insert(Sign::Shared);
        }
        if begins {
            self.lines.wait(call.lane, &call.socket, true);
        }
        if self.detail.explain && part != Part::End {
            self.called.insert(call.place, format!("{} {}", call.socket, call.text));
        }
        let pieces = self.call_words(call, part);
        let failed = Self::returns(part) && call.error.is_some();
        let sign = self.call_sign(failed);
        let ink = if failed { Ink::Bad } else { Ink::Value };
        let slot = self.label_slot(call.lane, &call.socket);
        if part == Part::End {
            self.lines.wait(call.lane, &call.socket, false);
        }
        let time = (part != Part::Earlier).then_some(at);
        self.words(time, call.lane, Some((slot, sign, ink)), &pieces, out);
        if !Self::returns(part) {
            return;
        }
        if let Some(made) = Self::made(call) {
            let slots = self.layout.lanes.get(call.lane).map_or(1, |column| column.slots);
            self.lines.open(call.lane, made, slots);
        }
        if call.name == "close" && call.error.is_none() {
            self.lines.close(call.lane, &call.socket, lingers);
        }
    }

    /// What stands on a socket's line where a call is made.
    fn call_sign(&mut self, failed: bool) -> &'static str {
        if failed {
            self.used.insert(Sign::Fails);
        }
        match (failed, self.style.ascii) {
            (false, false) => "●",
            (false, true) => "*",
            (true, false) => "✗",
            (true, true) => "x",
        }
    }

    /// The words of a call.
    fn call_words(&self, call: &Call, part: Part) -> Vec<Piece> {
        let style = &self.style;
        let took = duration(style, call.end.saturating_sub(call.begin));
        let waits = call.waited.then(|| Piece::new(Ink::Warn, format!("waits {took}")));
        let mut pieces = Vec::new();
        if part != Part::End {
            pieces.push(called(style, call));
        }
        match part {
            Part::Whole => {
                let result = returned(style, call, false);
                // `A socket(…) = A` says A twice: where there is no room for it, once.
                let room = self.layout.lanes.get(call.lane).map_or(0, |column| column.room);
                let told = call.name == "socket" && call.result == call.socket;
                let both: usize =
                    pieces.iter().chain(&result).map(|piece| piece.gap + piece.text.width()).sum();
                pieces.extend(result.into_iter().filter(|_| !told || both <= room));
            }
            Part::End => {
                // The state that a call leads to before it returns stands where it is made.
                let told = Call { state: call.state.clone().filter(|s| !sent(s)), ..call.clone() };
                pieces.extend(returned(style, &told, true));
            }
            Part::Begin => {
                pieces.extend(waits);
                let state = call.state.as_ref().filter(|state| sent(state));
                pieces.extend(state.map(|state| state_piece(style, state, &call.socket)));
            }
            Part::Earlier => {
                let since =
                    format!("waits since {} {}", self.clock.write(call.begin), self.clock.unit());
                pieces.push(Piece::new(Ink::Warn, since));
            }
        }
        pieces
    }

    /// A packet, or its departure or arrival.
    pub(super) fn packet(
        &mut self,
        at: Duration,
        packet: &Packet,
        part: Part,
        out: &mut Vec<String>,
    ) {
        self.used.insert(Sign::Packet);
        let mut row = self.blank();
        self.time(&mut row, at);
        let near = Ends { near: packet.source, far: packet.destination };
        let far = Ends { near: packet.destination, far: packet.source };
        let (from, to) = (self.end_of(packet.from, near), self.end_of(packet.to, far));
        let label = self.label(packet);
        let ink = packet_ink(packet);
        let part = match part {
            // Only one side saw it: what happened to it on the way is not known.
            Part::Whole if packet.left.is_none() && from.is_some() => Part::End,
            other => other,
        };
        let mut rest = self.remarks_of(packet, part);
        if self.layout.manner == Manner::Compact {
            if let (Some(from), Some(to)) = (from, to) {
                self.arrow(&mut row, from, to, part, ink);
            }
            let column = self.layout.lanes[0];
            let names = format!(
                "{}  {} → {}",
                label,
                self.name_of(packet.from, packet.source),
                self.name_of(packet.to, packet.destination)
            );
            let text = self.style.plain(&names);
            let mut lines = wrap(&text, column.room).into_iter();
            row.put(column.words, Some(ink), &lines.next().unwrap_or_default());
            rest.splice(0..0, lines);
        } else {
            let (from, to) = self.edges(packet, from, to);
            let passed = self.arrow(&mut row, from, to, part, ink);
            let more = self.inscribe(&mut row, passed, &label, packet, ink);
            rest.splice(0..0, more);
        }
        out.push(row.line(&self.style));
        self.below(&rest, out);
    }

    /// Both ends of an arrow; whoever has no lane is outside, or half-way.
    fn edges(
        &self,
        packet: &Packet,
        from: Option<(usize, Look)>,
        to: Option<(usize, Look)>,
    ) -> ((usize, Look), (usize, Look)) {
        let (first, columns) = self.layout.wire();
        let outside = (self.layout.outside.unwrap_or(first + columns / 2), Look::None);
        match (from, to) {
            (Some(from), Some(to)) if from.0 != to.0 => (from, to),
            (Some(from), _) if packet.to == Place::Outside => (from, outside),
            (_, Some(to)) if packet.from == Place::Outside => (outside, to),
            // From a lane to itself, over the loopback: between it and the middle of the wire.
            (Some(own), Some(_)) if matches!(packet.cause, Cause::Kernel(_)) => (outside, own),
            (Some(own), Some(_)) => (own, outside),
            // Of none of the sockets in the picture, and captured nevertheless: it stands on the wire.
            _ => ((first, Look::None), (first + columns.saturating_sub(1), Look::None)),
        }
    }

    /// Draws an arrow, and gives the longest stretch of it that passes no line: first column, length.
    fn arrow(
        &self,
        row: &mut Canvas,
        from: (usize, Look),
        to: (usize, Look),
        part: Part,
        ink: Ink,
    ) -> (usize, usize) {
        let ascii = self.style.ascii;
        let right = to.0 > from.0;
        let (low, high) = (from.0.min(to.0), from.0.max(to.0));
        let middle = usize::midpoint(low, high);
        let (bar, dotted) = if ascii { ("-", ".") } else { ("─", "╌") };
        let mut best = (low + 1, 0);
        let mut stretch = (low + 1, 0);
        for at in low + 1..high {
            let here = (at < middle) == right;
            let open = (part == Part::Begin && !here) || (part == Part::End && here);
            if row.is_blank(at) {
                row.put(at, Some(ink), if open { dotted } else { bar });
                stretch.1 += 1;
                if stretch.1 > best.1 {
                    best = stretch;
                }
            } else {
                let look = self.look_at(at);
                row.put(at, Some(Ink::Dim), look.passed(ascii));
                stretch = (at + 1, 0);
            }
        }
        if part != Part::End {
            row.put(from.0, Some(ink), from.1.leaves(right, ascii));
        }
        if part != Part::Begin {
            let head = match (right, ascii) {
                (true, false) => "▶",
                (true, true) => ">",
                (false, false) => "◀",
                (false, true) => "<",
            };
            // Whoever has no line is not beside it.
            let at = match (to.1, right) {
                (Look::None, _) => to.0,
                (_, true) => to.0 - 1,
                (_, false) => to.0 + 1,
            };
            row.put(at, Some(ink), head);
        }
        best
    }

    /// What the line in a column looks like.
    fn look_at(&self, column: usize) -> Look {
        for (lane, place) in self.layout.lanes.iter().enumerate() {
            for slot in 0..place.slots {
                if place.line + 2 * slot == column {
                    return self.lines.look(lane, slot);
                }
            }
        }
        Look::None
    }

    /// Writes a label into an arrow; what does not fit is given back. Numbers come with it where there
    /// is room, or in rows of their own where everything is to be explained.
    fn inscribe(
        &self,
        row: &mut Canvas,
        (first, length): (usize, usize),
        label: &str,
        packet: &Packet,
        ink: Ink,
    ) -> Vec<String> {
        // Two columns of arrow and a blank on either side of the words.
        let room = length.saturating_sub(6);
        let details = clean(&self.style, &packet.details);
        let both = format!("{label}  {details}");
        // All of a page's arrows have their numbers, or none has.
        let wide = self.layout.width >= WIDE && !details.is_empty();
        let (text, rest) = if wide && both.width() <= room.saturating_sub(2) {
            (both, Vec::new())
        } else {
            let mut lines = wrap(label, room).into_iter();
            let text = lines.next().unwrap_or_default();
            let mut rest: Vec<String> = lines.collect();
            if self.detail.explain && !details.is_empty() {
                rest.push(details);
            }
            (text, rest)
        };
        let width = text.width() + 2;
        let at = first + length.saturating_sub(width) / 2;
        row.put(at, Some(ink), &format!(" {text} "));
        rest
    }

    /// What else there is to say of a packet: what made it go, and what is not known of its way.
    fn remarks_of(&self, packet: &Packet, part: Part) -> Vec<String> {
        let mut rest = Vec::new();
        if self.detail.explain && part != Part::End {
            match &packet.cause {
                Cause::Kernel(why) => rest.push(format!("the kernel: {why}")),
                Cause::Calls(calls) => {
                    let calls = calls.iter().filter_map(|place| self.called.get(place));
                    let calls: Vec<&str> = calls.map(String::as_str).collect();
                    rest.extend((!calls.is_empty()).then(|| format!("by {}", calls.join(", "))));
                }
                Cause::Outside | Cause::Unknown => {}
            }
        }
        rest.into_iter().map(|text| clean(&self.style, &text)).collect()
    }

    /// Rows below an arrow, between the lines.
    fn below(&mut self, texts: &[String], out: &mut Vec<String>) {
        let (at, room) = match self.layout.manner {
            Manner::Compact => (self.layout.lanes[0].words + 2, self.layout.lanes[0].room - 2),
            Manner::Columns => {
                let (first, columns) = self.layout.wire();
                (first + 3, columns.saturating_sub(5))
            }
        };
        for text in texts {
            for line in wrap(text, room) {
                let mut row = self.blank();
                row.put(at, Some(Ink::Dim), &line);
                out.push(row.line(&self.style));
            }
        }
    }
}

/// A connect has sent its SYN, and what comes then comes with the answer.
fn sent(state: &StateChange) -> bool {
    state.to == "SYN-SENT"
}

/// The colour of a packet: what refuses is red, what goes again yellow.
fn packet_ink(packet: &Packet) -> Ink {
    let words = &packet.words;
    if words.contains("RST") || words.contains("unreachable") {
        Ink::Bad
    } else if packet.again {
        Ink::Warn
    } else {
        Ink::Name
    }
}
