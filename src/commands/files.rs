//! The files that a run writes beside what it shows, each a file of its own.

use std::path::Path;

use super::packets::is_same;
use crate::error::Usage;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// `--record`.
    Record,
    /// `--write`.
    Packets,
    /// `--html`.
    Page,
}

impl Written {
    const fn option(self) -> &'static str {
        match self {
            Self::Record => "--record",
            Self::Packets => "--write",
            Self::Page => "--html",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Record => "file for a record",
            Self::Packets => "file for packets",
            Self::Page => "file for a page",
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Record => "a record is written into a file of its own",
            Self::Packets => "packets are written into a file of its own",
            Self::Page => "a page is written into a file of its own",
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Record => "run.jsonl",
            Self::Packets => "run.pcapng",
            Self::Page => "run.html",
        }
    }
}

/// Makes sure that no two of these are one file, by whatever names: the later would be written over
/// the earlier, and nobody would be told.
///
/// # Errors
///
/// [`Usage`], with the options of the first two that are.
pub(super) fn each_its_own(files: &[(Written, Option<&Path>)]) -> Result<(), Usage> {
    let named: Vec<_> = files.iter().filter_map(|(what, path)| Some((*what, (*path)?))).collect();
    for (place, (what, path)) in named.iter().enumerate() {
        if let Some((other, _)) = named[..place].iter().find(|(_, other)| is_same(path, other)) {
            return Err(one_file_for_two(*other, *what, path));
        }
    }
    Ok(())
}

fn one_file_for_two(one: Written, other: Written, path: &Path) -> Usage {
    let (first, second) = (one.option(), other.option());
    Usage {
        what: other.what(),
        value: path.display().to_string(),
        rule: other.rule().into(),
        causes: vec![format!("{first} and {second} name the same file")],
        command: format!(
            "the same command with {first} {} {second} {}",
            one.example(),
            other.example()
        ),
    }
}

/// A file that is there and would be written over.
pub(super) fn in_use(what: Written, path: &Path, whose: &str) -> Usage {
    Usage {
        what: what.what(),
        value: path.display().to_string(),
        rule: what.rule().into(),
        causes: vec![format!("{whose}, and what is in it would be gone")],
        command: format!("the same command with {} {}", what.option(), what.example()),
    }
}
