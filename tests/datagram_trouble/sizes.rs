//! Datagrams that are too long for a buffer, for a datagram, or for the rule.
#![cfg(test)]

use crate::errors::usage;
use crate::lab::{Fake, ask, burst, closed_port, figure, leave, lines, server, socket};
use crate::talks::piped;

#[test]
fn a_servers_short_buffer_cuts_and_says_so_with_the_numbers() {
    let (server, port) = server(&["--buffer", "5"]);
    let own = socket();
    for (sent, back) in [("hello world", "hello"), ("hello", "hello"), ("hi", "hi"), ("", "")] {
        assert_eq!(ask(&own, port, sent.as_bytes()), back.as_bytes());
    }
    let lines = leave(server);
    let all = lines.join(" ");
    assert!(all.contains("had 11 bytes and the buffer takes 5: 6 are lost"), "{all}");
    assert_eq!(all.matches("the buffer takes 5").count(), 1, "{all}");
    assert_eq!(figure(&lines, "Truncated"), 1);
    assert!(all.contains("[11 bytes, its beginning echoed]"), "{all}");
}

#[test]
fn a_clients_short_buffer_cuts_and_says_so_with_the_numbers() {
    let (server, port) = server(&[]);
    for connect in [&[][..], &["--connect"]] {
        let options = [&["--buffer", "5"], connect].concat();
        let output = piped(port, &options, b"hello world\nhello\n");
        let all = lines(&output).join(" ");
        assert_eq!(output.status.code(), Some(0), "{all}");
        assert!(all.contains("had 11 bytes and the buffer takes 5: 6 are lost"), "{all}");
        assert!(all.contains("2 sent, 2 came back (1 cut), 0 lost"), "{all}");
        // A header of 20 bytes does not fit into 19.
        for (buffer, name) in [("63", "truncated"), ("20", "truncated"), ("64", "received")] {
            let all =
                [&["--buffer", buffer, "--count", "10", "--timeout", "0.3"], connect].concat();
            let ran = burst(port, &all);
            ran.adds_up();
            assert_eq!((ran.code, ran.count(name)), (Some(0), 10), "{buffer}: {}", ran.report());
        }
    }
    leave(server);
}

#[test]
fn what_a_server_cut_is_truncated_at_the_client() {
    let (server, port) = server(&["--buffer", "40"]);
    let ran = burst(port, &["--count", "10", "--timeout", "0.3"]);
    ran.adds_up();
    assert_eq!((ran.code, ran.count("truncated"), ran.count("lost")), (Some(0), 10, 0));
    leave(server);
}

#[test]
fn from_the_shortest_to_the_longest_datagram_of_a_burst_all_come_back() {
    let (server, port) = server(&[]);
    for size in ["20", "21", "1472", "1473", "65506", "65507"] {
        let ran = burst(port, &["--count", "5", "--size", size]);
        ran.adds_up();
        assert_eq!((ran.code, ran.count("received")), (Some(0), 5), "{size}: {}", ran.report());
        assert_eq!(
            ran.count("bytes_received").to_string(),
            (5 * size.parse::<u64>().expect("a number")).to_string()
        );
    }
    leave(server);
}

#[test]
fn what_is_no_size_is_wrong_usage_with_the_value_and_the_rule() {
    let port = closed_port().to_string();
    for size in ["65508", "19", "0", "abc", "-1", "", "6 4", "+64", "1e3", "99999999999999999999"] {
        let option = format!("--size={size}");
        let parts = usage(&["udp-client", "127.0.0.1", &port, "--count", "3", &option]);
        assert!(parts.error.contains(&format!("{size:?}")), "{parts:#?}");
        assert!(parts.known.contains("20 to 65507"), "{parts:#?}");
    }
    let parts = usage(&["udp-client", "::1", &port, "--count", "3", "--size", "65528"]);
    assert!(parts.known.contains("20 to 65527"), "{parts:#?}");
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_ones_are_sent() {
    let (server, port) = server(&[]);
    let lengths = [65_508, 65_507, 200_000, 3];
    let input = lengths.map(|length| "x".repeat(length) + "\n").concat();
    let output = piped(port, &[], input.as_bytes());
    let lines = lines(&output);
    let all = lines.join(" ");
    assert_eq!(output.status.code(), Some(0), "{all}");
    for length in [65_508, 200_000] {
        assert!(all.contains(&format!("{length} bytes are too long for a datagram")), "{all}");
    }
    assert!(all.contains("holds at most 65507"), "{all}");
    assert!(all.contains("2 sent, 2 came back, 0 lost"), "{all}");
    assert_eq!(figure(&leave(server), "Received"), 2);
    // Nothing was sent at all: nothing is missing.
    let fake = Fake::new(|_, _, bytes| panic!("{} bytes were sent", bytes.len()));
    let output = piped(fake.port, &[], &vec![b'x'; 70_000]);
    assert_eq!(output.status.code(), Some(0), "{}", crate::lab::lines(&output).join(" "));
}

#[test]
fn what_is_no_count_and_no_time_is_wrong_usage() {
    let port = closed_port().to_string();
    for options in [
        &["--count=0"][..],
        &["--count=-1"],
        &["--count=10000001"],
        &["--count=many"],
        &["--count=3", "--interval=-1"],
        &["--count=3", "--interval=NaN"],
        &["--count=3", "--window=0"],
        &["--timeout=inf"],
        &["--buffer=0"],
        &["--buffer=65536"],
        &["--ttl=0"],
        &["--ttl=256"],
        &["--size=64"],
    ] {
        let output = crate::lab::run(&[&["udp-client", "127.0.0.1", &port], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{options:?}");
    }
    for options in [
        &["--drop=101%"][..],
        &["--drop=-1"],
        &["--delay=-5"],
        &["--delay=5+-10"],
        &["--max-rate=0"],
        &["--seed=-1"],
        &["--buffer=0"],
        &["--join=10.0.0.1"],
        &["--join=::1"],
        &["--interface=127.0.0.1"],
    ] {
        let output = crate::lab::run(&[&["udp-server", "0"], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{options:?}");
    }
}

#[test]
fn a_time_of_0_is_a_time() {
    let (server, port) = server(&[]);
    // Nothing can be answered in no time at all: late or lost, and not a moment longer.
    let ran = burst(port, &["--count", "10", "--timeout", "0"]);
    ran.adds_up();
    assert_eq!(ran.count("received"), 0, "{}", ran.report());
    let output = piped(port, &["--timeout", "0"], b"hello\n");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code <= 1) && text.is_empty(), "{text}");
    leave(server);
}
