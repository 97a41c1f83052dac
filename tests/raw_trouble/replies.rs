//! Replies that are damaged, late, doubled or overtaken: each is told as what it is, and only what is
//! whole and in time is received.
#![cfg(test)]

use crate::host::{LIAR, LIARS, among_liars, ping, told};

#[test]
fn a_byte_that_was_changed_is_named_with_both_values() {
    among_liars("a_byte_that_was_changed_is_named_with_both_values", || {
        for liar in LIARS {
            let plans = ["byte=8:0xff", "byte=17:0x41", "byte=55:0", "plain"];
            let pinged = liar.pinged(&plans, &["-W", "1"]);
            let told: Vec<_> = pinged
                .of_name("reply")
                .iter()
                .map(|reply| ["sequence", "at", "sent", "came"].map(|name| reply[name].as_u64()))
                .collect();
            let expected = [[1, 8, 8, 0xff], [2, 17, 17, 0x41], [3, 55, 55, 0]];
            assert_eq!(told[..3], expected.map(|row| row.map(Some)), "{}", pinged.text);
            let fates = ["corrupted", "corrupted", "corrupted", "fine"];
            assert_eq!(pinged.fates(), [1, 2, 3, 4].into_iter().zip(fates).collect::<Vec<_>>());
            assert_eq!(pinged.counts(["sent", "received", "corrupted"]), [4, 1, 3]);
            assert_eq!(pinged.code, Some(0), "one reply came");
            let peer = liar.answers(&["byte=17:0x41"]);
            let (code, text) = told_of(&[liar.host, "-I", liar.own, "-c", "1", "-W", "0.3"]);
            peer.end();
            assert!(text.contains("icmp_seq=1 "), "{text}");
            assert!(
                text.contains("(CORRUPTED: byte 17 of the data is 0x41 and was 0x11)"),
                "{text}"
            );
            assert!(text.contains("1 sent, 0 received"), "{text}");
            assert_eq!(code, Some(1), "nothing came that can be relied on: {text}");
        }
    });
}

fn told_of(arguments: &[&str]) -> (Option<i32>, String) {
    told(&[&["raw-ping"], arguments].concat())
}

#[test]
fn every_byte_of_the_data_is_looked_at() {
    among_liars("every_byte_of_the_data_is_looked_at", || {
        let plans: Vec<_> = (0..56).map(|at| format!("byte={at}:{}", at ^ 0x80)).collect();
        let pinged = LIAR.pinged(&plans, &["-W", "0.3"]);
        // The first eight bytes are netlab's mark: whoever has another one answers somebody else. Its
        // bytes differ in each run, and so may the changed one be the right one by chance.
        let [received, corrupted] = pinged.counts(["received", "corrupted"]);
        assert!(received <= 2, "{}", pinged.text);
        assert!(corrupted >= 48, "{}", pinged.text);
        assert_eq!(received + corrupted + pinged.other("forged"), 56, "{}", pinged.text);
    });
}

#[test]
fn a_pattern_that_comes_back_otherwise_is_seen() {
    among_liars("a_pattern_that_comes_back_otherwise_is_seen", || {
        for (options, at, sent) in [
            (&["-s", "20", "--pattern", "ff0055"][..], 8, 0xff),
            (&["-s", "20", "--pattern", "ff0055"], 19, 0x55),
            // No room for a mark: the data is the pattern from its first byte on.
            (&["-s", "4", "--pattern", "ff0055"], 1, 0),
            (&["-s", "1", "--pattern", "c0"], 0, 0xc0),
            (&["-s", "1400"], 1399, 0x77),
        ] {
            let plan = format!("byte={at}:0x5a");
            let pinged =
                LIAR.pinged(&[plan.as_str(), "plain"], &[options, &["-W", "0.5"]].concat());
            assert_eq!(pinged.fates(), [(1, "corrupted"), (2, "fine")], "{options:?} {at}");
            let reply = &pinged.of_name("reply")[0];
            assert_eq!(
                ["at", "sent", "came"].map(|n| reply[n].as_u64()),
                [at, sent, 0x5a].map(Some)
            );
        }
    });
}

#[test]
fn the_smallest_probes_are_answered_as_all_others() {
    among_liars("the_smallest_probes_are_answered_as_all_others", || {
        for liar in LIARS {
            for size in ["0", "1", "7", "8", "9"] {
                let pinged = liar.pinged(&["plain", "plain"], &["-s", size]);
                assert_eq!(pinged.fates(), [(1, "fine"), (2, "fine")], "-s {size}");
                assert_eq!((pinged.other("forged"), pinged.code), (0, Some(0)), "-s {size}");
            }
        }
    });
}

#[test]
fn a_wrong_checksum_is_told_with_the_right_one() {
    among_liars("a_wrong_checksum_is_told_with_the_right_one", || {
        let plans = ["sum=1", "sum=16384", "sum=65535", "sum=1/plain", "plain"];
        let pinged = LIAR.pinged(&plans, &["-W", "0.3"]);
        let wrong: Vec<_> = pinged
            .of_name("reply")
            .iter()
            .filter(|reply| reply["fate"] == "wrong checksum")
            .map(|reply| {
                let sums = ["on_the_wire", "computed"].map(|n| reply[n].as_u64());
                sums[0].zip(sums[1]).map(|(wire, computed)| wire ^ computed)
            })
            .collect();
        assert_eq!(wrong, [1, 16_384, 65_535, 1].map(Some), "{}", pinged.text);
        assert_eq!(pinged.counts(["received", "corrupted", "duplicated"]), [2, 4, 0]);
        // IPv6: the kernel looks at the checksum itself, and gives such a message to nobody.
        let pinged = LIARS[1].pinged(&["sum=1", "sum=1/plain"], &["-W", "0.3"]);
        assert_eq!(pinged.fates(), [(2, "fine")], "{}", pinged.text);
        assert_eq!(pinged.counts(["received", "lost"]), [1, 1]);
    });
}

#[test]
fn a_damaged_reply_before_the_right_one_takes_nothing_away() {
    among_liars("a_damaged_reply_before_the_right_one_takes_nothing_away", || {
        for liar in LIARS {
            let plans =
                ["byte=20:0/plain", "cut=9/plain", "mark=00000000/plain", "short=5/plain", "plain"];
            let pinged = liar.pinged(&plans, &[]);
            assert_eq!(pinged.counts(["sent", "received", "lost"]), [5, 5, 0], "{}", pinged.text);
            assert_eq!(pinged.count("duplicated"), 0, "{}", pinged.text);
            pinged.adds_up();
        }
    });
}

/// Nobody knows, when a damaged reply has come, that it was the last one.
#[test]
fn the_right_reply_is_waited_for_behind_a_damaged_one() {
    among_liars("the_right_reply_is_waited_for_behind_a_damaged_one", || {
        for liar in LIARS {
            for plan in
                ["byte=20:0/after=0.2", "cut=9/after=0.2", "mark=0000000000000000/after=0.2"]
            {
                let pinged = liar.pinged(&[plan], &["-W", "2"]);
                let counts = pinged.counts(["sent", "received", "lost"]);
                assert_eq!(counts, [1, 1, 0], "{plan}: {}", pinged.text);
                assert_eq!(pinged.code, Some(0), "{plan}");
            }
        }
    });
}

#[test]
fn further_copies_are_told_and_not_counted() {
    among_liars("further_copies_are_told_and_not_counted", || {
        for liar in LIARS {
            let pinged = liar.pinged(&["copies=2", "copies=100", "plain", "seq=-1/plain"], &[]);
            let [received, duplicated] = pinged.counts(["received", "duplicated"]);
            // The first 102, and a second answer to the third probe.
            assert_eq!((received, duplicated), (4, 1 + 99 + 1), "{}", pinged.report());
            pinged.adds_up();
            let copies = pinged.fates().iter().filter(|fate| **fate == (2, "duplicate")).count();
            assert_eq!(copies, 99);
        }
        let peer = LIAR.answers(&["copies=100", "plain"]);
        let (code, text) = told_of(&[LIAR.host, "-c", "2", "-i", "0.2"]);
        peer.end();
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(text.matches("(DUP!)").count(), 99, "{text}");
        assert!(text.contains("2 sent, 2 received, 0 lost"), "{text}");
    });
}

#[test]
fn a_late_reply_is_late_and_not_received() {
    among_liars("a_late_reply_is_late_and_not_received", || {
        for liar in LIARS {
            let pinged = liar.pinged(&["after=0.4,copies=2", "plain"], &["-W", "0.2", "-i", "1"]);
            let fates = pinged.fates();
            assert_eq!(fates, [(1, "late"), (1, "duplicate"), (2, "fine")], "{}", pinged.text);
            assert_eq!(pinged.of_name("lost").len(), 1, "it is said when its time is up");
            assert_eq!(pinged.counts(["sent", "received", "late", "lost"]), [2, 1, 1, 0]);
            let took = pinged.of_name("reply")[0]["round_trip_ns"].as_u64().expect("a time");
            assert!(took >= 400_000_000, "{took} ns");
            // What was late is no measure of the round trips.
            let most = pinged.report()["hosts"][0]["rtt_ns"]["max"].as_u64().expect("a time");
            assert!(most < 400_000_000, "{most} ns");
        }
        let peer = LIAR.answers(&["after=0.4", "plain"]);
        let (_, text) = told_of(&[LIAR.host, "-c", "2", "-W", "0.2", "-i", "1"]);
        peer.end();
        assert!(text.contains("No reply to icmp_seq=1 from 127.0.0.2 within "), "{text}");
        assert!(text.contains("icmp_seq=1 ") && text.contains("(late: "), "{text}");
        assert!(text.contains("2 sent, 1 received"), "{text}");
    });
}

#[test]
fn a_reply_that_was_overtaken_is_received_and_counted_as_reordered() {
    among_liars("a_reply_that_was_overtaken_is_received_and_counted_as_reordered", || {
        for liar in LIARS {
            let pinged = liar.pinged(&["behind", "plain", "behind", "plain"], &["-W", "5"]);
            let order: Vec<_> = pinged.fates().iter().map(|(sequence, _)| *sequence).collect();
            assert_eq!(order, [2, 1, 4, 3], "{}", pinged.text);
            let counts = ["sent", "received", "reordered", "duplicated", "lost", "corrupted"];
            assert_eq!(pinged.counts(counts), [4, 4, 2, 0, 0, 0]);
        }
    });
}

#[test]
fn nobody_answers() {
    among_liars("nobody_answers", || {
        for liar in LIARS {
            let pinged = ping(&[liar.host, "-c", "3", "-i", "0.02", "-W", "0.2"]);
            assert_eq!(pinged.counts(["sent", "received", "lost"]), [3, 0, 3]);
            assert_eq!((pinged.code, pinged.of_name("lost").len()), (Some(1), 3));
            assert!(pinged.report()["hosts"][0]["rtt_ns"].is_null(), "{}", pinged.report());
        }
    });
}
