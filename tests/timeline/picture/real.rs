//! Records of real runs, drawn.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use netlab::render::timeline::{mermaid, page};
use netlab::render::{Markup, Style};
use netlab::timeline::{Options, Picture, Record, RowKind};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::support::{Program, netlab};
use super::{text, timeline};

/// A chat of so many lines, both sides recorded; the records' files.
fn chat(folder: &Path, lines: usize) -> [PathBuf; 2] {
    let files = ["client.jsonl", "server.jsonl"].map(|name| folder.join(name));
    let record = |n: usize| files[n].to_str().expect("UTF-8").to_owned();
    let (mut server, port) = Program::server(&["--record", &record(1)]);
    let mut client = Program::client(port, &["--record", &record(0)]);
    client.until("ESTABLISHED");
    for n in 0..lines {
        client.type_line(&format!("line {n} of many"));
    }
    server.until(&format!("line {} of many", lines - 1));
    client.type_line("exit");
    let (status, said) = client.finish();
    assert!(status.success(), "{said:?}");
    server.type_line("exit");
    let (status, said) = server.finish();
    assert!(status.success(), "{said:?}");
    files
}

fn picture(files: &[PathBuf], fold: usize) -> Picture {
    let read = |file: &PathBuf| {
        let bytes = fs::read(file).expect("a record");
        Record::read("a record", bytes.as_slice()).expect("a record")
    };
    let records: Vec<Record> = files.iter().map(read).collect();
    Picture::of(&records, &Options { fold, ..Options::default() })
}

#[test]
fn both_sides_of_a_chat_are_drawn_at_every_width() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = chat(folder.path(), 3);
    let picture = picture(&files, 8);
    for width in [80, 100, 120] {
        for ascii in [false, true] {
            let style = Style { width, ascii, ..Style::default() };
            for explain in [false, true] {
                for line in page(&style, &picture, explain) {
                    assert!(line.width() <= width, "{width}: {line}");
                    assert!(!ascii || line.is_ascii(), "{line}");
                    assert!(!line.contains('\u{1b}'), "{line:?}");
                }
            }
        }
    }
    let drawn = page(&Style::default(), &picture, false).join("\n");
    for wanted in ["A connect(127.0.0.1:", "A listen(", "→ ESTABLISHED", "B recv(", "waits"] {
        assert!(drawn.contains(wanted), "{wanted} in\n{drawn}");
    }
}

/// What the client does stands left, and what the server does right of the server's line.
#[test]
fn every_call_stands_in_its_lane() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = chat(folder.path(), 2);
    let files = files.map(|file| file.display().to_string());
    let drawn = text(&timeline(&[&files[0], &files[1]]));
    let column = |line: &str, word: &str| line.find(word).map(|at| line[..at].chars().count());
    let all = |word: &str| -> Vec<usize> {
        drawn
            .lines()
            .filter(|line| !line.starts_with("  •"))
            .filter_map(|l| column(l, word))
            .collect()
    };
    let (left, right) = (all("A connect("), all("A listen("));
    assert_eq!((left.as_slice(), right.len()), ([12].as_slice(), 1), "{drawn}");
    assert!(right[0] > 40, "{drawn}");
    assert!(!all("B recv").is_empty() && all("B recv").iter().all(|at| *at == right[0]), "{drawn}");
}

#[test]
fn what_is_folded_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = chat(folder.path(), 200);
    let (whole, short) = (picture(&files, 0), picture(&files, 8));
    let mut counted = 0;
    for row in &short.rows {
        counted += if let RowKind::Fold(fold) = &row.kind { fold.count } else { 1 };
    }
    assert!(short.rows.len() < whole.rows.len());
    assert_eq!(counted, whole.rows.len());
    let drawn = page(&Style::default(), &short, false).join("\n");
    assert!(drawn.contains(" more "), "{drawn}");
    assert!(!page(&Style::default(), &whole, false).join("\n").contains(" more "));
}

#[test]
fn markdown_has_a_table_a_picture_and_a_diagram() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = chat(folder.path(), 2);
    let picture = picture(&files, 8);
    let style = Style { markup: Markup::Markdown, ..Style::default() };
    let page = page(&style, &picture, false);
    let fences = page.iter().filter(|line| line.starts_with("```")).count();
    assert_eq!(fences, 4, "{page:#?}");
    assert!(
        page.iter().any(|line| line.starts_with("| client | A | tcp | 127.0.0.1:")),
        "{page:#?}"
    );
    let calls = picture.rows.iter().filter(|row| matches!(row.kind, RowKind::Call(_))).count();
    let notes = mermaid(&style, &picture).iter().filter(|line| line.contains("Note ")).count();
    assert!(notes >= calls, "{calls} calls");
}

#[test]
fn programs_get_every_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = chat(folder.path(), 2).map(|file| file.display().to_string());
    let drawn = text(&timeline(&[&files[0], &files[1], "--format", "json"]));
    let lines: Vec<Value> =
        drawn.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!(
        (first["event"].as_str(), last["event"].as_str()),
        (Some("timeline"), Some("timeline_end"))
    );
    assert_eq!(last["rows"], lines.len() - 2);
    let names: Vec<&str> = first["lanes"]
        .as_array()
        .expect("lanes")
        .iter()
        .filter_map(|l| l["name"].as_str())
        .collect();
    assert_eq!(names, ["client", "server"]);
    let connect = lines.iter().find(|line| line["call"] == "connect").expect("a connect");
    assert_eq!(
        (connect["lane"].as_u64(), &connect["fields"]["call"]),
        (Some(0), &"connect".into())
    );
}

/// A demo is a record of both sides: it is drawn from a pipe, with its steps and facts.
#[test]
fn a_demo_is_drawn_from_a_pipe() {
    let mut demo = netlab()
        .args(["demo", "calls", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = netlab()
        .args(["timeline", "-", "--ascii"])
        .stdin(demo.stdout.take().expect("a pipe"))
        .output()
        .expect("it starts");
    assert!(demo.wait().expect("it ends").success());
    let drawn = text(&output);
    assert!(drawn.is_ascii() && drawn.lines().all(|line| line.len() <= 80), "{drawn}");
    assert!(drawn.contains("\n1  "), "{drawn}");
    assert!(drawn.contains("x ") && drawn.contains("= -1 E"), "{drawn}");
}
