//! How a connection ends: FIN and RST.

use netlab::cause::Answer;

use super::{ACK, FIN, PSH, RST, Run, SYN, calls, kernel};

#[test]
fn a_close_sends_an_end_and_each_side_has_its_own() {
    let mut run = Run::connected();
    let first = run.call(100, 101, "client A close() = 0");
    let second = run.call(120, 121, "server B close() = 0");
    assert_eq!(run.client(100, FIN | ACK, 0, 0, 0), calls(&[first]));
    assert_eq!(run.server(101, ACK, 0, 0, 1), kernel("acknowledges the end"));
    assert_eq!(run.server(120, FIN | ACK, 0, 0, 1), calls(&[second]));
    assert_eq!(run.client(121, ACK, 1, 0, 1), kernel("acknowledges the end"));
}

#[test]
fn a_half_ends_by_shutdown_and_the_close_sends_nothing_more() {
    let mut run = Run::connected();
    let end = run.call(100, 101, "client A shutdown(SHUT_WR) = 0");
    run.call(200, 200, "client A close() = 0");
    assert_eq!(run.client(100, FIN | ACK, 0, 0, 0), calls(&[end]));
}

#[test]
fn ending_the_receiving_half_sends_nothing() {
    let mut run = Run::connected();
    run.call(90, 91, "client A shutdown(SHUT_RD) = 0");
    run.call(92, 93, "client A shutdown(SHUT_WR) = -1 ENOTCONN");
    let close = run.call(100, 101, "client A close() = 0");
    assert_eq!(run.client(100, FIN | ACK, 0, 0, 0), calls(&[close]));
}

#[test]
fn an_end_goes_with_the_last_bytes() {
    let mut run = Run::connected();
    let send = run.call(100, 101, "client A send(6) = 6");
    let close = run.call(102, 103, "client A close() = 0");
    assert_eq!(run.client(102, FIN | PSH | ACK, 0, 6, 0), calls(&[send, close]));
    assert_eq!(run.client(400, FIN | PSH | ACK, 0, 6, 0), Answer::Again(vec![send, close]));
}

#[test]
fn an_end_without_a_call_is_not_known() {
    let mut run = Run::connected();
    assert_eq!(run.client(100, FIN | ACK, 0, 0, 0), Answer::Unknown);
    assert_eq!(run.client(100, RST | ACK, 1, 0, 0), Answer::Unknown);
}

#[test]
fn nobody_listens() {
    let mut run = Run::new();
    let connect = run.call(10, 40, "client A connect(127.0.0.1:6000) = -1 ECONNREFUSED");
    assert_eq!(run.client(12, SYN, -1, 0, 0), calls(&[connect]));
    for own in [false, true] {
        run.own = own;
        let answer = run.server(14, RST | ACK, -1, 0, 0);
        assert_eq!(answer, kernel("refuses: nobody listens on this port"));
    }
}

#[test]
fn a_close_with_bytes_unread_resets() {
    let mut run = Run::connected();
    let send = run.call(100, 101, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 0);
    let close = run.call(120, 121, "server B close() = 0");
    assert_eq!(run.server(119, RST | ACK, 0, 0, 6), calls(&[close]));
    assert!(send < close);
}

#[test]
fn a_close_after_a_half_that_ended_resets_too() {
    let mut run = Run::connected();
    run.call(90, 91, "server B shutdown(SHUT_WR) = 0");
    run.server(90, FIN | ACK, 0, 0, 0);
    run.call(100, 101, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 1);
    let close = run.call(120, 121, "server B close() = 0");
    assert_eq!(run.server(120, RST | ACK, 1, 0, 6), calls(&[close]));
}

#[test]
fn what_comes_for_a_closed_socket_is_refused_by_the_kernel() {
    let refused = kernel("refuses: data came for a socket that was closed");
    for end in [None, Some("server B shutdown(SHUT_WR) = 0")] {
        let mut run = Run::connected();
        if let Some(end) = end {
            run.call(90, 91, end);
        }
        run.call(95, 96, "server B close() = 0");
        run.server(95, FIN | ACK, 0, 0, 0);
        run.call(9_000, 9_001, "client A send(6) = 6");
        run.client(9_000, PSH | ACK, 0, 6, 1);
        assert_eq!(run.server(9_001, RST, 1, 0, 0), refused, "{end:?}");
    }
}

#[test]
fn connections_that_nobody_accepted_end_with_the_listener() {
    let mut run = Run::new();
    run.call(2, 3, "server A bind(127.0.0.1:6000) = 0");
    run.call(4, 5, "server A listen(5) = 0");
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.client(12, SYN, -1, 0, 0);
    run.server(14, SYN | ACK, -1, 0, 0);
    run.client(16, ACK, 0, 0, 0);
    let close = run.call(100, 101, "server A close() = 0");
    assert_eq!(run.server(100, RST | ACK, 0, 0, 0), calls(&[close]));
}

#[test]
fn a_reset_long_before_a_close_is_not_of_it() {
    let mut run = Run::connected();
    run.call(9_000_000, 9_000_001, "client A close() = 0");
    assert_eq!(run.client(100, RST | ACK, 0, 0, 0), Answer::Unknown);
}
