//! The three first demos and the tour: what they state is in the record's calls, with and without
//! privilege.
#![cfg(test)]

use serde_json::{Value, json};

use crate::played::{Played, Who, play};

#[track_caller]
fn both(name: &str, judge: impl Fn(&Played)) {
    for who in [Who::Me, Who::Nobody] {
        judge(&play(name, who));
    }
}

/// The port at the end of an address.
#[track_caller]
fn port(address: &Value) -> u64 {
    let port = address.as_str().and_then(|address| address.rsplit(':').next()?.parse().ok());
    port.unwrap_or_else(|| panic!("a port in {address}"))
}

fn that_worked<'a>(played: &'a Played, end: &str, name: &str) -> Vec<&'a Value> {
    played.calls(end, name).into_iter().filter(|call| call["error"].is_null()).collect()
}

#[test]
fn a_stream_has_three_sockets_and_two_ports() {
    both("stream", |played| {
        let accepted = that_worked(played, "server", "accept");
        let connected = that_worked(played, "client", "connect");
        assert_eq!((accepted.len(), connected.len()), (1, 1));
        let client = port(&accepted[0]["result"]["peer"]);
        let server = port(&played.calls("server", "getsockname")[0]["result"]);
        assert_eq!(*played.fact("source_ports"), json!([client, server, server]));
        assert_ne!(client, server);
        assert_eq!(port(&played.calls("client", "getsockname")[0]["result"]), client);
        let text = connected[0]["text"].as_str().expect("words");
        assert!(text.contains(&format!(":{server})")), "{text}");
        // What one end sends is what the other receives.
        for (from, to) in [("client", "server"), ("server", "client")] {
            let bytes = |end: &str, name: &str| -> i64 {
                played
                    .calls(end, name)
                    .iter()
                    .filter_map(|call| call["result"].as_i64())
                    .filter(|n| *n > 0)
                    .sum()
            };
            assert!(bytes(from, "send") > 0, "{from}");
            assert_eq!(bytes(from, "send"), bytes(to, "recv"), "from {from} to {to}");
        }
    });
}

#[test]
fn datagrams_are_counted_as_they_were_sent_and_taken() {
    both("datagram", |played| {
        let came = |end: &str, kind: &str| {
            let lines = played.all(kind).filter(|event| {
                event["end"] == end
                    && event["direction"] == "received"
                    && event["announcement"] != true
            });
            lines.count()
        };
        let back = |name: &str| usize::try_from(played.number(name)).expect("a count");
        assert_eq!(back("tcp_lines_back"), 5);
        assert_eq!(came("tcp-client", "message"), 5);
        assert_eq!(came("udp-client", "datagram"), back("udp_lines_back"));
        assert!(back("udp_lines_back") < 5, "some were lost on purpose");
        assert_eq!(*played.fact("seed"), 26);
        let with_bytes = |end: &str, name: &str| {
            let calls = that_worked(played, end, name);
            calls.iter().filter(|call| call["result"] != 0).count()
        };
        let pair = [with_bytes("tcp-client", "send"), with_bytes("tcp-server", "recv")];
        assert_eq!(*played.fact("tcp_sends_and_receives"), json!(pair));
        let datagrams = came("udp-server", "datagram");
        let pair = [with_bytes("udp-client", "sendto"), datagrams];
        assert_eq!(*played.fact("udp_sends_and_receives"), json!(pair));
    });
}

#[test]
fn a_reply_fits_its_request() {
    both("raw", |played| {
        let door = played.fact("socket").as_str().expect("a word").to_owned();
        let made = that_worked(played, "client", "socket");
        let kinds: Vec<&str> = made.iter().filter_map(|call| call["text"].as_str()).collect();
        let kind = match door.as_str() {
            "raw socket" => "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)",
            "ping socket" => "socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)",
            other => {
                assert_eq!((other, kinds.len()), ("none", 0));
                assert_eq!(played.all("hindrance").count(), 1);
                assert_eq!(played.all("reply").count(), 0);
                return;
            }
        };
        assert!(kinds.iter().any(|text| text.starts_with(kind)), "{door}: {kinds:?}");
        assert_eq!(*played.fact("reply_fits"), true);
        let probe = played.all("probe").next().expect("a request");
        let reply = played.all("reply").next().expect("a reply");
        for field in ["sequence", "number", "ip", "bytes"] {
            assert_eq!(probe[field], reply[field], "{field}");
        }
        assert_eq!(reply["fate"], "fine");
        let sent = &that_worked(played, "client", "sendto")[0]["result"];
        assert_eq!(*sent, probe["bytes"], "{probe:#}");
    });
}

#[test]
fn the_tours_sockets_of_datagrams_have_no_peer() {
    both("", |played| {
        let [client, server] = ["udp-client", "udp-server"].map(|end| {
            assert!(played.calls(end, "connect").is_empty(), "{end}");
            port(&played.calls(end, "getsockname").last().expect("asked")["result"])
        });
        assert_eq!(*played.fact("udp_ports"), json!([client, server]));
        let came = &that_worked(played, "udp-server", "recvfrom")[0]["result"];
        assert_eq!((&came["bytes"], port(&came["peer"])), (&json!(6), client));
        assert_eq!(that_worked(played, "udp-client", "sendto")[0]["result"], 6);
        let received: i64 = that_worked(played, "tcp-server", "recv")
            .iter()
            .filter_map(|call| call["result"].as_i64())
            .sum();
        assert_eq!(received, 6);
        if played.fact("icmp_socket") == "none" {
            assert_eq!(played.all("hindrance").count(), 1);
        }
    });
}
