//! Poles that several sockets have at a time. Their bands would hide each other, a thousand deep; so
//! the pole says what they have in common.

use std::collections::BTreeMap;

use super::lives::{Life, Stretch};

/// What stands on a pole whose sockets are not all in one state.
pub(super) const SEVERAL: &str = "several states";

/// The same lives, of which those that share a pole at a time have become one.
pub(super) fn shared(lives: Vec<Life>) -> Vec<Life> {
    let mut poles: BTreeMap<(usize, i32), Vec<Life>> = BTreeMap::new();
    for life in lives {
        poles.entry((life.lane, life.pole.x)).or_default().push(life);
    }
    let mut out = Vec::new();
    for mut lives in poles.into_values() {
        if lives.len() > 1 {
            lives.retain(|life| !life.stretches.is_empty());
            lives.sort_by_key(|life| life.ends().0);
        }
        let mut together: Vec<Life> = Vec::new();
        let mut lowest = i32::MIN;
        for life in lives {
            let (from, to) = life.ends();
            if from >= lowest {
                out.extend(united(std::mem::take(&mut together)));
            }
            lowest = lowest.max(to);
            together.push(life);
        }
        out.extend(united(together));
    }
    out
}

/// One life for several.
fn united(mut lives: Vec<Life>) -> Option<Life> {
    if lives.len() < 2 {
        return lives.pop();
    }
    let mut edges: Vec<(i32, bool, &Stretch)> = Vec::new();
    for its in lives.iter().flat_map(|life| &life.stretches) {
        edges.extend([(its.from, true, its), (its.to, false, its)]);
    }
    edges.sort_by_key(|(y, begins, _)| (*y, *begins));
    let mut now: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut from = i32::MIN;
    for (y, begins, its) in edges {
        if y > from {
            extend(&mut stretches, &now, from, y);
            from = y;
        }
        let count = now.entry((&its.state, its.lingers)).or_default();
        *count = if begins { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            now.remove(&(its.state.as_str(), its.lingers));
        }
    }
    let first = lives.first()?;
    let label = format!("{} sockets", lives.len());
    Some(Life { lane: first.lane, label, pole: first.pole, stretches })
}

/// Draws on to a height what the sockets have in common.
fn extend(stretches: &mut Vec<Stretch>, now: &BTreeMap<(&str, bool), usize>, from: i32, to: i32) {
    let mut states = now.keys();
    let (state, lingers) = match (states.next(), states.next()) {
        (None, _) => return,
        (Some(only), None) => *only,
        _ => (SEVERAL, false),
    };
    match stretches.last_mut() {
        Some(last) if last.to == from && last.state == state && last.lingers == lingers => {
            last.to = to;
        }
        _ => stretches.push(Stretch { from, to, state: state.to_owned(), lingers }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::{Pole, Side};
    use super::*;

    fn life(label: &str, x: i32, stretches: &[(i32, i32, &str)]) -> Life {
        let stretch = |&(from, to, state): &(i32, i32, &str)| {
            let state = state.to_owned();
            Stretch { from, to, state, lingers: false }
        };
        let stretches = stretches.iter().map(stretch).collect();
        Life { lane: 0, label: label.into(), pole: Pole { x, side: Side::Left }, stretches }
    }

    #[test]
    fn sockets_on_one_pole_are_drawn_once() {
        let lives = vec![
            life("A", 0, &[(0, 9, "LISTEN")]),
            life("B", 30, &[(0, 10, "SYN-SENT"), (10, 20, "ESTABLISHED")]),
            life("C", 30, &[(5, 30, "ESTABLISHED")]),
            life("D", 30, &[(30, 40, "ESTABLISHED")]),
        ];
        let out = shared(lives);
        let labels: Vec<&str> = out.iter().map(|life| life.label.as_str()).collect();
        assert_eq!(labels, ["A", "2 sockets", "D"]);
        let told: Vec<_> = out[1].stretches.iter().map(|s| (s.from, s.to, &*s.state)).collect();
        assert_eq!(told, [(0, 5, "SYN-SENT"), (5, 10, SEVERAL), (10, 30, "ESTABLISHED")]);
    }
}
