//! The lines of sockets: each is drawn as long as its socket lives.
//!
//! | line | ASCII | the socket |
//! | --- | --- | --- |
//! | `│` | `\|` | is open |
//! | `┃` | `#` | a call on it waits |
//! | `┊` | `:` | is closed, and the kernel still has something to do for it |

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::net::SocketAddr;

use super::layout::Layout;
use crate::timeline::{Lane, Socket};

/// What a line looks like at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Nothing is there.
    #[default]
    None,
    /// The kernel still has something to do.
    Lingers,
    /// A socket is open.
    Open,
    /// A call waits.
    Waits,
}

impl Look {
    /// As it is drawn where nothing happens to it.
    pub(super) const fn sign(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::None, _) => " ",
            (Self::Lingers, false) => "┊",
            (Self::Lingers, true) => ":",
            (Self::Open, false) => "│",
            (Self::Open, true) => "|",
            (Self::Waits, false) => "┃",
            (Self::Waits, true) => "#",
        }
    }

    /// Where an arrow begins on it, to the right or to the left.
    pub(super) const fn leaves(self, right: bool, ascii: bool) -> &'static str {
        match (self, right, ascii) {
            (Self::None, _, true) => "-",
            (Self::None, _, false) => "─",
            (Self::Waits, true, false) => "┠",
            (Self::Waits, false, false) => "┨",
            (_, true, false) => "├",
            (_, false, false) => "┤",
            (other, _, true) => other.sign(true),
        }
    }

    /// Where an arrow passes it on its way to another.
    pub(super) const fn passed(self, ascii: bool) -> &'static str {
        match (self, ascii) {
            (Self::None, false) => "─",
            (Self::None, true) => "-",
            (Self::Waits, false) => "╂",
            (_, false) => "┼",
            (_, true) => "+",
        }
    }
}

/// A socket that lives.
#[derive(Clone, Debug)]
struct Life {
    label: String,
    slot: usize,
    waits: usize,
    closed: bool,
}

impl Life {
    const fn look(&self) -> Look {
        match self {
            Self { waits: 1.., .. } => Look::Waits,
            Self { closed: true, .. } => Look::Lingers,
            _ => Look::Open,
        }
    }
}

/// What is known of a socket's endpoints.
#[derive(Clone, Copy, Debug)]
struct Known {
    port: u16,
    far: Option<SocketAddr>,
    listens: bool,
}

/// How many lines of each look stand in a place.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    lingers: usize,
    open: usize,
    waits: usize,
}

impl Crowd {
    const fn of(&mut self, look: Look) -> &mut usize {
        match look {
            Look::Waits => &mut self.waits,
            Look::Lingers => &mut self.lingers,
            Look::None | Look::Open => &mut self.open,
        }
    }

    const fn busiest(self) -> Look {
        match self {
            Self { waits: 1.., .. } => Look::Waits,
            Self { open: 1.., .. } => Look::Open,
            Self { lingers: 1.., .. } => Look::Lingers,
            _ => Look::None,
        }
    }
}

/// The lines of a lane. A server has thousands of clients and a picture thousands of packets: every
/// question is answered from an index, and none by looking through all lines.
#[derive(Clone, Debug, Default)]
struct LaneLines {
    /// By number, in the order in which they began.
    lives: BTreeMap<usize, Life>,
    begun: usize,
    labels: HashMap<String, BTreeSet<usize>>,
    slots: HashMap<usize, Crowd>,
    known: HashMap<String, Known>,
    /// By the own port and the other's endpoint.
    pairs: HashMap<(u16, SocketAddr), BTreeSet<usize>>,
    /// By the own port, and whether it listens.
    ports: HashMap<(u16, bool), BTreeSet<usize>>,
}

impl LaneLines {
    /// The first line of this label.
    fn number(&self, label: &str) -> Option<usize> {
        self.labels.get(label)?.first().copied()
    }

    fn begin(&mut self, number: usize, life: Life) {
        *self.slots.entry(life.slot).or_default().of(life.look()) += 1;
        self.labels.entry(life.label.clone()).or_default().insert(number);
        if let Some(known) = self.known.get(&life.label) {
            self.ports.entry((known.port, known.listens)).or_default().insert(number);
            if let Some(far) = known.far {
                self.pairs.entry((known.port, far)).or_default().insert(number);
            }
        }
        self.lives.insert(number, life);
    }

    fn end(&mut self, number: usize) {
        let Some(life) = self.lives.remove(&number) else { return };
        if let Some(crowd) = self.slots.get_mut(&life.slot) {
            let count = crowd.of(life.look());
            *count = count.saturating_sub(1);
        }
        forget(&mut self.labels, life.label.as_str(), number);
        if let Some(known) = self.known.get(&life.label).copied() {
            forget(&mut self.ports, &(known.port, known.listens), number);
            if let Some(far) = known.far {
                forget(&mut self.pairs, &(known.port, far), number);
            }
        }
    }

    /// Changes a line, and what is counted of it.
    fn change(&mut self, label: &str, how: impl FnOnce(&mut Life)) {
        let Some(number) = self.number(label) else { return };
        let Some(life) = self.lives.get_mut(&number) else { return };
        let before = life.look();
        how(life);
        let crowd = self.slots.entry(life.slot).or_default();
        *crowd.of(before) = crowd.of(before).saturating_sub(1);
        *crowd.of(life.look()) += 1;
    }

    fn fit(&mut self, slots: usize, sockets: &[Socket]) {
        let lives = std::mem::take(&mut self.lives);
        *self = Self { begun: self.begun, ..Self::default() };
        for socket in sockets {
            if let Some(local) = socket.local {
                let known =
                    Known { port: local.port(), far: socket.remote, listens: socket.listens };
                self.known.entry(socket.label.clone()).or_insert(known);
            }
        }
        for (number, life) in lives {
            let slot = life.slot.min(slots.saturating_sub(1));
            self.begin(number, Life { slot, ..life });
        }
    }
}

/// Takes a number out of an index, and the entry with the last one.
fn forget<K, Q>(index: &mut HashMap<K, BTreeSet<usize>>, key: &Q, number: usize)
where
    K: Borrow<Q> + Eq + Hash,
    Q: Eq + Hash + ?Sized,
{
    if let Some(numbers) = index.get_mut(key) {
        numbers.remove(&number);
        if numbers.is_empty() {
            index.remove(key);
        }
    }
}

/// The lines of every lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    lanes: Vec<LaneLines>,
}

impl Lines {
    /// As many lanes as the picture has, with what is known of their sockets; those that live go on
    /// living, in a place that is there.
    pub(super) fn fit(&mut self, layout: &Layout, programs: &[Lane]) {
        self.lanes.resize(layout.lanes.len(), LaneLines::default());
        for (place, (lines, column)) in self.lanes.iter_mut().zip(&layout.lanes).enumerate() {
            let sockets = programs.get(place).map(|lane| lane.sockets.as_slice());
            lines.fit(column.slots, sockets.unwrap_or_default());
        }
    }

    /// A socket is there: its line begins, unless it has.
    pub(super) fn open(&mut self, lane: usize, label: &str, slots: usize) {
        let Some(lines) = self.lanes.get_mut(lane) else { return };
        let numbers = lines.labels.get(label).into_iter().flatten();
        let is_open = |number| lines.lives.get(number).is_some_and(|life: &Life| !life.closed);
        if label.is_empty() || numbers.into_iter().any(is_open) {
            return;
        }
        let free =
            |slot: &usize| lines.slots.get(slot).is_none_or(|crowd| crowd.busiest() == Look::None);
        let slot = (0..slots).find(free).unwrap_or(slots.saturating_sub(1));
        lines.begun += 1;
        let life = Life { label: label.to_owned(), slot, waits: 0, closed: false };
        lines.begin(lines.begun, life);
    }

    /// A call on it waits from now on, or no longer.
    pub(super) fn wait(&mut self, lane: usize, label: &str, begins: bool) {
        if let Some(lines) = self.lanes.get_mut(lane) {
            lines.change(label, |life| {
                life.waits = if begins { life.waits + 1 } else { life.waits.saturating_sub(1) };
            });
        }
    }

    /// Whether a call on it waits.
    pub(super) fn waits(&self, lane: usize, label: &str) -> bool {
        let Some(lines) = self.lanes.get(lane) else { return false };
        let mut numbers = lines.labels.get(label).into_iter().flatten();
        numbers.any(|number| lines.lives.get(number).is_some_and(|life| life.waits > 0))
    }

    /// It was closed; whether its line goes on, for the kernel has something to do.
    pub(super) fn close(&mut self, lane: usize, label: &str, lingers: bool) {
        let Some(lines) = self.lanes.get_mut(lane) else { return };
        if lingers {
            lines.change(label, |life| life.closed = true);
        } else {
            for number in lines.labels.get(label).cloned().unwrap_or_default() {
                lines.end(number);
            }
        }
    }

    /// The kernel has nothing more to do for a socket that was closed.
    pub(super) fn rest(&mut self, lane: usize, label: &str) {
        let Some(lines) = self.lanes.get_mut(lane) else { return };
        for number in lines.labels.get(label).cloned().unwrap_or_default() {
            if lines.lives.get(&number).is_some_and(|life| life.closed) {
                lines.end(number);
            }
        }
    }

    /// The place of a socket's line among those of its lane; none when it has no line.
    pub(super) fn slot(&self, lane: usize, label: &str) -> Option<usize> {
        let lines = self.lanes.get(lane)?;
        lines.lives.get(&lines.number(label)?).map(|life| life.slot)
    }

    /// What the line in a place looks like: of several sockets in one place, the busiest counts.
    pub(super) fn look(&self, lane: usize, slot: usize) -> Look {
        let crowd = self.lanes.get(lane).and_then(|lines| lines.slots.get(&slot));
        crowd.map(|crowd| crowd.busiest()).unwrap_or_default()
    }

    /// The place of the socket that a packet belongs to: the one with these two endpoints, or the one
    /// that listens at the first, or at least has its port; of several the latest.
    pub(super) fn place(&self, lane: usize, ends: Ends) -> usize {
        let latest = |lines: &LaneLines| {
            let port = ends.near.port();
            let numbers = lines
                .pairs
                .get(&(port, ends.far))
                .or_else(|| lines.ports.get(&(port, true)))
                .or_else(|| lines.ports.get(&(port, false)))?;
            lines.lives.get(numbers.last()?).map(|life| life.slot)
        };
        self.lanes.get(lane).and_then(latest).unwrap_or(0)
    }
}

/// The endpoints of a packet as one side sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// This side's.
    pub near: SocketAddr,
    /// The other side's.
    pub far: SocketAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_lives_as_long_as_its_socket() {
        let mut lines = Lines { lanes: vec![LaneLines::default()] };
        lines.open(0, "A", 2);
        lines.open(0, "B", 2);
        lines.open(0, "C", 2);
        assert_eq!(
            [lines.slot(0, "A"), lines.slot(0, "B"), lines.slot(0, "C")],
            [Some(0), Some(1), Some(1)]
        );
        lines.wait(0, "C", true);
        assert_eq!(lines.look(0, 1), Look::Waits);
        lines.close(0, "C", false);
        assert_eq!(lines.look(0, 1), Look::Open);
        lines.close(0, "A", true);
        assert_eq!(lines.look(0, 0), Look::Lingers);
        lines.rest(0, "A");
        assert_eq!(lines.look(0, 0), Look::None);
    }
}
