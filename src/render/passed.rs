//! What other programs print, passed on with a word before each line that says whose it is.
//!
//! ```text
//!   server | listening on port 6000
//!   client | You: Hello!
//! ```
//!
//! The bytes are the program's own and are not changed: it is the user's program, and prints what it
//! would print without netlab.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use super::style::{Ink, Style};

/// Passes on what several programs print.
#[derive(Debug)]
pub struct Passed {
    prefixes: Vec<Vec<u8>>,
    to_errors: bool,
    /// Whose line is open: printed up to here, and not ended.
    open: Mutex<Option<usize>>,
}

impl Passed {
    /// For programs of these names; to the standard error where the standard output is for something
    /// else.
    #[must_use]
    pub fn new(style: &Style, names: &[String], to_errors: bool) -> Self {
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let prefix = |name: &String| {
            let bar = style.plain("│");
            style.paint(Ink::Dim, &format!("{name:<width$} {bar} ")).into_bytes()
        };
        Self { prefixes: names.iter().map(prefix).collect(), to_errors, open: Mutex::default() }
    }

    /// Passes on what the program at that place has printed.
    pub fn pass(&self, place: usize, bytes: &[u8]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::with_capacity(bytes.len() + 64);
        let nothing = Vec::new();
        let prefix = self.prefixes.get(place).unwrap_or(&nothing);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if *open != Some(place) {
                if open.is_some() {
                    out.push(b'\n');
                }
                out.extend(prefix);
            }
            out.extend(piece);
            *open = (piece.last() != Some(&b'\n')).then_some(place);
        }
        self.write(&out);
    }

    /// Ends a line that is open.
    pub fn end(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if open.is_some() {
            self.write(b"\n");
        }
    }

    fn write(&self, bytes: &[u8]) {
        // Nobody reads any more: the programs go on all the same.
        let _ = if self.to_errors {
            io::stderr().lock().write_all(bytes)
        } else {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        };
    }
}
