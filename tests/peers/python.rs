//! The handouts' Python programs: a host name first, one recv is one message, strict turns.
#![cfg(test)]

use crate::support::Program;
use crate::tools::{
    connected, ends_well, host_name, missing, number_at_the_end, shown, source_port, start_python,
};

/// Waits until the Python server has shown a message and sits at its `input()`. Gives the message.
///
/// The first message of a netlab begins with the line feed that ends its name: only so can a netlab
/// at the other end tell the two apart when they arrive together. So white space around is not
/// compared, and everything else is.
#[track_caller]
fn message_before_turn(server: &mut Program) -> String {
    let before = server.seen().len();
    server.until("(my turn)");
    let lines = &server.seen()[before..];
    shown(lines[..lines.len() - 1].join(" ").trim())
}

#[track_caller]
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[track_caller]
fn talk_to_the_session_layer_server(name: &str, flags: &[&str]) {
    let mut server = start_python("lab05_server.py", &["Andres-PC"]);
    let mut client = Program::client(server.port(), flags);
    let port = source_port(&mut client);
    let hello = shown(&server.until("connected with"));
    assert_eq!(hello, format!("{name} connected with IP Address 127.0.0.1 from Port {port}"));
    for (said, answer) in [("Hello!", "Welcome, grüß dich"), ("Good bye!", "See you")] {
        client.type_line(said);
        let message = message_before_turn(&mut server);
        assert_eq!(words(&message), words(&format!("{name}: {said}")));
        server.type_line(answer);
        assert_eq!(client.until(answer), format!("Andres-PC: {answer}"));
    }
    client.type_line("exit");
    server.until("(the client has closed)");
    ends_well(server);
    let lines = ends_well(client);
    assert!(lines.iter().any(|line| line == "Disconnected from server."));
}

#[test]
fn the_session_layer_server_hears_this_machines_name_and_then_talks_in_turns() {
    if missing("session-layer server", &["python3"]) {
        return;
    }
    talk_to_the_session_layer_server(&host_name(), &[]);
}

#[test]
fn the_session_layer_server_hears_a_name_that_was_chosen() {
    if missing("session-layer server, chosen name", &["python3"]) {
        return;
    }
    talk_to_the_session_layer_server("JS-PC", &["--name", "JS-PC"]);
}

#[track_caller]
fn talk_with_the_session_layer_client(name: &str, flags: &[&str]) {
    let (mut server, port) = Program::server(flags);
    let mut client = start_python("lab05_client.py", &[&port.to_string(), name]);
    let source = number_at_the_end(&client.until("connected from port"));
    let hello = server.until("connected with");
    assert_eq!(hello, format!("{name} connected with IP address 127.0.0.1 from port {source}"));
    assert_eq!(server.until("joined"), format!("[{name} has joined the chat]"));
    for (said, answer) in [("Hello!", "Welcome, grüß dich"), ("Good bye!", "See you")] {
        client.type_line(said);
        assert_eq!(server.until(said), format!("{name}: {said}"));
        server.type_line(answer);
        assert_eq!(client.until(answer), format!("{}: {answer}", host_name()));
    }
    client.type_line("exit");
    assert_eq!(server.until("disconnected"), format!("[{name} has disconnected]"));
    ends_well(client);
    server.type_line("exit");
    ends_well(server);
}

#[test]
fn the_session_layer_client_is_known_by_its_host_name_and_talks_in_turns() {
    if missing("session-layer client", &["python3"]) {
        return;
    }
    for name in [host_name().as_str(), "JS-PC", "pc-01.lab_3.example.org", "Jürgens-PC"] {
        talk_with_the_session_layer_client(name, &[]);
    }
}

#[test]
fn the_session_layer_client_is_served_by_threads_and_one_at_a_time_as_well() {
    if missing("session-layer client, other servers", &["python3"]) {
        return;
    }
    talk_with_the_session_layer_client("JS-PC", &["--serve", "threads"]);
    talk_with_the_session_layer_client("JS-PC", &["--serve", "one"]);
}

#[test]
fn two_session_layer_clients_and_a_netlab_hear_each_other() {
    if missing("two session-layer clients", &["python3"]) {
        return;
    }
    let (mut server, port) = Program::server(&[]);
    let join = |name: &str, server: &mut Program| {
        let mut client = start_python("lab05_client.py", &[&port.to_string(), name]);
        client.until("connected from port");
        server.until(&format!("{name} has joined"));
        client
    };
    let mut first = join("PC-1", &mut server);
    let mut second = join("PC-2", &mut server);
    let mut netlab = Program::client(port, &["--name", "PC-3"]);
    server.until("PC-3 has joined");
    // Each takes its turn: speaks, and is answered by what the next one says.
    first.type_line("from one");
    assert_eq!(netlab.until("from one"), "PC-1: from one");
    second.type_line("from two");
    assert_eq!(first.until("from two"), "PC-2: from two");
    assert_eq!(second.until("from one"), "PC-1: from one");
    netlab.type_line("from three");
    first.type_line("again");
    assert_eq!(first.until("from three"), "PC-3: from three");
    assert_eq!(server.until("again"), "PC-1: again");
}

#[test]
fn the_ports_and_sockets_server_answers_the_name_and_every_message() {
    if missing("ports-and-sockets server", &["python3"]) {
        return;
    }
    let mut server = start_python("lab14_server.py", &[]);
    let mut client = Program::client(server.port(), &[]);
    let port = source_port(&mut client);
    server.until(&format!("Connection from: ('127.0.0.1', {port})"));
    // It knows no names, so the name is its first message, and it answers that.
    let first = message_before_turn(&mut server);
    assert_eq!(first, format!("from connected user: {}", host_name()));
    server.type_line("Who is there?");
    client.until(": Who is there?");
    for (said, answer) in [("How are you?", "Good"), ("Awesome ✓", "Ok then")] {
        client.type_line(said);
        let message = message_before_turn(&mut server);
        assert_eq!(message, format!("from connected user: {said}"));
        server.type_line(answer);
        assert_eq!(client.until(answer), format!("127.0.0.1: {answer}"));
    }
    client.type_line("bye");
    server.until("(the client has closed)");
    ends_well(server);
    ends_well(client);
}

#[test]
fn the_ports_and_sockets_server_may_be_spoken_to_before_it_answers() {
    if missing("ports-and-sockets server, spoken to first", &["python3"]) {
        return;
    }
    let mut server = start_python("lab14_server.py", &[]);
    let mut client = connected(Program::client(server.port(), &[]));
    server.until("Connection from");
    client.type_line("Hi");
    let first = message_before_turn(&mut server);
    assert!(first.starts_with(&format!("from connected user: {}", host_name())), "{first}");
    server.type_line("one");
    assert_eq!(client.until(": one"), "127.0.0.1: one");
    // Together with the name, or after it: in the same recv or in the next, and never lost.
    let said = if first.ends_with("Hi") { first } else { message_before_turn(&mut server) };
    assert!(said.ends_with("Hi"), "{said}");
}

#[test]
fn the_ports_and_sockets_client_is_known_by_its_address_and_talks_in_turns() {
    if missing("ports-and-sockets client", &["python3"]) {
        return;
    }
    let (mut server, port) = Program::server(&[]);
    let mut client = start_python("lab14_client.py", &[&port.to_string()]);
    let source = number_at_the_end(&client.until("connected from port"));
    // A person types more slowly than a program sends its name: nobody has said a name by then.
    let name = format!("127.0.0.1:{source}");
    let hello = server.until("connected with");
    assert_eq!(hello, format!("{name} connected with IP address 127.0.0.1 from port {source}"));
    for (said, answer) in [("Hi", "Hello"), ("How are you? ✓", "Good")] {
        client.type_line(said);
        assert_eq!(server.until(said), format!("{name}: {said}"));
        server.type_line(answer);
        let received = format!("Received from server: {}: {answer}", host_name());
        assert_eq!(client.until(answer), received);
    }
    client.type_line("Bye");
    assert_eq!(server.until("disconnected"), format!("[{name} has disconnected]"));
    ends_well(client);
}

#[test]
fn the_ports_and_sockets_client_that_speaks_at_once_is_answered_all_the_same() {
    if missing("ports-and-sockets client, at once", &["python3"]) {
        return;
    }
    let (mut server, port) = Program::server(&[]);
    let mut client = start_python("lab14_client.py", &[&port.to_string()]);
    client.type_line("Hi");
    // One word at once and without a line feed: it may be a name, and netlab says what it made of it.
    let heard = server.until_any(&["taken for its name", ": Hi"]);
    server.type_line("Hello");
    client.until(": Hello");
    client.type_line("How are you?");
    let line = server.until("How are you?");
    let name = if heard.contains("taken") { "Hi: " } else { "127.0.0.1:" };
    assert!(line.starts_with(name), "{line}");
    server.type_line("Good");
    client.until(": Good");
    client.type_line("bye");
    server.until("has disconnected]");
}
