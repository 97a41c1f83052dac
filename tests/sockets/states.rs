//! One socket of each kind in each state, in both families: is each told, and is it what `ss` says?
#![cfg(test)]

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::namespace::SsRow;
use crate::tools::poll;

#[test]
fn every_state_is_told_as_it_was_made() {
    let Some(namespace) = Lab::new("every_state_is_told_as_it_was_made", "states") else {
        return;
    };
    let script = namespace.script("states.py", &[]);
    let found = namespace.sockets(&[]);
    let made: Vec<Value> =
        script.seen().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(made.len() > 50, "{made:?}");
    for want in &made {
        let same = found.iter().find(|row| is_same(row, want));
        let row = same.unwrap_or_else(|| panic!("{want} is missing in {found:#?}"));
        for field in ["receive_queue", "send_queue", "protocol", "identifier"] {
            assert!(want[field].is_null() || row[field] == want[field], "{field}: {want} {row}");
        }
        // What was made on loopback is this host's alone.
        let own = ["127.0.0.1", "::1"].contains(&want["source_ip"].as_str().unwrap_or_default());
        assert_eq!(row["exposure"], if own { "this host" } else { "network" }, "{row}");
        let held = want["held"] == true;
        assert_eq!(row["user"], if held { json!(0) } else { Value::Null }, "{row}");
        let names: Vec<_> = row["programs"].as_array().into_iter().flatten().collect();
        assert_eq!(names.len(), usize::from(held), "{row}");
        assert!(names.iter().all(|program| program["name"] == "python3"), "{row}");
    }
    // Connections that nobody has accepted yet are there without having been made.
    assert_eq!(found.len(), made.len() + 6, "nothing is told twice");
    for family in [4, 6] {
        let states: Vec<&str> = found
            .iter()
            .filter(|row| row["transport"] == "tcp" && row["family"] == family)
            .filter_map(|row| row["state"].as_str())
            .collect();
        for state in STATES {
            assert!(states.contains(&state), "{state}");
        }
    }
}

/// The same socket: what it speaks, its state, its two sides.
fn is_same(row: &Value, want: &Value) -> bool {
    let port = |row: &Value, name: &str| row[name].as_u64().unwrap_or(0);
    ["transport", "family", "state", "source_ip", "destination_ip"]
        .iter()
        .all(|field| row[field] == want[field])
        && ["source_port", "destination_port"]
            .iter()
            .all(|name| port(row, name) == port(want, name))
        && (want["protocol"].is_null() || row["protocol"] == want["protocol"])
}

/// The states that a stream socket can be made to stay in.
const STATES: [&str; 10] = [
    "LISTEN",
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSE-WAIT",
    "CLOSING",
    "LAST-ACK",
    "TIME-WAIT",
];

#[test]
fn ss_says_the_same() {
    let Some(namespace) = Lab::new("ss_says_the_same", "ss") else { return };
    let _script = namespace.script("states.py", &[]);
    // A timer may change a socket between the two.
    let sorted = |mut rows: Vec<String>| {
        rows.sort_unstable();
        rows.join("\n")
    };
    let look = || {
        let theirs = sorted(namespace.ss("-tuwanpHO").iter().map(|row| row_of_ss(row)).collect());
        let all = namespace.sockets(&[]);
        // `ss` knows neither ping sockets nor, in many versions, sockets that are only bound.
        let known = |row: &&Value| row["transport"] != "icmp" && row["state"] != "CLOSED";
        let ours = sorted(all.iter().filter(known).map(row_of_netlab).collect());
        let judged = if theirs == ours { "alike" } else { "different" };
        format!("{judged}\nss:\n{theirs}\nnetlab:\n{ours}")
    };
    let seen = poll(look, |text| text.starts_with("alike").then(|| text.to_owned()));
    assert!(seen.lines().count() > 100, "{seen}");
}

/// In a form that both can be brought into.
fn row_of_ss(line: &str) -> String {
    let row = SsRow::read(line);
    let destination = if row.transport == "raw" { "-" } else { &row.destination };
    let pid = row.pid.as_deref().unwrap_or("-");
    let SsRow { transport, state, receive, send, source, .. } = &row;
    format!("{transport} {state} {receive} {send} {source} {destination} {pid}")
}

fn row_of_netlab(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let number = |name: &str| row[name].as_u64().unwrap_or(0);
    let raw = text("transport") == "raw";
    // `ss` writes a raw socket's protocol where others have their port.
    let source = number(if raw { "protocol" } else { "source_port" });
    let destination = format!("{} {}", text("destination_ip"), number("destination_port"));
    let pid = row["programs"][0]["pid"].as_u64();
    format!(
        "{} {} {} {} {} {source} {} {}",
        text("transport"),
        text("state"),
        number("receive_queue"),
        number("send_queue"),
        text("source_ip"),
        if raw { "-" } else { &destination },
        pid.map_or("-".to_owned(), |pid| pid.to_string())
    )
}
