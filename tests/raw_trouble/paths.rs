//! A way with routers that lie, loop or say nothing.
#![cfg(test)]

use serde_json::Value;

use crate::host::{LIAR, LIARS, Pinged, among_liars, ping, told};

/// Looks for the way to a host whose answers are as planned.
#[track_caller]
fn path(plans: &[&str], options: &[&str]) -> Pinged {
    let peer = LIAR.answers(plans);
    let pinged = ping(&[&["--path", LIAR.host, "-n", "-W", "0.3"], options].concat());
    peer.end();
    pinged
}

/// Everything that was answered, hop by hop.
fn answers(pinged: &Pinged) -> Vec<Vec<(String, Option<String>)>> {
    let answer = |answer: &Value| {
        let what = answer["answer"].as_str().expect("words").to_owned();
        (what, answer["from"].as_str().map(str::to_owned))
    };
    let hops = pinged.of_name("hop");
    let hops = hops.iter().map(|hop| hop["answers"].as_array().expect("a list").iter());
    hops.map(|answers| answers.map(answer).collect()).collect()
}

#[test]
fn a_loop_of_routers_ends_after_the_hops_that_were_asked_for() {
    among_liars("a_loop_of_routers_ends", || {
        let pinged = path(&["error=11.0,from=10.9.0.77"], &["--max-hops", "5"]);
        let all = answers(&pinged);
        assert_eq!(all.len(), 5, "{}", pinged.text);
        for (hop, answers) in (1..).zip(&all) {
            assert_eq!(answers.len(), 3, "three probes a hop: {answers:?}");
            for (what, from) in answers {
                assert_eq!(from.as_deref(), Some("10.9.0.77"), "hop {hop}");
                assert!(what.starts_with("Time to live exceeded"), "hop {hop}: {what}");
            }
        }
        let limits: Vec<_> = pinged.of_name("hop").iter().map(|hop| hop["ttl"].as_u64()).collect();
        assert_eq!(limits, [1, 2, 3, 4, 5].map(Some));
        assert_eq!(pinged.code, Some(1), "the target never answered");
    });
}

#[test]
fn silence_all_the_way_ends() {
    among_liars("silence_all_the_way_ends", || {
        for liar in LIARS {
            let pinged =
                ping(&["--path", liar.host, "-W", "0.1", "-c", "2", "--max-hops", "4", "-n"]);
            let all = answers(&pinged);
            assert!((1..=4).contains(&all.len()), "{}", pinged.text);
            let silence =
                |(what, from): &(String, Option<String>)| what == "silence" && from.is_none();
            assert!(all.iter().flatten().all(silence), "{all:?}");
            assert!(all.iter().all(|answers| answers.len() == 2), "{all:?}");
            assert_eq!(pinged.code, Some(1), "{}", pinged.text);
        }
    });
}

#[test]
fn a_forged_or_damaged_reply_is_not_the_target() {
    among_liars("a_forged_or_damaged_reply_is_not_the_target", || {
        for plan in [
            "mark=0000000000000000",
            "seq=+1000",
            "id=+1",
            "from=10.9.0.77",
            "byte=20:0",
            "sum=1",
            "cut=20",
            "short=6",
            "error=11.0,quote=27",
            "error=11.0,seq=+1000",
            "error=11.0,protocol=6",
        ] {
            let pinged = path(&[plan], &["--max-hops", "1", "-c", "2"]);
            let all = answers(&pinged);
            let reached = all.iter().flatten().any(|(what, _)| what == "reply");
            assert!(!reached, "{plan}: {all:?}");
            assert_eq!(pinged.code, Some(1), "{plan}: {}", pinged.text);
        }
    });
}

#[test]
fn whoever_cannot_pass_a_probe_on_ends_the_way() {
    among_liars("whoever_cannot_pass_a_probe_on_ends_the_way", || {
        let plans = ["error=11.0,from=10.9.0.70"; 3];
        let plans = [&plans[..], &["error=3.1,from=10.9.0.77"]].concat();
        let pinged = path(&plans, &[]);
        let all = answers(&pinged);
        assert_eq!(all.len(), 2, "{}", pinged.text);
        assert!(all[0].iter().all(|(_, from)| from.as_deref() == Some("10.9.0.70")), "{all:?}");
        for (what, from) in &all[1] {
            assert_eq!(what, "Destination Host Unreachable");
            assert_eq!(from.as_deref(), Some("10.9.0.77"));
        }
        assert_eq!(pinged.code, Some(1));
        let peer = LIAR.answers(&plans);
        let (_, text) = told(&["raw-ping", "--path", LIAR.host, "-W", "0.3", "-n"]);
        peer.end();
        assert!(text.contains("10.9.0.70") && text.contains("10.9.0.77"), "{text}");
    });
}

#[test]
fn copies_of_an_answer_are_one_answer() {
    among_liars("copies_of_an_answer_are_one_answer", || {
        let plans = ["error=11.0,from=10.9.0.77,copies=20"; 3];
        let pinged = path(&[&plans[..], &["plain,copies=20"]].concat(), &[]);
        let all = answers(&pinged);
        assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3], "{}", pinged.text);
        assert!(all[1].iter().all(|(what, _)| what == "reply"), "{all:?}");
        assert_eq!(pinged.code, Some(0), "{}", pinged.text);
    });
}

/// A router that takes its time does not answer for the next one.
#[test]
fn a_late_error_belongs_to_its_own_hop() {
    among_liars("a_late_error_belongs_to_its_own_hop", || {
        let plans = ["after=0.45,error=11.0,from=10.9.0.77"; 3];
        let pinged = path(&[&plans[..], &["after=0.2"]].concat(), &[]);
        let all = answers(&pinged);
        let last = all.last().expect("a hop");
        assert!(last.iter().all(|(_, from)| from.as_deref() != Some("10.9.0.77")), "{all:?}");
        assert_eq!(pinged.code, Some(0), "{}", pinged.text);
    });
}

/// An answer of the first host comes when the second one is looked for.
#[test]
fn a_late_answer_of_one_host_is_no_hop_to_another() {
    among_liars("a_late_answer_of_one_host_is_no_hop", || {
        let peer = LIAR.answers(&["after=0.4", "silence", "silence"]);
        let hosts = ["--path", LIAR.host, "127.0.0.9", "-n", "-W", "0.25", "--max-hops", "1"];
        let pinged = ping(&hosts);
        peer.end();
        let all = answers(&pinged);
        assert_eq!(all.len(), 2, "{}", pinged.text);
        for (what, from) in &all[1] {
            assert_eq!((what.as_str(), from), ("silence", &None), "{}", pinged.text);
        }
    });
}
