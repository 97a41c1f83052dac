//! More than anybody wants to hear, and numbers that begin again.
#![cfg(test)]

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::host::{self, Peer, Pinged, alone, ping, start_ping, told};
use crate::lab::harmless;
use crate::net;
use crate::support::{Program, netlab};

/// How much more memory a program may need, in kB, whatever comes.
const MEMORY: u64 = 6 * 1024;

/// A raw-listen that hears from now on.
#[track_caller]
pub fn start_listener(arguments: &[&str]) -> Program {
    let mut listener = Program::start(netlab().arg("raw-listen").args(arguments));
    listener.end_input();
    listener.until_any(&["Waiting for ICMP", r#""event":"endpoints""#]);
    listener
}

/// Everything a listener printed, when it is told to end.
#[track_caller]
pub fn interrupted(listener: Program) -> Vec<String> {
    host::signal(&listener, Signal::SIGINT);
    let (status, lines) = listener.finish();
    harmless(&lines);
    assert_eq!(status.code(), Some(130), "{}", lines.join("\n"));
    lines
}

/// The sequence number of the next reply that is received.
#[track_caller]
fn next_reply(ping: &mut Program) -> u64 {
    let line = ping.until(r#""fate":"fine""#);
    let reply: Value = serde_json::from_str(&line).expect("JSON");
    reply["sequence"].as_u64().expect("a number")
}

/// Waits until the listener shows an echo reply with that number, or a later one.
#[track_caller]
fn hears(listener: &mut Program, sequence: u64) {
    loop {
        let line = listener.until("echo reply");
        let number = line.split("seq=").nth(1).and_then(|rest| rest.split_whitespace().next());
        if number.is_some_and(|number| number.parse::<u64>().is_ok_and(|n| n >= sequence)) {
            return;
        }
    }
}

fn in_noise(address: &str, family: &str, count: u64) {
    let mut listener = start_listener(&[family]);
    let mut ping = start_ping(&[address, "-i", "0.3"]);
    next_reply(&mut ping);
    hears(&mut listener, 1);
    let before = [&ping, &listener].map(|program| net::memory(&program.child));
    let mut noise = Peer::start("noise.py", &[address, &count.to_string()]);
    let sent = noise.0.until("sent ");
    noise.end();
    assert!(sent.starts_with(&format!("sent {count} refused 0")), "{sent}");
    // Both are still right: a probe after the noise is answered, and the answer is heard.
    next_reply(&mut ping);
    let last = next_reply(&mut ping) + 1;
    hears(&mut listener, last);
    for (program, before) in [&ping, &listener].into_iter().zip(before) {
        let most = net::peak_memory(&program.child);
        assert!(most < before + MEMORY, "from {before} kB to {most} kB");
    }
    let lines = interrupted(listener);
    assert!(lines.len() < 3_000, "{} lines on a screen", lines.len());
    host::signal(&ping, Signal::SIGINT);
    let pinged = Pinged::of(ping, std::time::Instant::now());
    assert_eq!(pinged.code, Some(0));
    pinged.adds_up();
    assert_eq!(pinged.count("unsent"), 0, "{}", pinged.report());
    let others = pinged.report()["others"].as_object().expect("counts");
    let all: u64 = others.values().filter_map(Value::as_u64).sum();
    // A few of the noise are errors and damaged replies that fit a probe.
    let odd = ["errors", "corrupted", "duplicated"].map(|name| pinged.count(name));
    let all = all + odd.iter().sum::<u64>();
    assert!(all >= count / 2, "{} {all} of {count}", pinged.report());
}

#[test]
fn a_ping_and_a_listener_live_through_two_hundred_thousand_random_messages() {
    alone("a_ping_and_a_listener_live_through", true, || {
        in_noise("127.0.0.1", "-4", 200_000);
    });
}

#[test]
fn a_ping_and_a_listener_live_through_random_messages_of_ipv6() {
    alone("a_ping_and_a_listener_live_through, IPv6", true, || {
        in_noise("::1", "-6", 100_000);
    });
}

/// What a listener has counted when it ends: with a type, malformed, thrown away by the system.
#[track_caller]
fn counted(listener: Program) -> [u64; 3] {
    counts(&crate::lab::events(&interrupted(listener)))
}

/// What a listener's report counts: messages with a type, malformed ones, and lost ones.
#[track_caller]
fn counts(events: &[serde_json::Value]) -> [u64; 3] {
    let report = events.iter().rev().find(|event| event["event"] == "listen_report");
    let report = report.expect("a report");
    let kinds = report["kinds"].as_array().expect("kinds");
    let typed = kinds.iter().filter_map(|kind| kind["count"].as_u64()).sum();
    let number = |name: &str| report[name].as_u64().expect("a number");
    [typed, number("malformed"), number("overflowed")]
}

#[track_caller]
fn make_noise(address: &str, count: u64) {
    let mut noise = Peer::start("noise.py", &[address, &count.to_string(), "alone"]);
    let sent = noise.0.until("sent ");
    assert!(sent.starts_with(&format!("sent {count} refused 0")), "{sent}");
    noise.end();
}

#[test]
fn a_listener_counts_what_the_system_threw_away() {
    alone("a_listener_counts_what_the_system_threw_away", true, || {
        let mut listener = start_listener(&["-4", "--format", "json", "-n"]);
        make_noise("127.0.0.1", 20_000);
        // The system tells with the next message how many it could not keep.
        ping(&["127.0.0.1", "-c", "2", "-i", "0.5"]);
        listener.until(r#""sequence":2,"#);
        let [typed, malformed, overflowed] = counted(listener);
        // The system keeps what is shorter than a header, and answers what asks for the time.
        let all = typed + malformed + overflowed;
        assert!((18_000..=20_500).contains(&all), "{typed} {malformed} {overflowed}");
        assert!(malformed > 100, "{malformed}");
    });
}

#[test]
fn what_has_arrived_before_ctrl_c_is_counted() {
    alone("what_has_arrived_before_ctrl_c_is_counted", false, || {
        for _ in 0..5 {
            let listener = start_listener(&["-4", "--format", "json", "-n"]);
            make_noise("127.0.0.1", 200);
            let [typed, malformed, overflowed] = counted(listener);
            let all = typed + malformed + overflowed;
            // Some of them are shorter than a header: the system keeps those for itself.
            assert!(all >= 150, "{typed} {malformed} {overflowed}");
        }
    });
}

#[test]
fn after_sequence_number_65535_comes_0_and_nothing_is_mistaken() {
    alone("after_sequence_number_65535_comes_0", true, || {
        let all = ["raw-ping", "--flood", "-c", "70000", "-w", "60", "-W", "5", "127.0.0.1", "-q"];
        let (code, text) = told(&all);
        assert_eq!(code, Some(0), "{text}");
        // Nothing more in this line: no duplicates, nothing corrupted, nothing late.
        assert!(text.contains("70000 sent, 70000 received, 0 lost (0 %), time "), "{text}");
        assert!(!text.contains("Not for this run"), "{text}");
    });
}

#[test]
fn every_probe_and_reply_of_a_flood_has_its_number() {
    alone("every_probe_and_reply_of_a_flood_has_its_number", true, || {
        let pinged = ping(&["--flood", "-c", "3000", "-W", "5", "127.0.0.1"]);
        let counts = ["sent", "received", "lost", "duplicated", "corrupted", "reordered", "unsent"];
        assert_eq!(pinged.counts(counts), [3000, 3000, 0, 0, 0, 0, 0], "{}", pinged.report());
        assert_eq!((pinged.other("forged"), pinged.code), (0, Some(0)));
        for name in ["probe", "reply"] {
            let all = pinged.of_name(name);
            assert_eq!(all.len(), 3000, "{name}");
            for (number, event) in (1_u64..).zip(&all) {
                assert_eq!(
                    (&event["sequence"], &event["number"]),
                    (&number.into(), &number.into())
                );
            }
        }
    });
}

#[test]
fn a_flood_without_an_answer_ends_by_itself_and_paces_itself() {
    alone("a_flood_without_an_answer", false, || {
        let pinged = ping(&["--flood", "-w", "1", "-W", "0.5", "127.0.0.1"]);
        assert_eq!(pinged.code, Some(1));
        let [sent, received] = pinged.counts(["sent", "received"]);
        // Without replies it is a hundred a second, not as many as the processor can.
        assert!((50..=130).contains(&sent) && received == 0, "{}", pinged.report());
        assert!(pinged.took.as_secs_f64() < 2.5, "{:?}", pinged.took);
    });
}

/// A screen shows what can be read, a record has everything.
#[test]
fn a_listener_spares_the_screen_and_not_the_record() {
    alone("a_listener_spares_the_screen_and_not_the_record", false, || {
        let folder = tempfile::tempdir().expect("a folder");
        let record = folder.path().join("run").display().to_string();
        let mut listener = start_listener(&["-4", "-n", "--record", &record]);
        make_noise("127.0.0.1", 3_000);
        listener.until("more than a hundred in this second");
        let lines = interrupted(listener);
        let shown = lines.iter().filter(|line| line.starts_with("127.0.0.1 → ")).count();
        assert!((1..=1_000).contains(&shown), "{shown} lines");
        let kept = std::fs::read_to_string(&record).expect("it was written");
        let kept: Vec<String> = kept.lines().map(str::to_owned).collect();
        let events = crate::lab::events(&kept);
        let all = events.iter().filter(|event| event["event"] == "heard").count() as u64;
        let [typed, malformed, _] = counts(&events);
        assert_eq!(all, typed + malformed, "what was counted is in the record");
        assert!(all > shown as u64, "{all} in the record, {shown} on the screen");
    });
}
