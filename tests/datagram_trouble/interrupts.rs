//! Ctrl-C, whatever netlab does at the moment: the account is given, and the exit code is 130.
#![cfg(test)]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::lab::{Fake, client, events, figure, harmless, is_alive, passer_by, server, socket};
use crate::net;
use crate::support::Program;

fn interrupt(program: &Program) {
    let number = i32::try_from(program.child.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
}

/// Presses Ctrl-C so often. The program ends soon, as interrupted, with nothing on its error stream
/// that is a panic. Gives what it printed.
#[track_caller]
fn ended(what: &str, program: Program, times: usize) -> Vec<String> {
    let began = Instant::now();
    for _ in 0..times {
        interrupt(&program);
    }
    let (status, lines) = program.finish();
    let took = began.elapsed();
    harmless(&lines);
    assert_eq!(status.code(), Some(130), "{what}: {status} {}", lines.join("\n"));
    assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    lines
}

/// A server that counts and never answers.
fn silent() -> (Fake, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let fake = Fake::new(move |_, _, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        true
    });
    (fake, count)
}

#[test]
fn a_server_at_rest_gives_account() {
    for options in [&[][..], &["--explain"], &["--delay", "60000"], &["--buffer", "5"]] {
        for times in [1, 3] {
            let (server, port) = server(options);
            passer_by().send_to(b"hello", (Ipv4Addr::LOCALHOST, port)).expect("it is sent");
            let mut server = server;
            server.until("echoed");
            let lines = ended("a server", server, times);
            // The second Ctrl-C does not ask, and gives no account.
            if times == 1 {
                assert_eq!(figure(&lines, "Received"), 1, "{options:?}: {}", lines.join("\n"));
            }
        }
        let (server, _) = self::server(options);
        let lines = ended("a server that nobody visits", server, 1);
        assert_eq!(figure(&lines, "Received"), 0);
    }
}

#[test]
fn a_server_in_a_flood_gives_account() {
    for options in [&[][..], &["--format", "json"], &["--delay", "30+-20", "--reorder", "50%"]] {
        let (mut server, port) = server(options);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let flood = thread::Builder::new().spawn(move || {
            let own = socket();
            while !stopped.load(Ordering::Relaxed) {
                let _ = own.send_to(&[b'x'; 500], (Ipv4Addr::LOCALHOST, port));
            }
        });
        server.until_any(&["not shown one by one", "\"datagram\""]);
        let lines = ended("a server in a flood", server, 1);
        stop.store(true, Ordering::Relaxed);
        flood.expect("a thread").join().expect("it floods");
        if options.contains(&"json") {
            let all = events(&lines);
            let last = all.iter().rev().find(|event| event["event"] == "server_report");
            assert!(last.is_some_and(|report| report["datagrams_received"].as_u64() > Some(0)));
            assert_eq!(all.last().expect("an end")["reason"], "interrupted");
        } else {
            assert!(figure(&lines, "Received") > 10, "{options:?}");
        }
    }
}

#[test]
fn a_client_that_waits_for_a_line_leaves() {
    let (fake, _) = silent();
    for options in [&[][..], &["--connect"], &["--explain"]] {
        let mut client = client(fake.port, options);
        client.type_line("/help");
        client.until("is sent as one datagram");
        let lines = ended("a client without a line", client, 1);
        assert!(!lines.iter().any(|line| line.contains(" sent, ")), "nothing was sent");
    }
}

#[test]
fn a_client_that_waits_for_an_answer_gives_account() {
    let (fake, count) = silent();
    for times in [1, 2] {
        let mut client = client(fake.port, &["--timeout", "60"]);
        let before = count.load(Ordering::SeqCst);
        client.type_line("hello");
        net::wait_until("it is sent", || count.load(Ordering::SeqCst) > before);
        let all = ended("a client without an answer", client, times).join("\n");
        assert!(times > 1 || all.contains("1 sent, 0 came back"), "{all}");
    }
    // At the end of its input it waits, too.
    let mut client = client(fake.port, &["--timeout", "60"]);
    let before = count.load(Ordering::SeqCst);
    client.type_line("hello");
    client.end_input();
    net::wait_until("it is sent", || count.load(Ordering::SeqCst) > before);
    let all = ended("a client at the end", client, 1).join("\n");
    assert!(all.contains("1 sent, 0 came back"), "{all}");
}

#[test]
fn a_burst_gives_account_in_the_middle() {
    for (interval, times) in [("0.001", 1), ("0.001", 2), ("0", 1), ("3600", 1)] {
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let fake = Fake::new(move |socket, from, bytes| {
            counted.fetch_add(1, Ordering::SeqCst);
            socket.send_to(bytes, from).expect("it is sent");
            true
        });
        let client = client(fake.port, &["--count", "10000000", "--interval", interval]);
        let enough = if interval == "3600" { 1 } else { 100 };
        net::wait_until("it is in the middle", || count.load(Ordering::SeqCst) >= enough);
        let lines = ended("a burst", client, times);
        if times > 1 {
            continue;
        }
        let [sent, received] = ["Sent", "Received"].map(|label| figure(&lines, label));
        let rest: u64 = ["Lost", "Late", "Corrupted"].iter().map(|row| figure(&lines, row)).sum();
        let outstanding = sent - received - rest;
        assert!(sent >= enough.into() && sent < 10_000_000, "{sent}");
        // What is still on its way is neither received nor lost.
        assert!(outstanding <= 40, "{}", lines.join("\n"));
    }
}

#[test]
fn a_burst_that_waits_for_the_last_replies_gives_account() {
    let (fake, count) = silent();
    let client = client(fake.port, &["--count", "5", "--interval", "0", "--timeout", "60"]);
    net::wait_until("all are sent", || count.load(Ordering::SeqCst) == 5);
    let lines = ended("a burst at its end", client, 1);
    assert_eq!((figure(&lines, "Sent"), figure(&lines, "Received")), (5, 0));
}

#[test]
fn a_burst_whose_window_is_full_gives_account() {
    let (fake, count) = silent();
    let options = ["--count", "500", "--interval", "0", "--window", "3", "--timeout", "60"];
    let client = client(fake.port, &options);
    net::wait_until("the window is full", || count.load(Ordering::SeqCst) == 3);
    let lines = ended("a burst with a full window", client, 1);
    assert_eq!((figure(&lines, "Sent"), figure(&lines, "Received")), (3, 0));
}

#[test]
fn an_interrupted_run_in_json_says_so_last() {
    let (fake, count) = silent();
    let client = client(fake.port, &["--count", "5", "--timeout", "60", "--format", "json"]);
    net::wait_until("something is sent", || count.load(Ordering::SeqCst) > 0);
    let all = events(&ended("a burst in JSON", client, 1));
    let [.., report, end] = &all[..] else { panic!("{all:?}") };
    let report = if report["event"] == "report" { report } else { &all[all.len() - 3] };
    assert_eq!((&report["event"], &end["event"]), (&"report".into(), &"end".into()));
    assert_eq!(end["reason"], "interrupted", "{end}");
}

#[test]
fn a_server_can_be_interrupted_again_and_again() {
    for _ in 0..20 {
        let (server, port) = server(&[]);
        is_alive(port, "a start");
        ended("one of twenty", server, 1);
    }
}
