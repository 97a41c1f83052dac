//! ICMP errors: true ones from any router, and those about packets that never were.
#![cfg(test)]

use serde_json::Value;

use crate::host::{LIAR, LIARS, among_liars, told};

/// Type and code, the second four bytes, the words of `ping`, and a number in them.
type Kind = (&'static str, &'static str, &'static str, Option<(&'static str, u64)>);

const KINDS: [Kind; 14] = [
    ("3.0", "00000000", "Destination Net Unreachable", None),
    ("3.1", "00000000", "Destination Host Unreachable", None),
    ("3.2", "00000000", "Destination Protocol Unreachable", None),
    ("3.3", "00000000", "Destination Port Unreachable", None),
    ("3.4", "0000051e", "Frag needed and DF set (mtu = 1310)", Some(("mtu", 1310))),
    ("3.4", "00000000", "Frag needed and DF set", None),
    ("3.5", "00000000", "Source Route Failed", None),
    ("3.13", "00000000", "Packet filtered", None),
    ("4.0", "00000000", "Source Quench", None),
    ("11.0", "00000000", "Time to live exceeded", None),
    ("11.1", "00000000", "Frag reassembly time exceeded", None),
    ("12.0", "14000000", "Parameter problem: pointer = 20", Some(("pointer", 20))),
    ("3.99", "00000000", "", None),
    ("11.77", "ffffffff", "", None),
];

fn numbers(event: &Value, names: [&str; 2]) -> [Option<u64>; 2] {
    names.map(|name| event[name].as_u64())
}

/// The probe is lost; nothing but the error came.
#[test]
fn an_error_of_any_router_is_told_in_the_words_of_ping() {
    among_liars("an_error_of_any_router_is_told_in_the_words_of_ping", || {
        let plan = |kind: &Kind| format!("error={},rest={},from={}", kind.0, kind.1, LIAR.third);
        let plans: Vec<_> = KINDS.iter().map(plan).collect();
        let pinged = LIAR.pinged(&plans, &["-W", "0.3"]);
        let told_of = pinged.of_name("icmp_error");
        assert_eq!(told_of.len(), KINDS.len(), "{}", pinged.text);
        for (sequence, (event, (kind, _, words, number))) in
            (1_u64..).zip(told_of.iter().zip(KINDS))
        {
            assert_eq!(event["sequence"], sequence, "{event}");
            assert_eq!(event["from"], LIAR.third, "{event}");
            let on_the_wire = numbers(event, ["type", "code"]).map(Option::unwrap_or_default);
            assert_eq!(kind, format!("{}.{}", on_the_wire[0], on_the_wire[1]), "{event}");
            let trouble = event["trouble"].as_str().expect("words").to_lowercase();
            let begin = words.split([':', '(']).next().expect("words").trim().to_lowercase();
            assert!(trouble.contains(&begin), "{words} in {event}");
            if let Some((name, value)) = number {
                assert_eq!(event[name], value, "{event}");
            }
        }
        let counts = ["sent", "received", "lost", "errors", "unsent"];
        assert_eq!(pinged.counts(counts), [14, 0, 14, 14, 0], "{}", pinged.report());
        assert_eq!(pinged.code, Some(1));
        let peer = LIAR.answers(&plans);
        let (_, text) = told(&["raw-ping", LIAR.host, "-c", "14", "-i", "0.02", "-W", "0.3", "-n"]);
        peer.end();
        for (sequence, (_, _, words, _)) in (1..).zip(KINDS) {
            let line = format!("From {} icmp_seq={sequence} {words}", LIAR.third).to_lowercase();
            assert!(text.to_lowercase().contains(&line), "{line} in {text}");
        }
    });
}

#[test]
fn an_error_of_icmpv6_is_told_with_its_numbers() {
    among_liars("an_error_of_icmpv6_is_told_with_its_numbers", || {
        let liar = LIARS[1];
        let kinds = [
            ("1.0", "00000000"),
            ("1.1", "00000000"),
            ("1.2", "00000000"),
            ("1.3", "00000000"),
            ("1.4", "00000000"),
            ("1.6", "00000000"),
            ("2.0", "00000514"),
            ("3.0", "00000000"),
            ("3.1", "00000000"),
            ("4.1", "00000028"),
            ("1.99", "00000000"),
            ("100.0", "00000000"),
        ];
        let plans =
            kinds.map(|(kind, rest)| format!("error={kind},rest={rest},from={}", liar.third));
        let pinged = liar.pinged(&plans, &["-W", "0.3"]);
        let told_of = pinged.of_name("icmp_error");
        assert_eq!(told_of.len(), kinds.len(), "{}", pinged.text);
        for (event, (kind, _)) in told_of.iter().zip(kinds) {
            assert_eq!(event["from"], liar.third, "{event}");
            let on_the_wire = numbers(event, ["type", "code"]).map(Option::unwrap_or_default);
            assert_eq!(kind, format!("{}.{}", on_the_wire[0], on_the_wire[1]), "{event}");
        }
        assert_eq!((&told_of[6]["mtu"], &told_of[9]["pointer"]), (&1300.into(), &40.into()));
        assert_eq!(pinged.counts(["received", "lost", "errors", "unsent"]), [0, 12, 12, 0]);
    });
}

/// The packet was passed on all the same, and its reply comes.
#[test]
fn a_redirect_takes_no_reply_away() {
    among_liars("a_redirect_takes_no_reply_away", || {
        let plans = ["error=5.1,rest=0a090003,from=10.9.0.77/plain", "error=4.0/plain"];
        let pinged = LIAR.pinged(&plans, &[]);
        assert_eq!(pinged.fates(), [(1, "fine"), (2, "fine")], "{}", pinged.text);
        assert_eq!(pinged.counts(["received", "lost", "errors"]), [2, 0, 2]);
        let redirect = pinged.of_name("icmp_error")[0];
        assert_eq!((&redirect["gateway"], &redirect["type"]), (&"10.9.0.3".into(), &5.into()));
        let peer = LIAR.answers(&plans);
        let (_, text) = told(&["raw-ping", LIAR.host, "-c", "2", "-i", "0.1", "-n"]);
        peer.end();
        let line = "From 10.9.0.77 icmp_seq=1 Redirect Host (New nexthop: 10.9.0.3)";
        assert!(text.contains(line) && text.contains("2 sent, 2 received"), "{text}");
    });
}

/// An error quotes the IP header and eight bytes at least, and only those tell whose it is.
#[test]
fn a_quote_of_every_length_is_read_as_far_as_it_goes() {
    among_liars("a_quote_of_every_length_is_read_as_far_as_it_goes", || {
        for (liar, enough, longest) in [(LIARS[0], 28, 40), (LIARS[1], 48, 60)] {
            let kind = if liar.v6 { "3.0" } else { "11.0" };
            let plans: Vec<_> =
                (0..=longest).map(|length| format!("error={kind},quote={length}")).collect();
            let pinged = liar.pinged(&plans, &["-W", "0.3"]);
            let told_of = pinged.of_name("icmp_error");
            let of: Vec<_> =
                told_of.iter().filter_map(|event| event["sequence"].as_u64()).collect();
            // The first probe's quote has no byte.
            let expected: Vec<_> = (enough + 1..=longest + 1).collect();
            assert_eq!(of, expected, "{}", pinged.text);
            assert_eq!(pinged.counts(["received", "lost"]), [0, longest + 1]);
            let rest = pinged.other("errors") + pinged.other("malformed");
            assert_eq!(rest, enough, "{}", pinged.report());
        }
    });
}

/// A length of the quote is at least 128 bytes (RFC 4884 § 4.1 to 4.6); older routers left anything in
/// its place.
#[test]
fn a_length_that_cannot_be_is_not_believed() {
    among_liars("a_length_that_cannot_be_is_not_believed", || {
        for (liar, rests) in [
            (LIARS[0], ["00010000", "00060000", "001f0000", "00ff0000"]),
            (LIARS[1], ["01000000", "05000000", "0f000000", "ff000000"]),
        ] {
            let kind = if liar.v6 { "3.0" } else { "11.0" };
            let plans = rests.map(|rest| format!("error={kind},rest={rest},from={}", liar.third));
            let pinged = liar.pinged(&plans, &["-W", "0.3"]);
            assert_eq!(pinged.count("errors"), 4, "{}: {}", liar.host, pinged.text);
        }
    });
}

#[test]
fn an_error_about_another_packet_is_not_about_a_probe() {
    among_liars("an_error_about_another_packet_is_not_about_a_probe", || {
        for liar in LIARS {
            let kind = if liar.v6 { "error=1.0" } else { "error=3.1" };
            let elsewhere = if liar.v6 { "about=fd77::1" } else { "about=127.0.0.7" };
            let plans = ["seq=+1000", "seq=-1", "id=+1", "protocol=6", "protocol=17", elsewhere]
                .map(|change| format!("{kind},{change}"));
            let pinged = liar.pinged(&plans, &["-i", "0.1", "-W", "0.3"]);
            // The second one is about the first probe.
            let told_of = pinged.of_name("icmp_error");
            assert_eq!(told_of.len(), 1, "{}", pinged.text);
            assert_eq!(told_of[0]["sequence"], 1);
            // Those that bear this run's identifier may count as forged.
            let others = pinged.other("errors") + pinged.other("forged");
            assert_eq!((others, pinged.count("errors")), (5, 1), "{}", pinged.report());
            assert_eq!(pinged.counts(["received", "lost"]), [0, 6]);
        }
    });
}

#[test]
fn the_quoted_header_may_have_options() {
    among_liars("the_quoted_header_may_have_options", || {
        for liar in LIARS {
            // IPv6 has a header of its own for them: this one is followed by ICMPv6.
            let (kind, few, many) = if liar.v6 {
                ("3.0", "3a00010400000000".to_owned(), format!("3a1d01f4{}", "00".repeat(236)))
            } else {
                ("11.0", "01010101".to_owned(), "01".repeat(40))
            };
            for options in [few, many] {
                let plan = format!("error={kind},within={options},from={}", liar.third);
                let pinged = liar.pinged(&[plan.as_str()], &["-W", "0.3"]);
                assert_eq!(pinged.count("errors"), 1, "{plan}: {}", pinged.text);
                let cut = format!("{plan},quote={}", if liar.v6 { 47 } else { 30 });
                let pinged = liar.pinged(&[cut.as_str()], &["-W", "0.3"]);
                assert_eq!(pinged.count("errors"), 0, "{cut}: {}", pinged.text);
            }
        }
    });
}

#[test]
fn a_hundred_errors_about_one_probe_lose_it_once() {
    among_liars("a_hundred_errors_about_one_probe_lose_it_once", || {
        let pinged = LIAR.pinged(&["error=11.0,copies=100/error=3.3,copies=100", "plain"], &[]);
        assert_eq!(pinged.counts(["sent", "received", "lost"]), [2, 1, 1], "{}", pinged.report());
        pinged.adds_up();
    });
}
