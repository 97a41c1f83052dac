//! Files that are no records, and records that somebody has meddled with.

use std::time::Duration;

use netlab::render::style::{Markup, Style};
use netlab::render::timeline::{html, json, page};
use netlab::timeline::{Cause, Fault, Options, Picture, Record, RowKind};
use serde_json::json;

use crate::html::strict::{is_strict, moves};
use crate::made::Made;
use crate::packets::both_ends;
use crate::real::talk;
use crate::support::skip;

fn fault(text: &[u8]) -> (usize, Fault) {
    let error = Record::read("a file", text).expect_err("no record");
    assert!(error.to_string().starts_with("a file, line "), "{error}");
    (error.line, error.fault)
}

const HEADER: &str =
    r#"{"event":"header","format":1,"host":"a","command":["x"],"started_unix_ns":1}"#;

#[test]
fn other_files_are_told_from_records() {
    assert!(matches!(fault(b""), (1, Fault::Empty)));
    assert!(matches!(fault(b"\n\n"), (2, Fault::Empty)));
    assert!(matches!(fault(b"\x0a\x0d\x0d\x0a\x1c\0\0\0"), (1, Fault::Another(_))));
    assert!(matches!(fault(b"\x89PNG\r\n\x1a\n"), (1, Fault::Another("a picture (PNG)"))));
    assert!(matches!(fault(b"hello\n"), (1, Fault::NotJson)));
    assert!(matches!(fault(b"[1]\n"), (1, Fault::NotJson)));
    assert!(matches!(fault(b"{\"event\":\"call\"}\n"), (1, Fault::NoHeader)));
    assert!(matches!(fault(b"{\"event\":\"header\",\"format\":2}\n"), (1, Fault::Newer(2))));
    assert!(matches!(fault(format!("{HEADER}\n").as_bytes()), (1, Fault::NoEvents)));
    assert!(matches!(fault(&vec![b'x'; 10 << 20]), (1, Fault::NotJson)));
}

#[test]
fn what_is_wrong_in_the_middle_is_said_and_the_rest_is_read() {
    let call = r#"{"event":"call","t_ns":5,"socket":"A","call":"close","text":"close() = 0","result":0,"error":null,"took_ns":0,"state":"CLOSED"}"#;
    let long = "y".repeat(10 << 20);
    let text = format!(
        "{HEADER}\n{call}\nnonsense\n{long}\n{{\"event\":\"later\",\"t_ns\":6}}\n{call}\n{{\"event\":\"ca"
    );
    let record = Record::read("a file", text.as_bytes()).expect("a record");
    let [strange, cut] = &record.remarks[..] else { panic!("{:?}", record.remarks) };
    assert!(strange.starts_with("2 lines") && strange.contains("line 3"), "{strange}");
    assert!(cut.contains("line 7"), "{cut}");
    assert_eq!(Picture::of(&[record], &Options::default()).rows.len(), 2);
}

/// Records that are drawn together share the room: eight of them are no eight times as much memory.
#[test]
fn records_of_one_picture_share_the_room() {
    let note = r#"{"event":"note","t_ns":5,"note":"x","text":"x"}"#;
    let call = r#"{"event":"call","t_ns":5,"socket":"A","call":"close","text":"close() = 0","result":0,"error":null,"took_ns":0,"state":"CLOSED"}"#;
    let text = format!("{HEADER}\n{}{note}\n", format!("{call}\n").repeat(1_005));
    let read = |records| Record::read_one_of(records, "a file", text.as_bytes()).expect("a record");
    let shared = read(4_000);
    assert!(shared.remarks[0].contains("room for 1000 of this record"), "{:?}", shared.remarks);
    assert!(read(8).remarks.is_empty(), "it has room for all");
}

/// What stands in a field that was meddled with.
const WORDS: [&str; 17] = [
    "0",
    "-1",
    "null",
    "18446744073709551615",
    "\"A\"",
    "\"\\u001b[2J\"",
    "[]",
    "{}",
    "1e300",
    "\"connect\"",
    "\"close\"",
    "9223372036854775807",
    "\"send\"",
    "\"127.0.0.1:1\"",
    "\"</title></svg><script>alert(1)</script>\"",
    "\"x\\\" onload='a()' \\u202e\\u0007\"",
    "\"\\n```\\n<img src=x>\"",
];

/// Records with everything in them: two real ones of a talk, and one with ends and packets.
fn victims() -> Vec<Vec<String>> {
    let real = talk(&["one", "two"]);
    let ends: Vec<String> = both_ends().lines.iter().map(ToString::to_string).collect();
    let mut all: Vec<Vec<String>> =
        real.iter().map(|text| text.lines().map(str::to_owned).collect()).collect();
    all.push(ends);
    all
}

#[test]
fn no_change_of_a_record_makes_a_picture_fail() {
    let records = victims();
    let mut state = 11_u64;
    let mut random = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut headers = 0;
    for round in 0..300 {
        let changed = records.iter().map(|lines| {
            let mut lines = lines.clone();
            for _ in 0..=random(6) {
                let at = 1 + random(lines.len() - 1);
                match random(5) {
                    0 => drop(lines.remove(at)),
                    1 => lines.push(lines[at].clone()),
                    2 => {
                        let other = 1 + random(lines.len() - 1);
                        lines.swap(at, other);
                    }
                    // The header has few fields, and each counts for all lines.
                    3 => meddle(&mut lines[0], &mut random),
                    _ => meddle(&mut lines[at], &mut random),
                }
            }
            lines.join("\n")
        });
        let changed: Vec<String> = changed.collect();
        let read = changed.iter().map(|text| Record::read("changed", text.as_bytes()));
        let read: Vec<Record> = read.filter_map(Result::ok).collect();
        headers += usize::from(read.iter().any(|its| its.source.started_unix_ns > 1 << 62));
        for pair in [&read[..], &read[read.len().min(1)..]] {
            let all = Picture::of(pair, &Options { fold: 0, all: true, ..Options::default() });
            let shown = format!("{all:?}");
            assert!(!shown.contains('\u{1b}'));
            assert!(all.rows.windows(2).all(|pair| pair[0].at <= pair[1].at));
            shown_everywhere(&all, round);
            drop(Picture::of(pair, &Options::default()));
        }
    }
    assert!(headers > 0, "headers are meddled with, too");
}

/// A picture as one of the things that netlab makes of it: whatever a record says is text there, and
/// neither moves a cursor nor becomes a part of a page.
fn shown_everywhere(picture: &Picture, round: usize) {
    let ascii = round.is_multiple_of(3);
    let style = Style { width: [40, 80, 120][round % 3], ascii, ..Style::default() };
    match round % 4 {
        0 => is_strict(&html::page(picture)),
        1 => {
            let lines = page(&style, picture, true);
            let bad = lines.iter().find(|line| line.contains(|c: char| c != '\n' && moves(c)));
            assert!(bad.is_none(), "{bad:?}");
            assert!(!ascii || lines.iter().all(|line| line.is_ascii()));
        }
        2 => {
            let style = Style { markup: Markup::Markdown, ..style };
            let mut fenced = false;
            for line in page(&style, picture, true).join("\n").lines() {
                assert!(!line.contains(moves), "{line:?}");
                if line.starts_with("```") {
                    fenced = !fenced;
                } else {
                    assert!(fenced || !line.contains('<'), "{line}");
                }
            }
            assert!(!fenced, "every block ends");
        }
        _ => {
            for line in json::lines(picture) {
                let line = line.to_string();
                assert!(!line.contains(char::is_control), "{line}");
            }
        }
    }
}

/// Another value for some field.
fn meddle(line: &mut String, random: &mut impl FnMut(usize) -> usize) {
    let places: Vec<usize> = line.match_indices("\":").map(|(p, _)| p + 2).collect();
    let from = places[random(places.len())];
    let rest = &line[from..];
    let to = from + rest.find([',', '}']).unwrap_or(rest.len());
    line.replace_range(from..to, WORDS[random(WORDS.len())]);
}

/// Two records of one machine, of which one says that it began centuries later, and whose calls say
/// that they took as long.
#[test]
fn times_at_the_end_of_all_numbers_are_no_times() {
    let mut client = Made::new("h", "x", 1);
    client.call(1, 1, "", "A", "socket(AF_INET, SOCK_STREAM) = A", "CLOSED");
    client.call(2, 1, "", "A", "connect(127.0.0.1:6000) = 0", "ESTABLISHED");
    client.call(3, 1, "", "A", "getsockname() = 127.0.0.1:40000", "ESTABLISHED");
    client.call(9, 1, "", "A", "recv(9) = 5", "ESTABLISHED");
    let mut server = Made::new("h", "x", 9_000_000_000_000_000_000);
    server.call(1, 1, "", "A", "bind(127.0.0.1:6000) = 0", "CLOSED");
    server.call(2, 1, "", "A", "listen(4) = 0", "LISTEN");
    server.call(5, 1, "", "A", "accept() = B from 127.0.0.1:40000", "LISTEN");
    server.call(6, 1, "", "B", "send(5) = 5", "ESTABLISHED");
    for made in [&mut client, &mut server] {
        for line in &mut made.lines {
            if line["call"] == "connect" || line["call"] == "send" {
                line["took_ns"] = i64::MAX.into();
            }
        }
    }
    let records = [client.record(), server.record()];
    let picture = Picture::of(&records, &Options { fold: 0, ..Options::default() });
    assert_eq!(picture.lanes.len(), 2);
    for row in &picture.rows {
        if let RowKind::Call(call) = &row.kind {
            assert!(call.end.abs_diff(call.begin) < Duration::from_secs(1), "{call:?}");
        }
    }
}

/// 2 MB that took half a minute: causes that name a thousand calls, and thousands of calls before.
#[test]
fn causes_that_name_a_thousand_calls_are_cheap() {
    let mut made = Made::new("h", "x", 0);
    made.call(1, 0, "", "A", "socket(AF_INET, SOCK_DGRAM) = A", "CLOSED");
    for n in 0..4000 {
        made.call(2 + n, 0, "", "A", "sendto(5, 127.0.0.1:8) = 5", "");
    }
    let named = |text: &str| json!({ "socket": "A", "text": text });
    let strange: Vec<_> = (0..1000).map(|n| named(&format!("x{n}"))).collect();
    let same = vec![named("sendto(5, 127.0.0.1:8) = 5"); 1000];
    for n in 0..40 {
        let calls = if n % 2 == 0 { &strange } else { &same };
        let cause = json!({ "by": "calls", "calls": calls });
        made.segment(10_000 + n, "sent", (40_000, 8), (&["ACK"], 1, 1, 5), &cause);
    }
    let record = made.record();
    let Some(before) = processor() else {
        return skip("causes_that_name_a_thousand_calls_are_cheap", NO_CLOCK);
    };
    let picture = Picture::of(&[record], &Options { fold: 0, ..Options::default() });
    let took = processor().expect("it was there before").saturating_sub(before);
    let causes: Vec<usize> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Packet(packet) => Some(match &packet.cause {
                Cause::Calls(calls) => calls.len(),
                _ => 0,
            }),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [0, 1000].repeat(20));
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// Why a test about time is left out.
pub const NO_CLOCK: &str = "this system does not tell how long a thread had a processor";

/// How long this thread had a processor until now: a machine with much to do does not change it. None
/// where the system does not tell it: nothing took no time.
pub fn processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = told.split(' ').next()?.parse().ok()?;
    (nanoseconds > 0).then(|| Duration::from_nanos(nanoseconds))
}
