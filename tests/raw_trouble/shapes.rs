//! Replies of every length, with options, in fragments.
#![cfg(test)]

use crate::host::{LIAR, LIARS, Pinged, among_liars};

/// What is said of the reply with that sequence number.
fn fate(pinged: &Pinged, sequence: u64) -> Option<&str> {
    pinged.fates().iter().find(|(number, _)| *number == sequence).map(|(_, fate)| *fate)
}

#[test]
fn a_reply_of_another_length_is_told_with_both() {
    among_liars("a_reply_of_another_length_is_told_with_both", || {
        for liar in LIARS {
            let plans = ["cut=28", "cut=55", "cut=8", "more=1", "more=9", "more=1400", "plain"];
            let pinged = liar.pinged(&plans, &["-W", "0.3"]);
            let came = [28, 55, 8, 57, 65, 1456];
            for (reply, came) in pinged.of_name("reply").iter().zip(came) {
                assert_eq!(reply["fate"], "wrong length", "{reply}");
                assert_eq!((&reply["sent"], &reply["came"]), (&56.into(), &came.into()), "{reply}");
                assert_eq!(reply["reply_bytes"], came + 8, "{reply}");
            }
            assert_eq!(pinged.fates()[6..], [(7, "fine")]);
            assert_eq!(pinged.counts(["sent", "received", "corrupted"]), [7, 1, 6]);
        }
    });
}

#[test]
fn a_reply_without_a_mark_is_never_received() {
    among_liars("a_reply_without_a_mark_is_never_received", || {
        for liar in LIARS {
            let plans: Vec<_> = (0..8).map(|length| format!("cut={length}")).collect();
            let pinged = liar.pinged(&plans, &["-W", "0.3"]);
            assert_eq!(pinged.counts(["sent", "received"]), [8, 0], "{}", pinged.text);
            // They are seen, whatever netlab calls them.
            assert_eq!(pinged.count("corrupted") + pinged.other("forged"), 8, "{}", pinged.text);
            assert_eq!(pinged.code, Some(1));
        }
    });
}

/// A header has eight bytes: what is shorter is nobody's reply.
#[test]
fn a_message_that_ends_in_its_header_is_malformed() {
    among_liars("a_message_that_ends_in_its_header_is_malformed", || {
        for liar in LIARS {
            let mut plans: Vec<_> = (0..8).map(|length| format!("short={length}")).collect();
            plans.push("short=7/plain".to_owned());
            let pinged = liar.pinged(&plans, &["-W", "0.3"]);
            assert_eq!(pinged.fates(), [(9, "fine")], "{}", pinged.text);
            assert_eq!(pinged.counts(["sent", "received", "lost"]), [9, 1, 8]);
            // A kernel may keep them from everybody. Linux does with those of IPv4.
            let malformed = pinged.other("malformed");
            let short = if liar.v6 { 4..=9 } else { 0..=9 };
            assert!(short.contains(&malformed), "{} {}", liar.host, pinged.report());
        }
    });
}

#[test]
fn options_of_the_ip_header_are_no_data() {
    among_liars("options_of_the_ip_header_are_no_data", || {
        let route = format!("options=0727{}", "04".to_owned() + &"00".repeat(37));
        let plans = ["options=01010101".to_owned(), route, "options=0101010101010100".to_owned()];
        let pinged = LIAR.pinged(&plans, &[]);
        assert_eq!(pinged.fates(), [(1, "fine"), (2, "fine"), (3, "fine")], "{}", pinged.text);
        for reply in pinged.of_name("reply") {
            assert_eq!((&reply["reply_bytes"], &reply["hop_limit"]), (&64.into(), &64.into()));
        }
        // A header of destination options stands between IPv6 and ICMPv6.
        let plans = ["options=3a00010400000000", "plain"];
        let pinged = LIARS[1].pinged(&plans, &[]);
        assert_eq!(pinged.fates(), [(1, "fine"), (2, "fine")], "{}", pinged.text);
    });
}

#[test]
fn options_are_taken_apart_as_options() {
    among_liars("options_are_taken_apart_as_options", || {
        let pinged = LIAR.pinged(&["options=01010101"], &["--dissect"]);
        let dissections = pinged.of_name("dissection");
        let received = dissections.iter().find(|event| event["direction"] == "received");
        let received = received.unwrap_or_else(|| panic!("no reply in {}", pinged.text));
        assert!(received.to_string().contains("01010101"), "{received}");
        let headers = received["headers"].as_array().expect("headers");
        assert_eq!(headers[1]["offset"], 24, "{received}");
        for header in headers {
            assert_eq!(header["checksum"]["right"], true, "{header}");
        }
    });
}

#[test]
fn fragments_are_one_reply_or_none() {
    among_liars("fragments_are_one_reply_or_none", || {
        let pinged = LIAR.pinged(&["pieces=1", "pieces=9", "plain"], &["-W", "0.3"]);
        assert_eq!(pinged.fates(), [(2, "fine"), (3, "fine")], "{}", pinged.text);
        assert_eq!(pinged.counts(["sent", "received", "lost"]), [3, 2, 1]);
        // More than fits into most packets, in pieces of 32 bytes.
        let pinged = LIAR.pinged(&["pieces=93", "pieces=94"], &["-W", "0.5", "-s", "3000"]);
        assert_eq!(fate(&pinged, 1), None, "one of its pieces never came: {}", pinged.text);
        assert_eq!(fate(&pinged, 2), Some("fine"), "{}", pinged.text);
    });
}

#[test]
fn the_largest_reply_is_compared_to_its_last_byte() {
    among_liars("the_largest_reply_is_compared_to_its_last_byte", || {
        let plans = ["plain", "byte=65506:0x21"];
        let pinged = LIAR.pinged(&plans, &["-s", "65507", "-W", "2"]);
        assert_eq!(pinged.fates(), [(1, "fine"), (2, "corrupted")], "{}", pinged.text);
        assert_eq!(pinged.of_name("reply")[1]["at"], 65_506);
    });
}
