//! A report's figures, worked out again by Python from the replies of the same run.
#![cfg(test)]

use std::fs;

use serde_json::Value;

use crate::echo::{assert_numbers, burst, client, end, number, python, server};
use crate::support::Program;
use crate::tools::{ends_well, missing, number_at_the_end, output};

/// Runs a burst against a server with these impairments; the report has to be what Python makes of
/// the events before it. Gives both sides' reports.
#[track_caller]
fn judged_by_python(impairments: &[&str], flags: &[&str]) -> (Value, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run").display().to_string();
    let (server, port) = server(impairments);
    let (status, report, lines) = burst(&port, flags);
    assert_eq!(status.code(), Some(0));
    fs::write(&path, lines.join("\n") + "\n").expect("it is writable");
    let expected: Value =
        serde_json::from_str(&output(&mut python("figures.py", &[&path]))).expect("JSON");
    let expected = expected.as_object().expect("an object");
    for (field, value) in expected {
        match field.as_str() {
            "jitter_ns" => {
                let told = report["jitter_ns"].as_f64().expect("a number");
                let jitter = value.as_f64().expect("a number");
                assert!((told - jitter).abs() <= 1.0, "jitter: {told}, and by Python {jitter}");
            }
            "mdev" => {
                let told = report["rtt_ns"]["mdev"].as_f64().expect("a number");
                let deviation = value.as_f64().expect("a number");
                assert!((told - deviation).abs() <= 1.0, "mdev: {told}, by Python {deviation}");
            }
            "rtt_ns" => {
                for (figure, value) in value.as_object().expect("an object") {
                    assert_eq!(report["rtt_ns"][figure], *value, "{figure} in {report:#}");
                }
            }
            "histogram" => {
                let buckets = report["histogram"].as_array().expect("buckets");
                let counts: Vec<_> = buckets.iter().map(|b| b["count"].clone()).collect();
                assert_eq!(counts, *value.as_array().expect("counts"), "{buckets:#?}");
                let sum: u64 = buckets.iter().map(|bucket| number(bucket, "count")).sum();
                assert_eq!(sum, number(&report, "received"), "every round trip is in a bucket");
            }
            _ => assert_eq!(report[field], *value, "{field} in {report:#}"),
        }
    }
    (report, end(server).0)
}

const FAST: [&str; 4] = ["--interval", "0.001", "--timeout", "0.6"];

fn of(count: &str) -> Vec<&str> {
    [&FAST[..], &["--count", count]].concat()
}

#[test]
fn the_figures_of_a_quiet_run_are_right() {
    if missing("figures, quiet", &["python3"]) {
        return;
    }
    // With counts at which a rank is a whole number, and at which it is not.
    for count in ["1", "2", "100", "333"] {
        let (report, _) = judged_by_python(&[], &of(count));
        assert_eq!(report["received"].to_string(), count);
        let sum = number(&report, "bytes_sent");
        assert_eq!(sum, 64 * number(&report, "sent"));
    }
}

#[test]
fn the_figures_of_a_run_with_losses_copies_and_overtaking_are_right() {
    if missing("figures, impaired", &["python3"]) {
        return;
    }
    let impairments =
        ["--drop", "10", "--duplicate", "10", "--reorder", "10", "--delay", "20±15", "--seed", "3"];
    let (report, served) = judged_by_python(&impairments, &of("200"));
    assert_eq!(report["lost"], served["dropped"]);
    assert_eq!(report["duplicated"], served["duplicated"]);
    for field in ["lost", "duplicated", "reordered", "jitter_ns"] {
        assert!(number(&report, field) > 0, "{field} in {report:#}");
    }
}

#[test]
fn the_figures_of_a_run_with_late_and_corrupted_replies_are_right() {
    if missing("figures, late", &["python3"]) {
        return;
    }
    // The timeout is in the middle of the delays: some are late, and those have no round trip.
    let impairments = ["--delay", "300±300", "--corrupt", "20", "--seed", "5"];
    let flags = ["--interval", "0.005", "--timeout", "0.3", "--count", "100"];
    let (report, _) = judged_by_python(&impairments, &flags);
    for field in ["late", "corrupted", "received"] {
        assert!(number(&report, field) > 0, "{field} in {report:#}");
    }
    assert!(number(&report["rtt_ns"], "max") < 300_000_000, "{report:#}");
}

#[test]
fn the_same_seed_loses_the_same_at_both_ends_and_again() {
    let lost = |seed: &str| {
        let (server, port) = server(&["--drop", "25%", "--seed", seed]);
        let reports = [burst(&port, &of("120")).1, burst(&port, &of("120")).1];
        let done = end(server).0;
        let lost = reports.each_ref().map(|report| number(report, "lost"));
        assert_eq!(lost[0], lost[1], "two clients of one run");
        assert_numbers(&done, &[("dropped", lost[0] + lost[1]), ("datagrams_received", 240)]);
        lost[0]
    };
    // A quarter of 120 is 30; five standard deviations are 24.
    let first = lost("11");
    assert_eq!(first, lost("11"), "another run with the same seed");
    assert!((6..=54).contains(&first), "{first} of 120");
}

#[test]
fn exit_codes_tell_whether_anything_came_back() {
    let (server, port) = server(&[]);
    assert_eq!(burst(&port, &["--count", "2"]).0.code(), Some(0));
    end(server);
    let (server, port) = crate::echo::server(&["--drop", "100"]);
    let timeout = ["--timeout", "0.2"];
    for flags in [&["--count", "2"][..], &["--count", "2", "--connect"]] {
        let (status, report, _) = burst(&port, &[flags, &timeout].concat());
        assert_eq!(status.code(), Some(1));
        assert_numbers(&report, &[("sent", 2), ("received", 0), ("lost", 2)]);
        assert_eq!((&report["rtt_ns"], &report["jitter_ns"]), (&Value::Null, &Value::Null));
    }
    // The same of a line, and of nothing said at all, where nobody had anything to answer.
    let mut said = client(&port, &timeout);
    said.type_line("hello");
    said.end_input();
    assert_eq!(said.finish().0.code(), Some(1));
    let mut silent = client(&port, &timeout);
    silent.end_input();
    assert_eq!(silent.finish().0.code(), Some(0));
    let done = end(server).0;
    assert_numbers(&done, &[("dropped", 5), ("datagrams_sent", 0)]);
}

#[test]
fn every_datagram_has_one_place_also_when_damaged_copies_come_twice() {
    let (server, port) = server(&["--duplicate", "100", "--corrupt", "50", "--seed", "1"]);
    // The sum is judged by the helper that reads the report.
    let (_, report, _) = burst(&port, &of("40"));
    assert_numbers(&report, &[("sent", 40)]);
    end(server);
}

#[test]
fn what_a_person_is_told_is_what_the_report_says() {
    if missing("report in words", &["python3"]) {
        return;
    }
    let mut peer = Program::start(&mut python("echo.py", &[]));
    let port = number_at_the_end(&peer.until("bound to")).to_string();
    let mut command = crate::support::netlab();
    let arguments = ["udp-client", "127.0.0.1", &port, "--interval", "0", "--count", "50"];
    let lines = ends_well(Program::start(command.args(arguments)));
    let figure = |label: &str| {
        let row = lines.iter().find(|line| line.trim_start().starts_with(label));
        let row = row.unwrap_or_else(|| panic!("{label} in:\n{}", lines.join("\n")));
        row.split_whitespace().nth(1).expect("a number").to_owned()
    };
    assert_eq!(["Sent", "Received", "Lost", "Late"].map(figure), ["50", "50", "0", "0"]);
    assert!(lines.iter().any(|line| line.contains("Everything came back")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("RFC 3550")), "{lines:?}");
}
