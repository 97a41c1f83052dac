//! A cable that is pulled in the middle, and put back.
#![cfg(test)]

use std::process::{Command, id};
use std::time::Instant;

use nix::sys::signal::Signal;

use crate::host::{self, Pinged, alone, set, shell, start_ping};
use crate::support::{Program, netlab};

const FAR: [&str; 2] = ["10.77.5.2", "fd79::2"];

/// A host at the other end of a cable, whose own end is `eth0`. It vanishes with this.
struct Far(String);

impl Far {
    fn new(tag: &str) -> Self {
        let far = Self(format!("netlab-raw-{}-{tag}", id()));
        let name = &far.0;
        shell(&format!(
            "ip netns add {name} && ip link add eth0 type veth peer name eth0 netns {name}"
        ));
        // Otherwise an address of IPv6 goes with its cable.
        set("ipv6/conf/eth0/keep_addr_on_down", "1");
        shell(&format!(
            "ip address add 10.77.5.1/24 dev eth0 && ip address add fd79::1/64 dev eth0 nodad &&
             ip link set eth0 up && ip -n {name} address add 10.77.5.2/24 dev eth0 &&
             ip -n {name} address add fd79::2/64 dev eth0 nodad && ip -n {name} link set eth0 up"
        ));
        far
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        drop(Command::new("ip").args(["netns", "del", &self.0]).status());
    }
}

#[track_caller]
fn interrupt(ping: Program) -> Pinged {
    host::signal(&ping, Signal::SIGINT);
    Pinged::of(ping, Instant::now())
}

#[test]
fn an_interface_that_goes_down_is_said_and_comes_back() {
    alone("an_interface_that_goes_down_is_said_and_comes_back", true, || {
        let far = Far::new("down");
        for (host, options) in [(0, &[][..]), (0, &["-I", "eth0"]), (1, &[]), (1, &["-I", "eth0"])]
        {
            let mut ping = start_ping(&[&[FAR[host], "-i", "0.1", "-W", "1"], options].concat());
            for _ in 0..2 {
                ping.until(r#""event":"reply""#);
            }
            shell("ip link set eth0 down");
            for _ in 0..3 {
                ping.until(r#""event":"unsent""#);
            }
            shell("ip link set eth0 up");
            for _ in 0..2 {
                ping.until(r#""event":"reply""#);
            }
            let pinged = interrupt(ping);
            let what = format!("{} {options:?}: {}", FAR[host], pinged.report());
            assert_eq!(pinged.code, Some(0), "{what}");
            pinged.adds_up();
            let unsent = pinged.of_name("unsent");
            assert_eq!(pinged.count("unsent"), unsent.len() as u64, "{what}");
            assert_eq!(pinged.count("sent"), pinged.of_name("probe").len() as u64, "{what}");
            for event in unsent {
                let call = event["call"].to_string();
                let names = ["ENETUNREACH", "ENETDOWN", "ENODEV", "EADDRNOTAVAIL", "EHOSTUNREACH"];
                assert!(names.iter().any(|name| call.contains(name)), "{event}");
            }
        }
        drop(far);
    });
}

#[test]
fn a_person_is_told_what_could_not_be_sent() {
    alone("a_person_is_told_what_could_not_be_sent", true, || {
        let far = Far::new("told");
        let arguments = ["raw-ping", FAR[0], "-i", "0.1"];
        let mut ping = Program::start(netlab().args(arguments));
        ping.until("icmp_seq=2 ");
        shell("ip link set eth0 down");
        let line = ping.until("sendto failed for icmp_seq=");
        assert!(line.len() > "sendto failed for icmp_seq=2: ".len() + 5, "a reason: {line}");
        shell("ip link set eth0 up");
        ping.until("bytes from 10.77.5.2");
        host::signal(&ping, Signal::SIGINT);
        let (status, lines) = ping.finish();
        let all = lines.join("\n");
        assert_eq!(status.code(), Some(0), "{all}");
        assert!(all.contains(" not sent"), "{all}");
        drop(far);
    });
}

#[test]
fn the_other_end_of_the_cable_may_be_pulled() {
    alone("the_other_end_of_the_cable_may_be_pulled", true, || {
        let far = Far::new("far");
        let mut ping = start_ping(&[FAR[0], "-i", "0.1", "-W", "0.3"]);
        ping.until(r#""event":"reply""#);
        shell(&format!("ip -n {} link set eth0 down", far.0));
        ping.until_any(&[r#""event":"lost""#, r#""event":"unsent""#]);
        shell(&format!("ip -n {} link set eth0 up", far.0));
        ping.until(r#""event":"reply""#);
        let pinged = interrupt(ping);
        assert_eq!(pinged.code, Some(0), "{}", pinged.report());
        pinged.adds_up();
    });
}

#[test]
fn an_interface_that_vanishes_leaves_an_account() {
    alone("an_interface_that_vanishes_leaves_an_account", true, || {
        for options in [&["-i", "0.1"][..], &["--flood"], &["-I", "eth0", "-i", "0.1"]] {
            let far = Far::new("gone");
            let mut ping = start_ping(&[&[FAR[0], "-W", "1"], options].concat());
            ping.until(r#""event":"reply""#);
            shell("ip link delete eth0");
            for _ in 0..3 {
                ping.until(r#""event":"unsent""#);
            }
            let pinged = interrupt(ping);
            assert_eq!(pinged.code, Some(0), "{options:?}: {}", pinged.report());
            pinged.adds_up();
            drop(far);
        }
    });
}

/// A flood that cannot send does not try as often as the processor can.
#[test]
fn a_flood_that_cannot_send_stays_calm() {
    alone("a_flood_that_cannot_send_stays_calm", true, || {
        let far = Far::new("calm");
        let mut ping = start_ping(&[FAR[0], "--flood", "-w", "2", "-q"]);
        ping.until(r#""event":"pinging""#);
        shell("ip link delete eth0");
        let pinged = Pinged::of(ping, Instant::now());
        let unsent = pinged.count("unsent");
        assert!((1..=400).contains(&unsent), "{}", pinged.report());
        drop(far);
    });
}

#[test]
fn without_any_way_nothing_is_received_and_the_reason_is_given() {
    alone("without_any_way_nothing_is_received", true, || {
        for host in ["198.51.100.7", "2001:db8::7"] {
            let pinged = host::ping(&[host, "-c", "2", "-i", "0.05", "-W", "0.2"]);
            assert!(pinged.text.contains("ENETUNREACH"), "{}", pinged.text);
            assert!([Some(1), Some(2)].contains(&pinged.code), "{host}: {:?}", pinged.code);
        }
    });
}
