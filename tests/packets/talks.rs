//! A chat over TCP: both sides' packets, in the record, on the page and in the file.
#![cfg(test)]

use std::collections::BTreeSet;

use crate::judge::{Judge, Seen, TCP, fields_of, tcp_row};
use crate::lines;
use crate::room::alone;
use crate::run::{Ended, Run, is_call, is_segment};
use crate::support::netlab;

/// A client says two things and leaves; the server ends with it. What both have seen, and the judge.
#[track_caller]
fn talk(flags: &[&str]) -> (Ended, Ended, Seen) {
    let judge = Judge::here();
    let own = ["tcp-server", "0", "--bind", "127.0.0.1", "--once"];
    let mut server = Run::start(&mut netlab(), &[&own[..], flags].concat());
    let port = server.program.port().to_string();
    let own = ["tcp-client", "127.0.0.1", &port, "--name", "Ada"];
    let mut client = Run::start(&mut netlab(), &[&own[..], flags].concat());
    server.program.until("[Ada has joined the chat]");
    client.program.type_line("Hello!");
    server.program.until("Hello!");
    server.program.type_line("Hello yourself.");
    client.program.until("Hello yourself.");
    client.program.type_line("exit");
    let client = client.end(0);
    let server = server.end(0);
    (server, client, judge.end())
}

#[test]
fn every_flag_and_number_is_what_tshark_says() {
    if !alone("every_flag_and_number_is_what_tshark_says") {
        return;
    }
    let (server, client, seen) = talk(&[]);
    let judged = seen.fields("tcp", &TCP);
    assert!(judged.len() >= 10, "{judged:#?}");
    for run in [&client, &server] {
        run.is_complete();
        let told: Vec<_> = run.packets("tcp").into_iter().map(tcp_row).collect();
        assert_eq!(told, judged);
        assert_eq!(fields_of(&run.file(), "tcp", &TCP), judged);
        let numbers: Vec<_> = run.packets("tcp").iter().map(|p| p["number"].as_u64()).collect();
        let counted: Vec<_> = (1..=judged.len() as u64).map(Some).collect();
        assert_eq!(numbers, counted);
    }
}

#[test]
fn the_lines_say_what_the_record_says() {
    if !alone("the_lines_say_what_the_record_says") {
        return;
    }
    for flags in [&[][..], &["--explain"], &["--ascii", "--explain"], &["--format", "markdown"]] {
        let (server, client, _) = talk(flags);
        for run in [&client, &server] {
            if flags.contains(&"markdown") {
                let items = run.lines.iter().filter(|line| line.starts_with("- `")).count();
                assert_eq!(items, run.packets("tcp").len(), "{:#?}", run.lines);
                continue;
            }
            let told: Vec<_> = run.packets("tcp").into_iter().map(lines::expected).collect();
            assert_eq!(lines::segments(&run.lines), told);
            for line in lines::packets(&run.lines) {
                assert!(line.chars().count() <= 80, "{line}");
                assert!(!flags.contains(&"--ascii") || line.is_ascii(), "{line}");
            }
        }
        let own =
            |run: &Ended| run.packets("tcp").iter().filter(|p| p["direction"] == "sent").count();
        assert_eq!(own(&client) + own(&server), client.packets("tcp").len());
    }
}

#[test]
fn packets_stand_where_they_happened_among_the_calls() {
    if !alone("packets_stand_where_they_happened_among_the_calls") {
        return;
    }
    let (server, client, _) = talk(&["--explain"]);
    let data = |run: &Ended, direction: &str| {
        run.place("data", |e| {
            e["event"] == "packet"
                && e["direction"] == direction
                && e["payload"].as_u64().is_some_and(|bytes| bytes > 0)
        })
    };
    let call = |run: &Ended, text: &str| run.place(text, |event| is_call(event, text));
    let segment = |run: &Ended, flags: &[&str]| run.place("flags", |e| is_segment(e, flags));

    let syn = segment(&client, &["SYN"]);
    assert!(call(&client, "socket(") < syn);
    assert!(syn < segment(&client, &["SYN", "ACK"]));
    assert!(call(&client, "connect(") < call(&client, "send("));
    let first = data(&client, "sent");
    let made = client.record[first]["cause"]["calls"][0]["text"].as_str().expect("a call");
    assert!(made.starts_with("send("), "{made}");
    assert!(call(&client, made) < first);

    assert!(call(&server, "listen(") < segment(&server, &["SYN"]));
    assert!(segment(&server, &["SYN", "ACK"]) < call(&server, "accept() = B"));
    let heard = data(&server, "received");
    let taken = server.place("recv", |e| {
        is_call(e, "recv(") && e["result"].as_i64().is_some_and(|bytes| bytes > 0)
    });
    assert!(call(&server, "accept() = B") < taken && heard < taken);
    for run in [&client, &server] {
        let times: Vec<_> = run.packets("tcp").iter().map(|p| p["t_ns"].as_u64()).collect();
        assert!(times.is_sorted(), "{times:?}");
        let report = run.place("report", |event| event["event"] == "capture_report");
        let last = run.record.iter().rposition(|event| event["event"] == "packet");
        assert!(last < Some(report));
        assert!(report < run.place("end", |event| event["event"] == "end"));
    }
}

#[test]
fn each_packet_in_the_file_names_the_call_that_caused_it() {
    if !alone("each_packet_in_the_file_names_the_call_that_caused_it") {
        return;
    }
    let (server, client, _) = talk(&[]);
    for run in [&client, &server] {
        let comments = fields_of(&run.file(), "tcp", &["frame.comment"]);
        assert_eq!(comments.len(), run.packets("tcp").len());
        for (comment, packet) in comments.iter().zip(run.packets("tcp")) {
            let cause = &packet["cause"];
            assert!(comment[0].starts_with("netlab: "), "{comment:?}");
            match cause["by"].as_str() {
                Some("calls") => {
                    for call in cause["calls"].as_array().expect("calls") {
                        let text = call["text"].as_str().expect("a text");
                        assert!(comment[0].contains(text), "{comment:?} {cause}");
                        let made = |event: &&serde_json::Value| event["text"] == text;
                        assert!(run.all("call").into_iter().any(|e| made(&e)), "{text}");
                    }
                }
                Some("kernel") => {
                    let why = cause["why"].as_str().expect("why");
                    assert!(comment[0].contains(why), "{comment:?} {cause}");
                }
                _ => assert_eq!(packet["direction"], "received", "{packet:#}"),
            }
        }
    }
    let by = |run: &Ended, flags: &[&str]| {
        let at = run.place("flags", |event| is_segment(event, flags));
        run.record[at]["cause"].clone()
    };
    let connect = by(&client, &["SYN"]);
    assert!(connect["calls"][0]["text"].as_str().is_some_and(|t| t.starts_with("connect(")));
    assert_eq!(by(&server, &["SYN", "ACK"])["by"], "kernel");
    assert_eq!(by(&client, &["ACK"])["by"], "kernel");
    assert_eq!(by(&server, &["SYN"])["by"], "peer");
}

#[test]
fn what_explains_itself_is_explained_once() {
    if !alone("what_explains_itself_is_explained_once") {
        return;
    }
    let (server, client, _) = talk(&["--explain"]);
    for run in [&client, &server] {
        let page = run.lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["SYN: let us talk", "ACK without data", "FIN: I have said everything"] {
            assert_eq!(page.matches(words).count(), 1, "{words}: {:#?}", run.lines);
        }
        assert!(page.contains("MSS 65495"), "{page}");
        assert!(page.contains("no call: the kernel"), "{page}");
    }
    let (_, client, _) = talk(&[]);
    let words: BTreeSet<&str> = client.lines.iter().flat_map(|l| l.split_whitespace()).collect();
    assert!(!words.contains("SYN:") && !words.contains("options:"), "{:#?}", client.lines);
}

/// A call that makes packets go and waits is shown when it is made, and when it returns; what was
/// captured is said after the last word of the talk.
#[test]
fn a_call_stands_where_it_was_made_and_where_it_returned() {
    if !alone("a_call_stands_where_it_was_made_and_where_it_returned") {
        return;
    }
    let (server, client, _) = talk(&["--explain", "--link"]);
    let line = |run: &Ended, words: &[&str]| {
        let has = |line: &String| words.iter().all(|word| line.contains(word));
        let place = run.lines.iter().position(has);
        place.unwrap_or_else(|| panic!("{words:?} in {:#?}", run.lines))
    };
    let made = line(&client, &["connect(127.0.0.1:", "waits"]);
    let returned = line(&client, &["connect = 0", "took", "ESTABLISHED"]);
    assert!(made < line(&client, &["──▶ SYN  "]), "{:#?}", client.lines);
    assert!(line(&client, &["◀── SYN,ACK"]) < returned, "{:#?}", client.lines);
    assert!(returned < line(&client, &["getsockname()"]), "{:#?}", client.lines);
    assert!(line(&client, &["Disconnected"]) < line(&client, &["packets captured"]));
    assert!(line(&server, &["The client has left"]) < line(&server, &["packets captured"]));
    let words: Vec<&str> = server.lines.iter().flat_map(|line| line.split_whitespace()).collect();
    assert!(words.join(" ").contains("accept will make socket B for it"), "{:#?}", server.lines);
    for run in [&client, &server] {
        let count = |words: &str| run.lines.iter().filter(|line| line.contains(words)).count();
        assert_eq!(count("timestamps "), 2, "{:#?}", run.lines);
        assert_eq!(count("--link: what stays in this machine"), 1, "{:#?}", run.lines);
    }
}

/// A server that nobody is behind: SYN, and RST.
#[test]
fn a_refusal_is_a_syn_and_a_reset() {
    if !alone("a_refusal_is_a_syn_and_a_reset") {
        return;
    }
    let judge = Judge::here();
    let client = Run::start(&mut netlab(), &["tcp-client", "127.0.0.1", "5999", "--explain"]);
    let client = client.end(3);
    let judged = judge.end().fields("tcp", &TCP);
    let told: Vec<_> = client.packets("tcp").into_iter().map(tcp_row).collect();
    assert_eq!(told, judged);
    let flags: Vec<_> = lines::segments(&client.lines).into_iter().map(|line| line.flags).collect();
    assert_eq!(flags, ["SYN", "RST,ACK"]);
    assert_eq!(fields_of(&client.file(), "tcp", &TCP), judged);
}

/// Each way to serve has its own threads, and the same packets.
#[test]
fn every_way_to_serve_shows_its_packets() {
    if !alone("every_way_to_serve_shows_its_packets") {
        return;
    }
    for serve in ["one", "threads", "events"] {
        let (server, seen) = talk_served(serve);
        let judged = seen.fields("tcp", &TCP);
        let told: Vec<_> = server.packets("tcp").into_iter().map(tcp_row).collect();
        assert_eq!(told, judged, "{serve}");
        server.is_complete();
    }
}

#[track_caller]
fn talk_served(serve: &str) -> (Ended, Seen) {
    let judge = Judge::here();
    let own = ["tcp-server", "0", "--bind", "127.0.0.1", "--once", "--serve", serve];
    let mut server = Run::start(&mut netlab(), &own);
    let port = server.program.port().to_string();
    let mut client =
        crate::support::Program::start(netlab().args(["tcp-client", "127.0.0.1", &port]));
    client.type_line("Hello!");
    server.program.until("Hello!");
    client.type_line("exit");
    let (status, _) = client.finish();
    assert!(status.success());
    (server.end(0), judge.end())
}
