//! What is in the file, read block by block.

use std::time::Duration;

use netlab::wire::pcapng::{Packet, Pcapng};

use super::{Memory, about, packet, written};

/// A block: its type, its body, and where it ends.
struct Block<'a> {
    kind: u32,
    body: &'a [u8],
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

fn blocks(mut bytes: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let length = u32_at(bytes, 4) as usize;
        assert!(length.is_multiple_of(4), "{length}");
        assert_eq!(u32_at(bytes, length - 4) as usize, length, "the length at the end");
        blocks.push(Block { kind: u32_at(bytes, 0), body: &bytes[8..length - 4] });
        bytes = &bytes[length..];
    }
    blocks
}

fn options(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut options = Vec::new();
    while !bytes.is_empty() {
        let (code, length) = (u16_at(bytes, 0), usize::from(u16_at(bytes, 2)));
        if code == 0 {
            assert_eq!((length, bytes.len()), (0, 4), "the end is the end");
            return options;
        }
        options.push((code, &bytes[4..4 + length]));
        bytes = &bytes[(4 + length).next_multiple_of(4)..];
    }
    assert!(options.is_empty(), "options end with an end");
    options
}

/// A packet as it was read: interface, nanoseconds, bytes, length, comment, flags.
type Read = (u32, u64, Vec<u8>, u32, String, Option<u32>);

fn packets(file: &[u8]) -> Vec<Read> {
    let packets = blocks(file).into_iter().filter(|block| block.kind == 6);
    packets
        .map(|block| {
            let body = block.body;
            let kept = u32_at(body, 12) as usize;
            let options = options(&body[20 + kept.next_multiple_of(4)..]);
            let find = |code| options.iter().find(|(c, _)| *c == code).map(|(_, value)| *value);
            let comment = find(1).map(|text| String::from_utf8(text.to_vec()).expect("UTF-8"));
            let time = u64::from(u32_at(body, 4)) << 32 | u64::from(u32_at(body, 8));
            (
                u32_at(body, 0),
                time,
                body[20..20 + kept].to_vec(),
                u32_at(body, 16),
                comment.unwrap_or_default(),
                find(2).map(|flags| u32_at(flags, 0)),
            )
        })
        .collect()
}

fn random(seed: &mut u64, limit: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).expect("31 bits") % limit
}

#[test]
fn whatever_goes_in_comes_out() {
    const INTERFACES: [&str; 3] = ["lo", "eth0", "wlp2s0"];
    const COMMENTS: [&str; 4] = ["", "x", "B sendto(5, 10.0.0.2:7) = 5", "grüße 你好 🙂"];
    let mut seed = 7;
    let bytes: Vec<Vec<u8>> = (0..2000)
        .map(|_| {
            let length = random(&mut seed, 200);
            (0..length).map(|_| u8::try_from(random(&mut seed, 256)).expect("a byte")).collect()
        })
        .collect();
    let given: Vec<Packet<'_>> = bytes
        .iter()
        .map(|bytes| Packet {
            interface: INTERFACES[random(&mut seed, 3)],
            link_type: [1, 101][random(&mut seed, 2)],
            unix: Duration::from_nanos(
                u64::try_from(random(&mut seed, 1 << 31)).expect("31 bits") << 28,
            ),
            length: bytes.len() + random(&mut seed, 3),
            outbound: [None, Some(false), Some(true)][random(&mut seed, 3)],
            comment: COMMENTS[random(&mut seed, 4)],
            ..packet(bytes)
        })
        .collect();
    let file = written(&given);
    let described: Vec<(String, u16)> = blocks(&file)
        .iter()
        .filter(|block| block.kind == 1)
        .map(|block| {
            let options = options(&block.body[8..]);
            assert!(options.contains(&(9, &[9])), "times are in nanoseconds");
            let name = String::from_utf8(options[0].1.to_vec()).expect("UTF-8");
            (name, u16_at(block.body, 0))
        })
        .collect();
    assert_eq!(described.len(), 6, "each interface with each link layer, once");
    let read = packets(&file);
    assert_eq!(read.len(), given.len());
    for (given, read) in given.iter().zip(&read) {
        let (name, link_type) = &described[read.0 as usize];
        assert_eq!((name.as_str(), *link_type), (given.interface, given.link_type));
        assert_eq!(u128::from(read.1), given.unix.as_nanos());
        assert_eq!((read.2.as_slice(), read.3 as usize), (given.bytes, given.length));
        let comment = if given.comment.is_empty() {
            String::new()
        } else {
            format!("netlab: {}", given.comment)
        };
        assert_eq!(read.4, comment);
        assert_eq!(read.5, given.outbound.map(|outbound| if outbound { 2 } else { 1 }));
    }
}

#[test]
fn a_text_is_one_line_and_cut_between_letters() {
    let long = "ü".repeat(70_000);
    for (comment, shown) in [
        ("a\nb", "netlab: a^Jb"),
        ("a\tb", "netlab: a b"),
        ("say \"hi\" \\ 'ho'", "netlab: say \"hi\" \\ 'ho'"),
        ("\u{1b}[31mred\u{202e}", "netlab: ^[[31mred<U+202E>"),
        (long.as_str(), &format!("netlab: {}", "ü".repeat((65_535 - 8) / 2))),
    ] {
        let file = written(&[Packet { comment, ..packet(b"x") }]);
        assert_eq!(packets(&file)[0].4, shown);
    }
}

#[test]
fn a_file_is_whole_blocks_at_every_moment_it_is_handed_on() {
    let memory = Memory::default();
    let mut file = Pcapng::new(memory.clone(), &about()).expect("memory");
    assert_eq!(blocks(&memory.bytes()).len(), 1, "the header is there at once");
    for n in 1..3000 {
        file.packet(&packet(&[7; 60])).expect("memory");
        let seen = blocks(&memory.bytes()).len();
        assert!(seen <= n + 2);
        if n % 100 == 0 {
            file.flush().expect("memory");
            assert_eq!(blocks(&memory.bytes()).len(), n + 2);
        }
    }
    assert!(memory.bytes().len() > 300_000);
}

#[test]
fn a_program_that_is_dropped_leaves_what_it_wrote() {
    let memory = Memory::default();
    let mut file = Pcapng::new(memory.clone(), &about()).expect("memory");
    file.packet(&packet(b"x")).expect("memory");
    drop(file);
    assert_eq!(packets(&memory.bytes()).len(), 1);
}

#[test]
fn a_slow_file_gets_every_byte_once_and_a_full_one_says_so() {
    let slow = Memory { at_once: Some(7), ..Memory::default() };
    let mut file = Pcapng::new(slow.clone(), &about()).expect("memory");
    for _ in 0..9 {
        file.packet(&packet(b"hello")).expect("memory");
    }
    file.flush().expect("memory");
    assert_eq!(packets(&slow.bytes()).len(), 9);
    let full = Memory { room: Some(500), ..Memory::default() };
    let mut file = Pcapng::new(full, &about()).expect("the header fits");
    for _ in 0..9 {
        file.packet(&packet(b"hello")).expect("it waits");
    }
    assert_eq!(file.flush().expect_err("full").kind(), std::io::ErrorKind::StorageFull);
}

#[test]
fn the_end_says_what_was_lost() {
    let file = written(&[packet(b"x"), packet(b"y"), Packet { interface: "eth0", ..packet(b"z") }]);
    let statistics: Vec<Vec<(u16, u64)>> = blocks(&file)
        .iter()
        .filter(|block| block.kind == 5)
        .map(|block| {
            let number = |value: &[u8]| u64::from_le_bytes(value.try_into().expect("eight bytes"));
            let options = options(&block.body[12..]);
            options.iter().map(|(code, value)| (*code, number(value))).collect()
        })
        .collect();
    // Dropped by the kernel (5), counted once; in the file (8).
    assert_eq!(statistics, [[(5, 17), (8, 2)], [(5, 0), (8, 1)]]);
}
