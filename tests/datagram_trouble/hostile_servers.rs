//! Servers that lie to a burst: each reply is what it is, and the account adds up.
#![cfg(test)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use crate::lab::{Fake, Ran, burst, datagram, socket};

const COUNT: u64 = 20;

/// A burst of twenty to a server that does that, with everything that is told of it.
#[track_caller]
fn under(
    what: &str,
    arguments: &[&str],
    mut lie: impl FnMut(&UdpSocket, SocketAddr, &[u8]) + Send + 'static,
) -> Ran {
    let fake = Fake::new(move |socket, from, bytes| {
        lie(socket, from, bytes);
        true
    });
    let all = [&["--count", "20", "--interval", "0.002", "--timeout", "0.5"], arguments].concat();
    let ran = burst(fake.port, &all);
    assert_eq!(ran.count("sent"), COUNT, "{what}");
    ran
}

/// The counts of the account that are not 0, except the lost, and whether something came back.
#[track_caller]
fn counts(what: &str, ran: &Ran, expected: &[(&str, u64)]) {
    ran.adds_up();
    for name in [
        "received",
        "late",
        "duplicated",
        "reordered",
        "corrupted",
        "foreign",
        "merged",
        "truncated",
        "refused",
    ] {
        let count = expected.iter().find(|(expected, _)| *expected == name);
        let count = count.map_or(0, |(_, count)| *count);
        assert_eq!(ran.count(name), count, "{what}: {name} in {}", ran.report());
    }
    let nothing = ["received", "late", "corrupted", "truncated"].iter().all(|n| ran.count(n) == 0);
    assert_eq!(ran.code, Some(i32::from(nothing)), "{what}");
}

fn answer(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) {
    socket.send_to(bytes, to).expect("it is sent");
}

#[test]
fn an_honest_server_is_believed() {
    let ran = under("honest", &[], answer);
    counts("honest", &ran, &[("received", COUNT)]);
}

#[test]
fn whoever_was_never_asked_gives_no_reply() {
    let stranger = socket();
    let ran = under("another port", &[], move |_, to, bytes| answer(&stranger, to, bytes));
    counts("another port", &ran, &[("foreign", COUNT)]);
    let stranger = socket();
    let ran = under("another port, both", &[], move |asked, to, bytes| {
        answer(&stranger, to, bytes);
        answer(asked, to, bytes);
    });
    counts("another port, both", &ran, &[("foreign", COUNT), ("received", COUNT)]);
    // The same port, and another address.
    let asked = socket();
    let port = asked.local_addr().expect("an address").port();
    let stranger = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), port)).expect("a free port");
    let fake = Fake::on(asked, move |_, to, bytes| {
        answer(&stranger, to, bytes);
        true
    });
    let ran = burst(fake.port, &["--count", "20", "--interval", "0.002", "--timeout", "0.3"]);
    counts("another address", &ran, &[("foreign", COUNT)]);
    // A connected socket does not even hear them.
    let stranger = socket();
    let ran = under("connected", &["--connect"], move |_, to, bytes| answer(&stranger, to, bytes));
    counts("connected", &ran, &[]);
    assert_eq!(ran.remarks("unreachable"), 0);
}

#[test]
fn a_forged_header_is_no_reply() {
    let ran = under("another run", &[], |socket, to, bytes| {
        let mut run = [bytes[4], bytes[5], bytes[6], bytes[7]];
        run[3] ^= 1;
        let sequence = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        answer(socket, to, &datagram(&run, sequence, 64));
    });
    counts("another run", &ran, &[("foreign", COUNT)]);
    for sequence in [20, 1_000_000, u32::MAX] {
        let ran = under("a sequence that was never sent", &[], move |socket, to, bytes| {
            answer(socket, to, &datagram(&bytes[4..8], sequence, 64));
        });
        counts("a sequence that was never sent", &ran, &[("foreign", COUNT)]);
    }
    let ran = under("zeros", &[], |socket, to, _| answer(socket, to, &[0; 64]));
    counts("zeros", &ran, &[("foreign", COUNT)]);
    let ran = under("nothing", &[], |socket, to, _| answer(socket, to, &[]));
    counts("nothing", &ran, &[("foreign", COUNT)]);
}

#[test]
fn a_reply_to_a_datagram_that_is_sent_later_is_a_forgery() {
    // Whoever has seen the run's number can guess the next sequence numbers.
    let ran = under("the next one", &[], |socket, to, bytes| {
        let sequence = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        answer(socket, to, &datagram(&bytes[4..8], sequence + 10, 64));
        answer(socket, to, bytes);
    });
    ran.adds_up();
    assert_eq!(ran.count("received"), COUNT, "{}", ran.report());
    assert!(ran.count("foreign") + ran.count("duplicated") == COUNT, "{}", ran.report());
}

#[test]
fn second_copies_are_counted_and_are_no_replies() {
    let ran = under("twice", &[], |socket, to, bytes| {
        answer(socket, to, bytes);
        answer(socket, to, bytes);
    });
    // A copy of the last reply may come when nothing is waited for any more.
    assert!((COUNT - 1..=COUNT).contains(&ran.count("duplicated")), "{}", ran.report());
    let duplicated = ran.count("duplicated");
    counts("twice", &ran, &[("received", COUNT), ("duplicated", duplicated)]);
}

#[test]
fn what_is_changed_or_cut_is_no_reply() {
    for byte in [14, 16, 20, 40, 63] {
        let ran = under("one bit", &[], move |socket, to, bytes| {
            let mut bytes = bytes.to_vec();
            bytes[byte] ^= 0x10;
            answer(socket, to, &bytes);
        });
        counts(&format!("one bit of byte {byte}"), &ran, &[("corrupted", COUNT)]);
    }
    // In the sequence number: it seems to be another one.
    let ran = under("sequence", &[], |socket, to, bytes| {
        let mut bytes = bytes.to_vec();
        bytes[11] ^= 1;
        answer(socket, to, &bytes);
    });
    counts("one bit of the sequence number", &ran, &[("corrupted", COUNT)]);
    for length in [20, 30, 63] {
        let ran = under("cut", &[], move |socket, to, bytes| answer(socket, to, &bytes[..length]));
        counts(&format!("cut to {length}"), &ran, &[("truncated", COUNT)]);
    }
    let ran = under("cut", &[], move |socket, to, bytes| answer(socket, to, &bytes[..19]));
    counts("cut within the header", &ran, &[("truncated", COUNT)]);
    let ran = under("cut", &[], move |socket, to, bytes| answer(socket, to, &bytes[1..]));
    counts("cut at the beginning", &ran, &[("foreign", COUNT)]);
}

#[test]
fn replies_that_are_glued_are_two_replies() {
    let mut kept = Vec::new();
    let ran = under("glued", &[], move |socket, to, bytes| {
        kept.extend_from_slice(bytes);
        if kept.len() == 128 {
            answer(socket, to, &std::mem::take(&mut kept));
        }
    });
    counts("glued", &ran, &[("received", COUNT), ("merged", COUNT)]);
    // Behind a reply there is garbage.
    let ran = under("garbage", &[], |socket, to, bytes| {
        answer(socket, to, &[bytes, b"garbage"].concat());
    });
    counts("garbage", &ran, &[("received", COUNT), ("merged", COUNT)]);
}

#[test]
fn replies_in_another_order_are_replies() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let ran = under("swapped", &[], move |socket, to, bytes| {
        kept.push(bytes.to_vec());
        if kept.len() == 2 {
            kept.drain(..).rev().for_each(|bytes| answer(socket, to, &bytes));
        }
    });
    counts("swapped", &ran, &[("received", COUNT), ("reordered", COUNT / 2)]);
}

#[test]
fn late_replies_are_late_and_neither_received_nor_lost() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let fake = Fake::new(move |socket, to, bytes| {
        kept.push(bytes.to_vec());
        // The answer to the one before leaves when the next one comes, long after its time.
        if kept.len() > 1 {
            answer(socket, to, &kept.remove(0));
        }
        true
    });
    let ran = burst(fake.port, &["--count", "5", "--interval", "0.4", "--timeout", "0.1"]);
    counts("late", &ran, &[("late", 4)]);
    assert_eq!(ran.count("lost"), 1);
}

/// A server that sends garbage before and after each reply: so little at a time that the system's
/// queue holds it, whose own losses are no matter here.
fn garbage() -> Fake {
    Fake::new(|socket, to, bytes| {
        for n in 0..50_u8 {
            answer(socket, to, &[n; 100]);
        }
        answer(socket, to, bytes);
        for n in 0..50_u8 {
            answer(socket, to, &[b"nlab", &[n; 100][..]].concat());
        }
        true
    })
}

/// One datagram at a time: the next is sent when the reply has come.
const ONE_BY_ONE: [&str; 6] = ["--count", "20", "--interval", "0", "--window", "1"];

#[test]
fn garbage_in_floods_hides_no_reply() {
    let fake = garbage();
    let ran = burst(fake.port, &[&ONE_BY_ONE[..], &["--timeout", "20"]].concat());
    let foreign = ran.count("foreign");
    // Nobody waits for what comes behind the last reply.
    assert!((100 * COUNT - 50..=100 * COUNT).contains(&foreign), "{foreign}");
    counts("a flood", &ran, &[("received", COUNT), ("foreign", foreign)]);
}

#[test]
fn garbage_in_floods_does_not_flood_the_screen() {
    let fake = garbage();
    let port = fake.port.to_string();
    let output = crate::lab::run(&[&["udp-client", "127.0.0.1", &port], &ONE_BY_ONE[..]].concat());
    let lines = crate::lab::lines(&output);
    crate::lab::harmless(&lines);
    assert_eq!(crate::lab::figure(&lines, "Received"), COUNT);
    assert!(lines.len() < 500, "{} lines for twenty replies", lines.len());
}

#[test]
fn the_longest_garbage_to_a_burst_is_garbage() {
    let ran = under("longest", &[], |socket, to, _| answer(socket, to, &vec![0x1b; 65_507]));
    let foreign = ran.count("foreign");
    assert!(foreign > 0);
    counts("longest", &ran, &[("foreign", foreign)]);
}

/// Half of the datagrams get two replies, one of them damaged; the others get none: they are lost.
#[test]
fn damaged_copies_of_replies_do_not_hide_what_was_lost() {
    for cut in [false, true] {
        let ran = under("damaged copies", &[], move |socket, to, bytes| {
            if bytes[11] % 2 == 0 {
                answer(socket, to, bytes);
                let mut copy = bytes.to_vec();
                copy[40] ^= 1;
                answer(socket, to, if cut { &bytes[..40] } else { &copy });
            }
        });
        assert_eq!(ran.count("received"), COUNT / 2, "{}", ran.report());
        assert_eq!(ran.count("lost"), COUNT / 2, "cut: {cut}: {}", ran.report());
    }
}
