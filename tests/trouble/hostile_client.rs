//! Clients that want to do harm: the server never ends because of them, the others talk on, and
//! nothing that a terminal obeys reaches a screen.
#![cfg(test)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use crate::net::{self, Peer, Random, Words, frame};
use crate::support::{FUSE, Program, skip};

const EVERY_WAY: [&str; 3] = ["one", "threads", "events"];

/// Somebody in the room who reads all the time, keeps every byte, and talks.
struct Witness {
    stream: TcpStream,
    lines: Receiver<String>,
    reading: JoinHandle<Vec<u8>>,
}

impl Witness {
    fn new(port: u16, name: &str) -> Self {
        let stream = Peer::named(port, name).stream;
        let input = stream.try_clone().expect("a handle");
        input.set_read_timeout(None).expect("no limit");
        let (tell, lines) = channel();
        let work = move || {
            let (mut reader, mut all, mut line) = (BufReader::new(input), Vec::new(), Vec::new());
            while matches!(reader.read_until(b'\n', &mut line), Ok(n) if n > 0) {
                let _ = tell.send(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned());
                all.append(&mut line);
            }
            all
        };
        let reading = thread::Builder::new().spawn(work).expect("a thread");
        Self { stream, lines, reading }
    }

    fn say(&mut self, text: &str) {
        self.stream.write_all(format!("{text}\n").as_bytes()).expect("it is in the room");
    }

    /// Waits for a line with that text.
    #[track_caller]
    fn until(&self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(FUSE) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(why) => panic!("the witness never heard {text:?} ({why})"),
            }
        }
    }

    /// Everything it was sent until the room was closed.
    fn all(self) -> Vec<u8> {
        self.reading.join().expect("it reads to the end")
    }
}

/// A room under attack.
struct Room {
    how: &'static str,
    server: Program,
    port: u16,
    /// Nobody with `--serve one`: there only one client is in the room.
    witnesses: Vec<Witness>,
    /// What newcomers speak.
    words: Words,
    count: usize,
}

impl Room {
    fn open(how: &'static str, arguments: &[&str]) -> Self {
        let (server, port) = net::serve(how, arguments);
        let names: &[&str] = if how == "one" { &[] } else { &["anna", "bert"] };
        let witnesses = names.iter().map(|name| Witness::new(port, name)).collect();
        Self { how, server, port, witnesses, words: Words::Lines, count: 0 }
    }

    /// A server for another framing. Everybody who hears whether it is alive is a newcomer.
    fn with_framing(how: &'static str, framing: &str, words: Words) -> Self {
        let (server, port) = net::serve(how, &["--framing", framing]);
        Self { how, server, port, witnesses: Vec::new(), words, count: 0 }
    }

    /// Whoever is in the room, and the operator, hear each other.
    #[track_caller]
    fn is_alive(&mut self, after: &str) {
        self.count += 1;
        let word = format!("word {} after {after}", self.count);
        if let [anna, bert] = &mut self.witnesses[..] {
            anna.say(&word);
            assert_eq!(bert.until(&word), format!("anna: {word}"));
        } else {
            let name = format!("next{}", self.count);
            let mut next = Peer::silent(self.port).called(&name, self.words);
            next.say(&word);
            self.server.until(&word);
            self.server.type_line(&format!("answer to {word}"));
            next.until(&format!("answer to {word}"));
            return;
        }
        self.server.until(&word);
        self.server.type_line(&format!("answer to {word}"));
        for witness in &self.witnesses {
            witness.until(&format!("answer to {word}"));
        }
    }

    /// Ends the server, and looks at every byte that came out of it.
    #[track_caller]
    fn close(mut self) -> Vec<String> {
        let how = self.how;
        self.server.type_line("exit");
        let (status, lines) = self.server.finish();
        assert_eq!(status.code(), Some(0), "{how}");
        for line in &lines {
            assert!(!line.contains("panicked"), "{how}: {line}");
            assert_eq!(net::hostile(line.as_bytes()), None, "{how}, on the server's screen");
            // What was not UTF-8 was made so by the test's reader, with this sign.
            assert!(!line.contains('\u{fffd}'), "{how}: not UTF-8: {line}");
        }
        for witness in self.witnesses {
            for line in witness.all().split(|byte| *byte == b'\n') {
                // A line of netlab's own begins with NUL.
                let text = line.strip_prefix(b"\0").unwrap_or(line);
                assert_eq!(net::hostile(text), None, "{how}, to another client");
            }
        }
        lines
    }
}

/// Sends what it can: a server that has had enough may have closed.
fn attack(port: u16, bytes: &[u8]) -> Peer {
    let mut peer = Peer::silent(port);
    let _ = peer.stream.write_all(bytes);
    peer
}

#[test]
fn hostile_text_reaches_no_screen_and_no_other_client_as_it_is() {
    // Each waits most of the time, to see whether what came was all.
    thread::scope(|scope| {
        for how in EVERY_WAY {
            scope.spawn(|| hostile_text_reaches_nobody(how));
        }
    });
}

fn hostile_text_reaches_nobody(how: &'static str) {
    let mut room = Room::open(how, &[]);
    for (what, text) in net::nasty_texts() {
        let line = [&text[..], b"\n"].concat();
        let all: [(&str, Vec<u8>); 6] = [
            ("as a line", line.clone()),
            ("as bare text", text.clone()),
            ("from a netlab", [b"\0mallory\n", &line[..]].concat()),
            ("as a name", [b"\0", &line[..], b"hello\n"].concat()),
            ("in frames", [frame(1, &text), frame(2, &text), frame(3, &text)].concat()),
            ("as an announcement", [b"\0mallory\n\0*", &line[..]].concat()),
        ];
        for (way, bytes) in all {
            let peer = attack(room.port, &bytes);
            peer.end();
            drop(peer);
            room.is_alive(&format!("{what} {way}"));
        }
    }
    room.close();
}

#[test]
fn a_megabyte_without_a_line_feed_arrives_whole_in_pieces() {
    // Characters of one, two, three and four bytes, so that a careless cut would show.
    let text: String = "aé你🙂".chars().cycle().take(400_000).collect();
    for how in ["threads", "events"] {
        let mut room = Room::open(how, &[]);
        let mut listener = Peer::named(room.port, "listener");
        let mut peer = Peer::named(room.port, "mallory");
        let listening = thread::Builder::new()
            .spawn(move || {
                let mut whole = String::new();
                loop {
                    let heard = listener.heard().expect("it stays");
                    let Some(piece) = heard.strip_prefix("mallory: ") else { continue };
                    if piece == "the next line" {
                        return whole;
                    }
                    whole.push_str(piece);
                }
            })
            .expect("a thread");
        peer.say(&text);
        peer.say("the next line");
        let whole = listening.join().expect("it hears everything");
        assert_eq!(whole.len(), text.len(), "{how}");
        assert!(whole == text, "{how}: the text was changed");
        room.is_alive("a megabyte");
        room.close();
    }
    let mut room = Room::open("one", &[]);
    attack(room.port, text.as_bytes()).end();
    room.is_alive("a megabyte");
    room.close();
}

#[test]
fn tricks_with_names_and_leaves_harm_nobody() {
    let long = "n".repeat(200_000);
    let tricks: Vec<(&str, Vec<u8>)> = vec![
        ("an empty name", b"\0\nhello\n".to_vec()),
        ("only NUL", b"\0".to_vec()),
        ("a very long name", format!("\0{long}\nhello\n").into_bytes()),
        ("a very long name that never ends", format!("\0{long}").into_bytes()),
        ("spaces for a name", b"\0   \t  \nhello\n".to_vec()),
        ("a thousand names", (0..1000).flat_map(|n| format!("\0name{n}\n").into_bytes()).collect()),
        ("the same name again and again", b"\0same\n".repeat(1000)),
        ("leaving and then talking", b"\0mallory\n\0\nstill here\n\0\n\0\nand here\n".to_vec()),
        ("leaving at once", b"\0\n".to_vec()),
        ("an announcement before a name", b"\0*[anna has disconnected]\nhello\n".to_vec()),
        ("a name of NULs", b"\0\0\0\0\n\0\0\n".to_vec()),
        ("a name with CR", b"\0mallory\r\nhello\r\n".to_vec()),
        ("a name in a frame of 1 MiB", frame(1, &vec![b'x'; 1 << 20])),
        ("a name of half a character", b"\0mall\xc3\nhello\n".to_vec()),
    ];
    for how in EVERY_WAY {
        let mut room = Room::open(how, &[]);
        for (what, bytes) in &tricks {
            attack(room.port, bytes).end();
            room.is_alive(what);
            attack(room.port, bytes).reset();
            room.is_alive(what);
        }
        let lines = room.close();
        let longest = lines.iter().map(String::len).max().unwrap_or_default();
        assert!(longest < 100_000, "{how}: a line of {longest} bytes on the operator's screen");
    }
}

#[test]
fn a_name_that_is_changed_later_is_the_name_from_then_on() {
    for how in ["threads", "events"] {
        let mut room = Room::open(how, &[]);
        let mut peer = Peer::named(room.port, "mallory");
        let mut listener = Peer::named(room.port, "listener");
        peer.say("one");
        assert_eq!(listener.until("one"), "mallory: one");
        peer.send(b"\0alice\ntwo\n");
        assert_eq!(listener.until("two"), "alice: two");
        // A name that somebody has is nobody else's.
        peer.send(b"\0listener\nthree\n");
        assert_eq!(listener.until("three"), "listener-2: three");
        drop(peer);
        room.server.until("[listener-2 has disconnected");
        room.is_alive("three names");
        room.close();
    }
}

#[test]
fn nobody_can_announce_in_the_servers_name() {
    for how in ["threads", "events"] {
        let mut room = Room::open(how, &[]);
        let mut listener = Peer::named(room.port, "listener").keeping();
        let mut peer = Peer::named(room.port, "mallory");
        peer.send(b"\0*[the server is closing]\n");
        peer.send(&frame(3, b"[the server is closing]"));
        peer.say("");
        peer.say("that was all");
        listener.until("that was all");
        let all = listener.bytes.take().expect("it kept them");
        for line in all.split(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            assert!(
                !text.contains("closing") || text.starts_with("mallory: "),
                "{how}: {text:?} looks like the server's"
            );
        }
        room.is_alive("forged announcements");
        room.close();
    }
}

#[test]
fn frames_that_lie_harm_nobody() {
    let hello = frame(1, b"mallory");
    let after = |bytes: &[u8]| [&hello[..], bytes].concat();
    let tricks: Vec<(&str, Vec<u8>)> = vec![
        ("a huge name announced", b"\x01\xff\xff\xffabc".to_vec()),
        ("a huge text announced", after(b"\x02\xff\xff\xffabc")),
        ("just more than is allowed", after(b"\x02\x10\x00\x01abc")),
        ("an empty name", b"\x01\0\0\0\x02\0\0\x02hi".to_vec()),
        ("a hundred thousand empty texts", after(&b"\x02\0\0\0".repeat(100_000))),
        ("type 0", after(b"\0\0\0\x02hi")),
        ("type 5", after(b"\x05\0\0\x02hi")),
        ("type 255", after(b"\xff\0\0\x02hi")),
        ("a cut header", after(b"\x02\0")),
        ("a cut text", after(b"\x02\0\0\x09half")),
        ("lines after frames", after(b"hello\nyou\n")),
        ("leaving with a text", after(b"\x04\0\0\x02hi\x02\0\0\x02hi")),
        ("text before a name", b"\x02\0\0\x02hi\x01\0\0\x02me".to_vec()),
    ];
    for how in EVERY_WAY {
        for mut room in [Room::open(how, &[]), Room::with_framing(how, "length", Words::Frames)] {
            let before = net::memory(&room.server.child);
            for (what, bytes) in &tricks {
                attack(room.port, bytes).end();
                room.is_alive(what);
                attack(room.port, bytes).reset();
                room.is_alive(what);
            }
            // Announced memory is not taken: twenty who announce 1 MiB each and send a few bytes.
            let waiting: Vec<Peer> = (0..if how == "one" { 1 } else { 20 })
                .map(|_| attack(room.port, &after(b"\x02\x10\0\0few")))
                .collect();
            let most = net::peak_memory(&room.server.child);
            assert!(most < before + 16 * 1024, "{how}: from {before} kB to {most} kB");
            drop(waiting);
            room.is_alive("twenty promises");
            room.close();
        }
    }
}

#[test]
fn random_bytes_harm_nobody_whatever_the_framing() {
    for how in EVERY_WAY {
        for framing in ["auto", "none", "line"] {
            let mut random = Random(0x2545_f491_4f6c_dd1d);
            let mut room = match framing {
                "none" => Room::with_framing(how, framing, Words::Lines),
                _ => Room::open(how, &["--framing", framing]),
            };
            for round in 0..40 {
                let length = 1 + (random.next() % 4096) as usize;
                let mut bytes = random.bytes(length);
                // A beginning that means something leads further in.
                let beginnings: [&[u8]; 4] = [b"", b"\0", b"\x01\0\0\x02me", b"line\n"];
                bytes.splice(..0, beginnings[round % 4].iter().copied());
                let peer = attack(room.port, &bytes);
                match random.next() % 3 {
                    0 => peer.reset(),
                    1 => peer.end(),
                    _ => drop(peer),
                }
            }
            if framing == "none" {
                // Witnesses speak lines, which this server does not know: the process has to live.
                attack(room.port, b"somebody").end();
                room.server.type_line("exit");
                let (status, lines) = room.server.finish();
                assert_eq!(status.code(), Some(0), "{how}");
                for line in lines {
                    assert!(!line.contains("panicked"), "{how}: {line}");
                    assert_eq!(net::hostile(line.as_bytes()), None, "{how}");
                }
                continue;
            }
            room.is_alive("random bytes");
            room.close();
        }
    }
}

#[test]
fn a_reset_in_the_middle_of_a_message_ends_only_its_sender() {
    for how in EVERY_WAY {
        let mut room = Room::open(how, &[]);
        for bytes in
            [&b"half a line"[..], b"\0half a name", b"\0mallory\nhalf", b"\x01\0\0\x09half", b""]
        {
            for _ in 0..10 {
                attack(room.port, bytes).reset();
            }
            room.is_alive("resets");
        }
        room.close();
    }
}

#[test]
fn a_storm_of_connections_that_close_at_once_passes() {
    for how in EVERY_WAY {
        let mut room = Room::open(how, &[]);
        room.is_alive("nothing");
        let before = net::descriptors(&room.server.child);
        for n in 0..2000 {
            let peer = Peer::silent(room.port);
            if n % 2 == 0 {
                peer.reset();
            }
        }
        room.is_alive("a storm");
        net::wait_until("the descriptors of the storm are closed", || {
            net::descriptors(&room.server.child) <= before + 2
        });
        room.close();
    }
}

#[test]
fn five_thousand_who_say_nothing_do_not_disturb_a_talk() {
    const SILENT: usize = 5000;
    let limit = net::raise_descriptor_limit();
    if limit < 4 * SILENT as u64 {
        return skip(
            "five_thousand_who_say_nothing_do_not_disturb_a_talk",
            &format!("only {limit} descriptors are permitted"),
        );
    }
    for how in net::SEVERAL {
        let mut room = Room::open(how, &[]);
        let before = net::memory(&room.server.child);
        let few = net::descriptors(&room.server.child);
        let silent: Vec<_> = (0..SILENT).map(|_| Peer::silent(room.port).stream).collect();
        net::wait_until("all of them are accepted", || {
            net::descriptors(&room.server.child) >= few + SILENT
        });
        room.is_alive("five thousand came");
        let most = net::peak_memory(&room.server.child);
        // A buffer of 64 KiB for each would be too much; a thread's stack and a record are not.
        assert!(
            most < before + 48 * SILENT as u64,
            "{how}: from {before} kB to {most} kB for {SILENT} connections"
        );
        drop(silent);
        net::wait_until("all of them are gone", || {
            net::descriptors(&room.server.child) <= few + 10
        });
        room.is_alive("five thousand left");
        room.close();
    }
}
