//! What the person who started the benchmark asked for.

use std::env;

/// The words after `cargo bench --`.
pub struct Options {
    filters: Vec<String>,
    rounds: Option<usize>,
}

impl Options {
    /// Reads the command line. `None` when cargo did not ask for a measurement.
    ///
    /// `cargo test --all-targets` starts benchmarks too, without `--bench` and with a debug
    /// build of the program: figures from that would mislead, so there are none.
    pub fn from_command_line() -> Option<Self> {
        let mut measure = false;
        let mut options = Self { filters: Vec::new(), rounds: None };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => measure = true,
                "--rounds" => options.rounds = words.next().and_then(|n| n.parse().ok()),
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
        self.rounds.unwrap_or(suggested).max(1)
    }
}
