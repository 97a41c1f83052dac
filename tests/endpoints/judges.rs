//! The same rows as `ss`, in a namespace with sockets in known states.
#![cfg(test)]

use std::process::Command;

use serde_json::Value;

use crate::lab::{LONG, Lab};
use crate::namespace::SsRow;
use crate::tools::{missing, output, poll};

/// `tcp ESTABLISHED 127.0.0.1 5000 127.0.0.1 6000 0 0`
type Row = String;

/// The rows of netlab's JSON, sorted.
fn of_netlab(lab: &Lab, flags: &[&str]) -> Vec<Row> {
    let ran = lab.endpoints(&[&["--format", "json"], flags].concat()).ends_with(0);
    let mut rows: Vec<_> = ran.events("socket").iter().map(row).collect();
    rows.sort();
    rows
}

fn row(socket: &Value) -> Row {
    let word = |name: &str| socket[name].as_str().expect(name).to_owned();
    let number = |name: &str| socket[name].as_u64().unwrap_or_default();
    format!(
        "{} {} {} {} {} {} {} {}",
        word("transport"),
        word("state"),
        word("source_ip"),
        number("source_port"),
        word("destination_ip"),
        number("destination_port"),
        number("receive_queue"),
        number("send_queue"),
    )
}

/// The rows of `ss -Htuan`, in the same words.
fn of_ss(text: &str) -> Vec<Row> {
    let mut rows: Vec<_> = text.lines().map(ss_row).collect();
    rows.sort();
    rows
}

fn ss_row(line: &str) -> Row {
    let SsRow { transport, state, receive, send, source, destination, .. } = SsRow::read(line);
    format!("{transport} {state} {source} {destination} {receive} {send}")
}

/// The lines with a word before each.
fn each_line(text: &str, word: &str) -> String {
    text.lines().flat_map(|line| [word, " ", line, "\n"]).collect()
}

#[test]
fn the_rows_are_those_of_ss() {
    const TEST: &str = "the_rows_are_those_of_ss";
    if missing(TEST, &["ss"]) {
        return;
    }
    let Some(lab) = Lab::new(TEST, "ss") else { return };
    for flags in ["-Htuan", "-Htan", "-Huan", "-Htuan4", "-Htuan6"] {
        let own: Vec<&str> = match flags {
            "-Htuan" => vec!["-t", "-u"],
            "-Htan" => vec!["-t"],
            "-Huan" => vec!["-u"],
            "-Htuan4" => vec!["-tu4"],
            _ => vec!["-tu6"],
        };
        // A connection in TIME-WAIT may end between the two.
        poll(
            || {
                let text = output(&mut lab.inside("ss", &[flags, "-O"]));
                // With one protocol, ss does not name it.
                match flags {
                    "-Htan" => each_line(&text, "tcp"),
                    "-Huan" => each_line(&text, "udp"),
                    _ => text,
                }
            },
            |text| {
                let theirs = of_ss(text);
                assert!(!theirs.is_empty());
                (theirs == of_netlab(&lab, &own)).then_some(())
            },
        );
    }
}

#[test]
fn every_known_socket_is_in_its_state() {
    let Some(lab) = Lab::new("every_known_socket_is_in_its_state", "states") else { return };
    let pid = lab.holder.child.id();
    let cases = [
        ("listen", "LISTEN", "this host", true),
        ("exposed", "LISTEN", "network", true),
        ("listen6", "LISTEN", "this host", true),
        ("long", "LISTEN", "network", true),
        ("talk", "ESTABLISHED", "this host", true),
        ("talk6", "ESTABLISHED", "this host", true),
        ("half", "FIN-WAIT-2", "this host", true),
        ("over", "TIME-WAIT", "this host", false),
        ("syn", "SYN-SENT", "network", true),
        ("datagram", "UNCONNECTED", "network", true),
        ("named", "CONNECTED", "this host", true),
    ];
    let ran = lab.endpoints(&["--format", "json"]).ends_with(0);
    let sockets = ran.events("socket");
    for (name, state, exposure, held) in cases {
        let port = lab.ports[name].as_u64().expect(name);
        let own = sockets.iter().find(|socket| socket["source_port"] == port).expect(name);
        assert_eq!(own["state"], state, "{name}");
        assert_eq!(own["exposure"], exposure, "{name}");
        let range = if port < 49152 { "registered" } else { "dynamic" };
        assert_eq!(own["source_range"], range, "{name}");
        let programs = own["programs"].as_array().expect("programs");
        assert_eq!(programs.len(), usize::from(held), "{name}: {own}");
        if held {
            // The namespace's `ip` becomes the program it starts.
            assert_eq!(programs[0]["pid"], pid, "{name}");
            assert_eq!(programs[0]["name"], "python3", "{name}");
        }
    }
    let of = |kind: &str| sockets.iter().find(|socket| socket["transport"] == kind).expect(kind);
    assert_eq!((&of("raw")["protocol"], &of("raw")["source_port"]), (&1.into(), &Value::Null));
    assert_eq!((&of("icmp")["identifier"], &of("icmp")["family"]), (&0x1234.into(), &4.into()));
    let unread = lab.ports["unread"].as_u64().expect("a port");
    let reader = sockets.iter().find(|socket| socket["destination_port"] == unread).expect("it");
    assert_eq!(reader["receive_queue"], 1234);
    assert!(sockets.iter().any(|socket| socket["source_ip"] == LONG));
}

#[test]
fn a_namespace_has_its_own_sockets() {
    let Some(lab) = Lab::new("a_namespace_has_its_own_sockets", "own") else { return };
    let port = lab.port("exposed");
    lab.endpoints(&["--port", &port]).ends_with(0);
    let here = crate::lab::endpoints(&["--pid", &lab.holder.child.id().to_string()]).ends_with(1);
    assert!(here.text.contains("No socket here fits"), "{here:#?}");
    drop(lab);
    // And it goes with the test.
    let left = output(Command::new("ip").args(["netns", "list"]));
    assert!(!left.contains(&format!("netlab-sockets-{}-own", std::process::id())), "{left}");
}
