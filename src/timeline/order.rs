//! Cause before effect.
//!
//! Rows lie in the order of the common clock, unless that would show an effect before its cause: then
//! the effect waits. That happens where a call was noted late, and where two clocks are brought
//! together only to some microseconds. It is a matter of moments: a packet has the kernel's stamp, and
//! whatever would have to wait for longer waits for something that is not its cause.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Things in order.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Their places in order, with the time at which each stands.
    pub places: Vec<(u32, i64)>,
    /// Those that stand before something that they should have waited for.
    pub early: Vec<u32>,
}

/// What follows what.
struct Followers {
    starts: Vec<u32>,
    all: Vec<u32>,
    /// For how many things each one waits.
    waits: Vec<u32>,
}

impl Followers {
    fn of(count: usize, before: &[(u32, u32)]) -> Self {
        let mut waits = vec![0_u32; count];
        let mut starts = vec![0_u32; count + 1];
        for (first, then) in before {
            starts[*first as usize + 1] += 1;
            waits[*then as usize] += 1;
        }
        for place in 0..count {
            starts[place + 1] += starts[place];
        }
        let mut all = vec![0_u32; before.len()];
        let mut next = starts.clone();
        for (first, then) in before {
            let place = &mut next[*first as usize];
            all[*place as usize] = *then;
            *place += 1;
        }
        Self { starts, all, waits }
    }
}

/// Sorts things with times, of which some must come before others. `before` has pairs (first, then).
/// Things that are equal keep the order in which they came. Nothing stands later than `limit` after
/// its time: then it waits no more. Nor are pairs obeyed that go round in a circle.
pub(super) fn sort(times: &[i64], before: &[(u32, u32)], limit: i64) -> Sorted {
    let count = times.len();
    let mut followers = Followers::of(count, before);
    let mut at = times.to_vec();
    let mut done = vec![false; count];
    let mut ready: BinaryHeap<Reverse<(i64, u32)>> = BinaryHeap::new();
    let places = 0..u32::try_from(count).unwrap_or(u32::MAX);
    ready.extend(
        places
            .clone()
            .filter(|p| followers.waits[*p as usize] == 0)
            .map(|p| Reverse((at[p as usize], p))),
    );
    // By their own times: the first that is not done is the first that can wait no more.
    let mut patience: Vec<u32> = places.collect();
    patience.sort_by_key(|place| times[*place as usize]);
    let mut patience = patience.into_iter().peekable();
    let mut sorted = Sorted::default();
    let mut now = i64::MIN;
    while sorted.places.len() < count {
        while patience.next_if(|place| done[*place as usize]).is_some() {}
        let last = patience.peek().copied();
        let ends = last.map_or(i64::MAX, |place| times[place as usize].saturating_add(limit));
        // Where only circles are left, the earliest of them goes first.
        let in_time = ready.peek().is_some_and(|Reverse((time, _))| (*time).max(now) <= ends);
        let next = if in_time { ready.pop().map(|Reverse((_, place))| place) } else { last };
        let Some(place) = next else { break };
        let index = place as usize;
        if std::mem::replace(&mut done[index], true) {
            continue;
        }
        if followers.waits[index] > 0 {
            sorted.early.push(place);
        }
        now = now.max(at[index]);
        sorted.places.push((place, now));
        let (start, end) = (followers.starts[index] as usize, followers.starts[index + 1] as usize);
        for follower in &followers.all[start..end] {
            let follower_index = *follower as usize;
            at[follower_index] = at[follower_index].max(now);
            followers.waits[follower_index] -= 1;
            if followers.waits[follower_index] == 0 && !done[follower_index] {
                ready.push(Reverse((at[follower_index], *follower)));
            }
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(times: &[i64], before: &[(u32, u32)]) -> Vec<u32> {
        sort(times, before, i64::MAX).places.into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn an_effect_waits_for_its_cause_and_no_longer() {
        assert_eq!(places(&[3, 1, 2], &[]), [1, 2, 0]);
        assert_eq!(places(&[5, 5, 5], &[]), [0, 1, 2]);
        assert_eq!(sort(&[3, 1, 2], &[(0, 1)], 2).places, [(2, 2), (0, 3), (1, 3)]);
        // A chain of the same instant.
        assert_eq!(places(&[5, 5, 5], &[(2, 1), (1, 0)]), [2, 1, 0]);
    }

    #[test]
    fn circles_are_cut_and_nothing_is_lost() {
        let mut all = places(&[9, 4, 5, 1], &[(0, 1), (1, 2), (2, 0), (2, 2)]);
        assert_eq!(all[0], 3);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3]);
    }

    /// What is said to be the cause comes a second later.
    #[test]
    fn nothing_waits_for_longer_than_the_limit() {
        let times = [1000, 1, 2, 3, 1001];
        // The second waits for the first, the third for the second, and the last for the third.
        let sorted = sort(&times, &[(0, 1), (1, 2), (2, 4)], 10);
        assert_eq!(sorted.early, [1]);
        assert_eq!(sorted.places, [(3, 3), (1, 3), (2, 3), (0, 1000), (4, 1001)]);
        for (place, at) in sort(&[50, 40, 30, 20], &[(0, 1), (1, 2), (2, 3)], 15).places {
            assert!(at - [50, 40, 30, 20][place as usize] <= 15, "{place} {at}");
        }
    }
}
