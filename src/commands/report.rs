//! What a command that looks has found, in the form that was asked for.
//!
//! Such a command runs no sockets that somebody watches: it has one answer. People read it as text
//! or Markdown, programs as JSON Lines, one object for each thing that was asked about; a record is
//! those lines below the header that every record has.

use std::io;

use serde_json::Value;

use super::run;
use crate::cli::{Format, Look};
use crate::error::{Failure, STANDARD_OUTPUT};
use crate::render::output::Output;
use crate::render::style::Style;

/// An answer.
pub(super) trait Report {
    /// For people: the lines of a page, as text or as Markdown, as the style says.
    fn page(&self, style: &Style) -> Vec<String>;

    /// For programs: an object a line. Each has a field `event`.
    fn lines(&self) -> Vec<Value>;
}

/// Shows an answer, and keeps it where that was asked for.
///
/// # Errors
///
/// [`Failure::File`] when the record or the answer cannot be written.
pub(super) fn show(report: &dyn Report, look: &Look, style: &Style) -> Result<(), Failure> {
    let kept = keep(report, look)?;
    let mut out = Output::stdout();
    if look.format == Format::Json {
        report.lines().iter().for_each(|line| out.line(&line.to_string()));
    } else {
        report.page(style).iter().for_each(|line| out.line(line));
    }
    // Who looks at the screen gets the answer, also when it cannot be kept.
    kept.and(written(STANDARD_OUTPUT, out.finish()))
}

/// Writes the record that was asked for. The inner failure leaves the answer to be shown.
fn keep(report: &dyn Report, look: &Look) -> Result<Result<(), Failure>, Failure> {
    let Some(path) = &look.record else { return Ok(Ok(())) };
    let Some(mut record) = run::record(look)? else { return Ok(Ok(())) };
    for line in report.lines() {
        record.line(&line);
    }
    Ok(written(&path.display().to_string(), record.finish()))
}

/// That something could not be written, as a failure.
pub(super) fn written(path: &str, result: io::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| Failure::File { path: path.to_owned(), error })
}
