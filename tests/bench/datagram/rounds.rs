//! Rounds: whatever is compared takes turns, so what disturbs the machine for a while disturbs
//! it all.

use std::fmt::Display;
use std::io;
use std::time::{Duration, Instant};

use crate::report::{cell, median, note, quantile};

/// After this long no further round begins: on a busy machine a few rounds have to do.
const LIMIT: Duration = Duration::from_secs(90);

/// What the rounds gave for one of those that took turns.
pub struct Entry<K, T> {
    /// Which one.
    pub key: K,
    /// One sample a round, or none at all if it failed.
    pub samples: Vec<T>,
}

impl<K, T> Entry<K, T> {
    /// One figure of every round.
    pub fn all(&self, figure: impl Fn(&T) -> f64) -> Vec<f64> {
        self.samples.iter().map(figure).collect()
    }

    /// The median of one figure.
    pub fn median(&self, figure: impl Fn(&T) -> f64) -> Option<f64> {
        median(&self.all(figure))
    }

    /// The sum of one figure: for what must never happen, a median would hide it.
    pub fn sum(&self, figure: impl Fn(&T) -> f64) -> Option<f64> {
        self.all(figure).into_iter().reduce(|a, b| a + b)
    }

    /// Three cells: the median of one figure, its lowest and its highest round.
    pub fn spread(&self, figure: impl Fn(&T) -> f64, decimals: usize) -> [String; 3] {
        let figures = self.all(figure);
        [0.5, 0.0, 1.0].map(|share| cell(quantile(&figures, share), decimals))
    }
}

/// What the rounds gave, in the order of the tables.
pub struct Results<K, T> {
    /// How many rounds there were.
    pub rounds: usize,
    /// One entry for each of those that took turns.
    pub entries: Vec<Entry<K, T>>,
}

impl<K: Copy + PartialEq + Display, T> Results<K, T> {
    /// Measures all in turn, so many times at most.
    ///
    /// One that fails is named with the reason, and has no figures at all: those of its good
    /// rounds would hide the bad one. It is not tried again, so no section takes forever.
    pub fn gather(keys: &[K], rounds: usize, measure: impl Fn(K) -> io::Result<T>) -> Self {
        let started = Instant::now();
        let mut done = 0;
        let mut entries: Vec<_> =
            keys.iter().map(|&key| Entry { key, samples: Vec::new() }).collect();
        let mut failed = Vec::new();
        while done < rounds && (done == 0 || started.elapsed() < LIMIT) {
            // Who follows whom may matter a little; nobody is always first.
            entries.rotate_left(usize::from(done > 0));
            done += 1;
            for entry in &mut entries {
                if failed.contains(&entry.key) {
                    continue;
                }
                match measure(entry.key) {
                    Ok(sample) => entry.samples.push(sample),
                    Err(error) => {
                        note(&format!("FAILED: {}: {error}", entry.key));
                        entry.samples.clear();
                        failed.push(entry.key);
                    }
                }
            }
        }
        entries.sort_by_key(|entry| keys.iter().position(|key| *key == entry.key));
        Self { rounds: done, entries }
    }

    /// What the rounds gave for one of them, if it took part.
    pub fn of(&self, key: K) -> Option<&Entry<K, T>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The median of one figure of one of them.
    pub fn median(&self, key: K, figure: impl Fn(&T) -> f64) -> Option<f64> {
        self.of(key)?.median(figure)
    }

    /// The median of one figure of one of them, as a multiple of that of another.
    pub fn ratio(&self, key: K, base: K, figure: impl Fn(&T) -> f64) -> Option<f64> {
        Some(self.median(key, &figure)? / self.median(base, &figure)?)
    }
}
