//! Records, Markdown, and nothing but ASCII.
#![cfg(test)]

use std::fs;

use crate::echo::{end, python, server};
use crate::support::{Program, netlab};
use crate::tools::{ends_well, events, missing, number_at_the_end, output, start_netlab};

const SECRETS: [&str; 4] = [
    "secret-of-the-client",
    "sécret ✓ \"quoted\" \\ back",
    "\u{1b}[31m red \u{7} \u{2028} \u{feff} nul: \u{0} end",
    "secret-never-answered",
];

#[test]
fn records_are_json_lines_with_lengths_and_digests_and_no_word_of_what_was_said() {
    if missing("records of datagrams", &["python3"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let (mut server, port) = server(&["--record", &text("server.record")]);
    let record = text("client.record");
    let mut client = crate::echo::client(&port, &["--record", &record, "--timeout", "0.3"]);
    for line in &SECRETS[..3] {
        client.type_line(line);
        client.until(r#""direction":"received""#);
    }
    // A remark about silence repeats the line to the person, and not to the record.
    server.type_line("exit");
    let server = ends_well(server);
    client.type_line(SECRETS[3]);
    client.until(r#""remark":"silence""#);
    client.type_line("exit");
    let client = ends_well(client);
    for (name, lines) in [("server.json", &server), ("client.json", &client)] {
        fs::write(path(name), lines.join("\n") + "\n").expect("it is writable");
    }
    let files = ["server.record", "client.record", "server.json", "client.json"].map(text);
    let arguments: Vec<_> = files.iter().map(String::as_str).collect();
    let counted = output(&mut crate::tools::python("read_json_lines.py", &arguments));
    let lines = |file: &String| fs::read_to_string(file).expect("it is there").lines().count();
    let expected: Vec<_> = files.iter().map(|file| format!("{} lines", lines(file))).collect();
    assert_eq!(counted.lines().collect::<Vec<_>>(), expected);
    for (name, printed) in [("server.record", &server), ("client.record", &client)] {
        let record = fs::read_to_string(path(name)).expect("it is there");
        let recorded: Vec<_> = record.lines().map(str::to_owned).collect();
        assert_eq!(recorded.len(), printed.len(), "{name} has the same events");
        for word in ["ecret", "quoted", "red", "nul:", "never"] {
            assert!(!record.contains(word) || word == "red" && !record.contains(" red "), "{word}");
        }
        let (told, printed) = (events(&recorded, "datagram"), events(printed, "datagram"));
        let texts: Vec<_> =
            printed.iter().map(|datagram| datagram["text"].as_str().expect("a text")).collect();
        let digests = output(&mut python("digests.py", &texts));
        for ((told, printed), digest) in told.iter().zip(&printed).zip(digests.lines()) {
            assert_eq!(told.get("text"), None, "{told:#}");
            assert_eq!(told["digest"], digest, "{printed:#}");
            assert_eq!(told["bytes"], printed["bytes"]);
        }
        let sizes: Vec<_> = told.iter().filter_map(|datagram| datagram["bytes"].as_u64()).collect();
        for secret in &SECRETS[..3] {
            assert!(sizes.contains(&(secret.len() as u64)), "{secret:?} is there by its length");
        }
    }
}

#[test]
fn a_burst_is_recorded_beside_the_text_for_people() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record");
    let (server, port) = server(&[]);
    let mut command = netlab();
    command.args(["udp-client", "127.0.0.1", &port, "--count", "30", "--interval", "0"]);
    let lines = ends_well(Program::start(command.arg("--record").arg(&path)));
    assert!(lines.iter().any(|line| line.contains("[Report]")), "{lines:?}");
    let record = fs::read_to_string(&path).expect("it is there");
    let recorded: Vec<_> = record.lines().map(str::to_owned).collect();
    let report = crate::echo::report(&recorded);
    assert_eq!((&report["sent"], &report["received"]), (&30.into(), &30.into()));
    assert_eq!(events(&recorded, "datagram").len(), 30, "every reply is recorded");
    assert_eq!(recorded.last().expect("an end").split(',').next(), Some(r#"{"event":"end""#));
    end(server);
}

/// A server and a client with these flags, who exchange two lines and a burst; what both printed.
#[track_caller]
fn run(flags: &[&str]) -> [Vec<String>; 3] {
    let first = ["udp-server", "0", "--bind", "127.0.0.1", "--delay", "5±2", "--seed", "1"];
    let mut server = start_netlab(&[&first[..], flags].concat());
    let port = number_at_the_end(&server.until("Server bound to").replace(['*', '`'], ""));
    let port = port.to_string();
    let client = |more: &[&str]| {
        let mut command = netlab();
        command.args(["udp-client", "127.0.0.1", &port, "--timeout", "20"]).args(flags);
        Program::start(command.args(more))
    };
    let mut talk = client(&[]);
    talk.type_line("grüß dich, 世界 ✓");
    talk.type_line("plain");
    talk.type_line("/help");
    talk.type_line("/who");
    talk.end_input();
    let talk = ends_well(talk);
    let burst = ends_well(client(&["--count", "15", "--interval", "0"]));
    server.type_line("/who");
    server.type_line("/help");
    server.type_line("/stats");
    server.type_line("exit");
    [ends_well(server), talk, burst]
}

#[test]
fn ascii_is_nothing_but_ascii() {
    for flags in [&["--ascii"][..], &["--ascii", "--explain"], &["--ascii", "--format", "markdown"]]
    {
        for lines in run(flags) {
            assert!(lines.len() > 10, "{lines:?}");
            // What somebody said is shown as it was said.
            let own = lines.iter().map(|line| line.replace("grüß dich, 世界 ✓", ""));
            let other: Vec<_> = own.filter(|line| !line.is_ascii()).collect();
            assert!(other.is_empty(), "{flags:?}: {other:#?}");
        }
    }
}

#[test]
fn markdown_has_tables_headings_and_fences_that_close() {
    let [server, talk, burst] = run(&["--format", "markdown"]);
    for lines in [&server, &talk, &burst] {
        let tables: Vec<_> = lines.iter().filter(|line| line.starts_with('|')).collect();
        assert!(tables.iter().any(|row| row.contains("| Protocol")), "{lines:#?}");
        assert!(tables.iter().all(|row| row.ends_with('|')), "{tables:#?}");
        // A table is one only with a line of dashes below its head.
        assert!(tables.iter().any(|row| row.trim_matches(['|', '-', ' ', ':']).is_empty()));
        assert!(lines.iter().any(|line| line.starts_with('#')), "{lines:#?}");
        let fences = lines.iter().filter(|line| line.starts_with("```")).count();
        assert_eq!(fences % 2, 0, "{lines:#?}");
        for line in lines {
            assert!(!line.contains(['│', '┆', '═', '\u{1b}']), "{line}");
        }
    }
    let has = |lines: &[String], start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(has(&burst, "- Received: 15 "), "{burst:#?}");
    assert!(has(&server, "- Delayed: 17 "), "{server:#?}");
}
