//! A server that has no file descriptors left goes on with those who are inside.
#![cfg(test)]

use std::process::Command;
use std::time::{Duration, Instant};

use crate::net::{self, Peer};
use crate::support::Program;

/// A server that may have 40 descriptors and no more.
fn poor_server(serve: &str) -> (Program, u16) {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_netlab")])
        .args(["tcp-server", "0", "--bind", "127.0.0.1", "--serve", serve]);
    let mut server = Program::start(&mut command);
    let port = net::port(&mut server);
    (server, port)
}

fn notes(server: &Program) -> usize {
    server.seen().iter().filter(|line| line.contains("EMFILE")).count()
}

fn out_of_descriptors(serve: &str) {
    let (mut server, port) = poor_server(serve);
    let mut anna = Peer::named(port, "anna");
    let mut bert = Peer::named(port, "bert");
    // All of them connect: the system's queue takes those whom the server cannot.
    let mut others: Vec<Peer> = (0..60)
        .map(|n| {
            let mut peer = Peer::silent(port);
            peer.send(format!("\0other{n}\n").as_bytes());
            peer
        })
        .collect();
    let note = server.until("EMFILE");
    assert!(note.contains("accept"), "{note}");

    // Those inside talk on, and waiting costs nothing: for two seconds, by the clock.
    let (before, began) = (net::computed(&server.child), Instant::now());
    let mut words = 0;
    while began.elapsed() < Duration::from_secs(2) {
        words += 1;
        anna.say(&format!("word {words}"));
        assert_eq!(bert.until(&format!("word {words}")), format!("anna: word {words}"));
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let computed = net::computed(&server.child).saturating_sub(before);
    assert!(computed < Duration::from_millis(500), "{serve}: {computed:?} of computing in 2 s");
    server.until(&format!("anna: word {words}"));
    assert_eq!(notes(&server), 1, "{serve}: the same note again and again");

    // Half of the others leave, the first to come; those who waited come in.
    let last = others.pop().expect("sixty");
    drop(others.drain(..45));
    let mut last = last.called("patient", net::Words::Lines);
    last.say("here at last");
    assert_eq!(anna.until("here at last"), "patient: here at last");
    server.until("patient: here at last");
    let after = notes(&server);
    assert!(after < 20, "{serve}: {after} notes");
    server.type_line("exit");
    assert_eq!(server.finish().0.code(), Some(0));
}

#[test]
fn without_descriptors_those_inside_talk_on_and_the_others_wait_with_events() {
    out_of_descriptors("events");
}

#[test]
fn without_descriptors_those_inside_talk_on_and_the_others_wait_with_threads() {
    out_of_descriptors("threads");
}
