//! Frames: real ones, cut ones, and whatever a hostile network can put in their place.

use netlab::event::{Content, TcpOption};
use netlab::wire::{Link, frame};

use crate::captured::CAPTURED;

/// Headers with nothing in them, to be filled with anything: Ethernet with each protocol, with and
/// without a VLAN tag.
const BEGINNINGS: [&[u8]; 8] = [
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x45],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd, 0x60],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 1, 8, 0, 6, 4],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 8, 0, 0x45],
    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 0x86, 0xdd, 0x60],
    &[0x45],
    &[0x4f],
    &[0x60],
];

/// Decodes bytes in every way, and checks what comes out against the bytes.
fn decode(bytes: &[u8]) {
    for link in [Link::Ethernet, Link::Ip] {
        for length in [bytes.len(), bytes.len() + 1, bytes.len() + 70_000] {
            let Ok(decoded) = frame(link, bytes, length) else { continue };
            assert!(decoded.length <= length, "{decoded:?}");
            match &decoded.content {
                Content::Tcp(segment) => {
                    assert!(segment.payload + 40 <= decoded.length, "{decoded:?}");
                    assert!(segment.options.len() <= 20, "{decoded:?}");
                }
                // The first fragment tells the length of the whole.
                Content::Udp(payload) => assert!(*payload <= 70_000 + length, "{decoded:?}"),
                Content::Icmp(message) => assert!(message.payload + 28 <= decoded.length),
                Content::Fragment(offset, _) => assert!(*offset > 0 && *offset < 65_536),
                Content::Arp(_) | Content::Other(_) => {}
            }
        }
        if !bytes.is_empty() {
            assert!(frame(link, bytes, bytes.len() - 1).is_err());
        }
    }
}

#[test]
fn anything_is_decoded_or_refused() {
    let mut random = fastrand::Rng::with_seed(6);
    for _ in 0..150_000 {
        let mut bytes = random.choice(BEGINNINGS).expect("there are some").to_vec();
        let length = random.usize(0..200);
        bytes.extend(std::iter::repeat_with(|| random.u8(..)).take(length));
        // A protocol that is looked into, more often than by chance.
        for (at, wanted) in [(23, [6, 17, 1]), (20, [6, 17, 58]), (20, [0, 44, 60])] {
            if random.u8(..) < 128
                && let Some(place) = bytes.get_mut(at)
            {
                *place = *random.choice(&wanted).expect("three");
            }
        }
        if random.bool() && bytes.len() > 18 {
            // A length that fits, so that the rest is looked at.
            let told = u16::try_from(bytes.len() - 14).expect("a small packet");
            bytes[16..18].copy_from_slice(&told.to_be_bytes());
        }
        decode(&bytes);
    }
}

#[test]
fn real_packets_cut_and_changed_are_decoded_or_refused() {
    let mut random = fastrand::Rng::with_seed(66);
    for captured in &CAPTURED {
        let bytes = captured.bytes();
        for length in 0..=bytes.len() {
            decode(&bytes[..length]);
        }
        for _ in 0..10_000 {
            let mut changed = bytes.clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(0..changed.len());
                changed[at] = random.u8(..);
            }
            changed.truncate(random.usize(1..=bytes.len()));
            decode(&changed);
        }
    }
}

/// A SYN by hand: its options in their order, its length without the padding of the frame.
#[test]
fn a_padded_segment_has_the_length_of_its_packet() {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    bytes.extend([0x45, 0, 0, 48, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 56, 23, 10, 0, 73, 221]);
    bytes.extend([0xd4, 0x31, 0x17, 0x70, 0, 0, 0, 9, 0, 0, 0, 0, 0x70, 2, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend([2, 4, 5, 0xb4, 4, 2, 1, 0]);
    bytes.resize(60 + 14, 0xee);
    let decoded = frame(Link::Ethernet, &bytes, bytes.len()).expect("a packet");
    assert_eq!(decoded.source, "10.0.56.23:54321".parse().expect("an address"));
    assert_eq!(decoded.destination, "10.0.73.221:6000".parse().expect("an address"));
    assert_eq!((decoded.length, decoded.hop_limit), (48, 64));
    assert_eq!(decoded.link, Some([[2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1]]));
    let Content::Tcp(segment) = decoded.content else { panic!("{decoded:?}") };
    assert_eq!((segment.payload, segment.sequence, segment.flags), (0, 9, 2));
    assert_eq!(segment.options, [TcpOption::MaximumSegmentSize(1460), TcpOption::SackPermitted]);
}
