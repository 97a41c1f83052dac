//! A summary's figures, worked out again from the replies of the same run, and the replies' times,
//! measured again from the packets on the cable.
#![cfg(test)]

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::capture::{Capture, PINGS};
use crate::network::{Host, Network, SERVER, SILENT, servers};
use crate::ran::{Ran, assert_numbers, interrupted, list, number};
use crate::tools::{missing, output, until_event};

/// The nearest rank: the least value that so many per cent of all do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of seconds are exact in a double")]
fn double(value: u64) -> f64 {
    value as f64
}

/// The report of a host says what follows from the events.
#[track_caller]
fn judge(ran: &Ran, host: u64) -> Vec<u64> {
    let of_host = |name: &str| -> Vec<Value> {
        ran.all(name).into_iter().filter(|event| event["host"] == host).collect()
    };
    let report = &ran.only("ping_report")["hosts"][usize::try_from(host).expect("small")];
    let replies = of_host("reply");
    let of_fate = |fate: &str| replies.iter().filter(|reply| reply["fate"] == fate).count() as u64;
    assert_numbers(
        report,
        &[
            ("sent", of_host("probe").len() as u64),
            ("received", of_fate("fine")),
            ("late", of_fate("late")),
            ("duplicated", of_fate("duplicate")),
            ("errors", of_host("icmp_error").len() as u64),
            ("unsent", of_host("unsent").len() as u64),
        ],
    );
    let fields = ["received", "late", "lost", "outstanding"].map(|field| number(report, field));
    assert_eq!(fields.iter().sum::<u64>(), number(report, "sent"), "{report:#}");
    let fine = replies.iter().filter(|reply| reply["fate"] == "fine");
    let trips: Vec<u64> = fine.map(|reply| number(reply, "round_trip_ns")).collect();
    if trips.is_empty() {
        assert_eq!(report["rtt_ns"], Value::Null, "{report:#}");
        return trips;
    }
    let mut sorted = trips.clone();
    sorted.sort_unstable();
    let count = trips.len() as u64;
    let rtt = &report["rtt_ns"];
    assert_numbers(
        rtt,
        &[
            ("min", sorted[0]),
            ("avg", trips.iter().sum::<u64>() / count),
            ("p50", percentile(&sorted, 50)),
            ("p90", percentile(&sorted, 90)),
            ("p99", percentile(&sorted, 99)),
            ("max", sorted[sorted.len() - 1]),
        ],
    );
    let mean = double(trips.iter().sum()) / double(count);
    let squares: f64 = trips.iter().map(|&trip| (double(trip) - mean).powi(2)).sum();
    let deviation = (squares / double(count)).sqrt();
    let told = double(number(rtt, "mdev"));
    assert!((told - deviation).abs() <= 2.0, "mdev {told}, and by hand {deviation}");
    let jitter = trips.windows(2).fold(0.0, |jitter: f64, pair| {
        jitter + (double(pair[0].abs_diff(pair[1])) - jitter) / 16.0
    });
    let told = report["jitter_ns"].as_f64().expect("a number");
    assert!((told - jitter).abs() <= 2.0, "jitter {told}, and by hand {jitter}");
    for bucket in list(report, "histogram") {
        let (from, to) = (number(bucket, "from_ns"), number(bucket, "to_ns"));
        let inside = trips.iter().filter(|trip| (from..to).contains(trip)).count() as u64;
        assert_eq!(number(bucket, "count"), inside, "{bucket:#}");
    }
    let counts = list(report, "histogram").iter().map(|bucket| number(bucket, "count"));
    assert_eq!(counts.sum::<u64>(), count, "every round trip is in a bucket");
    trips
}

/// The number before some word, wherever it stands.
#[track_caller]
fn before(text: &str, word: &str) -> f64 {
    let start = text.split_once(word).unwrap_or_else(|| panic!("{word:?} in {text:?}")).0;
    let number = start.trim_end().rsplit([' ', '(']).next().expect("a word");
    number.parse().unwrap_or_else(|_| panic!("a number before {word:?} in {text:?}"))
}

/// One run, looked at from three sides: its page, its record, and the cable.
#[test]
fn page_record_and_cable_tell_of_the_same_round_trips() {
    const TEST: &str = "page_record_and_cable_tell_of_the_same_round_trips";
    const PROBES: usize = 60;
    if missing(TEST, &["tcpdump"]) {
        return;
    }
    let Some(network) = Network::new(TEST, "trips") else { return };
    for host in servers() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.jsonl").display().to_string();
        let mut capture = Capture::start(&network, PINGS, PROBES * 2);
        let flags = ["raw-ping", host, "-n", "-c", "60", "-i", "0.01", "--record", &path];
        let page = Ran::text(&network, &flags).ends_with(0);
        let record = fs::read_to_string(&path).expect("a record");
        let lines = record.lines().map(str::to_owned).collect();
        let ran = Ran { code: page.code, lines };
        let trips = judge(&ran, 0);
        assert_eq!(trips.len(), PROBES);

        let seen = capture.messages();
        let replies = ran.all("reply");
        let mut beyond = Vec::new();
        for reply in &replies {
            let sequence = number(reply, "sequence");
            let find = |answer: bool| {
                seen.iter().find(|message| {
                    u64::from(message.sequence()) == sequence && message.is_reply() == answer
                })
            };
            let (request, answer) = (find(false).expect("one"), find(true).expect("one"));
            assert_eq!(reply["clock"], "kernel", "{reply:#}");
            // tcpdump and netlab's socket have the time of an arrival from the same note.
            let apart = number(reply, "arrived_unix_ns").abs_diff(answer.at_ns);
            assert!(apart < 50_000, "{apart} ns between two times of one arrival: {reply:#}");
            let (cable, told) = (answer.at_ns - request.at_ns, number(reply, "round_trip_ns"));
            assert!(told + 20_000 >= cable, "{told} ns, and on the cable {cable} ns");
            beyond.push(told.saturating_sub(cable));
        }
        beyond.sort_unstable();
        // What a call takes until the packet is on the cable.
        assert!(beyond[PROBES / 2] < 500_000, "{beyond:?} ns more than on the cable");

        let report = ran.first_host();
        let page = page.unwrapped();
        let figures = page.line("round trip min/avg/max/mdev");
        let four = figures.split_once(" = ").expect("figures").1.split(' ').next().expect("four");
        let four: Vec<f64> = four.split('/').map(|one| one.parse().expect("a number")).collect();
        let close = |shown: f64, field: &str| {
            let told = double(number(&report["rtt_ns"], field)) / 1e6;
            assert!((shown - told).abs() < 0.001, "{field}: {shown} and {told}");
        };
        for (shown, field) in four.iter().zip(["min", "avg", "max", "mdev"]) {
            close(*shown, field);
        }
        let after = |label: &str| {
            let rest = page.line("p50 ").split_once(label).expect("a label").1;
            let word = rest.split([' ', ',']).find(|word| !word.is_empty()).expect("a number");
            word.parse().expect("a number")
        };
        close(after("p50"), "p50");
        close(after("p99"), "p99");
        let counts = page.line(" sent, ");
        assert!(counts.trim().starts_with("60 sent, 60 received, 0 lost (0 %), time "), "{counts}");
        let seconds = double(number(&ran.only("ping_report"), "duration_ns")) / 1e9;
        // In milliseconds, below one second.
        let shown = if counts.ends_with(" ms") {
            before(counts, " ms") / 1e3
        } else {
            before(counts, " s")
        };
        assert!((shown - seconds).abs() < 0.06, "{counts} and {seconds}");
        for reply in replies {
            let sequence = number(&reply, "sequence");
            let line = page.line(&format!("icmp_seq={sequence} "));
            let shown: f64 = before(&line.replace("time=", "time= "), " ms");
            assert!(
                (shown * 1e6 - double(number(&reply, "round_trip_ns"))).abs() < 1000.0,
                "{line}"
            );
        }
    }
}

/// Replies, then a hole in the way, then replies again.
#[test]
fn losses_are_counted_and_told_one_by_one() {
    let Some(network) = Network::new("losses, counted", "hole") else { return };
    let router = network.name(Host::Router);
    let hole = |verb: &str| {
        let route = ["-n", &router, "route", verb, "blackhole", "10.77.2.2/32"];
        output(Command::new("ip").args(route));
    };
    let flags = ["raw-ping", SERVER, "-n", "-i", "0.02", "-W", "0.1"];
    let mut program = network.events(&flags);
    for _ in 0..5 {
        until_event(&mut program, "reply");
    }
    hole("add");
    for _ in 0..4 {
        until_event(&mut program, "lost");
    }
    hole("del");
    until_event(&mut program, "reply");
    let ran = interrupted(program).ends_with(0);
    judge(&ran, 0);
    let report = ran.first_host();
    let lost = ran.all("lost");
    assert!(number(&report, "lost") >= lost.len() as u64 && lost.len() >= 4, "{report:#}");
    // No probe is both lost and answered.
    for one in &lost {
        let same = |reply: &Value| reply["number"] == one["number"];
        assert!(!ran.all("reply").iter().any(same), "{one:#}");
    }
}

#[test]
fn without_a_reply_there_are_no_figures() {
    let Some(network) = Network::new("no figures", "none") else { return };
    let flags = ["raw-ping", SILENT, "-n", "-c", "12", "-i", "0.02", "-W", "0.1"];
    let ran = Ran::events(&network, &flags).ends_with(1);
    judge(&ran, 0);
    assert_numbers(&ran.first_host(), &[("sent", 12), ("lost", 12), ("outstanding", 0)]);
    assert_eq!(ran.all("lost").len(), 12);
    let page = Ran::text(&network, &flags).ends_with(1);
    assert!(!page.lines.iter().any(|line| line.contains("round trip min")), "{:#?}", page.lines);
    let counts = page.line(" sent, ");
    assert!(counts.trim().starts_with("12 sent, 0 received, 12 lost (100 %)"), "{counts}");
    let line = format!("No reply to icmp_seq=12 from {SILENT} within 0.1 s");
    assert!(page.lines.iter().any(|seen| seen.trim() == line), "{:#?}", page.lines);
}

/// Hosts have figures of their own.
#[test]
fn several_hosts_have_figures_of_their_own() {
    let Some(network) = Network::new("figures of several hosts", "each") else { return };
    let flags = ["-n", "-c", "15", "-i", "0.02", "-W", "0.1"];
    let hosts = [&["raw-ping", SERVER, SILENT, "127.0.0.1"], servers()].concat();
    let ran = Ran::events(&network, &[&hosts[..], &flags].concat());
    let received: Vec<u64> =
        (0..hosts.len() as u64 - 1).map(|host| judge(&ran, host).len() as u64).collect();
    let expected: Vec<u64> =
        hosts[1..].iter().map(|host| if *host == SILENT { 0 } else { 15 }).collect();
    assert_eq!(received, expected);
}
