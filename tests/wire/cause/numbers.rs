//! Sequence numbers: sent again, asked, acknowledged, and over the end of the numbers.

use netlab::cause::{Answer, TcpFact};

use super::{ACK, C, CLIENT, FIN, PSH, Run, S, SERVER, SYN, calls, kernel, segment};

#[test]
fn numbers_begin_again_and_streams_do_not() {
    let mut run = Run::connected();
    let mut sends = Vec::new();
    for n in 0..4 {
        sends.push(run.call(100 + n, 101 + n, "server B send(3) = 3"));
    }
    // The second crosses from 2^32 - 1 to 0.
    for (n, &send) in sends.iter().enumerate() {
        let offset = i32::try_from(3 * n).expect("small");
        assert_eq!(run.server(100, PSH | ACK, offset, 3, 0), calls(&[send]), "segment {n}");
    }
}

#[test]
fn five_gigabytes_are_counted() {
    let mut run = Run::connected();
    let chunk = 1_u32 << 30;
    for n in 0..5_u32 {
        let send = run.call(100, 101, &format!("client A send({chunk}) = {chunk}"));
        let fact = TcpFact {
            flags: ACK,
            sequence: CLIENT.wrapping_add(1).wrapping_add(n.wrapping_mul(chunk)),
            acknowledgment: SERVER.wrapping_add(1),
            window: 512,
            payload: chunk,
        };
        assert_eq!(run.tcp(100, C, S, fact), calls(&[send]), "gigabyte {n}");
    }
}

#[test]
fn what_is_sent_again_names_the_calls_that_sent_it_first() {
    let mut run = Run::connected();
    let first = run.call(100, 101, "client A send(6) = 6");
    let second = run.call(102, 103, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 0);
    run.client(102, PSH | ACK, 6, 6, 0);
    assert_eq!(run.client(300, PSH | ACK, 0, 6, 0), Answer::Again(vec![first]));
    assert_eq!(run.client(500, PSH | ACK, 0, 12, 0), Answer::Again(vec![first, second]));
    // Old bytes and new ones: they are new.
    let third = run.call(600, 601, "client A send(1) = 1");
    assert_eq!(run.client(600, PSH | ACK, 6, 7, 0), calls(&[second, third]));
}

#[test]
fn the_handshake_can_be_sent_again() {
    let mut run = Run::new();
    let connect = run.call(10, 9_000_000, "client A connect(127.0.0.1:6000) = -1 ETIMEDOUT");
    assert_eq!(run.client(12, SYN, -1, 0, 0), calls(&[connect]));
    assert_eq!(run.client(1_000_012, SYN, -1, 0, 0), Answer::Again(vec![connect]));
    run.server(1_000_013, SYN | ACK, -1, 0, 0);
    assert_eq!(run.server(2_000_013, SYN | ACK, -1, 0, 0), Answer::Again(vec![]));
}

#[test]
fn an_end_can_be_sent_again() {
    let mut run = Run::connected();
    let close = run.call(100, 101, "client A close() = 0");
    assert_eq!(run.client(100, FIN | ACK, 0, 0, 0), calls(&[close]));
    assert_eq!(run.client(300, FIN | ACK, 0, 0, 0), Answer::Again(vec![close]));
}

#[test]
fn one_below_is_a_question() {
    let mut run = Run::connected();
    run.call(100, 101, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 0);
    run.server(101, ACK, 0, 0, 6);
    assert_eq!(run.client(900, ACK, 5, 0, 0), kernel("asks whether the other side is still there"));
    assert_eq!(run.server(901, ACK, 0, 0, 6), kernel("acknowledges again"));
    // Some systems put a byte in it, which was acknowledged long ago.
    assert_eq!(run.client(950, ACK, 5, 1, 0), kernel("asks whether the other side is still there"));
    // Before anything was sent it lies below the first byte.
    let mut run = Run::connected();
    run.server(20, ACK, 0, 0, 0);
    assert_eq!(
        run.client(900, ACK, -1, 0, 0),
        kernel("asks whether the other side is still there")
    );
}

#[test]
fn the_last_byte_that_was_not_acknowledged_is_no_question() {
    let mut run = Run::connected();
    let send = run.call(100, 101, "client A send(1) = 1");
    run.client(100, PSH | ACK, 0, 1, 0);
    run.server(101, ACK, 0, 0, 0);
    assert_eq!(run.client(300, PSH | ACK, 0, 1, 0), Answer::Again(vec![send]));
}

fn window(run: &mut Run, us: u64, heard: u32, window: u16) -> Answer {
    run.tcp(us, S, C, TcpFact { window, ..segment(ACK, (SERVER, 0), 0, (CLIENT, heard)) })
}

#[test]
fn a_window_closes_and_opens() {
    let mut run = Run::connected();
    let send = run.call(100, 101, "client A send(6) = 6");
    let late = run.call(102, 103, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 0);
    assert_eq!(window(&mut run, 101, 6, 0), kernel("acknowledges, and there is no more room"));
    // The kernel asks: Linux one below, others with one byte of what waits.
    assert_eq!(run.client(400, ACK, 5, 0, 0), kernel("asks whether there is room again"));
    assert_eq!(window(&mut run, 401, 6, 0), kernel("acknowledges again"));
    assert_eq!(run.client(900, ACK, 6, 1, 0), kernel("asks whether there is room again"));
    assert_eq!(window(&mut run, 901, 6, 512), kernel("says that there is more room"));
    // What was asked with does not count as sent.
    assert_eq!(run.client(902, PSH | ACK, 6, 6, 0), calls(&[late]));
    assert!(send < late);
}

#[test]
fn a_capture_that_began_in_the_middle_does_not_guess() {
    let mut run = Run::new();
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.call(41, 42, "client A getsockname() = 127.0.0.1:40000");
    run.call(100, 101, "client A send(6) = 6");
    let close = run.call(200, 201, "client A close() = 0");
    assert_eq!(run.client(100, PSH | ACK, 0, 6, 0), Answer::Unknown);
    assert_eq!(run.server(101, ACK, 0, 0, 6), kernel("acknowledges"));
    assert_eq!(run.client(150, PSH | ACK, 0, 6, 0), Answer::Again(vec![]));
    // How an end is made is known nevertheless.
    assert_eq!(run.client(200, FIN | ACK, 6, 0, 0), calls(&[close]));
}

#[test]
fn the_answer_to_a_syn_tells_where_the_stream_begins() {
    let mut run = Run::new();
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.call(41, 42, "client A getsockname() = 127.0.0.1:40000");
    let send = run.call(100, 101, "client A send(6) = 6");
    run.server(14, SYN | ACK, -1, 0, 0);
    assert_eq!(run.client(100, PSH | ACK, 0, 6, 0), calls(&[send]));
}

#[test]
fn no_number_makes_it_fall() {
    let mut random = 1_u64;
    let mut next = |limit: u64| {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % limit
    };
    for _ in 0..200 {
        let mut run = Run::connected();
        run.call(100, 101, "client A send(6) = 6");
        run.call(100, 101, "server B send(9223372036854775807) = 9223372036854775807");
        run.call(100, 101, "server B send(9223372036854775807) = 9223372036854775807");
        run.call(100, 101, "server B send(9223372036854775807) = 9223372036854775807");
        for us in 100..200 {
            let near = |value: u64| u32::MAX.wrapping_add(u32::try_from(value).unwrap_or(0));
            let fact = TcpFact {
                flags: u8::try_from(next(256)).unwrap_or(0),
                sequence: if next(2) == 0 { near(next(9)) } else { near(next(1 << 31) * 2) },
                acknowledgment: near(next(9)),
                window: u16::try_from(next(3)).unwrap_or(0),
                payload: if next(2) == 0 { near(next(3)) } else { near(next(5)) % 9 },
            };
            let (from, to) = if next(2) == 0 { (C, S) } else { (S, C) };
            let _ = run.tcp(us, from, to, fact);
        }
    }
}
