//! The other direction: whose bytes a call took.

use super::Run;

#[test]
fn bytes_are_taken_without_borders() {
    let mut run = Run::connected();
    let one = run.call(100, 101, "client A send(6) = 6");
    let two = run.call(102, 103, "client A send(6) = 6");
    let three = run.call(104, 105, "client A send(6) = 6");
    let both = run.call(110, 111, "server B recv(8) = 8");
    let rest = run.call(112, 113, "server B recv(100) = 10");
    let end = run.call(114, 115, "client A close() = 0");
    let nothing = run.call(116, 117, "server B recv(100) = 0");
    assert_eq!(run.book.taken_from(both), [one, two]);
    assert_eq!(run.book.taken_from(rest), [two, three]);
    assert_eq!(run.book.taken_from(nothing), [end]);
    // Sending takes nothing, and the other direction has bytes of its own.
    assert!(run.book.taken_from(one).is_empty());
    let answer = run.call(120, 121, "server B send(1) = 1");
    let heard = run.call(122, 123, "client A recv(9) = 1");
    assert_eq!(run.book.taken_from(heard), [answer]);
}

#[test]
fn an_accept_takes_a_connect_even_without_packets() {
    let mut run = Run::new();
    run.call(2, 3, "server A bind(0.0.0.0:6000) = 0");
    run.call(4, 5, "server A listen(5) = 0");
    let connect = run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.call(41, 42, "client A getsockname() = 127.0.0.1:40000");
    let accept = run.call(8, 60, "server A accept() = B from 127.0.0.1:40000");
    let stranger = run.call(61, 62, "server A accept() = C from 127.0.0.1:40001");
    assert_eq!(run.book.taken_from(accept), [connect]);
    assert!(run.book.taken_from(stranger).is_empty());
}

#[test]
fn datagrams_are_taken_one_by_one() {
    let mut run = Run::new();
    run.call(0, 1, "server A bind(127.0.0.1:7) = 0");
    run.call(2, 3, "client A bind(127.0.0.1:5000) = 0");
    let one = run.call(10, 11, "client A sendto(5, 127.0.0.1:7) = 5");
    let long = run.call(12, 13, "client A sendto(50, 127.0.0.1:7) = 50");
    let first = run.call(14, 15, "server A recvfrom(65536) = 5 from 127.0.0.1:5000");
    let cut = run.call(16, 17, "server A recvfrom(20) = 20 from 127.0.0.1:5000");
    let none = run.call(18, 19, "server A recvfrom(20) = 20 from 127.0.0.1:5001");
    assert_eq!(run.book.taken_from(first), [one]);
    assert_eq!(run.book.taken_from(cut), [long]);
    assert!(run.book.taken_from(none).is_empty());
}
