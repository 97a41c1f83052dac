//! Datagrams and ICMP: one call, one packet.

use netlab::cause::{Answer, Carries};

use super::{Run, calls, kernel};

const A: &str = "127.0.0.1:5000";
const B: &str = "127.0.0.1:7";
const X: &str = "127.0.0.1:9";

fn udp(run: &mut Run, us: u64, from: &str, to: &str, bytes: u64) -> Answer {
    run.packet(us, from, to, Carries::Udp(bytes))
}

#[test]
fn datagrams_go_in_order_to_each_destination() {
    let mut run = Run::new();
    run.call(0, 1, "client A socket(AF_INET, SOCK_DGRAM) = 0");
    run.call(2, 3, "client A bind(127.0.0.1:5000) = 0");
    let first = run.call(10, 11, "client A sendto(5, 127.0.0.1:7) = 5");
    let other = run.call(12, 13, "client A sendto(5, 127.0.0.1:9) = 5");
    run.call(14, 15, "client A sendto(5, 127.0.0.1:7) = -1 ECONNREFUSED");
    let second = run.call(16, 17, "client A sendto(5, 127.0.0.1:7) = 5");
    // All of them later than their calls, on a slow network card.
    assert_eq!(udp(&mut run, 5_000, A, B, 5), calls(&[first]));
    assert_eq!(udp(&mut run, 5_001, A, B, 5), calls(&[second]));
    assert_eq!(udp(&mut run, 5_002, A, X, 5), calls(&[other]));
    assert_eq!(udp(&mut run, 5_003, A, X, 5), Answer::Unknown);
}

#[test]
fn a_packet_that_was_missed_spoils_one_answer_only() {
    let mut run = Run::new();
    run.call(2, 3, "client A bind(127.0.0.1:5000) = 0");
    let sends: Vec<usize> = (0..5_u64)
        .map(|n| run.call(10_000 * n, 10_000 * n + 10, "client A sendto(5, 127.0.0.1:7) = 5"))
        .collect();
    assert_eq!(udp(&mut run, 5, A, B, 5), calls(&sends[..1]));
    // The second was dropped on the way to the capture.
    assert_eq!(udp(&mut run, 20_005, A, B, 5), calls(&sends[2..3]));
    assert_eq!(udp(&mut run, 30_005, A, B, 5), calls(&sends[3..4]));
}

#[test]
fn a_socket_that_was_not_bound_is_known_by_where_it_sends() {
    let mut run = Run::new();
    let send = run.call(10, 20, "client A sendto(5, 127.0.0.1:7) = 5");
    assert_eq!(udp(&mut run, 15, A, B, 5), calls(&[send]));
    assert_eq!(udp(&mut run, 16, A, X, 5), Answer::Unknown);
    run.own = false;
    assert_eq!(udp(&mut run, 18, B, A, 5), Answer::Peer);
}

#[test]
fn a_connected_datagram_socket_sends() {
    let mut run = Run::new();
    run.call(0, 1, "client A socket(AF_INET, SOCK_DGRAM) = 0");
    run.call(2, 3, "client A connect(127.0.0.1:7) = 0");
    run.call(4, 5, "client A getsockname() = 127.0.0.1:5000");
    let send = run.call(10, 20, "client A send(5) = 5");
    assert_eq!(udp(&mut run, 15, A, B, 5), calls(&[send]));
}

#[test]
fn fragments_belong_to_the_datagram_before_them() {
    let mut run = Run::new();
    run.call(2, 3, "client A bind(127.0.0.1:5000) = 0");
    assert_eq!(run.packet(9, A, B, Carries::Fragment), Answer::Unknown);
    let send = run.call(10, 20, "client A sendto(5000, 127.0.0.1:7) = 5000");
    assert_eq!(udp(&mut run, 15, A, B, 5000), calls(&[send]));
    assert_eq!(run.packet(16, "127.0.0.1:0", "127.0.0.1:0", Carries::Fragment), calls(&[send]));
}

#[test]
fn echoes_are_asked_by_calls_and_answered_by_kernels() {
    for (here, there, ask, answer, written) in [
        ("10.0.0.1:0", "10.0.0.9:0", 8, 0, "10.0.0.9"),
        ("[fe80::1]:0", "[fe80::9]:0", 128, 129, "fe80::9%2"),
    ] {
        let mut run = Run::new();
        let one = run.call(10, 20, &format!("ping A sendto(64, {written}) = 64"));
        let two = run.call(1_000_000, 1_000_020, &format!("ping A sendto(64, {written}) = 64"));
        let mut icmp = |us, from, to, kind| run.packet(us, from, to, Carries::Icmp(kind, 0, 56));
        assert_eq!(icmp(15, here, there, ask), calls(&[one]));
        assert_eq!(icmp(16, there, here, answer), kernel("answers an echo request"));
        assert_eq!(icmp(1_000_015, here, there, ask), calls(&[two]));
    }
}

#[test]
fn errors_are_reported_by_kernels() {
    let mut run = Run::new();
    run.own = false;
    let mut icmp =
        |from, kind, code| run.packet(5, from, "127.0.0.1:0", Carries::Icmp(kind, code, 36));
    assert_eq!(icmp("127.0.0.1:0", 3, 3), kernel("reports that no socket has this port"));
    assert_eq!(icmp("[::1]:0", 1, 4), kernel("reports that no socket has this port"));
    assert_eq!(icmp("10.0.0.1:0", 11, 0), kernel("reports that the hop limit was used up"));
    assert_eq!(icmp("10.0.0.1:0", 3, 1), kernel("reports an error"));
    assert_eq!(icmp("[fe80::1]:0", 135, 0), kernel("finds out who has an address"));
    assert_eq!(icmp("10.0.0.1:0", 200, 0), Answer::Unknown);
    assert_eq!(
        run.packet(6, "10.0.0.1:0", "10.0.0.2:0", Carries::Arp),
        kernel("finds out who has an address")
    );
}
