//! The five parts of what netlab says when something fails, read from its standard error.

use std::process::Output;

/// What netlab says when something fails.
#[derive(Debug, Default)]
pub struct Parts {
    pub error: String,
    pub known: String,
    pub likely: String,
    pub attempt: String,
    pub code: String,
}

impl Parts {
    /// Reads the parts, each named at the beginning of its first line.
    pub fn of(output: &Output) -> Self {
        let text = String::from_utf8(output.stderr.clone()).expect("UTF-8");
        let mut parts = Self::default();
        let mut name = "";
        for line in text.lines() {
            let (label, rest) = line.split_at(line.len().min(8));
            if !label.trim().is_empty() {
                name = label.trim();
            }
            let part = match name {
                "error" => &mut parts.error,
                "known" => &mut parts.known,
                "likely" => &mut parts.likely,
                "try" => &mut parts.attempt,
                "code" => &mut parts.code,
                _ => panic!("a line that belongs to no part: {line:?} in\n{text}"),
            };
            *part = format!("{part} {}", rest.trim()).trim().to_owned();
        }
        parts
    }

    /// All five parts are there, as the design has them.
    #[track_caller]
    pub fn are_five(&self) {
        self.are_four();
        let words = ["layer ", " · ", "Linux ", "macOS ", "Windows "];
        let complete = words.iter().all(|word| self.code.contains(word));
        assert!(complete, "name and three numbers are missing in the code line of {self:#?}");
    }

    /// Everything but the code line, which only a call of the system has.
    #[track_caller]
    pub fn are_four(&self) {
        for (part, name) in [
            (&self.error, "error"),
            (&self.known, "known"),
            (&self.likely, "likely"),
            (&self.attempt, "try"),
        ] {
            assert!(!part.is_empty(), "no {name} in {self:#?}");
        }
        assert!(self.likely.starts_with("1. ") && !self.likely.contains("4. "), "{self:#?}");
    }
}
