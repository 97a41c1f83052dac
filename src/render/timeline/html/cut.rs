//! A run that is too long for a page: its beginning and its end are drawn, and between them a line
//! says how much is not. The headings of a demo's steps stay.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::timeline::{Call, Fold, FoldPart, Picture, Row, RowKind};

/// Rows that a page has at most, in its picture and in its table.
pub(super) const ROWS: usize = 10_000;

/// Headings between rows that are not drawn; of more than that, nobody made a demo.
const STEPS: usize = 100;

/// The calls of a whole run by their places, for the packets that they made go.
pub(super) type Calls<'a> = HashMap<usize, (usize, &'a Call)>;

/// What is drawn of a run.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    /// As much of it as is drawn.
    pub picture: Cow<'a, Picture>,
    pub calls: &'a Calls<'a>,
    /// Rows that are not drawn, by the row of the picture that stands for them.
    hidden: BTreeMap<usize, &'a [Row]>,
    /// By row of the whole run: its row in the picture.
    rows: Vec<Option<usize>>,
}

/// The calls of a run.
pub(super) fn calls(picture: &Picture) -> Calls<'_> {
    let rows = picture.rows.iter().enumerate();
    rows.filter_map(|(row, its)| match &its.kind {
        RowKind::Call(call) => Some((call.place, (row, call))),
        _ => None,
    })
    .collect()
}

/// The rows that are left out where only so many have room.
pub(super) fn middle(all: usize, most: usize) -> Range<usize> {
    if all <= most { 0..0 } else { most / 2..all - most.div_ceil(2) }
}

impl<'a> Cut<'a> {
    /// A run with at most so many rows, beside those that say what is left out.
    pub(super) fn of(picture: &'a Picture, calls: &'a Calls<'a>, most: usize) -> Self {
        let middle = middle(picture.rows.len(), most);
        if middle.is_empty() {
            let rows = (0..picture.rows.len()).map(Some).collect();
            return Self { picture: Cow::Borrowed(picture), calls, hidden: BTreeMap::new(), rows };
        }
        let mut out = Self {
            picture: Cow::Owned(without_rows(picture)),
            calls,
            hidden: BTreeMap::new(),
            rows: vec![None; picture.rows.len()],
        };
        let mut drawn = Vec::with_capacity(most + 8);
        let mut from = middle.start;
        let steps =
            middle.clone().filter(|row| matches!(picture.rows[*row].kind, RowKind::Step(_)));
        let steps: Vec<usize> = steps.take(STEPS).collect();
        out.keep(picture, 0..middle.start, &mut drawn);
        for step in steps {
            out.leave_out(&picture.rows[from..step], &mut drawn);
            out.keep(picture, step..step + 1, &mut drawn);
            from = step + 1;
        }
        out.leave_out(&picture.rows[from..middle.end], &mut drawn);
        out.keep(picture, middle.end..picture.rows.len(), &mut drawn);
        out.picture.to_mut().rows = drawn;
        out
    }

    fn keep(&mut self, picture: &Picture, rows: Range<usize>, drawn: &mut Vec<Row>) {
        for row in rows {
            self.rows[row] = Some(drawn.len());
            drawn.push(picture.rows[row].clone());
        }
    }

    fn leave_out(&mut self, rows: &'a [Row], drawn: &mut Vec<Row>) {
        if let Some(fold) = fold(rows) {
            self.hidden.insert(drawn.len(), rows);
            drawn.push(Row { at: fold.from, kind: RowKind::Fold(fold) });
        }
    }

    /// Whether all of the run is drawn.
    pub(super) fn is_whole(&self) -> bool {
        self.hidden.is_empty()
    }

    /// How many rows are not drawn.
    pub(super) fn left_out(&self) -> usize {
        self.hidden.values().map(|rows| rows.len()).sum()
    }

    /// Where a row of the whole run is in the picture.
    pub(super) fn row(&self, of_whole: usize) -> Option<usize> {
        self.rows.get(of_whole).copied().flatten()
    }

    /// The rows for which a row of the picture stands.
    pub(super) fn behind(&self, row: usize) -> &'a [Row] {
        self.hidden.get(&row).copied().unwrap_or_default()
    }
}

/// A picture of the same run, of which nothing has happened yet.
fn without_rows(picture: &Picture) -> Picture {
    Picture {
        title: picture.title.clone(),
        sources: picture.sources.clone(),
        lanes: picture.lanes.clone(),
        rows: Vec::new(),
        alignment: picture.alignment.clone(),
        remarks: picture.remarks.clone(),
        first: picture.first.clone(),
        span: picture.span,
        demo: picture.demo.clone(),
    }
}

/// The row that stands for others; none where nothing of them would be drawn.
fn fold(rows: &[Row]) -> Option<Fold> {
    let mut parts: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
    let mut count = 0;
    for row in rows {
        let part = match &row.kind {
            RowKind::Call(call) => (Some(call.lane), "calls"),
            RowKind::State(lane, _) => (Some(*lane), "states"),
            RowKind::Message(message) => (Some(message.lane), "messages"),
            RowKind::Remark(lane, _) => (Some(*lane), "remarks"),
            RowKind::Packet(_) => (None, "packets"),
            RowKind::Fold(_) => (None, "folded rows"),
            RowKind::Step(_) | RowKind::Fact(_) | RowKind::Table(_) => continue,
        };
        *parts.entry(part).or_default() += 1;
        count += 1;
    }
    let parts = parts.into_iter().map(|((lane, what), count)| FoldPart {
        what: what.to_owned(),
        lane,
        count,
        bytes: 0,
    });
    let (first, last) = (rows.first()?, rows.last()?);
    (count > 0).then(|| Fold {
        count,
        what: "rows, too many to draw".to_owned(),
        lane: None,
        bytes: 0,
        from: first.at,
        to: last.at,
        parts: parts.collect(),
    })
}
