//! One side has said its last word and still listens.
#![cfg(test)]

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};

use crate::support::{FUSE, Program};
use crate::tools::{connected, ends_well, missing, start_python};

/// Reads lines until one contains the text.
#[track_caller]
fn until(lines: &mut impl BufRead, text: &str) -> String {
    loop {
        let mut line = String::new();
        let bytes = lines.read_line(&mut line).expect("it can be read");
        assert!(bytes > 0, "the connection ended before {text:?}");
        if line.contains(text) {
            return line;
        }
    }
}

#[test]
fn a_client_that_ended_its_half_still_hears_the_others() {
    for serve in ["events", "threads", "one"] {
        let (mut server, port) = Program::server(&["--serve", serve]);
        let mut raw = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        raw.set_read_timeout(Some(FUSE)).expect("a time");
        let mut hears = BufReader::new(raw.try_clone().expect("a second handle"));
        raw.write_all(b"my last words\n").expect("it takes them");
        raw.shutdown(Shutdown::Write).expect("it is connected");
        let from = raw.local_addr().expect("it is connected");
        assert_eq!(server.until("my last words"), format!("{from}: my last words"));
        let told = server.until("still listens]");
        assert_eq!(told, format!("[{from} has ended its half (FIN) and still listens]"));
        server.type_line("do you hear me?");
        until(&mut hears, ": do you hear me?\n");
        if serve != "one" {
            let mut other = Program::client(port, &["--name", "JS-PC"]);
            server.until("JS-PC has joined");
            for n in 0..100 {
                other.type_line(&format!("line {n}"));
            }
            for n in 0..100 {
                let line = until(&mut hears, "JS-PC: line ");
                assert_eq!(line, format!("JS-PC: line {n}\n"));
            }
            server.type_line("/who");
            server.until("CLOSE-WAIT");
        }
        // Now its other half too.
        drop((raw, hears));
        // A connection that nothing crosses says nothing: whoever speaks to it finds out.
        let gone = format!("[{from} has disconnected]");
        let noticed = (0..1000).any(|_| {
            server.type_line("anybody?");
            server.type_line("/who");
            server.until_any(&[&gone, "Endpoint table", "/who shows"]).contains(&gone)
        });
        assert!(noticed, "{:?}", server.seen());
    }
}

#[test]
fn a_last_line_without_a_line_feed_is_heard_when_the_half_ends() {
    for serve in ["events", "threads"] {
        let (mut server, port) = Program::server(&["--serve", serve]);
        let mut raw = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        raw.write_all(b"a whole line\nand half a line").expect("it takes them");
        raw.shutdown(Shutdown::Write).expect("it is connected");
        let from = raw.local_addr().expect("it is connected");
        assert_eq!(server.until("a whole line"), format!("{from}: a whole line"));
        assert_eq!(server.until("half a line"), format!("{from}: and half a line"));
    }
}

#[test]
fn a_server_that_ends_its_half_first_is_heard_out_and_then_left() {
    if missing("half-closing server", &["python3"]) {
        return;
    }
    let mut server = start_python("half_closing_server.py", &[]);
    let mut client = connected(Program::client(server.port(), &[]));
    server.type_line("go");
    assert_eq!(client.until("last words"), "127.0.0.1: last words from me");
    client.until("The server has closed the connection.");
    ends_well(client);
    server.until("(the client has closed)");
    ends_well(server);
}

#[test]
fn a_client_that_said_its_last_word_and_left_is_gone_for_the_server_too() {
    for serve in ["events", "threads", "one"] {
        let (mut server, port) = Program::server(&["--once", "--serve", serve]);
        let mut client = Program::client(port, &["--linger", "0.5"]);
        client.type_line("only this");
        client.end_input();
        server.until(": only this");
        ends_well(client);
        // Nobody says anything more, and yet the server has to notice.
        server.until("has disconnected]");
        ends_well(server);
    }
}

#[test]
fn one_at_a_time_the_next_is_served_when_a_piped_client_has_left() {
    let (mut server, port) = Program::server(&["--serve", "one"]);
    let mut first = Program::client(port, &["--name", "first", "--linger", "0.5"]);
    first.type_line("from a pipe");
    first.end_input();
    ends_well(first);
    let second = Program::client(port, &["--name", "second"]);
    server.until("[second has joined the chat]");
    drop(second);
}

#[test]
fn a_client_that_leaves_as_soon_as_it_is_connected_has_left() {
    for _ in 0..20 {
        let (server, port) = Program::server(&["--once"]);
        let mut client = Program::client(port, &[]);
        client.type_line("exit");
        ends_well(client);
        ends_well(server);
    }
}
