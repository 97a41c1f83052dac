//! # The Internet checksum
//!
//! Sixteen bits that tell whether a header or message was changed on its way
//! ([RFC 1071](https://www.rfc-editor.org/rfc/rfc1071)). It is a sum that anybody can work out on
//! paper:
//!
//! ```text
//!   1  take the bytes in pairs, as 16-bit words       0001 f203 f4f5 f6f7
//!   2  add them all                                   2_ddf0
//!   3  fold: what is above 16 bits is added below     ddf0 + 2 = ddf2
//!   4  turn every bit over                            220d
//! ```
//!
//! That sum is one's complement arithmetic, where a carry out of the top comes in again at the
//! bottom. Two things follow from it. Whoever adds up the whole message, checksum included, gets
//! `ffff` when nothing was changed: there is no need to take the checksum out first. And the order
//! of the words does not matter, so the sum does not notice when two of them change places; it is
//! a guard against accidents, and none against people.
//!
//! The checksum of IPv4's header covers the header alone, that of ICMP the message alone. `ICMPv6`
//! counts the addresses as well, in a *pseudo-header* that is added up and never sent: a message
//! that arrives at the wrong host is found by that.

use std::net::Ipv6Addr;

use super::protocol;
use crate::event::Checksum;

/// What `ICMPv6` adds up beside the message
/// ([RFC 8200 § 8.1](https://www.rfc-editor.org/rfc/rfc8200#section-8.1)): both addresses, the
/// message's length in 32 bits, and the number of `ICMPv6`, 58, in 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PseudoHeader {
    /// Who sends.
    pub source: Ipv6Addr,
    /// To whom.
    pub destination: Ipv6Addr,
    /// Bytes of the `ICMPv6` message.
    pub length: u32,
}

impl PseudoHeader {
    /// Its parts as 16-bit words.
    fn words(&self) -> Vec<(&'static str, Vec<u16>)> {
        let [high, low] = halves(self.length);
        vec![
            ("source address", self.source.segments().to_vec()),
            ("destination address", self.destination.segments().to_vec()),
            ("length of the message", vec![high, low]),
            ("next header: 58, ICMPv6", vec![0, u16::from(protocol::ICMPV6)]),
        ]
    }
}

/// The checksum over all `bytes`. To fill a message's checksum in, its field is 0 before.
///
/// ```
/// // The example of RFC 1071 § 3.
/// let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
/// assert_eq!(netlab::wire::checksum(&bytes), 0x220d);
/// ```
#[must_use]
pub fn checksum(bytes: &[u8]) -> u16 {
    !folded(words(bytes).map(u64::from).sum())
}

/// Whether the bytes of a message, its checksum included, add up to what they should: all ones.
#[must_use]
pub fn is_right(message: &[u8]) -> bool {
    checksum(message) == 0
}

/// The checksum worked out step by step. `place` is where its field begins, an even number of bytes
/// from the beginning; the field counts as 0, whatever is in it.
#[must_use]
pub fn steps(
    covers: &'static str,
    bytes: &[u8],
    place: usize,
    pseudo: Option<&PseudoHeader>,
) -> Checksum {
    let mut words: Vec<u16> = words(bytes).collect();
    let place = place / 2;
    let on_the_wire = words.get_mut(place).map_or(0, std::mem::take);
    let pseudo_header = pseudo.map_or_else(Vec::new, PseudoHeader::words);
    let beside = pseudo_header.iter().flat_map(|(_, words)| words);
    let sum = beside.chain(&words).map(|word| u64::from(*word)).sum();
    let mut folded = Vec::new();
    let mut rest = sum;
    while rest > 0xffff {
        rest = fold(rest);
        folded.push(rest);
    }
    let computed = !self::folded(sum);
    Checksum { covers, pseudo_header, words, place, sum, folded, computed, on_the_wire }
}

/// Bytes in pairs. The last one, if it is alone, is the upper half of a word.
fn words(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, last) = bytes.as_chunks::<2>();
    let last = last.first().map(|byte| u16::from_be_bytes([*byte, 0]));
    pairs.iter().map(|pair| u16::from_be_bytes(*pair)).chain(last)
}

/// Adds what is above 16 bits to what is below. That may carry again.
const fn fold(sum: u64) -> u64 {
    (sum & 0xffff) + (sum >> 16)
}

/// Folds until nothing is left above 16 bits.
fn folded(mut sum: u64) -> u16 {
    loop {
        match u16::try_from(sum) {
            Ok(sum) => return sum,
            Err(_) => sum = fold(sum),
        }
    }
}

/// The upper and the lower 16 bits.
const fn halves(number: u32) -> [u16; 2] {
    let [a, b, c, d] = number.to_be_bytes();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1071 § 3, worked out there by hand.
    const EXAMPLE: [u8; 8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];

    #[test]
    fn the_example_of_the_rfc() {
        let steps = steps("example", &EXAMPLE, 99, None);
        assert_eq!(steps.sum, 0x2_ddf0);
        assert_eq!(steps.folded, [0xddf2]);
        assert_eq!((steps.computed, checksum(&EXAMPLE)), (0x220d, 0x220d));
    }

    #[test]
    fn an_odd_byte_is_the_upper_half_of_a_word() {
        assert_eq!(checksum(&[0x12]), !0x1200);
        assert_eq!(checksum(&[0, 1, 0x12]), checksum(&[0, 1, 0x12, 0]));
        assert_eq!(checksum(&[]), 0xffff);
    }

    #[test]
    fn a_message_with_its_checksum_is_right() {
        let mut message = [EXAMPLE.as_slice(), &[0, 0]].concat();
        assert!(!is_right(&message));
        let checksum = checksum(&message).to_be_bytes();
        message[8..].copy_from_slice(&checksum);
        assert!(is_right(&message));
        let steps = steps("example", &message, 8, None);
        assert_eq!((steps.words[4], steps.on_the_wire), (0, 0x220d));
        assert!(steps.is_right());
    }

    #[test]
    fn every_carry_is_folded() {
        let steps = steps("ones", &vec![0xff; 131_074], 0, None);
        assert_eq!(steps.sum, 65_536 * 0xffff);
        assert_eq!(steps.folded, [0xffff]);
        let twice = [0xff, 0xff, 0xff, 0xff, 0, 1];
        let twice = super::steps("carries twice", &twice, 99, None);
        assert_eq!((twice.sum, twice.folded), (0x1_ffff, vec![0x1_0000, 1]));
        assert_eq!(checksum(&[0xff; 2]), 0);
        assert_eq!(folded(u64::MAX), 0xffff);
    }

    #[test]
    fn the_pseudo_header_counts() {
        let pseudo = PseudoHeader {
            source: Ipv6Addr::new(1, 2, 3, 4, 5, 6, 7, 8),
            destination: Ipv6Addr::LOCALHOST,
            length: 0x0001_0002,
        };
        let steps = steps("nothing", &[], 2, Some(&pseudo));
        assert_eq!(steps.sum, 36 + 1 + 1 + 2 + 58);
        let parts: Vec<usize> = steps.pseudo_header.iter().map(|(_, words)| words.len()).collect();
        assert_eq!(parts, [8, 8, 2, 2]);
        assert_eq!((steps.words.len(), steps.on_the_wire), (0, 0));
    }
}
