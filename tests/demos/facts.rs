//! What each demo states, and that its calls say the same: with and without privilege.
#![cfg(test)]

use serde_json::{Value, json};

use crate::played::{Played, Who, all, play};

const SECOND: u64 = 1_000_000_000;

/// Plays a demo as both, and judges each.
#[track_caller]
fn both(name: &str, judge: impl Fn(&Played)) {
    for who in [Who::Me, Who::Nobody] {
        judge(&play(name, who));
    }
}

/// The number of an error on Linux, of the calls of that end and name that failed.
fn errors<'a>(played: &'a Played, end: &str, name: &str) -> Vec<(&'a str, i64)> {
    let failed = played.calls(end, name).into_iter().filter(|call| !call["error"].is_null());
    let error = |call: &'a Value| {
        (
            call["error"]["name"].as_str().expect("a name"),
            call["error"]["number"].as_i64().expect("a number"),
        )
    };
    failed.map(error).collect()
}

#[test]
fn every_demo_is_a_whole_story_and_short() {
    let names = [all(), vec![String::new()]].concat();
    let tell = |name: &String| {
        let played = play(name, Who::Nobody);
        let kinds: Vec<&str> =
            played.events.iter().filter_map(|event| event["event"].as_str()).collect();
        assert_eq!((kinds[0], kinds[1]), ("header", "demo"), "{name}");
        assert_eq!(kinds.last(), Some(&"curtain"), "{name}");
        assert!(played.length() < 20 * SECOND, "{name} took {} ns", played.length());
        assert!(played.all("step").count() >= 2, "{name}");
        assert!(played.all("fact").count() >= 1, "{name}");
        let curtain = played.all("curtain").next().expect("a curtain");
        assert_eq!(curtain["saw"].as_array().map(Vec::len), Some(2), "{name}");
        for call in played.all("call") {
            assert!(call["end"].is_string(), "{name}: {call}");
        }
    };
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || tell(name));
        }
    });
}

#[test]
fn the_tour_has_the_endpoints_of_all_three_types() {
    both("", |played| {
        let tables: Vec<&Value> =
            played.all("endpoints").filter(|table| table["end"].is_null()).collect();
        let protocols: Vec<&Value> =
            tables.iter().map(|table| &table["rows"][0]["protocol"]).collect();
        let icmp = played.fact("icmp_socket");
        let expected: &[&str] =
            if icmp == "none" { &["TCP", "UDP"] } else { &["TCP", "UDP", "ICMP"] };
        assert_eq!(protocols, expected);
        let ports = played.fact("tcp_ports");
        assert_eq!(ports[1], ports[2], "the accepted socket has the listener's port");
        assert_ne!(ports[0], ports[1]);
        let rows = tables[0]["rows"].as_array().expect("rows");
        let sources: Vec<&Value> = rows.iter().map(|row| &row["source_port"]).collect();
        assert_eq!(sources, ports.as_array().expect("ports").iter().collect::<Vec<_>>());
        let own = &played.calls("tcp-client", "getsockname")[0]["result"];
        assert_eq!(own.as_str(), Some(format!("127.0.0.1:{}", ports[0]).as_str()));
    });
}

#[test]
fn a_stream_has_no_borders_and_datagrams_have() {
    both("types", |played| {
        let tcp = played.fact("tcp_received").as_array().expect("pieces").clone();
        let whole: String =
            tcp.iter().filter_map(Value::as_str).map(|piece| piece.trim_matches('"')).collect();
        assert_eq!(whole, "ABBCCC");
        assert_eq!(tcp.len(), 1, "all had arrived before recv was called");
        assert_eq!(*played.fact("udp_received"), json!(["\"A\"", "\"BB\"", "\"CCC\""]));
        let sent: Vec<&Value> =
            played.calls("tcp-client", "send").iter().map(|call| &call["result"]).collect();
        assert_eq!(sent, [1, 2, 3]);
        let came: Vec<&Value> = played
            .calls("udp-server", "recvfrom")
            .iter()
            .map(|call| &call["result"]["bytes"])
            .collect();
        assert_eq!(came, [1, 2, 3]);
        let header = match played.fact("icmp_socket").as_str() {
            Some("raw socket") => 28,
            Some("ping socket") => 8,
            _ => return assert_eq!(played.all("hindrance").count(), 1),
        };
        assert_eq!(
            *played.fact("icmp_received_bytes"),
            json!([header + 1, header + 2, header + 3])
        );
    });
}

#[test]
fn every_wrong_order_gets_its_real_error() {
    both("calls", |played| {
        for (fact, answer) in [
            ("recv_before_connect", "ENOTCONN"),
            ("send_before_connect", "EPIPE"),
            ("shutdown_before_connect", "ENOTCONN"),
            ("accept_without_listen", "EINVAL"),
            ("bind_twice", "EINVAL"),
            ("listen_twice", "0"),
            ("bind_taken", "EADDRINUSE"),
            ("recv_on_listening", "ENOTCONN"),
            ("connect_on_listening", "EISCONN"),
            ("listen_without_bind", "0"),
            ("connect_twice", "EISCONN"),
            ("accept_on_connected", "EINVAL"),
            ("send_after_shutdown", "EPIPE"),
            ("send_after_peer_closed", "EPIPE"),
        ] {
            assert_eq!(played.fact(fact), answer, "{fact}");
        }
        assert_eq!(played.number("wrong_orders"), 14);
        assert_eq!(*played.fact("bytes_received"), json!([6, 3, 0]));
        assert_eq!(played.number("first_send_after_close"), 6);
        assert_eq!(errors(played, "client", "recv"), [("ENOTCONN", 107)]);
        assert_eq!(errors(played, "client", "send"), [("EPIPE", 32), ("EPIPE", 32)]);
        assert_eq!(errors(played, "client", "accept"), [("EINVAL", 22), ("EINVAL", 22)]);
        assert_eq!(errors(played, "client", "connect"), [("EISCONN", 106)]);
        assert_eq!(errors(played, "server", "bind"), [("EINVAL", 22), ("EADDRINUSE", 98)]);
        assert_eq!(errors(played, "server", "connect"), [("EISCONN", 106)]);
        assert_eq!(errors(played, "server", "send"), [("EPIPE", 32)]);
        assert_eq!(errors(played, "server", "listen"), []);
    });
}

#[test]
fn connect_returns_before_accept_is_called() {
    both("handshake", |played| {
        let connected = &played.calls("client", "connect")[0];
        let accepted = &played.calls("server", "accept")[0];
        let at = |call: &Value, part: &str| call[part].as_u64().expect("a time");
        assert!(at(connected, "t_ns") < at(accepted, "t_ns") - at(accepted, "took_ns"));
        assert_eq!(
            played.number("connect_ns"),
            i64::try_from(at(connected, "took_ns")).expect("small")
        );
        assert!(played.number("accept_after_connect_ns") >= 300_000_000, "it was busy for so long");
        assert_eq!(played.number("waiting_for_accept"), 1);
        assert_eq!(played.number("bytes_sent_before_accept"), 6);
        assert_eq!(played.fact("closed_port"), "ECONNREFUSED");
        assert_eq!(played.fact("silent_port"), "ETIMEDOUT");
        assert!(played.number("silence_ns") >= 1_900_000_000, "{}", played.number("silence_ns"));
        assert!(played.number("refused_ns") < played.number("silence_ns"));
        let failed = errors(played, "client", "connect");
        assert_eq!(failed, [("ECONNREFUSED", 111), ("ETIMEDOUT", 110)]);
    });
}

#[test]
fn a_connection_ends_by_halves_or_is_broken_off() {
    both("close", |played| {
        for (fact, state) in [
            ("open_client", "ESTABLISHED"),
            ("open_server", "ESTABLISHED"),
            ("half_closed_client", "FIN-WAIT-2"),
            ("half_closed_server", "CLOSE-WAIT"),
            ("closed_client", "TIME-WAIT"),
            ("closed_server", "none"),
            ("reset_client", "none"),
            ("reset_server", "none"),
        ] {
            assert_eq!(played.fact(fact), state, "{fact}");
        }
        assert_eq!(played.number("server_recv_after_fin"), 0);
        assert_eq!(played.number("bytes_after_own_fin"), 7);
        assert_eq!(*played.fact("kept_without_program"), true);
        assert_eq!(played.number("unread_bytes"), 9);
        assert_eq!(played.fact("recv_after_reset"), "ECONNRESET");
        assert_eq!(errors(played, "client", "recv"), [("ECONNRESET", 104)]);
    });
}

#[test]
fn an_address_is_in_use_without_an_owner() {
    both("time-wait", |played| {
        for fact in ["time_wait_sockets", "time_wait_sockets_again"] {
            assert_eq!(played.number(fact), 1, "{fact}");
        }
        for fact in ["programs_that_own_them", "programs_that_own_them_again"] {
            assert_eq!(played.number(fact), 0, "{fact}");
        }
        assert_eq!(played.fact("bind_without"), "EADDRINUSE");
        assert_eq!(played.fact("bind_with_now_only"), "EADDRINUSE");
        assert_eq!(played.fact("bind_with"), "0");
        let failed = errors(played, "server", "bind");
        assert_eq!(failed, [("EADDRINUSE", 98), ("EADDRINUSE", 98)]);
        let options = played.calls("server", "setsockopt");
        assert!(options.iter().all(|call| call["text"] == "setsockopt(SO_REUSEADDR, 1) = 0"));
        assert_eq!(options.len(), 3);
    });
}
