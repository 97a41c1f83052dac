//! Packets in demos: each between the calls that it belongs to, tshark as the judge; and a demo that may
//! not capture says so and goes on.
#![cfg(test)]

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::namespace::alone;
use crate::played::{Played, Who, play_with};
use crate::support::netlab;
use crate::tools::{missing, output, unprivileged};

/// The flags of each captured segment, in order.
fn flags(played: &Played) -> Vec<String> {
    let words = |packet: &Value| {
        let flags = packet["flags"].as_array().expect("flags").iter();
        flags.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
    };
    played.all("packet").filter(|packet| packet["protocol"] == "tcp").map(words).collect()
}

#[test]
fn the_segments_of_a_close_are_those_that_were_sent() {
    const TEST: &str = "the_segments_of_a_close_are_those_that_were_sent";
    if unprivileged(TEST) || missing(TEST, &["ip", "tshark"]) {
        return;
    }
    alone();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("close.pcapng").display().to_string();
    let played = play_with("close", Who::Me, &["--packets", "--write", &file]);
    let flags = flags(&played);
    let count = |wanted: &str| flags.iter().filter(|flags| *flags == wanted).count();
    assert_eq!((count("SYN"), count("SYN,ACK")), (2, 2), "{flags:?}");
    let having = |wanted: &str| flags.iter().filter(|flags| flags.contains(wanted)).count();
    assert_eq!((having("FIN"), having("RST")), (2, 1), "{flags:?}");
    let report = played.all("capture_report").next().expect("a report");
    assert_eq!(
        (&report["dropped"], report["packets"].as_u64()),
        (&0.into(), Some(flags.len() as u64))
    );
    assert_eq!(played.events.last().expect("an event")["event"], "curtain");
    // The FIN comes because of the call, behind it, and before what the other side makes of it.
    let place = |wanted: &dyn Fn(&Value) -> bool| {
        played.events.iter().position(wanted).expect("it is in the record")
    };
    let shutdown = place(&|event| event["call"] == "shutdown");
    let fin = place(&|event| event["flags"].to_string().contains("FIN"));
    let end = place(&|event| event["text"] == "recv(1) = 0");
    assert!(shutdown < fin && fin < end, "{shutdown} {fin} {end}");
    let cause = &played.events[fin]["cause"];
    assert_eq!((&cause["by"], &cause["calls"][0]["end"]), (&"calls".into(), &"client".into()));
    let read = ["-r", &file, "-T", "fields", "-e", "tcp.flags.str", "-e", "tcp.len"];
    let seen = output(Command::new("tshark").args(read).stderr(Stdio::null()));
    let by_tshark: Vec<(char, u64)> = seen.lines().map(of_tshark).collect();
    let own = played.all("packet").map(|packet| {
        let flags = packet["flags"].to_string();
        let sign = ["RST", "FIN", "SYN"].into_iter().find(|flag| flags.contains(flag));
        let length = packet["payload"].as_u64().expect("a length");
        (sign.map_or('-', |flag| flag.chars().next().expect("a letter")), length)
    });
    assert_eq!(by_tshark, own.collect::<Vec<_>>());
}

/// R, F, S or none of them, and how many bytes.
fn of_tshark(line: &str) -> (char, u64) {
    let (flags, length) = line.split_once('\t').expect("two fields");
    let sign = ['R', 'F', 'S'].into_iter().find(|sign| flags.contains(*sign));
    (sign.unwrap_or('-'), length.trim().parse().expect("a number"))
}

#[test]
fn all_three_types_have_packets() {
    const TEST: &str = "all_three_types_have_packets";
    if unprivileged(TEST) || missing(TEST, &["ip"]) {
        return;
    }
    alone();
    for name in ["", "types"] {
        let played = play_with(name, Who::Me, &["--packets"]);
        let of =
            |protocol: &str| played.all("packet").filter(|it| it["protocol"] == protocol).count();
        let sends = if name.is_empty() { 1 } else { 3 };
        assert!(of("tcp") >= 3 + sends, "{name}");
        assert_eq!((of("udp"), of("icmp")), (sends, 2 * sends), "{name}");
    }
}

#[test]
fn a_demo_that_may_not_capture_goes_on() {
    if missing("a_demo_that_may_not_capture_goes_on", &["setpriv"]) {
        return;
    }
    let played = play_with("close", Who::Nobody, &["--packets"]);
    assert_eq!(played.all("capture_refused").count(), 1);
    let hindrance = played.all("hindrance").next().expect("it is said");
    assert_eq!((&hindrance["error"]["name"], played.all("packet").count()), (&"EPERM".into(), 0));
    assert!(hindrance.to_string().contains(" demo NAME --packets"), "{hindrance}");
    assert_eq!(played.fact("recv_after_reset"), "ECONNRESET");
}

#[test]
fn every_page_with_packets_fits_80_columns() {
    const TEST: &str = "every_page_with_packets_fits_80_columns";
    if unprivileged(TEST) || missing(TEST, &["ip"]) {
        return;
    }
    alone();
    for name in ["close", "types", "stream"] {
        for more in [&["--packets"][..], &["--packets", "--ascii"]] {
            let page = output(netlab().args(["demo", name]).args(more));
            assert!(page.contains("SYN,ACK"), "{page}");
            for line in page.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{name}: {line}");
            }
            assert!(more.len() == 1 || page.is_ascii(), "{name}");
        }
    }
}
