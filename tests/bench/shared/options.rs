//! What the person who started the benchmark asked for.

use std::env;

/// The words before a number; no number is a section's name.
const NUMBERS: [&str; 2] = ["--rounds", "--seconds"];

/// The words after `cargo bench --`.
pub struct Options {
    filters: Vec<String>,
    numbers: Vec<(String, usize)>,
}

impl Options {
    /// Reads the command line. `None` when cargo did not ask for a measurement.
    ///
    /// `cargo test --all-targets` starts benchmarks too, without `--bench` and with a debug
    /// build of the program: figures from that would mislead, so there are none.
    pub fn from_command_line() -> Option<Self> {
        let mut measure = false;
        let mut options = Self { filters: Vec::new(), numbers: Vec::new() };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => measure = true,
                flag if NUMBERS.contains(&flag) => {
                    let number = words.next().and_then(|n| n.parse().ok());
                    options.numbers.extend(number.map(|number| (word, number)));
                }
                flag if flag.starts_with('-') => {}
                filter => options.filters.push(filter.to_owned()),
            }
        }
        measure.then_some(options)
    }

    /// Whether a section is to run: without a filter all are, with filters those whose name
    /// contains one of them.
    pub fn wants(&self, section: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|f| section.contains(f.as_str()))
    }

    /// How often to repeat a measurement: `--rounds N`, or what the section suggests.
    pub fn rounds(&self, suggested: usize) -> usize {
        self.number("--rounds", suggested)
    }

    /// The number after a word, at least one, or what the section suggests.
    pub fn number(&self, word: &str, suggested: usize) -> usize {
        let asked = self.numbers.iter().rev().find(|(name, _)| name == word);
        asked.map_or(suggested, |&(_, number)| number).max(1)
    }
}
