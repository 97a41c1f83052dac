//! What is kept of a run: the record, the packets, the page.
//!
//! All files are made before the program starts, so that a path that cannot be written costs no run.
//! They are filled when it is over, and what goes wrong then is told behind the picture.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use crate::cli::{Look, Trace};
use crate::commands::fate::{self, Fate, Watched};
use crate::commands::files::{self, Written};
use crate::commands::packets::{self, is_page, is_same};
use crate::commands::report::written;
use crate::commands::{run, timeline};
use crate::error::{Failure, Usage};
use crate::event::CaptureSetup;
use crate::render::json::Json;
use crate::render::timeline::html;
use crate::render::trace as page;
use crate::timeline::Options;
use crate::trace::{self, Plan, Traced};

/// The files that were asked for.
pub(super) struct Kept {
    record: Option<(String, Json)>,
    packets: Option<((Watched, Fate), CaptureSetup)>,
    page: Option<(Watched, Fate)>,
}

/// Makes sure that nothing is written over what somebody needs.
///
/// # Errors
///
/// [`Usage`] when two of the files are one, or one of them is the program's.
pub(super) fn check(args: &Trace, look: &Look, plan: &Plan) -> Result<(), Usage> {
    let all = [
        (Written::Record, look.record.as_deref()),
        (Written::Packets, args.packets.write.as_deref()),
        (Written::Page, args.html.as_deref()),
    ];
    if let Some(path) = args.html.as_deref().filter(|path| is_page(path)) {
        return Err(timeline::no_file(path, "netlab trace --html run.html -- PROGRAM"));
    }
    files::each_its_own(&all)?;
    for program in &plan.programs {
        for (what, path) in all.iter().filter_map(|(what, path)| Some((*what, (*path)?))) {
            if program.words.iter().any(|word| names(word, path)) {
                let whose = "this file is named in the program's own words";
                return Err(files::in_use(what, path, whose));
            }
            let file = program.words.first().and_then(|word| trace::in_path(word));
            if file.is_some_and(|file| is_same(&file, path)) {
                return Err(files::in_use(what, path, "this file is the program that is to run"));
            }
        }
    }
    Ok(())
}

/// Whether a word of a command line names this file, which is there: as it is, or behind `--data=`.
fn names(word: &OsStr, path: &Path) -> bool {
    let whole = Path::new(word);
    let value = word.to_str().and_then(|word| word.split_once('=')).map(|(_, value)| value);
    let mut named = std::iter::once(whole).chain(value.map(Path::new));
    named.any(|named| named.exists() && is_same(named, path))
}

impl Kept {
    /// Makes the files.
    ///
    /// # Errors
    ///
    /// [`Failure`] when one cannot be made: then nothing has been run.
    pub(super) fn open(
        args: &Trace,
        look: &Look,
        setup: Option<&CaptureSetup>,
    ) -> Result<Self, Failure> {
        let name = |path: &Path| path.display().to_string();
        let record = run::record(look)?;
        let packets = match (&args.packets.write, setup) {
            (Some(path), Some(setup)) => Some((packets::create(path)?, setup.clone())),
            _ => None,
        };
        let page = args.html.as_deref().map(fate::create);
        Ok(Self {
            record: look.record.as_deref().map(name).zip(record),
            packets,
            page: page.transpose()?,
        })
    }

    /// Fills them with all that happened. What could not be written, each with why.
    pub(super) fn fill(self, traced: &Traced, options: &Options) -> Vec<Failure> {
        let record = self.record.map_or(Ok(()), |(path, mut record)| {
            for (end, event) in &traced.events {
                record.event_of(end.as_deref(), event);
            }
            written(&path, record.finish())
        });
        let packets = self.packets.map_or(Ok(()), |(file, setup)| {
            packets::write(file, &setup, traced.events.iter().map(|(_, event)| event))
        });
        let page = self.page.map_or(Ok(()), |(mut file, fate)| {
            let html = html::page(&page::picture(&traced.events, options));
            // What went wrong the file's fate tells.
            let _ = file.write_all(html.as_bytes());
            fate.tell()
        });
        [record, packets, page].into_iter().filter_map(Result::err).collect()
    }
}
