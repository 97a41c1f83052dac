//! Scenes about waiting: who waits, for whom, how long, and what ends it.
#![cfg(test)]

use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bytes::{both, numbers, results};
use crate::played::{Played, Who, play};
use crate::strace::{parts, whole_calls};
use crate::tools::missing;

const MILLISECOND: i64 = 1_000_000;

/// Whoever is woken so late was on a machine that did not let its programs run.
const HELD_UP: Duration = Duration::from_millis(50);

/// Runs something, and how late a thread was woken meanwhile that asked to be woken every 5 ms: what this
/// machine did to everybody, whatever netlab does.
fn watched<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    const TICK: Duration = Duration::from_millis(5);
    let (stop, stopped) = channel::<()>();
    let watch = move || {
        let mut latest = Duration::ZERO;
        loop {
            let began = Instant::now();
            let over = stopped.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout);
            latest = latest.max(began.elapsed().saturating_sub(TICK));
            if over {
                return latest;
            }
        }
    };
    let watch = thread::Builder::new().spawn(watch).expect("a thread");
    let result = run();
    drop(stop);
    (result, watch.join().expect("it only waits"))
}

/// Plays a demo as both, and judges each. What compares times is only true on a machine that lets the
/// demo run: where it did not, as another program saw too, the demo is played once more, and that is
/// said. Everything else is judged at the first try.
#[track_caller]
fn steadily(name: &str, in_time: impl Fn(&Played) -> bool, judge: impl Fn(&Played)) {
    for who in [Who::Me, Who::Nobody] {
        let (mut played, late) = watched(|| play(name, who));
        judge(&played);
        if !in_time(&played) && late >= HELD_UP {
            eprintln!("{name} by {who:?} is played again: the machine stood still for {late:?}");
            played = play(name, who);
            judge(&played);
        }
        assert!(in_time(&played), "{name} by {who:?}: times that do not fit; held up {late:?}");
    }
}

#[test]
fn four_ways_to_wait_cost_differently() {
    both("blocking", |played| {
        // Who sleeps uses no processor; who asks in a loop uses it all the time. The kernel counts it for
        // each thread: it does not depend on what else this machine does.
        for asleep in ["blocking_cpu_ns", "limit_cpu_ns", "poll_cpu_ns"] {
            let (cheap, busy) = (played.number(asleep), played.number("busy_cpu_ns"));
            assert!(cheap * 3 < busy, "{asleep}: {cheap} and {busy}");
        }
        assert!(played.number("blocking_waited_ns") >= 390 * MILLISECOND);
        assert!(played.number("limit_waited_ns") >= 240 * MILLISECOND);
        assert!(played.number("poll_waited_ns") >= 300 * MILLISECOND);
        assert_eq!(played.fact("limit_error"), "EAGAIN");
        assert!(played.number("busy_calls") > 100, "{}", played.number("busy_calls"));
        let busy = played.number("busy_cpu_ns");
        assert!(busy <= played.number("busy_waited_ns") + MILLISECOND, "one thread, one processor");
        let errors: Vec<&Value> =
            played.calls("client", "recv").iter().map(|call| &call["error"]["name"]).collect();
        let none = Value::Null;
        assert_eq!(errors, [&none, &json!("EAGAIN"), &json!("EAGAIN"), &none, &none]);
        assert_eq!(results(played, "client", "recv"), [6, 6, 6]);
        assert_eq!(results(played, "client", "poll"), [1]);
        // Neither side closes before it has read the other's end, but for the first.
        let closed: Vec<&Value> = ["client", "server"]
            .iter()
            .map(|end| &played.calls(end, "close")[0]["state"])
            .collect();
        assert_eq!(closed, ["FIN-WAIT-1", "LAST-ACK"]);
        let untold = played.all("untold").next().expect("the loop");
        assert_eq!(untold["count"].as_i64(), Some(played.number("busy_calls") - 2));
        assert_eq!(
            (&untold["answer"]["name"], &untold["call"]),
            (&json!("EAGAIN"), &json!("recv(64)"))
        );
        assert_eq!(
            played.number("blocking_waited_ns"),
            played.calls("client", "recv")[0]["took_ns"].as_i64().expect("a time")
        );
    });
}

/// Plays a demo below strace: what it tells, and every call on sockets that strace saw.
fn traced(name: &str, calls: &str) -> (Played, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let mut command = Command::new("strace");
    let what = format!("trace={calls}");
    command.args(["-f", "-qq", "-s", "0", "-e", &what, "-e", "signal=none", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_netlab")).args(["demo", name, "--format", "json"]);
    let done = command.stdin(Stdio::null()).output().expect("it starts");
    assert!(done.status.success(), "{done:?}");
    // The kernel's tables are asked for over sockets, too.
    let own = |call: &String| !call.contains(", ..., ");
    let seen = whole_calls(&log).into_iter().filter(own).collect();
    (Played::of(&String::from_utf8(done.stdout).expect("UTF-8")), seen)
}

/// The loop's calls are not events one by one: strace has counted them.
#[test]
fn the_calls_of_the_busy_loop_are_as_many_as_were_made() {
    const TEST: &str = "the_calls_of_the_busy_loop_are_as_many_as_were_made";
    if missing(TEST, &["strace"]) {
        return;
    }
    let (played, seen) = traced("blocking", "recvfrom,sendto");
    let named = |wanted: &str| -> Vec<String> {
        let calls = seen.iter().map(|call| parts(call)).filter(|(name, ..)| *name == wanted);
        calls.map(|(.., result)| result).collect()
    };
    let mut recv = named("recvfrom");
    // One with a limit, one in each of the other three ways; the loop has the rest.
    let vain = recv.iter().filter(|result| *result == "-1 EAGAIN").count();
    assert_eq!(i64::try_from(vain - 1).expect("few"), played.number("busy_calls") - 1);
    recv.retain(|result| result != "-1 EAGAIN");
    // The last is the server's: it reads to the end before it closes.
    assert_eq!(recv, ["6", "6", "6", "0"]);
    assert_eq!(named("sendto"), ["6", "6", "6"]);
}

#[test]
fn every_byte_that_send_took_is_one_that_strace_saw() {
    const TEST: &str = "every_byte_that_send_took_is_one_that_strace_saw";
    if missing(TEST, &["strace"]) {
        return;
    }
    let (played, seen) = traced("buffers", "recvfrom,sendto");
    let sum = |wanted: &str| -> i64 {
        let calls = seen.iter().map(|call| parts(call)).filter(|(name, ..)| *name == wanted);
        calls.filter_map(|(.., result)| result.parse::<i64>().ok()).sum()
    };
    assert_eq!(numbers(&played, "bytes_sent_and_read"), [sum("sendto"), sum("recvfrom")]);
}

#[test]
fn a_backlog_is_a_waiting_room_and_no_limit() {
    // Who has no place waits until its SYN is sent again, a second later (RFC 6298, section 2). Where the
    // machine lets the client send its SYN only when there is a place, there is nothing to wait for.
    let outside = |played: &Played| played.number("waited_outside_ns") >= 900 * MILLISECOND;
    steadily("backlog", outside, |played| {
        assert_eq!(played.number("connected_before_accept"), 5, "Linux lets one more in");
        assert_eq!(played.number("waiting_for_accept"), 5);
        assert_eq!(played.fact("next_client"), "waits");
        let untold = played.all("untold").next().expect("a connect that waits");
        assert_eq!((&untold["whose"], &untold["answer"]), (&json!("clients"), &Value::Null));
        assert_eq!(played.number("open_at_once"), 9);
        assert_eq!(played.calls("server", "listen")[0]["text"], "listen(4) = 0");
        assert_eq!(played.calls("server", "accept").len(), 9);
        let connects = played.calls("clients", "connect");
        assert!(connects.iter().all(|call| call["error"].is_null()));
        assert_eq!(connects.len(), 9);
        let first = played.calls("server", "accept")[0]["t_ns"].as_u64();
        let before = connects.iter().filter(|call| call["t_ns"].as_u64() < first).count();
        assert_eq!(before, 5, "so many were connected when accept was called");
        let sixth = connects[5]["took_ns"].as_i64();
        assert_eq!(sixth, Some(played.number("waited_outside_ns")));
    });
}

#[test]
fn the_same_clients_wait_for_one_server_and_not_for_the_others() {
    // Five threads begin at nearly the same time, if the machine lets them. Who is served after whom is
    // judged below, by what happened in which order.
    let together = |played: &Played| {
        let one = numbers(played, "one_waited_ns");
        let step = |(place, waited): (i64, &i64)| *waited >= place * 110 * MILLISECOND;
        let others = ["threads_waited_ns", "events_waited_ns"];
        let [all_one, all_threads, all_events] =
            ["one_all_ns", "threads_all_ns", "events_all_ns"].map(|it| played.number(it));
        one.is_sorted()
            && all_threads.max(all_events) < all_one
            && (0..).zip(&one).all(step)
            && others.iter().flat_map(|it| numbers(played, it)).max() < one.last().copied()
    };
    steadily("clients", together, |played| {
        let [one, threads, events] = ["one_waited_ns", "threads_waited_ns", "events_waited_ns"]
            .map(|it| numbers(played, it));
        assert_eq!((one.len(), threads.len(), events.len()), (5, 5, 5));
        // With one at a time nobody is accepted before the one before was done with.
        let order: Vec<&str> = played
            .all("call")
            .filter(|call| call["end"] == "server (one)")
            .filter_map(|call| call["call"].as_str())
            .filter(|call| ["accept", "shutdown"].contains(call))
            .collect();
        assert_eq!(order, ["accept", "shutdown"].repeat(5));
        for end in ["server (one)", "server (threads)", "server (events)"] {
            let accepted = played.calls(end, "accept");
            let new = accepted.iter().filter(|call| call["error"].is_null()).count();
            assert_eq!(new, 5, "{end}");
        }
        let table = played.all("table").next().expect("a picture");
        assert_eq!(table["rows"].as_array().map(Vec::len), Some(5));
    });
}

#[test]
fn turns_are_a_rule_and_both_waiting_is_a_deadlock() {
    both("duplex", |played| {
        assert_eq!(numbers(played, "crossing_bytes"), [6, 13]);
        let calls: Vec<&Value> = played.all("call").collect();
        let at = |name: &str| calls.iter().position(|call| call["call"] == name).expect("made");
        let sends = calls[..at("recv")].iter().filter(|call| call["call"] == "send").count();
        assert_eq!(sends, 2, "both had sent before either received");
        assert_eq!(played.number("half_kept_for_turn"), 1);
        assert_eq!(*played.fact("half_order"), json!(["client", "server", "client", "server"]));
        assert_eq!(played.number("full_kept_for_turn"), 0);
        assert_eq!(*played.fact("full_order"), json!(["client", "client", "server", "server"]));
        assert_eq!(*played.fact("deadlock_errors"), json!(["EAGAIN", "EAGAIN"]));
        let waited = numbers(played, "deadlock_ns");
        assert!(
            waited.len() == 2 && waited.iter().all(|it| *it >= 290 * MILLISECOND),
            "{waited:?}"
        );
        let last = |end: &str| {
            played.calls(end, "recv").into_iter().rev().find_map(|call| {
                (call["error"]["name"] == "EAGAIN")
                    .then(|| call["took_ns"].as_i64().expect("a time"))
            })
        };
        assert_eq!([last("client"), last("server")], [Some(waited[0]), Some(waited[1])]);
        assert_eq!(played.number("bytes_after_turn"), 6);
        let vain = |end: &str| {
            let calls = played.calls(end, "recv");
            let waited = |call: &&&Value| {
                let took = call["took_ns"].as_i64().expect("a time");
                call["error"]["name"] == "EAGAIN" && took >= 290 * MILLISECOND
            };
            calls.iter().filter(waited).count()
        };
        assert_eq!((vain("client"), vain("server")), (1, 1));
    });
}

#[test]
fn refused_is_an_answer_and_silence_is_none() {
    both("refused", |played| {
        // A millisecond and a second and a half. Of UDP the errors below say which came first: the
        // kernel's answer, or the limit that both sockets have.
        assert!(played.number("closed_ns") < played.number("silent_ns"));
        for (fact, error) in [
            ("closed_error", "ECONNREFUSED"),
            ("silent_error", "ETIMEDOUT"),
            ("udp_error", "EAGAIN"),
            ("udp_connected_error", "ECONNREFUSED"),
        ] {
            assert_eq!(played.fact(fact), error, "{fact}");
        }
        assert_eq!((played.number("udp_sent"), played.number("udp_connected_sent")), (6, 6));
        assert!(played.number("silent_ns") >= 1_400 * MILLISECOND);
        assert!(played.number("udp_ns") >= 190 * MILLISECOND);
        let failed: Vec<&Value> = played
            .calls("client", "connect")
            .into_iter()
            .filter(|call| !call["error"].is_null())
            .map(|call| &call["error"]["number"])
            .collect();
        assert_eq!(failed, [111, 110]);
        let table = played.all("table").next().expect("a table");
        let answers: Vec<&Value> =
            table["rows"].as_array().expect("rows").iter().map(|row| &row[6]).collect();
        assert_eq!(answers, ["RST", "none", "(ICMP)", "ICMP"]);
        assert_eq!(table["rows"][0][3], "111");
    });
}
