//! Each option of the chat: visible in the output, and in effect.
#![cfg(test)]

use std::io::Write;
use std::net::TcpListener;

use crate::support::Program;
use crate::tools::{connected, ends_well, events, free_port, json_port, start_netlab, until_event};

/// A pair with the same arguments, and the name of the client; everybody has joined.
fn pair(arguments: &[&str]) -> (Program, Program) {
    let (mut server, port) = Program::server(&[&["--name", "Host"], arguments].concat());
    let client = Program::client(port, &[&["--name", "JS-PC"], arguments].concat());
    server.until("[JS-PC has joined the chat]");
    (server, connected(client))
}

#[test]
fn every_framing_is_named_and_carries_the_talk_both_ways() {
    for framing in ["auto", "none", "line", "length"] {
        let (mut server, mut client) = pair(&["--framing", framing]);
        let named = |lines: &[String]| {
            let mut words = lines.iter().map(|line| line.split_whitespace());
            words.any(|mut words| (words.next(), words.next()) == (Some("Framing"), Some(framing)))
        };
        assert!(named(server.seen()), "{:?}", server.seen());
        assert!(named(client.seen()), "{:?}", client.seen());
        // Each waits for the other: without borders, two messages at once may become one.
        for n in 0..5 {
            client.type_line(&format!("grüße {n}"));
            assert_eq!(server.until("grüße"), format!("JS-PC: grüße {n}"), "{framing}");
            server.type_line(&format!("danke {n}"));
            assert_eq!(client.until("danke"), format!("Host: danke {n}"), "{framing}");
        }
        client.type_line("exit");
        ends_well(client);
        assert_eq!(server.until("disconnected"), "[JS-PC has disconnected]");
    }
}

#[test]
fn a_name_and_a_message_that_arrive_together_are_a_name_and_a_message() {
    for framing in ["auto", "line"] {
        // What a netlab server sends, in one piece for sure.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let mut client = Program::client(port, &["--framing", framing]);
        let (mut raw, _) = listener.accept().expect("the client comes");
        raw.write_all("\0Host\nHost: together\n".as_bytes()).expect("it takes them");
        assert_eq!(client.until("together"), "Host: together", "{framing}");
    }
}

#[test]
fn framings_with_borders_keep_many_messages_apart_at_any_speed() {
    for framing in ["auto", "line", "length"] {
        let (mut server, mut client) = pair(&["--framing", framing, "--buffer", "7"]);
        for n in 0..200 {
            client.type_line(&format!("to the server {n}"));
            server.type_line(&format!("to the client {n}"));
        }
        for n in 0..200 {
            assert_eq!(server.until("to the server"), format!("JS-PC: to the server {n}"));
            assert_eq!(client.until("to the client"), format!("Host: to the client {n}"));
        }
    }
}

#[test]
fn a_client_with_length_framing_is_understood_by_a_server_that_finds_out() {
    let (mut server, port) = Program::server(&["--name", "Host", "--explain"]);
    let mut frames = Program::client(port, &["--name", "JS-PC", "--framing", "length"]);
    server.until("frames with a length");
    server.until("[JS-PC has joined the chat]");
    let mut lines = Program::client(port, &["--name", "AH-PC"]);
    server.until("[AH-PC has joined the chat]");
    frames.type_line("in a frame: grüße");
    assert_eq!(lines.until("in a frame"), "JS-PC: in a frame: grüße");
    assert_eq!(server.until("JS-PC: in a frame"), "JS-PC: in a frame: grüße");
    lines.type_line("in a line");
    assert_eq!(frames.until("in a line"), "AH-PC: in a line");
    server.type_line("to both");
    assert_eq!(frames.until("to both"), "Host: to both");
    assert_eq!(lines.until("to both"), "Host: to both");
}

#[test]
fn a_length_header_is_drawn_field_by_field() {
    let (server, mut client) = pair(&["--framing", "length", "--explain"]);
    client.type_line("Hello!");
    client.until("header sent");
    let values = client.until("02");
    assert!(values.contains("00 00 06"), "{values}");
    let meaning = client.until("type text");
    assert!(meaning.contains("length 6"), "{meaning}");
    drop(server);
}

#[test]
fn without_borders_a_small_buffer_cuts_a_message_in_pieces() {
    let (mut server, mut client) = pair(&["--framing", "none", "--buffer", "5"]);
    client.type_line("Hello, world");
    for piece in ["Hello", ", wor", "ld"] {
        assert_eq!(server.until("JS-PC: "), format!("JS-PC: {piece}"));
    }
}

#[test]
fn a_small_buffer_is_what_recv_asks_for_and_cuts_no_line() {
    for serve in ["events", "threads"] {
        let mut server = start_netlab(&[
            "tcp-server",
            "0",
            "--bind",
            "127.0.0.1",
            "--serve",
            serve,
            "--buffer",
            "5",
            "--format",
            "json",
        ]);
        let port = json_port(&mut server);
        let mut client = Program::client(port, &["--buffer", "5"]);
        client.until("Destination port");
        let told = client.seen().iter().any(|line| line.contains("Buffer       5 "));
        assert!(told, "{:?}", client.seen());
        until_event(&mut server, "joined");
        client.type_line("longer than five bytes");
        server.until(r#""text":"longer than five bytes""#);
        server.type_line("an answer of many bytes");
        assert!(client.until("an answer").ends_with(": an answer of many bytes"));
        server.type_line("exit");
        let lines = ends_well(server);
        assert_eq!(events(&lines, "listening")[0]["buffer"], 5);
        let calls = events(&lines, "call");
        let received: Vec<_> = calls.iter().filter(|call| call["call"] == "recv").collect();
        let asked =
            |text: &str| received.iter().filter(|c| c["text"].as_str() == Some(text)).count();
        assert!(asked("recv(5) = 5") >= 4, "{received:?}");
        let most = received.iter().filter_map(|call| call["result"].as_i64()).max();
        assert_eq!(most, Some(5), "{received:?}");
    }
}

#[test]
fn in_half_dialog_turns_alternate_and_what_is_typed_out_of_turn_is_kept() {
    let (mut server, mut client) = pair(&["--dialog", "half"]);
    client.type_line("one from the client");
    client.until("[their turn: waiting in recv]");
    for line in ["two from the client", "three from the client"] {
        client.type_line(line);
        client.until("not your turn");
    }
    for count in ["one", "two", "three"] {
        let said = format!("{count} from the client");
        assert_eq!(server.until("from the client"), format!("JS-PC: {said}"));
        server.until("[your turn: send]");
        let answer = format!("{count} from the server");
        server.type_line(&answer);
        assert_eq!(client.until("from the server"), format!("Host: {answer}"));
    }
    client.until("[your turn: send]");
    // Leaving out of turn waits for the turn too.
    client.type_line("four from the client");
    client.until("[their turn: waiting in recv]");
    client.type_line("exit");
    server.until("four from the client");
    server.type_line("four from the server");
    client.until("four from the server");
    let lines = ends_well(client);
    assert!(lines.iter().any(|line| line == "Disconnected from server."));
    server.until("[JS-PC has disconnected]");
}

#[test]
fn in_half_dialog_the_client_begins_and_what_the_operator_typed_before_is_kept() {
    let (mut server, mut client) = pair(&["--dialog", "half"]);
    for line in ["early", "and earlier"] {
        server.type_line(line);
        server.until("not your turn");
    }
    client.type_line("first");
    assert_eq!(server.until(": first"), "JS-PC: first");
    assert_eq!(client.until("early"), "Host: early");
    client.until("[your turn: send]");
    client.type_line("second");
    assert_eq!(server.until(": second"), "JS-PC: second");
    assert_eq!(client.until("earlier"), "Host: and earlier");
}

#[test]
fn in_half_dialog_lines_from_a_pipe_take_their_turns_one_by_one() {
    let (mut server, mut client) = pair(&["--dialog", "half"]);
    let mut pipe = client.take_stdin();
    pipe.write_all(b"line 1\nline 2\nline 3\nexit\n").expect("it takes them");
    for n in 1..=3 {
        assert_eq!(server.until("JS-PC: line"), format!("JS-PC: line {n}"));
        server.type_line(&format!("answer {n}"));
        assert_eq!(client.until("Host: "), format!("Host: answer {n}"));
    }
    server.until("[JS-PC has disconnected]");
    ends_well(client);
}

#[test]
fn connect_ex_prints_a_number_instead_of_an_error() {
    let port = free_port().to_string();
    let (status, lines) =
        start_netlab(&["tcp-client", "127.0.0.1", &port, "--connect-ex"]).finish();
    assert_eq!(status.code(), Some(1));
    let refused = number_of_refused();
    let answer = format!("connect_ex(127.0.0.1:{port}) = {refused}");
    assert!(lines.contains(&answer), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("error")), "{lines:?}");

    let (mut server, port) = Program::server(&[]);
    let mut client = Program::client(port, &["--connect-ex"]);
    client.until(&format!("connect_ex(127.0.0.1:{port}) = 0"));
    server.until("has joined the chat]");
    client.type_line("connected all the same");
    server.until(": connected all the same");
    client.type_line("exit");
    ends_well(client);
}

/// The number of "connection refused" on this system, asked of the system itself.
fn number_of_refused() -> i32 {
    let refused = std::net::TcpStream::connect(("127.0.0.1", free_port()));
    refused.expect_err("nobody listens").raw_os_error().expect("the system's number")
}

#[test]
fn who_comes_when_all_places_are_taken_is_turned_away_and_told_so() {
    for serve in ["events", "threads"] {
        let (mut server, port) = Program::server(&["--serve", serve, "--max-clients", "1"]);
        server.until("Waiting for a client");
        let told = server.seen().iter().any(|line| line.contains("Max clients  1 "));
        assert!(told, "{:?}", server.seen());
        let mut first = Program::client(port, &["--name", "first"]);
        server.until("[first has joined the chat]");
        let mut second = Program::client(port, &["--name", "second"]);
        server.until("was turned away: 1 of 1 places are taken");
        second.until("the room is full: 1 of 1 places are taken");
        second.until("The server has closed the connection.");
        ends_well(second);
        first.type_line("I am still here");
        server.until("first: I am still here");
        first.type_line("exit");
        ends_well(first);
        server.until("[first has disconnected]");
        // Its place is free again.
        let third = Program::client(port, &["--name", "third"]);
        server.until("[third has joined the chat]");
        drop(third);
    }
}

#[test]
fn who_is_here_is_shown_as_a_table_however_often_somebody_asks() {
    let (mut server, _client) = pair(&[]);
    server.until("Destination port");
    for _ in 0..5 {
        server.type_line("/who");
        let line = server.until_any(&["Endpoint table", "/who shows"]);
        assert!(line.contains("Endpoint table"), "{line}");
        server.until("Destination port");
    }
}

#[test]
fn once_means_that_the_server_ends_when_its_client_has_left() {
    for serve in ["events", "threads", "one"] {
        let (mut server, port) = Program::server(&["--once", "--serve", serve]);
        let mut client = Program::client(port, &[]);
        server.until("has joined the chat]");
        client.type_line("only me");
        server.until(": only me");
        client.type_line("exit");
        ends_well(client);
        let lines = ends_well(server);
        assert!(lines.iter().any(|line| line.contains("Once         yes")), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("the server ends (--once)")), "{lines:?}");
    }
}

#[test]
fn who_says_nothing_for_the_time_of_timeout_is_dropped_and_who_speaks_is_not() {
    for serve in ["events", "threads"] {
        let (mut server, port) = Program::server(&["--timeout", "1.5", "--serve", serve]);
        server.until("Waiting for a client");
        let told = server.seen().iter().any(|line| line.contains("Timeout      1.5 s"));
        assert!(told, "{:?}", server.seen());
        let mut silent = Program::client(port, &["--name", "silent"]);
        server.until("[silent has joined the chat]");
        let mut lively = Program::client(port, &["--name", "lively"]);
        server.until("[lively has joined the chat]");
        // The lively one says a word whenever a word of it has arrived, until the silent one is gone.
        loop {
            lively.type_line("still here");
            let line = server.until_any(&["lively: still here", "was dropped"]);
            if line.contains("was dropped") {
                assert!(line.starts_with("[silent was dropped: it said nothing for"), "{line}");
                break;
            }
        }
        silent.until("The server has closed the connection.");
        ends_well(silent);
        lively.type_line("and still");
        server.until("lively: and still");
    }
}

#[test]
fn one_at_a_time_the_next_client_waits_in_the_backlog() {
    let (mut server, port) = Program::server(&["--serve", "one"]);
    let mut first = Program::client(port, &["--name", "first"]);
    server.until("[first has joined the chat]");
    // The kernel shakes hands with the second; the program has not accepted it yet.
    let mut second = connected(Program::client(port, &["--name", "second"]));
    second.type_line("patience");
    first.type_line("me first");
    server.until("first: me first");
    assert!(!server.seen().iter().any(|line| line.contains("second")), "{:?}", server.seen());
    first.type_line("exit");
    ends_well(first);
    server.until("[first has disconnected]");
    server.until("[second has joined the chat]");
    assert_eq!(server.until("patience"), "second: patience");
}
