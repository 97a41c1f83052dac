//! `netlab subnet`: one network, two hosts, a plan, a check, a picture.

mod check;
mod one;
mod picture;
mod plan;
mod wants;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use crate::cli::{Look, Subnet, SubnetAction};
use crate::error::{Exit, Failure, Usage};
use crate::render::style::Style;
use crate::subnet::sheet::{Sheet, Unreadable};
use crate::subnet::{Misread, Network, read};

/// Answers what was asked about networks.
///
/// # Errors
///
/// [`Failure`] when something cannot be read, or a file not written.
pub(super) fn run(args: &Subnet, look: &Look, style: Style) -> Result<Exit, Failure> {
    let read: Vec<&Path> = match &args.action {
        None => Vec::new(),
        Some(SubnetAction::Plan(args)) => args.wants.iter().map(Path::new).collect(),
        Some(SubnetAction::Check(args)) => vec![&args.plan],
        Some(SubnetAction::Picture(args)) => {
            vec![&args.plan].into_iter().chain(args.svg.as_ref()).map(AsRef::as_ref).collect()
        }
    };
    if let Some(record) = &look.record
        && read.iter().any(|file| same(file, record))
    {
        return Err(Usage {
            what: "file for a record",
            value: record.display().to_string(),
            rule: "a record is written into a file of its own".into(),
            causes: vec!["this file is read or drawn, and what is in it would be gone".into()],
            command: "netlab subnet check plan.md --record run.jsonl".into(),
        }
        .into());
    }
    match &args.action {
        None => one::run(args, look, &style),
        Some(SubnetAction::Plan(args)) => plan::run(args, look, &style),
        Some(SubnetAction::Check(args)) => check::run(args, look, &style),
        Some(SubnetAction::Picture(args)) => picture::run(args, look, &style),
    }
}

/// Whether two paths lead to the same file.
fn same(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// What could not be read, as the error of a wrong value.
fn refused(misread: Misread, command: &str) -> Usage {
    Usage {
        what: misread.what,
        value: misread.value,
        rule: misread.rule,
        causes: vec![misread.cause],
        command: command.to_owned(),
    }
}

/// A base: its network, and whether it was written with host bits.
fn base(text: &str, command: &str) -> Result<(Network, bool), Usage> {
    let asked = read::network(text).map_err(|misread| refused(misread, command))?;
    Ok((asked.network, asked.address != asked.network.address()))
}

/// The most bytes that are read of a file.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a file, or the standard input, to its end.
fn contents(path: &Path, what: &'static str, command: &str) -> Result<Vec<u8>, Usage> {
    let refused = |rule: String, cause: &str| Usage {
        what,
        value: path.display().to_string(),
        rule,
        causes: vec![cause.to_owned()],
        command: command.to_owned(),
    };
    let mut bytes = Vec::new();
    let mut read = |from: &mut dyn Read| from.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    let result = if path == Path::new("-") {
        read(&mut io::stdin().lock())
    } else {
        File::open(path).and_then(|mut file| read(&mut file))
    };
    match result {
        Ok(_) if bytes.len() as u64 > MOST_BYTES => Err(refused(
            "at most 1 MB is read".to_owned(),
            "this is no table that a person has written",
        )),
        Ok(_) => Ok(bytes),
        Err(error) => {
            let (what, cause) = match error.kind() {
                ErrorKind::NotFound => ("there is no such file", "a misprint, or another folder"),
                ErrorKind::PermissionDenied => ("not permitted", "it belongs to somebody else"),
                ErrorKind::IsADirectory => ("it is a folder", "name a file inside it"),
                _ => ("the system could not read it", "it is no ordinary file"),
            };
            Err(refused(format!("reading {} failed: {what}", path.display()), cause))
        }
    }
}

/// Reads a file with tables.
fn sheet(path: &Path, what: &'static str, command: &str) -> Result<Sheet, Usage> {
    let bytes = contents(path, what, command)?;
    Sheet::read(&bytes).map_err(|unreadable| no_table(path, what, &unreadable, command))
}

/// A file that is there, and is no plan.
fn no_table(path: &Path, what: &'static str, unreadable: &Unreadable, command: &str) -> Usage {
    let cause = match unreadable.line {
        Some(line) => format!("line {line}, {:?}: {}", unreadable.text, unreadable.why),
        None => unreadable.why.clone(),
    };
    Usage {
        what,
        value: path.display().to_string(),
        rule: "it is a table in Markdown or CSV, its first row the names of the columns, such as \
            name, hosts, network, prefix, gateway"
            .to_owned(),
        causes: vec![cause],
        command: command.to_owned(),
    }
}

/// What a plan looks like.
const EXAMPLE_PLAN: &str = "netlab subnet plan 10.0.0.0/24 A=50 B=20 --format markdown > plan.md";
