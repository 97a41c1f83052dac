//! # Figures of round trips: what is short, what is usual, what is rare
//!
//! The median says what is usual, the 99th percentile how bad it gets, and the deviation how far to
//! trust a single measurement. A mean alone says none of this: one probe that took a second hides
//! among a thousand that took a millisecond.

use std::time::Duration;

use crate::event::{Bucket, RoundTrip};

/// Rows that a linear histogram has at most, about.
const ROWS: u64 = 10;

/// The running estimate of jitter of
/// [RFC 3550 § 6.4.1](https://www.rfc-editor.org/rfc/rfc3550#section-6.4.1): of the difference
/// between two neighbours' transit times, a sixteenth is believed at once.
///
/// The RFC compares transit times in one direction, whose clocks need not agree because only
/// differences count. Here both directions are in it: a round trip is what one clock can measure.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Jitter {
    last: Option<u64>,
    nanoseconds: f64,
}

impl Jitter {
    /// The next reply, in the order of arrival.
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of hours are exact in a double")]
    pub(crate) fn add(&mut self, round_trip: u64) {
        if let Some(last) = self.last.replace(round_trip) {
            self.nanoseconds += (round_trip.abs_diff(last) as f64 - self.nanoseconds) / 16.0;
        }
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs_f64(self.nanoseconds / 1e9)
    }
}

/// The figures of round trips in nanoseconds, which are sorted meanwhile. None when there are none.
pub(crate) fn round_trip(nanoseconds: &mut [u64], jitter: Jitter) -> Option<RoundTrip> {
    nanoseconds.sort_unstable();
    let sum: u128 = nanoseconds.iter().map(|&ns| u128::from(ns)).sum();
    let mean = sum.checked_div(nanoseconds.len() as u128)?;
    let squares = nanoseconds.iter().map(|&ns| square(ns)).sum();
    Some(RoundTrip {
        min: Duration::from_nanos(*nanoseconds.first()?),
        avg: Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX)),
        p50: percentile(nanoseconds, 50)?,
        p90: percentile(nanoseconds, 90)?,
        p99: percentile(nanoseconds, 99)?,
        max: Duration::from_nanos(*nanoseconds.last()?),
        mdev: deviation(nanoseconds.len() as u64, sum, squares),
        jitter: jitter.duration(),
    })
}

const fn square(nanoseconds: u64) -> u128 {
    nanoseconds as u128 * nanoseconds as u128
}

/// The standard deviation of so many values, from their sum and the sum of their squares.
#[expect(clippy::cast_precision_loss, reason = "nine digits are more than a clock has")]
fn deviation(count: u64, sum: u128, squares: u128) -> Duration {
    // Multiplied out in whole numbers: the difference of two large means would lose its digits.
    let count = u128::from(count.max(1));
    let spread = squares.saturating_mul(count).saturating_sub(sum.saturating_mul(sum));
    Duration::from_secs_f64((spread as f64).sqrt() / count as f64 / 1e9)
}

/// The round trips of a run of any length, in bounded memory.
///
/// Count, mean, extremes and deviation are exact. Percentiles and histogram come from samples: all
/// round trips up to [`Spread::SAMPLES`] of them, then every second, every fourth, and so on.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    count: u64,
    sum: u128,
    squares: u128,
    min: u64,
    max: u64,
    samples: Vec<u64>,
    /// One of so many becomes a sample.
    stride: u64,
    jitter: Jitter,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            count: 0,
            sum: 0,
            squares: 0,
            min: u64::MAX,
            max: 0,
            samples: Vec::new(),
            stride: 1,
            jitter: Jitter::default(),
        }
    }
}

impl Spread {
    /// So many samples are kept at most: 4 MiB.
    const SAMPLES: usize = 1 << 19;

    /// The next round trip, in nanoseconds, in the order of arrival.
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        if self.count.is_multiple_of(self.stride) {
            if self.samples.len() == Self::SAMPLES {
                let mut keep = false;
                self.samples.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.stride *= 2;
            }
            self.samples.push(nanoseconds);
        }
        self.count += 1;
        self.sum += u128::from(nanoseconds);
        self.squares = self.squares.saturating_add(square(nanoseconds));
        self.min = self.min.min(nanoseconds);
        self.max = self.max.max(nanoseconds);
        self.jitter.add(nanoseconds);
    }

    /// The figures, and how the round trips are spread. None when there are none.
    pub(crate) fn figures(&self) -> Option<(RoundTrip, Vec<Bucket>)> {
        let mut samples = self.samples.clone();
        let rough = round_trip(&mut samples, self.jitter)?;
        let mean = u64::try_from(self.sum / u128::from(self.count)).unwrap_or(u64::MAX);
        let exact = RoundTrip {
            min: Duration::from_nanos(self.min),
            avg: Duration::from_nanos(mean),
            max: Duration::from_nanos(self.max),
            mdev: deviation(self.count, self.sum, self.squares),
            ..rough
        };
        Some((exact, histogram(&samples)))
    }
}

/// The nearest-rank percentile: the least value that so many per cent of all do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|&ns| Duration::from_nanos(ns))
}

/// How sorted round trips are spread. Within one order of magnitude the buckets are equally wide;
/// beyond that they widen as 1, 2, 5, 10, so that the usual and the rare find room on one page.
pub(crate) fn histogram(sorted: &[u64]) -> Vec<Bucket> {
    let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    let edges = if max / 10 < min { linear(min, max) } else { widening(min, max) };
    let mut counted = 0;
    edges
        .windows(2)
        .map(|edge| {
            let below = sorted.partition_point(|&ns| ns < edge[1]);
            let count = (below - std::mem::replace(&mut counted, below)) as u64;
            Bucket { from: Duration::from_nanos(edge[0]), to: Duration::from_nanos(edge[1]), count }
        })
        .collect()
}

/// Multiples of a round number, from at most `min` to beyond `max`.
fn linear(min: u64, max: u64) -> Vec<u64> {
    let fair = ((max - min) / ROWS).max(1);
    let step = steps().find(|&step| step >= fair).unwrap_or(fair);
    let first = min / step * step;
    let last = (max / step).saturating_add(1).saturating_mul(step);
    (0..=(last - first) / step).map(|n| first + n * step).collect()
}

/// 1, 2, 5, 10, … from at most `min` to beyond `max`.
fn widening(min: u64, max: u64) -> Vec<u64> {
    let steps: Vec<u64> = std::iter::once(0).chain(steps()).collect();
    let first = steps.partition_point(|&step| step <= min) - 1;
    let beyond = steps.partition_point(|&step| step <= max);
    steps.get(first..=beyond).unwrap_or(&steps[first..]).to_vec()
}

/// 1, 2, 5, 10, 20, 50, … nanoseconds.
fn steps() -> impl Iterator<Item = u64> {
    (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(ns: u64) -> Duration {
        Duration::from_nanos(ns)
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut hundred: Vec<u64> = (1..=100).rev().collect();
        let figures = round_trip(&mut hundred, Jitter::default()).expect("there are some");
        assert_eq!(
            [figures.min, figures.p50, figures.p90, figures.p99, figures.max],
            [1, 50, 90, 99, 100].map(nanoseconds)
        );
        assert_eq!(figures.avg, nanoseconds(50));
        let one = round_trip(&mut [7], Jitter::default()).expect("there is one");
        assert_eq!([one.min, one.avg, one.p50, one.p99, one.max], [7; 5].map(nanoseconds));
        assert_eq!(round_trip(&mut [], Jitter::default()), None);
    }

    /// By hand: differences 100 and 300; 100/16 = 6.25, then 6.25 + (300 - 6.25)/16 = 24.609.
    #[test]
    fn jitter_is_that_of_the_rfc() {
        let mut jitter = Jitter::default();
        for round_trip in [1000, 1100, 800] {
            jitter.add(round_trip);
        }
        assert!((jitter.nanoseconds - 24.609_375).abs() < 1e-9, "{jitter:?}");
    }

    #[test]
    fn every_round_trip_is_in_one_bucket() {
        for values in [
            vec![5],
            vec![0, 0],
            (100..200).collect(),
            vec![30_000, 31_000, 45_000, 2_000_000, 900_000_000],
            vec![1, u64::from(u32::MAX)],
            vec![0, 1, 1_000_000],
        ] {
            let buckets = histogram(&values);
            let counted: u64 = buckets.iter().map(|bucket| bucket.count).sum();
            assert_eq!(counted, values.len() as u64, "{values:?} {buckets:?}");
            assert!(buckets.len() <= 36 && buckets.iter().all(|bucket| bucket.from < bucket.to));
            assert!(buckets[0].from <= nanoseconds(values[0]));
        }
        assert!(histogram(&[]).is_empty());
    }

    /// By hand: the squares of 2, 4, 4, 4, 5, 5, 7, 9 about their mean 5 add up to 32, and 32/8 = 4.
    #[test]
    fn the_deviation_is_that_of_the_whole_and_not_of_a_sample() {
        let mut spread = Spread::default();
        for ns in [2_u64, 4, 4, 4, 5, 5, 7, 9] {
            spread.add(ns * 1000);
        }
        let (figures, _) = spread.figures().expect("there are some");
        assert_eq!((figures.mdev, figures.avg), (nanoseconds(2000), nanoseconds(5000)));
    }

    #[test]
    fn a_long_run_keeps_its_extremes_and_its_median() {
        let mut spread = Spread::default();
        let count = 3 * Spread::SAMPLES as u64;
        for n in 0..count {
            spread.add(1000 + n);
        }
        let (figures, buckets) = spread.figures().expect("there are some");
        assert!(spread.samples.len() <= Spread::SAMPLES);
        assert_eq!((figures.min, figures.max), (nanoseconds(1000), nanoseconds(1000 + count - 1)));
        let off = figures.p50.as_nanos().abs_diff(u128::from(1000 + count / 2));
        assert!(off < u128::from(count) / 1000, "{off}");
        assert!(!buckets.is_empty());
    }
}
