//! Exit codes: those of ping, for the same reasons.
#![cfg(test)]

use nix::sys::signal::Signal;

use crate::network::{Host, Network, REJECTED, SERVER, SILENT};
use crate::ran::{Ran, assert_numbers, both_streams, interrupted, signal};
use crate::support::{Program, netlab};
use crate::tools::{missing, until_event};

/// What both programs are asked for, and how both should end.
const CASES: [(&[&str], i32); 10] = [
    (&["-c", "1", SERVER], 0),
    (&["-c", "1", "-W", "0.2", SILENT], 1),
    (&["-c", "1", REJECTED], 1),
    (&["-c", "1", "nowhere.invalid"], 2),
    (&["--nonsense", SERVER], 2),
    (&["-c", "1", "-I", "10.99.99.99", SERVER], 2),
    (&["-c", "1", "-I", "no-such-link", SERVER], 2),
    // Count and deadline together: all of them, before the time is up.
    (&["-c", "50", "-w", "1", "-i", "0.2", SERVER], 1),
    (&["-c", "3", "-w", "5", "-i", "0.02", SERVER], 0),
    (&["-c", "2", "-w", "1", "-i", "0.2", "-W", "0.2", SILENT], 1),
];

#[test]
fn netlab_ends_as_ping_does() {
    const TEST: &str = "netlab_ends_as_ping_does";
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "codes") else { return };
    // All at the same time: each waits for itself.
    let running = CASES.map(|(flags, code)| {
        let ping = network.on(Host::Client, "ping", &[&["-n"], flags].concat());
        let ping = Program::start(&mut { ping });
        (flags, code, ping, network.netlab(&[&["raw-ping", "-n"], flags].concat()))
    });
    for (flags, code, ping, netlab) in running {
        let (ping, netlab) = (Ran::of(ping), Ran::of(netlab));
        assert_eq!(ping.code, Some(code), "ping {flags:?}: {:#?}", ping.lines);
        assert_eq!(netlab.code, Some(code), "netlab {flags:?}: {:#?}", netlab.lines);
    }
}

#[test]
fn ctrl_c_ends_both_with_a_summary_and_the_same_code() {
    const TEST: &str = "ctrl_c_ends_both_with_a_summary_and_the_same_code";
    if missing(TEST, &["ping"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "ctrlc") else { return };
    for (host, code, until) in [(SERVER, 0, "icmp_seq=2"), (SILENT, 1, "answer yet for icmp_seq=1")]
    {
        let flags = ["-n", "-O", "-i", "0.02", host];
        let mut ping = Program::start(&mut network.on(Host::Client, "ping", &flags));
        ping.until(until);
        let mut netlab = network.netlab(&["raw-ping", "-n", "-i", "0.02", "-W", "0.1", host]);
        netlab.until(if code == 0 { until } else { "No reply to icmp_seq=1 from" });
        for (who, program) in [("ping", ping), ("netlab", netlab)] {
            let ran = interrupted(program);
            assert_eq!(ran.code, Some(code), "{who} {host}: {:#?}", ran.lines);
            let title = format!("--- {host} ping statistics ---");
            assert_eq!(ran.line("ping statistics").trim(), title, "{who}");
        }
    }
}

#[test]
fn a_run_that_is_interrupted_says_what_is_still_under_way() {
    const TEST: &str = "a_run_that_is_interrupted_says_what_is_still_under_way";
    let Some(network) = Network::new(TEST, "under") else { return };
    let mut program = network.events(&["raw-ping", SILENT, "-n", "-i", "0.02", "-W", "20"]);
    for _ in 0..3 {
        until_event(&mut program, "probe");
    }
    signal(&program, Signal::SIGINT);
    let ran = Ran::of(program).ends_with(1);
    let report = ran.first_host();
    let sent = ran.all("probe").len() as u64;
    assert_numbers(&report, &[("sent", sent), ("received", 0), ("late", 0), ("errors", 0)]);
    let open = |field: &str| report[field].as_u64().expect("a number");
    assert_eq!(open("lost") + open("outstanding"), sent, "{report:#}");
    assert_eq!(ran.only("end")["reason"], "interrupted");
}

/// What ping takes for another number, or does not know, is wrong usage all the same.
#[test]
fn wrong_usage_is_told_in_four_parts_and_ends_with_2() {
    for wrong in [
        &["raw-ping"][..],
        &["raw-ping", "127.0.0.1", "-c", "x"],
        &["raw-ping", "127.0.0.1", "-c", "0"],
        &["raw-ping", "127.0.0.1", "-t", "0"],
        &["raw-ping", "127.0.0.1", "-t", "256"],
        &["raw-ping", "127.0.0.1", "-i", "-1"],
        &["raw-ping", "127.0.0.1", "-M", "perhaps"],
        &["raw-ping", "127.0.0.1", "-c", "1", "--pattern", "xyz"],
        &["raw-ping", "127.0.0.1", "-c", "1", "--pattern", "000102030405060708090a0b0c0d0e0f10"],
        &["raw-ping", "127.0.0.1", "-c", "1", "-s", "65508"],
        &["raw-ping", "-4", "::1", "-c", "1"],
        &["raw-ping", "-6", "127.0.0.1", "-c", "1"],
        &["raw-ping", "127.0.0.1", "-c", "1", "--flood", "--adaptive"],
    ] {
        let (code, out, output) = both_streams(netlab().args(wrong));
        assert_eq!(code, Some(2), "{wrong:?}: {out}{output:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?} says nothing: {out}");
    }
}
