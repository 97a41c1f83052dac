//! What becomes of a probe, in all the ways in which it can go.

use super::*;

const TIMEOUT: Duration = Duration::from_secs(1);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn book(sent: u64) -> Book {
    let host = (SafeText::new(b"host"), IpAddr::from([10, 77, 2, 2]));
    let mut book = Book::new(std::iter::once(host), TIMEOUT);
    for n in 0..sent {
        book.sent(0, Sent { at: ms(10 * n), wall: ms(10 * n) });
    }
    book
}

fn which(number: u64) -> Which {
    Which { host: 0, number }
}

#[test]
fn each_probe_is_answered_once_and_in_time_or_late_or_lost() {
    let mut book = book(4);
    assert_eq!(book.answered(which(2), ms(5)), Standing::InTime);
    assert_eq!(book.answered(which(1), ms(30)), Standing::InTime);
    assert_eq!(book.answered(which(1), ms(31)), Standing::Duplicate);
    assert_eq!(book.next_expiry(), Some(TIMEOUT + ms(20)));
    assert_eq!(book.expire(TIMEOUT + ms(20)), Some(which(3)));
    assert_eq!(book.expire(TIMEOUT + ms(20)), None);
    assert_eq!(book.answered(which(3), ms(1100)), Standing::Late);
    let report = book.reports(true).remove(0);
    assert_eq!((report.sent, report.received, report.late, report.lost), (4, 2, 1, 0));
    assert_eq!((report.outstanding, report.duplicated, report.reordered), (1, 1, 1));
    assert_eq!(report.round_trip.map(|figures| figures.max), Some(ms(30)));
    assert_eq!(book.expire(ms(10_000)), Some(which(4)));
    assert!(!book.has_open());
    assert_eq!(book.reports(false)[0].lost, 1);
}

#[test]
fn a_damaged_reply_is_not_received_and_the_right_one_after_it_is() {
    let mut book = book(2);
    book.damaged(which(1));
    book.damaged(which(1));
    assert!(book.has_open());
    let report = book.reports(true).remove(0);
    assert_eq!((report.received, report.corrupted, report.lost, report.outstanding), (0, 2, 0, 1));
    assert_eq!(book.answered(which(1), ms(9)), Standing::InTime);
    assert_eq!(book.expire(ms(10_000)), Some(which(2)));
    let report = book.reports(true).remove(0);
    assert_eq!((report.received, report.lost, report.outstanding), (1, 1, 0));
}

#[test]
fn of_a_probe_with_nothing_but_a_damaged_reply_no_loss_is_told() {
    let mut book = book(1);
    book.damaged(which(1));
    assert_eq!(book.expire(ms(10_000)), None);
    let report = book.reports(true).remove(0);
    assert_eq!((report.received, report.corrupted, report.lost, report.outstanding), (0, 1, 0, 0));
    assert!(!book.has_open());
}

#[test]
fn an_error_ends_the_wait_and_is_counted_as_lost() {
    let mut book = book(1);
    book.failed(which(1), false);
    assert!(book.has_open());
    book.failed(which(1), true);
    assert!(!book.has_open());
    assert_eq!(book.expire(ms(10_000)), None);
    let report = book.reports(true).remove(0);
    assert_eq!((report.errors, report.lost), (2, 1));
}

#[test]
fn sequence_numbers_begin_again_and_the_latest_is_meant() {
    let mut book = book(70_000);
    assert_eq!(book.find(0, 5, None), Some(which(65_541)));
    assert_eq!(book.find(0, 5, Some(1)), Some(which(65_541)));
    assert_eq!(book.find(0, 5, Some(0)), Some(which(5)));
    assert_eq!(book.find(0, 5, Some(2)), None);
    assert_eq!(book.find(0, 0, None), Some(which(65_536)));
    assert_eq!(book.find(0, 60_000, Some(0)), Some(which(60_000)));
    // Open probes are never forgotten; settled ones are, and then a reply is one too many.
    for number in 1..=70_000 {
        assert_eq!(book.answered(which(number), ms(1)), Standing::InTime);
    }
    book.sent(0, Sent { at: ms(0), wall: ms(0) });
    assert_eq!(book.when(which(100)).map(|sent| sent.at), None);
    assert_eq!(book.answered(which(100), ms(1)), Standing::Duplicate);
    assert_eq!(book.find(1, 5, None), None);
}

/// A flood goes on for a long time behind a probe that nobody has answered.
#[test]
fn an_unanswered_probe_is_remembered_and_holds_nothing_up() {
    let mut book = book(1);
    for number in 2..=300_000 {
        book.sent(0, Sent { at: ms(1), wall: ms(1) });
        assert_eq!(book.answered(which(number), ms(1)), Standing::InTime);
    }
    assert!(book.waiting.len() <= 2 * REMEMBERED && book.accounts[0].slots.len() <= ANSWERED);
    assert!(book.has_open() && !book.waits_for_last());
    assert_eq!(book.expire(TIMEOUT), Some(which(1)));
    assert_eq!(book.answered(which(1), 2 * TIMEOUT), Standing::Late);
    let report = book.reports(false).remove(0);
    assert_eq!((report.received, report.late, report.lost), (299_999, 1, 0));
}

/// What ends a run with a count and a deadline.
#[test]
fn a_host_is_settled_by_answers_and_by_errors_that_stand_for_them() {
    let mut book = book(3);
    book.failed(which(1), false);
    assert_eq!(book.answered(which(1), ms(1)), Standing::InTime);
    book.failed(which(2), true);
    book.failed(which(2), true);
    assert!(book.is_settled(0, 2) && !book.is_settled(0, 3));
    assert_eq!(book.answered(which(2), ms(9)), Standing::InTime);
    assert!(!book.is_settled(0, 3));
}
