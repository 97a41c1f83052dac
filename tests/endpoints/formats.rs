//! JSON, CSV and Markdown, read by others; and a record.
#![cfg(test)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lab::{Lab, Ran, endpoints};
use crate::namespace::alone;
use crate::support::{Program, netlab};
use crate::tools::missing;

fn python(program: &str, arguments: &[&str]) -> Command {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/endpoints/python");
    let mut command = Command::new("python3");
    command.env("PYTHONUTF8", "1").arg(format!("{folder}/{program}")).args(arguments);
    command
}

/// What Python's csv makes of it.
#[track_caller]
fn records(text: &str) -> Vec<Value> {
    let mut reader = python("read_csv.py", &[]);
    let mut reader = reader.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
    let mut input = reader.stdin.take().expect("a pipe");
    let text = text.to_owned();
    let feed = move || input.write_all(text.as_bytes());
    let feeding = std::thread::Builder::new().spawn(feed).expect("a thread");
    let output = reader.wait_with_output().expect("it ends");
    feeding.join().expect("no panic").expect("it reads all");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A program that listens under that name, and the port.
fn named(name: &str) -> (Program, String) {
    let mut program = Program::start(&mut python("named.py", &[name]));
    let port = program.until("port ").trim_start_matches("port ").to_owned();
    (program, port)
}

#[test]
fn csv_has_what_json_has() {
    const TEST: &str = "csv_has_what_json_has";
    let Some(lab) = Lab::new(TEST, "csv") else { return };
    let objects = lab.endpoints(&["--format", "json"]).ends_with(0).events("socket");
    let csv = lab.endpoints(&["--format", "csv"]).ends_with(0).text;
    assert!(csv.lines().count() == objects.len() + 1 && csv.ends_with("\r\n"));
    assert!(csv.split_terminator('\n').all(|line| line.ends_with('\r')), "{csv}");
    let rows = records(&csv);
    assert_eq!(rows.len(), objects.len());
    for (row, object) in rows.iter().zip(&objects) {
        for (field, value) in object.as_object().expect("an object") {
            let text = match (field.as_str(), value) {
                ("event" | "programs", _) => continue,
                (_, Value::Null) => String::new(),
                (_, Value::String(text)) => text.clone(),
                (_, other) => other.to_string(),
            };
            assert_eq!(row[field], text, "{field} of {object}");
        }
        let pids: Vec<_> = object["programs"].as_array().expect("programs").clone();
        let pids: Vec<_> = pids.iter().map(|program| program["pid"].to_string()).collect();
        assert_eq!(row["pid"], pids.join(";"));
    }
    let counted = lab.endpoints(&["--count", "--format", "csv"]).ends_with(0).text;
    let all = records(&counted).into_iter().find(|row| row["by"] == "all").expect("all of them");
    assert_eq!(all["count"], objects.len().to_string());
}

#[test]
fn the_name_of_a_program_is_only_a_name() {
    alone();
    if missing("the_name_of_a_program_is_only_a_name", &["python3"]) {
        return;
    }
    // What a spreadsheet computes, what ends a field, a cell, a line; what a terminal obeys.
    for (name, cell) in [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("a,b\\\"c", "a,b\"c"),
        ("x|y*z", "x|y*z"),
        ("\\x1b[31mred", "^[[31mred"),
        // A tab would begin the next cell of a sheet.
        ("\\t=1+1", " =1+1"),
    ] {
        let (_program, port) = named(name);
        let one = ["--port", &port, "--listening"];
        let csv = endpoints(&[&one[..], &["--format", "csv"]].concat()).ends_with(0).text;
        assert_eq!(records(&csv)[0]["program"], cell, "{csv}");
        let json = endpoints(&[&one[..], &["--format", "json"]].concat()).ends_with(0);
        let plain = cell.trim_start_matches('\'');
        assert_eq!(json.events("socket")[0]["programs"][0]["name"], plain);
        let text = endpoints(&one).ends_with(0).text;
        assert!(text.contains(plain) && !text.contains('\u{1b}'), "{text}");
        let page = endpoints(&[&one[..], &["--format", "markdown"]].concat()).ends_with(0).text;
        // Nine cells, whatever the name is.
        let bars = page.lines().nth(2).expect("a row").replace("\\|", "");
        assert_eq!(bars.matches('|').count(), 10, "{page}");
    }
}

#[test]
fn markdown_is_a_table() {
    let Some(lab) = Lab::new("markdown_is_a_table", "markdown") else { return };
    let count = lab.endpoints(&["--format", "json"]).events("socket").len();
    let page = lab.endpoints(&["--format", "markdown", "--explain"]).ends_with(0).text;
    let (table, below) = page.split_once("\n\n").expect("a blank line");
    assert_eq!(table.lines().count(), count + 2, "{table}");
    assert!(table.lines().all(|line| line.starts_with('|') && line.ends_with('|')), "{table}");
    assert!(table.lines().all(|line| line.matches('|').count() == 10), "{table}");
    assert!(
        below.contains("**What the states mean") && below.contains("- CLOSE-WAIT: "),
        "{below}"
    );
}

#[test]
fn a_record_has_every_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record").display().to_string();
    let Some(lab) = Lab::new("a_record_has_every_socket", "record") else { return };
    let rows = lab.endpoints(&["--record", &path, "--format", "json"]).ends_with(0);
    let text = std::fs::read_to_string(&path).expect("a record");
    let record = Ran { code: None, text, told: String::new() };
    assert_eq!(record.events("header")[0]["command"][0], "endpoints");
    assert_eq!(record.events("socket"), rows.events("socket"));
}

#[test]
fn names_of_addresses_are_asked_for_and_not_waited_for_long() {
    let Some(lab) = Lab::new("names_of_addresses", "names") else { return };
    // Nobody answers in this namespace; /etc/hosts knows localhost.
    let began = std::time::Instant::now();
    let ran = lab.endpoints(&["--resolve", "--format", "json", "--host", "127.0.0.1"]).ends_with(0);
    let rows = ran.events("socket");
    assert!(rows.iter().all(|row| row.get("source_name").is_some()), "{ran:#?}");
    if std::fs::read_to_string("/etc/hosts").is_ok_and(|hosts| hosts.contains("127.0.0.1")) {
        assert!(rows.iter().any(|row| row["source_name"] == "localhost"), "{ran:#?}");
        let text = lab.endpoints(&["--resolve"]).ends_with(0).text;
        assert!(text.contains("  127.0.0.1") && text.contains("localhost"), "{text}");
    }
    // Two looks, two seconds each at most, and a slow machine.
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn only_ascii_when_that_is_asked_for() {
    alone();
    let Some(lab) = Lab::new("only_ascii", "ascii") else { return };
    for flags in [&["--ascii"][..], &["--ascii", "--explain"], &["--ascii", "--count"]] {
        let ran = lab.endpoints(flags).ends_with(0);
        assert!(ran.text.is_ascii() && ran.told.is_ascii(), "{ran:#?}");
    }
    // A program's name is its own.
    let (_program, port) = named("caf\\xc3\\xa9");
    let ran = endpoints(&["--ascii", "--listening", "--port", &port]).ends_with(0);
    assert!(ran.text.contains("café/"), "{ran:#?}");
    let painted = lab.endpoints(&["--color", "always"]).ends_with(0).text;
    assert!(painted.contains("\x1b[32mESTABLISHED\x1b[0m"), "{painted}");
    let plain = lab.endpoints(&["--color", "never"]).ends_with(0).text;
    assert!(!plain.contains('\x1b'), "{plain}");
}

#[test]
fn a_table_that_finds_no_room_is_an_error() {
    for arguments in [&[][..], &["--format", "csv"], &["--count"], &["--watch", "0.1"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut command = netlab();
        command.arg("endpoints").args(arguments).stdin(Stdio::null()).stdout(full);
        let output = command.output().expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {errors}");
        assert!(errors.contains("the standard output failed: no space left"), "{errors}");
    }
}
