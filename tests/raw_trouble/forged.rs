//! Replies that nobody asked for, or that somebody else sends: never counted as received.
#![cfg(test)]

use crate::host::{LIAR, LIARS, among_liars, told};

#[test]
fn what_only_looks_like_a_reply_is_never_received() {
    among_liars("what_only_looks_like_a_reply_is_never_received", || {
        // All are looked at, so that one mistake hides no other.
        let mut mistakes = Vec::new();
        for liar in LIARS {
            // By IPv6 types below 128 are errors.
            let other_family = if liar.v6 { "kind=201" } else { "kind=129" };
            let request = if liar.v6 { "kind=128" } else { "kind=8" };
            let stranger = format!("from={}", liar.third);
            // What they are counted as; a filter in the kernel may keep requests from netlab.
            for (plans, counted) in [
                (&["seq=+1000", "seq=-1000", &stranger][..], Some("forged")),
                (&["mark=0000000000000000", "mark=ffffffffffffffff"], Some("forged")),
                // As another run of netlab marks its first probes to its first host.
                (&["mark=1357246800000000"], Some("forged")),
                (&["id=+1", "id=-1"], Some("replies")),
                (&[other_family, "kind=200", "kind=255"], Some("other")),
                (&[request], None),
            ] {
                let pinged = liar.pinged(plans, &["-W", "0.3"]);
                let sent = plans.len() as u64;
                let counts = pinged.counts(["sent", "received"]);
                assert_eq!(counts, [sent, 0], "{plans:?}: {}", pinged.text);
                assert_eq!(pinged.code, Some(1), "{plans:?}");
                let places = ["replies", "errors", "other", "malformed", "forged"];
                let expected = places.map(|place| sent * u64::from(counted == Some(place)));
                let seen = places.map(|place| pinged.other(place));
                if seen != expected || pinged.count("lost") != sent || !pinged.fates().is_empty() {
                    let fates = pinged.fates();
                    mistakes.push(format!("{} {plans:?}: {fates:?} {seen:?}", liar.host));
                }
            }
        }
        assert!(mistakes.is_empty(), "{mistakes:#?}");
    });
}

#[test]
fn a_forged_reply_does_not_stand_in_the_way_of_the_right_one() {
    among_liars("a_forged_reply_does_not_stand_in_the_way_of_the_right_one", || {
        for liar in LIARS {
            let stranger = format!("from={}/plain", liar.third);
            let mark = "mark=0000000000000000/plain";
            let plans = [mark, &stranger, "seq=+1/plain", "id=+1/plain", "plain"];
            let pinged = liar.pinged(&plans, &[]);
            let expected: Vec<_> = (1..=5).map(|sequence| (sequence, "fine")).collect();
            assert_eq!(pinged.fates(), expected, "{}", pinged.text);
            assert_eq!((pinged.other("forged"), pinged.other("replies")), (3, 1));
            pinged.adds_up();
        }
    });
}

/// Whoever answers before he was asked is not believed when the probe leaves.
#[test]
fn an_answer_in_advance_is_no_answer() {
    among_liars("an_answer_in_advance_is_no_answer", || {
        for liar in LIARS {
            let pinged = liar.pinged(&["plain/seq=+1", "silence"], &["-i", "0.3", "-W", "0.5"]);
            assert_eq!(pinged.fates(), [(1, "fine")], "{}", pinged.text);
            assert_eq!(pinged.counts(["sent", "received", "lost"]), [2, 1, 1]);
            assert_eq!(pinged.other("forged"), 1);
        }
    });
}

#[test]
fn hundreds_of_forged_replies_are_remarked_once() {
    among_liars("hundreds_of_forged_replies_are_remarked_once", || {
        let plan = "mark=0000000000000000,copies=100/id=+1,copies=100/plain";
        let peer = LIAR.answers(&[plan]);
        let (code, text) = told(&["raw-ping", LIAR.host, "-c", "3", "-i", "0.1"]);
        peer.end();
        assert_eq!(code, Some(0), "{text}");
        assert!(text.lines().count() < 150, "{} lines for three probes", text.lines().count());
        assert!(text.contains("3 sent, 3 received"), "{text}");
        let row = text.lines().find(|line| line.contains("Not for this run"));
        assert!(row.is_some_and(|row| row.contains(" 600")), "{text}");
    });
}
