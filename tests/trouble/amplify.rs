//! A few bytes from one member must not become a great many: not in memory, not on the operator's
//! screen, not on the way to the others.
#![cfg(test)]

use std::thread;

use crate::net::{self, Peer, Words, frame};
use crate::support::Program;

#[test]
fn a_name_that_comes_byte_by_byte_does_not_fill_the_screen() {
    const BYTES: usize = 3000;
    for serve in net::SEVERAL {
        let (mut server, port) = net::serve(serve, &[]);
        let mut witness = Peer::named(port, "witness");
        let mut creeping = Peer::silent(port);
        creeping.stream.set_nodelay(true).expect("TCP_NODELAY");
        creeping.send(b"\0");
        for n in 0..BYTES {
            creeping.send(b"a");
            // The server has read that byte: the next one comes in a recv of its own.
            if n % 10 == 0 {
                witness.say("tick");
                server.until("witness: tick");
            }
        }
        creeping.send(b"\nhello\n");
        witness.until("hello");
        server.until(": hello");
        let printed: usize = server.seen().iter().map(String::len).sum();
        assert!(printed < 100 * BYTES, "{serve}: {BYTES} bytes became {printed} on the screen");
    }
}

#[test]
fn the_longest_message_with_a_header_is_still_one_with_the_speakers_name_before_it() {
    for serve in net::SEVERAL {
        let (mut server, port) = net::serve(serve, &[]);
        let mut listener = Program::client(port, &["--framing", "length", "--name", "listener"]);
        server.until("[listener has joined the chat]");
        let mut speaker = Peer::silent(port).called("speaker", Words::Frames);
        // As long as a frame may be: 1 MiB.
        speaker.send(&frame(2, &vec![b'x'; 1 << 20]));
        speaker.say("the next one");
        listener.until("the next one");
    }
}

#[test]
fn a_message_that_grows_when_it_is_made_safe_does_not_break_the_listeners() {
    for serve in net::SEVERAL {
        let (mut server, port) = net::serve(serve, &[]);
        let mut listener = Program::client(port, &["--framing", "length", "--name", "listener"]);
        server.until("[listener has joined the chat]");
        let mut speaker = Peer::silent(port).called("speaker", Words::Frames);
        // Each byte is shown in four characters.
        speaker.send(&frame(2, &vec![0xff; 1 << 20]));
        speaker.say("the next one");
        listener.until("the next one");
    }
}

#[test]
fn empty_lines_of_somebody_with_a_long_name_cost_no_memory_for_each_listener() {
    thread::scope(|scope| {
        for serve in net::SEVERAL {
            scope.spawn(|| empty_lines_cost_no_memory(serve));
        }
    });
}

fn empty_lines_cost_no_memory(serve: &str) {
    const LISTENERS: usize = 30;
    let (mut server, port) = net::serve(serve, &[]);
    // They speak as the handouts' programs do: a host name, no line feed.
    let bare: Vec<Peer> = (0..LISTENERS)
        .map(|n| {
            let mut peer = Peer::silent(port);
            peer.send(format!("bare{n}").as_bytes());
            server.until(&format!("[bare{n} has joined the chat]"));
            peer
        })
        .collect();
    let before = net::memory(&server.child);
    let mut speaker = Peer::silent(port);
    speaker.send(format!("\0{}\n", "\u{1f600}".repeat(63)).as_bytes());
    server.until("has joined the chat]");
    speaker.send(&b"\n".repeat(65_536));
    speaker.send(b"that was all\n");
    server.until("that was all");
    let most = net::peak_memory(&server.child);
    assert!(
        most < before + 128 * 1024,
        "{serve}: 64 KiB of line feeds for {LISTENERS} listeners: from {before} kB to {most} kB"
    );
    drop(bare);
}
