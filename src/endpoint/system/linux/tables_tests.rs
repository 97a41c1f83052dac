//! Both ways of asking must tell the same, and nothing that comes back may bring netlab down.

use std::io::ErrorKind;
use std::net::{Ipv6Addr, TcpListener, TcpStream, UdpSocket};

use super::kind::KINDS;
use super::netlink::Netlink;
use super::{diag, rows, tables};
use crate::endpoint::Query;
use crate::event::{MachineSocket, Sockets, State};

const TCP_AND_UDP: Query = Query { raw: false, programs: false, ..Query::ALL };

/// Some sockets of this test, and their ports.
fn sockets() -> (Vec<Box<dyn std::any::Any>>, Vec<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let v6 = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let client = TcpStream::connect(address).expect("it listens");
    let (accepted, _) = listener.accept().expect("somebody connected");
    let bound = UdpSocket::bind("[::1]:0").expect("a free port");
    let connected = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    connected.connect(address).expect("nothing is sent");
    let ports = [
        address.port(),
        v6.local_addr().expect("an address").port(),
        bound.local_addr().expect("an address").port(),
    ];
    let all: Vec<Box<dyn std::any::Any>> = vec![
        Box::new(listener),
        Box::new(v6),
        Box::new(client),
        Box::new(accepted),
        Box::new(bound),
        Box::new(connected),
    ];
    (all, ports.to_vec())
}

/// The sockets with one of the ports, by key, without what `/proc/net` does not know.
fn comparable(sockets: &Sockets, ports: &[u16]) -> Vec<MachineSocket> {
    let has = |socket: &MachineSocket| {
        [socket.source.port, socket.destination.port].iter().any(|port| ports.contains(port))
    };
    let mut found: Vec<_> = sockets.iter().filter(has).collect();
    for socket in &mut found {
        socket.interface = 0;
        socket.dual_stack = false;
        socket.queues = socket.queues.filter(|_| socket.state != State::Listen);
    }
    found.sort_by_key(|socket| socket.key);
    // Other tests open and close sockets meanwhile: then /proc/net may tell some twice.
    found.dedup();
    found
}

#[test]
fn netlink_and_proc_tell_the_same() {
    let (kept, ports) = sockets();
    let by_netlink = tables::list(TCP_AND_UDP, Netlink::open()).expect("netlink");
    let by_proc =
        tables::list(TCP_AND_UDP, Err(ErrorKind::PermissionDenied.into())).expect("/proc");
    let (one, other) =
        (comparable(&by_netlink.sockets, &ports), comparable(&by_proc.sockets, &ports));
    assert_eq!(one, other);
    assert_eq!(one.len(), 6, "{one:?}");
    assert!(by_netlink.unseen.is_empty(), "{:?}", by_netlink.unseen);
    assert_eq!(by_proc.unseen.len(), 1, "{:?}", by_proc.unseen);
    assert!(by_netlink.sockets.iter().any(|s| s.dual_stack && s.source.port == ports[1]));
    drop(kept);
}

#[test]
fn both_families_together_are_both_of_them() {
    let (kept, ports) = sockets();
    let mut together = Sockets::default();
    let mut netlink = Netlink::open().expect("netlink");
    assert!(netlink.dump_tcp(TCP_AND_UDP, &mut together).expect("an answer"));
    let mut apart = Sockets::default();
    for kind in &KINDS[..2] {
        assert!(netlink.dump(kind, TCP_AND_UDP, &mut apart).expect("an answer"));
    }
    assert_eq!(comparable(&together, &ports), comparable(&apart, &ports));
    drop(kept);
}

#[test]
fn the_kernel_picks_those_with_a_port() {
    let (kept, ports) = sockets();
    for port in ports {
        let query = Query { port: Some(port), ..TCP_AND_UDP };
        let picked = tables::list(query, Netlink::open()).expect("netlink").sockets;
        let all = tables::list(TCP_AND_UDP, Netlink::open()).expect("netlink").sockets;
        assert!(picked.iter().all(|socket| query.wants_port(&socket)), "{picked:?}");
        assert_eq!(comparable(&picked, &[port]), comparable(&all, &[port]));

        let mut netlink = Netlink::open().expect("netlink");
        let mut told = Vec::new();
        let question = |number| diag::question(&KINDS[0], Some(port), number);
        netlink.ask(question).expect("a question");
        let datagram = netlink.receive().expect("an answer");
        diag::answer(datagram, &KINDS[0], 1, |socket| told.push(socket)).expect("sockets");
        assert!(told.iter().all(|socket| query.wants_port(socket)), "the kernel filters");
    }
    drop(kept);
}

/// One real datagram of answers for each kind that netlink knows.
fn datagrams() -> Vec<(usize, Vec<u8>)> {
    let asked = KINDS.iter().enumerate().map(|(place, kind)| {
        let mut netlink = Netlink::open().expect("netlink");
        netlink.ask(|number| diag::question(kind, None, number)).expect("a question");
        let datagram = netlink.receive().expect("an answer");
        (place, datagram.get(..1_000).unwrap_or(datagram).to_vec())
    });
    asked.collect()
}

#[test]
fn whatever_comes_for_an_answer_is_survived() {
    let (kept, _) = sockets();
    // Numbers that look random and are the same in every run (a linear congruential generator).
    let mut state = 4_711_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap_or(0) % limit.max(1)
    };
    let mut read = 0;
    for (place, datagram) in datagrams() {
        let mut answer = |bytes: &[u8]| {
            let _ = diag::answer(bytes, &KINDS[place], 1, |_| read += 1);
        };
        (0..=datagram.len()).for_each(|end| answer(&datagram[..end]));
        for _ in 0..20_000 {
            let mut changed = datagram.clone();
            for _ in 0..=below(8) {
                let at = below(changed.len());
                changed[at] = [0, 1, 255, u8::try_from(below(256)).unwrap_or(0)][below(4)];
            }
            changed.truncate(below(changed.len() * 2).max(16));
            answer(&changed);
        }
    }
    assert!(read > 10_000, "most of them still make sense: {read}");
    drop(kept);
}

#[test]
fn lengths_that_lie_are_no_answer() {
    for length in [0_u32, 1, 15, 17, 88, u32::MAX - 2, u32::MAX] {
        let mut message = length.to_ne_bytes().to_vec();
        message.extend([20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        let answer = diag::answer(&message, &KINDS[0], 1, |_| {});
        assert_eq!(answer.expect_err("nonsense").kind(), ErrorKind::InvalidData, "{length}");
    }
}

#[test]
fn the_end_an_error_and_a_change_meanwhile_are_understood() {
    let message = |kind: u8, flags: u8, number: i32| {
        let mut message = vec![20, 0, 0, 0, kind, 0, flags, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        message.extend(number.to_ne_bytes());
        message
    };
    let answer = |bytes: &[u8]| diag::answer(bytes, &KINDS[0], 1, |_| {});
    let done = answer(&message(3, 2, 0)).expect("the end");
    assert!(done.done && !done.interrupted);
    let changed = answer(&message(3, 0x12, 0)).expect("the end");
    assert!(changed.done && changed.interrupted);
    for kind in [2, 3] {
        let refused = answer(&message(kind, 0, -2)).expect_err("refused");
        assert_eq!(refused.kind(), ErrorKind::NotFound);
    }
    // The end of an earlier answer is not the end of this one.
    assert!(!diag::answer(&message(3, 0, 0), &KINDS[0], 2, |_| {}).expect("read on").done);
}

#[test]
fn a_row_of_each_family() {
    let v4 = "   0: 0100007F:1770 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 4711 1";
    let (_, found) = rows::row(v4, &KINDS[0]).expect("a row");
    assert_eq!((found.source.ip.to_string(), found.source.port), ("127.0.0.1".to_owned(), 6000));
    assert_eq!((found.state, found.key, found.user), (State::Listen, 4711, Some(1000)));
    let v6 = "   0: 00000000000000000000000001000000:1770 00000000000000000000000000000000:0000 06 00000000:00000000 00:00000000 00000000  0  0 0 1";
    let (_, found) = rows::row(v6, &KINDS[1]).expect("a row");
    assert_eq!((found.source.ip.to_string(), found.source.port), ("::1".to_owned(), 6000));
    assert_eq!((found.state, found.key, found.user), (State::TimeWait, 0, None));
    for nonsense in ["", "sl local_address", "0: x:y", &v4[..70], &v4.replace(':', "")] {
        assert_eq!(rows::row(nonsense, &KINDS[0]), None, "{nonsense}");
    }
    assert_eq!(rows::row(v6, &KINDS[0]), None, "an address of the other family");
}
