//! How it looks: 80 columns, ASCII, Markdown, a terminal.

use crate::support::{has, skip};
use crate::{alone, classify, classify_lines, feed, text};

/// Questions of every kind.
const KINDS: [&[&str]; 12] = [
    &["6000"],
    &["46258"],
    &["0"],
    &["22/tcp"],
    &["2222"],
    &["2083"],
    &["80/dccp"],
    &["65535"],
    &["x11", "22", "3000-3010"],
    &["0-1100"],
    &["--search", "mail"],
    &["6000", "--explain"],
];

#[test]
fn no_line_is_longer_than_the_page() {
    for arguments in KINDS {
        let page = text(&classify(arguments));
        for line in page.lines().filter(|line| !line.contains("https://")) {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
    }
}

#[test]
fn ascii_is_ascii_and_colours_are_only_where_they_are_asked_for() {
    for arguments in KINDS {
        let ascii = text(&classify(&[arguments, &["--ascii"]].concat()));
        assert!(ascii.is_ascii(), "{arguments:?}: {ascii}");
        assert!(!ascii.contains('\x1b'));
        let colour = text(&classify(&[arguments, &["--color", "always"]].concat()));
        assert!(colour.contains("\x1b["), "{arguments:?}");
    }
}

#[test]
fn markdown_has_titles_tables_and_a_fence_around_the_picture() {
    let page = text(&classify(&["6000", "--format", "markdown"]));
    for words in
        ["# Port 6000\n", "```text\n", "## This machine\n", "| x11 ", "- Range: registered"]
    {
        assert!(page.contains(words), "{words:?} in\n{page}");
    }
    assert_eq!(page.matches("```").count(), 2);
    let table = text(&classify_lines(&["--format", "markdown"], "22\n80\n"));
    assert!(table.starts_with("| Port | Range |"), "{table}");
}

#[test]
fn a_terminal_and_a_pipe_show_the_same_picture() {
    if !has("script") {
        return skip("classify-port in a terminal", "script is not installed");
    }
    let netlab = alone();
    let words: Vec<_> = std::iter::once(netlab.get_program()).chain(netlab.get_args()).collect();
    let words = words.join(" ".as_ref());
    let command = format!("stty cols 80; {} classify-port 6000", words.display());
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("NO_COLOR", "1").env("TERM", "xterm");
    let shown = text(&feed(&mut script, b"")).replace("\r\n", "\n");
    let piped = text(&feed(alone().args(["classify-port", "6000"]), b""));
    assert_eq!(shown.trim(), piped.trim());
}
