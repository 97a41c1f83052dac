//! Python's `ipaddress` computes the same, for 10,000 random networks and for random plans.

use std::process::Command;

use super::{subnet, support};

fn script(name: &str) -> String {
    format!("{}/tests/subnet/python/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn python(test: &str) -> Option<Command> {
    if support::has("python3") {
        return Some(Command::new("python3"));
    }
    support::skip(test, "python3 is not installed");
    None
}

#[test]
fn ten_thousand_networks_are_as_python_has_them() {
    let Some(mut random) = python("ten_thousand_networks_are_as_python_has_them") else { return };
    let made = random.arg(script("make.py")).args(["5", "10000"]).output().expect("python starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let output = subnet(&["--format", "json"], &made.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("networks.jsonl");
    std::fs::write(&path, &output.stdout).expect("a file");
    let judged = Command::new("python3")
        .arg(script("networks.py"))
        .stdin(std::fs::File::open(&path).expect("the file"))
        .output()
        .expect("python starts");
    let text = String::from_utf8_lossy(&judged.stdout);
    assert_eq!(text.trim(), "compared 10000", "{}", String::from_utf8_lossy(&judged.stderr));
}

#[test]
fn plans_are_as_python_makes_them() {
    let Some(mut plans) = python("plans_are_as_python_makes_them") else { return };
    let judged = plans
        .arg(script("plans.py"))
        .args([env!("CARGO_BIN_EXE_netlab"), "7", "150"])
        .output()
        .expect("python starts");
    let text = String::from_utf8_lossy(&judged.stdout);
    assert!(text.starts_with("compared 150"), "{}", String::from_utf8_lossy(&judged.stderr));
}
