//! Questions from the standard input, one a line, answered as they come.

use std::io::{self, BufRead, BufReader, Read};

use super::answer::Answer;
use super::fault;
use crate::cli::Look;
use crate::commands::report;
use crate::error::{Exit, Failure, Program, Usage};
use crate::port::asked::Asked;
use crate::render::style::Style;

/// The longest line, in bytes: no question needs more.
const LONGEST: usize = 200;

/// Answers every line.
///
/// # Errors
///
/// [`Failure`] when there was no line, or the record cannot be written.
pub(super) fn answer(look: &Look, style: Style) -> Result<Exit, Failure> {
    let mut answer = Answer::new(look, style)?;
    let mut input = BufReader::with_capacity(64 * 1024, io::stdin());
    let mut line = Vec::new();
    let (mut number, mut asked_any, mut all_good) = (0_u64, false, true);
    let mut refuse = |answer: &mut Answer, usage: Usage| {
        all_good = false;
        answer.flush();
        report(&usage.into(), Program::Looking, look, &style);
    };
    while !answer.is_closed() {
        if input.buffer().is_empty() {
            // Whoever waits for an answer before asking again gets it.
            answer.flush();
        }
        line.clear();
        match next(&mut input, &mut line) {
            Ok(true) => number += 1,
            Ok(false) => break,
            Err(error) => {
                asked_any = true;
                refuse(&mut answer, fault::unreadable(&error));
                break;
            }
        }
        let text = question(&line);
        if text.is_empty() {
            continue;
        }
        asked_any = true;
        match read(&text, line.len(), number) {
            Ok(asked) => answer.one_of_many(&asked),
            Err(usage) => refuse(&mut answer, usage),
        }
    }
    if !asked_any {
        let causes = vec!["no WHAT, and no line of input".into()];
        return Err(Usage { causes, ..fault::nothing() }.into());
    }
    answer.machine();
    answer.finish(look)?;
    Ok(if all_good { Exit::Done } else { Exit::Usage })
}

/// Reads the question of a line that had so many bytes.
fn read(text: &str, length: usize, number: u64) -> Result<Asked, Usage> {
    let asked = if length > LONGEST { Err(too_long(text)) } else { fault::read(text) };
    asked.map_err(|usage| {
        let rule = format!("line {number} of the input; {}", usage.rule);
        Usage { rule, ..usage }
    })
}

/// Reads a line, and of a long one the beginning. False at the end.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
    if input.take(limit).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') && line.len() > LONGEST {
        skip_line(input)?;
    }
    Ok(true)
}

/// Reads to the end of the line and keeps nothing.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (length, found) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(length);
        if found {
            return Ok(());
        }
    }
}

/// What is left of a line without its end, a comment and what Windows puts before the first.
fn question(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.split('#').next().unwrap_or_default();
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_owned()
}

fn too_long(text: &str) -> Usage {
    let beginning: String = text.chars().take(20).collect();
    Usage {
        what: "port",
        value: format!("{beginning}..."),
        rule: format!("longer than {LONGEST} bytes; a port is 16 bits wide: 0 to 65535"),
        causes: vec!["the input is not a list of ports, one a line".into()],
        command: "netlab classify-port 6000".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_skipped_to_their_end() {
        let text = format!("80\r\n{}\n\n443 # https", "9".repeat(100_000));
        let mut input = BufReader::with_capacity(16, text.as_bytes());
        let mut lines = Vec::new();
        let mut line = Vec::new();
        while next(&mut input, &mut line).expect("memory can be read") {
            assert!(line.len() <= LONGEST + 1);
            lines.push(question(&line));
            line.clear();
        }
        assert_eq!((lines.len(), &*lines[0], &*lines[2], &*lines[3]), (4, "80", "", "443"));
    }
}
