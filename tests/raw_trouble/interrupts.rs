//! Keys and signals at the wrong moment: the account is given, and nothing hangs.
#![cfg(test)]

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::floods::{interrupted, start_listener};
use crate::host::{self, LIAR, Peer, Pinged, alone, among_liars, start_ping};
use crate::lab::harmless;
use crate::support::{Program, netlab};

/// Whoever presses Ctrl-C does not wait longer than that.
const SOON: Duration = Duration::from_secs(5);

/// Interrupts a ping, which ends soon.
#[track_caller]
fn interrupt(ping: Program) -> Pinged {
    let began = Instant::now();
    host::signal(&ping, Signal::SIGINT);
    let pinged = Pinged::of(ping, began);
    assert!(pinged.took < SOON, "{:?}", pinged.took);
    assert_eq!(pinged.of_name("end")[0]["reason"], "interrupted", "{}", pinged.text);
    pinged
}

#[test]
fn the_last_event_is_the_end() {
    alone("the_last_event_is_the_end", true, || {
        let mut ping = start_ping(&["127.0.0.1"]);
        ping.until(r#""event":"reply""#);
        let pinged = interrupt(ping);
        assert_eq!(pinged.events.last().expect("events")["event"], "end");
        let pinged = host::ping(&["127.0.0.1", "-c", "1"]);
        assert_eq!(pinged.events.last().expect("events")["event"], "end");
        let lines = interrupted(start_listener(&["--format", "json"]));
        let end = lines.last().expect("events");
        assert!(end.contains(r#""event":"end""#), "{end}");
    });
}

#[test]
fn a_ping_without_a_reply_gives_account_and_says_no() {
    among_liars("a_ping_without_a_reply_gives_account", || {
        for options in [
            &[][..],
            &["-W", "60"],
            &["-c", "3", "-i", "0.01", "-W", "60"],
            &["-c", "3", "-w", "60"],
            &["--flood", "-W", "60"],
            &["--adaptive", "-W", "60"],
        ] {
            let mut ping = start_ping(&[&[LIAR.host], options].concat());
            ping.until(r#""event":"probe""#);
            let pinged = interrupt(ping);
            assert_eq!(pinged.code, Some(1), "{options:?}");
            assert_eq!(pinged.count("received"), 0);
            pinged.adds_up();
        }
        // No probe is shown, and the first line of a summary is.
        let mut ping = Program::start(netlab().args(["raw-ping", LIAR.host, "-W", "60"]));
        ping.until("PING 127.0.0.2 ");
        host::signal(&ping, Signal::SIGINT);
        let (status, lines) = ping.finish();
        let all = lines.join("\n");
        assert!(all.contains("--- 127.0.0.2 ping statistics ---"), "{all}");
        assert_eq!(status.code(), Some(1), "{all}");
    });
}

#[test]
fn a_ping_with_replies_gives_account_and_says_yes() {
    alone("a_ping_with_replies_gives_account", true, || {
        for (options, enough) in [
            (&["-i", "3600"][..], 1),
            (&["-i", "0.01"], 5),
            (&["--flood"], 200),
            (&["--adaptive"], 200),
            (&["-c", "1000000", "-i", "0.001"], 50),
        ] {
            let mut ping = start_ping(&[&["127.0.0.1"], options].concat());
            for _ in 0..enough {
                ping.until(r#""event":"reply""#);
            }
            let pinged = interrupt(ping);
            assert_eq!(pinged.code, Some(0), "{options:?}");
            pinged.adds_up();
            let [sent, received, lost] = pinged.counts(["sent", "received", "lost"]);
            // What is still on its way is not lost.
            assert!(received >= enough && lost == 0, "{options:?}: {sent} {received} {lost}");
        }
    });
}

#[test]
fn fewer_than_asked_for_before_the_deadline_is_a_no() {
    alone("fewer_than_asked_for_before_the_deadline_is_a_no", true, || {
        let mut ping = start_ping(&["127.0.0.1", "-c", "100", "-w", "60", "-i", "0.1"]);
        ping.until(r#""event":"reply""#);
        assert_eq!(interrupt(ping).code, Some(1));
        let mut ping = start_ping(&["127.0.0.1", "-c", "100", "-i", "0.1"]);
        ping.until(r#""event":"reply""#);
        assert_eq!(interrupt(ping).code, Some(0));
    });
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    among_liars("a_second_ctrl_c_does_not_wait", || {
        for options in [&["-W", "60"][..], &["--flood", "-W", "60"], &["--path", "-W", "60"]] {
            let mut ping = start_ping(&[&[LIAR.host], options].concat());
            ping.until(r#""event":"probe""#);
            let began = Instant::now();
            for _ in 0..2 {
                host::signal(&ping, Signal::SIGINT);
            }
            let (status, lines) = ping.finish();
            harmless(&lines);
            assert!(began.elapsed() < SOON, "{options:?}");
            assert!([Some(1), Some(130)].contains(&status.code()), "{options:?}: {status}");
        }
    });
}

#[test]
fn a_path_can_be_left_at_any_hop() {
    among_liars("a_path_can_be_left_at_any_hop", || {
        let mut ping = start_ping(&["--path", LIAR.host, "-W", "60"]);
        ping.until(r#""event":"probe""#);
        let pinged = interrupt(ping);
        assert_eq!(pinged.code, Some(1), "{}", pinged.text);
        // Every router says that it was one too few.
        let peer = LIAR.answers(&["error=11.0,from=10.9.0.77"]);
        let mut ping = start_ping(&["--path", LIAR.host, "--max-hops", "255", "-n"]);
        ping.until(r#""event":"hop""#);
        let pinged = interrupt(ping);
        peer.end();
        assert_eq!(pinged.code, Some(1), "the target was not reached: {}", pinged.text);
    });
}

#[test]
fn other_signals_end_it_as_well() {
    alone("other_signals_end_it_as_well", true, || {
        for signal in [Signal::SIGTERM, Signal::SIGHUP] {
            for options in [&[][..], &["--flood"]] {
                let mut ping = start_ping(&[&["127.0.0.1"], options].concat());
                ping.until(r#""event":"reply""#);
                let began = Instant::now();
                host::signal(&ping, signal);
                let (status, lines) = ping.finish();
                harmless(&lines);
                assert!(began.elapsed() < SOON, "{signal}: {options:?}");
                assert_ne!(status.code(), Some(2), "{signal}: {}", lines.join("\n"));
            }
            let listener = start_listener(&[]);
            host::signal(&listener, signal);
            harmless(&listener.finish().1);
        }
    });
}

/// Before there is a handler, the system ends it.
#[test]
fn a_ctrl_c_at_the_very_beginning_leaves_nothing_behind() {
    alone("a_ctrl_c_at_the_very_beginning", true, || {
        for _ in 0..20 {
            let ping = start_ping(&["127.0.0.1", "-i", "0.01"]);
            host::signal(&ping, Signal::SIGINT);
            let (status, lines) = ping.finish();
            harmless(&lines);
            assert!([None, Some(0), Some(1), Some(130)].contains(&status.code()), "{status}");
        }
    });
}

#[test]
fn a_status_can_be_asked_for_again_and_again() {
    alone("a_status_can_be_asked_for_again_and_again", true, || {
        let mut ping = start_ping(&["127.0.0.1", "-i", "0.02"]);
        ping.until(r#""event":"reply""#);
        for _ in 0..20 {
            host::signal(&ping, Signal::SIGQUIT);
            ping.until(r#""event":"ping_status""#);
        }
        for _ in 0..500 {
            host::signal(&ping, Signal::SIGQUIT);
        }
        ping.until(r#""event":"reply""#);
        let pinged = interrupt(ping);
        assert_eq!(pinged.code, Some(0), "{}", pinged.text);
        pinged.adds_up();
        let asked = pinged.of_name("ping_status").len();
        assert!((20..=521).contains(&asked), "{asked} answers");
    });
}

#[test]
fn a_status_is_one_line_and_the_ping_goes_on() {
    among_liars("a_status_is_one_line_and_the_ping_goes_on", || {
        let peer = LIAR.answers(&["plain", "silence"]);
        let mut ping = Program::start(netlab().args(["raw-ping", LIAR.host, "-i", "3600"]));
        ping.until("icmp_seq=1 ");
        for _ in 0..3 {
            let before = ping.seen().len();
            host::signal(&ping, Signal::SIGQUIT);
            let line = ping.until("received");
            assert!(line.contains('1') && ping.seen().len() == before + 1, "{line}");
        }
        host::signal(&ping, Signal::SIGINT);
        let (status, lines) = ping.finish();
        peer.end();
        harmless(&lines);
        let all = lines.join("\n");
        assert_eq!(status.code(), Some(0), "{all}");
        assert!(all.contains("1 sent, 1 received"), "{all}");
    });
}

#[test]
fn a_listener_is_left_at_rest_and_in_a_flood() {
    alone("a_listener_is_left", true, || {
        for options in [&[][..], &["-c", "1000000"], &["-w", "60"], &["--hex"], &["-6"]] {
            interrupted(start_listener(options));
        }
        for options in [&["-4"][..], &["-4", "--hex"], &["-4", "--format", "json"]] {
            let mut listener = start_listener(options);
            let noise = Peer::start("noise.py", &["127.0.0.1", "100000000", "alone"]);
            let heard = if options.contains(&"json") { "\"heard\"" } else { "127.0.0.1 " };
            for _ in 0..5 {
                listener.until(heard);
            }
            let began = Instant::now();
            interrupted(listener);
            assert!(began.elapsed() < SOON, "{options:?}: {:?}", began.elapsed());
            noise.end();
        }
    });
}
