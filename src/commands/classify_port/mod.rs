//! `netlab classify-port`: what a port is, and what this machine does with it.

mod answer;
pub(super) mod fault;
mod lines;
mod meant;

use std::io::{self, IsTerminal};

use crate::cli::{ClassifyPort, Look};
use crate::commands::report;
use crate::error::{Exit, Failure, Program};
use crate::port::asked::Asked;
use crate::port::{registry, uses};
use crate::render::classify::{self, Rows};
use crate::render::style::Style;
use answer::Answer;

/// Lines that a search shows unless all are asked for.
const FOUND: usize = 40;

/// Answers what was asked: on the command line, or in the standard input.
///
/// # Errors
///
/// [`Failure`] when something on the command line is no port, or the record cannot be written.
pub(super) fn run(args: &ClassifyPort, look: &Look, style: Style) -> Result<Exit, Failure> {
    if !args.search.is_empty() {
        return search(args, look, style);
    }
    if args.what.is_empty() {
        if io::stdin().is_terminal() {
            return Err(fault::nothing().into());
        }
        return lines::answer(look, style);
    }
    words(args, look, style)
}

/// What stands on the command line: good words are answered, bad ones told after that, as with lines
/// of the input.
fn words(args: &ClassifyPort, look: &Look, style: Style) -> Result<Exit, Failure> {
    let mut refused = Vec::new();
    let read = |text: &String| fault::read(text).map_err(|usage| refused.push(usage)).ok();
    let asked: Vec<Asked> = args.what.iter().filter_map(read).collect();
    if asked.is_empty() && refused.len() == 1 {
        return Err(refused.remove(0).into());
    }
    let mut answer = Answer::new(look, style)?;
    if !asked.is_empty() {
        answer.arguments(&asked);
    }
    answer.finish(look)?;
    let exit = if refused.is_empty() { Exit::Done } else { Exit::Usage };
    for usage in refused {
        report(&usage.into(), Program::Looking, look, &style);
    }
    Ok(exit)
}

/// `--search`.
fn search(args: &ClassifyPort, look: &Look, style: Style) -> Result<Exit, Failure> {
    if args.search.iter().any(|word| word.trim().is_empty()) {
        return Err(fault::no_word().into());
    }
    let mut answer = Answer::new(look, style)?;
    let words: Vec<String> = args.search.iter().map(|word| word.to_lowercase()).collect();
    let has = |text: &str, word: &String| text.to_lowercase().contains(word);
    let own: Vec<_> = uses::all()
        .filter(|found| {
            words.iter().all(|word| has(found.name, word) || has(found.description, word))
        })
        .collect();
    let entries: Vec<_> = registry::with_words(&words).collect();
    let count = entries.len() + own.len();
    if answer.wants_objects() {
        let services = entries.iter().map(classify::service);
        for line in services.chain(classify::count(entries.len(), &own)) {
            answer.object(&line);
        }
    }
    if answer.wants_text() {
        let shown = if args.all { count } else { FOUND };
        let mut rows = Rows::new(style);
        let rest = shown.saturating_sub(own.len());
        let mut lines = rows.uses(own.into_iter().take(shown));
        lines.extend(rows.services(entries.into_iter().take(rest)));
        lines.extend(rows.footnote());
        lines.extend(classify::found(&style, &args.search, count, shown));
        lines.push(classify::source(&style));
        answer.texts(&lines);
    }
    answer.finish(look)?;
    Ok(if count == 0 { Exit::No } else { Exit::Done })
}
