//! UDP: a client's lines and their echoes, a closed port, and a datagram in fragments.
#![cfg(test)]

use serde_json::Value;

use crate::judge::{Judge, fields_of};
use crate::lines::packets;
use crate::room::alone;
use crate::run::{Ended, Run, is_call};
use crate::support::netlab;
use crate::tools::number_at_the_end;

const UDP: [&str; 5] = ["ip.src", "udp.srcport", "ip.dst", "udp.dstport", "udp.length"];

#[track_caller]
fn row(packet: &Value) -> Vec<String> {
    let text = |field: &str| packet[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| packet[field].as_u64().expect(field);
    vec![
        text("source_ip"),
        number("source_port").to_string(),
        text("destination_ip"),
        number("destination_port").to_string(),
        (number("payload") + 8).to_string(),
    ]
}

#[test]
fn every_datagram_is_shown_on_both_sides() {
    if !alone("every_datagram_is_shown_on_both_sides") {
        return;
    }
    let judge = Judge::here();
    let mut server =
        Run::start(&mut netlab(), &["udp-server", "0", "--bind", "127.0.0.1", "--explain"]);
    let port = number_at_the_end(&server.program.until("Server bound")).to_string();
    let mut client = Run::start(&mut netlab(), &["udp-client", "127.0.0.1", &port, "--explain"]);
    for line in ["one", "twenty-two"] {
        client.program.type_line(line);
        // The echo: a packet of its own, and below it the line.
        client.program.until(line);
    }
    client.program.type_line("exit");
    let client = client.end(0);
    server.program.type_line("exit");
    let server = server.end(0);
    let seen = judge.end();
    let judged = seen.fields("udp and not icmp", &UDP);
    assert_eq!(judged.len(), 4, "{judged:#?}");
    for run in [&client, &server] {
        run.is_complete();
        assert_eq!(run.packets("udp").into_iter().map(row).collect::<Vec<_>>(), judged);
        assert_eq!(fields_of(&run.file(), "udp", &UDP), judged);
        assert_eq!(packets(&run.lines).len(), 4, "{:#?}", run.lines);
        let sent: Vec<_> =
            run.packets("udp").into_iter().filter(|p| p["direction"] == "sent").collect();
        let calls: Vec<_> =
            run.all("call").into_iter().filter(|event| event["call"] == "sendto").collect();
        assert_eq!(sent.len(), calls.len());
        for (packet, call) in sent.iter().zip(calls) {
            assert_eq!(packet["cause"]["calls"][0]["text"], call["text"], "{packet:#}");
        }
    }
    let place = |run: &Ended, direction: &str| {
        run.place(direction, |e| e["event"] == "packet" && e["direction"] == direction)
    };
    let call = |run: &Ended, text: &str| run.place(text, |event| is_call(event, text));
    assert!(call(&client, "sendto(") < place(&client, "sent"));
    assert!(place(&client, "sent") < place(&client, "received"));
    assert!(place(&server, "received") < call(&server, "sendto("));
}

#[test]
fn a_closed_port_answers_by_icmp() {
    if !alone("a_closed_port_answers_by_icmp") {
        return;
    }
    let arguments = ["udp-client", "127.0.0.1", "5999", "--connect", "--count", "1", "--explain"];
    let client = Run::start(&mut netlab(), &arguments).end(1);
    let error = client.packets("icmp");
    assert_eq!(error.len(), 1, "{:#?}", client.record);
    assert_eq!((&error[0]["type"], &error[0]["code"]), (&3.into(), &3.into()));
    assert_eq!(error[0]["about"]["destination_port"], 5999);
    assert_eq!(error[0]["cause"]["by"], "kernel");
    let page = packets(&client.lines);
    assert!(page.len() == 2 && page[1].contains("port unreachable"), "{page:#?}");
    let judged = fields_of(&client.file(), "icmp", &["icmp.type", "icmp.code"]);
    assert_eq!(judged, [["3", "3"]]);
}

/// A socket without a peer is not told that the port is closed; the capture is, and says so.
#[test]
fn the_capture_has_seen_what_the_socket_was_not_told() {
    if !alone("the_capture_has_seen_what_the_socket_was_not_told") {
        return;
    }
    let arguments = ["udp-client", "127.0.0.1", "5999", "--count", "1", "--timeout", "0.3"];
    let burst = Run::start(&mut netlab(), &arguments).end(1);
    let arguments = ["udp-client", "127.0.0.1", "5999", "--timeout", "0.3"];
    let mut talk = Run::start(&mut netlab(), &arguments);
    talk.program.type_line("hello");
    talk.program.until("no reply");
    talk.program.type_line("exit");
    let talk = talk.end(1);
    for run in [&burst, &talk] {
        let page = run.lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            page.contains("The capture has seen why: \"port unreachable\" came back"),
            "{page}"
        );
        assert!(!page.contains("four causes") && !page.contains("in 0 µs"), "{page}");
        assert!(!run.lines.iter().any(|line| line.trim() == "127.0.0.1"), "{:#?}", run.lines);
        assert_eq!(page.matches("ttl 64, on lo").count(), 1, "{page}");
    }
    // Without a capture nobody knows.
    let mut plain = crate::support::Program::start(netlab().args(arguments));
    plain.type_line("hello");
    plain.until("four causes");
    plain.type_line("exit");
    plain.finish();
}

#[test]
fn a_large_datagram_is_shown_with_its_fragments() {
    if !alone("a_large_datagram_is_shown_with_its_fragments") {
        return;
    }
    crate::tools::output(
        std::process::Command::new("ip").args(["link", "set", "lo", "mtu", "1500"]),
    );
    let judge = Judge::here();
    let mut server = Run::start(&mut netlab(), &["udp-server", "0", "--bind", "127.0.0.1"]);
    let port = number_at_the_end(&server.program.until("Server bound")).to_string();
    let arguments = ["udp-client", "127.0.0.1", &port, "--count", "1", "--size", "4000"];
    let client = Run::start(&mut netlab(), &arguments).end(0);
    server.program.type_line("exit");
    let server = server.end(0);
    let fragments = ["ip.src", "ip.frag_offset", "ip.flags.mf"];
    let filter = "ip.flags.mf == 1 or ip.frag_offset > 0";
    let judged = judge.end().fields(filter, &fragments);
    assert_eq!(judged.len(), 6, "{judged:#?}");
    for run in [&client, &server] {
        assert_eq!(fields_of(&run.file(), filter, &fragments), judged);
        let offsets: Vec<_> = run.packets("fragment").iter().map(|p| p["offset"].clone()).collect();
        assert_eq!(offsets, [1480, 2960, 1480, 2960]);
        assert_eq!(run.packets("udp").len(), 2);
        assert_eq!(packets(&run.lines).len(), 6, "{:#?}", run.lines);
    }
}
