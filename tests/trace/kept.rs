//! The files that a run of `netlab trace` writes: each its own, and none of the program's.
#![cfg(test)]

use std::fs;

use crate::parts::Parts;
use crate::ran::{Place, python};
use crate::support::netlab;

/// What a program prints that has run.
const PRINTS: &str = "import socket; socket.socket(); print('it ran')";

#[test]
fn two_options_never_name_one_file() {
    let Some(place) = Place::new("two_options_never_name_one_file") else { return };
    let (file, link, twin) = (place.file("mine"), place.file("link"), place.file("twin"));
    fs::write(&file, "precious").expect("a file");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    fs::hard_link(&file, &twin).expect("a second name");
    let pairs = [("--record", "--write"), ("--record", "--html"), ("--write", "--html")];
    for ((one, other), name) in pairs.iter().flat_map(|it| [(it, &file), (it, &link), (it, &twin)])
    {
        let output = netlab()
            .args(["trace", one, &file, other, name, "--", python(), "-c", PRINTS])
            .output()
            .expect("netlab starts");
        assert_eq!(output.status.code(), Some(2), "{one} {other} {name}: {output:?}");
        let parts = Parts::of(&output);
        parts.are_four();
        assert!(parts.likely.contains(&format!("{one} and {other}")), "{parts:?}");
        assert!(output.stdout.is_empty(), "nothing has run: {output:?}");
    }
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "precious");
}

#[test]
fn a_program_is_not_written_over() {
    let Some(place) = Place::new("a_program_is_not_written_over") else { return };
    let (file, link, tool) = (place.file("mine.py"), place.file("link"), place.file("tool"));
    fs::write(&file, PRINTS).expect("a file");
    fs::copy("/bin/true", &tool).expect("a copy");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let data = format!("--data={file}");
    let server = format!("{} {file}", python());
    let words: [&[&str]; 4] = [
        &["--", python(), &file],
        &["--", python(), "-c", PRINTS, &data],
        &["--server", "cat", "--client", &server],
        &["--", &tool],
    ];
    for words in words {
        let named = if words.contains(&&*tool) { [&tool, &tool] } else { [&file, &link] };
        for (option, name) in ["--record", "--write", "--html"]
            .into_iter()
            .flat_map(|option| named.map(|name| (option, name)))
        {
            let before = fs::read(name).expect("it is there");
            let output =
                netlab().args(["trace", option, name]).args(words).output().expect("netlab starts");
            assert_eq!(output.status.code(), Some(2), "{option} {name} {words:?}: {output:?}");
            Parts::of(&output).are_four();
            assert_eq!(fs::read(name).expect("it is there"), before, "{option} {words:?}");
        }
    }
}

#[test]
fn what_cannot_be_written_is_told_before_the_program_runs() {
    const TEST: &str = "what_cannot_be_written_is_told_before_the_program_runs";
    let Some(place) = Place::new(TEST) else { return };
    let nowhere = place.file("no/such/folder");
    for option in ["--record", "--html"] {
        let output = netlab()
            .args(["trace", "--no-packets", option, &nowhere, "--", python(), "-c", PRINTS])
            .output()
            .expect("netlab starts");
        assert_eq!(output.status.code(), Some(3), "{option}: {output:?}");
        let parts = Parts::of(&output);
        parts.are_five();
        assert!(parts.error.contains("no such folder"), "{parts:?}");
        assert!(output.stdout.is_empty(), "{option}: nothing has run: {output:?}");
    }
}

/// Who looks at the screen has the run, whatever became of the files; each of them is told.
#[test]
fn a_full_disk_costs_no_picture() {
    let Some(place) = Place::new("a_full_disk_costs_no_picture") else { return };
    let page = place.file("run.html");
    for (files, full) in [
        (&["--record", "/dev/full", "--html", &page][..], 1),
        (&["--record", "/dev/full", "--html", "/dev/full"], 2),
    ] {
        let output = netlab()
            .args(["trace", "--no-packets"])
            .args(files)
            .args(["--", python(), "-c", PRINTS])
            .output()
            .expect("netlab starts");
        assert_eq!(output.status.code(), Some(3), "{files:?}: {output:?}");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("it ran") && shown.contains("exit code 0"), "{shown}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(errors.matches("no space left").count(), full, "{errors}");
    }
    assert!(fs::read_to_string(&page).expect("a page").contains("</html>"));
}
