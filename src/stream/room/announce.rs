//! Announcements to the members: who came, who left, whom everybody waits for.
//!
//! A room of 500 in which each arrival is told to everybody at once sends a quarter of a million
//! announcements while it fills. So they are collected: the first goes out at once, the following
//! ones together when a second is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Room;
use super::queue::enqueue;
use crate::event::SafeText;
use crate::stream::framing::{Dialect, Encoder};

/// The shortest time between two announcements of the same kind.
const INTERVAL: Duration = Duration::from_secs(1);

/// Names that are spelled out in one announcement; the others are counted.
const NAMED: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Announcements {
    joined: Vec<SafeText>,
    left: Vec<SafeText>,
    stalled: Vec<SafeText>,
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Announcements {
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn joined(&mut self, name: SafeText, now: Instant) {
        self.joined.push(name);
        self.plan(now);
    }

    pub(super) fn left(&mut self, name: SafeText, now: Instant) {
        self.left.push(name);
        self.plan(now);
    }

    /// Told with the next tick: it is told seldom, and at once.
    pub(super) fn stalled(&mut self, name: SafeText) {
        self.stalled.push(name);
    }

    fn plan(&mut self, now: Instant) {
        let due = self.last.map_or(now, |last| last + INTERVAL).max(now);
        self.due.get_or_insert(due);
    }

    /// The announcements that are due, each with the names it is about.
    fn take(&mut self, now: Instant) -> Vec<(String, Vec<SafeText>)> {
        let mut told = Vec::new();
        for name in std::mem::take(&mut self.stalled) {
            told.push((format!("[everybody waits for {name}, who is not reading]"), vec![name]));
        }
        if self.due.is_some_and(|due| now >= due) {
            self.due = None;
            self.last = Some(now);
            let came = std::mem::take(&mut self.joined);
            let went = std::mem::take(&mut self.left);
            told.extend(sentence(came, "has joined the chat", "have joined the chat"));
            told.extend(sentence(went, "has disconnected", "have disconnected"));
        }
        told
    }
}

fn sentence(names: Vec<SafeText>, one: &str, many: &str) -> Option<(String, Vec<SafeText>)> {
    let spelled: Vec<_> = names.iter().take(NAMED).map(SafeText::as_str).collect();
    let text = match (spelled.as_slice(), names.len()) {
        ([], _) => return None,
        ([name], _) => format!("[{name} {one}]"),
        ([first @ .., last], count) if count <= NAMED => {
            format!("[{} and {last} {many}]", first.join(", "))
        }
        (_, count) => format!("[{} and {} others {many}]", spelled.join(", "), count - NAMED),
    };
    Some((text, names))
}

impl<S> Room<S> {
    /// Sends what is due to the members who understand announcements, except to those it is about.
    pub(super) fn announce(&mut self, now: Instant) {
        for (text, about) in self.announcements.take(now) {
            let encode = |dialect| -> Arc<[u8]> {
                let mut bytes = Vec::new();
                Encoder::announcement(dialect, &text, &mut bytes);
                bytes.into()
            };
            let (netlab, line, length) =
                (encode(Dialect::Netlab), encode(Dialect::Line), encode(Dialect::Length));
            let mut filled = Vec::new();
            for (key, member) in &mut self.members {
                let bytes = match member.decoder.dialect() {
                    Dialect::Netlab => &netlab,
                    Dialect::Line => &line,
                    Dialect::Length => &length,
                    // A stranger, or one that takes everything for an answer.
                    Dialect::Bare | Dialect::Unknown => continue,
                };
                let concerned = about.len() <= NAMED
                    && member.name.as_ref().is_some_and(|name| about.contains(name));
                // Who is behind already is not burdened with remarks.
                if concerned || member.full.is_some() {
                    continue;
                }
                if enqueue(key, member, Arc::clone(bytes), &mut self.dirty, now) {
                    self.full += 1;
                    filled.push(key);
                }
            }
            for key in filled {
                self.set_alarm(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_goes_out_at_once_and_a_crowd_in_one_sentence() {
        let start = Instant::now();
        let name = |n: usize| SafeText::new(format!("PC-{n}").as_bytes());
        let mut announcements = Announcements::default();
        announcements.joined(name(0), start);
        assert_eq!(announcements.take(start)[0].0, "[PC-0 has joined the chat]");
        for n in 1..=500 {
            announcements.joined(name(n), start);
        }
        assert!(announcements.take(start).is_empty());
        assert_eq!(announcements.due(), Some(start + INTERVAL));
        assert_eq!(
            announcements.take(start + INTERVAL)[0].0,
            "[PC-1, PC-2, PC-3 and 497 others have joined the chat]"
        );
        assert_eq!(announcements.due(), None);
    }
}
