//! `netlab timeline`: records as one picture.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind};
use std::path::Path;

use serde_json::Value;

use super::packets::{is_page, is_same};
use super::report::{self, Report};
use crate::cli::{Look, Timeline};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::render::timeline as page;
use crate::timeline::{Fault, Options, Picture, Record, RecordError};

/// How a record is made.
const EXAMPLE: &str = "netlab tcp-client HOST --record client.jsonl";

/// The most records of one picture.
const MOST: usize = 8;

/// What the standard input is called.
const INPUT: &str = "-";

struct Answer {
    picture: Picture,
    explain: bool,
}

impl Report for Answer {
    fn page(&self, style: &Style) -> Vec<String> {
        page::page(style, &self.picture, self.explain)
    }

    fn lines(&self) -> Vec<Value> {
        page::json::lines(&self.picture)
    }
}

/// Draws records.
///
/// # Errors
///
/// [`Failure`] when a file cannot be read or is no record, or the picture cannot be written.
pub(super) fn run(args: &Timeline, look: &Look, style: Style) -> Result<Exit, Failure> {
    check(args, look)?;
    let records = args
        .records
        .iter()
        .map(|path| read(path, args.records.len()))
        .collect::<Result<Vec<_>, _>>()?;
    for (place, one) in records.iter().enumerate() {
        let alike = |other: &Record| other.source.run == one.source.run;
        if !one.source.run.is_empty() && records[..place].iter().any(alike) {
            let rule = "both files are records of one and the same run";
            return Err(twice(&args.records[place], rule).into());
        }
        if !one.can_be_drawn() {
            return Err(no_calls(one).into());
        }
    }
    let options = Options {
        fold: args.fold,
        all: args.all,
        socket: args.socket.clone().map(|socket| (socket.lane, socket.label)),
        from: args.from,
        to: args.to,
        ..Options::default()
    };
    let picture = Picture::of(&records, &options);
    if let Some(wanted) = &args.socket {
        let here = picture.lanes.iter().any(|lane| {
            wanted.lane.as_ref().is_none_or(|name| *name == lane.name)
                && lane.sockets.iter().any(|socket| socket.label == wanted.label)
        });
        if !here {
            return Err(no_socket(args, &picture).into());
        }
    }
    // Something happened, and not when it was asked for.
    let nothing = picture.rows.is_empty() && picture.span.is_some();
    let written = args.html.as_deref().map_or(Ok(()), |path| write_html(path, &picture));
    // Who looks at the screen gets the picture, also when the page cannot be written.
    report::show(&Answer { picture, explain: look.explain }, look, &style)?;
    written?;
    Ok(if nothing { Exit::No } else { Exit::Done })
}

/// Writes the picture as a page for a browser.
///
/// # Errors
///
/// [`Failure::File`] when it cannot be written.
fn write_html(path: &Path, picture: &Picture) -> Result<(), Failure> {
    let written = fs::write(path, page::html::page(picture));
    report::written(&path.display().to_string(), written)
}

/// What can be wrong with the words before anything is read.
fn check(args: &Timeline, look: &Look) -> Result<(), Usage> {
    let path = |path: &Path| path.display().to_string();
    if let Some(next) = args.records.get(MOST) {
        return Err(Usage {
            what: "record that fits in this picture",
            value: path(next),
            rule: format!(
                "a picture has room for {MOST} records, a server's and its clients', and here are {}",
                args.records.len()
            ),
            causes: vec!["a pattern such as *.jsonl stands for more files than were meant".into()],
            command: format!(
                "netlab timeline {} {}",
                path(&args.records[0]),
                path(&args.records[1])
            ),
        });
    }
    for (place, other) in args.records.iter().enumerate() {
        if args.records[..place].iter().any(|one| same(one, other)) {
            return Err(twice(other, "the same file was named twice"));
        }
    }
    if let Some(record) = look.record.as_ref().filter(|r| args.records.iter().any(|f| same(f, r))) {
        return Err(Usage {
            what: "file for a record",
            value: path(record),
            rule: "a record is written into a file of its own".into(),
            causes: vec!["this file is to be drawn, and what is in it would be gone".into()],
            command: "netlab timeline client.jsonl --record drawn.jsonl".into(),
        });
    }
    if let Some(html) = args.html.as_ref().filter(|path| is_page(path)) {
        let example = format!("netlab timeline {} --html picture.html", path(&args.records[0]));
        return Err(no_file(html, &example));
    }
    if let Some(html) = &args.html
        && args.records.iter().chain(&look.record).any(|file| same(file, html))
    {
        return Err(Usage {
            what: "file for a page",
            value: path(html),
            rule: "a page is written into a file of its own".into(),
            causes: vec!["this file is a record, and what is in it would be gone".into()],
            command: format!("netlab timeline {} --html picture.html", path(&args.records[0])),
        });
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to <= from
    {
        return Err(Usage {
            what: "time after --from",
            value: format!("--to {}", to.as_secs_f64()),
            rule: format!("--to is later than --from, which is {}", from.as_secs_f64()),
            causes: vec!["the two were exchanged".into()],
            command: "netlab timeline client.jsonl --from 1 --to 2".into(),
        });
    }
    Ok(())
}

/// A page for a browser is no page for the terminal.
pub(super) fn no_file(path: &Path, example: &str) -> Usage {
    Usage {
        what: "file for a page",
        value: path.display().to_string(),
        rule: "a page is written into a file, and what is shown goes to the standard output".into(),
        causes: vec!["--html names the standard output or the standard error".into()],
        command: example.to_owned(),
    }
}

/// Whether two paths lead to the same file.
fn same(one: &Path, other: &Path) -> bool {
    one == other || is_same(one, other)
}

fn twice(path: &Path, rule: &str) -> Usage {
    Usage {
        what: "second side",
        value: path.display().to_string(),
        rule: rule.to_owned(),
        causes: vec![
            "the other side's record has another name".into(),
            "one side alone is drawn from one record".into(),
        ],
        command: "netlab timeline client.jsonl server.jsonl".into(),
    }
}

/// Reads a record, one of so many.
fn read(path: &Path, records: usize) -> Result<Record, Usage> {
    let name = path.display().to_string();
    let record = if path == Path::new(INPUT) {
        Record::read_one_of(records, "the standard input", io::stdin().lock())
    } else {
        match File::open(path) {
            Ok(file) => Record::read_one_of(records, &name, BufReader::new(file)),
            Err(error) => return Err(unreadable(&name, &error)),
        }
    };
    record.map_err(|error| match error {
        RecordError { fault: Fault::Unreadable(error), .. } => unreadable(&name, &error),
        other => no_record(&name, &other),
    })
}

/// A file that is not there, or cannot be read.
fn unreadable(name: &str, error: &io::Error) -> Usage {
    let (what, cause) = match error.kind() {
        ErrorKind::NotFound => ("there is no such file", "a misprint, or another folder"),
        ErrorKind::PermissionDenied => ("not permitted", "it belongs to somebody else"),
        ErrorKind::IsADirectory => ("it is a folder", "name a file inside it"),
        _ => ("the system could not read it", "it is no ordinary file"),
    };
    Usage {
        what: "record",
        value: name.to_owned(),
        rule: format!("reading {name} failed: {what}"),
        causes: vec![cause.to_owned(), "no run was recorded yet: --record FILE does it".into()],
        command: EXAMPLE.to_owned(),
    }
}

/// A file that is there, and is no record.
fn no_record(name: &str, error: &RecordError) -> Usage {
    let (cause, command) = match &error.fault {
        Fault::Newer(_) => (
            "it was recorded by a later netlab than this one".to_owned(),
            "netlab --version".to_owned(),
        ),
        Fault::Empty => (
            "the run was ended before it wrote anything, or it still goes on".to_owned(),
            EXAMPLE.to_owned(),
        ),
        Fault::NoEvents => {
            ("the run was ended at once: nothing happened in it".to_owned(), EXAMPLE.to_owned())
        }
        Fault::Another("") | Fault::Unreadable(_) | Fault::NotJson | Fault::NoHeader => (
            "it is another kind of file: a record is what --record FILE writes".to_owned(),
            EXAMPLE.to_owned(),
        ),
        Fault::Another(kind) => (
            format!("it is {kind}; --record FILE writes a record, --write FILE packets"),
            EXAMPLE.to_owned(),
        ),
    };
    Usage {
        what: "record",
        value: name.to_owned(),
        rule: format!("line {}: {}", error.line.max(1), error.fault),
        causes: vec![cause],
        command,
    }
}

/// A record in which nothing is that a picture shows.
fn no_calls(record: &Record) -> Usage {
    let command = record.source.command.first().map_or("this command", String::as_str);
    Usage {
        what: "record that can be drawn",
        value: record.source.file.clone(),
        rule: format!(
            "a picture shows calls and packets, and this record of netlab {command} has none"
        ),
        causes: vec![
            "it is a record of a command that only looks, and makes no socket talk".into(),
        ],
        command: EXAMPLE.to_owned(),
    }
}

/// A label that no socket has.
fn no_socket(args: &Timeline, picture: &Picture) -> Usage {
    let wanted = args.socket.as_ref();
    let value = wanted.map_or_else(String::new, |socket| match &socket.lane {
        Some(lane) => format!("{lane}:{}", socket.label),
        None => socket.label.clone(),
    });
    let known: Vec<String> = picture
        .lanes
        .iter()
        .flat_map(|lane| lane.sockets.iter().map(move |s| format!("{}:{}", lane.name, s.label)))
        .take(12)
        .collect();
    let rule = if known.is_empty() {
        "these records tell of no socket".to_owned()
    } else {
        format!("the sockets of this picture are {}", known.join(", "))
    };
    Usage {
        what: "socket of this picture",
        value,
        rule,
        causes: vec!["labels are given in the order in which a program makes its sockets".into()],
        command: format!("netlab timeline {}", args.records[0].display()),
    }
}
