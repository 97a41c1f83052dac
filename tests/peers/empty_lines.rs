//! An empty line: the handouts' programs send nothing for it and then wait in recv. Whoever types
//! one, the talk goes on.
#![cfg(test)]

use crate::support::Program;
use crate::tools::{connected, ends_well, missing, number_at_the_end, start, start_python};

/// Empty lines from both sides, and after each of them both sides are heard.
#[track_caller]
fn goes_on(one: &mut Program, other: &mut Program) {
    for round in 0..2 {
        one.type_line("");
        other.type_line(&format!("other after one, {round}"));
        one.until(&format!("other after one, {round}"));
        one.type_line(&format!("one after one, {round}"));
        other.until(&format!("one after one, {round}"));
        other.type_line("");
        one.type_line(&format!("one after other, {round}"));
        other.until(&format!("one after other, {round}"));
        other.type_line(&format!("other after other, {round}"));
        one.until(&format!("other after other, {round}"));
    }
}

#[test]
fn between_two_netlabs_an_empty_line_is_a_line() {
    for serve in ["events", "threads", "one"] {
        let (mut server, port) = Program::server(&["--serve", serve]);
        let mut client = Program::client(port, &["--name", "JS-PC"]);
        server.until("joined");
        goes_on(&mut client, &mut server);
        client.type_line("");
        assert_eq!(server.until("JS-PC:").trim_end(), "JS-PC:");
        client.type_line("exit");
        ends_well(client);
        server.until("has disconnected]");
    }
}

#[test]
fn an_empty_line_as_the_very_first_is_no_deadlock_with_the_session_layer_server() {
    if missing("empty first line", &["python3"]) {
        return;
    }
    let mut server = start_python("lab05_server.py", &["Andres-PC"]);
    let mut client = connected(Program::client(server.port(), &[]));
    server.until("connected with");
    client.type_line("");
    client.type_line("anybody there?");
    // Whether or not something went out for the empty line, what follows it arrives.
    server.until("(my turn)");
    server.type_line("yes");
    client.until("Andres-PC: yes");
    if !server.seen().iter().any(|line| line.contains("anybody there?")) {
        server.until("anybody there?");
        server.until("(my turn)");
        server.type_line("still yes");
        client.until("Andres-PC: still yes");
    }
    client.type_line("exit");
    ends_well(client);
    ends_well(server);
}

#[test]
fn an_empty_line_to_the_session_layer_server_is_said_to_be_nothing_and_the_talk_goes_on() {
    if missing("empty line, session-layer server", &["python3"]) {
        return;
    }
    let mut server = start_python("lab05_server.py", &["Andres-PC"]);
    let mut client = connected(Program::client(server.port(), &[]));
    server.until("connected with");
    client.type_line("Hello!");
    server.until("(my turn)");
    server.type_line("");
    client.until("Andres-PC: ");
    client.type_line("");
    client.until("nothing was");
    client.type_line("still there?");
    server.until("still there?");
    server.until("(my turn)");
    server.type_line("yes");
    client.until("Andres-PC: yes");
    client.type_line("exit");
    ends_well(client);
    ends_well(server);
}

#[test]
fn an_empty_line_of_the_ports_and_sockets_server_leaves_it_listening_and_the_client_may_speak() {
    if missing("empty line, ports-and-sockets server", &["python3"]) {
        return;
    }
    let mut server = start_python("lab14_server.py", &[]);
    let mut client = connected(Program::client(server.port(), &[]));
    server.until("(my turn)");
    // Nothing goes out for it: now both sides are waiting in recv, and only a netlab can speak.
    server.type_line("");
    client.type_line("say something");
    server.until("say something");
    server.until("(my turn)");
    server.type_line("something");
    client.until("127.0.0.1: something");
    client.type_line("");
    client.until("nothing was");
    client.type_line("more");
    server.until("more");
    server.until("(my turn)");
    server.type_line("more and more");
    client.until("127.0.0.1: more and more");
}

/// The client speaks in turns; both its and the operator's empty lines end no talk.
#[track_caller]
fn goes_on_with_a_client_in_turns(program: &str, name: &str) {
    let (mut server, port) = Program::server(&[]);
    let mut client = start_python(program, &[&port.to_string(), name]);
    client.until("connected from port");
    server.until("has joined the chat]");
    client.type_line("");
    client.until("(waiting in recv)");
    // The student's program has sent nothing and waits. Its partner speaks, and it goes on.
    server.type_line("are you there?");
    client.until("are you there?");
    client.type_line("yes");
    server.until(": yes");
    server.type_line("");
    // The operator's empty line is a message, for it has the operator's name.
    client.type_line("what?");
    server.until(": what?");
    server.type_line("nothing");
    client.until("nothing");
}

#[test]
fn an_empty_line_of_or_to_the_session_layer_client_is_no_deadlock() {
    if !missing("empty line, session-layer client", &["python3"]) {
        goes_on_with_a_client_in_turns("lab05_client.py", "JS-PC");
    }
}

#[test]
fn an_empty_line_of_or_to_the_ports_and_sockets_client_is_no_deadlock() {
    if !missing("empty line, ports-and-sockets client", &["python3"]) {
        goes_on_with_a_client_in_turns("lab14_client.py", "");
    }
}

#[test]
fn empty_lines_between_nc_and_netlab_are_lines() {
    if missing("empty line, nc", &["nc"]) {
        return;
    }
    let mut peer = start("nc", &["-l", "-v", "127.0.0.1", "0"]);
    let port = number_at_the_end(&peer.until("istening on"));
    goes_on(&mut connected(Program::client(port, &[])), &mut peer);
    let (mut server, port) = Program::server(&[]);
    let mut peer = start("nc", &["127.0.0.1", &port.to_string()]);
    server.until("has joined the chat]");
    goes_on(&mut peer, &mut server);
}
