//! What happens to a datagram on purpose, and how chance is made to repeat itself.
//!
//! A class that is to talk about its losses has to see the same ones. So chance depends on nothing
//! but the seed and on how many datagrams the same peer has sent before: the third of every client
//! is lost, or it is not, however many others there are meanwhile. (Whoever sends mere copies is
//! dealt with by the guard first.)

use std::time::Duration;

use fastrand::Rng;

use crate::event::Impairments;

/// What is to happen to one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// It is not sent at all.
    pub drop: bool,
    /// It is sent twice.
    pub duplicate: bool,
    /// It is held back until the next answer to the same peer has gone.
    pub hold: bool,
    /// One bit is turned over: this one, counted modulo the datagram's length.
    pub flip: Option<u64>,
    /// It leaves so much later.
    pub delay: Duration,
}

/// The plan for the `nth` datagram of a peer, counted from 0.
pub(super) fn plan(impairments: &Impairments, nth: u64) -> Plan {
    // Far apart in the generator's sequence, so that neighbours have nothing to do with each other.
    let seed = impairments.seed ^ nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut rng = Rng::with_seed(seed);
    // Always the same number of draws in the same order: another option on the command line leaves
    // the fates of this one as they are.
    let [drop, duplicate, hold, flip] = std::array::from_fn(|_| rng.f64());
    let (bit, later) = (rng.u64(..), rng.f64());
    let jitter = impairments.jitter.as_secs_f64() * (2.0 * later - 1.0);
    let delay = (impairments.delay.as_secs_f64() + jitter).max(0.0);
    Plan {
        drop: drop < impairments.drop,
        duplicate: duplicate < impairments.duplicate,
        hold: hold < impairments.reorder,
        flip: (flip < impairments.corrupt).then_some(bit),
        delay: Duration::from_secs_f64(delay),
    }
}

/// Turns one bit of a datagram over; one without bytes has none.
pub(super) fn flip(bytes: &mut [u8], bit: u64) {
    let bits = bytes.len() as u64 * 8;
    if bits > 0 {
        let bit = bit % bits;
        if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| bytes.get_mut(at)) {
            *byte ^= 1 << (bit % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIFTH: Impairments = Impairments {
        drop: 0.2,
        duplicate: 0.2,
        reorder: 0.2,
        corrupt: 0.2,
        delay: Duration::from_millis(50),
        jitter: Duration::from_millis(20),
        seed: 1,
    };

    #[test]
    fn the_same_seed_has_the_same_fates_and_another_has_others() {
        let fates = |seed| -> Vec<Plan> {
            (0..100).map(|nth| plan(&Impairments { seed, ..FIFTH }, nth)).collect()
        };
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn one_option_does_not_change_the_fates_of_another() {
        let alone = Impairments { drop: 0.2, seed: 1, ..Impairments::default() };
        for nth in 0..1000 {
            assert_eq!(plan(&alone, nth).drop, plan(&FIFTH, nth).drop);
        }
    }

    /// Shares of 20 % of 10,000: five standard deviations are 200.
    #[test]
    fn shares_are_as_asked_for_and_do_not_follow_each_other() {
        for seed in 0..20 {
            let plans: Vec<Plan> =
                (0..10_000).map(|nth| plan(&Impairments { seed, ..FIFTH }, nth)).collect();
            let count = |chosen: fn(&Plan) -> bool| plans.iter().filter(|p| chosen(p)).count();
            for share in [
                count(|p| p.drop),
                count(|p| p.duplicate),
                count(|p| p.hold),
                count(|p| p.flip.is_some()),
            ] {
                assert!((1800..=2200).contains(&share), "seed {seed}: {share}");
            }
            let twice = plans.windows(2).filter(|pair| pair[0].drop && pair[1].drop).count();
            assert!((300..=500).contains(&twice), "seed {seed}: {twice} in a row");
        }
    }

    #[test]
    fn a_delay_stays_within_its_jitter() {
        for nth in 0..1000 {
            let delay = plan(&FIFTH, nth).delay.as_millis();
            assert!((30..=70).contains(&delay), "{delay} ms");
        }
    }

    #[test]
    fn one_bit_is_flipped_and_nothing_is_not_an_accident() {
        let mut bytes = [0; 3];
        flip(&mut bytes, 24 + 9);
        assert_eq!(bytes, [0, 2, 0]);
        flip(&mut [], 5);
    }
}
