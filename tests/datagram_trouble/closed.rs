//! Ports that nobody has bound, and servers that go.
#![cfg(test)]

use std::time::Duration;

use crate::lab::{Fake, burst, client, closed_port, figure, lines, run, server};
use crate::talks::piped;

#[test]
fn an_unconnected_socket_hears_nothing_of_a_closed_port() {
    let port = closed_port();
    let ran = burst(port, &["--count", "30", "--interval", "0.001", "--timeout", "0.3"]);
    ran.adds_up();
    assert_eq!((ran.code, ran.count("lost"), ran.count("refused")), (Some(1), 30, 0));
    assert_eq!(ran.remarks("unreachable"), 0);
    let text = port.to_string();
    let output = run(&["udp-client", "127.0.0.1", &text, "--count", "3", "--timeout", "0.3"]);
    let all = lines(&output).join("\n");
    assert_eq!(output.status.code(), Some(1), "{all}");
    assert!(all.contains("four causes") && all.contains("nobody has bound"), "{all}");
    assert!(!all.contains("ECONNREFUSED"), "{all}");
    let output = piped(port, &["--timeout", "0.3"], b"hello\n");
    let lines = lines(&output);
    let all: Vec<_> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let all = all.join(" ");
    assert_eq!(output.status.code(), Some(1), "{all}");
    assert!(all.contains("four causes") && all.contains("--connect"), "{all}");
}

#[test]
fn a_connected_socket_hears_of_a_closed_port_and_explains_it_once() {
    let port = closed_port();
    for interval in ["0.001", "0"] {
        let options = ["--connect", "--count", "200", "--timeout", "0.3", "--interval", interval];
        let ran = burst(port, &options);
        ran.adds_up();
        assert_eq!((ran.code, ran.count("lost")), (Some(1), 200), "{}", ran.report());
        assert!(ran.count("refused") > 0 && ran.count("refused") <= 400, "{}", ran.report());
        assert_eq!(ran.remarks("unreachable"), 1, "{}", ran.text);
    }
    let output = piped(port, &["--connect", "--timeout", "1"], b"one\ntwo\nthree\n");
    let all = lines(&output).join("\n");
    assert_eq!(output.status.code(), Some(1), "{all}");
    assert_eq!(all.matches("nobody has bound port").count(), 1, "explained once: {all}");
    assert!(all.contains("3 sent, 0 came back, 3 lost"), "{all}");
    assert!(!all.contains("four causes"), "the cause is known: {all}");
}

#[test]
fn a_connected_burst_to_a_closed_port_does_not_hang() {
    let port = closed_port();
    // As many as the window has places, and a long time to wait for each.
    let options = ["--connect", "--count", "2", "--interval", "0", "--timeout", "1"];
    let ran = burst(port, &options);
    ran.adds_up();
    assert_eq!(ran.code, Some(1));
    assert!(ran.took < Duration::from_secs(5), "{:?}", ran.took);
}

#[test]
fn a_server_that_dies_in_the_middle_of_a_burst_is_told_apart_from_loss() {
    for connected in [false, true] {
        let mut left = 10;
        let fake = Fake::new(move |socket, from, bytes| {
            socket.send_to(bytes, from).expect("it is sent");
            left -= 1;
            left > 0
        });
        let mut options = vec!["--count", "50", "--interval", "0.005", "--timeout", "0.3"];
        options.extend(connected.then_some("--connect"));
        let ran = burst(fake.port, &options);
        ran.adds_up();
        assert_eq!((ran.code, ran.count("sent")), (Some(0), 50), "{}", ran.report());
        assert_eq!(ran.count("received"), 10, "{}", ran.report());
        assert_eq!(ran.count("lost"), 40, "{}", ran.report());
        assert_eq!(ran.count("refused") > 0, connected, "{}", ran.report());
    }
}

#[test]
fn a_server_of_netlab_that_leaves_in_the_middle_of_a_burst_leaves_an_account() {
    let (mut server, port) = server(&[]);
    let options = ["--connect", "--count", "300", "--interval", "0.005", "--timeout", "0.3"];
    let burst = client(port, &options);
    server.until("echoed");
    let lines = crate::lab::leave(server);
    let (status, told) = burst.finish();
    crate::lab::harmless(&told);
    assert_eq!(status.code(), Some(0), "{}", told.join("\n"));
    assert_eq!(figure(&told, "Received"), figure(&lines, "Sent"), "{}", told.join("\n"));
    assert_eq!(figure(&told, "Lost"), 300 - figure(&told, "Received"));
    assert!(figure(&told, "Refused") > 0);
}

#[test]
fn a_server_that_comes_back_is_heard_again() {
    let (first, port) = server(&[]);
    let mut client = client(port, &["--connect", "--timeout", "20"]);
    client.type_line("one");
    client.until(": one");
    crate::lab::leave(first);
    client.type_line("two");
    client.until("ECONNREFUSED");
    let own = port.to_string();
    let bind = [own.as_str(), "--bind", "127.0.0.1"];
    let (second, _) = crate::lab::start_server(&mut crate::support::netlab(), &bind, &[]);
    client.type_line("three");
    client.until(": three");
    client.type_line("exit");
    let (status, lines) = client.finish();
    assert_eq!(status.code(), Some(0));
    let all = lines.join("\n");
    assert!(all.contains("3 sent, 2 came back, 1 lost"), "{all}");
    crate::lab::leave(second);
}
