//! What was said, remembered for as long as an answer may come.
//!
//! Lines are sent as they are typed, without a header, so that any program can read them. A reply is
//! recognised by its bytes. Two equal lines are two datagrams all the same: the older is answered
//! first.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::event::Fate;

/// Lines without an answer, and answered ones, that are remembered for late and second replies.
const REMEMBERED: usize = 64;

#[derive(Debug)]
struct Sent {
    bytes: Vec<u8>,
    at: Instant,
    /// A reply to a later line has come before its own.
    overtaken: bool,
}

/// What a datagram of the server is to what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub fate: Fate,
    pub round_trip: Option<Duration>,
    /// How many lines it answers.
    pub lines: u64,
}

impl Answer {
    /// Something that answers nothing.
    pub(super) const fn to_nothing(fate: Fate) -> Self {
        Self { fate, round_trip: None, lines: 0 }
    }
}

/// Everything that was said lately.
#[derive(Debug)]
pub(super) struct Memory {
    timeout: Duration,
    waiting: VecDeque<Sent>,
    bytes: usize,
    silent: VecDeque<Sent>,
    answered: VecDeque<Vec<u8>>,
}

impl Memory {
    /// Nothing yet. An answer after `timeout` is late.
    pub(super) const fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            waiting: VecDeque::new(),
            bytes: 0,
            silent: VecDeque::new(),
            answered: VecDeque::new(),
        }
    }

    /// Something was sent.
    pub(super) fn sent(&mut self, bytes: Vec<u8>, at: Instant) {
        self.bytes += bytes.len();
        self.waiting.push_back(Sent { bytes, at, overtaken: false });
    }

    /// Whether fewer lines, and fewer bytes, wait for an answer.
    pub(super) fn has_room(&self, lines: usize, bytes: usize) -> bool {
        self.waiting.len() < lines && (self.bytes < bytes || self.waiting.is_empty())
    }

    /// Lines that may still be answered in time.
    pub(super) fn outstanding(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// When the oldest line's time will be up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|sent| sent.at + self.timeout)
    }

    /// The oldest line whose time is up; it may still be answered, late.
    pub(super) fn expire(&mut self, now: Instant) -> Option<&[u8]> {
        if self.deadline()? > now {
            return None;
        }
        let sent = self.take(0)?;
        if self.silent.len() == REMEMBERED {
            self.silent.pop_front();
        }
        self.silent.push_back(sent);
        self.silent.back().map(|sent| sent.bytes.as_slice())
    }

    /// No line will be answered: somebody has said so.
    pub(super) fn give_up(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }

    /// What the server has sent: an answer to which line? With `cut`, only its beginning is there.
    pub(super) fn answer(&mut self, bytes: &[u8], cut: bool, now: Instant) -> Answer {
        // A server with a short buffer sends back the beginning.
        let lines = self.waiting.iter().chain(&self.silent).map(|sent| sent.bytes.as_slice());
        let known = lines.chain(self.answered.iter().map(Vec::as_slice)).any(|line| line == bytes);
        let beginning = |sent: &[u8]| !bytes.is_empty() && sent.starts_with(bytes);
        let cut = cut || !known && self.waiting.iter().any(|sent| beginning(&sent.bytes));
        let same = |sent: &[u8]| if cut { beginning(sent) } else { sent == bytes };
        let after = |at: Instant| Some(now.saturating_duration_since(at));
        if let Some(place) = self.waiting.iter().position(|sent| same(&sent.bytes)) {
            for earlier in self.waiting.iter_mut().take(place) {
                earlier.overtaken = true;
            }
            if let Some(sent) = self.take(place) {
                let fate = match (cut, sent.overtaken) {
                    (true, _) => Fate::Truncated,
                    (_, true) => Fate::Reordered,
                    _ => Fate::Fine,
                };
                return self.answered(sent, fate, now);
            }
        }
        if let Some(place) = self.silent.iter().position(|sent| same(&sent.bytes))
            && let Some(sent) = self.silent.remove(place)
        {
            return self.answered(sent, Fate::Late, now);
        }
        if self.answered.iter().any(|sent| same(sent)) {
            return Answer::to_nothing(Fate::Duplicate);
        }
        if let Some(count) = self.glued(bytes) {
            let round_trip = self.waiting.front().and_then(|sent| after(sent.at));
            let lines = (0..count).filter_map(|_| self.take(0)).count() as u64;
            return Answer { fate: Fate::Merged, round_trip, lines };
        }
        // A program that is no echo, or a person: an answer to the oldest question, if there is one.
        let round_trip = self.take(0).and_then(|sent| after(sent.at));
        Answer { fate: Fate::Other, round_trip, lines: u64::from(round_trip.is_some()) }
    }

    fn answered(&mut self, sent: Sent, fate: Fate, now: Instant) -> Answer {
        if self.answered.len() == REMEMBERED {
            self.answered.pop_front();
        }
        self.answered.push_back(sent.bytes);
        let round_trip = Some(now.saturating_duration_since(sent.at));
        Answer { fate, round_trip, lines: 1 }
    }

    /// The oldest lines, one behind the other: how many make up these bytes?
    fn glued(&self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        for (count, sent) in self.waiting.iter().enumerate() {
            if rest.is_empty() {
                return (count > 1).then_some(count);
            }
            rest = rest.strip_prefix(sent.bytes.as_slice())?;
        }
        (rest.is_empty() && self.waiting.len() > 1).then_some(self.waiting.len())
    }

    fn take(&mut self, place: usize) -> Option<Sent> {
        let sent = self.waiting.remove(place)?;
        self.bytes -= sent.bytes.len();
        Some(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(2);

    fn fates(said: &[&str], heard: &[&str]) -> Vec<Fate> {
        let now = Instant::now();
        let mut memory = Memory::new(TIMEOUT);
        for line in said {
            memory.sent(line.as_bytes().to_vec(), now);
        }
        heard.iter().map(|line| memory.answer(line.as_bytes(), false, now).fate).collect()
    }

    #[test]
    fn replies_are_known_by_their_bytes() {
        use Fate::{Duplicate, Fine, Other, Reordered};
        assert_eq!(fates(&["a", "b"], &["a", "b", "b"]), [Fine, Fine, Duplicate]);
        assert_eq!(fates(&["a", "b"], &["b", "a"]), [Fine, Reordered]);
        assert_eq!(fates(&["a", "a"], &["a", "a", "a"]), [Fine, Fine, Duplicate]);
        assert_eq!(fates(&["a"], &["A", "a"]), [Other, Other]);
        // The copy of one line is not the beginning of another.
        assert_eq!(fates(&["1", "10"], &["1", "1", "10"]), [Fine, Duplicate, Fine]);
        assert_eq!(fates(&[""], &[""]), [Fine]);
    }

    #[test]
    fn lines_that_come_back_glued_are_all_answered() {
        let now = Instant::now();
        let mut memory = Memory::new(TIMEOUT);
        for line in [&b"one"[..], b"", b"two", b"three"] {
            memory.sent(line.to_vec(), now);
        }
        let answer = memory.answer(b"onetwo", false, now);
        assert_eq!((answer.fate, answer.lines), (Fate::Merged, 3));
        assert_eq!(memory.outstanding(), 1);
        assert_eq!(memory.answer(b"three", false, now).fate, Fate::Fine);
    }

    #[test]
    fn an_answer_after_the_timeout_is_late() {
        let now = Instant::now();
        let mut memory = Memory::new(TIMEOUT);
        memory.sent(b"a".to_vec(), now);
        assert_eq!(memory.expire(now + TIMEOUT / 2), None);
        assert_eq!(memory.expire(now + TIMEOUT), Some(&b"a"[..]));
        let answer = memory.answer(b"a", false, now + TIMEOUT * 2);
        let late = Answer { fate: Fate::Late, round_trip: Some(TIMEOUT * 2), lines: 1 };
        assert_eq!(answer, late);
        assert_eq!(memory.answer(b"a", false, now).fate, Fate::Duplicate);
    }

    #[test]
    fn a_cut_reply_is_known_by_its_beginning() {
        let now = Instant::now();
        let mut memory = Memory::new(TIMEOUT);
        memory.sent(b"hello world".to_vec(), now);
        assert_eq!(memory.answer(b"hello", true, now).fate, Fate::Truncated);
        // Cut by the server: nobody here has seen more of it.
        memory.sent(b"again".to_vec(), now);
        assert_eq!(memory.answer(b"ag", false, now).fate, Fate::Truncated);
    }

    #[test]
    fn memory_is_bounded() {
        let now = Instant::now();
        let mut memory = Memory::new(TIMEOUT);
        for number in 0..10_000_u32 {
            assert!(memory.has_room(1, 1));
            memory.sent(number.to_be_bytes().to_vec(), now);
            assert!(!memory.has_room(1, 1));
            if number % 2 == 0 {
                memory.expire(now + TIMEOUT);
            } else {
                memory.answer(&number.to_be_bytes(), false, now);
            }
        }
        assert_eq!((memory.silent.len(), memory.answered.len()), (REMEMBERED, REMEMBERED));
        assert_eq!((memory.waiting.len(), memory.bytes), (0, 0));
    }
}
