//! # The header of a burst
//!
//! Replies can be lost, late, doubled, overtaken or somebody else's. A client can only tell when
//! every datagram says which one it is. So those of a burst begin with 20 bytes, in network byte
//! order (the most significant byte first):
//!
//! ```text
//!    0               4               8              12      14      16              20
//!   +---------------+---------------+---------------+-------+-------+---------------+------- - -
//!   | "nlab"        | run id        | sequence      | length| 0     | CRC-32        | letters
//!   +---------------+---------------+---------------+-------+-------+---------------+------- - -
//! ```
//!
//! *length* is that of the whole datagram: a reply that is longer was glued to the next, one that is
//! shorter was cut. The checksum (CRC-32 of IEEE 802.3, over the whole datagram with these four bytes
//! zero) finds what was changed on the way. UDP has a checksum of its own, but whoever changes a
//! datagram on purpose computes that anew.

/// Bytes of the header, and so the least of a burst's datagram.
pub const LENGTH: usize = 20;

const MAGIC: [u8; 4] = *b"nlab";

/// What a datagram says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The run it belongs to.
    pub run: u32,
    /// Which one of the run it is, from 0.
    pub sequence: u32,
    /// Its length in bytes, header included.
    pub length: usize,
}

/// How the beginning of some bytes reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A whole datagram, unchanged. There may be more bytes behind it.
    Whole(Header),
    /// The beginning of a datagram, perhaps not even a whole header; the rest is missing.
    Cut(Option<Header>),
    /// A datagram of that run with other bytes than were sent. Any of them may be the changed ones,
    /// also those that say which datagram it is.
    Damaged(Header),
    /// Nothing of that run.
    Foreign,
}

/// Fills `datagram`, which is at least [`LENGTH`] and at most 65,535 bytes long.
pub fn write(datagram: &mut [u8], run: u32, sequence: u32) {
    let length = u16::try_from(datagram.len()).unwrap_or(u16::MAX);
    let (header, letters) = datagram.split_at_mut(LENGTH);
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&run.to_be_bytes());
    header[8..12].copy_from_slice(&sequence.to_be_bytes());
    header[12..14].copy_from_slice(&length.to_be_bytes());
    header[14..20].fill(0);
    for (letter, turn) in letters.iter_mut().zip((b'a'..=b'z').cycle().skip(sequence as usize % 26))
    {
        *letter = turn;
    }
    let checksum = crc32fast::hash(datagram);
    datagram[16..20].copy_from_slice(&checksum.to_be_bytes());
}

/// Reads the beginning of what a server of `run` sent. Whatever the bytes are, this is an answer.
#[must_use]
pub fn read(bytes: &[u8], run: u32) -> Reading {
    let Some(header) = header(bytes) else {
        let stub = !bytes.is_empty() && bytes.len() < LENGTH && begins(bytes, run);
        return if stub { Reading::Cut(None) } else { Reading::Foreign };
    };
    let ours = header.run == run;
    let Some(datagram) = bytes.get(..header.length) else {
        return if ours { Reading::Cut(Some(header)) } else { Reading::Foreign };
    };
    let mut sum = crc32fast::Hasher::new();
    sum.update(&datagram[..16]);
    sum.update(&[0; 4]);
    sum.update(&datagram[LENGTH..]);
    match (ours, sum.finalize().to_be_bytes() == datagram[16..20]) {
        (true, true) => Reading::Whole(header),
        (true, false) => Reading::Damaged(header),
        (false, _) => Reading::Foreign,
    }
}

/// Whether these bytes begin like a datagram of any burst.
#[must_use]
pub fn is_of_a_burst(bytes: &[u8]) -> bool {
    header(bytes).is_some()
}

/// The number of a datagram of any burst, if the bytes begin like one.
#[must_use]
pub fn sequence(bytes: &[u8]) -> Option<u32> {
    header(bytes).map(|header| header.sequence)
}

/// Whether this is how a header of the run begins, as far as it goes.
fn begins(bytes: &[u8], run: u32) -> bool {
    let beginning = [MAGIC, run.to_be_bytes()].concat();
    bytes.iter().zip(&beginning).all(|(byte, expected)| byte == expected)
}

/// The fields, where they are possible at all.
fn header(bytes: &[u8]) -> Option<Header> {
    let number = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let length = usize::from(u16::from_be_bytes(*bytes.get(12..)?.first_chunk()?));
    let possible = bytes.len() >= LENGTH && bytes[..4] == MAGIC && length >= LENGTH;
    possible.then_some(Header { run: number(4)?, sequence: number(8)?, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(size: usize, sequence: u32) -> Vec<u8> {
        let mut datagram = vec![0; size];
        write(&mut datagram, 7, sequence);
        datagram
    }

    #[test]
    fn what_was_written_is_read() {
        for size in [LENGTH, LENGTH + 1, 64, 65_507] {
            let header = Header { run: 7, sequence: 4_000_000_000, length: size };
            assert_eq!(read(&datagram(size, 4_000_000_000), 7), Reading::Whole(header));
        }
    }

    #[test]
    fn another_run_and_other_bytes_are_foreign() {
        assert_eq!(read(&datagram(64, 1), 8), Reading::Foreign);
        for bytes in [&b""[..], b"nlabx", b"hello", &[0; 64], &[0xff; 20]] {
            assert_eq!(read(bytes, 7), Reading::Foreign);
        }
    }

    /// Every bit counts: wherever one is turned over, the datagram is not taken for a whole one.
    #[test]
    fn no_changed_bit_goes_unnoticed() {
        let whole = datagram(64, 3);
        for bit in 0..64 * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(read(&changed, 7), Reading::Whole(_)), "bit {bit}");
        }
    }

    #[test]
    fn a_cut_datagram_is_known_by_its_length() {
        let whole = datagram(64, 3);
        let header = Header { run: 7, sequence: 3, length: 64 };
        assert_eq!(read(&whole[..63], 7), Reading::Cut(Some(header)));
        assert_eq!(read(&whole[..LENGTH], 7), Reading::Cut(Some(header)));
        for length in 1..LENGTH {
            assert_eq!(read(&whole[..length], 7), Reading::Cut(None), "{length}");
        }
        assert_eq!(read(&whole[..8], 8), Reading::Foreign);
    }

    #[test]
    fn glued_datagrams_are_read_one_after_the_other() {
        let glued = [datagram(64, 3), datagram(64, 4)].concat();
        let Reading::Whole(first) = read(&glued, 7) else { panic!("the first is whole") };
        let second = read(&glued[first.length..], 7);
        assert_eq!(second, Reading::Whole(Header { run: 7, sequence: 4, length: 64 }));
    }
}
