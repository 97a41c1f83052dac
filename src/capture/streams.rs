//! Streams that had the same four numbers, one after the other.
//!
//! A client that vanished comes back from its port while the server still has the old connection. Its
//! SYN is answered by an acknowledgment, that by a RST, and only the next SYN opens a connection:
//!
//! ```text
//!   ──▶ SYN   ◀── ACK       ──▶ RST       of the old socket, which ends here
//!   ──▶ SYN   ◀── SYN,ACK   ──▶ ACK       of the new one, which accept gives later
//! ```

use std::time::Duration;

use super::owners::Whose;

/// So many are remembered of the same numbers, the latest.
const MOST: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Streams {
    /// In the order in which calls told of them.
    pub all: Vec<Whose>,
    /// When the last SYN came.
    asked: Option<Duration>,
    /// The number of the SYN that answered last.
    answer: Option<u32>,
    /// When the SYNs came that were answered.
    opened: Vec<Duration>,
}

impl Streams {
    pub(super) fn put(&mut self, whose: Whose) {
        if !self.all.contains(&whose) {
            self.all.push(whose);
            self.all.drain(..self.all.len().saturating_sub(MOST));
        }
    }

    /// Keeps what is wanted, and says whether anything is left.
    pub(super) fn keep(&mut self, wanted: impl Fn(&Whose) -> bool) -> bool {
        self.all.retain(wanted);
        !self.all.is_empty()
    }

    /// A SYN came, or was answered by a SYN of this number.
    pub(super) fn crossed(&mut self, answer: Option<u32>, at: Duration) {
        if answer.is_none() {
            self.asked = Some(at);
        } else if self.answer != answer {
            self.answer = answer;
            self.opened.push(self.asked.unwrap_or(at).min(at));
            self.opened.drain(..self.opened.len().saturating_sub(MOST));
        }
    }

    /// From when on, and until when, packets are of the stream that was accepted at this time.
    pub(super) fn span(&self, accepted: Duration) -> (Duration, Duration) {
        let behind = self.opened.partition_point(|time| *time <= accepted);
        let from = behind.checked_sub(1).map_or(accepted, |place| self.opened[place]);
        (from, self.opened.get(behind).copied().unwrap_or(Duration::MAX))
    }
}
