//! Figures of round trips in JSON.

use serde_json::{Value, json};

use super::nanoseconds;
use crate::event::{Bucket, RoundTrip};

/// The figures of round trips.
pub(in crate::render) fn round_trip(figures: RoundTrip) -> Value {
    json!({
        "min": nanoseconds(figures.min), "avg": nanoseconds(figures.avg),
        "p50": nanoseconds(figures.p50), "p90": nanoseconds(figures.p90),
        "p99": nanoseconds(figures.p99), "max": nanoseconds(figures.max),
        "mdev": nanoseconds(figures.mdev),
    })
}

/// How round trips are spread.
pub(in crate::render) fn histogram(buckets: &[Bucket]) -> Value {
    let buckets = buckets.iter().map(|bucket| {
        json!({
            "from_ns": nanoseconds(bucket.from), "to_ns": nanoseconds(bucket.to),
            "count": bucket.count,
        })
    });
    buckets.collect()
}
