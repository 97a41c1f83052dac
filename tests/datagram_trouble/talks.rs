//! Servers that lie to somebody who types.
#![cfg(test)]

use std::io::Write;
use std::process::{Output, Stdio};

use crate::lab::{Fake, harmless, lines, socket};
use crate::net;
use crate::support::netlab;

/// Pipes that into a client of the server on that port, and waits for its end.
pub fn piped(port: u16, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = netlab();
    command.args(["udp-client", "127.0.0.1", &port.to_string()]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("netlab starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let typing = std::thread::Builder::new().spawn(move || {
        // The client may end before it has read everything.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    typing.expect("a thread").join().expect("it types");
    output
}

/// The same to a server that answers as it likes: the exit code and the lines that were printed.
#[track_caller]
fn talk_with(
    answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
    arguments: &[&str],
    input: &str,
) -> (Option<i32>, Vec<String>) {
    let fake = Fake::new(move |socket, from, bytes| {
        for answer in answer(bytes) {
            socket.send_to(&answer, from).expect("it is sent");
        }
        true
    });
    let output = piped(fake.port, arguments, input.as_bytes());
    let lines = lines(&output);
    harmless(&lines);
    (output.status.code(), lines)
}

#[test]
fn hostile_answers_to_a_line_reach_no_screen() {
    let mut answers = net::nasty_texts();
    answers.push(("the longest", b"\x1b[2J\x1b]0;owned\x07\x1b[6n\x9b31m".repeat(2_977)));
    answers.push(("the longest without a space", vec![b'x'; 65_507]));
    for (what, bytes) in answers {
        for options in [&[][..], &["--explain"], &["--format", "json"], &["--format", "markdown"]] {
            let answer = bytes.clone();
            let (code, lines) = talk_with(move |_| vec![answer.clone()], options, "hello\n");
            assert_eq!(code, Some(0), "{what}: {}", lines.join("\n"));
            let longest = lines.iter().map(String::len).max().unwrap_or_default();
            assert!(longest < 2_000, "{what}: a line of {longest} bytes");
        }
    }
}

#[test]
fn whoever_was_never_asked_answers_no_line() {
    let stranger = socket();
    let fake = Fake::new(move |_, from, bytes| {
        stranger.send_to(bytes, from).expect("it is sent");
        true
    });
    let output = piped(fake.port, &["--timeout", "0.3"], b"hello\n");
    let all = lines(&output).join("\n");
    assert_eq!(output.status.code(), Some(1), "{all}");
    assert!(all.contains("not a reply"), "{all}");
    assert!(all.contains("1 sent, 0 came back, 1 lost, 1 that nobody asked for"), "{all}");
}

#[test]
fn a_second_copy_is_told_and_does_not_count() {
    let (code, lines) = talk_with(|bytes| vec![bytes.to_vec(); 2], &[], "one\ntwo\nthree\n");
    let all = lines.join("\n");
    assert_eq!(code, Some(0), "{all}");
    assert!(all.contains("3 sent, 3 came back, 0 lost"), "{all}");
    assert!(all.contains("a second copy"), "{all}");
}

#[test]
fn answers_in_another_order_are_told() {
    let mut kept = Vec::new();
    let fake = Fake::new(move |socket, from, bytes| {
        kept.push(bytes.to_vec());
        if kept.len() == 3 {
            kept.drain(..).rev().for_each(|bytes| {
                socket.send_to(&bytes, from).expect("it is sent");
            });
        }
        true
    });
    let output = piped(fake.port, &[], b"one\ntwo\nthree\n");
    let all = lines(&output).join("\n");
    assert_eq!(output.status.code(), Some(0), "{all}");
    assert!(all.contains("3 sent, 3 came back (2 overtaken), 0 lost"), "{all}");
    assert_eq!(all.matches("overtaken on the way").count(), 2, "{all}");
}

#[test]
fn an_empty_line_is_a_datagram_and_its_answer_is_one() {
    let (code, lines) = talk_with(|bytes| vec![bytes.to_vec()], &[], "\n\n");
    let all = lines.join("\n");
    assert_eq!(code, Some(0), "{all}");
    assert!(all.contains("2 sent, 2 came back, 0 lost"), "{all}");
}

#[test]
fn silence_has_four_causes_once() {
    let (code, lines) = talk_with(|_| Vec::new(), &["--timeout", "0.2"], "one\ntwo\n");
    let all = lines.join("\n");
    assert_eq!(code, Some(1), "{all}");
    assert_eq!(all.matches("four causes").count(), 1, "{all}");
    for number in 1..=4 {
        assert_eq!(all.matches(&format!("\n   {number}. ")).count(), 1, "{all}");
    }
    assert!(all.contains("no reply to \"two\" within"), "{all}");
    assert!(all.contains("2 sent, 0 came back, 2 lost"), "{all}");
}

/// A server on every address may answer from another than the one that was asked. Its client believes
/// nobody else, and says why it hears nothing.
#[test]
fn an_answer_from_another_address_is_not_believed_and_explained() {
    const TEST: &str = "an_answer_from_another_address_is_not_believed_and_explained";
    // A server on every address of this machine would be one for the neighbours, too.
    crate::lab::in_a_network_of_its_own(TEST, || {
        let (server, port) = crate::lab::start_server(&mut netlab(), &["0"], &[]);
        let port = port.to_string();
        let all = ["udp-client", "127.0.0.2", &port, "--count", "3", "--timeout", "0.5"];
        let lines = lines(&crate::lab::run(&all));
        crate::lab::leave(server);
        assert_eq!(crate::lab::figure(&lines, "Foreign"), 3, "{}", lines.join("\n"));
        let told = lines.iter().any(|line| line.contains("the same port, another"));
        assert!(told, "{}", lines.join("\n"));
    });
}

/// Every hop limit that a client may ask for is one that its server answers.
#[test]
fn a_client_with_any_hop_limit_is_answered() {
    let (server, port) = crate::lab::server(&[]);
    for ttl in ["1", "64", "80", "81", "100", "101", "255"] {
        let output = piped(port, &["--ttl", ttl, "--timeout", "0.3"], b"hello\n");
        let all = lines(&output).join("\n");
        assert_eq!(output.status.code(), Some(0), "TTL {ttl}: {all}");
    }
    crate::lab::leave(server);
}
