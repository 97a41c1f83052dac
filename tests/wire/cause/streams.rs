//! Bytes of a stream: which calls a segment carries.

use netlab::cause::{Answer, Book, By, CallFact, UnderWay};
use netlab::event::Cause;

use super::{ACK, C, CLIENT, PSH, Run, S, SERVER, SYN, at, calls, kernel, segment};

#[test]
fn one_call_one_segment() {
    let mut run = Run::connected();
    let send = run.call(100, 110, "client A send(6) = 6");
    let answer = run.server_answers(send);
    assert_eq!(run.client(105, PSH | ACK, 0, 6, 0), calls(&[send]));
    assert_eq!(run.server(106, ACK, 0, 0, 6), kernel("acknowledges"));
    assert_eq!(run.server(125, PSH | ACK, 0, 3, 6), calls(&[answer]));
}

impl Run {
    fn server_answers(&mut self, after: usize) -> usize {
        let answer = self.call(120, 130, "server B send(3) = 3");
        assert_eq!(answer, after + 1);
        answer
    }
}

#[test]
fn a_segment_carries_several_calls_and_a_call_fills_several_segments() {
    let mut run = Run::connected();
    let small: Vec<usize> =
        (0..3).map(|n| run.call(100 + n, 101 + n, "client A send(4) = 4")).collect();
    // The last took less than it was offered: only what was taken is on its way.
    let large = run.call(110, 120, "client A send(9000) = 3000");
    assert_eq!(run.client(101, PSH | ACK, 0, 4, 0), calls(&small[..1]));
    assert_eq!(run.client(103, PSH | ACK, 4, 8, 0), calls(&small[1..]));
    assert_eq!(run.client(111, ACK, 12, 1460, 0), calls(&[large]));
    assert_eq!(run.client(111, PSH | ACK, 1472, 1540, 0), calls(&[large]));
    let next = run.call(130, 131, "client A send(1) = 1");
    assert_eq!(run.client(130, PSH | ACK, 3012, 1, 0), calls(&[next]));
}

#[test]
fn a_call_that_failed_gave_nothing() {
    let mut run = Run::connected();
    run.call(100, 101, "client A send(6) = -1 EAGAIN");
    let send = run.call(102, 103, "client A send(6) = 6");
    assert_eq!(run.client(102, PSH | ACK, 0, 6, 0), calls(&[send]));
}

#[test]
fn a_send_that_has_not_returned_is_known_to_be_under_way() {
    let mut run = Run::connected();
    let send = run.call(100, 110, "client A send(6) = 6");
    let under_way = By::UnderWay(UnderWay {
        end: Some("client".into()),
        socket: Some("A".into()),
        text: "send(…)".into(),
    });
    let both = Answer::Calls(vec![By::Call(send), under_way.clone()]);
    assert_eq!(run.client(111, PSH | ACK, 0, 1000, 0), both);
    let alone = run.client(112, PSH | ACK, 1000, 1000, 0);
    assert_eq!(alone, Answer::Calls(vec![under_way]));
    let Cause::Calls(told) = run.book.cause(&both) else { panic!("calls") };
    let told: Vec<_> = told.iter().map(|call| (call.text.as_str(), call.place)).collect();
    assert_eq!(told, [("send(6) = 6", send), ("send(…)", usize::MAX)]);
}

#[test]
fn a_connect_that_has_not_returned_is_known_to_be_under_way() {
    let mut run = Run::new();
    run.call(0, 1, "client A socket(AF_INET, SOCK_STREAM) = 0");
    let answer = run.client(12, SYN, -1, 0, 0);
    let Answer::Calls(told) = answer else { panic!("{answer:?}") };
    let [By::UnderWay(told)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (told.socket.as_deref(), told.text.as_str()),
        (Some("A"), "connect(127.0.0.1:6000)")
    );
    // Of two nobody can tell which.
    run.call(2, 3, "client B socket(AF_INET, SOCK_STREAM) = 0");
    let answer = run.tcp(13, "127.0.0.1:40001", S, segment(SYN, (5, -1), 0, (0, 0)));
    let Answer::Calls(told) = answer else { panic!("{answer:?}") };
    assert!(matches!(&told[..], [By::UnderWay(UnderWay { socket: None, .. })]));
    // When it has returned, the connection is the call's.
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.call(41, 42, "client A getsockname() = 127.0.0.1:40000");
    let send = run.call(50, 51, "client A send(6) = 6");
    assert_eq!(run.client(51, PSH | ACK, 0, 6, 0), calls(&[send]));
}

#[test]
fn without_any_call_nothing_is_under_way() {
    assert_eq!(Run::new().client(12, SYN, -1, 0, 0), Answer::Unknown);
}

#[test]
fn a_server_on_every_address_is_the_server_of_each() {
    for (bound, peer, from, to) in [
        ("0.0.0.0:6000", "10.0.0.9:40000", "10.0.0.1:6000", "10.0.0.9:40000"),
        ("[::]:6000", "[::ffff:10.0.0.9]:40000", "10.0.0.1:6000", "10.0.0.9:40000"),
        ("[::]:6000", "[fe80::9%2]:40000", "[fe80::1]:6000", "[fe80::9]:40000"),
    ] {
        let mut run = Run::new();
        run.call(2, 3, &format!("server A bind({bound}) = 0"));
        run.call(4, 5, "server A listen(5) = 0");
        run.call(6, 7, &format!("server A accept() = B from {peer}"));
        let send = run.call(8, 9, "server B send(3) = 3");
        run.own = false;
        assert_eq!(run.tcp(5, to, from, segment(SYN, (1, -1), 0, (0, 0))), Answer::Peer);
        run.own = true;
        run.tcp(5, from, to, segment(SYN | ACK, (2, -1), 0, (1, 0)));
        assert_eq!(run.tcp(8, from, to, segment(ACK, (2, 0), 3, (1, 0))), calls(&[send]), "{peer}");
    }
}

#[test]
fn what_a_stranger_sends_is_the_peers() {
    let mut run = Run::new();
    run.call(6, 7, "client A socket(AF_INET, SOCK_STREAM) = 0");
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.client(12, SYN, -1, 0, 0);
    run.own = false;
    assert_eq!(run.server(14, SYN | ACK, -1, 0, 0), kernel("answers for listen"));
    assert_eq!(run.server(20, PSH | ACK, 0, 6, 0), Answer::Peer);
}

#[test]
fn several_connects_at_once_are_told_apart_by_their_own_addresses() {
    let mut run = Run::new();
    for (socket, port) in [("A", 40000), ("B", 40001)] {
        run.call(10, 40, &format!("client {socket} connect(127.0.0.1:6000) = 0"));
        run.call(50, 51, &format!("client {socket} getsockname() = 127.0.0.1:{port}"));
    }
    let second = run.tcp(12, "127.0.0.1:40001", S, segment(SYN, (1, -1), 0, (0, 0)));
    let first = run.tcp(13, "127.0.0.1:40000", S, segment(SYN, (9, -1), 0, (0, 0)));
    assert_eq!((first, second), (calls(&[0]), calls(&[2])));
    // Without that, nobody can tell.
    let mut run = Run::new();
    run.call(10, 40, "client A connect(127.0.0.1:6000) = 0");
    run.call(10, 40, "client B connect(127.0.0.1:6000) = 0");
    let answer = run.client(12, SYN, -1, 0, 0);
    assert!(answer.places().is_empty(), "{answer:?}");
}

#[test]
fn connects_in_quick_succession_are_told_apart_by_their_times() {
    let mut run = Run::new();
    for (n, socket) in (0..4).zip(["A", "B", "C", "D"]) {
        let from = 100 + 200 * n;
        run.call(from, from + 150, &format!("client {socket} connect(127.0.0.1:6000) = 0"));
    }
    for (n, place) in (0_u64..4).zip(0_usize..) {
        let from = format!("127.0.0.1:{}", 40_000 + n);
        let syn = segment(SYN, (1, -1), 0, (0, 0));
        assert_eq!(run.tcp(120 + 200 * n, &from, S, syn), calls(&[place]), "connect {n}");
    }
}

#[test]
fn a_connect_that_is_asked_twice_goes_once() {
    let mut run = Run::new();
    let first = run.call(10, 20, "client A connect(127.0.0.1:6000) = -1 EINPROGRESS");
    run.call(60, 61, "client A connect(127.0.0.1:6000) = 0");
    assert_eq!(run.client(15, SYN, -1, 0, 0), calls(&[first]));
}

#[test]
fn addresses_that_are_used_again_are_another_connection() {
    let mut run = Run::connected();
    let first = run.call(100, 101, "client A send(6) = 6");
    run.client(100, PSH | ACK, 0, 6, 0);
    run.call(110, 111, "client A close() = 0");
    run.call(20_000, 20_030, "client B connect(127.0.0.1:6000) = 0");
    run.call(20_031, 20_032, "client B getsockname() = 127.0.0.1:40000");
    let again = run.call(20_040, 20_041, "client B send(2) = 2");
    let isn = CLIENT + 77_777;
    let answer = run.tcp(20_010, C, S, segment(SYN, (isn, -1), 0, (0, 0)));
    assert_eq!(answer, calls(&[again - 2]));
    run.tcp(20_011, S, C, segment(SYN | ACK, (SERVER, -1), 0, (isn, 0)));
    let answer = run.tcp(20_040, C, S, segment(PSH | ACK, (isn, 0), 2, (SERVER, 0)));
    assert_eq!((answer, first < again), (calls(&[again]), true));
}

#[test]
fn a_long_run_forgets_what_is_past_and_counts_on() {
    let mut book = Book::live();
    let mut tell =
        |us: u64, text: &str| book.call(&CallFact::written(None, "A", text, at(us), at(us)));
    tell(0, "connect(127.0.0.1:6000) = 0");
    tell(1, "getsockname() = 127.0.0.1:40000");
    let last = (0..200_000).map(|n| tell(2 + n, "send(3) = 3")).last().expect("a place");
    assert_eq!(last, 200_001);
    let mut run = Run { book, own: true };
    run.client(1, SYN, -1, 0, 0);
    assert_eq!(run.client(200_001, PSH | ACK, 599_997, 3, 0), calls(&[last]));
}
