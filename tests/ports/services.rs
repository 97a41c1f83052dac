//! `getent services`, this system's own list, as the judge: `man 5 services`.

use std::process::Command;

use crate::support::has;
use crate::support::skip;
use crate::tools::output;
use crate::{classify_lines, objects};

/// Where the names that IANA knows stand otherwise in the list of Debian, and why.
const DIFFERENCES: [(&str, &str, &str); 7] = [
    ("auth", "113/tcp", "IANA lists ident first, for the same service"),
    ("imap2", "143/tcp", "IANA dropped the name in favour of imap"),
    ("submissions", "465/tcp", "IANA lists urd first, which had the port before"),
    ("biff", "512/udp", "IANA lists comsat first, for the same service"),
    ("nfs", "2049/tcp", "IANA lists shilp first"),
    ("nfs", "2049/udp", "IANA lists shilp first"),
    ("echo", "4/ddp", "AppleTalk's DDP is no protocol of IANA's registry"),
];

#[test]
fn every_service_of_this_system_that_iana_knows() {
    let test = "getent services";
    if !has("getent") {
        return skip(test, "getent is not installed");
    }
    let list = output(Command::new("getent").arg("services"));
    let lines: Vec<(&str, &str)> = list
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    if lines.is_empty() {
        return skip(test, "this system has no list");
    }
    let named: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    let named = named.join("\n");
    let known = objects(&classify_lines(&["--format", "json"], &named));
    let is_known = |name: &str| {
        known.iter().any(|object| {
            object["asked"] == name
                && (object["event"] == "service"
                    || object["services"].as_array().is_some_and(|services| {
                        services.iter().any(|service| same(&service["name"], name))
                    }))
        })
    };
    let (mut equal, mut unknown, mut different) = (0, 0, Vec::new());
    for (name, port) in &lines {
        if !is_known(name) {
            unknown += 1;
            continue;
        }
        let found = objects(&classify_lines(&["--format", "json"], port));
        if found.iter().any(|object| same(&object["services"][0]["name"], name)) {
            equal += 1;
        } else if !DIFFERENCES.iter().any(|(known, at, _)| (known, at) == (name, port)) {
            different.push(format!("{name} {port}: {}", found[0]["services"]));
        }
    }
    println!("{equal} equal, {unknown} names that IANA does not know, of {}", lines.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(equal > lines.len() / 2, "{equal} of {}", lines.len());
}

fn same(value: &serde_json::Value, name: &str) -> bool {
    value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(name))
}
