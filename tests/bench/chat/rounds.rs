//! Rounds: every server takes its turn in each, so what disturbs the machine for a while
//! disturbs them all.

use std::io;
use std::time::{Duration, Instant};

use crate::contestant::Contestant;
use crate::report::{median, note};

/// After this long no further round begins: on a busy machine a few rounds have to do.
const LIMIT: Duration = Duration::from_secs(40);

/// What the rounds gave, per server.
pub struct Results<T> {
    /// How many rounds there were.
    pub rounds: usize,
    samples: Vec<(Contestant, Vec<T>)>,
}

impl<T> Results<T> {
    /// Measures all servers in turn, so many times at most.
    ///
    /// One that fails is named with the reason, and has no figures at all: those of its good
    /// rounds would hide the bad one. It is not tried again, so no section takes forever.
    pub fn gather(
        contestants: &[Contestant],
        rounds: usize,
        measure: impl Fn(Contestant) -> io::Result<T>,
    ) -> Self {
        let started = Instant::now();
        let mut done = 0;
        let mut results: Vec<_> = contestants.iter().map(|&c| (c, Vec::new())).collect();
        let mut failed = Vec::new();
        while done < rounds && (done == 0 || started.elapsed() < LIMIT) {
            done += 1;
            for (contestant, samples) in &mut results {
                if failed.contains(contestant) {
                    continue;
                }
                match measure(*contestant) {
                    Ok(sample) => samples.push(sample),
                    Err(error) => {
                        note(&format!("FAILED: {}: {error}", contestant.label()));
                        samples.clear();
                        failed.push(*contestant);
                    }
                }
            }
        }
        Self { rounds: done, samples: results }
    }

    /// The servers and their samples, in the order of the tables.
    pub fn iter(&self) -> impl Iterator<Item = (Contestant, &[T])> {
        self.samples.iter().map(|(contestant, samples)| (*contestant, samples.as_slice()))
    }

    /// The median of one figure of one server.
    pub fn median(&self, contestant: Contestant, figure: impl Fn(&T) -> f64) -> Option<f64> {
        let (_, samples) = self.iter().find(|(c, _)| *c == contestant)?;
        median(&samples.iter().map(figure).collect::<Vec<_>>())
    }

    /// The medians of the two ncats, as far as there are any.
    pub fn ncats(&self, figure: impl Fn(&T) -> f64) -> impl Iterator<Item = f64> {
        [Contestant::NcatChat, Contestant::NcatBroker]
            .into_iter()
            .filter_map(move |ncat| self.median(ncat, &figure))
    }
}

/// One figure as a multiple of another.
pub fn ratio(figure: Option<f64>, base: Option<f64>) -> Option<f64> {
    Some(figure? / base?)
}
