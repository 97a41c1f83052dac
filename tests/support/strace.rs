//! strace's log, read: calls that another thread's calls interrupted are put together again.

use std::fs;
use std::path::Path;

/// The calls in a log of `strace -f`, each on one line, in the order in which they returned.
#[track_caller]
pub fn whole_calls(log: &Path) -> Vec<String> {
    let log = fs::read_to_string(log).expect("strace has written it");
    let (mut begun, mut calls) = (Vec::new(), Vec::new());
    for line in log.lines() {
        let (thread, rest) = line.split_once(' ').expect("a thread and its call");
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            begun.push((thread.to_owned(), start.to_owned()));
            continue;
        }
        let whole = match rest.split_once(" resumed>") {
            Some((_, end)) => {
                let at = begun.iter().position(|(other, _)| other == thread).expect("it began");
                format!("{}{end}", begun.remove(at).1)
            }
            None => rest.to_owned(),
        };
        // Of a thread that ends together with its program, strace may have missed the call.
        if whole.contains('(') && !whole.starts_with("???(") {
            calls.push(whole);
        }
    }
    calls
}

/// A call's name, its arguments in one piece, and its result: a number, or -1 and the error's name.
#[track_caller]
pub fn parts(whole: &str) -> (&str, &str, String) {
    let (call, result) = whole.rsplit_once(" = ").unwrap_or_else(|| panic!("a result: {whole}"));
    let (name, arguments) = call.trim_end().split_once('(').expect("arguments");
    let arguments = arguments.strip_suffix(')').unwrap_or_else(|| panic!("{whole}"));
    let result = match result.split_whitespace().collect::<Vec<_>>()[..] {
        [number] => number.to_owned(),
        ["-1", error, ..] => format!("-1 {error}"),
        _ => panic!("a result: {whole}"),
    };
    (name, arguments, result)
}
