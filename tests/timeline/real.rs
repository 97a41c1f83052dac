//! Records that netlab made a moment ago, on the loopback.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use netlab::timeline::{Options, Picture, Record, RowKind};
use serde_json::Value;

use crate::support::Program;
use crate::told;

/// A talk over TCP: the client's record and the server's, as lines.
pub fn talk(lines: &[&str]) -> [String; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (server, port) = Program::server(&["--once", "--record", &file("server")]);
    let mut client = Program::client(port, &["--record", &file("client"), "--linger", "0.2"]);
    client.until("ESTABLISHED");
    for line in lines {
        client.type_line(line);
    }
    client.end_input();
    let (status, printed) = client.finish();
    assert!(status.success(), "{printed:?}");
    server.finish();
    ["client", "server"].map(|name| fs::read_to_string(file(name)).expect("a record"))
}

pub fn read(text: &str) -> Record {
    Record::read("a record", text.as_bytes()).expect("a record")
}

#[test]
fn a_talk_is_drawn_from_both_records_and_every_byte_has_its_call() {
    let records = talk(&["Hello!", "bye now"]);
    let [client, server] = records.each_ref().map(|text| read(text));
    // Clients stand on the left, whichever record comes first.
    for records in [[client.clone(), server.clone()], [server, client]] {
        let picture = Picture::of(&records, &Options::default());
        let names: Vec<_> = picture.lanes.iter().map(|lane| lane.name.as_str()).collect();
        assert_eq!(names, ["client", "server"]);
        let rows = told(&picture);
        let place = |text: &str| {
            rows.iter()
                .position(|row| row.starts_with(text))
                .unwrap_or_else(|| panic!("{text} in {rows:#?}"))
        };
        assert!(place("client connect(") < place("server accept("), "{rows:#?}");
        assert!(place("client shutdown(SHUT_WR)") < place("server recv(65536) = 0"), "{rows:#?}");
        assert!(place("server close() = 0") < place("client recv(65536) = 0"), "{rows:#?}");
        let carried: Vec<_> = picture
            .rows
            .iter()
            .filter_map(|row| match &row.kind {
                RowKind::Call(call) => Some((call.name.as_str(), call.carries.as_deref()?)),
                _ => None,
            })
            .collect();
        let (hello, bye) =
            ("6 bytes, SHA-256 334d016f755cd6dc…", "7 bytes, SHA-256 e38e5bf318be9e7e…");
        assert!(carried.contains(&("send", hello)), "{carried:?}");
        assert!(carried.iter().any(|(name, said)| *name == "recv" && said.contains(hello)));
        assert!(carried.iter().any(|(name, said)| *name == "recv" && said.contains(bye)));
        let alignment = picture.alignment.expect("two clocks");
        assert!(alignment.bounded, "{alignment:?}");
        for row in &picture.rows {
            if let RowKind::Call(call) = &row.kind
                && call.name == "recv"
                && call.bytes > Some(0)
            {
                assert!(!call.from_calls.is_empty(), "{call:?}");
            }
        }
    }
}

#[test]
fn a_long_run_is_folded_and_nothing_is_lost() {
    let lines: Vec<String> = (0..300).map(|number| format!("line {number}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let records = talk(&lines).map(|text| read(&text));
    let all = Picture::of(&records, &Options { fold: 0, ..Options::default() });
    let folded = Picture::of(&records, &Options::default());
    assert!(folded.rows.len() < all.rows.len() / 2, "{:#?}", told(&folded));
    let mut count = 0;
    for row in &folded.rows {
        count += match &row.kind {
            RowKind::Fold(fold) => {
                assert_eq!(fold.count, fold.parts.iter().map(|part| part.count).sum::<usize>());
                fold.count
            }
            _ => 1,
        };
    }
    assert_eq!(count, all.rows.len());
    let states = |picture: &Picture| told(picture).iter().filter(|row| row.contains('→')).count();
    assert_eq!(states(&folded), states(&all));
}

#[test]
fn the_clock_of_another_machine_is_found_within_its_uncertainty() {
    let [client, server] = talk(&["one", "two", "three"]);
    let honest = Picture::of(&[read(&client), read(&server)], &Options::default());
    let honest = honest.alignment.expect("two clocks");
    for seconds in [-40_i64, 3, 4000] {
        let moved: Vec<String> = server
            .lines()
            .map(|line| {
                let mut value: Value = serde_json::from_str(line).expect("JSON");
                if let Some(time) = value["t_ns"].as_i64() {
                    // Every record begins at 0 or later.
                    value["t_ns"] = (time + (seconds + 40) * 1_000_000_000).into();
                } else {
                    value["host"] = "another".into();
                }
                value.to_string()
            })
            .collect();
        let picture = Picture::of(&[read(&client), read(&moved.join("\n"))], &Options::default());
        let found = picture.alignment.expect("two clocks");
        let shift = (seconds + 40) * 1_000_000_000;
        let wrong = (found.offset_ns + shift - honest.offset_ns).unsigned_abs();
        assert!(found.bounded && found.pairs > 3, "{found:?}");
        assert!(wrong <= found.uncertainty_ns, "{found:?}, {honest:?}");
    }
}

#[test]
fn datagrams_are_one_call_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record");
    let file = path.display().to_string();
    let mut server = crate::support::netlab();
    server.args(["udp-server", "0", "--bind", "127.0.0.1", "--record", &file]);
    let mut server = Program::start(&mut server);
    let port = server.until("Server bound to").rsplit(' ').next().expect("a port").to_owned();
    let other = folder.path().join("client");
    let mut client = crate::support::netlab();
    client.args(["udp-client", "127.0.0.1", &port, "--record", &other.display().to_string()]);
    let mut client = Program::start(&mut client);
    client.type_line("Hello!");
    client.until("Hello!");
    client.end_input();
    client.finish();
    interrupt(&server);
    server.finish();
    let record = |path: &Path| {
        let file = File::open(path).expect("a record");
        Record::read("udp", BufReader::new(file)).expect("a record")
    };
    let picture = Picture::of(&[record(&other), record(&path)], &Options::default());
    let rows = told(&picture);
    let datagrams: Vec<_> = picture
        .rows
        .iter()
        .filter_map(|row| match &row.kind {
            RowKind::Call(call) if call.bytes == Some(6) => {
                Some((call.lane, call.name.as_str(), call.from_calls.len()))
            }
            _ => None,
        })
        .collect();
    let expected = [(0, "sendto", 0), (1, "recvfrom", 1), (1, "sendto", 0), (0, "recvfrom", 1)];
    assert_eq!(datagrams, expected, "{rows:#?}");
}

pub fn interrupt(program: &Program) {
    let pid = i32::try_from(program.child.id()).expect("a process id");
    let pid = nix::unistd::Pid::from_raw(pid);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).expect("it runs");
}
