//! `netlab timeline --html`.

use std::fs;
use std::process::Output;

use super::parts::Parts;
use super::support::netlab;

const RECORD: &str = concat!(
    r#"{"event":"header","format":1,"netlab":"0.1.0","run":"1","host":"js-pc","os":"linux","command":["tcp-client","h"],"started_unix_ns":1767225599000000000}"#,
    "\n",
    r#"{"event":"call","t_ns":1000,"socket":"A","call":"socket","text":"socket(AF_INET, SOCK_STREAM) = A","result":{"socket":"A"},"error":null,"took_ns":10,"state":"CLOSED"}"#,
    "\n"
);

fn timeline(arguments: &[&str]) -> Output {
    netlab().arg("timeline").args(arguments).output().expect("netlab starts")
}

#[test]
fn a_page_is_written_beside_what_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (record, page) = (folder.path().join("a.jsonl"), folder.path().join("a.html"));
    fs::write(&record, RECORD).expect("a record");
    let (record, page) = (record.display().to_string(), page.display().to_string());
    let output = timeline(&[&record, "--html", &page]);
    assert!(output.status.success(), "{output:?}");
    let html = fs::read_to_string(&page).expect("a page");
    assert!(
        html.contains("socket(AF_INET, SOCK_STREAM)") && html.contains("2025-12-31 23:59:59 UTC")
    );
}

#[test]
fn a_page_is_never_written_over_a_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("a.jsonl");
    fs::write(&record, RECORD).expect("a record");
    let name = record.display().to_string();
    let output = timeline(&[&name, "--html", &name]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Parts::of(&output).are_four();
    assert_eq!(fs::read_to_string(&record).expect("it is there"), RECORD);
}

/// What is drawn there is for a browser; the terminal has its own picture.
#[test]
fn a_page_is_not_written_to_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.jsonl"), RECORD).expect("a record");
    for path in ["-", "/dev/stdout", "/dev/stderr"] {
        let mut command = netlab();
        command.current_dir(folder.path()).args(["timeline", "a.jsonl", "--html", path]);
        let output = command.output().expect("netlab starts");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let parts = Parts::of(&output);
        parts.are_four();
        assert!(parts.known.contains("into a file"), "{parts:#?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{path}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_in_five_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("a.jsonl");
    fs::write(&record, RECORD).expect("a record");
    let page = folder.path().join("no/such/folder/a.html").display().to_string();
    let output = timeline(&[&record.display().to_string(), "--html", &page]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("a.html"), "{error}");
}
