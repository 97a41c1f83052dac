//! One direction of a TCP connection, followed by its numbers.

use super::fact::TcpFact;
use crate::event::flag::{ACK, FIN, RST, SYN};

/// What was seen of one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// The number of the first byte: behind the SYN. None until one was seen.
    pub start: Option<u32>,
    /// Whether `start` is where the stream begins, and not only where the capture does.
    pub whole: bool,
    /// Bytes seen, counted from `start`: the offset behind the highest.
    pub next: u64,
    /// Bytes that were passed over and not seen yet: from, and behind the last. A segment that fills
    /// one was overtaken, and is not sent again.
    gaps: Vec<(u64, u64)>,
    /// When it was last seen, counted in segments.
    pub touched: u64,
    /// How this side began.
    opened: Opened,
    /// The offset of the FIN: behind the last byte.
    pub fin: Option<u64>,
    /// What the FIN was put down to: whether it was `close`.
    pub fin_by_close: Option<bool>,
    pub reset: bool,
    /// The last acknowledgement and window of this direction's sender.
    heard: Option<(u32, Option<u16>)>,
    /// Whose it is, and what was known when that was looked up.
    pub socket: Option<usize>,
    pub tried: Option<u64>,
}

/// Gaps that are remembered, the latest.
const GAPS: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Opened {
    /// Its SYN was not seen.
    #[default]
    Unseen,
    Asking,
    Answering,
}

/// What a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Syn,
    SynAck,
    /// Both sides asked at once, and this is one's answer to the other.
    SynBoth,
    /// Of new bytes (offsets: from, behind the last), and whether the half ends with it.
    Data(u64, u64, bool),
    /// The SYN once more, or the answer to it.
    SynAgain,
    /// Of bytes that were sent before, and maybe the FIN.
    Again(u64, u64, bool),
    Reset,
    KeepAlive,
    Probe,
    Ack(Ack),
}

/// What a segment without data says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ack {
    Handshake,
    Plain,
    Repeated,
    Room,
    NoRoom,
    End,
}

impl Flow {
    /// Whether the segment begins a connection that these flows are not of.
    pub(super) fn is_over(&self, segment: &TcpFact) -> bool {
        segment.flags & SYN != 0
            && self.start.is_some_and(|s| s != segment.sequence.wrapping_add(1))
    }

    /// Whether this side asked for the connection.
    pub(super) fn asked(&self) -> bool {
        self.opened == Opened::Asking
    }

    /// Whether this side answered a SYN.
    pub(super) fn answered(&self) -> bool {
        self.opened == Opened::Answering
    }

    /// Whether the sender of this direction said last that there is no room.
    pub(super) fn is_shut(&self) -> bool {
        matches!(self.heard, Some((_, Some(0))))
    }

    /// Takes a segment of this direction. `back` is the other direction.
    pub(super) fn take(&mut self, segment: &TcpFact, back: Option<&Self>) -> Sight {
        if segment.flags & SYN != 0 {
            return self.synchronize(segment);
        }
        if segment.flags & RST != 0 {
            self.reset = true;
            return Sight::Reset;
        }
        self.begin(segment, back);
        let at = self.offset(segment.sequence);
        let fin = segment.flags & FIN != 0;
        if segment.payload <= 1
            && !fin
            && let Some(asks) = self.asks(at, segment, back)
        {
            return asks;
        }
        if segment.payload == 0 && !fin {
            return Sight::Ack(self.acknowledge(segment, back));
        }
        self.acknowledge(segment, back);
        self.data(at, segment.payload.into(), fin)
    }

    fn synchronize(&mut self, segment: &TcpFact) -> Sight {
        let start = segment.sequence.wrapping_add(1);
        let again = self.opened != Opened::Unseen && self.start == Some(start);
        let both = again && self.opened == Opened::Asking;
        (self.start, self.whole) = (Some(start), true);
        let answers = segment.flags & ACK != 0;
        self.opened = if answers { Opened::Answering } else { Opened::Asking };
        if answers {
            self.heard = Some((segment.acknowledgment, None));
        }
        match (again, answers) {
            (true, true) if both => Sight::SynBoth,
            (true, _) => Sight::SynAgain,
            (false, true) => Sight::SynAck,
            (false, false) => Sight::Syn,
        }
    }

    /// Learns where the stream begins, where its SYN was not seen.
    fn begin(&mut self, segment: &TcpFact, back: Option<&Self>) {
        if self.start.is_some() {
            return;
        }
        // The answer to the SYN has said which number is expected first.
        let answered = back.filter(|back| back.answered()).and_then(|back| back.heard);
        self.whole = answered.is_some();
        self.start = Some(answered.map_or(segment.sequence, |(number, _)| number));
    }

    fn distance(&self, sequence: u32) -> u32 {
        sequence.wrapping_sub(self.start.unwrap_or(sequence))
    }

    /// The offset of a sequence number: the one nearest to where the stream is. Numbers begin again
    /// behind 2^32 - 1, streams do not.
    fn offset(&self, sequence: u32) -> i64 {
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "numbers are offsets modulo 2^32")]
        let ahead = self.distance(sequence).wrapping_sub(self.next as u32).cast_signed();
        next.saturating_add(i64::from(ahead))
    }

    /// A segment that begins one below what comes next, or one byte into a closed window, carries
    /// nothing: the answer is what it is sent for.
    fn asks(&self, at: i64, segment: &TcpFact, back: Option<&Self>) -> Option<Sight> {
        let next = i64::try_from(self.next).ok()?;
        let below = next + i64::from(self.fin.is_some()) - 1;
        let shut = back.is_some_and(Self::is_shut);
        let acknowledged = back
            .and_then(|back| back.heard)
            .map(|(acknowledged, _)| self.offset(acknowledged))
            .is_none_or(|acknowledged| acknowledged > below);
        match segment.payload {
            0 if shut && at <= below => Some(Sight::Probe),
            1 if shut && at == next => Some(Sight::Probe),
            // A byte that was not acknowledged is no question: it is sent again.
            _ if at == below && acknowledged => Some(Sight::KeepAlive),
            _ => None,
        }
    }

    fn acknowledge(&mut self, segment: &TcpFact, back: Option<&Self>) -> Ack {
        let (number, window) = (segment.acknowledgment, segment.window);
        let before = self.heard.replace((number, Some(window)));
        let ends = |number: u32| {
            back.is_some_and(|back| {
                back.fin.is_some_and(|fin| back.offset(number) > i64::try_from(fin).unwrap_or(0))
            })
        };
        let Some((last, room)) = before else {
            return if self.asked() { Ack::Handshake } else { Ack::Plain };
        };
        let moved = last != number;
        match room {
            _ if moved && ends(number) => Ack::End,
            Some(0) if window == 0 && !moved => Ack::Repeated,
            _ if window == 0 => Ack::NoRoom,
            Some(room) if !moved && window > room => Ack::Room,
            Some(room) if !moved && window == room => Ack::Repeated,
            _ => Ack::Plain,
        }
    }

    fn data(&mut self, at: i64, length: u64, fin: bool) -> Sight {
        // Below the first byte is nothing that a call sent.
        let from = u64::try_from(at).unwrap_or(0);
        let to = u64::try_from(at.saturating_add_unsigned(length)).unwrap_or(0);
        let new_end = fin && self.fin.is_none();
        if fin {
            self.fin.get_or_insert(to);
        }
        let late = self.fill(from, to);
        if to <= self.next && !new_end && !late {
            return Sight::Again(from, to, fin);
        }
        if from > self.next {
            self.gaps.push((self.next, from));
            let many = self.gaps.len().saturating_sub(GAPS);
            self.gaps.drain(..many);
        }
        self.next = self.next.max(to);
        Sight::Data(from, to, new_end)
    }

    /// Takes bytes out of the gaps, and says whether any of them were in one.
    fn fill(&mut self, from: u64, to: u64) -> bool {
        let mut left = Vec::new();
        let mut found = false;
        for (start, end) in self.gaps.drain(..) {
            if from >= end || to <= start {
                left.push((start, end));
                continue;
            }
            found = true;
            left.extend([(start, from), (to, end)].into_iter().filter(|(start, end)| start < end));
        }
        self.gaps = left;
        found
    }
}
