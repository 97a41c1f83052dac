//! What a probe carries, and what became of it on the way.
//!
//! ```text
//!    0               4       6       8                              size
//!   +---------------+-------+-------+--------------------------------+
//!   | run           | host  | high  | 08 09 0a …, or the pattern     |
//!   +---------------+-------+-------+--------------------------------+
//! ```
//!
//! The sequence number of ICMP has 16 bits and the identifier has 16: a second program may have the
//! same, and a long run uses every number many times. So the data begins with a mark of eight bytes:
//! a random number of this run, which of its hosts was asked, and the upper half of the probe's
//! number. Data shorter than eight bytes has no mark.

use crate::event::ReplyFate;

/// Bytes of the mark.
const MARK: usize = 8;
/// Bytes of the run's number, with which the mark begins.
const RUN: usize = 4;

/// What tells this run's probes from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which of the hosts.
    pub host: u16,
    /// The upper half of the probe's number.
    pub high: u16,
}

/// What the data of a reply turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// What was sent.
    Same,
    /// What was sent, but for this.
    Damaged(ReplyFate),
    /// Something else: it is not an answer to this probe.
    Foreign,
}

/// Makes and knows the data of this run's probes.
#[derive(Clone, Debug)]
pub(super) struct Data {
    run: u32,
    /// The data of a probe with the mark 0: the mark is put over it.
    sample: Vec<u8>,
}

impl Data {
    /// Data of `size` bytes, filled with the pattern or counting up.
    pub fn new(run: u32, size: usize, pattern: Option<&[u8]>) -> Self {
        let marked = if size >= MARK { MARK } else { 0 };
        let fill = |at: usize| match pattern {
            Some(pattern) if !pattern.is_empty() => pattern[(at - marked) % pattern.len()],
            // The lower eight bits of the offset.
            _ => at.to_le_bytes()[0],
        };
        let mut sample = vec![0; marked];
        sample.extend((marked..size).map(fill));
        Self { run, sample }
    }

    /// Whether there is room for a mark.
    pub fn is_marked(&self) -> bool {
        self.sample.len() >= MARK
    }

    /// The data of one probe.
    pub fn write(&self, mark: Mark, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.sample);
        if let Some(place) = out.first_chunk_mut::<MARK>() {
            *place = self.mark(mark);
        }
    }

    fn mark(&self, mark: Mark) -> [u8; MARK] {
        let fields = u64::from(self.run) << 32 | u64::from(mark.host) << 16 | u64::from(mark.high);
        fields.to_be_bytes()
    }

    /// The mark in the data of a reply of this run; none where it is missing or another's.
    pub fn read(&self, data: &[u8]) -> Option<Mark> {
        let (run, rest) = data.split_first_chunk()?;
        let (host, rest) = rest.split_first_chunk()?;
        let high = rest.first_chunk()?;
        let ours = self.is_marked() && u32::from_be_bytes(*run) == self.run;
        ours.then(|| Mark { host: u16::from_be_bytes(*host), high: u16::from_be_bytes(*high) })
    }

    /// Compares what came with what was sent to that host in that probe.
    ///
    /// Bytes that arrive otherwise than they left are named. But whoever does not know the run's number
    /// did not see the probe: when more than one byte of it is wrong, the reply answers something else.
    pub fn compare(&self, mark: Mark, came: &[u8]) -> Verdict {
        let expected = self.mark(mark);
        let byte = |at: usize| match expected.get(at) {
            Some(byte) if self.is_marked() => *byte,
            _ => self.sample[at],
        };
        let sent = self.sample.len();
        if came.len() == sent && came.get(MARK..) == self.sample.get(MARK..) {
            // Nearly always: the long part is compared in one go.
            let head = &came[..MARK.min(sent)];
            if (0..head.len()).all(|at| head[at] == byte(at)) {
                return Verdict::Same;
            }
        }
        let common = came.len().min(sent);
        let wrong = (0..RUN.min(common)).filter(|&at| came[at] != byte(at)).count();
        if self.is_marked() && wrong > 1 {
            return Verdict::Foreign;
        }
        if came.len() != sent {
            let whole = (0..common).all(|at| came[at] == byte(at));
            let fate = ReplyFate::WrongLength { sent, came: came.len() };
            return if whole { Verdict::Damaged(fate) } else { Verdict::Foreign };
        }
        match (0..sent).find(|&at| came[at] != byte(at)) {
            Some(at) => {
                let fate = ReplyFate::Corrupted { at, sent: byte(at), came: came[at] };
                Verdict::Damaged(fate)
            }
            None => Verdict::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Mark = Mark { host: 3, high: 1 };

    fn written(data: &Data) -> Vec<u8> {
        let mut out = Vec::new();
        data.write(HERE, &mut out);
        out
    }

    #[test]
    fn what_was_written_is_read_and_the_same() {
        for size in [0, 1, 7, 8, 9, 56, 1400] {
            for pattern in [None, Some(&[0xde, 0xad][..])] {
                let data = Data::new(0xa1b2_c3d4, size, pattern);
                let sent = written(&data);
                assert_eq!(sent.len(), size);
                assert_eq!(data.read(&sent), (size >= MARK).then_some(HERE));
                assert_eq!(data.compare(HERE, &sent), Verdict::Same);
            }
        }
        let patterned = written(&Data::new(1, 12, Some(&[0xde, 0xad, 0xbe])));
        assert_eq!(patterned[MARK..], [0xde, 0xad, 0xbe, 0xde]);
        assert_eq!(written(&Data::new(1, 12, None))[MARK..], [8, 9, 10, 11]);
    }

    #[test]
    fn the_first_wrong_byte_is_named_wherever_it_is() {
        let data = Data::new(0xa1b2_c3d4, 56, None);
        let sent = written(&data);
        for at in 0..sent.len() {
            let mut came = sent.clone();
            came[at] ^= 0xff;
            let fate = ReplyFate::Corrupted { at, sent: sent[at], came: came[at] };
            assert_eq!(data.compare(HERE, &came), Verdict::Damaged(fate));
        }
    }

    #[test]
    fn another_length_is_damage_and_another_mark_is_another_probe() {
        let data = Data::new(0xa1b2_c3d4, 56, None);
        let sent = written(&data);
        for came in [&sent[..55], &sent[..8], &sent[..0]] {
            let fate = ReplyFate::WrongLength { sent: 56, came: came.len() };
            assert_eq!(data.compare(HERE, came), Verdict::Damaged(fate));
        }
        let other = written(&Data::new(0x1111_1111, 56, None));
        assert_eq!(data.read(&other), None);
        let mut forged = sent;
        forged[..MARK].copy_from_slice(b"forged!!");
        assert_eq!(data.compare(HERE, &forged), Verdict::Foreign);
    }
}
