//! A step in which too much happens for a page.

use crate::timeline::{Row, RowKind, in_one};

/// Where the rows are that a demo does not draw.
pub const ELSEWHERE: &str = "--record keeps all";

/// More rows than `many` are folded; so many of the first and of the last are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub many: usize,
    pub first: usize,
    pub last: usize,
}

impl Room {
    /// Where every call was asked for.
    pub(super) const AMPLE: Self = Self { many: 64, first: 24, last: 10 };
    /// A page that is read from its beginning to its end.
    pub(super) const USUAL: Self = Self { many: 44, first: 24, last: 10 };
    /// Steps that are much alike and have many lanes: the table behind them is the point.
    pub(super) const NARROW: Self = Self { many: 14, first: 9, last: 4 };
}

/// A long run of rows with its middle folded: a page is read from its beginning to its end. What is
/// not drawn is counted.
pub(super) fn shortened(mut run: Vec<Row>, room: Room) -> Vec<Row> {
    if run.len() <= room.many {
        return run;
    }
    let last = run.split_off(run.len() - room.last);
    let middle = run.split_off(room.first);
    run.extend(in_one(&middle, ELSEWHERE).map(|mut row| {
        // What a demo has to say of bytes it says in its facts.
        if let RowKind::Fold(fold) = &mut row.kind {
            fold.bytes = 0;
        }
        row
    }));
    run.extend(last);
    run
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn remark(n: u64) -> Row {
        let at = Duration::from_millis(n);
        Row { at, kind: RowKind::Remark(0, n.to_string()) }
    }

    #[test]
    fn what_is_not_drawn_is_counted() {
        let room = Room::AMPLE;
        let folded = shortened((0..100).map(remark).collect(), room);
        assert_eq!(folded.len(), room.first + 1 + room.last);
        let RowKind::Fold(fold) = &folded[room.first].kind else { panic!("a fold") };
        assert_eq!(fold.count, 100 - room.first - room.last);
        assert!(fold.what.starts_with("(66 remark; "), "{}", fold.what);
        assert_eq!((fold.from, fold.to), (Duration::from_millis(24), Duration::from_millis(89)));
    }

    #[test]
    fn a_short_step_is_drawn_whole() {
        let rows: Vec<Row> = (0..64).map(remark).collect();
        assert_eq!(shortened(rows, Room::AMPLE).len(), 64);
    }
}
