//! ICMP in demos, in a network namespace where ping sockets are allowed, or nothing is.
#![cfg(test)]

use std::process::{Command, Stdio};

use crate::namespace::alone;
use crate::played::{Played, Who, play};
use crate::tools::{missing, output, unprivileged};

#[test]
fn a_ping_socket_stands_in_and_without_one_the_demo_goes_on() {
    const TEST: &str = "a_ping_socket_stands_in_and_without_one_the_demo_goes_on";
    if unprivileged(TEST) || missing(TEST, &["ip", "sysctl", "setpriv"]) {
        return;
    }
    alone();
    let groups = |range: &str| {
        let setting = format!("net.ipv4.ping_group_range={range}");
        output(Command::new("sysctl").args(["-qw", &setting]).stdin(Stdio::null()));
    };
    for (range, who, door) in [
        ("1 0", Who::Me, "raw socket"),
        ("0 2147483647", Who::Nobody, "ping socket"),
        ("1 0", Who::Nobody, "none"),
    ] {
        groups(range);
        for name in ["", "types"] {
            let played: Played = play(name, who);
            assert_eq!(played.fact("icmp_socket"), door, "{name:?} {range} {who:?}");
            let hindrances: Vec<_> = played.all("hindrance").collect();
            assert_eq!(hindrances.len(), usize::from(door == "none"));
            for hindrance in hindrances {
                assert!(hindrance["try"].as_str().is_some_and(|text| !text.is_empty()));
                assert!(hindrance["error"]["number"].is_i64(), "{hindrance}");
            }
        }
        let played = play("raw", who);
        assert_eq!(played.fact("socket"), door);
        assert_eq!(played.all("reply").count(), usize::from(door != "none"));
        assert_eq!(played.all("dissection").count(), 1 + usize::from(door != "none"));
        if door != "none" {
            assert_eq!(*played.fact("reply_fits"), true);
        }
    }
}
