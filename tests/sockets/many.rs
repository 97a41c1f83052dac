//! Ten thousand sockets: none is lost, none comes twice, and each has its program.
#![cfg(test)]

use std::collections::BTreeSet;

use nix::sys::resource::{Resource, getrlimit};

use crate::lab::Lab;
use crate::support::skip;

/// How many descriptors a program here may have at most.
fn limit() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).expect("every system has one").1
}

#[test]
fn ten_thousand_sockets_are_ten_thousand_rows() {
    let test = "ten_thousand_sockets_are_ten_thousand_rows";
    if limit() < 11_000 {
        skip(test, "may not have 11,000 descriptors");
        return;
    }
    let Some(namespace) = Lab::new(test, "many") else { return };
    let script = namespace.script("many.py", &["10000"]);
    let pid = script.child.id();
    let rows = namespace.sockets(&[]);
    assert_eq!(rows.len(), 10_001, "5,000 connections have two sockets each; one listens");
    assert_eq!(namespace.ss("-tanHO").len(), rows.len());
    let pairs: BTreeSet<String> = rows
        .iter()
        .map(|row| format!("{} {}", row["source_port"], row["destination_port"]))
        .collect();
    assert_eq!(pairs.len(), rows.len(), "every row is another socket");
    assert!(rows.iter().all(|row| row["programs"][0]["pid"] == pid), "all are its own");
    let port = rows.iter().find(|row| row["state"] == "LISTEN").expect("one listens");
    let port = port["source_port"].to_string();
    assert_eq!(namespace.sockets(&["--port", &port]).len(), rows.len(), "on one side or the other");
}
