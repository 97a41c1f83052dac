//! `--html`: a demo as one picture for a browser.

use std::io::Write;

use serde_json::Value;

use crate::cli::{Demo, Look};
use crate::commands::fate::{self, Fate, Watched};
use crate::commands::files::{self, Written};
use crate::commands::packets::is_page;
use crate::commands::{run, timeline};
use crate::console;
use crate::error::Failure;
use crate::event::Event;
use crate::render::demo::ELSEWHERE;
use crate::render::json;
use crate::render::timeline::html;
use crate::timeline::{Options, Picture, Record};

/// So many bytes are written at a time.
const PIECE: usize = 1 << 16;

/// The page that is to be written: the record of the demo, with the texts of messages.
pub(super) struct Sheet {
    file: Watched,
    fate: Fate,
    lines: Vec<Value>,
}

impl Sheet {
    /// The page that was asked for, into a file that is made at once: whoever cannot have it learns
    /// so before the demo.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when it cannot be made; usage when it is to be another file of this run too.
    pub(super) fn of(args: &Demo, look: &Look) -> Result<Option<Self>, Failure> {
        let Some(path) = &args.html else { return Ok(None) };
        if is_page(path) {
            return Err(timeline::no_file(path, "netlab demo stream --html stream.html").into());
        }
        files::each_its_own(&[
            (Written::Record, look.record.as_deref()),
            (Written::Packets, args.packets.write.as_deref()),
            (Written::Page, Some(path)),
        ])?;
        let (file, fate) = fate::create(path)?;
        let lines = vec![json::header(&run::header())];
        Ok(Some(Self { file, fate, lines }))
    }

    /// Takes what happened.
    pub(super) fn event(&mut self, end: Option<&str>, event: &Event) {
        self.lines.push(json::value_of(end, event, true));
    }

    /// Draws and writes it.
    ///
    /// # Errors
    ///
    /// [`Failure::File`] when it cannot be written.
    pub(super) fn write(mut self) -> Result<(), Failure> {
        // A demo that was stopped before anything happened has no picture.
        let Ok(record) = Record::of(self.lines) else { return Ok(()) };
        let drawing = console::work();
        let options = Options { rest: Some(ELSEWHERE), ..Options::default() };
        let page = html::page(&Picture::of(&[record], &options));
        drop(drawing);
        // In pieces: who watches whether something moves sees each. What went wrong the file's fate tells.
        let _ = page.as_bytes().chunks(PIECE).try_for_each(|piece| self.file.write_all(piece));
        self.fate.tell()
    }
}
