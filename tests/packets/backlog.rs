//! More has happened than was shown when somebody presses Ctrl-C: everything is still written.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::room::alone;
use crate::support::netlab;

/// So many datagrams that a debug build needs seconds for them.
const MANY: usize = 20_000;

#[test]
fn what_waits_at_ctrl_c_is_written_to_the_end() {
    if !alone("what_waits_at_ctrl_c_is_written_to_the_end") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("run.jsonl");
    let mut command = netlab();
    command.args(["udp-server", "5998", "--bind", "127.0.0.1", "--packets", "--format", "json"]);
    command.arg("--record").arg(&record);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = command.spawn().expect("it starts");
    let mut shown = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("\"event\":\"bound\"") {
        line.clear();
        assert!(shown.read_line(&mut line).expect("it is open") > 0, "it is bound");
    }
    // Nobody reads from here on, so everything waits.
    let client = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for _ in 0..MANY {
        client.send_to(b"and one more", "127.0.0.1:5998").expect("it is sent");
    }
    let number = i32::try_from(server.id()).expect("a process number");
    kill(Pid::from_raw(number), Signal::SIGINT).expect("it runs");
    let mut rest = String::new();
    shown.read_to_string(&mut rest).expect("text");
    assert_eq!(server.wait().expect("it ends").code(), Some(130));
    let record = fs::read_to_string(record).expect("a record");
    let events: Vec<Value> =
        record.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let [report, end] = &events[events.len() - 2..] else { panic!("two events") };
    assert_eq!((&report["event"], &end["event"]), (&"capture_report".into(), &"end".into()));
    assert!(report["t_ns"].as_u64() <= end["t_ns"].as_u64(), "{report} {end}");
    let packets = events.iter().filter(|event| event["event"] == "packet").count();
    assert_eq!(report["packets"], packets, "{report}");
    assert!(
        packets
            + report["dropped"].as_u64().map_or(0, |lost| usize::try_from(lost).expect("a count"))
            >= MANY,
        "{report}"
    );
}
