//! One slow reader must not delay the others for longer than the patience, nor cost memory without
//! limit; and nobody who reads is ever dropped.
#![cfg(test)]

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::net::{self, Peer, Words};
use crate::support::Program;

/// How much memory a server may take for a flood, in kB.
const MEMORY: u64 = 64 * 1024;

/// Line number `n` of a flood: 64 bytes with its line feed.
fn line(n: usize) -> String {
    format!(
        "{n:07} {}",
        "the quick brown fox jumps over the lazy dog, once and again".split_at(55).0
    )
}

fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().spawn(work).expect("a thread")
}

/// Sends lines and counts them; returns the longest time that one send took.
fn flood(peer: &mut Peer, lines: usize, sent: &AtomicUsize, stop: &AtomicBool) -> Duration {
    const AT_ONCE: usize = 10;
    let mut longest = Duration::ZERO;
    let mut n = 0;
    while n < lines && !stop.load(Ordering::Relaxed) {
        let text: String = (n..n + AT_ONCE).map(|n| line(n) + "\n").collect();
        let began = Instant::now();
        peer.stream.write_all(text.as_bytes()).expect("the server reads in the end");
        longest = longest.max(began.elapsed());
        n += AT_ONCE;
        sent.store(n, Ordering::Relaxed);
    }
    longest
}

/// Reads one speaker's flood until `end`: every line, in order, with the speaker's name. Lines of
/// others are passed over. Returns how many there were.
#[track_caller]
fn read_flood(peer: &mut Peer, speaker: &str, end: &str) -> usize {
    let mut count = 0;
    loop {
        let heard = peer.heard().expect("it is not dropped");
        let Some(text) = heard.strip_prefix(speaker).and_then(|rest| rest.strip_prefix(": "))
        else {
            continue;
        };
        if text == end {
            return count;
        }
        assert_eq!(text, line(count), "line {count} of {speaker}");
        count += 1;
    }
}

/// Everything a server printed until its end.
fn ended(mut server: Program) -> Vec<String> {
    server.type_line("exit");
    let (status, lines) = server.finish();
    assert_eq!(status.code(), Some(0));
    assert!(!lines.iter().any(|line| line.contains("panicked")), "a thread panicked");
    lines
}

fn drops(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| line.contains("was dropped")).collect()
}

fn one_who_never_reads(serve: &str) {
    const LINES: usize = 200_000;
    let (mut server, port) = net::serve(serve, &["--patience", "1"]);
    let mut slow = Peer::with_buffers(port, Some(4096), None);
    slow.send(b"\0slow\n");
    server.until("[slow has joined the chat]");
    let words = |n| if n % 3 == 2 { Words::Frames } else { Words::Lines };
    let readers: Vec<Peer> =
        (0..8).map(|n| Peer::silent(port).called(&format!("reader{n}"), words(n))).collect();
    let mut flooder = Peer::with_buffers(port, None, Some(16_384)).called("flooder", Words::Lines);
    let before = net::memory(&server.child);

    let readers: Vec<_> = readers
        .into_iter()
        .map(|mut reader| {
            spawn(move || {
                let count = read_flood(&mut reader, "flooder", "that was all");
                (reader, count)
            })
        })
        .collect();
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let flooding = spawn(move || {
        let longest = flood(&mut flooder, LINES, &counted, &AtomicBool::new(false));
        flooder.say("that was all");
        (flooder, longest)
    });

    server.until("[slow is not reading: who speaks has to wait for it]");
    let drop = server.until("[slow was dropped");
    assert!(drop.contains("it read too little for"), "{drop}");
    let sent_until_then = sent.load(Ordering::Relaxed);
    let (mut flooder, longest) = flooding.join().expect("the flooder sends everything");
    let mut readers: Vec<Peer> = readers
        .into_iter()
        .map(|reader| {
            let (reader, count) = reader.join().expect("the reader hears everything");
            assert_eq!(count, LINES);
            reader
        })
        .collect();
    assert!(
        sent_until_then < LINES && longest > Duration::from_millis(300),
        "nobody slowed the speaker: {sent_until_then} lines were gone when the slow one was \
         dropped after a second, and no send took longer than {longest:?}"
    );
    let most = net::peak_memory(&server.child);
    assert!(most < before + MEMORY, "from {before} kB to {most} kB");

    // The slow one finds its connection ended, with whatever it had been sent before.
    let mut left = Vec::new();
    let _ = slow.stream.read_to_end(&mut left);
    assert!(left.len() < LINES * 64, "it never read, so it cannot have been sent everything");

    // Everybody goes on.
    flooder.say("is everybody still there?");
    for reader in &mut readers {
        assert_eq!(reader.heard().as_deref(), Some("flooder: is everybody still there?"));
    }
    readers[0].say("I am");
    assert_eq!(flooder.until("I am"), "reader0: I am");
    assert_eq!(drops(&ended(server)).len(), 1);
}

#[test]
fn one_who_never_reads_slows_the_speaker_and_is_dropped_and_the_others_hear_all_with_events() {
    one_who_never_reads("events");
}

#[test]
fn one_who_never_reads_slows_the_speaker_and_is_dropped_and_the_others_hear_all_with_threads() {
    one_who_never_reads("threads");
}

fn a_trickle(serve: &str) {
    let (mut server, port) = net::serve(serve, &["--patience", "1"]);
    let mut trickle = Peer::with_buffers(port, Some(4096), None).called("trickle", Words::Lines);
    let mut reader = Peer::named(port, "reader");
    let mut flooder = Peer::with_buffers(port, None, Some(16_384)).called("flooder", Words::Lines);
    let before = net::memory(&server.child);
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, sent) = (Arc::clone(&stop), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&sent);
    // Far more than the system's buffers and the server's queue can hold.
    let flooding = spawn(move || {
        flood(&mut flooder, 400_000, &counted, &stopped);
        flooder.say("that was all");
        flooder
    });
    let dropped = Arc::new(AtomicBool::new(false));
    let is_dropped = Arc::clone(&dropped);
    let trickling = spawn(move || {
        // A few bytes now and then. What its system was given already would last it for minutes.
        let mut few = [0; 500];
        while !is_dropped.load(Ordering::Relaxed)
            && matches!(trickle.stream.read(&mut few), Ok(bytes) if bytes > 0)
        {
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    let reading = spawn(move || {
        let count = read_flood(&mut reader, "flooder", "that was all");
        (reader, count)
    });
    server.until("[trickle was dropped: it read too little for");
    stop.store(true, Ordering::Relaxed);
    let mut flooder = flooding.join().expect("the flooder ends");
    let (mut reader, count) = reading.join().expect("the reader hears everything");
    assert_eq!(count, sent.load(Ordering::Relaxed));
    dropped.store(true, Ordering::Relaxed);
    trickling.join().expect("it ends");
    let most = net::peak_memory(&server.child);
    assert!(most < before + MEMORY, "from {before} kB to {most} kB");
    reader.say("quiet again");
    assert_eq!(flooder.until("quiet"), "reader: quiet again");
    assert_eq!(drops(&ended(server)).len(), 1);
}

#[test]
fn a_reader_that_takes_a_trickle_is_dropped_in_the_end() {
    for serve in net::SEVERAL {
        a_trickle(serve);
    }
}

/// Reads in bursts, with pauses, until it has heard `end`.
fn read_in_bursts(peer: &mut Peer, burst: usize, pause: Duration, end: &str) -> Vec<u8> {
    let (mut all, mut piece) = (Vec::new(), vec![0; burst]);
    loop {
        let mut taken = 0;
        while taken < burst {
            let bytes = peer.stream.read(&mut piece).expect("the server goes on");
            assert!(bytes > 0, "the connection was ended after {} bytes", all.len());
            // The end may have come in two pieces, and an announcement may follow it.
            let tail = all.len().saturating_sub(end.len());
            all.extend_from_slice(&piece[..bytes]);
            taken += bytes;
            if all[tail..].windows(end.len()).any(|part| part == end.as_bytes()) {
                return all;
            }
        }
        thread::park_timeout(pause);
    }
}

#[test]
fn a_slow_reader_whose_pauses_are_shorter_than_the_patience_is_never_dropped() {
    const LINES: usize = 60_000;
    for serve in net::SEVERAL {
        let (server, port) = net::serve(serve, &["--patience", "1"]);
        let mut bursts =
            Peer::with_buffers(port, Some(131_072), None).called("bursts", Words::Lines);
        let mut flooder = Peer::named(port, "flooder");
        let flooding = spawn(move || {
            flood(&mut flooder, LINES, &AtomicUsize::new(0), &AtomicBool::new(false));
            flooder.say("that was all");
            flooder
        });
        let pause = Duration::from_millis(400);
        let all = read_in_bursts(&mut bursts, 524_288, pause, "flooder: that was all\n");
        let text = String::from_utf8(all).expect("text");
        let mut said = text.lines().filter(|line| !line.starts_with('\0'));
        for n in 0..LINES {
            assert_eq!(said.next(), Some(format!("flooder: {}", line(n)).as_str()), "{serve}");
        }
        let mut flooder = flooding.join().expect("the flooder ends");
        bursts.say("still here");
        assert_eq!(flooder.until("still"), "bursts: still here");
        assert_eq!(drops(&ended(server)), Vec::<&String>::new(), "{serve}");
    }
}

#[test]
fn a_slow_reader_of_long_messages_is_never_dropped_while_it_reads() {
    // It reads slowly on purpose: all ways to serve at once.
    thread::scope(|scope| {
        for serve in net::SEVERAL {
            scope.spawn(|| a_slow_reader_of_long_messages_stays(serve));
        }
    });
}

fn a_slow_reader_of_long_messages_stays(serve: &str) {
    const MESSAGES: usize = 8;
    // With its speaker's name it is not longer than a message may be.
    const LENGTH: usize = 1_000_000;
    let (server, port) = net::serve(serve, &["--patience", "1"]);
    let mut slow = Peer::with_buffers(port, Some(32_768), None).called("slow", Words::Lines);
    let mut speaker = Peer::silent(port).called("speaker", Words::Frames);
    let speaking = spawn(move || {
        for letter in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            speaker.say(&letter.repeat(LENGTH));
        }
        speaker.say("that was all");
        speaker
    });
    // Some 640 kB in a second: slow, and at no time idle for as long as the patience.
    let pause = Duration::from_millis(100);
    let all = read_in_bursts(&mut slow, 65_536, pause, "speaker: that was all\n");
    let said = all.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"speaker: "));
    let lengths: Vec<_> = said.map(|line| line.len() - b"speaker: ".len()).collect();
    assert_eq!(lengths[..MESSAGES], [LENGTH; MESSAGES], "{serve}");
    speaking.join().expect("the speaker ends");
    assert_eq!(drops(&ended(server)), Vec::<&String>::new(), "{serve}");
}

#[test]
fn two_who_flood_and_all_who_read_stay() {
    const LINES: usize = 60_000;
    for serve in net::SEVERAL {
        let (server, port) = net::serve(serve, &["--patience", "1"]);
        let people: Vec<Peer> = ["anna", "bert", "carl", "dora", "emil"]
            .into_iter()
            .map(|name| Peer::named(port, name))
            .collect();
        let listening: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(n, peer)| {
                let mut ear = Peer::on(peer.stream.try_clone().expect("a handle"));
                spawn(move || {
                    // What both say comes mixed, so each line is checked against its speaker's count.
                    let mut counts = [0, 0];
                    let mut ends = usize::from(n < 2);
                    while ends < 2 {
                        let heard = ear.heard().expect("nobody is dropped");
                        let (who, text) = heard.split_once(": ").expect("a speaker");
                        if text == "that was all" {
                            ends += 1;
                            continue;
                        }
                        let speaker = usize::from(who == "bert");
                        assert_eq!(text, line(counts[speaker]), "of {who}");
                        counts[speaker] += 1;
                    }
                    counts
                })
            })
            .collect();
        let mut people = people.into_iter();
        let flooding: Vec<_> = people
            .by_ref()
            .take(2)
            .map(|mut flooder| {
                spawn(move || {
                    flood(&mut flooder, LINES, &AtomicUsize::new(0), &AtomicBool::new(false));
                    flooder.say("that was all");
                    flooder
                })
            })
            .collect();
        let others: Vec<Peer> = people.collect();
        let counts: Vec<_> =
            listening.into_iter().map(|ear| ear.join().expect("it hears all")).collect();
        assert_eq!(counts[0], [0, LINES], "{serve}");
        assert_eq!(counts[1], [LINES, 0], "{serve}");
        assert_eq!(counts[2..], [[LINES; 2]; 3], "{serve}");
        for flooder in flooding {
            flooder.join().expect("it sends all");
        }
        assert_eq!(drops(&ended(server)), Vec::<&String>::new(), "{serve}");
        drop(others);
    }
}
