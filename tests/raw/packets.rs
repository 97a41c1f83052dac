//! What netlab says of its packets is what tcpdump caught on the cable, bit for bit, and tshark finds
//! no fault in it.
#![cfg(test)]

use crate::capture::{Capture, Message, PINGS};
use crate::dissected::judge_dissection;
use crate::network::{CLIENT, Network, ROUTER, ROUTER_OF_IPV6, SERVER, SERVER_OF_IPV6, has_ipv6};
use crate::ran::{Ran, number, word};
use crate::support::skip;
use crate::tools::missing;

const JUDGES: [&str; 2] = ["tcpdump", "tshark"];
const PROBES: usize = 2;

/// One run: its flags, what they should make of the packets.
struct Case {
    flags: &'static [&'static str],
    size: usize,
    pattern: &'static [u8],
    hop_limit: u8,
    /// None: the system decides.
    dont_fragment: Option<bool>,
    fragments: usize,
}

const PLAIN: Case =
    Case { flags: &[], size: 56, pattern: &[], hop_limit: 64, dont_fragment: None, fragments: 1 };

const CASES: [Case; 12] = [
    PLAIN,
    Case { flags: &["-s", "0"], size: 0, ..PLAIN },
    Case { flags: &["-s", "1"], size: 1, ..PLAIN },
    Case { flags: &["-s", "7"], size: 7, ..PLAIN },
    Case { flags: &["-s", "8"], size: 8, ..PLAIN },
    Case { flags: &["-s", "1400"], size: 1400, ..PLAIN },
    Case { flags: &["-s", "20000"], size: 20_000, fragments: 14, ..PLAIN },
    Case { flags: &["-t", "9"], hop_limit: 9, ..PLAIN },
    Case { flags: &["--pattern", "ff00a5"], pattern: &[0xff, 0, 0xa5], ..PLAIN },
    Case { flags: &["-s", "5", "--pattern", "dead"], size: 5, pattern: &[0xde, 0xad], ..PLAIN },
    Case { flags: &["-M", "do"], dont_fragment: Some(true), ..PLAIN },
    Case { flags: &["-M", "dont"], dont_fragment: Some(false), ..PLAIN },
];

impl Case {
    /// What should be in the data behind netlab's mark, from this byte on.
    #[expect(clippy::cast_possible_truncation, reason = "the bytes count modulo 256")]
    fn filling(&self) -> (usize, Vec<u8>) {
        let marked = if self.size >= 8 { 8 } else { 0 };
        let byte = |at: usize| match self.pattern {
            [] => at as u8,
            pattern => pattern[(at - marked) % pattern.len()],
        };
        (marked, (marked..self.size).map(byte).collect())
    }

    /// Everything of one run but what netlab took apart.
    #[track_caller]
    fn judge(&self, ran: &Ran, seen: &[Message], host: &str) {
        let identifier = number(&ran.only("pinging")["sockets"][0], "identifier");
        let (probes, replies) = (ran.all("probe"), ran.all("reply"));
        assert_eq!((probes.len(), replies.len()), (PROBES, PROBES), "{:#?}", ran.lines);
        let (marked, filling) = self.filling();
        for (at, pair) in seen.chunks_exact(2).enumerate() {
            let [request, reply] = pair else { panic!("a pair") };
            let (probe, told) = (&probes[at], &replies[at]);
            assert!(request.is_request() && reply.is_reply(), "{pair:?}");
            assert_eq!(
                request.source.to_string(),
                word(&ran.only("pinging")["hosts"][0], "source_ip")
            );
            assert_eq!([probe, told].map(|event| word(event, "ip")), [host, host]);
            assert_eq!(
                (request.destination, reply.source.to_string().as_str()),
                (reply.source, host)
            );
            assert_eq!(word(told, "from"), host);
            assert_eq!(u64::from(request.identifier()), identifier);
            assert_eq!(u64::from(request.sequence()), number(probe, "sequence"));
            assert_eq!(
                (number(probe, "sequence"), number(probe, "number")),
                (at as u64 + 1, at as u64 + 1)
            );
            assert_eq!(request.icmp.len() as u64, number(probe, "bytes"));
            assert_eq!(reply.icmp.len() as u64, number(told, "reply_bytes"));
            assert_eq!(u64::from(reply.hop_limit), number(told, "hop_limit"));
            assert_eq!((request.hop_limit, request.fragments), (self.hop_limit, self.fragments));
            if request.source.is_ipv4() {
                let expected = self.dont_fragment.unwrap_or(request.dont_fragment);
                assert_eq!(request.dont_fragment, expected, "{:?}", self.flags);
            }
            assert_eq!(request.data().len(), self.size);
            assert_eq!(request.data()[marked..], filling, "{:?}", self.flags);
            assert_eq!(request.data(), reply.data());
            // The mark: the run's number, then host and the number's upper half, both 0 here.
            assert_eq!(request.data()[..marked], seen[0].data()[..marked]);
            assert_eq!(request.data().get(4..8).unwrap_or(&[0; 4]), [0; 4]);
        }
    }
}

/// All cases in one family, below one capture.
#[track_caller]
fn judged(network: &Network, far: &str, near: &str) {
    let packets = CASES.iter().map(|case| case.fragments * PROBES * 2).sum();
    let mut capture = Capture::start(network, PINGS, packets);
    let runs = CASES.map(|case| {
        // The far link is too small for these.
        let host = if case.size > 1000 { near } else { far };
        let flags = ["raw-ping", host, "-n", "-c", "2", "-i", "0.02", "--dissect"];
        let ran = Ran::events(network, &[&flags[..], case.flags].concat()).ends_with(0);
        (case, host, ran)
    });
    let messages = capture.messages();
    for ((case, host, ran), seen) in runs.iter().zip(messages.chunks_exact(PROBES * 2)) {
        case.judge(ran, seen, host);
        let dissected = ran.all("dissection");
        assert_eq!(dissected.len(), 2, "the first pair: {dissected:#?}");
        for (dissection, (caught, direction)) in
            dissected.iter().zip(seen.iter().zip(["sent", "received"]))
        {
            assert_eq!(word(dissection, "direction"), direction);
            judge_dissection(dissection, caught);
        }
    }
    let runs_numbers: Vec<_> = messages
        .iter()
        .filter(|message| message.data().len() >= 8)
        .map(|m| &m.data()[..4])
        .collect();
    assert!(runs_numbers.iter().any(|run| *run != runs_numbers[0]), "one number for all runs");
    let fields = if far == SERVER {
        ["icmp.checksum.status", "ip.checksum.status", "icmp.ident", "icmp.seq"]
    } else {
        [
            "icmpv6.checksum.status",
            "ipv6.version",
            "icmpv6.echo.identifier",
            "icmpv6.echo.sequence_number",
        ]
    };
    let seen = capture.by_tshark(&fields);
    let whole: Vec<_> = seen.iter().filter(|row| !row[0].is_empty()).collect();
    assert_eq!(whole.len(), messages.len(), "{seen:?}");
    for (row, message) in whole.iter().zip(&messages) {
        let good = if far == SERVER { "1" } else { "6" };
        assert_eq!([row[0].as_str(), &row[1]], ["1", good], "a checksum that is not good: {row:?}");
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16),
            None => text.parse(),
        };
        let ids = [&row[2], &row[3]].map(|text| number(text).expect("a number"));
        assert_eq!(ids, [message.identifier(), message.sequence()]);
    }
}

#[test]
fn every_packet_of_ipv4_is_as_it_is_said_to_be() {
    const TEST: &str = "every_packet_of_ipv4_is_as_it_is_said_to_be";
    if missing(TEST, &JUDGES) {
        return;
    }
    let Some(network) = Network::new(TEST, "bits4") else { return };
    judged(&network, SERVER, ROUTER);
}

#[test]
fn every_packet_of_ipv6_is_as_it_is_said_to_be() {
    const TEST: &str = "every_packet_of_ipv6_is_as_it_is_said_to_be";
    if !has_ipv6() {
        return skip(TEST, "this system has no IPv6");
    }
    if missing(TEST, &JUDGES) {
        return;
    }
    let Some(network) = Network::new(TEST, "bits6") else { return };
    judged(&network, SERVER_OF_IPV6, ROUTER_OF_IPV6);
}

/// The first of two links takes the request whole; the router cuts it for the second.
#[test]
fn what_everybody_may_cut_arrives_over_the_smaller_link() {
    const TEST: &str = "what_everybody_may_cut_arrives_over_the_smaller_link";
    if missing(TEST, &JUDGES) {
        return;
    }
    let Some(network) = Network::new(TEST, "cut") else { return };
    let mut capture = Capture::start(&network, PINGS, 3);
    let flags = ["raw-ping", SERVER, "-n", "-c", "1", "-s", "1400", "-M", "dont"];
    let ran = Ran::events(&network, &flags).ends_with(0);
    assert_eq!(ran.only("pinging")["dont_fragment"], false);
    let seen = capture.messages();
    let shapes: Vec<_> = seen.iter().map(|one| (one.dont_fragment, one.fragments)).collect();
    assert_eq!(shapes, [(false, 1), (false, 2)]);
    assert_eq!(number(&ran.only("reply"), "reply_bytes"), 1408);
    assert_eq!(seen[0].source.to_string(), CLIENT);
}
