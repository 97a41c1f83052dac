//! Calls that no event of their own tells of, as rows of the picture.
//!
//! ```text
//!   step 2   ● F connect(127.0.0.1:6000)  has not returned yet      drawn where it began
//!   step 3   ● F connect(127.0.0.1:6000)  waits since 51.084 ms     its own event: it returned
//! ```

use std::time::Duration;

use crate::event::Untold;
use crate::timeline::{Call, Fold, FoldPart, Lane, Row, RowKind};

/// Those that were told and are not drawn yet, and calls that are still waited for.
#[derive(Debug, Default)]
pub(super) struct Calls {
    new: Vec<(Untold, Duration)>,
    waiting: Vec<Untold>,
}

impl Calls {
    /// Told at that time.
    pub(super) fn take(&mut self, calls: &Untold, at: Duration) {
        self.new.push((calls.clone(), at));
    }

    /// Puts them among the rows of a step.
    pub(super) fn among(&mut self, mut rows: Vec<Row>, lanes: &[Lane]) -> Vec<Row> {
        for row in &mut rows {
            self.returned(row, lanes);
        }
        for (calls, told) in std::mem::take(&mut self.new) {
            let own = |lane: &Lane| lane.end.as_deref() == Some(calls.end.as_str());
            let Some(lane) = lanes.iter().position(own) else { continue };
            let kind = match calls.answer {
                Some(answer) => many(&calls, lane, &answer.name(), told),
                None => waits(&calls, lane),
            };
            let place = rows.iter().position(|row| row.at > calls.since).unwrap_or(rows.len());
            rows.insert(place, Row { at: calls.since, kind });
            if calls.answer.is_none() {
                self.waiting.push(calls);
            }
        }
        rows
    }

    /// A call that was drawn while it waited has begun before everything in this step.
    fn returned(&mut self, row: &mut Row, lanes: &[Lane]) {
        let RowKind::Call(call) = &mut row.kind else { return };
        let end = lanes.get(call.lane).and_then(|lane| lane.end.as_deref());
        let same = |calls: &Untold| {
            end == Some(calls.end.as_str())
                && calls.socket.to_string() == call.socket
                && calls.call == call.text
        };
        if let Some(place) = self.waiting.iter().position(same) {
            let calls = self.waiting.remove(place);
            call.begin = calls.since.saturating_sub(Duration::from_nanos(1));
            row.at = call.begin;
        }
    }
}

/// A call that has not returned.
fn waits(calls: &Untold, lane: usize) -> RowKind {
    RowKind::Call(Call {
        lane,
        socket: calls.socket.to_string(),
        name: calls.call.split('(').next().unwrap_or_default().to_owned(),
        text: calls.call.clone(),
        begin: calls.since,
        end: calls.since,
        carries: Some("has not returned yet".to_owned()),
        ..Call::default()
    })
}

/// Many calls with one answer, up to the moment when they were told.
fn many(calls: &Untold, lane: usize, answer: &str, told: Duration) -> RowKind {
    let count = usize::try_from(calls.count).unwrap_or(usize::MAX);
    let name = calls.call.split('(').next().unwrap_or_default();
    RowKind::Fold(Fold {
        count,
        what: format!("{name}, each {answer},"),
        lane: Some(lane),
        bytes: 0,
        from: calls.since,
        to: told,
        parts: vec![FoldPart { what: name.to_owned(), lane: Some(lane), count, bytes: 0 }],
    })
}
