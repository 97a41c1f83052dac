//! IPv4, IPv6 or both; one interface or all; a port by its name.
#![cfg(test)]

use serde_json::Value;

use crate::lab::endpoints;
use crate::namespace::alone;
use crate::support::Program;
use crate::tools::{missing, unprivileged};

/// Sockets in a namespace of the test's own, and their ports.
fn families(test: &str) -> Option<(Program, Value)> {
    if missing(test, &["ip", "python3"]) || unprivileged(test) {
        return None;
    }
    alone();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/endpoints/python/families.py");
    let mut program = Program::start(std::process::Command::new("python3").arg(path));
    let ports = serde_json::from_str(&program.until("both")).expect("JSON");
    Some((program, ports))
}

/// The row with that source port.
#[track_caller]
fn row<'a>(rows: &'a [Value], port: &Value) -> &'a Value {
    rows.iter().find(|row| row["source_port"] == *port).unwrap_or_else(|| panic!("{port} {rows:?}"))
}

#[test]
fn a_dual_stack_socket_is_found_by_both_families() {
    let Some((_program, ports)) = families("a_dual_stack_socket_is_found") else { return };
    let text = endpoints(&["--tcp", "--listening"]).ends_with(0).text;
    let shown = |protocol: &str, port: &Value| {
        text.lines().any(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words[0] == protocol && words[2] == format!("[::]:{port}")
        })
    };
    assert!(shown("tcp46", &ports["both"]) && shown("tcp6", &ports["only"]), "{text}");
    let both = ports["both"].to_string();
    let rows = endpoints(&["-4", "--format", "json"]).ends_with(0).events("socket");
    assert_eq!(row(&rows, &ports["both"])["dual_stack"], true);
    assert!(rows.iter().all(|row| row["source_port"] != ports["only"]), "{rows:?}");
    // The server's side of a connection over IPv4 is found with the server.
    let rows = endpoints(&["-4", "-e", "--port", &both, "--format", "json"]).events("socket");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let rows = endpoints(&["-6", "--format", "json"]).ends_with(0).events("socket");
    assert_eq!(row(&rows, &ports["only"])["dual_stack"], false);
    row(&rows, &ports["both"]);
    for word in ["tcp46", "tcp6"] {
        let rows = endpoints(&[word, "--format", "json"]).ends_with(0).events("socket");
        row(&rows, &ports["both"]);
    }
}

#[test]
fn a_socket_of_the_loopback_interface_is_this_hosts_alone() {
    let Some((_program, ports)) = families("a_socket_of_the_loopback_interface") else { return };
    let rows = endpoints(&["--udp", "--format", "json"]).ends_with(0).events("socket");
    let inside = row(&rows, &ports["inside"]);
    assert_eq!((&inside["exposure"], &inside["interface"]), (&"this host".into(), &"lo".into()));
    let text = endpoints(&["--udp"]).ends_with(0).text;
    let words: Vec<_> = text.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(words[2], format!("0.0.0.0%lo:{}", ports["inside"]), "{text}");
    assert_eq!((words[4], words[6]), ("0.0.0.0:0", "host"), "{text}");
}

#[test]
fn a_port_is_named_as_classify_port_has_it() {
    let Some((_program, ports)) = families("a_port_is_named_as_classify_port") else { return };
    for name in ["https", "HTTPS/tcp", "443/tcp", "440-450/tcp"] {
        let rows = endpoints(&["--port", name, "--format", "json"]).ends_with(0).events("socket");
        assert_eq!(rows.len(), 1, "{name}: {rows:?}");
        assert_eq!(rows[0]["source_port"], 443, "{name}");
    }
    for name in ["443/udp", "443/sctp"] {
        endpoints(&["--port", name]).ends_with(1);
    }
    let both = format!("https,{}", ports["only"]);
    let rows = endpoints(&["--port", &both, "--format", "json"]).ends_with(0).events("socket");
    assert_eq!(rows.len(), 2, "{rows:?}");
}

#[test]
fn a_word_that_could_be_a_program_is_not_looked_for_without_programs() {
    let Some((_program, _)) = families("a_word_that_could_be_a_program") else { return };
    endpoints(&["python3"]).ends_with(0);
    let ran = endpoints(&["--no-programs", "python3"]).ends_with(1);
    assert!(ran.text.contains("(--no-programs)"), "{ran:#?}");
    let ran = endpoints(&["--no-programs", "--port", "1"]).ends_with(1);
    assert!(!ran.text.contains("--no-programs"), "{ran:#?}");
}
