//! What is in an account, case by case.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::tally::Tally;
use crate::datagram::header;
use crate::event::{Fate, Report};

const RUN: u32 = 7;
const TIMEOUT: Duration = Duration::from_secs(2);

struct Case {
    tally: Tally,
    now: Instant,
}

impl Case {
    fn of(count: u32) -> Self {
        Self::to(count, false)
    }

    fn to(count: u32, many: bool) -> Self {
        let now = Instant::now();
        let mut tally = Tally::new(RUN, TIMEOUT, count as usize, many, now);
        for _ in 0..count {
            tally.send(64, now);
        }
        Self { tally, now }
    }

    fn after(&mut self, milliseconds: u64) -> &mut Self {
        self.now += Duration::from_millis(milliseconds);
        self.tally.expire(self.now);
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> Fate {
        self.tally.receive(bytes, server(), self.now).fate
    }

    fn reply(&mut self, sequence: u32) -> Fate {
        self.bytes(&datagram(sequence))
    }

    fn report(mut self) -> Report {
        self.tally.close(self.now)
    }
}

fn server() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 6000))
}

fn datagram(sequence: u32) -> Vec<u8> {
    let mut datagram = vec![0; 64];
    header::write(&mut datagram, RUN, sequence);
    datagram
}

#[test]
fn all_is_well() {
    let mut case = Case::of(3);
    for sequence in 0..3 {
        assert_eq!(case.after(10).reply(sequence), Fate::Fine);
    }
    let report = case.report();
    assert_eq!((report.sent, report.received, report.lost), (3, 3, 0));
    let figures = report.round_trip.expect("there were round trips");
    assert_eq!((figures.min.as_millis(), figures.max.as_millis()), (10, 30));
}

#[test]
fn every_datagram_is_in_one_place() {
    let mut case = Case::of(6);
    assert_eq!(case.after(10).reply(1), Fate::Fine);
    assert_eq!(case.reply(0), Fate::Reordered);
    assert_eq!(case.reply(1), Fate::Duplicate);
    let mut damaged = datagram(2);
    damaged[40] ^= 1;
    assert_eq!(case.bytes(&damaged), Fate::Corrupted);
    assert_eq!(case.bytes(&damaged), Fate::Duplicate);
    assert_eq!(case.bytes(&datagram(3)[..30]), Fate::Truncated);
    // A spoiled copy of one that has come whole is a copy.
    assert_eq!(case.bytes(&datagram(1)[..30]), Fate::Duplicate);
    assert_eq!(case.after(2000).reply(4), Fate::Late);
    assert_eq!(case.reply(4), Fate::Duplicate);
    let report = case.report();
    assert_eq!((report.received, report.reordered, report.duplicated), (2, 1, 4));
    assert_eq!((report.corrupted, report.truncated, report.late), (1, 1, 1));
    // Number 5 was never heard of again.
    assert_eq!(report.lost, 1);
}

#[test]
fn a_damaged_reply_that_names_no_datagram_of_the_run_is_one_of_the_silent_ones() {
    let mut case = Case::of(3);
    let mut damaged = datagram(2);
    // The most significant byte of the sequence number.
    damaged[8] ^= 1;
    assert_eq!(case.bytes(&damaged), Fate::Corrupted);
    assert_eq!(case.bytes(&damaged), Fate::Duplicate);
    case.after(2000);
    let report = case.report();
    assert_eq!((report.corrupted, report.duplicated, report.lost), (1, 1, 2));
}

#[test]
fn what_was_overtaken_by_a_lost_one_is_not_reordered() {
    let mut case = Case::of(3);
    assert_eq!(case.reply(0), Fate::Fine);
    assert_eq!(case.reply(2), Fate::Fine);
    assert_eq!(case.report().reordered, 0);
}

#[test]
fn a_reply_just_in_time_counts_and_one_at_the_limit_is_late() {
    let mut case = Case::of(2);
    assert_eq!(case.after(1999).reply(0), Fate::Fine);
    assert_eq!(case.after(1).reply(1), Fate::Late);
}

#[test]
fn glued_replies_count_each_and_are_said_to_be_glued() {
    let mut case = Case::of(3);
    let glued = [datagram(0), datagram(1), datagram(2)].concat();
    assert_eq!(case.bytes(&glued), Fate::Merged);
    let report = case.report();
    assert_eq!((report.received, report.merged, report.lost), (3, 3, 0));
}

#[test]
fn forged_and_foreign_bytes_change_nothing() {
    let mut case = Case::of(1);
    assert_eq!(case.reply(1_000_000), Fate::Foreign);
    assert_eq!(case.bytes(b""), Fate::Foreign);
    assert_eq!(case.bytes(&[0xff; 2000]), Fate::Foreign);
    let mut other_run = vec![0; 64];
    header::write(&mut other_run, RUN + 1, 0);
    assert_eq!(case.bytes(&other_run), Fate::Foreign);
    case.after(2000);
    let report = case.report();
    assert_eq!((report.foreign, report.received, report.lost), (4, 0, 1));
}

#[test]
fn what_may_still_be_answered_at_the_end_is_not_lost() {
    let mut case = Case::of(3);
    case.after(1).reply(0);
    let report = case.report();
    assert_eq!((report.received, report.lost, report.outstanding), (1, 0, 2));
}

#[test]
fn the_window_opens_when_time_is_up() {
    let mut case = Case::of(2);
    assert_eq!(case.tally.outstanding(), 2);
    case.after(1).reply(1);
    assert_eq!(case.tally.outstanding(), 1);
    case.after(2000);
    assert_eq!(case.tally.outstanding(), 0);
}

#[test]
fn a_group_answers_many_times() {
    let mut case = Case::to(1, true);
    let other = SocketAddr::from(([10, 0, 0, 2], 6000));
    assert_eq!(case.reply(0), Fate::Fine);
    assert_eq!(case.tally.receive(&datagram(0), other, case.now).fate, Fate::Fine);
    assert_eq!(case.reply(0), Fate::Duplicate);
    let report = case.report();
    assert_eq!((report.received, report.duplicated), (1, 1));
    assert_eq!(report.responders, [(server(), 2), (other, 1)]);
}
