//! Every filter, and what is said of words that do not fit.
#![cfg(test)]

use crate::lab::{LONG, Lab, endpoints};
use crate::namespace::alone;

/// Whether a filter should let a row through.
type Fits = Box<dyn Fn(&serde_json::Value) -> bool>;

#[test]
fn every_filter_lets_through_what_fits_and_nothing_else() {
    let Some(lab) = Lab::new("every_filter", "filters") else { return };
    let all = lab.endpoints(&["--format", "json"]).events("socket");
    let (listen, pid) = (lab.port("listen"), lab.holder.child.id().to_string());
    let port: u64 = listen.parse().expect("a number");
    let range = format!("{}-{}", port - 1, port + 1);
    let states = |names: &'static [&str]| {
        move |row: &serde_json::Value| names.iter().any(|name| row["state"] == *name)
    };
    let cases: Vec<(Vec<&str>, Fits)> = vec![
        (vec!["--tcp"], Box::new(|row| row["transport"] == "tcp")),
        (vec!["--udp"], Box::new(|row| row["transport"] == "udp")),
        (vec!["--raw"], Box::new(|row| row["transport"] == "raw" || row["transport"] == "icmp")),
        (vec!["--tcp", "--raw"], Box::new(|row| row["transport"] != "udp")),
        (vec!["-4"], Box::new(|row| row["family"] == 4)),
        (vec!["-6"], Box::new(|row| row["family"] == 6)),
        (vec!["--listening"], Box::new(states(&["LISTEN", "UNCONNECTED"]))),
        (vec!["--established"], Box::new(states(&["ESTABLISHED", "CONNECTED"]))),
        (vec!["--state", "CLOSE-WAIT"], Box::new(states(&["CLOSE-WAIT"]))),
        (vec!["--state", "close_wait,fin-wait-2"], Box::new(states(&["CLOSE-WAIT", "FIN-WAIT-2"]))),
        (vec!["--state", "estab"], Box::new(states(&["ESTABLISHED", "CONNECTED"]))),
        (
            vec!["--state", "syn-sent", "--state", "TIME_WAIT"],
            Box::new(states(&["SYN-SENT", "TIME-WAIT"])),
        ),
        (
            vec!["--port", &listen],
            Box::new(move |row| row["source_port"] == port || row["destination_port"] == port),
        ),
        (
            vec!["--port", &range],
            Box::new(move |row| {
                let fits =
                    |field: &str| row[field].as_u64().is_some_and(|one| one.abs_diff(port) < 2);
                fits("source_port") || fits("destination_port")
            }),
        ),
        (vec!["--host", "10.99.0.9"], Box::new(|row| row["destination_ip"] == "10.99.0.9")),
        (vec!["--host", "10.99.0.0/16"], Box::new(|row| row["source_ip"] == "10.99.0.1")),
        (vec!["--host", "2001:db8::/32"], Box::new(|row| row["source_ip"] == LONG)),
        (
            vec!["--pid", &pid],
            Box::new(|row| row["programs"].as_array().is_some_and(|all| !all.is_empty())),
        ),
        (vec!["--range", "well-known"], Box::new(|row| row["destination_range"] == "well-known")),
        (
            vec!["--range", "registered,dynamic"],
            Box::new(|row| {
                let fits = |field: &str| row[field] == "registered" || row[field] == "dynamic";
                fits("source_range") || fits("destination_range")
            }),
        ),
        (vec!["PYTHON3", "close-wait"], Box::new(states(&["CLOSE-WAIT"]))),
        (vec!["10.99.0.9"], Box::new(states(&["SYN-SENT"]))),
        // A port is found by the name of its service.
        (vec!["http", "syn-sent"], Box::new(|row| row["destination_port"] == 80)),
        (vec!["Discard"], Box::new(|row| row["destination_port"] == 9)),
    ];
    for (flags, fits) in cases {
        let expected: Vec<_> = all.iter().filter(|row| fits(row)).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{flags:?} is no test");
        let ran = lab.endpoints(&[&flags[..], &["--format", "json"]].concat()).ends_with(0);
        let rows = ran.events("socket");
        assert_eq!(rows.iter().collect::<Vec<_>>(), expected, "{flags:?}");
    }
}

#[test]
fn nothing_that_fits_is_an_answer() {
    alone();
    // Nobody can listen on port 1 of an address that is for documentation.
    let nowhere = ["--host", "192.0.2.1", "--port", "1"];
    let ran = endpoints(&nowhere).ends_with(1);
    assert!(ran.text.starts_with("No socket here fits what you ask for."), "{ran:#?}");
    assert!(!ran.text.contains("Proto"), "{ran:#?}");
    for format in ["json", "csv"] {
        let ran = endpoints(&[&nowhere[..], &["--format", format]].concat()).ends_with(1);
        assert!(!ran.text.contains("No socket"), "{ran:#?}");
        assert!(ran.told.contains("No socket here fits"), "{ran:#?}");
    }
    endpoints(&[&nowhere[..], &["--count"]].concat()).ends_with(1);
}

#[test]
fn words_that_do_not_fit_are_told_with_their_rule() {
    for (flags, value, rule) in [
        (&["--port", "70000"][..], "70000", "16 bits"),
        (&["--port", "6OOO"], "6OOO", "16 bits"),
        (&["--port", "-1"], "-1", "16 bits"),
        (&["--port", "6000-5000"], "6000-5000", "changed places"),
        (&["--port", "6000-5000"], "6000-5000", "netlab endpoints --port 5000-6000"),
        (&["--port", "80/xyz"], "xyz", "tcp, udp"),
        (&["--port", "htps"], "htps", "https"),
        (&["--port", "xul-http"], "xul-http", "without one"),
        (&["--state", "OPEN"], "OPEN", "CLOSE-WAIT"),
        (&["--host", "example"], "example", "10.0.0.0/8"),
        (&["--host", "10.0.0.1/33"], "10.0.0.1/33", "10.0.0.0/8"),
        (&["--range", "high"], "high", "well-known"),
        (&["--watch", "0"], "0", "0.1"),
        (&["--sort", "colour"], "colour", "port"),
        (&["--pid", "x"], "x", "whole number from 1 on"),
        (&["--pid", "-1"], "-1", "whole number from 1 on"),
        (&["--pid", "0"], "0", "whole number from 1 on"),
    ] {
        let ran = endpoints(flags).ends_with(2);
        assert!(ran.text.is_empty(), "{flags:?}: {ran:#?}");
        assert!(ran.told.contains(value) && ran.told.contains(rule), "{flags:?}: {ran:#?}");
    }
}

#[test]
fn csv_is_for_this_command_only() {
    for command in [&["tcp-server", "0"][..], &["subnet"], &["demo", "stream"], &["raw-listen"]] {
        let ran =
            crate::lab::Ran::of(crate::support::netlab().args(command).args(["--format", "csv"]));
        let ran = ran.ends_with(2);
        assert!(ran.told.contains("csv") && ran.told.contains("netlab endpoints"), "{ran:#?}");
    }
}
